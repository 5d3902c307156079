//! Putting the exceptions of a year: a local holiday, a swapped day, or a notice that came out after this software.

use chrono::{Datelike, NaiveDate};
use kernel::error::{FIELD_RANGE, Fields, INVALID, NOT_FOUND, OrRefuse};
use kernel::id::Calendar as CalendarId;
use kernel::{Context, Id, Outcome};
use serde_json::{Value, json};
use storage::Tx;

use super::change::{held, leave, save};
use super::input::{self, NewYear};
use super::resolve::Parts;
use super::see;
use crate::error::PAST;
use crate::model::{DayKind, FIRST_YEAR, Kept, LAST_YEAR, YearSet, YearVersion};
use crate::ports::CalendarServices;
use crate::store::years;

/// Puts the exceptions of a year in place of those that were put before. Days that have been stay as they were counted: they can
/// only be filled in where nobody knew what they were.
pub fn put(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &CalendarServices,
    id: Id<CalendarId>,
    expected: i64,
    year: i32,
    new: &NewYear,
) -> Outcome<(Kept, YearVersion)> {
    let mut kept = held(tx, ctx, id, expected)?;
    let mut fields = Fields::default();
    if !(FIRST_YEAR..=LAST_YEAR).contains(&year) {
        fields.bad("/year", &FIELD_RANGE, Some(format!("{FIRST_YEAR} to {LAST_YEAR}")));
    }
    let set = input::year(&mut fields, year, new);
    fields.finish()?;
    if let Some(changed) = changed_past(tx, ctx, s, &kept, year, &set)? {
        return Err(INVALID.refusal().at_with("/days", &PAST, format!("{changed} would change")).into());
    }
    let before = years::last(tx, id, year)?.map(|put| facts(year, &put.set));
    save(tx, ctx, &mut kept)?;
    let put = YearVersion {
        id: ctx.id(),
        calendar: id,
        year,
        number: kept.version,
        set,
        recorded_at: ctx.now,
        recorded_by: ctx.actor.user,
    };
    years::insert(tx, &put)?;
    leave(tx, ctx, "calendar.year.put", &kept, before, facts(year, &put.set))?;
    Ok((kept, put))
}

/// The first day before today that would be another than it was.
fn changed_past(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &CalendarServices,
    kept: &Kept,
    year: i32,
    set: &YearSet,
) -> Outcome<Option<NaiveDate>> {
    let parts = Parts::of(tx, s, &kept.path, ctx.now)?;
    let before = parts.calendar(s, ctx.now);
    let after = parts.with_year(kept.id, year, set.clone()).calendar(s, ctx.now);
    let today = before.date(ctx.now);
    let days = NaiveDate::from_ymd_opt(year, 1, 1).into_iter().flat_map(|first| first.iter_days());
    Ok(days.take_while(|on| on.year() == year && *on < today).find(|on| {
        let (was, is) = (before.day(*on), after.day(*on));
        was.kind != DayKind::Unknown && (is.kind == DayKind::Unknown || was.hours != is.hours)
    }))
}

fn facts(year: i32, set: &YearSet) -> Value {
    json!({ "year": year, "is_complete": set.is_complete, "days": set.days })
}

/// The exceptions that a calendar has of its own in a year, with the calendar.
pub fn find(tx: &mut Tx<'_>, ctx: &Context, id: Id<CalendarId>, year: i32) -> Outcome<(Kept, YearVersion)> {
    let kept = see::visible(tx, ctx, id)?;
    let put = years::last(tx, id, year)?.or_refuse(&NOT_FOUND)?;
    Ok((kept, put))
}
