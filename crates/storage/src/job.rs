//! A job: what a caller wants done in a transaction, with the way back for its answer.

use std::panic::{AssertUnwindSafe, catch_unwind};

use kernel::{Fault, Outcome};
use tokio::sync::oneshot;

use crate::tx::Tx;

/// What became of a job's work before the commit.
pub(crate) enum Done {
    /// Keep what it wrote.
    Keep,
    /// Undo what it wrote; it has its answer.
    Undo,
    /// Undo it and do it again: the engine could not serialise it, or the connection broke.
    Again(String),
}

/// A job of any type, as the executors see it.
pub(crate) trait Job: Send {
    /// Does the work. Never panics.
    fn run(&mut self, tx: &mut Tx<'_>) -> Done;
    /// Sends the answer: what the work came to, or why its commit failed.
    fn answer(self: Box<Self>, commit: Outcome<()>);
}

struct Typed<T, F> {
    work: F,
    outcome: Option<Outcome<T>>,
    reply: oneshot::Sender<Outcome<T>>,
}

impl<T, F> Job for Typed<T, F>
where
    T: Send + 'static,
    F: Fn(&mut Tx<'_>) -> Outcome<T> + Send + 'static,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> Done {
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.work)(tx)))
            .unwrap_or_else(|panic| Err(Fault::Internal(format!("a job panicked: {}", words(&*panic)))));
        match outcome {
            Err(Fault::Transient(why)) => {
                self.outcome = Some(Err(Fault::Transient(why.clone())));
                Done::Again(why)
            }
            outcome => {
                let done = if outcome.is_ok() { Done::Keep } else { Done::Undo };
                self.outcome = Some(outcome);
                done
            }
        }
    }

    fn answer(self: Box<Self>, commit: Outcome<()>) {
        let outcome = match (commit, self.outcome) {
            // A job that failed by itself keeps its own answer whatever became of the commit.
            (_, Some(Err(Fault::Transient(why)))) => {
                tracing::warn!(why, "given up after retries");
                Err(kernel::error::UNAVAILABLE.fault())
            }
            (_, Some(Err(fault))) => Err(fault),
            (Err(fault), _) => Err(fault),
            (Ok(()), Some(outcome)) => outcome,
            (Ok(()), None) => Err(Fault::internal("a job was answered before it ran")),
        };
        // The caller may have gone: then nobody waits for the answer, and the work stands all the same.
        drop(self.reply.send(outcome));
    }
}

fn words(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("?")
}

/// Packs work and the way back for its answer.
pub(crate) fn pack<T, F>(work: F) -> (Box<dyn Job>, oneshot::Receiver<Outcome<T>>)
where
    T: Send + 'static,
    F: Fn(&mut Tx<'_>) -> Outcome<T> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    (Box::new(Typed { work, outcome: None, reply }), answer)
}
