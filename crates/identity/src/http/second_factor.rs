//! One's own second factor; an administrator's way to remove another's.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use kernel::id::User as UserKind;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{Allowed, Answer, Body, PathId, Problem, Registrar};

use crate::gate::Gate;
use crate::http::Public;
use crate::http::auth::visit;
use crate::http::users::{UserReasonCreate, with_reason};
use crate::http::views::UserView;
use crate::permission::{ManageUsers, OwnSecurity};
use crate::service::second_factor;

pub(super) fn routes(cfg: &mut Registrar<'_>) {
    cfg.service(begin).service(confirm).service(remove).service(recovery_codes).service(reset);
}

/// That it is the account's owner who asks: the password, or a code of the second factor.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProofCreate {
    /// The current password.
    #[schema(nullable = false, value_type = Option<String>, format = Password, max_length = 1024)]
    pub password: Option<SecretString>,
    /// Six digits of the authenticator app, or a recovery code.
    #[schema(nullable = false, max_length = 64)]
    pub code: Option<String>,
}

/// What is put into an authenticator app. Shown once.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TotpSetupView {
    /// The secret, in base32.
    pub secret: String,
    /// The same as an `otpauth` address, for a picture.
    pub uri: String,
}

/// Begin to set up a second factor.
///
/// It counts once a first code has proved it. The secret is shown once.
#[utoipa::path(operation_id = "identity_begin_totp", tag = "me", request_body = ProofCreate,
    responses((status = 201, body = TotpSetupView, description = "The secret, this once")),
    extensions(("x-permission" = json!(OwnSecurity::NAME))))]
#[post("/me/totp")]
pub async fn begin(
    who: Allowed<OwnSecurity>,
    body: Body<ProofCreate>,
    gate: Data<Gate>,
    req: HttpRequest,
) -> Result<HttpResponse, Problem> {
    prove(&who, &gate, &body.password, body.code.as_deref(), &req).await?;
    let (sealer, issuer) = (gate.sealer().await?, gate.issuer().to_owned());
    who.write(StatusCode::CREATED, &Public::of(&["totp"]), move |tx, ctx| {
        let setup = second_factor::begin(tx, ctx, &sealer, &issuer)?;
        let view = TotpSetupView {
            secret: setup.secret.expose_secret().to_owned(),
            uri: setup.uri.expose_secret().to_owned(),
        };
        Ok(Answer::of(view).once())
    })
    .await
}

/// A code.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TotpCodeCreate {
    /// Six digits of the authenticator app.
    #[schema(max_length = 64)]
    pub code: String,
}

/// Prove the second factor with a first code.
///
/// From now on a sign-in asks for one. One's other sessions end.
#[utoipa::path(operation_id = "identity_confirm_totp", tag = "me", request_body = TotpCodeCreate,
    responses((status = 204, description = "Set up")),
    extensions(("x-permission" = json!(OwnSecurity::NAME))))]
#[post("/me/totp/confirm")]
pub async fn confirm(
    who: Allowed<OwnSecurity>,
    body: Body<TotpCodeCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let (sealer, code) = (gate.sealer().await?, body.code.clone());
    who.write(StatusCode::NO_CONTENT, &body, move |tx, ctx| {
        second_factor::confirm(tx, ctx, &sealer, &code)?;
        Ok(Answer::of(()))
    })
    .await
}

/// Remove one's own second factor.
#[utoipa::path(operation_id = "identity_remove_totp", tag = "me", request_body = ProofCreate,
    responses((status = 204, description = "Removed")),
    extensions(("x-permission" = json!(OwnSecurity::NAME))))]
#[post("/me/totp/remove")]
pub async fn remove(
    who: Allowed<OwnSecurity>,
    body: Body<ProofCreate>,
    gate: Data<Gate>,
    req: HttpRequest,
) -> Result<HttpResponse, Problem> {
    prove(&who, &gate, &body.password, body.code.as_deref(), &req).await?;
    who.write(StatusCode::NO_CONTENT, &Public::of(&["totp"]), move |tx, ctx| {
        second_factor::remove(tx, ctx)?;
        Ok(Answer::of(()))
    })
    .await
}

/// Codes for the day the app is lost. Shown once.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RecoveryCodesView {
    /// Each is good once.
    pub codes: Vec<String>,
}

/// Make recovery codes.
///
/// Ten, shown once, in place of all before.
#[utoipa::path(operation_id = "identity_create_recovery_codes", tag = "me", request_body = ProofCreate,
    responses((status = 201, body = RecoveryCodesView, description = "The codes, this once")),
    extensions(("x-permission" = json!(OwnSecurity::NAME))))]
#[post("/me/recovery-codes")]
pub async fn recovery_codes(
    who: Allowed<OwnSecurity>,
    body: Body<ProofCreate>,
    gate: Data<Gate>,
    req: HttpRequest,
) -> Result<HttpResponse, Problem> {
    prove(&who, &gate, &body.password, body.code.as_deref(), &req).await?;
    who.write(StatusCode::CREATED, &Public::of(&["recovery"]), move |tx, ctx| {
        let codes = second_factor::new_codes(tx, ctx)?;
        let codes = codes.iter().map(|code| code.expose_secret().to_owned()).collect();
        Ok(Answer::of(RecoveryCodesView { codes }).once())
    })
    .await
}

/// Remove another's second factor.
///
/// For whoever lost it. Refused unless the reader could give what the account holds. Its sessions end.
#[utoipa::path(operation_id = "identity_reset_user_mfa", tag = "users", params(("id" = Uuid, Path, description = "The account")),
    request_body = UserReasonCreate, responses((status = 200, body = UserView, description = "Removed")),
    extensions(("x-permission" = json!(ManageUsers::NAME))))]
#[post("/users/{id}/reset-mfa")]
pub async fn reset(
    who: Allowed<ManageUsers>,
    id: PathId<UserKind>,
    body: Body<UserReasonCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    with_reason(&who, id.id(), &body, &gate, second_factor::reset).await
}

/// Asks whoever is signed in to prove that they own the account.
pub(super) async fn prove(
    who: &Allowed<OwnSecurity>,
    gate: &Gate,
    password: &Option<SecretString>,
    code: Option<&str>,
    req: &HttpRequest,
) -> Result<(), Problem> {
    let visit = visit(who.peer(), &who.context().request_id, req);
    Ok(gate.prove(who.actor().user, password.clone(), code, &visit).await?)
}
