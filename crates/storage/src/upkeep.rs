//! Storage's own periodic jobs, online backup and the facts the doctor asks for.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use kernel::{Fault, Outcome};

use crate::config::Engine;
use crate::plugin::PeriodicJob;
use crate::{ConnRef, Tx, idempotency, sqlite};

/// Storage's own jobs.
pub fn jobs() -> Vec<PeriodicJob> {
    vec![PeriodicJob {
        name: "storage.purge_idempotency",
        every: Duration::from_secs(600),
        run: Arc::new(|tx, now| idempotency::purge(tx, now, 500).map(drop)),
    }]
}

/// Has PostgreSQL look again at tables that grew, so that nothing goes on by a plan made when they were empty: not the statements
/// that are kept, and not the engine's own look at what a foreign key names. Its own upkeep comes a minute later, by when a
/// list of some ten thousand rows is done, each having walked through all before it. SQLite's plans do not depend on it.
pub fn look_again(tx: &mut Tx<'_>, tables: &[&str]) -> Outcome<()> {
    if let ConnRef::Pg(conn) = &mut tx.conn {
        for table in tables {
            diesel::sql_query(format!("analyze {table}")).execute(*conn)?;
        }
    }
    Ok(())
}

/// For the rest of the transaction PostgreSQL walks through no whole table where an index leads to the row: a plan that is made while
/// a table is small, or was just emptied, is kept while it grows by ten thousand rows.
pub fn prefer_indexes(tx: &mut Tx<'_>) -> Outcome<()> {
    if let ConnRef::Pg(conn) = &mut tx.conn {
        // A statement that no index serves would seem so dear that it is compiled first.
        let set = "select set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)";
        diesel::sql_query(set).execute(*conn)?;
    }
    Ok(())
}

/// Copies a SQLite database to a new file while it is in use: one consistent snapshot (`VACUUM INTO`).
pub fn backup_sqlite(engine: &Engine, to: &Path) -> Outcome<()> {
    let Engine::Sqlite(path) = engine else {
        return Err(Fault::internal("this engine has its own tool for backups: pg_dump"));
    };
    if to.exists() {
        return Err(Fault::internal(format!("{} exists already; nothing was written", to.display())));
    }
    let name = to.to_str().ok_or_else(|| Fault::internal("the path is not UTF-8"))?;
    let mut conn = sqlite::connect(path)?;
    conn.batch_execute(&format!("VACUUM INTO '{}'", name.replace('\'', "''")))?;
    // The keys and everybody's data are in it.
    std::fs::set_permissions(to, std::fs::Permissions::from_mode(0o600)).map_err(Fault::internal)?;
    check_sqlite(to)
}

/// Whether a file is a sound SQLite database.
pub fn check_sqlite(path: &Path) -> Outcome<()> {
    let name = path.to_str().ok_or_else(|| Fault::internal("the path is not UTF-8"))?;
    if !path.is_file() {
        return Err(Fault::internal(format!("{name} is not a file")));
    }
    let mut conn = SqliteConnection::establish(name).map_err(Fault::internal)?;
    #[derive(QueryableByName)]
    struct Answer {
        #[diesel(sql_type = diesel::sql_types::Text)]
        integrity_check: String,
    }
    let answers: Vec<Answer> = diesel::sql_query("PRAGMA integrity_check(1)").load(&mut conn)?;
    match answers.first() {
        Some(a) if a.integrity_check == "ok" => Ok(()),
        Some(a) => Err(Fault::internal(format!("{name}: {}", a.integrity_check))),
        None => Err(Fault::internal(format!("{name}: no answer"))),
    }
}
