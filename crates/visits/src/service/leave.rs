//! What every change of a visit leaves: a record on the trail and an event. Neither says what was said, nor to whom.

use contracts::events::{VISIT_CHANGED, VisitChanged};
use kernel::{Context, Fault, Outcome};
use serde_json::{Value, json};
use storage::audit::Entry;
use storage::outbox::Event;
use storage::{Tx, audit, outbox};

use crate::model::{Edition, Plan, Visit};

/// What the trail says of a visit.
pub fn facts(visit: &Visit, edition: Option<&Edition>) -> Value {
    json!({
        "household": visit.household,
        "grid": visit.grid,
        "worker": visit.worker,
        "visited_on": visit.on,
        "way": visit.way.word(),
        "presence": visit.presence.word(),
        "distance_m": visit.distance_m,
        "incident": visit.incident,
        "plan": visit.plan,
        "is_struck": visit.struck.is_some(),
        "edition": visit.edition,
        "form": edition.and_then(|e| e.form).map(|form| form.form),
        "form_number": edition.and_then(|e| e.form).map(|form| form.number),
        "met_count": edition.map(|e| e.met.len()),
        "version": visit.version,
    })
}

/// Leaves the record and the event.
pub fn tell(
    tx: &mut Tx<'_>,
    ctx: &Context,
    visit: &Visit,
    action: &'static str,
    before: Option<Value>,
    after: Value,
) -> Outcome<()> {
    let (object, unit) = (Some(visit.id.uuid()), Some(visit.unit));
    let named = format!("visits.visit.{action}");
    let entry = Entry { action: &named, object_kind: "visit", object, unit, before, after: Some(after) };
    audit::record(tx, ctx, entry)?;
    let payload = VisitChanged {
        visit: visit.id,
        household: visit.household,
        unit: visit.unit,
        grid: visit.grid,
        worker: visit.worker,
        action: action.to_owned(),
        incident: visit.incident,
    };
    let payload = serde_json::to_value(&payload).map_err(Fault::internal)?;
    let (topic, object) = (VISIT_CHANGED, visit.id.uuid());
    outbox::emit(tx, ctx, &Event { topic, object, object_seq: visit.version, payload })
}

/// What the trail says of a plan.
pub fn plan_facts(plan: &Plan) -> Value {
    json!({
        "worker": plan.worker,
        "household": plan.household,
        "planned_on": plan.on,
        "state": plan.state.word(),
        "visit": plan.visit,
        "reason": plan.reason.map(crate::model::DropReason::word),
        "version": plan.version,
    })
}

/// What is recorded of a plan.
pub fn plan_entry(plan: &Plan, action: &'static str, before: Option<Value>) -> Entry<'static> {
    Entry {
        action,
        object_kind: "visit_plan",
        object: Some(plan.id.uuid()),
        unit: Some(plan.unit),
        before,
        after: Some(plan_facts(plan)),
    }
}
