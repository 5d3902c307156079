//! The exceptions of years. Rows are added and never changed.

use diesel::prelude::*;
use kernel::id::{Calendar as CalendarId, CalendarYear, User};
use kernel::{Id, Instant, Outcome};
use storage::{Json, Tx, with_conn};

use super::schema::calendar_years as years;
use super::{from_json, to_json};
use crate::model::{YearSet, YearVersion};

const TABLE: &str = "calendar_years";

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = years)]
struct Row {
    id: Id<CalendarYear>,
    calendar_id: Id<CalendarId>,
    year: i32,
    number: i64,
    is_complete: bool,
    days: Json,
    recorded_at: Instant,
    recorded_by: Id<User>,
}

impl Row {
    fn version(self) -> Outcome<YearVersion> {
        Ok(YearVersion {
            id: self.id,
            calendar: self.calendar_id,
            year: self.year,
            number: self.number,
            set: YearSet { is_complete: self.is_complete, days: from_json(TABLE, self.days)? },
            recorded_at: self.recorded_at,
            recorded_by: self.recorded_by,
        })
    }
}

/// Adds the exceptions of a year.
pub fn insert(tx: &mut Tx<'_>, put: &YearVersion) -> Outcome<()> {
    let row = Row {
        id: put.id,
        calendar_id: put.calendar,
        year: put.year,
        number: put.number,
        is_complete: put.set.is_complete,
        days: to_json(&put.set.days)?,
        recorded_at: put.recorded_at,
        recorded_by: put.recorded_by,
    };
    with_conn!(tx, |c| diesel::insert_into(years::table).values(&row).execute(c))?;
    Ok(())
}

/// The exceptions of some calendars that were known at a moment: of each year in the order they were put.
pub fn known(tx: &mut Tx<'_>, calendars: &[Id<CalendarId>], at: Instant) -> Outcome<Vec<YearVersion>> {
    if calendars.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = with_conn!(tx, |c| years::table
        .filter(years::calendar_id.eq_any(calendars))
        .filter(years::recorded_at.le(at))
        .order((years::calendar_id.asc(), years::year.asc(), years::number.asc()))
        .select(Row::as_select())
        .load(c))?;
    rows.into_iter().map(Row::version).collect()
}

/// The exceptions of a year as they were put last.
pub fn last(tx: &mut Tx<'_>, calendar: Id<CalendarId>, year: i32) -> Outcome<Option<YearVersion>> {
    let row: Option<Row> = with_conn!(tx, |c| years::table
        .filter(years::calendar_id.eq(calendar))
        .filter(years::year.eq(year))
        .order(years::number.desc())
        .select(Row::as_select())
        .first(c)
        .optional())?;
    row.map(Row::version).transpose()
}
