#![doc = include_str!("../README.md")]

pub mod events;
pub mod imports;
pub mod people;
pub mod rights;
pub mod units;
pub mod users;

pub use imports::{ActorLoader, ExportSource, ImportTarget, UnitFinder};
pub use people::{PersonDirectory, PersonRef};
pub use rights::{MoveEffect, RightsChange, RightsWatch, RoleMeeting};
pub use units::{MoveListener, Tenants, UnitRef, UnitTenant, UnitTree};
pub use users::{UserDirectory, UserRef};
