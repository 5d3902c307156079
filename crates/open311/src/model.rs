//! What the standard says of cases, categories and texts: pure.

pub mod date;
pub mod naming;
pub mod plain;
pub mod record;
pub mod word;

pub use record::{Field, Record, Remark, Request, Service, Update};
pub use word::Word;
