//! Registering oneself.

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use contracts::Language;
use kernel::id::OneTimeCode as CodeKind;
use kernel::{Id, Instant};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use web::{Body, PathId, Problem, Public};

use crate::gate::Gate;
use crate::gate::newcomers::read_address;
use crate::http::invitations::{NewAccountView, from};

/// The language of a request.
pub(crate) fn language(who: &Public) -> Language {
    if who.chinese { Language::Zh } else { Language::En }
}

/// Who would register, and where.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegistrationCreate {
    /// Where the code is sent: a telephone number or a mail address.
    #[schema(min_length = 3, max_length = 254, example = "13800138000")]
    pub address: String,
    /// The unit to be a resident of.
    pub unit_id: Uuid,
}

/// A registration that waits for its code.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RegistrationView {
    /// Its id, to confirm it by.
    pub id: Uuid,
    /// When the code runs out.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Instant,
}

/// Ask for a code, to register oneself.
///
/// The answer is the same whether there is an account with this address or not.
#[utoipa::path(operation_id = "identity_create_registration", tag = "auth", request_body = RegistrationCreate,
    responses((status = 202, body = RegistrationView, description = "A code is on its way")),
    extensions(("x-permission" = json!("public"))))]
#[post("/auth/registrations")]
pub async fn ask(
    who: Public,
    body: Body<RegistrationCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let address = read_address(&body.address, "/address")?;
    let unit = Id::from_uuid(body.unit_id);
    let code = gate.ask_registration(&from(&who), address, unit, language(&who)).await?;
    Ok(HttpResponse::Accepted().json(RegistrationView { id: code.id.uuid(), expires_at: code.expires_at }))
}

/// The code, and the account to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegistrationConfirmCreate {
    /// The eight digits that were sent.
    #[schema(value_type = String, max_length = 40)]
    pub code: SecretString,
    /// What the account signs in with: 3 to 64 letters, digits and `. _ - @ +`.
    #[schema(min_length = 3, max_length = 64)]
    pub login: String,
    /// The name shown.
    #[schema(min_length = 1, max_length = 100)]
    pub display_name: String,
    /// The password.
    #[schema(value_type = String, format = Password, min_length = 10, max_length = 128)]
    pub password: SecretString,
}

/// Register by a code.
///
/// The account is a resident of the unit and nothing else. A code may be tried five times; every reason to refuse one sounds the same.
#[utoipa::path(operation_id = "identity_confirm_registration", tag = "auth",
    params(("id" = Uuid, Path, description = "The registration")), request_body = RegistrationConfirmCreate,
    responses((status = 201, body = NewAccountView, description = "Made")),
    extensions(("x-permission" = json!("public"))))]
#[post("/auth/registrations/{id}/confirm")]
pub async fn confirm(
    who: Public,
    id: PathId<CodeKind>,
    body: Body<RegistrationConfirmCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let body = body.into_inner();
    let user = gate
        .confirm_registration(&from(&who), id.id(), body.code, body.login, body.display_name, body.password)
        .await?;
    Ok(HttpResponse::Created().json(NewAccountView::of(user)))
}
