//! The two doors: [`Db::read`] and [`Db::write`].

use std::sync::Arc;

use crossbeam_channel::{Sender, TrySendError};
use kernel::{Clock, Fault, IdGen, Outcome};
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::audit::Places;
use crate::config::{Engine, StorageConfig};
use crate::job::{Job, pack};
use crate::outbox::Consumers;
use crate::tx::{Marks, Tx};
use crate::{postgres, sqlite};

/// A realm's database: cheap to clone, safe to share. Nothing is global: whoever needs storage is handed one of these.
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    readers: Sender<Box<dyn Job>>,
    writers: Sender<Box<dyn Job>>,
    threads: Mutex<Vec<std::thread::JoinHandle<()>>>,
    closing: Arc<std::sync::atomic::AtomicBool>,
    shared: Arc<Shared>,
}

/// What the executors and the doors share.
pub(crate) struct Shared {
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn IdGen>,
    pub consumers: Mutex<Arc<Consumers>>,
    pub places: Mutex<Option<Places>>,
    pub audit_written: Notify,
    pub event_written: Notify,
}

impl Shared {
    pub(crate) fn wake(&self, marks: Marks) {
        if marks.audit {
            self.audit_written.notify_one();
        }
        if marks.outbox {
            // One for the worker of reactions, one for that of errands.
            self.event_written.notify_one();
            self.event_written.notify_one();
        }
    }
}

impl Db {
    /// Opens the database and starts its threads. Creates a missing SQLite file; does not migrate.
    pub fn open(config: &StorageConfig, clock: Arc<dyn Clock>, ids: Arc<dyn IdGen>) -> Outcome<Self> {
        let shared = Arc::new(Shared {
            clock,
            ids,
            consumers: Mutex::default(),
            places: Mutex::default(),
            audit_written: Notify::new(),
            event_written: Notify::new(),
        });
        let closing = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let (read_tx, read_rx) = crossbeam_channel::bounded(config.queue);
        let (write_tx, write_rx) = crossbeam_channel::bounded(config.queue);
        let threads = match &config.engine {
            Engine::Sqlite(path) => sqlite::start(path, config, &shared, &closing, &read_rx, write_rx)?,
            Engine::Postgres(url) => postgres::start(url, config, &shared, &closing, &read_rx, &write_rx)?,
        };
        Ok(Self {
            inner: Arc::new(Inner {
                engine: config.engine.clone(),
                readers: read_tx,
                writers: write_tx,
                threads: Mutex::new(threads),
                closing,
                shared,
            }),
        })
    }

    /// The engine it runs on.
    pub fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    /// The clock that requests are judged by.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.shared.clock
    }

    /// Where fresh ids come from.
    pub fn ids(&self) -> &Arc<dyn IdGen> {
        &self.inner.shared.ids
    }

    /// Says who reacts to which events; what is emitted from now on gets a delivery for each.
    pub fn set_consumers(&self, consumers: Consumers) {
        *self.inner.shared.consumers.lock() = Arc::new(consumers);
    }

    /// Says where units stand: what is sealed from now on can be found by its subtree.
    pub fn set_places(&self, places: Places) {
        *self.inner.shared.places.lock() = Some(places);
    }

    pub(crate) fn places(&self) -> Option<Places> {
        self.inner.shared.places.lock().clone()
    }

    /// Reads. On SQLite the work sees one snapshot; on PostgreSQL each statement sees the newest. It may be run again.
    pub async fn read<T, F>(&self, work: F) -> Outcome<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Outcome<T> + Send + 'static,
    {
        self.hand_over(&self.inner.readers, work).await
    }

    /// Writes: all of it, durably, or nothing. The work may be run again, so it touches nothing but its `Tx`.
    pub async fn write<T, F>(&self, work: F) -> Outcome<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Outcome<T> + Send + 'static,
    {
        self.hand_over(&self.inner.writers, work).await
    }

    /// [`Db::read`] for code outside the async runtime: commands and tests.
    pub fn read_blocking<T, F>(&self, work: F) -> Outcome<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Outcome<T> + Send + 'static,
    {
        self.hand_over_blocking(&self.inner.readers, work)
    }

    /// [`Db::write`] for code outside the async runtime: commands and tests.
    pub fn write_blocking<T, F>(&self, work: F) -> Outcome<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Outcome<T> + Send + 'static,
    {
        self.hand_over_blocking(&self.inner.writers, work)
    }

    async fn hand_over<T, F>(&self, queue: &Sender<Box<dyn Job>>, work: F) -> Outcome<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Outcome<T> + Send + 'static,
    {
        self.refuse_when_closing()?;
        let (job, answer) = pack(work);
        match queue.try_send(job) {
            Ok(()) => answer.await.unwrap_or_else(|_| Err(kernel::error::UNAVAILABLE.fault())),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                Err(kernel::error::UNAVAILABLE.fault())
            }
        }
    }

    fn hand_over_blocking<T, F>(&self, queue: &Sender<Box<dyn Job>>, work: F) -> Outcome<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Outcome<T> + Send + 'static,
    {
        self.refuse_when_closing()?;
        let (job, answer) = pack(work);
        queue.send(job).map_err(|_| kernel::error::UNAVAILABLE.fault())?;
        answer.blocking_recv().unwrap_or_else(|_| Err(kernel::error::UNAVAILABLE.fault()))
    }

    fn refuse_when_closing(&self) -> Outcome<()> {
        if self.inner.closing.load(std::sync::atomic::Ordering::Acquire) {
            return Err(kernel::error::UNAVAILABLE.fault());
        }
        Ok(())
    }

    /// Waits until an audit record was committed here, or `at_most` has passed.
    pub(crate) async fn audit_written(&self, at_most: std::time::Duration) {
        drop(tokio::time::timeout(at_most, self.inner.shared.audit_written.notified()).await);
    }

    /// Waits until an event was committed here, or `at_most` has passed.
    pub(crate) async fn event_written(&self, at_most: std::time::Duration) {
        drop(tokio::time::timeout(at_most, self.inner.shared.event_written.notified()).await);
    }

    /// Takes no more work, does what is queued, and ends the threads. Called once, after the last request.
    pub fn close(&self) {
        self.inner.closing.store(true, std::sync::atomic::Ordering::Release);
        for thread in self.inner.threads.lock().drain(..) {
            if thread.join().is_err() {
                tracing::error!("a storage thread ended by a panic");
            }
        }
    }

    /// Whether the engine answers.
    pub async fn is_ready(&self) -> bool {
        self.read(|tx| {
            use diesel::prelude::*;
            crate::with_conn!(tx, |c| diesel::select(diesel::dsl::sql::<diesel::sql_types::Integer>("1"))
                .get_result::<i32>(c))
            .map_err(Fault::from)
        })
        .await
        .is_ok()
    }
}
