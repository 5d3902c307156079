//! `PUT /imports/{id}/content`: the file.

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpResponse, put};
use kernel::Fault;
use kernel::id::Import as ImportKind;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use utoipa::IntoParams;
use web::{Allowed, Answer, Params, PathId, Problem, Raw};

use super::Shared;
use super::views::ImportView;
use crate::error::{NOT_A_LIST, STATE};
use crate::model::MAX_BYTES;
use crate::permission::UseImports;
use crate::ports::ImportServices;
use crate::read::{self, File, List, Zone};
use crate::service::look;
use crate::service::receive::{self, Received};

/// Rows stored in one transaction.
const STORED_AT_ONCE: usize = 250;

/// Which part of the file.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ContentQuery {
    /// The sheet of an Excel file; the first one unless told.
    pub sheet: Option<String>,
}

/// A file as it is.
#[derive(utoipa::ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "the document alone speaks of it")]
pub struct FileBytes(Vec<u8>);

/// Send the file of an import: raw bytes, CSV or Excel (.xlsx), up to 8 MiB and 50,000 rows.
///
/// What is wrong with the file refuses it, and another may be sent. What is wrong with a row is that row's result. The check then
/// begins by itself.
#[utoipa::path(operation_id = "imports_put_content", tag = "imports", params(("id" = Uuid, Path, description = "The import"), ContentQuery),
    request_body(content = FileBytes, content_type = "application/octet-stream", description = "The file's bytes; `text/csv` and Excel's own type are taken too"),
    responses((status = 200, body = ImportView, description = "It is being checked")), extensions(("x-permission" = json!(UseImports::NAME))))]
#[put("/imports/{id}/content")]
pub async fn put(
    who: Allowed<UseImports>,
    id: PathId<ImportKind>,
    query: Params<ContentQuery>,
    file: Raw<MAX_BYTES>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let id = id.id();
    let import = who.read(move |tx, ctx| look::find(tx, ctx, id)).await?;
    if !import.state.takes_file() || import.purged {
        return Err(Fault::from(STATE.refusal().because(import.state.word())).into());
    }
    refuse_type(&file.media)?;
    let permit = shared.readers.acquire().await.map_err(Fault::internal)?;
    let work = (file.clone(), query.sheet.clone(), shared.services.clone(), import.kind, import.time_zone);
    let read = actix_web::web::block(move || {
        let (file, sheet, services, kind, zone) = work;
        parse(&file.bytes, file.charset.as_deref(), sheet.as_deref(), &services, &kind, &zone)
    });
    let (list, sha256) = read.await.map_err(Fault::internal)??;
    drop(permit);
    let (ctx, services) = (who.context().clone(), shared.services.clone());
    let count = list.rows.len();
    let upload = who.db().write(move |tx| receive::begin(tx, &ctx, &services, id, count)).await?;
    loop {
        let ctx = who.context().clone();
        if !who.db().write(move |tx| receive::clear(tx, &ctx, id, upload)).await? {
            break;
        }
    }
    let received = Received {
        format: list.format,
        sha256,
        header: list.header,
        rows: count,
        failed: list.rows.iter().filter(|row| row.problem.is_some()).count(),
    };
    let mut rows = list.rows.into_iter().peekable();
    while rows.peek().is_some() {
        let part: Vec<_> = rows.by_ref().take(STORED_AT_ONCE).collect();
        let (ctx, services) = (who.context().clone(), shared.services.clone());
        who.db().write(move |tx| receive::add(tx, &ctx, &services, id, upload, &part)).await?;
    }
    let (services, chinese) = (shared.services.clone(), who.chinese());
    who.write(StatusCode::OK, &file, move |tx, ctx| {
        let import = receive::finish(tx, ctx, id, upload, &received)?;
        Ok(Answer::of(ImportView::of(&import, &services, chinese)).version(import.version))
    })
    .await
}

/// Refuses what says of itself that it is something else; whether it is what it says, the bytes tell.
fn refuse_type(media: &str) -> Result<(), Problem> {
    let known = [
        "",
        "text/csv",
        "text/plain",
        "text/tab-separated-values",
        "application/csv",
        "application/vnd.ms-excel",
        "application/octet-stream",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ];
    if known.contains(&media) { Ok(()) } else { Err(NOT_A_LIST.fault().into()) }
}

fn parse(
    bytes: &Bytes,
    charset: Option<&str>,
    sheet: Option<&str>,
    services: &ImportServices,
    kind: &str,
    zone: &str,
) -> kernel::Outcome<(List, String)> {
    let target = services.target(kind)?;
    let list = read::list(File { bytes, charset, sheet }, target, Zone::named(zone))?;
    let digest = Sha256::digest(bytes);
    Ok((list, digest.iter().map(|byte| format!("{byte:02x}")).collect()))
}
