//! PostgreSQL: a pool of threads, each with a connection of its own. No ping at checkout: a connection that turns out dead
//! is replaced, and the job done again if its commit had not been sent.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::Receiver;
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use kernel::{Fault, Outcome};

use crate::config::StorageConfig;
use crate::db::Shared;
use crate::job::{Done, Job};
use crate::sqlite::next_job;
use crate::tx::{ConnRef, Tx};

type Manager = AnsiTransactionManager;

/// Tries before a job that cannot be serialised is given up with 503.
const TRIES: u32 = 8;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Read,
    Write,
}

/// Opens a connection the way every connection is opened. The error never repeats the URL: it may hold a password.
pub(crate) fn connect(url: &str) -> Outcome<PgConnection> {
    PgConnection::establish(url).map_err(|e| {
        Fault::Transient(format!(
            "PostgreSQL does not answer: {}",
            e.to_string().replace(url, "DATABASE_URL")
        ))
    })
}

pub(crate) fn start(
    url: &str,
    config: &StorageConfig,
    shared: &Arc<Shared>,
    closing: &Arc<AtomicBool>,
    reads: &Receiver<Box<dyn Job>>,
    writes: &Receiver<Box<dyn Job>>,
) -> Outcome<Vec<JoinHandle<()>>> {
    // One connection now, so that a wrong URL is told at the start and not by the first request; the rest on demand.
    let first = connect(url)?;
    let mut threads = Vec::with_capacity(config.readers + config.writers);
    let mut first = Some(first);
    let sides = [(Mode::Write, config.writers, writes), (Mode::Read, config.readers, reads)];
    for (mode, count, jobs) in sides {
        for n in 0..count.max(1) {
            let worker = Worker {
                url: url.to_owned(),
                mode,
                conn: first.take(),
                shared: Arc::clone(shared),
                closing: Arc::clone(closing),
            };
            let jobs = jobs.clone();
            let side = if mode == Mode::Read { "reader" } else { "writer" };
            let thread = std::thread::Builder::new()
                .name(format!("postgres-{side}-{n}"))
                .spawn(move || worker.work(&jobs))
                .map_err(Fault::internal)?;
            threads.push(thread);
        }
    }
    Ok(threads)
}

struct Worker {
    url: String,
    mode: Mode,
    conn: Option<PgConnection>,
    shared: Arc<Shared>,
    closing: Arc<AtomicBool>,
}

impl Worker {
    fn work(mut self, jobs: &Receiver<Box<dyn Job>>) {
        while let Some(mut job) = next_job(jobs, &self.closing) {
            let outcome = self.try_until_done(job.as_mut());
            job.answer(outcome);
        }
    }

    fn try_until_done(&mut self, job: &mut dyn Job) -> Outcome<()> {
        let mut tries = 0;
        loop {
            tries += 1;
            let once = match self.mode {
                Mode::Read => self.read_once(job),
                Mode::Write => self.write_once(job),
            };
            match once {
                Err(Fault::Transient(why)) if tries < TRIES => {
                    tracing::debug!(why, tries, "a job is done again");
                    metrics::counter!("commonweal_retries_total").increment(1);
                    std::thread::sleep(pause(tries));
                }
                Err(Fault::Transient(why)) => {
                    tracing::warn!(why, "given up after {TRIES} tries");
                    return Err(kernel::error::UNAVAILABLE.fault());
                }
                other => return other,
            }
        }
    }

    fn connected(&mut self) -> Outcome<&mut PgConnection> {
        if self.conn.is_none() {
            self.conn = Some(connect(&self.url)?);
        }
        self.conn.as_mut().ok_or_else(|| Fault::Transient("no connection".to_owned()))
    }

    fn read_once(&mut self, job: &mut dyn Job) -> Outcome<()> {
        let consumers = Arc::clone(&self.shared.consumers.lock());
        let conn = self.connected()?;
        let done = job.run(&mut Tx::new(ConnRef::Pg(conn), consumers));
        if unwind(conn).is_err() {
            self.conn = None;
        }
        match done {
            Done::Again(why) => {
                self.drop_if_dead();
                Err(Fault::Transient(why))
            }
            Done::Keep | Done::Undo => {
                self.drop_if_dead();
                Ok(())
            }
        }
    }

    fn write_once(&mut self, job: &mut dyn Job) -> Outcome<()> {
        let consumers = Arc::clone(&self.shared.consumers.lock());
        let conn = self.connected()?;
        if let Err(error) = Manager::begin_transaction(conn) {
            self.conn = None;
            return Err(Fault::Transient(error.to_string()));
        }
        let mut tx = Tx::new(ConnRef::Pg(conn), consumers);
        let done = job.run(&mut tx);
        let marks = tx.marks;
        match done {
            Done::Keep => match Manager::commit_transaction(conn) {
                Ok(()) => {
                    self.shared.wake(marks);
                    Ok(())
                }
                Err(error) => self.commit_failed(&error),
            },
            Done::Undo => {
                if unwind(conn).is_err() {
                    self.conn = None;
                }
                Ok(())
            }
            Done::Again(why) => {
                if unwind(conn).is_err() {
                    self.conn = None;
                }
                self.drop_if_dead();
                Err(Fault::Transient(why))
            }
        }
    }

    /// A commit that the server refused is undone and may be tried again; one that got no answer may have happened.
    fn commit_failed(&mut self, error: &Error) -> Outcome<()> {
        let refused = matches!(
            error,
            Error::DatabaseError(
                DatabaseErrorKind::SerializationFailure
                    | DatabaseErrorKind::UniqueViolation
                    | DatabaseErrorKind::ForeignKeyViolation
                    | DatabaseErrorKind::CheckViolation,
                _
            )
        ) || error.to_string().contains("deadlock detected");
        self.conn = None;
        if refused {
            Err(Fault::Transient(error.to_string()))
        } else {
            Err(Fault::Unknown(error.to_string()))
        }
    }

    /// A connection whose transaction manager is broken, or that answers nothing more, is thrown away.
    fn drop_if_dead(&mut self) {
        let dead = self.conn.as_mut().is_some_and(|conn| {
            Manager::transaction_manager_status_mut(conn).transaction_depth().is_err()
                || Manager::is_broken_transaction_manager(conn)
        });
        if dead {
            self.conn = None;
        }
    }
}

fn pause(tries: u32) -> Duration {
    let base = 2_u64.saturating_pow(tries.min(8));
    Duration::from_millis(rand::random_range(base / 2..=base))
}

/// Rolls back whatever depth the work left.
fn unwind(conn: &mut PgConnection) -> Outcome<()> {
    loop {
        let depth = Manager::transaction_manager_status_mut(conn)
            .transaction_depth()
            .map_err(|_| Fault::Transient("the connection lost its transaction".to_owned()))?;
        if depth.is_none() {
            return Ok(());
        }
        Manager::rollback_transaction(conn)?;
    }
}
