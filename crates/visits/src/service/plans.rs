//! Plans: made for a day, fulfilled by a visit, or dropped with a reason.

use chrono::{Days, NaiveDate};
use contracts::GridRef;
use kernel::error::{INVALID, NOT_FOUND, OrRefuse, STALE};
use kernel::id::{Household, Unit, User, VisitPlan};
use kernel::permission::Permit;
use kernel::{Context, Cursor, Id, Instant, Outcome, Page, PageSize};
use storage::{Tx, audit};

use super::duty;
use super::leave::{plan_entry, plan_facts};
use crate::error::{HOUSEHOLD_CLOSED, NOT_ON_DUTY, PLAN_DAY, PLAN_OTHER, PLAN_OVER};
use crate::model::{DropReason, FARTHEST_PLAN, Plan, PlanState, Visit, day_of, start_of};
use crate::permission::{ManagePlans, RecordVisits};
use crate::ports::VisitServices;
use crate::store::place;
use crate::store::plans::{self, Filter};

/// A plan to be made.
#[derive(Debug, Clone)]
pub struct NewPlan {
    /// Who is to call; the actor unless told.
    pub worker: Option<Id<User>>,
    /// On which household.
    pub household: Id<Household>,
    /// On which day.
    pub on: NaiveDate,
}

/// The moment from which a day is judged: its beginning, or now if it has begun.
fn moment(s: &VisitServices, now: Instant, on: NaiveDate) -> Instant {
    start_of(s.zone, on).max(now)
}

/// Plans a visit: for oneself in a grid where one is on duty that day, or for a worker of a unit whose plans one manages.
pub fn create(tx: &mut Tx<'_>, ctx: &Context, s: &VisitServices, new: &NewPlan) -> Outcome<Plan> {
    let today = day_of(s.zone, ctx.now);
    let last = today.checked_add_days(Days::new(FARTHEST_PLAN.unsigned_abs())).unwrap_or(today);
    if new.on < today || new.on > last {
        return Err(INVALID.refusal().at_with("/planned_on", &PLAN_DAY, format!("{today} to {last}")).into());
    }
    place::join(tx)?;
    let worker = new.worker.unwrap_or(ctx.actor.user);
    let grid =
        if worker == ctx.actor.user { own(tx, ctx, s, new)? } else { others(tx, ctx, s, worker, new)? };
    let plan = Plan {
        id: ctx.id(),
        worker,
        household: new.household,
        unit: grid.unit,
        path: grid.path,
        grid: grid.id,
        on: new.on,
        state: PlanState::Planned,
        visit: None,
        reason: None,
        planned_by: ctx.actor.user,
        version: 1,
        created_at: ctx.now,
        ended_at: None,
    };
    plans::insert(tx, &plan)?;
    audit::record(tx, ctx, plan_entry(&plan, "visits.plan.create", None))?;
    Ok(plan)
}

/// The grid of a household where the actor is on duty that day. A household outside their grids is not there for them.
fn own(tx: &mut Tx<'_>, ctx: &Context, s: &VisitServices, new: &NewPlan) -> Outcome<GridRef> {
    let home = s.homes.homes(tx, &[new.household])?.pop().or_refuse(&NOT_FOUND)?;
    let at = moment(s, ctx.now, new.on);
    let grid = duty::grid_of(tx, s, ctx.actor.user, &home, at)?.or_refuse(&NOT_FOUND)?;
    ctx.require_at(RecordVisits::PERMISSION, grid.unit, &grid.path)?;
    if home.closed { Err(HOUSEHOLD_CLOSED.fault()) } else { Ok(grid) }
}

/// The grid of a household where another is on duty that day, for whoever manages the plans there. A household that is not in the
/// manager's places is not there for them.
fn others(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &VisitServices,
    worker: Id<User>,
    new: &NewPlan,
) -> Outcome<GridRef> {
    if !ctx.actor.holds(ManagePlans::PERMISSION, ctx.now) {
        return Err(kernel::actor::missing(ManagePlans::PERMISSION).into());
    }
    let home = s.homes.homes(tx, &[new.household])?.pop().or_refuse(&NOT_FOUND)?;
    let grid = duty::grid_of(tx, s, worker, &home, moment(s, ctx.now, new.on))?;
    let manages = |path: &kernel::UnitPath| ctx.actor.may(ManagePlans::PERMISSION, path, ctx.now);
    let Some(grid) = grid.filter(|grid| manages(&grid.path)) else {
        // Nothing of a household elsewhere is told, not even that nobody is on duty there.
        return Err(if manages(&home.path) { not_on_duty() } else { NOT_FOUND.fault() });
    };
    if !s.users.holds(tx, worker, RecordVisits::NAME, &grid.path, ctx.now)? {
        return Err(not_on_duty());
    }
    if home.closed { Err(HOUSEHOLD_CLOSED.fault()) } else { Ok(grid) }
}

fn not_on_duty() -> kernel::Fault {
    INVALID.refusal().at("/worker_id", &NOT_ON_DUTY).into()
}

/// The plan, if the actor sees it: one's own, or of a unit whose plans one manages.
pub fn visible(tx: &mut Tx<'_>, ctx: &Context, id: Id<VisitPlan>) -> Outcome<Plan> {
    let plan = plans::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    if sees(ctx, &plan) { Ok(plan) } else { Err(NOT_FOUND.fault()) }
}

fn sees(ctx: &Context, plan: &Plan) -> bool {
    let own = plan.worker == ctx.actor.user && ctx.actor.may(RecordVisits::PERMISSION, &plan.path, ctx.now);
    own || ctx.actor.may(ManagePlans::PERMISSION, &plan.path, ctx.now)
}

/// What a list is asked for.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// In the unit and below.
    pub unit: Option<Id<Unit>>,
    /// The rest.
    pub filter: Filter,
}

