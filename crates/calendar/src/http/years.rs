//! The exceptions of a year: show, put.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get, put};
use kernel::id::Calendar as CalendarId;
use kernel::{Outcome, error};
use web::{Allowed, Answer, Body, PathId, Problem};

use super::sent::CalendarYearPut;
use super::views::CalendarYearView;
use crate::permission::{ManageCalendars, ReadCalendars};
use crate::ports::CalendarServices;
use crate::service::input::NewYear;
use crate::service::year as deeds;

/// The year of a path: what is none is not there.
fn year_of(path: &Path<(String, String)>) -> Outcome<i32> {
    let text = path.1.as_str();
    let sound = text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| sound).ok_or_else(|| error::NOT_FOUND.fault())
}

/// Show the exceptions that a calendar has of its own in a year.
#[utoipa::path(operation_id = "calendar_get_year", tag = "calendars",
    params(("id" = Uuid, Path, description = "The calendar."), ("year" = String, Path, description = "The year: four digits.")),
    responses((status = 200, body = CalendarYearView)), extensions(("x-permission" = json!(ReadCalendars::NAME))))]
#[get("/calendars/{id}/years/{year}")]
pub(super) async fn show(
    who: Allowed<ReadCalendars>,
    path: PathId<CalendarId>,
    named: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (id, year, chinese) = (path.id(), year_of(&named)?, who.chinese());
    let shown = who
        .read(move |tx, ctx| {
            let (kept, last) = deeds::find(tx, ctx, id, year)?;
            Ok(CalendarYearView::of(&kept, &last, chinese))
        })
        .await?;
    let version = shown.version;
    Ok(web::view(shown, version))
}

/// Put the exceptions of a year in place of those put before: local holidays, swapped days, special hours.
#[utoipa::path(operation_id = "calendar_put_year", tag = "calendars",
    params(("id" = Uuid, Path, description = "The calendar."), ("year" = String, Path, description = "The year: four digits.")),
    request_body = CalendarYearPut, responses((status = 200, body = CalendarYearView)),
    extensions(("x-permission" = json!(ManageCalendars::NAME))))]
#[put("/calendars/{id}/years/{year}")]
pub(super) async fn put(
    who: Allowed<ManageCalendars>,
    path: PathId<CalendarId>,
    named: Path<(String, String)>,
    body: Body<CalendarYearPut>,
    services: Data<CalendarServices>,
) -> Result<HttpResponse, Problem> {
    let (id, year, expected) = (path.id(), year_of(&named)?, who.expected_version(body.version)?);
    let (new, s, chinese) = (NewYear::from((*body).clone()), services.get_ref().clone(), who.chinese());
    who.write(StatusCode::OK, &body, move |tx, ctx| {
        let (kept, last) = deeds::put(tx, ctx, &s, id, expected, year, &new)?;
        Ok(Answer::of(CalendarYearView::of(&kept, &last, chinese)).version(kept.version))
    })
    .await
}
