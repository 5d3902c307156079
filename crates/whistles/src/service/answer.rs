//! What a called department does: report in, decline, tell the result.

use kernel::error::{FIELD_RANGE, Fields};
use kernel::id::WhistleCall;
use kernel::{Context, Id, Instant, Outcome};
use storage::Tx;

use super::act::{hold, leave, tidy};
use crate::model::{Action, Call, FAR_DAYS, Whistle};
use crate::ports::WhistleServices;

/// Reports in: who comes, and when.
pub fn report_in(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &WhistleServices,
    id: Id<WhistleCall>,
    expected: i64,
    who_comes: &str,
    coming: Option<Instant>,
) -> Outcome<(Whistle, Call)> {
    let mut held = hold(tx, ctx, id, expected, Action::ReportIn)?;
    let mut fields = Fields::default();
    fields.name("/who_comes", who_comes, 1, 200);
    // Somebody may be there already; nobody has been for a year.
    let near = |at: Instant| ctx.now.plus_days(-FAR_DAYS) <= at && at <= ctx.now.plus_days(FAR_DAYS);
    if coming.is_some_and(|at| !near(at)) {
        fields.bad("/coming_at", &FIELD_RANGE, Some(format!("within {FAR_DAYS} days")));
    }
    fields.finish()?;
    held.call.reported_at = Some(ctx.now);
    held.call.reported_by = Some(ctx.actor.user);
    held.call.who_comes = tidy(who_comes);
    held.call.coming_at = coming;
    let note = held.call.who_comes.clone();
    leave(tx, ctx, s, held, Action::ReportIn, note)
}

/// Declines, with a reason. The community agrees, or insists.
pub fn decline(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &WhistleServices,
    id: Id<WhistleCall>,
    expected: i64,
    reason: &str,
) -> Outcome<(Whistle, Call)> {
    let mut held = hold(tx, ctx, id, expected, Action::Decline)?;
    let mut fields = Fields::default();
    fields.text("/reason", reason, 1, 1000);
    fields.finish()?;
    held.call.declined_at = Some(ctx.now);
    held.call.declined_by = Some(ctx.actor.user);
    held.call.decline_reason = tidy(reason);
    let note = held.call.decline_reason.clone();
    leave(tx, ctx, s, held, Action::Decline, note)
}

/// Tells what came of it.
pub fn result(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &WhistleServices,
    id: Id<WhistleCall>,
    expected: i64,
    result: &str,
) -> Outcome<(Whistle, Call)> {
    let mut held = hold(tx, ctx, id, expected, Action::Result)?;
    let mut fields = Fields::default();
    fields.text("/result", result, 1, 2000);
    fields.finish()?;
    held.call.result_at = Some(ctx.now);
    held.call.result_by = Some(ctx.actor.user);
    held.call.result = tidy(result);
    let note = held.call.result.clone();
    leave(tx, ctx, s, held, Action::Result, note)
}
