//! The ring of signing keys: one row of JSON. Whoever reads it can sign. Beside it, under another name, the key for digests.

use diesel::prelude::*;
use kernel::{Instant, Outcome};
use secrecy::{ExposeSecret, SecretString};
use storage::{Tx, with_conn};

use super::schema::identity_signing_keys as keys;

const RING: &str = "ring";
/// The key that logins on the trail are digested with.
pub const DIGEST: &str = "login_digest";

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
    insert_named(tx, RING, ring, now)
}

/// The secret of this name.
pub fn load_named(tx: &mut Tx<'_>, name: &'static str) -> Outcome<Option<SecretString>> {
    let row: Option<String> =
        with_conn!(tx, |c| keys::table.find(name).select(keys::ring).first(c).optional())?;
    Ok(row.map(SecretString::from))
}

/// Stores the first secret of this name; `false` if somebody else was first.
pub fn insert_named(tx: &mut Tx<'_>, name: &'static str, ring: &SecretString, now: Instant) -> Outcome<bool> {
    let row = (keys::name.eq(name), keys::ring.eq(ring.expose_secret()), keys::updated_at.eq(now));
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
