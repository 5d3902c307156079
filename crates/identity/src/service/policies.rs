//! What the realm demands: read, and changed within the platform's bounds.

use kernel::error::{FIELD_UNKNOWN_REFERENCE, Fields, STALE};
use kernel::permission::Permit;
use kernel::sql::Json;
use kernel::{Context, Fault, HeldGrant, Outcome, Risk};
use serde_json::json;
use storage::{Tx, audit};

use crate::model::policies::{MfaPolicy, Policies, Policy};
use crate::permission::ManagePolicies;
use crate::service::{Services, ceiling};
use crate::store::{policies, roles, state};

/// One policy with its version; 1: as it comes with the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<P> {
    /// The policy.
    pub policy: P,
    /// Grows with every change.
    pub version: i64,
}

/// All policies as they are in force.
pub fn load(tx: &mut Tx<'_>) -> Outcome<Policies> {
    let rows = policies::all(tx)?;
    Ok(Policies {
        passwords: pick(&rows)?.policy,
        lockout: pick(&rows)?.policy,
        sessions: pick(&rows)?.policy,
        mfa: pick(&rows)?.policy,
    })
}

fn pick<P: Policy>(rows: &[(String, Json, i64)]) -> Outcome<Versioned<P>> {
    match rows.iter().find(|(name, ..)| name == P::NAME) {
        None => Ok(Versioned { policy: P::default(), version: 1 }),
        Some((name, body, version)) => serde_json::from_value(body.0.clone())
            .map(|policy| Versioned { policy, version: *version })
            .map_err(|_| Fault::internal(format!("the policy {name} cannot be read"))),
    }
}

/// One policy, for whoever looks after them.
pub fn read<P: Policy>(tx: &mut Tx<'_>, ctx: &Context) -> Outcome<Versioned<P>> {
    refuse_partial(tx, ctx)?;
    pick(&policies::all(tx)?)
}

/// Changes a policy. It is in force on the next request everywhere.
pub fn put<P: Policy>(tx: &mut Tx<'_>, ctx: &Context, policy: &P, version: i64) -> Outcome<Versioned<P>> {
    let mut fields = Fields::default();
    policy.check(&mut fields);
    fields.finish()?;
    state::lock(tx)?;
    refuse_partial(tx, ctx)?;
    let before: Versioned<P> = pick(&policies::all(tx)?)?;
    if before.version != version {
        return Err(STALE.fault());
    }
    let body = serde_json::to_value(policy).map_err(Fault::internal)?;
    if !policies::put(tx, P::NAME, &Json(body.clone()), version, ctx.actor.user, ctx.now)? {
        return Err(STALE.fault());
    }
    // For everybody: sessions may have ended by it.
    state::bump(tx, None, ctx.now)?;
    let before = serde_json::to_value(&before.policy).map_err(Fault::internal)?;
    let entry = audit::Entry {
        action: "identity.policy.changed",
        object_kind: "policy",
        object: None,
        unit: None,
        before: Some(json!({ "name": P::NAME, "policy": before })),
        after: Some(json!({ "name": P::NAME, "policy": body })),
    };
    audit::record(tx, ctx, entry)?;
    Ok(Versioned { policy: policy.clone(), version: version + 1 })
}

/// A policy is the whole realm's: whoever holds the permission in a part of it only has no say.
fn refuse_partial(tx: &mut Tx<'_>, ctx: &Context) -> Outcome<()> {
    let permission = ManagePolicies::PERMISSION;
    let actor = ceiling::as_of_now(tx, ctx)?;
    let whole = actor.grants.iter().any(|grant| {
        grant.is_live(ctx.now) && grant.carries(permission.name) && grant.subtree && grant.path.depth() == 1
    });
    if whole { Ok(()) } else { Err(kernel::actor::missing(permission).into()) }
}

/// Refuses a policy that names roles which are not there.
pub fn refuse_unknown_roles(tx: &mut Tx<'_>, policy: &MfaPolicy) -> Outcome<()> {
    let mut fields = Fields::default();
    for name in &policy.required_for_roles {
        if roles::find_by_name(tx, name)?.is_none() {
            let told = name.chars().take(100).collect();
            fields.bad("/required_for_roles", &FIELD_UNKNOWN_REFERENCE, Some(told));
        }
    }
    fields.finish()
}

/// Whether somebody who holds these grants needs a second factor. A grant that is yet to begin counts: nobody looks again when it does.
pub fn mfa_required<'a>(
    policy: &MfaPolicy,
    shared: &Services,
    grants: impl IntoIterator<Item = &'a HeldGrant>,
) -> bool {
    let least = match policy.required_for_risk.as_str() {
        "high" => Some(Risk::High),
        "medium" => Some(Risk::Medium),
        _ => None,
    };
    grants.into_iter().any(|grant| {
        policy.required_for_roles.iter().any(|name| **name == *grant.role_name)
            || least.is_some_and(|least| {
                grant.gives_all || shared.catalogue.iter().any(|p| p.risk >= least && grant.carries(p.name))
            })
    })
}
