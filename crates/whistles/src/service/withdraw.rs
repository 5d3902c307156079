//! Taking calls back: one, or all of a whistle.

use kernel::error::{Fields, NOT_FOUND, OrRefuse, STALE};
use kernel::id::{Whistle as WhistleId, WhistleCall};
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome};
use serde_json::json;
use storage::Tx;
use storage::audit::{self, Entry};

use super::act::{Held, apart, hold, leave, may, tidy};
use super::see;
use crate::error::NOTHING_OPEN;
use crate::model::{Action, Call, State, Whistle};
use crate::permission::BlowWhistle;
use crate::ports::WhistleServices;
use crate::store::{self, calls, whistles};

fn reason_of(reason: &str) -> Outcome<Option<String>> {
    let mut fields = Fields::default();
    fields.text("/reason", reason, 1, 1000);
    fields.finish()?;
    Ok(tidy(reason))
}

/// Says when a call was taken back. One that was declined is excused, and was not.
fn mark(ctx: &Context, call: &mut Call) {
    if call.state == State::Withdrawn {
        call.withdrawn_at = Some(ctx.now);
    }
}

/// Takes one call back.
pub fn one(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &WhistleServices,
    id: Id<WhistleCall>,
    expected: i64,
    reason: &str,
) -> Outcome<(Whistle, Call)> {
    let mut held = hold(tx, ctx, id, expected, Action::Withdraw)?;
    let reason = reason_of(reason)?;
    mark(ctx, &mut held.call);
    leave(tx, ctx, s, held, Action::Withdraw, reason)
}

/// Takes all calls of a whistle back that can be. What was answered stays, to be graded.
pub fn whole(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &WhistleServices,
    id: Id<WhistleId>,
    expected: i64,
    reason: &str,
) -> Outcome<Whistle> {
    store::join(tx)?;
    let whistle = whistles::find_locked(tx, id)?.or_refuse(&NOT_FOUND)?;
    let all = calls::of_whistles(tx, &[id])?;
    if !see::of_whistle(ctx, &whistle, &all) {
        return Err(NOT_FOUND.fault());
    }
    ctx.require_at(BlowWhistle::PERMISSION, whistle.unit, &whistle.path)?;
    if whistle.version != expected {
        return Err(STALE.fault());
    }
    let reason = reason_of(reason)?;
    let mut done = whistle;
    let mut count = 0_i64;
    for mut call in all {
        let from = call.state;
        let Some(next) = from.after(Action::Withdraw, call.how(ctx.now)) else { continue };
        may(ctx, &done, &call, Action::Withdraw)?;
        apart(tx, ctx, &call, Action::Withdraw)?;
        call.state = next;
        mark(ctx, &mut call);
        (done, _) = leave(tx, ctx, s, Held { whistle: done, call, from }, Action::Withdraw, reason.clone())?;
        count += 1;
    }
    if count == 0 {
        return Err(NOTHING_OPEN.fault());
    }
    audit::record(
        tx,
        ctx,
        Entry {
            action: "whistles.whistle.withdraw",
            object_kind: "whistle",
            object: Some(id.uuid()),
            unit: Some(done.unit),
            before: None,
            after: Some(json!({ "calls": count, "reason": reason })),
        },
    )?;
    Ok(done)
}
