//! A grant that needs a second person: approved or declined by another than who gave it and who would hold it.

use std::collections::BTreeSet;

use auth::Wanted;
use kernel::error::{Fields, STALE};
use kernel::id::{Grant as GrantKind, User};
use kernel::permission::Permit;
use kernel::{Actor, Context, Id, Instant, Outcome};
use serde_json::json;
use storage::{Tx, audit};

use crate::error::{ALREADY_REVOKED, GRANT_OVER, NOTHING_TO_APPROVE, SECOND_PERSON_NEEDED};
use crate::model::Grant;
use crate::permission::ManageGrants;
use crate::service::give::{self, Gift};
use crate::service::{Services, by_key, judge, machines, revoke};
use crate::store::approvals::{self, Approval};
use crate::store::{grants, roles, state};

/// The proposed grant of this id, behind the lock, if the actor manages grants there.
fn proposed(tx: &mut Tx<'_>, ctx: &Context, id: Id<GrantKind>, reason: &str) -> Outcome<Grant> {
    let mut fields = Fields::default();
    fields.text("/reason", reason, 2, 500);
    fields.finish()?;
    state::lock(tx)?;
    let grant = give::managed(tx, ctx, id)?;
    if !grant.awaits_approval {
        return Err(NOTHING_TO_APPROVE.fault());
    }
    if grant.revoked_at.is_some() {
        return Err(ALREADY_REVOKED.fault());
    }
    if grant.is_over(ctx.now) {
        return Err(GRANT_OVER.fault());
    }
    Ok(grant)
}

/// Who is not the second person: who would hold it, who gave it, and whoever stands behind them.
fn first_hands(tx: &mut Tx<'_>, grant: &Grant) -> Outcome<BTreeSet<Id<User>>> {
    let mut first = machines::behind(tx, grant.user_id)?;
    if let Some(giver) = grant.granted_by {
        first.extend(machines::behind(tx, giver)?);
    }
    Ok(first)
}

/// Whether somebody, as they hold rights now, is a second person who could give it.
pub(crate) fn could_approve(tx: &mut Tx<'_>, person: &Actor, now: Instant, grant: &Grant) -> Outcome<bool> {
    if !person.may(ManageGrants::PERMISSION, &grant.unit_path, now) {
        return Ok(false);
    }
    if first_hands(tx, grant)?.contains(&person.user) {
        return Ok(false);
    }
    let names = roles::permissions_of(tx, grant.role_id)?;
    let gives_all = roles::find(tx, grant.role_id)?.is_some_and(|role| role.gives_all);
    let wanted = Wanted::of_role(
        names.iter().map(String::as_str).chain(names.is_empty().then_some(ManageGrants::NAME)),
        gives_all,
        &grant.unit_path,
        grant.subtree,
        grant.valid_from.max(now),
        grant.valid_until,
    );
    Ok(auth::ceiling(person, now, &wanted, ManageGrants::NAME).is_empty())
}

/// Approves it: from now on it holds. A person does, signed in, and not by a key; what a machine gave was given by whoever stands
/// behind it. Whoever approves could have given it, and everything that would have refused it then
/// refuses it now.
pub fn approve(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    id: Id<GrantKind>,
    version: Option<i64>,
    reason: &str,
) -> Outcome<Grant> {
    by_key::refuse(ctx)?;
    let grant = proposed(tx, ctx, id, reason)?;
    if first_hands(tx, &grant)?.contains(&ctx.actor.user) {
        return Err(SECOND_PERSON_NEEDED.fault());
    }
    let from = grant.valid_from.max(ctx.now);
    let gift = Gift {
        user: grant.user_id,
        role: grant.role_id,
        unit: grant.unit_id,
        subtree: grant.subtree,
        from: Some(from),
        until: grant.valid_until,
        reason: grant.reason.clone(),
        ticket: grant.ticket.clone(),
    };
    let judged = judge::judge(tx, ctx, shared, &gift, Some(id))?;
    if let Some(refusal) = judged.refusals.into_iter().next() {
        return Err(refusal.into());
    }
    let version = version.unwrap_or(grant.version);
    let approved = Grant {
        awaits_approval: false,
        valid_from: from,
        notice_due_at: Grant::first_notice(from, grant.valid_until),
        ..grant
    };
    if !grants::update(tx, &approved, version)? {
        return Err(STALE.fault());
    }
    let approval = Approval {
        grant_id: id,
        approved_by: ctx.actor.user,
        approved_at: ctx.now,
        reason: reason.trim().to_owned(),
    };
    approvals::insert(tx, &approval)?;
    state::bump(tx, Some(approved.user_id), ctx.now)?;
    let entry = audit::Entry {
        action: "identity.grant.approved",
        object_kind: "grant",
        object: Some(id.uuid()),
        unit: Some(approved.unit_id),
        before: None,
        after: Some(json!({ "grant": give::record(&approved), "reason": approval.reason })),
    };
    audit::record(tx, ctx, entry)?;
    Ok(Grant { version: version + 1, ..approved })
}

/// Declines it: it never holds. Nobody declines what they could not give.
pub fn decline(
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: Id<GrantKind>,
    version: Option<i64>,
    reason: &str,
) -> Outcome<Grant> {
    let grant = proposed(tx, ctx, id, reason)?;
    revoke::take(tx, ctx, grant, version, reason, "identity.grant.declined")
}
