//! One's own contacts.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, delete, get, post};
use contracts::Language;
use kernel::Instant;
use kernel::error::OrRefuse;
use kernel::id::Contact as ContactKind;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use web::{Allowed, Answer, Body, NoBody, PathId, Problem};

use crate::error::CODE_REFUSED;
use crate::gate::Gate;
use crate::gate::newcomers::read_address;
use crate::http::Public;
use crate::model::newcomers::Contact;
use crate::permission::{OwnSecurity, OwnSession};
use crate::service::contacts;
use crate::visit::Visit;

/// A contact. The whole address is not in it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContactView {
    /// Its id.
    pub id: Uuid,
    /// `phone` or `mail`.
    #[schema(extensions(("x-extensible-enum" = json!(["phone", "mail"]))))]
    pub kind: String,
    /// The address, masked.
    pub address: String,
    /// Whether it was proved: only then a new password is sent there.
    pub verified: bool,
    /// When it was added.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// What the reader may do with it.
    pub can: Vec<String>,
}

impl ContactView {
    fn of(contact: Contact) -> Self {
        let verified = contact.verified_at.is_some();
        let can: &[&str] = if verified { &["remove"] } else { &["verify", "remove"] };
        Self {
            id: contact.id.uuid(),
            kind: contact.kind,
            address: contact.address_masked,
            verified,
            created_at: contact.created_at,
            can: can.iter().map(|word| (*word).to_owned()).collect(),
        }
    }
}

/// The reader's contacts.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContactList {
    /// The contacts, oldest first.
    pub items: Vec<ContactView>,
}

/// List one's own contacts.
#[utoipa::path(operation_id = "identity_list_my_contacts", tag = "me",
    responses((status = 200, body = ContactList, description = "The contacts")),
    extensions(("x-permission" = json!(OwnSession::NAME))))]
#[get("/me/contacts")]
pub async fn list(who: Allowed<OwnSession>) -> Result<HttpResponse, Problem> {
    let found = who.read(contacts::own).await?;
    Ok(HttpResponse::Ok().json(ContactList { items: found.into_iter().map(ContactView::of).collect() }))
}

/// A contact to be added.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactCreate {
    /// A telephone number or a mail address.
    #[schema(min_length = 3, max_length = 254, example = "13800138000")]
    pub address: String,
    /// One's current password: a contact is a way to the account.
    #[schema(value_type = String, format = Password, max_length = 1024)]
    pub current_password: SecretString,
}

/// Add a contact.
///
/// Eight digits go there; they prove that it is one's own. Asking again for one that waits sends other digits.
#[utoipa::path(operation_id = "identity_create_my_contact", tag = "me", request_body = ContactCreate,
    responses((status = 201, body = ContactView, description = "Added; a code is on its way")),
    extensions(("x-permission" = json!(OwnSecurity::NAME))))]
#[post("/me/contacts")]
pub async fn add(
    who: Allowed<OwnSecurity>,
    body: Body<ContactCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let address = read_address(&body.address, "/address")?;
    let id = who.actor().user;
    let visit = Visit::new(Some(who.peer()), None, &who.context().request_id);
    gate.verify_own(id, body.current_password.clone(), visit).await?;
    let language = if who.chinese() { Language::Zh } else { Language::En };
    let shared = gate.services().clone();
    let print = Public::of(&["contact", &shared.outside()?.address_hash(&address)?]);
    who.write(StatusCode::CREATED, &print, move |tx, ctx| {
        let made = contacts::add(tx, ctx, &shared, &address, language)?;
        Ok(Answer::of(ContactView::of(made)))
    })
    .await
}

/// The code that was sent.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactVerifyCreate {
    /// The eight digits.
    #[schema(value_type = String, max_length = 40)]
    pub code: SecretString,
}

/// Prove a contact by its code.
#[utoipa::path(operation_id = "identity_verify_my_contact", tag = "me",
    params(("id" = Uuid, Path, description = "The contact")), request_body = ContactVerifyCreate,
    responses((status = 200, body = ContactView, description = "Proved")),
    extensions(("x-permission" = json!(OwnSecurity::NAME))))]
#[post("/me/contacts/{id}/verify")]
pub async fn verify(
    who: Allowed<OwnSecurity>,
    id: PathId<ContactKind>,
    body: Body<ContactVerifyCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let (id, shared) = (id.id(), gate.services().clone());
    let code = who.read(move |tx, ctx| contacts::code_of(tx, ctx, id)).await?.or_refuse(&CODE_REFUSED)?;
    // Counted for itself: a wrong code is refused, and what is refused is undone.
    gate.take_try(code.id).await?;
    let typed = body.code.clone();
    who.write(StatusCode::OK, &Public::of(&["verify"]), move |tx, ctx| {
        Ok(Answer::of(ContactView::of(contacts::verify(tx, ctx, &shared, id, &typed)?)))
    })
    .await
}

/// Remove a contact.
#[utoipa::path(operation_id = "identity_remove_my_contact", tag = "me",
    params(("id" = Uuid, Path, description = "The contact")),
    responses((status = 204, description = "Removed")),
    extensions(("x-permission" = json!(OwnSecurity::NAME))))]
#[delete("/me/contacts/{id}")]
pub async fn remove(
    who: Allowed<OwnSecurity>,
    id: PathId<ContactKind>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let (id, shared) = (id.id(), gate.services().clone());
    who.write(StatusCode::NO_CONTENT, &NoBody, move |tx, ctx| {
        contacts::remove(tx, ctx, &shared, id)?;
        Ok(Answer::of(()))
    })
    .await
}
