//! Making grids, changing what they are called, and retiring them.

use contracts::UnitRef;
use kernel::error::{Fields, NOT_FOUND, OrRefuse, STALE};
use kernel::id::{Grid as GridId, Unit};
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome};
use serde_json::{Value, json};
use storage::audit::Entry;
use storage::{Tx, audit};

use super::{code, draw};
use crate::error::{RETIRED, UNIT_CLOSED};
use crate::model::{Boundary, Grid, GridKind};
use crate::permission::ManageGrids;
use crate::ports::GridServices;
use crate::store::{boundaries, grids, posts};

/// A grid to be made.
#[derive(Debug, Clone)]
pub struct NewGrid {
    /// The unit it belongs to.
    pub unit: Id<Unit>,
    /// Its name.
    pub name: String,
    /// The number it goes by.
    pub code: Option<String>,
    /// What kind of area it is.
    pub kind: GridKind,
    /// Its boundary, if it is drawn already.
    pub boundary: Option<Boundary>,
}

/// What is to be changed of a grid; `None` leaves it as it is.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// The name.
    pub name: Option<String>,
    /// The code; `Some(None)` takes it away.
    pub code: Option<Option<String>>,
    /// The kind.
    pub kind: Option<GridKind>,
}

pub(super) fn check(name: &str) -> Outcome<()> {
    let mut fields = Fields::default();
    fields.name("/name", name, 1, 80);
    fields.finish()
}

pub(super) fn trail(
    tx: &mut Tx<'_>,
    ctx: &Context,
    action: &str,
    grid: &Grid,
    before: Option<Value>,
    after: Option<Value>,
) -> Outcome<()> {
    audit::record(
        tx,
        ctx,
        Entry {
            action,
            object_kind: "grid",
            object: Some(grid.id.uuid()),
            unit: Some(grid.unit),
            before,
            after,
        },
    )
}

pub(super) fn facts(grid: &Grid) -> Value {
    json!({ "name": grid.name, "code": grid.code, "kind": grid.kind.word(), "version": grid.version })
}

/// The open unit a grid is to belong to, if the actor may make grids there.
fn unit(tx: &mut Tx<'_>, ctx: &Context, s: &GridServices, id: Id<Unit>) -> Outcome<UnitRef> {
    let unknown = || kernel::error::INVALID.refusal().at("/unit_id", &kernel::error::FIELD_UNKNOWN_REFERENCE);
    let unit = s.tree.unit(tx, id)?.ok_or_else(unknown)?;
    ctx.require_at(ManageGrids::PERMISSION, unit.id, &unit.path)?;
    if unit.closed {
        return Err(UNIT_CLOSED.refusal().at("/unit_id", &UNIT_CLOSED).into());
    }
    Ok(unit)
}

/// Makes a grid.
pub fn create(tx: &mut Tx<'_>, ctx: &Context, s: &GridServices, new: &NewGrid) -> Outcome<Grid> {
    check(&new.name)?;
    let id = ctx.id();
    grids::lock_unit(tx, new.unit)?;
    let unit = unit(tx, ctx, s, new.unit)?;
    let code = new.code.as_deref().map(|given| code::checked(given, &unit)).transpose()?;
    if let Some(boundary) = &new.boundary {
        draw::refuse_overlap(tx, s, new.unit, &[id], boundary, ctx.now)?;
    }
    let grid = Grid {
        id,
        unit: unit.id,
        name: new.name.trim().to_owned(),
        code,
        kind: new.kind,
        bounds: new.boundary.as_ref().map(Boundary::bounds),
        retired_at: None,
        version: 1,
        created_at: ctx.now,
    };
    let lineage = draw::enter_and_climb(tx, s, &unit)?;
    grids::insert(tx, &grid, new.boundary.as_ref(), &lineage)?;
    if let Some(boundary) = &new.boundary {
        draw::first(tx, ctx, id, boundary)?;
    }
    trail(tx, ctx, "grid.grid.create", &grid, None, Some(facts(&grid)))?;
    Ok(grid)
}

/// The grid, if the actor may manage it, locked, live and at the version the caller has seen.
pub(super) fn managed(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    id: Id<GridId>,
    expected: i64,
) -> Outcome<Grid> {
    let grid = permitted(tx, ctx, s, id)?;
    if grid.version != expected {
        return Err(STALE.fault());
    }
    Ok(grid)
}

/// The grid, if the actor may manage it, locked and live.
pub(super) fn permitted(tx: &mut Tx<'_>, ctx: &Context, s: &GridServices, id: Id<GridId>) -> Outcome<Grid> {
    let grid = grids::find_locked(tx, id)?.or_refuse(&NOT_FOUND)?;
    let unit = s.tree.unit(tx, grid.unit)?.or_refuse(&NOT_FOUND)?;
    ctx.require_at(ManageGrids::PERMISSION, unit.id, &unit.path)?;
    if grid.retired_at.is_some() {
        return Err(RETIRED.fault());
    }
    Ok(grid)
}

/// Changes a grid's name, code or kind.
pub fn change(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    id: Id<GridId>,
    expected: i64,
    change: &Change,
) -> Outcome<Grid> {
    let mut grid = managed(tx, ctx, s, id, expected)?;
    let before = facts(&grid);
    if let Some(name) = &change.name {
        grid.name = name.trim().to_owned();
    }
    if let Some(given) = change.code.as_ref().filter(|given| given.as_deref() != grid.code.as_deref()) {
        let unit = s.tree.unit(tx, grid.unit)?.or_refuse(&NOT_FOUND)?;
        grid.code = given.as_deref().map(|given| code::checked(given, &unit)).transpose()?;
        grids::hold_code(tx, id, grid.code.as_deref())?;
    }
    grid.kind = change.kind.unwrap_or(grid.kind);
    check(&grid.name)?;
    grid.version += 1;
    save(tx, &grid)?;
    trail(tx, ctx, "grid.grid.change", &grid, Some(before), Some(facts(&grid)))?;
    Ok(grid)
}

/// Takes a grid off the map for good and ends its posts. Its incidents stay where they happened.
pub fn retire(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    id: Id<GridId>,
    expected: i64,
) -> Outcome<Grid> {
    let mut grid = managed(tx, ctx, s, id, expected)?;
    take_off(tx, ctx, &mut grid)?;
    trail(tx, ctx, "grid.grid.retire", &grid, None, Some(facts(&grid)))?;
    Ok(grid)
}

/// Takes a grid, whose row is locked, off the map: its boundary and posts end, its code is free again.
pub(super) fn take_off(tx: &mut Tx<'_>, ctx: &Context, grid: &mut Grid) -> Outcome<()> {
    grid.retired_at = Some(ctx.now);
    grid.version += 1;
    save(tx, grid)?;
    grids::hold_code(tx, grid.id, None)?;
    grids::write_boundary(tx, grid.id, None)?;
    boundaries::fall_away(tx, grid.id, ctx.now)?;
    posts::end_all(tx, grid.id, ctx.now)
}

pub(super) fn save(tx: &mut Tx<'_>, grid: &Grid) -> Outcome<()> {
    if grids::update(tx, grid)? { Ok(()) } else { Err(STALE.fault()) }
}
