//! Incidents. Every list is one range of one index, newest first, joined to its grids' names.

use diesel::prelude::*;
use kernel::error::UNAVAILABLE;
use kernel::id::{Category, Grid, Incident as IncidentId, Unit, User};
use kernel::{Fault, Id, Instant, Outcome};
use storage::{Tx, on_unique, with_conn};

use super::schema::{
    grid_category_scopes as category_scopes, grid_grids as grids, grid_incident_scopes as scopes,
    grid_incidents as incidents,
};
use super::unknown_word;
use crate::model::{Incident, Priority, Source as CameBy, State};

/// How far the time inside an id may be from `reported_at`: lists by time are cut by the id first.
const SLACK_SECONDS: i64 = 300;

/// An incident as it is stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = incidents, treat_none_as_default_value = false)]
pub(super) struct Row {
    id: Id<IncidentId>,
    unit_id: Id<Unit>,
    named_unit_id: Option<Id<Unit>>,
    grid_id: Option<Id<Grid>>,
    reporter_id: Id<User>,
    title: String,
    description: String,
    address: Option<String>,
    lat: Option<f64>,
    lng: Option<f64>,
    state: String,
    assignee_unit_id: Option<Id<Unit>>,
    assignee_id: Option<Id<User>>,
    resolved_by: Option<Id<User>>,
    version: i64,
    reported_at: Instant,
    state_since: Instant,
    closed_at: Option<Instant>,
    category_id: Option<Id<Category>>,
    priority: Option<String>,
    due_at: Option<Instant>,
    back_state: Option<String>,
    question: Option<String>,
    resume_at: Option<Instant>,
    escalated_at: Option<Instant>,
    escalated_unit_id: Option<Id<Unit>>,
    number: String,
    source: String,
    merged_into_id: Option<Id<IncidentId>>,
    score: Option<i32>,
    occurred_at: Option<Instant>,
}

/// A priority as it is stored.
pub(super) fn priority(table: &str, word: Option<&str>) -> Outcome<Option<Priority>> {
    word.map(|w| Priority::parse(w).ok_or_else(|| unknown_word(table, w))).transpose()
}

impl Row {
    pub(super) fn incident(self) -> Outcome<Incident> {
        Ok(Incident {
            id: self.id,
            unit: self.unit_id,
            named_unit: self.named_unit_id,
            grid: self.grid_id,
            reporter: self.reporter_id,
            title: self.title,
            description: self.description,
            address: self.address,
            point: self.lat.zip(self.lng),
            category: self.category_id,
            priority: priority("grid_incidents", self.priority.as_deref())?,
            state: state_of(&self.state)?,
            assignee_unit: self.assignee_unit_id,
            assignee: self.assignee_id,
            resolved_by: self.resolved_by,
            version: self.version,
            reported_at: self.reported_at,
            state_since: self.state_since,
            closed_at: self.closed_at,
            due: self.due_at,
            back: self.back_state.as_deref().map(state_of).transpose()?,
            question: self.question,
            resume_at: self.resume_at,
            escalated_at: self.escalated_at,
            escalated_unit: self.escalated_unit_id,
            number: self.number,
            source: CameBy::parse(&self.source)
                .ok_or_else(|| unknown_word("grid_incidents", &self.source))?,
            merged_into: self.merged_into_id,
            score: self.score,
            occurred_at: self.occurred_at,
        })
    }

    fn of(i: &Incident) -> Self {
        Self {
            id: i.id,
            unit_id: i.unit,
            named_unit_id: i.named_unit,
            grid_id: i.grid,
            reporter_id: i.reporter,
            title: i.title.clone(),
            description: i.description.clone(),
            address: i.address.clone(),
            lat: i.point.map(|(lat, _)| lat),
            lng: i.point.map(|(_, lng)| lng),
            state: i.state.word().to_owned(),
            assignee_unit_id: i.assignee_unit,
            assignee_id: i.assignee,
            resolved_by: i.resolved_by,
            version: i.version,
            reported_at: i.reported_at,
            state_since: i.state_since,
            closed_at: i.closed_at,
            category_id: i.category,
            priority: i.priority.map(|p| p.word().to_owned()),
            due_at: i.due,
            back_state: i.back.map(|s| s.word().to_owned()),
            question: i.question.clone(),
            resume_at: i.resume_at,
            escalated_at: i.escalated_at,
            escalated_unit_id: i.escalated_unit,
            number: i.number.clone(),
            source: i.source.word().to_owned(),
            merged_into_id: i.merged_into,
            score: i.score,
            occurred_at: i.occurred_at,
        }
    }
}

