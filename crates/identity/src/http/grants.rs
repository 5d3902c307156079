//! Grants.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, patch, post};
use kernel::error::{FIELD_CHOICE, INVALID, NOT_FOUND, OrRefuse};
use kernel::id::Grant as GrantKind;
use kernel::permission::Permit;
use kernel::{Id, Instant};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Answer, Body, Params, PathId, Problem, page, page_request, view};

use crate::gate::Gate;
use crate::http::said_version;
use crate::http::views::{self, GrantView};
use crate::model::GRANT_STATES;
use crate::permission::{ManageGrants, ReadGrants};
use crate::service::amend::{self, Amendment};
use crate::service::give;
use crate::service::orphans;
use crate::service::revoke as taking;
use crate::store::grant_lists::{self, Filter};
use crate::store::grants;

web::page_schema!(GrantPage, GrantView);

/// Which grants.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GrantsQuery {
    /// Only those given in this unit and below.
    pub unit: Option<Uuid>,
    /// Only this account's.
    pub user: Option<Uuid>,
    /// Only those of this role.
    pub role: Option<Uuid>,
    /// `active`, `pending`, `proposed`, `expired`, `revoked` or `declined`.
    pub state: Option<String>,
    /// Only those that end before.
    #[param(value_type = Option<String>, format = DateTime)]
    pub expires_before: Option<Instant>,
    /// `true`: only those that hold or will and whose giver could no longer give them.
    pub orphaned: Option<bool>,
    /// Items on the page: 1 to 200, 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List grants, in the order of the tree; in a unit the oldest first.
#[utoipa::path(operation_id = "identity_list_grants", tag = "grants", params(GrantsQuery),
    responses((status = 200, body = GrantPage, description = "A page of grants")),
    extensions(("x-permission" = json!(ReadGrants::NAME))))]
#[get("/grants")]
pub async fn list(
    who: Allowed<ReadGrants>,
    query: Params<GrantsQuery>,
    gate: Data<Gate>,
    req: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let state = query.state.clone();
    if state.as_deref().is_some_and(|state| !GRANT_STATES.contains(&state)) {
        return Err(kernel::Fault::from(web::params::bad("state", GRANT_STATES.join(", "))).into());
    }
    let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let (unit, user, role) = (text(query.unit), text(query.user), text(query.role));
    let before = query.expires_before.map(|before| before.to_string()).unwrap_or_default();
    let orphaned = query.orphaned.unwrap_or(false);
    let lost = if orphaned { "orphaned" } else { "" };
    let filters =
        ["identity.grants", &unit, &user, &role, state.as_deref().unwrap_or_default(), &before, lost];
    let asked = page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let filter = Filter {
        user: query.user.map(Id::from_uuid),
        role: query.role.map(Id::from_uuid),
        state,
        expires_before: query.expires_before,
        orphaned,
        givers: None,
    };
    let (shared, chinese, unit) = (gate.services().clone(), who.chinese(), query.unit);
    let found = who
        .read(move |tx, ctx| {
            let mut scope = ctx.actor.scope(ReadGrants::PERMISSION, false, ctx.now);
            if let Some(unit) = unit {
                let unit = shared.tree.unit(tx, Id::from_uuid(unit))?.or_refuse(&NOT_FOUND)?;
                scope = scope.within(unit.id, &unit.path);
            }
            let mut filter = filter.clone();
            if orphaned {
                filter.givers = orphans::suspects(tx, &shared, ctx.now)?;
            }
            let after = asked.after.as_ref();
            let found =
                grant_lists::list(tx, &scope, &filter, ctx.now, after, asked.size, asked.fingerprint)?;
            let items = views::grants(tx, ctx, &shared, chinese, &found.items)?;
            Ok(kernel::Page { items, next: found.next })
        })
        .await?;
    let next = found.next.clone();
    Ok(page(&req, GrantPage::of(found), next.as_ref()))
}

/// A role to be given to somebody.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantCreate {
    /// To whom.
    pub user_id: Uuid,
    /// Which role.
    pub role_id: Uuid,
    /// Where.
    pub unit_id: Uuid,
    /// Whether it reaches below the unit; it does unless told.
    #[schema(nullable = false)]
    pub subtree: Option<bool>,
    /// From when; now unless told.
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub starts_at: Option<Instant>,
    /// Until when; until revoked unless told.
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<Instant>,
    /// Why; it is kept on the trail.
    #[schema(min_length = 2, max_length = 500)]
    pub reason: String,
    /// The number of the request elsewhere.
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    pub ticket: Option<String>,
}

