//! The keys that small secrets are sealed with: one row beside the signing keys. Whoever reads it can open them.

use diesel::prelude::*;
use kernel::{Instant, Outcome};
use secrecy::{ExposeSecret, SecretString};
use storage::{Tx, with_conn};

use super::schema::identity_signing_keys as keys;

const SEAL: &str = "seal";

/// The keys, if there are any.
pub fn load(tx: &mut Tx<'_>) -> Outcome<Option<SecretString>> {
    let row: Option<String> =
        with_conn!(tx, |c| keys::table.find(SEAL).select(keys::ring).first(c).optional())?;
    Ok(row.map(SecretString::from))
}

/// Stores the first keys; `false` if somebody else was first.
pub fn insert(tx: &mut Tx<'_>, ring: &SecretString, now: Instant) -> Outcome<bool> {
    let row = (keys::name.eq(SEAL), keys::ring.eq(ring.expose_secret()), keys::updated_at.eq(now));
    let rows =
        with_conn!(tx, |c| diesel::insert_into(keys::table).values(row).on_conflict_do_nothing().execute(c))?;
    Ok(rows == 1)
}
