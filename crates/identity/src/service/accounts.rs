//! Accounts: made, changed, disabled, enabled, unlocked, given a new password.

use kernel::error::{FIELD_CHARACTERS, FIELD_UNKNOWN_REFERENCE, Fields, INVALID, NOT_FOUND, OrRefuse, STALE};
use kernel::id::{Unit, User as UserKind};
use kernel::permission::Permit;
use kernel::text::is_unseen;
use kernel::{Context, Id, Outcome, Permission};
use serde_json::json;
use storage::{Tx, audit};

use crate::error::UNIT_CLOSED;
use crate::model::{DISABLED, ENABLED, User, fold_login};
use crate::permission::{ManageUsers, ReadUsers};
use crate::service::deeds::{self, Deed, Reach, Standing};
use crate::service::session::Door;
use crate::service::{Services, api_keys, by_key, last_administrator, passwords};
use crate::store::{sessions, state, users};

/// An account to be made. The password was checked and hashed before the transaction.
#[derive(Clone)]
pub struct NewUser {
    /// What it signs in with.
    pub login: String,
    /// The name shown.
    pub display_name: String,
    /// The unit it belongs to.
    pub unit: Id<Unit>,
    /// The first password's hash; it must be changed at the first sign-in.
    pub password_hash: Option<String>,
}

/// What changes of an account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserChange {
    /// The name shown.
    pub display_name: Option<String>,
    /// The unit it belongs to.
    pub unit: Option<Id<Unit>>,
}

/// The account of this id, if the actor holds `permission` at its home unit.
pub fn visible(tx: &mut Tx<'_>, ctx: &Context, id: Id<UserKind>, permission: &Permission) -> Outcome<User> {
    users::find(tx, id)?
        .filter(|user| ctx.actor.may(permission, &user.unit_path, ctx.now))
        .or_refuse(&NOT_FOUND)
}

/// The account, behind the lock on rights, if the actor manages it: for deeds on what hangs on it.
pub(crate) fn beside(tx: &mut Tx<'_>, ctx: &Context, shared: &Services, id: Id<UserKind>) -> Outcome<User> {
    about_to(tx, ctx, shared, id, Deed::HandOver)
}

/// The account, behind the lock on rights, if the actor may let it go.
pub(crate) fn leaving(tx: &mut Tx<'_>, ctx: &Context, shared: &Services, id: Id<UserKind>) -> Outcome<User> {
    about_to(tx, ctx, shared, id, Deed::Offboard)
}

/// Makes an account; it may do nothing but look after itself until somebody grants it a role.
pub fn create(tx: &mut Tx<'_>, ctx: &Context, shared: &Services, new: &NewUser) -> Outcome<User> {
    let mut fields = Fields::default();
    let login = check_login(&new.login, &mut fields);
    fields.name("/display_name", &new.display_name, 1, 100);
    fields.finish()?;
    state::lock(tx)?;
    let unit = home(tx, ctx, shared, new.unit)?;
    let user = User {
        id: ctx.id(),
        login,
        display_name: new.display_name.trim().to_owned(),
        unit_id: unit.id,
        unit_path: unit.path,
        status: ENABLED.to_owned(),
        password_hash: new.password_hash.clone(),
        must_change_password: new.password_hash.is_some(),
        failed_count: 0,
        last_failed_at: None,
        created_at: ctx.now,
        version: 1,
    };
    users::insert(tx, &user)?;
    if let Some(hash) = &user.password_hash {
        passwords::note(tx, ctx.ids.as_ref(), user.id, hash, ctx.now)?;
    }
    trail(tx, ctx, "identity.user.created", &user, None, Some(json!({ "unit": user.unit_id })))?;
    Ok(user)
}

