#![doc = include_str!("../README.md")]

pub mod cases;
pub mod categories;
pub mod duties;
pub mod events;
pub mod files;
pub mod holders;
pub mod holdings;
pub mod homes;
pub mod imports;
pub mod located;
pub mod notices;
pub mod people;
pub mod posts;
pub mod rights;
pub mod units;
pub mod users;
pub mod work_time;

pub use cases::{CaseHistory, CaseRef, CaseStep, Cases, NewCase};
pub use categories::{CategoryRef, CategoryTree};
pub use duties::{DutyLists, DutyScope};
pub use files::{FileGuard, FileRef, Files, Thing};
pub use holders::RightHolders;
pub use holdings::{HeldCount, HeldItem, Holdings, Passing};
pub use homes::{Around, HomeRef, Homes};
pub use imports::{ActorLoader, ExportSource, ImportTarget, UnitFinder};
pub use located::Located;
pub use notices::{AddressKind, Language, Notice, Notices, Recipient, Template};
pub use people::{PersonDirectory, PersonRef};
pub use posts::{GridPosts, GridRef, PostRef};
pub use rights::{MoveEffect, RightsChange, RightsWatch, RoleMeeting};
pub use units::{MoveListener, Tenants, UnitRef, UnitTenant, UnitTree};
pub use users::{UserDirectory, UserRef};
pub use work_time::{Due, Pause, Span, SpanUnit, WorkCalendar, WorkTime};
