//! A call on a household, and what its worker said of it.

use chrono::NaiveDate;
use kernel::id::{self, Category, Grid, Household, Incident, Person, Unit, User, VisitForm, VisitPlan};
use kernel::{Id, Instant, UnitPath};
use serde::{Deserialize, Serialize};

use super::answers::Answer;
use super::presence::{Position, Presence};

/// A visit is recorded, and corrected, within so many days.
pub const OLDEST_DAYS: i64 = 60;

kernel::words! {
    /// How somebody called.
    Way {
        /// At the door; only this counts.
        InPerson = "in_person", "In person", "上门";
        /// By phone.
        Phone = "phone", "By phone", "电话";
    }
}

/// A visit as it holds now.
#[derive(Debug, Clone, PartialEq)]
pub struct Visit {
    /// Its id: the one that the phone made, where it did.
    pub id: Id<id::Visit>,
    /// The household.
    pub household: Id<Household>,
    /// The unit it counts for: that of the grid.
    pub unit: Id<Unit>,
    /// Where that unit stands.
    pub path: UnitPath,
    /// The grid it counts for.
    pub grid: Id<Grid>,
    /// Who called.
    pub worker: Id<User>,
    /// When it took place.
    pub at: Instant,
    /// The realm's day of that moment.
    pub on: NaiveDate,
    /// How.
    pub way: Way,
    /// Whether the worker was near the dwelling when it was recorded.
    pub presence: Presence,
    /// How far from the dwelling, in metres, where both places are known.
    pub distance_m: Option<i64>,
    /// Where it was recorded.
    pub position: Option<Position>,
    /// The case reported with it.
    pub incident: Option<Id<Incident>>,
    /// The plan it fulfilled.
    pub plan: Option<Id<VisitPlan>>,
    /// The number of what holds of what was said.
    pub edition: i64,
    /// That it was struck.
    pub struck: Option<Struck>,
    /// Grows with each change.
    pub version: i64,
    /// When it was recorded.
    pub recorded_at: Instant,
}

/// That a visit was struck: it counts no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Struck {
    /// When.
    pub at: Instant,
    /// By whom: never the worker.
    pub by: Id<User>,
    /// Why.
    pub reason: String,
}

/// A version of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormRef {
    /// The form.
    pub form: Id<VisitForm>,
    /// The number of the version.
    pub number: i64,
}

/// What a worker said of a visit: the first time, or as a correction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edition {
    /// Of which visit.
    pub visit: Id<id::Visit>,
    /// From 1.
    pub number: i64,
    /// When the visit took place.
    pub at: Instant,
    /// The realm's day of that moment.
    pub on: NaiveDate,
    /// How.
    pub way: Way,
    /// Who of the household was met.
    pub met: Vec<Id<Person>>,
    /// The questions that were asked.
    pub form: Option<FormRef>,
    /// Under whose key the content is sealed.
    pub sealed_for: Option<Id<Person>>,
    /// The content, sealed.
    pub sealed: Option<Vec<u8>>,
    /// When it was said.
    pub recorded_at: Instant,
    /// By whom.
    pub recorded_by: Id<User>,
}

/// What is personal of an edition: kept sealed, never on the trail.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// A note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answer>,
    /// The case that was reported with it, as it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<SentCase>,
    /// Why it was corrected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Content {
    /// Whether there is nothing to be sealed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A case to be reported with a visit. It lies where the household does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentCase {
    /// What, in a few words.
    pub title: String,
    /// What, in full.
    pub description: String,
    /// What kind of incident it is.
    pub category: Option<Id<Category>>,
}
