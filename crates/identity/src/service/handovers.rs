//! Handovers with their date: asked for, kept, carried out when their time has come, called off. One that waits is judged
//! twice: when it is asked for, and anew when it is due, under the rights its asker has then.

use std::sync::Arc;

use contracts::events::{HANDOVER_ENDED, HandoverEnded};
use kernel::error::{FIELD_RANGE, Fields, INVALID, NOT_FOUND, OrRefuse, STALE};
use kernel::id::Handover as HandoverKind;
use kernel::permission::Permit;
use kernel::sql::Json;
use kernel::{Actor, Context, ErrorCode, Fault, Id, IdGen, Instant, Outcome};
use serde_json::json;
use storage::outbox::Event;
use storage::{Tx, audit, outbox};

use crate::error::{HANDOVER_OVER, SCHEDULER_GONE, TOO_MANY_SCHEDULED};
use crate::gate::actors;
use crate::model::handover::{
    CANCELLED, DONE, FAILED, HANDOVER, Handover, OFFBOARDING, Order, Report, SCHEDULED,
};
use crate::permission::ManageUsers;
use crate::service::{Services, by_key, handover, offboard};
use crate::store::{handovers, state, users};

/// How far ahead something can be scheduled.
const AHEAD_DAYS: i64 = 366;
/// How many of one person's can wait.
const WAITING: i64 = 20;
/// Carried out in one run of the job.
const AT_ONCE: usize = 20;
/// A run that has passed on so much leaves the rest to the next.
const ENOUGH: usize = 200;

/// What came of asking.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What is kept of it; nothing of a rehearsal.
    pub kept: Option<Handover>,
    /// What it did, or would do now.
    pub report: Report,
}

/// Carries an order out, or keeps it until its time, or only tells what it would do.
pub fn ask(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    order: &Order,
    due: Option<Instant>,
    dry_run: bool,
) -> Outcome<Asked> {
    let due = due.filter(|due| *due > ctx.now);
    if due.is_some() {
        by_key::refuse_later(ctx)?;
    }
    if due.is_some_and(|due| due > ctx.now.plus_days(AHEAD_DAYS)) {
        let days = format!("at most {AHEAD_DAYS} days ahead");
        return Err(INVALID.refusal().at_with("/due_at", &FIELD_RANGE, days).into());
    }
    // Before the rehearsal, whose end gives back the locks it took.
    state::lock(tx)?;
    if dry_run {
        return Ok(Asked { kept: None, report: handover::rehearse(tx, |tx| carry(tx, ctx, shared, order))? });
    }
    let Some(due) = due else {
        let report = carry(tx, ctx, shared, order)?;
        let row = row(ctx, order, ctx.now);
        let kept =
            Handover { state: DONE.to_owned(), ended_at: Some(ctx.now), outcome: counts(&report), ..row };
        handovers::insert(tx, &kept)?;
        tell(tx, ctx, &kept)?;
        return Ok(Asked { kept: Some(kept), report });
    };
    let report = handover::rehearse(tx, |tx| carry(tx, ctx, shared, order))?;
    if handovers::count_scheduled(tx, order.from)? >= WAITING {
        return Err(TOO_MANY_SCHEDULED.fault());
    }
    let kept = row(ctx, order, due);
    handovers::insert(tx, &kept)?;
    trail(tx, ctx, "identity.handover.scheduled", &kept, None)?;
    Ok(Asked { kept: Some(kept), report })
}

fn carry(tx: &mut Tx<'_>, ctx: &Context, shared: &Services, order: &Order) -> Outcome<Report> {
    if order.leaving {
        offboard::offboard(tx, ctx, shared, order)
    } else {
        handover::hand_over(tx, ctx, shared, order)
    }
}

fn row(ctx: &Context, order: &Order, due: Instant) -> Handover {
    Handover {
        id: ctx.id(),
        kind: (if order.leaving { OFFBOARDING } else { HANDOVER }).to_owned(),
        user_id: order.from,
        to_id: order.to,
        kinds: Json(json!(order.kinds)),
        unit_ids: Json(json!(order.units)),
        item_limit: order.limit,
        partial: order.partial,
        reason: order.reason.trim().to_owned(),
        due_at: due,
        state: SCHEDULED.to_owned(),
        asked_by: ctx.actor.user,
        created_at: ctx.now,
        ended_at: None,
        ended_by: None,
        code: None,
        outcome: Json(json!([])),
        version: 1,
    }
}

fn counts(report: &Report) -> Json {
    Json(json!(report.tallies))
}

/// The one of this id, if the actor manages its person's account.
pub fn find(tx: &mut Tx<'_>, ctx: &Context, id: Id<HandoverKind>) -> Outcome<Handover> {
    let scope = ctx.actor.scope(ManageUsers::PERMISSION, false, ctx.now);
    handovers::find(tx, &scope, id)?.or_refuse(&NOT_FOUND)
}

