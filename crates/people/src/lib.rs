#![doc = include_str!("../README.md")]

pub mod crypto;
pub mod error;
#[cfg(feature = "http")]
pub mod http;
pub mod list;
pub mod model;
pub mod offers;
pub mod permission;
pub mod plugin;
pub mod ports;
pub mod residents;
pub mod service;
pub mod store;

pub use crypto::{Keyring, Vault};
pub use list::ErasureList;
pub use plugin::PeoplePlugin;
pub use ports::{Directory, PeopleServices, ReadingLimits, Tree, Users};
