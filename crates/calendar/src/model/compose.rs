//! Calendars above each other. A unit's own calendar may give hours, exceptions or both; what it does not give is the next one's
//! above, and above all of them is the standard calendar with the State Council's holidays.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use chrono::{Datelike, NaiveDate};

use super::day::{Exception, Named, YearSet};
use super::hours::{Hours, Week};
use super::table::{self, Table, YEARS};
use super::words::{DayKind, Follows};
use super::zone::Tz;

/// What a calendar says for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Opening hours; `None`: those of the calendar above.
    pub week: Option<Week>,
    /// Whose holidays it has besides its own.
    pub follows: Follows,
    /// Its time zone; `None`: that of the calendar above.
    pub zone: Option<Tz>,
}

/// From a day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Era {
    /// The first day.
    pub from: NaiveDate,
    /// Which version of its calendar that is.
    pub number: i64,
    /// What holds; `None`: the calendar has ended, and the one above holds.
    pub rule: Option<Rule>,
}

/// One calendar among those above each other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layer {
    /// By first day; of two on the same day the later version is the last.
    eras: Vec<Era>,
    years: BTreeMap<i32, YearSet>,
}

impl Layer {
    /// With its versions in any order, and its exceptions.
    pub fn new(mut eras: Vec<Era>, years: BTreeMap<i32, YearSet>) -> Self {
        eras.sort_by_key(|era| (era.from, era.number));
        Self { eras, years }
    }

    /// What it says on a day; `None` before its first and after it has ended.
    pub fn at(&self, on: NaiveDate) -> Option<(&Rule, i64)> {
        let count = self.eras.partition_point(|era| era.from <= on);
        let era = self.eras.get(count.checked_sub(1)?)?;
        era.rule.as_ref().map(|rule| (rule, era.number))
    }
}

/// A day, and which calendars said so, counted from below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day<'c> {
    /// What it is.
    pub kind: DayKind,
    /// When the office is open.
    pub hours: &'c Hours,
    /// The exception, if it is one.
    pub exception: Option<&'c Named>,
    /// Who gave the week.
    pub week_of: Option<usize>,
    /// Who gave the exception, or is the last that was asked for one.
    pub said_by: Option<usize>,
}

/// Which calendar holds on a day, and what it gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said<'c> {
    /// Which, counted from below.
    pub layer: usize,
    /// The version that holds.
    pub number: i64,
    /// What it says.
    pub rule: &'c Rule,
    /// Whether the week is its own.
    pub gives_week: bool,
    /// Whether its exceptions are asked.
    pub gives_exceptions: bool,
}

/// Working time: a time zone, opening hours by weekday, exceptions by day, and the years whose exceptions are known.
#[derive(Debug)]
pub struct Calendar {
    zone: Tz,
    /// From the lowest unit up.
    layers: Vec<Layer>,
    tables: Box<[OnceLock<Table>; YEARS]>,
}

static CLOSED: Hours = Hours::CLOSED;

impl Calendar {
    /// Calendars above each other, the lowest first; all days are read in this time zone.
    pub fn composed(zone: Tz, layers: Vec<Layer>) -> Self {
        Self { zone, layers, tables: Box::new([const { OnceLock::new() }; YEARS]) }
    }

    /// One calendar alone, the same on all days: known are the years of `years`, or all of them where `follows` is the week.
    pub fn plain(zone: Tz, week: Week, follows: Follows, years: BTreeMap<i32, YearSet>) -> Self {
        let rule = Rule { week: Some(week), follows, zone: Some(zone) };
        let era = Era { from: NaiveDate::MIN, number: 1, rule: Some(rule) };
        Self::composed(zone, vec![Layer::new(vec![era], years)])
    }

    /// The time zone in which days are read.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// What holds on a day.
    pub fn day(&self, on: NaiveDate) -> Day<'_> {
        let (mut week, mut exception, mut said_by, mut known, mut asking) = (None, None, None, false, true);
        for (index, layer) in self.layers.iter().enumerate() {
            let Some((rule, _)) = layer.at(on) else { continue };
            if week.is_none() {
                week = rule.week.as_ref().map(|week| (index, week));
            }
            if asking {
                said_by = Some(index);
                let set = layer.years.get(&on.year());
                exception = set.and_then(|set| set.days.get(&on));
                let is_complete = set.is_some_and(|set| set.is_complete);
                known = exception.is_some()
                    || match rule.follows {
                        Follows::Above => is_complete,
                        Follows::Own => set.is_some(),
                        Follows::Week => true,
                    };
                asking = !known && rule.follows == Follows::Above;
            }
            if week.is_some() && !asking {
                break;
            }
        }
        let of = |weekday| week.map_or(&CLOSED, |(_, week)| Week::of(week, weekday));
        let (kind, hours) = match exception.map(|named| &named.what) {
            _ if !known => (DayKind::Unknown, &CLOSED),
            Some(Exception::Closed) => (DayKind::Holiday, &CLOSED),
            Some(Exception::Swapped(weekday)) => (DayKind::Swapped, of((*weekday).into())),
            Some(Exception::Hours(hours)) => (DayKind::Special, hours),
            None => {
                let hours = of(on.weekday());
                (if hours.is_closed() { DayKind::Weekend } else { DayKind::Working }, hours)
            }
        };
        Day { kind, hours, exception, week_of: week.map(|(index, _)| index), said_by }
    }

    /// The calendars that hold on a day, the lowest first.
    pub fn said(&self, on: NaiveDate) -> Vec<Said<'_>> {
        let (mut week, mut asking) = (true, true);
        let mut all = Vec::new();
        for (layer, (rule, number)) in
            self.layers.iter().enumerate().filter_map(|(index, layer)| Some((index, layer.at(on)?)))
        {
            let gives_week = week && rule.week.is_some();
            if gives_week || asking {
                all.push(Said { layer, number, rule, gives_week, gives_exceptions: asking });
            }
            week = week && rule.week.is_none();
            let complete = self
                .layers
                .get(layer)
                .and_then(|l| l.years.get(&on.year()))
                .is_some_and(|set| set.is_complete);
            asking = asking && rule.follows == Follows::Above && !complete;
        }
        all
    }

    /// The table of a year; `None` outside the years that are counted at all.
    pub(super) fn table(&self, year: i32) -> Option<&Table> {
        let slot = self.tables.get(table::slot(year)?)?;
        Some(slot.get_or_init(|| Table::of(year, self.zone, |on| self.day(on))))
    }
}

/// The time zone that holds on a day: of the lowest calendar that has one.
pub fn zone_on(layers: &[Layer], on: NaiveDate) -> Option<Tz> {
    layers.iter().find_map(|layer| layer.at(on).and_then(|(rule, _)| rule.zone))
}
