//! Households: list, show, record, change, close, and their history.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, patch, post};
use chrono::NaiveDate;
use kernel::{Id, id};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Answer, Body, Params, PathId, Problem};

use super::day::{homes, text};
use super::home_shown::{view, views};
use super::home_views::{HouseholdChangePage, HouseholdPage, HouseholdView};
use super::words::{HomeStateWord, HouseholdRegisterWord};
use crate::model::RegisterKind;
use crate::permission::{ManageHouseholds, ReadHouseholds};
use crate::ports::Ports;
use crate::service::household::{self as deeds, Change, Filter, NewHousehold};

/// Which households.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct HouseholdListParams {
    /// Only in this unit and below.
    unit: Option<Uuid>,
    /// Only those that live in this dwelling.
    dwelling: Option<Uuid>,
    /// Only those that stand so in the register.
    #[param(inline)]
    register_kind: Option<HouseholdRegisterWord>,
    /// Open, closed, or both; open ones unless told.
    #[param(inline)]
    state: Option<HomeStateWord>,
    /// On this day; today unless told.
    #[serde(rename = "day")]
    on: Option<NaiveDate>,
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
pub(super) struct HouseholdHistoryParams {
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A household to be recorded.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HouseholdCreate {
    /// The unit it belongs to.
    unit_id: Uuid,
    /// Where it lives.
    #[schema(nullable = false)]
    dwelling_id: Option<Uuid>,
    /// Its head.
    #[schema(nullable = false)]
    head_id: Option<Uuid>,
    /// How it stands in the register.
    register_kind: HouseholdRegisterWord,
    /// Its first day.
    opened_on: NaiveDate,
}

/// What a household can do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum HouseholdClear {
    /// Its head.
    HeadId,
}

/// What is to be different. What is left out stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HouseholdPatch {
    /// Its head: one of those who live in it.
    #[schema(nullable = false)]
    head_id: Option<Uuid>,
    /// How it stands in the register.
    #[schema(nullable = false)]
    register_kind: Option<HouseholdRegisterWord>,
    /// What is to go.
    #[schema(nullable = false)]
    clear: Option<Vec<HouseholdClear>>,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// The end of a household.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HouseholdClose {
    /// The first day it is no longer one.
    closed_on: NaiveDate,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// List the households that the reader may see, in the order of the tree.
#[utoipa::path(operation_id = "territory_list_households", tag = "households", params(HouseholdListParams),
    responses((status = 200, body = HouseholdPage)), extensions(("x-permission" = json!(ReadHouseholds::NAME))))]
#[get("/households")]
pub(super) async fn list(
    req: HttpRequest,
    who: Allowed<ReadHouseholds>,
    query: Params<HouseholdListParams>,
    ports: Data<Ports>,
) -> Result<HttpResponse, Problem> {
    let (kind, open) = (query.register_kind.map(RegisterKind::from), HomeStateWord::filter(query.state));
    let parts = [
        "territory.households",
        &text(query.unit),
        &text(query.dwelling),
        &text(kind),
        &text(open),
        &text(query.on),
    ];
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &parts)?;
    let homes = homes(&who, &ports);
    let below = query.unit.map(Id::from_uuid);
    let filter = Filter {
        dwelling: query.dwelling.map(Id::from_uuid),
        kind,
        open,
        on: query.on.unwrap_or(homes.today),
        after: None,
    };
    let page = who
        .read(move |tx, ctx| {
            let found =
                deeds::list(tx, ctx, below, &filter, asked.after.as_ref(), asked.size, asked.fingerprint)?;
            views(tx, ctx, &homes, found)
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, HouseholdPage::of(page), next.as_ref()))
}

/// Show a household.
#[utoipa::path(operation_id = "territory_get_household", tag = "households", params(("id" = Uuid, Path, description = "The household.")),
    responses((status = 200, body = HouseholdView)), extensions(("x-permission" = json!(ReadHouseholds::NAME))))]
#[get("/households/{id}")]
pub(super) async fn show(
    who: Allowed<ReadHouseholds>,
    path: PathId<id::Household>,
    ports: Data<Ports>,
) -> Result<HttpResponse, Problem> {
    let (id, homes) = (path.id(), homes(&who, &ports));
    let shown = who
        .read(move |tx, ctx| {
            let found = deeds::find(tx, ctx, id)?;
            view(tx, ctx, &homes, found)
        })
        .await?;
    let version = shown.version;
    Ok(web::view(shown, version))
}

