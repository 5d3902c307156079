//! `GET /exports/{kind}.csv`: a list, page by page, of what the asker may see.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, get};
use futures_util::{Stream, stream};
use kernel::Fault;
use web::{Allowed, Problem};

use super::Shared;
use crate::permission::UseExports;
use crate::service::export;
use crate::write::{MARK, csv};

/// How far an export has come.
struct Way {
    head: Option<String>,
    after: Option<String>,
    rows: i64,
    over: bool,
}

/// Download a list as CSV: what lies in the asker's scope, in the columns an import takes.
#[utoipa::path(operation_id = "imports_export_list", tag = "exports", params(("kind" = String, Path, description = "Which list: users, units, grants")),
    responses((status = 200, body = String, content_type = "text/csv", description = "UTF-8 with a byte order mark")),
    extensions(("x-permission" = json!(UseExports::NAME))))]
#[get("/exports/{kind}.csv")]
pub async fn download(
    req: HttpRequest,
    who: Allowed<UseExports>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let kind = req.match_info().get("kind").unwrap_or_default().to_owned();
    let source = shared.services.source(&kind)?.clone();
    let (services, ctx, noted) = (shared.services.clone(), who.context().clone(), kind.clone());
    who.db().write(move |tx| export::begin(tx, &ctx, &services, &noted)).await?;
    let names = source.columns().iter().map(|column| column.name).collect();
    let head = Some(format!("{MARK}{}", csv([names])?));
    let (db, ctx, services, name) =
        (who.db().clone(), who.context().clone(), shared.services.clone(), kind.clone());
    let body = stream::try_unfold(Way { head, after: None, rows: 0, over: false }, move |way| {
        let (db, source, services, kind) = (db.clone(), source.clone(), services.clone(), kind.clone());
        // Each page is judged at its own moment.
        let ctx = kernel::Context { now: db.clock().now(), ..ctx.clone() };
        async move {
            if way.over {
                let rows = way.rows;
                db.write(move |tx| export::end(tx, &ctx, &kind, rows)).await?;
                return Ok::<_, Fault>(None);
            }
            let after = way.after.clone();
            let page =
                db.read(move |tx| export::page(tx, &ctx, &services, &source, after.as_deref())).await?;
            let lines = csv(page.rows.iter().map(|row| row.iter().map(String::as_str).collect()))?;
            let text = format!("{}{lines}", way.head.unwrap_or_default());
            let rows = way.rows + i64::try_from(page.rows.len()).unwrap_or(0);
            let over = page.next.is_none();
            Ok(Some((Bytes::from(text), Way { head: None, after: page.next, rows, over })))
        }
    });
    Ok(as_file(&format!("{name}.csv"), body))
}

/// An answer that a browser saves as a file.
pub(super) fn as_file(name: &str, body: impl Stream<Item = Result<Bytes, Fault>> + 'static) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .streaming(body)
}
