//! `GET /imports/{id}/rows`: what became of each row.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use kernel::id::Import as ImportKind;
use serde::Deserialize;
use utoipa::IntoParams;
use web::{Allowed, Params, PathId, Problem};

use super::Shared;
use super::views::{ImportRowPage, ImportRowView};
use crate::model::RowOutcome;
use crate::permission::UseImports;
use crate::service::look;

/// Which rows.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RowsQuery {
    /// Only those that came to this: `pending`, `passed`, `done` or `failed`.
    pub outcome: Option<String>,
    /// Items on the page: 1 to 200, 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List the rows of one's own import with what became of them, in the order of the file.
#[utoipa::path(operation_id = "imports_list_rows", tag = "imports", params(("id" = Uuid, Path, description = "The import"), RowsQuery),
    responses((status = 200, body = ImportRowPage, description = "A page of rows")), extensions(("x-permission" = json!(UseImports::NAME))))]
#[get("/imports/{id}/rows")]
pub async fn list(
    req: HttpRequest,
    who: Allowed<UseImports>,
    id: PathId<ImportKind>,
    query: Params<RowsQuery>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let outcome = match query.outcome.as_deref() {
        None => None,
        Some(word) => Some(RowOutcome::parse(word).ok_or_else(|| {
            kernel::Fault::from(web::params::bad("outcome", "pending, passed, done or failed"))
        })?),
    };
    let id = id.id();
    let list = ["imports.rows", &id.to_string(), query.outcome.as_deref().unwrap_or_default()];
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &list)?;
    let services = shared.services.clone();
    let (_, found) = who.read(move |tx, ctx| look::page(tx, ctx, &services, id, outcome, &asked)).await?;
    let next = found.next.clone();
    let page = found.map(|row| ImportRowView::of(row, &shared.services, who.chinese()));
    Ok(web::page(&req, ImportRowPage::of(page), next.as_ref()))
}
