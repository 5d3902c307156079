//! Giving a role to somebody, within a unit, for a time.

use kernel::error::{FIELD_ORDER, Fields, OrRefuse};
use kernel::id::{Role as RoleKind, Unit, User as UserKind};
use kernel::permission::Permit;
use kernel::sql::Json;
use kernel::{Context, Id, Instant, Outcome};
use serde_json::json;
use storage::{Tx, audit};

use crate::model::Grant;
use crate::permission::ManageGrants;
use crate::service::{Services, ceiling, judge};
use crate::store::{grants, state};

/// What is to be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gift {
    /// To whom.
    pub user: Id<UserKind>,
    /// Which role.
    pub role: Id<RoleKind>,
    /// Where.
    pub unit: Id<Unit>,
    /// Whether it reaches below the unit.
    pub subtree: bool,
    /// From when; `None`: now.
    pub from: Option<Instant>,
    /// Until when (exclusive); `None`: until revoked.
    pub until: Option<Instant>,
    /// Why.
    pub reason: String,
    /// The number of the request elsewhere.
    pub ticket: Option<String>,
}

/// Gives it, up to what the actor may give. Where two roles meet only with a second person's approval, it is proposed.
pub fn give(tx: &mut Tx<'_>, ctx: &Context, shared: &Services, gift: &Gift) -> Outcome<Grant> {
    check(gift, gift.from.unwrap_or(ctx.now), ctx.now)?;
    state::lock(tx)?;
    let judged = judge::judge(tx, ctx, shared, gift, None)?;
    let awaits = judged.needs_second();
    if let Some(refusal) = judged.refusals.into_iter().next() {
        return Err(refusal.into());
    }
    let (unit, from) = (judged.unit, judged.from);
    let grant = Grant {
        id: ctx.id(),
        user_id: gift.user,
        role_id: gift.role,
        unit_id: unit.id,
        unit_path: unit.path,
        subtree: gift.subtree,
        valid_from: from,
        valid_until: gift.until,
        reason: gift.reason.trim().to_owned(),
        ticket: gift.ticket.clone(),
        granted_by: Some(ctx.actor.user),
        granted_under: Json(json!([])),
        created_at: ctx.now,
        revoked_at: None,
        revoked_by: None,
        revoke_reason: None,
        version: 1,
        awaits_approval: awaits,
        notice_due_at: if awaits { None } else { Grant::first_notice(from, gift.until) },
    };
    let grant = Grant { granted_under: Json(under(tx, ctx, &grant)?), ..grant };
    grants::insert(tx, &grant)?;
    state::bump(tx, Some(grant.user_id), ctx.now)?;
    let entry = audit::Entry {
        action: if awaits { "identity.grant.proposed" } else { "identity.grant.given" },
        object_kind: "grant",
        object: Some(grant.id.uuid()),
        unit: Some(grant.unit_id),
        before: None,
        after: Some(record(&grant)),
    };
    audit::record(tx, ctx, entry)?;
    Ok(grant)
}

/// Whether its words and dates are right.
pub(crate) fn check(gift: &Gift, from: Instant, now: Instant) -> Outcome<()> {
    let mut fields = Fields::default();
    fields.text("/reason", &gift.reason, 2, 500);
    if let Some(ticket) = &gift.ticket {
        fields.text("/ticket", ticket, 1, 100);
    }
    if gift.until.is_some_and(|until| until <= from || until <= now) {
        fields.bad("/ends_at", &FIELD_ORDER, None);
    }
    fields.finish()
}

/// The actor's own grants that let them grant there: the chain.
fn under(tx: &mut Tx<'_>, ctx: &Context, grant: &Grant) -> Outcome<serde_json::Value> {
    let actor = ceiling::as_of_now(tx, ctx)?;
    let ids = actor.grants.iter().filter(|held| {
        held.is_live(ctx.now) && held.carries(ManageGrants::PERMISSION.name) && held.reaches(&grant.unit_path)
    });
    Ok(ids.map(|held| json!(held.id)).collect())
}

/// What the trail keeps of a grant.
pub(crate) fn record(grant: &Grant) -> serde_json::Value {
    json!({
        "user": grant.user_id, "role": grant.role_id, "unit": grant.unit_id, "subtree": grant.subtree,
        "from": grant.valid_from, "until": grant.valid_until, "reason": grant.reason, "ticket": grant.ticket,
    })
}

/// The grant of this id, if the actor may manage grants there.
pub(crate) fn managed(tx: &mut Tx<'_>, ctx: &Context, id: Id<kernel::id::Grant>) -> Outcome<Grant> {
    let grant = grants::find(tx, id)?.or_refuse(&kernel::error::NOT_FOUND)?;
    if !ceiling::as_of_now(tx, ctx)?.may(ManageGrants::PERMISSION, &grant.unit_path, ctx.now) {
        return Err(kernel::error::NOT_FOUND.fault());
    }
    Ok(grant)
}
