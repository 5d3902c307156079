//! The grids of a town as one GeoJSON file: out, page by page, and in, all or none.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpResponse, get, post};
use futures_util::stream;
use kernel::id::{Grid as GridId, Unit};
use kernel::{Context, Fault, Id, Outcome};
use serde::{Deserialize, Serialize};
use storage::Db;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Answer, Params, Problem, Raw};

use crate::permission::ManageGrids;
use crate::ports::GridServices;
use crate::service::see::Units;
use crate::service::town::{self, Fate, Told};
use crate::service::{draw, sizes, town_file};
use crate::store::grids::{self, Filter};

/// The most bytes of a file that is imported.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Grids of one piece of an export.
const PIECE: i64 = 50;

/// Which unit.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GridExportQuery {
    /// This unit and below.
    unit: Uuid,
}

/// Whether it is in earnest.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GridImportQuery {
    /// Whether to say only what would be; no unless told.
    dry_run: Option<bool>,
}

/// A GeoJSON FeatureCollection (RFC 7946) as it is. Properties: `id`, `name`, `code`, `kind`, `unit_id` or `unit_code`.
#[derive(utoipa::ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "the document alone speaks of it")]
pub struct GridTownFile(Vec<u8>);

/// The grids of a unit and below as a GeoJSON FeatureCollection (RFC 7946), as an import takes it.
#[derive(utoipa::ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "the document alone speaks of it")]
pub struct GridTownView(Vec<u8>);

/// What became of a feature.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GridImportItem {
    /// Which feature, from 0.
    #[schema(minimum = 0, maximum = 9999)]
    pub index: i64,
    /// What became of it, or would.
    #[schema(extensions(("x-extensible-enum" = json!(["created", "redrawn", "unchanged", "failed"]))))]
    pub result: String,
    /// The grid, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub grid_id: Option<Uuid>,
    /// What is wrong with it, by its code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub code: Option<String>,
    /// What is wrong with it, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub detail: Option<String>,
}

/// What became of an import.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GridImportView {
    /// Whether it was done: nothing was wrong, and it was in earnest.
    pub applied: bool,
    /// How many grids were made.
    #[schema(minimum = 0, maximum = 10000)]
    pub created: i64,
    /// How many got a new boundary.
    #[schema(minimum = 0, maximum = 10000)]
    pub redrawn: i64,
    /// How many have this boundary already.
    #[schema(minimum = 0, maximum = 10000)]
    pub unchanged: i64,
    /// With how many something is wrong. If there is one, nothing was done.
    #[schema(minimum = 0, maximum = 10000)]
    pub failed: i64,
    /// What became of each feature, in the file's order.
    pub items: Vec<GridImportItem>,
}

impl GridImportView {
    fn of(all: Vec<Told>, dry_run: bool, chinese: bool) -> Self {
        let count = |fate| i64::try_from(all.iter().filter(|t| t.fate == fate).count()).unwrap_or(i64::MAX);
        let (created, redrawn) = (count(Fate::Created), count(Fate::Redrawn));
        let (unchanged, failed) = (count(Fate::Unchanged), count(Fate::Failed));
        let item = |(index, told): (i64, Told)| GridImportItem {
            index,
            result: told.fate.word().to_owned(),
            grid_id: told.grid.map(Id::uuid),
            detail: told.wrong.as_ref().map(|(code, detail)| {
                let title = if chinese { code.zh } else { code.en };
                detail.as_ref().map_or_else(|| title.to_owned(), |detail| format!("{title} {detail}"))
            }),
            code: told.wrong.map(|(code, _)| code.code.to_owned()),
        };
        let items = (0_i64..).zip(all).map(item).collect();
        Self { applied: !dry_run && failed == 0, created, redrawn, unchanged, failed, items }
    }
}

/// How far an export has come.
struct Going {
    db: Db,
    ctx: Context,
    s: GridServices,
    unit: Id<Unit>,
    after: Option<Id<GridId>>,
    first: bool,
    over: bool,
}

