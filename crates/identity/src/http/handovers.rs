//! What hangs on a person, handing it over, and somebody's leaving.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::{Handover as HandoverKind, User as UserKind};
use kernel::permission::Permit;
use kernel::{Cursor, Id, Instant, Page};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Answer, Body, Params, PathId, Problem, page, page_request, view};

use crate::gate::Gate;
use crate::http::handover_views::{self, HandoverPage, HandoverResultView, HandoverView, HoldingPage};
use crate::http::said_version;
use crate::model::handover::Order;
use crate::permission::ManageUsers;
use crate::service::{handovers, holdings};
use crate::store::handovers::Filter;

/// Which of what hangs on a person.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HoldingsQuery {
    /// Only this kind: `grant`, `service_account`, `grant_request`, `approval`, `incident`, `post`, as far as their plugins are on.
    #[param(max_length = 40)]
    pub kind: Option<String>,
    /// Only what belongs to this unit and below.
    pub unit: Option<Uuid>,
    /// Items on the page: 1 to 200, 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List what hangs on a person.
///
/// Grants, open incidents to handle, posts: for who manages the account. What the reader may not see is counted and not named.
#[utoipa::path(operation_id = "identity_list_user_holdings", tag = "handovers",
    params(("id" = Uuid, Path, description = "The account"), HoldingsQuery),
    responses((status = 200, body = HoldingPage, description = "A page of it, and all of it counted")),
    extensions(("x-permission" = json!(ManageUsers::NAME))))]
#[get("/users/{id}/holdings")]
pub async fn list_holdings(
    who: Allowed<ManageUsers>,
    id: PathId<UserKind>,
    query: Params<HoldingsQuery>,
    gate: Data<Gate>,
    req: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let unit = query.unit.map(|unit| unit.to_string()).unwrap_or_default();
    let kind = query.kind.clone().unwrap_or_default();
    let filters = ["identity.holdings", &id.id().to_string(), &unit, &kind];
    let asked = page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let kinds: Vec<String> = query.kind.clone().into_iter().collect();
    let (shared, chinese, unit, id) = (gate.services().clone(), who.chinese(), query.unit, id.id());
    let holders = holdings::of_kinds(&shared, &kinds)
        .map_err(|_| kernel::Fault::from(web::params::bad("kind", "not a kind that there is")))?;
    let found = who
        .read(move |tx, ctx| {
            let within = match unit {
                None => None,
                Some(unit) => {
                    let unit = shared.tree.unit(tx, Id::from_uuid(unit))?.or_refuse(&NOT_FOUND)?;
                    holdings::places(tx, &shared, &[unit.id])?
                }
            };
            let after = asked.after.as_ref();
            let after = after.and_then(|cursor| Some((cursor.key.as_deref()?, Id::from_uuid(cursor.after))));
            let limit = asked.size.probe();
            let (items, counts) = holdings::look(tx, ctx, id, &holders, within.as_ref(), after, limit)?;
            let items = Page::cut(items, asked.size, |(kind, item)| Cursor {
                after: item.id.uuid(),
                filter: asked.fingerprint,
                key: Some((*kind).to_owned()),
            });
            let views = handover_views::holdings(tx, &shared, chinese, items.items)?;
            Ok((views, items.next, handover_views::counts(counts)))
        })
        .await?;
    let (items, next, counts) = found;
    let body = HoldingPage { items, next_cursor: next.as_ref().map(Cursor::encode), counts };
    Ok(page(&req, body, next.as_ref()))
}

/// What is to pass to somebody else.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserHandoverCreate {
    /// To whom.
    pub to_id: Uuid,
    /// Only these kinds: `grant`, `service_account`, `grant_request`, `incident`, `post`; all unless told. An `approval` passes with the
    /// right to give it.
    #[schema(nullable = false, max_items = 50)]
    pub kinds: Option<Vec<String>>,
    /// Only what belongs to these units and below; anything unless told.
    #[schema(nullable = false, max_items = 50)]
    pub unit_ids: Option<Vec<Uuid>>,
    /// At most so many, the oldest first; all unless told, and then more than 1,000 are refused.
    #[schema(nullable = false, minimum = 1, maximum = 1000)]
    pub limit: Option<i64>,
    /// When; now unless told. One that waits is judged anew when its time has come, under the rights its asker has then.
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub due_at: Option<Instant>,
    /// Whether what can pass passes though something cannot; unless told, one refusal refuses all of it.
    #[schema(nullable = false)]
    pub partial: Option<bool>,
    /// Why; it is kept on the trail.
    #[schema(min_length = 2, max_length = 500)]
    pub reason: String,
    /// Whether to tell only what it would do.
    #[schema(nullable = false)]
    pub dry_run: Option<bool>,
}

