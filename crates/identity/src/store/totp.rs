//! Second factors: the shared secrets, and the recovery codes.

use std::collections::BTreeSet;

use diesel::prelude::*;
use kernel::id::User;
use kernel::{Id, Instant, Outcome};
use storage::{Tx, with_conn};

use super::schema::{identity_recovery_codes as codes, identity_totp as totp};
use crate::model::sign_in::Totp;

/// The secret of a user, proved or not.
pub fn find(tx: &mut Tx<'_>, user: Id<User>) -> Outcome<Option<Totp>> {
    Ok(with_conn!(tx, |c| totp::table.find(user).select(Totp::as_select()).first(c).optional())?)
}

/// Of some users, those whose secret was proved.
pub fn proved_of(tx: &mut Tx<'_>, users: &[Id<User>]) -> Outcome<BTreeSet<Id<User>>> {
    if users.is_empty() {
        return Ok(BTreeSet::new());
    }
    let proved: Vec<Id<User>> = with_conn!(tx, |c| totp::table
        .filter(totp::user_id.eq_any(users))
        .filter(totp::confirmed_at.is_not_null())
        .select(totp::user_id)
        .load(c))?;
    Ok(proved.into_iter().collect())
}

/// Stores a secret in place of whatever the user had.
pub fn replace(tx: &mut Tx<'_>, secret: &Totp) -> Outcome<()> {
    with_conn!(tx, |c| diesel::delete(totp::table.find(secret.user_id)).execute(c))?;
    with_conn!(tx, |c| diesel::insert_into(totp::table)
        .values(super::sign_in_rows::TotpRow::from(secret.clone()))
        .execute(c))?;
    Ok(())
}

/// Marks a step's code as used; `false` if it, or a later one, was used before: of two at once one gets `true`.
pub fn use_step(tx: &mut Tx<'_>, user: Id<User>, step: i64) -> Outcome<bool> {
    let rows = with_conn!(tx, |c| diesel::update(totp::table.find(user).filter(totp::last_step.lt(step)))
        .set(totp::last_step.eq(step))
        .execute(c))?;
    Ok(rows == 1)
}

/// Marks the secret as proved.
pub fn confirm(tx: &mut Tx<'_>, user: Id<User>, now: Instant) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(totp::table.find(user)).set(totp::confirmed_at.eq(now)).execute(c))?;
    Ok(())
}

/// Forgets the secret and the recovery codes; answers whether there was a secret.
pub fn remove(tx: &mut Tx<'_>, user: Id<User>) -> Outcome<bool> {
    with_conn!(tx, |c| diesel::delete(codes::table.filter(codes::user_id.eq(user))).execute(c))?;
    Ok(with_conn!(tx, |c| diesel::delete(totp::table.find(user)).execute(c))? == 1)
}

/// Stores fresh recovery codes, by hash, in place of all before.
pub fn set_codes(tx: &mut Tx<'_>, user: Id<User>, hashes: &[String], now: Instant) -> Outcome<()> {
    with_conn!(tx, |c| diesel::delete(codes::table.filter(codes::user_id.eq(user))).execute(c))?;
    for hash in hashes {
        let row = (codes::user_id.eq(user), codes::hash.eq(hash), codes::created_at.eq(now));
        with_conn!(tx, |c| diesel::insert_into(codes::table).values(row).execute(c))?;
    }
    Ok(())
}

/// Uses a recovery code up; `false` if there is no such code, or it was used.
pub fn use_code(tx: &mut Tx<'_>, user: Id<User>, hash: &str, now: Instant) -> Outcome<bool> {
    let rows =
        with_conn!(tx, |c| diesel::update(codes::table.find((user, hash)).filter(codes::used_at.is_null()))
            .set(codes::used_at.eq(now))
            .execute(c))?;
    Ok(rows == 1)
}

/// How many recovery codes are left.
pub fn codes_left(tx: &mut Tx<'_>, user: Id<User>) -> Outcome<i64> {
    Ok(with_conn!(tx, |c| codes::table
        .filter(codes::user_id.eq(user))
        .filter(codes::used_at.is_null())
        .count()
        .get_result(c))?)
}
