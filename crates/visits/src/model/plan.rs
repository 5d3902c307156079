//! A call that somebody means to make on a day.

use chrono::NaiveDate;
use kernel::id::{self, Grid, Household, Unit, User, Visit};
use kernel::{Id, Instant, UnitPath};

/// A call is planned at most so many days ahead.
pub const FARTHEST_PLAN: i64 = 90;

kernel::words! {
    /// How far a plan is.
    PlanState {
        /// Still to be made.
        Planned = "planned", "Planned", "已计划";
        /// A visit fulfilled it.
        Done = "done", "Done", "已完成";
        /// Given up, with a reason.
        Dropped = "dropped", "Dropped", "已取消";
        /// The day went by.
        Missed = "missed", "Missed", "已错过";
    }
}

kernel::words! {
    /// Why a plan was given up: words of a list, so that nothing personal is written there.
    DropReason {
        /// The household asked for another day.
        Postponed = "postponed", "Put off at the household's wish", "住户要求改期";
        /// Nobody lives there any more.
        MovedAway = "moved_away", "The household moved away", "住户已搬离";
        /// They do not want to be called on.
        Refused = "refused", "The household does not wish it", "住户拒绝走访";
        /// The worker had something more urgent.
        Urgent = "urgent", "Something more urgent", "有更紧急的工作";
        /// The worker was away.
        Absent = "absent", "The worker was absent", "网格员请假或外出";
        /// It was planned by mistake.
        Mistake = "mistake", "Planned by mistake", "计划有误";
    }
}

/// A planned call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Its id.
    pub id: Id<id::VisitPlan>,
    /// Who is to call.
    pub worker: Id<User>,
    /// On which household.
    pub household: Id<Household>,
    /// The unit of the grid.
    pub unit: Id<Unit>,
    /// Where that unit stands.
    pub path: UnitPath,
    /// The grid.
    pub grid: Id<Grid>,
    /// On which day.
    pub on: NaiveDate,
    /// How far it is.
    pub state: PlanState,
    /// The visit that fulfilled it.
    pub visit: Option<Id<Visit>>,
    /// Why it was dropped.
    pub reason: Option<DropReason>,
    /// Who planned it.
    pub planned_by: Id<User>,
    /// Grows with each change.
    pub version: i64,
    /// When it was planned.
    pub created_at: Instant,
    /// When it was done, dropped or missed.
    pub ended_at: Option<Instant>,
}
