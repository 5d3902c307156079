//! Whom a worker is to call on next.
//!
//! The order is made anew for each page, from what is on record at that moment: the households of the worker's grids, who lives there,
//! their flags and the last visits, each in a statement or a few, none for a single household. A grid has 300 to 400 households
//! (`domain.md`), so a row kept for each would spare little, and would have to be touched when a flag runs out, somebody moves, a grid is
//! drawn anew or a visit is struck: time alone changes the order.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use contracts::{GridRef, HomeRef};
use kernel::error::{BAD_CURSOR, NOT_FOUND, OrRefuse};
use kernel::id::{Grid, Household, Person};
use kernel::permission::Permit;
use kernel::{Context, Cursor, Id, Outcome, Page, PageSize};
use storage::Tx;

use super::duty;
use crate::error::TOO_MANY_HOMES;
use crate::model::{Due, Month, Need, Place, day_of};
use crate::permission::RecordVisits;
use crate::ports::VisitServices;
use crate::store::{counts, rules};

/// Households looked up at once.
const AT_ONCE: i64 = 1_000;
/// The most households looked at for one grid.
const MOST: usize = 20_000;

/// One page of the households in the grids where the actor is on duty, the most urgent first.
pub fn list(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &VisitServices,
    only: Option<Id<Grid>>,
    after: Option<&Cursor>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Need>> {
    let after = after.map(place_of).transpose()?;
    let mut grids = duty::grids(tx, s, ctx.actor.user, ctx.now)?;
    grids.retain(|grid| !grid.retired && ctx.actor.may(RecordVisits::PERMISSION, &grid.path, ctx.now));
    if let Some(only) = only {
        grids.retain(|grid| grid.id == only);
        if grids.is_empty() {
            return Err(NOT_FOUND.fault());
        }
    }
    let mut needs = needs(tx, ctx, s, &grids)?;
    needs.retain(|need| after.is_none_or(|after| need.place() > after));
    needs.sort_unstable_by_key(Need::place);
    needs.truncate(size.get() + 1);
    Ok(Page::cut(needs, size, |need| Cursor {
        after: need.household.uuid(),
        filter: fingerprint,
        key: Some(key_of(need)),
    }))
}

/// All households of some grids, judged; one that lies in two of them is judged in the first.
fn needs(tx: &mut Tx<'_>, ctx: &Context, s: &VisitServices, grids: &[GridRef]) -> Outcome<Vec<Need>> {
    let today = day_of(s.zone, ctx.now);
    let book = rules::book(tx, Month::of(today))?;
    let mut homes: BTreeMap<Id<Household>, &GridRef> = BTreeMap::new();
    for grid in grids {
        for home in homes_of(tx, s, grid)? {
            homes.entry(home).or_insert(grid);
        }
    }
    let ids: Vec<Id<Household>> = homes.keys().copied().collect();
    let last = counts::last_visits(tx, &ids)?;
    let priorities = priorities(tx, ctx, s, &ids, today)?;
    let judge = |(home, grid): (Id<Household>, &GridRef)| {
        let reasons = priorities.get(&home).copied().unwrap_or_default();
        Need::judge(home, grid.id, reasons, last.get(&home).copied(), book.at(&grid.path).0, today)
    };
    Ok(homes.into_iter().map(judge).collect())
}

/// The open households of a grid: of those in its unit and below that lie inside it, or whose place nobody knows.
fn homes_of(tx: &mut Tx<'_>, s: &VisitServices, grid: &GridRef) -> Outcome<Vec<Id<Household>>> {
    let (mut found, mut seen, mut after) = (Vec::new(), 0, None);
    loop {
        let some: Vec<HomeRef> = s.homes.below(tx, &grid.path, grid.around, after, AT_ONCE)?;
        let Some(last) = some.last() else { return Ok(found) };
        after = Some(last.id);
        seen += some.len();
        if seen > MOST {
            return Err(TOO_MANY_HOMES.fault());
        }
        let points: Vec<(f64, f64)> = some.iter().filter_map(|home| home.point).collect();
        let mut inside = s.posts.inside(tx, grid.id, &points)?.into_iter();
        for home in &some {
            let within = home.point.is_some() && inside.next().unwrap_or(false);
            if duty::lies_in(grid, home, within) {
                found.push(home.id);
            }
        }
    }
}

/// How many reasons there are in each household to look after it first.
fn priorities(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &VisitServices,
    homes: &[Id<Household>],
    today: NaiveDate,
) -> Outcome<BTreeMap<Id<Household>, i64>> {
    let members = s.homes.members(tx, homes, today)?;
    let people: BTreeSet<Id<Person>> = members.iter().map(|(_, person)| *person).collect();
    let people: Vec<Id<Person>> = people.into_iter().collect();
    let flags: BTreeMap<Id<Person>, i64> = s.care.live_flags(tx, &people, ctx.now)?.into_iter().collect();
    let mut found: BTreeMap<Id<Household>, i64> = BTreeMap::new();
    for (home, person) in members {
        if let Some(reasons) = flags.get(&person) {
            *found.entry(home).or_default() += reasons;
        }
    }
    Ok(found)
}

fn key_of(need: &Need) -> String {
    let on = need.last_on.map(|on| on.to_string()).unwrap_or_default();
    format!("{}:{}:{on}", need.due.word(), need.priorities)
}

fn place_of(cursor: &Cursor) -> Outcome<Place> {
    let read = |key: &str| {
        let mut parts = key.split(':');
        let due = Due::parse(parts.next()?)?;
        let priorities: i64 = parts.next()?.parse().ok()?;
        let on = parts.next()?;
        let on = if on.is_empty() { None } else { Some(on.parse().ok()?) };
        Some((due, -priorities, on, Id::from_uuid(cursor.after)))
    };
    cursor.key.as_deref().and_then(read).or_refuse(&BAD_CURSOR)
}
