//! Exports of the trail.

use kernel::id::{AuditExport, Unit, User};
use kernel::{Id, Instant, UnitPath};
use serde::{Deserialize, Serialize};
use storage::audit::Filter;
use uuid::Uuid;

/// How long a file is kept.
pub const KEPT_DAYS: i64 = 7;
/// Exports that one person may have under way.
pub const MAX_WAITING: i64 = 5;

/// What a file is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A JSON object a line.
    Jsonl,
    /// A table.
    Csv,
}

impl Format {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Jsonl, Self::Csv].into_iter().find(|format| format.word() == word)
    }
}

/// Where an export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportState {
    /// A worker has it, or will.
    Waiting,
    /// The file is there.
    Done,
    /// Given up.
    Failed,
    /// The file was removed.
    Purged,
}

impl ExportState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Done, Self::Failed, Self::Purged];

    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Purged => "purged",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// What is looked for, as it is kept with an export.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Wanted {
    /// Who did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<Uuid>,
    /// For whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<Uuid>,
    /// On what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_id: Option<Uuid>,
    /// On what kind of thing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_kind: Option<String>,
    /// In which unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<Uuid>,
    /// Whether what lies below it counts.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub subtree: bool,
    /// Where the unit stood when it was asked for; only with `subtree`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub under: Option<String>,
    /// What was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Not before, microseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_micros: Option<i64>,
    /// Before, microseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_micros: Option<i64>,
}

impl Wanted {
    /// As the trail is asked.
    pub fn filter(&self) -> Filter {
        Filter {
            actor: self.actor.map(Id::from_uuid),
            on_behalf_of: self.on_behalf_of.map(Id::from_uuid),
            object: self.object_id,
            object_kind: self.object_kind.clone(),
            unit: self.unit.filter(|_| !self.subtree).map(Id::<Unit>::from_uuid),
            under: self.under.as_deref().and_then(UnitPath::parse),
            action: self.action.clone(),
            from: self.from_micros.and_then(Instant::from_micros),
            to: self.to_micros.and_then(Instant::from_micros),
        }
    }
}

/// A part of the trail that is written to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// Its id.
    pub id: Id<AuditExport>,
    /// Who asked for it: nobody else gets it.
    pub requested_by: Id<User>,
    /// What it is written as.
    pub format: Format,
    /// What is in it.
    pub wanted: Wanted,
    /// Where it is.
    pub state: ExportState,
    /// The chain's head when it was asked for: nothing behind it is in the file.
    pub upto_seq: i64,
    /// How far it has come.
    pub at_seq: i64,
    /// Records in the file.
    pub rows_written: i64,
    /// Bytes in the file that are sure.
    pub bytes_written: i64,
    /// The file's digest.
    pub sha256: Option<String>,
    /// Under which request.
    pub request_id: String,
    /// Grows with every worker that takes it up.
    pub fence: i64,
    /// Troubles in a row.
    pub attempts: i32,
    /// When it was asked for.
    pub created_at: Instant,
    /// When it was done.
    pub finished_at: Option<Instant>,
    /// Until when its file is kept.
    pub kept_until: Instant,
}
