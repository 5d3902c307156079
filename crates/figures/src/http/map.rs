//! The map as GeoJSON (RFC 7946): cells with their counts, and clusters with theirs.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use chrono::NaiveDate;
use kernel::error::FIELD_RANGE;
use kernel::{Fault, Id, Outcome};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Params, Problem};

use super::asked::period;
use crate::error::BOX;
use crate::permission::ReadFigures;
use crate::ports::FigureServices;
use crate::service::map::{self, View, ZOOMS};
use crate::store::raster::{Cell, Frame};

/// Where, when and how close.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MapQuery {
    /// In this unit and all below it.
    unit: Uuid,
    /// Reported on this day or later, in the realm's time zone.
    from_on: NaiveDate,
    /// Reported on this day or before.
    to_on: NaiveDate,
    /// The least longitude of the box.
    #[param(minimum = -180, maximum = 180)]
    west: f64,
    /// The least latitude.
    #[param(minimum = -90, maximum = 90)]
    south: f64,
    /// The greatest longitude; a box does not cross the 180th meridian.
    #[param(minimum = -180, maximum = 180)]
    east: f64,
    /// The greatest latitude.
    #[param(minimum = -90, maximum = 90)]
    north: f64,
    /// How close, 0 to 16: cells are 22.5 degrees wide at 0, and halve with each step.
    #[param(minimum = 0, maximum = 16)]
    zoom: u32,
}

/// A coordinate in millionths of a degree, if it is one.
fn millionths(degrees: f64) -> Outcome<i64> {
    let sound = degrees.is_finite() && degrees.abs() <= 180.0;
    sound
        .then(|| format!("{:.0}", degrees * 1e6).parse().ok())
        .flatten()
        .ok_or_else(|| BOX.refusal().at("west", &BOX).into())
}

impl MapQuery {
    fn view(&self) -> Outcome<View> {
        if !ZOOMS.contains(&self.zoom) {
            let refusal = kernel::error::INVALID.refusal().at_with("zoom", &FIELD_RANGE, "0 to 16");
            return Err(Fault::from(refusal));
        }
        Ok(View {
            unit: Id::from_uuid(self.unit),
            period: period(self.from_on, self.to_on)?,
            within: Frame {
                west: millionths(self.west)?,
                south: millionths(self.south)?,
                east: millionths(self.east)?,
                north: millionths(self.north)?,
            },
            zoom: self.zoom,
        })
    }
}

/// The shape of a cell.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HeatCellGeometry {
    /// `Polygon`.
    #[schema(example = "Polygon")]
    pub r#type: &'static str,
    /// One ring of five positions, longitude before latitude.
    pub coordinates: Vec<Vec<Vec<f64>>>,
}

/// How many cases.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CaseCountProperties {
    /// Cases, but for those struck or merged.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub count: i64,
}

/// A cell with cases in it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HeatCellFeature {
    /// `Feature`.
    #[schema(example = "Feature")]
    pub r#type: &'static str,
    /// Its shape.
    pub geometry: HeatCellGeometry,
    /// How many.
    pub properties: CaseCountProperties,
}

/// Cells as a GeoJSON FeatureCollection.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HeatMap {
    /// `FeatureCollection`.
    #[schema(example = "FeatureCollection")]
    pub r#type: &'static str,
    /// Those with the most cases first; at most 2,000.
    pub features: Vec<HeatCellFeature>,
}

/// The place of a cluster.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClusterGeometry {
    /// `Point`.
    #[schema(example = "Point")]
    pub r#type: &'static str,
    /// Longitude, latitude.
    pub coordinates: Vec<f64>,
}

/// Cases that lie together, at their middle.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClusterFeature {
    /// `Feature`.
    #[schema(example = "Feature")]
    pub r#type: &'static str,
    /// Where.
    pub geometry: ClusterGeometry,
    /// How many.
    pub properties: CaseCountProperties,
}

/// Clusters as a GeoJSON FeatureCollection.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClusterMap {
    /// `FeatureCollection`.
    #[schema(example = "FeatureCollection")]
    pub r#type: &'static str,
    /// Those with the most cases first; at most 2,000.
    pub features: Vec<ClusterFeature>,
}

/// Degrees of millionths: at most nine digits, which a double holds exactly enough to be written as they are.
fn degrees(millionths: i64) -> f64 {
    i32::try_from(millionths).map_or(0.0, f64::from) / 1e6
}

fn square(cell: &Cell, side: i64) -> HeatCellGeometry {
    let (west, south) = (cell.x * side - 180_000_000, cell.y * side - 90_000_000);
    let (east, north) = ((west + side).min(180_000_000), (south + side).min(90_000_000));
    let at = |lng: i64, lat: i64| vec![degrees(lng), degrees(lat)];
    let ring = vec![at(west, south), at(east, south), at(east, north), at(west, north), at(west, south)];
    HeatCellGeometry { r#type: "Polygon", coordinates: vec![ring] }
}

fn geojson(body: impl Serialize) -> HttpResponse {
    HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/json")).json(body)
}

/// Show where cases are, as cells with their counts.
///
/// Whoever may not read incidents there is shown cells of three cases and more.
#[utoipa::path(operation_id = "figures_show_heat", tag = "figures", params(MapQuery),
    responses((status = 200, body = HeatMap, description = "GeoJSON (RFC 7946)")), extensions(("x-permission" = json!(ReadFigures::NAME))))]
#[get("/figures/heat")]
pub async fn heat(
    who: Allowed<ReadFigures>,
    query: Params<MapQuery>,
    figures: Data<FigureServices>,
) -> Result<HttpResponse, Problem> {
    let (view, s) = (query.view()?, figures.get_ref().clone());
    let side = map::side(view.zoom);
    let cells = who.read(move |tx, ctx| map::cells(tx, ctx, &s, &view)).await?;
    let feature = |cell: &Cell| HeatCellFeature {
        r#type: "Feature",
        geometry: square(cell, side),
        properties: CaseCountProperties { count: cell.count },
    };
    Ok(geojson(HeatMap { r#type: "FeatureCollection", features: cells.iter().map(feature).collect() }))
}

/// Show where cases are, as clusters at their middle.
///
/// Whoever may not read incidents there is shown clusters of three cases and more.
#[utoipa::path(operation_id = "figures_show_clusters", tag = "figures", params(MapQuery),
    responses((status = 200, body = ClusterMap, description = "GeoJSON (RFC 7946)")), extensions(("x-permission" = json!(ReadFigures::NAME))))]
#[get("/figures/clusters")]
pub async fn clusters(
    who: Allowed<ReadFigures>,
    query: Params<MapQuery>,
    figures: Data<FigureServices>,
) -> Result<HttpResponse, Problem> {
    let (view, s) = (query.view()?, figures.get_ref().clone());
    let cells = who.read(move |tx, ctx| map::cells(tx, ctx, &s, &view)).await?;
    let feature = |cell: &Cell| ClusterFeature {
        r#type: "Feature",
        geometry: ClusterGeometry {
            r#type: "Point",
            coordinates: vec![degrees(cell.lng), degrees(cell.lat)],
        },
        properties: CaseCountProperties { count: cell.count },
    };
    Ok(geojson(ClusterMap { r#type: "FeatureCollection", features: cells.iter().map(feature).collect() }))
}
