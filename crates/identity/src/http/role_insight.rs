//! Roles looked at: who holds one, what an edit would do, how two differ.

use std::collections::BTreeSet;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::Role as RoleKind;
use kernel::permission::Permit;
use kernel::{Cursor, Id, Instant, Outcome, Page};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Body, Params, PathId, Problem, page, page_request};

use crate::gate::Gate;
use crate::http::grant_batch::{GrantBreachView, breach_views};
use crate::http::views::{GrantRoleView, GrantUnitView, GrantUserView, UnitNames, role_ref};
use crate::permission::{ManageRoles, ReadGrants, ReadRoles};
use crate::service::{foresee, roles as custom};
use crate::store::{grant_lists, roles, users};

/// A place where somebody holds the role.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RoleHoldingView {
    /// The grant.
    pub grant_id: Uuid,
    /// Where.
    pub unit: GrantUnitView,
    /// Whether it reaches below the unit.
    pub subtree: bool,
    /// `active` or `pending`.
    #[schema(extensions(("x-extensible-enum" = json!(["active", "pending"]))))]
    pub state: String,
    /// Until when; absent: until revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<Instant>,
}

/// Somebody who holds a role.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RoleHolderView {
    /// Who.
    pub user: GrantUserView,
    /// Where, of the places the reader sees.
    pub holdings: Vec<RoleHoldingView>,
}

web::page_schema!(RoleHolderPage, RoleHolderView);

/// Which holders.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RoleHoldersQuery {
    /// Only in this unit and below.
    pub unit: Option<Uuid>,
    /// Items on the page: 1 to 200, 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List who holds a role, now or one day.
#[utoipa::path(operation_id = "identity_list_role_holders", tag = "roles",
    params(("id" = Uuid, Path, description = "The role"), RoleHoldersQuery),
    responses((status = 200, body = RoleHolderPage, description = "A page of people")),
    extensions(("x-permission" = json!(ReadGrants::NAME))))]
#[get("/roles/{id}/holders")]
pub async fn holders(
    who: Allowed<ReadGrants>,
    id: PathId<RoleKind>,
    query: Params<RoleHoldersQuery>,
    gate: Data<Gate>,
    req: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (id, within) = (id.id(), query.unit);
    let (role, unit) = (id.to_string(), within.map(|unit| unit.to_string()).unwrap_or_default());
    let filters = ["identity.role_holders", &role, &unit];
    let asked = page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let shared = gate.services().clone();
    let found = who
        .read(move |tx, ctx| {
            let mut scope = ctx.actor.scope(ReadGrants::PERMISSION, false, ctx.now);
            let seen = |role: &crate::model::Role| {
                let near = role.unit_path.as_ref().is_none_or(|home| {
                    scope.covers(home, None) || scope.roots.iter().any(|root| home.contains(&root.path))
                });
                near || custom::is_visible(ctx, role)
            };
            roles::find(tx, id)?.filter(seen).or_refuse(&NOT_FOUND)?;
            if let Some(unit) = within {
                let unit = shared.tree.unit(tx, Id::from_uuid(unit))?.or_refuse(&NOT_FOUND)?;
                scope = scope.within(unit.id, &unit.path);
            }
            let after = asked.after.as_ref().map(|cursor| Id::from_uuid(cursor.after));
            let people = grant_lists::holders(tx, id, &scope, ctx.now, after, asked.size.probe())?;
            let people = Page::cut(people, asked.size, |last| Cursor {
                after: last.uuid(),
                filter: asked.fingerprint,
                key: None,
            });
            let grants = grant_lists::of_holders(tx, id, &people.items, &scope, ctx.now)?;
            let names = UnitNames::of(tx, &shared, grants.iter().map(|grant| grant.unit_id))?;
            let mut accounts = users::find_all(tx, &people.items)?;
            accounts.sort_by_key(|user| user.id);
            let items = accounts.iter().map(|user| RoleHolderView {
                user: GrantUserView { id: user.id.uuid(), display_name: user.display_name.clone() },
                holdings: grants
                    .iter()
                    .filter(|grant| grant.user_id == user.id)
                    .map(|grant| RoleHoldingView {
                        grant_id: grant.id.uuid(),
                        unit: names.view(grant.unit_id),
                        subtree: grant.subtree,
                        state: grant.state(ctx.now).to_owned(),
                        ends_at: grant.valid_until,
                    })
                    .collect(),
            });
            Ok(Page { items: items.collect(), next: people.next })
        })
        .await?;
    let next = found.next.clone();
    Ok(page(&req, RoleHolderPage::of(found), next.as_ref()))
}

