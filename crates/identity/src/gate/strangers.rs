//! Those who fail to sign in: unknown logins are locked like known ones, and an address that fails too often is refused. Kept in
//! memory, bounded.

use auth::{Failures, Throttle};
use hmac::{Hmac, Mac};
use kernel::{Instant, Outcome};
use moka::sync::Cache;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::error::TOO_MANY_SIGN_INS;

const LOGINS: u64 = 100_000;
const ADDRESSES: u64 = 100_000;
const WINDOW_SECONDS: i64 = 60;

/// What is remembered of strangers.
#[derive(Debug)]
pub struct Strangers {
    throttle: Throttle,
    per_address: u32,
    logins: Cache<[u8; 32], Failures>,
    addresses: Cache<String, (Instant, u32)>,
}

impl Strangers {
    pub(super) fn new(throttle: Throttle, per_address: u32) -> Self {
        Self { throttle, per_address, logins: Cache::new(LOGINS), addresses: Cache::new(ADDRESSES) }
    }

    /// The wrong passwords given for a login that is nobody's.
    pub fn failures(&self, login: &str) -> Failures {
        self.logins.get(&digest(login)).unwrap_or_default()
    }

    /// Notes one more.
    pub fn failed(&self, login: &str, now: Instant) {
        let failures = self.throttle.failed(self.failures(login), now);
        self.logins.insert(digest(login), failures);
    }

    /// Refuses an address that failed too often within the last minute.
    pub fn refuse_address(&self, address: Option<&str>, now: Instant) -> Outcome<()> {
        let Some(address) = address else { return Ok(()) };
        let Some((since, count)) = self.addresses.get(address) else { return Ok(()) };
        let until = since.plus_seconds(WINDOW_SECONDS);
        if count < self.per_address || now >= until {
            return Ok(());
        }
        let wait = until.micros().saturating_sub(now.micros()) / 1_000_000 + 1;
        Err(TOO_MANY_SIGN_INS.refusal().with("retry_after", serde_json::json!(wait)).into())
    }

    /// Notes a failure from an address.
    pub fn address_failed(&self, address: Option<&str>, now: Instant) {
        let Some(address) = address else { return };
        let fresh = |(since, count): (Instant, u32)| {
            if now < since.plus_seconds(WINDOW_SECONDS) { (since, count.saturating_add(1)) } else { (now, 1) }
        };
        let next = self.addresses.get(address).map_or((now, 1), fresh);
        self.addresses.insert(address.to_owned(), next);
    }
}

fn digest(login: &str) -> [u8; 32] {
    Sha256::digest(login).into()
}

/// What the trail keeps of a login that was tried: enough to see that two tries were the same, not who it was. Logins are easily
/// guessed, so the digest is made with a key of the realm's own.
pub fn login_digest(key: &SecretString, login: &str) -> Outcome<String> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.expose_secret().as_bytes()).map_err(kernel::Fault::internal)?;
    mac.update(login.as_bytes());
    Ok(mac.finalize().into_bytes().iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_needs_the_realms_key() {
        let (ours, theirs) = (SecretString::from("k".repeat(43)), SecretString::from("l".repeat(43)));
        let digest = |key: &SecretString, login: &str| login_digest(key, login).ok();
        assert!(digest(&ours, "zhang").is_some_and(|d| d.len() == 16));
        assert_eq!(digest(&ours, "zhang"), digest(&ours, "zhang"));
        assert_ne!(digest(&ours, "zhang"), digest(&ours, "li"));
        assert_ne!(digest(&ours, "zhang"), digest(&theirs, "zhang"));
        let bare: String = super::digest("zhang").iter().take(8).map(|b| format!("{b:02x}")).collect();
        assert_ne!(digest(&ours, "zhang"), Some(bare));
    }
}
