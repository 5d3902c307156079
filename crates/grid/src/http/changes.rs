//! Following incidents: the feed of changes page by page, and the same as a stream.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use kernel::{Context, Fault, Id, Instant, Outcome, PageSize};
use serde::{Deserialize, Serialize};
use storage::Db;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::sse::{self, Feed, SseEvent, SsePage};
use web::{Allowed, Listening, Params, Problem};

use super::incidents::AssigneeWord;
use super::text;
use crate::permission::ReadOwnIncidents;
use crate::ports::GridServices;
use crate::service::changes::{self as feed, Change, Changes, Following, PLACE_AT_ONCE};
use crate::service::list::Assignee;
use crate::store::changes as places;

/// The name of an event of the stream.
const EVENT: &str = "incident.changed";
/// Steps that a page of the stream has at most.
const STREAM_PAGE: i64 = 100;
/// How often, for one request, steps get their places: where very many wait, the rest is left to the next one.
const ROUNDS: usize = 20;

/// Which changes, after which.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct IncidentChangesQuery {
    /// `last` of the page before. Without it the feed begins now: an empty page that says where.
    after: Option<String>,
    /// Only in this unit and below.
    unit: Option<Uuid>,
    /// `me`: only what is dispatched to the reader, wherever it lies.
    #[param(inline)]
    assignee: Option<AssigneeWord>,
    /// Only what is dispatched to this unit, in which the reader handles incidents.
    assignee_unit: Option<Uuid>,
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// Which changes, after which, and a ticket where no header can be sent.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct IncidentStreamQuery {
    /// `last` of a page, or the id of an event. Without it and without `Last-Event-ID` the stream begins now.
    after: Option<String>,
    /// Only in this unit and below.
    unit: Option<Uuid>,
    /// `me`: only what is dispatched to the reader, wherever it lies.
    #[param(inline)]
    assignee: Option<AssigneeWord>,
    /// Only what is dispatched to this unit, in which the reader handles incidents.
    assignee_unit: Option<Uuid>,
    /// What `POST /stream-tickets` answered, in place of the `Authorization` header.
    #[serde(rename = "ticket")]
    #[param(rename = "ticket")]
    _ticket: Option<String>,
}

/// A change of an incident: one step of its history.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct IncidentChangeView {
    /// The step.
    pub id: Uuid,
    /// The incident.
    pub incident_id: Uuid,
    /// The step's number, from 1: the incident's version after it.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub seq: i64,
    /// What was done.
    #[schema(extensions(("x-extensible-enum" = json!(["report", "accept", "reject", "dispatch", "start", "resolve", "verify", "close", "reopen"]))))]
    pub action: String,
    /// The state before; absent for the report.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub from_state: Option<String>,
    /// The state after.
    pub to_state: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
    /// The incident, in a few words.
    pub title: String,
    /// The unit whose tray it is in.
    pub unit_id: Uuid,
    /// The unit's name.
    pub unit_name: String,
    /// Its grid; absent where no grid has its point.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub grid_id: Option<Uuid>,
    /// The grid's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub grid_name: Option<String>,
}

impl From<Change> for IncidentChangeView {
    fn from(c: Change) -> Self {
        Self {
            id: c.step.id.uuid(),
            incident_id: c.incident.id.uuid(),
            seq: c.step.seq,
            action: c.step.action,
            from_state: c.step.from.map(|s| s.word().to_owned()),
            to_state: c.step.to.word().to_owned(),
            at: c.step.at,
            title: c.incident.title,
            unit_id: c.incident.unit.uuid(),
            unit_name: c.unit_name,
            grid_id: c.incident.grid.map(Id::uuid),
            grid_name: c.grid_name,
        }
    }
}

/// A page of changes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct IncidentChangeList {
    /// The changes, oldest first.
    pub items: Vec<IncidentChangeView>,
    /// Give it as `after` to go on from here, now or later; it is always there, for a feed has no end.
    pub last: String,
    /// Whether there is more already. A page may be empty and there be more.
    pub more: bool,
}

