//! Sessions: opened by a sign-in, kept up by refresh tokens, ended by their owner, by whoever disables the account, or by reuse.

use auth::{Family, Presented, RefreshVerdict};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::{Session as SessionKind, User as UserKind};
use kernel::permission::Permit;
use kernel::{Context, Fault, Id, IdGen, Instant, Outcome};
use secrecy::SecretString;
use serde_json::json;
use storage::{Tx, audit};

use crate::model::sign_in::outcome;
use crate::model::{Session, User};
use crate::permission::{ManageSessions, ReadSessions};
use crate::service::policies;
use crate::service::sign_ins::{self, Note};
use crate::store::{sessions, state, users};
use crate::visit::Visit;

/// How long a session lasts, however often it is refreshed.
pub const LIFE_DAYS: i64 = 30;

/// What a deed needs that may have nobody signed in: the moment, the request, fresh ids.
#[derive(Clone, Copy)]
pub struct Door<'a> {
    /// The moment the request is judged at.
    pub now: Instant,
    /// The request's id.
    pub request_id: &'a str,
    /// Fresh ids.
    pub ids: &'a dyn IdGen,
}

impl<'a> Door<'a> {
    /// Where somebody signed in stands.
    pub fn of(ctx: &'a Context) -> Self {
        Self { now: ctx.now, request_id: &ctx.request_id, ids: ctx.ids.as_ref() }
    }
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

/// Opens a session for an account that proved itself by `method`, and forgets its wrong passwords.
pub fn open(tx: &mut Tx<'_>, door: Door<'_>, visit: &Visit, user: &User, method: &str) -> Outcome<Opened> {
    let id = door.ids.id();
    let days = i64::from(policies::load(tx)?.sessions.life_days).min(LIFE_DAYS);
    let family = Family::start(id, door.now, door.now.plus_days(days))?;
    let session = Session {
        device: visit.device.clone(),
        place: visit.place.clone(),
        method: method.to_owned(),
        ..row(&family, user.id, door.now, None)
    };
    sessions::insert(tx, &session)?;
    if user.failed_count != 0 {
        users::set_failures(tx, user.id, auth::Failures::default())?;
    }
    let note = Note {
        user: Some(user.id),
        login_digest: None,
        outcome: outcome::SIGNED_IN,
        method,
        session: Some(id),
    };
    sign_ins::note(tx, door.ids, door.now, visit, note)?;
    trail(tx, door, user, id, "identity.session.opened")?;
    Ok(Opened { session: id, user: user.clone(), refresh_token: family.token() })
}

/// Keeps a session up; `None`: the token is worth nothing. What reuse does to the session is committed, so it is no fault.
pub fn refresh(
    tx: &mut Tx<'_>,
    door: Door<'_>,
    visit: &Visit,
    presented: &Presented,
) -> Outcome<Option<Opened>> {
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
            let note = Note {
                user: Some(user.id),
                login_digest: None,
                outcome: outcome::TOKEN_REUSED,
                method: &session.method,
                session: Some(session.id),
            };
            sign_ins::note(tx, door.ids, door.now, visit, note)?;
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
    end(tx, ctx, session, None)
}

/// Ends all of the actor's own sessions but the present one.
pub fn end_others(tx: &mut Tx<'_>, ctx: &Context) -> Outcome<()> {
    for one in own(tx, ctx)? {
        if Some(one.id) != ctx.actor.session {
            end_own(tx, ctx, one.id)?;
        }
    }
    Ok(())
}

/// Signs out: ends the actor's present session.
pub fn sign_out(tx: &mut Tx<'_>, ctx: &Context, visit: &Visit) -> Outcome<()> {
    let Some(id) = ctx.actor.session else { return Ok(()) };
    let Some(session) = sessions::find_locked(tx, id)?.filter(|session| session.revoked_at.is_none()) else {
        return Ok(());
    };
    let note = Note {
        user: Some(session.user_id),
        login_digest: None,
        outcome: outcome::SIGNED_OUT,
        method: &session.method,
        session: Some(id),
    };
    sign_ins::note(tx, &*ctx.ids, ctx.now, visit, note)?;
    end(tx, ctx, session, None)
}

/// Ends somebody's session, of a unit where the actor may; counts on the next request.
pub fn end_anothers(tx: &mut Tx<'_>, ctx: &Context, id: Id<SessionKind>) -> Outcome<()> {
    let owner = match sessions::find(tx, id)? {
        Some(session) => users::find_locked(tx, session.user_id)?,
        None => None,
    };
    let owner = owner
        .filter(|owner| ctx.actor.may(ReadSessions::PERMISSION, &owner.unit_path, ctx.now))
        .or_refuse(&NOT_FOUND)?;
    ctx.require_at(ManageSessions::PERMISSION, owner.unit_id, &owner.unit_path)?;
    let session = sessions::find_locked(tx, id)?.or_refuse(&NOT_FOUND)?;
    if session.revoked_at.is_some() {
        return Ok(());
    }
    end(tx, ctx, session, Some(&owner))
}

fn end(tx: &mut Tx<'_>, ctx: &Context, session: Session, of: Option<&User>) -> Outcome<()> {
    let (id, user) = (session.id, session.user_id);
    sessions::update(tx, &Session { revoked_at: Some(ctx.now), ..session })?;
    state::bump(tx, Some(user), ctx.now)?;
    let entry = audit::Entry {
        action: "identity.session.ended",
        object_kind: "session",
        object: Some(id.uuid()),
        unit: of.map(|user| user.unit_id),
        before: None,
        after: of.map(|user| json!({ "user": user.id })),
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
        device: String::new(),
        place: String::new(),
        method: String::new(),
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
