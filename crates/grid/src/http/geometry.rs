//! A grid's boundary: show and draw.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, get, put};
use kernel::Context;
use kernel::error::{NOT_FOUND, OrRefuse, Outcome};
use kernel::id::Grid as GridId;
use serde::Deserialize;
use storage::Tx;
use utoipa::ToSchema;
use web::{Allowed, Answer, Body, PathId, Problem};

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
    /// The grid's version that was read, where `If-Match` is not sent.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

fn view(tx: &mut Tx<'_>, ctx: &Context, s: &GridServices, grid: &Grid) -> Outcome<GridGeometryView> {
    let geometry = boundary::geometry(tx, grid)?.or_refuse(&NOT_FOUND)?;
    let unit = s.tree.unit(tx, grid.unit)?;
    Ok(GridGeometryView::of(grid, geometry, unit.is_some_and(|u| super::manages(ctx, &u.path))))
}

/// Show a grid's boundary.
///
/// 404 until it is drawn.
#[utoipa::path(operation_id = "grid_get_geometry", tag = "grids", params(("id" = Uuid, Path, description = "The grid")),
    responses((status = 200, body = GridGeometryView, description = "The boundary")), extensions(("x-permission" = json!(ReadGrids::NAME))))]
#[get("/grids/{id}/geometry")]
pub async fn show(
    who: Allowed<ReadGrids>,
    id: PathId<GridId>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (id.id(), grid.get_ref().clone());
    let found = who
        .read(move |tx, ctx| {
            let grid = grids::find(tx, id)?.or_refuse(&NOT_FOUND)?;
            view(tx, ctx, &s, &grid)
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
    let drawn = super::grids::boundary(body.geometry.clone()).await?;
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let grid = boundary::draw(tx, ctx, &s, id, expected, &drawn)?;
        Ok(Answer::of(view(tx, ctx, &s, &grid)?).version(grid.version))
    })
    .await
}
