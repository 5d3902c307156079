//! What was done to calls. Rows are added and never changed.

use diesel::prelude::*;
use kernel::id::{User, WhistleCall};
use kernel::{Id, Instant, Outcome};
use storage::{Tx, with_conn};

use super::schema::whistles_steps as steps;
use super::unknown_word;
use crate::model::{Action, State, Step};

const TABLE: &str = "whistles_steps";

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = steps, treat_none_as_default_value = false)]
struct Row {
    call_id: Id<WhistleCall>,
    seq: i64,
    action: String,
    to_state: String,
    actor_id: Id<User>,
    at: Instant,
    note: Option<String>,
}

/// Adds a step.
pub fn insert(tx: &mut Tx<'_>, call: Id<WhistleCall>, step: &Step) -> Outcome<()> {
    let row = Row {
        call_id: call,
        seq: step.seq,
        action: step.action.word().to_owned(),
        to_state: step.to.word().to_owned(),
        actor_id: step.actor,
        at: step.at,
        note: step.note.clone(),
    };
    with_conn!(tx, |c| diesel::insert_into(steps::table).values(&row).execute(c))?;
    Ok(())
}

/// Whether somebody did one of these things to a call, be it that others did the same later.
pub fn has_done(tx: &mut Tx<'_>, call: Id<WhistleCall>, user: Id<User>, actions: &[Action]) -> Outcome<bool> {
    let words: Vec<&str> = actions.iter().map(|action| action.word()).collect();
    let found: Option<i64> = with_conn!(tx, |c| steps::table
        .filter(steps::call_id.eq(call))
        .filter(steps::actor_id.eq(user))
        .filter(steps::action.eq_any(words))
        .select(steps::seq)
        .first(c)
        .optional())?;
    Ok(found.is_some())
}

/// What was done to a call, in order. A call has a handful of steps, unless it is declined and insisted on without end: the last 200.
pub fn of(tx: &mut Tx<'_>, call: Id<WhistleCall>) -> Outcome<Vec<Step>> {
    let rows: Vec<Row> = with_conn!(tx, |c| steps::table
        .filter(steps::call_id.eq(call))
        .order(steps::seq.desc())
        .limit(200)
        .select(Row::as_select())
        .load(c))?;
    let step = |row: Row| {
        Ok(Step {
            seq: row.seq,
            action: Action::parse(&row.action).ok_or_else(|| unknown_word(TABLE, &row.action))?,
            to: State::parse(&row.to_state).ok_or_else(|| unknown_word(TABLE, &row.to_state))?,
            actor: row.actor_id,
            at: row.at,
            note: row.note,
        })
    };
    rows.into_iter().rev().map(step).collect()
}
