#![doc = include_str!("../README.md")]

pub mod events;
pub mod files;
pub mod holdings;
pub mod imports;
pub mod located;
pub mod notices;
pub mod people;
pub mod rights;
pub mod units;
pub mod users;
pub mod work_time;

pub use files::{FileGuard, FileRef, Files, Thing};
pub use holdings::{HeldCount, HeldItem, Holdings, Passing};
pub use imports::{ActorLoader, ExportSource, ImportTarget, UnitFinder};
pub use located::Located;
pub use notices::{AddressKind, Language, Notice, Notices, Recipient, Template};
pub use people::{PersonDirectory, PersonRef};
pub use rights::{MoveEffect, RightsChange, RightsWatch, RoleMeeting};
pub use units::{MoveListener, Tenants, UnitRef, UnitTenant, UnitTree};
pub use users::{UserDirectory, UserRef};
pub use work_time::{Due, Pause, Span, SpanUnit, WorkCalendar, WorkTime};
