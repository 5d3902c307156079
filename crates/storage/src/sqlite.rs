//! SQLite: one writer thread with group commit, and readers with connections of their own.

use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use kernel::{Fault, Outcome};

use crate::config::StorageConfig;
use crate::db::Shared;
use crate::job::{Done, Job};
use crate::tx::{ConnRef, Marks, Tx};

type Manager = AnsiTransactionManager;

/// How long one group may run before it is committed, so that a stream of jobs cannot keep the first one waiting.
const GROUP_TIME: Duration = Duration::from_millis(25);
/// How often an idle thread looks whether the database is being closed.
const IDLE: Duration = Duration::from_millis(100);

// `secure_delete`: what is deleted is written over where it lay, so that a key that was destroyed is in no page's gap.
const PRAGMAS: &str = "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
     PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864; \
     PRAGMA cache_size = -8192; PRAGMA trusted_schema = OFF; PRAGMA secure_delete = FAST; \
     PRAGMA wal_autocheckpoint = 8000;";

/// Opens a connection the way every connection is opened.
pub(crate) fn connect(path: &Path) -> Outcome<SqliteConnection> {
    let name = path.to_str().ok_or_else(|| Fault::internal("the database's path is not UTF-8"))?;
    // A new file is its owner's alone, wherever it lies: the signing keys are in it. SQLite gives its log the same mode. Where it
    // cannot be made, SQLite says why.
    let new = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    drop(new);
    let mut conn = SqliteConnection::establish(name)
        .map_err(|e| Fault::internal(format!("cannot open the SQLite file {name}: {e}")))?;
    conn.batch_execute(PRAGMAS)?;
    Ok(conn)
}

pub(crate) fn start(
    path: &Path,
    config: &StorageConfig,
    shared: &Arc<Shared>,
    closing: &Arc<AtomicBool>,
    reads: &Receiver<Box<dyn Job>>,
    writes: Receiver<Box<dyn Job>>,
) -> Outcome<Vec<JoinHandle<()>>> {
    let mut threads = Vec::with_capacity(config.readers + 1);
    let writer = Writer {
        conn: connect(path)?,
        path: path.to_owned(),
        group: config.group.max(1),
        shared: Arc::clone(shared),
        closing: Arc::clone(closing),
    };
    threads.push(spawn("sqlite-writer", move || writer.work(&writes))?);
    for n in 0..config.readers.max(1) {
        let mut conn = connect(path)?;
        conn.batch_execute("PRAGMA query_only = ON;")?;
        let (reads, shared, closing) = (reads.clone(), Arc::clone(shared), Arc::clone(closing));
        threads.push(spawn(&format!("sqlite-reader-{n}"), move || {
            read_all(&mut conn, &reads, &shared, &closing);
        })?);
    }
    Ok(threads)
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Outcome<JoinHandle<()>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work).map_err(Fault::internal)
}

