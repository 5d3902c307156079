//! Following the tree: when a unit moves, its people and the log of their readings move with it, in the same transaction; while
//! somebody belongs to a unit, it is not dissolved.

use contracts::{MoveListener, Tenants, UnitTenant};
use kernel::id::Unit;
use kernel::{Context, Id, Outcome, UnitPath};
use storage::Tx;

use crate::store::{people, readings};

/// Hears of moves.
#[derive(Debug, Clone, Copy, Default)]
pub struct Follow;

impl<'c> MoveListener<Tx<'c>> for Follow {
    fn unit_moved(
        &self,
        tx: &mut Tx<'c>,
        _ctx: &Context,
        _unit: Id<Unit>,
        from: &UnitPath,
        to: &UnitPath,
        _left: &[Id<Unit>],
        _entered: &[Id<Unit>],
    ) -> Outcome<()> {
        people::hold(tx)?;
        people::rebase(tx, from, to)?;
        readings::rebase(tx, from, to).map(drop)
    }
}

impl<'c> UnitTenant<Tx<'c>> for Follow {
    fn tenants(&self, tx: &mut Tx<'c>, _ctx: &Context, unit: Id<Unit>) -> Outcome<Vec<Tenants>> {
        // Whoever is entering somebody there has joined before they read the tree: they are counted, or find it dissolved.
        people::hold(tx)?;
        Ok(Tenants::some("people", people::count_at(tx, unit)?).into_iter().collect())
    }
}
