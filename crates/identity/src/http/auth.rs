//! Signing in, staying signed in, signing out.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, USER_AGENT};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use web::{Allowed, Answer, Body, NoBody, Problem, Public};

use crate::gate::{Entered, Gate, SignedIn};
use crate::permission::OwnSession;
use crate::service::session;
use crate::visit::Visit;

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

/// What a sign-in comes to: tokens, or the question for a code.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SignInView {
    /// `signed_in`: the tokens are here; `second_factor_needed`: give `challenge` and a code to `POST /auth/second-factor`.
    #[schema(extensions(("x-extensible-enum" = json!(["signed_in", "second_factor_needed"]))))]
    pub state: String,
    /// For `Authorization: Bearer …`; absent until signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub access_token: Option<String>,
    /// `Bearer`; absent until signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub token_type: Option<String>,
    /// Seconds until the access token runs out, or the challenge.
    #[schema(minimum = 1, maximum = 86400)]
    pub expires_in: i64,
    /// For `POST /auth/refresh`, once; absent until signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub refresh_token: Option<String>,
    /// The account; absent until signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub user: Option<SignedInUserView>,
    /// What goes with the code, once; absent where none is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub challenge: Option<String>,
}

/// A challenge and a code for it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SecondFactorCreate {
    /// What the first half of the sign-in answered.
    #[schema(value_type = String, max_length = 256)]
    pub challenge: SecretString,
    /// Six digits of an authenticator app, or a recovery code.
    #[schema(max_length = 64)]
    pub code: String,
}

/// The ticket of a sign-in made at an identity provider.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TicketCreate {
    /// The ticket, good once and for a minute.
    #[schema(value_type = String, max_length = 256)]
    pub ticket: SecretString,
}

/// What is kept of a request: its address, its device.
pub(super) fn visit(peer: &str, request_id: &str, req: &HttpRequest) -> Visit {
    let agent =
        req.headers().get(USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    Visit::new(Some(peer), agent.as_deref(), request_id)
}

fn user_view(signed: &SignedIn) -> SignedInUserView {
    SignedInUserView {
        id: signed.user.id.uuid(),
        login: signed.user.login.clone(),
        display_name: signed.user.display_name.clone(),
        must_change_password: signed.user.must_change_password,
    }
}

fn send(view: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store"))).json(view)
}

fn answer(signed: &SignedIn) -> HttpResponse {
    send(&SignedInView {
        access_token: signed.access_token.expose_secret().to_owned(),
        token_type: "Bearer".to_owned(),
        expires_in: signed.expires_in,
        refresh_token: signed.refresh_token.expose_secret().to_owned(),
        user: user_view(signed),
    })
}

fn entered(entered: &Entered) -> HttpResponse {
    send(&match entered {
        Entered::SignedIn(signed) => SignInView {
            state: "signed_in".to_owned(),
            access_token: Some(signed.access_token.expose_secret().to_owned()),
            token_type: Some("Bearer".to_owned()),
            expires_in: signed.expires_in,
            refresh_token: Some(signed.refresh_token.expose_secret().to_owned()),
            user: Some(user_view(signed)),
            challenge: None,
        },
        Entered::Asked { challenge, expires_in } => SignInView {
            state: "second_factor_needed".to_owned(),
            access_token: None,
            token_type: None,
            expires_in: *expires_in,
            refresh_token: None,
            user: None,
            challenge: Some(challenge.expose_secret().to_owned()),
        },
    })
}

/// Sign in.
///
/// An unknown login, a wrong password, a disabled and a locked account are refused with the same words. Whoever has a second
/// factor is asked for a code after the right password: `state` says so.
#[utoipa::path(operation_id = "identity_sign_in", tag = "auth", request_body = SignInCreate,
    responses((status = 200, body = SignInView, description = "Signed in, or asked for a code")),
    extensions(("x-permission" = json!("public"))))]
#[post("/auth/login")]
pub async fn sign_in(
    who: Public,
    body: Body<SignInCreate>,
    gate: Data<Gate>,
    req: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let visit = visit(&who.peer, &who.request_id, &req);
    Ok(entered(&gate.enter(&body.login, body.password.clone(), &visit).await?))
}

/// Give the second factor.
///
/// A challenge is good once and for five minutes. Wrong codes count towards the lock-out.
#[utoipa::path(operation_id = "identity_give_second_factor", tag = "auth", request_body = SecondFactorCreate,
    responses((status = 200, body = SignedInView, description = "Signed in")),
    extensions(("x-permission" = json!("public"))))]
#[post("/auth/second-factor")]
pub async fn second_factor(
    who: Public,
    body: Body<SecondFactorCreate>,
    gate: Data<Gate>,
    req: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let visit = visit(&who.peer, &who.request_id, &req);
    Ok(answer(&gate.second_factor(&body.challenge, &body.code, &visit).await?))
}

/// Collect a sign-in made at an identity provider.
#[utoipa::path(operation_id = "identity_redeem_ticket", tag = "auth", request_body = TicketCreate,
    responses((status = 200, body = SignInView, description = "Signed in, or asked for a code")),
    extensions(("x-permission" = json!("public"))))]
#[post("/auth/oidc/redeem")]
pub async fn redeem(
    who: Public,
    body: Body<TicketCreate>,
    gate: Data<Gate>,
    req: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let visit = visit(&who.peer, &who.request_id, &req);
    Ok(entered(&gate.redeem(&body.ticket, &visit).await?))
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
    req: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let visit = visit(&who.peer, &who.request_id, &req);
    Ok(answer(&gate.refresh(&body.refresh_token, visit).await?))
}

/// Sign out: end the session this request came by.
#[utoipa::path(operation_id = "identity_sign_out", tag = "auth",
    responses((status = 204, description = "Signed out")),
    extensions(("x-permission" = json!(OwnSession::NAME))))]
#[post("/auth/logout")]
pub async fn sign_out(who: Allowed<OwnSession>, req: HttpRequest) -> Result<HttpResponse, Problem> {
    let visit = visit(who.peer(), &who.context().request_id, &req);
    who.write(StatusCode::NO_CONTENT, &NoBody, move |tx, ctx| {
        session::sign_out(tx, ctx, &visit)?;
        Ok(Answer::of(()))
    })
    .await
}
