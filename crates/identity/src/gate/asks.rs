//! How often one address may ask for codes and try them. Kept in memory, bounded: what must hold over all gateways is counted in the
//! database, by whom a code is about.

use std::net::IpAddr;

use kernel::{Instant, Outcome};
use moka::ops::compute::Op;
use moka::sync::Cache;
use serde_json::json;

use crate::error::TOO_MANY_TRIES;

const SOURCES: u64 = 100_000;
const WINDOW_SECONDS: i64 = 600;

/// What somebody does at the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Knock {
    /// Asks for a code to be sent.
    Ask,
    /// Tries a code.
    Try,
}

impl Knock {
    /// How often within ten minutes: a village hall has one address.
    const fn limit(self) -> u32 {
        match self {
            Self::Ask => 30,
            Self::Try => 60,
        }
    }
}

/// Counts them.
#[derive(Debug)]
pub struct Asks {
    counts: Cache<(Knock, String), (Instant, u32)>,
}

impl Default for Asks {
    fn default() -> Self {
        Self { counts: Cache::new(SOURCES) }
    }
}

impl Asks {
    /// Counts one more from this address; refuses beyond the limit.
    pub fn take(&self, knock: Knock, address: Option<&str>, now: Instant) -> Outcome<()> {
        let Some(address) = address else { return Ok(()) };
        let counted = self.counts.entry((knock, network(address))).and_compute_with(|before| {
            let next = match before.map(moka::Entry::into_value) {
                Some((since, count)) if now < since.plus_seconds(WINDOW_SECONDS) => {
                    (since, count.saturating_add(1))
                }
                _ => (now, 1),
            };
            Op::Put(next)
        });
        let (since, count) = match counted {
            moka::ops::compute::CompResult::Inserted(entry)
            | moka::ops::compute::CompResult::ReplacedWith(entry)
            | moka::ops::compute::CompResult::Unchanged(entry) => entry.into_value(),
            _ => return Ok(()),
        };
        if count <= knock.limit() {
            return Ok(());
        }
        let until = since.plus_seconds(WINDOW_SECONDS);
        let wait = until.micros().saturating_sub(now.micros()) / 1_000_000 + 1;
        Err(TOO_MANY_TRIES.refusal().with("retry_after", json!(wait)).into())
    }
}

/// Of IPv6 the network of 64 bits, which one client has whole.
fn network(address: &str) -> String {
    match address.parse() {
        Ok(IpAddr::V6(v6)) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Instant {
        Instant::from_micros(1_790_000_000_000_000).unwrap().plus_seconds(seconds)
    }

    #[test]
    fn an_address_is_refused_beyond_its_limit_and_let_in_again_later() {
        let asks = Asks::default();
        for n in 0..Knock::Ask.limit() {
            assert!(asks.take(Knock::Ask, Some("192.0.2.1"), at(i64::from(n))).is_ok(), "{n}");
        }
        let refused = asks.take(Knock::Ask, Some("192.0.2.1"), at(599)).unwrap_err();
        assert_eq!(refused.code(), Some(&TOO_MANY_TRIES));
        assert!(asks.take(Knock::Try, Some("192.0.2.1"), at(599)).is_ok(), "another thing");
        assert!(asks.take(Knock::Ask, Some("192.0.2.2"), at(599)).is_ok(), "another address");
        assert!(asks.take(Knock::Ask, Some("192.0.2.1"), at(600)).is_ok(), "later");
    }

    #[test]
    fn an_ipv6_network_is_one_address() {
        assert_eq!(network("2001:db8::1"), network("2001:db8::ffff:1"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
    }
}
