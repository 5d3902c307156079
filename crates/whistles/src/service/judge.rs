//! What the community says of a department: whether it need not come, and how it did.

use kernel::error::{FIELD_RANGE, Fields};
use kernel::id::WhistleCall;
use kernel::{Context, Id, Outcome};
use storage::Tx;

use super::act::{hold, leave, tidy};
use crate::model::{Action, Call, Whistle};
use crate::ports::WhistleServices;

/// Agrees that a department need not come, or insists. Whoever insists says why.
pub fn decide(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &WhistleServices,
    id: Id<WhistleCall>,
    expected: i64,
    accept: bool,
    note: &str,
) -> Outcome<(Whistle, Call)> {
    let action = if accept { Action::AcceptDecline } else { Action::RefuseDecline };
    let held = hold(tx, ctx, id, expected, action)?;
    let mut fields = Fields::default();
    fields.text("/note", note, usize::from(!accept), 1000);
    fields.finish()?;
    leave(tx, ctx, s, held, action, tidy(note))
}

/// Grades a department: 1 to 5 stars.
pub fn grade(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &WhistleServices,
    id: Id<WhistleCall>,
    expected: i64,
    grade: i64,
    remark: &str,
) -> Outcome<(Whistle, Call)> {
    let mut held = hold(tx, ctx, id, expected, Action::Grade)?;
    let mut fields = Fields::default();
    let stars = i32::try_from(grade).ok().filter(|stars| (1..=5).contains(stars));
    if stars.is_none() {
        fields.bad("/grade", &FIELD_RANGE, Some("1 to 5".to_owned()));
    }
    fields.text("/remark", remark, 0, 1000);
    fields.finish()?;
    held.call.grade = stars;
    held.call.graded_at = Some(ctx.now);
    held.call.graded_by = Some(ctx.actor.user);
    held.call.remark = tidy(remark);
    let note = held.call.remark.clone();
    leave(tx, ctx, s, held, Action::Grade, note)
}
