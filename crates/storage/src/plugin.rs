//! What a plugin that keeps data adds to [`kernel::Plugin`].

use std::sync::Arc;
use std::time::Duration;

use kernel::{Instant, Outcome, Plugin};

use crate::outbox::Delivered;
use crate::{Migrations, Tx};

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

/// A plugin that keeps data.
pub trait StoredPlugin: Plugin {
    /// Its tables.
    fn migrations(&self) -> Migrations;

    /// Its reactions to events.
    fn reactions(&self) -> Vec<Reaction> {
        Vec::new()
    }

    /// Its periodic jobs.
    fn jobs(&self) -> Vec<PeriodicJob> {
        Vec::new()
    }
}
