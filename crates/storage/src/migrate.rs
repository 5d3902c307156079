//! Migrations: each crate brings a folder for each engine; all run in the order of their versions, all in one transaction.

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::pg::Pg;
use diesel::sqlite::Sqlite;
use diesel_migrations::{MigrationHarness, embed_migrations};
use kernel::{Fault, Outcome};

use crate::config::Engine;
use crate::{postgres, sqlite};

/// A crate's migrations, for both engines.
#[derive(Clone, Copy)]
pub struct Migrations {
    /// For SQLite.
    pub sqlite: fn() -> EmbeddedMigrations,
    /// For PostgreSQL.
    pub postgres: fn() -> EmbeddedMigrations,
}

/// Embeds a crate's two migration folders: `storage::migrations!("../../migrations/sqlite/grid", "../../migrations/postgres/grid")`.
#[macro_export]
macro_rules! migrations {
    ($sqlite:literal, $postgres:literal) => {
        $crate::Migrations {
            sqlite: || {
                const ALL: $crate::migrate::EmbeddedMigrations = $crate::migrate::embed!($sqlite);
                ALL
            },
            postgres: || {
                const ALL: $crate::migrate::EmbeddedMigrations = $crate::migrate::embed!($postgres);
                ALL
            },
        }
    };
}

#[doc(hidden)]
pub use diesel_migrations::{EmbeddedMigrations, embed_migrations as embed};

/// Storage's own tables.
pub fn own() -> Migrations {
    Migrations {
        sqlite: || {
            const ALL: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite/storage");
            ALL
        },
        postgres: || {
            const ALL: EmbeddedMigrations = embed_migrations!("../../migrations/postgres/storage");
            ALL
        },
    }
}

/// Brings the database up to date; answers the versions that were run. Two processes may start at once: one waits.
pub fn run(engine: &Engine, all: &[Migrations]) -> Outcome<Vec<String>> {
    match engine {
        Engine::Sqlite(path) => {
            let mut conn = sqlite::connect(path)?;
            let wanted = sorted::<Sqlite>(all.iter().map(|m| (m.sqlite)()))?;
            conn.setup_history()?;
            AnsiTransactionManager::begin_transaction_sql(&mut conn, "BEGIN IMMEDIATE")?;
            let ran = conn.run_missing(&wanted)?;
            AnsiTransactionManager::commit_transaction(&mut conn)?;
            Ok(ran)
        }
        Engine::Postgres(url) => {
            let mut conn = postgres::connect(url)?;
            let wanted = sorted::<Pg>(all.iter().map(|m| (m.postgres)()))?;
            conn.setup_history()?;
            AnsiTransactionManager::begin_transaction_sql(&mut conn, "BEGIN")?;
            conn.batch_execute("LOCK TABLE __diesel_schema_migrations IN ACCESS EXCLUSIVE MODE")?;
            let ran = conn.run_missing(&wanted)?;
            AnsiTransactionManager::commit_transaction(&mut conn)?;
            Ok(ran)
        }
    }
}

/// The versions that are wanted and not there.
pub fn missing(engine: &Engine, all: &[Migrations]) -> Outcome<Vec<String>> {
    fn rest<DB: diesel::backend::Backend, C: MigrationHarness<DB>>(
        conn: &mut C,
        wanted: &[Box<dyn Migration<DB>>],
    ) -> Outcome<Vec<String>> {
        let there = conn.applied_migrations().map_err(Fault::internal)?;
        Ok(wanted
            .iter()
            .map(|m| m.name().version())
            .filter(|v| !there.contains(v))
            .map(|v| v.to_string())
            .collect())
    }
    match engine {
        Engine::Sqlite(path) => {
            rest(&mut sqlite::connect(path)?, &sorted::<Sqlite>(all.iter().map(|m| (m.sqlite)()))?)
        }
        Engine::Postgres(url) => {
            rest(&mut postgres::connect(url)?, &sorted::<Pg>(all.iter().map(|m| (m.postgres)()))?)
        }
    }
}

/// Takes everything back, newest first: for the test that every migration goes up, down and up again.
pub fn revert_all(engine: &Engine, all: &[Migrations]) -> Outcome<()> {
    match engine {
        Engine::Sqlite(path) => {
            let mut conn = sqlite::connect(path)?;
            for migration in sorted::<Sqlite>(all.iter().map(|m| (m.sqlite)()))?.iter().rev() {
                conn.revert_migration(&**migration).map_err(Fault::internal)?;
            }
        }
        Engine::Postgres(url) => {
            let mut conn = postgres::connect(url)?;
            for migration in sorted::<Pg>(all.iter().map(|m| (m.postgres)()))?.iter().rev() {
                conn.revert_migration(&**migration).map_err(Fault::internal)?;
            }
        }
    }
    Ok(())
}

fn sorted<DB: diesel::backend::Backend>(
    sources: impl Iterator<Item = EmbeddedMigrations>,
) -> Outcome<Vec<Box<dyn Migration<DB>>>> {
    let mut all: Vec<Box<dyn Migration<DB>>> = Vec::new();
    for source in sources {
        all.extend(MigrationSource::<DB>::migrations(&source).map_err(Fault::internal)?);
    }
    all.sort_by(|a, b| a.name().version().cmp(&b.name().version()));
    if all.windows(2).any(|w| matches!(w, [a, b] if a.name().version() == b.name().version())) {
        return Err(Fault::internal("two migrations have the same version"));
    }
    Ok(all)
}

trait Harness<DB: diesel::backend::Backend>: MigrationHarness<DB> {
    /// Makes the table of versions. Two processes may do so at once, and the slower one is told that it is there.
    fn setup_history(&mut self) -> Outcome<()> {
        for _ in 0..5 {
            if self.applied_migrations().is_ok() {
                return Ok(());
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        self.applied_migrations().map(drop).map_err(Fault::internal)
    }

    fn run_missing(&mut self, wanted: &[Box<dyn Migration<DB>>]) -> Outcome<Vec<String>> {
        let there: Vec<MigrationVersion<'static>> = self.applied_migrations().map_err(Fault::internal)?;
        let mut ran = Vec::new();
        for migration in wanted {
            let version = migration.name().version();
            if !there.contains(&version) {
                self.run_migration(&**migration)
                    .map_err(|e| Fault::internal(format!("migration {}: {e}", migration.name())))?;
                ran.push(version.to_string());
            }
        }
        Ok(ran)
    }
}
impl<DB: diesel::backend::Backend, C: MigrationHarness<DB>> Harness<DB> for C {}
