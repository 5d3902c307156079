//! Roles that must not meet in one person: the rules, and the one question that every write that ends in a grant asks.

use std::collections::{BTreeMap, BTreeSet};

use kernel::error::{FIELD_CHOICE, FIELD_UNKNOWN_REFERENCE, Fields, INVALID, NOT_FOUND, OrRefuse};
use kernel::id::{Grant as GrantKind, Role as RoleKind, RoleConflict as ConflictKind, User as UserKind};
use kernel::permission::Permit;
use kernel::{Context, Id, Instant, Outcome, Refusal, UnitPath};
use serde_json::json;
use storage::{Tx, audit};

use crate::error::ROLES_CONFLICT;
use crate::model::Role;
use crate::model::conflict::{Mode, Place, RoleConflict};
use crate::permission::ManageRoles;
use crate::service::{Services, roles as custom};
use crate::store::{conflicts, roles, state};

/// A rule to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewConflict {
    /// One role.
    pub a: Id<RoleKind>,
    /// The other.
    pub b: Id<RoleKind>,
    /// Where they must not meet.
    pub place: Place,
    /// How strictly.
    pub mode: Mode,
    /// Why.
    pub reason: String,
}

/// A role about to be held somewhere for a time.
#[derive(Debug, Clone, Copy)]
pub struct Held<'a> {
    /// By whom.
    pub user: Id<UserKind>,
    /// Which.
    pub role: Id<RoleKind>,
    /// Where.
    pub path: &'a UnitPath,
    /// From when.
    pub from: Instant,
    /// Until when.
    pub until: Option<Instant>,
    /// The grant itself, where it is there already.
    pub itself: Option<Id<GrantKind>>,
}

/// A rule that stands in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    /// The rule.
    pub conflict: RoleConflict,
    /// The grant that the person holds, or will.
    pub with: Id<GrantKind>,
}

/// The rules that a role about to be held would break, each once: against what its holder holds or will, where times overlap.
pub fn clashes(tx: &mut Tx<'_>, now: Instant, held: Held<'_>) -> Outcome<Vec<Clash>> {
    let rules = conflicts::of_role(tx, held.role)?;
    if rules.is_empty() {
        return Ok(Vec::new());
    }
    let others: BTreeSet<_> = rules.iter().map(|rule| rule.other(held.role)).collect();
    let there = conflicts::held_of(tx, held.user, &others.into_iter().collect::<Vec<_>>(), now)?;
    let overlap = |from: Instant, until: Option<Instant>| {
        held.until.is_none_or(|end| from < end) && until.is_none_or(|end| held.from < end)
    };
    Ok(rules
        .into_iter()
        .filter_map(|conflict| {
            let with = there.iter().find(|grant| {
                grant.role_id == conflict.other(held.role)
                    && held.itself != Some(grant.id)
                    && overlap(grant.valid_from, grant.valid_until)
                    && conflict.place().meets(&grant.unit_path, held.path)
            })?;
            Some(Clash { with: with.id, conflict })
        })
        .collect())
}

/// The refusal that names a pair.
pub fn refusal(tx: &mut Tx<'_>, conflict: &RoleConflict) -> Outcome<Refusal> {
    Ok(ROLES_CONFLICT.refusal().with("conflict", told(tx, conflict)?))
}

/// The pair as a refusal names it.
fn told(tx: &mut Tx<'_>, conflict: &RoleConflict) -> Outcome<serde_json::Value> {
    let named = roles::find_all(tx, &[conflict.role_a_id, conflict.role_b_id])?;
    let mut names: Vec<String> = named.into_iter().map(|role| role.name).collect();
    names.sort_unstable();
    Ok(json!({ "roles": names, "where": conflict.place, "mode": conflict.mode }))
}

/// Two roles that must not meet, where these permissions hold both sides: all that the one allows and the other does not, and the
/// other way round. Whatever the rule's place, one grant would join them at one unit.
pub fn within_itself(tx: &mut Tx<'_>, names: &BTreeSet<String>) -> Outcome<Option<serde_json::Value>> {
    let rules = conflicts::all(tx)?;
    let ids: BTreeSet<_> = rules.iter().flat_map(|rule| [rule.role_a_id, rule.role_b_id]).collect();
    let carried = roles::permissions_of_all(tx, &ids.into_iter().collect::<Vec<_>>())?;
    let none = BTreeSet::new();
    let of = |role| carried.get(&role).unwrap_or(&none);
    let holds_side = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
        let mut side = one.difference(other).peekable();
        side.peek().is_some() && side.all(|name| names.contains(name))
    };
    let met = rules.iter().find(|rule| {
        let (a, b) = (of(rule.role_a_id), of(rule.role_b_id));
        holds_side(a, b) && holds_side(b, a)
    });
    met.map(|rule| told(tx, rule)).transpose()
}

