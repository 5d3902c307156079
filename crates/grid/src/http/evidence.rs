//! The photos and documents of an incident.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, delete, get, post};
use contracts::FileRef;
use kernel::id::{File, Incident as IncidentId};
use kernel::{Id, Instant};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use web::{Allowed, Answer, Body, NoBody, PathId, PathPair, Problem};

use super::words::EvidenceLabelWord;
use crate::permission::ReadOwnIncidents;
use crate::ports::GridServices;
use crate::service::evidence;

/// A photo or document to be hung on an incident.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentFileCreate {
    /// The file, uploaded before by the same person.
    file_id: Uuid,
    /// What it shows.
    label: EvidenceLabelWord,
}

/// A photo or document of an incident; its bytes are at `/files/{id}/content`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct IncidentFileView {
    /// The file.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// What it is.
    #[schema(example = "image/jpeg")]
    pub media_type: String,
    /// Bytes.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub size: i64,
    /// SHA-256 of the bytes, hex.
    pub sha256: String,
    /// Width of a photo in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 100000)]
    pub width: Option<i32>,
    /// Height of a photo in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 100000)]
    pub height: Option<i32>,
    /// What it shows.
    #[schema(extensions(("x-extensible-enum" = json!(["before", "after", "other"]))))]
    pub label: String,
    /// When it was attached.
    #[schema(value_type = String, format = DateTime)]
    pub attached_at: Instant,
}

impl From<FileRef> for IncidentFileView {
    fn from(file: FileRef) -> Self {
        let (width, height) = file.pixels.unzip();
        Self {
            id: file.id.uuid(),
            name: file.name,
            media_type: file.media_type,
            size: file.size,
            sha256: file.sha256,
            width,
            height,
            label: file.label,
            attached_at: file.attached_at,
        }
    }
}

/// The photos and documents of an incident.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct IncidentFileList {
    /// In the order they came.
    pub items: Vec<IncidentFileView>,
}

/// List the photos and documents of an incident. Seen by whoever sees the incident.
#[utoipa::path(operation_id = "grid_list_incident_files", tag = "incidents", params(("id" = Uuid, Path, description = "The incident")),
    responses((status = 200, body = IncidentFileList, description = "The files")), extensions(("x-permission" = json!(ReadOwnIncidents::NAME))))]
#[get("/incidents/{id}/files")]
pub async fn list(
    who: Allowed<ReadOwnIncidents>,
    id: PathId<IncidentId>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (id.id(), grid.get_ref().clone());
    let files = who.read(move |tx, ctx| evidence::list(tx, ctx, &s, id)).await?;
    let items = files.into_iter().map(IncidentFileView::from).collect();
    Ok(HttpResponse::Ok().json(IncidentFileList { items }))
}

/// Hang a photo or document on an open incident.
///
/// What was found: by its reporter and staff. What was made of it: by who handles or verifies it, and staff.
#[utoipa::path(operation_id = "grid_attach_incident_file", tag = "incidents", params(("id" = Uuid, Path, description = "The incident")),
    request_body = IncidentFileCreate, responses((status = 201, body = IncidentFileView, description = "Attached")),
    extensions(("x-permission" = json!(ReadOwnIncidents::NAME))))]
#[post("/incidents/{id}/files")]
pub async fn attach(
    who: Allowed<ReadOwnIncidents>,
    id: PathId<IncidentId>,
    body: Body<IncidentFileCreate>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (id.id(), grid.get_ref().clone());
    let (file, label): (Id<File>, _) = (Id::from_uuid(body.file_id), body.label.into());
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        Ok(Answer::of(IncidentFileView::from(evidence::attach(tx, ctx, &s, id, file, label)?)))
    })
    .await
}

/// Take a photo or document from an open incident: by whoever may add one like it.
#[utoipa::path(operation_id = "grid_detach_incident_file", tag = "incidents",
    params(("id" = Uuid, Path, description = "The incident"), ("file_id" = Uuid, Path, description = "The file")),
    responses((status = 204, description = "Taken away")), extensions(("x-permission" = json!(ReadOwnIncidents::NAME))))]
#[delete("/incidents/{id}/files/{file_id}")]
pub async fn detach(
    who: Allowed<ReadOwnIncidents>,
    path: PathPair<IncidentId, File>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, file, s) = (path.first(), path.second(), grid.get_ref().clone());
    who.write(StatusCode::NO_CONTENT, &NoBody, move |tx, ctx| {
        evidence::detach(tx, ctx, &s, id, file)?;
        Ok(Answer::of(()))
    })
    .await
}
