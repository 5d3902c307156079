//! What hangs on a person: their grants, and what other domains tell.

use std::sync::Arc;

use contracts::{HeldCount, HeldItem, Holdings, Passing};
use kernel::error::{FIELD_CHOICE, FIELD_UNKNOWN_REFERENCE, INVALID, NOT_FOUND, OrRefuse};
use kernel::id::{Grant as GrantKind, Holding, Unit, User as UserKind};
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome, Scope};
use storage::Tx;

use crate::error::{GRANT_THERE, NOT_THEIRS};
use crate::permission::{ManageUsers, ReadGrants};
use crate::service::awaiting_holdings::{Approvals, Requests};
use crate::service::give::{self, Gift};
use crate::service::machine_holdings::MachineHoldings;
use crate::service::{Services, accounts, revoke};
use crate::store::{grants, held, roles, state};

/// Somebody who knows of one kind of thing.
pub type Holder = Arc<dyn for<'c> Holdings<Tx<'c>>>;

/// All kinds there are, grants first: who is to handle an incident must be able to before it is theirs.
pub fn holders(shared: &Services) -> Vec<Holder> {
    let grants: Holder = Arc::new(GrantHoldings(shared.clone()));
    let machines: Holder = Arc::new(MachineHoldings);
    let requests: Holder = Arc::new(Requests(shared.clone()));
    let approvals: Holder = Arc::new(Approvals);
    [grants, machines, requests, approvals].into_iter().chain(shared.holdings.iter().cloned()).collect()
}

/// The kinds of these names; all of them if none is named.
pub fn of_kinds(shared: &Services, kinds: &[String]) -> Outcome<Vec<Holder>> {
    let all = holders(shared);
    if let Some(stray) = kinds.iter().find(|name| !all.iter().any(|holder| holder.kind() == **name)) {
        let known: Vec<&str> = all.iter().map(|holder| holder.kind()).collect();
        let stray: String = stray.chars().take(40).collect();
        return Err(INVALID
            .refusal()
            .at_with("/kinds", &FIELD_CHOICE, format!("{stray} is none of: {}", known.join(", ")))
            .into());
    }
    Ok(all.into_iter().filter(|h| kinds.is_empty() || kinds.iter().any(|k| k == h.kind())).collect())
}

/// These units with all below them; `None` where none is named: anywhere.
pub fn places(tx: &mut Tx<'_>, shared: &Services, units: &[Id<Unit>]) -> Outcome<Option<Scope>> {
    if units.is_empty() {
        return Ok(None);
    }
    let found = shared.tree.units(tx, units)?;
    if units.iter().any(|id| !found.iter().any(|unit| unit.id == *id)) {
        return Err(INVALID.refusal().at("/unit_ids", &FIELD_UNKNOWN_REFERENCE).into());
    }
    let roots = found.into_iter().map(|u| kernel::actor::Root { unit: u.id, path: u.path, subtree: true });
    Ok(Some(Scope::of(roots, None)))
}

/// One thing with its kind.
pub type Kept = (&'static str, HeldItem);

/// What of one kind hangs on a person, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// The kind.
    pub kind: &'static str,
    /// How many.
    pub count: HeldCount,
}

/// A page of what hangs on somebody, kind by kind, and all of it counted: for who manages the account. `after` is the kind
/// and the id of the page before; one item more than `limit` says that there is another page.
pub fn look(
    tx: &mut Tx<'_>,
    ctx: &Context,
    user: Id<UserKind>,
    holders: &[Holder],
    within: Option<&Scope>,
    after: Option<(&str, Id<Holding>)>,
    limit: i64,
) -> Outcome<(Vec<Kept>, Vec<Counted>)> {
    let user = accounts::visible(tx, ctx, user, ManageUsers::PERMISSION)?.id;
    let mut counts = Vec::with_capacity(holders.len());
    for holder in holders {
        counts.push(Counted { kind: holder.kind(), count: holder.count(tx, ctx, user, within)? });
    }
    let start = match after {
        None => 0,
        Some((kind, _)) => {
            holders.iter().position(|h| h.kind() == kind).or_refuse(&kernel::error::BAD_CURSOR)?
        }
    };
    let mut items = Vec::new();
    for (n, holder) in holders.iter().enumerate().skip(start) {
        let room = limit - i64::try_from(items.len()).unwrap_or(limit);
        if room <= 0 {
            break;
        }
        let from = after.filter(|_| n == start).map(|(_, id)| id);
        let found = holder.list(tx, ctx, user, within, from, room)?;
        items.extend(found.into_iter().map(|item| (holder.kind(), item)));
    }
    Ok((items, counts))
}

