//! Where is asked about, and whether the asker may know.

use contracts::UnitRef;
use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::{Grid, Unit};
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome};
use storage::Tx;

use crate::error::PLACE_REQUIRED;
use crate::permission::ReadFigures;
use crate::ports::FigureServices;
use crate::store::sums::Place;

/// The place and the unit that decides; a grid goes before a unit, and must lie in it where both are named.
pub fn of(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &FigureServices,
    unit: Option<Id<Unit>>,
    grid: Option<Id<Grid>>,
) -> Outcome<(Place, UnitRef)> {
    let (place, id) = match (grid, unit) {
        (Some(grid), _) => {
            let named = s.names.grids(tx, &[grid])?.pop().or_refuse(&NOT_FOUND)?;
            (Place::Grid(grid), named.unit)
        }
        (None, Some(unit)) => (Place::Below(unit), unit),
        (None, None) => return Err(PLACE_REQUIRED.refusal().at("unit", &PLACE_REQUIRED).into()),
    };
    let at = s.tree.unit(tx, id)?.or_refuse(&NOT_FOUND)?;
    ctx.require_at(ReadFigures::PERMISSION, at.id, &at.path)?;
    if let (Some(_), Some(unit)) = (grid, unit) {
        let around = s.tree.unit(tx, unit)?.or_refuse(&NOT_FOUND)?;
        if !around.path.contains(&at.path) {
            return Err(NOT_FOUND.fault());
        }
    }
    Ok((place, at))
}
