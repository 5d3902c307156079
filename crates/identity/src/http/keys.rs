//! API keys. A key is shown once, when it is made.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use kernel::Id;
use kernel::id::{ApiKey as ApiKeyKind, User as UserKind};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use web::{Allowed, Answer, Body, NoBody, PathId, Problem, Registrar};

use crate::gate::Gate;
use crate::http::Public;
use crate::http::second_factor::prove;
use crate::model::sign_in::ApiKey;
use crate::permission::{ManageMachines, OwnSecurity, ReadMachines};
use crate::service::api_keys::{self, Made, NewKey};
use crate::service::{machines, passwords};
use crate::store::api_keys as store;

pub(super) fn routes(cfg: &mut Registrar<'_>) {
    cfg.service(list).service(create).service(rotate).service(revoke);
    cfg.service(list_own).service(create_own).service(revoke_own);
}

/// A key, without what it opens by.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ApiKeyView {
    /// Its id.
    pub id: Uuid,
    /// The account it acts as.
    pub user_id: Uuid,
    /// What its maker calls it.
    pub name: String,
    /// What it begins with, to find it again where it is used.
    pub prefix: String,
    /// `active`, `rotated` (lives on for its overlap), `expired` or `revoked`.
    #[schema(extensions(("x-extensible-enum" = json!(["active", "rotated", "expired", "revoked"]))))]
    pub state: String,
    /// Whether it carries fewer permissions than its account holds.
    pub narrow: bool,
    /// The only permissions it carries; empty where it is not narrow.
    pub permissions: Vec<String>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: kernel::Instant,
    /// When it runs out.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: kernel::Instant,
    /// Whether it was made before its owner last changed their password. It goes on all the same: revoke it if somebody else knew that
    /// password. Always false for a service account's, which has none.
    pub older_than_password: bool,
    /// When it was last used, to the minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<kernel::Instant>,
    /// Grows with every change.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
}

impl ApiKeyView {
    fn of(key: &ApiKey, now: kernel::Instant) -> Self {
        Self {
            id: key.id.uuid(),
            user_id: key.user_id.uuid(),
            name: key.name.clone(),
            prefix: format!("{}{}", auth::one_time::KEY_PREFIX, key.handle),
            state: key.state(now).to_owned(),
            narrow: key.permissions.is_some(),
            permissions: key.only().unwrap_or_default().into_iter().collect(),
            created_at: key.created_at,
            expires_at: key.expires_at,
            older_than_password: false,
            last_used_at: key.last_used_at,
            version: key.version,
        }
    }
}

/// A key just made. Shown once.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ApiKeyMadeView {
    /// For `Authorization: Bearer …`. It is not kept: whoever loses it makes another.
    pub token: String,
    /// What is kept.
    pub key: ApiKeyView,
}

fn made(made: &Made, now: kernel::Instant) -> Answer<ApiKeyMadeView> {
    let view =
        ApiKeyMadeView { token: made.token.expose_secret().to_owned(), key: ApiKeyView::of(&made.key, now) };
    Answer::of(view).once()
}

/// Keys, newest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ApiKeyList {
    /// The keys; the newest 200 at most.
    pub items: Vec<ApiKeyView>,
}

/// List a service account's keys.
#[utoipa::path(operation_id = "identity_list_service_account_keys", tag = "machines",
    params(("id" = Uuid, Path, description = "The service account")),
    responses((status = 200, body = ApiKeyList, description = "The keys")),
    extensions(("x-permission" = json!(ReadMachines::NAME))))]
#[get("/service-accounts/{id}/keys")]
pub async fn list(who: Allowed<ReadMachines>, id: PathId<UserKind>) -> Result<HttpResponse, Problem> {
    let id = id.id();
    let all = who
        .read(move |tx, ctx| {
            machines::visible(tx, ctx, id)?;
            let keys = store::of(tx, id)?;
            Ok(ApiKeyList { items: keys.iter().map(|key| ApiKeyView::of(key, ctx.now)).collect() })
        })
        .await?;
    Ok(HttpResponse::Ok().json(all))
}

