//! Planned visits.

use chrono::NaiveDate;
use diesel::prelude::*;
use kernel::id::{self, Grid, Holding, Household, Unit, User, Visit};
use kernel::{Id, Instant, Outcome, PageSize, Scope, UnitPath};
use storage::{Tx, on_unique, with_conn};

use super::schema::visits_plans as plans;
use super::{or_in_scope, or_theirs_in_scope, unknown_word};
use crate::error::PLANNED_ALREADY;
use crate::model::{DropReason, Plan, PlanState};

const TABLE: &str = "visits_plans";

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = plans, treat_none_as_default_value = false)]
struct Row {
    id: Id<id::VisitPlan>,
    worker_id: Id<User>,
    household_id: Id<Household>,
    unit_id: Id<Unit>,
    unit_path: UnitPath,
    grid_id: Id<Grid>,
    planned_on: NaiveDate,
    state: String,
    visit_id: Option<Id<Visit>>,
    reason: Option<String>,
    planned_by: Id<User>,
    version: i64,
    created_at: Instant,
    ended_at: Option<Instant>,
}

impl Row {
    fn of(p: &Plan) -> Self {
        Self {
            id: p.id,
            worker_id: p.worker,
            household_id: p.household,
            unit_id: p.unit,
            unit_path: p.path.clone(),
            grid_id: p.grid,
            planned_on: p.on,
            state: p.state.word().to_owned(),
            visit_id: p.visit,
            reason: p.reason.map(|reason| reason.word().to_owned()),
            planned_by: p.planned_by,
            version: p.version,
            created_at: p.created_at,
            ended_at: p.ended_at,
        }
    }

    fn plan(self) -> Outcome<Plan> {
        let unknown = |word: &str| unknown_word(TABLE, word);
        let reason = match self.reason {
            None => None,
            Some(word) => Some(DropReason::parse(&word).ok_or_else(|| unknown(&word))?),
        };
        Ok(Plan {
            id: self.id,
            worker: self.worker_id,
            household: self.household_id,
            unit: self.unit_id,
            path: self.unit_path,
            grid: self.grid_id,
            on: self.planned_on,
            state: PlanState::parse(&self.state).ok_or_else(|| unknown(&self.state))?,
            visit: self.visit_id,
            reason,
            planned_by: self.planned_by,
            version: self.version,
            created_at: self.created_at,
            ended_at: self.ended_at,
        })
    }
}

fn taken(error: diesel::result::Error) -> kernel::Fault {
    on_unique(error.into(), TABLE, "worker_id", &PLANNED_ALREADY)
}

/// Adds a plan; refused where the worker has the same one.
pub fn insert(tx: &mut Tx<'_>, plan: &Plan) -> Outcome<()> {
    let row = Row::of(plan);
    with_conn!(tx, |c| diesel::insert_into(plans::table).values(&row).execute(c)).map_err(taken)?;
    Ok(())
}

/// The plan.
pub fn find(tx: &mut Tx<'_>, id: Id<id::VisitPlan>) -> Outcome<Option<Plan>> {
    let row: Option<Row> =
        with_conn!(tx, |c| plans::table.find(id).select(Row::as_select()).first(c).optional())?;
    row.map(Row::plan).transpose()
}

/// The plan, its row locked until the transaction ends.
pub fn find_locked(tx: &mut Tx<'_>, id: Id<id::VisitPlan>) -> Outcome<Option<Plan>> {
    let row: Option<Row> =
        with_conn!(tx, |c| lock!(plans::table.find(id).select(Row::as_select())).first(c).optional())?;
    row.map(Row::plan).transpose()
}

/// What a worker meant to do on a day at a household and has not done, its row locked: planned before missed, the newest first.
pub fn open_of(
    tx: &mut Tx<'_>,
    worker: Id<User>,
    household: Id<Household>,
    on: NaiveDate,
) -> Outcome<Option<Plan>> {
    let open = [PlanState::Planned.word(), PlanState::Missed.word()];
    let row: Option<Row> = with_conn!(tx, |c| lock!(
        plans::table
            .filter(plans::worker_id.eq(worker))
            .filter(plans::household_id.eq(household))
            .filter(plans::planned_on.eq(on))
            .filter(plans::state.eq_any(open))
            .order((plans::state.desc(), plans::id.desc()))
            .select(Row::as_select())
    )
    .first(c)
    .optional())?;
    row.map(Row::plan).transpose()
}

