#![doc = include_str!("../README.md")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use kernel::id::{Grant, Role, Unit, User};
use kernel::{Actor, Clock, Context, HeldGrant, Id, IdGen, Instant, SystemIds, UnitPath};
use storage::{Db, Engine, Migrations, StorageConfig, migrate};

/// The variable that names the PostgreSQL server for tests.
pub const POSTGRES: &str = "COMMONWEAL_TEST_POSTGRES_URL";

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl TestClock {
    /// A Monday morning in November 2026, in Asia/Shanghai.
    pub fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(1_794_877_200_000_000)))
    }

    /// Moves it on.
    pub fn advance_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        // Each look is a microsecond later, so that two facts never share a moment.
        Instant::from_micros(self.0.fetch_add(1, Ordering::SeqCst)).expect("a moment inside the calendar")
    }
}

/// A database of a test's own.
pub struct TestDb {
    /// The open database.
    pub db: Db,
    /// Its configuration, to open it once more.
    pub config: StorageConfig,
    _dir: Option<tempfile::TempDir>,
    drop_from: Option<(String, String)>,
}

impl TestDb {
    /// One on each engine that this machine has, with these migrations run.
    pub fn each(migrations: &[Migrations]) -> Vec<Self> {
        let clock: Arc<dyn Clock> = Arc::new(kernel::SystemClock);
        let mut all = vec![Self::sqlite(migrations, &clock)];
        if let Ok(url) = std::env::var(POSTGRES) {
            all.push(Self::postgres(&url, migrations, &clock));
        }
        all
    }

    /// A SQLite file in a folder of its own.
    pub fn sqlite(migrations: &[Migrations], clock: &Arc<dyn Clock>) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let config = StorageConfig::new(Engine::Sqlite(dir.path().join("test.db")));
        migrate::run(&config.engine, migrations).expect("migrates");
        let db = open(&config, clock);
        Self { db, config, _dir: Some(dir), drop_from: None }
    }

    /// A PostgreSQL database, cloned from a template that is made once for this set of migrations.
    pub fn postgres(server: &str, migrations: &[Migrations], clock: &Arc<dyn Clock>) -> Self {
        let template = template(server, migrations);
        let name = format!("cw_t_{:016x}", rand::random::<u64>());
        let mut admin = PgConnection::establish(server).expect("the PostgreSQL server for tests answers");
        admin
            .batch_execute(&format!("create database {name} template {template} strategy file_copy"))
            .expect("clones the template");
        let mut config = StorageConfig::new(Engine::Postgres(with_database(server, &name)));
        config.readers = 4;
        config.writers = 6;
        let db = open(&config, clock);
        Self { db, config, _dir: None, drop_from: Some((server.to_owned(), name)) }
    }

    /// Opens the same database a second time, as another process would.
    pub fn again(&self) -> Db {
        open(&self.config, self.db.clock())
    }

    /// The `DATABASE_URL` of this database.
    pub fn url(&self) -> String {
        match &self.config.engine {
            Engine::Sqlite(path) => format!("sqlite:{}", path.display()),
            Engine::Postgres(url) => url.clone(),
        }
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        self.db.close();
        if let Some((server, name)) = &self.drop_from
            && let Ok(mut admin) = PgConnection::establish(server)
            && let Err(error) = admin.batch_execute(&format!("drop database if exists {name} with (force)"))
        {
            eprintln!("the test database {name} stays: {error}");
        }
    }
}

fn open(config: &StorageConfig, clock: &Arc<dyn Clock>) -> Db {
    let ids: Arc<dyn IdGen> = Arc::new(SystemIds::new(Arc::clone(clock)));
    Db::open(config, Arc::clone(clock), ids).expect("opens")
}

fn with_database(server: &str, name: &str) -> String {
    let (base, query) = server.split_once('?').map_or((server, None), |(b, q)| (b, Some(q)));
    let start = base.find("://").map_or(0, |i| i + 3);
    let end = base[start..].find('/').map_or(base.len(), |i| start + i);
    let query = query.map_or_else(String::new, |q| format!("?{q}"));
    format!("{}/{name}{query}", &base[..end])
}

/// The name of the migrated template, made if it is not there: tests run in processes of their own, and one of them makes
/// it while the others wait.
fn template(server: &str, migrations: &[Migrations]) -> String {
    let versions = {
        // The wanted versions name the template; asked of a database where none has run.
        let dir = tempfile::tempdir().expect("a temporary folder");
        let engine = Engine::Sqlite(dir.path().join("names.db"));
        migrate::missing(&engine, migrations).expect("the versions").join(",")
    };
    let name = format!("cw_template_{:016x}", kernel::page::fingerprint(&[&versions]));
    let mut admin = PgConnection::establish(server).expect("the PostgreSQL server for tests answers");
    admin.batch_execute("select pg_advisory_lock(4711)").expect("the lock");
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        n: i64,
    }
    let ready: Count = diesel::sql_query(format!(
        "select count(*) as n from pg_database where datname = '{name}' and datistemplate"
    ))
    .get_result(&mut admin)
    .expect("counts");
    if ready.n == 0 {
        admin
            .batch_execute(&format!("drop database if exists {name} with (force)"))
            .expect("drops a half-made one");
        admin.batch_execute(&format!("create database {name}")).expect("creates");
        let engine = Engine::Postgres(with_database(server, &name));
        migrate::run(&engine, migrations).expect("migrates");
        admin.batch_execute(&format!("alter database {name} with is_template true")).expect("marks it");
    }
    admin.batch_execute("select pg_advisory_unlock(4711)").expect("the lock again");
    name
}

/// A grant to act with.
pub fn grant(unit: Id<Unit>, path: &UnitPath, permissions: &[&str]) -> HeldGrant {
    HeldGrant {
        id: fresh::<Grant>(),
        role: fresh::<Role>(),
        role_name: Arc::from("test"),
        unit,
        path: path.clone(),
        subtree: true,
        from: Instant::from_micros(0).expect("1970"),
        until: None,
        permissions: Arc::new(permissions.iter().map(|p| (*p).to_owned()).collect::<BTreeSet<_>>()),
        gives_all: false,
    }
}

/// A context in which `user` acts with these grants, now by the database's clock.
pub fn context(db: &Db, user: Id<User>, grants: Vec<HeldGrant>) -> Context {
    Context {
        actor: Arc::new(Actor {
            user,
            display_name: Arc::from("测试"),
            session: None,
            grants: grants.into(),
        }),
        now: db.clock().now(),
        request_id: Arc::from("test-request"),
        ids: Arc::clone(db.ids()),
    }
}

/// A fresh id from the machine's clock.
pub fn fresh<T>() -> Id<T> {
    let ids: Arc<dyn IdGen> = Arc::new(SystemIds::new(Arc::new(kernel::SystemClock)));
    ids.id()
}
