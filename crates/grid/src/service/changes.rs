//! Following incidents: every step the reader may see, oldest first, from a place on.

use kernel::id::Unit;
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome, PageSize};
use storage::Tx;

use super::list::{self, Assignee, Query};
use super::see::{self, Units};
use crate::model::{Incident, Step};
use crate::permission::ReadIncidents;
use crate::ports::GridServices;
use crate::store::changes::{self, Placed};
use crate::store::incidents::Source;

/// Steps that are looked at for one page, whether the reader may see them or not: what bounds the work where a reader of one
/// community follows a whole town.
const WINDOW: i64 = 2_000;
/// Steps that get their places in one transaction.
pub const PLACE_AT_ONCE: i64 = 500;

/// Which changes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Following {
    /// Of incidents in this subtree.
    pub unit: Option<Id<Unit>>,
    /// Of incidents that are to be handled by these.
    pub assignee: Option<Assignee>,
}

/// A step as whoever follows is told of it.
#[derive(Debug, Clone)]
pub struct Change {
    /// Its place in the feed.
    pub place: i64,
    /// The step.
    pub step: Step,
    /// The incident as it is now.
    pub incident: Incident,
    /// The name of its unit.
    pub unit_name: String,
    /// The name of its grid.
    pub grid_name: Option<String>,
}

/// A page of the feed.
#[derive(Debug, Clone)]
pub struct Changes {
    /// What the reader may see of it, oldest first.
    pub items: Vec<Change>,
    /// Where to go on.
    pub last: i64,
    /// Whether there is more already.
    pub more: bool,
}

/// What tells whoever waits that there may be something new: the newest place, or more than any place while a step has none.
pub fn tide(tx: &mut Tx<'_>) -> Outcome<i64> {
    if changes::has_unplaced(tx)? { Ok(i64::MAX) } else { changes::newest(tx) }
}

/// The page after `after`; without it the feed begins now.
pub fn follow(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    following: Following,
    after: Option<i64>,
    size: PageSize,
) -> Outcome<Changes> {
    let newest = changes::newest(tx)?;
    let Some(after) = after else { return Ok(Changes { items: Vec::new(), last: newest, more: false }) };
    // A place that was never given out, by a database that was since restored from a backup: what is new is told from now on.
    let after = after.clamp(0, newest);
    let end = after.saturating_add(WINDOW).min(newest);
    let sources = sources(tx, ctx, s, following)?;
    let mut rows = merged(tx, &sources, after, end, size)?;
    let full = rows.len() > size.get();
    rows.truncate(size.get());
    let last = if full { rows.last().map_or(end, |(place, ..)| *place) } else { end };
    let units = Units::of(tx, s, rows.iter().map(|(_, _, i, _)| i))?;
    let items = rows
        .into_iter()
        // What was given to somebody who may no longer handle it is still written down as theirs.
        .filter(|(_, _, i, _)| units.places(i).is_ok_and(|at| see::visible(ctx, i, at)))
        .map(|(place, step, incident, grid_name)| Change {
            place,
            step,
            unit_name: units.get(incident.unit).map(|u| u.name.clone()).unwrap_or_default(),
            incident,
            grid_name,
        })
        .collect();
    Ok(Changes { items, last, more: last < newest })
}

/// Where the steps may come from: as for the list of incidents; unless only somebody's work is asked for, the reader's own
/// reports and what they are to handle besides.
fn sources(tx: &mut Tx<'_>, ctx: &Context, s: &GridServices, following: Following) -> Outcome<Vec<Source>> {
    let Following { unit, assignee } = following;
    if assignee.is_some() {
        return list::sources(tx, ctx, s, &Query { unit, assignee, ..Query::default() });
    }
    let mut scope = ctx.actor.scope(ReadIncidents::PERMISSION, true, ctx.now);
    if let Some(id) = unit {
        let Some(unit) = s.tree.unit(tx, id)? else { return Ok(Vec::new()) };
        scope = scope.within(unit.id, &unit.path);
    }
    let mut sources = list::of_scope(&scope, unit);
    sources.push(Source::AssignedTo(ctx.actor.user, unit));
    Ok(sources)
}

/// The oldest rows of several sources, each once; one more than fits, if there is one.
fn merged(
    tx: &mut Tx<'_>,
    sources: &[Source],
    after: i64,
    upto: i64,
    size: PageSize,
) -> Outcome<Vec<Placed>> {
    let mut rows: Vec<Placed> = Vec::new();
    if after >= upto {
        return Ok(rows);
    }
    for source in sources {
        rows.extend(changes::list(tx, *source, after, upto, size.probe())?);
        rows.sort_unstable_by_key(|(place, ..)| *place);
        rows.dedup_by_key(|(place, ..)| *place);
        rows.truncate(size.get() + 1);
    }
    Ok(rows)
}
