//! The units that have cases, below every unit above them: a subtree is one range.

use diesel::prelude::*;
use kernel::id::Unit;
use kernel::{Id, Outcome};
use storage::{Tx, with_conn};

use super::schema::figures_units as units;

/// Which of these are known.
pub fn known(tx: &mut Tx<'_>, ids: &[Id<Unit>]) -> Outcome<Vec<Id<Unit>>> {
    Ok(with_conn!(tx, |c| units::table
        .filter(units::unit_id.eq_any(ids))
        .select(units::unit_id)
        .distinct()
        .load(c))?)
}

/// Enters a unit under those above it, itself among them.
pub fn enter(tx: &mut Tx<'_>, unit: Id<Unit>, above: &[Id<Unit>]) -> Outcome<()> {
    for ancestor in above {
        let row = (units::ancestor_id.eq(*ancestor), units::unit_id.eq(unit));
        with_conn!(tx, |c| diesel::insert_into(units::table)
            .values(row)
            .on_conflict((units::ancestor_id, units::unit_id))
            .do_nothing()
            .execute(c))?;
    }
    Ok(())
}

/// The units of a subtree that have cases, by id.
pub fn below(tx: &mut Tx<'_>, ancestor: Id<Unit>) -> Outcome<Vec<Id<Unit>>> {
    Ok(with_conn!(tx, |c| units::table
        .filter(units::ancestor_id.eq(ancestor))
        .order(units::unit_id.asc())
        .select(units::unit_id)
        .load(c))?)
}

/// Takes all that is below `unit` out of `left` and enters it under `entered`.
pub fn follow(tx: &mut Tx<'_>, unit: Id<Unit>, left: &[Id<Unit>], entered: &[Id<Unit>]) -> Outcome<()> {
    let all = below(tx, unit)?;
    for ancestor in left {
        with_conn!(tx, |c| diesel::delete(
            units::table.filter(units::ancestor_id.eq(*ancestor)).filter(units::unit_id.eq_any(&all))
        )
        .execute(c))?;
    }
    for one in &all {
        enter(tx, *one, entered)?;
    }
    Ok(())
}

/// Keeps whoever counts on out until the transaction ends: a move sees every unit that was entered, and every unit the move.
pub fn hold(tx: &mut Tx<'_>) -> Outcome<()> {
    if tx.is_postgres() {
        let lock = "lock table figures_units in share row exclusive mode";
        with_conn!(tx, |c| diesel::sql_query(lock).execute(c))?;
    }
    Ok(())
}

/// Waits for a move that is under way: for whoever is about to read the tree and enter a unit.
pub fn join(tx: &mut Tx<'_>) -> Outcome<()> {
    if tx.is_postgres() {
        let lock = "lock table figures_units in row exclusive mode";
        with_conn!(tx, |c| diesel::sql_query(lock).execute(c))?;
    }
    Ok(())
}
