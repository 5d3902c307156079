#![doc = include_str!("../README.md")]

pub mod error;
#[cfg(feature = "http")]
pub mod http;
pub mod lines;
pub mod model;
pub mod permission;
pub mod plugin;
pub mod service;
pub mod store;
pub mod worker;

pub use plugin::AuditPlugin;

use std::sync::Arc;

use contracts::{UnitTree, UserDirectory};
use storage::Tx;

/// The governance tree, as this crate needs it.
pub type Tree = Arc<dyn for<'c> UnitTree<Tx<'c>>>;
/// The accounts, as this crate needs them.
pub type Users = Arc<dyn for<'c> UserDirectory<Tx<'c>>>;