/// A login as it is stored; notes what is wrong with it.
pub fn check_login(login: &str, fields: &mut Fields) -> String {
    let folded = fold_login(login);
    fields.text("/login", &folded, 3, 64);
    // Some fillers are letters to Unicode, and still nobody sees them.
    let sound = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '@' | '+');
    if folded.chars().any(|c| !sound(c) || is_unseen(c)) {
        fields.bad("/login", &FIELD_CHARACTERS, Some("letters, digits and . _ - @ +".to_owned()));
    }
    folded
}

/// A unit that an account may belong to, where the actor manages accounts.
pub(crate) fn home(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    id: Id<Unit>,
) -> Outcome<contracts::UnitRef> {
    let unit = shared
        .tree
        .unit(tx, id)?
        .ok_or_else(|| INVALID.refusal().at("/unit_id", &FIELD_UNKNOWN_REFERENCE))?;
    ctx.require_at(ManageUsers::PERMISSION, unit.id, &unit.path)?;
    if unit.closed { Err(UNIT_CLOSED.fault()) } else { Ok(unit) }
}

/// Changes the name or the home unit.
pub fn change(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    id: Id<UserKind>,
    version: i64,
    change: &UserChange,
) -> Outcome<User> {
    let mut fields = Fields::default();
    if let Some(name) = &change.display_name {
        fields.name("/display_name", name, 1, 100);
    }
    fields.finish()?;
    let reach = if change.unit.is_some() { Reach::Over } else { Reach::Beside };
    let mut user = managed(tx, ctx, shared, id, reach)?;
    let before = json!({ "unit": user.unit_id });
    if let Some(name) = &change.display_name {
        user.display_name = name.trim().to_owned();
    }
    if let Some(unit) = change.unit {
        let unit = home(tx, ctx, shared, unit)?;
        (user.unit_id, user.unit_path) = (unit.id, unit.path);
    }
    let after = json!({ "unit": user.unit_id, "renamed": change.display_name.is_some() });
    store(tx, ctx, user, version, "identity.user.changed", Some(before), after)
}

/// Disables an account: its sessions end, its next request is refused.
pub fn disable(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    id: Id<UserKind>,
    version: Option<i64>,
    reason: &str,
) -> Outcome<User> {
    check_reason(reason)?;
    let user = about_to(tx, ctx, shared, id, Deed::Disable)?;
    let version = version.unwrap_or(user.version);
    let ended = sessions::end_all(tx, id, None, ctx.now)?;
    let user = User { status: DISABLED.to_owned(), ..user };
    let after = json!({ "reason": reason.trim(), "sessions_ended": ended });
    let user = store(tx, ctx, user, version, "identity.user.disabled", None, after)?;
    last_administrator::refuse_if_gone(tx, ctx.now)?;
    Ok(user)
}

/// Enables an account again, with the grants it has.
pub fn enable(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    id: Id<UserKind>,
    version: Option<i64>,
    reason: &str,
) -> Outcome<User> {
    check_reason(reason)?;
    let user = about_to(tx, ctx, shared, id, Deed::Enable)?;
    let version = version.unwrap_or(user.version);
    let user = User { status: ENABLED.to_owned(), failed_count: 0, last_failed_at: None, ..user };
    store(tx, ctx, user, version, "identity.user.enabled", None, json!({ "reason": reason.trim() }))
}

/// Opens the door again that wrong passwords closed.
pub fn unlock(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    id: Id<UserKind>,
    version: Option<i64>,
    reason: &str,
) -> Outcome<User> {
    check_reason(reason)?;
    let user = about_to(tx, ctx, shared, id, Deed::Unlock)?;
    let version = version.unwrap_or(user.version);
    let user = User { failed_count: 0, last_failed_at: None, ..user };
    store(tx, ctx, user, version, "identity.user.unlocked", None, json!({ "reason": reason.trim() }))
}

