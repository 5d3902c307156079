//! Counts on a raster: one text for both engines, whole numbers only.

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use kernel::id::Unit;
use kernel::{Id, Instant, Outcome};
use storage::{DbInstant, DbUuid, Tx, with_conn};

/// A box in millionths of a degree: west, south, east, north.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// The least longitude.
    pub west: i64,
    /// The least latitude.
    pub south: i64,
    /// The greatest longitude.
    pub east: i64,
    /// The greatest latitude.
    pub north: i64,
}

/// A cell with cases in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Cell {
    /// Its column, from the 180th meridian on.
    #[diesel(sql_type = BigInt)]
    pub x: i64,
    /// Its row, from the south pole on.
    #[diesel(sql_type = BigInt)]
    pub y: i64,
    /// Cases in it.
    #[diesel(sql_type = BigInt)]
    pub count: i64,
    /// The middle of them: latitude in millionths of a degree.
    #[diesel(sql_type = BigInt)]
    pub lat: i64,
    /// The middle of them: longitude.
    #[diesel(sql_type = BigInt)]
    pub lng: i64,
}

/// The cells of `size` millionths of a degree in a box that have at least `least` cases of a subtree, reported from a moment on and
/// before another: those with the most first, at most `most`.
pub fn cells(
    tx: &mut Tx<'_>,
    unit: Id<Unit>,
    (from, until): (Instant, Instant),
    within: Frame,
    size: i64,
    (least, most): (i64, i64),
) -> Outcome<Vec<Cell>> {
    // Numbered in the order they are met: SQLite counts them so.
    let sql = "select (f.lng + 180000000) / $1 as x, (f.lat + 90000000) / $1 as y, count(*) as count, \
         cast(sum(f.lat) / count(*) as bigint) as lat, cast(sum(f.lng) / count(*) as bigint) as lng \
         from figures_units u join figures_cases f on f.unit_id = u.unit_id \
         where u.ancestor_id = $2 and f.reported_at >= $3 and f.reported_at < $4 and f.lng >= $5 and f.lng <= $6 \
         and f.lat >= $7 and f.lat <= $8 and f.state not in ('void', 'merged') \
         group by (f.lng + 180000000) / $1, (f.lat + 90000000) / $1 having count(*) >= $9 \
         order by count desc, x, y limit $10";
    Ok(with_conn!(tx, |c| diesel::sql_query(sql)
        .bind::<BigInt, _>(size)
        .bind::<DbUuid, _>(unit)
        .bind::<DbInstant, _>(from)
        .bind::<DbInstant, _>(until)
        .bind::<BigInt, _>(within.west)
        .bind::<BigInt, _>(within.east)
        .bind::<BigInt, _>(within.south)
        .bind::<BigInt, _>(within.north)
        .bind::<BigInt, _>(least)
        .bind::<BigInt, _>(most)
        .load(c))?)
}