/// List what happened to a household, in the order it was recorded.
#[utoipa::path(operation_id = "territory_list_household_history", tag = "households",
    params(("id" = Uuid, Path, description = "The household."), HouseholdHistoryParams),
    responses((status = 200, body = HouseholdChangePage)), extensions(("x-permission" = json!(ReadHouseholds::NAME))))]
#[get("/households/{id}/history")]
pub(super) async fn history(
    req: HttpRequest,
    who: Allowed<ReadHouseholds>,
    path: PathId<id::Household>,
    query: Params<HouseholdHistoryParams>,
    ports: Data<Ports>,
) -> Result<HttpResponse, Problem> {
    let (id, homes) = (path.id(), homes(&who, &ports));
    let parts = ["territory.household_history", &id.to_string()];
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &parts)?;
    let page = who
        .read(move |tx, ctx| {
            let found = deeds::history(tx, ctx, id, asked.after.as_ref(), asked.size, asked.fingerprint)?;
            views(tx, ctx, &homes, found)
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, HouseholdChangePage::of(page), next.as_ref()))
}

/// Record a household. Its people move in one by one.
#[utoipa::path(operation_id = "territory_create_household", tag = "households", request_body = HouseholdCreate,
    responses((status = 201, body = HouseholdView)), extensions(("x-permission" = json!(ManageHouseholds::NAME))))]
#[post("/households")]
pub(super) async fn create(
    who: Allowed<ManageHouseholds>,
    body: Body<HouseholdCreate>,
    ports: Data<Ports>,
) -> Result<HttpResponse, Problem> {
    let homes = homes(&who, &ports);
    let new = NewHousehold {
        unit: Id::from_uuid(body.unit_id),
        dwelling: body.dwelling_id.map(Id::from_uuid),
        head: body.head_id.map(Id::from_uuid),
        register_kind: body.register_kind.into(),
        opened_on: body.opened_on,
    };
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let made = deeds::create(tx, ctx, &homes, &new)?;
        let (version, place) = (made.version, format!("/api/v1/households/{}", made.id));
        Ok(Answer::of(view(tx, ctx, &homes, made)?).version(version).location(place))
    })
    .await
}

/// Change a household's head or how it stands in the register.
#[utoipa::path(operation_id = "territory_update_household", tag = "households", params(("id" = Uuid, Path, description = "The household.")),
    request_body = HouseholdPatch, responses((status = 200, body = HouseholdView)), extensions(("x-permission" = json!(ManageHouseholds::NAME))))]
#[patch("/households/{id}")]
pub(super) async fn change(
    who: Allowed<ManageHouseholds>,
    path: PathId<id::Household>,
    body: Body<HouseholdPatch>,
    ports: Data<Ports>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (path.id(), who.expected_version(body.version)?);
    let homes = homes(&who, &ports);
    let no_head = body.clear.iter().flatten().any(|c| *c == HouseholdClear::HeadId);
    let change = Change {
        head: if no_head { Some(None) } else { body.head_id.map(|head| Some(Id::from_uuid(head))) },
        register_kind: body.register_kind.map(Into::into),
    };
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let done = deeds::change(tx, ctx, &homes, id, expected, &change)?;
        let version = done.version;
        Ok(Answer::of(view(tx, ctx, &homes, done)?).version(version))
    })
    .await
}

/// Close a household that nobody belongs to from that day on. It stays on record.
#[utoipa::path(operation_id = "territory_close_household", tag = "households", params(("id" = Uuid, Path, description = "The household.")),
    request_body = HouseholdClose, responses((status = 200, body = HouseholdView)), extensions(("x-permission" = json!(ManageHouseholds::NAME))))]
#[post("/households/{id}/close")]
pub(super) async fn close(
    who: Allowed<ManageHouseholds>,
    path: PathId<id::Household>,
    body: Body<HouseholdClose>,
    ports: Data<Ports>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (path.id(), who.expected_version(body.version)?);
    let homes = homes(&who, &ports);
    let on = body.closed_on;
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let done = deeds::close(tx, ctx, &homes, id, expected, on)?;
        let version = done.version;
        Ok(Answer::of(view(tx, ctx, &homes, done)?).version(version))
    })
    .await
}
