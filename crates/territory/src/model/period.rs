//! Days from one to another, the last not counted.

use chrono::{Datelike, NaiveDate};

/// The days from `from` up to `to`, which is not one of them; without `to` there is no end yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub from: NaiveDate,
    /// The first day after; `None`: no end is known.
    pub to: Option<NaiveDate>,
}

/// Whether a day is one that is taken: within the years 1900 to 2199, so that it is written with four digits everywhere.
pub fn is_day(day: NaiveDate) -> bool {
    (1900..2200).contains(&day.year())
}

impl Period {
    /// From a day on.
    pub fn since(from: NaiveDate) -> Self {
        Self { from, to: None }
    }

    /// Whether the day is in it.
    pub fn has(self, day: NaiveDate) -> bool {
        self.from <= day && self.to.is_none_or(|to| day < to)
    }

    /// Whether some day is in both.
    pub fn meets(self, other: Self) -> bool {
        let starts_before = |a: Self, b: Self| b.to.is_none_or(|to| a.from < to);
        starts_before(self, other) && starts_before(other, self)
    }

    /// Whether every day of `inner` is in it.
    pub fn holds(self, inner: Self) -> bool {
        let in_time = match (self.to, inner.to) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(ours), Some(theirs)) => theirs <= ours,
        };
        self.from <= inner.from && in_time
    }

    /// Whether it is over on the day: the day is not in it, and no later one is.
    pub fn is_over(self, on: NaiveDate) -> bool {
        self.to.is_some_and(|to| to <= on)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn period() -> impl Strategy<Value = Period> {
        let day = |n: u64| NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + chrono::Days::new(n);
        (0_u64..12, proptest::option::of(1_u64..12))
            .prop_map(move |(from, length)| Period { from: day(from), to: length.map(|l| day(from + l)) })
    }

    fn days() -> impl Iterator<Item = NaiveDate> {
        NaiveDate::from_ymd_opt(2025, 12, 30).unwrap().iter_days().take(40)
    }

    proptest! {
        #[test]
        fn what_is_said_of_periods_is_true_day_by_day(a in period(), b in period()) {
            prop_assert_eq!(a.meets(b), days().any(|d| a.has(d) && b.has(d)));
            prop_assert_eq!(a.meets(b), b.meets(a));
            prop_assert_eq!(a.holds(b), days().all(|d| !b.has(d) || a.has(d)));
            for day in days() {
                prop_assert_eq!(a.is_over(day), days().filter(|d| *d >= day).all(|d| !a.has(d)) && a.to.is_some());
            }
        }
    }
}
