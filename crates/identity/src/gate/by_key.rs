//! From an API key to the actor: looked up once and remembered like a verified token, and forgotten with the next change of its
//! account's rights or keys.

use std::sync::Arc;

use kernel::id::ApiKey as ApiKeyKind;
use kernel::{Actor, Id, Instant, Outcome};
use moka::sync::Cache;

use super::Gate;
use super::actors::{Known, actor_of, enrolled};
use crate::error::SIGNED_OUT;
use crate::service::{api_keys, by_key};
use crate::store::{api_keys as store, users};

/// Uses of one key within so long are told to the database once.
const NOTE_SECONDS: i64 = 60;
const KEYS: u64 = 100_000;

/// When the use of each key was last told to the database.
#[derive(Debug)]
pub struct Uses(Cache<Id<ApiKeyKind>, Instant>);

impl Default for Uses {
    fn default() -> Self {
        Self(Cache::new(KEYS))
    }
}

impl Uses {
    /// Whether a use at this moment is to be told.
    fn is_news(&self, key: Id<ApiKeyKind>, now: Instant) -> bool {
        let told = self.0.get(&key).is_some_and(|told| now < told.plus_seconds(NOTE_SECONDS));
        if !told {
            self.0.insert(key, now);
        }
        !told
    }
}

impl Gate {
    /// The actor behind an API key, with the rights of this moment. Unknown, expired and revoked are one answer.
    pub(super) async fn actor_by_key(&self, token: &str) -> Outcome<Arc<Actor>> {
        let now = self.db.clock().now();
        let known = self.tokens.get(token, now);
        self.catch_up().await?;
        if let Some(known) = &known
            && self.epochs.is_fresh(known.actor.user, known.loaded_at)
        {
            self.note_use(known.key, now);
            return Ok(Arc::clone(&known.actor));
        }
        let loaded_at = self.epochs.known();
        let (text, shared) = (token.to_owned(), self.services.clone());
        let loaded = self
            .db
            .read(move |tx| {
                let Some(key) = api_keys::of_token(tx, &text, now)? else { return Ok(None) };
                let Some(user) = users::find(tx, key.user_id)? else { return Ok(None) };
                let Some(actor) = actor_of(tx, Some(&shared.sets), user.id, now)? else { return Ok(None) };
                let actor = enrolled(tx, &shared, actor, now)?;
                let only = key.only();
                let mut grants = by_key::narrowed(actor.grants.to_vec(), only.as_ref());
                grants.push(by_key::mark(&user, now, only));
                Ok(Some((Actor { grants: grants.into(), ..actor }, key)))
            })
            .await?;
        let Some((actor, key)) = loaded else {
            self.tokens.remove(token);
            return Err(SIGNED_OUT.fault());
        };
        let actor = Arc::new(actor);
        let known = Known { actor: Arc::clone(&actor), loaded_at, key: Some(key.id) };
        self.tokens.insert(token, known, key.expires_at);
        self.note_use(Some(key.id), now);
        Ok(actor)
    }

    /// Tells the database that a key was used, aside from the request; if that fails, the next use tells it.
    fn note_use(&self, key: Option<Id<ApiKeyKind>>, now: Instant) {
        let Some(key) = key.filter(|key| self.keys_used.is_news(*key, now)) else { return };
        let db = self.db.clone();
        drop(tokio::spawn(async move {
            if let Err(fault) = db.write(move |tx| store::used(tx, key, now)).await {
                tracing::warn!(%fault, "the use of a key was not noted");
            }
        }));
    }
}
