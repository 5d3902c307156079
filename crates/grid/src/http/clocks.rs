//! What is due when, over HTTP, and the clocks of one case.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use kernel::error::{BAD_CURSOR, OrRefuse};
use kernel::id::Incident as IncidentId;
use kernel::{Id, Instant};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Params, PathId, Problem};

use super::incident_views::{IncidentPage, IncidentView};
use super::incidents::AssigneeWord;
use super::{micros, text};
use crate::model::{CasePause, Clock};
use crate::permission::{ReadIncidents, ReadOwnIncidents};
use crate::ports::GridServices;
use crate::service::due::{self, Query};
use crate::service::list::Assignee;
use crate::service::see;
use crate::store::clocks;

/// What is due, and whose.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct IncidentsDueQuery {
    /// In this unit and all below it.
    unit: Option<Uuid>,
    /// `true`: only what is overdue now; `false`: only what is not yet.
    overdue: Option<bool>,
    /// Due before this moment: what is due soon, with `overdue=false`.
    #[param(value_type = Option<String>, format = DateTime)]
    due_before: Option<Instant>,
    /// `me`: only what was dispatched to the reader, wherever it lies.
    #[param(inline)]
    assignee: Option<AssigneeWord>,
    /// Only what was dispatched to this unit, in which the reader handles incidents.
    assignee_unit: Option<Uuid>,
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List incidents whose clock runs, the first to be over first.
///
/// Only those that the reader may see. Incidents whose clock stands are not among them.
#[utoipa::path(operation_id = "grid_list_due_incidents", tag = "incidents", params(IncidentsDueQuery),
    responses((status = 200, body = IncidentPage, description = "A page of incidents")), extensions(("x-permission" = json!(ReadIncidents::NAME))))]
#[get("/incidents/due")]
pub async fn list(
    req: HttpRequest,
    who: Allowed<ReadIncidents>,
    query: Params<IncidentsDueQuery>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let assignee = match (query.assignee, query.assignee_unit) {
        (Some(AssigneeWord::Me), None) => Some(Assignee::Me),
        (None, Some(unit)) => Some(Assignee::Unit(Id::from_uuid(unit))),
        (None, None) => None,
        (Some(_), Some(_)) => {
            return Err(
                kernel::Fault::from(web::params::bad("assignee_unit", "not together with assignee")).into()
            );
        }
    };
    let filters = [
        "grid.due",
        &text(query.unit),
        &text(query.overdue),
        &micros(query.due_before),
        if query.assignee.is_some() { "me" } else { "" },
        &text(query.assignee_unit),
    ];
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let after = match &asked.after {
        None => None,
        Some(cursor) => {
            let due = cursor.key.as_deref().and_then(|k| k.parse().ok()).and_then(Instant::from_micros);
            Some((due.or_refuse(&BAD_CURSOR)?, Id::from_uuid(cursor.after)))
        }
    };
    let (unit, overdue, before) = (query.unit.map(Id::from_uuid), query.overdue, query.due_before);
    let s = grid.get_ref().clone();
    let page = who
        .read(move |tx, ctx| {
            let (from, to) = match overdue {
                None => (None, before),
                Some(true) => (None, Some(before.map_or(ctx.now, |at| at.min(ctx.now)))),
                Some(false) => (Some(ctx.now), before),
            };
            let wanted = Query { unit, assignee, from, to, after };
            due::list(tx, ctx, &s, &wanted, asked.size, asked.fingerprint)
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, IncidentPage::of(page.map(IncidentView::from)), next.as_ref()))
}

/// A clock of an incident.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct IncidentClockView {
    /// The clock.
    pub id: Uuid,
    /// What is counted.
    #[schema(extensions(("x-extensible-enum" = json!(["acceptance", "resolution"]))))]
    pub kind: &'static str,
    /// Since when it runs.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Instant,
    /// How long it may run: how many.
    #[schema(minimum = 1, maximum = 5270400)]
    pub count: i64,
    /// Of what.
    #[schema(extensions(("x-extensible-enum" = json!(["working_minutes", "working_hours", "working_days", "calendar_days"]))))]
    pub unit: &'static str,
    /// When the time is over; absent while nobody can say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub due_at: Option<Instant>,
    /// Why nobody can say: the code of the calendar's refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "calendar.year_missing")]
    pub unknown_code: Option<String>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Instant>,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, extensions(("x-extensible-enum" = json!(["done", "dropped"]))))]
    pub end: Option<&'static str>,
    /// Whether what it ran for was done in time; absent where it was not done, or nobody can say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, extensions(("x-extensible-enum" = json!(["on_time", "late"]))))]
    pub timeliness: Option<&'static str>,
    /// When the unit above was told that the time is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub escalated_at: Option<Instant>,
}

impl From<Clock> for IncidentClockView {
    fn from(clock: Clock) -> Self {
        Self {
            id: clock.id.uuid(),
            kind: clock.kind.word(),
            started_at: clock.started,
            count: clock.span.count(),
            unit: clock.span.unit().word(),
            due_at: clock.due,
            timeliness: clock.on_time().map(|in_time| if in_time { "on_time" } else { "late" }),
            unknown_code: clock.unknown,
            ended_at: clock.ended,
            end: clock.end.map(crate::model::ClockEnd::word),
            escalated_at: clock.escalated,
        }
    }
}

/// A time in which an incident's clock stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct IncidentPauseView {
    /// The pause.
    pub id: Uuid,
    /// The state for which it stands.
    #[schema(extensions(("x-extensible-enum" = json!(["suspended", "waiting"]))))]
    pub state: &'static str,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub from_at: Instant,
    /// Until when, exclusive; absent where nobody knows yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub until_at: Option<Instant>,
}

impl From<CasePause> for IncidentPauseView {
    fn from(pause: CasePause) -> Self {
        Self { id: pause.id.uuid(), state: pause.state.word(), from_at: pause.from, until_at: pause.until }
    }
}

/// The clocks of an incident, and when they stood.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct IncidentClocksView {
    /// All clocks there were, the oldest first.
    pub clocks: Vec<IncidentClockView>,
    /// All pauses there were, the oldest first.
    pub pauses: Vec<IncidentPauseView>,
}

/// Show the clocks of an incident, and when they stood.
#[utoipa::path(operation_id = "grid_get_incident_clocks", tag = "incidents", params(("id" = Uuid, Path, description = "The incident")),
    responses((status = 200, body = IncidentClocksView, description = "The clocks")), extensions(("x-permission" = json!(ReadOwnIncidents::NAME))))]
#[get("/incidents/{id}/clocks")]
pub async fn show(
    who: Allowed<ReadOwnIncidents>,
    id: PathId<IncidentId>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (id.id(), grid.get_ref().clone());
    let (all, pauses) = who
        .read(move |tx, ctx| {
            see::seen(tx, ctx, &s, id)?;
            Ok((clocks::of_incident(tx, id)?, clocks::pauses(tx, id)?))
        })
        .await?;
    let view = IncidentClocksView {
        clocks: all.into_iter().map(Into::into).collect(),
        pauses: pauses.into_iter().map(Into::into).collect(),
    };
    Ok(HttpResponse::Ok().json(view))
}
