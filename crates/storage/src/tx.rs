//! The unit of work. Every store method takes `&mut Tx`; one transaction spans as many crates as it likes.

use std::sync::Arc;

use diesel::connection::TransactionManager;
use diesel::pg::PgConnection;
use diesel::sqlite::SqliteConnection;
use kernel::Outcome;

use crate::outbox::Consumers;

/// A connection of either engine, or none: with none, services run over mocks.
#[doc(hidden)]
pub enum ConnRef<'c> {
    Sqlite(&'c mut SqliteConnection),
    Pg(&'c mut PgConnection),
    Null,
}

/// A transaction in progress.
pub struct Tx<'c> {
    #[doc(hidden)]
    pub conn: ConnRef<'c>,
    pub(crate) consumers: Arc<Consumers>,
    pub(crate) marks: Marks,
    /// What was recorded without a database: the actions and topics, in order. For unit tests.
    pub journal: Vec<String>,
}

/// Who is to be woken after the commit.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Marks {
    pub audit: bool,
    pub outbox: bool,
}

impl Marks {
    pub(crate) fn join(&mut self, other: Self) {
        self.audit |= other.audit;
        self.outbox |= other.outbox;
    }
}

impl<'c> Tx<'c> {
    pub(crate) fn new(conn: ConnRef<'c>, consumers: Arc<Consumers>) -> Self {
        Self { conn, consumers, marks: Marks::default(), journal: Vec::new() }
    }

    /// A transaction without a database, for services over mocked ports. A real store panics on it.
    pub fn null() -> Tx<'static> {
        Tx::new(ConnRef::Null, Arc::default())
    }

    /// Whether there is no database behind it.
    pub fn is_null(&self) -> bool {
        matches!(self.conn, ConnRef::Null)
    }

    /// Whether it runs on PostgreSQL, where rows must be locked before they are judged.
    pub fn is_postgres(&self) -> bool {
        matches!(self.conn, ConnRef::Pg(_))
    }

    /// Runs `deed` in a savepoint: if it fails, only what it did is undone.
    pub fn nested<T>(&mut self, deed: impl FnOnce(&mut Tx<'c>) -> Outcome<T>) -> Outcome<T> {
        self.begin()?;
        let outcome = deed(self);
        match outcome {
            Ok(value) => {
                self.commit()?;
                Ok(value)
            }
            Err(fault) => {
                self.roll_back()?;
                Err(fault)
            }
        }
    }

    pub(crate) fn begin(&mut self) -> Outcome<()> {
        match &mut self.conn {
            ConnRef::Sqlite(c) => Ok(manager::<SqliteConnection>::begin_transaction(*c)?),
            ConnRef::Pg(c) => Ok(manager::<PgConnection>::begin_transaction(*c)?),
            ConnRef::Null => Ok(()),
        }
    }

    pub(crate) fn commit(&mut self) -> Outcome<()> {
        match &mut self.conn {
            ConnRef::Sqlite(c) => Ok(manager::<SqliteConnection>::commit_transaction(*c)?),
            ConnRef::Pg(c) => Ok(manager::<PgConnection>::commit_transaction(*c)?),
            ConnRef::Null => Ok(()),
        }
    }

    pub(crate) fn roll_back(&mut self) -> Outcome<()> {
        match &mut self.conn {
            ConnRef::Sqlite(c) => Ok(manager::<SqliteConnection>::rollback_transaction(*c)?),
            ConnRef::Pg(c) => Ok(manager::<PgConnection>::rollback_transaction(*c)?),
            ConnRef::Null => Ok(()),
        }
    }
}

#[expect(non_camel_case_types, reason = "reads as the function it stands for")]
pub(crate) type manager<C> = <C as diesel::Connection>::TransactionManager;

/// Runs a query on whichever engine the transaction is on. The body is compiled once for each; inside it `Db` is the
/// engine's type and `lock!(query)` takes row locks where the engine has them.
#[macro_export]
macro_rules! with_conn {
    ($tx:expr, |$c:ident| $body:expr) => {
        match &mut $tx.conn {
            $crate::ConnRef::Sqlite(conn) => {
                #[allow(
                    unused_imports,
                    clippy::allow_attributes,
                    reason = "not every query names its engine"
                )]
                use $crate::sqlite_kit::*;
                let $c = &mut **conn;
                $body
            }
            $crate::ConnRef::Pg(conn) => {
                #[allow(
                    unused_imports,
                    clippy::allow_attributes,
                    reason = "not every query names its engine"
                )]
                use $crate::pg_kit::*;
                let $c = &mut **conn;
                $body
            }
            $crate::ConnRef::Null => unreachable!("a transaction without a database reached a real store"),
        }
    };
}

/// Inserts the rows of a vector the way each engine is quickest: one kept statement a row on SQLite, one statement for all on
/// PostgreSQL, where each is a round trip. A [`diesel::QueryResult`]: what was inserted before a failure is the transaction's.
#[macro_export]
macro_rules! insert_all {
    ($tx:expr, $table:expr, $rows:expr) => {{
        let rows: &[_] = &$rows[..];
        let one_by_one = !$tx.is_postgres() || rows.len() == 1;
        let mut done: diesel::QueryResult<()> = Ok(());
        if one_by_one {
            for row in rows {
                let one = $crate::with_conn!($tx, |c| diesel::insert_into($table).values(row).execute(c));
                done = one.map(drop);
                if done.is_err() {
                    break;
                }
            }
        } else {
            for some in rows.chunks($crate::ROWS_AT_ONCE) {
                let many = $crate::with_conn!($tx, |c| diesel::insert_into($table).values(some).execute(c));
                done = many.map(drop);
                if done.is_err() {
                    break;
                }
            }
        }
        done
    }};
}

/// Rows of one statement on PostgreSQL, which takes 65,535 values at most.
#[doc(hidden)]
pub const ROWS_AT_ONCE: usize = 1_000;

/// What a query body sees on SQLite.
#[doc(hidden)]
pub mod sqlite_kit {
    pub type Db = diesel::sqlite::Sqlite;
    /// SQLite has one writer: nothing to lock.
    #[macro_export]
    macro_rules! __lock_sqlite {
        ($q:expr) => {
            $q
        };
    }
    pub use crate::__lock_sqlite as lock;
    pub use crate::__lock_sqlite as lock_skip;
}

/// What a query body sees on PostgreSQL.
#[doc(hidden)]
pub mod pg_kit {
    pub type Db = diesel::pg::Pg;
    #[macro_export]
    macro_rules! __lock_pg {
        ($q:expr) => {
            $q.for_update()
        };
    }
    #[macro_export]
    macro_rules! __lock_skip_pg {
        ($q:expr) => {
            $q.for_update().skip_locked()
        };
    }
    pub use crate::__lock_pg as lock;
    pub use crate::__lock_skip_pg as lock_skip;
}