/// What a role would allow.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RolePreviewCreate {
    /// What it would allow, in place of what it allows.
    #[schema(max_items = 500)]
    pub permissions: BTreeSet<String>,
}

/// A permission that would come or go.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RoleChangeView {
    /// The permission.
    pub permission: String,
    /// Whether it comes; else it goes.
    pub added: bool,
    /// How many people would have it somewhere they have it not, or the other way round: of all there are.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub people: i64,
}

/// Somebody whom an edit would touch.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RoleTouchedView {
    /// Who.
    pub user: GrantUserView,
    /// What they would have somewhere and have not.
    pub gains: Vec<String>,
    /// What they have somewhere and would not.
    pub loses: Vec<String>,
}

/// What an edit of a role would do.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RolePreviewView {
    /// Whether the reader could make it.
    pub allowed: bool,
    /// How many people hold the role, now or one day.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub holders: i64,
    /// Each permission that would come or go.
    pub changes: Vec<RoleChangeView>,
    /// The first 50 of the people, of those the reader may know.
    pub people: Vec<RoleTouchedView>,
    /// What the reader could not give of it.
    pub breaches: Vec<GrantBreachView>,
    /// The codes of everything that refuses it; the edit itself is refused with the first.
    pub refusals: Vec<String>,
}

/// See who would gain and lose what by an edit of a role.
#[utoipa::path(operation_id = "identity_preview_role", tag = "roles", params(("id" = Uuid, Path, description = "The role")),
    request_body = RolePreviewCreate, responses((status = 200, body = RolePreviewView, description = "What it would do")),
    extensions(("x-permission" = json!(ManageRoles::NAME))))]
#[post("/roles/{id}/preview")]
pub async fn preview(
    who: Allowed<ManageRoles>,
    id: PathId<RoleKind>,
    body: Body<RolePreviewCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let (id, shared, after) = (id.id(), gate.services().clone(), body.permissions.clone());
    let edit = who.read(move |tx, ctx| foresee::role(tx, ctx, &shared, id, &after)).await?;
    let people = edit.people.into_iter().map(|touched| RoleTouchedView {
        user: GrantUserView { id: touched.user.id.uuid(), display_name: touched.user.display_name },
        gains: touched.gains,
        loses: touched.loses,
    });
    let changes = edit.changes.into_iter().map(|change| RoleChangeView {
        permission: change.permission,
        added: change.added,
        people: change.people,
    });
    Ok(HttpResponse::Ok().json(RolePreviewView {
        allowed: edit.refusals.is_empty(),
        holders: edit.holders,
        changes: changes.collect(),
        people: people.collect(),
        breaches: breach_views(&edit.breaches),
        refusals: edit.refusals.iter().map(|refusal| refusal.code.code.to_owned()).collect(),
    }))
}

/// Which two roles.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RoleComparisonQuery {
    /// One role.
    pub a: Uuid,
    /// The other.
    pub b: Uuid,
}

/// How two roles differ.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RoleComparisonView {
    /// One role.
    pub a: GrantRoleView,
    /// The other.
    pub b: GrantRoleView,
    /// What both allow.
    pub both: Vec<String>,
    /// What only the first allows.
    pub only_a: Vec<String>,
    /// What only the second allows.
    pub only_b: Vec<String>,
}

/// Compare two roles.
#[utoipa::path(operation_id = "identity_compare_roles", tag = "roles", params(RoleComparisonQuery),
    responses((status = 200, body = RoleComparisonView, description = "How they differ")),
    extensions(("x-permission" = json!(ReadRoles::NAME))))]
#[get("/roles/compare")]
pub async fn compare(
    who: Allowed<ReadRoles>,
    query: Params<RoleComparisonQuery>,
) -> Result<HttpResponse, Problem> {
    let (a, b, chinese) = (Id::from_uuid(query.a), Id::from_uuid(query.b), who.chinese());
    let told = who
        .read(move |tx, ctx| {
            let mut one = |id: Id<RoleKind>| -> Outcome<(GrantRoleView, BTreeSet<String>)> {
                let role = roles::find(tx, id)?;
                let role = role.filter(|role| custom::is_visible(ctx, role)).or_refuse(&NOT_FOUND)?;
                let names = roles::permissions_of(tx, id)?;
                Ok((role_ref(Some(&role), id.uuid(), chinese), names))
            };
            let ((a, first), (b, second)) = (one(a)?, one(b)?);
            Ok(RoleComparisonView {
                a,
                b,
                both: first.intersection(&second).cloned().collect(),
                only_a: first.difference(&second).cloned().collect(),
                only_b: second.difference(&first).cloned().collect(),
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(told))
}
