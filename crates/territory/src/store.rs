//! The tables and their queries: the only place in this crate with SQL.

pub(crate) mod imports;
pub(crate) mod lists;
pub(crate) mod schema;
pub(crate) mod tree;
pub(crate) mod units;
pub(crate) mod versions;
