#![doc = include_str!("../README.md")]

pub mod error;
#[cfg(feature = "http")]
pub mod http;
pub mod inspect;
pub mod model;
pub mod name;
pub mod permission;
pub mod plugin;
pub mod ports;
pub mod receive;
pub mod service;
pub mod shelf;
pub mod store;
pub mod sweep;
pub mod workshop;

pub use plugin::FilesPlugin;
pub use ports::{FileServices, Guards, Keep};
pub use shelf::Shelf;
