//! What speaks against a grant: everything at once, for whoever gives, previews or approves it. Nothing is written here.

use std::collections::BTreeSet;

use auth::{Breach, Wanted};
use contracts::UnitRef;
use kernel::error::{FIELD_UNKNOWN_REFERENCE, INVALID};
use kernel::id::Grant as GrantKind;
use kernel::permission::Permit;
use kernel::{Context, Fault, Id, Instant, Outcome, Refusal};
use serde_json::json;
use storage::Tx;

use crate::error::{ABOVE_CEILING, GRANT_THERE, GRANT_TO_SELF, ROLE_ELSEWHERE, UNIT_CLOSED, USER_DISABLED};
use crate::model::conflict::Mode;
use crate::model::{Role, User};
use crate::permission::{ManageGrants, ReadGrants, ReadUsers};
use crate::service::conflicts::{self, Clash, Held};
use crate::service::give::Gift;
use crate::service::{Services, ceiling, machines, three};
use crate::store::{grants, roles, users};

/// What was found about a gift.
#[derive(Debug)]
pub struct Judgement {
    /// Where.
    pub unit: UnitRef,
    /// To whom.
    pub user: User,
    /// Which role.
    pub role: Role,
    /// What it allows.
    pub names: BTreeSet<String>,
    /// From when.
    pub from: Instant,
    /// What the actor may not give of it.
    pub breaches: Vec<Breach>,
    /// Rules between roles that it would break.
    pub clashes: Vec<Clash>,
    /// Everything that refuses it, the first that is told first.
    pub refusals: Vec<Refusal>,
}

impl Judgement {
    /// Whether it may be proposed and holds only when a second person has approved it.
    pub fn needs_second(&self) -> bool {
        self.clashes.iter().any(|clash| clash.conflict.mode() == Mode::NeedsSecond)
    }
}

/// Judges a gift by the actor's rights in this transaction. `itself` is the grant, where it is there already.
pub fn judge(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    gift: &Gift,
    itself: Option<Id<GrantKind>>,
) -> Outcome<Judgement> {
    let from = gift.from.unwrap_or(ctx.now);
    let unknown = |pointer: &'static str| INVALID.refusal().at(pointer, &FIELD_UNKNOWN_REFERENCE);
    let mut refusals = Vec::new();
    if machines::behind(tx, ctx.actor.user)?.contains(&gift.user) {
        refusals.push(GRANT_TO_SELF.refusal());
    }
    let unit = shared.tree.unit(tx, gift.unit)?.ok_or_else(|| unknown("/unit_id"))?;
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
    let mut breaches = ceiling::breaches(tx, ctx, &wanted)?;
    let user = match receiver(tx, ctx, gift, itself)? {
        Some(user) => user,
        // Who may not give there learns no more of an account than that.
        None if !breaches.is_empty() => return Err(above_ceiling(&breaches).into()),
        None => return Err(unknown("/user_id").into()),
    };
    if machines::behind(tx, gift.user)?.contains(&ctx.actor.user) {
        // To their own machine: what is dangerous they would have themselves.
        let high = shared.high_risk();
        let dangerous = names.iter().map(String::as_str).filter(|name| high.contains(name));
        let soon = Some(ctx.now.plus_seconds(1));
        let wanted = Wanted::of_role(dangerous, false, &unit.path, gift.subtree, from, soon);
        breaches.extend(ceiling::not_held(tx, ctx, &wanted, ManageGrants::NAME)?);
    }
    if !breaches.is_empty() {
        refusals.push(above_ceiling(&breaches));
    }
    if role.unit_path.as_ref().is_some_and(|home| !home.contains(&unit.path)) {
        refusals.push(ROLE_ELSEWHERE.refusal());
    }
    if unit.closed {
        refusals.push(UNIT_CLOSED.refusal());
    }
    if !user.is_enabled() {
        refusals.push(USER_DISABLED.refusal());
    }
    match three::refuse_meeting(tx, ctx.now, user.id, role.id) {
        Ok(()) => {}
        Err(Fault::Refused(refusal)) => refusals.push(*refusal),
        Err(fault) => return Err(fault),
    }
    let held = Held { user: user.id, role: role.id, path: &unit.path, from, until: gift.until, itself };
    let clashes = conflicts::clashes(tx, ctx.now, held)?;
    if let Some(clash) = clashes.iter().find(|clash| clash.conflict.mode() == Mode::Forbid) {
        refusals.push(conflicts::refusal(tx, &clash.conflict)?);
    }
    if breaches.is_empty() {
        refusals.extend(there_already(tx, ctx, gift, from, itself)?);
    }
    Ok(Judgement { unit, user, role, names, from, breaches, clashes, refusals })
}

/// The refusal of what was given already: the same role to the same person at the same place, with the same end. What began in the past
/// and what begins now begin alike.
fn there_already(
    tx: &mut Tx<'_>,
    ctx: &Context,
    gift: &Gift,
    from: Instant,
    itself: Option<Id<GrantKind>>,
) -> Outcome<Option<Refusal>> {
    let begins = |from: Instant| from.max(ctx.now);
    let same = grants::alike(tx, gift.user, gift.role, gift.unit, ctx.now)?.into_iter().find(|grant| {
        itself != Some(grant.id)
            && grant.subtree == gift.subtree
            && grant.valid_until == gift.until
            && begins(grant.valid_from) == begins(from)
    });
    Ok(same.map(|grant| {
        let refusal = GRANT_THERE.refusal();
        let seen = ctx.actor.may(ReadGrants::PERMISSION, &grant.unit_path, ctx.now);
        if seen { refusal.with("existing_grant_id", json!(grant.id)) } else { refusal }
    }))
}

fn above_ceiling(breaches: &[Breach]) -> Refusal {
    ABOVE_CEILING.refusal().with("breaches", ceiling::told(breaches))
}

/// The account it is given to, if the actor may know of it: to grant is no way to ask who has an account elsewhere, or what they hold.
/// A grant that is there already says itself whose it is.
fn receiver(
    tx: &mut Tx<'_>,
    ctx: &Context,
    gift: &Gift,
    itself: Option<Id<GrantKind>>,
) -> Outcome<Option<User>> {
    let actor = ceiling::as_of_now(tx, ctx)?;
    Ok(users::find(tx, gift.user)?.filter(|user| {
        let sees = |permission| actor.may(permission, &user.unit_path, ctx.now);
        let oneself = user.id == ctx.actor.user;
        itself.is_some() || oneself || sees(ReadUsers::PERMISSION) || sees(ManageGrants::PERMISSION)
    }))
}
