//! `/audit/exports`: a part of the trail as a file, asked for and taken away.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, get, post};
use futures_util::stream;
use kernel::error::{FIELD_CHOICE, INVALID};
use kernel::id::AuditExport;
use kernel::{Fault, Id, Instant};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Answer, Body, Params, PathId, Problem};

use super::Services;
use super::views::{AuditExportPage, AuditExportView};
use crate::error::EXPORT_ELSEWHERE;
use crate::model::{Format, Wanted};
use crate::permission::ExportTrail;
use crate::service::export;
use crate::store::exports;
use crate::worker::{file_of, read_at};

/// What is to be exported.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuditExportCreate {
    /// `jsonl`, which can be checked without us, or `csv`.
    #[schema(example = "jsonl")]
    format: String,
    /// Only what this user did.
    #[schema(nullable = false)]
    actor: Option<Uuid>,
    /// Only what was done in this user's name by another.
    #[schema(nullable = false)]
    on_behalf_of: Option<Uuid>,
    /// Only what was done to this thing.
    #[schema(nullable = false)]
    object_id: Option<Uuid>,
    /// Only what was done to things of this kind.
    #[schema(nullable = false)]
    object_kind: Option<String>,
    /// Only what belongs to this unit itself. Needed unless the whole realm is yours to audit.
    #[schema(nullable = false)]
    unit: Option<Uuid>,
    /// What belonged to the unit or to any below it when it happened.
    #[schema(nullable = false)]
    subtree: Option<bool>,
    /// Only this action.
    #[schema(nullable = false)]
    action: Option<String>,
    /// Not before this instant.
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    from_at: Option<Instant>,
    /// Before this instant.
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    to_at: Option<Instant>,
}

/// Which exports.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportsQuery {
    /// Items on a page, 1 to 200; 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List one's own exports of the audit trail, newest first.
#[utoipa::path(operation_id = "audit_list_exports", tag = "audit", params(ExportsQuery),
    responses((status = 200, body = AuditExportPage)), extensions(("x-permission" = json!(ExportTrail::NAME))))]
#[get("/audit/exports")]
pub(crate) async fn list(
    req: HttpRequest,
    who: Allowed<ExportTrail>,
    query: Params<ExportsQuery>,
) -> Result<HttpResponse, Problem> {
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &["audit.exports"])?;
    let after = asked.after.as_ref().map(|c| Id::from_uuid(c.after));
    let found = who
        .read(move |tx, ctx| exports::list(tx, ctx.actor.user, after, asked.size, asked.fingerprint))
        .await?;
    let next = found.next.clone();
    Ok(web::page(&req, AuditExportPage::of(found.map(AuditExportView::from)), next.as_ref()))
}

/// Export a part of the audit trail to a file.
///
/// What is sealed by now and yours to see is written behind the requests. Who exports what is itself on the trail.
#[utoipa::path(operation_id = "audit_create_export", tag = "audit", request_body = AuditExportCreate,
    responses((status = 202, body = AuditExportView)), extensions(("x-permission" = json!(ExportTrail::NAME))))]
#[post("/audit/exports")]
pub(crate) async fn create(
    who: Allowed<ExportTrail>,
    body: Body<AuditExportCreate>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let format = Format::parse(&body.format)
        .ok_or_else(|| Fault::from(INVALID.refusal().at_with("/format", &FIELD_CHOICE, "jsonl, csv")))?;
    let wanted = Wanted {
        actor: body.actor,
        on_behalf_of: body.on_behalf_of,
        object_id: body.object_id,
        object_kind: body.object_kind.clone(),
        unit: body.unit,
        subtree: body.subtree.unwrap_or(false),
        under: None,
        action: body.action.clone(),
        from_micros: body.from_at.map(Instant::micros),
        to_micros: body.to_at.map(Instant::micros),
    };
    let tree = services.tree.clone();
    who.write(StatusCode::ACCEPTED, &body, move |tx, ctx| {
        let made = export::request(tx, ctx, &tree, format, &wanted)?;
        let location = format!("/api/v1/audit/exports/{}", made.id);
        Ok(Answer::of(AuditExportView::from(made)).location(location))
    })
    .await
}

/// Read one's own export of the audit trail: how far it has come.
#[utoipa::path(operation_id = "audit_read_export", tag = "audit", params(("id" = Uuid, Path, description = "The export")),
    responses((status = 200, body = AuditExportView)), extensions(("x-permission" = json!(ExportTrail::NAME))))]
#[get("/audit/exports/{id}")]
pub(crate) async fn read(
    who: Allowed<ExportTrail>,
    id: PathId<AuditExport>,
) -> Result<HttpResponse, Problem> {
    let id = id.id();
    let found = who.read(move |tx, ctx| export::find(tx, ctx, id)).await?;
    Ok(HttpResponse::Ok().json(AuditExportView::from(found)))
}

/// Download the file of one's own export of the audit trail.
#[utoipa::path(operation_id = "audit_read_export_content", tag = "audit", params(("id" = Uuid, Path, description = "The export")),
    responses((status = 200, body = String, content_type = "application/octet-stream", description = "The file: `application/jsonl` or `text/csv`")),
    extensions(("x-permission" = json!(ExportTrail::NAME))))]
#[get("/audit/exports/{id}/content")]
pub(crate) async fn content(
    who: Allowed<ExportTrail>,
    id: PathId<AuditExport>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let (id, ctx) = (id.id(), who.context().clone());
    let found = who.db().write(move |tx| export::fetch(tx, &ctx, id)).await?;
    let folder = services.folder.as_ref().ok_or_else(|| EXPORT_ELSEWHERE.fault())?;
    let path = file_of(folder, id, found.format);
    let first = read_at(path.clone(), 0).await.map_err(|_| EXPORT_ELSEWHERE.fault())?;
    let body = stream::try_unfold((Some(first), 0_u64), move |(first, at)| {
        let path = path.clone();
        async move {
            let bytes = match first {
                Some(bytes) => bytes,
                None => read_at(path, at).await?,
            };
            let next = at + u64::try_from(bytes.len()).unwrap_or(0);
            Ok::<_, Fault>((!bytes.is_empty()).then(|| (Bytes::from(bytes), (None, next))))
        }
    });
    let (media, word) = match found.format {
        Format::Jsonl => ("application/jsonl", "jsonl"),
        Format::Csv => ("text/csv; charset=utf-8", "csv"),
    };
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, media))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"audit-{id}.{word}\"")))
        .streaming(body))
}
