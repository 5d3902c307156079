//! Hours and exceptions as they are sent, read whole: every bad field is named at once.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use kernel::error::{FIELD_LENGTH, FIELD_RANGE, Fields};

use crate::error::{
    DAY_OUTSIDE_YEAR, DAY_SHAPE, DAY_TWICE, HOURS_MANY, HOURS_ORDER, HOURS_OVERLAP, NEVER_OPEN, TIME_OF_DAY,
    TIME_ZONE,
};
use crate::model::{
    Exception, ExceptionKind, FIRST_YEAR, Hours, HoursError, Interval, LAST_YEAR, MOST_INTERVALS, Named, Tz,
    Week, WeekdayWord, YearSet, minute_of,
};

/// An opening as it is sent: `09:00` to `12:00`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// When it opens.
    pub opens: String,
    /// When it closes.
    pub closes: String,
}

/// An opening on a weekday.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeekOpening {
    /// Which weekday.
    pub weekday: WeekdayWord,
    /// From when until when.
    pub opening: Opening,
}

/// An exception as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDay {
    /// The day.
    pub on: NaiveDate,
    /// What kind.
    pub kind: ExceptionKind,
    /// Whose hours, for a swapped day.
    pub works_as: Option<WeekdayWord>,
    /// Hours, for special hours.
    pub hours: Vec<Opening>,
    /// What it is called.
    pub name: String,
}

/// The exceptions of a year as they are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewYear {
    /// Whether these are all of the year.
    pub is_complete: bool,
    /// Day by day.
    pub days: Vec<NewDay>,
}

fn interval(fields: &mut Fields, at: &str, opening: &Opening) -> Option<Interval> {
    let mut read = |name: &str, text: &str| {
        let minute = minute_of(text);
        if minute.is_none() {
            fields.bad(format!("{at}/{name}"), &TIME_OF_DAY, None);
        }
        minute
    };
    let (opens, closes) = (read("opens", &opening.opens), read("closes", &opening.closes));
    Some(Interval { opens: opens?, closes: closes? })
}

/// The hours of one day; `places` are where its openings stand in the request.
fn hours(fields: &mut Fields, at: &str, openings: &[(usize, &Opening)]) -> Option<Hours> {
    let read: Vec<_> =
        openings.iter().map(|(place, opening)| interval(fields, &format!("{at}/{place}"), opening)).collect();
    let intervals: Option<Vec<Interval>> = read.into_iter().collect();
    let place = |n: usize| openings.get(n).map_or(0, |(place, _)| *place);
    match Hours::new(intervals?) {
        Ok(hours) => Some(hours),
        Err(HoursError::Order(n)) => {
            fields.bad(format!("{at}/{}/closes", place(n)), &HOURS_ORDER, None);
            None
        }
        Err(HoursError::Overlap(n)) => {
            fields.bad(format!("{at}/{}", place(n)), &HOURS_OVERLAP, None);
            None
        }
        Err(HoursError::TooMany) => {
            fields.bad(at.to_owned(), &HOURS_MANY, Some(format!("at most {MOST_INTERVALS}")));
            None
        }
    }
}

/// The hours of a week; it opens at least once.
pub fn week(fields: &mut Fields, at: &str, openings: &[WeekOpening]) -> Option<Week> {
    if openings.is_empty() {
        fields.bad(at.to_owned(), &NEVER_OPEN, None);
        return None;
    }
    if openings.len() > MOST_INTERVALS * 7 {
        fields.bad(at.to_owned(), &HOURS_MANY, Some(format!("at most {MOST_INTERVALS} a day")));
        return None;
    }
    let mut days: [Option<Hours>; 7] = std::array::from_fn(|_| None);
    for (day, weekday) in days.iter_mut().zip(WeekdayWord::ALL) {
        let ours: Vec<(usize, &Opening)> = openings
            .iter()
            .enumerate()
            .filter(|(_, o)| o.weekday == *weekday)
            .map(|(place, o)| (place, &o.opening))
            .collect();
        *day = hours(fields, at, &ours);
    }
    let days: Option<Vec<Hours>> = days.into_iter().collect();
    days?.try_into().ok().map(Week::new)
}

/// A time zone by its name in the IANA database.
pub fn zone(fields: &mut Fields, at: &'static str, name: &str) -> Option<Tz> {
    let zone = name.parse().ok();
    if zone.is_none() {
        fields.bad(at, &TIME_ZONE, None);
    }
    zone
}

/// Whether a day lies in the years that are counted.
pub fn countable(fields: &mut Fields, at: &'static str, on: NaiveDate) {
    if !(FIRST_YEAR..=LAST_YEAR).contains(&on.year()) {
        fields.bad(at, &FIELD_RANGE, Some(format!("{FIRST_YEAR} to {LAST_YEAR}")));
    }
}

/// The exceptions of a year: each day once, in the year, and as its kind has it.
pub fn year(fields: &mut Fields, year: i32, new: &NewYear) -> YearSet {
    if new.days.len() > 366 {
        fields.bad("/days", &FIELD_LENGTH, Some("at most 366".to_owned()));
        return YearSet::default();
    }
    let mut days = BTreeMap::new();
    for (place, day) in new.days.iter().enumerate() {
        let at = format!("/days/{place}");
        if day.on.year() != year {
            fields.bad(format!("{at}/on"), &DAY_OUTSIDE_YEAR, Some(year.to_string()));
        }
        let length = day.name.trim().chars().count();
        if length == 0 || length > 50 {
            fields.bad(format!("{at}/name"), &FIELD_LENGTH, Some("1 to 50 characters".to_owned()));
        } else if day.name.chars().any(kernel::text::is_unseen) {
            fields.bad(format!("{at}/name"), &kernel::error::FIELD_CHARACTERS, None);
        }
        let Some(what) = exception(fields, &at, day) else { continue };
        let name = day.name.trim().to_owned();
        if days.insert(day.on, Named { what, zh: name.clone(), en: name }).is_some() {
            fields.bad(format!("{at}/on"), &DAY_TWICE, None);
        }
    }
    YearSet { is_complete: new.is_complete, days }
}

fn exception(fields: &mut Fields, at: &str, day: &NewDay) -> Option<Exception> {
    match (day.kind, day.works_as, day.hours.as_slice()) {
        (ExceptionKind::Closed, None, []) => Some(Exception::Closed),
        (ExceptionKind::Swapped, Some(weekday), []) => Some(Exception::Swapped(weekday)),
        (ExceptionKind::Hours, None, all @ [_, ..]) => {
            let all: Vec<(usize, &Opening)> = all.iter().enumerate().collect();
            hours(fields, &format!("{at}/hours"), &all).map(Exception::Hours)
        }
        _ => {
            fields.bad(at.to_owned(), &DAY_SHAPE, None);
            None
        }
    }
}
