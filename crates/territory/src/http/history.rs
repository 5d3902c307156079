//! `GET /units/{id}/history`

use actix_web::{HttpRequest, HttpResponse, get};
use kernel::{Id, Instant, id};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Params, PathId, Problem};

use crate::permission::ReadUnits;
use crate::service::{history, look_up};

/// Which page.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct HistoryParams {
    /// Items on a page, 1 to 200; 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A unit as it was for a time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct GovUnitStretchView {
    /// The version it was.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    version: i64,
    /// Its name then.
    name: String,
    /// Its kind; labels are in the dictionary `territory_unit_kinds`.
    kind: String,
    /// Its division code then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    code: Option<String>,
    /// The unit above then; absent for the root.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    parent_id: Option<Uuid>,
    /// The name which that unit has today.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    parent_name: Option<String>,
    /// From when it was so.
    #[schema(value_type = String, format = DateTime)]
    began_at: Instant,
    /// Until when; absent for what it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    ended_at: Option<Instant>,
}

web::page_schema!(GovUnitStretchPage, GovUnitStretchView);

/// List what a unit was, the newest first. Who changed it is on the audit trail.
#[utoipa::path(operation_id = "territory_list_unit_history", tag = "units",
    params(("id" = Uuid, Path, description = "The unit."), HistoryParams),
    responses((status = 200, body = GovUnitStretchPage)), extensions(("x-permission" = json!(ReadUnits::NAME))))]
#[get("/units/{id}/history")]
pub(super) async fn unit_history(
    req: HttpRequest,
    who: Allowed<ReadUnits>,
    path: PathId<id::Unit>,
    query: Params<HistoryParams>,
) -> Result<HttpResponse, Problem> {
    let id = path.id();
    let parts = ["territory.history", &id.to_string()];
    let request = web::page_request(query.limit, query.cursor.as_deref(), &parts)?;
    let page = who
        .read(move |tx, ctx| {
            let page = history::list(tx, ctx, id, request.after.as_ref(), request.size, request.fingerprint)?;
            let parents: Vec<_> = page.items.iter().filter_map(|e| e.parent_id).collect();
            let names = look_up::names(tx, &parents)?;
            Ok(page.map(|e| GovUnitStretchView {
                version: e.version,
                name: e.name,
                kind: e.kind,
                code: e.code,
                parent_name: e.parent_id.and_then(|p| names.get(&p).cloned()),
                parent_id: e.parent_id.map(Id::uuid),
                began_at: e.valid_from,
                ended_at: e.valid_until,
            }))
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, GovUnitStretchPage::of(page), next.as_ref()))
}
