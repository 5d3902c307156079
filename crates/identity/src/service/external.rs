//! Accounts at identity providers, tied to accounts here: by their owner, or by an administrator. A tie is a way in and never a
//! right.

use kernel::error::{Fields, NOT_FOUND, OrRefuse};
use kernel::id::{ExternalIdentity as ExternalKind, User as UserKind};
use kernel::{Context, Id, Instant, Outcome};
use serde_json::json;
use storage::{Tx, audit};

use crate::error::NOT_YOURSELF;
use crate::model::User;
use crate::model::sign_in::ExternalIdentity;
use crate::service::accounts;
use crate::service::deeds::Reach;
use crate::service::{Services, by_key, machines, second_factor};
use crate::store::external;

/// An account at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The provider's name in the settings.
    pub provider: String,
    /// Its issuer.
    pub issuer: String,
    /// The account there.
    pub subject: String,
}

/// Ties the subject, which a provider has just vouched for, to the actor.
pub fn link_own(tx: &mut Tx<'_>, ctx: &Context, subject: &Subject) -> Outcome<ExternalIdentity> {
    let user = second_factor::own(tx, ctx)?;
    link(tx, ctx, &user, subject, &json!({ "by": "owner" }))
}

/// Ties a subject to somebody else: as far a reach as a new password.
pub fn link_another(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    id: Id<UserKind>,
    subject: &Subject,
    reason: &str,
) -> Outcome<ExternalIdentity> {
    by_key::refuse(ctx)?;
    let mut fields = Fields::default();
    fields.text("/subject", &subject.subject, 1, 255);
    fields.finish()?;
    accounts::check_reason(reason)?;
    if id == ctx.actor.user {
        return Err(NOT_YOURSELF.fault());
    }
    let user = accounts::managed(tx, ctx, shared, id, Reach::Over)?;
    machines::refuse_machine(tx, id)?;
    link(tx, ctx, &user, subject, &json!({ "reason": reason.trim() }))
}

fn link(
    tx: &mut Tx<'_>,
    ctx: &Context,
    user: &User,
    subject: &Subject,
    why: &serde_json::Value,
) -> Outcome<ExternalIdentity> {
    let one = ExternalIdentity {
        id: ctx.id(),
        provider: subject.provider.clone(),
        issuer: subject.issuer.clone(),
        subject: subject.subject.clone(),
        user_id: user.id,
        linked_by: Some(ctx.actor.user),
        linked_at: ctx.now,
        last_used_at: None,
    };
    external::insert(tx, &one)?;
    trail(
        tx,
        ctx,
        "identity.external.linked",
        user,
        &one.id,
        &json!({ "provider": one.provider, "why": why }),
    )?;
    Ok(one)
}

/// Unties one of the actor's own.
pub fn unlink_own(tx: &mut Tx<'_>, ctx: &Context, id: Id<ExternalKind>) -> Outcome<()> {
    let user = second_factor::own(tx, ctx)?;
    unlink(tx, ctx, &user, id)
}

/// Unties another's.
pub fn unlink_another(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    user: Id<UserKind>,
    id: Id<ExternalKind>,
) -> Outcome<()> {
    let user = accounts::managed(tx, ctx, shared, user, Reach::Away)?;
    unlink(tx, ctx, &user, id)
}

fn unlink(tx: &mut Tx<'_>, ctx: &Context, user: &User, id: Id<ExternalKind>) -> Outcome<()> {
    if !external::remove(tx, user.id, id)? {
        return Err(NOT_FOUND.fault());
    }
    trail(tx, ctx, "identity.external.unlinked", user, &id, &json!({}))
}

/// Those of another's account, for who may see it.
pub fn of_another(
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: Id<UserKind>,
    permission: &kernel::Permission,
) -> Outcome<Vec<ExternalIdentity>> {
    let user = accounts::visible(tx, ctx, id, permission)?;
    external::of(tx, user.id)
}

/// The account that a vouched-for subject is tied to, if it can be used.
pub fn account_of(tx: &mut Tx<'_>, issuer: &str, subject: &str, now: Instant) -> Outcome<Option<User>> {
    let Some(one) = external::find(tx, issuer, subject)? else { return Ok(None) };
    let user = crate::store::users::find_locked(tx, one.user_id)?.or_refuse(&NOT_FOUND)?;
    if !user.is_enabled() || machines::refuse_machine(tx, user.id).is_err() {
        return Ok(None);
    }
    external::used(tx, one.id, now)?;
    Ok(Some(user))
}

fn trail(
    tx: &mut Tx<'_>,
    ctx: &Context,
    action: &str,
    user: &User,
    id: &Id<ExternalKind>,
    after: &serde_json::Value,
) -> Outcome<()> {
    let entry = audit::Entry {
        action,
        object_kind: "external_identity",
        object: Some(id.uuid()),
        unit: Some(user.unit_id),
        before: None,
        after: Some(json!({ "user": user.id, "of": after })),
    };
    audit::record(tx, ctx, entry)
}
