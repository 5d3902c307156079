#![doc = include_str!("../README.md")]

pub mod actor;
pub mod clock;
pub mod error;
pub mod gb;
pub mod id;
pub mod instant;
pub mod page;
pub mod path;
pub mod permission;
pub mod plugin;
#[cfg(feature = "sql")]
pub mod sql;
pub mod text;
pub mod words;

pub use actor::{Actor, Context, HeldGrant, Root, Scope};
pub use clock::{Clock, IdGen, SystemClock, SystemIds};
pub use error::{ErrorCode, Fault, FieldError, Kind, Outcome, Refusal};
pub use id::Id;
pub use instant::Instant;
pub use page::{Cursor, Page, PageRequest, PageSize};
pub use path::UnitPath;
pub use permission::{BuiltinRole, Permission, PermissionName, Risk};
pub use plugin::Plugin;
