//! What readers get.

use chrono::NaiveDate;
use kernel::permission::Permit;
use kernel::{Context, Instant};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::model::{
    Exception, Hours, Kept, Named, Rule, Tz, Version, Week, WeekdayWord, YearSet, YearVersion, text_of,
};
use crate::permission::ManageCalendars;
use crate::service::see::Shown;

/// Open on a weekday from one time to another.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct CalendarWeekHoursView {
    /// Which weekday.
    #[schema(extensions(("x-extensible-enum" = json!(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]))))]
    pub weekday: String,
    /// When it opens: HH:MM.
    pub opens: String,
    /// When it closes: HH:MM.
    pub closes: String,
}

/// Open from one time to another.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct CalendarHoursView {
    /// When it opens: HH:MM.
    pub opens: String,
    /// When it closes: HH:MM.
    pub closes: String,
}

/// The openings of a day.
pub(super) fn hours(hours: &Hours) -> Vec<CalendarHoursView> {
    let view =
        |i: &crate::model::Interval| CalendarHoursView { opens: text_of(i.opens), closes: text_of(i.closes) };
    hours.intervals().iter().map(view).collect()
}

/// The openings of a week, Monday first.
pub(super) fn week(week: Option<&Week>) -> Vec<CalendarWeekHoursView> {
    let Some(week) = week else { return Vec::new() };
    let day = |(weekday, of): (&WeekdayWord, &Hours)| {
        let weekday = weekday.word();
        hours(of).into_iter().map(move |h| CalendarWeekHoursView {
            weekday: weekday.to_owned(),
            opens: h.opens,
            closes: h.closes,
        })
    };
    WeekdayWord::ALL.iter().zip(week.days()).flat_map(day).collect()
}

/// A time zone as it is sent.
pub(super) fn zone(zone: Option<Tz>) -> Option<String> {
    zone.map(|zone| zone.name().to_owned())
}

/// The calendar of a unit, with what it says today; before its first day with what it will say then.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct CalendarView {
    /// The calendar.
    pub id: Uuid,
    /// The unit whose it is: it holds for all below it, until a lower unit has its own.
    pub unit_id: Uuid,
    /// The unit's name.
    pub unit_name: String,
    /// What it is called.
    pub name: String,
    /// The first day of what is said here.
    pub from_on: NaiveDate,
    /// Whether it has ended: the calendar above holds.
    pub is_ended: bool,
    /// Whose holidays it has besides its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, extensions(("x-extensible-enum" = json!(["above", "own", "week"]))))]
    pub follows: Option<String>,
    /// Its time zone; absent: that of the calendar above.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub time_zone: Option<String>,
    /// Whether its hours are those of the calendar above.
    pub inherits_hours: bool,
    /// Its own hours.
    pub hours: Vec<CalendarWeekHoursView>,
    /// The years for which it has exceptions of its own.
    #[schema(schema_with = years)]
    pub years: Vec<i32>,
    /// Since when it is on record.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Instant,
    /// Counts its changes, those of its years too.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
    /// What the reader may do: `change`, `end`, `put_year`.
    pub can: Vec<String>,
}

fn years() -> utoipa::openapi::schema::Array {
    use utoipa::openapi::schema::{ArrayBuilder, KnownFormat, ObjectBuilder, SchemaFormat, SchemaType, Type};
    let year = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::Integer))
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
        .minimum(Some(1970))
        .maximum(Some(2169));
    ArrayBuilder::new()
        .items(year)
        .description(Some("The years for which it has exceptions of its own."))
        .build()
}

web::page_schema!(CalendarPage, CalendarView);

impl CalendarView {
    pub(super) fn of(ctx: &Context, shown: Shown) -> Self {
        let Shown { kept, unit_name, version, years } = shown;
        let may = ctx.actor.may(ManageCalendars::PERMISSION, &kept.path, ctx.now);
        let rule = version.rule.as_ref();
        let deeds = ["change", "put_year"].into_iter().chain(rule.is_some().then_some("end"));
        Self {
            id: kept.id.uuid(),
            unit_id: kept.unit.uuid(),
            unit_name,
            name: kept.name,
            from_on: version.from,
            is_ended: rule.is_none(),
            follows: rule.map(|rule| rule.follows.word().to_owned()),
            time_zone: zone(rule.and_then(|rule| rule.zone)),
            inherits_hours: rule.is_some_and(|rule| rule.week.is_none()),
            hours: week(rule.and_then(|rule| rule.week.as_ref())),
            years,
            created_at: kept.created_at,
            updated_at: kept.updated_at,
            version: kept.version,
            can: deeds.filter(|_| may).map(str::to_owned).collect(),
        }
    }
}

