//! The clock on the wall: days and minutes of a time zone as stretches of real time, exactly, also where clocks are put forward or back.

use chrono::{DateTime, NaiveDate, NaiveTime, Offset, TimeZone};
pub use chrono_tz::Tz;
use kernel::Instant;

use super::hours::Hours;

/// Seconds of a day that is as long as a day is.
const DAY: i64 = 86_400;
/// No zone is further from UTC than this.
const FARTHEST: i64 = 15 * 3_600;

/// Seconds by which the clock on the wall is ahead of UTC at this second since 1970.
fn ahead(zone: Tz, at: i64) -> i64 {
    DateTime::from_timestamp(at, 0)
        .map_or(0, |utc| i64::from(zone.offset_from_utc_datetime(&utc.naive_utc()).fix().local_minus_utc()))
}

/// The day by the clock on the wall.
pub fn date_of(zone: Tz, at: Instant) -> NaiveDate {
    at.utc().with_timezone(&zone).date_naive()
}

/// Midnight at which a day begins, as if the clock on the wall showed UTC.
fn midnight(on: NaiveDate) -> i64 {
    on.and_time(NaiveTime::MIN).and_utc().timestamp()
}

/// Turns days into stretches of real time, day after day; it remembers how far ahead the clock was.
#[derive(Debug)]
pub struct Wall {
    zone: Tz,
    ahead: i64,
}

impl Wall {
    /// For days from `first` on.
    pub fn new(zone: Tz, first: NaiveDate) -> Self {
        Self { zone, ahead: ahead(zone, midnight(first) - DAY) }
    }

    /// The stretches of `hours` on a day, in seconds since 1970, handed to `each` in order. A minute counts if the clock on the wall
    /// shows it: one that is skipped does not, one that comes twice does twice.
    pub fn stretches(&mut self, on: NaiveDate, hours: &Hours, mut each: impl FnMut(i64, i64)) {
        let start = midnight(on);
        let (from, until) = (start - self.ahead, start + DAY - self.ahead);
        if ahead(self.zone, from) == self.ahead && ahead(self.zone, until) == self.ahead {
            for interval in hours.intervals() {
                each(from + i64::from(interval.opens) * 60, from + i64::from(interval.closes) * 60);
            }
            return;
        }
        let mut found = Vec::new();
        for (a, b, offset) in self.pieces(start - FARTHEST, start + DAY + FARTHEST) {
            for interval in hours.intervals() {
                let opens = (start + i64::from(interval.opens) * 60 - offset).max(a);
                let closes = (start + i64::from(interval.closes) * 60 - offset).min(b);
                if opens < closes {
                    found.push((opens, closes));
                }
            }
        }
        found.sort_unstable();
        found.into_iter().for_each(|(opens, closes)| each(opens, closes));
        self.ahead = ahead(self.zone, start + DAY - ahead(self.zone, start + DAY));
    }

    /// Stretches of time in which the clock is not put forward or back, with how far ahead it is.
    fn pieces(&self, from: i64, until: i64) -> Vec<(i64, i64, i64)> {
        const STEP: i64 = 3_600;
        let mut pieces = Vec::new();
        let (mut since, mut at, mut offset) = (from, from, ahead(self.zone, from));
        while at < until {
            let next = (at + STEP).min(until);
            let after = ahead(self.zone, next);
            if after != offset {
                let change = self.change(at, next, offset);
                pieces.push((since, change, offset));
                (since, offset) = (change, after);
            }
            at = next;
        }
        pieces.push((since, until, offset));
        pieces
    }

    /// The first second after `low` at which the clock is not `offset` ahead; at `high` it is not.
    fn change(&self, mut low: i64, mut high: i64, offset: i64) -> i64 {
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if ahead(self.zone, middle) == offset {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }
}

/// When a day begins: the first moment the clock on the wall shows it, or a later day where the whole day is skipped.
pub fn start_of(zone: Tz, on: NaiveDate) -> i64 {
    let midnight = midnight(on);
    let (mut low, mut high) = (midnight - FARTHEST, midnight + FARTHEST);
    // Seldom more than one look: a clock that is not put forward or back that day says it at once.
    let guess = midnight - ahead(zone, midnight);
    if guess + ahead(zone, guess) == midnight && guess - 1 + ahead(zone, guess - 1) == midnight - 1 {
        return guess;
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if middle + ahead(zone, middle) < midnight {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Interval;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn minutes(zone: Tz, on: &str, hours: &[(u16, u16)]) -> i64 {
        let hours = Hours::new(hours.iter().copied().map(Interval::from)).unwrap();
        let mut sum = 0;
        Wall::new(zone, day(on)).stretches(day(on), &hours, |a, b| sum += (b - a) / 60);
        sum
    }

    #[test]
    fn a_day_is_as_long_as_the_clock_makes_it() {
        use chrono_tz::{Africa, America, Asia, Australia, Europe, Pacific};
        let whole = &[(0, 1_440)];
        assert_eq!(minutes(Asia::Shanghai, "2026-03-29", whole), 1_440);
        assert_eq!(minutes(Europe::Berlin, "2026-03-29", whole), 1_380, "put forward");
        assert_eq!(minutes(Europe::Berlin, "2026-10-25", whole), 1_500, "put back");
        assert_eq!(minutes(Europe::Berlin, "2026-10-25", &[(120, 180)]), 120, "the hour that comes twice");
        assert_eq!(minutes(Europe::Berlin, "2026-03-29", &[(120, 180)]), 0, "the hour that is skipped");
        assert_eq!(
            minutes(America::New_York, "2026-03-08", &[(540, 1_020)]),
            480,
            "office hours are not touched"
        );
        assert_eq!(minutes(Australia::Lord_Howe, "2026-04-05", whole), 1_470, "half an hour back");
        assert_eq!(minutes(Pacific::Apia, "2011-12-30", whole), 0, "a day that never was");
        assert_eq!(minutes(America::Sao_Paulo, "2018-11-04", whole), 1_380, "midnight is skipped");
        assert_eq!(minutes(Africa::Cairo, "2026-10-29", whole), 1_500, "midnight comes twice");
    }

    #[test]
    fn a_day_begins_when_the_clock_first_shows_it() {
        for (zone, on, begins) in [
            (chrono_tz::Asia::Shanghai, "2026-11-25", "2026-11-24T16:00:00+00:00"),
            (chrono_tz::Europe::Berlin, "2026-10-25", "2026-10-24T22:00:00+00:00"),
            (chrono_tz::Europe::Berlin, "2026-10-26", "2026-10-25T23:00:00+00:00"),
            (chrono_tz::America::Sao_Paulo, "2018-11-04", "2018-11-04T03:00:00+00:00"),
        ] {
            let at = DateTime::from_timestamp(start_of(zone, day(on)), 0).unwrap();
            assert_eq!(at.to_rfc3339(), begins, "{zone} {on}");
        }
    }
}
