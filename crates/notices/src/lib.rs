#![doc = include_str!("../README.md")]

pub mod channel;
pub mod errand;
pub mod error;
#[cfg(feature = "http")]
pub mod http;
pub mod model;
pub mod permission;
pub mod plugin;
pub mod service;
pub mod store;

pub use channel::{Channel, Folder, Webhook};
pub use plugin::NoticesPlugin;
pub use service::send::Sender;
