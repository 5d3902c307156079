//! What is answered.

use kernel::{Id, Instant};
use serde::Serialize;
use storage::audit::Record;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::model::{Export, ExportState};
use crate::service::look::{Names, changes};

/// What a record says of one field.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AuditChangeView {
    /// The field; with dots where it lies in another.
    #[schema(example = "unit")]
    field: String,
    /// What it was; absent where there was nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    before: Option<String>,
    /// What it is; absent where there is nothing. Personal data is `(encrypted)` or masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    after: Option<String>,
}

/// One record of the trail.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AuditRecordView {
    /// The record.
    id: Uuid,
    /// When it was written.
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
    /// Who did it; absent for a stranger.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    actor_id: Option<Uuid>,
    /// Their name today.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    actor_name: Option<String>,
    /// For whom they did it; absent where it was for themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    on_behalf_of_id: Option<Uuid>,
    /// That one's name today.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    on_behalf_of_name: Option<String>,
    /// What was done.
    #[schema(example = "grid.incident.reported")]
    action: String,
    /// To what kind of thing.
    #[schema(example = "incident")]
    object_kind: String,
    /// To which.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    object_id: Option<Uuid>,
    /// Its name today, where it is a person or a unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    object_name: Option<String>,
    /// In which unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    unit_id: Option<Uuid>,
    /// Its name today.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    unit_name: Option<String>,
    /// Under which request: the `X-Request-Id` of its answer.
    request_id: String,
    /// What was before and is after, field by field, for people.
    changes: Vec<AuditChangeView>,
    /// The canonical JSON that the chain is made over, byte for byte, with `before` and `after`.
    canonical: String,
    /// The version of the canonical JSON and of its hash.
    #[schema(minimum = 1, maximum = 100)]
    schema_version: i32,
    /// Its place in the chain, from 1; absent until it is sealed, a moment after it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    seq: Option<i64>,
    /// The hash of its predecessor (SHA-256, hex).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    prev_hash: Option<String>,
    /// Its hash in the chain (SHA-256, hex).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    hash: Option<String>,
}

web::page_schema!(AuditRecordPage, AuditRecordView);

impl AuditRecordView {
    pub(crate) fn of(r: Record, names: &Names) -> Self {
        Self {
            id: r.id.uuid(),
            at: r.at,
            actor_id: r.actor_id.map(Id::uuid),
            actor_name: names.person(r.actor_id),
            on_behalf_of_id: r.on_behalf_of.map(Id::uuid),
            on_behalf_of_name: names.person(r.on_behalf_of),
            object_name: names.object(&r),
            object_id: r.object_id.map(Id::uuid),
            unit_id: r.unit_id.map(Id::uuid),
            unit_name: names.unit(r.unit_id),
            changes: changes(&r)
                .into_iter()
                .map(|change| AuditChangeView {
                    field: change.field,
                    before: change.before,
                    after: change.after,
                })
                .collect(),
            action: r.action,
            object_kind: r.object_kind,
            request_id: r.request_id,
            canonical: r.body,
            schema_version: r.schema,
            seq: r.seq,
            prev_hash: r.prev_hash,
            hash: r.hash,
        }
    }
}

/// A part of the trail that is written to a file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AuditExportView {
    /// The export.
    id: Uuid,
    /// What it is written as.
    #[schema(extensions(("x-extensible-enum" = json!(["jsonl", "csv"]))))]
    format: String,
    /// Where it is.
    #[schema(extensions(("x-extensible-enum" = json!(["waiting", "done", "failed", "purged"]))))]
    state: String,
    /// What was asked for, as JSON.
    filter: String,
    /// The chain's head when it was asked for: nothing behind it is in the file.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    upto_seq: i64,
    /// How far along the chain it has come.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    at_seq: i64,
    /// Records in the file.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    rows: i64,
    /// Bytes in the file.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    bytes: i64,
    /// The file's digest (SHA-256, hex), once it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    sha256: Option<String>,
    /// What may be done now: `download`.
    can: Vec<String>,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    created_at: Instant,
    /// When it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = String, format = DateTime)]
    finished_at: Option<Instant>,
    /// When its file is removed.
    #[schema(value_type = String, format = DateTime)]
    purged_at: Instant,
}

web::page_schema!(AuditExportPage, AuditExportView);

impl From<Export> for AuditExportView {
    fn from(e: Export) -> Self {
        let can = if e.state == ExportState::Done { vec!["download".to_owned()] } else { Vec::new() };
        Self {
            id: e.id.uuid(),
            format: e.format.word().to_owned(),
            state: e.state.word().to_owned(),
            filter: serde_json::to_string(&e.wanted).unwrap_or_default(),
            upto_seq: e.upto_seq,
            at_seq: e.at_seq,
            rows: e.rows_written,
            bytes: e.bytes_written,
            sha256: e.sha256,
            can,
            created_at: e.created_at,
            finished_at: e.finished_at,
            purged_at: e.kept_until,
        }
    }
}
