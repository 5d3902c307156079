//! Following the tree: a unit that moves takes its figures along.

use contracts::MoveListener;
use kernel::id::Unit;
use kernel::{Context, Id, Outcome, UnitPath};
use storage::Tx;

use crate::store::units;

/// Hears of moves.
#[derive(Debug, Clone, Copy, Default)]
pub struct Follow;

impl<'c> MoveListener<Tx<'c>> for Follow {
    fn unit_moved(
        &self,
        tx: &mut Tx<'c>,
        _ctx: &Context,
        unit: Id<Unit>,
        _from: &UnitPath,
        _to: &UnitPath,
        left: &[Id<Unit>],
        entered: &[Id<Unit>],
    ) -> Outcome<()> {
        units::hold(tx)?;
        units::follow(tx, unit, left, entered)
    }
}
