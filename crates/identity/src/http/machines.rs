//! Service accounts.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::User as UserKind;
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome, Page};
use serde::{Deserialize, Serialize};
use storage::Tx;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Answer, Body, Params, PathId, Problem, Registrar, page, page_request, view};

use crate::gate::Gate;
use crate::http::said_version;
use crate::http::users::UserReasonCreate;
use crate::http::views::{GrantUnitView, GrantUserView, UnitNames};
use crate::permission::{ManageMachines, ReadMachines};
use crate::service::Services;
use crate::service::machines::{self, Machine, NewMachine};
use crate::store::{service_accounts, users};

pub(super) fn routes(cfg: &mut Registrar<'_>) {
    cfg.service(list).service(create).service(read).service(disable);
}

/// An account of a machine.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ServiceAccountView {
    /// Its id: grants name it like any account's.
    pub id: Uuid,
    /// Its login, by which it is known on the trail; it cannot sign in by it.
    pub login: String,
    /// The name shown.
    pub display_name: String,
    /// The unit it belongs to.
    pub unit: GrantUnitView,
    /// The person who answers for it.
    pub owner: GrantUserView,
    /// Whether that person's account is enabled; where it is not, somebody else should answer for it.
    pub owner_enabled: bool,
    /// What it is for.
    pub purpose: String,
    /// `enabled` or `disabled`.
    #[schema(extensions(("x-extensible-enum" = json!(["enabled", "disabled"]))))]
    pub status: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: kernel::Instant,
    /// Grows with every change.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
    /// What the reader may do with it.
    pub can: Vec<String>,
}

web::page_schema!(ServiceAccountPage, ServiceAccountView);

fn views(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    all: &[Machine],
) -> Outcome<Vec<ServiceAccountView>> {
    let names = UnitNames::of(tx, shared, all.iter().map(|(user, _)| user.unit_id))?;
    let owners: Vec<_> = all.iter().map(|(_, machine)| machine.owner_id).collect();
    let owners = users::find_all(tx, &owners)?;
    Ok(all
        .iter()
        .map(|(user, machine)| {
            let owner = owners.iter().find(|owner| owner.id == machine.owner_id);
            let may =
                ctx.actor.may(ManageMachines::PERMISSION, &user.unit_path, ctx.now) && user.is_enabled();
            let words: &[&str] = if may { &["disable", "create_key"] } else { &[] };
            ServiceAccountView {
                id: user.id.uuid(),
                login: user.login.clone(),
                display_name: user.display_name.clone(),
                unit: names.view(user.unit_id),
                owner: GrantUserView {
                    id: machine.owner_id.uuid(),
                    display_name: owner.map(|owner| owner.display_name.clone()).unwrap_or_default(),
                },
                owner_enabled: owner.is_some_and(crate::model::User::is_enabled),
                purpose: machine.purpose.clone(),
                status: user.status.clone(),
                created_at: user.created_at,
                version: user.version,
                can: words.iter().map(|word| (*word).to_owned()).collect(),
            }
        })
        .collect())
}

fn one(tx: &mut Tx<'_>, ctx: &Context, shared: &Services, machine: Machine) -> Outcome<ServiceAccountView> {
    let mut views = views(tx, ctx, shared, &[machine])?;
    views.pop().ok_or_else(|| kernel::Fault::internal("a view got lost"))
}

/// Which service accounts.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ServiceAccountsQuery {
    /// Only those of this unit and below.
    pub unit: Option<Uuid>,
    /// Only those this person answers for.
    pub owner: Option<Uuid>,
    /// Items on the page: 1 to 200, 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List service accounts.
#[utoipa::path(operation_id = "identity_list_service_accounts", tag = "machines", params(ServiceAccountsQuery),
    responses((status = 200, body = ServiceAccountPage, description = "A page of service accounts")),
    extensions(("x-permission" = json!(ReadMachines::NAME))))]
