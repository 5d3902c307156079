//! Splitting and merging grids, and what came of what.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::Grid as GridId;
use kernel::{Id, Instant, Outcome};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use web::{Allowed, Answer, Body, PathId, Problem};

use super::words::GridKindWord;
use crate::model::{Boundary, Lineage};
use crate::permission::{ManageGrids, ReadGrids};
use crate::ports::GridServices;
use crate::service::reshape::{self as deeds, Part, Reshaped};
use crate::store::{grids, lineage};

/// One of the grids that a grid is split into.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GridPartCreate {
    /// Its name.
    #[schema(min_length = 1, max_length = 80)]
    name: String,
    /// Its code: 15 digits. It may be the old grid's.
    #[schema(min_length = 15, max_length = 15)]
    code: Option<String>,
    /// What kind of area it is; that of the old grid unless told.
    kind: Option<GridKindWord>,
    /// Its boundary, inside the old one: a GeoJSON Polygon or MultiPolygon.
    #[schema(value_type = Object)]
    geometry: serde_json::Value,
    /// Who of those on duty in the old grid goes here. Whom no part names is on duty in all of them.
    #[schema(max_items = 100)]
    user_ids: Option<Vec<Uuid>>,
}

/// A grid is to be split.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GridSplit {
    /// What it is split into. The first takes the open incidents that have no point.
    #[schema(min_items = 2, max_items = 10)]
    parts: Vec<GridPartCreate>,
    /// Whether to say only what would be; no unless told.
    dry_run: Option<bool>,
    /// The grid's version that was read, where `If-Match` is not sent.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// A grid that is to be merged.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GridMergeSource {
    /// The grid.
    grid_id: Uuid,
    /// Its version that was read.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    version: i64,
}

/// Grids are to be merged.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GridMerge {
    /// The grids: live, of one unit, together one connected area.
    #[schema(min_items = 2, max_items = 10)]
    grids: Vec<GridMergeSource>,
    /// The name of what they become.
    #[schema(min_length = 1, max_length = 80)]
    name: String,
    /// Its code: 15 digits. It may be one of theirs.
    #[schema(min_length = 15, max_length = 15)]
    code: Option<String>,
    /// What kind of area it is; that of the grid made first unless told.
    kind: Option<GridKindWord>,
    /// Whether to say only what would be; no unless told.
    dry_run: Option<bool>,
}

/// A grid that came of it, or would.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GridSuccessorView {
    /// The grid; absent if nothing was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub grid_id: Option<Uuid>,
    /// Its name.
    pub grid_name: String,
    /// What it covers, in square metres.
    pub area_m2: f64,
    /// How many open incidents come to it.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub incidents: i64,
}

/// What came of a split or a merge, or would.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GridReshapeView {
    /// Whether nothing was done.
    pub dry_run: bool,
    /// How.
    #[schema(extensions(("x-extensible-enum" = json!(["split", "merge"]))))]
    pub kind: String,
    /// The grids that are history by it.
    pub retired_ids: Vec<Uuid>,
    /// The new ones.
    pub grids: Vec<GridSuccessorView>,
    /// How many open incidents have followed; the others do within minutes.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub followed: i64,
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

impl GridReshapeView {
    fn of(done: &Reshaped, names: &[String], dry_run: bool) -> Self {
        let grids = names.iter().zip(&done.parts).enumerate().map(|(n, (name, (area, incidents)))| {
            GridSuccessorView {
                grid_id: done.made.get(n).map(|grid| grid.id.uuid()),
                grid_name: name.clone(),
                area_m2: area.round(),
                incidents: count(*incidents),
            }
        });
        Self {
            dry_run,
            kind: done.kind.word().to_owned(),
            retired_ids: done.from.iter().map(|grid| grid.id.uuid()).collect(),
            grids: grids.collect(),
            followed: count(done.followed),
        }
    }
}

/// Checks the boundaries on a thread of its own; what is wrong with one is said of its part.
async fn read(parts: &[GridPartCreate]) -> Outcome<Vec<Part>> {
    let shapes: Vec<serde_json::Value> = parts.iter().map(|part| part.geometry.clone()).collect();
    let read = actix_web::web::block(move || {
        let one = |(n, shape): (usize, &serde_json::Value)| {
            Boundary::parse(shape).map_err(|fault| match fault {
                kernel::Fault::Refused(no) => {
                    let code = no.code;
                    (*no).at(format!("/parts/{n}/geometry"), code).into()
                }
                other => other,
            })
        };
        // More than there may be are refused by their number.
        shapes.iter().take(10).enumerate().map(one).collect::<Outcome<Vec<_>>>()
    });
    let read = read.await.map_err(|_| kernel::error::UNAVAILABLE.fault())??;
    let mut boundaries = read.into_iter();
    let part = |part: &GridPartCreate| Part {
        name: part.name.clone(),
        code: part.code.clone(),
        kind: part.kind.map(Into::into),
        boundary: boundaries.next(),
        users: part.user_ids.iter().flatten().map(|id| Id::from_uuid(*id)).collect(),
    };
    Ok(parts.iter().map(part).collect())
}

