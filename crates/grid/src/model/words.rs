//! What somebody has begun to write: a draft of a report, an answer to be filled in.

use kernel::id::{AnswerTemplate, Category, IncidentDraft, Unit, User};
use kernel::{Id, Instant};

/// What somebody has begun to report, for themself alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its id.
    pub id: Id<IncidentDraft>,
    /// Whose it is.
    pub owner: Id<User>,
    /// What was said so far: JSON, as the API has it.
    pub content: String,
    /// When it was written last.
    pub changed_at: Instant,
    /// Counts its changes.
    pub version: i64,
}

/// Words that officials answer with, for a unit and below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its id.
    pub id: Id<AnswerTemplate>,
    /// The unit whose it is.
    pub unit: Id<Unit>,
    /// What kind of case it is for; any, if none is named.
    pub category: Option<Id<Category>>,
    /// What it is called.
    pub title: String,
    /// The text, with names in braces.
    pub body: String,
    /// Since when it is used no longer.
    pub retired_at: Option<Instant>,
    /// Counts its changes.
    pub version: i64,
    /// Since when there is one.
    pub created_at: Instant,
}
