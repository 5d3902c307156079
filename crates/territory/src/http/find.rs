//! `GET /units/{id}`

use actix_web::{HttpResponse, get};
use kernel::id;
use web::{Allowed, PathId, Problem};

use super::view::GovUnitView;
use crate::permission::ReadUnits;
use crate::service::look_up;

/// Show a unit.
#[utoipa::path(operation_id = "territory_get_unit", tag = "units", params(("id" = Uuid, Path, description = "The unit.")),
    responses((status = 200, body = GovUnitView)), extensions(("x-permission" = json!(ReadUnits::NAME))))]
#[get("/units/{id}")]
pub(super) async fn find(who: Allowed<ReadUnits>, path: PathId<id::Unit>) -> Result<HttpResponse, Problem> {
    let id = path.id();
    let view = who.read(move |tx, ctx| Ok(GovUnitView::of(look_up::find(tx, ctx, id)?, ctx))).await?;
    let version = view.version;
    Ok(web::view(view, version))
}
