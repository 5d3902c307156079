//! What is due when: the cases whose clock runs, the first to be over first.

use kernel::id::{Incident as IncidentId, Unit};
use kernel::{Context, Cursor, Id, Instant, Outcome, Page, PageSize};
use storage::Tx;

use super::list::{self, Assignee};
use super::see::{self, Shown};
use crate::ports::GridServices;
use crate::store::due::{self, Stretch};
use crate::store::incidents::{Named, Source};

/// What is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query {
    /// In this subtree.
    pub unit: Option<Id<Unit>>,
    /// To be handled by these.
    pub assignee: Option<Assignee>,
    /// Due not before.
    pub from: Option<Instant>,
    /// Due before.
    pub to: Option<Instant>,
    /// After this one, due then.
    pub after: Option<(Instant, Id<IncidentId>)>,
}

/// The cases in the actor's places whose clock runs, the first to be over first.
pub fn list(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    query: &Query,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Shown>> {
    let wanted = list::Query { unit: query.unit, assignee: query.assignee, ..list::Query::default() };
    let mut sources = list::sources(tx, ctx, s, &wanted)?;
    // What one reported is owed by others.
    sources.retain(|source| !matches!(source, Source::ReportedBy(..)));
    let stretch = Stretch { from: query.from, to: query.to, after: query.after, limit: size.probe() };
    let mut rows: Vec<Named> = Vec::new();
    for source in sources {
        rows.extend(due::list(tx, source, &stretch)?);
    }
    rows.sort_unstable_by_key(|(i, _)| (i.due, i.id));
    rows.dedup_by_key(|(i, _)| i.id);
    rows.truncate(size.get() + 1);
    let mut page = Page::cut(rows, size, |(i, _)| Cursor {
        after: i.id.uuid(),
        filter: fingerprint,
        key: i.due.map(|due| due.micros().to_string()),
    });
    let units = see::Units::of(tx, s, page.items.iter().map(|(i, _)| i))?;
    page.items.retain(|(i, _)| units.places(i).is_ok_and(|at| see::visible(ctx, i, at)));
    Ok(Page { items: see::show_at(tx, ctx, s, page.items, &units)?, next: page.next })
}
