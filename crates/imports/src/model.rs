//! An import and its rows.

use kernel::id::{Import as ImportKind, User};
use kernel::{Id, Instant};
use uuid::Uuid;

/// Bytes of a file, at most.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;
/// Bytes that an Excel file may unpack to.
pub const MAX_UNPACKED: u64 = 64 * 1024 * 1024;
/// Rows of a file, at most.
pub const MAX_ROWS: usize = 50_000;
/// Rows that may be applied all or nothing: one transaction holds the writer for so long (`docs/adr/0007`).
pub const MAX_AT_ONCE: usize = 500;
/// Columns of a file, at most.
pub const MAX_COLUMNS: usize = 64;
/// Characters of a cell, at most.
pub const MAX_CELL: usize = 2_000;
/// Imports that one person may have under way.
pub const MAX_OPEN: i64 = 10;
/// How long rows are kept: they hold names.
pub const KEPT_DAYS: i64 = 30;
/// How long a file may be awaited.
pub const AWAITED_DAYS: i64 = 2;

/// Where an import is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Made; no file yet.
    AwaitingFile,
    /// The file is coming.
    Receiving,
    /// Every row is tried.
    Checking,
    /// Every row was tried.
    Checked,
    /// Rows are carried out.
    Applying,
    /// Carried out.
    Applied,
    /// Ended; nothing was applied, or no more than the rows that say so.
    Failed,
}

impl State {
    /// Their words in the API with labels in English and Chinese.
    pub const WORDS: [(Self, &'static str, &'static str, &'static str); 7] = [
        (Self::AwaitingFile, "awaiting_file", "Awaiting the file", "待上传"),
        (Self::Receiving, "receiving", "Receiving the file", "上传中"),
        (Self::Checking, "checking", "Being checked", "检查中"),
        (Self::Checked, "checked", "Checked", "已检查"),
        (Self::Applying, "applying", "Being applied", "导入中"),
        (Self::Applied, "applied", "Applied", "已导入"),
        (Self::Failed, "failed", "Failed", "失败"),
    ];

    /// The word.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(state, ..)| *state == self).map_or("failed", |(_, word, ..)| word)
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, name, ..)| *name == word).map(|(state, ..)| *state)
    }

    /// Whether nothing more comes of it.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Applied | Self::Failed)
    }

    /// Whether a file may come, for the first time or instead of the one before.
    pub fn takes_file(self) -> bool {
        matches!(self, Self::AwaitingFile | Self::Receiving | Self::Checked)
    }
}

/// A list brought in from a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Its id.
    pub id: Id<ImportKind>,
    /// Whose it is: by whose rights its rows are judged.
    pub owner_id: Id<User>,
    /// Which list.
    pub kind: String,
    /// What the file was called.
    pub filename: String,
    /// Whether it stops after the check until it is told to go on.
    pub dry_run: bool,
    /// Whether it is all or nothing.
    pub atomic: bool,
    /// By which days and hours dates without a zone are read.
    pub time_zone: String,
    /// Where it is.
    pub state: State,
    /// `csv UTF-8`, `xlsx` …
    pub format: Option<String>,
    /// The file's digest, hex.
    pub sha256: Option<String>,
    /// The file's headers as they stood.
    pub header: Vec<String>,
    /// Grows with each file: what comes late from the one before is refused.
    pub upload: i64,
    /// The last line that was worked on.
    pub at_line: i64,
    /// Rows in the file.
    pub rows_total: i32,
    /// Rows that passed the check and were not applied.
    pub rows_passed: i32,
    /// Rows applied.
    pub rows_done: i32,
    /// Rows that failed.
    pub rows_failed: i32,
    /// A digest of the owner's rights when the check began.
    pub rights: Option<String>,
    /// Why it failed, a code.
    pub problem_code: Option<String>,
    /// Why it failed, more.
    pub problem_detail: Option<String>,
    /// The request that its work goes on for: every record of it carries this id.
    pub request_id: String,
    /// Grows with every worker that takes it up.
    pub fence: i64,
    /// Troubles in a row.
    pub attempts: i32,
    /// Whether its rows are gone.
    pub purged: bool,
    /// When it was made.
    pub created_at: Instant,
    /// When it ended.
    pub finished_at: Option<Instant>,
    /// Until when its rows are kept.
    pub kept_until: Instant,
    /// Grows with every change of state.
    pub version: i64,
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowOutcome {
    /// Not tried yet.
    Pending,
    /// Passed the check.
    Passed,
    /// Carried out.
    Done,
    /// Failed.
    Failed,
}

impl RowOutcome {
    /// Their words in the API with labels in English and Chinese.
    pub const WORDS: [(Self, &'static str, &'static str, &'static str); 4] = [
        (Self::Pending, "pending", "Not tried yet", "未处理"),
        (Self::Passed, "passed", "Passed the check", "通过检查"),
        (Self::Done, "done", "Applied", "已导入"),
        (Self::Failed, "failed", "Failed", "失败"),
    ];

    /// The word.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(outcome, ..)| *outcome == self).map_or("failed", |(_, word, ..)| word)
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, name, ..)| *name == word).map(|(outcome, ..)| *outcome)
    }
}

/// What is wrong with one column of a row.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ColumnError {
    /// The column.
    pub column: String,
    /// The code.
    pub code: String,
    /// More.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// Why a row failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProblem {
    /// The code.
    pub code: String,
    /// More.
    pub detail: Option<String>,
    /// The columns.
    pub errors: Vec<ColumnError>,
}

/// A row of a file with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its line in the file, from 1; the header's is mostly 1.
    pub line: i64,
    /// The cells as they stood.
    pub cells: Vec<String>,
    /// On what it leans, by several names, the most exact first.
    pub wants: Vec<String>,
    /// What became of it.
    pub outcome: RowOutcome,
    /// Why it failed.
    pub problem: Option<RowProblem>,
    /// What came of it.
    pub object_id: Option<Uuid>,
}
