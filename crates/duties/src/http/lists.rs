//! Lists: list, make, show; their versions, what held on a day, a new draft.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono::NaiveDate;
use kernel::id::DutyList;
use kernel::{Id, Page};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;
use web::{Allowed, Answer, Body, Params, PathId, Problem};

use super::sent::{DutyListCreate, DutyVersionCreate};
use super::views::{DutyHeldView, DutyListPage, DutyListView, DutyVersionPage, DutyVersionView};
use crate::permission::{ManageLists, ReadLists};
use crate::ports::DutyServices;
use crate::service::draft::{self as drafts, NewVersion};
use crate::service::lists::{self as deeds, NewList};
use crate::service::look;

/// Which lists.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct DutyListParams {
    /// Those that bear on this unit: its own and those of the units above.
    unit: Option<Uuid>,
    /// Those for units of this kind.
    #[param(max_length = 40)]
    level: Option<String>,
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Which page.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct DutyVersionsParams {
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

impl DutyVersionsParams {
    /// How many.
    pub(super) fn limit(&self) -> Option<i64> {
        self.limit
    }

    /// From where.
    pub(super) fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }
}

/// Which day.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct DutyDayParams {
    /// The day, where the realm is.
    day: NaiveDate,
}

/// List the duty lists of the realm, or those that bear on a unit.
#[utoipa::path(operation_id = "duties_list_lists", tag = "duties", params(DutyListParams),
    responses((status = 200, body = DutyListPage)), extensions(("x-permission" = json!(ReadLists::NAME))))]
#[get("/duty-lists")]
pub(super) async fn list(
    req: HttpRequest,
    who: Allowed<ReadLists>,
    query: Params<DutyListParams>,
    services: Data<DutyServices>,
) -> Result<HttpResponse, Problem> {
    let unit = query.unit.map(|unit| unit.to_string()).unwrap_or_default();
    let filters = ["duties.lists", &unit, query.level.as_deref().unwrap_or_default()];
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let (below, level, s) = (query.unit.map(Id::from_uuid), query.level.clone(), services.get_ref().clone());
    let page = who
        .read(move |tx, ctx| {
            let (after, print) = (asked.after.as_ref(), asked.fingerprint);
            let found = deeds::list(tx, &s, below, level.as_deref(), after, asked.size, print)?;
            Ok(Page { items: DutyListView::all(tx, ctx, &s, found.items)?, next: found.next })
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, DutyListPage::of(page), next.as_ref()))
}

/// Give a unit a duty list for the units of one kind, there and below. It says nothing until a version is in force.
#[utoipa::path(operation_id = "duties_create_list", tag = "duties", request_body = DutyListCreate,
    responses((status = 201, body = DutyListView)), extensions(("x-permission" = json!(ManageLists::NAME))))]
#[post("/duty-lists")]
pub(super) async fn create(
    who: Allowed<ManageLists>,
    body: Body<DutyListCreate>,
    services: Data<DutyServices>,
) -> Result<HttpResponse, Problem> {
    let (new, s) = (NewList::from((*body).clone()), services.get_ref().clone());
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let made = deeds::create(tx, ctx, &s, &new)?;
        let (version, place) = (made.version, format!("/api/v1/duty-lists/{}", made.id));
        Ok(Answer::of(DutyListView::one(tx, ctx, &s, made)?).version(version).location(place))
    })
    .await
}

/// Show a duty list, and which version of it holds now.
#[utoipa::path(operation_id = "duties_get_list", tag = "duties", params(("id" = Uuid, Path, description = "The list.")),
    responses((status = 200, body = DutyListView)), extensions(("x-permission" = json!(ReadLists::NAME))))]
#[get("/duty-lists/{id}")]
pub(super) async fn show(
    who: Allowed<ReadLists>,
    path: PathId<DutyList>,
    services: Data<DutyServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (path.id(), services.get_ref().clone());
    let shown = who
        .read(move |tx, ctx| {
            let found = look::list(tx, id)?;
            DutyListView::one(tx, ctx, &s, found)
        })
        .await?;
    let version = shown.version;
    Ok(web::view(shown, version))
}

/// List the versions of a duty list, drafts too, the newest first.
#[utoipa::path(operation_id = "duties_list_versions", tag = "duties",
    params(("id" = Uuid, Path, description = "The list."), DutyVersionsParams),
    responses((status = 200, body = DutyVersionPage)), extensions(("x-permission" = json!(ReadLists::NAME))))]
#[get("/duty-lists/{id}/versions")]
pub(super) async fn versions(
    req: HttpRequest,
    who: Allowed<ReadLists>,
    path: PathId<DutyList>,
    query: Params<DutyVersionsParams>,
    services: Data<DutyServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (path.id(), services.get_ref().clone());
    let asked =
        web::page_request(query.limit, query.cursor.as_deref(), &["duties.versions", &id.to_string()])?;
    let before = match asked.after.as_ref().map(|cursor| cursor.key.as_deref().unwrap_or_default().parse()) {
        None => None,
        Some(number) => Some(number.map_err(|_| kernel::error::BAD_CURSOR.fault())?),
    };
    let page = who
        .read(move |tx, ctx| {
            let found = look::history(tx, ctx, id, before, asked.size, asked.fingerprint)?;
            Ok(Page { items: DutyVersionView::all(tx, ctx, &s, id, found.items)?, next: found.next })
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, DutyVersionPage::of(page), next.as_ref()))
}

/// Show what a duty list said on a day: two versions on the day of a change, none where it said nothing.
#[utoipa::path(operation_id = "duties_get_list_as_of", tag = "duties",
    params(("id" = Uuid, Path, description = "The list."), DutyDayParams),
    responses((status = 200, body = DutyHeldView)), extensions(("x-permission" = json!(ReadLists::NAME))))]
#[get("/duty-lists/{id}/as-of")]
pub(super) async fn held(
    who: Allowed<ReadLists>,
    path: PathId<DutyList>,
    query: Params<DutyDayParams>,
    services: Data<DutyServices>,
) -> Result<HttpResponse, Problem> {
    let (id, on, s) = (path.id(), query.day, services.get_ref().clone());
    let (from, until) = who.realm().day(on).ok_or_else(|| kernel::error::NOT_FOUND.fault())?;
    let items = who
        .read(move |tx, ctx| {
            let found = look::held_between(tx, ctx, id, from, until)?;
            DutyVersionView::all(tx, ctx, &s, id, found)
        })
        .await?;
    Ok(HttpResponse::Ok().json(DutyHeldView { on, items }))
}

/// Begin a draft of what a duty list is to say.
#[utoipa::path(operation_id = "duties_draft_version", tag = "duties", params(("id" = Uuid, Path, description = "The list.")),
    request_body = DutyVersionCreate, responses((status = 201, body = DutyVersionView)),
    extensions(("x-permission" = json!(ManageLists::NAME))))]
#[post("/duty-lists/{id}/versions")]
pub(super) async fn draft(
    who: Allowed<ManageLists>,
    path: PathId<DutyList>,
    body: Body<DutyVersionCreate>,
    services: Data<DutyServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (path.id(), services.get_ref().clone());
    let new = NewVersion::from((*body).clone());
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let made = drafts::begin(tx, ctx, &s, id, &new)?;
        let (version, place) = (made.version, format!("/api/v1/duty-list-versions/{}", made.id));
        let shown = look::shown(tx, ctx, made)?;
        Ok(Answer::of(DutyVersionView::of(tx, ctx, &s, shown)?).version(version).location(place))
    })
    .await
}
