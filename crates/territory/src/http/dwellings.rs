//! Dwellings: list, show, record, change, close.

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
use super::home_views::{DwellingPage, DwellingView};
use super::words::{DwellingKindWord, HomeStateWord};
use crate::model::DwellingKind;
use crate::permission::{ManageDwellings, ReadDwellings};
use crate::ports::Ports;
use crate::service::dwelling::{self as deeds, Change, Filter, NewDwelling};

/// Which dwellings.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct DwellingListParams {
    /// Only in this unit and below.
    unit: Option<Uuid>,
    /// Only of this kind.
    #[param(inline)]
    kind: Option<DwellingKindWord>,
    /// In use, history, or both; those in use unless told.
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

/// A dwelling to be recorded.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DwellingCreate {
    /// The unit it stands in, for good.
    unit_id: Uuid,
    /// The address of the building: never the name of who lives there.
    #[schema(min_length = 1, max_length = 200)]
    address: String,
    /// What kind of place it is.
    kind: DwellingKindWord,
    /// Latitude; with `lng`.
    #[schema(nullable = false, minimum = -90, maximum = 90)]
    lat: Option<f64>,
    /// Longitude; with `lat`.
    #[schema(nullable = false, minimum = -180, maximum = 180)]
    lng: Option<f64>,
    /// Square metres.
    #[schema(nullable = false, minimum = 0, maximum = 1000000)]
    floor_area: Option<f64>,
    /// The first day of its use: nobody is on record there before.
    opened_on: NaiveDate,
}

/// What a dwelling can do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum DwellingClear {
    /// Latitude and longitude.
    Location,
    /// The floor area.
    FloorArea,
}

/// What is to be different. What is left out stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DwellingPatch {
    /// The address.
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    address: Option<String>,
    /// The kind.
    #[schema(nullable = false)]
    kind: Option<DwellingKindWord>,
    /// Latitude; with `lng`.
    #[schema(nullable = false, minimum = -90, maximum = 90)]
    lat: Option<f64>,
    /// Longitude; with `lat`.
    #[schema(nullable = false, minimum = -180, maximum = 180)]
    lng: Option<f64>,
    /// Square metres.
    #[schema(nullable = false, minimum = 0, maximum = 1000000)]
    floor_area: Option<f64>,
    /// What is to go.
    #[schema(nullable = false)]
    clear: Option<Vec<DwellingClear>>,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// The end of a dwelling.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DwellingClose {
    /// The first day it is no longer used.
    closed_on: NaiveDate,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// List the dwellings that the reader may see, in the order of the tree.
#[utoipa::path(operation_id = "territory_list_dwellings", tag = "dwellings", params(DwellingListParams),
    responses((status = 200, body = DwellingPage)), extensions(("x-permission" = json!(ReadDwellings::NAME))))]
#[get("/dwellings")]
pub(super) async fn list(
    req: HttpRequest,
    who: Allowed<ReadDwellings>,
    query: Params<DwellingListParams>,
    ports: Data<Ports>,
) -> Result<HttpResponse, Problem> {
    let (kind, open) = (query.kind.map(DwellingKind::from), HomeStateWord::filter(query.state));
    let parts = ["territory.dwellings", &text(query.unit), &text(kind), &text(open), &text(query.on)];
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &parts)?;
    let homes = homes(&who, &ports);
    let below = query.unit.map(Id::from_uuid);
    let filter = Filter { kind, open, on: query.on.unwrap_or(homes.today), after: None };
    let page = who
        .read(move |tx, ctx| {
            let found =
                deeds::list(tx, ctx, below, &filter, asked.after.as_ref(), asked.size, asked.fingerprint)?;
            views(tx, ctx, &homes, found)
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, DwellingPage::of(page), next.as_ref()))
}

/// Show a dwelling.
#[utoipa::path(operation_id = "territory_get_dwelling", tag = "dwellings", params(("id" = Uuid, Path, description = "The dwelling.")),
    responses((status = 200, body = DwellingView)), extensions(("x-permission" = json!(ReadDwellings::NAME))))]
#[get("/dwellings/{id}")]
pub(super) async fn show(
    who: Allowed<ReadDwellings>,
    path: PathId<id::Dwelling>,
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

/// Record a dwelling.
#[utoipa::path(operation_id = "territory_create_dwelling", tag = "dwellings", request_body = DwellingCreate,
    responses((status = 201, body = DwellingView)), extensions(("x-permission" = json!(ManageDwellings::NAME))))]
#[post("/dwellings")]
pub(super) async fn create(
    who: Allowed<ManageDwellings>,
    body: Body<DwellingCreate>,
    ports: Data<Ports>,
) -> Result<HttpResponse, Problem> {
    let homes = homes(&who, &ports);
    let new = NewDwelling {
        unit: Id::from_uuid(body.unit_id),
        address: body.address.clone(),
        kind: body.kind.into(),
        lat: body.lat,
        lng: body.lng,
        floor_area: body.floor_area,
        opened_on: body.opened_on,
    };
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let made = deeds::create(tx, ctx, &homes, &new)?;
        let (version, place) = (made.version, format!("/api/v1/dwellings/{}", made.id));
        Ok(Answer::of(view(tx, ctx, &homes, made)?).version(version).location(place))
    })
    .await
}

/// Change a dwelling's address, kind, place on the map or floor area.
#[utoipa::path(operation_id = "territory_update_dwelling", tag = "dwellings", params(("id" = Uuid, Path, description = "The dwelling.")),
    request_body = DwellingPatch, responses((status = 200, body = DwellingView)), extensions(("x-permission" = json!(ManageDwellings::NAME))))]
#[patch("/dwellings/{id}")]
pub(super) async fn change(
    who: Allowed<ManageDwellings>,
    path: PathId<id::Dwelling>,
    body: Body<DwellingPatch>,
    ports: Data<Ports>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (path.id(), who.expected_version(body.version)?);
    let homes = homes(&who, &ports);
    let clears = |what| body.clear.iter().flatten().any(|c| *c == what);
    let point = deeds::point(body.lat, body.lng)?;
    let change = Change {
        address: body.address.clone(),
        kind: body.kind.map(Into::into),
        point: if clears(DwellingClear::Location) { Some(None) } else { point.map(Some) },
        floor_area: if clears(DwellingClear::FloorArea) { Some(None) } else { body.floor_area.map(Some) },
    };
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let done = deeds::change(tx, ctx, id, expected, &change)?;
        let version = done.version;
        Ok(Answer::of(view(tx, ctx, &homes, done)?).version(version))
    })
    .await
}

/// Close a dwelling that nobody is on record in from that day on. It stays on record.
#[utoipa::path(operation_id = "territory_close_dwelling", tag = "dwellings", params(("id" = Uuid, Path, description = "The dwelling.")),
    request_body = DwellingClose, responses((status = 200, body = DwellingView)), extensions(("x-permission" = json!(ManageDwellings::NAME))))]
#[post("/dwellings/{id}/close")]
pub(super) async fn close(
    who: Allowed<ManageDwellings>,
    path: PathId<id::Dwelling>,
    body: Body<DwellingClose>,
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
