//! Giving a unit a calendar, changing it from a day on, ending it. What held before stays on record.

use chrono::NaiveDate;
use contracts::events::{CALENDAR_CHANGED, CalendarChanged};
use kernel::error::{FIELD_UNKNOWN_REFERENCE, Fields, INVALID, STALE};
use kernel::id::{Calendar as CalendarId, Unit};
use kernel::permission::Permit;
use kernel::{Context, Fault, Id, Outcome};
use serde_json::{Value, json};
use storage::audit::Entry;
use storage::outbox::{self, Event};
use storage::{Tx, audit};

use super::input::{self, WeekOpening};
use super::see;
use crate::error::{ENDED, PAST, UNIT_CLOSED};
use crate::model::{Follows, Kept, Rule, Tz, Version};
use crate::permission::ManageCalendars;
use crate::ports::CalendarServices;
use crate::store::{calendars, versions};

/// A calendar to be made.
#[derive(Debug, Clone)]
pub struct NewCalendar {
    /// For which unit.
    pub unit: Id<Unit>,
    /// What it is called.
    pub name: String,
    /// From which day; today unless told. Only one that gives neither hours nor a time zone and follows those above may begin earlier.
    pub from: Option<NaiveDate>,
    /// Opening hours; those of the calendar above unless told.
    pub hours: Option<Vec<WeekOpening>>,
    /// Whose holidays.
    pub follows: Follows,
    /// The time zone; that of the calendar above unless told.
    pub time_zone: Option<String>,
}

/// What is to be different, from a day on.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// What it is called; at once, not from a day on.
    pub name: Option<String>,
    /// From which day; today unless told.
    pub from: Option<NaiveDate>,
    /// Opening hours.
    pub hours: Option<Vec<WeekOpening>>,
    /// Whose holidays.
    pub follows: Option<Follows>,
    /// The time zone.
    pub time_zone: Option<String>,
    /// Back to the hours of the calendar above.
    pub clear_hours: bool,
    /// Back to the time zone of the calendar above.
    pub clear_time_zone: bool,
}

impl Changes {
    fn is_of_name_only(&self) -> bool {
        let Self { name: _, from, hours, follows, time_zone, clear_hours, clear_time_zone } = self;
        let nothing = from.is_none() && hours.is_none() && follows.is_none() && time_zone.is_none();
        nothing && !clear_hours && !clear_time_zone
    }
}

/// The first day of a version: today or later, by China's clock. What has been counted stays as it was counted. A calendar that says nothing
/// may say it from any day on: it is there to carry the exceptions of years that nobody knew.
fn first_day(
    fields: &mut Fields,
    s: &CalendarServices,
    ctx: &Context,
    from: Option<NaiveDate>,
    says_nothing: bool,
) -> NaiveDate {
    let today = s.alone.date(ctx.now);
    let from = from.unwrap_or(today);
    input::countable(fields, "/from_on", from);
    if from < today && !says_nothing {
        fields.bad("/from_on", &PAST, Some(format!("{today} or later")));
    }
    from
}

/// Gives a unit a calendar of its own.
pub fn create(tx: &mut Tx<'_>, ctx: &Context, s: &CalendarServices, new: &NewCalendar) -> Outcome<Kept> {
    calendars::join(tx)?;
    let unknown = || Fault::from(INVALID.refusal().at("/unit_id", &FIELD_UNKNOWN_REFERENCE));
    let unit = s.tree.unit(tx, new.unit)?.ok_or_else(unknown)?;
    ctx.require(ManageCalendars::PERMISSION, &unit.path)?;
    if unit.closed {
        return Err(INVALID.refusal().at("/unit_id", &UNIT_CLOSED).into());
    }
    let mut fields = Fields::default();
    fields.name("/name", &new.name, 1, 100);
    let says_nothing = new.hours.is_none() && new.time_zone.is_none() && new.follows == Follows::Above;
    let from = first_day(&mut fields, s, ctx, new.from, says_nothing);
    let week = new.hours.as_ref().and_then(|hours| input::week(&mut fields, "/hours", hours));
    let zone = new.time_zone.as_ref().and_then(|name| input::zone(&mut fields, "/time_zone", name));
    fields.finish()?;
    let kept = Kept {
        id: ctx.id(),
        unit: unit.id,
        path: unit.path,
        name: new.name.trim().to_owned(),
        version: 1,
        created_at: ctx.now,
        updated_at: ctx.now,
    };
    calendars::insert(tx, &kept)?;
    let rule = Rule { week, follows: new.follows, zone };
    let version = add(tx, ctx, &kept, from, Some(rule))?;
    leave(tx, ctx, "calendar.calendar.create", &kept, None, facts(&kept, Some(&version)))?;
    Ok(kept)
}

