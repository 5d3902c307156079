//! Service accounts: accounts of machines. They hold grants like anybody, under the same ceiling; they have no password and
//! cannot sign in; a person answers for each.

use std::collections::BTreeSet;

use kernel::error::{FIELD_UNKNOWN_REFERENCE, Fields, INVALID, NOT_FOUND, OrRefuse};
use kernel::id::{Unit, User as UserKind};
use kernel::permission::Permit;
use kernel::{Context, Id, Instant, Outcome};
use serde_json::json;
use storage::{Tx, audit};

use crate::error::{ALREADY_SO, IS_A_MACHINE, UNIT_CLOSED};
use crate::model::sign_in::ServiceAccount;
use crate::model::{DISABLED, ENABLED, User};
use crate::permission::{ManageMachines, ReadMachines};
use crate::service::accounts;
use crate::service::deeds::Reach;
use crate::service::held::{self, Which};
use crate::service::{Services, ceiling, three};
use crate::store::{api_keys, service_accounts, state, users};

/// A service account to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMachine {
    /// Its login, by which it is known on the trail.
    pub login: String,
    /// The name shown.
    pub display_name: String,
    /// The unit it belongs to.
    pub unit: Id<Unit>,
    /// The person who answers for it.
    pub owner: Id<UserKind>,
    /// What it is for.
    pub purpose: String,
}

/// A machine with its account.
pub type Machine = (User, ServiceAccount);

/// Makes one; it may do nothing until somebody grants it a role.
pub fn create(tx: &mut Tx<'_>, ctx: &Context, shared: &Services, new: &NewMachine) -> Outcome<Machine> {
    let mut fields = Fields::default();
    let login = accounts::check_login(&new.login, &mut fields);
    fields.text("/display_name", &new.display_name, 1, 100);
    fields.text("/purpose", &new.purpose, 2, 500);
    fields.finish()?;
    state::lock(tx)?;
    let unknown = |pointer: &'static str| INVALID.refusal().at(pointer, &FIELD_UNKNOWN_REFERENCE);
    let unit = shared.tree.unit(tx, new.unit)?.ok_or_else(|| unknown("/unit_id"))?;
    ctx.require_at(ManageMachines::PERMISSION, unit.id, &unit.path)?;
    if unit.closed {
        return Err(UNIT_CLOSED.fault());
    }
    // Somebody whom the maker could find anyway, or the maker themselves: no way to ask who has an account elsewhere.
    let owner = users::find(tx, new.owner)?
        .filter(|owner| {
            let mine = owner.id == ctx.actor.user;
            owner.is_enabled() && (mine || ctx.actor.may(ReadMachines::PERMISSION, &owner.unit_path, ctx.now))
        })
        .ok_or_else(|| unknown("/owner_id"))?;
    if service_accounts::find(tx, owner.id)?.is_some() {
        return Err(unknown("/owner_id").into());
    }
    let user = User {
        id: ctx.id(),
        login,
        display_name: new.display_name.trim().to_owned(),
        unit_id: unit.id,
        unit_path: unit.path,
        status: ENABLED.to_owned(),
        password_hash: None,
        must_change_password: false,
        failed_count: 0,
        last_failed_at: None,
        created_at: ctx.now,
        version: 1,
    };
    users::insert(tx, &user)?;
    let machine = ServiceAccount {
        user_id: user.id,
        owner_id: owner.id,
        purpose: new.purpose.trim().to_owned(),
        created_by: Some(ctx.actor.user),
        created_at: ctx.now,
    };
    service_accounts::insert(tx, &machine)?;
    let after = json!({ "unit": user.unit_id, "owner": owner.id, "purpose": machine.purpose });
    let entry = audit::Entry {
        action: "identity.machine.created",
        object_kind: "user",
        object: Some(user.id.uuid()),
        unit: Some(user.unit_id),
        before: None,
        after: Some(after),
    };
    audit::record(tx, ctx, entry)?;
    Ok((user, machine))
}

/// The machine of this id, if the actor may see it.
pub fn visible(tx: &mut Tx<'_>, ctx: &Context, id: Id<UserKind>) -> Outcome<Machine> {
    let user = users::find(tx, id)?
        .filter(|user| ctx.actor.may(ReadMachines::PERMISSION, &user.unit_path, ctx.now))
        .or_refuse(&NOT_FOUND)?;
    let machine = service_accounts::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    Ok((user, machine))
}

