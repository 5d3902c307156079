//! What a plugin that keeps data adds to [`kernel::Plugin`].

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use kernel::{Instant, Outcome, Plugin};

use crate::outbox::Delivered;
use crate::{Db, Migrations, Tx};

/// What a reaction does: inside the transaction that marks the event as delivered.
pub type ReactionFn = Arc<dyn Fn(&mut Tx<'_>, &Delivered) -> Outcome<()> + Send + Sync>;

/// A plugin's reaction to events of others, after their commit, at least once, in order per object.
#[derive(Clone)]
pub struct Reaction {
    /// `plugin.what`, stable: it names the deliveries.
    pub consumer: &'static str,
    /// The topics it wants.
    pub topics: &'static [&'static str],
    /// What it does.
    pub run: ReactionFn,
}

/// What is done in the transaction that marks an errand as delivered.
pub type AfterFn = Arc<dyn Fn(&mut Tx<'_>) -> Outcome<()> + Send + Sync>;

/// An errand on its way.
pub type ErrandRun = Pin<Box<dyn Future<Output = Outcome<AfterFn>> + Send>>;

/// What an errand does: outside any transaction, since it speaks with the world. It may be run again after it has done its work,
/// if the answer got lost: whoever is spoken to tells doubles by the event's id.
pub type ErrandFn = Arc<dyn Fn(Db, Delivered) -> ErrandRun + Send + Sync>;

/// What a plugin does in the world outside because of an event: like a [`Reaction`], but not in a transaction, and with a time
/// after which it counts as failed ([`crate::worker::ERRAND_TIME`]).
#[derive(Clone)]
pub struct Errand {
    /// `plugin.what`, stable: it names the deliveries.
    pub consumer: &'static str,
    /// The topics it wants.
    pub topics: &'static [&'static str],
    /// What it does.
    pub run: ErrandFn,
}

/// What a periodic job does; it is told the time.
pub type JobFn = Arc<dyn Fn(&mut Tx<'_>, Instant) -> Outcome<()> + Send + Sync>;

/// A job that one process does from time to time, whichever holds its lease.
#[derive(Clone)]
pub struct PeriodicJob {
    /// `plugin.what`.
    pub name: &'static str,
    /// How often.
    pub every: Duration,
    /// What it does, within some 50 ms.
    pub run: JobFn,
}

/// What a task's run comes to: whether there was work, so that it is looked for again at once.
pub type TaskRun = Pin<Box<dyn Future<Output = Outcome<bool>> + Send>>;

/// Work that goes on for longer than one transaction, a part at a time: it is told the database and who this process is. What
/// keeps two processes from doing the same is the task's own: a lease beside what it works on.
#[derive(Clone)]
pub struct Task {
    /// `plugin.what`.
    pub name: &'static str,
    /// How often it is looked for where there was none.
    pub every: Duration,
    /// Does a part of it.
    pub run: Arc<dyn Fn(Db, String) -> TaskRun + Send + Sync>,
}

/// A plugin that keeps data.
pub trait StoredPlugin: Plugin {
    /// Its tables.
    fn migrations(&self) -> Migrations;

    /// Its reactions to events.
    fn reactions(&self) -> Vec<Reaction> {
        Vec::new()
    }

    /// Its errands in the world outside.
    fn errands(&self) -> Vec<Errand> {
        Vec::new()
    }

    /// Its periodic jobs.
    fn jobs(&self) -> Vec<PeriodicJob> {
        Vec::new()
    }

    /// Its work that goes on for longer than one transaction.
    fn tasks(&self) -> Vec<Task> {
        Vec::new()
    }
}
