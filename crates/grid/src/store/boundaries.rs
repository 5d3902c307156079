//! Boundaries with their dates: every drawing is a row, ended by the next one and never deleted.

use diesel::prelude::*;
use kernel::id::{Grid, Unit, User};
use kernel::{Id, Instant, Outcome};
use storage::{Tx, with_conn};

use super::schema::{grid_boundaries as boundaries, grid_grids as grids};
use crate::model::{Boundary, Bounds, Drawn};

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = boundaries)]
struct Row {
    grid_id: Id<Grid>,
    version: i64,
    valid_from: Instant,
    valid_until: Option<Instant>,
    min_lat: f64,
    max_lat: f64,
    min_lng: f64,
    max_lng: f64,
    drawn_by: Option<Id<User>>,
    drawn_at: Instant,
    settled_at: Option<Instant>,
}

impl From<Row> for Drawn {
    fn from(row: Row) -> Self {
        Self {
            grid: row.grid_id,
            version: row.version,
            from: row.valid_from,
            until: row.valid_until,
            bounds: Bounds {
                min_lat: row.min_lat,
                max_lat: row.max_lat,
                min_lng: row.min_lng,
                max_lng: row.max_lng,
            },
            by: row.drawn_by,
            at: row.drawn_at,
            settled: row.settled_at,
        }
    }
}

/// Adds a version.
pub fn insert(tx: &mut Tx<'_>, drawn: &Drawn, boundary: &Boundary) -> Outcome<()> {
    let row = (
        boundaries::grid_id.eq(drawn.grid),
        boundaries::version.eq(drawn.version),
        boundaries::valid_from.eq(drawn.from),
        boundaries::valid_until.eq(drawn.until),
        boundaries::geometry.eq(boundary.geojson().to_string()),
        boundaries::min_lat.eq(drawn.bounds.min_lat),
        boundaries::max_lat.eq(drawn.bounds.max_lat),
        boundaries::min_lng.eq(drawn.bounds.min_lng),
        boundaries::max_lng.eq(drawn.bounds.max_lng),
        boundaries::drawn_by.eq(drawn.by),
        boundaries::drawn_at.eq(drawn.at),
        boundaries::settled_at.eq(drawn.settled),
    );
    with_conn!(tx, |c| diesel::insert_into(boundaries::table).values(row).execute(c))?;
    Ok(())
}

/// The newest version of a grid's boundary, live or to come.
pub fn last(tx: &mut Tx<'_>, grid: Id<Grid>) -> Outcome<Option<Drawn>> {
    let row: Option<Row> = with_conn!(tx, |c| boundaries::table
        .filter(boundaries::grid_id.eq(grid))
        .order(boundaries::version.desc())
        .select(Row::as_select())
        .first(c)
        .optional())?;
    Ok(row.map(Drawn::from))
}

/// Ends a version: the next one holds from then on.
pub fn end(tx: &mut Tx<'_>, grid: Id<Grid>, version: i64, until: Instant) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(boundaries::table.find((grid, version)))
        .set(boundaries::valid_until.eq(until))
        .execute(c))?;
    Ok(())
}

/// Nothing more is to be done about the versions up to this one.
pub fn settle(tx: &mut Tx<'_>, grid: Id<Grid>, upto: i64, now: Instant) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(
        boundaries::table
            .filter(boundaries::grid_id.eq(grid))
            .filter(boundaries::version.le(upto))
            .filter(boundaries::settled_at.is_null())
    )
    .set(boundaries::settled_at.eq(now))
    .execute(c))?;
    Ok(())
}

/// Ends the boundary of a grid that is retired: the one that holds ends now, those to come never begin.
pub fn fall_away(tx: &mut Tx<'_>, grid: Id<Grid>, now: Instant) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(
        boundaries::table
            .filter(boundaries::grid_id.eq(grid))
            .filter(boundaries::valid_from.le(now))
            .filter(boundaries::valid_until.is_null().or(boundaries::valid_until.gt(now)))
    )
    .set(boundaries::valid_until.eq(now))
    .execute(c))?;
    with_conn!(tx, |c| diesel::update(
        boundaries::table.filter(boundaries::grid_id.eq(grid)).filter(boundaries::valid_from.gt(now))
    )
    .set(boundaries::valid_until.eq(boundaries::valid_from.nullable()))
    .execute(c))?;
    settle(tx, grid, i64::MAX, now)
}

