//! Versions: show, their items, put in force, take back, compare.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post, put};
use kernel::Id;
use kernel::id::DutyListVersion;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;
use web::{Allowed, Answer, Body, Params, PathId, Problem};

use super::lists::DutyVersionsParams;
use super::sent::{DutyItemsPut, DutyVersionEnforce, DutyVersionRecall};
use super::views::{DutyComparisonView, DutyItemPage, DutyItemView, DutyVersionView};
use crate::model::Version;
use crate::permission::{EnforceLists, ManageLists, ReadLists};
use crate::ports::DutyServices;
use crate::service::{draft, enforce as deeds, look};

/// With which version.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct DutyCompareParams {
    /// The other version, of the same list.
    other: Uuid,
}

/// Show a version of a duty list.
#[utoipa::path(operation_id = "duties_get_version", tag = "duties", params(("id" = Uuid, Path, description = "The version.")),
    responses((status = 200, body = DutyVersionView)), extensions(("x-permission" = json!(ReadLists::NAME))))]
#[get("/duty-list-versions/{id}")]
pub(super) async fn show(
    who: Allowed<ReadLists>,
    path: PathId<DutyListVersion>,
    services: Data<DutyServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (path.id(), services.get_ref().clone());
    let shown = who
        .read(move |tx, ctx| {
            let found = look::version(tx, ctx, id)?;
            DutyVersionView::of(tx, ctx, &s, found)
        })
        .await?;
    let version = shown.version;
    Ok(web::view(shown, version))
}

/// List what is on a version of a duty list.
#[utoipa::path(operation_id = "duties_list_items", tag = "duties",
    params(("id" = Uuid, Path, description = "The version."), DutyVersionsParams),
    responses((status = 200, body = DutyItemPage)), extensions(("x-permission" = json!(ReadLists::NAME))))]
#[get("/duty-list-versions/{id}/items")]
pub(super) async fn items(
    req: HttpRequest,
    who: Allowed<ReadLists>,
    path: PathId<DutyListVersion>,
    query: Params<DutyVersionsParams>,
    services: Data<DutyServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (path.id(), services.get_ref().clone());
    let asked = web::page_request(query.limit(), query.cursor(), &["duties.items", &id.to_string()])?;
    let page = who
        .read(move |tx, _| {
            let after = asked.after.as_ref().map(|cursor| Id::from_uuid(cursor.after));
            let found = look::items_of(tx, id, after, asked.size, asked.fingerprint)?;
            let ids: Vec<_> = found.items.iter().map(|i| i.category).collect();
            let names = look::names(tx, &s, &ids)?;
            Ok(found.map(|item| DutyItemView::of(item, &names)))
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, DutyItemPage::of(page), next.as_ref()))
}

/// Put items on a draft, in place of those that were on it. Whoever does cannot put it in force.
#[utoipa::path(operation_id = "duties_put_items", tag = "duties", params(("id" = Uuid, Path, description = "The version.")),
    request_body = DutyItemsPut, responses((status = 200, body = DutyVersionView)),
    extensions(("x-permission" = json!(ManageLists::NAME))))]
#[put("/duty-list-versions/{id}/items")]
pub(super) async fn put_items(
    who: Allowed<ManageLists>,
    path: PathId<DutyListVersion>,
    body: Body<DutyItemsPut>,
    services: Data<DutyServices>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (path.id(), who.expected_version(body.version)?);
    let (new, s) = (body.items(), services.get_ref().clone());
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let done = draft::put(tx, ctx, &s, id, expected, &new)?;
        answer(tx, ctx, &s, done)
    })
    .await
}

/// Put a draft in force from a moment on, now or later: somebody else than who wrote at it. It is never changed again.
#[utoipa::path(operation_id = "duties_enforce_version", tag = "duties", params(("id" = Uuid, Path, description = "The version.")),
    request_body = DutyVersionEnforce, responses((status = 200, body = DutyVersionView)),
    extensions(("x-permission" = json!(EnforceLists::NAME))))]
#[post("/duty-list-versions/{id}/enforce")]
pub(super) async fn enforce(
    who: Allowed<EnforceLists>,
    path: PathId<DutyListVersion>,
    body: Body<DutyVersionEnforce>,
    services: Data<DutyServices>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (path.id(), who.expected_version(body.version)?);
    let (from, s) = (body.from_at, services.get_ref().clone());
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let done = deeds::enforce(tx, ctx, &s, id, expected, from)?;
        answer(tx, ctx, &s, done)
    })
    .await
}

/// Take a version back before its time has come: it is a draft again.
#[utoipa::path(operation_id = "duties_recall_version", tag = "duties", params(("id" = Uuid, Path, description = "The version.")),
    request_body = DutyVersionRecall, responses((status = 200, body = DutyVersionView)),
    extensions(("x-permission" = json!(EnforceLists::NAME))))]
#[post("/duty-list-versions/{id}/recall")]
pub(super) async fn recall(
    who: Allowed<EnforceLists>,
    path: PathId<DutyListVersion>,
    body: Body<DutyVersionRecall>,
    services: Data<DutyServices>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (path.id(), who.expected_version(body.version)?);
    let s = services.get_ref().clone();
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let done = deeds::recall(tx, ctx, &s, id, expected)?;
        answer(tx, ctx, &s, done)
    })
    .await
}

fn answer(
    tx: &mut storage::Tx<'_>,
    ctx: &kernel::Context,
    s: &DutyServices,
    done: Version,
) -> kernel::Outcome<Answer<DutyVersionView>> {
    let version = done.version;
    let shown = look::shown(tx, ctx, done)?;
    Ok(Answer::of(DutyVersionView::of(tx, ctx, s, shown)?).version(version))
}

/// Compare a version with another of the same list: what the other adds, and what it no longer has.
#[utoipa::path(operation_id = "duties_compare_versions", tag = "duties",
    params(("id" = Uuid, Path, description = "The version."), DutyCompareParams),
    responses((status = 200, body = DutyComparisonView)), extensions(("x-permission" = json!(ReadLists::NAME))))]
#[get("/duty-list-versions/{id}/compare")]
pub(super) async fn compare(
    who: Allowed<ReadLists>,
    path: PathId<DutyListVersion>,
    query: Params<DutyCompareParams>,
    services: Data<DutyServices>,
) -> Result<HttpResponse, Problem> {
    let (id, other, s) = (path.id(), Id::from_uuid(query.other), services.get_ref().clone());
    let view = who
        .read(move |tx, _| {
            let found = look::compared(tx, id, other)?;
            let ids: Vec<_> = found.added.iter().chain(&found.removed).copied().collect();
            let names = look::names(tx, &s, &ids)?;
            Ok(DutyComparisonView::of(&found, &names))
        })
        .await?;
    Ok(HttpResponse::Ok().json(view))
}
