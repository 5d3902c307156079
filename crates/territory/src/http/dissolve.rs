//! `POST /units/{id}/dissolve`

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use kernel::id;
use serde::Deserialize;
use utoipa::ToSchema;
use web::{Allowed, Answer, Body, PathId, Problem};

use super::view::GovUnitView;
use crate::permission::ManageUnits;
use crate::ports::Ports;
use crate::service::dissolve;

/// The end of a unit.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GovUnitDissolve {
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// Dissolve a unit. It stays on record where it stood.
///
/// Refused while units below it are open or something still hangs on it: grids, open incidents, live grants, accounts. The problem's
/// `in_use` names what, and how many.
#[utoipa::path(operation_id = "territory_dissolve_unit", tag = "units", params(("id" = Uuid, Path, description = "The unit.")),
    request_body = GovUnitDissolve, responses((status = 200, body = GovUnitView)),
    extensions(("x-permission" = json!(ManageUnits::NAME))))]
#[post("/units/{id}/dissolve")]
pub(super) async fn dissolve_unit(
    who: Allowed<ManageUnits>,
    path: PathId<id::Unit>,
    body: Body<GovUnitDissolve>,
    ports: Data<Ports>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (path.id(), who.expected_version(body.version)?);
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let closed = dissolve::dissolve(tx, ctx, &ports, id, expected)?;
        let version = closed.version;
        Ok(Answer::of(GovUnitView::after(tx, ctx, closed)?).version(version))
    })
    .await
}
