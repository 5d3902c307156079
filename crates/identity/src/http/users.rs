//! Accounts.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, patch, post};
use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::User as UserKind;
use kernel::permission::Permit;
use kernel::{Id, Outcome};
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Answer, Body, Params, PathId, Problem, page, page_request, view};

use crate::gate::Gate;
use crate::http::views::{self, UserView};
use crate::http::{Public, said_version};
use crate::model::{DISABLED, ENABLED, User};
use crate::permission::{ManageUsers, ReadUsers};
use crate::service::accounts::{self, NewUser, UserChange};
use crate::store::users::{self, Filter};

web::page_schema!(UserPage, UserView);

/// Which accounts.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UsersQuery {
    /// Only those of this unit and below.
    pub unit: Option<Uuid>,
    /// `enabled` or `disabled`.
    pub status: Option<String>,
    /// A part of the login or the name, in whatever case.
    #[param(max_length = 100)]
    pub q: Option<String>,
    /// Items on the page: 1 to 200, 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List accounts.
#[utoipa::path(operation_id = "identity_list_users", tag = "users", params(UsersQuery),
    responses((status = 200, body = UserPage, description = "A page of accounts")),
    extensions(("x-permission" = json!(ReadUsers::NAME))))]
#[get("/users")]
pub async fn list(
    who: Allowed<ReadUsers>,
    query: Params<UsersQuery>,
    gate: Data<Gate>,
    req: HttpRequest,
) -> Result<HttpResponse, Problem> {
    if query.status.as_deref().is_some_and(|s| !matches!(s, ENABLED | DISABLED)) {
        return Err(kernel::Fault::from(web::params::bad("status", "enabled or disabled")).into());
    }
    let unit = query.unit.map(|unit| unit.to_string()).unwrap_or_default();
    let (status, text) = (query.status.clone(), query.q.clone());
    let filters =
        ["identity.users", &unit, status.as_deref().unwrap_or_default(), text.as_deref().unwrap_or_default()];
    let asked = page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let (shared, unit, filter) = (gate.services().clone(), query.unit, Filter { status, text });
    let found = who
        .read(move |tx, ctx| {
            let mut scope = ctx.actor.scope(ReadUsers::PERMISSION, false, ctx.now);
            if let Some(unit) = unit {
                let unit = shared.tree.unit(tx, Id::from_uuid(unit))?.or_refuse(&NOT_FOUND)?;
                scope = scope.within(unit.id, &unit.path);
            }
            let after = asked.after.as_ref();
            let found = users::list(tx, &scope, &filter, after, asked.size, asked.fingerprint)?;
            let items = views::users(tx, ctx, &shared, &found.items)?;
            Ok(kernel::Page { items, next: found.next })
        })
        .await?;
    let next = found.next.clone();
    Ok(page(&req, UserPage::of(found), next.as_ref()))
}

/// An account to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserCreate {
    /// What it signs in with: 3 to 64 letters, digits and `. _ - @ +`.
    #[schema(min_length = 3, max_length = 64)]
    pub login: String,
    /// The name shown.
    #[schema(min_length = 1, max_length = 100)]
    pub display_name: String,
    /// The unit it belongs to.
    pub unit_id: Uuid,
    /// A first password, to be changed at the first sign-in. Without one the account cannot sign in yet.
    #[schema(nullable = false, value_type = Option<String>, format = Password, min_length = 10, max_length = 128)]
    pub password: Option<SecretString>,
}

/// Make an account.
///
/// It may do nothing but look after itself until somebody grants it a role.
#[utoipa::path(operation_id = "identity_create_user", tag = "users", request_body = UserCreate,
    responses((status = 201, body = UserView, description = "Made")),
    extensions(("x-permission" = json!(ManageUsers::NAME))))]
