//! The first administrator, and the way back in from the machine's shell. Nobody is signed in here: who may run a command on the
//! machine holds the database anyway. All of it is on the trail.

use contracts::UnitRef;
use kernel::error::{Fields, NOT_FOUND, OrRefuse};
use kernel::sql::Json;
use kernel::{BuiltinRole, Context, Id, Outcome};
use serde_json::json;
use storage::{Tx, audit};

use crate::error::ALREADY_FOUNDED;
use crate::model::{DISABLED, ENABLED, Grant, User};
use crate::service::builtin::role_id;
use crate::service::conflicts::{self, Held};
use crate::service::session::Door;
use crate::service::{accounts, api_keys, last_administrator, passwords, three};
use crate::store::{grants, sessions, state, users};

/// Makes the first account and makes it platform administrator of the tree below `root`; refused once there is an
/// administrator. The password was checked and hashed before.
pub fn first_administrator(
    tx: &mut Tx<'_>,
    door: Door<'_>,
    login: &str,
    display_name: &str,
    password_hash: &str,
    root: &UnitRef,
) -> Outcome<User> {
    let mut fields = Fields::default();
    let login = accounts::check_login(login, &mut fields);
    fields.name("/display_name", display_name, 1, 100);
    fields.finish()?;
    state::lock(tx)?;
    if last_administrator::is_there(tx, door.now)? {
        return Err(ALREADY_FOUNDED.fault());
    }
    let user = User {
        id: door.ids.id(),
        login,
        display_name: display_name.trim().to_owned(),
        unit_id: root.id,
        unit_path: root.path.clone(),
        status: ENABLED.to_owned(),
        password_hash: Some(password_hash.to_owned()),
        must_change_password: false,
        failed_count: 0,
        last_failed_at: None,
        created_at: door.now,
        version: 1,
    };
    users::insert(tx, &user)?;
    passwords::note(tx, door.ids, user.id, password_hash, door.now)?;
    trail(tx, door, "identity.user.created", "user", user.id.uuid(), json!({ "by": "shell" }))?;
    give(tx, door, &user, BuiltinRole::PlatformAdmin, root, "the first administrator")?;
    Ok(user)
}

/// Sets a password from the shell, enables and unlocks the account and ends its sessions and API keys.
pub fn reset_password(
    tx: &mut Tx<'_>,
    door: Door<'_>,
    login: &str,
    password_hash: &str,
    must_change: bool,
) -> Outcome<User> {
    state::lock(tx)?;
    let user = users::find_by_login(tx, &crate::model::fold_login(login))?.or_refuse(&NOT_FOUND)?;
    let was_disabled = user.status == DISABLED;
    let user = User {
        status: ENABLED.to_owned(),
        password_hash: Some(password_hash.to_owned()),
        must_change_password: must_change,
        failed_count: 0,
        last_failed_at: None,
        ..user
    };
    let version = user.version;
    users::update(tx, &user, version)?;
    passwords::note(tx, door.ids, user.id, password_hash, door.now)?;
    sessions::end_all(tx, user.id, None, door.now)?;
    let keys = api_keys::end_all(tx, door, &user, None, "the password was set from the shell")?;
    state::bump(tx, Some(user.id), door.now)?;
    let after = json!({ "by": "shell", "was_disabled": was_disabled, "keys_ended": keys });
    trail(tx, door, "identity.user.password_set", "user", user.id.uuid(), after)?;
    Ok(User { version: version + 1, ..user })
}

/// Gives a built-in role from the shell: the recovery when nobody is left who could.
pub fn grant_role(
    tx: &mut Tx<'_>,
    door: Door<'_>,
    login: &str,
    role: BuiltinRole,
    unit: &UnitRef,
    reason: &str,
) -> Outcome<Grant> {
    state::lock(tx)?;
    let user = users::find_by_login(tx, &crate::model::fold_login(login))?.or_refuse(&NOT_FOUND)?;
    give(tx, door, &user, role, unit, reason)
}

fn give(
    tx: &mut Tx<'_>,
    door: Door<'_>,
    user: &User,
    role: BuiltinRole,
    unit: &UnitRef,
    reason: &str,
) -> Outcome<Grant> {
    three::refuse_meeting(tx, door.now, user.id, role_id(role))?;
    // The shell is the machine's owner: what needs a second person elsewhere does not here; what is forbidden is.
    let held = Held {
        user: user.id,
        role: role_id(role),
        path: &unit.path,
        from: door.now,
        until: None,
        itself: None,
    };
    let clashes = conflicts::clashes(tx, door.now, held)?;
    conflicts::refuse(tx, &clashes, false)?;
    let grant = Grant {
        id: door.ids.id(),
        user_id: user.id,
        role_id: role_id(role),
        unit_id: unit.id,
        unit_path: unit.path.clone(),
        subtree: true,
        valid_from: door.now,
        valid_until: None,
        reason: reason.to_owned(),
        ticket: None,
        granted_by: None,
        granted_under: Json(json!([])),
        created_at: door.now,
        revoked_at: None,
        revoked_by: None,
        revoke_reason: None,
        version: 1,
        awaits_approval: false,
        notice_due_at: None,
    };
    grants::insert(tx, &grant)?;
    state::bump(tx, Some(user.id), door.now)?;
    let after =
        json!({ "user": user.id, "role": role.name(), "unit": unit.id, "by": "shell", "reason": reason });
    trail(tx, door, "identity.grant.given", "grant", grant.id.uuid(), after)?;
    Ok(grant)
}

fn trail(
    tx: &mut Tx<'_>,
    door: Door<'_>,
    action: &str,
    kind: &str,
    object: uuid::Uuid,
    after: serde_json::Value,
) -> Outcome<()> {
    let entry = audit::Entry {
        action,
        object_kind: kind,
        object: Some(object),
        unit: None,
        before: None,
        after: Some(after),
    };
    audit::record_as(tx, None, door.now, door.request_id, door.ids.id(), entry)
}

/// A context without rights, for commands that call other domains' deeds: nobody's id, no grants.
pub fn shell(door: Door<'_>, ids: std::sync::Arc<dyn kernel::IdGen>) -> Context {
    let actor = kernel::Actor {
        user: Id::from_uuid(uuid::Uuid::nil()),
        display_name: "shell".into(),
        session: None,
        grants: std::sync::Arc::new([]),
    };
    Context { actor: std::sync::Arc::new(actor), now: door.now, request_id: door.request_id.into(), ids }
}
