//! What one person asks for and another decides: more time for a case, or to strike it.

use kernel::error::{FIELD_RANGE, FIELD_REQUIRED, Fields, NOT_FOUND, OrRefuse, STALE};
use kernel::id::{Incident as IncidentId, IncidentRequest};
use kernel::permission::Permit;
use kernel::{Context, Fault, Id, Outcome};
use storage::Tx;

use super::report::{Told, tell};
use super::see::{self, Places, Units};
use super::{clock, place};
use crate::error::{
    ASKER_CANNOT_DECIDE, NO_CLOCK, NOT_OPEN, REQUEST_DECIDED, TERM_TOO_LONG, TRANSITION_NOT_ALLOWED,
};
use crate::model::{ClockEnd, ClockKind, Decision, Incident, Request, RequestKind, State};
use crate::permission::{AcceptIncident, DecideRequests, HandleIncident};
use crate::ports::GridServices;
use crate::store::{clocks, incidents, requests, scopes};

/// The most characters of a reason or a remark.
const NOTE: usize = 2_000;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What.
    pub kind: RequestKind,
    /// How much more, of what the clock counts; for an extension.
    pub extra: Option<i32>,
    /// Why.
    pub reason: String,
}

impl Asked {
    fn check(&self) -> Outcome<()> {
        let mut fields = Fields::default();
        fields.text("/reason", &self.reason, 1, NOTE);
        match (self.kind, self.extra) {
            (RequestKind::Extension, None) => fields.bad("/count", &FIELD_REQUIRED, None),
            (RequestKind::Extension, Some(extra)) if extra < 1 => {
                fields.bad("/count", &FIELD_RANGE, Some("1 or more".to_owned()));
            }
            (RequestKind::Void, Some(_)) => {
                fields.bad("/count", &FIELD_RANGE, Some("only for an extension".to_owned()));
            }
            _ => {}
        }
        fields.finish()
    }
}

/// Whether the actor may ask for this: more time is asked for by who handles the case, to strike it also by who may take it on.
fn may_ask(ctx: &Context, i: &Incident, at: Places<'_>, kind: RequestKind) -> Outcome<()> {
    if see::handles(ctx, i, at) {
        return Ok(());
    }
    match kind {
        RequestKind::Extension => Err(kernel::actor::missing(HandleIncident::PERMISSION).into()),
        RequestKind::Void => ctx.require(AcceptIncident::PERMISSION, at.unit),
    }
}

/// Asks.
pub fn ask(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    id: Id<IncidentId>,
    expected: i64,
    asked: &Asked,
) -> Outcome<Request> {
    let ((mut incident, _), units) = see::seen(tx, ctx, s, id)?;
    may_ask(ctx, &incident, units.places(&incident)?, asked.kind)?;
    if incident.version != expected {
        return Err(STALE.fault());
    }
    asked.check()?;
    if !incident.state.is_open() {
        return Err(NOT_OPEN.fault());
    }
    if asked.kind == RequestKind::Extension {
        let running = clocks::running(tx, id)?.filter(|clock| clock.kind == ClockKind::Resolution);
        let running = running.or_refuse(&NO_CLOCK)?;
        if clock::longer(&running, asked.extra.map_or(0, i64::from)).is_none() {
            return Err(TERM_TOO_LONG.refusal().at("/count", &TERM_TOO_LONG).into());
        }
    }
    let request = Request {
        id: ctx.id(),
        incident: id,
        kind: asked.kind,
        extra: asked.extra,
        reason: asked.reason.trim().to_owned(),
        asked_by: ctx.actor.user,
        asked_at: ctx.now,
        decision: Decision::Pending,
        decided_by: None,
        decided_at: None,
        note: None,
        version: 1,
    };
    requests::insert(tx, &request)?;
    let action = match asked.kind {
        RequestKind::Extension => ASK_EXTENSION,
        RequestKind::Void => ASK_VOID,
    };
    let from = incident.state;
    step(tx, ctx, &mut incident, from, action, Some(request.reason.clone()))?;
    Ok(request)
}

/// In a history: more time was asked for.
pub const ASK_EXTENSION: &str = "ask_extension";
/// In a history: more time was granted.
pub const EXTEND: &str = "extend";
/// In a history: more time was refused.
pub const REFUSE_EXTENSION: &str = "refuse_extension";
/// In a history: somebody wants the case struck.
pub const ASK_VOID: &str = "ask_void";
/// In a history: the case was struck.
pub const VOID: &str = "void";
/// In a history: the case was not struck.
pub const REFUSE_VOID: &str = "refuse_void";

