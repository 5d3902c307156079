//! What grid offers of those on duty: who holds which post where, and when.

use crate::homes::Around;
use kernel::id::{Grid, Unit, User};
use kernel::{Id, Instant, Outcome, UnitPath};

/// A stretch of duty in a grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostRef {
    /// The grid.
    pub grid: Id<Grid>,
    /// The unit the grid belongs to.
    pub unit: Id<Unit>,
    /// Where that unit stands today.
    pub path: UnitPath,
    /// Who.
    pub user: Id<User>,
    /// As what: `worker`, `police`, `assistant`.
    pub role: String,
    /// From when.
    pub from: Instant,
    /// Until when (exclusive).
    pub until: Option<Instant>,
}

/// A grid's area.
#[derive(Debug, Clone, PartialEq)]
pub struct GridRef {
    /// The grid.
    pub id: Id<Grid>,
    /// Its name.
    pub name: String,
    /// The unit it belongs to.
    pub unit: Id<Unit>,
    /// Where that unit stands today.
    pub path: UnitPath,
    /// Whether it is history.
    pub retired: bool,
    /// The box around its boundary; none where it is not drawn.
    pub around: Option<Around>,
}

/// Those on duty, within the caller's unit of work `T`. Asks nobody.
pub trait GridPosts<T>: Send + Sync {
    /// The grid.
    fn grid(&self, tx: &mut T, id: Id<Grid>) -> Outcome<Option<GridRef>>;
    /// The grid that has a point, if one has.
    fn grid_at(&self, tx: &mut T, lat: f64, lng: f64) -> Outcome<Option<GridRef>>;
    /// Which of these points lie inside the grid's boundary, in their order; none where it is not drawn.
    fn inside(&self, tx: &mut T, id: Id<Grid>, points: &[(f64, f64)]) -> Outcome<Vec<bool>>;
    /// A person's posts that touch a stretch of time (until: exclusive).
    fn of_user(&self, tx: &mut T, user: Id<User>, from: Instant, until: Instant) -> Outcome<Vec<PostRef>>;
    /// The same of several people, in no particular order.
    fn of_users(
        &self,
        tx: &mut T,
        users: &[Id<User>],
        from: Instant,
        until: Instant,
    ) -> Outcome<Vec<PostRef>>;
    /// The posts of workers in the unit and below that touch a stretch of time, by grid and person, after `after`; at most `limit`, and
    /// whatever else the last of these people holds in that grid.
    fn workers_below(
        &self,
        tx: &mut T,
        unit: Id<Unit>,
        from: Instant,
        until: Instant,
        after: Option<(Id<Grid>, Id<User>)>,
        limit: i64,
    ) -> Outcome<Vec<PostRef>>;
}
