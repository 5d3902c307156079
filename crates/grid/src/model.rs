//! Grids, posts and incidents as they are: pure, no storage, no web.

use kernel::id::{
    Category as CategoryId, Grid as GridId, GridPost, Incident as IncidentId, IncidentStep, Unit, User,
};
use kernel::{Id, Instant};

pub mod boundary;
pub mod category;
pub mod cell;
pub mod clock;
pub mod drawn;
pub mod number;
pub mod request;
pub mod state;
pub mod words;

pub use boundary::{Boundary, Bounds};
pub use category::{Category, CategoryKind, Priority, Requirement, Rule, Says, Term};
pub use clock::{CasePause, Clock, ClockEnd, ClockKind};
pub use drawn::{Drawn, Lineage, LineageKind};
pub use request::{Decision, Request, RequestKind};
pub use state::{Action, How, State};
pub use words::{Answer, Draft};

kernel::words! {
    /// What kind of area a grid is.
    GridKind {
        /// 居民网格.
        Residential = "residential",
        /// 商贸网格.
        Market = "market",
        /// 工业网格.
        Industrial = "industrial",
        /// 专属网格.
        Special = "special",
    }
}

kernel::words! {
    /// What somebody does in a grid.
    PostRole {
        /// 网格员.
        Worker = "worker",
        /// 社区民警.
        Police = "police",
        /// 协管员.
        Assistant = "assistant",
    }
}

/// A service area.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// Its id.
    pub id: Id<GridId>,
    /// The unit it belongs to, for good.
    pub unit: Id<Unit>,
    /// Its name.
    pub name: String,
    /// The number it goes by, if any.
    pub code: Option<String>,
    /// What kind of area it is.
    pub kind: GridKind,
    /// The box around its boundary, once drawn.
    pub bounds: Option<Bounds>,
    /// Since when it is history.
    pub retired_at: Option<Instant>,
    /// Counts its changes.
    pub version: i64,
    /// Since when it exists.
    pub created_at: Instant,
}

/// A person's duty in a grid, with its dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Its id.
    pub id: Id<GridPost>,
    /// Where.
    pub grid: Id<GridId>,
    /// Who.
    pub user: Id<User>,
    /// As what.
    pub role: PostRole,
    /// From when.
    pub from: Instant,
    /// Until when (exclusive).
    pub until: Option<Instant>,
    /// Counts its changes.
    pub version: i64,
}

kernel::words! {
    /// By what way a case came.
    Source {
        /// Somebody of the place said so.
        Resident = "resident", "A resident", "居民上报";
        /// Somebody on duty there did: who may take cases on.
        Staff = "staff", "Staff", "网格员上报";
        /// Somebody who did not sign for it.
        Anonymous = "anonymous", "Anonymous", "匿名上报";
        /// A device that was out of reach when it was written down.
        Field = "field", "From the field", "外业离线上报";
        /// Another city application.
        Open311 = "open311", "Open311", "外部平台（Open311）";
        /// A call on a household.
        Visit = "visit", "A visit", "走访发现";
    }
}

kernel::words! {
    /// What a photo or document of a case shows.
    EvidenceLabel {
        /// What was found.
        Before = "before", "Before", "处置前";
        /// What was made of it.
        After = "after", "After", "处置后";
        /// Anything else.
        Other = "other", "Other", "其他";
    }
}

kernel::words! {
    /// Why somebody hears of a case that they did not report.
    FollowKind {
        /// It concerns them, too.
        MeToo = "me_too", "Me too", "附议";
        /// What they reported was the same.
        Merged = "merged", "Merged", "合并";
    }
}

