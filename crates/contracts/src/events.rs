//! The payloads of events, as the outbox carries them. Never personal data in the clear.

use kernel::Id;
use kernel::id::{Grid, Incident, Person, Unit, User};
use serde::{Deserialize, Serialize};

/// `territory.unit.moved`
pub const UNIT_MOVED: &str = "territory.unit.moved";
/// `grid.incident.changed`: reported, or gone on to another state.
pub const INCIDENT_CHANGED: &str = "grid.incident.changed";
/// `people.person.created`
pub const PERSON_CREATED: &str = "people.person.created";
/// `people.person.changed`: data, unit or status.
pub const PERSON_CHANGED: &str = "people.person.changed";
/// `people.person.erased`: whoever keeps something of the person has to let it go.
pub const PERSON_ERASED: &str = "people.person.erased";
/// `people.unmasking.alarm`: somebody reads more whole data than is usual.
pub const UNMASKING_ALARM: &str = "people.unmasking.alarm";

/// A unit hangs elsewhere now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitMoved {
    /// The unit.
    pub unit: Id<Unit>,
    /// The parent it had.
    pub from_parent: Option<Id<Unit>>,
    /// The parent it has.
    pub to_parent: Option<Id<Unit>>,
}

/// An incident was reported or went on to another state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentChanged {
    /// The incident.
    pub incident: Id<Incident>,
    /// The unit it belongs to.
    pub unit: Id<Unit>,
    /// Its grid, if it has one.
    pub grid: Option<Id<Grid>>,
    /// Who reported it.
    pub reporter: Id<User>,
    /// The state it came from; absent when it was reported.
    pub from: Option<String>,
    /// The state it is in.
    pub to: String,
}

/// A person was entered, changed or erased. Nothing personal: whoever may know more asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonTold {
    /// The person.
    pub person: Id<Person>,
    /// The unit they belong to.
    pub unit: Id<Unit>,
    /// The record's version after it.
    pub version: i64,
}

/// A reader has reached a limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnmaskingAlarm {
    /// Who.
    pub reader: Id<User>,
    /// Within what: `hour` or `day`.
    pub window: String,
    /// How many readings in it.
    pub count: i64,
    /// Whether it was the last one allowed.
    pub at_bound: bool,
}
