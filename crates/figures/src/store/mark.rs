//! Until where was counted: one row, locked by whoever counts on.

use diesel::prelude::*;
use kernel::{Instant, Outcome};
use storage::{Tx, with_conn};

use super::schema::figures_marks as marks;

/// The row.
const CASES: &str = "cases";

/// Until where was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub struct Mark {
    /// The place of the last step that was counted; 0 before the first.
    pub place: i64,
    /// When that step was.
    pub at: Option<Instant>,
    /// Whether everything is being counted again.
    pub recounting: bool,
}

/// As it is.
pub fn read(tx: &mut Tx<'_>) -> Outcome<Mark> {
    Ok(with_conn!(tx, |c| marks::table
        .find(CASES)
        .select((marks::place, marks::at, marks::recounting))
        .first(c))?)
}

/// As it is; whoever else would count on waits.
pub fn hold(tx: &mut Tx<'_>) -> Outcome<Mark> {
    Ok(with_conn!(tx, |c| lock!(marks::table.find(CASES).select((
        marks::place,
        marks::at,
        marks::recounting
    )))
    .first(c))?)
}

/// Moves it.
pub fn set(tx: &mut Tx<'_>, mark: Mark) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(marks::table.find(CASES))
        .set((marks::place.eq(mark.place), marks::at.eq(mark.at), marks::recounting.eq(mark.recounting)))
        .execute(c))?;
    Ok(())
}
