//! The only place with SQL: one file a table.

pub mod imports;
pub mod rows;
pub mod schema;