/// Hand over what hangs on a person.
///
/// All or part of it passes to somebody else in one transaction. Grants are given anew under the caller's rights, with their end
/// dates, and revoked: nobody hands over what they could not give. What the caller may not see is not in it.
#[utoipa::path(operation_id = "identity_hand_over_user", tag = "handovers", params(("id" = Uuid, Path, description = "The account")),
    request_body = UserHandoverCreate,
    responses((status = 200, body = HandoverResultView, description = "What it did, will do or would do")),
    extensions(("x-permission" = json!(ManageUsers::NAME))))]
#[post("/users/{id}/handover")]
pub async fn hand_over(
    who: Allowed<ManageUsers>,
    id: PathId<UserKind>,
    body: Body<UserHandoverCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let order = Order {
        leaving: false,
        from: id.id(),
        to: Some(Id::from_uuid(body.to_id)),
        kinds: body.kinds.clone().unwrap_or_default(),
        units: body.unit_ids.iter().flatten().copied().map(Id::from_uuid).collect(),
        limit: body.limit,
        partial: body.partial.unwrap_or(false),
        reason: body.reason.clone(),
    };
    carry_out(&who, &body, &gate, order, body.due_at, body.dry_run).await
}

/// Somebody's leaving.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserOffboardCreate {
    /// When; now unless told.
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub due_at: Option<Instant>,
    /// Who takes over; nobody unless told.
    #[schema(nullable = false)]
    pub handover_to_id: Option<Uuid>,
    /// Why; it is kept on the trail.
    #[schema(min_length = 2, max_length = 500)]
    pub reason: String,
    /// Whether to tell only what it would do.
    #[schema(nullable = false)]
    pub dry_run: Option<bool>,
}

/// Let a person go.
///
/// What can pass passes to the successor, the grants that are left are revoked, the sessions and API keys end, the account is disabled.
/// What can neither pass nor be revoked is listed and stops nothing.
#[utoipa::path(operation_id = "identity_offboard_user", tag = "handovers", params(("id" = Uuid, Path, description = "The account")),
    request_body = UserOffboardCreate,
    responses((status = 200, body = HandoverResultView, description = "What it did, will do or would do")),
    extensions(("x-permission" = json!(ManageUsers::NAME))))]
#[post("/users/{id}/offboard")]
pub async fn offboard(
    who: Allowed<ManageUsers>,
    id: PathId<UserKind>,
    body: Body<UserOffboardCreate>,
    gate: Data<Gate>,
) -> Result<HttpResponse, Problem> {
    let order = Order {
        leaving: true,
        from: id.id(),
        to: body.handover_to_id.map(Id::from_uuid),
        kinds: Vec::new(),
        units: Vec::new(),
        limit: None,
        partial: true,
        reason: body.reason.clone(),
    };
    carry_out(&who, &body, &gate, order, body.due_at, body.dry_run).await
}

async fn carry_out<B>(
    who: &Allowed<ManageUsers>,
    body: &Body<B>,
    gate: &Gate,
    order: Order,
    due: Option<Instant>,
    dry_run: Option<bool>,
) -> Result<HttpResponse, Problem> {
    let (shared, chinese, dry_run) = (gate.services().clone(), who.chinese(), dry_run.unwrap_or(false));
    who.write(StatusCode::OK, body, move |tx, ctx| {
        let asked = handovers::ask(tx, ctx, &shared, &order, due, dry_run)?;
        Ok(Answer::of(handover_views::asked(tx, &shared, chinese, asked)?))
    })
    .await
}