impl Going {
    /// The next piece, judged at its own moment.
    async fn next(&mut self) -> Outcome<Option<Bytes>> {
        if self.over {
            return Ok(None);
        }
        let ctx = Context { now: self.db.clock().now(), ..self.ctx.clone() };
        let (s, unit) = (self.s.clone(), self.unit);
        let filter = Filter { below: Some(unit), after: self.after, ..Filter::default() };
        let lines = self
            .db
            .read(move |tx| {
                sizes::managed_unit(tx, &ctx, &s, unit)?;
                let all = grids::list(tx, &filter, PIECE)?;
                let ids: std::collections::BTreeSet<Id<Unit>> = all.iter().map(|g| g.unit).collect();
                let units = Units::with(tx, &s, &ids.into_iter().collect::<Vec<_>>())?;
                let line = |grid: &crate::model::Grid| {
                    let name = units.get(grid.unit).map(|u| u.name.clone()).unwrap_or_default();
                    let geometry = draw::geometry(tx, grid)?;
                    Ok((grid.id, town_file::written(grid, &name, geometry.as_ref()).to_string()))
                };
                all.iter().map(line).collect::<Outcome<Vec<_>>>()
            })
            .await?;
        self.after = lines.last().map(|(id, _)| *id);
        self.over = i64::try_from(lines.len()).unwrap_or(i64::MAX) < PIECE;
        let mut text = String::new();
        if std::mem::take(&mut self.first) {
            text.push_str("{\"type\":\"FeatureCollection\",\"features\":[\n");
        } else if !lines.is_empty() {
            text.push_str(",\n");
        }
        text.push_str(&lines.into_iter().map(|(_, line)| line).collect::<Vec<_>>().join(",\n"));
        if self.over {
            text.push_str("\n]}\n");
        }
        Ok(Some(Bytes::from(text)))
    }
}

/// Download the live grids of a unit and below as one GeoJSON file.
#[utoipa::path(operation_id = "grid_export_town", tag = "grids", params(GridExportQuery),
    responses((status = 200, body = GridTownView, content_type = "application/geo+json", description = "A FeatureCollection")),
    extensions(("x-permission" = json!(ManageGrids::NAME))))]
#[get("/grids/export")]
pub async fn export(
    who: Allowed<ManageGrids>,
    query: Params<GridExportQuery>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let mut going = Going {
        db: who.db().clone(),
        ctx: who.context().clone(),
        s: grid.get_ref().clone(),
        unit: Id::from_uuid(query.unit),
        after: None,
        first: true,
        over: false,
    };
    // The first piece before the answer begins: what may not be seen is refused, and not broken off.
    let first = going.next().await?;
    let body = stream::try_unfold((first, going), |(first, mut going)| async move {
        let piece = match first {
            Some(piece) => Some(piece),
            None => going.next().await?,
        };
        Ok::<_, Fault>(piece.map(|piece| (piece, (None, going))))
    });
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/geo+json"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"grids.geojson\""))
        .streaming(body))
}

/// Import the grids of a town from a GeoJSON file: up to 64 MiB and 10,000 features, all or none.
///
/// A feature whose id or code is known gets a new version of its boundary, or is left as it is; of any other a grid is made. Each feature has
/// its result; if something is wrong with one, nothing is done.
#[utoipa::path(operation_id = "grid_import_town", tag = "grids", params(GridImportQuery),
    request_body(content = GridTownFile, content_type = "application/geo+json", description = "A FeatureCollection"),
    responses((status = 200, body = GridImportView, description = "What became of each feature")), extensions(("x-permission" = json!(ManageGrids::NAME))))]
#[post("/grids/import")]
pub async fn import(
    who: Allowed<ManageGrids>,
    query: Params<GridImportQuery>,
    file: Raw<MAX_BYTES>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (bytes, s) = (file.bytes.clone(), grid.get_ref().clone());
    let read = actix_web::web::block(move || town_file::read(&bytes)).await;
    let features = read.map_err(|_| Problem::from(kernel::error::UNAVAILABLE.fault()))??;
    let (dry_run, chinese) = (query.dry_run.unwrap_or(false), who.chinese());
    who.write(StatusCode::OK, &file, move |tx, ctx| {
        let told = town::import(tx, ctx, &s, &features, dry_run)?;
        Ok(Answer::of(GridImportView::of(told, dry_run, chinese)))
    })
    .await
}
