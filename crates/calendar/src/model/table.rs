//! A year laid out: its open stretches and its working days, counted up, so that counting jumps instead of walking.

use chrono::{Datelike, NaiveDate};

use super::compose::Day;
use super::words::DayKind;
use super::zone::{Tz, Wall};

/// The first year that is counted.
pub const FIRST_YEAR: i32 = 1970;
/// The last.
pub const LAST_YEAR: i32 = 2169;
/// How many that are.
pub(super) const YEARS: usize = 200;

const MICROS: i64 = 1_000_000;

/// The place of a year among those that are counted.
pub(super) fn slot(year: i32) -> Option<usize> {
    usize::try_from(year.checked_sub(FIRST_YEAR)?).ok().filter(|slot| *slot < YEARS)
}

/// A stretch of open time, in microseconds since 1970.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    from: i64,
    until: i64,
    /// Open time of the year before it.
    before: i64,
}

/// A day: what was before it in the year.
#[derive(Debug, Clone, Copy, Default)]
struct Row {
    stretches: usize,
    working: i64,
    unknown: i64,
}

/// One year.
#[derive(Debug)]
pub struct Table {
    stretches: Vec<Stretch>,
    /// A row for each day, and one for the end.
    rows: Vec<Row>,
    /// Open time of the whole year.
    open: i64,
}

impl Table {
    /// Lays out a year.
    pub(super) fn of<'c>(year: i32, zone: Tz, day: impl Fn(NaiveDate) -> Day<'c>) -> Self {
        let mut table = Self { stretches: Vec::with_capacity(520), rows: Vec::with_capacity(367), open: 0 };
        let Some(first) = NaiveDate::from_ymd_opt(year, 1, 1) else { return table };
        let mut wall = Wall::new(zone, first);
        let mut row = Row::default();
        for on in first.iter_days().take_while(|on| on.year() == year) {
            table.rows.push(row);
            let day = day(on);
            wall.stretches(on, day.hours, |from, until| table.add(from * MICROS, until * MICROS));
            row.working += i64::from(table.stretches.len() > row.stretches);
            row.unknown += i64::from(day.kind == DayKind::Unknown);
            row.stretches = table.stretches.len();
        }
        table.rows.push(row);
        table
    }

    fn add(&mut self, from: i64, until: i64) {
        // Where midnight comes twice, days could reach into each other: no moment counts twice.
        let from = self.stretches.last().map_or(from, |last| from.max(last.until));
        if from < until {
            self.stretches.push(Stretch { from, until, before: self.open });
            self.open += until - from;
        }
    }

    /// Open time of the whole year.
    pub(super) fn open(&self) -> i64 {
        self.open
    }

    /// Open time of the year before a moment.
    pub(super) fn before(&self, at: i64) -> i64 {
        let count = self.stretches.partition_point(|s| s.from <= at);
        let last = count.checked_sub(1).and_then(|last| self.stretches.get(last));
        last.map_or(0, |s| s.before + at.min(s.until) - s.from)
    }

    /// The first moment with this much open time of the year before it; `None`: the year has less.
    pub(super) fn moment(&self, open: i64) -> Option<i64> {
        let found =
            self.stretches.get(self.stretches.partition_point(|s| s.before + (s.until - s.from) < open))?;
        Some(found.from + (open - found.before))
    }

    /// Whether a moment is open.
    pub(super) fn is_open(&self, at: i64) -> bool {
        let count = self.stretches.partition_point(|s| s.from <= at);
        count.checked_sub(1).and_then(|last| self.stretches.get(last)).is_some_and(|s| at < s.until)
    }

    /// How many days it has.
    pub(super) fn days(&self) -> usize {
        self.rows.len().saturating_sub(1)
    }

    fn row(&self, day: usize) -> Row {
        self.rows.get(day).or(self.rows.last()).copied().unwrap_or_default()
    }

    /// Working days of the year before a day of it (the first is 0).
    pub(super) fn working_before(&self, day: usize) -> i64 {
        self.row(day).working
    }

    /// Days between two of the year of which nobody published what they are.
    pub(super) fn unknown(&self, from: usize, until: usize) -> i64 {
        self.row(until).unknown - self.row(from).unknown
    }

    /// The first day with this many working days of the year before its end; `None`: the year has fewer.
    pub(super) fn working_day(&self, count: i64) -> Option<usize> {
        let found = self.rows.partition_point(|row| row.working < count);
        (found < self.rows.len()).then(|| found.checked_sub(1))?
    }

    /// When the office opens on a day and when it closes for good; `None`: it does not open.
    pub(super) fn hours(&self, day: usize) -> Option<(i64, i64)> {
        let all = self.stretches.get(self.row(day).stretches..self.row(day + 1).stretches)?;
        Some((all.first()?.from, all.last()?.until))
    }
}
