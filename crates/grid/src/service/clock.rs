//! Starting, stopping and ending the clock of a case. Working time is the calendar's matter; what cannot be counted is written down
//! with its reason and counted later ([`recount`]): a case goes on, whether or not somebody published the holidays of next year.

use contracts::{Pause, Span, UnitRef};
use kernel::id::{Incident as IncidentId, IncidentClock};
use kernel::{Context, Fault, Id, Instant, Outcome};
use storage::Tx;

use super::place;
use super::resolve;
use super::see::Units;
use crate::error::TERM_TOO_LONG;
use crate::model::category::Resolved;
use crate::model::{CasePause, Clock, ClockEnd, ClockKind, Incident, RequestKind, State, Term};
use crate::ports::GridServices;
use crate::store::{clocks, incidents, requests, scopes};

/// What the category's rules say of the time there is.
fn term(holds: &Resolved, kind: ClockKind) -> Option<Span> {
    let found = match kind {
        ClockKind::Acceptance => &holds.accept_within,
        ClockKind::Resolution => &holds.resolve_within,
    };
    found.as_ref().and_then(|found| Term::span(found.value))
}

/// When it is over, by what is known now.
fn count(
    tx: &mut Tx<'_>,
    s: &GridServices,
    unit: &UnitRef,
    clock: &mut Clock,
    pauses: &[CasePause],
    now: Instant,
) -> Outcome<()> {
    let pauses: Vec<Pause> = pauses.iter().map(Pause::from).collect();
    let time = s.calendars.work_time(tx, &unit.path, clock.started, now);
    (clock.due, clock.unknown) = match time.and_then(|time| time.due(clock.started, clock.span, &pauses)) {
        Ok(due) => (due.at(), None),
        Err(Fault::Refused(refusal)) => (None, Some(refusal.code.code.to_owned())),
        Err(trouble) => return Err(trouble),
    };
    if clock.due.is_some_and(|due| due > now) {
        // Another end than the one of which the unit above was told.
        clock.escalated = None;
    }
    Ok(())
}

/// A clock that begins now, if the rules that hold give it a term; nothing of it is written down yet.
pub(super) fn begun(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    incident: Id<IncidentId>,
    unit: &UnitRef,
    (kind, holds, started): (ClockKind, &Resolved, Instant),
) -> Outcome<Option<Clock>> {
    let Some(span) = term(holds, kind) else { return Ok(None) };
    let mut clock = Clock {
        id: ctx.id(),
        incident,
        kind,
        started,
        span,
        due: None,
        unknown: None,
        ended: None,
        end: None,
        escalated: None,
    };
    count(tx, s, unit, &mut clock, &[], ctx.now)?;
    Ok(Some(clock))
}

/// Begins a clock for a case that is there, and for which none runs.
pub(super) fn start(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    i: &mut Incident,
    units: &Units,
    kind: ClockKind,
) -> Outcome<()> {
    let (Some(category), Some(unit)) = (i.category, units.get(i.unit)) else { return Ok(()) };
    let holds = resolve::of_incident(tx, s, category, unit)?;
    if let Some(clock) = begun(tx, ctx, s, i.id, unit, (kind, &holds, ctx.now))? {
        clocks::insert(tx, &clock)?;
        i.due = clock.due;
    }
    Ok(())
}

/// What is counted in a state, the one in which it stood still left aside.
fn counted(i: &Incident) -> Option<ClockKind> {
    match i.back.unwrap_or(i.state) {
        State::Reported | State::Reopened => Some(ClockKind::Acceptance),
        State::Dispatched | State::InProgress => Some(ClockKind::Resolution),
        _ => None,
    }
}

/// Gives the case the term of another category: the clock keeps its start. Where none ran, it counts from when the case came into its
/// state.
pub(super) fn retermed(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    i: &mut Incident,
    unit: &UnitRef,
    holds: &Resolved,
) -> Outcome<()> {
    let Some(kind) = counted(i) else { return Ok(()) };
    let started = clocks::running(tx, i.id)?.map_or(i.state_since, |clock| clock.started);
    end(tx, ctx.now, i, ClockEnd::Dropped)?;
    if let Some(mut clock) = begun(tx, ctx, s, i.id, unit, (kind, holds, started))? {
        let pauses = clocks::pauses(tx, i.id)?;
        count(tx, s, unit, &mut clock, &pauses, ctx.now)?;
        clocks::insert(tx, &clock)?;
        i.due = clock.due;
    }
    Ok(())
}

