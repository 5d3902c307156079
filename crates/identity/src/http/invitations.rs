//! Invitations.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use contracts::Language;
use kernel::error::{FIELD_CHOICE, INVALID, NOT_FOUND, OrRefuse};
use kernel::id::Invitation as InvitationKind;
use kernel::permission::Permit;
use kernel::{Fault, Id, Instant};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{
    Allowed, Answer, Body, NoBody, Params, PathId, Problem, Public as Stranger, page, page_request, view,
};

use crate::gate::Gate;
use crate::gate::newcomers::{Says, read_address};
use crate::http::invitation_views::{InvitationView, one, views};
use crate::http::{Public, said_version};
use crate::model::User;
use crate::permission::{ManageUsers, ReadUsers};
use crate::service::invite::{self, NewInvitation, NewInvitationRole};
use crate::store::invitations::{self, Filter};
use crate::visit::Visit;

web::page_schema!(InvitationPage, InvitationView);

/// Which invitations.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct InvitationsQuery {
    /// Only those into this unit and below.
    pub unit: Option<Uuid>,
    /// `pending`, `expired`, `accepted` or `withdrawn`.
    pub state: Option<String>,
    /// Items on the page: 1 to 200, 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List invitations, newest first.
#[utoipa::path(operation_id = "identity_list_invitations", tag = "invitations", params(InvitationsQuery),
    responses((status = 200, body = InvitationPage, description = "A page of invitations")),
    extensions(("x-permission" = json!(ReadUsers::NAME))))]
#[get("/invitations")]
pub async fn list(
    who: Allowed<ReadUsers>,
    query: Params<InvitationsQuery>,
    gate: Data<Gate>,
    req: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let state = query.state.clone();
    if state.as_deref().is_some_and(|s| !matches!(s, "pending" | "expired" | "accepted" | "withdrawn")) {
        let refusal = web::params::bad("state", "pending, expired, accepted or withdrawn");
        return Err(Fault::from(refusal).into());
    }
    let unit = query.unit.map(|unit| unit.to_string()).unwrap_or_default();
    let filters = ["identity.invitations", &unit, state.as_deref().unwrap_or_default()];
    let asked = page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let (shared, chinese, unit, filter) =
        (gate.services().clone(), who.chinese(), query.unit, Filter { state });
    let found = who
        .read(move |tx, ctx| {
            let mut scope = ctx.actor.scope(ReadUsers::PERMISSION, false, ctx.now);
            if let Some(unit) = unit {
                let unit = shared.tree.unit(tx, Id::from_uuid(unit))?.or_refuse(&NOT_FOUND)?;
                scope = scope.within(unit.id, &unit.path);
            }
            let after = asked.after.as_ref().map(|cursor| Id::from_uuid(cursor.after));
            let found =
                invitations::list(tx, &scope, &filter, ctx.now, after, asked.size, asked.fingerprint)?;
            let items = views(tx, ctx, &shared, chinese, &found.items)?;
            Ok(kernel::Page { items, next: found.next })
        })
        .await?;
    let next = found.next.clone();
    Ok(page(&req, InvitationPage::of(found), next.as_ref()))
}

/// Somebody to be invited.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitationCreate {
    /// Where it is sent: a telephone number or a mail address.
    #[schema(min_length = 3, max_length = 254, example = "13800138000")]
    pub address: String,
    /// The login the account is to have; they choose unless told.
    #[schema(nullable = false, min_length = 3, max_length = 64)]
    pub login: Option<String>,
    /// The name shown.
    #[schema(min_length = 1, max_length = 100)]
    pub display_name: String,
    /// The unit the account will belong to.
    pub unit_id: Uuid,
    /// The role that awaits it.
    #[schema(nullable = false)]
    pub role_id: Option<Uuid>,
    /// Where the role will be given; in the account's unit unless told.
    #[schema(nullable = false)]
    pub role_unit_id: Option<Uuid>,
    /// Whether the role will reach below; it does unless told.
    #[schema(nullable = false)]
    pub subtree: Option<bool>,
    /// Until when the role will hold; until revoked unless told.
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub role_ends_at: Option<Instant>,
    /// Why; it is kept on the trail.
    #[schema(min_length = 2, max_length = 500)]
    pub reason: String,
    /// `zh` or `en`: what the invited read; the language of this request unless told.
    #[schema(nullable = false, example = "zh")]
    pub language: Option<String>,
}

