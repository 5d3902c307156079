//! `GET /calendars/resolve` and `GET /calendars/published`: which calendar holds and why, and what the State Council published.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use chrono::{Datelike, NaiveDate};
use kernel::{Fault, Id, Instant, error};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{Allowed, Params, Problem};

use super::views::{CalendarDayView, CalendarHoursView, CalendarWeekHoursView, days, hours, week};
use crate::model::{Calendar, CountError, DayKind, FIRST_YEAR, LAST_YEAR};
use crate::permission::ReadCalendars;
use crate::ports::CalendarServices;
use crate::service::compute;
use crate::service::resolve::Parts;

/// For which unit, on which day.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct CalendarResolveParams {
    /// The unit.
    unit: Uuid,
    /// The day; today unless told.
    #[serde(rename = "day")]
    on: Option<NaiveDate>,
    /// By what was known at this moment; now unless told.
    #[param(value_type = Option<String>, format = DateTime)]
    known_at: Option<Instant>,
}

/// One of the calendars that hold, the lowest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct CalendarSourceView {
    /// The calendar; absent for the standard, which every realm has.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub calendar_id: Option<Uuid>,
    /// The unit whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub unit_id: Option<Uuid>,
    /// The unit's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub unit_name: Option<String>,
    /// What it is called.
    pub name: String,
    /// The version of it that holds; 0 for the standard.
    #[schema(minimum = 0, maximum = 9007199254740991i64)]
    pub number: i64,
    /// Whose holidays it has besides its own.
    #[schema(extensions(("x-extensible-enum" = json!(["above", "own", "week"]))))]
    pub follows: String,
    /// Whether the hours of the week are its.
    pub gives_hours: bool,
    /// Whether its exceptions count.
    pub gives_exceptions: bool,
}

/// The calendars that hold on a day.
pub(super) fn sources(
    calendar: &Calendar,
    parts: &Parts,
    on: NaiveDate,
    chinese: bool,
) -> Vec<CalendarSourceView> {
    let view = |said: crate::model::Said<'_>| {
        let part = parts.0.get(said.layer);
        CalendarSourceView {
            calendar_id: part.map(|part| part.kept.id.uuid()),
            unit_id: part.map(|part| part.kept.unit.uuid()),
            unit_name: part.map(|part| part.unit_name.clone()),
            name: part.map_or_else(|| standard(chinese), |part| part.kept.name.clone()),
            number: said.number,
            follows: said.rule.follows.word().to_owned(),
            gives_hours: said.gives_week,
            gives_exceptions: said.gives_exceptions,
        }
    };
    calendar.said(on).into_iter().map(view).collect()
}

fn standard(chinese: bool) -> String {
    let name = if chinese {
        "标准日历（国务院节假日）"
    } else {
        "Standard, with the State Council's holidays"
    };
    name.to_owned()
}

/// What holds for a unit on a day, and why.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct CalendarResolvedView {
    /// The unit.
    pub unit_id: Uuid,
    /// Its name.
    pub unit_name: String,
    /// The day.
    pub on: NaiveDate,
    /// The time zone in which days are read.
    pub time_zone: String,
    /// What the day is.
    #[schema(extensions(("x-extensible-enum" = json!(["working", "weekend", "holiday", "swapped", "special", "unknown"]))))]
    pub kind: String,
    /// What it is called, if it is no ordinary day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub name: Option<String>,
    /// Whether it is known what the day is; if not, nothing is counted by it.
    pub is_known: bool,
    /// When the office is open that day.
    pub hours: Vec<CalendarHoursView>,
    /// The hours of the week that day lies in.
    pub week: Vec<CalendarWeekHoursView>,
    /// The calendars that say so, the lowest first.
    pub sources: Vec<CalendarSourceView>,
}

/// Show which calendar holds for a unit on a day, and why.
#[utoipa::path(operation_id = "calendar_resolve_calendar", tag = "calendars", params(CalendarResolveParams),
    responses((status = 200, body = CalendarResolvedView)), extensions(("x-permission" = json!(ReadCalendars::NAME))))]
#[get("/calendars/resolve")]
pub(super) async fn resolve(
    who: Allowed<ReadCalendars>,
    query: Params<CalendarResolveParams>,
    services: Data<CalendarServices>,
) -> Result<HttpResponse, Problem> {
    let (unit, s, chinese) = (Id::from_uuid(query.unit), services.get_ref().clone(), who.chinese());
    let on = query.on.unwrap_or_else(|| s.alone.date(who.context().now));
    if !(FIRST_YEAR..=LAST_YEAR).contains(&on.year()) {
        return Err(Fault::from(CountError::TooFar).into());
    }
    // At noon in China, by which calendars begin to hold.
    let noon = on.and_hms_opt(4, 0, 0).ok_or_else(|| error::NOT_FOUND.fault())?.and_utc();
    let known_at = query.known_at;
    let view = who
        .read(move |tx, ctx| {
            let (unit, resolved) = compute::resolve(tx, ctx, &s, unit, Instant::new(noon), known_at)?;
            let calendar = &resolved.calendar;
            let day = calendar.day(on);
            let said = calendar.said(on);
            let of_week = said.iter().find(|said| said.gives_week).and_then(|said| said.rule.week.as_ref());
            Ok(CalendarResolvedView {
                unit_id: unit.id.uuid(),
                unit_name: unit.name,
                on,
                time_zone: calendar.zone().name().to_owned(),
                kind: day.kind.word().to_owned(),
                name: day.name().map(|(zh, en)| if chinese { zh } else { en }.to_owned()),
                is_known: day.kind != DayKind::Unknown,
                hours: hours(day.hours),
                week: week(of_week),
                sources: sources(calendar, &resolved.parts, on, chinese),
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(view))
}

/// A year whose holidays are published.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct CalendarPublishedYearView {
    /// The year.
    #[schema(minimum = 1970, maximum = 2169)]
    pub year: i32,
    /// The notice: title, number, day, address.
    pub origin: String,
    /// Its days.
    pub days: Vec<CalendarDayView>,
}

/// The years whose holidays this version of the software knows. For any other a year is put, or counting is refused.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct CalendarPublishedView {
    /// Year by year.
    pub years: Vec<CalendarPublishedYearView>,
}

/// Show the holidays that the State Council published, with where they come from.
#[utoipa::path(operation_id = "calendar_list_published", tag = "calendars",
    responses((status = 200, body = CalendarPublishedView)), extensions(("x-permission" = json!(ReadCalendars::NAME))))]
#[get("/calendars/published")]
pub(super) async fn published(
    who: Allowed<ReadCalendars>,
    services: Data<CalendarServices>,
) -> Result<HttpResponse, Problem> {
    let chinese = who.chinese();
    let years = services.published.0.iter().map(|(year, published)| CalendarPublishedYearView {
        year: *year,
        origin: published.origin.clone(),
        days: days(&published.set, chinese),
    });
    Ok(HttpResponse::Ok().json(CalendarPublishedView { years: years.collect() }))
}
