//! The copies of paths: kept right while the tree changes.

use diesel::prelude::*;
use diesel::sql_types::Text;
use kernel::{Outcome, UnitPath};
use storage::{Tx, with_conn};

use super::schema::{
    visits_forms as forms, visits_plans as plans, visits_rules as rules, visits_visits as visits,
};
use super::substr;

/// Waits for a move that is under way: for whoever is about to read the tree and write where something stands. On PostgreSQL a move
/// locks the table against writers before it looks, so that neither misses the other.
pub fn join(tx: &mut Tx<'_>) -> Outcome<()> {
    if tx.is_postgres() {
        let lock = "lock table visits_visits in row exclusive mode";
        with_conn!(tx, |c| diesel::sql_query(lock).execute(c))?;
    }
    Ok(())
}

/// Keeps writers out until the move's transaction ends.
pub fn hold(tx: &mut Tx<'_>) -> Outcome<()> {
    if tx.is_postgres() {
        let lock = "lock table visits_visits in share row exclusive mode";
        with_conn!(tx, |c| diesel::sql_query(lock).execute(c))?;
    }
    Ok(())
}

macro_rules! rebased {
    ($tx:expr, $table:ident, $from:expr, $to:expr) => {{
        let (low, high) = $from.range();
        let tail = i32::try_from($from.as_str().len() + 1).unwrap_or(i32::MAX);
        with_conn!($tx, |c| diesel::update(
            $table::table.filter($table::unit_path.ge(low)).filter($table::unit_path.lt(high))
        )
        .set($table::unit_path.eq($to.as_str().into_sql::<Text>().concat(substr($table::unit_path, tail))))
        .execute(c))?;
    }};
}

/// Rebases the copies of paths after a move.
pub fn rebase(tx: &mut Tx<'_>, from: &UnitPath, to: &UnitPath) -> Outcome<()> {
    rebased!(tx, visits, from, to);
    rebased!(tx, plans, from, to);
    rebased!(tx, rules, from, to);
    rebased!(tx, forms, from, to);
    Ok(())
}
