//! The payloads of events, as the outbox carries them. Never personal data in the clear.

use kernel::id::{
    Calendar, Category, DutyList, Grant, Grid, Handover, Household, Incident, Person, Unit, User, Visit,
    Whistle, WhistleCall,
};
use kernel::{Id, Instant};
use serde::{Deserialize, Serialize};

/// `territory.unit.moved`
pub const UNIT_MOVED: &str = "territory.unit.moved";
/// `identity.handover.ended`: somebody's things were passed on, or were not when their time had come.
pub const HANDOVER_ENDED: &str = "identity.handover.ended";
/// `grid.incident.changed`: reported, gone on to another state, or handed on in the state it was in.
pub const INCIDENT_CHANGED: &str = "grid.incident.changed";
/// `people.person.created`
pub const PERSON_CREATED: &str = "people.person.created";
/// `people.person.changed`: data, unit or status.
pub const PERSON_CHANGED: &str = "people.person.changed";
/// `people.person.erased`: whoever keeps something of the person has to let it go.
pub const PERSON_ERASED: &str = "people.person.erased";
/// `people.unmasking.alarm`: somebody reads more whole data than is usual.
pub const UNMASKING_ALARM: &str = "people.unmasking.alarm";

/// `territory.dwelling.changed`: a dwelling was recorded, changed or closed.
pub const DWELLING_CHANGED: &str = "territory.dwelling.changed";
/// `territory.household.changed`: a household was recorded, changed, split, merged, moved or closed.
pub const HOUSEHOLD_CHANGED: &str = "territory.household.changed";
/// `territory.residence.changed`: somebody moved in, out or elsewhere, or the record of it was corrected.
pub const RESIDENCE_CHANGED: &str = "territory.residence.changed";
/// `territory.rental.changed`: a rental was filed, ended or withdrawn.
pub const RENTAL_CHANGED: &str = "territory.rental.changed";

/// `calendar.calendar.changed`: hours or holidays of a unit are others from now on; deadlines in its subtree may be, too.
pub const CALENDAR_CHANGED: &str = "calendar.calendar.changed";

/// `open311.remark.received`: who reported a case through Open311 says more of it.
pub const OPEN311_REMARK_RECEIVED: &str = "open311.remark.received";

/// A remark on a case came from outside. Whoever may read it reads it there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open311RemarkReceived {
    /// The case.
    pub incident: Id<Incident>,
    /// The unit it lies in.
    pub unit: Id<Unit>,
    /// Whether the case was taken up again by it.
    pub reopened: bool,
}

/// A unit's calendar is another from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarChanged {
    /// The calendar.
    pub calendar: Id<Calendar>,
    /// The unit whose it is: it holds in the subtree.
    pub unit: Id<Unit>,
}

/// Something about who lives where is different; the event's object says which record. Nobody is named: whoever may know
/// reads the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HomeChanged {
    /// The unit the record lies in.
    pub unit: Id<Unit>,
    /// What was done: the last word of the action on the audit trail.
    pub deed: String,
}

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

/// `identity.grant.expiring`: a grant ends within a week.
pub const GRANT_EXPIRING: &str = "identity.grant.expiring";
/// `identity.grant.expired`: a grant has ended by time.
pub const GRANT_EXPIRED: &str = "identity.grant.expired";

/// A grant ends, or has ended, by time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantEnding {
    /// The grant.
    pub grant: Id<Grant>,
    /// Who holds it.
    pub user: Id<User>,
    /// Where.
    pub unit: Id<Unit>,
    /// Who gave it; absent: the machine's shell.
    pub granted_by: Option<Id<User>>,
    /// When it ends.
    pub until: Instant,
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

/// `visits.visit.changed`: a call on a household was recorded, corrected or struck.
pub const VISIT_CHANGED: &str = "visits.visit.changed";

/// A call on a household was recorded, corrected or struck. Neither what was said nor who was met is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitChanged {
    /// The visit.
    pub visit: Id<Visit>,
    /// The household.
    pub household: Id<Household>,
    /// The unit it counts for.
    pub unit: Id<Unit>,
    /// The grid it counts for.
    pub grid: Id<Grid>,
    /// Who called.
    pub worker: Id<User>,
    /// What became of it: `record`, `correct`, `strike`.
    pub action: String,
    /// The case that was reported with it.
    pub incident: Option<Id<Incident>>,
}

/// `duties.list.changed`: a version of a duty list was put in force, or taken back before its time.
pub const DUTY_LIST_CHANGED: &str = "duties.list.changed";
/// `duties.admission.changed`: a category was admitted somewhere for a time, or is no more.
pub const DUTY_ADMISSION_CHANGED: &str = "duties.admission.changed";
/// `whistles.whistle.blown`: a community called departments on one incident.
pub const WHISTLE_BLOWN: &str = "whistles.whistle.blown";
/// `whistles.call.changed`: a called department, or the community about it, went on.
pub const WHISTLE_CALL_CHANGED: &str = "whistles.call.changed";
/// `whistles.call.late`: a deadline of a call passed; told once for each of the two.
pub const WHISTLE_CALL_LATE: &str = "whistles.call.late";

/// A duty list is another from a moment on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DutyListChanged {
    /// The list.
    pub list: Id<DutyList>,
    /// The unit whose it is.
    pub unit: Id<Unit>,
    /// The kind of the units it binds.
    pub level: String,
    /// From when the version holds, or would have held.
    pub from: Instant,
}

/// What may be asked of a unit is more, or is no more, than its list says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DutyAdmissionChanged {
    /// Where: the unit and all below it.
    pub unit: Id<Unit>,
    /// What.
    pub category: Id<Category>,
    /// `admitted`, `refused` or `withdrawn`.
    pub state: String,
}

/// Departments were called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhistleBlown {
    /// The whistle.
    pub whistle: Id<Whistle>,
    /// On which case.
    pub incident: Id<Incident>,
    /// By which unit.
    pub unit: Id<Unit>,
    /// The departments.
    pub departments: Vec<Id<Unit>>,
    /// By when they must have reported in.
    pub report_due_at: Instant,
    /// By when they must have told a result.
    pub result_due_at: Instant,
}

/// A call went on, or a deadline of it passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhistleCallTold {
    /// The call.
    pub call: Id<WhistleCall>,
    /// Its whistle.
    pub whistle: Id<Whistle>,
    /// The unit that called.
    pub unit: Id<Unit>,
    /// The department that was called.
    pub department: Id<Unit>,
    /// What was done: the action; `report` or `result` where that deadline passed.
    pub what: String,
    /// The state it is in.
    pub state: String,
}
