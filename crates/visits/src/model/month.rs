//! Days and months by the realm's clock.

use chrono::{DateTime, Datelike, Days, LocalResult, Months, NaiveDate, NaiveTime, TimeZone};
pub use chrono_tz::Tz;
use kernel::Instant;

/// The day by the clock on the wall.
pub fn day_of(zone: Tz, at: Instant) -> NaiveDate {
    at.utc().with_timezone(&zone).date_naive()
}

/// When a day begins: the first moment at which the clock on the wall shows it. Where midnight is skipped, that is later.
pub fn start_of(zone: Tz, on: NaiveDate) -> Instant {
    let midnight = on.and_time(NaiveTime::MIN);
    // No clock is put forward by more than a day.
    let first = (0..=96).find_map(|quarter| {
        let wall = midnight.checked_add_signed(chrono::TimeDelta::minutes(15 * quarter))?;
        match zone.from_local_datetime(&wall) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Some(at),
            LocalResult::None => None,
        }
    });
    let utc = first.map_or_else(|| midnight.and_utc(), |at: DateTime<Tz>| at.to_utc());
    Instant::new(utc)
}

/// A month of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    first: NaiveDate,
}

impl Month {
    /// The month of a day.
    pub fn of(on: NaiveDate) -> Self {
        Self { first: on.with_day(1).unwrap_or(on) }
    }

    /// Reads `YYYY-MM`.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let digits = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return None;
        }
        let first = NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, 1)?;
        (first.year() >= 1970).then_some(Self { first })
    }

    /// As `YYYY-MM`.
    pub fn text(self) -> String {
        self.first.format("%Y-%m").to_string()
    }

    /// Its first day.
    pub fn first(self) -> NaiveDate {
        self.first
    }

    /// The first day of the next one.
    pub fn next(self) -> NaiveDate {
        self.first.checked_add_months(Months::new(1)).unwrap_or(NaiveDate::MAX)
    }

    /// Its days in order.
    pub fn days(self) -> impl Iterator<Item = NaiveDate> {
        let next = self.next();
        std::iter::successors(Some(self.first), |day| day.checked_add_days(Days::new(1)))
            .take_while(move |day| *day < next)
    }

    /// How many days it has.
    pub fn length(self) -> i64 {
        (self.next() - self.first).num_days()
    }

    /// From when until when (exclusive) it lasts.
    pub fn bounds(self, zone: Tz) -> (Instant, Instant) {
        (start_of(zone, self.first), start_of(zone, self.next()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_read_as_it_is_written() {
        let month = Month::parse("2026-02").unwrap();
        assert_eq!((month.text().as_str(), month.length(), month.days().count()), ("2026-02", 28, 28));
        for wrong in
            ["2026-13", "2026-00", "26-01", "2026-1", "2026-01-01", "", "-026-01", "+026-01", "1969-12"]
        {
            assert_eq!(Month::parse(wrong), None, "{wrong}");
        }
        assert_eq!(Month::parse("2024-02").unwrap().length(), 29);
    }

    #[test]
    fn a_month_begins_when_the_clock_on_the_wall_shows_it() {
        let (from, until) = Month::parse("2026-11").unwrap().bounds(Tz::Asia__Shanghai);
        assert_eq!(
            (from.to_string().as_str(), until.to_string().as_str()),
            ("2026-10-31T16:00:00Z", "2026-11-30T16:00:00Z")
        );
        let skipped = "2018-11-04".parse().unwrap();
        assert_eq!(start_of(Tz::America__Sao_Paulo, skipped).to_string(), "2018-11-04T03:00:00Z");
    }
}
