//! What every deed on a call has in common: who may, the state, the version; and what it leaves behind.

use contracts::events::{WHISTLE_CALL_CHANGED, WhistleCallTold};
use kernel::error::{NOT_FOUND, OrRefuse, STALE};
use kernel::id::WhistleCall;
use kernel::permission::Permit;
use kernel::{Context, Fault, Id, Outcome};
use serde_json::json;
use storage::Tx;
use storage::audit::{self, Entry};
use storage::outbox::{self, Event};

use super::{see, tell};
use crate::error::{NOT_THEN, OWN_ANSWER};
use crate::model::{Action, Call, State, Step, Whistle};
use crate::permission::{AnswerCall, BlowWhistle, GradeCall};
use crate::ports::WhistleServices;
use crate::store::{self, calls, steps, whistles};

/// A call whose turn it is, with its whistle, both locked.
pub(super) struct Held {
    pub whistle: Whistle,
    pub call: Call,
    /// The state it goes on from.
    pub from: State,
}

/// The call, as it was seen, if the actor may do this to it and it can be done from where it is; in its next state.
pub(super) fn hold(
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: Id<WhistleCall>,
    expected: i64,
    action: Action,
) -> Outcome<Held> {
    store::join(tx)?;
    let found = calls::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    let whistle = whistles::find_locked(tx, found.whistle)?.or_refuse(&NOT_FOUND)?;
    // Read anew: it may have gone on while its whistle was somebody else's.
    let mut call = calls::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    may(ctx, &whistle, &call, action)?;
    apart(tx, ctx, &call, action)?;
    if call.version != expected {
        return Err(STALE.fault());
    }
    let from = call.state;
    call.state = next(ctx, &call, action)?;
    Ok(Held { whistle, call, from })
}

/// Where the action leads from where the call is.
pub(super) fn next(ctx: &Context, call: &Call, action: Action) -> Outcome<State> {
    let how = call.how(ctx.now);
    call.state.after(action, how).ok_or_else(|| {
        let allowed: Vec<&str> = call.state.actions(how).map(Action::word).collect();
        NOT_THEN
            .refusal()
            .with("state", json!(call.state.word()))
            .with("allowed_transitions", json!(allowed))
            .into()
    })
}

/// Whether the actor may do this to a call: the department answers, the community does the rest, and nobody is both.
pub fn may(ctx: &Context, whistle: &Whistle, call: &Call, action: Action) -> Outcome<()> {
    if !see::of_call(ctx, whistle, call) {
        return Err(NOT_FOUND.fault());
    }
    match action {
        Action::ReportIn | Action::Decline | Action::Result => {
            ctx.require_at(AnswerCall::PERMISSION, call.unit, &call.path)
        }
        Action::AcceptDecline | Action::RefuseDecline | Action::Grade | Action::Withdraw => {
            let permission =
                if action == Action::Grade { GradeCall::PERMISSION } else { BlowWhistle::PERMISSION };
            ctx.require_at(permission, whistle.unit, &whistle.path)?;
            if call.was_answered_by(ctx.actor.user) { Err(OWN_ANSWER.fault()) } else { Ok(()) }
        }
    }
}

/// Writes the call down, with its step, the record, the event and who hears of it; ends the whistle with its last call.
pub(super) fn leave(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &WhistleServices,
    held: Held,
    action: Action,
    note: Option<String>,
) -> Outcome<(Whistle, Call)> {
    let Held { mut whistle, mut call, from } = held;
    call.version += 1;
    call.over_at = call.state.is_over().then_some(ctx.now);
    if !calls::update(tx, &call)? {
        return Err(STALE.fault());
    }
    let step = Step { seq: call.version, action, to: call.state, actor: ctx.actor.user, at: ctx.now, note };
    steps::insert(tx, call.id, &step)?;
    let (before, after) =
        (json!({ "state": from.word() }), json!({ "state": call.state.word(), "grade": call.grade }));
    audit::record(
        tx,
        ctx,
        Entry {
            action: &format!("whistles.call.{action}"),
            object_kind: "whistle_call",
            object: Some(call.id.uuid()),
            // What the department does is on record with the department, the rest with the community.
            unit: Some(if is_departments(action) { call.unit } else { whistle.unit }),
            before: Some(before),
            after: Some(after),
        },
    )?;
    emit(tx, ctx, WHISTLE_CALL_CHANGED, &whistle, &call, action.word())?;
    tell::of(tx, ctx, s, &whistle, &call, &step)?;
    end(tx, ctx, &mut whistle)?;
    Ok((whistle, call))
}

/// Refuses the community's part to whoever ever acted for the department on this call: others may have declined since.
pub(super) fn apart(tx: &mut Tx<'_>, ctx: &Context, call: &Call, action: Action) -> Outcome<()> {
    let theirs: Vec<Action> = Action::ALL.iter().copied().filter(|a| is_departments(*a)).collect();
    if !is_departments(action) && steps::has_done(tx, call.id, ctx.actor.user, &theirs)? {
        return Err(OWN_ANSWER.fault());
    }
    Ok(())
}

/// Whether an action is the department's.
pub fn is_departments(action: Action) -> bool {
    matches!(action, Action::ReportIn | Action::Decline | Action::Result)
}

pub(super) fn emit(
    tx: &mut Tx<'_>,
    ctx: &Context,
    topic: &str,
    whistle: &Whistle,
    call: &Call,
    what: &str,
) -> Outcome<()> {
    let told = WhistleCallTold {
        call: call.id,
        whistle: whistle.id,
        unit: whistle.unit,
        department: call.unit,
        what: what.to_owned(),
        state: call.state.word().to_owned(),
    };
    let payload = serde_json::to_value(&told).map_err(Fault::internal)?;
    outbox::emit(tx, ctx, &Event { topic, object: call.id.uuid(), object_seq: call.version, payload })
}

/// Ends a whistle, which is locked, when nothing of it is open any more.
pub(super) fn end(tx: &mut Tx<'_>, ctx: &Context, whistle: &mut Whistle) -> Outcome<()> {
    let open = calls::of_whistles(tx, &[whistle.id])?.iter().any(|call| !call.state.is_over());
    if open || whistle.ended_at.is_some() {
        return Ok(());
    }
    whistle.ended_at = Some(ctx.now);
    whistle.version += 1;
    if whistles::update(tx, whistle)? { Ok(()) } else { Err(STALE.fault()) }
}

/// A text that may be left out, without the blanks around it.
pub(super) fn tidy(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|t| !t.is_empty())
}
