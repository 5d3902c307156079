//! Cases as they are counted.

use diesel::prelude::*;
use kernel::id::{Category, Grid, Incident, Unit, User};
use kernel::{Id, Instant, Outcome};
use storage::{Tx, insert_all, with_conn};

use super::schema::figures_cases as cases;
use crate::model::Case;

#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = cases, treat_none_as_default_value = false, treat_none_as_null = true)]
struct Row {
    incident_id: Id<Incident>,
    unit_id: Id<Unit>,
    grid_id: Option<Id<Grid>>,
    category_id: Option<Id<Category>>,
    source: String,
    department_id: Option<Id<Unit>>,
    worker_id: Option<Id<User>>,
    state: String,
    reported_at: Instant,
    accepted_at: Option<Instant>,
    resolved_at: Option<Instant>,
    closed_at: Option<Instant>,
    due: i64,
    on_time: i64,
    dispatches: i64,
    returns: i64,
    results: i64,
    reworks: i64,
    marks: i64,
    mark_sum: i64,
    content: i64,
    lat: Option<i64>,
    lng: Option<i64>,
}

impl Row {
    fn case(self) -> Case {
        Case {
            id: self.incident_id,
            unit: self.unit_id,
            grid: self.grid_id,
            category: self.category_id,
            source: self.source,
            department: self.department_id,
            worker: self.worker_id,
            state: self.state,
            reported: self.reported_at,
            accepted: self.accepted_at,
            resolved: self.resolved_at,
            closed: self.closed_at,
            due: self.due,
            on_time: self.on_time,
            dispatches: self.dispatches,
            returns: self.returns,
            results: self.results,
            reworks: self.reworks,
            marks: self.marks,
            mark_sum: self.mark_sum,
            content: self.content,
            point: self.lat.zip(self.lng),
        }
    }

    fn of(c: &Case) -> Self {
        let (lat, lng) = c.point.unzip();
        Self {
            incident_id: c.id,
            unit_id: c.unit,
            grid_id: c.grid,
            category_id: c.category,
            source: c.source.clone(),
            department_id: c.department,
            worker_id: c.worker,
            state: c.state.clone(),
            reported_at: c.reported,
            accepted_at: c.accepted,
            resolved_at: c.resolved,
            closed_at: c.closed,
            due: c.due,
            on_time: c.on_time,
            dispatches: c.dispatches,
            returns: c.returns,
            results: c.results,
            reworks: c.reworks,
            marks: c.marks,
            mark_sum: c.mark_sum,
            content: c.content,
            lat,
            lng,
        }
    }
}

/// Several of them; unknown ids are left out.
pub fn several(tx: &mut Tx<'_>, ids: &[Id<Incident>]) -> Outcome<Vec<Case>> {
    let rows: Vec<Row> = with_conn!(tx, |c| cases::table
        .filter(cases::incident_id.eq_any(ids))
        .select(Row::as_select())
        .load(c))?;
    Ok(rows.into_iter().map(Row::case).collect())
}

/// Adds those that were not there.
pub fn insert(tx: &mut Tx<'_>, new: &[Case]) -> Outcome<()> {
    let rows: Vec<Row> = new.iter().map(Row::of).collect();
    insert_all!(tx, cases::table, rows)?;
    Ok(())
}

/// Writes one as it is now.
pub fn update(tx: &mut Tx<'_>, case: &Case) -> Outcome<()> {
    let row = Row::of(case);
    with_conn!(tx, |c| diesel::update(cases::table.find(case.id)).set(&row).execute(c))?;
    Ok(())
}

/// Where a page of a unit's cases goes on.
pub type After = (Instant, Id<Incident>);

/// Up to `limit` cases of exactly this unit, reported from a moment on and before another, the oldest first.
pub fn of_unit(
    tx: &mut Tx<'_>,
    unit: Id<Unit>,
    (from, until): (Instant, Instant),
    after: Option<After>,
    limit: i64,
) -> Outcome<Vec<Case>> {
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q = cases::table
            .filter(cases::unit_id.eq(unit))
            .filter(cases::reported_at.ge(from))
            .filter(cases::reported_at.lt(until))
            .select(Row::as_select())
            .into_boxed::<Db>();
        if let Some((at, id)) = after {
            let later =
                cases::reported_at.gt(at).or(cases::reported_at.eq(at).and(cases::incident_id.gt(id)));
            q = q.filter(cases::reported_at.ge(at)).filter(later);
        }
        q.order((cases::reported_at.asc(), cases::incident_id.asc())).limit(limit).load(c)
    })?;
    Ok(rows.into_iter().map(Row::case).collect())
}

/// Up to `limit` cases, whichever, to be thrown away.
pub fn throw_away(tx: &mut Tx<'_>, limit: i64) -> Outcome<usize> {
    let some: Vec<Id<Incident>> =
        with_conn!(tx, |c| cases::table.select(cases::incident_id).limit(limit).load(c))?;
    Ok(with_conn!(tx, |c| diesel::delete(cases::table.filter(cases::incident_id.eq_any(&some))).execute(c))?)
}
