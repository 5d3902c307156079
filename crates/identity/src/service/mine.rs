//! What the actor may ask about themselves.

use std::collections::BTreeMap;

use kernel::error::{NOT_FOUND, OrRefuse, STALE};
use kernel::id::Unit;
use kernel::{Context, Id, Outcome, Root};
use serde_json::json;
use storage::{Tx, audit};

use crate::error::WRONG_PASSWORD;
use crate::model::{Role, User};
use crate::service::{Services, ceiling, passwords, roles};
use crate::store::{api_keys, sessions, state, users};

/// The actor's own account.
pub fn account(tx: &mut Tx<'_>, ctx: &Context) -> Outcome<User> {
    users::find(tx, ctx.actor.user)?.or_refuse(&NOT_FOUND)
}

/// What the actor may do: each permission with the places where it holds. With a unit: what holds there.
pub fn permissions(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    unit: Option<Id<Unit>>,
) -> Outcome<BTreeMap<&'static str, Vec<Root>>> {
    let path = match unit {
        Some(id) => Some(shared.tree.unit(tx, id)?.or_refuse(&NOT_FOUND)?.path),
        None => None,
    };
    let mut all = BTreeMap::new();
    for permission in shared.catalogue.iter() {
        let roots = ctx.actor.scope(permission, false, ctx.now).roots;
        let roots: Vec<Root> =
            roots.into_iter().filter(|root| path.as_ref().is_none_or(|path| root.covers(path))).collect();
        if permission.everyone || !roots.is_empty() {
            all.insert(permission.name, roots);
        }
    }
    Ok(all)
}

/// The roles that the actor could give at a unit.
pub fn grantable(tx: &mut Tx<'_>, ctx: &Context, shared: &Services, unit: Id<Unit>) -> Outcome<Vec<Role>> {
    let unit = shared.tree.unit(tx, unit)?.or_refuse(&NOT_FOUND)?;
    let actor = ceiling::as_of_now(tx, ctx)?;
    roles::grantable(tx, ctx, &actor, &unit.path)
}

/// Changes the actor's own password from the one whose hash was verified; ends the actor's other sessions. Their API keys go on,
/// and the list of them marks which are older than the password.
pub fn change_password(tx: &mut Tx<'_>, ctx: &Context, verified: &str, new_hash: &str) -> Outcome<User> {
    state::lock(tx)?;
    let user = users::find_locked(tx, ctx.actor.user)?.or_refuse(&NOT_FOUND)?;
    if user.password_hash.as_deref() != Some(verified) {
        return Err(WRONG_PASSWORD.fault());
    }
    let version = user.version;
    let user = User {
        password_hash: Some(new_hash.to_owned()),
        must_change_password: false,
        failed_count: 0,
        last_failed_at: None,
        ..user
    };
    if !users::update(tx, &user, version)? {
        return Err(STALE.fault());
    }
    passwords::note(tx, ctx.ids.as_ref(), user.id, new_hash, ctx.now)?;
    let ended = sessions::end_all(tx, user.id, ctx.actor.session, ctx.now)?;
    let kept = api_keys::live(tx, user.id, ctx.now)?;
    state::bump(tx, Some(user.id), ctx.now)?;
    let entry = audit::Entry {
        action: "identity.user.password_changed",
        object_kind: "user",
        object: Some(user.id.uuid()),
        unit: Some(user.unit_id),
        before: None,
        after: Some(json!({ "sessions_ended": ended, "keys_kept": kept })),
    };
    audit::record(tx, ctx, entry)?;
    Ok(User { version: version + 1, ..user })
}
