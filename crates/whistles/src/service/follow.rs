//! Following the tree: when a unit moves, the places of its whistles and calls move with it, in the same transaction; while it calls or is
//! called, it is not dissolved.

use contracts::{MoveListener, Tenants, UnitTenant};
use kernel::id::Unit;
use kernel::{Context, Id, Outcome, UnitPath};
use storage::Tx;

use crate::store::{self, calls, whistles};

/// Hears of moves, and is asked before a unit is dissolved.
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
        store::hold(tx)?;
        store::rebase(tx, from, to)
    }
}

impl<'c> UnitTenant<Tx<'c>> for Follow {
    fn tenants(&self, tx: &mut Tx<'c>, _ctx: &Context, unit: Id<Unit>) -> Outcome<Vec<Tenants>> {
        // Whoever blows has joined before they read the tree: they are counted, or find the unit dissolved.
        store::hold(tx)?;
        let whistles = Tenants::some("whistles", whistles::count_open(tx, unit)?);
        let calls = Tenants::some("whistle_calls", calls::count_open(tx, unit)?);
        Ok(whistles.into_iter().chain(calls).collect())
    }
}
