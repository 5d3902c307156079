//! The only place with SQL: one file a table.

pub mod files;
pub mod objects;
pub mod realm;
pub mod schema;
pub mod usage;
