//! How often workers are to call: dated rows per unit, the nearest unit above wins.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kernel::id::{Unit, User, VisitRule};
use kernel::{Id, Instant, UnitPath};

use super::month::Month;

/// What is asked of a worker in a whole month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// On how many days of the month.
    pub days: i64,
    /// On how many households.
    pub households: i64,
    /// A household is not due again before so many days have passed.
    pub min_days_between: i64,
    /// A household with somebody who is looked after first is due again after so many days.
    pub priority_days: i64,
}

/// What holds where no unit has a rule: at least 10 days and 60 households a month (Haicang, `domain.md`). That a household is not due
/// twice on a day, and one of priority once a month, is ours.
pub const STANDARD: Rule = Rule { days: 10, households: 60, min_days_between: 1, priority_days: 30 };

/// A row: what a unit says from a month on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleVersion {
    /// Its id.
    pub id: Id<VisitRule>,
    /// Whose.
    pub unit: Id<Unit>,
    /// Where that unit stands.
    pub path: UnitPath,
    /// Grows with each row of the unit; of two for one month the later holds.
    pub number: i64,
    /// The first day of the first month.
    pub from: NaiveDate,
    /// What it says; `None`: what the unit above says.
    pub rule: Option<Rule>,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// By whom.
    pub recorded_by: Id<User>,
}

/// The rules of a realm in one month.
#[derive(Debug, Clone, Default)]
pub struct RuleBook(BTreeMap<UnitPath, (Id<Unit>, Rule)>);

impl RuleBook {
    /// From all rows.
    pub fn new(rows: Vec<RuleVersion>, month: Month) -> Self {
        let mut newest: BTreeMap<UnitPath, RuleVersion> = BTreeMap::new();
        for row in rows.into_iter().filter(|row| row.from <= month.first()) {
            let later =
                newest.get(&row.path).is_none_or(|known| (known.from, known.number) < (row.from, row.number));
            if later {
                newest.insert(row.path.clone(), row);
            }
        }
        let said = newest.into_iter().filter_map(|(path, row)| Some((path, (row.unit, row.rule?))));
        Self(said.collect())
    }

    /// What holds for the unit at `path`, and of which unit it is; `None`: the standard.
    pub fn at(&self, path: &UnitPath) -> (Rule, Option<Id<Unit>>) {
        let nearest = path.lineage().into_iter().rev().find_map(|above| self.0.get(&above));
        nearest.map_or((STANDARD, None), |(unit, rule)| (*rule, Some(*unit)))
    }
}
