#![doc = include_str!("../README.md")]

pub mod error;
#[cfg(feature = "http")]
pub mod http;
pub mod model;
pub mod permission;
pub mod plugin;
pub mod ports;
pub mod read;
pub mod service;
pub mod store;
pub mod worker;
pub mod write;

pub use plugin::ImportsPlugin;
pub use ports::ImportServices;