fn state_of(word: &str) -> Outcome<State> {
    State::parse(word).ok_or_else(|| unknown_word("grid_incidents", word))
}

/// An incident and its grid's name.
pub type Named = (Incident, Option<String>);
pub(super) type NamedRow = (Row, Option<String>);

pub(super) fn named((row, grid): NamedRow) -> Outcome<Named> {
    Ok((row.incident()?, grid))
}

/// Adds an incident. One whose number another has of that day already is to be tried anew: with another id it gets another.
pub fn insert(tx: &mut Tx<'_>, incident: &Incident) -> Outcome<()> {
    let row = Row::of(incident);
    let added: Outcome<usize> =
        with_conn!(tx, |c| diesel::insert_into(incidents::table).values(&row).execute(c))
            .map_err(Fault::from);
    match added.map_err(|fault| on_unique(fault, "grid_incidents", "number", &UNAVAILABLE)) {
        Err(Fault::Refused(_)) => Err(Fault::Transient("two cases have the same number".to_owned())),
        other => other.map(drop),
    }
}

/// The incident with its grid's name.
pub fn find(tx: &mut Tx<'_>, id: Id<IncidentId>) -> Outcome<Option<Named>> {
    let row: Option<NamedRow> = with_conn!(tx, |c| incidents::table
        .left_join(grids::table)
        .filter(incidents::id.eq(id))
        .select((Row::as_select(), grids::name.nullable()))
        .first(c)
        .optional())?;
    row.map(named).transpose()
}

/// The incident, its row locked until the transaction ends.
pub fn find_locked(tx: &mut Tx<'_>, id: Id<IncidentId>) -> Outcome<Option<Incident>> {
    let row: Option<Row> =
        with_conn!(tx, |c| lock!(incidents::table.find(id).select(Row::as_select())).first(c).optional())?;
    row.map(Row::incident).transpose()
}

/// The incident of a number, as [`crate::model::number::read`] reads it.
pub fn by_number(tx: &mut Tx<'_>, number: &str) -> Outcome<Option<Id<IncidentId>>> {
    Ok(with_conn!(tx, |c| incidents::table
        .filter(incidents::number.eq(number))
        .select(incidents::id)
        .first(c)
        .optional())?)
}

/// What was merged into one case was merged into another, rather; nothing that a reader of the version before would have to know.
pub fn repoint(tx: &mut Tx<'_>, from: Id<IncidentId>, to: Id<IncidentId>) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(incidents::table.filter(incidents::merged_into_id.eq(from)))
        .set(incidents::merged_into_id.eq(to))
        .execute(c))?;
    Ok(())
}

/// Writes what a transition changes, if the incident still has the version before; answers whether it had.
pub fn update(tx: &mut Tx<'_>, i: &Incident) -> Outcome<bool> {
    let changed = with_conn!(tx, |c| diesel::update(
        incidents::table.find(i.id).filter(incidents::version.eq(i.version - 1))
    )
    .set((
        incidents::unit_id.eq(i.unit),
        incidents::grid_id.eq(i.grid),
        incidents::state.eq(i.state.word()),
        incidents::due_at.eq(i.due),
        incidents::back_state.eq(i.back.map(State::word)),
        incidents::question.eq(&i.question),
        incidents::resume_at.eq(i.resume_at),
        incidents::escalated_at.eq(i.escalated_at),
        incidents::escalated_unit_id.eq(i.escalated_unit),
        incidents::assignee_unit_id.eq(i.assignee_unit),
        incidents::assignee_id.eq(i.assignee),
        incidents::resolved_by.eq(i.resolved_by),
        incidents::version.eq(i.version),
        incidents::state_since.eq(i.state_since),
        incidents::closed_at.eq(i.closed_at),
        incidents::merged_into_id.eq(i.merged_into),
        incidents::score.eq(i.score),
    ))
    .execute(c))?;
    Ok(changed == 1)
}