/// Refuses what a rule forbids; with `strictly`, what would need a second person too: where nobody is asked.
pub fn refuse(tx: &mut Tx<'_>, clashes: &[Clash], strictly: bool) -> Outcome<()> {
    match clashes.iter().find(|clash| strictly || clash.conflict.mode() == Mode::Forbid) {
        None => Ok(()),
        Some(clash) => Err(refusal(tx, &clash.conflict)?.into()),
    }
}

/// Makes a rule. What is held already stays, and is listed as a violation.
pub fn create(tx: &mut Tx<'_>, ctx: &Context, shared: &Services, new: &NewConflict) -> Outcome<RoleConflict> {
    let mut fields = Fields::default();
    fields.text("/reason", &new.reason, 2, 500);
    if new.a == new.b {
        fields.bad("/role_b_id", &FIELD_CHOICE, Some("two different roles".to_owned()));
    }
    fields.finish()?;
    state::lock(tx)?;
    for (pointer, id) in [("/role_a_id", new.a), ("/role_b_id", new.b)] {
        let role = roles::find(tx, id)?
            .filter(|role| !role.retired && custom::is_visible(ctx, role))
            .ok_or_else(|| INVALID.refusal().at(pointer, &FIELD_UNKNOWN_REFERENCE))?;
        require_over(tx, ctx, shared, &role)?;
    }
    let (first, second) = if new.a < new.b { (new.a, new.b) } else { (new.b, new.a) };
    let conflict = RoleConflict {
        id: ctx.id(),
        role_a_id: first,
        role_b_id: second,
        place: new.place.name().to_owned(),
        mode: new.mode.name().to_owned(),
        reason: new.reason.trim().to_owned(),
        created_by: ctx.actor.user,
        created_at: ctx.now,
    };
    conflicts::insert(tx, &conflict)?;
    trail(tx, ctx, "identity.conflict.created", &conflict)?;
    Ok(conflict)
}

/// Removes a rule.
pub fn remove(tx: &mut Tx<'_>, ctx: &Context, shared: &Services, id: Id<ConflictKind>) -> Outcome<()> {
    state::lock(tx)?;
    let conflict = conflicts::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    let pair = roles::find_all(tx, &[conflict.role_a_id, conflict.role_b_id])?;
    if !pair.iter().all(|role| custom::is_visible(ctx, role)) {
        return Err(NOT_FOUND.fault());
    }
    for role in &pair {
        require_over(tx, ctx, shared, role)?;
    }
    if !conflicts::delete(tx, id)? {
        return Err(NOT_FOUND.fault());
    }
    trail(tx, ctx, "identity.conflict.removed", &conflict)
}

/// By permission, the names of the roles that must not meet with one that carries it, of the rules whose roles the actor may see.
pub fn by_permission(tx: &mut Tx<'_>, ctx: &Context) -> Outcome<BTreeMap<String, BTreeSet<String>>> {
    let rules = conflicts::all(tx)?;
    let ids: BTreeSet<_> = rules.iter().flat_map(|rule| [rule.role_a_id, rule.role_b_id]).collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let seen: BTreeMap<_, _> = roles::find_all(tx, &ids)?
        .into_iter()
        .filter(|role| custom::is_visible(ctx, role))
        .map(|role| (role.id, role.name))
        .collect();
    let carried = roles::permissions_of_all(tx, &ids)?;
    let mut apart: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for rule in &rules {
        let (Some(a), Some(b)) = (seen.get(&rule.role_a_id), seen.get(&rule.role_b_id)) else { continue };
        for (role, other) in [(rule.role_a_id, b), (rule.role_b_id, a)] {
            for name in carried.get(&role).into_iter().flatten() {
                apart.entry(name.clone()).or_default().insert(other.clone());
            }
        }
    }
    Ok(apart)
}

/// A rule about a role binds everybody who gives it: who makes one manages roles wherever the role can be given.
fn require_over(tx: &mut Tx<'_>, ctx: &Context, shared: &Services, role: &Role) -> Outcome<()> {
    match (role.unit_id, &role.unit_path) {
        (Some(unit), Some(path)) => ctx.require_at(ManageRoles::PERMISSION, unit, path),
        _ => {
            for root in shared.tree.roots(tx)?.iter().filter(|root| !root.closed) {
                ctx.require_at(ManageRoles::PERMISSION, root.id, &root.path)?;
            }
            Ok(())
        }
    }
}

fn trail(tx: &mut Tx<'_>, ctx: &Context, action: &str, conflict: &RoleConflict) -> Outcome<()> {
    let is = json!({
        "roles": [conflict.role_a_id, conflict.role_b_id], "where": conflict.place, "mode": conflict.mode,
        "reason": conflict.reason,
    });
    let gone = action.ends_with("removed");
    let entry = audit::Entry {
        action,
        object_kind: "role_conflict",
        object: Some(conflict.id.uuid()),
        unit: None,
        before: gone.then(|| is.clone()),
        after: (!gone).then_some(is),
    };
    audit::record(tx, ctx, entry)
}
