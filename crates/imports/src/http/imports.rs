//! `/imports`: made, listed, looked at, applied.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use kernel::Id;
use kernel::id::Import as ImportKind;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use web::{Allowed, Answer, Body, Params, PathId, Problem};

use super::Shared;
use super::views::{ImportPage, ImportView};
use crate::permission::UseImports;
use crate::service::make::{self, NewImport};
use crate::service::{apply as applying, look, withdraw as withdrawing};
use crate::store::imports;

/// Which imports.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportsQuery {
    /// Only those of this list.
    pub kind: Option<String>,
    /// Items on the page: 1 to 200, 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List one's own imports, newest first.
#[utoipa::path(operation_id = "imports_list_imports", tag = "imports", params(ImportsQuery),
    responses((status = 200, body = ImportPage, description = "A page of imports")), extensions(("x-permission" = json!(UseImports::NAME))))]
#[get("/imports")]
pub async fn list(
    req: HttpRequest,
    who: Allowed<UseImports>,
    query: Params<ImportsQuery>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let kind = query.kind.clone();
    let list = ["imports.imports", kind.as_deref().unwrap_or_default()];
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &list)?;
    let after = asked.after.as_ref().map(|cursor| Id::from_uuid(cursor.after));
    let found = who
        .read(move |tx, ctx| {
            imports::list(tx, ctx.actor.user, kind.as_deref(), after, asked.size, asked.fingerprint)
        })
        .await?;
    let next = found.next.clone();
    let page = found.map(|import| ImportView::of(&import, &shared.services, who.chinese()));
    Ok(web::page(&req, ImportPage::of(page), next.as_ref()))
}

/// A new import.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportCreate {
    /// Which list: one of `GET /import-kinds`.
    #[schema(example = "users")]
    pub kind: String,
    /// Whether it stops after the check until it is applied; it does unless told. Without, it goes on by itself: all of it if
    /// no row failed, or, where it is not all or nothing, the rows that passed.
    #[schema(nullable = false)]
    pub dry_run: Option<bool>,
    /// Whether it is all or nothing; it is unless told. Only for files of up to 500 rows.
    #[schema(nullable = false)]
    pub atomic: Option<bool>,
    /// What the file is called.
    #[schema(min_length = 1, max_length = 200, example = "网格员.xlsx")]
    pub filename: String,
}

/// Make an import, which then waits for its file.
///
/// Not by an API key that carries less than its account, and invitations by none: a list is applied later, when only the account is known.
#[utoipa::path(operation_id = "imports_create_import", tag = "imports", request_body = ImportCreate,
    responses((status = 201, body = ImportView, description = "It waits for its file")), extensions(("x-permission" = json!(UseImports::NAME))))]
#[post("/imports")]
pub async fn create(
    who: Allowed<UseImports>,
    body: Body<ImportCreate>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let new = NewImport {
        kind: body.kind.clone(),
        dry_run: body.dry_run.unwrap_or(true),
        atomic: body.atomic.unwrap_or(true),
        filename: body.filename.clone(),
        time_zone: who.realm().time_zone.name().to_owned(),
    };
    let (services, chinese) = (shared.services.clone(), who.chinese());
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let made = make::make(tx, ctx, &services, &new)?;
        let location = format!("/api/v1/imports/{}", made.id);
        Ok(Answer::of(ImportView::of(&made, &services, chinese)).version(made.version).location(location))
    })
    .await
}

/// Read one's own import: where it is, and how many rows came to what.
#[utoipa::path(operation_id = "imports_read_import", tag = "imports", params(("id" = Uuid, Path, description = "The import")),
    responses((status = 200, body = ImportView, description = "The import")), extensions(("x-permission" = json!(UseImports::NAME))))]
#[get("/imports/{id}")]
pub async fn read(
    who: Allowed<UseImports>,
    id: PathId<ImportKind>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let id = id.id();
    let found = who.read(move |tx, ctx| look::find(tx, ctx, id)).await?;
    Ok(web::view(ImportView::of(&found, &shared.services, who.chinese()), found.version))
}

/// What is to be withdrawn.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportWithdrawCreate {
    /// The version it was read at, unless `If-Match` says it.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    pub version: Option<i64>,
}

/// Withdraw one's own import.
///
/// Nothing of it is applied and its rows are removed. What is being applied is not stopped in the middle.
#[utoipa::path(operation_id = "imports_withdraw_import", tag = "imports", params(("id" = Uuid, Path, description = "The import")),
    request_body = ImportWithdrawCreate, responses((status = 200, body = ImportView, description = "It has ended")),
    extensions(("x-permission" = json!(UseImports::NAME))))]
#[post("/imports/{id}/withdraw")]
pub async fn withdraw(
    who: Allowed<UseImports>,
    id: PathId<ImportKind>,
    body: Body<ImportWithdrawCreate>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let version = who.expected_version(body.version)?;
    let (id, services, chinese) = (id.id(), shared.services.clone(), who.chinese());
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let import = withdrawing::withdraw(tx, ctx, id, version)?;
        Ok(Answer::of(ImportView::of(&import, &services, chinese)).version(import.version))
    })
    .await
}

/// What is to be applied.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportApplyCreate {
    /// The version it was read at, unless `If-Match` says it.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    pub version: Option<i64>,
}

/// Apply a checked import.
///
/// Every row is judged again, by the rights of that moment. What follows is seen by reading the import.
#[utoipa::path(operation_id = "imports_apply_import", tag = "imports", params(("id" = Uuid, Path, description = "The import")),
    request_body = ImportApplyCreate, responses((status = 202, body = ImportView, description = "It is being applied")),
    extensions(("x-permission" = json!(UseImports::NAME))))]
#[post("/imports/{id}/apply")]
pub async fn apply(
    who: Allowed<UseImports>,
    id: PathId<ImportKind>,
    body: Body<ImportApplyCreate>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let version = who.expected_version(body.version)?;
    let (id, services, chinese) = (id.id(), shared.services.clone(), who.chinese());
    who.write(StatusCode::ACCEPTED, &body, move |tx, ctx| {
        let import = applying::apply(tx, ctx, &services, id, version)?;
        Ok(Answer::of(ImportView::of(&import, &services, chinese)).version(import.version))
    })
    .await
}