/// Invite somebody.
///
/// A code goes to the address and to nobody else; it holds for seven days. Nobody invites to what they could not give, and what they may
/// give is asked again when it is accepted.
#[utoipa::path(operation_id = "identity_create_invitation", tag = "invitations", request_body = InvitationCreate,
    responses((status = 201, body = InvitationView, description = "Sent")),
    extensions(("x-permission" = json!(ManageUsers::NAME))))]
#[post("/invitations")]
pub async fn create(
    who: Allowed<ManageUsers>,
    body: Body<InvitationCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let spoken = if who.chinese() { Language::Zh } else { Language::En };
    let language = match body.language.as_deref() {
        None => spoken,
        Some(word) => Language::of(word)
            .ok_or_else(|| Fault::from(INVALID.refusal().at_with("/language", &FIELD_CHOICE, "zh or en")))?,
    };
    if body.role_id.is_none()
        && let Some(pointer) = stray(&body)
    {
        return Err(
            Fault::from(INVALID.refusal().at_with(pointer, &FIELD_CHOICE, "only with role_id")).into()
        );
    }
    let new = NewInvitation {
        address: read_address(&body.address, "/address")?,
        login: body.login.clone(),
        display_name: body.display_name.clone(),
        unit: Id::from_uuid(body.unit_id),
        role: body.role_id.map(|role| NewInvitationRole {
            role: Id::from_uuid(role),
            unit: body.role_unit_id.map(Id::from_uuid),
            subtree: body.subtree.unwrap_or(true),
            until: body.role_ends_at,
        }),
        reason: body.reason.clone(),
        language,
    };
    let (shared, chinese) = (gate.services().clone(), who.chinese());
    let hash = shared.outside()?.address_hash(&new.address)?;
    let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let print = Public::of(&[
        &hash,
        body.login.as_deref().unwrap_or_default(),
        &body.display_name,
        &body.unit_id.to_string(),
        &text(body.role_id),
        &text(body.role_unit_id),
        if body.subtree.unwrap_or(true) { "subtree" } else { "" },
        &body.role_ends_at.map(|at| at.to_string()).unwrap_or_default(),
        &body.reason,
        language.name(),
    ]);
    who.write(StatusCode::CREATED, &print, move |tx, ctx| {
        let made = invite::invite(tx, ctx, &shared, &new)?;
        let location = format!("/api/v1/invitations/{}", made.id);
        Ok(Answer::of(one(tx, ctx, &shared, chinese, &made)?).version(made.version).location(location))
    })
    .await
}

/// A field that says something of a role where there is none.
fn stray(body: &InvitationCreate) -> Option<&'static str> {
    if body.role_unit_id.is_some() {
        Some("/role_unit_id")
    } else if body.subtree.is_some() {
        Some("/subtree")
    } else {
        body.role_ends_at.map(|_| "/role_ends_at")
    }
}

/// Read an invitation.
#[utoipa::path(operation_id = "identity_read_invitation", tag = "invitations", params(("id" = Uuid, Path, description = "The invitation")),
    responses((status = 200, body = InvitationView, description = "The invitation")),
    extensions(("x-permission" = json!(ReadUsers::NAME))))]
#[get("/invitations/{id}")]
pub async fn read(
    who: Allowed<ReadUsers>,
    id: PathId<InvitationKind>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let (id, shared, chinese) = (id.id(), gate.services().clone(), who.chinese());
    let found = who
        .read(move |tx, ctx| {
            let invitation = invite::visible(tx, ctx, id, ReadUsers::PERMISSION)?;
            one(tx, ctx, &shared, chinese, &invitation)
        })
        .await?;
    let version = found.version;
    Ok(view(found, version))
}