/// Writes the category and what came with it, if the incident still has the version before; answers whether it had.
pub fn categorise(tx: &mut Tx<'_>, i: &Incident) -> Outcome<bool> {
    let changed = with_conn!(tx, |c| diesel::update(
        incidents::table.find(i.id).filter(incidents::version.eq(i.version - 1))
    )
    .set((
        incidents::category_id.eq(i.category),
        incidents::priority.eq(i.priority.map(Priority::word)),
        incidents::due_at.eq(i.due),
        incidents::escalated_at.eq(i.escalated_at),
        incidents::escalated_unit_id.eq(i.escalated_unit),
        incidents::version.eq(i.version),
    ))
    .execute(c))?;
    Ok(changed == 1)
}

/// Writes when the clock is over, now that it can be said; nothing that a reader of the version before would have to know.
pub fn set_due(tx: &mut Tx<'_>, i: &Incident) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(incidents::table.find(i.id))
        .set(incidents::due_at.eq(i.due))
        .execute(c))?;
    Ok(())
}

/// Where the rows of a list come from: each is one range of one index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A unit and all below it.
    Below(Id<Unit>),
    /// A unit alone.
    At(Id<Unit>),
    /// A grid.
    Grid(Id<Grid>),
    /// What somebody reported, in a subtree or anywhere.
    ReportedBy(Id<User>, Option<Id<Unit>>),
    /// What a person is to handle, in a subtree or anywhere.
    AssignedTo(Id<User>, Option<Id<Unit>>),
    /// What a unit is to handle, in a subtree or anywhere.
    AssignedToUnit(Id<Unit>, Option<Id<Unit>>),
}

/// What a list is narrowed to besides.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// In this state.
    pub state: Option<State>,
    /// In this grid.
    pub grid: Option<Id<Grid>>,
    /// Of this category or one below it.
    pub category: Option<Id<Category>>,
    /// Reported not before.
    pub from: Option<Instant>,
    /// Reported before.
    pub to: Option<Instant>,
    /// Older than this one.
    pub after: Option<Id<IncidentId>>,
}

impl Filter {
    /// The lowest and the highest id (exclusive) that can be on the page.
    fn ids(&self) -> (Option<Id<IncidentId>>, Option<Id<IncidentId>>) {
        let low = self.from.map(|t| id_at(t.plus_seconds(-SLACK_SECONDS)));
        let high = self.to.map(|t| id_at(t.plus_seconds(SLACK_SECONDS)));
        (low, [high, self.after].into_iter().flatten().min())
    }
}

/// The lowest id of a moment.
fn id_at(at: Instant) -> Id<IncidentId> {
    let millis = u64::try_from(at.micros() / 1_000).unwrap_or(0);
    Id::from_uuid(uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid())
}

/// Up to `limit` incidents of one source, newest first.
pub fn list(tx: &mut Tx<'_>, source: Source, filter: &Filter, limit: i64) -> Outcome<Vec<Named>> {
    let rows = match source {
        Source::Below(unit) => below(tx, unit, filter, limit),
        other => beside(tx, other, filter, limit),
    }?;
    rows.into_iter().map(named).collect()
}

/// The categories of a subtree, by their own index; their incidents by theirs.
macro_rules! of_category {
    ($category:expr) => {
        category_scopes::table
            .filter(category_scopes::ancestor_id.eq($category))
            .select(category_scopes::category_id.nullable())
    };
}

