//! Every boundary that a grid had, has, and will have.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::{Grid as GridId, User};
use kernel::{Cursor, Id, Instant, Page};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Params, PathId, Problem};

use crate::model::Drawn;
use crate::permission::ReadGrids;
use crate::ports::GridServices;
use crate::store::{boundaries, grids};

/// Which page.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GridBoundariesQuery {
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// One version of a grid's boundary; its geometry is asked for by a moment at which it holds.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GridBoundaryView {
    /// The grid.
    pub grid_id: Uuid,
    /// Its number, from 1.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub number: i64,
    /// From when it holds.
    #[schema(value_type = String, format = DateTime)]
    pub valid_from_at: Instant,
    /// Until when, exclusive; absent as long as none follows. One that was overtaken before its time ends when it would have begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub valid_until_at: Option<Instant>,
    /// Who drew it, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub drawn_by_id: Option<Uuid>,
    /// Their name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub drawn_by_name: Option<String>,
    /// When it was drawn.
    #[schema(value_type = String, format = DateTime)]
    pub drawn_at: Instant,
}

web::page_schema!(GridBoundaryPage, GridBoundaryView);

/// List the boundaries of a grid, the newest first, those to come among them.
#[utoipa::path(operation_id = "grid_list_boundaries", tag = "grids", params(("id" = Uuid, Path, description = "The grid"), GridBoundariesQuery),
    responses((status = 200, body = GridBoundaryPage, description = "A page of boundaries")), extensions(("x-permission" = json!(ReadGrids::NAME))))]
#[get("/grids/{id}/boundaries")]
pub async fn list(
    req: HttpRequest,
    who: Allowed<ReadGrids>,
    id: PathId<GridId>,
    query: Params<GridBoundariesQuery>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (id.id(), grid.get_ref().clone());
    let filters = ["grid.boundaries", &id.to_string()];
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let before = asked.after.as_ref().and_then(|c| c.key.as_ref()?.parse().ok());
    let page = who
        .read(move |tx, _| {
            grids::find(tx, id)?.or_refuse(&NOT_FOUND)?;
            let rows = boundaries::list(tx, id, before, asked.size.probe())?;
            let page = Page::cut(rows, asked.size, |drawn| Cursor {
                after: id.uuid(),
                filter: asked.fingerprint,
                key: Some(drawn.version.to_string()),
            });
            let people: std::collections::BTreeSet<Id<User>> =
                page.items.iter().filter_map(|drawn| drawn.by).collect();
            let people: Vec<Id<User>> = people.into_iter().collect();
            let known = if people.is_empty() { Vec::new() } else { s.users.users(tx, &people)? };
            let name = |by: Option<Id<User>>| {
                by.and_then(|by| known.iter().find(|u| u.id == by).map(|u| u.display_name.clone()))
            };
            let view = |drawn: Drawn| GridBoundaryView {
                grid_id: drawn.grid.uuid(),
                number: drawn.version,
                valid_from_at: drawn.from,
                valid_until_at: drawn.until,
                drawn_by_id: drawn.by.map(Id::uuid),
                drawn_by_name: name(drawn.by),
                drawn_at: drawn.at,
            };
            Ok(Page { items: page.items.into_iter().map(view).collect(), next: page.next })
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, GridBoundaryPage::of(page), next.as_ref()))
}
