//! Changing a grant's end or its reason. Anything else is another grant.

use auth::Wanted;
use kernel::error::{FIELD_ORDER, Fields, STALE};
use kernel::id::Grant as GrantKind;
use kernel::{Context, Id, Instant, Outcome};
use storage::{Tx, audit};

use crate::error::{ALREADY_REVOKED, GRANT_OVER, GRANT_TO_SELF};
use crate::model::Grant;
use crate::permission::ManageGrants;
use crate::service::conflicts::{self, Held};
use crate::service::{ceiling, give, last_administrator, machines, revoke};
use crate::store::{grants, roles, state};

/// What changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Amendment {
    /// A new end: `Some(None)` lifts it.
    pub until: Option<Option<Instant>>,
    /// A new reason.
    pub reason: Option<String>,
}

/// Changes it: a new end is a right given anew, so the ceiling is asked; nobody prolongs what they hold themselves.
pub fn amend(
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: Id<GrantKind>,
    version: i64,
    change: &Amendment,
) -> Outcome<Grant> {
    state::lock(tx)?;
    let grant = give::managed(tx, ctx, id)?;
    if grant.revoked_at.is_some() {
        return Err(ALREADY_REVOKED.fault());
    }
    if grant.is_over(ctx.now) {
        return Err(GRANT_OVER.fault());
    }
    let until = change.until.unwrap_or(grant.valid_until);
    let mut fields = Fields::default();
    if let Some(reason) = &change.reason {
        fields.text("/reason", reason, 2, 500);
    }
    if until.is_some_and(|until| until <= grant.valid_from || until <= ctx.now) {
        fields.bad("/ends_at", &FIELD_ORDER, None);
    }
    fields.finish()?;
    if longer(until, grant.valid_until) {
        if machines::behind(tx, ctx.actor.user)?.contains(&grant.user_id) {
            return Err(GRANT_TO_SELF.fault());
        }
        refuse_longer(tx, ctx, &grant, until)?;
        if !grant.awaits_approval {
            let held = Held {
                user: grant.user_id,
                role: grant.role_id,
                path: &grant.unit_path,
                from: grant.valid_from,
                until,
                itself: Some(id),
            };
            // Nobody is asked a second time about a longer end: what needs a second person is given anew.
            let clashes = conflicts::clashes(tx, ctx.now, held)?;
            conflicts::refuse(tx, &clashes, true)?;
        }
    } else {
        revoke::refuse_untakeable(tx, ctx, &grant)?;
    }
    let before = give::record(&grant);
    let moved = until != grant.valid_until && !grant.awaits_approval;
    let changed = Grant {
        valid_until: until,
        notice_due_at: if moved { Grant::first_notice(ctx.now, until) } else { grant.notice_due_at },
        reason: change.reason.as_deref().map_or_else(|| grant.reason.clone(), |r| r.trim().to_owned()),
        ..grant
    };
    if !grants::update(tx, &changed, version)? {
        return Err(STALE.fault());
    }
    last_administrator::refuse_if_gone(tx, ctx.now)?;
    state::bump(tx, Some(changed.user_id), ctx.now)?;
    let entry = audit::Entry {
        action: "identity.grant.amended",
        object_kind: "grant",
        object: Some(id.uuid()),
        unit: Some(changed.unit_id),
        before: Some(before),
        after: Some(give::record(&changed)),
    };
    audit::record(tx, ctx, entry)?;
    Ok(Grant { version: version + 1, ..changed })
}

fn longer(new: Option<Instant>, old: Option<Instant>) -> bool {
    match (new, old) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(new), Some(old)) => new > old,
    }
}

fn refuse_longer(tx: &mut Tx<'_>, ctx: &Context, grant: &Grant, until: Option<Instant>) -> Outcome<()> {
    let names = roles::permissions_of(tx, grant.role_id)?;
    let gives_all = roles::find(tx, grant.role_id)?.is_some_and(|role| role.gives_all);
    let wanted = Wanted::of_role(
        names.iter().map(String::as_str).chain(names.is_empty().then_some(ManageGrants::NAME)),
        gives_all,
        &grant.unit_path,
        grant.subtree,
        grant.valid_from,
        until,
    );
    ceiling::refuse_above_ceiling(tx, ctx, &wanted)
}
