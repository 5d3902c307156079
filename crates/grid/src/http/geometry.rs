//! A grid's boundary: show and draw.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, get, put};
use kernel::error::{NOT_FOUND, OrRefuse, Outcome};
use kernel::id::Grid as GridId;
use kernel::{Context, Instant};
use serde::Deserialize;
use storage::Tx;
use utoipa::{IntoParams, ToSchema};
use web::{Allowed, Answer, Body, Params, PathId, Problem};

use super::views::GridGeometryView;
use crate::model::Grid;
use crate::permission::{ManageGrids, ReadGrids};
use crate::ports::GridServices;
use crate::service::draw as boundary;
use crate::store::grids;

/// A boundary to be drawn.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GridGeometryPut {
    /// A GeoJSON Polygon or MultiPolygon (RFC 7946), bare or in a Feature. Winding is put right; what was sent may come back
    /// with its positions in another order.
    #[schema(value_type = Object)]
    geometry: serde_json::Value,
    /// From when it holds: now unless told, and not before the last one. One to come goes on the map by itself.
    #[schema(value_type = Option<String>, format = DateTime)]
    valid_from_at: Option<Instant>,
    /// The grid's version that was read, where `If-Match` is not sent.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// When.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GridGeometryQuery {
    /// The boundary that holds then, past or to come: an instant, or a day (that which holds when the day ends in the realm's time
    /// zone). The one on the map unless told.
    #[param(example = "2026-11-25")]
    as_of: Option<String>,
}

/// The instant that is meant, or the last one of the day that is.
fn moment(text: &str, zone: chrono_tz::Tz) -> Outcome<Instant> {
    let wrong = || web::params::bad("as_of", "a day or an instant is expected");
    if let Ok(at) = serde_json::from_value::<Instant>(serde_json::Value::from(text)) {
        return Ok(at);
    }
    let day: chrono::NaiveDate = text.parse().map_err(|_| wrong())?;
    let next = day.succ_opt().and_then(|next| next.and_hms_opt(0, 0, 0)).ok_or_else(wrong)?;
    let end = next.and_local_timezone(zone).earliest().ok_or_else(wrong)?;
    Ok(Instant::new(end.to_utc()).plus_seconds(-1))
}

fn view(tx: &mut Tx<'_>, ctx: &Context, s: &GridServices, grid: &Grid) -> Outcome<GridGeometryView> {
    let geometry = boundary::geometry(tx, grid)?.or_refuse(&NOT_FOUND)?;
    let unit = s.tree.unit(tx, grid.unit)?;
    Ok(GridGeometryView::of(grid, geometry, unit.is_some_and(|u| super::manages(ctx, &u.path))))
}

/// Show a grid's boundary.
///
/// 404 until it is drawn, and where none held then.
#[utoipa::path(operation_id = "grid_get_geometry", tag = "grids", params(("id" = Uuid, Path, description = "The grid"), GridGeometryQuery),
    responses((status = 200, body = GridGeometryView, description = "The boundary")), extensions(("x-permission" = json!(ReadGrids::NAME))))]
#[get("/grids/{id}/geometry")]
pub async fn show(
    who: Allowed<ReadGrids>,
    id: PathId<GridId>,
    query: Params<GridGeometryQuery>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (id.id(), grid.get_ref().clone());
    let on = query.as_of.as_deref().map(|text| moment(text, who.realm().time_zone)).transpose()?;
    let found = who
        .read(move |tx, ctx| {
            let grid = grids::find(tx, id)?.or_refuse(&NOT_FOUND)?;
            let Some(on) = on else { return view(tx, ctx, &s, &grid) };
            let (_, geometry) = boundary::geometry_at(tx, id, on)?.or_refuse(&NOT_FOUND)?;
            Ok(GridGeometryView::of(&grid, geometry, false))
        })
        .await?;
    let version = found.version;
    Ok(web::view(found, version))
}

/// Draw a grid's boundary.
#[utoipa::path(operation_id = "grid_put_geometry", tag = "grids", params(("id" = Uuid, Path, description = "The grid")), request_body = GridGeometryPut,
    responses((status = 200, body = GridGeometryView, description = "The boundary as it is kept")), extensions(("x-permission" = json!(ManageGrids::NAME))))]
#[put("/grids/{id}/geometry")]
pub async fn draw(
    who: Allowed<ManageGrids>,
    id: PathId<GridId>,
    body: Body<GridGeometryPut>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s, expected) = (id.id(), grid.get_ref().clone(), who.expected_version(body.version)?);
    let from = body.valid_from_at;
    let drawn = super::grids::boundary(body.geometry.clone()).await?;
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let grid = boundary::draw_from(tx, ctx, &s, id, expected, &drawn, from)?;
        Ok(Answer::of(view(tx, ctx, &s, &grid)?).version(grid.version))
    })
    .await
}
