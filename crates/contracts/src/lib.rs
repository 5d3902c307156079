#![doc = include_str!("../README.md")]

pub mod events;
pub mod holdings;
pub mod rights;
pub mod units;
pub mod users;

pub use holdings::{HeldCount, HeldItem, Holdings, Passing};
pub use rights::{MoveEffect, RightsChange, RightsWatch};
pub use units::{MoveListener, UnitRef, UnitTree};
pub use users::{UserDirectory, UserRef};
