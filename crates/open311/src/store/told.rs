//! What happened to cases that is told to who reported them.

use diesel::prelude::*;
use kernel::id::{Incident, IncidentStep, User};
use kernel::{Fault, Id, Instant, Outcome};
use storage::{Tx, with_conn};

use super::schema::open311_told as told;
use crate::model::Word;

/// A step that is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// The step.
    pub step: Id<IncidentStep>,
    /// To whom.
    pub account: Id<User>,
    /// Of which case.
    pub incident: Id<Incident>,
    /// As what.
    pub word: Word,
    /// Since when it is told.
    pub at: Instant,
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = told, treat_none_as_default_value = false)]
struct Row {
    step_id: Id<IncidentStep>,
    account_id: Id<User>,
    incident_id: Id<Incident>,
    status: String,
    at: Instant,
}

impl Row {
    fn told(self) -> Outcome<Told> {
        let unknown = || Fault::internal(format!("open311_told has the unknown word {:?}", self.status));
        let word = Word::parse(&self.status).ok_or_else(unknown)?;
        Ok(Told {
            step: self.step_id,
            account: self.account_id,
            incident: self.incident_id,
            word,
            at: self.at,
        })
    }
}

/// Adds a step; one that is told already stays as it is.
pub fn insert(tx: &mut Tx<'_>, told: &Told) -> Outcome<()> {
    let row = Row {
        step_id: told.step,
        account_id: told.account,
        incident_id: told.incident,
        status: told.word.word().to_owned(),
        at: told.at,
    };
    with_conn!(tx, |c| diesel::insert_into(told::table).values(&row).on_conflict_do_nothing().execute(c))?;
    Ok(())
}

/// What an account is told of from one moment to before another, the oldest first.
pub fn list(
    tx: &mut Tx<'_>,
    account: Id<User>,
    (from, to): (Instant, Instant),
    limit: i64,
) -> Outcome<Vec<Told>> {
    let rows: Vec<Row> = with_conn!(tx, |c| told::table
        .filter(told::account_id.eq(account))
        .filter(told::at.ge(from))
        .filter(told::at.lt(to))
        .order((told::at.asc(), told::step_id.asc()))
        .limit(limit)
        .select(Row::as_select())
        .load(c))?;
    rows.into_iter().map(Row::told).collect()
}