/// The grants that hold or will.
struct GrantHoldings(Services);

/// Where the asker may see grants, of the places asked for.
pub(super) fn visible(ctx: &Context, within: Option<&Scope>) -> Scope {
    let seen = ctx.actor.scope(ReadGrants::PERMISSION, false, ctx.now);
    match within {
        None => seen,
        Some(places) => Scope::of(places.roots.iter().flat_map(|r| seen.within(r.unit, &r.path).roots), None),
    }
}

impl<'c> Holdings<Tx<'c>> for GrantHoldings {
    fn kind(&self) -> &'static str {
        "grant"
    }

    fn count(
        &self,
        tx: &mut Tx<'c>,
        ctx: &Context,
        user: Id<UserKind>,
        within: Option<&Scope>,
    ) -> Outcome<HeldCount> {
        let all = held::count(tx, user, None, ctx.now)?;
        let seen = held::count(tx, user, Some(&visible(ctx, None)), ctx.now)?;
        let shown = match within {
            None => seen,
            Some(_) => held::count(tx, user, Some(&visible(ctx, within)), ctx.now)?,
        };
        Ok(HeldCount { shown, hidden: all - seen })
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
        let rows = held::list(tx, user, &visible(ctx, within), ctx.now, after, limit)?;
        let ids: std::collections::BTreeSet<_> = rows.iter().map(|grant| grant.role_id).collect();
        let named = roles::find_all(tx, &ids.into_iter().collect::<Vec<_>>())?;
        let role = |id| named.iter().find(|role| role.id == id);
        Ok(rows
            .into_iter()
            .map(|grant| HeldItem {
                id: Id::from_uuid(grant.id.uuid()),
                label: role(grant.role_id).map(|role| role.label_en.clone()).unwrap_or_default(),
                label_zh: role(grant.role_id).map(|role| role.label_zh.clone()).unwrap_or_default(),
                unit: grant.unit_id,
                since: grant.valid_from,
            })
            .collect())
    }

    /// The grant is given anew, with its dates, by whoever hands it over and up to what they may give; then it is revoked. Where the
    /// successor was given exactly that already, it only ends here.
    fn hand_over(
        &self,
        tx: &mut Tx<'c>,
        ctx: &Context,
        passing: &Passing<'_>,
        item: Id<Holding>,
    ) -> Outcome<()> {
        state::lock(tx)?;
        let id: Id<GrantKind> = Id::from_uuid(item.uuid());
        let grant = grants::find(tx, id)?
            .filter(|grant| ctx.actor.may(ReadGrants::PERMISSION, &grant.unit_path, ctx.now))
            .or_refuse(&NOT_FOUND)?;
        if grant.user_id != passing.from || grant.is_over(ctx.now) {
            return Err(NOT_THEIRS.fault());
        }
        let gift = Gift {
            user: passing.to,
            role: grant.role_id,
            unit: grant.unit_id,
            subtree: grant.subtree,
            from: Some(grant.valid_from.max(ctx.now)),
            until: grant.valid_until,
            reason: passing.reason.to_owned(),
            ticket: grant.ticket.clone(),
        };
        match give::give(tx, ctx, &self.0, &gift) {
            Ok(_) => {}
            Err(fault) if fault.code() == Some(&GRANT_THERE) => {}
            Err(fault) => return Err(fault),
        }
        revoke::revoke(tx, ctx, id, None, passing.reason).map(drop)
    }
}
