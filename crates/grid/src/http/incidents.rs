//! Reading incidents: lists, one, and its history.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use kernel::error::{BAD_CURSOR, OrRefuse};
use kernel::id::Incident as IncidentId;
use kernel::{Id, Instant};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;
use web::{Allowed, Params, PathId, Problem};

use super::incident_views::{IncidentPage, IncidentStepPage, IncidentStepView, IncidentView};
use super::words::IncidentStateWord;
use super::{micros, text};
use crate::model::State;
use crate::permission::{ReadIncidents, ReadOwnIncidents};
use crate::ports::GridServices;
use crate::service::list::{self as lists, Assignee, Query};
use crate::service::see;

/// Which incidents.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct IncidentsQuery {
    /// Only in this unit and below.
    unit: Option<Uuid>,
    /// Only in this state.
    #[param(inline)]
    state: Option<IncidentStateWord>,
    /// Only in this grid.
    grid: Option<Uuid>,
    /// Only of this category or one below it.
    category: Option<Uuid>,
    /// Reported not before this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Instant>,
    /// Reported before this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Instant>,
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

/// Whose work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AssigneeWord {
    /// The reader's.
    Me,
}

/// Which of one's own incidents.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MyIncidentsQuery {
    /// Only in this state.
    #[param(inline)]
    state: Option<IncidentStateWord>,
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Which page of a history.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct IncidentStepsQuery {
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List incidents, newest first.
///
/// Only those that the reader may see: where their grants reach, or what was dispatched to them.
#[utoipa::path(operation_id = "grid_list_incidents", tag = "incidents", params(IncidentsQuery),
    responses((status = 200, body = IncidentPage, description = "A page of incidents")), extensions(("x-permission" = json!(ReadIncidents::NAME))))]
#[get("/incidents")]
pub async fn list(
    req: HttpRequest,
    who: Allowed<ReadIncidents>,
    query: Params<IncidentsQuery>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let state = query.state.map(State::from);
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
        "grid.incidents",
        &text(query.unit),
        &text(state),
        &text(query.grid),
        &text(query.category),
        &micros(query.from),
        &micros(query.to),
        if query.assignee.is_some() { "me" } else { "" },
        &text(query.assignee_unit),
    ];
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let wanted = Query {
        unit: query.unit.map(Id::from_uuid),
        grid: query.grid.map(Id::from_uuid),
        category: query.category.map(Id::from_uuid),
        state,
        assignee,
        from: query.from,
        to: query.to,
        after: asked.after.as_ref().map(|c| Id::from_uuid(c.after)),
    };
    let s = grid.get_ref().clone();
    let page =
        who.read(move |tx, ctx| lists::list(tx, ctx, &s, &wanted, asked.size, asked.fingerprint)).await?;
    let next = page.next.clone();
    Ok(web::page(&req, IncidentPage::of(page.map(IncidentView::from)), next.as_ref()))
}

/// List what one reported oneself, newest first.
#[utoipa::path(operation_id = "grid_list_my_incidents", tag = "incidents", params(MyIncidentsQuery),
    responses((status = 200, body = IncidentPage, description = "A page of incidents")), extensions(("x-permission" = json!(ReadOwnIncidents::NAME))))]
#[get("/me/incidents")]
pub async fn mine(
    req: HttpRequest,
    who: Allowed<ReadOwnIncidents>,
    query: Params<MyIncidentsQuery>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let state = query.state.map(State::from);
    let asked =
        web::page_request(query.limit, query.cursor.as_deref(), &["grid.my_incidents", &text(state)])?;
    let after = asked.after.as_ref().map(|c| Id::from_uuid(c.after));
    let wanted = Query { state, after, ..Query::default() };
    let s = grid.get_ref().clone();
    let page =
        who.read(move |tx, ctx| lists::mine(tx, ctx, &s, &wanted, asked.size, asked.fingerprint)).await?;
    let next = page.next.clone();
    Ok(web::page(&req, IncidentPage::of(page.map(IncidentView::from)), next.as_ref()))
}

/// Show an incident.
///
/// To whom it is in reach of, who reported it, and who is to handle it; to others it is not there.
#[utoipa::path(operation_id = "grid_get_incident", tag = "incidents", params(("id" = Uuid, Path, description = "The incident")),
    responses((status = 200, body = IncidentView, description = "The incident")), extensions(("x-permission" = json!(ReadOwnIncidents::NAME))))]
#[get("/incidents/{id}")]
pub async fn show(
    who: Allowed<ReadOwnIncidents>,
    id: PathId<IncidentId>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (id.id(), grid.get_ref().clone());
    let view = IncidentView::from(who.read(move |tx, ctx| see::find(tx, ctx, &s, id)).await?);
    let version = view.version;
    Ok(web::view(view, version))
}

/// List the steps of an incident, oldest first.
#[utoipa::path(operation_id = "grid_list_steps", tag = "incidents", params(("id" = Uuid, Path, description = "The incident"), IncidentStepsQuery),
    responses((status = 200, body = IncidentStepPage, description = "A page of steps")), extensions(("x-permission" = json!(ReadOwnIncidents::NAME))))]
#[get("/incidents/{id}/steps")]
pub async fn steps(
    req: HttpRequest,
    who: Allowed<ReadOwnIncidents>,
    id: PathId<IncidentId>,
    query: Params<IncidentStepsQuery>,
    grid: Data<GridServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (id.id(), grid.get_ref().clone());
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &["grid.steps", &id.to_string()])?;
    let after: i64 = match &asked.after {
        None => 0,
        Some(cursor) => cursor.key.as_deref().and_then(|k| k.parse().ok()).or_refuse(&BAD_CURSOR)?,
    };
    let page =
        who.read(move |tx, ctx| see::history(tx, ctx, &s, id, after, asked.size, asked.fingerprint)).await?;
    let next = page.next.clone();
    Ok(web::page(&req, IncidentStepPage::of(page.map(IncidentStepView::from)), next.as_ref()))
}
