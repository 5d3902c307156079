//! What was said of visits. Rows are added and never changed.

use chrono::NaiveDate;
use diesel::prelude::*;
use kernel::id::{Person, User, Visit, VisitForm};
use kernel::{Id, Instant, Outcome};
use storage::{Json, Tx, with_conn};

use super::schema::visits_editions as editions;
use super::{from_json, to_json, unknown_word};
use crate::model::{Edition, FormRef, Way};

const TABLE: &str = "visits_editions";

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = editions, treat_none_as_default_value = false)]
struct Row {
    visit_id: Id<Visit>,
    number: i64,
    visited_at: Instant,
    visited_on: NaiveDate,
    way: String,
    met: Json,
    form_id: Option<Id<VisitForm>>,
    form_number: Option<i64>,
    sealed_for: Option<Id<Person>>,
    content: Option<Vec<u8>>,
    recorded_at: Instant,
    recorded_by: Id<User>,
}

impl Row {
    fn edition(self) -> Outcome<Edition> {
        Ok(Edition {
            visit: self.visit_id,
            number: self.number,
            at: self.visited_at,
            on: self.visited_on,
            way: Way::parse(&self.way).ok_or_else(|| unknown_word(TABLE, &self.way))?,
            met: from_json(TABLE, self.met)?,
            form: self.form_id.zip(self.form_number).map(|(form, number)| FormRef { form, number }),
            sealed_for: self.sealed_for,
            sealed: self.content,
            recorded_at: self.recorded_at,
            recorded_by: self.recorded_by,
        })
    }
}

/// Adds an edition.
pub fn insert(tx: &mut Tx<'_>, e: &Edition) -> Outcome<()> {
    let row = Row {
        visit_id: e.visit,
        number: e.number,
        visited_at: e.at,
        visited_on: e.on,
        way: e.way.word().to_owned(),
        met: to_json(&e.met)?,
        form_id: e.form.map(|form| form.form),
        form_number: e.form.map(|form| form.number),
        sealed_for: e.sealed_for,
        content: e.sealed.clone(),
        recorded_at: e.recorded_at,
        recorded_by: e.recorded_by,
    };
    with_conn!(tx, |c| diesel::insert_into(editions::table).values(&row).execute(c))?;
    Ok(())
}

/// One edition of a visit.
pub fn find(tx: &mut Tx<'_>, visit: Id<Visit>, number: i64) -> Outcome<Option<Edition>> {
    let row: Option<Row> = with_conn!(tx, |c| editions::table
        .find((visit, number))
        .select(Row::as_select())
        .first(c)
        .optional())?;
    row.map(Row::edition).transpose()
}

/// The editions that hold of some visits: each visit with its number.
pub fn current(tx: &mut Tx<'_>, wanted: &[(Id<Visit>, i64)]) -> Outcome<Vec<Edition>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Id<Visit>> = wanted.iter().map(|(id, _)| *id).collect();
    let rows: Vec<Row> = with_conn!(tx, |c| editions::table
        .filter(editions::visit_id.eq_any(ids))
        .select(Row::as_select())
        .load(c))?;
    let holds = |row: &Row| wanted.contains(&(row.visit_id, row.number));
    rows.into_iter().filter(holds).map(Row::edition).collect()
}

/// One page of what was said of a visit, the newest first.
pub fn list(tx: &mut Tx<'_>, visit: Id<Visit>, before: Option<i64>, limit: i64) -> Outcome<Vec<Edition>> {
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q = editions::table.filter(editions::visit_id.eq(visit)).into_boxed::<Db>();
        if let Some(before) = before {
            q = q.filter(editions::number.lt(before));
        }
        q.order(editions::number.desc()).limit(limit).select(Row::as_select()).load(c)
    })?;
    rows.into_iter().map(Row::edition).collect()
}
