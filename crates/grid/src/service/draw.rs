//! Drawing boundaries: they are checked by the model before the transaction, against their neighbours inside it. Every drawing is
//! a version with a date; one that is still to come goes on the map by itself.

use contracts::UnitRef;
use kernel::id::{Grid as GridId, Unit};
use kernel::{Context, Fault, Id, Instant, Outcome};
use serde_json::json;
use storage::audit::Entry;
use storage::{Tx, audit};

use super::make;
use crate::error::{BOUNDARY_BEFORE_LAST, BOUNDARY_OVERLAPS};
use crate::model::{Boundary, Bounds, Drawn, Grid};
use crate::ports::GridServices;
use crate::store::{boundaries, grids};

/// Grids whose boundary goes on the map in one transaction; the next follow at the job's next turn.
const AT_ONCE: i64 = 50;

/// Refuses a boundary that, from a moment on, overlaps that of another live grid of the unit, whose row the caller has locked: the
/// one on the map, or one to come.
pub(super) fn refuse_overlap(
    tx: &mut Tx<'_>,
    s: &GridServices,
    unit: Id<Unit>,
    own: &[Id<GridId>],
    boundary: &Boundary,
    from: Instant,
) -> Outcome<()> {
    for (other, name, version) in boundaries::near(tx, unit, &boundary.bounds(), own, from)? {
        let theirs = s.polygons.version(tx, other, version)?;
        if theirs.is_some_and(|theirs| boundary.overlaps(&theirs)) {
            return Err(BOUNDARY_OVERLAPS
                .refusal()
                .because(format!("It overlaps the grid {name}."))
                .with("grid_id", json!(other))
                .with("grid_name", json!(name))
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

/// Gives a grid this boundary now.
pub fn draw(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    id: Id<GridId>,
    expected: i64,
    boundary: &Boundary,
) -> Outcome<Grid> {
    draw_from(tx, ctx, s, id, expected, boundary, None)
}

/// Gives a grid this boundary from a moment on: now unless told. Not before the moment from which its last one holds.
pub fn draw_from(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    id: Id<GridId>,
    expected: i64,
    boundary: &Boundary,
    from: Option<Instant>,
) -> Outcome<Grid> {
    // The unit's row comes before the grid's, here as in `create`, so that no two wait for each other.
    if let Some(seen) = grids::find(tx, id)? {
        grids::lock_unit(tx, seen.unit)?;
    }
    let grid = make::managed(tx, ctx, s, id, expected)?;
    let last = boundaries::last(tx, grid.id)?;
    let begins = begin(ctx.now, from, last.as_ref())?;
    refuse_overlap(tx, s, grid.unit, &[grid.id], boundary, begins)?;
    append(tx, ctx, grid, boundary, from)
}

/// Adds a version to a grid whose row and whose unit's the caller has locked, and which overlaps nothing: the caller has looked.
pub(super) fn append(
    tx: &mut Tx<'_>,
    ctx: &Context,
    mut grid: Grid,
    boundary: &Boundary,
    from: Option<Instant>,
) -> Outcome<Grid> {
    let last = boundaries::last(tx, grid.id)?;
    let at_once = from.is_none_or(|from| from <= ctx.now);
    let from = begin(ctx.now, from, last.as_ref())?;
    let before = grid.bounds.map(corners);
    if let Some(last) = &last {
        boundaries::end(tx, grid.id, last.version, from)?;
    }
    let version = last.as_ref().map_or(1, |last| last.version + 1);
    insert(tx, ctx, grid.id, version, boundary, from, at_once)?;
    grid.version += 1;
    if at_once {
        grid.bounds = Some(boundary.bounds());
    }
    make::save(tx, &grid)?;
    if at_once {
        // One whose time came a moment ago, and that the job has not seen yet, is over before it began.
        boundaries::settle(tx, grid.id, version, ctx.now)?;
        grids::write_boundary(tx, grid.id, Some(boundary))?;
    }
    let mut after = json!({ "box": corners(boundary.bounds()), "version": version });
    if !at_once && let Some(after) = after.as_object_mut() {
        after.insert("valid_from".to_owned(), json!(from));
    }
    make::trail(tx, ctx, "grid.grid.draw", &grid, before, Some(after))?;
    Ok(grid)
}

/// The first version of a grid that was made with its boundary.
pub(super) fn first(tx: &mut Tx<'_>, ctx: &Context, grid: Id<GridId>, boundary: &Boundary) -> Outcome<()> {
    insert(tx, ctx, grid, 1, boundary, ctx.now, true)
}

fn insert(
    tx: &mut Tx<'_>,
    ctx: &Context,
    grid: Id<GridId>,
    version: i64,
    boundary: &Boundary,
    from: Instant,
    at_once: bool,
) -> Outcome<()> {
    let drawn = Drawn {
        grid,
        version,
        from,
        until: None,
        bounds: boundary.bounds(),
        by: Some(ctx.actor.user),
        at: ctx.now,
        settled: at_once.then_some(ctx.now),
    };
    boundaries::insert(tx, &drawn, boundary)
}

/// From when a new version holds.
fn begin(now: Instant, asked: Option<Instant>, last: Option<&Drawn>) -> Outcome<Instant> {
    let earliest = last.map(|last| last.from);
    // Another gateway's clock may be a little ahead: what is on the map already is followed at once, whatever it says.
    let on_map = last.filter(|last| last.settled.is_some()).map(|last| last.from);
    let from = asked.unwrap_or_else(|| on_map.map_or(now, |last| last.max(now)));
    if earliest.is_some_and(|earliest| from < earliest) {
        let refusal = BOUNDARY_BEFORE_LAST.refusal().at("/valid_from_at", &BOUNDARY_BEFORE_LAST);
        return Err(refusal.with("last_valid_from_at", json!(earliest)).into());
    }
    Ok(from)
}

fn corners(b: Bounds) -> serde_json::Value {
    json!([b.min_lng, b.min_lat, b.max_lng, b.max_lat])
}

/// Puts boundaries on the map whose time has come; answers how many.
pub fn draw_due(tx: &mut Tx<'_>, ctx: &Context) -> Outcome<usize> {
    let mut put = 0;
    for (unit, id) in boundaries::due(tx, ctx.now, AT_ONCE)? {
        grids::lock_unit(tx, unit)?;
        let Some(mut grid) = grids::find_locked(tx, id)?.filter(|grid| grid.retired_at.is_none()) else {
            continue;
        };
        // Of two gateways one finds nothing to do; of two dates that have passed the later holds.
        let Some(drawn) = boundaries::newest_due(tx, id, ctx.now)? else { continue };
        let text = boundaries::text(tx, id, drawn.version)?;
        let boundary = text
            .and_then(|text| Boundary::stored(&text))
            .ok_or_else(|| Fault::internal(format!("grid {id} has an unreadable boundary")))?;
        grid.version += 1;
        let before = grid.bounds.replace(boundary.bounds()).map(corners);
        make::save(tx, &grid)?;
        grids::write_boundary(tx, id, Some(&boundary))?;
        boundaries::settle(tx, id, drawn.version, ctx.now)?;
        let entry = Entry {
            action: "grid.grid.draw_due",
            object_kind: "grid",
            object: Some(id.uuid()),
            unit: Some(unit),
            before,
            after: Some(json!({ "box": corners(boundary.bounds()), "version": drawn.version })),
        };
        audit::record_as(tx, None, ctx.now, &ctx.request_id, ctx.id(), entry)?;
        put += 1;
    }
    Ok(put)
}

/// A grid's boundary as GeoJSON, if it is drawn.
pub fn geometry(tx: &mut Tx<'_>, grid: &Grid) -> Outcome<Option<serde_json::Value>> {
    let found = grids::boundary(tx, grid.id)?;
    found.map(|(_, text)| serde_json::from_str(&text).map_err(Fault::internal)).transpose()
}

/// The boundary that a grid had, or will have, at a moment.
pub fn geometry_at(
    tx: &mut Tx<'_>,
    grid: Id<GridId>,
    at: Instant,
) -> Outcome<Option<(Drawn, serde_json::Value)>> {
    let Some(drawn) = boundaries::at(tx, grid, at)? else { return Ok(None) };
    let text = boundaries::text(tx, grid, drawn.version)?;
    let value = text.map(|text| serde_json::from_str(&text).map_err(Fault::internal)).transpose()?;
    Ok(value.map(|value| (drawn, value)))
}