/// Split a grid.
///
/// The parts lie inside it, do not overlap and leave at most 0.5 % of it uncovered. It is history then; its posts go on in the
/// parts, and its open incidents follow by their points. What is over stays.
#[utoipa::path(operation_id = "grid_split_grid", tag = "grids", params(("id" = Uuid, Path, description = "The grid")), request_body = GridSplit,
    responses((status = 200, body = GridReshapeView, description = "What came of it")), extensions(("x-permission" = json!(ManageGrids::NAME))))]
#[post("/grids/{id}/split")]
pub async fn split(
    who: Allowed<ManageGrids>,
    id: PathId<GridId>,
    body: Body<GridSplit>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s, expected) = (id.id(), grid.get_ref().clone(), who.expected_version(body.version)?);
    let dry_run = body.dry_run.unwrap_or(false);
    let parts = read(&body.parts).await?;
    let names: Vec<String> = parts.iter().map(|part| part.name.trim().to_owned()).collect();
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let done = deeds::split(tx, ctx, &s, id, expected, &parts, dry_run)?;
        Ok(Answer::of(GridReshapeView::of(&done, &names, dry_run)))
    })
    .await
}

/// Merge grids of one unit.
///
/// The new grid covers what they covered, which must be one connected area. They are history then; all their posts and open
/// incidents go on in the new one.
#[utoipa::path(operation_id = "grid_merge_grids", tag = "grids", request_body = GridMerge,
    responses((status = 200, body = GridReshapeView, description = "What came of it")), extensions(("x-permission" = json!(ManageGrids::NAME))))]
#[post("/grids/merge")]
pub async fn merge(
    who: Allowed<ManageGrids>,
    body: Body<GridMerge>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (s, dry_run) = (grid.get_ref().clone(), body.dry_run.unwrap_or(false));
    let named: Vec<(Id<GridId>, i64)> =
        body.grids.iter().map(|one| (Id::from_uuid(one.grid_id), one.version)).collect();
    let into = Part {
        name: body.name.clone(),
        code: body.code.clone(),
        kind: body.kind.map(Into::into),
        boundary: None,
        users: Vec::new(),
    };
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let done = deeds::merge(tx, ctx, &s, &named, &into, dry_run)?;
        Ok(Answer::of(GridReshapeView::of(&done, &[into.name.trim().to_owned()], dry_run)))
    })
    .await
}

/// Which grid came of which.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GridDescentView {
    /// The grid.
    pub grid_id: Uuid,
    /// Its name.
    pub grid_name: String,
    /// How.
    #[schema(extensions(("x-extensible-enum" = json!(["split", "merge"]))))]
    pub kind: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
}

/// What a grid came of, and what came of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GridLineageView {
    /// The grid.
    pub grid_id: Uuid,
    /// The grids it came of.
    pub came_of: Vec<GridDescentView>,
    /// The grids that came of it.
    pub became: Vec<GridDescentView>,
}

/// Show what a grid came of, and what came of it.
#[utoipa::path(operation_id = "grid_get_lineage", tag = "grids", params(("id" = Uuid, Path, description = "The grid")),
    responses((status = 200, body = GridLineageView, description = "One generation up and down")), extensions(("x-permission" = json!(ReadGrids::NAME))))]
#[get("/grids/{id}/lineage")]
pub async fn show(who: Allowed<ReadGrids>, id: PathId<GridId>) -> Result<HttpResponse, Problem> {
    let id = id.id();
    let found = who
        .read(move |tx, _| {
            grids::find(tx, id)?.or_refuse(&NOT_FOUND)?;
            let (up, down) = (lineage::parents(tx, id)?, lineage::children(tx, id)?);
            let mut named = |all: Vec<Lineage>, other: fn(&Lineage) -> Id<GridId>| {
                let one = |l: Lineage| {
                    let grid = grids::find(tx, other(&l))?.or_refuse(&NOT_FOUND)?;
                    let (kind, at) = (l.kind.word().to_owned(), l.at);
                    Ok(GridDescentView { grid_id: grid.id.uuid(), grid_name: grid.name, kind, at })
                };
                all.into_iter().map(one).collect::<Outcome<Vec<_>>>()
            };
            let (came_of, became) = (named(up, |l| l.from)?, named(down, |l| l.to)?);
            Ok(GridLineageView { grid_id: id.uuid(), came_of, became })
        })
        .await?;
    Ok(HttpResponse::Ok().json(found))
}
