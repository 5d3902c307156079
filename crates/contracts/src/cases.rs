//! What grid offers of its incidents: one case for whoever hangs something on it, and the history of all for whoever counts.

use kernel::id::{Category, Grid, Incident, Unit, User};
use kernel::{Context, Id, Instant, Outcome, UnitPath};

/// A case as other domains need to know it.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseRef {
    /// The incident.
    pub id: Id<Incident>,
    /// The number it goes by among people.
    pub number: String,
    /// What, in a few words.
    pub title: String,
    /// The unit whose tray it is in.
    pub unit: Id<Unit>,
    /// Where that unit stands today.
    pub path: UnitPath,
    /// Its grid, if it has one.
    pub grid: Option<Id<Grid>>,
    /// What kind of incident it is.
    pub category: Option<Id<Category>>,
    /// How far it is: `reported` … `closed`.
    pub state: String,
    /// Whether nothing more is to be done.
    pub over: bool,
    /// Who reported it.
    pub reporter: Id<User>,
}

/// A case that another domain's deed makes: a visit that found something.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCase {
    /// What, in a few words.
    pub title: String,
    /// What, in full.
    pub description: String,
    /// The unit that receives it, where no grid has the point.
    pub unit: Option<Id<Unit>>,
    /// Latitude and longitude.
    pub point: Option<(f64, f64)>,
    /// What kind of incident it is.
    pub category: Option<Id<Category>>,
}

/// Cases, within the caller's unit of work `T`.
pub trait Cases<T>: Send + Sync {
    /// The case, if the actor may see it; held until the transaction ends where `hold`, so that nothing happens to it meanwhile.
    fn case(&self, tx: &mut T, ctx: &Context, id: Id<Incident>, hold: bool) -> Outcome<Option<CaseRef>>;
    /// Reports a case as the actor, who must be allowed to.
    fn report(&self, tx: &mut T, ctx: &Context, new: NewCase) -> Outcome<CaseRef>;
}

/// One step of a case, with all that figures are counted from. What a step did not change is `None`.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseStep {
    /// Its place among the steps of all cases: without gaps, never given twice, nothing ever appears before a place that was read.
    pub place: i64,
    /// Of which case.
    pub incident: Id<Incident>,
    /// Its number in the case, from 1.
    pub seq: i64,
    /// What was done: `report`, `accept` …
    pub action: String,
    /// The state before; none when it was reported.
    pub from: Option<String>,
    /// The state after.
    pub to: String,
    /// Who did it; `None`: it happened by itself.
    pub actor: Option<Id<User>>,
    /// When.
    pub at: Instant,
    /// The unit it lies in after this step, where the step put it there: a report, a transfer.
    pub unit: Option<Id<Unit>>,
    /// The grid it lies in after this step, where the step put it there and there is one.
    pub grid: Option<Id<Grid>>,
    /// Where it is on the earth, said by the report.
    pub point: Option<(f64, f64)>,
    /// The category it was given.
    pub category: Option<Id<Category>>,
    /// The unit it was given to.
    pub assignee_unit: Option<Id<Unit>>,
    /// The person it was given to.
    pub assignee: Option<Id<User>>,
    /// By what way it came, said by the report: `resident`, `worker`, `open311` …
    pub source: Option<String>,
    /// Whether the clock that this step ended was over; `None` where it ended none that anybody could count.
    pub late: Option<bool>,
    /// The mark that the reporter gave, 1 to 5.
    pub score: Option<i64>,
}

/// What a grid is called, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GridName {
    /// The grid.
    pub id: Id<Grid>,
    /// Its name.
    pub name: String,
    /// The unit it belongs to.
    pub unit: Id<Unit>,
}

/// What grids and categories are called, within the caller's unit of work `T`. Asks nobody.
pub trait CaseNames<T>: Send + Sync {
    /// Several grids, in no particular order; unknown ids are left out.
    fn grids(&self, tx: &mut T, ids: &[Id<Grid>]) -> Outcome<Vec<GridName>>;
    /// The names of several categories, in no particular order; unknown ids are left out.
    fn categories(&self, tx: &mut T, ids: &[Id<Category>]) -> Outcome<Vec<(Id<Category>, String)>>;
}

/// The history of all cases, within the caller's unit of work `T`. Asks nobody: who counts says who may see the sums.
pub trait CaseHistory<T>: Send + Sync {
    /// Steps with places after `after`, in order, at most `limit`.
    fn steps(&self, tx: &mut T, after: i64, limit: i64) -> Outcome<Vec<CaseStep>>;
    /// The newest place that was given; steps behind it are settled.
    fn newest(&self, tx: &mut T) -> Outcome<i64>;
    /// Whether there are steps that have no place yet.
    fn has_unsettled(&self, tx: &mut T) -> Outcome<bool>;
    /// Gives their places to steps that have none yet, at most `limit`; answers to how many.
    fn settle(&self, tx: &mut T, limit: i64) -> Outcome<usize>;
}
