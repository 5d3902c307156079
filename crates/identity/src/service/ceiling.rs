//! The one door: every write that can end in a right, or take one away, passes here. It judges by the actor's grants as they
//! are in this transaction, behind the lock, and not as they were when the request came in.

use auth::{Breach, Lack, Wanted};
use kernel::permission::Permit;
use kernel::{Actor, Context, HeldGrant, Instant, Outcome, Refusal};
use serde_json::json;
use storage::Tx;

use crate::error::ABOVE_CEILING;
use crate::permission::{ManageGrants, ManageRoles};
use crate::service::by_key;
use crate::service::held::{self, Which};
use crate::store::users;

/// Refuses what the actor may not give, naming each right. Permissions that everybody holds are left out by the caller.
pub fn refuse_above_ceiling(tx: &mut Tx<'_>, ctx: &Context, wanted: &[Wanted<'_>]) -> Outcome<()> {
    refuse(tx, ctx, wanted, ManageGrants::PERMISSION.name)
}

/// Refuses a new role with what the actor does not hold themselves. Nobody holds the role yet, so it is the right to make roles
/// that must reach there, not yet the right to grant: giving the role passes [`refuse_above_ceiling`].
pub fn refuse_new_role(tx: &mut Tx<'_>, ctx: &Context, wanted: &[Wanted<'_>]) -> Outcome<()> {
    refuse(tx, ctx, wanted, ManageRoles::PERMISSION.name)
}

/// Refuses to let the actor take over an account that holds these grants: the right of `managing` must reach wherever it holds
/// something, and what is dangerous about it they must hold themselves.
pub fn refuse_over_holder_by(
    tx: &mut Tx<'_>,
    ctx: &Context,
    held: &[HeldGrant],
    high_risk: &[&'static str],
    managing: &'static str,
) -> Outcome<()> {
    let wanted: Vec<Wanted<'_>> =
        held.iter().flat_map(|grant| taking_over(grant, high_risk, managing, ctx.now)).collect();
    refuse(tx, ctx, &wanted, managing)
}

/// What whoever takes over the holder of a grant has by it: what is dangerous, where it holds.
pub(crate) fn taking_over<'a>(
    grant: &'a HeldGrant,
    high_risk: &[&'static str],
    managing: &'static str,
    now: Instant,
) -> Vec<Wanted<'a>> {
    let dangerous = high_risk.iter().copied().filter(|name| grant.carries(name) && *name != managing);
    let soon = Some(now.plus_seconds(1));
    Wanted::of_role(dangerous.chain([managing]), grant.gives_all, &grant.path, grant.subtree, now, soon)
}

/// Refuses to let the actor act as somebody who holds these grants, where they may only give what is dangerous about them and do not
/// hold it. Or else whoever appoints the auditor would make a machine of one, and its key.
pub fn refuse_not_held(
    tx: &mut Tx<'_>,
    ctx: &Context,
    held: &[HeldGrant],
    high_risk: &[&str],
    managing: &'static str,
) -> Outcome<()> {
    let dangerous = |grant: &&HeldGrant| high_risk.iter().copied().any(|name| grant.carries(name));
    let places: Vec<(&HeldGrant, Vec<&str>)> = held
        .iter()
        .filter(dangerous)
        .map(|grant| (grant, high_risk.iter().copied().filter(|name| grant.carries(name)).collect()))
        .collect();
    let soon = Some(ctx.now.plus_seconds(1));
    let wanted: Vec<Wanted<'_>> = places
        .iter()
        .flat_map(|(grant, names)| {
            Wanted::of_role(names.iter().copied(), false, &grant.path, grant.subtree, ctx.now, soon)
        })
        .collect();
    let breaches = not_held(tx, ctx, &wanted, managing)?;
    if breaches.is_empty() { Ok(()) } else { Err(above(&breaches).into()) }
}

/// What the actor does not hold themselves of what is wanted, whatever they may give.
pub fn not_held(
    tx: &mut Tx<'_>,
    ctx: &Context,
    wanted: &[Wanted<'_>],
    granting: &str,
) -> Outcome<Vec<Breach>> {
    let actor = as_of_now(tx, ctx)?;
    let uses = |grant: &HeldGrant| HeldGrant { gives_all: false, ..grant.clone() };
    let actor = Actor { grants: actor.grants.iter().map(uses).collect(), ..actor };
    Ok(auth::ceiling(&actor, ctx.now, wanted, granting))
}

/// Refuses to make a secret that acts as an account until a moment, where the actor's own rights end before it: nobody stays beyond
/// their time by way of another account.
pub fn refuse_outlasting(
    tx: &mut Tx<'_>,
    ctx: &Context,
    held: &[HeldGrant],
    high_risk: &[&str],
    managing: &'static str,
    until: Instant,
) -> Outcome<()> {
    let mut wanted = Vec::new();
    for grant in held.iter().filter(|grant| grant.from < until) {
        let dangerous = high_risk.iter().copied().filter(|name| grant.carries(name) && *name != managing);
        let end = grant.until.map_or(until, |end| end.min(until));
        wanted.extend(Wanted::of_role(
            dangerous.chain([managing]),
            grant.gives_all,
            &grant.path,
            grant.subtree,
            grant.from.max(ctx.now),
            Some(end),
        ));
    }
    refuse(tx, ctx, &wanted, managing)
}

/// What the actor may not give of what is wanted.
pub fn breaches(tx: &mut Tx<'_>, ctx: &Context, wanted: &[Wanted<'_>]) -> Outcome<Vec<Breach>> {
    let actor = as_of_now(tx, ctx)?;
    Ok(auth::ceiling(&actor, ctx.now, wanted, ManageGrants::PERMISSION.name))
}

fn refuse(tx: &mut Tx<'_>, ctx: &Context, wanted: &[Wanted<'_>], granting: &str) -> Outcome<()> {
    let actor = as_of_now(tx, ctx)?;
    let breaches = auth::ceiling(&actor, ctx.now, wanted, granting);
    if breaches.is_empty() {
        return Ok(());
    }
    Err(above(&breaches).into())
}

pub(crate) fn above(breaches: &[Breach]) -> Refusal {
    ABOVE_CEILING.refusal().with("breaches", told(breaches))
}

/// The actor with the grants they hold in this transaction.
pub fn as_of_now(tx: &mut Tx<'_>, ctx: &Context) -> Outcome<Actor> {
    let enabled = users::find(tx, ctx.actor.user)?.is_some_and(|user| user.is_enabled());
    let grants =
        if enabled { held::of(tx, None, ctx.actor.user, Which::NotOver(ctx.now))? } else { Vec::new() };
    // Never more than the key they came by leaves them.
    let grants = by_key::as_it_came(&ctx.actor, grants);
    Ok(Actor { grants: grants.into(), ..Actor::clone(&ctx.actor) })
}

/// The breaches as the caller sees them: permissions and what is lacking, no paths.
pub fn told(breaches: &[Breach]) -> serde_json::Value {
    let mut list: Vec<(&str, &str)> =
        breaches.iter().map(|breach| (breach.permission.as_str(), lack(breach.lack))).collect();
    list.sort_unstable();
    list.dedup();
    list.into_iter().map(|(permission, lack)| json!({ "permission": permission, "lack": lack })).collect()
}

fn lack(lack: Lack) -> &'static str {
    match lack {
        Lack::Permission => "permission",
        Lack::Duration => "duration",
        Lack::Granting => "granting",
    }
}