/// The machine, locked, behind the lock on rights, if the actor manages it and may reach as far into it as the deed does.
pub(crate) fn managed(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    id: Id<UserKind>,
    reach: Reach,
) -> Outcome<Machine> {
    state::lock(tx)?;
    visible(tx, ctx, id)?;
    let user = users::find_locked(tx, id)?.or_refuse(&NOT_FOUND)?;
    let machine = service_accounts::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    ctx.require_at(ManageMachines::PERMISSION, user.unit_id, &user.unit_path)?;
    if reach == Reach::Over {
        let held = held::of(tx, None, id, Which::NotOver(ctx.now))?;
        let high: Vec<&'static str> = shared.high_risk().into_iter().collect();
        ceiling::refuse_over_holder_by(tx, ctx, &held, &high, ManageMachines::PERMISSION.name)?;
        ceiling::refuse_not_held(tx, ctx, &held, &high, ManageMachines::PERMISSION.name)?;
    }
    Ok((user, machine))
}

/// Disables one: its keys open nothing from the next request on.
pub fn disable(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    id: Id<UserKind>,
    version: Option<i64>,
    reason: &str,
) -> Outcome<Machine> {
    accounts::check_reason(reason)?;
    let (user, machine) = managed(tx, ctx, shared, id, Reach::Away)?;
    if !user.is_enabled() {
        return Err(ALREADY_SO.fault());
    }
    let version = version.unwrap_or(user.version);
    let user = User { status: DISABLED.to_owned(), ..user };
    let after = json!({ "reason": reason.trim() });
    let user = accounts::store(tx, ctx, user, version, "identity.user.disabled", None, after)?;
    Ok((user, machine))
}

/// Refuses a key of a machine that would hold longer than its maker's own rights.
pub(crate) fn refuse_outlasting(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    id: Id<UserKind>,
    until: Instant,
) -> Outcome<()> {
    let held = held::of(tx, None, id, Which::NotOver(ctx.now))?;
    let high: Vec<&str> = shared.high_risk().into_iter().collect();
    ceiling::refuse_outlasting(tx, ctx, &held, &high, ManageMachines::PERMISSION.name, until)
}

/// Refuses what a machine holds if it must not meet with what its owner, or another of their machines, holds.
pub(crate) fn refuse_meeting_of(tx: &mut Tx<'_>, ctx: &Context, id: Id<UserKind>) -> Outcome<()> {
    let held = held::of(tx, None, id, Which::NotOver(ctx.now))?;
    let roles: BTreeSet<_> = held.into_iter().map(|grant| grant.role).collect();
    roles.into_iter().try_for_each(|role| three::refuse_meeting(tx, ctx.now, id, role))
}

/// All accounts that are one with this one where duties are kept apart: who stands behind it, and the machines they answer for.
pub(crate) fn together(tx: &mut Tx<'_>, account: Id<UserKind>) -> Outcome<BTreeSet<Id<UserKind>>> {
    let mut all = behind(tx, account)?;
    let people: Vec<_> = all.iter().copied().collect();
    all.extend(service_accounts::of_owners(tx, &people)?);
    Ok(all)
}

/// Who stands behind an account: itself, and behind a machine's whoever answers for it and whoever ever made a key of it, for they
/// could act as it. What nobody may do for themselves, no machine of theirs does for them.
pub(crate) fn behind(tx: &mut Tx<'_>, account: Id<UserKind>) -> Outcome<BTreeSet<Id<UserKind>>> {
    let mut all = BTreeSet::from([account]);
    if let Some(machine) = service_accounts::find(tx, account)? {
        all.insert(machine.owner_id);
        all.extend(api_keys::makers(tx, account)?);
    }
    Ok(all)
}

/// Refuses what makes no sense for a machine.
pub fn refuse_machine(tx: &mut Tx<'_>, id: Id<UserKind>) -> Outcome<()> {
    if service_accounts::find(tx, id)?.is_some() { Err(IS_A_MACHINE.fault()) } else { Ok(()) }
}
