//! Periods: days of the realm, whole months of them, and what is left at the edges.

use chrono::{Datelike, Days, Months, NaiveDate, TimeZone};
use chrono_tz::Tz;
use kernel::Instant;

/// Days, from the first to the last, both counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first.
    pub from: NaiveDate,
    /// The last.
    pub to: NaiveDate,
}

/// A stretch of a period: whole months, or moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// From a month to another, both counted, as `202601`.
    Months(i32, i32),
    /// From a moment on, until another (exclusive).
    Moments(Instant, Instant),
}

/// A month as a number: `202601`.
pub fn month_of(on: NaiveDate) -> i32 {
    on.year() * 100 + i32::try_from(on.month()).unwrap_or(0)
}

/// The day of a moment.
pub fn day_of(zone: Tz, at: Instant) -> NaiveDate {
    at.utc().with_timezone(&zone).date_naive()
}

/// When a day begins: at midnight, or, where the clocks leave it out, at the first moment there is.
pub fn begins(zone: Tz, on: NaiveDate) -> Instant {
    let midnight = on.and_time(chrono::NaiveTime::MIN);
    let hours = (0..4).filter_map(|hour| midnight.checked_add_signed(chrono::TimeDelta::hours(hour)));
    let first = hours.filter_map(|at| zone.from_local_datetime(&at).earliest()).next();
    let utc = first.map_or_else(|| midnight.and_utc(), |at| at.to_utc());
    Instant::new(utc)
}

fn next(on: NaiveDate) -> NaiveDate {
    on.checked_add_days(Days::new(1)).unwrap_or(on)
}

fn month_begins(on: NaiveDate) -> NaiveDate {
    on.with_day(1).unwrap_or(on)
}

fn months_later(on: NaiveDate, months: u32) -> NaiveDate {
    on.checked_add_months(Months::new(months)).unwrap_or(on)
}

impl Period {
    /// The moments it is made of: from the first, until (exclusive).
    pub fn moments(self, zone: Tz) -> (Instant, Instant) {
        (begins(zone, self.from), begins(zone, next(self.to)))
    }

    /// The month it is, if it is a whole one: `202601`.
    pub fn whole_month(self) -> Option<i32> {
        let first = month_begins(self.from);
        let last = months_later(first, 1).checked_sub_days(Days::new(1))?;
        (self.from == first && self.to == last).then(|| month_of(first))
    }

    /// Whole months where there are some, moments at the edges.
    pub fn parts(self, zone: Tz) -> Vec<Part> {
        let first = if self.from.day() == 1 { self.from } else { months_later(month_begins(self.from), 1) };
        let after = next(self.to);
        let end = month_begins(after);
        if first >= end {
            let (from, to) = self.moments(zone);
            return vec![Part::Moments(from, to)];
        }
        let mut parts = Vec::new();
        if self.from < first {
            parts.push(Part::Moments(begins(zone, self.from), begins(zone, first)));
        }
        let last = end.checked_sub_days(Days::new(1)).unwrap_or(end);
        parts.push(Part::Months(month_of(first), month_of(last)));
        if end < after {
            parts.push(Part::Moments(begins(zone, end), begins(zone, after)));
        }
        parts
    }

    /// Its days, weeks (from Monday) or months, each cut to the period; at most `most`, `None` where there are more.
    pub fn cut(self, step: Step, most: usize) -> Option<Vec<Self>> {
        let mut all = Vec::new();
        let mut from = self.from;
        while from <= self.to {
            if all.len() == most {
                return None;
            }
            let end = match step {
                Step::Day => from,
                Step::Week => {
                    let left = 6 - from.weekday().num_days_from_monday();
                    from.checked_add_days(Days::new(u64::from(left))).unwrap_or(from)
                }
                Step::Month => {
                    let after = months_later(month_begins(from), 1);
                    after.checked_sub_days(Days::new(1)).unwrap_or(from)
                }
            };
            let to = end.min(self.to);
            all.push(Self { from, to });
            from = next(to);
        }
        Some(all)
    }
}

/// How a period is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Into days.
    Day,
    /// Into weeks, from Monday.
    Week,
    /// Into months.
    Month,
}

#[cfg(test)]
mod tests {
    use chrono_tz::Asia::Shanghai;
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_year_is_its_months_and_a_quarter_past_its_edges() {
        let year = Period { from: day("2019-01-01"), to: day("2019-12-31") };
        assert_eq!(year.parts(Shanghai), [Part::Months(201_901, 201_912)]);
        let odd = Period { from: day("2019-01-15"), to: day("2019-04-10") };
        assert!(matches!(
            odd.parts(Shanghai)[..],
            [Part::Moments(..), Part::Months(201_902, 201_903), Part::Moments(..)]
        ));
        let short = Period { from: day("2019-01-15"), to: day("2019-02-10") };
        assert!(matches!(short.parts(Shanghai)[..], [Part::Moments(..)]));
        let (from, until) = Period { from: day("2019-01-01"), to: day("2019-01-01") }.moments(Shanghai);
        assert_eq!(
            (from.to_string(), until.micros() - from.micros()),
            ("2018-12-31T16:00:00Z".into(), 86_400_000_000)
        );
    }

    #[test]
    fn a_day_whose_midnight_the_clocks_leave_out_begins_when_it_does() {
        let at = begins(chrono_tz::America::Sao_Paulo, day("2018-11-04"));
        assert_eq!(at.to_string(), "2018-11-04T03:00:00Z");
    }

    proptest! {
        #[test]
        fn the_parts_of_a_period_are_the_period(from in 0_u64..4_000, days in 0_u64..900) {
            let first = day("2015-01-01").checked_add_days(Days::new(from)).unwrap();
            let period = Period { from: first, to: first.checked_add_days(Days::new(days)).unwrap() };
            let (begin, end) = period.moments(Shanghai);
            let mut at = begin;
            for part in period.parts(Shanghai) {
                let (a, b) = match part {
                    Part::Moments(a, b) => (a, b),
                    Part::Months(a, b) => {
                        let on = |m: i32| NaiveDate::from_ymd_opt(m / 100, u32::try_from(m % 100).unwrap(), 1).unwrap();
                        (begins(Shanghai, on(a)), begins(Shanghai, months_later(on(b), 1)))
                    }
                };
                prop_assert_eq!(a, at);
                prop_assert!(b > a);
                at = b;
            }
            prop_assert_eq!(at, end);
            for step in [Step::Day, Step::Week, Step::Month] {
                let cut = period.cut(step, 1_000).unwrap();
                prop_assert_eq!((cut[0].from, cut[cut.len() - 1].to), (period.from, period.to));
                prop_assert!(cut.windows(2).all(|w| next(w[0].to) == w[1].from));
            }
        }
    }
}
