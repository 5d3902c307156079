//! The ring of signing keys: one row of JSON. Whoever reads it can sign.

use diesel::prelude::*;
use kernel::{Instant, Outcome};
use secrecy::{ExposeSecret, SecretString};
use storage::{Tx, with_conn};

use super::schema::identity_signing_keys as keys;

const RING: &str = "ring";
/// Where it is kept by what the realm's own key is known.
const REALM: &str = "realm";

/// The ring, locked for writing if `for_update`.
pub fn load(tx: &mut Tx<'_>, for_update: bool) -> Outcome<Option<SecretString>> {
    let row: Option<String> = if for_update {
        with_conn!(tx, |c| lock!(keys::table.find(RING).select(keys::ring)).first(c).optional())?
    } else {
        with_conn!(tx, |c| keys::table.find(RING).select(keys::ring).first(c).optional())?
    };
    Ok(row.map(SecretString::from))
}

/// Stores the first ring; `false` if somebody else was first.
pub fn insert(tx: &mut Tx<'_>, ring: &SecretString, now: Instant) -> Outcome<bool> {
    let row = (keys::name.eq(RING), keys::ring.eq(ring.expose_secret()), keys::updated_at.eq(now));
    let rows =
        with_conn!(tx, |c| diesel::insert_into(keys::table).values(row).on_conflict_do_nothing().execute(c))?;
    Ok(rows == 1)
}

/// Stores the ring that took its place.
pub fn update(tx: &mut Tx<'_>, ring: &SecretString, now: Instant) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(keys::table.find(RING))
        .set((keys::ring.eq(ring.expose_secret()), keys::updated_at.eq(now)))
        .execute(c))?;
    Ok(())
}

/// By what the realm's own key is known, if it was ever seen.
pub fn realm_mark(tx: &mut Tx<'_>) -> Outcome<Option<String>> {
    Ok(with_conn!(tx, |c| keys::table.find(REALM).select(keys::ring).first(c).optional())?)
}

/// Stores by what the realm's own key is known from now on.
pub fn set_realm_mark(tx: &mut Tx<'_>, mark: &str, now: Instant) -> Outcome<()> {
    let row = (keys::name.eq(REALM), keys::ring.eq(mark), keys::updated_at.eq(now));
    with_conn!(tx, |c| diesel::insert_into(keys::table)
        .values(row)
        .on_conflict(keys::name)
        .do_update()
        .set((keys::ring.eq(mark), keys::updated_at.eq(now)))
        .execute(c))?;
    Ok(())
}