/// The next job, or `None` when the database is closing and nothing is left to do.
pub(crate) fn next_job(jobs: &Receiver<Box<dyn Job>>, closing: &AtomicBool) -> Option<Box<dyn Job>> {
    loop {
        match jobs.recv_timeout(IDLE) {
            Ok(job) => return Some(job),
            Err(RecvTimeoutError::Timeout) if closing.load(Ordering::Acquire) => return None,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
}

fn read_all(
    conn: &mut SqliteConnection,
    jobs: &Receiver<Box<dyn Job>>,
    shared: &Shared,
    closing: &AtomicBool,
) {
    while let Some(mut job) = next_job(jobs, closing) {
        let begun = Manager::begin_transaction(conn);
        if let Err(error) = begun {
            job.answer(Err(error.into()));
            continue;
        }
        let consumers = Arc::clone(&shared.consumers.lock());
        job.run(&mut Tx::new(ConnRef::Sqlite(conn), consumers));
        // A read has nothing to keep: rolling back ends the snapshot, whatever depth the work left.
        let ended = unwind_to(conn, 0);
        job.answer(ended);
    }
}

/// Rolls back until the transaction depth is `depth`.
fn unwind_to(conn: &mut SqliteConnection, depth: u32) -> Outcome<()> {
    loop {
        let now = Manager::transaction_manager_status_mut(conn)
            .transaction_depth()
            .map_err(|_| Fault::internal("SQLite lost its transaction"))?
            .map_or(0, std::num::NonZeroU32::get);
        if now <= depth {
            return Ok(());
        }
        Manager::rollback_transaction(conn)?;
    }
}

struct Writer {
    conn: SqliteConnection,
    path: std::path::PathBuf,
    group: usize,
    shared: Arc<Shared>,
    closing: Arc<AtomicBool>,
}

impl Writer {
    fn work(mut self, jobs: &Receiver<Box<dyn Job>>) {
        while let Some(first) = next_job(jobs, &self.closing) {
            self.commit_group(first, jobs);
        }
    }

    /// One durable commit for the jobs that wait, each in a savepoint of its own; the answers only after the commit.
    fn commit_group(&mut self, first: Box<dyn Job>, jobs: &Receiver<Box<dyn Job>>) {
        if let Err(fault) = self.begin() {
            first.answer(Err(fault));
            return;
        }
        let started = Instant::now();
        let mut marks = Marks::default();
        let mut ran: Vec<Box<dyn Job>> = Vec::with_capacity(8);
        let mut next = Some(first);
        let mut broken: Option<String> = None;
        while let Some(mut job) = next.take() {
            let did = self.run_one(job.as_mut(), &mut marks);
            ran.push(job);
            if let Err(fault) = did {
                broken = Some(fault.to_string());
                break;
            }
            if ran.len() < self.group && started.elapsed() < GROUP_TIME {
                next = jobs.try_recv().ok();
            }
        }
        metrics::histogram!("commonweal_group_commit_jobs")
            .record(f64::from(u32::try_from(ran.len()).unwrap_or(u32::MAX)));
        let committed = match broken {
            None => Manager::commit_transaction(&mut self.conn).map_err(|e| e.to_string()),
            Some(why) => Err(why),
        };
        match committed {
            Ok(()) => {
                for job in ran {
                    job.answer(Ok(()));
                }
                self.shared.wake(marks);
            }
            Err(why) => {
                tracing::error!(why, jobs = ran.len(), "a group of writes was not committed");
                self.reopen();
                for job in ran {
                    job.answer(Err(Fault::Internal(format!("not committed: {why}"))));
                }
            }
        }
    }

    fn begin(&mut self) -> Outcome<()> {
        match Manager::begin_transaction_sql(&mut self.conn, "BEGIN IMMEDIATE") {
            Ok(()) => Ok(()),
            Err(error) => {
                tracing::warn!(%error, "the writer could not begin");
                self.reopen();
                Err(kernel::error::UNAVAILABLE.fault())
            }
        }
    }

    /// Runs one job in its savepoint. An error here means that the whole group is lost.
    fn run_one(&mut self, job: &mut dyn Job, marks: &mut Marks) -> Outcome<()> {
        Manager::begin_transaction(&mut self.conn)?;
        let consumers = Arc::clone(&self.shared.consumers.lock());
        let mut tx = Tx::new(ConnRef::Sqlite(&mut self.conn), consumers);
        let done = job.run(&mut tx);
        let marked = tx.marks;
        match done {
            Done::Keep => {
                marks.join(marked);
                Manager::commit_transaction(&mut self.conn)?;
                Ok(())
            }
            Done::Undo | Done::Again(_) => unwind_to(&mut self.conn, 1),
        }
    }

    /// A connection whose transaction is in doubt is thrown away: closing it rolls back what was not committed.
    fn reopen(&mut self) {
        match connect(&self.path) {
            Ok(conn) => self.conn = conn,
            Err(error) => tracing::error!(%error, "the writer could not open its database again"),
        }
    }
}
