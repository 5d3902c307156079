//! A moment in time, in UTC, to the microsecond: what both engines can hold without loss.

use std::fmt;

use chrono::{DateTime, Datelike, Duration, SecondsFormat, TimeZone, Timelike, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment in UTC with microsecond precision. Written as RFC 3339 with whole seconds (`design.md` §5): clients order by
/// id or version, never by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(DateTime<Utc>);

impl Instant {
    /// Takes a time and drops what is finer than a microsecond.
    pub fn new(time: DateTime<Utc>) -> Self {
        let micros = time.nanosecond() / 1_000 * 1_000;
        Self(time.with_nanosecond(micros).unwrap_or(time))
    }

    /// From microseconds since 1970; `None` outside the years chrono can hold.
    pub fn from_micros(micros: i64) -> Option<Self> {
        Utc.timestamp_micros(micros).single().map(Self)
    }

    /// Microseconds since 1970.
    pub fn micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// The time as chrono has it.
    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// This moment plus (or minus) a number of seconds; stays put where that would leave the calendar.
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Duration::try_seconds(seconds).and_then(|d| self.0.checked_add_signed(d)).map_or(self, Self)
    }

    /// This moment plus (or minus) a number of days of 24 hours.
    pub fn plus_days(self, days: i64) -> Self {
        self.plus_seconds(days.saturating_mul(86_400))
    }

    /// Whether the year is one that RFC 3339 can write (0 to 9999).
    pub fn is_writable(self) -> bool {
        (0..=9999).contains(&self.0.year())
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let time = DateTime::<chrono::FixedOffset>::deserialize(deserializer)?;
        let instant = Self::new(time.with_timezone(&Utc));
        if instant.is_writable() {
            Ok(instant)
        } else {
            Err(serde::de::Error::custom("an instant between the years 0 and 9999 is expected"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_in_utc_with_whole_seconds() {
        let i: Instant = serde_json::from_str("\"2026-11-23T10:00:00.123456+08:00\"").expect("parses");
        assert_eq!(i.to_string(), "2026-11-23T02:00:00Z");
        assert_eq!(i.micros() % 1_000_000, 123_456);
    }
}
