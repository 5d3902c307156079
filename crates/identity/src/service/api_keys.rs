//! API keys: what a program signs in with. Of a machine, made by whoever could act as it; of a person, made by themselves and
//! never worth more than they. Shown once, kept as a hash, over after a year at the latest.
//!
//! Whoever knew a password may have made keys with it. So a person's keys end when their password is set by somebody else, by a
//! code or from the shell, and when they leave. Their own change of it keeps them: a program does not stop because its owner
//! is careful; the list marks those that are older than the password.

use auth::one_time::{self, KEY_PREFIX, Minted};
use kernel::error::{FIELD_RANGE, FIELD_UNKNOWN_REFERENCE, Fields, NOT_FOUND, OrRefuse, STALE};
use kernel::id::{ApiKey as ApiKeyKind, User as UserKind};
use kernel::permission::Permit;
use kernel::sql::Json;
use kernel::{Context, Id, Instant, Outcome};
use secrecy::SecretString;
use serde_json::json;
use storage::{Tx, audit};

use crate::error::{KEY_IS_OVER, SIGNED_OUT, TOO_MANY_KEYS, USER_DISABLED};
use crate::model::User;
use crate::model::sign_in::ApiKey;
use crate::permission::{ManageMachines, ReadMachines};
use crate::service::accounts;
use crate::service::deeds::Reach;
use crate::service::session::{self, Door};
use crate::service::{Services, by_key, machines, second_factor};
use crate::store::{api_keys, state, users};

/// Days a key holds unless told otherwise.
pub const DAYS: i64 = 90;
/// Days a key holds at most.
pub const MOST_DAYS: i64 = 366;
/// Hours that a rotated key lives on at most.
pub const MOST_OVERLAP_HOURS: i64 = 72;
/// Live keys that an account may have.
pub const MOST_KEYS: i64 = 50;

/// A key to be made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewKey {
    /// What its maker calls it.
    pub name: String,
    /// Days it holds; `None`: [`DAYS`].
    pub days: Option<i64>,
    /// The only permissions it carries; `None`: all that the account holds.
    pub only: Option<Vec<String>>,
}

/// A key just made, and the token, which is shown once.
#[derive(Debug, Clone)]
pub struct Made {
    /// What is kept.
    pub key: ApiKey,
    /// What is shown.
    pub token: SecretString,
}

/// Makes a key for a machine: refused unless the actor could give what it holds, since whoever has the key acts as it.
pub fn create(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    machine: Id<UserKind>,
    new: &NewKey,
) -> Outcome<Made> {
    by_key::refuse(ctx)?;
    check(shared, new)?;
    let (user, _) = machines::managed(tx, ctx, shared, machine, Reach::Over)?;
    machines::refuse_outlasting(tx, ctx, shared, user.id, ends(ctx, new.days))?;
    make(tx, ctx, &user, new)
}

/// Makes a key for the actor themselves; they proved themselves before.
pub fn create_own(tx: &mut Tx<'_>, ctx: &Context, shared: &Services, new: &NewKey) -> Outcome<Made> {
    check(shared, new)?;
    let user = second_factor::own(tx, ctx)?;
    // Their proof was asked for before this transaction: a password that was set meanwhile ended the session.
    if let Some(session) = ctx.actor.session
        && !session::is_open(tx, session, user.id, ctx.now)?
    {
        return Err(SIGNED_OUT.fault());
    }
    make(tx, ctx, &user, new)
}

fn check(shared: &Services, new: &NewKey) -> Outcome<()> {
    let mut fields = Fields::default();
    fields.text("/name", &new.name, 1, 100);
    check_days(new.days, &mut fields);
    let unknown = |name: &String| shared.permission(name).is_none() || by_key::is_out_of_reach(name);
    if let Some(stranger) = new.only.iter().flatten().find(|name| unknown(name)) {
        fields.bad("/permissions", &FIELD_UNKNOWN_REFERENCE, Some(stranger.chars().take(100).collect()));
    }
    fields.finish()
}

fn check_days(days: Option<i64>, fields: &mut Fields) {
    if days.is_some_and(|days| !(1..=MOST_DAYS).contains(&days)) {
        fields.bad("/expires_in_days", &FIELD_RANGE, Some(format!("1 to {MOST_DAYS}")));
    }
}