/// Give a role to somebody.
///
/// Nobody gives what they do not hold, nor farther, nor longer, nor to themselves. Where two roles meet only with a second
/// person's approval, it is `proposed` and holds when another has approved it. What they have been given already, for the same time, is
/// not given twice: `identity.grant_there`; with another end it is.
#[utoipa::path(operation_id = "identity_create_grant", tag = "grants", request_body = GrantCreate,
    responses((status = 201, body = GrantView, description = "Given")),
    extensions(("x-permission" = json!(ManageGrants::NAME))))]
#[post("/grants")]
pub async fn create(
    who: Allowed<ManageGrants>,
    body: Body<GrantCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let gift = body.gift();
    let (shared, chinese) = (gate.services().clone(), who.chinese());
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let made = give::give(tx, ctx, &shared, &gift)?;
        let location = format!("/api/v1/grants/{}", made.id);
        Ok(Answer::of(views::grant(tx, ctx, &shared, chinese, &made)?)
            .version(made.version)
            .location(location))
    })
    .await
}

/// Read a grant.
#[utoipa::path(operation_id = "identity_read_grant", tag = "grants", params(("id" = Uuid, Path, description = "The grant")),
    responses((status = 200, body = GrantView, description = "The grant")),
    extensions(("x-permission" = json!(ReadGrants::NAME))))]
#[get("/grants/{id}")]
pub async fn read(
    who: Allowed<ReadGrants>,
    id: PathId<GrantKind>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let (id, shared, chinese) = (id.id(), gate.services().clone(), who.chinese());
    let found = who
        .read(move |tx, ctx| {
            let grant = grants::find(tx, id)?
                .filter(|grant| ctx.actor.may(ReadGrants::PERMISSION, &grant.unit_path, ctx.now))
                .or_refuse(&NOT_FOUND)?;
            views::grant(tx, ctx, &shared, chinese, &grant)
        })
        .await?;
    let version = found.version;
    Ok(view(found, version))
}

/// What changes of a grant.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantPatch {
    /// A new end.
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<Instant>,
    /// A new reason.
    #[schema(nullable = false, min_length = 2, max_length = 500)]
    pub reason: Option<String>,
    /// What is to be emptied: `ends_at` lifts the end.
    #[schema(nullable = false, max_items = 1)]
    pub clear: Option<Vec<String>>,
    /// The version it was read at, unless `If-Match` says it.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    pub version: Option<i64>,
}

/// Change a grant's end or its reason.
#[utoipa::path(operation_id = "identity_update_grant", tag = "grants", params(("id" = Uuid, Path, description = "The grant")),
    request_body = GrantPatch, responses((status = 200, body = GrantView, description = "Changed")),
    extensions(("x-permission" = json!(ManageGrants::NAME))))]
#[patch("/grants/{id}")]
pub async fn update(
    who: Allowed<ManageGrants>,
    id: PathId<GrantKind>,
    body: Body<GrantPatch>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let version = who.expected_version(body.version)?;
    let clear = body.clear.as_deref().unwrap_or_default();
    if clear.iter().any(|name| name != "ends_at") {
        return Err(kernel::Fault::from(INVALID.refusal().at("/clear", &FIELD_CHOICE)).into());
    }
    let until = if clear.is_empty() { body.ends_at.map(Some) } else { Some(None) };
    let change = Amendment { until, reason: body.reason.clone() };
    let (id, shared, chinese) = (id.id(), gate.services().clone(), who.chinese());
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let grant = amend::amend(tx, ctx, id, version, &change)?;
        Ok(Answer::of(views::grant(tx, ctx, &shared, chinese, &grant)?).version(grant.version))
    })
    .await
}

/// Why a grant is revoked.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantRevokeCreate {
    /// Why; it is kept on the trail.
    #[schema(min_length = 2, max_length = 500)]
    pub reason: String,
    /// The version it was read at; not needed.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    pub version: Option<i64>,
}

/// Revoke a grant.
///
/// It holds no more on its holder's next request. Nobody takes what they could not give.
#[utoipa::path(operation_id = "identity_revoke_grant", tag = "grants", params(("id" = Uuid, Path, description = "The grant")),
    request_body = GrantRevokeCreate, responses((status = 200, body = GrantView, description = "Revoked")),
    extensions(("x-permission" = json!(ManageGrants::NAME))))]
#[post("/grants/{id}/revoke")]
pub async fn revoke(
    who: Allowed<ManageGrants>,
    id: PathId<GrantKind>,
    body: Body<GrantRevokeCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let version = said_version(&who, body.version)?;
    let (id, reason, shared, chinese) =
        (id.id(), body.reason.clone(), gate.services().clone(), who.chinese());
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let grant = taking::revoke(tx, ctx, id, version, &reason)?;
        Ok(Answer::of(views::grant(tx, ctx, &shared, chinese, &grant)?).version(grant.version))
    })
    .await
}
