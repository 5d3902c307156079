//! How large grids are, and how they lie together.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use kernel::{Cursor, Id, Page};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Params, Problem};

use crate::permission::ManageGrids;
use crate::ports::GridServices;
use crate::service::coverage::{self, Overlap};
use crate::service::sizes::{self, Sized};
use crate::store::grids::{self, Filter};

/// Which grids.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GridSizesQuery {
    /// In this unit and below.
    unit: Uuid,
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Which unit.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GridCoverageQuery {
    /// This unit and below.
    unit: Uuid,
}

/// A grid, and how large it is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GridSizeView {
    /// The grid.
    pub grid_id: Uuid,
    /// Its name.
    pub grid_name: String,
    /// The unit it belongs to.
    pub unit_id: Uuid,
    /// How many households live in it, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 9007199254740991i64)]
    pub households: Option<i64>,
    /// Whether it has fewer than 300 households, up to 400, or more.
    #[schema(extensions(("x-extensible-enum" = json!(["small", "fits", "large", "unknown"]))))]
    pub size: String,
    /// How many workers are on duty now.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub workers: i64,
    /// What is not as it should be: `no_worker`, `more_than_two_workers`, `no_boundary`.
    pub warnings: Vec<String>,
}

impl From<Sized> for GridSizeView {
    fn from(sized: Sized) -> Self {
        Self {
            grid_id: sized.grid.id.uuid(),
            grid_name: sized.grid.name,
            unit_id: sized.grid.unit.uuid(),
            households: sized.households,
            size: sized.size.word().to_owned(),
            workers: sized.workers,
            warnings: sized.warnings.into_iter().map(|w| w.word().to_owned()).collect(),
        }
    }
}

web::page_schema!(GridSizePage, GridSizeView);

/// List how large the grids of a subtree are, and what is not as it should be.
#[utoipa::path(operation_id = "grid_list_sizes", tag = "grids", params(GridSizesQuery),
    responses((status = 200, body = GridSizePage, description = "A page of grids")), extensions(("x-permission" = json!(ManageGrids::NAME))))]
#[get("/grids/sizes")]
pub async fn list(
    req: HttpRequest,
    who: Allowed<ManageGrids>,
    query: Params<GridSizesQuery>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let filters = ["grid.sizes", &query.unit.to_string()];
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let after = asked.after.as_ref().map(|c| Id::from_uuid(c.after));
    let unit = Id::from_uuid(query.unit);
    let filter = Filter { below: Some(unit), after, ..Filter::default() };
    let s = grid.get_ref().clone();
    let page = who
        .read(move |tx, ctx| {
            let root = sizes::managed_unit(tx, ctx, &s, unit)?;
            let rows = grids::list(tx, &filter, asked.size.probe())?;
            let page = Page::cut(rows, asked.size, |g| Cursor {
                after: g.id.uuid(),
                filter: asked.fingerprint,
                key: None,
            });
            let items = sizes::of(tx, ctx, &s, &root, page.items)?;
            Ok(Page { items: items.into_iter().map(GridSizeView::from).collect(), next: page.next })
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, GridSizePage::of(page), next.as_ref()))
}

/// Two grids that share an area.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GridOverlapView {
    /// The one.
    pub grid_id: Uuid,
    /// Its name.
    pub grid_name: String,
    /// The other.
    pub other_grid_id: Uuid,
    /// Its name.
    pub other_grid_name: String,
    /// How much they share, in square metres.
    pub area_m2: f64,
    /// What they share, as GeoJSON.
    #[schema(value_type = Object)]
    pub geometry: serde_json::Value,
}

impl From<Overlap> for GridOverlapView {
    fn from(o: Overlap) -> Self {
        Self {
            grid_id: o.one.id.uuid(),
            grid_name: o.one.name,
            other_grid_id: o.other.id.uuid(),
            other_grid_name: o.other.name,
            area_m2: o.area.round(),
            geometry: o.shape,
        }
    }
}

/// What lies between grids and belongs to none.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GridGapView {
    /// How much that is, in square metres.
    pub area_m2: f64,
    /// Where, as GeoJSON.
    #[schema(value_type = Object)]
    pub geometry: serde_json::Value,
}

/// How grids lie together.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GridCoverageView {
    /// The unit that was asked for.
    pub unit_id: Uuid,
    /// How many grids were looked at.
    #[schema(minimum = 0, maximum = 2000)]
    pub grids: i64,
    /// Pairs that overlap, the largest first; a thousand at most.
    pub overlaps: Vec<GridOverlapView>,
    /// What lies between them, the largest first; a thousand at most.
    pub gaps: Vec<GridGapView>,
}

/// Show how the grids of a subtree lie together: which overlap, and what lies between them.
///
/// At most 2,000 grids are looked at; of more, ask for the units below.
#[utoipa::path(operation_id = "grid_get_coverage", tag = "grids", params(GridCoverageQuery),
    responses((status = 200, body = GridCoverageView, description = "Overlaps and gaps")), extensions(("x-permission" = json!(ManageGrids::NAME))))]
#[get("/grids/coverage")]
pub async fn show(
    who: Allowed<ManageGrids>,
    query: Params<GridCoverageQuery>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (unit, s) = (query.unit, grid.get_ref().clone());
    let all = who.read(move |tx, ctx| coverage::gather(tx, ctx, &s, Id::from_uuid(unit))).await?;
    // What takes seconds keeps neither a connection nor a thread that answers others.
    let found = actix_web::web::block(move || GridCoverageView {
        unit_id: unit,
        grids: i64::try_from(all.len()).unwrap_or(i64::MAX),
        overlaps: coverage::overlaps(&all).into_iter().map(GridOverlapView::from).collect(),
        gaps: coverage::gaps(&all)
            .into_iter()
            .map(|(geometry, area)| GridGapView { area_m2: area.round(), geometry })
            .collect(),
    });
    let found = found.await.map_err(|_| Problem::from(kernel::error::UNAVAILABLE.fault()))?;
    Ok(HttpResponse::Ok().json(found))
}
