//! The clock of a case: how long it may take to be taken on, and how long to be dealt with, in the working time of its unit.
//!
//! A clock for acceptance runs from the report, the reopening or the transfer until somebody accepts, rejects or dispatches. A clock for
//! resolution runs for the handler: from each dispatch until the result, or until the case is taken from them. While a case is
//! suspended or waits for its reporter the clock stands.

use contracts::{Pause, Span};
use kernel::id::{Incident, IncidentClock, IncidentPause};
use kernel::{Id, Instant};

use super::state::State;

kernel::words! {
    /// What is counted.
    ClockKind {
        /// The time until somebody takes the case on.
        Acceptance = "acceptance", "Until accepted", "受理时限";
        /// The time until the handler has dealt with it.
        Resolution = "resolution", "Until resolved", "处置时限";
    }
}

kernel::words! {
    /// How a clock ended.
    ClockEnd {
        /// What it ran for was done.
        Done = "done", "Done", "已完成";
        /// The case was taken from whom it ran for: returned, transferred, handed to others, struck.
        Dropped = "dropped", "Dropped", "不再计时";
    }
}

/// A clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    /// Its id.
    pub id: Id<IncidentClock>,
    /// Of which case.
    pub incident: Id<Incident>,
    /// What is counted.
    pub kind: ClockKind,
    /// Since when it runs.
    pub started: Instant,
    /// How long it may run, with what was granted besides.
    pub span: Span,
    /// When the time is over. `None` while the clock stands for nobody knows how long, and while [`Clock::unknown`] says why.
    pub due: Option<Instant>,
    /// The code of the refusal for which nobody can say when the time is over: no calendar for that year, above all.
    pub unknown: Option<String>,
    /// When it ended.
    pub ended: Option<Instant>,
    /// How it ended.
    pub end: Option<ClockEnd>,
    /// When the unit above was told that the time is over.
    pub escalated: Option<Instant>,
}

impl Clock {
    /// Whether what it ran for was done in time; `None` where it still runs, was dropped, or nobody
    /// can say when its time was over.
    pub fn on_time(&self) -> Option<bool> {
        match (self.end, self.ended) {
            (Some(ClockEnd::Done), Some(ended)) => self.due.map(|due| ended <= due),
            _ => None,
        }
    }
}

/// A time in which a case's clock stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CasePause {
    /// Its id.
    pub id: Id<IncidentPause>,
    /// Of which case.
    pub incident: Id<Incident>,
    /// The state it put the case into: suspended or waiting.
    pub state: State,
    /// Since when.
    pub from: Instant,
    /// Until when (exclusive); `None`: nobody knows yet.
    pub until: Option<Instant>,
}

impl From<&CasePause> for Pause {
    fn from(pause: &CasePause) -> Self {
        Self { from: pause.from, until: pause.until }
    }
}

#[cfg(test)]
mod tests {
    use contracts::SpanUnit;

    use super::*;

    #[test]
    fn a_clock_tells_whether_it_was_in_time_only_once_it_is_done() {
        let at = |second: i64| Instant::from_micros(second * 1_000_000).unwrap();
        let clock = |due: Option<i64>, end: Option<(i64, ClockEnd)>| Clock {
            id: Id::from_uuid(uuid::Uuid::nil()),
            incident: Id::from_uuid(uuid::Uuid::nil()),
            kind: ClockKind::Resolution,
            started: at(0),
            span: Span::new(1, SpanUnit::WorkingHours).unwrap(),
            due: due.map(at),
            unknown: None,
            ended: end.map(|(second, _)| at(second)),
            end: end.map(|(_, how)| how),
            escalated: None,
        };
        assert_eq!(clock(Some(10), None).on_time(), None);
        assert_eq!(clock(Some(10), Some((10, ClockEnd::Done))).on_time(), Some(true));
        assert_eq!(clock(Some(10), Some((11, ClockEnd::Done))).on_time(), Some(false));
        assert_eq!(clock(Some(10), Some((11, ClockEnd::Dropped))).on_time(), None);
        assert_eq!(clock(None, Some((11, ClockEnd::Done))).on_time(), None);
    }
}
