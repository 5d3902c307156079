//! One's own account, rights and sessions.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use kernel::Id;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Answer, Body, NoBody, Params, PathId, Problem, view};

use crate::error::SAME_PASSWORD;
use crate::gate::{Gate, must_change_password, must_enrol};
use crate::http::Public;
use crate::http::auth::visit;
use crate::http::views::{GrantRoleView, GrantUnitView, SessionView, UnitNames, role_ref};
use crate::permission::{OwnPassword, OwnSession};
use crate::service::{mine, second_factor, session};
use crate::store::roles;

/// A role that the reader holds now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MyGrantView {
    /// The grant.
    pub grant_id: Uuid,
    /// The role.
    pub role: GrantRoleView,
    /// Where.
    pub unit: GrantUnitView,
    /// Whether it reaches below the unit.
    pub subtree: bool,
    /// Until when; absent: until revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<kernel::Instant>,
}

/// The reader's own account.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MeView {
    /// Its id.
    pub id: Uuid,
    /// What it signs in with.
    pub login: String,
    /// The name shown.
    pub display_name: String,
    /// The unit it belongs to.
    pub unit: GrantUnitView,
    /// Whether it must choose a new password before anything else.
    pub must_change_password: bool,
    /// Whether it has a second factor.
    pub has_second_factor: bool,
    /// Whether it must set up a second factor before anything else.
    pub must_set_up_second_factor: bool,
    /// What it holds now.
    pub grants: Vec<MyGrantView>,
    /// Grows with every change.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
    /// What the reader may do with it.
    pub can: Vec<String>,
}

/// Read one's own account.
#[utoipa::path(operation_id = "identity_read_me", tag = "me",
    responses((status = 200, body = MeView, description = "The account")),
    extensions(("x-permission" = json!(OwnSession::NAME))))]
#[get("/me")]
pub async fn read_me(who: Allowed<OwnSession>, gate: Data<Gate>) -> Result<HttpResponse, Problem> {
    let (shared, chinese) = (gate.services().clone(), who.chinese());
    let me = who
        .read(move |tx, ctx| {
            let user = mine::account(tx, ctx)?;
            let waiting = must_change_password(&ctx.actor) || must_enrol(&ctx.actor);
            let live: Vec<_> = ctx.actor.grants.iter().filter(|g| g.is_live(ctx.now) && !waiting).collect();
            let units = live.iter().map(|grant| grant.unit).chain([user.unit_id]);
            let names = UnitNames::of(tx, &shared, units)?;
            let ids: Vec<_> = live.iter().map(|grant| grant.role).collect();
            let named = roles::find_all(tx, &ids)?;
            let grants = live.iter().map(|grant| MyGrantView {
                grant_id: grant.id.uuid(),
                role: role_ref(named.iter().find(|role| role.id == grant.role), grant.role.uuid(), chinese),
                unit: names.view(grant.unit),
                subtree: grant.subtree,
                ends_at: grant.until,
            });
            Ok(MeView {
                id: user.id.uuid(),
                login: user.login,
                display_name: user.display_name,
                unit: names.view(user.unit_id),
                must_change_password: user.must_change_password,
                has_second_factor: second_factor::is_enrolled(tx, user.id)?,
                must_set_up_second_factor: must_enrol(&ctx.actor),
                grants: grants.collect(),
                version: user.version,
                can: vec!["change_password".to_owned()],
            })
        })
        .await?;
    let version = me.version;
    Ok(view(me, version))
}

/// Which unit.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MyPermissionsQuery {
    /// Only what holds at this unit.
    pub unit: Option<Uuid>,
}

/// A place where a permission holds.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PermissionPlaceView {
    /// The unit.
    pub unit: GrantUnitView,
    /// Whether it holds below the unit too.
    pub subtree: bool,
}

/// A permission the reader holds, and where.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MyPermissionView {
    /// The permission.
    pub name: String,
    /// Where it holds; empty for what every account may do.
    pub places: Vec<PermissionPlaceView>,
    /// Whether it is bound to no place, since every account may.
    pub everywhere: bool,
}

/// What the reader may do.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MyPermissionList {
    /// The permissions.
    pub items: Vec<MyPermissionView>,
}

/// List what one may do.
#[utoipa::path(operation_id = "identity_list_my_permissions", tag = "me", params(MyPermissionsQuery),
    responses((status = 200, body = MyPermissionList, description = "The permissions")),
    extensions(("x-permission" = json!(OwnSession::NAME))))]
#[get("/me/permissions")]
pub async fn list_permissions(
    who: Allowed<OwnSession>,
    query: Params<MyPermissionsQuery>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let (shared, unit) = (gate.services().clone(), query.unit.map(Id::from_uuid));
    let list = who
        .read(move |tx, ctx| {
            let all = mine::permissions(tx, ctx, &shared, unit)?;
            let names = UnitNames::of(tx, &shared, all.values().flatten().map(|root| root.unit))?;
            let items = all.into_iter().map(|(name, roots)| MyPermissionView {
                name: name.to_owned(),
                everywhere: roots.is_empty(),
                places: roots
                    .into_iter()
                    .map(|root| PermissionPlaceView { unit: names.view(root.unit), subtree: root.subtree })
                    .collect(),
            });
            Ok(MyPermissionList { items: items.collect() })
        })
        .await?;
    Ok(HttpResponse::Ok().json(list))
}

