//! `/files/{id}`: looked at, deleted.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, delete, get};
use kernel::id::File as FileKind;
use web::{Allowed, Answer, NoBody, PathId, Problem};

use super::views::FileView;
use crate::permission::{ReadFiles, UploadFiles};
use crate::ports::FileServices;
use crate::service::{look, remove as removing};

/// Read what is known of a file: one's own that hangs on nothing, or one of a thing that one may see.
#[utoipa::path(operation_id = "files_read_file", tag = "files", params(("id" = Uuid, Path, description = "The file")),
    responses((status = 200, body = FileView, description = "The file")), extensions(("x-permission" = json!(ReadFiles::NAME))))]
#[get("/files/{id}")]
pub async fn read(
    who: Allowed<ReadFiles>,
    id: PathId<FileKind>,
    services: Data<FileServices>,
) -> Result<HttpResponse, Problem> {
    let (id, services) = (id.id(), services.into_inner());
    let (file, owner) =
        who.read(move |tx, ctx| look::named(tx, ctx, &services.guards, &services.users, id)).await?;
    Ok(web::view(FileView::of(&file, owner, who.actor().user), file.version))
}

/// Delete a file of one's own that hangs on nothing.
#[utoipa::path(operation_id = "files_delete_file", tag = "files", params(("id" = Uuid, Path, description = "The file")),
    responses((status = 204, description = "Deleted")), extensions(("x-permission" = json!(UploadFiles::NAME))))]
#[delete("/files/{id}")]
pub async fn remove(
    who: Allowed<UploadFiles>,
    id: PathId<FileKind>,
    services: Data<FileServices>,
) -> Result<HttpResponse, Problem> {
    let version = who.expected_version(None)?;
    let (id, services) = (id.id(), services.into_inner());
    who.write(StatusCode::NO_CONTENT, &NoBody, move |tx, ctx| {
        removing::remove(tx, ctx, &services.guards, id, version)?;
        Ok(Answer::of(()))
    })
    .await
}