/// A key to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyCreate {
    /// What to call it.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// Days until it runs out: 1 to 366, 90 unless told.
    #[schema(nullable = false, minimum = 1, maximum = 366)]
    pub expires_in_days: Option<i64>,
    /// The only permissions it shall carry; all that the account holds unless told.
    #[schema(nullable = false)]
    pub permissions: Option<Vec<String>>,
}

/// Make a key for a service account.
///
/// Refused unless the reader could give what the account holds, and holds themselves what is dangerous about it: whoever has the key
/// acts as it.
#[utoipa::path(operation_id = "identity_create_service_account_key", tag = "machines",
    params(("id" = Uuid, Path, description = "The service account")), request_body = ApiKeyCreate,
    responses((status = 201, body = ApiKeyMadeView, description = "The key, this once")),
    extensions(("x-permission" = json!(ManageMachines::NAME))))]
#[post("/service-accounts/{id}/keys")]
pub async fn create(
    who: Allowed<ManageMachines>,
    id: PathId<UserKind>,
    body: Body<ApiKeyCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let new = NewKey { name: body.name.clone(), days: body.expires_in_days, only: body.permissions.clone() };
    let (id, shared) = (id.id(), gate.services().clone());
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        Ok(made(&api_keys::create(tx, ctx, &shared, id, &new)?, ctx.now))
    })
    .await
}

/// How a key is replaced.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyRotateCreate {
    /// Hours that the old key lives on: 0 to 72, 24 unless told.
    #[schema(nullable = false, minimum = 0, maximum = 72)]
    pub overlap_hours: Option<i64>,
    /// Days until the new key runs out: 1 to 366, 90 unless told.
    #[schema(nullable = false, minimum = 1, maximum = 366)]
    pub expires_in_days: Option<i64>,
}

/// Replace a service account's key.
#[utoipa::path(operation_id = "identity_rotate_key", tag = "machines",
    params(("id" = Uuid, Path, description = "The key")), request_body = ApiKeyRotateCreate,
    responses((status = 201, body = ApiKeyMadeView, description = "The new key, this once")),
    extensions(("x-permission" = json!(ManageMachines::NAME))))]
#[post("/keys/{id}/rotate")]
pub async fn rotate(
    who: Allowed<ManageMachines>,
    id: PathId<ApiKeyKind>,
    body: Body<ApiKeyRotateCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let (id, shared) = (id.id(), gate.services().clone());
    let (overlap, days) = (body.overlap_hours.unwrap_or(24), body.expires_in_days);
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        Ok(made(&api_keys::rotate(tx, ctx, &shared, id, overlap, days)?, ctx.now))
    })
    .await
}

/// Why a key is revoked.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyRevokeCreate {
    /// Why; it is kept on the trail.
    #[schema(min_length = 2, max_length = 500)]
    pub reason: String,
}

/// Revoke a key, a service account's or a person's.
///
/// It opens nothing from the next request on.
#[utoipa::path(operation_id = "identity_revoke_key", tag = "machines",
    params(("id" = Uuid, Path, description = "The key")), request_body = ApiKeyRevokeCreate,
    responses((status = 200, body = ApiKeyView, description = "Revoked")),
    extensions(("x-permission" = json!(ManageMachines::NAME))))]
#[post("/keys/{id}/revoke")]
pub async fn revoke(
    who: Allowed<ManageMachines>,
    id: PathId<ApiKeyKind>,
    body: Body<ApiKeyRevokeCreate>,
) -> Result<HttpResponse, Problem> {
    let (id, reason) = (id.id(), body.reason.clone());
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let key = api_keys::revoke(tx, ctx, id, &reason)?;
        Ok(Answer::of(ApiKeyView::of(&key, ctx.now)).version(key.version))
    })
    .await
}

