//! Custom roles: each lives in a unit and is given only within it.

use std::collections::BTreeSet;

use auth::{Breach, Wanted};
use kernel::error::{FIELD_CHARACTERS, FIELD_UNKNOWN_REFERENCE, Fields, INVALID, NOT_FOUND, OrRefuse, STALE};
use kernel::id::{Role as RoleKind, Unit};
use kernel::permission::Permit;
use kernel::{Actor, Context, Fault, Id, Outcome, Refusal};
use serde_json::json;
use storage::{Tx, audit};

use crate::error::{
    ABOVE_CEILING, GRANT_TO_SELF, ROLE_AGAINST_ITSELF, ROLE_IN_USE, ROLE_IS_BUILTIN, UNIT_CLOSED,
};
use crate::model::Role;
use crate::permission::{ManageRoles, ReadRoles};
use crate::service::{Services, ceiling, conflicts, last_administrator, machines, three};
use crate::store::{grants, roles, state};

/// A role to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRole {
    /// Its name: snake_case.
    pub name: String,
    /// What people read, in English.
    pub label_en: String,
    /// What people read, in Chinese.
    pub label_zh: String,
    /// The unit it lives in.
    pub unit: Id<Unit>,
    /// What it allows.
    pub permissions: BTreeSet<String>,
}

/// What changes of a role.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoleChange {
    /// What people read, in English.
    pub label_en: Option<String>,
    /// What people read, in Chinese.
    pub label_zh: Option<String>,
    /// What it allows from now on.
    pub permissions: Option<BTreeSet<String>>,
}

/// Whether an actor may see a role: the built-in ones, those of units they may read and of units above those.
pub fn is_visible(ctx: &Context, role: &Role) -> bool {
    let Some(path) = &role.unit_path else { return true };
    let scope = ctx.actor.scope(ReadRoles::PERMISSION, false, ctx.now);
    scope.covers(path, None) || scope.roots.iter().any(|root| path.contains(&root.path))
}

/// Makes a role of permissions that the actor could give in its unit.
pub fn create(tx: &mut Tx<'_>, ctx: &Context, shared: &Services, new: &NewRole) -> Outcome<Role> {
    let mut fields = Fields::default();
    fields.text("/name", &new.name, 3, 60);
    if !new.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
        fields.bad("/name", &FIELD_CHARACTERS, Some("a-z, 0-9 and _".to_owned()));
    }
    fields.name("/label_en", &new.label_en, 1, 100);
    fields.name("/label_zh", &new.label_zh, 1, 100);
    check_names(shared, &new.permissions, &mut fields);
    fields.finish()?;
    state::lock(tx)?;
    let unit = shared
        .tree
        .unit(tx, new.unit)?
        .ok_or_else(|| INVALID.refusal().at("/unit_id", &FIELD_UNKNOWN_REFERENCE))?;
    ctx.require_at(ManageRoles::PERMISSION, unit.id, &unit.path)?;
    if unit.closed {
        return Err(UNIT_CLOSED.fault());
    }
    let wanted =
        Wanted::of_role(new.permissions.iter().map(String::as_str), false, &unit.path, true, ctx.now, None);
    ceiling::refuse_new_role(tx, ctx, &wanted)?;
    if let Some(refusal) = against_itself(tx, &new.permissions)? {
        return Err(refusal.into());
    }
    let role = Role {
        id: ctx.id(),
        name: new.name.clone(),
        label_en: new.label_en.trim().to_owned(),
        label_zh: new.label_zh.trim().to_owned(),
        builtin: false,
        unit_id: Some(unit.id),
        unit_path: Some(unit.path),
        gives_all: false,
        retired: false,
        created_at: ctx.now,
        version: 1,
    };
    roles::insert(tx, &role)?;
    roles::set_permissions(tx, role.id, &new.permissions)?;
    trail(
        tx,
        ctx,
        "identity.role.created",
        &role,
        None,
        Some(json!({ "name": role.name, "permissions": new.permissions })),
    )?;
    Ok(role)
}

