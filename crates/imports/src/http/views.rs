//! What is answered.

use kernel::Instant;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::model::{Import, Row, State};
use crate::ports::ImportServices;

/// An import.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportView {
    /// The import.
    pub id: Uuid,
    /// Which list: one of `GET /import-kinds`.
    pub kind: String,
    /// What its file was called.
    pub filename: String,
    /// Whether it stops after the check until it is applied.
    pub dry_run: bool,
    /// Whether it is all or nothing.
    pub atomic: bool,
    /// Where it is on its way.
    #[schema(extensions(("x-extensible-enum" = json!(["awaiting_file", "receiving", "checking", "checked", "applying", "applied", "failed"]))))]
    pub state: String,
    /// What kind of file came.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "csv UTF-8")]
    pub format: Option<String>,
    /// The file's digest (SHA-256, hex).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub sha256: Option<String>,
    /// Rows in the file.
    #[schema(minimum = 0, maximum = 1000000)]
    pub rows_total: i32,
    /// Rows that passed the check and were not applied.
    #[schema(minimum = 0, maximum = 1000000)]
    pub rows_passed: i32,
    /// Rows applied.
    #[schema(minimum = 0, maximum = 1000000)]
    pub rows_done: i32,
    /// Rows that failed.
    #[schema(minimum = 0, maximum = 1000000)]
    pub rows_failed: i32,
    /// Why it failed: a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub problem_code: Option<String>,
    /// The same in the reader's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub problem_message: Option<String>,
    /// What exactly.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub problem_detail: Option<String>,
    /// Whether its rows were removed: they hold names and are kept for 30 days.
    pub purged: bool,
    /// What its owner may do now: `upload`, `apply`, `withdraw`.
    pub can: Vec<String>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = String, format = DateTime)]
    pub finished_at: Option<Instant>,
    /// When its rows are removed.
    #[schema(value_type = String, format = DateTime)]
    pub purged_at: Instant,
    /// Grows with every change of state.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
}

web::page_schema!(ImportPage, ImportView);

impl ImportView {
    /// As its owner sees it.
    pub fn of(import: &Import, services: &ImportServices, chinese: bool) -> Self {
        let mut can = Vec::new();
        if import.state.takes_file() && !import.purged {
            can.push("upload".to_owned());
        }
        let fit = import.rows_passed > 0 && !(import.atomic && import.rows_failed > 0);
        if import.state == State::Checked && fit && !import.purged {
            can.push("apply".to_owned());
        }
        if !import.state.is_over() && import.state != State::Applying {
            can.push("withdraw".to_owned());
        }
        Self {
            id: import.id.uuid(),
            kind: import.kind.clone(),
            filename: import.filename.clone(),
            dry_run: import.dry_run,
            atomic: import.atomic,
            state: import.state.word().to_owned(),
            format: import.format.clone(),
            sha256: import.sha256.clone(),
            rows_total: import.rows_total,
            rows_passed: import.rows_passed,
            rows_done: import.rows_done,
            rows_failed: import.rows_failed,
            problem_message: import.problem_code.as_deref().map(|code| services.sentence(code, chinese)),
            problem_code: import.problem_code.clone(),
            problem_detail: import.problem_detail.clone(),
            purged: import.purged,
            can,
            created_at: import.created_at,
            finished_at: import.finished_at,
            purged_at: import.kept_until,
            version: import.version,
        }
    }
}

/// What is wrong with a column of a row.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportColumnErrorView {
    /// The column, or the cell's name.
    pub column: String,
    /// The code.
    pub code: String,
    /// The same in the reader's language.
    pub message: String,
    /// What exactly.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub detail: Option<String>,
}

/// A row of a file and what became of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportRowView {
    /// Its line in the file.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub line: i64,
    /// What became of it.
    #[schema(extensions(("x-extensible-enum" = json!(["pending", "passed", "done", "failed"]))))]
    pub outcome: String,
    /// Why it failed: a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub code: Option<String>,
    /// The same in the reader's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub message: Option<String>,
    /// What exactly.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub detail: Option<String>,
    /// Each bad column.
    pub errors: Vec<ImportColumnErrorView>,
    /// What came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub object_id: Option<Uuid>,
    /// Its cells as they stand in the file.
    pub cells: Vec<String>,
}

web::page_schema!(ImportRowPage, ImportRowView);

impl ImportRowView {
    /// As its owner sees it.
    pub fn of(row: Row, services: &ImportServices, chinese: bool) -> Self {
        let problem = row.problem;
        let errors = problem.as_ref().map(|problem| problem.errors.clone()).unwrap_or_default();
        Self {
            line: row.line,
            outcome: row.outcome.word().to_owned(),
            message: problem.as_ref().map(|problem| services.sentence(&problem.code, chinese)),
            code: problem.as_ref().map(|problem| problem.code.clone()),
            detail: problem.and_then(|problem| problem.detail),
            errors: errors
                .into_iter()
                .map(|error| ImportColumnErrorView {
                    message: services.sentence(&error.code, chinese),
                    column: error.column,
                    code: error.code,
                    detail: error.detail,
                })
                .collect(),
            object_id: row.object_id,
            cells: row.cells,
        }
    }
}