/// Where something would be given.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GrantableQuery {
    /// The unit.
    pub unit: Uuid,
}

/// Roles the reader could give.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GrantableList {
    /// The roles.
    pub items: Vec<GrantRoleView>,
}

/// List the roles one could give at a unit.
#[utoipa::path(operation_id = "identity_list_my_grantable", tag = "me", params(GrantableQuery),
    responses((status = 200, body = GrantableList, description = "The roles")),
    extensions(("x-permission" = json!(OwnSession::NAME))))]
#[get("/me/grantable")]
pub async fn list_grantable(
    who: Allowed<OwnSession>,
    query: Params<GrantableQuery>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let (shared, unit, chinese) = (gate.services().clone(), Id::from_uuid(query.unit), who.chinese());
    let list = who
        .read(move |tx, ctx| {
            let found = mine::grantable(tx, ctx, &shared, unit)?;
            let items = found.iter().map(|role| role_ref(Some(role), role.id.uuid(), chinese));
            Ok(GrantableList { items: items.collect() })
        })
        .await?;
    Ok(HttpResponse::Ok().json(list))
}

/// The reader's sessions.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SessionList {
    /// The sessions, newest first.
    pub items: Vec<SessionView>,
}

/// List one's own sessions.
#[utoipa::path(operation_id = "identity_list_my_sessions", tag = "me",
    responses((status = 200, body = SessionList, description = "The sessions")),
    extensions(("x-permission" = json!(OwnSession::NAME))))]
#[get("/me/sessions")]
pub async fn list_sessions(who: Allowed<OwnSession>) -> Result<HttpResponse, Problem> {
    let list = who
        .read(|tx, ctx| {
            let items = session::own(tx, ctx)?.iter().map(|one| SessionView::of(ctx, one)).collect();
            Ok(SessionList { items })
        })
        .await?;
    Ok(HttpResponse::Ok().json(list))
}

/// End one of one's own sessions.
#[utoipa::path(operation_id = "identity_end_my_session", tag = "me",
    params(("id" = Uuid, Path, description = "The session")),
    responses((status = 204, description = "Ended")),
    extensions(("x-permission" = json!(OwnSession::NAME))))]
#[delete("/me/sessions/{id}")]
pub async fn end_session(
    who: Allowed<OwnSession>,
    id: PathId<kernel::id::Session>,
) -> Result<HttpResponse, Problem> {
    let id = id.id();
    who.write(StatusCode::NO_CONTENT, &NoBody, move |tx, ctx| {
        session::end_own(tx, ctx, id)?;
        Ok(Answer::of(()))
    })
    .await
}

/// End all of one's own sessions but the present one.
#[utoipa::path(operation_id = "identity_end_my_other_sessions", tag = "me",
    responses((status = 204, description = "Ended")),
    extensions(("x-permission" = json!(OwnSession::NAME))))]
#[delete("/me/sessions")]
pub async fn end_other_sessions(who: Allowed<OwnSession>) -> Result<HttpResponse, Problem> {
    who.write(StatusCode::NO_CONTENT, &NoBody, move |tx, ctx| {
        session::end_others(tx, ctx)?;
        Ok(Answer::of(()))
    })
    .await
}

/// The password one has and the one one wants.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChangeCreate {
    /// The current password.
    #[schema(value_type = String, format = Password, max_length = 1024)]
    pub current_password: SecretString,
    /// The new password.
    #[schema(value_type = String, format = Password, min_length = 10, max_length = 128)]
    pub new_password: SecretString,
}

/// Change one's own password.
///
/// One's other sessions end. One's API keys go on: `GET /me/api-keys` marks those that are older than the password.
#[utoipa::path(operation_id = "identity_change_my_password", tag = "me", request_body = PasswordChangeCreate,
    responses((status = 204, description = "Changed")),
    extensions(("x-permission" = json!(OwnPassword::NAME))))]
#[post("/me/password")]
pub async fn change_password(
    who: Allowed<OwnPassword>,
    body: Body<PasswordChangeCreate>,
    gate: Data<Gate>,
    req: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = who.actor().user;
    let visit = visit(who.peer(), &who.context().request_id, &req);
    let (user, verified) = gate.verify_own(id, body.current_password.clone(), &visit).await?;
    if body.current_password.expose_secret() == body.new_password.expose_secret() {
        return Err(SAME_PASSWORD.fault().into());
    }
    gate.check_password(&body.new_password, &user.login, "/new_password", Some(user.id)).await?;
    let hash = gate.hasher().hash(body.new_password.clone()).await?;
    who.write(StatusCode::NO_CONTENT, &Public::of(&["password"]), move |tx, ctx| {
        mine::change_password(tx, ctx, &verified, &hash)?;
        Ok(Answer::of(()))
    })
    .await
}
