//! The log of whole readings and look-ups: added to, never changed but for the place of a unit that moved.

use diesel::prelude::*;
use diesel::sql_types::Text;
use kernel::id::{Person, PersonReading, Unit, User};
use kernel::{Id, Instant, Outcome, Scope, UnitPath};
use storage::{Tx, with_conn};

use super::schema::{people_readers as readers, people_readings as readings};
use super::substr;
use crate::model::Reading;

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = readings, treat_none_as_default_value = false)]
struct Row {
    id: Id<PersonReading>,
    reader_id: Id<User>,
    person_id: Option<Id<Person>>,
    unit_id: Id<Unit>,
    unit_path: UnitPath,
    kind: String,
    fields: String,
    purpose: String,
    request_id: String,
    at: Instant,
}

impl From<Row> for Reading {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            reader: row.reader_id,
            person: row.person_id,
            unit: row.unit_id,
            path: row.unit_path,
            kind: row.kind,
            fields: row.fields.split(',').map(str::to_owned).collect(),
            purpose: row.purpose,
            request_id: row.request_id,
            at: row.at,
        }
    }
}

/// Adds a reading.
pub fn insert(tx: &mut Tx<'_>, reading: &Reading) -> Outcome<()> {
    let row = Row {
        id: reading.id,
        reader_id: reading.reader,
        person_id: reading.person,
        unit_id: reading.unit,
        unit_path: reading.path.clone(),
        kind: reading.kind.clone(),
        fields: reading.fields.join(","),
        purpose: reading.purpose.clone(),
        request_id: reading.request_id.clone(),
        at: reading.at,
    };
    with_conn!(tx, |c| diesel::insert_into(readings::table).values(&row).execute(c))?;
    Ok(())
}

/// Locks what a reader's readings are counted under: two at once are counted one after the other.
pub fn lock_reader(tx: &mut Tx<'_>, reader: Id<User>) -> Outcome<()> {
    // An update that changes nothing locks the row, whether it was there or not.
    with_conn!(tx, |c| diesel::insert_into(readers::table)
        .values(readers::user_id.eq(reader))
        .on_conflict(readers::user_id)
        .do_update()
        .set(readers::user_id.eq(reader))
        .execute(c))?;
    Ok(())
}

/// How many a reader did after the later of two moments, and after the earlier.
pub fn count(tx: &mut Tx<'_>, reader: Id<User>, late: Instant, early: Instant) -> Outcome<(i64, i64)> {
    use diesel::dsl::{case_when, count, count_star};
    Ok(with_conn!(tx, |c| readings::table
        .filter(readings::reader_id.eq(reader))
        .filter(readings::at.gt(early))
        .select((count(case_when(readings::at.gt(late), readings::at)), count_star()))
        .first(c))?)
}

/// When a reader did the oldest after a moment.
pub fn oldest(tx: &mut Tx<'_>, reader: Id<User>, after: Instant) -> Outcome<Option<Instant>> {
    Ok(with_conn!(tx, |c| readings::table
        .filter(readings::reader_id.eq(reader))
        .filter(readings::at.gt(after))
        .order(readings::at.asc())
        .select(readings::at)
        .first(c)
        .optional())?)
}

/// What a list is narrowed to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// By this reader.
    pub reader: Option<Id<User>>,
    /// Of this person.
    pub person: Option<Id<Person>>,
    /// Not before.
    pub from: Option<Instant>,
    /// Before.
    pub to: Option<Instant>,
    /// After this one (older).
    pub after: Option<Id<PersonReading>>,
}

/// The readings in a scope, the newest first.
pub fn list(tx: &mut Tx<'_>, scope: &Scope, filter: &Filter, limit: i64) -> Outcome<Vec<Reading>> {
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut places: Box<
            dyn diesel::BoxableExpression<readings::table, Db, SqlType = diesel::sql_types::Bool>,
        > = Box::new(diesel::dsl::sql::<diesel::sql_types::Bool>("1 = 0"));
        for root in &scope.roots {
            let (low, high) = root.path.range();
            places = if root.subtree {
                Box::new(places.or(readings::unit_path.ge(low).and(readings::unit_path.lt(high))))
            } else {
                Box::new(places.or(readings::unit_path.eq(root.path.as_str().to_owned())))
            };
        }
        let mut q = readings::table.select(Row::as_select()).into_boxed::<Db>().filter(places);
        if let Some(reader) = filter.reader {
            q = q.filter(readings::reader_id.eq(reader));
        }
        if let Some(person) = filter.person {
            q = q.filter(readings::person_id.eq(person));
        }
        if let Some(from) = filter.from {
            q = q.filter(readings::at.ge(from));
        }
        if let Some(to) = filter.to {
            q = q.filter(readings::at.lt(to));
        }
        if let Some(after) = filter.after {
            q = q.filter(readings::id.lt(after));
        }
        q.order(readings::id.desc()).limit(limit).load(c)
    })?;
    Ok(rows.into_iter().map(Reading::from).collect())
}

/// Rebases the copies of paths after a move.
pub fn rebase(tx: &mut Tx<'_>, from: &UnitPath, to: &UnitPath) -> Outcome<usize> {
    let (low, high) = from.range();
    let tail = super::after(from);
    Ok(with_conn!(tx, |c| diesel::update(
        readings::table.filter(readings::unit_path.ge(low)).filter(readings::unit_path.lt(high))
    )
    .set(readings::unit_path.eq(to.as_str().into_sql::<Text>().concat(substr(readings::unit_path, tail))))
    .execute(c))?)
}
