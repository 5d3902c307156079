#![doc = include_str!("../README.md")]

pub mod error;
pub mod gate;
#[cfg(feature = "http")]
pub mod http;
pub mod lists;
pub mod model;
pub mod oidc;
pub mod permission;
pub mod plugin;
pub mod ports;
pub mod service;
pub mod store;
pub mod visit;

pub use gate::{Gate, GateSettings};
pub use plugin::Identity;
pub use service::{Services, Tree};
pub use visit::Visit;