/// Changes a role. What is added or removed must be the actor's to give, in the role's unit and wherever it was given; and
/// nobody adds to a role they hold.
pub fn edit(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    id: Id<RoleKind>,
    version: i64,
    change: &RoleChange,
) -> Outcome<Role> {
    let mut fields = Fields::default();
    if let Some(label) = &change.label_en {
        fields.name("/label_en", label, 1, 100);
    }
    if let Some(label) = &change.label_zh {
        fields.name("/label_zh", label, 1, 100);
    }
    if let Some(names) = &change.permissions {
        check_names(shared, names, &mut fields);
    }
    fields.finish()?;
    state::lock(tx)?;
    let role = managed(tx, ctx, id)?;
    let before = roles::permissions_of(tx, id)?;
    let after = change.permissions.clone().unwrap_or_else(|| before.clone());
    if after != before {
        let judged = judge_edit(tx, ctx, &role, &before, &after)?;
        if let Some(refusal) = judged.refusals.into_iter().next() {
            return Err(refusal.into());
        }
        roles::set_permissions(tx, id, &after)?;
    }
    let edited = Role {
        label_en: change.label_en.as_deref().map_or(role.label_en, |label| label.trim().to_owned()),
        label_zh: change.label_zh.as_deref().map_or(role.label_zh, |label| label.trim().to_owned()),
        ..role
    };
    if !roles::update(tx, &edited, version)? {
        return Err(STALE.fault());
    }
    if after != before {
        last_administrator::refuse_if_gone(tx, ctx.now)?;
    }
    // A role's version is part of what is kept of it, so even new labels touch everybody who holds it.
    state::bump(tx, None, ctx.now)?;
    let (was, is) = (json!({ "permissions": before }), json!({ "permissions": after }));
    trail(tx, ctx, "identity.role.changed", &edited, Some(was), Some(is))?;
    Ok(Role { version: version + 1, ..edited })
}

/// Retires a role that nobody holds or will hold.
pub fn retire(tx: &mut Tx<'_>, ctx: &Context, id: Id<RoleKind>, version: i64) -> Outcome<()> {
    state::lock(tx)?;
    let role = managed(tx, ctx, id)?;
    if grants::is_held(tx, id, None, ctx.now)? {
        return Err(ROLE_IN_USE.fault());
    }
    if !roles::update(tx, &Role { retired: true, ..role.clone() }, version)? {
        return Err(STALE.fault());
    }
    trail(tx, ctx, "identity.role.retired", &role, None, None)
}

/// The custom role of this id, if the actor may manage roles where it lives.
pub(crate) fn managed(tx: &mut Tx<'_>, ctx: &Context, id: Id<RoleKind>) -> Outcome<Role> {
    let role =
        roles::find(tx, id)?.filter(|role| !role.retired && is_visible(ctx, role)).or_refuse(&NOT_FOUND)?;
    let (Some(unit), Some(path)) = (role.unit_id, &role.unit_path) else {
        return Err(ROLE_IS_BUILTIN.fault());
    };
    ctx.require_at(ManageRoles::PERMISSION, unit, path)?;
    Ok(role)
}

/// What was found about an edit of a role.
#[derive(Debug, Default)]
pub struct EditJudgement {
    /// What the editor could not give of it.
    pub breaches: Vec<Breach>,
    /// Everything that refuses it, the first that is told first.
    pub refusals: Vec<Refusal>,
}

/// Judges what a role would allow in place of what it allows: for whoever edits it, or looks before. Nothing is written.
pub fn judge_edit(
    tx: &mut Tx<'_>,
    ctx: &Context,
    role: &Role,
    before: &BTreeSet<String>,
    after: &BTreeSet<String>,
) -> Outcome<EditJudgement> {
    if after == before {
        return Ok(EditJudgement::default());
    }
    let mut refusals = Vec::new();
    if after.difference(before).count() > 0 {
        for person in machines::behind(tx, ctx.actor.user)? {
            if grants::is_held(tx, role.id, Some(person), ctx.now)? {
                refusals.push(GRANT_TO_SELF.refusal());
                break;
            }
        }
    }
    let breaches = edit_breaches(tx, ctx, role, before, after)?;
    if !breaches.is_empty() {
        refusals.push(ABOVE_CEILING.refusal().with("breaches", ceiling::told(&breaches)));
    }
    refusals.extend(against_itself(tx, after)?);
    match three::refuse_edit(tx, ctx.now, role.id, after) {
        Ok(()) => {}
        Err(Fault::Refused(refusal)) => refusals.push(*refusal),
        Err(fault) => return Err(fault),
    }
    Ok(EditJudgement { breaches, refusals })
}

