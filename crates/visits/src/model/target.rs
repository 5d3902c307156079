//! A worker's month: what was done, what was asked, and whether it was met.

use kernel::{Instant, UnitPath};

use super::month::{Month, Tz, start_of};
use super::rule::RuleBook;

/// What a worker did in a month: visits in person that were not struck.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// On how many of the realm's days.
    pub days: i64,
    /// On how many households; one called on twice counts once.
    pub households: i64,
}

/// A stretch of duty as a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// Where the grid's unit stands.
    pub path: UnitPath,
    /// From when.
    pub from: Instant,
    /// Until when (exclusive).
    pub until: Option<Instant>,
}

/// What is asked of a worker in a month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Target {
    /// On how many days.
    pub days: i64,
    /// On how many households.
    pub households: i64,
    /// On how many days of the month they held a post, be it for an hour.
    pub days_in_post: i64,
    /// How many days the month has.
    pub days_in_month: i64,
}

impl Target {
    /// What the rules ask for these stretches of duty: each day in post asks for its part of the month, by the strictest rule of the
    /// grids held that day; the sum is cut to the largest whole number not above.
    pub fn of(book: &RuleBook, stretches: &[Stretch], month: Month, zone: Tz) -> Self {
        let mut target = Self { days_in_month: month.length(), ..Self::default() };
        let (mut days, mut households) = (0, 0);
        let asked: Vec<_> = stretches.iter().map(|s| (s, book.at(&s.path).0)).collect();
        for day in month.days() {
            let (begins, ends) = (start_of(zone, day), start_of(zone, day.succ_opt().unwrap_or(day)));
            let holds =
                |s: &Stretch| s.from < ends && s.until.is_none_or(|until| until > begins && until > s.from);
            let that_day: Vec<_> = asked.iter().filter(|(s, _)| holds(s)).collect();
            if that_day.is_empty() {
                continue;
            }
            target.days_in_post += 1;
            days += that_day.iter().map(|(_, rule)| rule.days).max().unwrap_or_default();
            households += that_day.iter().map(|(_, rule)| rule.households).max().unwrap_or_default();
        }
        target.days = days.checked_div(target.days_in_month).unwrap_or_default();
        target.households = households.checked_div(target.days_in_month).unwrap_or_default();
        target
    }

    /// Whether what was done is enough.
    pub fn is_met_by(&self, done: Tally) -> bool {
        done.days >= self.days && done.households >= self.households
    }
}
