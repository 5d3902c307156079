//! What calendars say from which day on. Rows are added and never changed.

use chrono::NaiveDate;
use diesel::prelude::*;
use kernel::id::{Calendar as CalendarId, CalendarVersion, User};
use kernel::{Fault, Id, Instant, Outcome};
use storage::{Json, Tx, with_conn};

use super::schema::calendar_versions as versions;
use super::{from_json, to_json};
use crate::model::{Follows, Rule, Version};

const TABLE: &str = "calendar_versions";

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = versions, treat_none_as_default_value = false)]
struct Row {
    id: Id<CalendarVersion>,
    calendar_id: Id<CalendarId>,
    number: i64,
    from_on: NaiveDate,
    is_ended: bool,
    follows: String,
    time_zone: Option<String>,
    week: Option<Json>,
    recorded_at: Instant,
    recorded_by: Id<User>,
}

impl Row {
    fn of(version: &Version) -> Outcome<Self> {
        let rule = version.rule.as_ref();
        let week = rule.and_then(|rule| rule.week.as_ref());
        Ok(Self {
            id: version.id,
            calendar_id: version.calendar,
            number: version.number,
            from_on: version.from,
            is_ended: rule.is_none(),
            follows: rule.map_or(Follows::Above, |rule| rule.follows).word().to_owned(),
            time_zone: rule.and_then(|rule| rule.zone).map(|zone| zone.name().to_owned()),
            week: week.map(to_json).transpose()?,
            recorded_at: version.recorded_at,
            recorded_by: version.recorded_by,
        })
    }

    fn version(self) -> Outcome<Version> {
        let unknown =
            |word: &str| Fault::internal(format!("{TABLE} has a row with the unknown word {word:?}"));
        let rule = Rule {
            week: self.week.map(|week| from_json(TABLE, week)).transpose()?,
            follows: Follows::parse(&self.follows).ok_or_else(|| unknown(&self.follows))?,
            zone: self.time_zone.map(|name| name.parse().map_err(|_| unknown(&name))).transpose()?,
        };
        Ok(Version {
            id: self.id,
            calendar: self.calendar_id,
            number: self.number,
            from: self.from_on,
            rule: (!self.is_ended).then_some(rule),
            recorded_at: self.recorded_at,
            recorded_by: self.recorded_by,
        })
    }
}

/// Adds a version.
pub fn insert(tx: &mut Tx<'_>, version: &Version) -> Outcome<()> {
    let row = Row::of(version)?;
    with_conn!(tx, |c| diesel::insert_into(versions::table).values(&row).execute(c))?;
    Ok(())
}

/// The versions of some calendars that were known at a moment.
pub fn known(tx: &mut Tx<'_>, calendars: &[Id<CalendarId>], at: Instant) -> Outcome<Vec<Version>> {
    if calendars.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = with_conn!(tx, |c| versions::table
        .filter(versions::calendar_id.eq_any(calendars))
        .filter(versions::recorded_at.le(at))
        .order((versions::calendar_id.asc(), versions::number.asc()))
        .select(Row::as_select())
        .load(c))?;
    rows.into_iter().map(Row::version).collect()
}

/// One page of a calendar's versions, the newest first.
pub fn list(
    tx: &mut Tx<'_>,
    calendar: Id<CalendarId>,
    before: Option<i64>,
    limit: i64,
) -> Outcome<Vec<Version>> {
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q = versions::table
            .filter(versions::calendar_id.eq(calendar))
            .select(Row::as_select())
            .into_boxed::<Db>();
        if let Some(before) = before {
            q = q.filter(versions::number.lt(before));
        }
        q.order(versions::number.desc()).limit(limit).load(c)
    })?;
    rows.into_iter().map(Row::version).collect()
}