/// By the index of subtrees: `(ancestor, incident)`, or `(ancestor, state, incident)` where a state is asked for.
fn below(tx: &mut Tx<'_>, unit: Id<Unit>, filter: &Filter, limit: i64) -> Outcome<Vec<NamedRow>> {
    let (low, high) = filter.ids();
    Ok(with_conn!(tx, |c| {
        let mut q = scopes::table
            .inner_join(incidents::table.left_join(grids::table))
            .filter(scopes::ancestor_unit_id.eq(unit))
            .into_boxed::<Db>();
        if let Some(state) = filter.state {
            q = q.filter(scopes::state.eq(state.word()));
        }
        if let Some(low) = low {
            q = q.filter(scopes::incident_id.ge(low));
        }
        if let Some(high) = high {
            q = q.filter(scopes::incident_id.lt(high));
        }
        if let Some(grid) = filter.grid {
            q = q.filter(incidents::grid_id.eq(grid));
        }
        if let Some(category) = filter.category {
            q = q.filter(incidents::category_id.eq_any(of_category!(category)));
        }
        if let Some(from) = filter.from {
            q = q.filter(incidents::reported_at.ge(from));
        }
        if let Some(to) = filter.to {
            q = q.filter(incidents::reported_at.lt(to));
        }
        q.order(scopes::incident_id.desc())
            .limit(limit)
            .select((Row::as_select(), grids::name.nullable()))
            .load(c)
    })?)
}

/// By an index of the incidents' own.
fn beside(tx: &mut Tx<'_>, source: Source, filter: &Filter, limit: i64) -> Outcome<Vec<NamedRow>> {
    let (low, high) = filter.ids();
    Ok(with_conn!(tx, |c| {
        let mut q = incidents::table.left_join(grids::table).into_boxed::<Db>();
        let subtree = match source {
            Source::Below(unit) => Some(unit),
            Source::At(unit) => {
                q = q.filter(incidents::unit_id.eq(unit));
                None
            }
            Source::Grid(grid) => {
                q = q.filter(incidents::grid_id.eq(grid));
                None
            }
            Source::ReportedBy(user, subtree) => {
                q = q.filter(incidents::reporter_id.eq(user));
                subtree
            }
            Source::AssignedTo(user, subtree) => {
                q = q.filter(incidents::assignee_id.eq(user));
                subtree
            }
            Source::AssignedToUnit(unit, subtree) => {
                q = q.filter(incidents::assignee_unit_id.eq(unit));
                subtree
            }
        };
        if let Some(unit) = subtree {
            let inside = scopes::table
                .filter(scopes::ancestor_unit_id.eq(unit))
                .filter(scopes::incident_id.eq(incidents::id));
            q = q.filter(diesel::dsl::exists(inside));
        }
        if let Some(state) = filter.state {
            q = q.filter(incidents::state.eq(state.word()));
        }
        if let Some(low) = low {
            q = q.filter(incidents::id.ge(low));
        }
        if let Some(high) = high {
            q = q.filter(incidents::id.lt(high));
        }
        if let Some(grid) = filter.grid {
            q = q.filter(incidents::grid_id.eq(grid));
        }
        if let Some(category) = filter.category {
            q = q.filter(incidents::category_id.eq_any(of_category!(category)));
        }
        if let Some(from) = filter.from {
            q = q.filter(incidents::reported_at.ge(from));
        }
        if let Some(to) = filter.to {
            q = q.filter(incidents::reported_at.lt(to));
        }
        q.order(incidents::id.desc()).limit(limit).select((Row::as_select(), grids::name.nullable())).load(c)
    })?)
}

/// Cases that were set aside until now, those of the earliest date first.
pub fn to_resume(tx: &mut Tx<'_>, now: Instant, limit: i64) -> Outcome<Vec<Id<IncidentId>>> {
    Ok(with_conn!(tx, |c| incidents::table
        .filter(incidents::resume_at.is_not_null())
        .filter(incidents::resume_at.le(now))
        .order(incidents::resume_at.asc())
        .limit(limit)
        .select(incidents::id)
        .load(c))?)
}

/// How many incidents are not over that lie in exactly this unit or were given to it.
pub fn count_open(tx: &mut Tx<'_>, unit: Id<Unit>) -> Outcome<i64> {
    let over = State::OVER.map(State::word);
    let (own, given): (i64, i64) = (
        with_conn!(tx, |c| incidents::table
            .filter(incidents::unit_id.eq(unit))
            .filter(incidents::state.ne_all(over))
            .count()
            .get_result(c))?,
        with_conn!(tx, |c| incidents::table
            .filter(incidents::assignee_unit_id.eq(unit))
            .filter(incidents::unit_id.ne(unit))
            .filter(incidents::state.ne_all(over))
            .count()
            .get_result(c))?,
    );
    Ok(own + given)
}