/// One page of the plans the actor sees, by day.
pub fn list(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &VisitServices,
    query: &Query,
    after: Option<&Cursor>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Plan>> {
    let mut filter = query.filter.clone();
    if let Some(cursor) = after {
        let on = cursor.key.as_deref().and_then(|key| key.parse().ok());
        filter.after = Some((on.or_refuse(&kernel::error::BAD_CURSOR)?, Id::from_uuid(cursor.after)));
    }
    if let Some(unit) = query.unit {
        filter.below = Some(s.tree.unit(tx, unit)?.or_refuse(&NOT_FOUND)?.path);
    }
    let managed = ctx.actor.scope(ManagePlans::PERMISSION, false, ctx.now);
    let mine = ctx.actor.scope(RecordVisits::PERMISSION, false, ctx.now);
    let rows = plans::list(tx, &managed, (ctx.actor.user, &mine), &filter, size)?;
    Ok(Page::cut(rows, size, |plan| Cursor {
        after: plan.id.uuid(),
        filter: fingerprint,
        key: Some(plan.on.to_string()),
    }))
}

/// Gives a plan up.
pub fn give_up(
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: Id<VisitPlan>,
    expected: i64,
    reason: DropReason,
) -> Outcome<Plan> {
    visible(tx, ctx, id)?;
    let mut plan = plans::find_locked(tx, id)?.or_refuse(&NOT_FOUND)?;
    if plan.version != expected {
        return Err(STALE.fault());
    }
    if plan.state != PlanState::Planned {
        return Err(PLAN_OVER.fault());
    }
    plan.reason = Some(reason);
    turn(tx, ctx, plan, PlanState::Dropped, "visits.plan.drop")
}

/// Brings a plan into a state, and leaves a record.
fn turn(
    tx: &mut Tx<'_>,
    ctx: &Context,
    mut plan: Plan,
    to: PlanState,
    action: &'static str,
) -> Outcome<Plan> {
    let before = serde_json::json!({ "state": plan.state.word(), "version": plan.version });
    plan.state = to;
    plan.ended_at = (to != PlanState::Planned).then_some(ctx.now);
    plan.version += 1;
    if !plans::update(tx, &plan)? {
        return Err(STALE.fault());
    }
    audit::record(tx, ctx, plan_entry(&plan, action, Some(before)))?;
    Ok(plan)
}

/// Marks the plan that a visit fulfils as done: the one it names, or that of its worker, household and day. A phone that was offline
/// brings its visit when the day is over and the plan counts as missed: it was not.
pub fn fulfil(
    tx: &mut Tx<'_>,
    ctx: &Context,
    visit: &Visit,
    named: Option<Id<VisitPlan>>,
) -> Outcome<Option<Id<VisitPlan>>> {
    let found = match named {
        None => plans::open_of(tx, visit.worker, visit.household, visit.on)?,
        Some(id) => {
            let other = || INVALID.refusal().at("/plan_id", &PLAN_OTHER);
            let plan = plans::find_locked(tx, id)?.ok_or_else(other)?;
            let same = (plan.worker, plan.household, plan.on) == (visit.worker, visit.household, visit.on);
            if !same {
                return Err(other().into());
            }
            if !matches!(plan.state, PlanState::Planned | PlanState::Missed) {
                return Err(PLAN_OVER.fault());
            }
            Some(plan)
        }
    };
    let Some(mut plan) = found else { return Ok(None) };
    plan.visit = Some(visit.id);
    turn(tx, ctx, plan, PlanState::Done, "visits.plan.fulfil").map(|plan| Some(plan.id))
}

/// Takes from a visit the plan it fulfilled: it is to be done again, or was missed.
pub fn release(tx: &mut Tx<'_>, ctx: &Context, s: &VisitServices, visit: &mut Visit) -> Outcome<()> {
    let Some(id) = visit.plan.take() else { return Ok(()) };
    let Some(mut plan) = plans::find_locked(tx, id)? else { return Ok(()) };
    plan.visit = None;
    let twin = plans::open_of(tx, plan.worker, plan.household, plan.on)?;
    let planned_again = twin.is_some_and(|twin| twin.state == PlanState::Planned);
    let over = planned_again || plan.on < day_of(s.zone, ctx.now);
    let to = if over { PlanState::Missed } else { PlanState::Planned };
    turn(tx, ctx, plan, to, "visits.plan.release").map(drop)
}

/// The same where the visit turned out to have been on another day.
pub fn release_if_other_day(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &VisitServices,
    visit: &mut Visit,
) -> Outcome<()> {
    let Some(id) = visit.plan else { return Ok(()) };
    let stays = plans::find(tx, id)?.is_some_and(|plan| plan.on == visit.on);
    if stays { Ok(()) } else { release(tx, ctx, s, visit) }
}

/// Passes a plan to another worker, who must be on duty where the household lies.
pub(super) fn pass(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &VisitServices,
    mut plan: Plan,
    to: Id<User>,
) -> Outcome<Plan> {
    ctx.require_at(ManagePlans::PERMISSION, plan.unit, &plan.path)?;
    let at = moment(s, ctx.now, plan.on);
    let there = duty::grids(tx, s, to, at)?.iter().any(|grid| grid.id == plan.grid);
    if !there || !s.users.holds(tx, to, RecordVisits::NAME, &plan.path, ctx.now)? {
        return Err(not_on_duty());
    }
    let before = plan_facts(&plan);
    plan.worker = to;
    plan.version += 1;
    if !plans::update(tx, &plan)? {
        return Err(STALE.fault());
    }
    audit::record(tx, ctx, plan_entry(&plan, "visits.plan.hand_over", Some(before)))?;
    Ok(plan)
}
