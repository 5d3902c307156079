//! The rate limit: who is counted as one client, and what is left to them.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use actix_web::http::header::{HeaderName, HeaderValue};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use parking_lot::RwLock;
use sha2::{Digest, Sha256};

use crate::settings::Settings;

/// A client: the digest of its token, or of its address.
type Key = [u8; 16];
type Limiter = RateLimiter<Key, DefaultKeyedStateStore<Key>, DefaultClock, StateInformationMiddleware>;

/// How many requests pass between two looks at how many clients are remembered.
const LOOK_EVERY: u32 = 1024;

/// Counts requests by client.
pub(crate) struct RateLimit {
    quota: Quota,
    limiter: RwLock<Arc<Limiter>>,
    clock: DefaultClock,
    clients: usize,
    calls: AtomicU32,
}

/// What a client is told of its allowance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Allowance {
    /// Requests it may send at once.
    limit: u32,
    /// How many of these are left.
    remaining: u32,
    /// Seconds until all are back, or until one is if none is left.
    pub reset: u64,
}

impl Allowance {
    /// As headers.
    pub(crate) fn headers(self) -> [(HeaderName, HeaderValue); 3] {
        [
            (HeaderName::from_static("ratelimit-limit"), self.limit.into()),
            (HeaderName::from_static("ratelimit-remaining"), self.remaining.into()),
            (HeaderName::from_static("ratelimit-reset"), self.reset.into()),
        ]
    }
}

impl RateLimit {
    /// `None` where the limit is switched off.
    pub(crate) fn of(settings: &Settings) -> Option<Self> {
        let burst = NonZeroU32::new(settings.rate_burst)?;
        let per_second = NonZeroU32::new(settings.rate_per_second)?;
        let quota = Quota::per_second(per_second).allow_burst(burst);
        Some(Self {
            quota,
            limiter: RwLock::new(fresh(quota)),
            clock: DefaultClock::default(),
            clients: settings.rate_clients.max(1),
            calls: AtomicU32::new(0),
        })
    }

    /// Takes one request from the client's allowance; `Err` if nothing was left.
    pub(crate) fn take(&self, key: &Key) -> Result<Allowance, Allowance> {
        if self.calls.fetch_add(1, Ordering::Relaxed) % LOOK_EVERY == LOOK_EVERY - 1 {
            self.forget();
        }
        let limiter = Arc::clone(&self.limiter.read());
        let limit = self.quota.burst_size().get();
        match limiter.check_key(key) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                let back = self.quota.replenish_interval().saturating_mul(limit.saturating_sub(remaining));
                Ok(Allowance { limit, remaining, reset: seconds(back) })
            }
            Err(until) => {
                let wait = until.wait_time_from(self.clock.now());
                Err(Allowance { limit, remaining: 0, reset: seconds(wait).max(1) })
            }
        }
    }

    /// Forgets clients with a full allowance; where still too many are left, everybody starts anew: memory stays bounded.
    fn forget(&self) {
        let limiter = Arc::clone(&self.limiter.read());
        limiter.retain_recent();
        limiter.shrink_to_fit();
        if limiter.len() > self.clients {
            tracing::warn!(
                clients = limiter.len(),
                "too many clients for the rate limit to remember; it starts anew"
            );
            *self.limiter.write() = fresh(self.quota);
        }
    }
}

fn fresh(quota: Quota) -> Arc<Limiter> {
    Arc::new(RateLimiter::keyed(quota).with_middleware())
}

/// Whole seconds, rounded up.
fn seconds(time: std::time::Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

/// The key of whoever holds this token.
pub(crate) fn token_key(token: &str) -> Key {
    digest(b"t", token.as_bytes())
}

/// The key of an address; of IPv6 the network of 64 bits, which one client has whole.
pub(crate) fn address_key(address: &str) -> Key {
    match address.parse() {
        Ok(IpAddr::V6(v6)) => digest(b"6", v6.octets().get(..8).unwrap_or_default()),
        _ => digest(b"a", address.as_bytes()),
    }
}

fn digest(kind: &[u8], bytes: &[u8]) -> Key {
    let mut hash = Sha256::new();
    hash.update(kind);
    hash.update(bytes);
    let mut key = Key::default();
    key.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_let_through_and_then_no_more() {
        let settings = Settings { rate_per_second: 1, rate_burst: 3, ..Settings::default() };
        let limit = RateLimit::of(&settings).expect("switched on");
        let left: Vec<_> = (0..3).map(|_| limit.take(&token_key("a")).expect("allowed").remaining).collect();
        assert_eq!(left, [2, 1, 0]);
        assert_eq!(limit.take(&token_key("a")).expect_err("refused").reset, 1);
        assert!(limit.take(&token_key("b")).is_ok(), "another client has its own allowance");
    }

    #[test]
    fn memory_is_bounded() {
        let settings =
            Settings { rate_per_second: 1, rate_burst: 3, rate_clients: 100, ..Settings::default() };
        let limit = RateLimit::of(&settings).expect("switched on");
        for n in 0..5_000 {
            let _ = limit.take(&token_key(&n.to_string()));
        }
        assert!(limit.limiter.read().len() <= 100 + 1024);
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one_client() {
        assert_eq!(address_key("2001:db8::1"), address_key("2001:db8::ffff:1"));
        assert_ne!(address_key("2001:db8::1"), address_key("2001:db8:0:1::1"));
        assert_ne!(address_key("192.0.2.1"), address_key("192.0.2.2"));
    }
}