/// Send a new code; the one before opens nothing any more.
#[utoipa::path(operation_id = "identity_resend_invitation", tag = "invitations", params(("id" = Uuid, Path, description = "The invitation")),
    responses((status = 200, body = InvitationView, description = "Sent")),
    extensions(("x-permission" = json!(ManageUsers::NAME))))]
#[post("/invitations/{id}/resend")]
pub async fn resend(
    who: Allowed<ManageUsers>,
    id: PathId<InvitationKind>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let version = said_version(&who, None)?;
    let (id, shared, chinese) = (id.id(), gate.services().clone(), who.chinese());
    who.write(StatusCode::OK, &NoBody, move |tx, ctx| {
        let sent = invite::resend(tx, ctx, &shared, id, version)?;
        Ok(Answer::of(one(tx, ctx, &shared, chinese, &sent)?).version(sent.version))
    })
    .await
}

/// Withdraw an invitation.
#[utoipa::path(operation_id = "identity_withdraw_invitation", tag = "invitations", params(("id" = Uuid, Path, description = "The invitation")),
    responses((status = 204, description = "Withdrawn")),
    extensions(("x-permission" = json!(ManageUsers::NAME))))]
#[delete("/invitations/{id}")]
pub async fn withdraw(
    who: Allowed<ManageUsers>,
    id: PathId<InvitationKind>,
) -> Result<HttpResponse, Problem> {
    let version = said_version(&who, None)?;
    let id = id.id();
    who.write(StatusCode::NO_CONTENT, &NoBody, move |tx, ctx| {
        invite::withdraw(tx, ctx, id, version)?;
        Ok(Answer::of(()))
    })
    .await
}

/// The account that somebody makes of an invitation.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitationAcceptCreate {
    /// The code that was sent.
    #[schema(value_type = String, max_length = 200)]
    pub code: SecretString,
    /// What it signs in with: 3 to 64 letters, digits and `. _ - @ +`; what the invitation says unless told.
    #[schema(nullable = false, min_length = 3, max_length = 64)]
    pub login: Option<String>,
    /// The name shown; what the invitation says unless told.
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    pub display_name: Option<String>,
    /// The password.
    #[schema(value_type = String, format = Password, min_length = 10, max_length = 128)]
    pub password: SecretString,
}

/// The account that was made. Sign in with it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NewAccountView {
    /// Its id.
    pub id: Uuid,
    /// What it signs in with.
    pub login: String,
    /// The name shown.
    pub display_name: String,
}

impl NewAccountView {
    /// The view of the account.
    pub fn of(user: User) -> Self {
        Self { id: user.id.uuid(), login: user.login, display_name: user.display_name }
    }
}

/// A stranger's visit: the address that is limited, and the request's id.
pub(crate) fn from(who: &Stranger) -> Visit {
    Visit::new(Some(&who.peer), None, &who.request_id)
}

/// Accept an invitation.
///
/// The account is made and the role is given at once. A code is good once; one that is unknown, run out, used or withdrawn is refused with
/// the same words.
#[utoipa::path(operation_id = "identity_accept_invitation", tag = "invitations", request_body = InvitationAcceptCreate,
    responses((status = 201, body = NewAccountView, description = "Made")),
    extensions(("x-permission" = json!("public"))))]
#[post("/invitations/accept")]
pub async fn accept(
    who: Stranger,
    body: Body<InvitationAcceptCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let says = Says {
        login: body.login.clone(),
        display_name: body.display_name.clone(),
        password: body.password.clone(),
    };
    let user = gate.accept_invitation(&from(&who), &body.code, says).await?;
    Ok(HttpResponse::Created().json(NewAccountView::of(user)))
}
