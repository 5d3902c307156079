//! `PATCH /units/{id}`

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, patch};
use kernel::id;
use serde::Deserialize;
use utoipa::ToSchema;
use web::{Allowed, Answer, Body, PathId, Problem};

use super::view::GovUnitView;
use crate::permission::ManageUnits;
use crate::service::update::{self, Changes};

/// What a unit can do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum GovUnitClear {
    /// Its division code.
    Code,
}

/// What is to be different. What is left out stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GovUnitPatch {
    /// The new name.
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    name: Option<String>,
    /// The new division code.
    #[schema(nullable = false, pattern = "^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})$")]
    code: Option<String>,
    /// What is to go.
    #[schema(nullable = false)]
    clear: Option<Vec<GovUnitClear>>,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// Change a unit's name or code.
#[utoipa::path(operation_id = "territory_update_unit", tag = "units", params(("id" = Uuid, Path, description = "The unit.")),
    request_body = GovUnitPatch, responses((status = 200, body = GovUnitView)),
    extensions(("x-permission" = json!(ManageUnits::NAME))))]
#[patch("/units/{id}")]
pub(super) async fn update_unit(
    who: Allowed<ManageUnits>,
    path: PathId<id::Unit>,
    body: Body<GovUnitPatch>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (path.id(), who.expected_version(body.version)?);
    let changes = Changes {
        name: body.name.clone(),
        code: body.code.clone(),
        clear_code: body.clear.iter().flatten().any(|c| *c == GovUnitClear::Code),
    };
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let changed = update::update(tx, ctx, id, expected, &changes)?;
        let version = changed.version;
        Ok(Answer::of(GovUnitView::after(tx, ctx, changed)?).version(version))
    })
    .await
}
