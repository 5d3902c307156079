//! What an API key takes away: an actor who came by one has the account's rights, or fewer, and never its ways in.
//!
//! It is told by a mark among the grants, which never holds: the guard, the ceiling and the rules below find it there.

use std::collections::BTreeSet;
use std::sync::Arc;

use kernel::{Actor, Context, HeldGrant, Id, Instant, Outcome, Permission};

use crate::error::NOT_BY_KEY;
use crate::model::User;
use crate::permission::{ManageMachines, OwnPassword, OwnSecurity};

/// The mark of a key that carries all that the account holds.
const WHOLE: &str = "by_key";
/// The mark of a key that carries only what it lists.
const NARROW: &str = "by_narrow_key";

/// The mark for an account's key.
pub fn mark(user: &User, now: Instant, only: Option<BTreeSet<String>>) -> HeldGrant {
    HeldGrant {
        id: Id::from_uuid(uuid::Uuid::nil()),
        role: Id::from_uuid(uuid::Uuid::nil()),
        role_name: (if only.is_some() { NARROW } else { WHOLE }).into(),
        unit: user.unit_id,
        path: user.unit_path.clone(),
        subtree: false,
        from: now,
        // Over as soon as it begins: no check ever takes it for a right.
        until: Some(now),
        permissions: Arc::new(only.unwrap_or_default()),
        gives_all: false,
    }
}

fn find(actor: &Actor) -> Option<&HeldGrant> {
    actor
        .grants
        .iter()
        .find(|grant| matches!(&*grant.role_name, WHOLE | NARROW) && grant.until == Some(grant.from))
}

/// Whether the actor came by an API key.
pub fn came(actor: &Actor) -> bool {
    find(actor).is_some()
}

/// The only permissions that the actor's key carries; `None`: all of the account's.
fn only(actor: &Actor) -> Option<&BTreeSet<String>> {
    find(actor).filter(|mark| &*mark.role_name == NARROW).map(|mark| &*mark.permissions)
}

/// Grants as the key leaves them.
pub fn narrowed(grants: Vec<HeldGrant>, only: Option<&BTreeSet<String>>) -> Vec<HeldGrant> {
    let Some(only) = only else { return grants };
    let cut = |grant: HeldGrant| HeldGrant {
        permissions: Arc::new(grant.permissions.intersection(only).cloned().collect()),
        gives_all: false,
        ..grant
    };
    grants.into_iter().map(cut).collect()
}

/// Grants read anew for this actor, as their key leaves them.
pub fn as_it_came(actor: &Actor, grants: Vec<HeldGrant>) -> Vec<HeldGrant> {
    narrowed(grants, only(actor))
}

/// Whether a key may not use this permission at all, whatever its account holds: the ways in, and making keys; and what
/// everybody may do, if the key is narrow and does not list it.
pub fn refuses(actor: &Actor, permission: &Permission) -> bool {
    let ways_in = [OwnPassword::NAME, OwnSecurity::NAME, ManageMachines::NAME];
    came(actor)
        && (ways_in.contains(&permission.name)
            || permission.everyone && only(actor).is_some_and(|only| !only.contains(permission.name)))
}

/// Refuses deeds that open a way into an account to whoever came by a key.
pub fn refuse(ctx: &Context) -> Outcome<()> {
    if came(&ctx.actor) { Err(NOT_BY_KEY.fault()) } else { Ok(()) }
}

/// Refuses work that is done later, when only the account is known and no longer how it came in, to whoever came by a key that
/// carries less than its account: it would be done with all that the account holds.
pub fn refuse_later(ctx: &Context) -> Outcome<()> {
    if only(&ctx.actor).is_some() { Err(NOT_BY_KEY.fault()) } else { Ok(()) }
}

/// Permissions that no key can be said to carry.
pub fn is_out_of_reach(name: &str) -> bool {
    [OwnPassword::NAME, OwnSecurity::NAME, ManageMachines::NAME].contains(&name)
}
