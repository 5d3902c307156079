//! Following the tree: when a unit moves, its incidents and grids are found below its new ancestors at once; as long as it has
//! any that live, it is not dissolved.

use contracts::{MoveListener, Tenants, UnitTenant};
use kernel::id::Unit;
use kernel::{Context, Id, Outcome, UnitPath};
use storage::Tx;

use crate::store::{categories, grids, incidents, scopes};

/// Hears of moves, and is asked before a unit is dissolved.
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
        scopes::hold(tx)?;
        scopes::follow(tx, unit, left, entered)
    }
}

impl<'c> UnitTenant<Tx<'c>> for Follow {
    fn tenants(&self, tx: &mut Tx<'c>, _ctx: &Context, unit: Id<Unit>) -> Outcome<Vec<Tenants>> {
        // Who makes a grid waits for the first, who reports or dispatches for the second, who makes a category for the third: they have been counted, or find the unit
        // dissolved.
        grids::lock_unit(tx, unit)?;
        scopes::hold(tx)?;
        categories::hold(tx)?;
        let grids = Tenants::some("grids", grids::count_live(tx, unit)?);
        let incidents = Tenants::some("incidents", incidents::count_open(tx, unit)?);
        let categories = Tenants::some("categories", categories::count_live(tx, unit)?);
        Ok(grids.into_iter().chain(incidents).chain(categories).collect())
    }
}
