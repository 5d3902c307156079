//! Those who fail to sign in: unknown logins are locked like known ones, and an address that fails too often is refused. Kept in
//! memory, bounded.

use auth::{Failures, Throttle};
use kernel::{Instant, Outcome};
use moka::sync::Cache;
use sha2::{Digest, Sha256};

use crate::error::TOO_MANY_SIGN_INS;

const LOGINS: u64 = 100_000;
const ADDRESSES: u64 = 100_000;
const WINDOW_SECONDS: i64 = 60;

/// What is remembered of strangers.
#[derive(Debug)]
pub struct Strangers {
    per_address: u32,
    logins: Cache<[u8; 32], Failures>,
    addresses: Cache<String, (Instant, u32)>,
}

impl Strangers {
    pub(super) fn new(per_address: u32) -> Self {
        Self { per_address, logins: Cache::new(LOGINS), addresses: Cache::new(ADDRESSES) }
    }

    /// The wrong passwords given for a login that is nobody's.
    pub fn failures(&self, login: &str) -> Failures {
        self.logins.get(&digest(login)).unwrap_or_default()
    }

    /// Notes one more.
    pub fn failed(&self, throttle: &Throttle, login: &str, now: Instant) {
        let failures = throttle.failed(self.failures(login), now);
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
