//! Roles, and the permissions they are made of.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post};
use kernel::Id;
use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::Role as RoleKind;
use kernel::permission::Permit;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Answer, Body, NoBody, Params, PathId, Problem, page, page_request, view};

use crate::gate::Gate;
use crate::http::views::{self, PermissionView, RoleView};
use crate::permission::{ManageRoles, ReadRoles};
use crate::service::conflicts;
use crate::service::roles::{self, NewRole, RoleChange};
use crate::store::roles as store;

web::page_schema!(RolePage, RoleView);

/// All permissions there are.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PermissionList {
    /// The permissions.
    pub items: Vec<PermissionView>,
}

/// List every permission there is.
#[utoipa::path(operation_id = "identity_list_permissions", tag = "roles",
    responses((status = 200, body = PermissionList, description = "The permissions")),
    extensions(("x-permission" = json!(ReadRoles::NAME))))]
#[get("/permissions")]
pub async fn list_permissions(who: Allowed<ReadRoles>, gate: Data<Gate>) -> Result<HttpResponse, Problem> {
    let mut apart = who.read(conflicts::by_permission).await?;
    let view = |p: &&'static kernel::Permission| {
        let mut view = PermissionView::of(p, who.chinese());
        view.conflicts.extend(apart.remove(p.name).unwrap_or_default());
        view
    };
    let items = gate.services().catalogue.iter().map(view).collect();
    Ok(HttpResponse::Ok().json(PermissionList { items }))
}

/// Which page.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RolesQuery {
    /// Items on the page: 1 to 200, 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List roles.
#[utoipa::path(operation_id = "identity_list_roles", tag = "roles", params(RolesQuery),
    responses((status = 200, body = RolePage, description = "A page of roles")),
    extensions(("x-permission" = json!(ReadRoles::NAME))))]
#[get("/roles")]
pub async fn list(
    who: Allowed<ReadRoles>,
    query: Params<RolesQuery>,
    gate: Data<Gate>,
    req: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let asked = page_request(query.limit, query.cursor.as_deref(), &["identity.roles"])?;
    let (shared, chinese) = (gate.services().clone(), who.chinese());
    let found = who
        .read(move |tx, ctx| {
            let scope = ctx.actor.scope(ReadRoles::PERMISSION, false, ctx.now);
            let after = asked.after.as_ref().map(|cursor| Id::from_uuid(cursor.after));
            let found = store::list(tx, &scope, after, asked.size, asked.fingerprint)?;
            let items = views::roles(tx, ctx, &shared, chinese, &found.items)?;
            Ok(kernel::Page { items, next: found.next })
        })
        .await?;
    let next = found.next.clone();
    Ok(page(&req, RolePage::of(found), next.as_ref()))
}

/// A role to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleCreate {
    /// Its name: 3 to 60 of `a-z 0-9 _`.
    #[schema(min_length = 3, max_length = 60)]
    pub name: String,
    /// What people read, in English.
    #[schema(min_length = 1, max_length = 100)]
    pub label_en: String,
    /// What people read, in Chinese.
    #[schema(min_length = 1, max_length = 100)]
    pub label_zh: String,
    /// The unit it lives in: it can be given there and below.
    pub unit_id: Uuid,
    /// What it allows, by permission name.
    #[schema(max_items = 500)]
    pub permissions: Vec<String>,
}

/// Make a role.
#[utoipa::path(operation_id = "identity_create_role", tag = "roles", request_body = RoleCreate,
    responses((status = 201, body = RoleView, description = "Made")),
    extensions(("x-permission" = json!(ManageRoles::NAME))))]
#[post("/roles")]
pub async fn create(
    who: Allowed<ManageRoles>,
    body: Body<RoleCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let new = NewRole {
        name: body.name.clone(),
        label_en: body.label_en.clone(),
        label_zh: body.label_zh.clone(),
        unit: Id::from_uuid(body.unit_id),
        permissions: body.permissions.iter().cloned().collect(),
    };
    let (shared, chinese) = (gate.services().clone(), who.chinese());
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let made = roles::create(tx, ctx, &shared, &new)?;
        let location = format!("/api/v1/roles/{}", made.id);
        Ok(Answer::of(views::role(tx, ctx, &shared, chinese, &made)?)
            .version(made.version)
            .location(location))
    })
    .await
}

/// Read a role.
#[utoipa::path(operation_id = "identity_read_role", tag = "roles", params(("id" = Uuid, Path, description = "The role")),
    responses((status = 200, body = RoleView, description = "The role")),
    extensions(("x-permission" = json!(ReadRoles::NAME))))]
#[get("/roles/{id}")]
pub async fn read(
    who: Allowed<ReadRoles>,
    id: PathId<RoleKind>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let (id, shared, chinese) = (id.id(), gate.services().clone(), who.chinese());
    let found = who
        .read(move |tx, ctx| {
            let role =
                store::find(tx, id)?.filter(|role| roles::is_visible(ctx, role)).or_refuse(&NOT_FOUND)?;
            views::role(tx, ctx, &shared, chinese, &role)
        })
        .await?;
    let version = found.version;
    Ok(view(found, version))
}

/// What changes of a role.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RolePatch {
    /// What people read, in English.
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    pub label_en: Option<String>,
    /// What people read, in Chinese.
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    pub label_zh: Option<String>,
    /// What it allows from now on, in place of what it allowed.
    #[schema(nullable = false, max_items = 500)]
    pub permissions: Option<BTreeSet<String>>,
    /// The version it was read at, unless `If-Match` says it.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    pub version: Option<i64>,
}

/// Change a role.
///
/// What is added or removed must be the reader's to give wherever the role was given.
#[utoipa::path(operation_id = "identity_update_role", tag = "roles", params(("id" = Uuid, Path, description = "The role")),
    request_body = RolePatch, responses((status = 200, body = RoleView, description = "Changed")),
    extensions(("x-permission" = json!(ManageRoles::NAME))))]
#[patch("/roles/{id}")]
pub async fn update(
    who: Allowed<ManageRoles>,
    id: PathId<RoleKind>,
    body: Body<RolePatch>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let version = who.expected_version(body.version)?;
    let change = RoleChange {
        label_en: body.label_en.clone(),
        label_zh: body.label_zh.clone(),
        permissions: body.permissions.clone(),
    };
    let (id, shared, chinese) = (id.id(), gate.services().clone(), who.chinese());
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let role = roles::edit(tx, ctx, &shared, id, version, &change)?;
        Ok(Answer::of(views::role(tx, ctx, &shared, chinese, &role)?).version(role.version))
    })
    .await
}

/// Retire a role that nobody holds.
#[utoipa::path(operation_id = "identity_delete_role", tag = "roles", params(("id" = Uuid, Path, description = "The role")),
    responses((status = 204, description = "Retired")),
    extensions(("x-permission" = json!(ManageRoles::NAME))))]
#[delete("/roles/{id}")]
pub async fn retire(who: Allowed<ManageRoles>, id: PathId<RoleKind>) -> Result<HttpResponse, Problem> {
    let version = who.expected_version(None)?;
    let id = id.id();
    who.write(StatusCode::NO_CONTENT, &NoBody, move |tx, ctx| {
        roles::retire(tx, ctx, id, version)?;
        Ok(Answer::of(()))
    })
    .await
}
