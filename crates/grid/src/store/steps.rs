//! The history of incidents: one row a step, numbered without a gap, never changed. What each
//! gets besides, behind its commit, is its place in the feed of changes (see `changes`).

use diesel::prelude::*;
use kernel::id::{Category, Incident, IncidentStep, Unit, User};
use kernel::{Id, Instant, Outcome};
use storage::{Tx, with_conn};

use super::schema::grid_incident_steps as steps;
use super::unknown_word;
use crate::model::{State, Step};

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
}

fn state(word: &str) -> Outcome<State> {
    State::parse(word).ok_or_else(|| unknown_word("grid_incident_steps", word))
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
