//! The epoch of rights: one row that every rights write locks, and the log of whom each change touched.

use diesel::prelude::*;
use kernel::id::User;
use kernel::{Id, Instant, Outcome};
use storage::{Tx, with_conn};

use super::schema::{identity_rights_log as log, identity_rights_state as state};

/// Locks the row, so that rights writes happen one after the other; answers the epoch.
pub fn lock(tx: &mut Tx<'_>) -> Outcome<i64> {
    Ok(with_conn!(tx, |c| lock!(state::table.find(1).select(state::epoch)).first(c))?)
}

/// The newest epoch.
pub fn epoch(tx: &mut Tx<'_>) -> Outcome<i64> {
    Ok(with_conn!(tx, |c| state::table.find(1).select(state::epoch).first(c))?)
}

/// Notes a change that touches a user, or everybody.
pub fn bump(tx: &mut Tx<'_>, user: Option<Id<User>>, now: Instant) -> Outcome<i64> {
    let next = lock(tx)? + 1;
    with_conn!(tx, |c| diesel::update(state::table.find(1)).set(state::epoch.eq(next)).execute(c))?;
    let row = (log::epoch.eq(next), log::user_id.eq(user), log::at.eq(now));
    with_conn!(tx, |c| diesel::insert_into(log::table).values(row).execute(c))?;
    Ok(next)
}

/// The changes after `known`, oldest first, with the newest epoch as of the same moment or later.
pub fn changes_since(tx: &mut Tx<'_>, known: i64, limit: i64) -> Outcome<Vec<(i64, Option<Id<User>>)>> {
    Ok(with_conn!(tx, |c| log::table
        .filter(log::epoch.gt(known))
        .order(log::epoch.asc())
        .select((log::epoch, log::user_id))
        .limit(limit)
        .load(c))?)
}

/// Forgets changes from before `before`: who has not heard of them by then loads everything anew.
pub fn purge(tx: &mut Tx<'_>, before: Instant) -> Outcome<usize> {
    Ok(with_conn!(tx, |c| diesel::delete(log::table.filter(log::at.lt(before))).execute(c))?)
}
