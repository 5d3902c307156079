//! Sessions: opened by a sign-in, kept up by refresh tokens, ended by their owner, by whoever disables the account, or by reuse.

use auth::{Family, Presented, RefreshVerdict};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::{Session as SessionKind, User as UserKind};
use kernel::{Context, Fault, Id, IdGen, Instant, Outcome};
use secrecy::SecretString;
use serde_json::json;
use storage::{Tx, audit};

use crate::model::{Session, User};
use crate::service::policies;
use crate::store::{sessions, state, users};

/// How long a session lasts, however often it is refreshed.
pub const LIFE_DAYS: i64 = 30;

/// What happens without anybody signed in yet: the moment, the request, fresh ids.
#[derive(Clone, Copy)]
pub struct Door<'a> {
    /// The moment the request is judged at.
    pub now: Instant,
    /// The request's id.
    pub request_id: &'a str,
    /// Fresh ids.
    pub ids: &'a dyn IdGen,
}

/// A session just opened or kept up, and the refresh token that goes with it.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The session.
    pub session: Id<SessionKind>,
    /// The account.
    pub user: User,
    /// The refresh token.
    pub refresh_token: SecretString,
}

/// Opens a session for an account whose password was right, and forgets its wrong passwords.
pub fn open(tx: &mut Tx<'_>, door: Door<'_>, user: &User) -> Outcome<Opened> {
    let id = door.ids.id();
    let days = i64::from(policies::load(tx)?.sessions.life_days).min(LIFE_DAYS);
    let family = Family::start(id, door.now, door.now.plus_days(days))?;
    sessions::insert(tx, &row(&family, user.id, door.now, None))?;
    if user.failed_count != 0 {
        users::set_failures(tx, user.id, auth::Failures::default())?;
    }
    trail(tx, door, user, id, "identity.session.opened")?;
    Ok(Opened { session: id, user: user.clone(), refresh_token: family.token() })
}

/// Keeps a session up; `None`: the token is worth nothing. What reuse does to the session is committed, so it is no fault.
pub fn refresh(tx: &mut Tx<'_>, door: Door<'_>, presented: &Presented) -> Outcome<Option<Opened>> {
    let Some(session) = sessions::find_locked(tx, presented.session())? else { return Ok(None) };
    let Some(user) = users::find(tx, session.user_id)?.filter(User::is_enabled) else { return Ok(None) };
    if !within_policy(tx, &session, door.now)? {
        return Ok(None);
    }
    let (verdict, family) = family(&session)?.present(presented, door.now);
    match verdict {
        RefreshVerdict::Rotate | RefreshVerdict::ReplaySameAnswer => {
            sessions::update(
                tx,
                &Session { last_used_at: door.now, ..row(&family, user.id, session.created_at, None) },
            )?;
            Ok(Some(Opened { session: session.id, user, refresh_token: family.token() }))
        }
        RefreshVerdict::Reuse => {
            let ended = Some(door.now);
            let last_used_at = session.last_used_at;
            sessions::update(
                tx,
                &Session { last_used_at, ..row(&family, user.id, session.created_at, ended) },
            )?;
            state::bump(tx, Some(user.id), door.now)?;
            trail(tx, door, &user, session.id, "identity.session.reused")?;
            Ok(None)
        }
        RefreshVerdict::Expired | RefreshVerdict::Revoked | RefreshVerdict::Forged => Ok(None),
    }
}

/// Ends one of the actor's own sessions.
pub fn end_own(tx: &mut Tx<'_>, ctx: &Context, id: Id<SessionKind>) -> Outcome<()> {
    let session = sessions::find_locked(tx, id)?
        .filter(|session| session.user_id == ctx.actor.user)
        .or_refuse(&NOT_FOUND)?;
    if session.revoked_at.is_some() {
        return Ok(());
    }
    sessions::update(tx, &Session { revoked_at: Some(ctx.now), ..session })?;
    state::bump(tx, Some(ctx.actor.user), ctx.now)?;
    let entry = audit::Entry {
        action: "identity.session.ended",
        object_kind: "session",
        object: Some(id.uuid()),
        unit: None,
        before: None,
        after: None,
    };
    audit::record(tx, ctx, entry)
}

/// The actor's sessions that have not ended, newest first. No token is in them.
pub fn own(tx: &mut Tx<'_>, ctx: &Context) -> Outcome<Vec<Session>> {
    sessions::open_of(tx, ctx.actor.user, ctx.now)
}

/// Whether the session still lets its owner in.
pub fn is_open(tx: &mut Tx<'_>, id: Id<SessionKind>, user: Id<UserKind>, now: Instant) -> Outcome<bool> {
    let session = sessions::find(tx, id)?;
    match session.filter(|s| s.user_id == user && s.revoked_at.is_none() && now < s.expires_at) {
        Some(session) => within_policy(tx, &session, now),
        None => Ok(false),
    }
}

/// Whether a session lasts by what the realm demands now, which may be stricter than when it began.
fn within_policy(tx: &mut Tx<'_>, session: &Session, now: Instant) -> Outcome<bool> {
    let policy = policies::load(tx)?.sessions;
    let life = session.created_at.plus_days(i64::from(policy.life_days));
    let idle = session.last_used_at.plus_seconds(i64::from(policy.idle_minutes).saturating_mul(60));
    Ok(now < life && now < idle)
}

fn family(session: &Session) -> Outcome<Family> {
    let secret = URL_SAFE_NO_PAD
        .decode(&session.secret)
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| Fault::internal("a session's secret cannot be read"))?;
    Ok(Family {
        session: session.id,
        secret,
        generation: session.generation,
        rotated_at: session.rotated_at,
        replayable: session.replayable,
        given_again: session.given_again,
        confirmed: session.confirmed,
        expires_at: session.expires_at,
        revoked: session.revoked_at.is_some(),
    })
}

fn row(family: &Family, user: Id<UserKind>, created_at: Instant, revoked_at: Option<Instant>) -> Session {
    Session {
        id: family.session,
        user_id: user,
        secret: URL_SAFE_NO_PAD.encode(family.secret),
        generation: family.generation,
        rotated_at: family.rotated_at,
        replayable: family.replayable,
        given_again: family.given_again,
        confirmed: family.confirmed,
        expires_at: family.expires_at,
        revoked_at,
        created_at,
        last_used_at: created_at,
    }
}

fn trail(
    tx: &mut Tx<'_>,
    door: Door<'_>,
    user: &User,
    session: Id<SessionKind>,
    action: &str,
) -> Outcome<()> {
    let entry = audit::Entry {
        action,
        object_kind: "session",
        object: Some(session.uuid()),
        unit: None,
        before: None,
        after: Some(json!({ "user": user.id })),
    };
    audit::record_as(tx, Some(user.id), door.now, door.request_id, door.ids.id(), entry)
}
