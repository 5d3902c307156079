//! The slow way: minute by minute, reading the clock on the wall, straight from what a calendar says.

use std::collections::BTreeMap;

use calendar::model::{Calendar, Exception, Follows, Hours, Interval, Named, Tz, Week, YearSet};
use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use contracts::{Pause, Span, SpanUnit};
use kernel::Instant;
use proptest::prelude::*;

pub const MINUTE: i64 = 60_000_000;

pub fn at(text: &str) -> Instant {
    Instant::new(DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc))
}

pub fn span(count: i64, unit: SpanUnit) -> Span {
    Span::new(count, unit).unwrap()
}

/// A calendar as it is said, not as it is counted by.
#[derive(Debug, Clone)]
pub struct Told {
    pub zone: Tz,
    pub week: [Vec<(u16, u16)>; 7],
    pub exceptions: BTreeMap<NaiveDate, Exception>,
}

/// The years that told calendars know.
pub const KNOWN: std::ops::RangeInclusive<i32> = 2017..=2021;

impl Told {
    pub fn calendar(&self) -> Calendar {
        let hours = |all: &Vec<(u16, u16)>| Hours::new(all.iter().copied().map(Interval::from)).unwrap();
        let week = Week::new(std::array::from_fn(|n| hours(&self.week[n])));
        let mut years: BTreeMap<i32, YearSet> =
            KNOWN.map(|year| (year, YearSet { is_complete: true, days: BTreeMap::new() })).collect();
        for (on, what) in &self.exceptions {
            let named = Named { what: what.clone(), zh: "某日".into(), en: "a day".into() };
            years.get_mut(&on.year()).unwrap().days.insert(*on, named);
        }
        Calendar::plain(self.zone, week, Follows::Own, years)
    }

    fn hours(&self, on: NaiveDate) -> Vec<(u16, u16)> {
        match self.exceptions.get(&on) {
            None => self.week[on.weekday().num_days_from_monday() as usize].clone(),
            Some(Exception::Closed) => Vec::new(),
            Some(Exception::Swapped(day)) => {
                self.week[chrono::Weekday::from(*day).num_days_from_monday() as usize].clone()
            }
            Some(Exception::Hours(hours)) => hours.intervals().iter().map(|i| (i.opens, i.closes)).collect(),
        }
    }

    /// Whether the office is open in the minute that begins at `micros`.
    pub fn open(&self, micros: i64) -> bool {
        let local = Instant::from_micros(micros).unwrap().utc().with_timezone(&self.zone);
        let minute = (local.hour() * 60 + local.minute()) as u16;
        self.hours(local.date_naive()).iter().any(|(opens, closes)| *opens <= minute && minute < *closes)
    }

    /// The end of the minute in which the last of `need` minutes is counted.
    pub fn walk(&self, start: i64, mut need: i64, pauses: &[Pause]) -> Option<i64> {
        let mut now = start;
        for _ in 0..150_000 {
            if self.open(now) && !stands(pauses, now) {
                need -= 1;
            }
            now += MINUTE;
            if need == 0 {
                return Some(now);
            }
        }
        None
    }

    fn date(&self, micros: i64) -> NaiveDate {
        Instant::from_micros(micros).unwrap().utc().with_timezone(&self.zone).date_naive()
    }

    /// The minutes that the clock shows as this day: all, and those that are open.
    fn minutes_of(&self, on: NaiveDate) -> (Vec<i64>, Vec<i64>) {
        let noon = on.and_hms_opt(12, 0, 0).unwrap().and_utc().timestamp_micros();
        let all: Vec<i64> = (-28 * 60..28 * 60)
            .map(|n| noon + n * MINUTE)
            .filter(|micros| self.date(*micros) == on)
            .collect();
        let open = all.iter().copied().filter(|micros| self.open(*micros)).collect();
        (all, open)
    }