/// What a calendar said, or says, from a day on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct CalendarVersionView {
    /// The calendar's version that it came with.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub number: i64,
    /// The first day it holds.
    pub from_on: NaiveDate,
    /// Whether the calendar ends with it.
    pub is_ended: bool,
    /// Whose holidays it has besides its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, extensions(("x-extensible-enum" = json!(["above", "own", "week"]))))]
    pub follows: Option<String>,
    /// Its time zone; absent: that of the calendar above.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub time_zone: Option<String>,
    /// Whether its hours are those of the calendar above.
    pub inherits_hours: bool,
    /// Its own hours.
    pub hours: Vec<CalendarWeekHoursView>,
    /// When it was said.
    #[schema(value_type = String, format = DateTime)]
    pub recorded_at: Instant,
    /// By whom.
    pub recorded_by_id: Uuid,
}

web::page_schema!(CalendarVersionPage, CalendarVersionView);

impl From<Version> for CalendarVersionView {
    fn from(version: Version) -> Self {
        let rule: Option<&Rule> = version.rule.as_ref();
        Self {
            number: version.number,
            from_on: version.from,
            is_ended: rule.is_none(),
            follows: rule.map(|rule| rule.follows.word().to_owned()),
            time_zone: zone(rule.and_then(|rule| rule.zone)),
            inherits_hours: rule.is_some_and(|rule| rule.week.is_none()),
            hours: week(rule.and_then(|rule| rule.week.as_ref())),
            recorded_at: version.recorded_at,
            recorded_by_id: version.recorded_by.uuid(),
        }
    }
}

/// A day that is not as the week has it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct CalendarDayView {
    /// The day.
    pub on: NaiveDate,
    /// What kind of exception.
    #[schema(extensions(("x-extensible-enum" = json!(["closed", "swapped", "hours"]))))]
    pub kind: String,
    /// Whose hours it has, if it is swapped.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, extensions(("x-extensible-enum" = json!(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]))))]
    pub works_as: Option<String>,
    /// When it is open, if it has hours of its own.
    pub hours: Vec<CalendarHoursView>,
    /// What it is called.
    pub name: String,
}

/// The days of a year, in order.
pub(super) fn days(set: &YearSet, chinese: bool) -> Vec<CalendarDayView> {
    let day = |(on, named): (&NaiveDate, &Named)| CalendarDayView {
        on: *on,
        kind: named.what.kind().word().to_owned(),
        works_as: match &named.what {
            Exception::Swapped(weekday) => Some(weekday.word().to_owned()),
            _ => None,
        },
        hours: match &named.what {
            Exception::Hours(all) => hours(all),
            _ => Vec::new(),
        },
        name: if chinese { named.zh.clone() } else { named.en.clone() },
    };
    set.days.iter().map(day).collect()
}

/// The exceptions that a calendar has of its own in a year.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct CalendarYearView {
    /// The calendar.
    pub calendar_id: Uuid,
    /// The year.
    #[schema(minimum = 1970, maximum = 2169)]
    pub year: i32,
    /// Whether these are all exceptions of the year: then nothing above is asked.
    pub is_complete: bool,
    /// Day by day.
    pub days: Vec<CalendarDayView>,
    /// When they were put.
    #[schema(value_type = String, format = DateTime)]
    pub recorded_at: Instant,
    /// By whom.
    pub recorded_by_id: Uuid,
    /// The version of the calendar.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
}

impl CalendarYearView {
    pub(super) fn of(kept: &Kept, put: &YearVersion, chinese: bool) -> Self {
        Self {
            calendar_id: kept.id.uuid(),
            year: put.year,
            is_complete: put.set.is_complete,
            days: days(&put.set, chinese),
            recorded_at: put.recorded_at,
            recorded_by_id: put.recorded_by.uuid(),
            version: kept.version,
        }
    }
}
