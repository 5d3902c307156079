//! Calendars as they are kept: what was said when, so that what was counted then can be counted again.

use chrono::NaiveDate;
use kernel::id::{Calendar as CalendarId, CalendarVersion, CalendarYear, Unit, User};
use kernel::{Id, Instant, UnitPath};

use super::compose::{Era, Rule};
use super::day::YearSet;

/// The calendar of a unit; what it says is in its versions and years.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its id.
    pub id: Id<CalendarId>,
    /// The unit whose it is.
    pub unit: Id<Unit>,
    /// Where that unit stands: a copy, kept right when units move.
    pub path: UnitPath,
    /// What it is called.
    pub name: String,
    /// Counts its changes, those of its years too.
    pub version: i64,
    /// Since when it is on record.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// What a calendar says from a day on. Never changed; a later version takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its id.
    pub id: Id<CalendarVersion>,
    /// The calendar.
    pub calendar: Id<CalendarId>,
    /// The calendar's version that it came with.
    pub number: i64,
    /// The first day it holds.
    pub from: NaiveDate,
    /// What it says; `None`: the calendar has ended.
    pub rule: Option<Rule>,
    /// When it was said.
    pub recorded_at: Instant,
    /// By whom.
    pub recorded_by: Id<User>,
}

impl Version {
    /// As it is counted by.
    pub fn era(&self) -> Era {
        Era { from: self.from, number: self.number, rule: self.rule.clone() }
    }
}

/// The exceptions of a year, as they were put once. Never changed; a later one takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YearVersion {
    /// Its id.
    pub id: Id<CalendarYear>,
    /// The calendar.
    pub calendar: Id<CalendarId>,
    /// The year.
    pub year: i32,
    /// The calendar's version that it came with.
    pub number: i64,
    /// The days.
    pub set: YearSet,
    /// When they were put.
    pub recorded_at: Instant,
    /// By whom.
    pub recorded_by: Id<User>,
}
