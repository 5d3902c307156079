//! `GET /exports/{kind}.csv` and `.xlsx`: a list, page by page, of what the asker may see.

use std::fs::File;
use std::io::Read;

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web::{Bytes, Data, block};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, get};
use futures_util::{Stream, stream};
use kernel::{Context, Fault, Outcome};
use storage::Db;
use web::{Allowed, Problem};

use super::Shared;
use crate::permission::UseExports;
use crate::ports::{ImportServices, Source};
use crate::service::export;
use crate::write::{MARK, Workbook, csv};

const CSV: &str = "text/csv; charset=utf-8";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Bytes of one piece of a file on its way out.
const PIECE: usize = 64 * 1024;

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
    let pages = Pages::begin(&req, &who, &shared).await?;
    let name = pages.kind.clone();
    let head = Some(format!("{MARK}{}", csv([pages.columns()])?));
    let body = stream::try_unfold((pages, head), |(mut pages, head)| async move {
        let Some(rows) = pages.next().await? else { return Ok::<_, Fault>(None) };
        let lines = csv(rows.iter().map(|row| row.iter().map(String::as_str).collect()))?;
        Ok(Some((Bytes::from(format!("{}{lines}", head.unwrap_or_default())), (pages, None))))
    });
    Ok(as_csv(&format!("{name}.csv"), body))
}

/// An Excel file as it is.
#[derive(utoipa::ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "the document alone speaks of it")]
pub struct WorkbookView(Vec<u8>);

/// Download a list as an Excel file: the same rows and columns, every cell a text.
///
/// A sheet bears 1,048,575 rows under its header; a longer list is refused, and is to be had as CSV.
#[utoipa::path(operation_id = "imports_export_workbook", tag = "exports", params(("kind" = String, Path, description = "Which list: users, units, grants")),
    responses((status = 200, body = WorkbookView, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        description = "One sheet, named after the list")),
    extensions(("x-permission" = json!(UseExports::NAME))))]
#[get("/exports/{kind}.xlsx")]
pub async fn download_workbook(
    req: HttpRequest,
    who: Allowed<UseExports>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let mut pages = Pages::begin(&req, &who, &shared).await?;
    let _turn = shared.readers.acquire().await.map_err(Fault::internal)?;
    let mut workbook = Workbook::new(&pages.kind, &pages.columns())?;
    while let Some(rows) = pages.next().await? {
        workbook.append(&rows)?;
    }
    let (file, size) = block(move || workbook.finish()).await.map_err(Fault::internal)??;
    let name = format!("{}.xlsx", pages.kind);
    Ok(as_file(&name, XLSX).insert_header((CONTENT_LENGTH, size)).no_chunking(size).streaming(pieces(file)))
}

/// A list on its way out: whose, and how far it has come.
struct Pages {
    db: Db,
    ctx: Context,
    services: ImportServices,
    kind: String,
    source: Source,
    after: Option<String>,
    rows: i64,
    over: bool,
}

impl Pages {
    /// Refuses who may not, and notes in the trail who takes what.
    async fn begin(req: &HttpRequest, who: &Allowed<UseExports>, shared: &Shared) -> Outcome<Self> {
        let kind = req.match_info().get("kind").unwrap_or_default().to_owned();
        let source = shared.services.source(&kind)?.clone();
        let (services, ctx, noted) = (shared.services.clone(), who.context().clone(), kind.clone());
        who.db().write(move |tx| export::begin(tx, &ctx, &services, &noted)).await?;
        let (db, ctx, services) = (who.db().clone(), who.context().clone(), shared.services.clone());
        Ok(Self { db, ctx, services, kind, source, after: None, rows: 0, over: false })
    }

    fn columns(&self) -> Vec<&'static str> {
        self.source.columns().iter().map(|column| column.name).collect()
    }

    /// The next rows, judged at their own moment; after the last ones, notes how many went out.
    async fn next(&mut self) -> Outcome<Option<Vec<Vec<String>>>> {
        let ctx = Context { now: self.db.clock().now(), ..self.ctx.clone() };
        if self.over {
            let (kind, rows) = (self.kind.clone(), self.rows);
            self.db.write(move |tx| export::end(tx, &ctx, &kind, rows)).await?;
            return Ok(None);
        }
        let (services, source, after) = (self.services.clone(), self.source.clone(), self.after.take());
        let page =
            self.db.read(move |tx| export::page(tx, &ctx, &services, &source, after.as_deref())).await?;
        self.rows += i64::try_from(page.rows.len()).unwrap_or(0);
        self.over = page.next.is_none();
        self.after = page.next;
        Ok(Some(page.rows))
    }
}

/// CSV that a browser saves as a file.
pub(super) fn as_csv(name: &str, body: impl Stream<Item = Result<Bytes, Fault>> + 'static) -> HttpResponse {
    as_file(name, CSV).streaming(body)
}

/// An answer that a browser saves as a file.
fn as_file(name: &str, kind: &str) -> HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")));
    answer
}

/// A file from its beginning, piece by piece.
fn pieces(file: File) -> impl Stream<Item = Result<Bytes, Fault>> {
    stream::try_unfold(file, |mut file| async move {
        let read = block(move || {
            let mut piece = vec![0; PIECE];
            let read = file.read(&mut piece)?;
            piece.truncate(read);
            std::io::Result::Ok((piece, file))
        });
        let (piece, file) = read.await.map_err(Fault::internal)?.map_err(Fault::internal)?;
        Ok((!piece.is_empty()).then(|| (Bytes::from(piece), file)))
    })
}
