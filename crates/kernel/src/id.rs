//! Typed ids: a UUID that knows what it is the id of, so that a user's id cannot be passed where a unit's is wanted.
//! Version 7, so that byte order is the order of creation on both engines.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// The id of a `T`. `T` is one of the kinds below and never has a value.
pub struct Id<T> {
    raw: Uuid,
    kind: PhantomData<fn() -> T>,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// The registry of everything that has an id, in alphabetical order.
        pub mod kinds {
            $($(#[$doc])* #[derive(Debug, Clone, Copy, PartialEq, Eq)] pub enum $name {})+
        }
        $(pub use kinds::$name;)+
    };
}

kinds! {
    /// Words that officials answer with.
    AnswerTemplate,
    /// A key that a program signs in with.
    ApiKey,
    /// A record of the audit trail.
    AuditRecord,
    /// A part of the audit trail written to a file.
    AuditExport,
    /// The working time of a unit.
    Calendar,
    /// One version of a calendar.
    CalendarVersion,
    /// The exceptions of a year as they were put once.
    CalendarYear,
    /// A kind of incident, in a tree of such.
    Category,
    /// A sign-in that waits for its second half, or a ticket to be redeemed for one.
    Challenge,
    /// An address at which an account can be reached.
    Contact,
    /// One load of the country's divisions.
    DivisionImport,
    /// Leave to ask for what is on no duty list, for a time.
    DutyAdmission,
    /// What the units of a place may be asked to do.
    DutyList,
    /// What a duty list says from a moment on.
    DutyListVersion,
    /// A place people live or trade in.
    Dwelling,
    /// A fact in the outbox.
    EventRecord,
    /// An account elsewhere that a person signs in with.
    ExternalIdentity,
    /// A photo or a document.
    File,
    /// Bytes that files are made of.
    FileObject,
    /// A role given to a user within a unit for a time.
    Grant,
    /// A service area of one or two grid workers.
    Grid,
    /// A worker's duty in a grid, with its dates.
    GridPost,
    /// People who live as one: a household (户).
    Household,
    /// One entry of a household's history.
    HouseholdChange,
    /// A list brought in from a file.
    Import,
    /// What one person had to do, passed to another, or their leaving.
    Handover,
    /// Something that hangs on a person, whatever its kind: the id of the thing itself.
    Holding,
    /// Something reported in a grid that someone must deal with.
    Incident,
    /// A time that runs for a case.
    IncidentClock,
    /// What somebody has begun to report.
    IncidentDraft,
    /// A time in which a case's clock stands.
    IncidentPause,
    /// What somebody asked to be decided about a case.
    IncidentRequest,
    /// One transition of an incident.
    IncidentStep,
    /// A natural person.
    Person,
    /// A dwelling let to tenants for a time.
    Rental,
    /// That a person lives somewhere for a time.
    Residence,
    /// A person's tie to an account, with its dates.
    PersonAccount,
    /// What a person agreed to, with its dates.
    PersonConsent,
    /// A reason to look after a person first, with its dates.
    PersonFlag,
    /// One whole reading of a person's data, or one look-up.
    PersonReading,
    /// What asks somebody to make an account.
    Invitation,
    /// What somebody must hear.
    Notice,
    /// What a sender adds to a case that they reported through Open311.
    Open311Remark,
    /// A code that is good once.
    OneTimeCode,
    /// A ticket to begin a stream with.
    StreamTicket,
    /// A password that an account has or had.
    Password,
    /// A named set of permissions.
    Role,
    /// Two roles that must not meet in one person.
    RoleConflict,
    /// One sign-in and the tokens that came of it.
    Session,
    /// A try to sign in, as the log has it.
    SignIn,
    /// A node of the governance tree.
    Unit,
    /// One stretch of a unit's history.
    UnitVersion,
    /// An account that can sign in.
    User,
    /// A worker's recorded call on a household (走访).
    Visit,
    /// A list of questions to be asked on a call.
    VisitForm,
    /// One version of such a list.
    VisitFormVersion,
    /// A call that somebody means to make on a day.
    VisitPlan,
    /// How often workers of a unit are to call, from a month on.
    VisitRule,
    /// A call of several departments to one incident.
    Whistle,
    /// One department's part of a whistle.
    WhistleCall,
}

impl<T> Id<T> {
    /// Wraps a raw UUID; the caller states what it is the id of.
    pub const fn from_uuid(raw: Uuid) -> Self {
        Self { raw, kind: PhantomData }
    }

    /// The bare UUID, for views and storage.
    pub const fn uuid(self) -> Uuid {
        self.raw
    }
}

impl<T> From<Uuid> for Id<T> {
    fn from(raw: Uuid) -> Self {
        Self::from_uuid(raw)
    }
}
impl<T> From<Id<T>> for Uuid {
    fn from(id: Id<T>) -> Self {
        id.raw
    }
}
impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.raw.cmp(&other.raw)
    }
}
impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.raw.hash(state);
    }
}
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.raw, f)
    }
}
impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.raw, f)
    }
}
impl<T> std::str::FromStr for Id<T> {
    type Err = uuid::Error;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        s.parse().map(Self::from_uuid)
    }
}
impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.raw.serialize(serializer)
    }
}
impl<'de, T> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Uuid::deserialize(deserializer).map(Self::from_uuid)
    }
}
