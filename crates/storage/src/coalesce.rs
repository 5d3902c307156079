//! One question to the engine for all who ask it at the same time.

use std::sync::Arc;

use kernel::Outcome;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::{Db, Tx};

/// Asks one question of the database for many askers: whoever asks while an answer is under way waits for the **next** one,
/// so no answer is older than its question. What would be a query a request becomes a query for all requests in flight.
pub struct Coalesced<T> {
    db: Db,
    question: fn(&mut Tx<'_>) -> Outcome<T>,
    state: Arc<Mutex<State<T>>>,
}

struct State<T> {
    asking: bool,
    waiting: Vec<oneshot::Sender<Option<T>>>,
}

impl<T: Clone + Send + 'static> Coalesced<T> {
    /// A question to `db`.
    pub fn new(db: Db, question: fn(&mut Tx<'_>) -> Outcome<T>) -> Self {
        Self { db, question, state: Arc::new(Mutex::new(State { asking: false, waiting: Vec::new() })) }
    }

    /// The answer, read after this call began.
    pub async fn ask(&self) -> Outcome<T> {
        let (tx, rx) = oneshot::channel();
        let lead = {
            let mut state = self.state.lock();
            state.waiting.push(tx);
            !std::mem::replace(&mut state.asking, true)
        };
        if lead {
            // The asking goes on if this asker goes away: others wait for it.
            let (db, question, state) = (self.db.clone(), self.question, Arc::clone(&self.state));
            tokio::spawn(async move {
                loop {
                    let waiting = std::mem::take(&mut state.lock().waiting);
                    let answer = db.read(question).await.ok();
                    for asker in waiting {
                        drop(asker.send(answer.clone()));
                    }
                    let mut state = state.lock();
                    if state.waiting.is_empty() {
                        state.asking = false;
                        return;
                    }
                }
            });
        }
        rx.await.ok().flatten().ok_or_else(|| kernel::error::UNAVAILABLE.fault())
    }
}