/// The version that holds at a moment.
pub fn at(tx: &mut Tx<'_>, grid: Id<Grid>, at: Instant) -> Outcome<Option<Drawn>> {
    let row: Option<Row> = with_conn!(tx, |c| boundaries::table
        .filter(boundaries::grid_id.eq(grid))
        .filter(boundaries::valid_from.le(at))
        .filter(boundaries::valid_until.is_null().or(boundaries::valid_until.gt(at)))
        .order(boundaries::version.desc())
        .select(Row::as_select())
        .first(c)
        .optional())?;
    Ok(row.map(Drawn::from))
}

/// A version's geometry, as it is stored.
pub fn text(tx: &mut Tx<'_>, grid: Id<Grid>, version: i64) -> Outcome<Option<String>> {
    Ok(with_conn!(tx, |c| boundaries::table
        .find((grid, version))
        .select(boundaries::geometry)
        .first(c)
        .optional())?)
}

/// The versions of a grid's boundary before `before`, the newest first.
pub fn list(tx: &mut Tx<'_>, grid: Id<Grid>, before: Option<i64>, limit: i64) -> Outcome<Vec<Drawn>> {
    let rows: Vec<Row> = with_conn!(tx, |c| boundaries::table
        .filter(boundaries::grid_id.eq(grid))
        .filter(boundaries::version.lt(before.unwrap_or(i64::MAX)))
        .order(boundaries::version.desc())
        .limit(limit)
        .select(Row::as_select())
        .load(c))?;
    Ok(rows.into_iter().map(Drawn::from).collect())
}

/// A neighbour's version: its grid, that one's name, and its number.
pub type Neighbour = (Id<Grid>, String, i64);

/// Versions of a unit's live grids that hold at `from` or later and whose box meets this one.
pub fn near(
    tx: &mut Tx<'_>,
    unit: Id<Unit>,
    b: &Bounds,
    except: &[Id<Grid>],
    from: Instant,
) -> Outcome<Vec<Neighbour>> {
    let found: Vec<Neighbour> = with_conn!(tx, |c| boundaries::table
        .inner_join(grids::table)
        .filter(grids::unit_id.eq(unit))
        .filter(grids::retired_at.is_null())
        .filter(boundaries::valid_until.is_null().or(boundaries::valid_until.gt(from)))
        .filter(boundaries::min_lat.le(b.max_lat))
        .filter(boundaries::max_lat.ge(b.min_lat))
        .filter(boundaries::min_lng.le(b.max_lng))
        .filter(boundaries::max_lng.ge(b.min_lng))
        .order((boundaries::grid_id.asc(), boundaries::version.asc()))
        .select((boundaries::grid_id, grids::name, boundaries::version))
        .load(c))?;
    Ok(found.into_iter().filter(|(id, ..)| !except.contains(id)).collect())
}

/// Grids with a version whose time has come and that is not on the map yet, with their units, in the order of both.
pub fn due(tx: &mut Tx<'_>, now: Instant, limit: i64) -> Outcome<Vec<(Id<Unit>, Id<Grid>)>> {
    let mut found: Vec<(Id<Unit>, Id<Grid>)> = with_conn!(tx, |c| boundaries::table
        .inner_join(grids::table)
        .filter(boundaries::settled_at.is_null())
        .filter(boundaries::valid_from.le(now))
        .order(boundaries::valid_from.asc())
        .limit(limit)
        .select((grids::unit_id, boundaries::grid_id))
        .load(c))?;
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// Of a grid's versions whose time has come and that are not on the map yet, the newest.
pub fn newest_due(tx: &mut Tx<'_>, grid: Id<Grid>, now: Instant) -> Outcome<Option<Drawn>> {
    let row: Option<Row> = with_conn!(tx, |c| boundaries::table
        .filter(boundaries::grid_id.eq(grid))
        .filter(boundaries::settled_at.is_null())
        .filter(boundaries::valid_from.le(now))
        .order(boundaries::version.desc())
        .select(Row::as_select())
        .first(c)
        .optional())?;
    Ok(row.map(Drawn::from))
}
