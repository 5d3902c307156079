//! `POST /calendars/compute`: when something is due, told day by day.

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use chrono::NaiveDate;
use contracts::{Due, Pause, Span, SpanUnit};
use kernel::error::{FIELD_LENGTH, Fields};
use kernel::{Fault, Id, Instant, Outcome};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use web::{Allowed, Body, Problem};

use super::resolve::{CalendarSourceView, sources};
use super::views::{CalendarHoursView, hours};
use super::words::CalendarSpanWord;
use crate::error::{PAUSE_ORDER, SPAN_RANGE};
use crate::model::{DayNote, Explained, MOST_PAUSES};
use crate::permission::ReadCalendars;
use crate::ports::CalendarServices;
use crate::service::compute::{self as deeds, Question};

/// A time in which the clock stands.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CalendarPause {
    /// From when.
    #[schema(value_type = String, format = DateTime)]
    from_at: Instant,
    /// Until when (exclusive); it still stands unless told.
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    until_at: Option<Instant>,
}

/// What is to be counted.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CalendarQuestion {
    /// By the calendar of which unit.
    unit_id: Uuid,
    /// When the clock starts.
    #[schema(value_type = String, format = DateTime, example = "2026-02-13T08:00:00Z")]
    start_at: Instant,
    /// How many.
    #[schema(minimum = 1, maximum = 5270400, example = 3)]
    count: i64,
    /// Of what.
    span_unit: CalendarSpanWord,
    /// When the clock stood, in any order.
    #[schema(nullable = false, max_items = 1000)]
    pauses: Option<Vec<CalendarPause>>,
    /// By what was known at this moment; now unless told. A deadline computed then comes out the same.
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    known_at: Option<Instant>,
    /// A moment up to which the working minutes from the start are to be told besides.
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    until_at: Option<Instant>,
}

impl CalendarQuestion {
    fn question(&self) -> Outcome<Question> {
        let mut fields = Fields::default();
        let unit = SpanUnit::from(self.span_unit);
        let span = Span::new(self.count, unit);
        if span.is_none() {
            fields.bad("/count", &SPAN_RANGE, Some(format!("1 to {} {}", unit.longest(), unit.word())));
        }
        let sent = self.pauses.as_deref().unwrap_or_default();
        if sent.len() > MOST_PAUSES {
            fields.bad("/pauses", &FIELD_LENGTH, Some(format!("at most {MOST_PAUSES}")));
        }
        for (at, pause) in sent.iter().enumerate().take(MOST_PAUSES) {
            if pause.until_at.is_some_and(|until| until < pause.from_at) {
                fields.bad(format!("/pauses/{at}/until_at"), &PAUSE_ORDER, None);
            }
        }
        fields.finish()?;
        let pauses = sent.iter().map(|p| Pause { from: p.from_at, until: p.until_at }).collect();
        Ok(Question {
            unit: Id::from_uuid(self.unit_id),
            start: self.start_at,
            span: span.ok_or_else(|| SPAN_RANGE.fault())?,
            pauses,
            known_at: self.known_at,
        })
    }
}

/// A day on the way to a deadline.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct CalendarDueDayView {
    /// The day.
    pub on: NaiveDate,
    /// What it is.
    #[schema(extensions(("x-extensible-enum" = json!(["working", "weekend", "holiday", "swapped", "special", "unknown"]))))]
    pub kind: String,
    /// What it is called, if it is no ordinary day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub name: Option<String>,
    /// When the office is open.
    pub hours: Vec<CalendarHoursView>,
    /// What it has to do with the deadline.
    #[schema(extensions(("x-extensible-enum" = json!(["start", "counted", "closed", "paused", "moved"]))))]
    pub note: String,
    /// What was counted by its end: working minutes for spans of minutes and hours, else days.
    #[schema(minimum = 0, maximum = 5270400)]
    pub counted: i64,
}

/// A deadline and the way to it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct CalendarDueView {
    /// Whether there is a deadline, or the clock stands without an end.
    #[schema(extensions(("x-extensible-enum" = json!(["due", "standing"]))))]
    pub state: String,
    /// The deadline.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub due_at: Option<Instant>,
    /// Since when the clock stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub standing_since_at: Option<Instant>,
    /// What is left while it stands: working minutes for spans of minutes and hours, else days.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 5270400)]
    pub left: Option<i64>,
    /// Working minutes from the start to `until_at`, if that was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 9007199254740991i64)]
    pub elapsed_minutes: Option<i64>,
    /// The time zone in which days are read.
    pub time_zone: String,
    /// Day by day, from the day of the start; 400 at most.
    pub days: Vec<CalendarDueDayView>,
    /// Whether that is all the way.
    pub is_complete: bool,
    /// The calendars that held on the day of the start, the lowest first.
    pub sources: Vec<CalendarSourceView>,
}

fn day(note: &DayNote<'_>, chinese: bool) -> CalendarDueDayView {
    CalendarDueDayView {
        on: note.on,
        kind: note.day.kind.word().to_owned(),
        name: note.day.name().map(|(zh, en)| if chinese { zh } else { en }.to_owned()),
        hours: hours(note.day.hours),
        note: note.note.word().to_owned(),
        counted: note.counted,
    }
}

/// Count when something is due, and tell why day by day. Nothing is kept.
#[utoipa::path(operation_id = "calendar_compute_due", tag = "calendars", request_body = CalendarQuestion,
    responses((status = 200, body = CalendarDueView)), extensions(("x-permission" = json!(ReadCalendars::NAME))))]
#[post("/calendars/compute")]
pub(super) async fn compute(
    who: Allowed<ReadCalendars>,
    body: Body<CalendarQuestion>,
    services: Data<CalendarServices>,
) -> Result<HttpResponse, Problem> {
    let (question, until, chinese) = (body.question()?, body.until_at, who.chinese());
    let s = services.get_ref().clone();
    let view = who
        .read(move |tx, ctx| {
            let resolved = deeds::ask(tx, ctx, &s, &question)?;
            let calendar = &resolved.calendar;
            let Question { start, span, pauses, .. } = &question;
            let told: Explained<'_> = calendar.explain(*start, *span, pauses).map_err(Fault::from)?;
            let elapsed = until.map(|until| calendar.count_elapsed(*start, until, pauses)).transpose()?;
            let (standing, left) = match told.due {
                Due::At(_) => (None, None),
                Due::Standing { since, left } => (Some(since), Some(left)),
            };
            Ok(CalendarDueView {
                state: if standing.is_some() { "standing" } else { "due" }.to_owned(),
                due_at: told.due.at(),
                standing_since_at: standing,
                left,
                elapsed_minutes: elapsed,
                time_zone: calendar.zone().name().to_owned(),
                is_complete: told.is_complete,
                days: told.days.iter().map(|note| day(note, chinese)).collect(),
                sources: sources(calendar, &resolved.parts, calendar.date(*start), chinese),
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(view))
}
