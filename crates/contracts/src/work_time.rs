//! What calendar offers: working time. Deadlines are counted by the calendar of a unit without knowing where it comes from.

use std::sync::Arc;

use kernel::{Instant, Outcome, UnitPath};
use serde::{Deserialize, Serialize};

/// What a deadline is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpanUnit {
    /// Minutes in which the office is open (工作分钟).
    WorkingMinutes,
    /// Hours in which the office is open (工作小时): sixty working minutes each.
    WorkingHours,
    /// Days on which the office opens (工作日).
    WorkingDays,
    /// Days of the calendar (自然日).
    CalendarDays,
}

impl SpanUnit {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::WorkingMinutes, Self::WorkingHours, Self::WorkingDays, Self::CalendarDays];

    /// The word in the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::WorkingMinutes => "working_minutes",
            Self::WorkingHours => "working_hours",
            Self::WorkingDays => "working_days",
            Self::CalendarDays => "calendar_days",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.word() == word)
    }

    /// The longest span in this unit: some ten years. What is longer is no deadline but a mistake.
    pub const fn longest(self) -> i64 {
        match self {
            Self::WorkingMinutes => 5_270_400,
            Self::WorkingHours => 87_840,
            Self::WorkingDays | Self::CalendarDays => 3_660,
        }
    }
}

/// How long something may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Span {
    count: i64,
    unit: SpanUnit,
}

impl Span {
    /// From 1 to [`SpanUnit::longest`]; `None` outside.
    pub fn new(count: i64, unit: SpanUnit) -> Option<Self> {
        (1..=unit.longest()).contains(&count).then_some(Self { count, unit })
    }

    /// How many.
    pub const fn count(self) -> i64 {
        self.count
    }

    /// Of what.
    pub const fn unit(self) -> SpanUnit {
        self.unit
    }
}

/// A time in which the clock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pause {
    /// From when.
    pub from: Instant,
    /// Until when (exclusive); `None`: it still stands.
    pub until: Option<Instant>,
}

/// When something is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// At this moment.
    At(Instant),
    /// Nobody knows yet: the clock stands, and it is not said until when.
    Standing {
        /// Since when.
        since: Instant,
        /// What is left to count, rounded up: working minutes for spans of minutes and hours, else days of the span's kind.
        left: i64,
    },
}

impl Due {
    /// The moment, if there is one.
    pub const fn at(self) -> Option<Instant> {
        match self {
            Self::At(at) => Some(at),
            Self::Standing { .. } => None,
        }
    }
}

/// The working time of one place. What cannot be known is refused (`calendar.year_missing`), never guessed.
pub trait WorkTime: Send + Sync {
    /// Whether the office is open at a moment.
    fn is_open(&self, at: Instant) -> Outcome<bool>;
    /// Whole working minutes from one moment to another; none where they are the wrong way round.
    fn working(&self, from: Instant, until: Instant) -> Outcome<i64>;
    /// When something begun at `start` is due.
    fn due(&self, start: Instant, span: Span, pauses: &[Pause]) -> Outcome<Due>;
    /// Whole working minutes from `start` to `now` in which the clock did not stand.
    fn elapsed(&self, start: Instant, now: Instant, pauses: &[Pause]) -> Outcome<i64>;
}

/// The calendars of units, within the caller's unit of work `T`.
pub trait WorkCalendar<T>: Send + Sync {
    /// The working time of the unit at `unit`, for a clock that starts at `start`, by what was known at `known_at`: a deadline
    /// computed then comes out the same today.
    fn work_time(
        &self,
        tx: &mut T,
        unit: &UnitPath,
        start: Instant,
        known_at: Instant,
    ) -> Outcome<Arc<dyn WorkTime>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_at_least_one_and_at_most_some_ten_years() {
        for unit in SpanUnit::ALL {
            assert_eq!(SpanUnit::parse(unit.word()), Some(unit));
            for (count, taken) in [
                (1, true),
                (unit.longest(), true),
                (0, false),
                (-3, false),
                (unit.longest() + 1, false),
                (i64::MAX, false),
            ] {
                assert_eq!(Span::new(count, unit).is_some(), taken, "{count} {}", unit.word());
            }
        }
        assert_eq!(SpanUnit::parse("years"), None);
    }
}
