//! Keys: the realm's master keys, which wrap a key for each person, which seals what is personal.
//!
//! Everything is XChaCha20-Poly1305 with a random nonce of 24 bytes, so that nonces need no counting. What is sealed is bound to its
//! place by the associated data: the version of the scheme, the person, the field and the row. Moved elsewhere it does not open.

mod lookup;
mod ring;
mod seal;

use std::sync::Arc;

use kernel::{Fault, Outcome};
use parking_lot::RwLock;

pub use lookup::LookupKeys;
pub use ring::{Keyring, MasterKey, RingFault};
pub use seal::{DataKey, Field};

/// The keys as the deeds hold them: the ring, and the realm's look-up keys once they were unwrapped.
#[derive(Clone)]
pub struct Vault {
    ring: Keyring,
    lookup: Arc<RwLock<Option<Arc<LookupKeys>>>>,
}

impl Vault {
    /// Over a ring.
    pub fn new(ring: Keyring) -> Self {
        Self { ring, lookup: Arc::default() }
    }

    /// The master keys.
    pub fn ring(&self) -> &Keyring {
        &self.ring
    }

    /// The master key of this id, or a fault that says what to do.
    pub fn master(&self, id: &str) -> Outcome<Arc<MasterKey>> {
        self.ring.key(id).ok_or_else(|| {
            Fault::internal(format!(
                "the master key {id} is not in the ring ({}): nothing that it wraps can be read",
                self.ring.place()
            ))
        })
    }

    /// The look-up keys, if they were unwrapped before.
    pub fn lookup(&self) -> Option<Arc<LookupKeys>> {
        self.lookup.read().clone()
    }

    /// Keeps them for the next time: they stay the same as long as the realm does.
    pub(crate) fn keep_lookup(&self, keys: &Arc<LookupKeys>) {
        *self.lookup.write() = Some(Arc::clone(keys));
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").field("ring", &self.ring).finish_non_exhaustive()
    }
}
