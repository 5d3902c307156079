//! Where an incident lies in the tree at this moment, however the tree is being moved.

use contracts::UnitRef;
use kernel::id::Unit;
use kernel::{Fault, Id, Outcome};
use storage::Tx;

use super::see::Units;
use crate::ports::GridServices;

/// The unit as it is now. On PostgreSQL whoever asks holds the writers' lock of [`crate::store::scopes`] and reads it anew: a move
/// may have ended since it was read. SQLite has one writer.
pub fn unit_now(tx: &mut Tx<'_>, s: &GridServices, unit: Id<Unit>, known: &Units) -> Outcome<UnitRef> {
    let found = if tx.is_postgres() { s.tree.unit(tx, unit)? } else { known.get(unit).cloned() };
    found.ok_or_else(|| Fault::internal("a unit vanished from under an incident"))
}

/// The unit's own id and those of all above it.
pub fn lineage(tx: &mut Tx<'_>, s: &GridServices, unit: &UnitRef) -> Outcome<Vec<Id<Unit>>> {
    Ok(s.tree.lineage(tx, &unit.path)?.into_iter().map(|u| u.id).collect())
}
