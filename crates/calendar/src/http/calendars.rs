//! Calendars: list, show, make, change, end, and what they said.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, patch, post};
use kernel::id::Calendar as CalendarId;
use kernel::{Cursor, Id, Page};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;
use web::{Allowed, Answer, Body, Params, PathId, Problem};

use super::sent::{CalendarCreate, CalendarEnd, CalendarPatch};
use super::views::{CalendarPage, CalendarVersionPage, CalendarVersionView, CalendarView};
use crate::permission::{ManageCalendars, ReadCalendars};
use crate::ports::CalendarServices;
use crate::service::change::{self as deeds, Changes, NewCalendar};
use crate::service::see;

/// Which calendars.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct CalendarListParams {
    /// Only of this unit and of those below it.
    unit: Option<Uuid>,
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Which page.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct CalendarVersionsParams {
    /// Items on a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List the calendars of the reader's units, ended ones too, in the order of the tree.
#[utoipa::path(operation_id = "calendar_list_calendars", tag = "calendars", params(CalendarListParams),
    responses((status = 200, body = CalendarPage)), extensions(("x-permission" = json!(ReadCalendars::NAME))))]
#[get("/calendars")]
pub(super) async fn list(
    req: HttpRequest,
    who: Allowed<ReadCalendars>,
    query: Params<CalendarListParams>,
    services: Data<CalendarServices>,
) -> Result<HttpResponse, Problem> {
    let unit = query.unit.map(|unit| unit.to_string()).unwrap_or_default();
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &["calendar.calendars", &unit])?;
    let (below, s) = (query.unit.map(Id::from_uuid), services.get_ref().clone());
    let page = who
        .read(move |tx, ctx| {
            let found = see::list(tx, ctx, &s, below, asked.after.as_ref(), asked.size, asked.fingerprint)?;
            Ok(found.map(|shown| CalendarView::of(ctx, shown)))
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, CalendarPage::of(page), next.as_ref()))
}

/// Show a calendar: of one of the reader's units, or one above that bears on them.
#[utoipa::path(operation_id = "calendar_get_calendar", tag = "calendars", params(("id" = Uuid, Path, description = "The calendar.")),
    responses((status = 200, body = CalendarView)), extensions(("x-permission" = json!(ReadCalendars::NAME))))]
#[get("/calendars/{id}")]
pub(super) async fn show(
    who: Allowed<ReadCalendars>,
    path: PathId<CalendarId>,
    services: Data<CalendarServices>,
) -> Result<HttpResponse, Problem> {
    let (id, s) = (path.id(), services.get_ref().clone());
    let shown = who
        .read(move |tx, ctx| {
            let kept = see::visible(tx, ctx, id)?;
            Ok(CalendarView::of(ctx, see::one(tx, ctx, &s, kept)?))
        })
        .await?;
    let version = shown.version;
    Ok(web::view(shown, version))
}

/// Give a unit a calendar of its own.
#[utoipa::path(operation_id = "calendar_create_calendar", tag = "calendars", request_body = CalendarCreate,
    responses((status = 201, body = CalendarView)), extensions(("x-permission" = json!(ManageCalendars::NAME))))]
#[post("/calendars")]
pub(super) async fn create(
    who: Allowed<ManageCalendars>,
    body: Body<CalendarCreate>,
    services: Data<CalendarServices>,
) -> Result<HttpResponse, Problem> {
    let (new, s) = (NewCalendar::from((*body).clone()), services.get_ref().clone());
    who.write(StatusCode::CREATED, &body, move |tx, ctx| {
        let made = deeds::create(tx, ctx, &s, &new)?;
        let (version, place) = (made.version, format!("/api/v1/calendars/{}", made.id));
        let view = CalendarView::of(ctx, see::one(tx, ctx, &s, made)?);
        Ok(Answer::of(view).version(version).location(place))
    })
    .await
}

/// Change a calendar from a day on. What was said before stays on record: deadlines counted by it can be counted again.
#[utoipa::path(operation_id = "calendar_update_calendar", tag = "calendars", params(("id" = Uuid, Path, description = "The calendar.")),
    request_body = CalendarPatch, responses((status = 200, body = CalendarView)),
    extensions(("x-permission" = json!(ManageCalendars::NAME))))]
#[patch("/calendars/{id}")]
pub(super) async fn change(
    who: Allowed<ManageCalendars>,
    path: PathId<CalendarId>,
    body: Body<CalendarPatch>,
    services: Data<CalendarServices>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (path.id(), who.expected_version(body.version)?);
    let (changes, s) = (Changes::from((*body).clone()), services.get_ref().clone());
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let done = deeds::change(tx, ctx, &s, id, expected, &changes)?;
        let version = done.version;
        Ok(Answer::of(CalendarView::of(ctx, see::one(tx, ctx, &s, done)?)).version(version))
    })
    .await
}

/// End a calendar from a day on: the calendar above holds again. A change brings it back.
#[utoipa::path(operation_id = "calendar_end_calendar", tag = "calendars", params(("id" = Uuid, Path, description = "The calendar.")),
    request_body = CalendarEnd, responses((status = 200, body = CalendarView)),
    extensions(("x-permission" = json!(ManageCalendars::NAME))))]
#[post("/calendars/{id}/end")]
pub(super) async fn end(
    who: Allowed<ManageCalendars>,
    path: PathId<CalendarId>,
    body: Body<CalendarEnd>,
    services: Data<CalendarServices>,
) -> Result<HttpResponse, Problem> {
    let (id, expected) = (path.id(), who.expected_version(body.version)?);
    let (from, s) = (body.from_on, services.get_ref().clone());
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let done = deeds::end(tx, ctx, &s, id, expected, from)?;
        let version = done.version;
        Ok(Answer::of(CalendarView::of(ctx, see::one(tx, ctx, &s, done)?)).version(version))
    })
    .await
}

/// List what a calendar said and says, the newest first.
#[utoipa::path(operation_id = "calendar_list_versions", tag = "calendars",
    params(("id" = Uuid, Path, description = "The calendar."), CalendarVersionsParams),
    responses((status = 200, body = CalendarVersionPage)), extensions(("x-permission" = json!(ReadCalendars::NAME))))]
#[get("/calendars/{id}/versions")]
pub(super) async fn versions(
    req: HttpRequest,
    who: Allowed<ReadCalendars>,
    path: PathId<CalendarId>,
    query: Params<CalendarVersionsParams>,
) -> Result<HttpResponse, Problem> {
    let id = path.id();
    let filters = ["calendar.versions", &id.to_string()];
    let asked = web::page_request(query.limit, query.cursor.as_deref(), &filters)?;
    let before = match asked.after.as_ref().map(|cursor| cursor.key.as_deref().unwrap_or_default().parse()) {
        None => None,
        Some(number) => Some(number.map_err(|_| kernel::error::BAD_CURSOR.fault())?),
    };
    let page = who
        .read(move |tx, ctx| {
            let rows = see::history(tx, ctx, id, before, asked.size.probe())?;
            let cursor = |last: &crate::model::Version| Cursor {
                after: last.id.uuid(),
                filter: asked.fingerprint,
                key: Some(last.number.to_string()),
            };
            Ok(Page::cut(rows, asked.size, cursor).map(CalendarVersionView::from))
        })
        .await?;
    let next = page.next.clone();
    Ok(web::page(&req, CalendarVersionPage::of(page), next.as_ref()))
}
