//! Open incidents follow their grid when it is split or merged: each to the live grid that has its point, the first part if none
//! has. Two hundred at once; the rest is done by a job (ADR 0013).

use kernel::id::{Grid, Incident as IncidentId};
use kernel::{Context, Fault, Id, Outcome};
use storage::Tx;

use super::report::{REGRID, Told, tell};
use crate::model::Incident;
use crate::ports::GridServices;
use crate::store::{grids, incidents, lineage};

/// Incidents that follow in one transaction.
pub const AT_ONCE: i64 = 200;
/// How many times what a grid became may have been split or merged again.
const GENERATIONS: usize = 64;

/// What became of a grid for one point: down to a grid of which nothing came.
pub fn destination(
    tx: &mut Tx<'_>,
    s: &GridServices,
    from: Id<Grid>,
    point: Option<(f64, f64)>,
) -> Outcome<Id<Grid>> {
    let mut grid = from;
    for _ in 0..GENERATIONS {
        let children: Vec<Id<Grid>> = lineage::children(tx, grid)?.into_iter().map(|l| l.to).collect();
        let Some(first) = children.first().copied() else { return Ok(grid) };
        let mut next = first;
        // One that was merged of several needs no look.
        if let (Some((lat, lng)), true) = (point, children.len() > 1) {
            for child in children {
                // Of one that is history the boundary it had last.
                let Some(seen) = grids::find(tx, child)? else { continue };
                if s.polygons.of(tx, child, seen.version)?.is_some_and(|b| b.has(lat, lng)) {
                    next = child;
                    break;
                }
            }
        }
        grid = next;
    }
    Err(Fault::internal(format!("grid {from} has no end of successors")))
}

/// Up to [`AT_ONCE`] open incidents of a retired grid follow; answers whether none is left.
pub(super) fn follow(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    from: Id<Grid>,
    by_itself: bool,
) -> Outcome<(usize, bool)> {
    let open = lineage::open(tx, from, AT_ONCE + 1)?;
    let some_left = i64::try_from(open.len()).unwrap_or(i64::MAX) > AT_ONCE;
    let mut moved = 0;
    for id in open.into_iter().take(usize::try_from(AT_ONCE).unwrap_or(usize::MAX)) {
        moved += usize::from(one(tx, ctx, s, from, id, by_itself)?);
    }
    Ok((moved, !some_left))
}

/// The state, the tray and the clock stay as they are.
fn one(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    from: Id<Grid>,
    id: Id<IncidentId>,
    by_itself: bool,
) -> Outcome<bool> {
    let Some(mut incident) = incidents::find_locked(tx, id)? else { return Ok(false) };
    if incident.grid != Some(from) || incident.state.is_over() {
        return Ok(false);
    }
    let to = destination(tx, s, from, incident.point)?;
    if to == from {
        return Ok(false);
    }
    incident.grid = Some(to);
    incident.version += 1;
    if !incidents::update(tx, &incident)? {
        return Err(Fault::Transient(format!("incident {id} changed meanwhile")));
    }
    let from = Some(incident.state);
    tell(tx, ctx, &incident, Told { from, action: REGRID, by_itself, ..Told::default() })?;
    Ok(true)
}

/// The job: the grid that waits longest is emptied a part; answers how many followed.
pub fn go_on(tx: &mut Tx<'_>, ctx: &Context, s: &GridServices) -> Outcome<usize> {
    let Some(grid) = lineage::next(tx)? else { return Ok(0) };
    let (moved, done) = follow(tx, ctx, s, grid, true)?;
    if done {
        lineage::finish(tx, grid)?;
    }
    Ok(moved)
}

/// A case that was over and is not any more may lie in a grid that was split or merged meanwhile: it follows.
pub(super) fn come_back(tx: &mut Tx<'_>, ctx: &Context, incident: &Incident) -> Outcome<()> {
    match incident.grid {
        Some(grid) if grids::is_retired(tx, grid)? && !lineage::children(tx, grid)?.is_empty() => {
            lineage::begin(tx, grid, ctx.now)
        }
        _ => Ok(()),
    }
}
