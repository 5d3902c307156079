//! The payloads of events, as the outbox carries them. Never personal data in the clear.

use kernel::Id;
use kernel::id::{Grid, Handover, Incident, Unit, User};
use serde::{Deserialize, Serialize};

/// `territory.unit.moved`
pub const UNIT_MOVED: &str = "territory.unit.moved";
/// `identity.handover.ended`: somebody's things were passed on, or were not when their time had come.
pub const HANDOVER_ENDED: &str = "identity.handover.ended";
/// `grid.incident.changed`: reported, gone on to another state, or handed on in the state it was in.
pub const INCIDENT_CHANGED: &str = "grid.incident.changed";

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

/// An incident was reported, went on to another state or was handed on.
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

/// A handover, or somebody's leaving, has ended one way or the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandoverEnded {
    /// It.
    pub handover: Id<Handover>,
    /// Whose things they were.
    pub from: Id<User>,
    /// Whose they were to be; absent where somebody left without a successor.
    pub to: Option<Id<User>>,
    /// Who asked for it.
    pub asked_by: Id<User>,
    /// `done` or `failed`.
    pub state: String,
    /// Why it failed: a code.
    pub code: Option<String>,
}
