//! Grids, their boundaries and the cells they are found by.

use diesel::prelude::*;
use kernel::id::{Grid as GridId, Unit};
use kernel::{Id, Instant, Outcome};
use storage::{Tx, on_unique, with_conn};

use super::schema::{grid_cells as cells, grid_grids as grids, grid_scopes as scopes, grid_units as units};
use super::unknown_word;
use crate::error::CODE_TAKEN;
use crate::model::{Boundary, Bounds, Grid, GridKind, cell};

/// A grid as it is stored, without the boundary's text.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = grids)]
struct Row {
    id: Id<GridId>,
    unit_id: Id<Unit>,
    name: String,
    code: Option<String>,
    kind: String,
    min_lat: Option<f64>,
    max_lat: Option<f64>,
    min_lng: Option<f64>,
    max_lng: Option<f64>,
    retired_at: Option<Instant>,
    version: i64,
    created_at: Instant,
}

impl Row {
    fn grid(self) -> Outcome<Grid> {
        let bounds = match (self.min_lat, self.max_lat, self.min_lng, self.max_lng) {
            (Some(min_lat), Some(max_lat), Some(min_lng), Some(max_lng)) => {
                Some(Bounds { min_lat, max_lat, min_lng, max_lng })
            }
            _ => None,
        };
        Ok(Grid {
            id: self.id,
            unit: self.unit_id,
            name: self.name,
            code: self.code,
            kind: GridKind::parse(&self.kind).ok_or_else(|| unknown_word("grid_grids", &self.kind))?,
            bounds,
            retired_at: self.retired_at,
            version: self.version,
            created_at: self.created_at,
        })
    }
}

/// Locks what a unit's boundaries are compared under: two that overlap cannot both be drawn.
pub fn lock_unit(tx: &mut Tx<'_>, unit: Id<Unit>) -> Outcome<()> {
    with_conn!(tx, |c| diesel::insert_into(units::table)
        .values(units::unit_id.eq(unit))
        .on_conflict_do_nothing()
        .execute(c))?;
    let _: Id<Unit> = with_conn!(tx, |c| lock!(units::table.find(unit).select(units::unit_id)).first(c))?;
    Ok(())
}

/// Adds a grid, entered under its unit and all above it.
pub fn insert(
    tx: &mut Tx<'_>,
    grid: &Grid,
    boundary: Option<&Boundary>,
    lineage: &[Id<Unit>],
) -> Outcome<()> {
    let row = (
        grids::id.eq(grid.id),
        grids::unit_id.eq(grid.unit),
        grids::name.eq(&grid.name),
        grids::code.eq(&grid.code),
        grids::kind.eq(grid.kind.word()),
        grids::retired_at.eq(grid.retired_at),
        grids::version.eq(grid.version),
        grids::created_at.eq(grid.created_at),
    );
    with_conn!(tx, |c| diesel::insert_into(grids::table).values(row).execute(c))
        .map_err(|f| on_unique(f.into(), "grid_grids", "code", &CODE_TAKEN))?;
    if let Some(code) = &grid.code {
        hold_code(tx, grid.id, Some(code))?;
    }
    let entries: Vec<_> = lineage
        .iter()
        .map(|unit| (scopes::ancestor_unit_id.eq(*unit), scopes::grid_id.eq(grid.id)))
        .collect();
    with_conn!(tx, |c| diesel::insert_into(scopes::table).values(&entries).execute(c))?;
    if let Some(boundary) = boundary {
        write_boundary(tx, grid.id, Some(boundary))?;
    }
    Ok(())
}

/// Keeps a live grid's code from all others, or gives it up (`None`).
pub fn hold_code(tx: &mut Tx<'_>, id: Id<GridId>, code: Option<&str>) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(grids::table.find(id)).set(grids::code_held.eq(code)).execute(c))
        .map_err(|f| on_unique(f.into(), "grid_grids", "code_held", &CODE_TAKEN))?;
    Ok(())
}

/// The live grid that keeps a code from all others.
pub fn holder(tx: &mut Tx<'_>, code: &str) -> Outcome<Option<Id<GridId>>> {
    Ok(with_conn!(tx, |c| grids::table
        .filter(grids::code_held.eq(code))
        .select(grids::id)
        .first(c)
        .optional())?)
}

/// Whether the grid is history, as the transaction that ended last has it.
pub fn is_retired(tx: &mut Tx<'_>, id: Id<GridId>) -> Outcome<bool> {
    let found: Option<Option<Instant>> =
        with_conn!(tx, |c| grids::table.find(id).select(grids::retired_at).first(c).optional())?;
    Ok(found.flatten().is_some())
}

/// The grid.
pub fn find(tx: &mut Tx<'_>, id: Id<GridId>) -> Outcome<Option<Grid>> {
    let row: Option<Row> =
        with_conn!(tx, |c| grids::table.find(id).select(Row::as_select()).first(c).optional())?;
    row.map(Row::grid).transpose()
}

/// The grid, its row locked until the transaction ends.
pub fn find_locked(tx: &mut Tx<'_>, id: Id<GridId>) -> Outcome<Option<Grid>> {
    let row: Option<Row> =
        with_conn!(tx, |c| lock!(grids::table.find(id).select(Row::as_select())).first(c).optional())?;
    row.map(Row::grid).transpose()
}