/// The refusal of a custom role that would join in itself what must not meet in one person: the work of two of the three
/// administrators, or what sets two roles apart that must not meet.
pub(crate) fn against_itself(tx: &mut Tx<'_>, names: &BTreeSet<String>) -> Outcome<Option<Refusal>> {
    let met = match three::within_itself(tx, names)? {
        Some(pair) => Some(pair),
        None => conflicts::within_itself(tx, names)?,
    };
    Ok(met.map(|pair| ROLE_AGAINST_ITSELF.refusal().with("conflict", pair)))
}

/// What an edit adds or removes and the editor could not give, where the role lives and wherever it is held or will be.
fn edit_breaches(
    tx: &mut Tx<'_>,
    ctx: &Context,
    role: &Role,
    before: &BTreeSet<String>,
    after: &BTreeSet<String>,
) -> Outcome<Vec<Breach>> {
    let changed: Vec<&str> = after.symmetric_difference(before).map(String::as_str).collect();
    let mut wanted = Vec::new();
    if let Some(path) = &role.unit_path {
        wanted.extend(Wanted::of_role(changed.iter().copied(), false, path, true, ctx.now, None));
    }
    let places = grants::places_of_role(tx, role.id, ctx.now)?;
    for place in &places {
        wanted.extend(Wanted::of_role(
            changed.iter().copied(),
            false,
            &place.unit_path,
            place.subtree,
            ctx.now,
            place.until,
        ));
    }
    ceiling::breaches(tx, ctx, &wanted)
}

pub(crate) fn check_names(shared: &Services, names: &BTreeSet<String>, fields: &mut Fields) {
    for name in names {
        if shared.permission(name).is_none_or(|p| p.everyone) {
            fields.bad("/permissions", &FIELD_UNKNOWN_REFERENCE, Some(name.chars().take(100).collect()));
        }
    }
    if names.is_empty() {
        fields.bad("/permissions", &kernel::error::FIELD_REQUIRED, None);
    }
}

fn trail(
    tx: &mut Tx<'_>,
    ctx: &Context,
    action: &str,
    role: &Role,
    before: Option<serde_json::Value>,
    after: Option<serde_json::Value>,
) -> Outcome<()> {
    let entry = audit::Entry {
        action,
        object_kind: "role",
        object: Some(role.id.uuid()),
        unit: role.unit_id,
        before,
        after,
    };
    audit::record(tx, ctx, entry)
}

/// The roles that the actor could give at a place, without an end.
pub fn grantable(
    tx: &mut Tx<'_>,
    ctx: &Context,
    actor: &Actor,
    path: &kernel::UnitPath,
) -> Outcome<Vec<Role>> {
    let all = roles::givable_at(tx, path)?;
    let ids: Vec<Id<RoleKind>> = all.iter().map(|role| role.id).collect();
    let names = roles::permissions_of_all(tx, &ids)?;
    Ok(all
        .into_iter()
        .filter(|role| {
            let allowed = names.get(&role.id).into_iter().flatten().map(String::as_str);
            let empty = names.get(&role.id).is_none_or(BTreeSet::is_empty);
            let allowed = allowed.chain(empty.then_some(crate::permission::ManageGrants::NAME));
            // For an hour, so that somebody whose own rights end one day sees what they may give until then.
            let until = Some(ctx.now.plus_seconds(3_600));
            let wanted = Wanted::of_role(allowed, role.gives_all, path, true, ctx.now, until);
            auth::ceiling(actor, ctx.now, &wanted, crate::permission::ManageGrants::NAME).is_empty()
        })
        .collect())
}
