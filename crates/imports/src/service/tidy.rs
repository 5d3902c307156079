//! Rows hold names and are not kept for ever.

use kernel::{Instant, Outcome};
use storage::Tx;

use crate::model::{Import, State};
use crate::store::{imports, rows};

/// Rows removed in one transaction.
const AT_ONCE: i64 = 500;

/// Removes some rows that were kept long enough; the import stays, with its counts.
pub fn purge(tx: &mut Tx<'_>, now: Instant) -> Outcome<()> {
    let Some(id) = imports::first_outlived(tx, now)? else { return Ok(()) };
    let Some(import) = imports::find_locked(tx, id)? else { return Ok(()) };
    if rows::clear(tx, id, AT_ONCE)? {
        return Ok(());
    }
    let state = if import.state.is_over() { import.state } else { State::Failed };
    let finished_at = import.finished_at.or(Some(now));
    let version = import.version + 1;
    imports::save(tx, &Import { purged: true, state, finished_at, header: Vec::new(), version, ..import })
}
