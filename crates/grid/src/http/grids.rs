//! Grids: list, show, make, change, retire, and the one that has a point.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, patch, post};
use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::{Grid as GridId, Unit};
use kernel::{Context, Cursor, Id, Outcome, Page};
use serde::Deserialize;
use storage::Tx;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Answer, Body, Params, PathId, Problem};

use super::text;
use super::views::{GridPage, GridView};
use super::words::GridKindWord;
use crate::error::OUTSIDE_EVERY_GRID;
use crate::model::{Boundary, Grid};
use crate::permission::{ManageGrids, ReadGrids};
use crate::ports::GridServices;
use crate::service::make::{self, Change, NewGrid};
use crate::service::{locate as find_point, see::Units};
use crate::store::grids::{self, Filter};

/// Which grids.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GridsQuery {
    /// Only in this unit and below.
    unit: Option<Uuid>,
    /// Only of this kind.
    #[param(inline)]
    kind: Option<GridKindWord>,
    /// Also those that are history; no unless told.
    include_retired: Option<bool>,
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A point.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PointQuery {
    /// Latitude.
    #[param(minimum = -90, maximum = 90)]
    lat: f64,
    /// Longitude.
    #[param(minimum = -180, maximum = 180)]
    lng: f64,
}

/// A grid to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GridCreate {
    /// The unit it belongs to, for good.
    unit_id: Uuid,
    /// Its name.
    #[schema(min_length = 1, max_length = 80)]
    name: String,
    /// The number it goes by: 15 digits, the unit's division code first; no other live grid may have it.
    #[schema(min_length = 15, max_length = 15)]
    code: Option<String>,
    /// What kind of area it is.
    kind: GridKindWord,
    /// Its boundary: a GeoJSON Polygon or MultiPolygon, bare or in a Feature.
    #[schema(value_type = Option<Object>)]
    geometry: Option<serde_json::Value>,
}

/// What is to be changed; what is left out stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GridPatch {
    /// The name.
    #[schema(min_length = 1, max_length = 80)]
    name: Option<String>,
    /// The code: 15 digits. One from before stays until it is changed.
    #[schema(min_length = 1, max_length = 40)]
    code: Option<String>,
    /// The kind.
    kind: Option<GridKindWord>,
    /// Fields to be emptied: `code`.
    clear: Option<Vec<GridClear>>,
    /// The version that was read, where `If-Match` is not sent.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// A field that can be emptied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GridClear {
    /// The code.
    Code,
}

/// The version that was read.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GridRetire {
    /// The version that was read, where `If-Match` is not sent.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// The views of grids: one question for the units of all.
pub(super) fn views(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    all: Vec<Grid>,
) -> Outcome<Vec<GridView>> {
    let ids: std::collections::BTreeSet<Id<Unit>> = all.iter().map(|g| g.unit).collect();
    let units = Units::with(tx, s, &ids.into_iter().collect::<Vec<_>>())?;
    let view = |grid: Grid| {
        let unit = units.get(grid.unit);
        GridView::of(ctx, grid, unit.map(|u| u.name.clone()).unwrap_or_default(), unit.map(|u| &u.path))
    };
    Ok(all.into_iter().map(view).collect())
}

fn view(tx: &mut Tx<'_>, ctx: &Context, s: &GridServices, grid: Grid) -> Outcome<GridView> {
    views(tx, ctx, s, vec![grid])?.pop().or_refuse(&NOT_FOUND)
}

fn answer(tx: &mut Tx<'_>, ctx: &Context, s: &GridServices, grid: Grid) -> Outcome<Answer<GridView>> {
    let version = grid.version;
    Ok(Answer::of(view(tx, ctx, s, grid)?).version(version))
}

/// Checks a boundary on a thread of its own: a large one takes milliseconds.
pub(super) async fn boundary(value: serde_json::Value) -> Outcome<Boundary> {
    let checked = actix_web::web::block(move || Boundary::parse(&value)).await;
    checked.map_err(|_| kernel::error::UNAVAILABLE.fault())?
}

/// List grids, in the order they were made.
#[utoipa::path(operation_id = "grid_list_grids", tag = "grids", params(GridsQuery),
    responses((status = 200, body = GridPage, description = "A page of grids")), extensions(("x-permission" = json!(ReadGrids::NAME))))]
#[get("/grids")]
pub async fn list(
    req: HttpRequest,
    who: Allowed<ReadGrids>,
    query: Params<GridsQuery>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let kind = query.kind.map(crate::model::GridKind::from);
    let retired = query.include_retired.unwrap_or(false);
    let filters = ["grid.grids", &text(query.unit), &text(kind), &retired.to_string()];
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let after = asked.after.as_ref().map(|c| Id::from_uuid(c.after));
    let filter = Filter { below: query.unit.map(Id::from_uuid), kind, retired, after };
    let s = grid.get_ref().clone();
    let page = who
        .read(move |tx, ctx| {
            let rows = grids::list(tx, &filter, asked.size.probe())?;
            let page = Page::cut(rows, asked.size, |g| Cursor {
                after: g.id.uuid(),
                filter: asked.fingerprint,
                key: None,
            });
            Ok(Page { items: views(tx, ctx, &s, page.items)?, next: page.next })
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, GridPage::of(page), next.as_ref()))
}