/// Changes a calendar: its name at once, what it says from a day on.
pub fn change(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &CalendarServices,
    id: Id<CalendarId>,
    expected: i64,
    changes: &Changes,
) -> Outcome<Kept> {
    let mut kept = held(tx, ctx, id, expected)?;
    let mut fields = Fields::default();
    if let Some(name) = &changes.name {
        fields.name("/name", name, 1, 100);
    }
    let from = first_day(&mut fields, s, ctx, changes.from, false);
    let week = changes.hours.as_ref().and_then(|hours| input::week(&mut fields, "/hours", hours));
    let zone = changes.time_zone.as_ref().and_then(|name| input::zone(&mut fields, "/time_zone", name));
    fields.finish()?;
    let base = said(tx, ctx, &kept, from)?;
    let before = facts(&kept, base.as_ref());
    kept.name = changes.name.as_ref().map_or(kept.name, |name| name.trim().to_owned());
    save(tx, ctx, &mut kept)?;
    let version = if changes.is_of_name_only() {
        base
    } else {
        let old = base.and_then(|version| version.rule);
        let (old_week, old_follows, old_zone) =
            old.map_or((None, Follows::Above, None), |rule| (rule.week, rule.follows, rule.zone));
        let rule = Rule {
            week: week.or(old_week.filter(|_| !changes.clear_hours)),
            follows: changes.follows.unwrap_or(old_follows),
            zone: zone.or(old_zone.filter(|_| !changes.clear_time_zone)),
        };
        Some(add(tx, ctx, &kept, from, Some(rule))?)
    };
    leave(tx, ctx, "calendar.calendar.update", &kept, Some(before), facts(&kept, version.as_ref()))?;
    Ok(kept)
}

/// Ends a calendar from a day on: the one above holds again. It can be changed back into life.
pub fn end(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &CalendarServices,
    id: Id<CalendarId>,
    expected: i64,
    from: Option<NaiveDate>,
) -> Outcome<Kept> {
    let mut kept = held(tx, ctx, id, expected)?;
    let mut fields = Fields::default();
    let from = first_day(&mut fields, s, ctx, from, false);
    fields.finish()?;
    let base = said(tx, ctx, &kept, from)?;
    if base.as_ref().is_some_and(|version| version.rule.is_none()) {
        return Err(ENDED.fault());
    }
    let before = facts(&kept, base.as_ref());
    save(tx, ctx, &mut kept)?;
    let version = add(tx, ctx, &kept, from, None)?;
    leave(tx, ctx, "calendar.calendar.end", &kept, Some(before), facts(&kept, Some(&version)))?;
    Ok(kept)
}

/// The calendar, locked, at the version seen.
pub(super) fn held(tx: &mut Tx<'_>, ctx: &Context, id: Id<CalendarId>, expected: i64) -> Outcome<Kept> {
    let kept = see::locked(tx, ctx, id)?;
    if kept.version == expected { Ok(kept) } else { Err(STALE.fault()) }
}

/// Counts a change.
pub(super) fn save(tx: &mut Tx<'_>, ctx: &Context, kept: &mut Kept) -> Outcome<()> {
    kept.version += 1;
    kept.updated_at = ctx.now;
    if calendars::update(tx, kept)? { Ok(()) } else { Err(STALE.fault()) }
}

/// What a calendar, which is locked, says on a day, by all that is recorded.
fn said(tx: &mut Tx<'_>, ctx: &Context, kept: &Kept, on: NaiveDate) -> Outcome<Option<Version>> {
    // Another gateway's clock may be ahead of ours.
    let all = versions::known(tx, &[kept.id], ctx.now.max(kept.updated_at))?;
    Ok(all.into_iter().filter(|v| v.from <= on).max_by_key(|v| (v.from, v.number)))
}

fn add(tx: &mut Tx<'_>, ctx: &Context, kept: &Kept, from: NaiveDate, rule: Option<Rule>) -> Outcome<Version> {
    let version = Version {
        id: ctx.id(),
        calendar: kept.id,
        number: kept.version,
        from,
        rule,
        recorded_at: ctx.now,
        recorded_by: ctx.actor.user,
    };
    versions::insert(tx, &version)?;
    Ok(version)
}

fn facts(kept: &Kept, version: Option<&Version>) -> Value {
    let rule = version.and_then(|v| v.rule.as_ref());
    json!({
        "name": kept.name,
        "version": kept.version,
        "from_on": version.map(|v| v.from),
        "is_ended": version.is_some_and(|v| v.rule.is_none()),
        "follows": rule.map(|r| r.follows.word()),
        "time_zone": rule.and_then(|r| r.zone).map(Tz::name),
        "week": rule.and_then(|r| r.week.as_ref()),
    })
}

/// The record on the trail, and the event for whoever counts by it.
pub(super) fn leave(
    tx: &mut Tx<'_>,
    ctx: &Context,
    action: &str,
    kept: &Kept,
    before: Option<Value>,
    after: Value,
) -> Outcome<()> {
    let (object, unit) = (Some(kept.id.uuid()), Some(kept.unit));
    audit::record(
        tx,
        ctx,
        Entry { action, object_kind: "calendar", object, unit, before, after: Some(after) },
    )?;
    let told = CalendarChanged { calendar: kept.id, unit: kept.unit };
    let payload = serde_json::to_value(&told).map_err(Fault::internal)?;
    let (topic, object) = (CALENDAR_CHANGED, kept.id.uuid());
    outbox::emit(tx, ctx, &Event { topic, object, object_seq: kept.version, payload })
}
