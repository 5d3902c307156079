#![doc = include_str!("../README.md")]

pub mod error;
#[cfg(feature = "http")]
pub mod http;
pub mod model;
pub mod permission;
pub mod plugin;
pub mod ports;
pub mod service;
pub mod store;

pub use plugin::WhistlesPlugin;
pub use ports::WhistleServices;
pub use service::follow::Follow;
