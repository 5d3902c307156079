//! Identity providers, and the accounts there that people here sign in with.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, delete, get, post};
use kernel::id::{ExternalIdentity as ExternalKind, User as UserKind};
use kernel::permission::Permit;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use web::{Allowed, Answer, Body, NoBody, PathId, PathPair, Problem, Public, Registrar};

use crate::gate::Gate;
use crate::model::sign_in::ExternalIdentity;
use crate::permission::{ManageUsers, OwnSecurity, ReadUsers};
use crate::service::accounts;
use crate::service::external::{self, Subject};
use crate::store::external as store;

pub(super) fn routes(cfg: &mut Registrar<'_>) {
    cfg.service(providers).service(list_own).service(unlink_own);
    cfg.service(list).service(link).service(unlink);
    #[cfg(feature = "oidc")]
    cfg.service(asking::link_own);
}

/// A provider one may sign in at.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProviderView {
    /// Its name in addresses.
    pub name: String,
    /// What people read.
    pub label: String,
    /// Where a browser goes to sign in there; `return_to`, a path of this site, may be added as a parameter.
    pub start_url: String,
}

/// The providers one may sign in at.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProviderList {
    /// The providers; none where people sign in by password only.
    pub items: Vec<ProviderView>,
}

/// List the identity providers one may sign in at.
#[utoipa::path(operation_id = "identity_list_providers", tag = "auth",
    responses((status = 200, body = ProviderList, description = "The providers")),
    extensions(("x-permission" = json!("public"))))]
#[get("/auth/providers")]
pub async fn providers(_anyone: Public, gate: Data<Gate>) -> Result<HttpResponse, Problem> {
    let view = |provider: &crate::oidc::Provider| ProviderView {
        name: provider.name.clone(),
        label: provider.label.clone(),
        start_url: format!("/auth/oidc/{}/start", provider.name),
    };
    Ok(HttpResponse::Ok().json(ProviderList { items: gate.providers().list.iter().map(view).collect() }))
}

/// An account at a provider that somebody signs in with.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExternalIdentityView {
    /// Its id.
    pub id: Uuid,
    /// The provider's name.
    pub provider: String,
    /// The account there, as the provider calls it.
    pub subject: String,
    /// When it was tied.
    #[schema(value_type = String, format = DateTime)]
    pub linked_at: kernel::Instant,
    /// When it was last signed in with.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<kernel::Instant>,
}

impl From<&ExternalIdentity> for ExternalIdentityView {
    fn from(one: &ExternalIdentity) -> Self {
        Self {
            id: one.id.uuid(),
            provider: one.provider.clone(),
            subject: one.subject.clone(),
            linked_at: one.linked_at,
            last_used_at: one.last_used_at,
        }
    }
}

/// Accounts at providers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExternalIdentityList {
    /// The accounts.
    pub items: Vec<ExternalIdentityView>,
}

/// List one's own accounts at providers.
#[utoipa::path(operation_id = "identity_list_my_identities", tag = "me",
    responses((status = 200, body = ExternalIdentityList, description = "The accounts")),
    extensions(("x-permission" = json!(OwnSecurity::NAME))))]
#[get("/me/identities")]
pub async fn list_own(who: Allowed<OwnSecurity>) -> Result<HttpResponse, Problem> {
    let all = who
        .read(|tx, ctx| {
            let found = store::of(tx, ctx.actor.user)?;
            Ok(ExternalIdentityList { items: found.iter().map(ExternalIdentityView::from).collect() })
        })
        .await?;
    Ok(HttpResponse::Ok().json(all))
}

/// Untie one of one's own accounts at providers.
#[utoipa::path(operation_id = "identity_unlink_my_identity", tag = "me",
    params(("id" = Uuid, Path, description = "The tied account")),
    responses((status = 204, description = "Untied")),
    extensions(("x-permission" = json!(OwnSecurity::NAME))))]
#[delete("/me/identities/{id}")]
pub async fn unlink_own(
    who: Allowed<OwnSecurity>,
    id: PathId<ExternalKind>,
) -> Result<HttpResponse, Problem> {
    let id = id.id();
    who.write(StatusCode::NO_CONTENT, &NoBody, move |tx, ctx| {
        external::unlink_own(tx, ctx, id)?;
        Ok(Answer::of(()))
    })
    .await
}

/// List an account's accounts at providers.
#[utoipa::path(operation_id = "identity_list_user_identities", tag = "users",
    params(("id" = Uuid, Path, description = "The account")),
    responses((status = 200, body = ExternalIdentityList, description = "The accounts")),
    extensions(("x-permission" = json!(ReadUsers::NAME))))]
#[get("/users/{id}/identities")]
pub async fn list(who: Allowed<ReadUsers>, id: PathId<UserKind>) -> Result<HttpResponse, Problem> {
    let id = id.id();
    let all = who
        .read(move |tx, ctx| {
            let found = external::of_another(tx, ctx, id, ReadUsers::PERMISSION)?;
            Ok(ExternalIdentityList { items: found.iter().map(ExternalIdentityView::from).collect() })
        })
        .await?;
    Ok(HttpResponse::Ok().json(all))
}

