//! Handing over: all or part of what hangs on one person passes to another, in one transaction, under the rights of whoever
//! does it. Every item passes its own domain's rule; grants pass the ceiling.

use contracts::Passing;
use kernel::error::{FIELD_LENGTH, FIELD_RANGE, FIELD_UNKNOWN_REFERENCE, Fields, INVALID};
use kernel::id::User as UserKind;
use kernel::permission::Permit;
use kernel::{Context, Fault, Id, Outcome, Scope};
use serde_json::json;
use storage::{Tx, audit};

use crate::error::{HANDOVER_REFUSED, HANDOVER_TO_HOLDER, HANDOVER_TOO_LARGE, USER_DISABLED};
use crate::model::User;
use crate::model::handover::{Fate, Order, Passed, Report, Tally};
use crate::permission::ReadUsers;
use crate::service::holdings::{self, Holder, Kept};
use crate::service::{Services, accounts, ceiling};
use crate::store::users;

/// What passes at once.
pub const MAX_ITEMS: i64 = 1_000;
/// Of what remains, and of what was refused, so many are named; all are counted.
const NAMED: i64 = 200;
/// Units and kinds that can be named at once.
const MAX_NAMED: usize = 50;

/// Hands over. A refused item refuses all of it, unless the order is for what can pass.
pub fn hand_over(tx: &mut Tx<'_>, ctx: &Context, shared: &Services, order: &Order) -> Outcome<Report> {
    check(order)?;
    let user = accounts::beside(tx, ctx, shared, order.from)?;
    let to = successor(tx, ctx, order)?;
    let holders = holdings::of_kinds(shared, &order.kinds)?;
    let within = holdings::places(tx, shared, &order.units)?;
    let chosen = chosen(tx, ctx, order, &holders, within.as_ref())?;
    let items = pass(tx, ctx, order, to, &holders, chosen)?;
    if !order.partial {
        refuse_if_any_was(&items)?;
    }
    let report = told(tx, ctx, order, &holders, items)?;
    trail(tx, ctx, "identity.user.handed_over", &user, order, &report)?;
    Ok(report)
}

/// What is wrong with the order itself.
pub(crate) fn check(order: &Order) -> Outcome<()> {
    let mut fields = Fields::default();
    fields.text("/reason", &order.reason, 2, 500);
    if order.limit.is_some_and(|limit| !(1..=MAX_ITEMS).contains(&limit)) {
        fields.bad("/limit", &FIELD_RANGE, Some(format!("1 to {MAX_ITEMS}")));
    }
    for (pointer, count) in [("/kinds", order.kinds.len()), ("/unit_ids", order.units.len())] {
        if count > MAX_NAMED {
            fields.bad(pointer, &FIELD_LENGTH, Some(format!("at most {MAX_NAMED}")));
        }
    }
    fields.finish()
}

/// Whoever is to have it: an account that the actor sees, enabled, and not the holder's own.
pub(crate) fn successor(tx: &mut Tx<'_>, ctx: &Context, order: &Order) -> Outcome<Id<UserKind>> {
    let refused = |code| INVALID.refusal().at("/to_id", code);
    let to = order.to.ok_or_else(|| refused(&kernel::error::FIELD_REQUIRED))?;
    if to == order.from {
        return Err(HANDOVER_TO_HOLDER.refusal().at("/to_id", &HANDOVER_TO_HOLDER).into());
    }
    let user = users::find(tx, to)?
        .filter(|user| ctx.actor.may(ReadUsers::PERMISSION, &user.unit_path, ctx.now))
        .ok_or_else(|| refused(&FIELD_UNKNOWN_REFERENCE))?;
    if user.is_enabled() { Ok(to) } else { Err(USER_DISABLED.refusal().at("/to_id", &USER_DISABLED).into()) }
}

/// What the order is for, under the actor's rights: what they may not see is not in it.
pub(crate) fn chosen(
    tx: &mut Tx<'_>,
    ctx: &Context,
    order: &Order,
    holders: &[Holder],
    within: Option<&Scope>,
) -> Outcome<Vec<Kept>> {
    let most = order.limit.unwrap_or(MAX_ITEMS + 1);
    let mut all: Vec<Kept> = Vec::new();
    for holder in holders.iter().filter(|holder| holder.passes()) {
        let room = most - i64::try_from(all.len()).unwrap_or(most);
        if room <= 0 {
            break;
        }
        let found = holder.list(tx, ctx, order.from, within, None, room)?;
        all.extend(found.into_iter().map(|item| (holder.kind(), item)));
    }
    if i64::try_from(all.len()).unwrap_or(i64::MAX) <= MAX_ITEMS {
        return Ok(all);
    }
    let mut counts = Vec::new();
    for holder in holders.iter().filter(|holder| holder.passes()) {
        let count = holder.count(tx, ctx, order.from, within)?.shown;
        counts.push(json!({ "kind": holder.kind(), "count": count }));
    }
    Err(HANDOVER_TOO_LARGE.refusal().with("counts", json!(counts)).with("most", json!(MAX_ITEMS)).into())
}

