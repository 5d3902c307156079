//! Drawing boundaries: they are checked by the model before the transaction, against their neighbours inside it.

use contracts::UnitRef;
use kernel::id::{Grid as GridId, Unit};
use kernel::{Context, Id, Outcome};
use serde_json::json;
use storage::audit::Entry;
use storage::{Tx, audit};

use super::make;
use crate::error::BOUNDARY_OVERLAPS;
use crate::model::{Boundary, Grid};
use crate::ports::GridServices;
use crate::store::grids;

/// Refuses a boundary that overlaps another live grid of the unit, whose row the caller has locked.
pub(super) fn refuse_overlap(
    tx: &mut Tx<'_>,
    s: &GridServices,
    unit: Id<Unit>,
    own: Id<GridId>,
    boundary: &Boundary,
) -> Outcome<()> {
    for other in grids::near(tx, unit, &boundary.bounds(), own)? {
        let theirs = s.polygons.of(tx, other.id, other.version)?;
        if theirs.is_some_and(|theirs| boundary.overlaps(&theirs)) {
            return Err(BOUNDARY_OVERLAPS
                .refusal()
                .because(format!("It overlaps the grid {}.", other.name))
                .with("grid_id", json!(other.id))
                .with("grid_name", json!(other.name))
                .into());
        }
    }
    Ok(())
}

/// The unit and all above it.
pub(super) fn enter_and_climb(tx: &mut Tx<'_>, s: &GridServices, unit: &UnitRef) -> Outcome<Vec<Id<Unit>>> {
    // A move that is under way has locked the index: this waits for it, and reads the tree after it.
    crate::store::scopes::join(tx)?;
    let now = s.tree.unit(tx, unit.id)?.map_or_else(|| unit.path.clone(), |u| u.path);
    Ok(s.tree.lineage(tx, &now)?.into_iter().map(|u| u.id).collect())
}

/// Gives a grid this boundary.
pub fn draw(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    id: Id<GridId>,
    expected: i64,
    boundary: &Boundary,
) -> Outcome<Grid> {
    // The unit's row comes before the grid's, here as in `create`, so that no two wait for each other.
    if let Some(seen) = grids::find(tx, id)? {
        grids::lock_unit(tx, seen.unit)?;
    }
    let mut grid = make::managed(tx, ctx, s, id, expected)?;
    refuse_overlap(tx, s, grid.unit, id, boundary)?;
    let before = grid.bounds.map(|b| json!([b.min_lng, b.min_lat, b.max_lng, b.max_lat]));
    grid.version += 1;
    grid.bounds = Some(boundary.bounds());
    make::save(tx, &grid)?;
    grids::write_boundary(tx, id, Some(boundary))?;
    let b = boundary.bounds();
    audit::record(
        tx,
        ctx,
        Entry {
            action: "grid.grid.draw",
            object_kind: "grid",
            object: Some(id.uuid()),
            unit: Some(grid.unit),
            before,
            after: Some(json!([b.min_lng, b.min_lat, b.max_lng, b.max_lat])),
        },
    )?;
    Ok(grid)
}

/// A grid's boundary as GeoJSON, if it is drawn.
pub fn geometry(tx: &mut Tx<'_>, grid: &Grid) -> Outcome<Option<serde_json::Value>> {
    let found = grids::boundary(tx, grid.id)?;
    found.map(|(_, text)| serde_json::from_str(&text).map_err(kernel::Fault::internal)).transpose()
}
