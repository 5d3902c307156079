//! Point in, grid out.

use kernel::Outcome;
use storage::Tx;

use crate::error::POINT_OFF_EARTH;
use crate::model::{Grid, on_earth};
use crate::ports::GridServices;
use crate::store::grids;

/// The live grids that have the point, the lowest id first: more than one only on a border, or where units' grids overlap.
pub fn all(tx: &mut Tx<'_>, s: &GridServices, lat: f64, lng: f64) -> Outcome<Vec<Grid>> {
    if !on_earth(lat, lng) {
        return Err(POINT_OFF_EARTH
            .refusal()
            .at("/lat", &kernel::error::FIELD_RANGE)
            .at("/lng", &kernel::error::FIELD_RANGE)
            .into());
    }
    let mut found = Vec::new();
    for grid in grids::around(tx, lat, lng)? {
        if s.polygons.of(tx, grid.id, grid.version)?.is_some_and(|boundary| boundary.has(lat, lng)) {
            found.push(grid);
        }
    }
    Ok(found)
}

/// The grid that has the point.
pub fn one(tx: &mut Tx<'_>, s: &GridServices, lat: f64, lng: f64) -> Outcome<Option<Grid>> {
    Ok(all(tx, s, lat, lng)?.into_iter().next())
}
