//! API keys, of persons and of machines. Never deleted.

use diesel::prelude::*;
use kernel::id::{ApiKey as ApiKeyKind, User};
use kernel::{Id, Instant, Outcome};
use storage::{Tx, with_conn};

use super::schema::identity_api_keys as keys;
use crate::model::sign_in::ApiKey;

/// Keys listed at most.
const MOST: i64 = 200;

/// Adds a key.
pub fn insert(tx: &mut Tx<'_>, key: &ApiKey) -> Outcome<()> {
    with_conn!(tx, |c| diesel::insert_into(keys::table)
        .values(super::sign_in_rows::ApiKeyRow::from(key.clone()))
        .execute(c))?;
    Ok(())
}

/// The key with this public part.
pub fn find_by_handle(tx: &mut Tx<'_>, handle: &str) -> Outcome<Option<ApiKey>> {
    Ok(with_conn!(tx, |c| keys::table
        .filter(keys::handle.eq(handle))
        .select(ApiKey::as_select())
        .first(c)
        .optional())?)
}

/// The key of this id, locked.
pub fn find_locked(tx: &mut Tx<'_>, id: Id<ApiKeyKind>) -> Outcome<Option<ApiKey>> {
    Ok(with_conn!(tx, |c| lock!(keys::table.find(id).select(ApiKey::as_select())).first(c).optional())?)
}

/// The newest keys of an account, live or not.
pub fn of(tx: &mut Tx<'_>, user: Id<User>) -> Outcome<Vec<ApiKey>> {
    Ok(with_conn!(tx, |c| keys::table
        .filter(keys::user_id.eq(user))
        .order(keys::id.desc())
        .limit(MOST)
        .select(ApiKey::as_select())
        .load(c))?)
}

/// The live keys of an account, oldest first, locked.
pub fn live_locked(tx: &mut Tx<'_>, user: Id<User>, now: Instant) -> Outcome<Vec<ApiKey>> {
    Ok(with_conn!(tx, |c| lock!(
        keys::table
            .filter(keys::user_id.eq(user))
            .filter(keys::revoked_at.is_null())
            .filter(keys::expires_at.gt(now))
            .order(keys::id.asc())
            .select(ApiKey::as_select())
    )
    .load(c))?)
}

/// How many live keys an account has.
pub fn live(tx: &mut Tx<'_>, user: Id<User>, now: Instant) -> Outcome<i64> {
    Ok(with_conn!(tx, |c| keys::table
        .filter(keys::user_id.eq(user))
        .filter(keys::revoked_at.is_null())
        .filter(keys::expires_at.gt(now))
        .count()
        .get_result(c))?)
}

/// Whoever ever made a key of an account.
pub fn makers(tx: &mut Tx<'_>, user: Id<User>) -> Outcome<Vec<Id<User>>> {
    let all: Vec<Option<Id<User>>> = with_conn!(tx, |c| keys::table
        .filter(keys::user_id.eq(user))
        .select(keys::created_by)
        .distinct()
        .load(c))?;
    Ok(all.into_iter().flatten().collect())
}

/// Stores what may change of a key, if it still is of `version`; answers whether it was.
pub fn update(tx: &mut Tx<'_>, key: &ApiKey, version: i64) -> Outcome<bool> {
    let rows =
        with_conn!(tx, |c| diesel::update(keys::table.find(key.id).filter(keys::version.eq(version)))
            .set((
                keys::expires_at.eq(key.expires_at),
                keys::rotated_at.eq(key.rotated_at),
                keys::revoked_at.eq(key.revoked_at),
                keys::revoked_by.eq(key.revoked_by),
                keys::revoke_reason.eq(&key.revoke_reason),
                keys::version.eq(version + 1),
            ))
            .execute(c))?;
    Ok(rows == 1)
}

/// Notes that a key was used; no version grows by it.
pub fn used(tx: &mut Tx<'_>, id: Id<ApiKeyKind>, now: Instant) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(keys::table.find(id)).set(keys::last_used_at.eq(now)).execute(c))?;
    Ok(())
}