/// An account at a provider to be tied to somebody.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExternalIdentityCreate {
    /// The provider's name.
    #[schema(max_length = 40)]
    pub provider: String,
    /// The account there: the `sub` of its tokens.
    #[schema(min_length = 1, max_length = 255)]
    pub subject: String,
    /// Why; it is kept on the trail.
    #[schema(min_length = 2, max_length = 500)]
    pub reason: String,
}

/// Tie an account at a provider to somebody.
///
/// Refused unless the reader could give what the account holds: it is a way to its rights.
#[utoipa::path(operation_id = "identity_link_user_identity", tag = "users",
    params(("id" = Uuid, Path, description = "The account")), request_body = ExternalIdentityCreate,
    responses((status = 201, body = ExternalIdentityView, description = "Tied")),
    extensions(("x-permission" = json!(ManageUsers::NAME))))]
#[post("/users/{id}/identities")]
pub async fn link(
    who: Allowed<ManageUsers>,
    id: PathId<UserKind>,
    body: Body<ExternalIdentityCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let (id, shared, reason) = (id.id(), gate.services().clone(), body.reason.clone());
    let (name, subject) = (body.provider.clone(), body.subject.clone());
    let gate = gate.into_inner();
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        // Whether there is such a provider is told to whoever manages the account, and to nobody else.
        let user = accounts::visible(tx, ctx, id, ReadUsers::PERMISSION)?;
        ctx.require_at(ManageUsers::PERMISSION, user.unit_id, &user.unit_path)?;
        let issuer = gate.providers().find(&name).map_err(|_| {
            kernel::error::INVALID.refusal().at("/provider", &kernel::error::FIELD_UNKNOWN_REFERENCE)
        })?;
        let subject =
            Subject { provider: name.clone(), issuer: issuer.issuer.clone(), subject: subject.clone() };
        let one = external::link_another(tx, ctx, &shared, id, &subject, &reason)?;
        Ok(Answer::of(ExternalIdentityView::from(&one)))
    })
    .await
}

/// Untie somebody's account at a provider.
#[utoipa::path(operation_id = "identity_unlink_user_identity", tag = "users",
    params(("id" = Uuid, Path, description = "The account"), ("identity" = Uuid, Path, description = "The tied account")),
    responses((status = 204, description = "Untied")),
    extensions(("x-permission" = json!(ManageUsers::NAME))))]
#[delete("/users/{id}/identities/{identity}")]
pub async fn unlink(
    who: Allowed<ManageUsers>,
    ids: PathPair<UserKind, ExternalKind>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let (user, one, shared) = (ids.first(), ids.second(), gate.services().clone());
    who.write(StatusCode::NO_CONTENT, &NoBody, move |tx, ctx| {
        external::unlink_another(tx, ctx, &shared, user, one)?;
        Ok(Answer::of(()))
    })
    .await
}

#[cfg(feature = "oidc")]
pub use asking::ProviderStartView;

#[cfg(feature = "oidc")]
mod asking {
    //! What needs a provider to be asked.

    use actix_web::HttpRequest;
    use actix_web::http::header::{CACHE_CONTROL, SET_COOKIE};
    use actix_web::web::Path;

    use super::*;
    use crate::error::SIGNED_OUT;
    use crate::http::oidc::cookie;
    use crate::http::second_factor::{ProofCreate, prove};

    /// Where to go to have an account vouched for.
    #[derive(Debug, Clone, Serialize, ToSchema)]
    pub struct ProviderStartView {
        /// The provider's page. The browser must keep the cookie of this answer.
        pub authorization_url: String,
    }

    /// Tie an account at a provider to one's own.
    ///
    /// The browser goes to the address answered; the provider sends it back, and the account there is tied.
    #[utoipa::path(operation_id = "identity_link_my_identity", tag = "me",
        params(("provider" = String, Path, description = "The provider's name")), request_body = ProofCreate,
        responses((status = 200, body = ProviderStartView, description = "Where to go")),
        extensions(("x-permission" = json!(OwnSecurity::NAME))))]
    #[post("/me/identity-links/{provider}")]
    pub async fn link_own(
        who: Allowed<OwnSecurity>,
        provider: Path<String>,
        body: Body<ProofCreate>,
        gate: Data<Gate>,
        req: HttpRequest,
    ) -> Result<HttpResponse, Problem> {
        gate.providers().find(&provider)?;
        prove(&who, &gate, &body.password, body.code.as_deref(), &req).await?;
        let session = who.actor().session.ok_or_else(|| SIGNED_OUT.fault())?;
        let start = gate.start_at_provider(&provider, None, Some((who.actor().user, session))).await?;
        Ok(HttpResponse::Ok()
            .insert_header((SET_COOKIE, cookie(&gate, &start)))
            .insert_header((CACHE_CONTROL, "no-store"))
            .json(ProviderStartView { authorization_url: start.url }))
    }
}
