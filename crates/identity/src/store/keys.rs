//! The ring of signing keys: one row of JSON. Whoever reads it can sign.

use diesel::prelude::*;
use kernel::{Instant, Outcome};
use secrecy::{ExposeSecret, SecretString};
use storage::{Tx, with_conn};

use super::schema::identity_signing_keys as keys;

const RING: &str = "ring";

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