/// Passes each item in a savepoint of its own. Trouble underneath ends all of it.
pub(crate) fn pass(
    tx: &mut Tx<'_>,
    ctx: &Context,
    order: &Order,
    to: Id<UserKind>,
    holders: &[Holder],
    chosen: Vec<Kept>,
) -> Outcome<Vec<Passed>> {
    let passing = Passing { from: order.from, to, reason: order.reason.trim() };
    let mut items = Vec::with_capacity(chosen.len());
    for (kind, item) in in_order(tx, ctx, order, chosen)? {
        let holder = holders
            .iter()
            .find(|holder| holder.kind() == kind)
            .ok_or_else(|| Fault::internal(format!("nobody knows of {kind}")))?;
        let fate = fate(tx.nested(|tx| holder.hand_over(tx, ctx, &passing, item.id)), Fate::HandedOver)?;
        items.push(Passed { kind, item, fate });
    }
    Ok(items)
}

/// A refusal is an item's fate; anything else is trouble.
pub(crate) fn fate(outcome: Outcome<()>, good: Fate) -> Outcome<Fate> {
    match outcome {
        Ok(()) => Ok(good),
        Err(Fault::Refused(refusal)) => Ok(Fate::Refused(refusal.code)),
        Err(trouble) => Err(trouble),
    }
}

/// Somebody who hands over their own things gives away last what they give it by.
fn in_order(tx: &mut Tx<'_>, ctx: &Context, order: &Order, chosen: Vec<Kept>) -> Outcome<Vec<Kept>> {
    if order.from != ctx.actor.user {
        return Ok(chosen);
    }
    let giving = crate::permission::ManageGrants::NAME;
    let held = ceiling::as_of_now(tx, ctx)?.grants;
    let weight = |item: &Kept| {
        let grant = held.iter().find(|g| g.id.uuid() == item.1.id.uuid());
        let depth = grant.map_or(0, |g| g.path.depth());
        (grant.is_some_and(|g| g.carries(giving)), std::cmp::Reverse(depth))
    };
    let (mut grants, others): (Vec<Kept>, Vec<Kept>) = chosen.into_iter().partition(|k| k.0 == "grant");
    grants.sort_by_key(weight);
    Ok(grants.into_iter().chain(others).collect())
}

fn refuse_if_any_was(items: &[Passed]) -> Outcome<()> {
    let mut refused = Vec::new();
    let mut count = 0_i64;
    for one in items {
        let Fate::Refused(code) = one.fate else { continue };
        count += 1;
        if count <= NAMED {
            refused.push(json!({ "kind": one.kind, "id": one.item.id, "code": code.code }));
        }
    }
    if count == 0 {
        return Ok(());
    }
    Err(HANDOVER_REFUSED.refusal().with("refused", json!(refused)).with("refused_count", json!(count)).into())
}

/// What became of it, and what is left.
pub(crate) fn told(
    tx: &mut Tx<'_>,
    ctx: &Context,
    order: &Order,
    holders: &[Holder],
    items: Vec<Passed>,
) -> Outcome<Report> {
    let (mut tallies, mut remaining) = (Vec::with_capacity(holders.len()), Vec::new());
    for holder in holders {
        let left = holder.count(tx, ctx, order.from, None)?;
        tallies.push(Tally::of(holder.kind(), &items, left));
        let room = NAMED - i64::try_from(remaining.len()).unwrap_or(NAMED);
        if room > 0 && left.shown > 0 {
            let found = holder.list(tx, ctx, order.from, None, None, room)?;
            remaining.extend(found.into_iter().map(|item| (holder.kind(), item)));
        }
    }
    Ok(Report { items, tallies, remaining, sessions_ended: 0, keys_ended: 0, disabled: false })
}

/// One record for all of it; each item has its own besides.
pub(crate) fn trail(
    tx: &mut Tx<'_>,
    ctx: &Context,
    action: &str,
    user: &User,
    order: &Order,
    report: &Report,
) -> Outcome<()> {
    let entry = audit::Entry {
        action,
        object_kind: "user",
        object: Some(user.id.uuid()),
        unit: Some(user.unit_id),
        before: None,
        after: Some(json!({
            "to": order.to, "kinds": order.kinds, "units": order.units, "reason": order.reason.trim(),
            "partial": order.partial, "counts": report.tallies, "sessions_ended": report.sessions_ended,
            "keys_ended": report.keys_ended,
            "disabled": report.disabled,
        })),
    };
    audit::record(tx, ctx, entry)
}

/// What a deed would do: it is done in a savepoint and undone, so that what is told is what would be.
pub(crate) fn rehearse<'c, T>(tx: &mut Tx<'c>, deed: impl FnOnce(&mut Tx<'c>) -> Outcome<T>) -> Outcome<T> {
    const UNDONE: &str = "a rehearsal is undone";
    let mut told = None;
    let outcome: Outcome<()> = tx.nested(|tx| {
        told = Some(deed(tx)?);
        Err(Fault::internal(UNDONE))
    });
    match (outcome, told) {
        (Err(Fault::Internal(why)), Some(told)) if why == UNDONE => Ok(told),
        (Err(fault), _) => Err(fault),
        (Ok(()), _) => Err(Fault::internal("a rehearsal was committed")),
    }
}