/// Writes what can be changed, if the plan still has the version before; answers whether it had.
pub fn update(tx: &mut Tx<'_>, plan: &Plan) -> Outcome<bool> {
    let row = Row::of(plan);
    let changed = with_conn!(tx, |c| diesel::update(
        plans::table.find(plan.id).filter(plans::version.eq(plan.version - 1))
    )
    .set((
        plans::worker_id.eq(row.worker_id),
        plans::state.eq(&row.state),
        plans::visit_id.eq(row.visit_id),
        plans::reason.eq(&row.reason),
        plans::version.eq(row.version),
        plans::ended_at.eq(row.ended_at),
    ))
    .execute(c))
    .map_err(taken)?;
    Ok(changed == 1)
}

/// Plans of days before `today` that nobody fulfilled, the oldest first; their rows are locked, those another has are left out.
pub fn overdue(tx: &mut Tx<'_>, today: NaiveDate, limit: i64) -> Outcome<Vec<Plan>> {
    let rows: Vec<Row> = with_conn!(tx, |c| lock_skip!(
        plans::table
            .filter(plans::state.eq(PlanState::Planned.word()))
            .filter(plans::planned_on.lt(today))
            .order((plans::planned_on.asc(), plans::id.asc()))
            .limit(limit)
            .select(Row::as_select())
    )
    .load(c))?;
    rows.into_iter().map(Row::plan).collect()
}

/// What a list of plans is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this worker.
    pub worker: Option<Id<User>>,
    /// In this subtree.
    pub below: Option<UnitPath>,
    /// So far.
    pub state: Option<PlanState>,
    /// Not before this day.
    pub from: Option<NaiveDate>,
    /// Before this day.
    pub to: Option<NaiveDate>,
    /// After this one, planned for that day.
    pub after: Option<(NaiveDate, Id<id::VisitPlan>)>,
}

/// Plans in a scope, and one's own in another, by day.
pub fn list(
    tx: &mut Tx<'_>,
    scope: &Scope,
    (me, mine): (Id<User>, &Scope),
    f: &Filter,
    size: PageSize,
) -> Outcome<Vec<Plan>> {
    if scope.roots.is_empty() && mine.roots.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q = or_in_scope!(plans::table.into_boxed::<Db>(), plans, scope);
        q = or_theirs_in_scope!(q, plans, me, mine);
        if let Some(worker) = f.worker {
            q = q.filter(plans::worker_id.eq(worker));
        }
        if let Some(below) = &f.below {
            let (low, high) = below.range();
            q = q.filter(plans::unit_path.ge(low)).filter(plans::unit_path.lt(high));
        }
        if let Some(state) = f.state {
            q = q.filter(plans::state.eq(state.word()));
        }
        if let Some(from) = f.from {
            q = q.filter(plans::planned_on.ge(from));
        }
        if let Some(to) = f.to {
            q = q.filter(plans::planned_on.lt(to));
        }
        if let Some((on, id)) = f.after {
            q = q.filter(plans::planned_on.ge(on)).filter(plans::planned_on.gt(on).or(plans::id.gt(id)));
        }
        q.order((plans::planned_on.asc(), plans::id.asc()))
            .limit(size.probe())
            .select(Row::as_select())
            .load(c)
    })?;
    rows.into_iter().map(Row::plan).collect()
}

/// How many plans somebody has still to fulfil, in a scope or anywhere.
pub fn count_open(tx: &mut Tx<'_>, user: Id<User>, scope: Option<&Scope>) -> Outcome<i64> {
    if scope.is_some_and(|scope| scope.roots.is_empty()) {
        return Ok(0);
    }
    Ok(with_conn!(tx, |c| {
        let mut q = plans::table.into_boxed::<Db>();
        if let Some(scope) = scope {
            q = or_in_scope!(q, plans, scope);
        }
        q.filter(plans::worker_id.eq(user))
            .filter(plans::state.eq(PlanState::Planned.word()))
            .count()
            .get_result(c)
    })?)
}

/// The plans somebody has still to fulfil in a scope, the oldest first.
pub fn open_in(
    tx: &mut Tx<'_>,
    user: Id<User>,
    scope: &Scope,
    after: Option<Id<Holding>>,
    limit: i64,
) -> Outcome<Vec<Plan>> {
    if scope.roots.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q = or_in_scope!(plans::table.into_boxed::<Db>(), plans, scope)
            .filter(plans::worker_id.eq(user))
            .filter(plans::state.eq(PlanState::Planned.word()));
        if let Some(after) = after {
            q = q.filter(plans::id.gt(Id::<id::VisitPlan>::from_uuid(after.uuid())));
        }
        q.order(plans::id.asc()).limit(limit).select(Row::as_select()).load(c)
    })?;
    rows.into_iter().map(Row::plan).collect()
}
