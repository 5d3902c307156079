//! Taking a grant back: only what one could have given.

use auth::Wanted;
use kernel::error::{Fields, STALE};
use kernel::id::Grant as GrantKind;
use kernel::{Context, Id, Outcome};
use serde_json::json;
use storage::{Tx, audit};

use crate::error::{ALREADY_REVOKED, GRANT_OVER};
use crate::model::Grant;
use crate::permission::ManageGrants;
use crate::service::{ceiling, give, last_administrator};
use crate::store::{grants, roles, state};

/// Revokes a grant; it holds no more on its holder's next request.
pub fn revoke(
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: Id<GrantKind>,
    version: Option<i64>,
    reason: &str,
) -> Outcome<Grant> {
    let mut fields = Fields::default();
    fields.text("/reason", reason, 2, 500);
    fields.finish()?;
    state::lock(tx)?;
    let grant = give::managed(tx, ctx, id)?;
    if grant.revoked_at.is_some() {
        return Err(ALREADY_REVOKED.fault());
    }
    if grant.is_over(ctx.now) {
        return Err(GRANT_OVER.fault());
    }
    take(tx, ctx, grant, version, reason, "identity.grant.revoked")
}

/// Takes a grant that was looked at already, under this name on the trail.
pub(crate) fn take(
    tx: &mut Tx<'_>,
    ctx: &Context,
    grant: Grant,
    version: Option<i64>,
    reason: &str,
    action: &str,
) -> Outcome<Grant> {
    let id = grant.id;
    let version = version.unwrap_or(grant.version);
    refuse_untakeable(tx, ctx, &grant)?;
    let revoked = Grant {
        revoked_at: Some(ctx.now),
        revoked_by: Some(ctx.actor.user),
        revoke_reason: Some(reason.trim().to_owned()),
        notice_due_at: None,
        ..grant
    };
    if !grants::update(tx, &revoked, version)? {
        return Err(STALE.fault());
    }
    last_administrator::refuse_if_gone(tx, ctx.now)?;
    state::bump(tx, Some(revoked.user_id), ctx.now)?;
    let entry = audit::Entry {
        action,
        object_kind: "grant",
        object: Some(id.uuid()),
        unit: Some(revoked.unit_id),
        before: Some(give::record(&revoked)),
        after: Some(json!({ "reason": reason.trim() })),
    };
    audit::record(tx, ctx, entry)?;
    Ok(Grant { version: version + 1, ..revoked })
}

/// Who could not give it now does not take it now. For how long it holds does not matter to the one who takes it.
pub(crate) fn refuse_untakeable(tx: &mut Tx<'_>, ctx: &Context, grant: &Grant) -> Outcome<()> {
    let names = roles::permissions_of(tx, grant.role_id)?;
    let gives_all = roles::find(tx, grant.role_id)?.is_some_and(|role| role.gives_all);
    let wanted = Wanted::of_role(
        names.iter().map(String::as_str).chain(names.is_empty().then_some(ManageGrants::NAME)),
        gives_all,
        &grant.unit_path,
        grant.subtree,
        ctx.now,
        Some(ctx.now.plus_seconds(1)),
    );
    ceiling::refuse_above_ceiling(tx, ctx, &wanted)
}
