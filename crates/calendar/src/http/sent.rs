//! What is sent: calendars, changes, exceptions.

use chrono::NaiveDate;
use kernel::Id;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::words::CalendarClear;
use crate::model::{ExceptionKind, Follows, WeekdayWord};
use crate::service::change::{Changes, NewCalendar};
use crate::service::input::{NewDay, NewYear, Opening, WeekOpening};

/// Open on a weekday from one time to another; several for a day with a break. What goes past midnight is two: one to 24:00, one from
/// 00:00 on the next day.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CalendarWeekHours {
    /// Which weekday.
    weekday: WeekdayWord,
    /// When it opens: HH:MM.
    #[schema(example = "09:00", pattern = "^[0-2][0-9]:[0-5][0-9]$")]
    opens: String,
    /// When it closes: HH:MM, 24:00 at the latest.
    #[schema(example = "12:00", pattern = "^[0-2][0-9]:[0-5][0-9]$")]
    closes: String,
}

/// Open from one time to another.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CalendarHours {
    /// When it opens: HH:MM.
    #[schema(example = "09:00", pattern = "^[0-2][0-9]:[0-5][0-9]$")]
    opens: String,
    /// When it closes: HH:MM, 24:00 at the latest.
    #[schema(example = "12:00", pattern = "^[0-2][0-9]:[0-5][0-9]$")]
    closes: String,
}

fn week(hours: Option<Vec<CalendarWeekHours>>) -> Option<Vec<WeekOpening>> {
    let opening = |h: CalendarWeekHours| WeekOpening {
        weekday: h.weekday,
        opening: Opening { opens: h.opens, closes: h.closes },
    };
    hours.map(|all| all.into_iter().map(opening).collect())
}

/// A calendar for a unit and all below it, until a lower unit has its own.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CalendarCreate {
    /// The unit.
    unit_id: Uuid,
    /// What it is called.
    #[schema(min_length = 1, max_length = 100, example = "政务服务中心")]
    name: String,
    /// The first day it holds, today or later; today unless told. One that leaves hours, time zone and holidays to those above may begin
    /// earlier, to carry the exceptions of years that nobody knew.
    #[schema(nullable = false)]
    from_on: Option<NaiveDate>,
    /// Opening hours; those of the calendar above unless told.
    #[schema(nullable = false, min_items = 1, max_items = 84)]
    hours: Option<Vec<CalendarWeekHours>>,
    /// Whose holidays it has besides its own; those above unless told.
    #[schema(nullable = false)]
    follows: Option<Follows>,
    /// The time zone by its IANA name; that of the calendar above unless told, Asia/Shanghai above all.
    #[schema(nullable = false, max_length = 50, example = "Asia/Shanghai")]
    time_zone: Option<String>,
}

impl From<CalendarCreate> for NewCalendar {
    fn from(sent: CalendarCreate) -> Self {
        Self {
            unit: Id::from_uuid(sent.unit_id),
            name: sent.name,
            from: sent.from_on,
            hours: week(sent.hours),
            follows: sent.follows.unwrap_or(Follows::Above),
            time_zone: sent.time_zone,
        }
    }
}

/// What is to be different from a day on. What is left out stays as it is on that day.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CalendarPatch {
    /// What it is called: at once.
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    name: Option<String>,
    /// The first day on which the rest holds, today or later; today unless told.
    #[schema(nullable = false)]
    from_on: Option<NaiveDate>,
    /// All opening hours of the week.
    #[schema(nullable = false, min_items = 1, max_items = 84)]
    hours: Option<Vec<CalendarWeekHours>>,
    /// Whose holidays it has besides its own.
    #[schema(nullable = false)]
    follows: Option<Follows>,
    /// The time zone by its IANA name.
    #[schema(nullable = false, max_length = 50)]
    time_zone: Option<String>,
    /// What is left to the calendar above again.
    #[schema(nullable = false, max_items = 2)]
    clear: Option<Vec<CalendarClear>>,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    pub(super) version: Option<i64>,
}

impl From<CalendarPatch> for Changes {
    fn from(sent: CalendarPatch) -> Self {
        let cleared = |what| sent.clear.iter().flatten().any(|c| *c == what);
        Self {
            clear_hours: cleared(CalendarClear::Hours),
            clear_time_zone: cleared(CalendarClear::TimeZone),
            name: sent.name,
            from: sent.from_on,
            hours: week(sent.hours),
            follows: sent.follows,
            time_zone: sent.time_zone,
        }
    }
}

/// The end of a calendar.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CalendarEnd {
    /// The first day it no longer holds, today or later; today unless told.
    #[schema(nullable = false)]
    pub(super) from_on: Option<NaiveDate>,
    /// The version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    pub(super) version: Option<i64>,
}

/// A day that is not as the week has it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CalendarDayPut {
    /// The day.
    on: NaiveDate,
    /// What kind of exception.
    kind: ExceptionKind,
    /// Whose hours it has: for a swapped day only.
    #[schema(nullable = false)]
    works_as: Option<WeekdayWord>,
    /// When it is open: for special hours only.
    #[schema(nullable = false, max_items = 12)]
    hours: Option<Vec<CalendarHours>>,
    /// What it is called.
    #[schema(min_length = 1, max_length = 50, example = "三月三")]
    name: String,
}

/// The exceptions of a year, in place of those put before. Days before today cannot be made other than they were.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CalendarYearPut {
    /// Whether these are all exceptions of the year, as in a notice: then nothing above is asked, and the year is known. Otherwise they
    /// are added to those above.
    is_complete: bool,
    /// Day by day, each once.
    #[schema(max_items = 366)]
    days: Vec<CalendarDayPut>,
    /// The calendar's version that was read, where no `If-Match` is sent.
    #[schema(nullable = false, minimum = 1, maximum = 9007199254740991i64)]
    pub(super) version: Option<i64>,
}

impl From<CalendarYearPut> for NewYear {
    fn from(sent: CalendarYearPut) -> Self {
        let day = |day: CalendarDayPut| NewDay {
            on: day.on,
            kind: day.kind,
            works_as: day.works_as,
            hours: day
                .hours
                .into_iter()
                .flatten()
                .map(|h| Opening { opens: h.opens, closes: h.closes })
                .collect(),
            name: day.name,
        };
        Self { is_complete: sent.is_complete, days: sent.days.into_iter().map(day).collect() }
    }
}
