//! What is counted of calls, with its denominators, in whole numbers.
//!
//! - **called**: all calls, but those the community excused, and those it took back before the department's time to report was over and
//!   before it had. One that is taken back later stays counted: nobody is helped to a better figure, or robbed of one.
//! - **due**: of them, those that reported in, or whose time to do so is over. A call that still runs is nobody's failure; one that was
//!   declined in time and not decided is the community's turn.
//! - **reported**, **in time**: of those due. The response rate is reported by due.
//! - **result due**, **results**, **results in time**: likewise.
//! - **grades**, and their sum: of the calls that are counted.

use kernel::Instant;

use super::call::Call;
use super::state::State;

/// The sums of one department.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Calls that count.
    pub called: i64,
    /// Of them, those that reported in or should have.
    pub due: i64,
    /// Of those, reported in.
    pub reported: i64,
    /// Of those, by the deadline.
    pub in_time: i64,
    /// Calls that told a result or should have.
    pub result_due: i64,
    /// Of those, told.
    pub results: i64,
    /// Of those, by the deadline.
    pub results_in_time: i64,
    /// Graded calls.
    pub grades: i64,
    /// The sum of their stars.
    pub stars: i64,
}

impl Counts {
    /// What one call adds, at a moment.
    pub fn of(call: &Call, now: Instant) -> Self {
        let withdrawn_by = |due: Instant| call.withdrawn_at.is_some_and(|at| at <= due);
        let counts =
            call.state != State::Excused && !(call.reported_at.is_none() && withdrawn_by(call.report_due));
        if !counts {
            return Self::default();
        }
        let declined_in_time =
            call.state == State::Declined && call.declined_at.is_some_and(|at| at <= call.report_due);
        let due = call.reported_at.is_some() || (call.report_due < now && !declined_in_time);
        let result_due = call.result_at.is_some()
            || (call.result_due < now && !declined_in_time && !withdrawn_by(call.result_due));
        let by = |at: Option<Instant>, due: Instant| i64::from(at.is_some_and(|at| at <= due));
        Self {
            called: 1,
            due: i64::from(due),
            reported: i64::from(call.reported_at.is_some()),
            in_time: by(call.reported_at, call.report_due),
            result_due: i64::from(result_due),
            results: i64::from(call.result_at.is_some()),
            results_in_time: by(call.result_at, call.result_due),
            grades: i64::from(call.grade.is_some()),
            stars: i64::from(call.grade.unwrap_or(0)),
        }
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            called: self.called + other.called,
            due: self.due + other.due,
            reported: self.reported + other.reported,
            in_time: self.in_time + other.in_time,
            result_due: self.result_due + other.result_due,
            results: self.results + other.results,
            results_in_time: self.results_in_time + other.results_in_time,
            grades: self.grades + other.grades,
            stars: self.stars + other.stars,
        }
    }
}

/// A part of a whole in basis points, halves up; `None` of nothing.
pub fn basis_points(part: i64, whole: i64) -> Option<i64> {
    rounded(part, 10_000, whole)
}

/// A mean in hundredths, halves up; `None` of nothing.
pub fn hundredths(sum: i64, count: i64) -> Option<i64> {
    rounded(sum, 100, count)
}

fn rounded(part: i64, scale: i64, whole: i64) -> Option<i64> {
    let (part, scale, whole) = (i128::from(part), i128::from(scale), i128::from(whole));
    let doubled = part.checked_mul(scale)?.checked_mul(2)?.checked_add(whole)?;
    (whole > 0).then(|| doubled.div_euclid(2 * whole)).and_then(|n| i64::try_from(n).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rates_are_rounded_half_up_and_nothing_has_none() {
        assert_eq!(basis_points(1, 3), Some(3333));
        assert_eq!(basis_points(2, 3), Some(6667));
        assert_eq!(basis_points(1, 8), Some(1250));
        assert_eq!(basis_points(1, 20_000), Some(1), "half a point");
        assert_eq!(basis_points(0, 0), None);
        assert_eq!((hundredths(14, 3), hundredths(9, 2), hundredths(0, 0)), (Some(467), Some(450), None));
    }

    proptest! {
        #[test]
        fn a_rate_is_as_near_as_a_whole_number_can_be(part in 0_i64..=1_000_000_000, more in 0_i64..=1_000_000_000) {
            prop_assume!(part + more > 0);
            let whole = part + more;
            let rate = basis_points(part, whole).unwrap();
            let off = i128::from(rate) * i128::from(whole) - i128::from(part) * 10_000;
            prop_assert!(off.abs() * 2 <= i128::from(whole) && (0..=10_000).contains(&rate));
        }
    }
}
