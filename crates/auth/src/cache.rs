//! What became of verified tokens, so that a signature is checked once and not on every request. Bounded, and never longer
//! than the caller's clock allows.

use kernel::Instant;
use moka::sync::Cache;

use crate::refresh::digest;

/// A bounded cache from token to whatever the caller made of it. It holds digests and no tokens.
#[derive(Debug)]
pub struct TokenCache<V: Clone + Send + Sync + 'static> {
    entries: Cache<[u8; 32], Entry<V>>,
}

#[derive(Debug, Clone)]
struct Entry<V> {
    value: V,
    expires_at: Instant,
}

impl<V: Clone + Send + Sync + 'static> TokenCache<V> {
    /// A cache of at most `capacity` tokens; beyond that the least used go.
    pub fn new(capacity: u64) -> Self {
        Self { entries: Cache::new(capacity) }
    }

    /// What is known of the token, unless it has run out by `now`.
    pub fn get(&self, token: &str, now: Instant) -> Option<V> {
        let key = digest(token);
        let entry = self.entries.get(&key)?;
        if now < entry.expires_at {
            return Some(entry.value);
        }
        self.entries.invalidate(&key);
        None
    }

    /// Remembers a token until `expires_at`: its own expiry, or sooner.
    pub fn insert(&self, token: &str, value: V, expires_at: Instant) {
        self.entries.insert(digest(token), Entry { value, expires_at });
    }

    /// Forgets a token.
    pub fn remove(&self, token: &str) {
        self.entries.invalidate(&digest(token));
    }

    /// Forgets all.
    pub fn clear(&self) {
        self.entries.invalidate_all();
    }

    /// How many are remembered, more or less.
    pub fn len(&self) -> u64 {
        self.entries.run_pending_tasks();
        self.entries.entry_count()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Instant {
        Instant::from_micros(1_790_000_000_000_000).unwrap().plus_seconds(seconds)
    }

    #[test]
    fn a_token_is_remembered_until_it_runs_out_by_the_callers_clock() {
        let cache = TokenCache::new(10);
        cache.insert("token", 7, at(900));
        assert_eq!(cache.get("token", at(899)), Some(7));
        assert_eq!(cache.get("another", at(0)), None);
        assert_eq!(cache.get("token", at(900)), None);
        assert_eq!(cache.get("token", at(0)), None, "what ran out is gone, even if the clock goes back");
    }

    #[test]
    fn tokens_can_be_forgotten() {
        let cache = TokenCache::new(10);
        cache.insert("a", 1, at(900));
        cache.insert("b", 2, at(900));
        cache.remove("a");
        assert_eq!((cache.get("a", at(0)), cache.get("b", at(0))), (None, Some(2)));
        cache.clear();
        assert_eq!(cache.get("b", at(0)), None);
        assert!(cache.is_empty());
    }

    #[test]
    fn memory_is_bounded() {
        let cache = TokenCache::new(100);
        for n in 0..10_000 {
            cache.insert(&format!("token {n}"), n, at(900));
        }
        assert!(cache.len() <= 100, "{}", cache.len());
    }
}
