//! Whom to call on next.

use chrono::NaiveDate;
use kernel::Id;
use kernel::id::{Grid, Household};

use super::rule::Rule;

kernel::words! {
    /// How a household stands in the order of calls.
    Due {
        /// Somebody there is looked after first, and nobody called within the interval for that.
        Priority = "priority", "Priority household, due", "重点户待走访";
        /// Nobody ever called.
        Never = "never", "Never visited", "从未走访";
        /// Somebody called, long enough ago.
        Open = "open", "May be visited again", "可再次走访";
        /// Called on lately: it can wait.
        Recent = "recent", "Visited recently", "近期已走访";
    }
}

/// A household in the order of calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The household.
    pub household: Id<Household>,
    /// The grid it lies in.
    pub grid: Id<Grid>,
    /// How it stands.
    pub due: Due,
    /// How many reasons there are to look after those who live there first.
    pub priorities: i64,
    /// When somebody called last, in person.
    pub last_on: Option<NaiveDate>,
}

/// Where a household stands in the order: the least first.
pub type Place = (Due, i64, Option<NaiveDate>, Id<Household>);

impl Need {
    /// Judges a household on a day.
    pub fn judge(
        household: Id<Household>,
        grid: Id<Grid>,
        priorities: i64,
        last_on: Option<NaiveDate>,
        rule: Rule,
        today: NaiveDate,
    ) -> Self {
        let passed = last_on.map(|on| (today - on).num_days());
        let due = match passed {
            None if priorities > 0 => Due::Priority,
            None => Due::Never,
            Some(days) if priorities > 0 && days >= rule.priority_days => Due::Priority,
            Some(days) if days < rule.min_days_between || priorities > 0 => Due::Recent,
            Some(_) => Due::Open,
        };
        Self { household, grid, due, priorities, last_on }
    }

    /// Its place: how it stands, more reasons first, never visited before long ago before lately (nothing sorts before a day).
    pub fn place(&self) -> Place {
        (self.due, -self.priorities, self.last_on, self.household)
    }
}