fn step(
    tx: &mut Tx<'_>,
    ctx: &Context,
    i: &mut Incident,
    from: State,
    action: &str,
    note: Option<String>,
) -> Outcome<()> {
    i.version += 1;
    if !incidents::update(tx, i)? {
        return Err(STALE.fault());
    }
    tell(tx, ctx, i, Told { from: Some(from), action, note, ..Told::default() })
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Whether what was asked for is granted.
    pub granted: bool,
    /// A remark.
    pub note: Option<String>,
}

/// Decides: by somebody else than who asked.
pub fn decide(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    (id, request): (Id<IncidentId>, Id<IncidentRequest>),
    expected: i64,
    verdict: &Verdict,
) -> Outcome<Request> {
    let ((mut incident, _), units) = see::seen(tx, ctx, s, id)?;
    ctx.require(DecideRequests::PERMISSION, units.places(&incident)?.unit)?;
    let mut fields = Fields::default();
    if let Some(note) = &verdict.note {
        fields.text("/note", note, 0, NOTE);
    }
    fields.finish()?;
    let mut asked = requests::find(tx, request)?.filter(|r| r.incident == id).or_refuse(&NOT_FOUND)?;
    if asked.asked_by == ctx.actor.user {
        return Err(ASKER_CANNOT_DECIDE.fault());
    }
    if asked.version != expected {
        return Err(STALE.fault());
    }
    if asked.decision != Decision::Pending {
        return Err(REQUEST_DECIDED.fault());
    }
    asked.decision = if verdict.granted { Decision::Granted } else { Decision::Refused };
    asked.decided_by = Some(ctx.actor.user);
    asked.decided_at = Some(ctx.now);
    asked.note = verdict.note.as_deref().map(str::trim).filter(|n| !n.is_empty()).map(str::to_owned);
    asked.version += 1;
    if !requests::decide(tx, &asked)? {
        return Err(STALE.fault());
    }
    scopes::join_incidents(tx)?;
    let from = incident.state;
    let action = match (asked.kind, verdict.granted) {
        (RequestKind::Extension, true) => {
            extend(tx, ctx, s, &mut incident, &units, &asked)?;
            EXTEND
        }
        (RequestKind::Void, true) => {
            strike(tx, ctx, &mut incident)?;
            VOID
        }
        (RequestKind::Extension, false) => REFUSE_EXTENSION,
        (RequestKind::Void, false) => REFUSE_VOID,
    };
    step(tx, ctx, &mut incident, from, action, asked.note.clone())?;
    let place = place::unit_now(tx, s, incident.unit, &units)?;
    let above = place::lineage(tx, s, &place)?;
    scopes::set(tx, (&incident).into(), &above)?;
    Ok(asked)
}

/// More time, counted on from the term there was.
fn extend(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    i: &mut Incident,
    units: &Units,
    asked: &Request,
) -> Outcome<()> {
    let unit = units.get(i.unit).ok_or_else(|| Fault::internal("an incident names no unit"))?;
    let more = asked.extra.map_or(0, i64::from);
    clock::recounted(tx, ctx, s, i, unit, more)?.or_refuse(&NO_CLOCK)?;
    Ok(())
}

/// The case is struck, and nothing of it goes on.
fn strike(tx: &mut Tx<'_>, ctx: &Context, i: &mut Incident) -> Outcome<()> {
    if !i.state.is_open() {
        return Err(TRANSITION_NOT_ALLOWED.fault());
    }
    clock::end(tx, ctx.now, i, ClockEnd::Dropped)?;
    (i.state, i.state_since) = (State::Void, ctx.now);
    (i.back, i.resume_at, i.question) = (None, None, None);
    Ok(())
}

/// The requests about a case that the reader sees as staff, the oldest first.
pub fn list(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    id: Id<IncidentId>,
    after: Option<Id<IncidentRequest>>,
    limit: i64,
) -> Outcome<Vec<Request>> {
    let ((incident, _), units) = see::seen(tx, ctx, s, id)?;
    if !see::is_staff(ctx, &incident, units.places(&incident)?) {
        return Err(kernel::actor::missing(crate::permission::ReadIncidents::PERMISSION).into());
    }
    requests::of_incident(tx, id, after, limit)
}
