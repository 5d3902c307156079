//! The second person's word on a proposed grant, and the grants that reach a unit.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use kernel::Id;
use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::{Grant as GrantKind, Unit};
use kernel::permission::Permit;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{Allowed, Answer, Body, Params, PathId, Problem, page, page_request};

use crate::gate::Gate;
use crate::http::said_version;
use crate::http::views::{self, GrantView};
use crate::model::GRANT_STATES;
use crate::permission::{ManageGrants, ReadGrants, ReadUsers};
use crate::service::approve as second;
use crate::store::grant_lists::{self, Sight};

/// Why a proposed grant is approved or declined.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantDecisionCreate {
    /// Why; it is kept on the trail.
    #[schema(min_length = 2, max_length = 500)]
    pub reason: String,
    /// The version it was read at; not needed.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    pub version: Option<i64>,
}

/// Approve a proposed grant.
///
/// Only another than who gave it and who would hold it, who could have given it, too. Somebody signed in: no API key is a second person,
/// and what a machine gave was given by whoever answers for it or made a key of it.
#[utoipa::path(operation_id = "identity_approve_grant", tag = "grants", params(("id" = Uuid, Path, description = "The grant")),
    request_body = GrantDecisionCreate, responses((status = 200, body = GrantView, description = "It holds")),
    extensions(("x-permission" = json!(ManageGrants::NAME))))]
#[post("/grants/{id}/approve")]
pub async fn approve(
    who: Allowed<ManageGrants>,
    id: PathId<GrantKind>,
    body: Body<GrantDecisionCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let version = said_version(&who, body.version)?;
    let (id, reason, shared, chinese) =
        (id.id(), body.reason.clone(), gate.services().clone(), who.chinese());
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let grant = second::approve(tx, ctx, &shared, id, version, &reason)?;
        Ok(Answer::of(views::grant(tx, ctx, &shared, chinese, &grant)?).version(grant.version))
    })
    .await
}

/// Decline a proposed grant.
///
/// It never holds. Nobody declines what they could not give.
#[utoipa::path(operation_id = "identity_decline_grant", tag = "grants", params(("id" = Uuid, Path, description = "The grant")),
    request_body = GrantDecisionCreate, responses((status = 200, body = GrantView, description = "Declined")),
    extensions(("x-permission" = json!(ManageGrants::NAME))))]
#[post("/grants/{id}/decline")]
pub async fn decline(
    who: Allowed<ManageGrants>,
    id: PathId<GrantKind>,
    body: Body<GrantDecisionCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let version = said_version(&who, body.version)?;
    let (id, reason, shared, chinese) =
        (id.id(), body.reason.clone(), gate.services().clone(), who.chinese());
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let grant = second::decline(tx, ctx, id, version, &reason)?;
        Ok(Answer::of(views::grant(tx, ctx, &shared, chinese, &grant)?).version(grant.version))
    })
    .await
}

/// A grant that reaches a unit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnitGrantView {
    /// The grant.
    pub grant: GrantView,
    /// Whether it was given at a unit above.
    pub inherited: bool,
}

web::page_schema!(UnitGrantPage, UnitGrantView);

/// Which grants of a unit.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UnitGrantsQuery {
    /// `inherited`: those given at units above that reach it, too.
    pub include: Option<String>,
    /// `active`, `pending`, `proposed`, `expired`, `revoked` or `declined`; unless told, all that hold, will or may.
    pub state: Option<String>,
    /// Items on the page: 1 to 200, 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List the grants that reach a unit, newest first.
///
/// Of what was given at units above, only what the reader may know: people at home where they see accounts, and what was given
/// where they see grants.
#[utoipa::path(operation_id = "identity_list_unit_grants", tag = "grants",
    params(("id" = Uuid, Path, description = "The unit"), UnitGrantsQuery),
    responses((status = 200, body = UnitGrantPage, description = "A page of grants")),
    extensions(("x-permission" = json!(ReadGrants::NAME))))]
#[get("/units/{id}/grants")]
pub async fn of_unit(
    who: Allowed<ReadGrants>,
    id: PathId<Unit>,
    query: Params<UnitGrantsQuery>,
    gate: Data<Gate>,
    req: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let state = query.state.clone();
    if state.as_deref().is_some_and(|state| !GRANT_STATES.contains(&state)) {
        return Err(kernel::Fault::from(web::params::bad("state", GRANT_STATES.join(", "))).into());
    }
    if query.include.as_deref().is_some_and(|include| include != "inherited") {
        return Err(kernel::Fault::from(web::params::bad("include", "inherited")).into());
    }
    let (id, inherited) = (id.id(), query.include.is_some());
    let unit = id.to_string();
    let include = query.include.clone().unwrap_or_default();
    let filters = ["identity.unit_grants", &unit, &include, state.as_deref().unwrap_or_default()];
    let asked = page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let (shared, chinese) = (gate.services().clone(), who.chinese());
    let found = who
        .read(move |tx, ctx| {
            let unit = shared
                .tree
                .unit(tx, id)?
                .filter(|unit| ctx.actor.may(ReadGrants::PERMISSION, &unit.path, ctx.now))
                .or_refuse(&NOT_FOUND)?;
            let sight = Sight {
                people: ctx.actor.scope(ReadUsers::PERMISSION, false, ctx.now),
                places: ctx.actor.scope(ReadGrants::PERMISSION, false, ctx.now),
            };
            let after = asked.after.as_ref().map(|cursor| Id::from_uuid(cursor.after));
            let found = grant_lists::reaching(
                tx,
                &unit.path,
                inherited,
                &sight,
                state.as_deref(),
                ctx.now,
                after,
                asked.size,
                asked.fingerprint,
            )?;
            let grants = views::grants(tx, ctx, &shared, chinese, &found.items)?;
            let own = |view: &GrantView| view.unit.id == unit.id.uuid();
            let items =
                grants.into_iter().map(|grant| UnitGrantView { inherited: !own(&grant), grant }).collect();
            Ok(kernel::Page { items, next: found.next })
        })
        .await?;
    let next = found.next.clone();
    Ok(page(&req, UnitGrantPage::of(found), next.as_ref()))
}
