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
use crate::{idempotency, sqlite};

/// Storage's own jobs.
pub fn jobs() -> Vec<PeriodicJob> {
    vec![PeriodicJob {
        name: "storage.purge_idempotency",
        every: Duration::from_secs(600),
        run: Arc::new(|tx, now| idempotency::purge(tx, now, 500).map(drop)),
    }]
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
