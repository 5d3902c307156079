//! Reporting: a point finds its grid by itself; without one, the incident goes into the tray of the unit that was named.

use contracts::UnitRef;
use contracts::events::{INCIDENT_CHANGED, IncidentChanged};
use kernel::error::{FIELD_REQUIRED, FIELD_UNKNOWN_REFERENCE, Fields, INVALID, NOT_FOUND, OrRefuse};
use kernel::id::{Category, File, Unit};
use kernel::permission::Permit;
use kernel::{Context, Fault, Id, Instant, Outcome};
use serde_json::{Value, json};
use storage::audit::Entry;
use storage::outbox::Event;
use storage::{Tx, audit, outbox};

use super::see::{self, Shown, Units};
use super::tell_people::TO_TELL;
use super::{clock, evidence, locate, place, resolve};
use crate::error::{CATEGORY_REQUIRES, UNIT_CLOSED, UNIT_REQUIRED};
use crate::model::category::Resolved;
use crate::model::{
    Action, ClockKind, EvidenceLabel, Facts, Incident, Priority, Requirement, Source, State, Step, number,
};
use crate::permission::{AcceptIncident, ReportIncident};
use crate::ports::GridServices;
use crate::store::{clocks, grids, incidents, scopes, steps};

/// What somebody reports.
#[derive(Debug, Clone, Default)]
pub struct NewIncident {
    /// What, in a few words.
    pub title: String,
    /// What, in full.
    pub description: String,
    /// Where, in words.
    pub address: Option<String>,
    /// Where: latitude.
    pub lat: Option<f64>,
    /// Where: longitude.
    pub lng: Option<f64>,
    /// The unit that should have it, where no grid has its point.
    pub unit: Option<Id<Unit>>,
    /// What kind of incident it is.
    pub category: Option<Id<Category>>,
    /// By what way it came; where it is not said, by staff or a resident: whether the reporter may take cases on there.
    pub source: Option<Source>,
    /// When it was seen, where a device sent it later.
    pub occurred_at: Option<Instant>,
    /// Photos and documents that the reporter uploaded.
    pub files: Vec<Id<File>>,
}

fn check(new: &NewIncident) -> Outcome<()> {
    let mut fields = Fields::default();
    fields.text("/title", &new.title, 1, 120);
    fields.text("/description", &new.description, 0, 4_000);
    if let Some(address) = &new.address {
        fields.text("/address", address, 1, 300);
    }
    match (new.lat, new.lng) {
        (Some(_), None) => fields.bad("/lng", &FIELD_REQUIRED, None),
        (None, Some(_)) => fields.bad("/lat", &FIELD_REQUIRED, None),
        _ => {}
    }
    fields.finish()
}

/// Whoever may report anywhere may report about any place.
pub fn report(tx: &mut Tx<'_>, ctx: &Context, s: &GridServices, new: &NewIncident) -> Outcome<Shown> {
    if !ctx.actor.holds(ReportIncident::PERMISSION, ctx.now) {
        return Err(kernel::actor::missing(ReportIncident::PERMISSION).into());
    }
    take_in(tx, ctx, s, new)
}

