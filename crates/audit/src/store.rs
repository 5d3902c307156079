//! The only place with SQL.

pub mod exports;
pub mod schema;