#[post("/users")]
pub async fn create(
    who: Allowed<ManageUsers>,
    body: Body<UserCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let password_hash = match &body.password {
        None => None,
        Some(password) => {
            gate.check_password(password, &body.login, "/password", None).await?;
            Some(gate.hasher().hash(password.clone()).await?)
        }
    };
    let new = NewUser {
        login: body.login.clone(),
        display_name: body.display_name.clone(),
        unit: Id::from_uuid(body.unit_id),
        password_hash,
    };
    let print = Public::of(&[&body.login, &body.display_name, &body.unit_id.to_string()]);
    let shared = gate.services().clone();
    who.write(StatusCode::CREATED, &print, move |tx, ctx| {
        let made = accounts::create(tx, ctx, &shared, &new)?;
        let location = format!("/api/v1/users/{}", made.id);
        Ok(Answer::of(views::user(tx, ctx, &shared, &made)?).version(made.version).location(location))
    })
    .await
}

/// Read an account.
#[utoipa::path(operation_id = "identity_read_user", tag = "users", params(("id" = Uuid, Path, description = "The account")),
    responses((status = 200, body = UserView, description = "The account")),
    extensions(("x-permission" = json!(ReadUsers::NAME))))]
#[get("/users/{id}")]
pub async fn read(
    who: Allowed<ReadUsers>,
    id: PathId<UserKind>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let (id, shared) = (id.id(), gate.services().clone());
    let found = who
        .read(move |tx, ctx| {
            let user = accounts::visible(tx, ctx, id, ReadUsers::PERMISSION)?;
            views::user(tx, ctx, &shared, &user)
        })
        .await?;
    let version = found.version;
    Ok(view(found, version))
}

/// What changes of an account.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserPatch {
    /// The name shown.
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    pub display_name: Option<String>,
    /// The unit it belongs to.
    #[schema(nullable = false)]
    pub unit_id: Option<Uuid>,
    /// The version it was read at, unless `If-Match` says it.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    pub version: Option<i64>,
}

/// Change an account.
#[utoipa::path(operation_id = "identity_update_user", tag = "users", params(("id" = Uuid, Path, description = "The account")),
    request_body = UserPatch, responses((status = 200, body = UserView, description = "Changed")),
    extensions(("x-permission" = json!(ManageUsers::NAME))))]
#[patch("/users/{id}")]
pub async fn update(
    who: Allowed<ManageUsers>,
    id: PathId<UserKind>,
    body: Body<UserPatch>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let version = who.expected_version(body.version)?;
    let change =
        UserChange { display_name: body.display_name.clone(), unit: body.unit_id.map(Id::from_uuid) };
    let (id, shared) = (id.id(), gate.services().clone());
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let user = accounts::change(tx, ctx, &shared, id, version, &change)?;
        Ok(Answer::of(views::user(tx, ctx, &shared, &user)?).version(user.version))
    })
    .await
}

/// Why.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserReasonCreate {
    /// Why; it is kept on the trail.
    #[schema(min_length = 2, max_length = 500)]
    pub reason: String,
    /// The version it was read at; not needed.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    pub version: Option<i64>,
}

/// One of the deeds that need a reason.
pub(super) type Deed = fn(
    &mut storage::Tx<'_>,
    &kernel::Context,
    &crate::Services,
    Id<UserKind>,
    Option<i64>,
    &str,
) -> Outcome<User>;

pub(super) async fn with_reason(
    who: &Allowed<ManageUsers>,
    id: Id<UserKind>,
    body: &Body<UserReasonCreate>,
    gate: &Gate,
    deed: Deed,
) -> Result<HttpResponse, Problem> {
    let version = said_version(who, body.version)?;
    let (reason, shared) = (body.reason.clone(), gate.services().clone());
    who.write(StatusCode::OK, body, move |tx, ctx| {
        let user = deed(tx, ctx, &shared, id, version, &reason)?;
        Ok(Answer::of(views::user(tx, ctx, &shared, &user)?).version(user.version))
    })
    .await
}

/// Disable an account.
///
/// Its sessions end, and its next request is refused.
#[utoipa::path(operation_id = "identity_disable_user", tag = "users", params(("id" = Uuid, Path, description = "The account")),
    request_body = UserReasonCreate, responses((status = 200, body = UserView, description = "Disabled")),
    extensions(("x-permission" = json!(ManageUsers::NAME))))]