/// Takes a report in, whoever makes it.
pub(super) fn take_in(tx: &mut Tx<'_>, ctx: &Context, s: &GridServices, new: &NewIncident) -> Outcome<Shown> {
    check(new)?;
    let point = new.lat.zip(new.lng);
    let grids = match point {
        Some((lat, lng)) => locate::all(tx, s, lat, lng)?,
        None => Vec::new(),
    };
    let known = Units::with(tx, s, &distinct(grids.iter().map(|g| g.unit).chain(new.unit)))?;
    if new.unit.is_some_and(|named| known.get(named).is_none()) {
        return Err(INVALID.refusal().at("/unit_id", &FIELD_UNKNOWN_REFERENCE).into());
    }
    // A grid whose unit was dissolved takes nothing new: the point counts as outside it.
    let grid = grids.into_iter().find(|g| known.get(g.unit).is_some_and(|u| !u.closed));
    let unit = grid
        .as_ref()
        .map(|g| g.unit)
        .or(new.unit)
        .ok_or_else(|| UNIT_REQUIRED.refusal().at("/unit_id", &FIELD_REQUIRED))?;
    if known.get(unit).is_some_and(|u| u.closed) {
        return Err(UNIT_CLOSED.refusal().at("/unit_id", &UNIT_CLOSED).into());
    }
    let holds = match new.category {
        Some(category) => category_of(tx, s, new, category, known.get(unit))?,
        None => Resolved::default(),
    };
    let id = ctx.id();
    let source = new.source.unwrap_or_else(|| by_itself(ctx, known.get(unit)));
    let mut incident = Incident {
        id,
        number: number::of(id, ctx.now),
        source,
        unit,
        named_unit: new.unit.filter(|named| *named != unit),
        grid: grid.as_ref().map(|g| g.id),
        reporter: ctx.actor.user,
        title: new.title.trim().to_owned(),
        description: new.description.trim().to_owned(),
        address: new.address.as_deref().map(|a| a.trim().to_owned()),
        point,
        category: new.category,
        priority: holds.priority.as_ref().map(|found| found.value),
        state: State::Reported,
        assignee_unit: None,
        assignee: None,
        resolved_by: None,
        version: 1,
        reported_at: ctx.now,
        state_since: ctx.now,
        closed_at: None,
        due: None,
        back: None,
        question: None,
        resume_at: None,
        escalated_at: None,
        escalated_unit: None,
        merged_into: None,
        score: None,
        occurred_at: new.occurred_at,
    };
    let clock = match known.get(unit) {
        Some(at) => clock::begun(tx, ctx, s, incident.id, at, (ClockKind::Acceptance, &holds, ctx.now))?,
        None => None,
    };
    incident.due = clock.as_ref().and_then(|clock| clock.due);
    incidents::insert(tx, &incident)?;
    refuse_vanished(tx, &incident)?;
    if let Some(clock) = &clock {
        clocks::insert(tx, clock)?;
    }
    enter(tx, s, &incident, &known)?;
    evidence::attach_all(tx, ctx, s, incident.id, &new.files, EvidenceLabel::Before)?;
    tell(tx, ctx, &incident, Told { action: REPORT, ..Told::default() })?;
    see::show_at(tx, ctx, s, vec![(incident, grid.map(|g| g.name))], &known)?.pop().or_refuse(&NOT_FOUND)
}

/// A grid that was split or merged since it was looked for has the point no more: the report is to be tried anew. Its row is locked
/// by the case that refers to it now; SQLite has one writer.
fn refuse_vanished(tx: &mut Tx<'_>, incident: &Incident) -> Outcome<()> {
    match incident.grid {
        Some(grid) if tx.is_postgres() && grids::is_retired(tx, grid)? => {
            Err(Fault::Transient(format!("grid {grid} was retired meanwhile")))
        }
        _ => Ok(()),
    }
}

/// What holds of the category that the reporter chose where the incident lies; refused if it is not used there, or if the report
/// lacks what it asks for.
fn category_of(
    tx: &mut Tx<'_>,
    s: &GridServices,
    new: &NewIncident,
    category: Id<Category>,
    unit: Option<&UnitRef>,
) -> Outcome<Resolved> {
    let unit = unit.ok_or_else(|| Fault::internal("an incident names no unit"))?;
    let holds = resolve::usable(tx, s, category, unit)?;
    let required = holds.requires.as_ref().map(|found| found.value.as_slice()).unwrap_or_default();
    let lacking = required.iter().flat_map(|required| -> &[&'static str] {
        match required {
            Requirement::Point if new.lat.is_none() => &["/lat", "/lng"],
            Requirement::Address if new.address.is_none() => &["/address"],
            Requirement::Description if new.description.trim().is_empty() => &["/description"],
            _ => &[],
        }
    });
    let refusal = lacking.fold(CATEGORY_REQUIRES.refusal(), |r, field| r.at(*field, &CATEGORY_REQUIRES));
    if refusal.fields.is_empty() { Ok(holds) } else { Err(refusal.into()) }
}

fn distinct(ids: impl Iterator<Item = Id<Unit>>) -> Vec<Id<Unit>> {
    ids.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
}

/// Enters the incident under its unit and all above it: under its own first, so that a move that begins now waits, and the
/// tree is read after one that began before.
fn enter(tx: &mut Tx<'_>, s: &GridServices, incident: &Incident, known: &Units) -> Outcome<()> {
    scopes::enter(tx, incident.into(), &[incident.unit])?;
    let now = place::unit_now(tx, s, incident.unit, known)?;
    if now.closed {
        // Dissolved between the look and the lock.
        return Err(UNIT_CLOSED.refusal().at("/unit_id", &UNIT_CLOSED).into());
    }
    let mut above = place::lineage(tx, s, &now)?;
    above.retain(|unit| *unit != incident.unit);
    scopes::enter(tx, incident.into(), &above)
}