    /// The deadline of a span of days, by the rules as they are written down.
    pub fn last_day(&self, start: i64, count: i64, unit: SpanUnit, pauses: &[Pause]) -> Option<i64> {
        let mut counted = 0;
        for on in self.date(start).iter_days().skip(1).take(60) {
            let (all, open) = self.minutes_of(on);
            let begins = if unit == SpanUnit::WorkingDays { open.first() } else { all.first() };
            if begins.is_some_and(|begins| !stands(pauses, *begins)) {
                counted += 1;
            }
            if let Some(last) = open.last()
                && counted >= count
                && !stands(pauses, *last)
            {
                return Some(last + MINUTE);
            }
        }
        None
    }
}

pub fn stands(pauses: &[Pause], micros: i64) -> bool {
    pauses.iter().any(|p| p.from.micros() <= micros && p.until.is_none_or(|until| micros < until.micros()))
}

fn hours() -> impl Strategy<Value = Vec<(u16, u16)>> {
    proptest::collection::btree_set(0_u16..=1_440, 0..=6).prop_map(|cuts| {
        let cuts: Vec<u16> = cuts.into_iter().collect();
        cuts.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
    })
}

fn exception() -> impl Strategy<Value = Exception> {
    prop_oneof![
        4 => Just(Exception::Closed),
        1 => (0_u8..7).prop_map(|n| {
            Exception::Swapped(chrono::Weekday::try_from(n).unwrap().into())
        }),
        1 => hours().prop_map(|all| Exception::Hours(Hours::new(all.into_iter().map(Interval::from)).unwrap())),
    ]
}

fn zone() -> impl Strategy<Value = Tz> {
    use chrono_tz::{America, Asia, Australia, Europe};
    proptest::sample::select(vec![
        Asia::Shanghai,
        Europe::Berlin,
        America::New_York,
        America::Sao_Paulo,
        Australia::Lord_Howe,
        chrono_tz::UTC,
    ])
}

pub fn told() -> impl Strategy<Value = Told> {
    let day = (0_u64..730).prop_map(|n| NaiveDate::from_ymd_opt(2018, 1, 1).unwrap() + chrono::Days::new(n));
    (zone(), proptest::collection::vec(hours(), 7), proptest::collection::btree_map(day, exception(), 0..60))
        .prop_map(|(zone, week, exceptions)| {
            let mut week: [Vec<(u16, u16)>; 7] = week.try_into().unwrap();
            // Open on some day of each week, or nothing is ever due.
            week[1] = vec![(540, 720), (840, 1_080)];
            week[6].push((0, 0));
            week[6].retain(|(opens, closes)| opens < closes);
            Told { zone, week, exceptions }
        })
}

/// A moment on the minute; often on one at which clocks are put forward or back.
pub fn moment() -> impl Strategy<Value = i64> {
    let first = at("2018-01-05T00:00:00Z").micros();
    prop_oneof![
        3 => (0_i64..1_000_000).prop_map(move |n| first + n * MINUTE),
        1 => (proptest::sample::select(vec![
                "2018-03-25T01:00:00Z", "2018-10-28T01:00:00Z", "2018-03-11T07:00:00Z", "2018-11-04T03:00:00Z",
                "2019-02-17T02:00:00Z", "2018-04-07T15:00:00Z", "2018-12-31T16:00:00Z",
            ]), -3_000_i64..600)
            .prop_map(|(text, n)| at(text).micros() + n * MINUTE),
    ]
}

/// Pauses around a moment, some of them without an end.
pub fn pauses(around: i64) -> impl Strategy<Value = Vec<Pause>> {
    let pause = (-2_000_i64..12_000, 0_i64..4_000, proptest::bool::weighted(0.05)).prop_map(
        move |(from, length, open)| {
            let from = around + from * MINUTE;
            let at = |micros| Instant::from_micros(micros).unwrap();
            Pause { from: at(from), until: (!open).then(|| at(from + length * MINUTE)) }
        },
    );
    proptest::collection::vec(pause, 0..5)
}