/// Calls one off that waits.
pub fn cancel(
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: Id<HandoverKind>,
    version: Option<i64>,
    reason: &str,
) -> Outcome<Handover> {
    let mut fields = Fields::default();
    fields.text("/reason", reason, 2, 500);
    fields.finish()?;
    // Without the lock on rights: the job that carries it out takes that one after the row's.
    let waiting = find(tx, ctx, id)?;
    if waiting.state != SCHEDULED {
        return Err(HANDOVER_OVER.fault());
    }
    let version = version.unwrap_or(waiting.version);
    let ended = Handover {
        state: CANCELLED.to_owned(),
        ended_at: Some(ctx.now),
        ended_by: Some(ctx.actor.user),
        ..waiting
    };
    // Whoever was faster, another or the clock, has changed its version.
    if !handovers::update(tx, &ended, version)? {
        return Err(STALE.fault());
    }
    let ended = Handover { version: version + 1, ..ended };
    trail(tx, ctx, "identity.handover.cancelled", &ended, Some(reason.trim()))?;
    Ok(ended)
}

/// Carries out what is due. Safe to run at several gateways at once: each takes what no other has locked, and what was
/// carried out waits no more.
pub fn run_due(tx: &mut Tx<'_>, now: Instant, shared: &Services, ids: &Arc<dyn IdGen>) -> Outcome<usize> {
    let (mut done, mut passed) = (0, 0);
    while done < AT_ONCE && passed < ENOUGH {
        let Some(waiting) = handovers::due(tx, now)? else { break };
        passed += run_one(tx, now, shared, ids, &waiting)?;
        done += 1;
    }
    Ok(done)
}

/// Carries one out and answers how much passed. A refusal is recorded, and told; it is not tried again.
fn run_one(
    tx: &mut Tx<'_>,
    now: Instant,
    shared: &Services,
    ids: &Arc<dyn IdGen>,
    waiting: &Handover,
) -> Outcome<usize> {
    let asker = actors::actor_of(tx, None, waiting.asked_by, now)?;
    let gone = asker.is_none();
    let nobody =
        || Actor { user: waiting.asked_by, display_name: "".into(), session: None, grants: Arc::new([]) };
    let ctx = Context {
        actor: Arc::new(asker.unwrap_or_else(nobody)),
        now,
        request_id: format!("handover-{}", waiting.id).into(),
        ids: Arc::clone(ids),
    };
    let order = waiting.order();
    let outcome =
        if gone { Err(SCHEDULER_GONE.fault()) } else { tx.nested(|tx| carry(tx, &ctx, shared, &order)) };
    let (ended, passed) = match outcome {
        Ok(report) => (ended(waiting, now, None, counts(&report)), report.items.len()),
        Err(Fault::Refused(refusal)) => (ended(waiting, now, Some(refusal.code), Json(json!([]))), 0),
        // Done again, all of it.
        Err(again @ (Fault::Transient(_) | Fault::Unknown(_))) => return Err(again),
        Err(trouble) => {
            tracing::error!(%trouble, handover = %waiting.id, "a scheduled handover failed");
            (ended(waiting, now, Some(&kernel::error::INTERNAL), Json(json!([]))), 0)
        }
    };
    if !handovers::update(tx, &ended, waiting.version)? {
        return Err(Fault::Transient("a handover was taken over".to_owned()));
    }
    let ended = Handover { version: waiting.version + 1, ..ended };
    let action = if ended.state == DONE { "identity.handover.done" } else { "identity.handover.failed" };
    trail(tx, &ctx, action, &ended, None)?;
    tell(tx, &ctx, &ended)?;
    Ok(passed)
}

fn ended(waiting: &Handover, now: Instant, why: Option<&'static ErrorCode>, outcome: Json) -> Handover {
    Handover {
        state: (if why.is_none() { DONE } else { FAILED }).to_owned(),
        ended_at: Some(now),
        code: why.map(|code| code.code.to_owned()),
        outcome,
        ..waiting.clone()
    }
}

fn trail(
    tx: &mut Tx<'_>,
    ctx: &Context,
    action: &str,
    handover: &Handover,
    reason: Option<&str>,
) -> Outcome<()> {
    let unit = users::find(tx, handover.user_id)?.map(|user| user.unit_id);
    let entry = audit::Entry {
        action,
        object_kind: "handover",
        object: Some(handover.id.uuid()),
        unit,
        before: None,
        after: Some(json!({
            "kind": handover.kind, "user": handover.user_id, "to": handover.to_id, "due_at": handover.due_at,
            "state": handover.state, "code": handover.code, "asked_by": handover.asked_by,
            "counts": handover.outcome.0, "reason": reason.unwrap_or(&handover.reason),
        })),
    };
    audit::record(tx, ctx, entry)
}

fn tell(tx: &mut Tx<'_>, ctx: &Context, ended: &Handover) -> Outcome<()> {
    let payload = HandoverEnded {
        handover: ended.id,
        from: ended.user_id,
        to: ended.to_id,
        asked_by: ended.asked_by,
        state: ended.state.clone(),
        code: ended.code.clone(),
    };
    let payload = serde_json::to_value(&payload).map_err(Fault::internal)?;
    let object = ended.id.uuid();
    outbox::emit(tx, ctx, &Event { topic: HANDOVER_ENDED, object, object_seq: ended.version, payload })
}