/// Ends the clock that runs, if one does, and answers whether its time was over: `None` where none ran, or nobody can say. Whoever asked
/// for more time has nothing left to ask for.
pub(super) fn end(tx: &mut Tx<'_>, now: Instant, i: &mut Incident, how: ClockEnd) -> Outcome<Option<bool>> {
    (i.due, i.escalated_at, i.escalated_unit) = (None, None, None);
    let Some(clock) = clocks::running(tx, i.id)? else { return Ok(None) };
    let ended = Clock { ended: Some(now), end: Some(how), ..clock };
    clocks::update(tx, &ended)?;
    requests::moot(tx, i.id, RequestKind::Extension, now)?;
    Ok(ended.on_time().map(|on_time| !on_time))
}

/// The span of a clock with so much more of what it counts; `None` where nobody counts that far.
pub(super) fn longer(clock: &Clock, more: i64) -> Option<Span> {
    Span::new(clock.span.count().saturating_add(more), clock.span.unit())
}

/// Counts the clock that runs anew, with the pauses there are now, and writes down when it is over.
pub(super) fn recounted(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    i: &mut Incident,
    unit: &UnitRef,
    more: i64,
) -> Outcome<Option<Clock>> {
    let Some(mut clock) = clocks::running(tx, i.id)? else { return Ok(None) };
    if more > 0 {
        clock.span = longer(&clock, more).ok_or_else(|| TERM_TOO_LONG.fault())?;
    }
    let all = clocks::pauses(tx, i.id)?;
    count(tx, s, unit, &mut clock, &all, ctx.now)?;
    clocks::update(tx, &clock)?;
    i.due = clock.due;
    if clock.escalated.is_none() {
        (i.escalated_at, i.escalated_unit) = (None, None);
    }
    Ok(Some(clock))
}

/// Lets the clock stand while the case is in `state`, until a moment if it is known.
pub(super) fn stand(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    i: &mut Incident,
    unit: &UnitRef,
    (state, until): (State, Option<Instant>),
) -> Outcome<()> {
    let pause = CasePause { id: ctx.id(), incident: i.id, state, from: ctx.now, until };
    clocks::pause(tx, &pause)?;
    i.resume_at = until;
    recounted(tx, ctx, s, i, unit, 0).map(drop)
}

/// Lets the clock run again.
pub(super) fn go_on(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    i: &mut Incident,
    unit: &UnitRef,
) -> Outcome<()> {
    let open = clocks::pauses(tx, i.id)?.pop().filter(|p| p.until.is_none_or(|until| until > ctx.now));
    if let Some(open) = open {
        clocks::end_pause(tx, open.id, ctx.now.max(open.from))?;
    }
    (i.back, i.resume_at, i.question) = (None, None, None);
    recounted(tx, ctx, s, i, unit, 0).map(drop)
}

/// Clocks counted anew in one transaction of the job.
pub const AT_ONCE: i64 = 100;

/// Counts clocks of which nobody could say when they are over: since then somebody may have published the year. Answers where to go
/// on; `None`: all were tried.
pub fn recount(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    after: Option<Id<IncidentClock>>,
) -> Outcome<Option<Id<IncidentClock>>> {
    let found = clocks::unknown(tx, after, AT_ONCE)?;
    for (_, incident) in &found {
        let Some(mut i) = incidents::find_locked(tx, *incident)? else { continue };
        let units = Units::of(tx, s, [&i])?;
        let Some(unit) = units.get(i.unit) else { continue };
        if recounted(tx, ctx, s, &mut i, unit, 0)?.is_some_and(|clock| clock.due.is_some()) {
            incidents::set_due(tx, &i)?;
            scopes::join_incidents(tx)?;
            let unit = place::unit_now(tx, s, i.unit, &units)?;
            let above = place::lineage(tx, s, &unit)?;
            scopes::set(tx, (&i).into(), &above)?;
        }
    }
    let full = i64::try_from(found.len()).unwrap_or(i64::MAX) >= AT_ONCE;
    Ok(found.last().map(|(clock, _)| *clock).filter(|_| full))
}
