//! Giving a role to somebody, within a unit, for a time.

use auth::Wanted;
use kernel::error::{FIELD_ORDER, FIELD_UNKNOWN_REFERENCE, Fields, OrRefuse};
use kernel::id::{Role as RoleKind, Unit, User as UserKind};
use kernel::permission::Permit;
use kernel::sql::Json;
use kernel::{Context, Id, Instant, Outcome};
use serde_json::json;
use storage::{Tx, audit};

use crate::error::{GRANT_TO_SELF, ROLE_ELSEWHERE, UNIT_CLOSED, USER_DISABLED};
use crate::model::{Grant, Role};
use crate::permission::ManageGrants;
use crate::service::{Services, ceiling, three};
use crate::store::{grants, roles, state, users};

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

/// Gives it, up to what the actor may give.
pub fn give(tx: &mut Tx<'_>, ctx: &Context, shared: &Services, gift: &Gift) -> Outcome<Grant> {
    let from = gift.from.unwrap_or(ctx.now);
    check(gift, from, ctx.now)?;
    state::lock(tx)?;
    if gift.user == ctx.actor.user {
        return Err(GRANT_TO_SELF.fault());
    }
    let unknown =
        |pointer: &'static str| kernel::error::INVALID.refusal().at(pointer, &FIELD_UNKNOWN_REFERENCE);
    let unit = shared.tree.unit(tx, gift.unit)?.ok_or_else(|| unknown("/unit_id"))?;
    let user = users::find(tx, gift.user)?.ok_or_else(|| unknown("/user_id"))?;
    let role = roles::find(tx, gift.role)?.filter(|role| !role.retired).ok_or_else(|| unknown("/role_id"))?;
    let names = roles::permissions_of(tx, role.id)?;
    let wanted = Wanted::of_role(
        names.iter().map(String::as_str).chain(names.is_empty().then_some(ManageGrants::NAME)),
        role.gives_all,
        &unit.path,
        gift.subtree,
        from,
        gift.until,
    );
    ceiling::refuse_above_ceiling(tx, ctx, &wanted)?;
    refuse_misplaced(&role, &unit)?;
    if !user.is_enabled() {
        return Err(USER_DISABLED.fault());
    }
    three::refuse_meeting(tx, ctx.now, user.id, role.id)?;
    let grant = Grant {
        id: ctx.id(),
        user_id: user.id,
        role_id: role.id,
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
    };
    let grant = Grant { granted_under: Json(under(tx, ctx, &grant)?), ..grant };
    grants::insert(tx, &grant)?;
    state::bump(tx, Some(grant.user_id), ctx.now)?;
    let entry = audit::Entry {
        action: "identity.grant.given",
        object_kind: "grant",
        object: Some(grant.id.uuid()),
        unit: Some(grant.unit_id),
        before: None,
        after: Some(record(&grant)),
    };
    audit::record(tx, ctx, entry)?;
    Ok(grant)
}

fn check(gift: &Gift, from: Instant, now: Instant) -> Outcome<()> {
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

fn refuse_misplaced(role: &Role, unit: &contracts::UnitRef) -> Outcome<()> {
    if role.unit_path.as_ref().is_some_and(|home| !home.contains(&unit.path)) {
        return Err(ROLE_ELSEWHERE.fault());
    }
    if unit.closed {
        return Err(UNIT_CLOSED.fault());
    }
    Ok(())
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
