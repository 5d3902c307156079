//! Point in, grid out.

use kernel::Outcome;
use storage::Tx;

use crate::error::POINT_OFF_EARTH;
use crate::model::{self, Grid};
use crate::ports::GridServices;
use crate::store::grids;

/// Refuses a point that is not on the earth, and names of the two what is off it.
pub(super) fn on_earth(lat: f64, lng: f64, names: [&'static str; 2]) -> Outcome<()> {
    if model::on_earth(lat, lng) {
        return Ok(());
    }
    let bad = names.into_iter().zip([model::on_earth(lat, 0.0), model::on_earth(0.0, lng)]);
    let bad = bad.filter_map(|(name, sound)| (!sound).then_some(name));
    Err(bad.fold(POINT_OFF_EARTH.refusal(), |r, name| r.at(name, &kernel::error::FIELD_RANGE)).into())
}

/// The live grids that have the point, the lowest id first: more than one only on a border, or where units' grids overlap.
pub fn all(tx: &mut Tx<'_>, s: &GridServices, lat: f64, lng: f64) -> Outcome<Vec<Grid>> {
    on_earth(lat, lng, ["/lat", "/lng"])?;
    let mut found = Vec::new();
    for grid in grids::around(tx, lat, lng)? {
        if s.polygons.of(tx, grid.id, grid.version)?.is_some_and(|boundary| boundary.has(lat, lng)) {
            found.push(grid);
        }
    }
    Ok(found)
}

/// The grid that has the point, which is asked for by parameters.
pub fn one(tx: &mut Tx<'_>, s: &GridServices, lat: f64, lng: f64) -> Outcome<Option<Grid>> {
    on_earth(lat, lng, ["lat", "lng"])?;
    Ok(all(tx, s, lat, lng)?.into_iter().next())
}
