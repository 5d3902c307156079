//! A new password in place of one that was forgotten.

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use kernel::Instant;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{Body, Problem, Public};

use crate::gate::Gate;
use crate::http::invitations::from;
use crate::http::registrations::language;

/// Whose password is forgotten.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordResetCreate {
    /// The login; capitals do not matter.
    #[schema(max_length = 256)]
    pub login: String,
}

/// What was asked for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PasswordResetView {
    /// When the code runs out, if one was sent.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Instant,
}

/// Ask for a new password.
///
/// If there is such an account and it has a contact that was proved, a code goes there. The answer is the same if not.
#[utoipa::path(operation_id = "identity_create_password_reset", tag = "auth", request_body = PasswordResetCreate,
    responses((status = 202, body = PasswordResetView, description = "Asked for")),
    extensions(("x-permission" = json!("public"))))]
#[post("/auth/password-resets")]
pub async fn ask(
    who: Public,
    body: Body<PasswordResetCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let code = gate.ask_reset(&from(&who), body.login.clone(), language(&who)).await?;
    Ok(HttpResponse::Accepted().json(PasswordResetView { expires_at: code.expires_at }))
}

/// The code and the new password.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordResetConfirmCreate {
    /// The code that was sent.
    #[schema(value_type = String, max_length = 200)]
    pub code: SecretString,
    /// The new password.
    #[schema(value_type = String, format = Password, min_length = 10, max_length = 128)]
    pub password: SecretString,
}

/// Set a new password by a code.
///
/// All sessions and API keys of the account end.
#[utoipa::path(operation_id = "identity_confirm_password_reset", tag = "auth", request_body = PasswordResetConfirmCreate,
    responses((status = 204, description = "Set")),
    extensions(("x-permission" = json!("public"))))]
#[post("/auth/password-resets/confirm")]
pub async fn confirm(
    who: Public,
    body: Body<PasswordResetConfirmCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    gate.confirm_reset(&from(&who), &body.code, body.password.clone()).await?;
    Ok(HttpResponse::NoContent().finish())
}
