//! From a token to the actor. What was loaded about somebody is used again until a change of rights has touched them: each
//! request asks for the newest epoch, one query for all requests in flight.

use std::collections::BTreeSet;
use std::sync::Arc;

use auth::{Claims, TokenFault, TokenRules};
use kernel::id::{ApiKey, Session as SessionKind, User as UserKind};
use kernel::{Actor, HeldGrant, Id, Instant, Outcome, UnitPath};
use storage::Tx;

use super::Gate;
use crate::error::{PASSWORD_CHANGE_REQUIRED, SECOND_FACTOR_REQUIRED, SIGNED_OUT};
use crate::service::held::{self, RoleSets, Which};
use crate::service::{Services, second_factor, session};
use crate::store::{state, users};

/// Changes read at once; whoever has missed more loads everything anew.
const CATCH_UP: i64 = 10_000;

/// What is remembered of a verified token.
#[derive(Debug, Clone)]
pub struct Known {
    pub(super) actor: Arc<Actor>,
    pub(super) loaded_at: i64,
    /// The API key, if it was one.
    pub(super) key: Option<Id<ApiKey>>,
}

impl Gate {
    /// The actor behind an access token, with the rights of this moment.
    pub async fn actor(&self, token: &str) -> Outcome<Arc<Actor>> {
        if token.starts_with(auth::one_time::KEY_PREFIX) {
            return self.actor_by_key(token).await;
        }
        let now = self.db.clock().now();
        let known = self.tokens.get(token, now);
        let claims = match &known {
            // A remembered token has been verified, and is forgotten when it runs out.
            Some(_) => None,
            None => Some(self.verify(&self.settings.tokens, token, now).await?),
        };
        self.catch_up().await?;
        if let Some(known) = &known
            && self.epochs.is_fresh(known.actor.user, known.loaded_at)
        {
            return Ok(Arc::clone(&known.actor));
        }
        let claims = match claims {
            Some(claims) => claims,
            None => self.verify(&self.settings.tokens, token, now).await?,
        };
        self.load(token, &claims, now).await
    }

    /// Hears of all changes up to now.
    pub(super) async fn catch_up(&self) -> Outcome<()> {
        let newest = self.newest.ask().await?;
        let known = self.epochs.known();
        if newest <= known {
            return Ok(());
        }
        let changes = self.db.read(move |tx| state::changes_since(tx, known, CATCH_UP)).await?;
        // Every epoch has one line. If one is missing, it was purged, and there is no telling whom it touched.
        let whole = changes.first().is_some_and(|(first, _)| *first == known + 1)
            && changes.last().is_some_and(|(last, _)| *last >= newest);
        if whole {
            self.epochs.note_changes(&changes);
        } else {
            self.epochs.forget_all(newest);
        }
        Ok(())
    }

    /// What a token of these rules says.
    pub(super) async fn verify(&self, rules: &TokenRules, token: &str, now: Instant) -> Outcome<Claims> {
        let ring = self.ring.get(&self.db).await?;
        match rules.verify(&ring, token, now) {
            Ok(claims) => Ok(claims),
            Err(TokenFault::UnknownKey) => {
                let newer = self.ring.again(&self.db).await?;
                newer.and_then(|ring| rules.verify(&ring, token, now).ok()).ok_or_else(|| SIGNED_OUT.fault())
            }
            Err(_) => Err(SIGNED_OUT.fault()),
        }
    }

    async fn load(&self, token: &str, claims: &Claims, now: Instant) -> Outcome<Arc<Actor>> {
        let Some((actor, loaded_at)) = self.load_session(claims.sub, claims.sid, now).await? else {
            self.tokens.remove(token);
            return Err(SIGNED_OUT.fault());
        };
        if let Some(expires_at) = claims.expires_at() {
            self.tokens.insert(token, Known { actor: Arc::clone(&actor), loaded_at, key: None }, expires_at);
        }
        Ok(actor)
    }

    /// The account behind a session that is open, and the epoch it was loaded at.
    pub(super) async fn load_session(
        &self,
        user: Id<UserKind>,
        session: Id<SessionKind>,
        now: Instant,
    ) -> Outcome<Option<(Arc<Actor>, i64)>> {
        let loaded_at = self.epochs.known();
        let shared = self.services.clone();
        let loaded = self
            .db
            .read(move |tx| {
                if !session::is_open(tx, session, user, now)? {
                    return Ok(None);
                }
                let Some(actor) = actor_of(tx, Some(&shared.sets), user, now)? else { return Ok(None) };
                let actor = enrolled(tx, &shared, actor, now)?;
                Ok(Some(Actor { session: Some(session), ..actor }))
            })
            .await?;
        Ok(loaded.map(|actor| (Arc::new(actor), loaded_at)))
    }
}

/// The account with its grants, if it is enabled. Whoever must choose a new password first has none.
pub fn actor_of(
    tx: &mut Tx<'_>,
    sets: Option<&RoleSets>,
    id: Id<UserKind>,
    now: Instant,
) -> Outcome<Option<Actor>> {
    let Some(user) = users::find(tx, id)?.filter(crate::model::User::is_enabled) else { return Ok(None) };
    let grants = if user.must_change_password {
        vec![waiting(PASSWORD_CHANGE_REQUIRED.code, now, user.unit_id, user.unit_path)]
    } else {
        held::of(tx, sets, id, Which::NotOver(now))?
    };
    Ok(Some(Actor { user: id, display_name: user.display_name.into(), session: None, grants: grants.into() }))
}

/// The actor, without any grant if they must set up a second factor first.
pub fn enrolled(tx: &mut Tx<'_>, shared: &Services, actor: Actor, now: Instant) -> Outcome<Actor> {
    if must_change_password(&actor) || !second_factor::must_enrol(tx, shared, actor.user, &actor.grants)? {
        return Ok(actor);
    }
    let Some(user) = users::find(tx, actor.user)? else { return Ok(actor) };
    let mark = waiting(SECOND_FACTOR_REQUIRED.code, now, user.unit_id, user.unit_path);
    Ok(Actor { grants: Arc::new([mark]), ..actor })
}

/// What an actor holds who must do something else first: a grant that carries nothing, by which the guard knows them.
fn waiting(what: &'static str, now: Instant, unit: Id<kernel::id::Unit>, path: UnitPath) -> HeldGrant {
    HeldGrant {
        id: Id::from_uuid(uuid::Uuid::nil()),
        role: Id::from_uuid(uuid::Uuid::nil()),
        role_name: what.into(),
        unit,
        path,
        subtree: false,
        from: now,
        until: None,
        permissions: Arc::new(BTreeSet::new()),
        gives_all: false,
    }
}

/// Whether the actor may do nothing before they have chosen a new password.
pub fn must_change_password(actor: &Actor) -> bool {
    actor.grants.iter().any(|grant| &*grant.role_name == PASSWORD_CHANGE_REQUIRED.code)
}

/// Whether the actor may do nothing before they have set up a second factor.
pub fn must_enrol(actor: &Actor) -> bool {
    actor.grants.iter().any(|grant| &*grant.role_name == SECOND_FACTOR_REQUIRED.code)
}
