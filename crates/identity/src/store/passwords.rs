//! The passwords an account has had, as hashes.

use diesel::prelude::*;
use kernel::id::{Password, User as UserKind};
use kernel::{Id, Instant, Outcome};
use storage::{Tx, with_conn};

use super::schema::{identity_passwords as passwords, identity_users as users};

/// Adds the newest.
pub fn insert(
    tx: &mut Tx<'_>,
    id: Id<Password>,
    user: Id<UserKind>,
    hash: &str,
    now: Instant,
) -> Outcome<()> {
    let row = (
        passwords::id.eq(id),
        passwords::user_id.eq(user),
        passwords::hash.eq(hash),
        passwords::set_at.eq(now),
    );
    with_conn!(tx, |c| diesel::insert_into(passwords::table).values(row).execute(c))?;
    Ok(())
}

/// The last hashes of an account, newest first, with when each was set.
pub fn last(
    tx: &mut Tx<'_>,
    user: Id<UserKind>,
    limit: i64,
) -> Outcome<Vec<(Id<Password>, String, Instant)>> {
    Ok(with_conn!(tx, |c| passwords::table
        .filter(passwords::user_id.eq(user))
        .order(passwords::id.desc())
        .select((passwords::id, passwords::hash, passwords::set_at))
        .limit(limit)
        .load(c))?)
}

/// Forgets those from before one.
pub fn forget_before(tx: &mut Tx<'_>, user: Id<UserKind>, id: Id<Password>) -> Outcome<usize> {
    Ok(with_conn!(tx, |c| diesel::delete(
        passwords::table.filter(passwords::user_id.eq(user)).filter(passwords::id.lt(id))
    )
    .execute(c))?)
}

/// Notes that an account must choose a new password; no version grows by it.
pub fn set_must_change(tx: &mut Tx<'_>, user: Id<UserKind>) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(users::table.find(user))
        .set(users::must_change_password.eq(true))
        .execute(c))?;
    Ok(())
}