#[post("/users/{id}/disable")]
pub async fn disable(
    who: Allowed<ManageUsers>,
    id: PathId<UserKind>,
    body: Body<UserReasonCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    with_reason(&who, id.id(), &body, &gate, accounts::disable).await
}

/// Enable an account again.
#[utoipa::path(operation_id = "identity_enable_user", tag = "users", params(("id" = Uuid, Path, description = "The account")),
    request_body = UserReasonCreate, responses((status = 200, body = UserView, description = "Enabled")),
    extensions(("x-permission" = json!(ManageUsers::NAME))))]
#[post("/users/{id}/enable")]
pub async fn enable(
    who: Allowed<ManageUsers>,
    id: PathId<UserKind>,
    body: Body<UserReasonCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    with_reason(&who, id.id(), &body, &gate, accounts::enable).await
}

/// Open the door again that wrong passwords closed.
#[utoipa::path(operation_id = "identity_unlock_user", tag = "users", params(("id" = Uuid, Path, description = "The account")),
    request_body = UserReasonCreate, responses((status = 200, body = UserView, description = "Unlocked")),
    extensions(("x-permission" = json!(ManageUsers::NAME))))]
#[post("/users/{id}/unlock")]
pub async fn unlock(
    who: Allowed<ManageUsers>,
    id: PathId<UserKind>,
    body: Body<UserReasonCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    with_reason(&who, id.id(), &body, &gate, accounts::unlock).await
}

/// Sign somebody out: end all their sessions.
#[utoipa::path(operation_id = "identity_sign_user_out", tag = "users", params(("id" = Uuid, Path, description = "The account")),
    request_body = UserReasonCreate, responses((status = 200, body = UserView, description = "Signed out")),
    extensions(("x-permission" = json!(ManageUsers::NAME))))]
#[post("/users/{id}/sign-out")]
pub async fn sign_out(
    who: Allowed<ManageUsers>,
    id: PathId<UserKind>,
    body: Body<UserReasonCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    with_reason(&who, id.id(), &body, &gate, accounts::sign_out).await
}

/// A new password for somebody else.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserPasswordCreate {
    /// The password, to be changed at the next sign-in.
    #[schema(value_type = String, format = Password, min_length = 10, max_length = 128)]
    pub password: SecretString,
    /// Why; it is kept on the trail.
    #[schema(min_length = 2, max_length = 500)]
    pub reason: String,
    /// The version it was read at; not needed.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    pub version: Option<i64>,
}

/// Set another's password.
///
/// Refused unless the reader could give what the account holds: a password is a way to its rights. The account's sessions and API
/// keys end.
#[utoipa::path(operation_id = "identity_set_user_password", tag = "users", params(("id" = Uuid, Path, description = "The account")),
    request_body = UserPasswordCreate, responses((status = 200, body = UserView, description = "Set")),
    extensions(("x-permission" = json!(ManageUsers::NAME))))]
#[post("/users/{id}/set-password")]
pub async fn set_password(
    who: Allowed<ManageUsers>,
    id: PathId<UserKind>,
    body: Body<UserPasswordCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let (id, shared) = (id.id(), gate.services().clone());
    let version = said_version(&who, body.version)?;
    let user = who.read(move |tx, ctx| accounts::visible(tx, ctx, id, ManageUsers::PERMISSION)).await?;
    gate.check_password(&body.password, &user.login, "/password", Some(user.id)).await?;
    let hash = gate.hasher().hash(body.password.clone()).await?;
    let reason = body.reason.clone();
    who.write(StatusCode::OK, &Public::of(&[&reason.clone()]), move |tx, ctx| {
        let user = accounts::set_password(tx, ctx, &shared, id, version, &hash, &reason)?;
        Ok(Answer::of(views::user(tx, ctx, &shared, &user)?).version(user.version))
    })
    .await
}
