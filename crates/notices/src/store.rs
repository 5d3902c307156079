//! The only place with SQL: one file a table.

pub mod messages;
pub mod outgoing;
pub mod schema;
