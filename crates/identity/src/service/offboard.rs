//! Somebody leaves: what hangs on them passes to a successor if there is one, their grants are revoked, what they asked for and nobody
//! has approved is withdrawn, their sessions and API keys end, their account is disabled. What can neither pass nor be revoked is told, and stops nothing: the door is shut all the same.

use kernel::id::Grant as GrantKind;
use kernel::{Context, Id, Outcome};
use storage::Tx;

use crate::error::HANDOVER_TOO_LARGE;
use crate::model::Grant;
use crate::model::handover::{Fate, Order, Passed, Report};
use crate::service::handover::{self, MAX_ITEMS};
use crate::service::holdings::{self, Holder};
use crate::service::session::Door;
use crate::service::{Services, accounts, api_keys, approve, revoke};
use crate::store::sessions;

/// Lets them go. The rules of disabling an account hold, as they are before anything passed.
pub fn offboard(tx: &mut Tx<'_>, ctx: &Context, shared: &Services, order: &Order) -> Outcome<Report> {
    handover::check(order)?;
    let user = accounts::leaving(tx, ctx, shared, order.from)?;
    let holders = holdings::holders(shared);
    let mut items = Vec::new();
    if order.to.is_some() {
        let to = handover::successor(tx, ctx, order)?;
        let chosen = handover::chosen(tx, ctx, order, &holders, None)?;
        items = handover::pass(tx, ctx, order, to, &holders, chosen)?;
    }
    let reason = order.reason.as_str();
    end_left(tx, ctx, order, &holders, &mut items, "grant", |tx, id| {
        revoke::revoke(tx, ctx, id, None, reason)
    })?;
    end_left(tx, ctx, order, &holders, &mut items, "grant_request", |tx, id| {
        approve::decline(tx, ctx, id, None, reason)
    })?;
    let open = sessions::count_open(tx, user.id, ctx.now)?;
    if user.is_enabled() {
        accounts::disable(tx, ctx, shared, user.id, None, &order.reason)?;
    } else {
        sessions::end_all(tx, user.id, None, ctx.now)?;
    }
    // Disabled, they open nothing; and should the account be enabled again, what it forgot it had does not come back with it.
    let keys = api_keys::end_all(tx, Door::of(ctx), &user, Some(ctx.actor.user), &order.reason)?;
    let keys_ended = i64::try_from(keys).unwrap_or(i64::MAX);
    let told = handover::told(tx, ctx, order, &holders, items)?;
    let report = Report { sessions_ended: open, keys_ended, disabled: user.is_enabled(), ..told };
    handover::trail(tx, ctx, "identity.user.offboarded", &user, order, &report)?;
    Ok(report)
}

/// Ends those of a kind that nobody took over; the fate of one that was refused to the successor is what becomes of it here.
fn end_left<'c>(
    tx: &mut Tx<'c>,
    ctx: &Context,
    order: &Order,
    holders: &[Holder],
    items: &mut Vec<Passed>,
    kind: &'static str,
    end: impl Fn(&mut Tx<'_>, Id<GrantKind>) -> Outcome<Grant>,
) -> Outcome<()> {
    let Some(holder) = holders.iter().find(|holder| holder.kind() == kind) else { return Ok(()) };
    let left = holder.list(tx, ctx, order.from, None, None, MAX_ITEMS + 1)?;
    if i64::try_from(left.len()).unwrap_or(i64::MAX) > MAX_ITEMS {
        return Err(HANDOVER_TOO_LARGE.fault());
    }
    for item in left {
        let id = Id::from_uuid(item.id.uuid());
        let done = tx.nested(|tx| end(tx, id).map(drop));
        let fate = handover::fate(done, Fate::Revoked)?;
        match items.iter_mut().find(|known| known.kind == kind && known.item.id == item.id) {
            Some(known) => known.fate = fate,
            None => items.push(Passed { kind, item, fate }),
        }
    }
    Ok(())
}
