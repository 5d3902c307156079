#![doc = include_str!("../README.md")]

pub mod audit;
pub mod coalesce;
pub mod config;
pub mod db;
pub mod idempotency;
pub mod job;
pub mod lease;
pub mod migrate;
pub mod outbox;
pub mod plugin;
mod postgres;
pub mod schema;
mod sqlite;
pub mod tx;
pub mod upkeep;
pub mod worker;

pub use coalesce::Coalesced;
pub use config::{Engine, StorageConfig};
pub use db::Db;
pub use kernel::sql::{DbInstant, DbJson, DbUuid, Json};
pub use migrate::Migrations;
pub use plugin::{Errand, PeriodicJob, Reaction, StoredPlugin, Task};
pub use tx::Tx;

#[doc(hidden)]
pub use tx::{ConnRef, ROWS_AT_ONCE, pg_kit, sqlite_kit};

use kernel::{ErrorCode, Fault};

/// Gives a broken unique constraint its meaning on both engines: PostgreSQL names the constraint
/// (`table_column_key`), SQLite the column (`table.column`).
pub fn on_unique(fault: Fault, table: &str, column: &str, code: &'static ErrorCode) -> Fault {
    match fault {
        Fault::Constraint(ref broken)
            if broken.contains(&format!("{table}_{column}_key"))
                || broken.contains(&format!("{table}.{column}")) =>
        {
            code.fault()
        }
        other => other,
    }
}
