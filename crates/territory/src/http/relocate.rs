//! `POST /units/{id}/preview-move` and `POST /units/{id}/move`.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use contracts::{RightsChange, RoleMeeting};
use kernel::{Id, Outcome, id};
use serde::{Deserialize, Serialize};
use storage::Tx;
use utoipa::ToSchema;
use uuid::Uuid;
use web::{Allowed, Answer, Body, PathId, Problem};

use super::view::{GovUnitLink, GovUnitView};
use crate::permission::ManageUnits;
use crate::ports::Ports;
use crate::service::look_up;
use crate::service::relocate::{self, Preview};

/// Where a unit might go.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GovUnitMovePreview {
    /// The unit it would hang below.
    parent_id: Uuid,
}

/// Where a unit is to go.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GovUnitMove {
    /// The unit it will hang below.
    parent_id: Uuid,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// What a move does to one grant.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct GovUnitRightsChange {
    /// The grant.
    grant_id: Uuid,
    /// Its holder.
    user_id: Uuid,
    /// The holder's name.
    user_name: String,
    /// The role it gives.
    role_name: String,
    /// Where it was given.
    unit_id: Uuid,
    /// The name of that unit.
    unit_name: String,
}

/// Two roles of one person that the move would bring into one line, against a rule.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct GovUnitRoleMeeting {
    /// Who holds both.
    user_id: Uuid,
    /// Their name.
    user_name: String,
    /// The role held above the new place.
    role_above: String,
    /// The role held in the moved subtree.
    role_below: String,
}

/// What a move would do.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct GovUnitMoveEffect {
    /// The unit.
    unit: GovUnitLink,
    /// The unit above it now.
    from: GovUnitLink,
    /// The unit above it then.
    to: GovUnitLink,
    /// How many units would move, itself counted.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    units: i64,
    /// Whether the move would be let through.
    allowed: bool,
    /// Grants that will reach it and do not now.
    gains: Vec<GovUnitRightsChange>,
    /// Grants that reach it and will not.
    losses: Vec<GovUnitRightsChange>,
    /// Permissions that somebody would gain and you may not give: they refuse the move.
    breaches: Vec<String>,
    /// Permissions that somebody would lose and you may not take: they refuse the move.
    untakeable: Vec<String>,
    /// Roles that would meet in one person and must not: they refuse the move.
    conflicts: Vec<GovUnitRoleMeeting>,
    /// Codes of what is odd and does not refuse it: `territory.code_prefix`.
    warnings: Vec<String>,
}

fn met(meeting: RoleMeeting) -> GovUnitRoleMeeting {
    GovUnitRoleMeeting {
        user_id: meeting.user.uuid(),
        user_name: meeting.user_name,
        role_above: meeting.role_above,
        role_below: meeting.role_below,
    }
}

impl GovUnitMoveEffect {
    fn of(tx: &mut Tx<'_>, preview: Preview) -> Outcome<Self> {
        let effect = preview.effect;
        let places: Vec<_> = effect.gains.iter().chain(&effect.losses).map(|c| c.unit).collect();
        let names = look_up::names(tx, &places)?;
        let changes = |all: Vec<RightsChange>| {
            let view = |c: RightsChange| GovUnitRightsChange {
                grant_id: c.grant.uuid(),
                user_id: c.user.uuid(),
                user_name: c.user_name,
                role_name: c.role_name,
                unit_id: c.unit.uuid(),
                unit_name: names.get(&c.unit).cloned().unwrap_or_default(),
            };
            all.into_iter().map(view).collect()
        };
        let link = |unit: crate::Unit| GovUnitLink { id: unit.id.uuid(), name: unit.name };
        Ok(Self {
            unit: link(preview.unit),
            from: link(preview.from),
            to: link(preview.to),
            units: preview.units,
            allowed: effect.breaches.is_empty()
                && effect.untakeable.is_empty()
                && effect.conflicts.is_empty(),
            gains: changes(effect.gains),
            losses: changes(effect.losses),
            breaches: effect.breaches,
            untakeable: effect.untakeable,
            conflicts: effect.conflicts.into_iter().map(met).collect(),
            warnings: preview.warnings.into_iter().map(str::to_owned).collect(),
        })
    }
}

/// Preview a move: whose rights it changes, how many units it takes along. Changes nothing.
#[utoipa::path(operation_id = "territory_preview_unit_move", tag = "units", params(("id" = Uuid, Path, description = "The unit.")),
    request_body = GovUnitMovePreview, responses((status = 200, body = GovUnitMoveEffect)),
    extensions(("x-permission" = json!(ManageUnits::NAME))))]
#[post("/units/{id}/preview-move")]
pub(super) async fn preview_move(
    who: Allowed<ManageUnits>,
    path: PathId<id::Unit>,
    body: Body<GovUnitMovePreview>,
    ports: Data<Ports>,
) -> Result<HttpResponse, Problem> {
    let (id, to) = (path.id(), Id::from_uuid(body.parent_id));
    let effect = who
        .read(move |tx, ctx| {
            let preview = relocate::preview(tx, ctx, &ports, id, to)?;
            GovUnitMoveEffect::of(tx, preview)
        })
        .await?;
    Ok(HttpResponse::Ok().json(effect))
}

/// Move a unit, with all that is below it, under another parent.
#[utoipa::path(operation_id = "territory_move_unit", tag = "units", params(("id" = Uuid, Path, description = "The unit.")),
    request_body = GovUnitMove, responses((status = 200, body = GovUnitView)),
    extensions(("x-permission" = json!(ManageUnits::NAME))))]
#[post("/units/{id}/move")]
pub(super) async fn move_unit(
    who: Allowed<ManageUnits>,
    path: PathId<id::Unit>,
    body: Body<GovUnitMove>,
    ports: Data<Ports>,
) -> Result<HttpResponse, Problem> {
    let (id, to, expected) = (path.id(), Id::from_uuid(body.parent_id), who.expected_version(body.version)?);
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let moved = relocate::relocate(tx, ctx, &ports, id, expected, to)?;
        let version = moved.version;
        Ok(Answer::of(GovUnitView::after(tx, ctx, moved)?).version(version))
    })
    .await
}
