//! What the list of units asks.

use diesel::prelude::*;
use kernel::{Outcome, Scope};
use storage::{Tx, with_conn};

use super::schema::territory_units as units;
use super::units::{Row, visible};
use crate::model::Unit;

/// How many of the same name are looked at: more is not clear anyway.
const NAMESAKES: i64 = 500;

/// The unit with this division code, if everybody sees it.
pub(crate) fn seen_by_code(tx: &mut Tx<'_>, code: &str) -> Outcome<Vec<Unit>> {
    let rows: Vec<Row> = with_conn!(tx, |c| units::table
        .filter(units::code.eq(code))
        .filter(visible())
        .select(Row::as_select())
        .load(c))?;
    Ok(rows.into_iter().map(Unit::from).collect())
}

/// Units of exactly this name that were not dissolved.
pub(crate) fn called(tx: &mut Tx<'_>, name: &str) -> Outcome<Vec<Unit>> {
    let rows: Vec<Row> = with_conn!(tx, |c| units::table
        .filter(units::name.eq(name))
        .filter(units::closed_at.is_null())
        .filter(visible())
        .order(units::id.asc())
        .select(Row::as_select())
        .limit(NAMESAKES)
        .load(c))?;
    Ok(rows.into_iter().map(Unit::from).collect())
}

/// Units in the scope that were not dissolved, parents before what is below them.
pub(crate) fn page(tx: &mut Tx<'_>, scope: &Scope, after: &str, limit: i64) -> Outcome<Vec<Unit>> {
    let mut rows: Vec<Row> = Vec::new();
    let limit_left = |rows: &[Row]| limit - i64::try_from(rows.len()).unwrap_or(i64::MAX);
    // Roots never overlap and come in the order of their paths: one range of the index after the other.
    for root in &scope.roots {
        let (low, high) = root.path.range();
        if high.as_str() <= after || limit_left(&rows) <= 0 {
            continue;
        }
        let left = limit_left(&rows);
        let more: Vec<Row> = with_conn!(tx, |c| {
            let mut q = units::table.select(Row::as_select()).into_boxed::<Db>();
            q = q.filter(units::path.gt(after.to_owned())).filter(units::closed_at.is_null());
            q = if root.subtree {
                q.filter(units::path.ge(low)).filter(units::path.lt(high))
            } else {
                q.filter(units::path.eq(low))
            };
            q.filter(visible()).order(units::path.asc()).limit(left).load(c)
        })?;
        rows.extend(more);
    }
    Ok(rows.into_iter().map(Unit::from).collect())
}
