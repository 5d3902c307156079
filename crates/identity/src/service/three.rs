//! System, security and audit administration never meet in one person (三员分立).

use std::collections::BTreeSet;

use kernel::id::{Role as RoleKind, User};
use kernel::{BuiltinRole, Fault, Id, Instant, Outcome, Permission};
use storage::Tx;

use crate::error::ADMINISTRATORS_ARE_THREE;
use crate::permission::{ExplainAccess, ReadGrants, ReadRoles, ReadUsers};
use crate::service::builtin::role_id;
use crate::service::held::{self, Which};
use crate::service::machines;
use crate::store::{grants, roles};

/// The built-in role of this id.
fn builtin(id: Id<RoleKind>) -> Option<BuiltinRole> {
    BuiltinRole::ALL.into_iter().find(|role| role_id(*role) == id)
}

/// Whether two roles must not meet in one person.
pub fn clash(a: BuiltinRole, b: BuiltinRole) -> bool {
    // Who founds a realm or runs a unit may join accounts and grants in themselves, and so never the trail of both.
    let joins_and_audits = |a, b| {
        matches!((a, b), (BuiltinRole::PlatformAdmin | BuiltinRole::UnitAdmin, BuiltinRole::AuditAdmin))
    };
    (a != b && a.is_one_of_three() && b.is_one_of_three()) || joins_and_audits(a, b) || joins_and_audits(b, a)
}

/// What everybody among the three may see of rights.
const READING: [&str; 4] = [ReadUsers::NAME, ReadRoles::NAME, ReadGrants::NAME, ExplainAccess::NAME];

/// The built-in roles that must not meet in one person with one that carries this permission.
pub fn apart_from(permission: &Permission) -> Vec<BuiltinRole> {
    if READING.contains(&permission.name) {
        return Vec::new();
    }
    let parts: Vec<_> = permission.roles.iter().copied().filter(|role| role.is_one_of_three()).collect();
    BuiltinRole::ALL.into_iter().filter(|role| parts.iter().any(|part| clash(*part, *role))).collect()
}

/// Which of the three a role counts as: a built-in one as itself; a custom one as each whose work its permissions are (to
/// read rights is nobody's alone).
fn counts_as(tx: &mut Tx<'_>, id: Id<RoleKind>) -> Outcome<Vec<BuiltinRole>> {
    if let Some(role) = builtin(id) {
        return Ok(vec![role]);
    }
    let names = roles::permissions_of(tx, id)?;
    parts_of(tx, &names)
}

/// Whose work of the three these permissions are.
fn parts_of(tx: &mut Tx<'_>, names: &BTreeSet<String>) -> Outcome<Vec<BuiltinRole>> {
    let mut parts = Vec::new();
    for part in BuiltinRole::ALL.into_iter().filter(|role| role.is_one_of_three()) {
        let work = roles::permissions_of(tx, role_id(part))?;
        if names.intersection(&work).any(|name| !READING.contains(&name.as_str())) {
            parts.push(part);
        }
    }
    Ok(parts)
}

/// What must not meet in one person and would in a custom role of these permissions: nobody could ever hold it.
pub fn within_itself(tx: &mut Tx<'_>, names: &BTreeSet<String>) -> Outcome<Option<serde_json::Value>> {
    let parts = parts_of(tx, names)?;
    Ok(meeting(&parts, &parts, true).map(told))
}

/// Refuses a role to somebody who holds, or will hold, one that must not meet with it, wherever that is; what a person and the
/// machines they answer for hold counts as one. A custom role is
/// judged by what it carries. Like a unit's administrator it may join accounts and grants in itself; the trail with neither.
pub fn refuse_meeting(tx: &mut Tx<'_>, now: Instant, user: Id<User>, role: Id<RoleKind>) -> Outcome<()> {
    let wanted = counts_as(tx, role)?;
    if wanted.is_empty() {
        return Ok(());
    }
    let mut others = BTreeSet::new();
    for account in machines::together(tx, user)? {
        others.extend(held::of(tx, None, account, Which::NotOver(now))?.iter().map(|grant| grant.role));
    }
    for other in others.into_iter().chain([role]) {
        refuse_pair(tx, role, &wanted, other)?;
    }
    Ok(())
}

/// Refuses what a role would become by an edit, if somebody who holds it holds one besides that must not meet with it. It looks for
/// those roles' holders and not through the role's own: however many hold it.
pub fn refuse_edit(
    tx: &mut Tx<'_>,
    now: Instant,
    role: Id<RoleKind>,
    names: &BTreeSet<String>,
) -> Outcome<()> {
    let wanted = parts_of(tx, names)?;
    if wanted.is_empty() || !grants::is_held(tx, role, None, now)? {
        return Ok(());
    }
    let mut apart = Vec::new();
    for other in roles::all_ids(tx)?.into_iter().filter(|other| *other != role) {
        match refuse_pair(tx, role, &wanted, other) {
            Ok(()) => {}
            Err(Fault::Refused(_)) => apart.push(other),
            Err(fault) => return Err(fault),
        }
    }
    match grants::held_beside(tx, role, &apart, now)? {
        None => Ok(()),
        Some(other) => refuse_pair(tx, role, &wanted, other),
    }
}

fn refuse_pair(
    tx: &mut Tx<'_>,
    role: Id<RoleKind>,
    wanted: &[BuiltinRole],
    other: Id<RoleKind>,
) -> Outcome<()> {
    let both_custom = builtin(role).is_none() && builtin(other).is_none();
    match meeting(wanted, &counts_as(tx, other)?, both_custom) {
        None => Ok(()),
        Some(pair) => Err(ADMINISTRATORS_ARE_THREE.refusal().with("conflict", told(pair)).into()),
    }
}

/// Two that must not meet. Where both come by custom roles only the trail is kept apart.
fn meeting(
    wanted: &[BuiltinRole],
    held: &[BuiltinRole],
    both_custom: bool,
) -> Option<(BuiltinRole, BuiltinRole)> {
    let audits = |role: BuiltinRole| matches!(role, BuiltinRole::AuditAdmin);
    let pairs = held.iter().flat_map(|has| wanted.iter().map(|wanted| (*wanted, *has)));
    pairs.into_iter().find(|(a, b)| clash(*a, *b) && (audits(*a) || audits(*b) || !both_custom))
}

/// The pair as a refusal names it.
fn told((a, b): (BuiltinRole, BuiltinRole)) -> serde_json::Value {
    serde_json::json!({ "roles": [a.name(), b.name()], "where": "anywhere", "mode": "forbid" })
}

/// Permissions that more than one of the three would hold; none, if the plugins keep to the rule. Checked at start.
pub fn shared(catalogue: &[&'static Permission]) -> Vec<&'static str> {
    catalogue
        .iter()
        .filter(|p| p.roles.iter().filter(|role| role.is_one_of_three()).count() > 1)
        .map(|p| p.name)
        .collect()
}
