//! Tickets for streams: signed like access tokens and by the same keys, so that every gateway knows them, for another audience, so
//! that neither is ever taken for the other.

use std::sync::Arc;

use auth::{Issued, KeyRing, TokenRules};
use kernel::{Actor, Context, Fault, Id, Outcome};

use super::Gate;
use super::actors::Known;
use crate::error::{SIGNED_OUT, TICKET_REFUSED};
use crate::store::tickets;

/// How long a stream may be begun with a ticket.
pub const LIFE_SECONDS: i64 = 60;
/// How long after its end a spent ticket is still known: longer than any two gateways' clocks are apart.
const FORGET_AFTER_SECONDS: i64 = 3_600;
/// How long what was looked up is used again while no right has changed; a session that has run out is found out by then.
const LOOK_AGAIN_SECONDS: i64 = 60;

/// A ticket for whoever is asking, bound to the session they came by.
pub fn issue(ctx: &Context, rules: &TokenRules, ring: &KeyRing) -> Outcome<Issued> {
    let session = ctx.actor.session.ok_or_else(|| SIGNED_OUT.fault())?;
    rules.issue(ring, ctx.actor.user, session, ctx.ids.uuid(), ctx.now)
}

impl Gate {
    /// The ring to sign with.
    pub async fn signing_ring(&self) -> Outcome<Arc<KeyRing>> {
        self.ring.fresh(&self.db).await
    }

    /// What tickets are issued and judged by.
    pub fn ticket_rules(&self) -> TokenRules {
        let tokens = &self.settings.tokens;
        TokenRules {
            issuer: tokens.issuer.clone(),
            audience: format!("{}/streams", tokens.audience),
            life_seconds: LIFE_SECONDS,
        }
    }

    /// The actor who got this ticket, with the rights of this moment. It is spent by it, at every gateway.
    pub async fn redeem_for_stream(&self, ticket: &str) -> Outcome<Arc<Actor>> {
        let now = self.db.clock().now();
        let refused = |fault: Fault| match fault {
            Fault::Refused(_) => TICKET_REFUSED.fault(),
            trouble => trouble,
        };
        let claims = self.verify(&self.ticket_rules(), ticket, now).await.map_err(refused)?;
        self.catch_up().await?;
        let loaded = self.load_session(claims.sub, claims.sid, now).await?;
        let (actor, _) = loaded.ok_or_else(|| TICKET_REFUSED.fault())?;
        let (ticket, ends) = (Id::from_uuid(claims.jti), claims.expires_at().unwrap_or(now));
        let forgotten = now.plus_seconds(-FORGET_AFTER_SECONDS);
        let good = self
            .db
            .write(move |tx| {
                tickets::forget(tx, forgotten)?;
                tickets::spend(tx, ticket, ends)
            })
            .await?;
        if good { Ok(actor) } else { Err(TICKET_REFUSED.fault()) }
    }

    /// Somebody who came by a session before, as they are now.
    pub async fn again(&self, actor: &Actor) -> Outcome<Arc<Actor>> {
        let session = actor.session.ok_or_else(|| SIGNED_OUT.fault())?;
        let (key, now) = (session.to_string(), self.db.clock().now());
        self.catch_up().await?;
        if let Some(known) = self.sessions.get(&key, now)
            && known.actor.user == actor.user
            && self.epochs.is_fresh(actor.user, known.loaded_at)
        {
            return Ok(known.actor);
        }
        let Some((actor, loaded_at)) = self.load_session(actor.user, session, now).await? else {
            self.sessions.remove(&key);
            return Err(SIGNED_OUT.fault());
        };
        let known = Known { actor: Arc::clone(&actor), loaded_at, key: None };
        self.sessions.insert(&key, known, now.plus_seconds(LOOK_AGAIN_SECONDS));
        Ok(actor)
    }
}
