//! Following the tree: when a unit moves, the places of what lies in it move with it, in the same transaction.

use contracts::MoveListener;
use kernel::id::Unit;
use kernel::{Context, Id, Outcome, UnitPath};
use storage::Tx;

use crate::store::place;

/// Hears of moves. A visit keeps no unit from being dissolved: it is of the past.
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
        place::hold(tx)?;
        place::rebase(tx, from, to)
    }
}
