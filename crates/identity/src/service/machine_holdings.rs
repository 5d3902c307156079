//! The machines that a person answers for, as things that hang on them: who leaves leaves none that nobody answers for.

use contracts::{HeldCount, HeldItem, Holdings, Passing};
use kernel::error::{FIELD_UNKNOWN_REFERENCE, INVALID, NOT_FOUND, OrRefuse};
use kernel::id::{Holding, User as UserKind};
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome, Scope};
use serde_json::json;
use storage::{Tx, audit};

use crate::error::NOT_THEIRS;
use crate::model::User;
use crate::permission::{ManageMachines, ReadMachines};
use crate::service::{api_keys, machines};
use crate::store::{service_accounts, state, users};

/// The machines that a person answers for and that are not disabled.
pub struct MachineHoldings;

impl MachineHoldings {
    fn all(tx: &mut Tx<'_>, owner: Id<UserKind>) -> Outcome<Vec<User>> {
        let ids = service_accounts::of_owners(tx, &[owner])?;
        let mut found = users::find_all(tx, &ids)?;
        found.retain(User::is_enabled);
        found.sort_by_key(|machine| machine.id);
        Ok(found)
    }

    fn seen(ctx: &Context, machine: &User, within: Option<&Scope>) -> bool {
        let place = within.is_none_or(|scope| scope.covers(&machine.unit_path, None));
        place && ctx.actor.may(ReadMachines::PERMISSION, &machine.unit_path, ctx.now)
    }
}

fn number(all: &[User], which: impl Fn(&User) -> bool) -> Outcome<i64> {
    i64::try_from(all.iter().filter(|machine| which(machine)).count()).map_err(kernel::Fault::internal)
}

impl<'c> Holdings<Tx<'c>> for MachineHoldings {
    fn kind(&self) -> &'static str {
        "service_account"
    }

    fn count(
        &self,
        tx: &mut Tx<'c>,
        ctx: &Context,
        user: Id<UserKind>,
        within: Option<&Scope>,
    ) -> Outcome<HeldCount> {
        let all = Self::all(tx, user)?;
        let shown = number(&all, |machine| Self::seen(ctx, machine, within))?;
        let hidden = number(&all, |machine| !Self::seen(ctx, machine, None))?;
        Ok(HeldCount { shown, hidden })
    }

    fn list(
        &self,
        tx: &mut Tx<'c>,
        ctx: &Context,
        user: Id<UserKind>,
        within: Option<&Scope>,
        after: Option<Id<Holding>>,
        limit: i64,
    ) -> Outcome<Vec<HeldItem>> {
        let past = |machine: &User| after.is_none_or(|after| machine.id.uuid() > after.uuid());
        Ok(Self::all(tx, user)?
            .into_iter()
            .filter(|machine| past(machine) && Self::seen(ctx, machine, within))
            .take(usize::try_from(limit).unwrap_or(usize::MAX))
            .map(|machine| HeldItem {
                id: Id::from_uuid(machine.id.uuid()),
                label: machine.display_name.clone(),
                label_zh: machine.display_name,
                unit: machine.unit_id,
                since: machine.created_at,
            })
            .collect())
    }

    /// Another person answers for it from now on: one who can sign in, and is no machine. The keys that the one before made end, for
    /// they may still have them: the next one makes others.
    fn hand_over(
        &self,
        tx: &mut Tx<'c>,
        ctx: &Context,
        passing: &Passing<'_>,
        item: Id<Holding>,
    ) -> Outcome<()> {
        state::lock(tx)?;
        let id: Id<UserKind> = Id::from_uuid(item.uuid());
        let (machine, kept) = machines::visible(tx, ctx, id)?;
        ctx.require_at(ManageMachines::PERMISSION, machine.unit_id, &machine.unit_path)?;
        if kept.owner_id != passing.from {
            return Err(NOT_THEIRS.fault());
        }
        let to = users::find(tx, passing.to)?.or_refuse(&NOT_FOUND)?;
        if !to.is_enabled() || service_accounts::find(tx, to.id)?.is_some() {
            return Err(INVALID.refusal().at("/to_id", &FIELD_UNKNOWN_REFERENCE).into());
        }
        service_accounts::set_owner(tx, id, to.id)?;
        api_keys::end_made_by(tx, ctx, &machine, passing.from, passing.reason)?;
        machines::refuse_meeting_of(tx, ctx, id)?;
        let entry = audit::Entry {
            action: "identity.machine.handed_over",
            object_kind: "user",
            object: Some(id.uuid()),
            unit: Some(machine.unit_id),
            before: Some(json!({ "owner": kept.owner_id })),
            after: Some(json!({ "owner": to.id, "reason": passing.reason })),
        };
        audit::record(tx, ctx, entry)
    }
}
