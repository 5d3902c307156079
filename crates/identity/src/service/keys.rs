//! The signing keys: made at the first start, changed every thirty days, kept in the database for all gateways. And the key that
//! logins on the trail are digested with, which stays: digests of one login are to be seen as the same.

use auth::KeyRing;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Fault, Instant, Outcome};
use secrecy::SecretString;
use storage::Tx;

use crate::store::keys::{self, DIGEST};

/// How old the signing key may grow.
pub const ROTATE_DAYS: i64 = 30;
/// How long a gateway may go on signing with the key before, until it looks again.
pub const OVERLAP_SECONDS: i64 = 120;

/// The ring; `None` before the first start.
pub fn load(tx: &mut Tx<'_>) -> Outcome<Option<KeyRing>> {
    keys::load(tx, false)?.map(|json| KeyRing::from_json(&json)).transpose()
}

/// The ring, made if there is none.
pub fn load_or_create(tx: &mut Tx<'_>, now: Instant) -> Outcome<KeyRing> {
    if let Some(ring) = load(tx)? {
        return Ok(ring);
    }
    let ring = KeyRing::default().rotate(now, 0)?;
    if keys::insert(tx, &ring.to_json()?, now)? {
        return Ok(ring);
    }
    load(tx)?.ok_or_else(|| Fault::internal("there is no ring of signing keys"))
}

/// The key that logins are digested with, made if there is none.
pub fn digest_key(tx: &mut Tx<'_>, now: Instant) -> Outcome<SecretString> {
    if let Some(key) = keys::load_named(tx, DIGEST)? {
        return Ok(key);
    }
    let fresh = SecretString::from(URL_SAFE_NO_PAD.encode(auth::random::secret::<32>()?));
    if keys::insert_named(tx, DIGEST, &fresh, now)? {
        return Ok(fresh);
    }
    keys::load_named(tx, DIGEST)?.ok_or_else(|| Fault::internal("there is no key for digests"))
}

/// A fresh key signs from now on; what tokens of `life_seconds` were signed before still verify.
pub fn rotate_keys(tx: &mut Tx<'_>, now: Instant, life_seconds: i64) -> Outcome<KeyRing> {
    load_or_create(tx, now)?;
    let json = keys::load(tx, true)?.ok_or_else(|| Fault::internal("there is no ring of signing keys"))?;
    let ring = KeyRing::from_json(&json)?.rotate(now, life_seconds.saturating_add(OVERLAP_SECONDS))?;
    keys::update(tx, &ring.to_json()?, now)?;
    Ok(ring)
}

/// [`rotate_keys`], if the signing key has grown old.
pub fn rotate_if_old(tx: &mut Tx<'_>, now: Instant, life_seconds: i64) -> Outcome<bool> {
    let ring = load_or_create(tx, now)?;
    let old = ring.signer().is_none_or(|key| key.created().plus_days(ROTATE_DAYS) <= now);
    if old {
        rotate_keys(tx, now, life_seconds)?;
    }
    Ok(old)
}
