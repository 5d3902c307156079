//! What happens by itself: a case whose time is over is told of to the unit above, once; what was set aside until a date goes on.

use std::sync::Arc;

use contracts::UnitRef;
use kernel::id::Incident as IncidentId;
use kernel::{Actor, Context, Fault, Id, IdGen, Instant, Outcome};
use storage::Tx;

use super::report::{Told, tell};
use super::see::Units;
use super::{clock, place};
use crate::model::{Action, Clock, ClockKind, Incident, State};
use crate::ports::GridServices;
use crate::store::{clocks, incidents, scopes};

/// In a history: the time was over, and the unit above was told.
pub const ESCALATE: &str = "escalate";
/// Cases of one transaction; the next follow at the job's next turn.
pub const AT_ONCE: i64 = 100;

/// The context of what nobody does: what is written down names no actor.
pub fn by_itself(now: Instant, job: &str, ids: &Arc<dyn IdGen>) -> Context {
    let nobody = Actor {
        user: Id::from_uuid(uuid::Uuid::nil()),
        display_name: "".into(),
        session: None,
        grants: Arc::new([]),
    };
    Context { actor: Arc::new(nobody), now, request_id: job.into(), ids: Arc::clone(ids) }
}

/// Tells of up to [`AT_ONCE`] cases whose time is over; answers of how many.
pub fn escalate(tx: &mut Tx<'_>, ctx: &Context, s: &GridServices) -> Outcome<usize> {
    let mut told = 0;
    for id in clocks::overdue(tx, ctx.now, AT_ONCE)? {
        // Of two gateways one finds it untold: the row is locked.
        let Some(mut i) = incidents::find_locked(tx, id)? else { continue };
        let running = clocks::running(tx, id)?;
        let Some(clock) =
            running.filter(|c| c.escalated.is_none() && c.due.is_some_and(|due| due <= ctx.now))
        else {
            continue;
        };
        let above = above(tx, s, &i, clock.kind)?;
        clocks::update(tx, &Clock { escalated: Some(ctx.now), ..clock })?;
        (i.escalated_at, i.escalated_unit) = (Some(ctx.now), Some(above.id));
        let from = i.state;
        step(tx, ctx, &mut i, from, ESCALATE)?;
        told += 1;
    }
    Ok(told)
}

/// The unit one level above the one whose time is over: the handler's while it is dealt with, else that of the tray. Above the root
/// there is nothing: it is told itself.
fn above(tx: &mut Tx<'_>, s: &GridServices, i: &Incident, kind: ClockKind) -> Outcome<UnitRef> {
    let whose = i.assignee_unit.filter(|_| kind == ClockKind::Resolution).unwrap_or(i.unit);
    let unit = s.tree.unit(tx, whose)?.ok_or_else(|| Fault::internal("an incident names no unit"))?;
    let mut line = s.tree.lineage(tx, &unit.path)?;
    line.pop();
    Ok(line.pop().unwrap_or(unit))
}

/// Lets up to [`AT_ONCE`] cases go on whose date has come; answers how many.
pub fn resume(tx: &mut Tx<'_>, ctx: &Context, s: &GridServices) -> Outcome<usize> {
    let due: Vec<Id<IncidentId>> = incidents::to_resume(tx, ctx.now, AT_ONCE)?;
    let mut gone_on = 0;
    for id in due {
        let Some(mut i) = incidents::find_locked(tx, id)? else { continue };
        let ready = i.state == State::Suspended && i.resume_at.is_some_and(|at| at <= ctx.now);
        let (true, Some(back)) = (ready, i.back) else { continue };
        let units = Units::of(tx, s, [&i])?;
        let unit = units.get(i.unit).ok_or_else(|| Fault::internal("an incident names no unit"))?;
        clock::go_on(tx, ctx, s, &mut i, unit)?;
        let from = std::mem::replace(&mut i.state, back);
        i.state_since = ctx.now;
        step(tx, ctx, &mut i, from, Action::Resume.word())?;
        scopes::join_incidents(tx)?;
        let unit = place::unit_now(tx, s, i.unit, &units)?;
        let above = place::lineage(tx, s, &unit)?;
        scopes::set(tx, (&i).into(), &above)?;
        gone_on += 1;
    }
    Ok(gone_on)
}

fn step(tx: &mut Tx<'_>, ctx: &Context, i: &mut Incident, from: State, action: &str) -> Outcome<()> {
    i.version += 1;
    if !incidents::update(tx, i)? {
        // Its row is locked: only an engine without locks, which has one writer, could get here.
        return Err(Fault::Transient(format!("incident {} changed meanwhile", i.id)));
    }
    tell(tx, ctx, i, Told { from: Some(from), action, by_itself: true, ..Told::default() })
}
