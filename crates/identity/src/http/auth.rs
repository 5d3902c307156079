//! Signing in, staying signed in, signing out.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use web::{Allowed, Answer, Body, NoBody, Problem, Public};

use crate::gate::{Gate, SignedIn};
use crate::permission::OwnSession;
use crate::service::session;

/// Login and password.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInCreate {
    /// The login; capitals do not matter.
    #[schema(max_length = 256)]
    pub login: String,
    /// The password.
    #[schema(value_type = String, format = Password, max_length = 1024)]
    pub password: SecretString,
}

/// The refresh token of the answer before.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshCreate {
    /// The refresh token. It is good for one use; the answer has the next.
    #[schema(value_type = String, max_length = 1024)]
    pub refresh_token: SecretString,
}

/// The account that signed in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SignedInUserView {
    /// Its id.
    pub id: Uuid,
    /// What it signs in with.
    pub login: String,
    /// The name shown.
    pub display_name: String,
    /// Whether it must choose a new password before anything else.
    pub must_change_password: bool,
}

/// Tokens.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SignedInView {
    /// For `Authorization: Bearer …`.
    pub access_token: String,
    /// `Bearer`.
    pub token_type: String,
    /// Seconds until the access token runs out.
    #[schema(minimum = 1, maximum = 86400)]
    pub expires_in: i64,
    /// For `POST /auth/refresh`, once.
    pub refresh_token: String,
    /// The account.
    pub user: SignedInUserView,
}

fn answer(signed: &SignedIn) -> HttpResponse {
    let view = SignedInView {
        access_token: signed.access_token.expose_secret().to_owned(),
        token_type: "Bearer".to_owned(),
        expires_in: signed.expires_in,
        refresh_token: signed.refresh_token.expose_secret().to_owned(),
        user: SignedInUserView {
            id: signed.user.id.uuid(),
            login: signed.user.login.clone(),
            display_name: signed.user.display_name.clone(),
            must_change_password: signed.user.must_change_password,
        },
    };
    HttpResponse::Ok().insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store"))).json(view)
}

/// Sign in.
///
/// An unknown login, a wrong password, a disabled and a locked account are refused with the same words.
#[utoipa::path(operation_id = "identity_sign_in", tag = "auth", request_body = SignInCreate,
    responses((status = 200, body = SignedInView, description = "Signed in")),
    extensions(("x-permission" = json!("public"))))]
#[post("/auth/login")]
pub async fn sign_in(
    who: Public,
    body: Body<SignInCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let signed = gate.sign_in(&body.login, body.password.clone(), Some(&who.peer), &who.request_id).await?;
    Ok(answer(&signed))
}

/// Get a new access token.
///
/// Each refresh token is good once. Whoever lost the answer may ask again within 30 seconds; an older one ends the session.
#[utoipa::path(operation_id = "identity_refresh_session", tag = "auth", request_body = RefreshCreate,
    responses((status = 200, body = SignedInView, description = "Refreshed")),
    extensions(("x-permission" = json!("public"))))]
#[post("/auth/refresh")]
pub async fn refresh(
    who: Public,
    body: Body<RefreshCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let signed = gate.refresh(&body.refresh_token, &who.request_id).await?;
    Ok(answer(&signed))
}

/// Sign out: end the session this request came by.
#[utoipa::path(operation_id = "identity_sign_out", tag = "auth",
    responses((status = 204, description = "Signed out")),
    extensions(("x-permission" = json!(OwnSession::NAME))))]
#[post("/auth/logout")]
pub async fn sign_out(who: Allowed<OwnSession>) -> Result<HttpResponse, Problem> {
    who.write(StatusCode::NO_CONTENT, &NoBody, |tx, ctx| {
        if let Some(session) = ctx.actor.session {
            session::end_own(tx, ctx, session)?;
        }
        Ok(Answer::of(()))
    })
    .await
}