/// Until when a key made now holds.
fn ends(ctx: &Context, days: Option<i64>) -> Instant {
    ctx.now.plus_days(days.unwrap_or(DAYS))
}

fn make(tx: &mut Tx<'_>, ctx: &Context, user: &User, new: &NewKey) -> Outcome<Made> {
    if !user.is_enabled() {
        return Err(USER_DISABLED.fault());
    }
    if api_keys::live(tx, user.id, ctx.now)? >= MOST_KEYS {
        return Err(TOO_MANY_KEYS.fault());
    }
    let Minted { token, handle, hash } = one_time::mint(KEY_PREFIX)?;
    let key = ApiKey {
        id: ctx.id(),
        user_id: user.id,
        name: new.name.trim().to_owned(),
        handle,
        hash,
        permissions: new.only.as_ref().map(|only| Json(json!(only))),
        created_by: Some(ctx.actor.user),
        created_at: ctx.now,
        expires_at: ends(ctx, new.days),
        last_used_at: None,
        rotated_at: None,
        revoked_at: None,
        revoked_by: None,
        revoke_reason: None,
        version: 1,
    };
    api_keys::insert(tx, &key)?;
    let after = json!({
        "user": user.id, "prefix": key.handle, "expires_at": key.expires_at, "permissions": new.only,
    });
    trail(tx, ctx, "identity.key.created", user, key.id, after)?;
    Ok(Made { key, token })
}

/// Puts a fresh key in the place of a machine's; the old one lives on for some hours, so that nothing stands still.
pub fn rotate(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    id: Id<ApiKeyKind>,
    overlap_hours: i64,
    days: Option<i64>,
) -> Outcome<Made> {
    by_key::refuse(ctx)?;
    let mut fields = Fields::default();
    if !(0..=MOST_OVERLAP_HOURS).contains(&overlap_hours) {
        fields.bad("/overlap_hours", &FIELD_RANGE, Some(format!("0 to {MOST_OVERLAP_HOURS}")));
    }
    check_days(days, &mut fields);
    fields.finish()?;
    state::lock(tx)?;
    let old = api_keys::find_locked(tx, id)?.or_refuse(&NOT_FOUND)?;
    let (user, _) = machines::managed(tx, ctx, shared, old.user_id, Reach::Over)?;
    machines::refuse_outlasting(tx, ctx, shared, user.id, ends(ctx, days))?;
    if !old.is_live(ctx.now) || old.rotated_at.is_some() {
        return Err(KEY_IS_OVER.fault());
    }
    let new =
        NewKey { name: old.name.clone(), days, only: old.only().map(|only| only.into_iter().collect()) };
    let made = make(tx, ctx, &user, &new)?;
    let end = ctx.now.plus_seconds(overlap_hours * 3_600).min(old.expires_at);
    let version = old.version;
    let old = ApiKey { expires_at: end, rotated_at: Some(ctx.now), ..old };
    if !api_keys::update(tx, &old, version)? {
        return Err(STALE.fault());
    }
    state::bump(tx, Some(user.id), ctx.now)?;
    trail(tx, ctx, "identity.key.rotated", &user, old.id, json!({ "to": made.key.id, "until": end }))?;
    Ok(made)
}

/// Revokes a key, a machine's or a person's, of a unit where the actor manages machines. Counts on the next request.
pub fn revoke(tx: &mut Tx<'_>, ctx: &Context, id: Id<ApiKeyKind>, reason: &str) -> Outcome<ApiKey> {
    accounts::check_reason(reason)?;
    state::lock(tx)?;
    let key = api_keys::find_locked(tx, id)?.or_refuse(&NOT_FOUND)?;
    let user = users::find(tx, key.user_id)?
        .filter(|user| ctx.actor.may(ReadMachines::PERMISSION, &user.unit_path, ctx.now))
        .or_refuse(&NOT_FOUND)?;
    ctx.require_at(ManageMachines::PERMISSION, user.unit_id, &user.unit_path)?;
    end(tx, ctx, &user, key, reason)
}

