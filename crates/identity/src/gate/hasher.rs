//! Password hashing: never inside a transaction, never on a thread that serves requests, and only so many at once.

use std::sync::Arc;

use auth::Passwords;
use kernel::error::UNAVAILABLE;
use kernel::{Fault, Outcome};
use secrecy::SecretString;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::GateSettings;

/// Hashes and verifies passwords.
#[derive(Debug, Clone)]
pub struct Hasher {
    passwords: Arc<Passwords>,
    places: Arc<Semaphore>,
    queue: Arc<Semaphore>,
}

/// A place at which a password is worked on; held until the work's result is stored, so that guesses at once are few.
#[derive(Debug)]
pub struct Place {
    _work: OwnedSemaphorePermit,
    _wait: OwnedSemaphorePermit,
}

impl Hasher {
    pub(super) fn new(settings: &GateSettings) -> Outcome<Self> {
        let at_once = settings.hashing_at_once.max(1);
        Ok(Self {
            passwords: Arc::new(Passwords::new(settings.cost)?),
            places: Arc::new(Semaphore::new(at_once)),
            queue: Arc::new(Semaphore::new(at_once.saturating_add(settings.hashing_queue))),
        })
    }

    /// Waits for a place; 503 if too many wait already.
    pub async fn place(&self) -> Outcome<Place> {
        let wait = Arc::clone(&self.queue).try_acquire_owned().map_err(|_| UNAVAILABLE.fault())?;
        let work = Arc::clone(&self.places).acquire_owned().await.map_err(|_| UNAVAILABLE.fault())?;
        Ok(Place { _work: work, _wait: wait })
    }

    /// Verifies a password against a hash, or against the decoy; a hash at the present cost comes back if the old one was
    /// made at another.
    pub async fn verify(
        &self,
        _place: &Place,
        hash: Option<String>,
        password: SecretString,
    ) -> Outcome<Verified> {
        let passwords = Arc::clone(&self.passwords);
        let work = move || {
            let right = passwords.verify(hash.as_deref(), &password);
            let stale = right && hash.as_deref().is_some_and(|hash| passwords.needs_rehash(hash));
            let renewed = if stale { passwords.hash(&password).ok() } else { None };
            Verified { right, renewed }
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| Fault::internal("hashing was cut short"))
    }

    /// Hashes a new password.
    pub async fn hash(&self, password: SecretString) -> Outcome<String> {
        let _place = self.place().await?;
        let passwords = Arc::clone(&self.passwords);
        tokio::task::spawn_blocking(move || passwords.hash(&password))
            .await
            .map_err(|_| Fault::internal("hashing was cut short"))?
    }

    /// Whether a password is one of those that were hashed; all are looked at, whichever it is.
    pub async fn is_one_of(&self, hashes: Vec<String>, password: SecretString) -> Outcome<bool> {
        let _place = self.place().await?;
        let work = move || hashes.iter().filter(|hash| auth::password::verify(hash, &password)).count() > 0;
        tokio::task::spawn_blocking(work).await.map_err(|_| Fault::internal("hashing was cut short"))
    }

    /// Hashes a new password on the thread that asks: for commands.
    pub fn hash_here(&self, password: &SecretString) -> Outcome<String> {
        self.passwords.hash(password)
    }
}

/// What verifying came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Whether the password is the one.
    pub right: bool,
    /// A fresh hash to store, if the old one was made at another cost.
    pub renewed: Option<String>,
}
