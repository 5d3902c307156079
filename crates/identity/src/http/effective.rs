//! What an account holds, and what that comes to at a place.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use kernel::id::User as UserKind;
use kernel::permission::Permit;
use kernel::{Id, Instant};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Params, PathId, Problem, page, page_request};

use crate::gate::Gate;
use crate::http::grants::GrantPage;
use crate::http::views;
use crate::model::GRANT_STATES;
use crate::permission::{ExplainAccess, ReadGrants};
use crate::service::effective;
use crate::store::grant_lists::{self, Filter};

/// Which of the grants.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UserGrantsQuery {
    /// `active`, `pending`, `proposed`, `expired`, `revoked` or `declined`.
    pub state: Option<String>,
    /// Items on the page: 1 to 200, 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List an account's grants, in the order of the tree.
///
/// Only those in units whose grants the reader may see.
#[utoipa::path(operation_id = "identity_list_user_grants", tag = "users",
    params(("id" = Uuid, Path, description = "The account"), UserGrantsQuery),
    responses((status = 200, body = GrantPage, description = "A page of grants")),
    extensions(("x-permission" = json!(ReadGrants::NAME))))]
#[get("/users/{id}/grants")]
pub async fn list_grants(
    who: Allowed<ReadGrants>,
    id: PathId<UserKind>,
    query: Params<UserGrantsQuery>,
    gate: Data<Gate>,
    req: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let state = query.state.clone();
    if state.as_deref().is_some_and(|s| !GRANT_STATES.contains(&s)) {
        let refusal = web::params::bad("state", GRANT_STATES.join(", "));
        return Err(kernel::Fault::from(refusal).into());
    }
    let id = id.id();
    let filters = ["identity.user_grants", &id.to_string(), state.as_deref().unwrap_or_default()];
    let asked = page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let filter = Filter { user: Some(id), state, ..Filter::default() };
    let (shared, chinese) = (gate.services().clone(), who.chinese());
    let found = who
        .read(move |tx, ctx| {
            effective::known_by_grants(tx, ctx, id)?;
            let scope = ctx.actor.scope(ReadGrants::PERMISSION, false, ctx.now);
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

/// Where and when.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EffectiveQuery {
    /// The unit.
    pub unit: Uuid,
    /// At which moment; now unless told.
    #[param(value_type = Option<String>, format = DateTime)]
    pub at: Option<Instant>,
}

/// A permission that an account has at the place asked about.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EffectivePermissionView {
    /// The permission.
    pub name: String,
    /// What it allows, in the reader's language.
    pub sentence: String,
    /// The grants that carry it there; none for what every account may do.
    pub grant_ids: Vec<Uuid>,
}

/// What an account may do at a place.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EffectivePermissionList {
    /// The moment it is true of.
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
    /// Whether the account is disabled now, and so may do nothing.
    pub user_disabled: bool,
    /// Whether the account may use none of it but to look after itself, until it has set up a second factor.
    pub mfa_required: bool,
    /// The permissions, by name.
    pub items: Vec<EffectivePermissionView>,
}

/// List what an account may do at a unit.
#[utoipa::path(operation_id = "identity_list_user_permissions", tag = "users",
    params(("id" = Uuid, Path, description = "The account"), EffectiveQuery),
    responses((status = 200, body = EffectivePermissionList, description = "The permissions")),
    extensions(("x-permission" = json!(ExplainAccess::NAME))))]
#[get("/users/{id}/effective-permissions")]
pub async fn list_permissions(
    who: Allowed<ExplainAccess>,
    id: PathId<UserKind>,
    query: Params<EffectiveQuery>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let (id, unit, at) = (id.id(), Id::from_uuid(query.unit), query.at.unwrap_or(who.context().now));
    let (shared, chinese) = (gate.services().clone(), who.chinese());
    let list = who
        .read(move |tx, ctx| {
            let (standing, held) = effective::permissions(tx, ctx, &shared, id, unit, at)?;
            let items = held.into_iter().map(|one| EffectivePermissionView {
                name: one.permission.name.to_owned(),
                sentence: (if chinese { one.permission.zh } else { one.permission.en }).to_owned(),
                grant_ids: one.grants.into_iter().map(Id::uuid).collect(),
            });
            Ok(EffectivePermissionList {
                at,
                user_disabled: standing.user_disabled,
                mfa_required: standing.mfa_required,
                items: items.collect(),
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(list))
}