/// The boundary's text as it is now, with the grid's version.
pub fn boundary(tx: &mut Tx<'_>, id: Id<GridId>) -> Outcome<Option<(i64, String)>> {
    let found: Option<(i64, Option<String>)> = with_conn!(tx, |c| grids::table
        .find(id)
        .select((grids::version, grids::boundary))
        .first(c)
        .optional())?;
    Ok(found.and_then(|(version, text)| Some((version, text?))))
}

/// Writes what can be changed, if the grid still has the version before; answers whether it had.
pub fn update(tx: &mut Tx<'_>, grid: &Grid) -> Outcome<bool> {
    let changed = with_conn!(tx, |c| diesel::update(
        grids::table.find(grid.id).filter(grids::version.eq(grid.version - 1))
    )
    .set((
        grids::name.eq(&grid.name),
        grids::code.eq(&grid.code),
        grids::kind.eq(grid.kind.word()),
        grids::retired_at.eq(grid.retired_at),
        grids::version.eq(grid.version),
    ))
    .execute(c))
    .map_err(|f| on_unique(f.into(), "grid_grids", "code", &CODE_TAKEN))?;
    Ok(changed == 1)
}

/// Draws a boundary, or takes it off the map (`None`: the cells go, the text stays as history).
pub fn write_boundary(tx: &mut Tx<'_>, id: Id<GridId>, boundary: Option<&Boundary>) -> Outcome<()> {
    with_conn!(tx, |c| diesel::delete(cells::table.filter(cells::grid_id.eq(id))).execute(c))?;
    let Some(boundary) = boundary else { return Ok(()) };
    let b = boundary.bounds();
    with_conn!(tx, |c| diesel::update(grids::table.find(id))
        .set((
            grids::boundary.eq(boundary.geojson().to_string()),
            grids::min_lat.eq(b.min_lat),
            grids::max_lat.eq(b.max_lat),
            grids::min_lng.eq(b.min_lng),
            grids::max_lng.eq(b.max_lng),
        ))
        .execute(c))?;
    let entries: Vec<_> =
        cell::covering(&b).into_iter().map(|cell| (cells::cell.eq(cell), cells::grid_id.eq(id))).collect();
    with_conn!(tx, |c| diesel::insert_into(cells::table).values(&entries).execute(c))?;
    Ok(())
}

/// Live grids whose box has the point, the lowest id first.
pub fn around(tx: &mut Tx<'_>, lat: f64, lng: f64) -> Outcome<Vec<Grid>> {
    // Eight comparisons and not a list: a list's statement is prepared anew each time.
    let [a, b, d, e, f, g, h, i] = cell::around(lat, lng);
    let rows: Vec<Row> = with_conn!(tx, |c| cells::table
        .inner_join(grids::table)
        .filter(
            cells::cell
                .eq(a)
                .or(cells::cell.eq(b))
                .or(cells::cell.eq(d))
                .or(cells::cell.eq(e))
                .or(cells::cell.eq(f))
                .or(cells::cell.eq(g))
                .or(cells::cell.eq(h))
                .or(cells::cell.eq(i))
        )
        .filter(grids::min_lat.le(lat))
        .filter(grids::max_lat.ge(lat))
        .filter(grids::min_lng.le(lng))
        .filter(grids::max_lng.ge(lng))
        .order(grids::id.asc())
        .select(Row::as_select())
        .load(c))?;
    rows.into_iter().map(Row::grid).collect()
}

/// What a list of grids is narrowed to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// In this subtree.
    pub below: Option<Id<Unit>>,
    /// Of this kind.
    pub kind: Option<GridKind>,
    /// Also those that are history.
    pub retired: bool,
    /// After this one.
    pub after: Option<Id<GridId>>,
}

/// Grids in the order of their making.
pub fn list(tx: &mut Tx<'_>, filter: &Filter, limit: i64) -> Outcome<Vec<Grid>> {
    macro_rules! narrowed {
        ($q:expr, $id:expr) => {{
            let mut q = $q;
            if let Some(kind) = filter.kind {
                q = q.filter(grids::kind.eq(kind.word()));
            }
            if !filter.retired {
                q = q.filter(grids::retired_at.is_null());
            }
            if let Some(after) = filter.after {
                q = q.filter($id.gt(after));
            }
            q.order($id.asc()).limit(limit).select(Row::as_select())
        }};
    }
    let rows: Vec<Row> = match filter.below {
        Some(unit) => with_conn!(tx, |c| narrowed!(
            scopes::table
                .inner_join(grids::table)
                .filter(scopes::ancestor_unit_id.eq(unit))
                .into_boxed::<Db>(),
            scopes::grid_id
        )
        .load(c))?,
        None => with_conn!(tx, |c| narrowed!(grids::table.into_boxed::<Db>(), grids::id).load(c))?,
    };
    rows.into_iter().map(Row::grid).collect()
}

/// How many grids of exactly this unit are live.
pub fn count_live(tx: &mut Tx<'_>, unit: Id<Unit>) -> Outcome<i64> {
    Ok(with_conn!(tx, |c| grids::table
        .filter(grids::unit_id.eq(unit))
        .filter(grids::retired_at.is_null())
        .count()
        .get_result(c))?)
}

/// A grid, its name and its unit.
pub type GridName = (Id<GridId>, String, Id<Unit>);

/// What several grids are called, and where they are.
pub fn names(tx: &mut Tx<'_>, ids: &[Id<GridId>]) -> Outcome<Vec<GridName>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(with_conn!(tx, |c| grids::table
        .filter(grids::id.eq_any(ids))
        .select((grids::id, grids::name, grids::unit_id))
        .load(c))?)
}