/// Revokes one of the actor's own keys.
pub fn revoke_own(tx: &mut Tx<'_>, ctx: &Context, id: Id<ApiKeyKind>) -> Outcome<()> {
    let user = second_factor::own(tx, ctx)?;
    state::lock(tx)?;
    let key = api_keys::find_locked(tx, id)?.filter(|key| key.user_id == user.id).or_refuse(&NOT_FOUND)?;
    if key.revoked_at.is_some() {
        return Ok(());
    }
    end(tx, ctx, &user, key, "by its owner").map(drop)
}

fn end(tx: &mut Tx<'_>, ctx: &Context, user: &User, key: ApiKey, reason: &str) -> Outcome<ApiKey> {
    if key.revoked_at.is_some() {
        return Err(KEY_IS_OVER.fault());
    }
    let key = put_to_end(tx, Door::of(ctx), user, Some(ctx.actor.user), key, reason)?;
    state::bump(tx, Some(user.id), ctx.now)?;
    Ok(key)
}

/// Ends all keys of an account, each with its line on the trail, and answers how many. The account is locked and the caller notes
/// the change of rights.
pub(crate) fn end_all(
    tx: &mut Tx<'_>,
    door: Door<'_>,
    user: &User,
    by: Option<Id<UserKind>>,
    reason: &str,
) -> Outcome<usize> {
    let live = api_keys::live_locked(tx, user.id, door.now)?;
    let ended = live.len();
    for key in live {
        put_to_end(tx, door, user, by, key, reason)?;
    }
    Ok(ended)
}

/// Ends the keys of a machine that somebody made: they know them.
pub(crate) fn end_made_by(
    tx: &mut Tx<'_>,
    ctx: &Context,
    machine: &User,
    maker: Id<UserKind>,
    reason: &str,
) -> Outcome<()> {
    let live = api_keys::live_locked(tx, machine.id, ctx.now)?;
    for key in live.into_iter().filter(|key| key.created_by == Some(maker)) {
        put_to_end(tx, Door::of(ctx), machine, Some(ctx.actor.user), key, reason)?;
    }
    state::bump(tx, Some(machine.id), ctx.now).map(drop)
}

fn put_to_end(
    tx: &mut Tx<'_>,
    door: Door<'_>,
    user: &User,
    by: Option<Id<UserKind>>,
    key: ApiKey,
    reason: &str,
) -> Outcome<ApiKey> {
    let version = key.version;
    let key = ApiKey {
        revoked_at: Some(door.now),
        revoked_by: by,
        revoke_reason: Some(reason.trim().to_owned()),
        ..key
    };
    if !api_keys::update(tx, &key, version)? {
        return Err(STALE.fault());
    }
    let after = json!({ "user": user.id, "prefix": key.handle, "reason": reason.trim() });
    let entry = entry("identity.key.revoked", user, key.id, after);
    audit::record_as(tx, by, door.now, door.request_id, door.ids.id(), entry)?;
    Ok(ApiKey { version: version + 1, ..key })
}

/// The key of a token, if it opens anything at this moment. Unknown, expired and revoked take the same way to the same answer.
pub fn of_token(tx: &mut Tx<'_>, token: &str, now: Instant) -> Outcome<Option<ApiKey>> {
    let found = match one_time::handle(KEY_PREFIX, token) {
        Some(handle) => api_keys::find_by_handle(tx, handle)?,
        None => None,
    };
    let right = one_time::matches(token, found.as_ref().map(|key| key.hash.as_str()));
    Ok(found.filter(|key| right && key.is_live(now)))
}

fn trail(
    tx: &mut Tx<'_>,
    ctx: &Context,
    action: &str,
    user: &User,
    key: Id<ApiKeyKind>,
    after: serde_json::Value,
) -> Outcome<()> {
    audit::record(tx, ctx, entry(action, user, key, after))
}

fn entry<'a>(
    action: &'a str,
    user: &User,
    key: Id<ApiKeyKind>,
    after: serde_json::Value,
) -> audit::Entry<'a> {
    audit::Entry {
        action,
        object_kind: "api_key",
        object: Some(key.uuid()),
        unit: Some(user.unit_id),
        before: None,
        after: Some(after),
    }
}
