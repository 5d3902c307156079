//! Where somebody is on duty as a worker, and whether a household lies there.

use std::collections::BTreeSet;

use contracts::{GridRef, HomeRef};
use kernel::id::{Grid, User};
use kernel::{Id, Instant, Outcome};
use storage::Tx;

use crate::ports::VisitServices;

/// The post whose holders visit households.
pub const WORKER: &str = "worker";

/// The grids where somebody is on duty as a worker at a moment, retired ones too: what was done there stays done.
pub fn grids(tx: &mut Tx<'_>, s: &VisitServices, user: Id<User>, at: Instant) -> Outcome<Vec<GridRef>> {
    let next = Instant::from_micros(at.micros() + 1).unwrap_or(at);
    let posts = s.posts.of_user(tx, user, at, next)?;
    let ids: BTreeSet<Id<Grid>> =
        posts.into_iter().filter(|post| post.role == WORKER).map(|post| post.grid).collect();
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.extend(s.posts.grid(tx, id)?);
    }
    Ok(found)
}

/// Whether a household lies in a grid. By the point of its dwelling where there is one and the grid is drawn; else the grid must be in
/// the household's unit, or the household in the grid's.
pub fn lies_in(grid: &GridRef, home: &HomeRef, inside: bool) -> bool {
    match (home.point, grid.around) {
        (Some(_), Some(_)) => inside,
        _ => home.path.contains(&grid.path) || grid.path.contains(&home.path),
    }
}

/// The grid, of those where somebody is on duty at a moment, in which a household lies.
pub fn grid_of(
    tx: &mut Tx<'_>,
    s: &VisitServices,
    user: Id<User>,
    home: &HomeRef,
    at: Instant,
) -> Outcome<Option<GridRef>> {
    for grid in grids(tx, s, user, at)? {
        let inside = match home.point {
            Some(point) => s.posts.inside(tx, grid.id, &[point])?.first().copied().unwrap_or(false),
            None => false,
        };
        if lies_in(&grid, home, inside) {
            return Ok(Some(grid));
        }
    }
    Ok(None)
}
