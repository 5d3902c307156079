#![doc = include_str!("../README.md")]

pub mod error;
pub mod gate;
pub mod model;
pub mod permission;
pub mod ports;
pub mod service;
pub mod store;

pub use gate::{Gate, GateSettings};
pub use service::{Services, Tree};