/// Which, and the fingerprint of it.
fn asked(
    unit: Option<Uuid>,
    assignee: Option<AssigneeWord>,
    assignee_unit: Option<Uuid>,
) -> Outcome<(Following, u64)> {
    let who = match (assignee, assignee_unit) {
        (Some(AssigneeWord::Me), None) => Some(Assignee::Me),
        (None, Some(unit)) => Some(Assignee::Unit(Id::from_uuid(unit))),
        (None, None) => None,
        (Some(_), Some(_)) => {
            return Err(web::params::bad("assignee_unit", "not together with assignee").into());
        }
    };
    let me = if assignee.is_some() { "me" } else { "" };
    let parts = ["grid.incident_changes", &text(unit), me, &text(assignee_unit)];
    let following = Following { unit: unit.map(Id::from_uuid), assignee: who };
    Ok((following, kernel::page::fingerprint(&parts)))
}

/// The page after a place, once all that is committed has its place.
async fn page(
    db: Db,
    ctx: Context,
    s: GridServices,
    following: Following,
    after: Option<i64>,
    size: PageSize,
) -> Outcome<Changes> {
    for _ in 0..ROUNDS {
        if !db.read(places::has_unplaced).await?
            || db.write(|tx| places::place(tx, PLACE_AT_ONCE)).await? == 0
        {
            break;
        }
    }
    db.read(move |tx| feed::follow(tx, &ctx, &s, following, after, size)).await
}

/// Follow incidents: list what changed after a place, oldest first.
///
/// Every step of the incidents that the reader may see now: where their grants reach, what they reported, and what is dispatched to
/// them. Go on from `last`, for as long as you like: nothing is missed and nothing comes twice.
#[utoipa::path(operation_id = "grid_list_incident_changes", tag = "incidents", params(IncidentChangesQuery),
    responses((status = 200, body = IncidentChangeList, description = "A page of changes")), extensions(("x-permission" = json!(ReadOwnIncidents::NAME))))]
#[get("/incidents/changes")]
pub async fn list(
    who: Allowed<ReadOwnIncidents>,
    query: Params<IncidentChangesQuery>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (following, fingerprint) = asked(query.unit, query.assignee, query.assignee_unit)?;
    let size = web::page_request(query.limit, None, &[])?.size;
    let after = query.after.as_deref().map(|text| sse::place(text, fingerprint)).transpose()?;
    let s = grid.get_ref().clone();
    let found = page(who.db().clone(), who.context().clone(), s, following, after, size).await?;
    Ok(HttpResponse::Ok().json(IncidentChangeList {
        items: found.items.into_iter().map(IncidentChangeView::from).collect(),
        last: sse::mark(found.last, fingerprint),
        more: found.more,
    }))
}

/// Follow incidents as server-sent events.
///
/// The same as `GET /incidents/changes` as it happens: events called `incident.changed` whose data is an `IncidentChangeView` and
/// whose id goes on from there, as `Last-Event-ID` or `after`. It ends after a quarter of an hour, when the service stops, and when the
/// reader's rights change: come back then.
#[utoipa::path(operation_id = "grid_stream_incident_changes", tag = "incidents", params(IncidentStreamQuery),
    responses((status = 200, body = String, content_type = "text/event-stream", description = "Events; the data of each is an `IncidentChangeView`")),
    extensions(("x-permission" = json!(ReadOwnIncidents::NAME)), ("x-internal" = json!(true))))]
#[get("/incidents/changes/stream")]
pub async fn stream(
    who: Listening<ReadOwnIncidents>,
    query: Params<IncidentStreamQuery>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (following, fingerprint) = asked(query.unit, query.assignee, query.assignee_unit)?;
    let size = PageSize::new(STREAM_PAGE).unwrap_or(PageSize::DEFAULT);
    let s = grid.get_ref().clone();
    let next: sse::Next = Box::new(move |db, ctx, after| {
        let s = s.clone();
        Box::pin(async move {
            let found = page(db, ctx, s, following, after, size).await?;
            let events = found.items.into_iter().map(event).collect::<Outcome<_>>()?;
            Ok(SsePage { events, last: found.last, more: found.more })
        })
    });
    let feed = Feed { name: "grid.incident_changes", fingerprint, tide: feed::tide, next };
    who.answer(feed, query.after.as_deref()).await
}

fn event(change: Change) -> Outcome<SseEvent> {
    let place = change.place;
    let data = serde_json::to_string(&IncidentChangeView::from(change)).map_err(Fault::internal)?;
    Ok(SseEvent { place, name: EVENT, data })
}
