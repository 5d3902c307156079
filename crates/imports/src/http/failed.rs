//! `GET /imports/{id}/failed.csv`: the rows that failed, to be mended and sent again.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpResponse, get};
use futures_util::stream;
use kernel::Fault;
use kernel::id::Import as ImportKind;
use web::{Allowed, PathId, Problem};

use super::Shared;
use super::exports::as_csv;
use super::views::ImportRowView;
use crate::permission::UseImports;
use crate::read::{LINE, REASON};
use crate::service::look;
use crate::write::{MARK, csv};

/// Rows of one read.
const PAGE: i64 = 200;

/// Download the failed rows of one's own import as CSV, each with its line and the reason.
#[utoipa::path(operation_id = "imports_read_failed_rows", tag = "imports", params(("id" = Uuid, Path, description = "The import")),
    responses((status = 200, body = String, content_type = "text/csv", description = "UTF-8 with a byte order mark")),
    extensions(("x-permission" = json!(UseImports::NAME))))]
#[get("/imports/{id}/failed.csv")]
pub async fn download(
    who: Allowed<UseImports>,
    id: PathId<ImportKind>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let id = id.id();
    let import = who.read(move |tx, ctx| look::find(tx, ctx, id)).await?;
    let mut names: Vec<&str> = vec![LINE, REASON];
    names.extend(import.header.iter().map(String::as_str));
    let head = format!("{MARK}{}", csv([names])?);
    let (db, ctx, chinese, services) =
        (who.db().clone(), who.context().clone(), who.chinese(), shared.services.clone());
    let body = stream::try_unfold((Some(0_i64), Some(head)), move |(after, head)| {
        let (db, ctx, services) = (db.clone(), ctx.clone(), services.clone());
        async move {
            let Some(after) = after else { return Ok::<_, Fault>(None) };
            let at_hand = services.clone();
            let rows = db.read(move |tx| look::failed(tx, &ctx, &at_hand, id, after, PAGE)).await?;
            let full = i64::try_from(rows.len()).unwrap_or(0) >= PAGE;
            let next = rows.last().map(|row| row.line).filter(|_| full);
            let told: Vec<(String, String, Vec<String>)> = rows
                .into_iter()
                .map(|row| {
                    let view = ImportRowView::of(row, &services, chinese);
                    (view.line.to_string(), reason(&view), view.cells)
                })
                .collect();
            let lines = csv(told.iter().map(|(line, reason, cells)| {
                let cells = cells.iter().map(|cell| crate::write::bare(cell));
                [line.as_str(), reason.as_str()].into_iter().chain(cells).collect()
            }))?;
            let text = format!("{}{lines}", head.unwrap_or_default());
            Ok(Some((Bytes::from(text), (next, None))))
        }
    });
    Ok(as_csv("failed.csv", body))
}

/// Why a row failed, in a sentence.
fn reason(view: &ImportRowView) -> String {
    let mut parts: Vec<String> = view.message.iter().cloned().collect();
    parts.extend(view.detail.clone());
    parts.extend(view.errors.iter().map(|error| {
        let detail = error.detail.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default();
        format!("{}: {}{detail}", error.column, error.message)
    }));
    parts.join(" ")
}
