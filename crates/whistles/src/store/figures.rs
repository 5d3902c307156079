//! The sums of departments, counted by the engine: what [`Counts::of`] says of one call, for all of them at once.

use diesel::dsl::{case_when, count_star, sum};
use diesel::prelude::*;
use diesel::sql_types::Integer;
use kernel::id::Unit;
use kernel::{Id, Instant, Outcome, UnitPath};
use storage::{Tx, with_conn};

use super::schema::whistles_calls as calls;
use crate::model::{Counts, State};

/// Which calls are counted.
#[derive(Debug, Clone)]
pub struct Stretch {
    /// Of departments in this subtree.
    pub within: UnitPath,
    /// Called at this moment or later.
    pub from: Instant,
    /// And before this one.
    pub until: Instant,
    /// At which moment what is late is judged.
    pub now: Instant,
    /// Departments after this one.
    pub after: Option<Id<Unit>>,
}

type Sums =
    (i64, Option<i64>, Option<i64>, Option<i64>, Option<i64>, Option<i64>, Option<i64>, i64, Option<i64>);

/// One where a condition holds, else nothing.
macro_rules! ones {
    ($condition:expr) => {
        sum(case_when($condition, 1.into_sql::<Integer>()).otherwise(0.into_sql::<Integer>()))
    };
}

/// The sums of each department that was called, in the order of their ids.
pub fn by_department(tx: &mut Tx<'_>, stretch: &Stretch, limit: i64) -> Outcome<Vec<(Id<Unit>, Counts)>> {
    let (low, high) = stretch.within.range();
    let now = stretch.now;
    let rows: Vec<(Id<Unit>, Sums)> = with_conn!(tx, |c| {
        // Declined in time: the community's turn.
        let at_turn = || {
            calls::state
                .ne(State::Declined.word())
                .or(calls::declined_at.is_null())
                .or(calls::declined_at.assume_not_null().gt(calls::report_due_at))
        };
        let due = calls::reported_at.is_not_null().or(calls::report_due_at.lt(now).and(at_turn()));
        let kept =
            calls::withdrawn_at.is_null().or(calls::withdrawn_at.assume_not_null().gt(calls::result_due_at));
        let result_due =
            calls::result_at.is_not_null().or(calls::result_due_at.lt(now).and(at_turn()).and(kept));
        let in_time = calls::reported_at
            .is_not_null()
            .and(calls::reported_at.assume_not_null().le(calls::report_due_at));
        let results_in_time =
            calls::result_at.is_not_null().and(calls::result_at.assume_not_null().le(calls::result_due_at));
        let counted = calls::withdrawn_at
            .is_null()
            .or(calls::reported_at.is_not_null())
            .or(calls::withdrawn_at.assume_not_null().gt(calls::report_due_at));
        let mut q = calls::table
            .group_by(calls::unit_id)
            .select((
                calls::unit_id,
                (
                    count_star(),
                    ones!(due),
                    ones!(calls::reported_at.is_not_null()),
                    ones!(in_time),
                    ones!(result_due),
                    ones!(calls::result_at.is_not_null()),
                    ones!(results_in_time),
                    diesel::dsl::count(calls::grade),
                    sum(calls::grade),
                ),
            ))
            .filter(calls::unit_path.ge(low))
            .filter(calls::unit_path.lt(high))
            .filter(calls::blown_at.ge(stretch.from))
            .filter(calls::blown_at.lt(stretch.until))
            .filter(calls::state.ne(State::Excused.word()))
            .filter(counted)
            .order(calls::unit_id.asc())
            .limit(limit)
            .into_boxed::<Db>();
        if let Some(after) = stretch.after {
            q = q.filter(calls::unit_id.gt(after));
        }
        q.load(c)
    })?;
    Ok(rows.into_iter().map(|(unit, sums)| (unit, counts(sums))).collect())
}

fn counts(sums: Sums) -> Counts {
    let (called, due, reported, in_time, result_due, results, results_in_time, grades, stars) = sums;
    let or_none = |n: Option<i64>| n.unwrap_or(0);
    Counts {
        called,
        due: or_none(due),
        reported: or_none(reported),
        in_time: or_none(in_time),
        result_due: or_none(result_due),
        results: or_none(results),
        results_in_time: or_none(results_in_time),
        grades,
        stars: or_none(stars),
    }
}