/// Who says nothing of the way it came is staff where they may take it on, and a resident elsewhere.
fn by_itself(ctx: &Context, unit: Option<&UnitRef>) -> Source {
    let staff = unit.is_some_and(|unit| ctx.actor.may(AcceptIncident::PERMISSION, &unit.path, ctx.now));
    if staff { Source::Staff } else { Source::Resident }
}

/// What the first step of a history is called.
pub const REPORT: &str = "report";
/// In a history: its grid was split or merged, and it followed.
pub const REGRID: &str = "regrid";

/// What is told of a change.
#[derive(Debug, Default)]
pub(super) struct Told<'a> {
    /// The state before.
    pub from: Option<State>,
    /// What was done.
    pub action: &'a str,
    /// Reason, result or remark.
    pub note: Option<String>,
    /// The category before.
    pub from_category: Option<Id<Category>>,
    /// Whether it was due, and nobody did it.
    pub by_itself: bool,
    /// Whether the clock that this ended was over.
    pub late: Option<bool>,
    /// The mark that the reporter gave.
    pub score: Option<i32>,
}

/// Leaves the step, the audit record and the event that every change of an incident leaves.
pub(super) fn tell(tx: &mut Tx<'_>, ctx: &Context, i: &Incident, told: Told<'_>) -> Outcome<()> {
    let Told { from, action, note, from_category, by_itself, late, score } = told;
    let actor = (!by_itself).then_some(ctx.actor.user).filter(|user| !user.uuid().is_nil());
    let dispatched = action == Action::Dispatch.word() || action == super::holdings::HAND_OVER;
    let placed = [REPORT, REGRID, Action::Transfer.word()].contains(&action);
    let categorised = action == REPORT || action == super::categorise::CATEGORISE;
    let step = Step {
        id: ctx.id(),
        incident: i.id,
        seq: i.version,
        action: action.to_owned(),
        from,
        to: i.state,
        actor,
        at: ctx.now,
        note,
        assignee_unit: i.assignee_unit.filter(|_| dispatched),
        assignee: i.assignee.filter(|_| dispatched),
        from_category,
        to_category: i.category.filter(|_| categorised),
        facts: Facts {
            unit: placed.then_some(i.unit),
            grid: i.grid.filter(|_| placed),
            source: (action == REPORT).then_some(i.source),
            late,
            score,
        },
    };
    steps::insert(tx, &step)?;
    let mut before = from.map(|state| json!({ "state": state.word(), "version": i.version - 1 }));
    let mut after = json!({
        "state": i.state.word(),
        "version": i.version,
        "grid": i.grid,
        "assignee_unit": step.assignee_unit,
        "assignee": step.assignee,
        "due_at": i.due,
    });
    if let (Value::Object(after), Some(category)) = (&mut after, step.to_category) {
        after.insert("category".to_owned(), json!(category));
        after.insert("priority".to_owned(), json!(i.priority.map(Priority::word)));
    }
    if let (Some(Value::Object(before)), Some(category)) = (&mut before, step.from_category) {
        before.insert("category".to_owned(), json!(category));
    }
    let entry = Entry {
        action: &format!("grid.incident.{action}"),
        object_kind: "incident",
        object: Some(i.id.uuid()),
        unit: Some(i.unit),
        before,
        after: Some(after),
    };
    audit::record_as(tx, actor, ctx.now, &ctx.request_id, ctx.id(), entry)?;
    let payload = IncidentChanged {
        incident: i.id,
        unit: i.unit,
        grid: i.grid,
        reporter: i.reporter,
        from: from.map(|state| state.word().to_owned()),
        to: i.state.word().to_owned(),
    };
    let payload = serde_json::to_value(&payload).map_err(Fault::internal)?;
    let (object, object_seq) = (i.id.uuid(), i.version);
    outbox::emit(tx, ctx, &Event { topic: INCIDENT_CHANGED, object, object_seq, payload })?;
    if action == REPORT {
        return Ok(());
    }
    outbox::emit(tx, ctx, &Event { topic: TO_TELL, object, object_seq, payload: Value::Null })
}
