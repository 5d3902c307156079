//! Very many new grids at once, and what is on the map of several units.

use diesel::prelude::*;
use kernel::id::{Grid as GridId, Unit};
use kernel::{Id, Instant, Outcome};
use storage::{Tx, insert_all, on_unique, upkeep, with_conn};

use super::schema::{
    grid_boundaries as boundaries, grid_cells as cells, grid_grids as grids, grid_scopes as scopes,
};
use crate::error::CODE_TAKEN;
use crate::model::{Boundary, Grid, cell};

/// Grids that were looked at together, in one statement.
const AT_ONCE: usize = 500;

/// A grid to be added with its boundary, and the units it lies in or below.
pub type New<'a> = (Grid, &'a Boundary, &'a [Id<Unit>]);

/// Adds grids that overlap nothing, each with the first version of its boundary.
pub fn insert(tx: &mut Tx<'_>, all: &[New<'_>], by: Id<kernel::id::User>, now: Instant) -> Outcome<()> {
    for part in all.chunks(AT_ONCE) {
        let texts: Vec<String> = part.iter().map(|(_, boundary, _)| boundary.geojson().to_string()).collect();
        let rows: Vec<_> = part
            .iter()
            .zip(&texts)
            .map(|((grid, boundary, _), text)| {
                let b = boundary.bounds();
                (
                    grids::id.eq(grid.id),
                    grids::unit_id.eq(grid.unit),
                    grids::name.eq(&grid.name),
                    (grids::code.eq(&grid.code), grids::code_held.eq(&grid.code)),
                    grids::kind.eq(grid.kind.word()),
                    grids::boundary.eq(text),
                    (grids::min_lat.eq(b.min_lat), grids::max_lat.eq(b.max_lat)),
                    (grids::min_lng.eq(b.min_lng), grids::max_lng.eq(b.max_lng)),
                    grids::version.eq(grid.version),
                    grids::created_at.eq(grid.created_at),
                )
            })
            .collect();
        insert_all!(tx, grids::table, rows)
            .map_err(|f| on_unique(f.into(), "grid_grids", "code_held", &CODE_TAKEN))?;
        let rows: Vec<_> = part
            .iter()
            .zip(&texts)
            .map(|((grid, boundary, _), text)| {
                let b = boundary.bounds();
                (
                    (boundaries::grid_id.eq(grid.id), boundaries::version.eq(1_i64)),
                    boundaries::valid_from.eq(now),
                    boundaries::geometry.eq(text),
                    (boundaries::min_lat.eq(b.min_lat), boundaries::max_lat.eq(b.max_lat)),
                    (boundaries::min_lng.eq(b.min_lng), boundaries::max_lng.eq(b.max_lng)),
                    boundaries::drawn_by.eq(by),
                    boundaries::drawn_at.eq(now),
                    boundaries::settled_at.eq(now),
                )
            })
            .collect();
        insert_all!(tx, boundaries::table, rows)?;
        let rows: Vec<_> = part
            .iter()
            .flat_map(|(grid, boundary, _)| {
                let id = grid.id;
                cell::covering(&boundary.bounds())
                    .into_iter()
                    .map(move |cell| (cells::cell.eq(cell), cells::grid_id.eq(id)))
            })
            .collect();
        insert_all!(tx, cells::table, rows)?;
        let rows: Vec<_> = part
            .iter()
            .flat_map(|(grid, _, lineage)| {
                lineage.iter().map(|unit| (scopes::ancestor_unit_id.eq(*unit), scopes::grid_id.eq(grid.id)))
            })
            .collect();
        insert_all!(tx, scopes::table, rows)?;
    }
    if all.len() >= AT_ONCE {
        upkeep::look_again(tx, &["grid_grids", "grid_boundaries", "grid_cells", "grid_scopes"])?;
    }
    Ok(())
}

/// A version that is on a unit's map, now or to come: its unit, its grid, that one's name, and its geometry.
pub type OnMap = (Id<Unit>, Id<GridId>, String, String);

/// The versions of a unit's live grids that hold now or later.
pub fn on_map(tx: &mut Tx<'_>, unit: Id<Unit>, now: Instant) -> Outcome<Vec<OnMap>> {
    Ok(with_conn!(tx, |c| boundaries::table
        .inner_join(grids::table)
        .filter(grids::unit_id.eq(unit))
        .filter(grids::retired_at.is_null())
        .filter(boundaries::valid_until.is_null().or(boundaries::valid_until.gt(now)))
        .order((boundaries::grid_id.asc(), boundaries::version.asc()))
        .select((grids::unit_id, boundaries::grid_id, grids::name, boundaries::geometry))
        .load(c))?)
}

/// Of these codes, those that live grids have, with the grids.
pub fn holders(tx: &mut Tx<'_>, codes: &[String]) -> Outcome<Vec<(String, Id<GridId>)>> {
    let mut found = Vec::new();
    for part in codes.chunks(AT_ONCE) {
        let rows: Vec<(Option<String>, Id<GridId>)> = with_conn!(tx, |c| grids::table
            .filter(grids::code_held.eq_any(part))
            .select((grids::code_held, grids::id))
            .load(c))?;
        found.extend(rows.into_iter().filter_map(|(code, id)| Some((code?, id))));
    }
    Ok(found)
}
