//! `GET /units` and `GET /units/{id}/children`.

use actix_web::{HttpRequest, HttpResponse, get};
use kernel::error::{FIELD_CHOICE, INVALID};
use kernel::{Id, Outcome, id};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;
use web::{Allowed, PageRequest, Params, PathId, Problem};

use super::view::{GovUnitPage, GovUnitView};
use crate::model::Level;
use crate::permission::ReadUnits;
use crate::service::look_up::{self, Filter};

/// Which units.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParams {
    /// Only those right below this unit.
    parent_id: Option<Uuid>,
    /// Only the one with this division code.
    code: Option<String>,
    /// Only those whose name begins so; the list is in the order of names then.
    #[param(min_length = 1, max_length = 100)]
    q: Option<String>,
    /// Of these, only those of this kind.
    kind: Option<String>,
    /// Items on a page, 1 to 200; 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Which children.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ChildrenParams {
    /// Only those of this kind.
    kind: Option<String>,
    /// Items on a page, 1 to 200; 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List units: by parent, code or the beginning of a name; without any of these the roots.
#[utoipa::path(operation_id = "territory_list_units", tag = "units", params(ListParams),
    responses((status = 200, body = GovUnitPage)), extensions(("x-permission" = json!(ReadUnits::NAME))))]
#[get("/units")]
pub(super) async fn list(
    req: HttpRequest,
    who: Allowed<ReadUnits>,
    query: Params<ListParams>,
) -> Result<HttpResponse, Problem> {
    let parent = query.parent_id.map(|p| p.to_string()).unwrap_or_default();
    let text = |v: &Option<String>| v.clone().unwrap_or_default();
    let parts = ["territory.units", &parent, &text(&query.code), &text(&query.q), &text(&query.kind)];
    let page = web::page_request(query.limit, query.cursor.as_deref(), &parts)?;
    let filter = Filter {
        parent_id: query.parent_id.map(Id::from_uuid),
        code: query.code.clone(),
        name_prefix: query.q.clone().filter(|q| !q.is_empty()),
        kind: known_kind(query.kind.as_deref())?,
    };
    answer(&req, &who, filter, page, None).await
}

/// List the units right below a unit.
#[utoipa::path(operation_id = "territory_list_unit_children", tag = "units",
    params(("id" = Uuid, Path, description = "The unit."), ChildrenParams),
    responses((status = 200, body = GovUnitPage)), extensions(("x-permission" = json!(ReadUnits::NAME))))]
#[get("/units/{id}/children")]
pub(super) async fn children(
    req: HttpRequest,
    who: Allowed<ReadUnits>,
    path: PathId<id::Unit>,
    query: Params<ChildrenParams>,
) -> Result<HttpResponse, Problem> {
    let kind = known_kind(query.kind.as_deref())?;
    let parts = ["territory.children", &path.id().to_string(), kind.as_deref().unwrap_or_default()];
    let page = web::page_request(query.limit, query.cursor.as_deref(), &parts)?;
    let filter = Filter { parent_id: Some(path.id()), kind, ..Filter::default() };
    answer(&req, &who, filter, page, Some(path.id())).await
}

fn known_kind(kind: Option<&str>) -> Outcome<Option<String>> {
    match kind {
        Some(kind) if Level::parse(kind).is_none() => Err(INVALID.refusal().at("kind", &FIELD_CHOICE).into()),
        kind => Ok(kind.map(str::to_owned)),
    }
}

async fn answer(
    req: &HttpRequest,
    who: &Allowed<ReadUnits>,
    filter: Filter,
    page: PageRequest,
    must_be: Option<Id<id::Unit>>,
) -> Result<HttpResponse, Problem> {
    let page = who
        .read(move |tx, ctx| {
            if let Some(id) = must_be {
                look_up::find(tx, ctx, id)?;
            }
            let found = look_up::list(tx, ctx, &filter, page.after.as_ref(), page.size, page.fingerprint)?;
            Ok(found.map(|placed| GovUnitView::of(placed, ctx)))
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(req, GovUnitPage::of(page), next.as_ref()))
}