/// Find the grid that has a point.
///
/// A point on a common border belongs to the grid that was made first; 404 where no grid has it.
#[utoipa::path(operation_id = "grid_locate_point", tag = "grids", params(PointQuery),
    responses((status = 200, body = GridView, description = "The grid")), extensions(("x-permission" = json!(ReadGrids::NAME))))]
#[get("/grids/locate")]
pub async fn locate(
    who: Allowed<ReadGrids>,
    query: Params<PointQuery>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (lat, lng, s) = (query.lat, query.lng, grid.get_ref().clone());
    let found = who
        .read(move |tx, ctx| {
            let grid = find_point::one(tx, &s, lat, lng)?.or_refuse(&OUTSIDE_EVERY_GRID)?;
            view(tx, ctx, &s, grid)
        })
        .await?;
    let version = found.version;
    Ok(web::view(found, version))
}

/// Show a grid.
#[utoipa::path(operation_id = "grid_get_grid", tag = "grids", params(("id" = Uuid, Path, description = "The grid")),
    responses((status = 200, body = GridView, description = "The grid")), extensions(("x-permission" = json!(ReadGrids::NAME))))]
#[get("/grids/{id}")]
pub async fn show(
    who: Allowed<ReadGrids>,
    id: PathId<GridId>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (id.id(), grid.get_ref().clone());
    let found = who
        .read(move |tx, ctx| {
            let grid = grids::find(tx, id)?.or_refuse(&NOT_FOUND)?;
            view(tx, ctx, &s, grid)
        })
        .await?;
    let version = found.version;
    Ok(web::view(found, version))
}

/// Make a grid.
#[utoipa::path(operation_id = "grid_create_grid", tag = "grids", request_body = GridCreate,
    responses((status = 201, body = GridView, description = "The new grid")), extensions(("x-permission" = json!(ManageGrids::NAME))))]
#[post("/grids")]
pub async fn create(
    who: Allowed<ManageGrids>,
    body: Body<GridCreate>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let drawn = match &body.geometry {
        Some(value) => Some(boundary(value.clone()).await?),
        None => None,
    };
    let new = NewGrid {
        unit: Id::from_uuid(body.unit_id),
        name: body.name.clone(),
        code: body.code.clone(),
        kind: body.kind.into(),
        boundary: drawn,
    };
    let s = grid.get_ref().clone();
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let made = make::create(tx, ctx, &s, &new)?;
        let place = format!("/api/v1/grids/{}", made.id);
        Ok(answer(tx, ctx, &s, made)?.location(place))
    })
    .await
}

/// Change a grid's name, code or kind.
#[utoipa::path(operation_id = "grid_update_grid", tag = "grids", params(("id" = Uuid, Path, description = "The grid")), request_body = GridPatch,
    responses((status = 200, body = GridView, description = "The grid as it is now")), extensions(("x-permission" = json!(ManageGrids::NAME))))]
#[patch("/grids/{id}")]
pub async fn change(
    who: Allowed<ManageGrids>,
    id: PathId<GridId>,
    body: Body<GridPatch>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s, expected) = (id.id(), grid.get_ref().clone(), who.expected_version(body.version)?);
    let clears = body.clear.iter().flatten().any(|c| *c == GridClear::Code);
    let to = Change {
        name: body.name.clone(),
        code: if clears { Some(None) } else { body.code.clone().map(Some) },
        kind: body.kind.map(Into::into),
    };
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let changed = make::change(tx, ctx, &s, id, expected, &to)?;
        answer(tx, ctx, &s, changed)
    })
    .await
}

/// Retire a grid for good.
///
/// It leaves the map and its posts end; its incidents stay where they happened.
#[utoipa::path(operation_id = "grid_retire_grid", tag = "grids", params(("id" = Uuid, Path, description = "The grid")), request_body = GridRetire,
    responses((status = 200, body = GridView, description = "The grid as it is now")), extensions(("x-permission" = json!(ManageGrids::NAME))))]
#[post("/grids/{id}/retire")]
pub async fn retire(
    who: Allowed<ManageGrids>,
    id: PathId<GridId>,
    body: Body<GridRetire>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s, expected) = (id.id(), grid.get_ref().clone(), who.expected_version(body.version)?);
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let retired = make::retire(tx, ctx, &s, id, expected)?;
        answer(tx, ctx, &s, retired)
    })
    .await
}
