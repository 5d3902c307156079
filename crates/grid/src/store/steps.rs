//! The history of incidents: one row a step, numbered without a gap, never changed. What each
//! gets besides, behind its commit, is its place in the feed of changes (see `changes`).

use diesel::prelude::*;
use kernel::id::{Category, Grid, Incident, IncidentStep, Unit, User};
use kernel::{Id, Instant, Outcome};
use storage::{Tx, with_conn};

use super::schema::{grid_incident_steps as steps, grid_incidents as incidents};
use super::unknown_word;
use crate::model::{Facts, Source, State, Step};

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = steps, treat_none_as_default_value = false)]
pub(super) struct Row {
    id: Id<IncidentStep>,
    incident_id: Id<Incident>,
    seq: i64,
    action: String,
    from_state: Option<String>,
    to_state: String,
    actor_id: Option<Id<User>>,
    at: Instant,
    note: Option<String>,
    assignee_unit_id: Option<Id<Unit>>,
    assignee_id: Option<Id<User>>,
    from_category_id: Option<Id<Category>>,
    to_category_id: Option<Id<Category>>,
    unit_id: Option<Id<Unit>>,
    grid_id: Option<Id<Grid>>,
    source: Option<String>,
    late: Option<bool>,
    score: Option<i32>,
}

fn state(word: &str) -> Outcome<State> {
    State::parse(word).ok_or_else(|| unknown_word("grid_incident_steps", word))
}

fn source(word: &str) -> Outcome<Source> {
    Source::parse(word).ok_or_else(|| unknown_word("grid_incident_steps", word))
}

impl Row {
    pub(super) fn step(self) -> Outcome<Step> {
        Ok(Step {
            id: self.id,
            incident: self.incident_id,
            seq: self.seq,
            action: self.action,
            from: self.from_state.as_deref().map(state).transpose()?,
            to: state(&self.to_state)?,
            actor: self.actor_id,
            at: self.at,
            note: self.note,
            assignee_unit: self.assignee_unit_id,
            assignee: self.assignee_id,
            from_category: self.from_category_id,
            to_category: self.to_category_id,
            facts: Facts {
                unit: self.unit_id,
                grid: self.grid_id,
                source: self.source.as_deref().map(source).transpose()?,
                late: self.late,
                score: self.score,
            },
        })
    }
}

/// Adds a step.
pub fn insert(tx: &mut Tx<'_>, step: &Step) -> Outcome<()> {
    let row = Row {
        id: step.id,
        incident_id: step.incident,
        seq: step.seq,
        action: step.action.clone(),
        from_state: step.from.map(|s| s.word().to_owned()),
        to_state: step.to.word().to_owned(),
        actor_id: step.actor,
        at: step.at,
        note: step.note.clone(),
        assignee_unit_id: step.assignee_unit,
        assignee_id: step.assignee,
        from_category_id: step.from_category,
        to_category_id: step.to_category,
        unit_id: step.facts.unit,
        grid_id: step.facts.grid,
        source: step.facts.source.map(|s| s.word().to_owned()),
        late: step.facts.late,
        score: step.facts.score,
    };
    with_conn!(tx, |c| diesel::insert_into(steps::table).values(&row).execute(c))?;
    Ok(())
}

/// The steps of an incident after number `after`, oldest first.
pub fn list(tx: &mut Tx<'_>, incident: Id<Incident>, after: i64, limit: i64) -> Outcome<Vec<Step>> {
    let rows: Vec<Row> = with_conn!(tx, |c| steps::table
        .filter(steps::incident_id.eq(incident))
        .filter(steps::seq.gt(after))
        .order(steps::seq.asc())
        .limit(limit)
        .select(Row::as_select())
        .load(c))?;
    rows.into_iter().map(Row::step).collect()
}

/// A step in its place among those of all cases, with the case's point.
pub type PlacedStep = (i64, Step, Option<(f64, f64)>);

/// Steps with places after `after`, in order.
pub fn placed(tx: &mut Tx<'_>, after: i64, limit: i64) -> Outcome<Vec<PlacedStep>> {
    type PlacedRow = (Option<i64>, Row, Option<f64>, Option<f64>);
    let rows: Vec<PlacedRow> = with_conn!(tx, |c| steps::table
        .inner_join(incidents::table)
        .filter(steps::place.gt(after))
        .order(steps::place.asc())
        .limit(limit)
        .select((steps::place, Row::as_select(), incidents::lat, incidents::lng))
        .load(c))?;
    rows.into_iter()
        .map(|(place, row, lat, lng)| Ok((place.unwrap_or_default(), row.step()?, lat.zip(lng))))
        .collect()
}

/// One step of an incident.
pub fn find(tx: &mut Tx<'_>, incident: Id<Incident>, seq: i64) -> Outcome<Option<Step>> {
    let row: Option<Row> = with_conn!(tx, |c| steps::table
        .filter(steps::incident_id.eq(incident))
        .filter(steps::seq.eq(seq))
        .select(Row::as_select())
        .first(c)
        .optional())?;
    row.map(Row::step).transpose()
}