#[get("/service-accounts")]
pub async fn list(
    who: Allowed<ReadMachines>,
    query: Params<ServiceAccountsQuery>,
    gate: Data<Gate>,
    req: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let filters = ["identity.service_accounts", &text(query.unit), &text(query.owner)];
    let asked = page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let (shared, unit, owner) = (gate.services().clone(), query.unit, query.owner.map(Id::from_uuid));
    let found = who
        .read(move |tx, ctx| {
            let mut scope = ctx.actor.scope(ReadMachines::PERMISSION, false, ctx.now);
            if let Some(unit) = unit {
                let unit = shared.tree.unit(tx, Id::from_uuid(unit))?.or_refuse(&NOT_FOUND)?;
                scope = scope.within(unit.id, &unit.path);
            }
            let after = asked.after.as_ref().map(|cursor| Id::from_uuid(cursor.after));
            let found = service_accounts::list(tx, &scope, owner, after, asked.size, asked.fingerprint)?;
            Ok(Page { items: views(tx, ctx, &shared, &found.items)?, next: found.next })
        })
        .await?;
    let next = found.next.clone();
    Ok(page(&req, ServiceAccountPage::of(found), next.as_ref()))
}

/// A service account to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceAccountCreate {
    /// Its login, by which it is known on the trail.
    #[schema(min_length = 3, max_length = 64)]
    pub login: String,
    /// The name shown.
    #[schema(min_length = 1, max_length = 100)]
    pub display_name: String,
    /// The unit it belongs to.
    pub unit_id: Uuid,
    /// The person who answers for it; the maker unless told.
    #[schema(nullable = false)]
    pub owner_id: Option<Uuid>,
    /// What it is for.
    #[schema(min_length = 2, max_length = 500)]
    pub purpose: String,
}

/// Make a service account.
///
/// It may do nothing until somebody grants it a role; it has no password and cannot sign in but by a key.
#[utoipa::path(operation_id = "identity_create_service_account", tag = "machines", request_body = ServiceAccountCreate,
    responses((status = 201, body = ServiceAccountView, description = "Made")),
    extensions(("x-permission" = json!(ManageMachines::NAME))))]
#[post("/service-accounts")]
pub async fn create(
    who: Allowed<ManageMachines>,
    body: Body<ServiceAccountCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let new = NewMachine {
        login: body.login.clone(),
        display_name: body.display_name.clone(),
        unit: Id::from_uuid(body.unit_id),
        owner: body.owner_id.map_or(who.actor().user, Id::from_uuid),
        purpose: body.purpose.clone(),
    };
    let shared = gate.services().clone();
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let made = machines::create(tx, ctx, &shared, &new)?;
        let (version, location) = (made.0.version, format!("/api/v1/service-accounts/{}", made.0.id));
        Ok(Answer::of(one(tx, ctx, &shared, made)?).version(version).location(location))
    })
    .await
}

/// Read a service account.
#[utoipa::path(operation_id = "identity_read_service_account", tag = "machines",
    params(("id" = Uuid, Path, description = "The service account")),
    responses((status = 200, body = ServiceAccountView, description = "The service account")),
    extensions(("x-permission" = json!(ReadMachines::NAME))))]
#[get("/service-accounts/{id}")]
pub async fn read(
    who: Allowed<ReadMachines>,
    id: PathId<UserKind>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let (id, shared) = (id.id(), gate.services().clone());
    let found = who
        .read(move |tx, ctx| {
            let machine = machines::visible(tx, ctx, id)?;
            one(tx, ctx, &shared, machine)
        })
        .await?;
    let version = found.version;
    Ok(view(found, version))
}

/// Disable a service account.
///
/// Its keys open nothing from the next request on.
#[utoipa::path(operation_id = "identity_disable_service_account", tag = "machines",
    params(("id" = Uuid, Path, description = "The service account")), request_body = UserReasonCreate,
    responses((status = 200, body = ServiceAccountView, description = "Disabled")),
    extensions(("x-permission" = json!(ManageMachines::NAME))))]
#[post("/service-accounts/{id}/disable")]
pub async fn disable(
    who: Allowed<ManageMachines>,
    id: PathId<UserKind>,
    body: Body<UserReasonCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let version = said_version(&who, body.version)?;
    let (id, reason, shared) = (id.id(), body.reason.clone(), gate.services().clone());
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let machine = machines::disable(tx, ctx, &shared, id, version, &reason)?;
        let version = machine.0.version;
        Ok(Answer::of(one(tx, ctx, &shared, machine)?).version(version))
    })
    .await
}
