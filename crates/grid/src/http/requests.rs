//! What one person asks for about an incident and another decides, over HTTP.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use kernel::id::{Incident as IncidentId, IncidentRequest};
use kernel::{Cursor, Id, Instant, Page};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Answer, Body, Params, PathId, PathPair, Problem};

use super::words::IncidentRequestKindWord;
use crate::model::Request;
use crate::permission::{DecideRequests, HandleIncident, ReadIncidents};
use crate::ports::GridServices;
use crate::service::requests::{self, Asked, Verdict};

/// Asking for something to be decided about an incident.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentRequestCreate {
    /// What is asked for.
    kind: IncidentRequestKindWord,
    /// How much more, of what the clock counts; for an extension, and only for it.
    #[schema(minimum = 1, maximum = 5270400)]
    count: Option<i32>,
    /// Why.
    #[schema(min_length = 1, max_length = 2000)]
    reason: String,
    /// The incident's version that was read, where `If-Match` is not sent.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// Deciding a request.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentRequestDecide {
    /// Whether what was asked for is granted.
    granted: bool,
    /// A remark.
    #[schema(max_length = 2000)]
    note: Option<String>,
    /// The request's version that was read, where `If-Match` is not sent.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    version: Option<i64>,
}

/// Which page.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct IncidentRequestsQuery {
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What somebody asked to be decided about an incident.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct IncidentRequestView {
    /// The request.
    pub id: Uuid,
    /// The incident.
    pub incident_id: Uuid,
    /// What is asked for.
    #[schema(extensions(("x-extensible-enum" = json!(["extension", "void"]))))]
    pub kind: &'static str,
    /// How much more, of what the clock counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 5270400)]
    pub count: Option<i32>,
    /// Why.
    pub reason: String,
    /// Who asked.
    pub asked_by_id: Uuid,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub asked_at: Instant,
    /// What became of it; `moot`: there is nothing left to decide.
    #[schema(extensions(("x-extensible-enum" = json!(["pending", "granted", "refused", "moot"]))))]
    pub decision: &'static str,
    /// Who decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub decided_by_id: Option<Uuid>,
    /// When it was decided, or became moot.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub decided_at: Option<Instant>,
    /// A remark on the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<String>,
    /// Counts its changes.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
}

impl From<Request> for IncidentRequestView {
    fn from(r: Request) -> Self {
        Self {
            id: r.id.uuid(),
            incident_id: r.incident.uuid(),
            kind: r.kind.word(),
            count: r.extra,
            reason: r.reason,
            asked_by_id: r.asked_by.uuid(),
            asked_at: r.asked_at,
            decision: r.decision.word(),
            decided_by_id: r.decided_by.map(Id::uuid),
            decided_at: r.decided_at,
            note: r.note,
            version: r.version,
        }
    }
}

web::page_schema!(IncidentRequestPage, IncidentRequestView);

/// List what was asked to be decided about an incident, the oldest first.
#[utoipa::path(operation_id = "grid_list_incident_requests", tag = "incidents",
    params(("id" = Uuid, Path, description = "The incident"), IncidentRequestsQuery),
    responses((status = 200, body = IncidentRequestPage, description = "A page of requests")), extensions(("x-permission" = json!(ReadIncidents::NAME))))]
#[get("/incidents/{id}/requests")]
pub async fn list(
    req: HttpRequest,
    who: Allowed<ReadIncidents>,
    id: PathId<IncidentId>,
    query: Params<IncidentRequestsQuery>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (id.id(), grid.get_ref().clone());
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &["grid.requests", &id.to_string()])?;
    let after = asked.after.as_ref().map(|c| Id::from_uuid(c.after));
    let rows = who.read(move |tx, ctx| requests::list(tx, ctx, &s, id, after, asked.size.probe())).await?;
    let cursor = |r: &Request| Cursor { after: r.id.uuid(), filter: asked.fingerprint, key: None };
    let page = Page::cut(rows, asked.size, cursor);
    let next = page.next.clone();
    Ok(web::page(&req, IncidentRequestPage::of(page.map(IncidentRequestView::from)), next.as_ref()))
}

/// Ask for more time for an incident, or for it to be struck.
///
/// More time is asked for by who handles it, to strike it also by who may accept it. Somebody else decides; one of each kind is pending.
#[utoipa::path(operation_id = "grid_ask_incident_request", tag = "incidents", params(("id" = Uuid, Path, description = "The incident")),
    request_body = IncidentRequestCreate, responses((status = 201, body = IncidentRequestView, description = "The request")),
    extensions(("x-permission" = json!(HandleIncident::NAME))))]
#[post("/incidents/{id}/requests")]
pub async fn ask(
    who: Allowed<HandleIncident>,
    id: PathId<IncidentId>,
    body: Body<IncidentRequestCreate>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s, expected) = (id.id(), grid.get_ref().clone(), who.expected_version(body.version)?);
    let asked = Asked { kind: body.kind.into(), extra: body.count, reason: body.reason.clone() };
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let view = IncidentRequestView::from(requests::ask(tx, ctx, &s, id, expected, &asked)?);
        let version = view.version;
        Ok(Answer::of(view).version(version))
    })
    .await
}

/// Decide a request. Never by who asked.
///
/// An extension granted is counted on from the term there was; an incident struck is void, and nothing of it goes on.
#[utoipa::path(operation_id = "grid_decide_incident_request", tag = "incidents",
    params(("id" = Uuid, Path, description = "The incident"), ("request_id" = Uuid, Path, description = "The request")),
    request_body = IncidentRequestDecide, responses((status = 200, body = IncidentRequestView, description = "The request as it is now")),
    extensions(("x-permission" = json!(DecideRequests::NAME))))]
#[post("/incidents/{id}/requests/{request_id}/decide")]
pub async fn decide(
    who: Allowed<DecideRequests>,
    path: PathPair<IncidentId, IncidentRequest>,
    body: Body<IncidentRequestDecide>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (ids, s) = ((path.first(), path.second()), grid.get_ref().clone());
    let expected = who.expected_version(body.version)?;
    let verdict = Verdict { granted: body.granted, note: body.note.clone() };
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let view = IncidentRequestView::from(requests::decide(tx, ctx, &s, ids, expected, &verdict)?);
        let version = view.version;
        Ok(Answer::of(view).version(version))
    })
    .await
}
