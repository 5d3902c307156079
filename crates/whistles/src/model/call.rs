//! A whistle, and one department's part of it.

use kernel::id::{Incident, Unit, User, Whistle as WhistleId, WhistleCall};
use kernel::{Id, Instant, UnitPath};

use super::state::{Action, How, State};

/// A community's call of several departments to one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whistle {
    /// Its id.
    pub id: Id<WhistleId>,
    /// To which case.
    pub incident: Id<Incident>,
    /// The number the case goes by. Its title is the reporter's words and stays with the case.
    pub case_number: String,
    /// The unit that calls: where the case was when the whistle was blown.
    pub unit: Id<Unit>,
    /// Where that unit stands.
    pub path: UnitPath,
    /// What is wanted of the departments.
    pub wanted: String,
    /// By when they must have reported in.
    pub report_due: Instant,
    /// By when they must have told a result.
    pub result_due: Instant,
    /// Who blew it.
    pub blown_by: Id<User>,
    /// When.
    pub blown_at: Instant,
    /// When its last call was over.
    pub ended_at: Option<Instant>,
    /// Counts its changes.
    pub version: i64,
}

/// One department's part of a whistle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Its id.
    pub id: Id<WhistleCall>,
    /// Of which whistle.
    pub whistle: Id<WhistleId>,
    /// To which case.
    pub incident: Id<Incident>,
    /// The department.
    pub unit: Id<Unit>,
    /// Where it stands.
    pub path: UnitPath,
    /// How far it is.
    pub state: State,
    /// By when it must have reported in.
    pub report_due: Instant,
    /// By when it must have told a result.
    pub result_due: Instant,
    /// When the whistle was blown.
    pub blown_at: Instant,
    /// When it reported in.
    pub reported_at: Option<Instant>,
    /// Who did.
    pub reported_by: Option<Id<User>>,
    /// Who comes.
    pub who_comes: Option<String>,
    /// When they come.
    pub coming_at: Option<Instant>,
    /// When it told its result.
    pub result_at: Option<Instant>,
    /// Who did.
    pub result_by: Option<Id<User>>,
    /// The result.
    pub result: Option<String>,
    /// When it declined last.
    pub declined_at: Option<Instant>,
    /// Who did.
    pub declined_by: Option<Id<User>>,
    /// Why.
    pub decline_reason: Option<String>,
    /// When it was graded.
    pub graded_at: Option<Instant>,
    /// By whom.
    pub graded_by: Option<Id<User>>,
    /// How: 1 to 5 stars.
    pub grade: Option<i32>,
    /// What was said besides.
    pub remark: Option<String>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Instant>,
    /// When it was told that nobody had reported in.
    pub report_told_at: Option<Instant>,
    /// When it was told that there was no result.
    pub result_told_at: Option<Instant>,
    /// When it was over.
    pub over_at: Option<Instant>,
    /// Counts its changes.
    pub version: i64,
}

impl Call {
    /// The deadline that runs, or ran last.
    pub fn due(&self) -> Instant {
        match self.state {
            State::Called | State::Declined => self.report_due,
            _ => self.result_due,
        }
    }

    /// Whether the deadline that runs has passed. Where none runs, nothing is late.
    pub fn is_late(&self, now: Instant) -> bool {
        match self.state {
            State::Called => self.report_due < now,
            State::Reported => self.result_due < now,
            // What was declined in time waits for the community, not for the department.
            State::Declined => self.declined_at.is_some_and(|at| self.report_due < at),
            _ => false,
        }
    }

    /// What decides, besides its state, where an action leads.
    pub fn how(&self, now: Instant) -> How {
        How { late: self.is_late(now) }
    }

    /// Whether somebody acted for the department.
    pub fn was_answered_by(&self, user: Id<User>) -> bool {
        [self.reported_by, self.result_by, self.declined_by].contains(&Some(user))
    }

    /// What others than the department and the community see of it: that it was called, and how far it is.
    #[must_use]
    pub fn outline(self) -> Self {
        Self {
            reported_by: None,
            who_comes: None,
            coming_at: None,
            result_by: None,
            result: None,
            declined_by: None,
            decline_reason: None,
            graded_by: None,
            grade: None,
            remark: None,
            ..self
        }
    }
}

/// What was done to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its number in the call: the version after it.
    pub seq: i64,
    /// What.
    pub action: Action,
    /// Where it led.
    pub to: State,
    /// Who did it.
    pub actor: Id<User>,
    /// When.
    pub at: Instant,
    /// What was said.
    pub note: Option<String>,
}
