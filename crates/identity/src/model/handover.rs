//! What one person had, passed to another; and somebody's leaving.

use contracts::{HeldCount, HeldItem};
use kernel::id::{Handover as HandoverKind, Unit, User};
use kernel::sql::Json;
use kernel::{ErrorCode, Id, Instant};
use serde::{Deserialize, Serialize};

/// `kind` of a handover.
pub const HANDOVER: &str = "handover";
/// `kind` of somebody's leaving.
pub const OFFBOARDING: &str = "offboarding";
/// Waits for its time.
pub const SCHEDULED: &str = "scheduled";
/// Was carried out.
pub const DONE: &str = "done";
/// Could not be carried out when its time had come.
pub const FAILED: &str = "failed";
/// Was called off.
pub const CANCELLED: &str = "cancelled";

/// What somebody asked for, and what became of it. Never deleted.
#[derive(Debug, Clone, PartialEq)]
pub struct Handover {
    /// Its id.
    pub id: Id<HandoverKind>,
    /// [`HANDOVER`] or [`OFFBOARDING`].
    pub kind: String,
    /// Whose things.
    pub user_id: Id<User>,
    /// Whose they are to be.
    pub to_id: Option<Id<User>>,
    /// Which kinds of things; empty: all.
    pub kinds: Json,
    /// In which units and below; empty: anywhere.
    pub unit_ids: Json,
    /// At most so many, the oldest first.
    pub item_limit: Option<i64>,
    /// Whether what can pass passes though something cannot.
    pub partial: bool,
    /// Why.
    pub reason: String,
    /// When.
    pub due_at: Instant,
    /// [`SCHEDULED`], [`DONE`], [`FAILED`] or [`CANCELLED`].
    pub state: String,
    /// Who asked: it is carried out under their rights of its time.
    pub asked_by: Id<User>,
    /// When they asked.
    pub created_at: Instant,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// Who called it off.
    pub ended_by: Option<Id<User>>,
    /// Why it failed.
    pub code: Option<String>,
    /// The [`Tally`] of each kind.
    pub outcome: Json,
    /// Grows with every change.
    pub version: i64,
}

impl Handover {
    /// What was asked for.
    pub fn order(&self) -> Order {
        let read = |json: &Json| json.0.clone();
        Order {
            leaving: self.kind == OFFBOARDING,
            from: self.user_id,
            to: self.to_id,
            kinds: serde_json::from_value(read(&self.kinds)).unwrap_or_default(),
            units: serde_json::from_value(read(&self.unit_ids)).unwrap_or_default(),
            limit: self.item_limit,
            partial: self.partial,
            reason: self.reason.clone(),
        }
    }

    /// What came of it, kind by kind.
    pub fn tallies(&self) -> Vec<Tally> {
        serde_json::from_value(self.outcome.0.clone()).unwrap_or_default()
    }
}

/// What is to pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Whether the person leaves for good.
    pub leaving: bool,
    /// Whose things.
    pub from: Id<User>,
    /// Whose they are to be; somebody who leaves may have no successor.
    pub to: Option<Id<User>>,
    /// Which kinds; empty: all.
    pub kinds: Vec<String>,
    /// In which units and below; empty: anywhere.
    pub units: Vec<Id<Unit>>,
    /// At most so many, the oldest first.
    pub limit: Option<i64>,
    /// Whether what can pass passes though something cannot.
    pub partial: bool,
    /// Why.
    pub reason: String,
}

/// What became of one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// Its kind.
    pub kind: &'static str,
    /// The thing.
    pub item: HeldItem,
    /// What happened.
    pub fate: Fate,
}

/// What happened to one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is the successor's.
    HandedOver,
    /// A grant that nobody took over.
    Revoked,
    /// It is where it was.
    Refused(&'static ErrorCode),
}

impl Fate {
    /// The word in the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::HandedOver => "handed_over",
            Self::Revoked => "revoked",
            Self::Refused(_) => "refused",
        }
    }
}

/// What became of one kind of things.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// The kind.
    pub kind: String,
    /// Those that passed.
    pub handed_over: i64,
    /// Those that were revoked.
    pub revoked: i64,
    /// Those that were refused.
    pub refused: i64,
    /// Those that hang on the person still, as far as the asker sees.
    pub remaining: i64,
    /// Those the asker may not see, untouched.
    pub hidden: i64,
}

impl Tally {
    /// Counts the things of one kind.
    pub fn of(kind: &str, all: &[Passed], left: HeldCount) -> Self {
        let count = |word: &str| {
            let found = all.iter().filter(|p| p.kind == kind && p.fate.word() == word).count();
            i64::try_from(found).unwrap_or(i64::MAX)
        };
        Self {
            kind: kind.to_owned(),
            handed_over: count("handed_over"),
            revoked: count("revoked"),
            refused: count("refused"),
            remaining: left.shown,
            hidden: left.hidden,
        }
    }
}

/// What a handover did, or would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What became of each thing, kind by kind, the oldest first.
    pub items: Vec<Passed>,
    /// Counted.
    pub tallies: Vec<Tally>,
    /// The first of the things that hang on the person still, with their kinds.
    pub remaining: Vec<(&'static str, HeldItem)>,
    /// Sessions that ended.
    pub sessions_ended: i64,
    /// API keys that ended.
    pub keys_ended: i64,
    /// Whether the account was disabled.
    pub disabled: bool,
}
