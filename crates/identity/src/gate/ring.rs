//! The ring of signing keys as this process knows it; the database has the one that counts.

use std::sync::Arc;

use auth::KeyRing;
use kernel::{Instant, Outcome};
use parking_lot::RwLock;
use storage::Db;

use crate::service::keys;

/// Who signs looks again after so long: within the overlap that a rotation allows for.
const TRUST_SECONDS: i64 = keys::OVERLAP_SECONDS / 2;
/// An unknown key makes us look again, and not sooner than after so long: anybody can invent one.
const LOOK_AGAIN_SECONDS: i64 = 2;

/// The ring, and when it was read.
#[derive(Debug, Default)]
pub struct Ring {
    known: RwLock<Option<(Arc<KeyRing>, Instant)>>,
}

impl Ring {
    /// The ring to verify with.
    pub async fn get(&self, db: &Db) -> Outcome<Arc<KeyRing>> {
        let known = self.known.read().clone();
        match known {
            Some((ring, _)) => Ok(ring),
            None => self.read(db).await,
        }
    }

    /// The ring to sign with: not older than a rotation's overlap allows.
    pub async fn fresh(&self, db: &Db) -> Outcome<Arc<KeyRing>> {
        let now = db.clock().now();
        let known = self.known.read().clone();
        match known {
            Some((ring, read)) if now < read.plus_seconds(TRUST_SECONDS) => Ok(ring),
            _ => self.read(db).await,
        }
    }

    /// The ring after an unknown key was named; `None`: it was read a moment ago.
    pub async fn again(&self, db: &Db) -> Outcome<Option<Arc<KeyRing>>> {
        let now = db.clock().now();
        let lately =
            self.known.read().as_ref().is_some_and(|(_, read)| now < read.plus_seconds(LOOK_AGAIN_SECONDS));
        if lately { Ok(None) } else { self.read(db).await.map(Some) }
    }

    async fn read(&self, db: &Db) -> Outcome<Arc<KeyRing>> {
        let now = db.clock().now();
        let there = db.read(keys::load).await?;
        let ring = match there {
            Some(ring) => ring,
            None => db.write(move |tx| keys::load_or_create(tx, now)).await?,
        };
        let ring = Arc::new(ring);
        *self.known.write() = Some((Arc::clone(&ring), now));
        Ok(ring)
    }
}
