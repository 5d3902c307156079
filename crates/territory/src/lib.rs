#![doc = include_str!("../README.md")]

pub mod divisions;
pub mod error;
#[cfg(feature = "http")]
mod http;
pub mod lists;
pub mod model;
pub mod permission;
pub mod plugin;
pub mod ports;
pub mod ports_homes;
pub mod service;
mod store;

pub use divisions::{Divisions, NoProgress, Progress};
pub use model::{Level, Unit};
pub use plugin::TerritoryPlugin;
pub use ports::{Listener, Ports, Rights, Tenant, Tree, Units};
pub use service::import::{ImportReport, import_bundled, import_divisions, load};