/// Something reported that someone must deal with.
#[derive(Debug, Clone, PartialEq)]
pub struct Incident {
    /// Its id; holds the time it was reported.
    pub id: Id<IncidentId>,
    /// The number it goes by among people: [`number::of`].
    pub number: String,
    /// By what way it came.
    pub source: Source,
    /// The unit whose tray it is in.
    pub unit: Id<Unit>,
    /// The unit the reporter named, where the grid decided otherwise.
    pub named_unit: Option<Id<Unit>>,
    /// Its grid, if a grid has its point.
    pub grid: Option<Id<GridId>>,
    /// Who reported it.
    pub reporter: Id<User>,
    /// What, in a few words.
    pub title: String,
    /// What, in full.
    pub description: String,
    /// Where, in words.
    pub address: Option<String>,
    /// Where: latitude and longitude.
    pub point: Option<(f64, f64)>,
    /// What kind of incident it is, once somebody said so.
    pub category: Option<Id<CategoryId>>,
    /// How urgent it is, as the category's rules had it when it got its category.
    pub priority: Option<Priority>,
    /// How far it is.
    pub state: State,
    /// The unit it was dispatched to.
    pub assignee_unit: Option<Id<Unit>>,
    /// The person it was dispatched to.
    pub assignee: Option<Id<User>>,
    /// Who resolved it last.
    pub resolved_by: Option<Id<User>>,
    /// Counts its changes; equals the number of its steps.
    pub version: i64,
    /// When it was reported.
    pub reported_at: Instant,
    /// Since when it is in its state.
    pub state_since: Instant,
    /// When it was closed, if it is.
    pub closed_at: Option<Instant>,
    /// When the clock that runs is over; `None` where none runs, or it stands, or nobody can say.
    pub due: Option<Instant>,
    /// Where it goes on, while it stands.
    pub back: Option<State>,
    /// What the reporter was asked last, until they answer.
    pub question: Option<String>,
    /// When it goes on by itself, while it is suspended.
    pub resume_at: Option<Instant>,
    /// When the time was over, and the unit above was told.
    pub escalated_at: Option<Instant>,
    /// The unit that was told.
    pub escalated_unit: Option<Id<Unit>>,
    /// The case it was merged into: they are the same.
    pub merged_into: Option<Id<IncidentId>>,
    /// The mark its reporter gave what was done, 1 to 5.
    pub score: Option<i32>,
    /// When it was seen, as the device has it that sent it later.
    pub occurred_at: Option<Instant>,
}

impl Incident {
    /// Whether nobody signed for it.
    pub fn is_anonymous(&self) -> bool {
        self.reporter.uuid().is_nil()
    }
}

/// One step of an incident's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its id.
    pub id: Id<IncidentStep>,
    /// Of which incident.
    pub incident: Id<IncidentId>,
    /// Its number, from 1.
    pub seq: i64,
    /// What was done: `report` or an action's word.
    pub action: String,
    /// The state before; none when it was reported.
    pub from: Option<State>,
    /// The state after.
    pub to: State,
    /// Who did it; `None`: it was due, and happened by itself.
    pub actor: Option<Id<User>>,
    /// When.
    pub at: Instant,
    /// Reason, result or remark.
    pub note: Option<String>,
    /// The unit it was dispatched to in this step.
    pub assignee_unit: Option<Id<Unit>>,
    /// The person it was dispatched to in this step.
    pub assignee: Option<Id<User>>,
    /// The category it had before this step, where the step gave it one.
    pub from_category: Option<Id<CategoryId>>,
    /// The category it was given in this step.
    pub to_category: Option<Id<CategoryId>>,
    /// What figures are counted from besides.
    pub facts: Facts,
}

/// What a step says for whoever counts: what it did not change is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Facts {
    /// The unit it lies in after this step: said by a report and a transfer.
    pub unit: Option<Id<Unit>>,
    /// The grid it lies in after this step, likewise.
    pub grid: Option<Id<GridId>>,
    /// By what way it came: said by a report.
    pub source: Option<Source>,
    /// Whether the clock that this step ended was over.
    pub late: Option<bool>,
    /// The mark that the reporter gave.
    pub score: Option<i32>,
}

/// Whether a latitude and a longitude are on the earth.
pub fn on_earth(lat: f64, lng: f64) -> bool {
    (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lng)
}