/// Ends all sessions of an account: whoever has its tokens signs in again.
pub fn sign_out(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    id: Id<UserKind>,
    version: Option<i64>,
    reason: &str,
) -> Outcome<User> {
    check_reason(reason)?;
    let user = about_to(tx, ctx, shared, id, Deed::SignOut)?;
    let version = version.unwrap_or(user.version);
    let ended = sessions::end_all(tx, id, None, ctx.now)?;
    let after = json!({ "reason": reason.trim(), "sessions_ended": ended });
    store(tx, ctx, user, version, "identity.user.signed_out", None, after)
}

/// Sets another's password, already hashed; they must choose their own at the next sign-in, and their sessions and API keys end.
pub fn set_password(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    id: Id<UserKind>,
    version: Option<i64>,
    hash: &str,
    reason: &str,
) -> Outcome<User> {
    by_key::refuse(ctx)?;
    check_reason(reason)?;
    let user = about_to(tx, ctx, shared, id, Deed::SetPassword)?;
    let version = version.unwrap_or(user.version);
    let ended = sessions::end_all(tx, id, None, ctx.now)?;
    let user = User {
        password_hash: Some(hash.to_owned()),
        must_change_password: true,
        failed_count: 0,
        last_failed_at: None,
        ..user
    };
    passwords::note(tx, ctx.ids.as_ref(), id, hash, ctx.now)?;
    let (door, by) = (Door::of(ctx), Some(ctx.actor.user));
    let keys = api_keys::end_all(tx, door, &user, by, "the password was set by somebody else")?;
    let after = json!({ "reason": reason.trim(), "sessions_ended": ended, "keys_ended": keys });
    store(tx, ctx, user, version, "identity.user.password_set", None, after)
}

/// The account, locked, behind the lock on rights, if the actor manages it and may reach as far into it as that.
pub(crate) fn managed(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    id: Id<UserKind>,
    reach: Reach,
) -> Outcome<User> {
    let user = locked(tx, ctx, id)?;
    Standing::of(tx, ctx, shared, &[id])?.refuse_beyond(id, reach)?;
    Ok(user)
}

/// The account, locked, behind the lock on rights, if the actor manages it and may do this to it.
fn about_to(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    id: Id<UserKind>,
    deed: Deed,
) -> Outcome<User> {
    deeds::refuse_to_oneself(ctx, id, deed)?;
    let user = locked(tx, ctx, id)?;
    Standing::of(tx, ctx, shared, &[id])?.refuse(&user, deed)?;
    Ok(user)
}

fn locked(tx: &mut Tx<'_>, ctx: &Context, id: Id<UserKind>) -> Outcome<User> {
    state::lock(tx)?;
    let user = users::find_locked(tx, id)?
        .filter(|user| ctx.actor.may(ReadUsers::PERMISSION, &user.unit_path, ctx.now))
        .or_refuse(&NOT_FOUND)?;
    ctx.require_at(ManageUsers::PERMISSION, user.unit_id, &user.unit_path)?;
    Ok(user)
}

pub(crate) fn store(
    tx: &mut Tx<'_>,
    ctx: &Context,
    user: User,
    version: i64,
    action: &str,
    before: Option<serde_json::Value>,
    after: serde_json::Value,
) -> Outcome<User> {
    if !users::update(tx, &user, version)? {
        return Err(STALE.fault());
    }
    state::bump(tx, Some(user.id), ctx.now)?;
    trail(tx, ctx, action, &user, before, Some(after))?;
    Ok(User { version: version + 1, ..user })
}

pub(crate) fn check_reason(reason: &str) -> Outcome<()> {
    let mut fields = Fields::default();
    fields.text("/reason", reason, 2, 500);
    fields.finish()
}

fn trail(
    tx: &mut Tx<'_>,
    ctx: &Context,
    action: &str,
    user: &User,
    before: Option<serde_json::Value>,
    after: Option<serde_json::Value>,
) -> Outcome<()> {
    let (object, unit) = (Some(user.id.uuid()), Some(user.unit_id));
    audit::record(tx, ctx, audit::Entry { action, object_kind: "user", object, unit, before, after })
}
