//! Who may see which calendar, and what it says today.

use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::{Calendar as CalendarId, Unit};
use kernel::permission::Permit;
use kernel::{Context, Cursor, Fault, Id, Instant, Outcome, Page, PageSize, UnitPath};
use storage::Tx;

use crate::model::{Kept, Version};
use crate::permission::{ManageCalendars, ReadCalendars};
use crate::ports::CalendarServices;
use crate::store::{calendars, versions, years};

/// A calendar and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The calendar.
    pub kept: Kept,
    /// The name of its unit.
    pub unit_name: String,
    /// The version that holds today; before its first day the first one.
    pub version: Version,
    /// The years it has exceptions of its own for.
    pub years: Vec<i32>,
}

/// The calendar, if the actor may see it: whoever may see those of its unit, or of one below it, on which it bears.
pub fn visible(tx: &mut Tx<'_>, ctx: &Context, id: Id<CalendarId>) -> Outcome<Kept> {
    let kept = calendars::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    let scope = ctx.actor.scope(ReadCalendars::PERMISSION, false, ctx.now);
    let bears = scope.roots.iter().any(|root| root.covers(&kept.path) || kept.path.contains(&root.path));
    let manages = ctx.actor.may(ManageCalendars::PERMISSION, &kept.path, ctx.now);
    if bears || manages { Ok(kept) } else { Err(NOT_FOUND.fault()) }
}

/// The calendar, its row locked, if the actor may change it.
pub fn locked(tx: &mut Tx<'_>, ctx: &Context, id: Id<CalendarId>) -> Outcome<Kept> {
    visible(tx, ctx, id)?;
    calendars::join(tx)?;
    let kept = calendars::find_locked(tx, id)?.or_refuse(&NOT_FOUND)?;
    ctx.require(ManageCalendars::PERMISSION, &kept.path)?;
    Ok(kept)
}

/// Calendars with what they say today.
pub fn show(tx: &mut Tx<'_>, ctx: &Context, s: &CalendarServices, all: Vec<Kept>) -> Outcome<Vec<Shown>> {
    let ids: Vec<Id<CalendarId>> = all.iter().map(|kept| kept.id).collect();
    let units: Vec<Id<Unit>> = all.iter().map(|kept| kept.unit).collect();
    // Another gateway's clock may be ahead of ours.
    let now = all.iter().map(|kept| kept.updated_at).fold(ctx.now, Instant::max);
    let (versions, put) = (versions::known(tx, &ids, now)?, years::known(tx, &ids, now)?);
    let units = s.tree.units(tx, &units)?;
    let today = s.alone.date(ctx.now);
    let mut shown = Vec::with_capacity(all.len());
    for kept in all {
        let ours = || versions.iter().filter(|v| v.calendar == kept.id);
        let version = ours()
            .filter(|v| v.from <= today)
            .max_by_key(|v| (v.from, v.number))
            .or_else(|| ours().min_by_key(|v| (v.from, -v.number)));
        let nothing = || Fault::internal(format!("the calendar {} says nothing", kept.id));
        let version = version.cloned().ok_or_else(nothing)?;
        let mut years: Vec<i32> = put.iter().filter(|y| y.calendar == kept.id).map(|y| y.year).collect();
        years.dedup();
        let unit_name = units.iter().find(|u| u.id == kept.unit).map(|u| u.name.clone()).unwrap_or_default();
        shown.push(Shown { kept, unit_name, version, years });
    }
    Ok(shown)
}

/// One calendar with what it says today.
pub fn one(tx: &mut Tx<'_>, ctx: &Context, s: &CalendarServices, kept: Kept) -> Outcome<Shown> {
    show(tx, ctx, s, vec![kept])?.pop().or_refuse(&NOT_FOUND)
}

/// One page of the calendars in the actor's places, in the order of the tree.
pub fn list(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &CalendarServices,
    below: Option<Id<Unit>>,
    after: Option<&Cursor>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Shown>> {
    let mut scope = ctx.actor.scope(ReadCalendars::PERMISSION, false, ctx.now);
    if let Some(unit) = below {
        let unit = s.tree.unit(tx, unit)?.or_refuse(&NOT_FOUND)?;
        scope = scope.within(unit.id, &unit.path);
    }
    let after = match after {
        None => None,
        Some(cursor) => {
            let path = cursor.key.as_deref().and_then(UnitPath::parse);
            Some(path.or_refuse(&kernel::error::BAD_CURSOR)?)
        }
    };
    let rows = calendars::list(tx, &scope, after.as_ref(), size.probe())?;
    let page = Page::cut(rows, size, |kept| Cursor {
        after: kept.id.uuid(),
        filter: fingerprint,
        key: Some(kept.path.as_str().to_owned()),
    });
    Ok(Page { items: show(tx, ctx, s, page.items)?, next: page.next })
}

/// One page of what a calendar said and says, the newest first.
pub fn history(
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: Id<CalendarId>,
    before: Option<i64>,
    limit: i64,
) -> Outcome<Vec<Version>> {
    visible(tx, ctx, id)?;
    versions::list(tx, id, before, limit)
}
