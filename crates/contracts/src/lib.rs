#![doc = include_str!("../README.md")]

pub mod events;
pub mod notices;
pub mod rights;
pub mod units;
pub mod users;

pub use notices::{AddressKind, Language, Notice, Notices, Recipient, Template};
pub use rights::{MoveEffect, RightsChange, RightsWatch};
pub use units::{MoveListener, UnitRef, UnitTree};
pub use users::{UserDirectory, UserRef};
