#![doc = include_str!("../README.md")]

pub mod error;
#[cfg(feature = "http")]
pub mod http;
pub mod permission;
pub mod plugin;

pub use plugin::AuditPlugin;

use std::sync::Arc;

use contracts::UnitTree;
use storage::Tx;

/// The governance tree, as this crate needs it.
pub type Tree = Arc<dyn for<'c> UnitTree<Tx<'c>>>;
