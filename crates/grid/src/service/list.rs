//! Lists of incidents: rights first, as the places a list may take its rows from, and only then a page.

use kernel::id::{Category, Grid, Incident, Unit};
use kernel::permission::Permit;
use kernel::{Context, Cursor, Id, Outcome, Page, PageSize, Scope};
use storage::Tx;

use super::see::{self, Shown};
use crate::model::State;
use crate::permission::{HandleIncident, ReadIncidents};
use crate::ports::GridServices;
use crate::store::incidents::{Filter, Named, Source};
use crate::store::{grids, incidents};

/// Whose work is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assignee {
    /// The actor's.
    Me,
    /// A unit's.
    Unit(Id<Unit>),
}

/// What is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query {
    /// In this subtree.
    pub unit: Option<Id<Unit>>,
    /// In this grid.
    pub grid: Option<Id<Grid>>,
    /// Of this category or one below it.
    pub category: Option<Id<Category>>,
    /// In this state.
    pub state: Option<State>,
    /// To be handled by these.
    pub assignee: Option<Assignee>,
    /// Reported not before.
    pub from: Option<kernel::Instant>,
    /// Reported before.
    pub to: Option<kernel::Instant>,
    /// After this one.
    pub after: Option<Id<Incident>>,
}

impl Query {
    fn filter(&self) -> Filter {
        Filter {
            state: self.state,
            grid: self.grid,
            category: self.category,
            from: self.from,
            to: self.to,
            after: self.after,
        }
    }
}

/// The incidents the actor may see, newest first.
pub fn list(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    query: &Query,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Shown>> {
    let sources = sources(tx, ctx, s, query)?;
    page(tx, ctx, s, &sources, &query.filter(), size, fingerprint)
}

/// What the actor reported, newest first.
pub fn mine(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    query: &Query,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Shown>> {
    let sources = [Source::ReportedBy(ctx.actor.user, query.unit)];
    page(tx, ctx, s, &sources, &query.filter(), size, fingerprint)
}

fn page(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    sources: &[Source],
    filter: &Filter,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Shown>> {
    let rows = merged(tx, sources, filter, size)?;
    let mut page =
        Page::cut(rows, size, |(i, _)| Cursor { after: i.id.uuid(), filter: fingerprint, key: None });
    if sources.iter().any(|source| matches!(source, Source::AssignedTo(..))) {
        // What was given to somebody who may no longer handle it is still written down as theirs.
        let units = see::Units::of(tx, s, page.items.iter().map(|(i, _)| i))?;
        page.items.retain(|(i, _)| units.places(i).is_ok_and(|at| see::visible(ctx, i, at)));
    }
    Ok(Page { items: see::show(tx, ctx, s, page.items)?, next: page.next })
}

/// The newest rows of several sources, each once.
pub fn merged(tx: &mut Tx<'_>, sources: &[Source], filter: &Filter, size: PageSize) -> Outcome<Vec<Named>> {
    if let [one] = sources {
        return incidents::list(tx, *one, filter, size.probe());
    }
    let mut rows = Vec::new();
    for source in sources {
        rows.extend(incidents::list(tx, *source, filter, size.probe())?);
        rows.sort_unstable_by_key(|(i, _)| std::cmp::Reverse(i.id));
        rows.dedup_by_key(|(i, _)| i.id);
        rows.truncate(size.get() + 1);
    }
    Ok(rows)
}

/// Where the rows may come from.
pub(super) fn sources(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    query: &Query,
) -> Outcome<Vec<Source>> {
    let unit = match query.unit {
        None => None,
        Some(id) => match s.tree.unit(tx, id)? {
            Some(unit) => Some(unit),
            None => return Ok(Vec::new()),
        },
    };
    match query.assignee {
        // What is given to somebody is theirs to see, wherever it lies, as long as they may handle it.
        Some(Assignee::Me) => return Ok(vec![Source::AssignedTo(ctx.actor.user, query.unit)]),
        Some(Assignee::Unit(id)) => {
            let Some(theirs) = s.tree.unit(tx, id)? else { return Ok(Vec::new()) };
            ctx.require_at(HandleIncident::PERMISSION, theirs.id, &theirs.path)?;
            return Ok(vec![Source::AssignedToUnit(id, query.unit)]);
        }
        None => {}
    }
    let mut scope = ctx.actor.scope(ReadIncidents::PERMISSION, false, ctx.now);
    if let Some(unit) = &unit {
        scope = scope.within(unit.id, &unit.path);
    }
    let Some(grid) = query.grid else { return Ok(of_scope(&scope, query.unit)) };
    // A grid belongs to one unit for good, and so do its incidents: all of them are in the scope, or none.
    let Some(grid) = grids::find(tx, grid)? else { return Ok(Vec::new()) };
    let covered = s.tree.unit(tx, grid.unit)?.is_some_and(|u| scope.covers(&u.path, None));
    Ok(if covered { vec![Source::Grid(grid.id)] } else { Vec::new() })
}

/// A scope as sources; own records count in the subtree that was asked for.
pub fn of_scope(scope: &Scope, unit: Option<Id<Unit>>) -> Vec<Source> {
    let roots =
        scope.roots.iter().map(|r| if r.subtree { Source::Below(r.unit) } else { Source::At(r.unit) });
    roots.chain(scope.own.map(|user| Source::ReportedBy(user, unit))).collect()
}
