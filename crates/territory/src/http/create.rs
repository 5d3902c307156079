//! `POST /units`

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post};
use kernel::Id;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use web::{Allowed, Answer, Body, Problem};

use super::view::GovUnitView;
use crate::permission::ManageUnits;
use crate::service::create::{self, NewUnit};

/// A new unit.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GovUnitCreate {
    /// The unit above. Only the first unit of all, the root, has none.
    #[schema(nullable = false)]
    parent_id: Option<Uuid>,
    /// Its name.
    #[schema(min_length = 1, max_length = 100, example = "长巷社区")]
    name: String,
    /// Its kind, one of the dictionary `territory_unit_kinds`. Its level must lie below that of the units above; `custom` has
    /// none and may stand anywhere.
    #[schema(example = "community")]
    kind: String,
    /// Its division code, which begins with the parent's if that has one.
    #[schema(
        nullable = false,
        pattern = "^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})$",
        example = "441900106002"
    )]
    code: Option<String>,
}

/// Create a unit.
#[utoipa::path(operation_id = "territory_create_unit", tag = "units", request_body = GovUnitCreate,
    responses((status = 201, body = GovUnitView)), extensions(("x-permission" = json!(ManageUnits::NAME))))]
#[post("/units")]
pub(super) async fn create_unit(
    who: Allowed<ManageUnits>,
    body: Body<GovUnitCreate>,
) -> Result<HttpResponse, Problem> {
    let new = NewUnit {
        parent_id: body.parent_id.map(Id::from_uuid),
        name: body.name.clone(),
        kind: body.kind.clone(),
        code: body.code.clone(),
    };
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let made = create::create(tx, ctx, &new)?;
        let (version, place) = (made.version, format!("/api/v1/units/{}", made.id));
        Ok(Answer::of(GovUnitView::after(tx, ctx, made)?).version(version).location(place))
    })
    .await
}
