//! Which grids came of which, and those whose open incidents are still to follow.

use diesel::prelude::*;
use kernel::id::{Grid, Incident};
use kernel::{Id, Instant, Outcome};
use storage::{Tx, insert_all, with_conn};

use super::schema::{grid_emptying as emptying, grid_incidents as incidents, grid_lineage as lineage};
use super::unknown_word;
use crate::model::{Lineage, LineageKind, State};

type Row = (Id<Grid>, Id<Grid>, i64, Instant, String);

fn read((from, to, place, at, kind): Row) -> Outcome<Lineage> {
    let kind = LineageKind::parse(&kind).ok_or_else(|| unknown_word("grid_lineage", &kind))?;
    Ok(Lineage { from, to, place, at, kind })
}

/// Writes down what came of what.
pub fn insert(tx: &mut Tx<'_>, all: &[Lineage]) -> Outcome<()> {
    let rows: Vec<_> = all
        .iter()
        .map(|l| {
            (
                lineage::from_id.eq(l.from),
                lineage::to_id.eq(l.to),
                lineage::place.eq(l.place),
                lineage::at.eq(l.at),
                lineage::kind.eq(l.kind.word()),
            )
        })
        .collect();
    insert_all!(tx, lineage::table, rows)?;
    Ok(())
}

/// What came of a grid, in the order of the parts.
pub fn children(tx: &mut Tx<'_>, from: Id<Grid>) -> Outcome<Vec<Lineage>> {
    let rows: Vec<Row> = with_conn!(tx, |c| lineage::table
        .filter(lineage::from_id.eq(from))
        .order((lineage::place.asc(), lineage::to_id.asc()))
        .load(c))?;
    rows.into_iter().map(read).collect()
}

/// What a grid came of.
pub fn parents(tx: &mut Tx<'_>, to: Id<Grid>) -> Outcome<Vec<Lineage>> {
    let rows: Vec<Row> = with_conn!(tx, |c| lineage::table
        .filter(lineage::to_id.eq(to))
        .order(lineage::from_id.asc())
        .load(c))?;
    rows.into_iter().map(read).collect()
}

/// Open incidents of this grid are to follow.
pub fn begin(tx: &mut Tx<'_>, grid: Id<Grid>, at: Instant) -> Outcome<()> {
    with_conn!(tx, |c| diesel::insert_into(emptying::table)
        .values((emptying::grid_id.eq(grid), emptying::at.eq(at)))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(())
}

/// All of this grid's have followed.
pub fn finish(tx: &mut Tx<'_>, grid: Id<Grid>) -> Outcome<()> {
    with_conn!(tx, |c| diesel::delete(emptying::table.find(grid)).execute(c))?;
    Ok(())
}

/// The grid that has waited longest for its open incidents to follow; its row is locked.
pub fn next(tx: &mut Tx<'_>) -> Outcome<Option<Id<Grid>>> {
    Ok(with_conn!(tx, |c| lock!(
        emptying::table.order((emptying::at.asc(), emptying::grid_id.asc())).select(emptying::grid_id)
    )
    .first(c)
    .optional())?)
}

/// Open incidents of a grid, by id.
pub fn open(tx: &mut Tx<'_>, grid: Id<Grid>, limit: i64) -> Outcome<Vec<Id<Incident>>> {
    let over = State::OVER.map(State::word);
    Ok(with_conn!(tx, |c| incidents::table
        .filter(incidents::grid_id.eq(grid))
        .filter(incidents::state.ne_all(over))
        .order(incidents::id.asc())
        .limit(limit)
        .select(incidents::id)
        .load(c))?)
}

/// The points of the open incidents of grids.
pub fn points(tx: &mut Tx<'_>, grids: &[Id<Grid>]) -> Outcome<Vec<Option<(f64, f64)>>> {
    let over = State::OVER.map(State::word);
    let rows: Vec<(Option<f64>, Option<f64>)> = with_conn!(tx, |c| incidents::table
        .filter(incidents::grid_id.eq_any(grids))
        .filter(incidents::state.ne_all(over))
        .select((incidents::lat, incidents::lng))
        .load(c))?;
    Ok(rows.into_iter().map(|(lat, lng)| lat.zip(lng)).collect())
}