/// Which handovers.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HandoversQuery {
    /// Only of people at home in this unit and below.
    pub unit: Option<Uuid>,
    /// Only of this person's things.
    pub user: Option<Uuid>,
    /// `scheduled`, `done`, `failed` or `cancelled`.
    pub state: Option<String>,
    /// Items on the page: 1 to 200, 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List handovers, newest first.
#[utoipa::path(operation_id = "identity_list_handovers", tag = "handovers", params(HandoversQuery),
    responses((status = 200, body = HandoverPage, description = "A page of handovers")),
    extensions(("x-permission" = json!(ManageUsers::NAME))))]
#[get("/handovers")]
pub async fn list(
    who: Allowed<ManageUsers>,
    query: Params<HandoversQuery>,
    gate: Data<Gate>,
    req: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let state = query.state.clone();
    if state.as_deref().is_some_and(|s| !matches!(s, "scheduled" | "done" | "failed" | "cancelled")) {
        return Err(
            kernel::Fault::from(web::params::bad("state", "scheduled, done, failed or cancelled")).into()
        );
    }
    let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let (unit, user) = (text(query.unit), text(query.user));
    let filters = ["identity.handovers", &unit, &user, state.as_deref().unwrap_or_default()];
    let asked = page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let filter = Filter { user: query.user.map(Id::from_uuid), state };
    let (shared, unit) = (gate.services().clone(), query.unit);
    let found = who
        .read(move |tx, ctx| {
            let mut scope = ctx.actor.scope(ManageUsers::PERMISSION, false, ctx.now);
            if let Some(unit) = unit {
                let unit = shared.tree.unit(tx, Id::from_uuid(unit))?.or_refuse(&NOT_FOUND)?;
                scope = scope.within(unit.id, &unit.path);
            }
            let after = asked.after.as_ref().map(|cursor| Id::from_uuid(cursor.after));
            let found =
                crate::store::handovers::list(tx, &scope, &filter, after, asked.size, asked.fingerprint)?;
            let items = handover_views::handovers(tx, ctx, &found.items)?;
            Ok(Page { items, next: found.next })
        })
        .await?;
    let next = found.next.clone();
    Ok(page(&req, HandoverPage::of(found), next.as_ref()))
}

/// Read a handover.
#[utoipa::path(operation_id = "identity_read_handover", tag = "handovers", params(("id" = Uuid, Path, description = "The handover")),
    responses((status = 200, body = HandoverView, description = "The handover")),
    extensions(("x-permission" = json!(ManageUsers::NAME))))]
#[get("/handovers/{id}")]
pub async fn read(who: Allowed<ManageUsers>, id: PathId<HandoverKind>) -> Result<HttpResponse, Problem> {
    let id = id.id();
    let found = who
        .read(move |tx, ctx| {
            let handover = handovers::find(tx, ctx, id)?;
            handover_views::handover(tx, ctx, &handover)
        })
        .await?;
    let version = found.version;
    Ok(view(found, version))
}

/// Why a handover is called off.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandoverCancelCreate {
    /// Why; it is kept on the trail.
    #[schema(min_length = 2, max_length = 500)]
    pub reason: String,
    /// The version it was read at; not needed.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    pub version: Option<i64>,
}

/// Call off a handover that waits.
#[utoipa::path(operation_id = "identity_cancel_handover", tag = "handovers", params(("id" = Uuid, Path, description = "The handover")),
    request_body = HandoverCancelCreate, responses((status = 200, body = HandoverView, description = "Called off")),
    extensions(("x-permission" = json!(ManageUsers::NAME))))]
#[post("/handovers/{id}/cancel")]
pub async fn cancel(
    who: Allowed<ManageUsers>,
    id: PathId<HandoverKind>,
    body: Body<HandoverCancelCreate>,
) -> Result<HttpResponse, Problem> {
    let version = said_version(&who, body.version)?;
    let (id, reason) = (id.id(), body.reason.clone());
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let handover = handovers::cancel(tx, ctx, id, version, &reason)?;
        Ok(Answer::of(handover_views::handover(tx, ctx, &handover)?).version(handover.version))
    })
    .await
}
