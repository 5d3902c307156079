//! Putting a case into another tray: that of another grid, or of another unit at any level.

use kernel::error::{FIELD_REQUIRED, FIELD_UNKNOWN_REFERENCE, INVALID};
use kernel::id::{Grid, Unit};
use kernel::{Id, Outcome};
use storage::Tx;

use super::place;
use super::resolve;
use super::see::Units;
use crate::error::{RETIRED, SAME_TRAY, UNIT_CLOSED};
use crate::model::Incident;
use crate::ports::GridServices;
use crate::store::{grids, scopes};

/// Names the tray. What was dispatched is dispatched no more, and the category must be used there.
pub(super) fn to(
    tx: &mut Tx<'_>,
    s: &GridServices,
    i: &mut Incident,
    unit: Option<Id<Unit>>,
    grid: Option<Id<Grid>>,
) -> Outcome<()> {
    let grid = match grid {
        None => None,
        Some(id) => {
            let unknown = || INVALID.refusal().at("/grid_id", &FIELD_UNKNOWN_REFERENCE);
            // Locked: it is not split or merged before the case is in it.
            let grid = grids::find_locked(tx, id)?.ok_or_else(unknown)?;
            if grid.retired_at.is_some() {
                return Err(RETIRED.refusal().at("/grid_id", &RETIRED).into());
            }
            Some(grid)
        }
    };
    let (pointer, to) = match (&grid, unit) {
        (Some(grid), None) => ("/grid_id", grid.unit),
        (None, Some(unit)) => ("/unit_id", unit),
        (Some(grid), Some(unit)) if grid.unit == unit => ("/grid_id", unit),
        (Some(_), Some(_)) => return Err(INVALID.refusal().at("/unit_id", &FIELD_UNKNOWN_REFERENCE).into()),
        (None, None) => {
            return Err(INVALID
                .refusal()
                .at("/unit_id", &FIELD_REQUIRED)
                .at("/grid_id", &FIELD_REQUIRED)
                .into());
        }
    };
    let there =
        s.tree.unit(tx, to)?.ok_or_else(|| INVALID.refusal().at(pointer, &FIELD_UNKNOWN_REFERENCE))?;
    if there.closed {
        return Err(UNIT_CLOSED.refusal().at(pointer, &UNIT_CLOSED).into());
    }
    let grid = grid.map(|grid| grid.id);
    if to == i.unit && grid == i.grid {
        return Err(SAME_TRAY.refusal().at(pointer, &SAME_TRAY).into());
    }
    if let Some(category) = i.category {
        let holds = resolve::usable(tx, s, category, &there)?;
        i.priority = holds.priority.map(|found| found.value);
    }
    (i.unit, i.grid, i.assignee_unit, i.assignee) = (to, grid, None, None);
    Ok(())
}

/// Takes the case out of the units that it left, and enters it under those above its new one.
pub(super) fn follow(
    tx: &mut Tx<'_>,
    s: &GridServices,
    i: &Incident,
    left: Id<Unit>,
    above: &[Id<Unit>],
) -> Outcome<()> {
    let units = Units::with(tx, s, &[left])?;
    let old = place::unit_now(tx, s, left, &units)?;
    let old = place::lineage(tx, s, &old)?;
    let gone: Vec<Id<Unit>> = old.iter().copied().filter(|unit| !above.contains(unit)).collect();
    let new: Vec<Id<Unit>> = above.iter().copied().filter(|unit| !old.contains(unit)).collect();
    let both: Vec<Id<Unit>> = above.iter().copied().filter(|unit| old.contains(unit)).collect();
    scopes::leave(tx, i.id, &gone)?;
    scopes::set(tx, i.into(), &both)?;
    scopes::enter(tx, i.into(), &new)
}

/// The name of the grid it is in now.
pub(super) fn grid_name(tx: &mut Tx<'_>, i: &Incident) -> Outcome<Option<String>> {
    let Some(grid) = i.grid else { return Ok(None) };
    Ok(grids::find(tx, grid)?.map(|grid| grid.name))
}
