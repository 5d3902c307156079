#![doc = include_str!("../README.md")]

pub mod events;
pub mod people;
pub mod rights;
pub mod units;
pub mod users;

pub use people::{PersonDirectory, PersonRef};
pub use rights::{MoveEffect, RightsChange, RightsWatch};
pub use units::{MoveListener, UnitRef, UnitTree};
pub use users::{UserDirectory, UserRef};
