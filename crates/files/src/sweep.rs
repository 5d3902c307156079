//! The sweeper: removes objects that no file is made of any more. They are marked in the database before, in the transaction that took
//! the last file away, and their keys are never used again: so it does not matter how late a removal comes, or how often.

use std::sync::Arc;
use std::time::Duration;

use kernel::{Instant, Outcome};
use storage::{Db, Task};

use crate::ports::key;
use crate::shelf::Shelf;
use crate::store::{objects, realm};

/// How often it looks where there was nothing.
const LOOK: Duration = Duration::from_secs(30);
/// Objects removed in one go.
const AT_ONCE: i64 = 50;

/// The sweeper as storage runs it.
pub fn task(shelf: Shelf) -> Task {
    Task {
        name: "files.sweep",
        every: LOOK,
        run: Arc::new(move |db, _owner| {
            let shelf = shelf.clone();
            let now = db.clock().now();
            Box::pin(async move { once(&db, &shelf, now).await })
        }),
    }
}

/// Removes some whose time has come by `now`; answers whether there were any.
pub async fn once(db: &Db, shelf: &Shelf, now: Instant) -> Outcome<bool> {
    let (leaving, realm) =
        db.read(move |tx| Ok((objects::leaving(tx, now, AT_ONCE)?, realm::find(tx)?))).await?;
    // Without a name nothing was ever put there.
    let Some(realm) = realm.filter(|_| !leaving.is_empty()) else { return Ok(false) };
    for (id, sha256) in leaving {
        shelf.remove(&key(&realm, &sha256, id.uuid())).await?;
        db.write(move |tx| objects::forget(tx, id)).await?;
    }
    Ok(true)
}
