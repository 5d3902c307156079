//! Who sees which visit: whoever may read those of the place, and the workers of its grid.

use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::{self, Unit};
use kernel::permission::Permit;
use kernel::{Context, Cursor, Id, Instant, Outcome, Page, PageSize};
use storage::Tx;

use super::duty;
use crate::model::{Edition, Visit};
use crate::permission::{ReadVisits, RecordVisits};
use crate::ports::VisitServices;
use crate::store::visits::{Filter, Sight};
use crate::store::{editions, visits};

/// A visit and what its worker said last.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The visit.
    pub visit: Visit,
    /// What holds of what was said.
    pub edition: Edition,
}

/// Which visits the actor sees.
fn sight(tx: &mut Tx<'_>, ctx: &Context, s: &VisitServices) -> Outcome<Sight> {
    let records = ctx.actor.scope(RecordVisits::PERMISSION, false, ctx.now);
    let mut grids = Vec::new();
    if !records.roots.is_empty() {
        // A post without the right shows nothing: what was revoked is revoked at once.
        let held = duty::grids(tx, s, ctx.actor.user, ctx.now)?;
        grids.extend(held.into_iter().filter(|grid| records.covers(&grid.path, None)).map(|grid| grid.id));
    }
    let places = ctx.actor.scope(ReadVisits::PERMISSION, false, ctx.now);
    Ok(Sight { places, grids, own: Some((ctx.actor.user, records)) })
}

/// Whether the actor sees a visit: the check that the list's filter agrees with.
fn sees(tx: &mut Tx<'_>, ctx: &Context, s: &VisitServices, visit: &Visit) -> Outcome<bool> {
    if ctx.actor.may(ReadVisits::PERMISSION, &visit.path, ctx.now) {
        return Ok(true);
    }
    if !ctx.actor.may(RecordVisits::PERMISSION, &visit.path, ctx.now) {
        return Ok(false);
    }
    if visit.worker == ctx.actor.user {
        return Ok(true);
    }
    Ok(duty::grids(tx, s, ctx.actor.user, ctx.now)?.iter().any(|grid| grid.id == visit.grid))
}

/// The visit, if the actor sees it.
pub fn visible(tx: &mut Tx<'_>, ctx: &Context, s: &VisitServices, id: Id<id::Visit>) -> Outcome<Visit> {
    let visit = visits::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    if sees(tx, ctx, s, &visit)? { Ok(visit) } else { Err(NOT_FOUND.fault()) }
}

/// The visit, its row locked, if the actor sees it.
pub fn locked(tx: &mut Tx<'_>, ctx: &Context, s: &VisitServices, id: Id<id::Visit>) -> Outcome<Visit> {
    visible(tx, ctx, s, id)?;
    visits::find_locked(tx, id)?.or_refuse(&NOT_FOUND)
}

/// Visits with what was said last.
pub fn show(tx: &mut Tx<'_>, all: Vec<Visit>) -> Outcome<Vec<Shown>> {
    let wanted: Vec<(Id<id::Visit>, i64)> = all.iter().map(|visit| (visit.id, visit.edition)).collect();
    let mut found = editions::current(tx, &wanted)?;
    let mut shown = Vec::with_capacity(all.len());
    for visit in all {
        let at = found.iter().position(|edition| edition.visit == visit.id);
        let nothing = || kernel::Fault::internal(format!("the visit {} says nothing", visit.id));
        let edition = found.swap_remove(at.ok_or_else(nothing)?);
        shown.push(Shown { visit, edition });
    }
    Ok(shown)
}

/// One visit with what was said last.
pub fn one(tx: &mut Tx<'_>, visit: Visit) -> Outcome<Shown> {
    show(tx, vec![visit])?.pop().or_refuse(&NOT_FOUND)
}

/// What a list is asked for.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// In the unit and below.
    pub unit: Option<Id<Unit>>,
    /// The rest.
    pub filter: Filter,
}

/// Reads the place of a list in the order of moments.
pub fn moment<T>(cursor: Option<&Cursor>) -> Outcome<Option<(Instant, Id<T>)>> {
    let Some(cursor) = cursor else { return Ok(None) };
    let micros = cursor.key.as_deref().and_then(|key| key.parse().ok());
    let at = micros.and_then(Instant::from_micros).or_refuse(&kernel::error::BAD_CURSOR)?;
    Ok(Some((at, Id::from_uuid(cursor.after))))
}

/// Cuts a page of visits in the order of moments.
pub fn cut(rows: Vec<Visit>, size: PageSize, fingerprint: u64) -> Page<Visit> {
    Page::cut(rows, size, |visit| Cursor {
        after: visit.id.uuid(),
        filter: fingerprint,
        key: Some(visit.at.micros().to_string()),
    })
}

/// One page of the visits the actor sees, the newest first.
pub fn list(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &VisitServices,
    query: &Query,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Shown>> {
    let mut filter = query.filter.clone();
    if let Some(unit) = query.unit {
        filter.below = Some(s.tree.unit(tx, unit)?.or_refuse(&NOT_FOUND)?.path);
    }
    let sight = sight(tx, ctx, s)?;
    let page = cut(visits::list(tx, &sight, &filter, size)?, size, fingerprint);
    Ok(Page { items: show(tx, page.items)?, next: page.next })
}

/// One page of what was said of a visit, the newest first.
pub fn history(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &VisitServices,
    id: Id<id::Visit>,
    before: Option<i64>,
    limit: i64,
) -> Outcome<Vec<Edition>> {
    visible(tx, ctx, s, id)?;
    editions::list(tx, id, before, limit)
}

/// The case that was reported with a visit, if the actor sees both.
pub fn incident(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &VisitServices,
    id: Id<id::Visit>,
) -> Outcome<contracts::CaseRef> {
    let incident = visible(tx, ctx, s, id)?.incident.or_refuse(&NOT_FOUND)?;
    s.cases.case(tx, ctx, incident, false)?.or_refuse(&NOT_FOUND)
}