/// List one's own keys.
///
/// A password that one changes oneself ends none of them: those from before are marked. One that somebody else sets, or a code,
/// ends all of them.
#[utoipa::path(operation_id = "identity_list_my_api_keys", tag = "me",
    responses((status = 200, body = ApiKeyList, description = "The keys")),
    extensions(("x-permission" = json!(OwnSecurity::NAME))))]
#[get("/me/api-keys")]
pub async fn list_own(who: Allowed<OwnSecurity>) -> Result<HttpResponse, Problem> {
    let all = who
        .read(|tx, ctx| {
            let keys = store::of(tx, ctx.actor.user)?;
            let set_at = passwords::set_at(tx, ctx.actor.user)?;
            let view = |key: &ApiKey| ApiKeyView {
                older_than_password: set_at.is_some_and(|set_at| key.created_at < set_at),
                ..ApiKeyView::of(key, ctx.now)
            };
            Ok(ApiKeyList { items: keys.iter().map(view).collect() })
        })
        .await?;
    Ok(HttpResponse::Ok().json(all))
}

/// A key of one's own to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MyApiKeyCreate {
    /// What to call it.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// Days until it runs out: 1 to 366, 90 unless told.
    #[schema(nullable = false, minimum = 1, maximum = 366)]
    pub expires_in_days: Option<i64>,
    /// The only permissions it shall carry; all that one holds unless told.
    #[schema(nullable = false)]
    pub permissions: Option<Vec<String>>,
    /// The current password.
    #[schema(nullable = false, value_type = Option<String>, format = Password, max_length = 1024)]
    pub password: Option<SecretString>,
    /// A code of one's second factor, in place of the password.
    #[schema(nullable = false, max_length = 64)]
    pub code: Option<String>,
}

/// Make a key of one's own.
///
/// It may never do more than its owner. One that carries less has nothing done later: no list imported, no handover on a day.
#[utoipa::path(operation_id = "identity_create_my_api_key", tag = "me", request_body = MyApiKeyCreate,
    responses((status = 201, body = ApiKeyMadeView, description = "The key, this once")),
    extensions(("x-permission" = json!(OwnSecurity::NAME))))]
#[post("/me/api-keys")]
pub async fn create_own(
    who: Allowed<OwnSecurity>,
    body: Body<MyApiKeyCreate>,
    gate: Data<Gate>,
    req: HttpRequest,
) -> Result<HttpResponse, Problem> {
    prove(&who, &gate, &body.password, body.code.as_deref(), &req).await?;
    let new = NewKey { name: body.name.clone(), days: body.expires_in_days, only: body.permissions.clone() };
    let shared = gate.services().clone();
    let days = new.days.map(|days| days.to_string()).unwrap_or_default();
    let only = new.only.as_ref().map(|only| only.join(",")).unwrap_or_default();
    let print = Public::of(&[&new.name.clone(), &days, &only]);
    who.write(StatusCode::CREATED, &print, move |tx, ctx| {
        Ok(made(&api_keys::create_own(tx, ctx, &shared, &new)?, ctx.now))
    })
    .await
}

/// Revoke one of one's own keys.
#[utoipa::path(operation_id = "identity_revoke_my_api_key", tag = "me",
    params(("id" = Uuid, Path, description = "The key")),
    responses((status = 204, description = "Revoked")),
    extensions(("x-permission" = json!(OwnSecurity::NAME))))]
#[delete("/me/api-keys/{id}")]
pub async fn revoke_own(who: Allowed<OwnSecurity>, id: PathId<ApiKeyKind>) -> Result<HttpResponse, Problem> {
    let id: Id<ApiKeyKind> = id.id();
    who.write(StatusCode::NO_CONTENT, &NoBody, move |tx, ctx| {
        api_keys::revoke_own(tx, ctx, id)?;
        Ok(Answer::of(()))
    })
    .await
}
