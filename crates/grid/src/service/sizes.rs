//! How large grids are, as the guidelines for grids count it: by households (some three hundred to four hundred each), and what
//! else is not as it should be.

use contracts::{Around, HomeRef};
use kernel::id::{Grid as GridId, Unit};
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome, UnitPath};
use storage::Tx;

use crate::model::{Boundary, Grid, PostRole};
use crate::permission::ManageGrids;
use crate::ports::GridServices;
use crate::store::posts;

/// Fewer households make a small grid.
const FEW: i64 = 300;
/// More households make a large grid.
const MANY: i64 = 400;
/// Households asked for at once.
const AT_ONCE: i64 = 500;
/// Households looked at for one grid; a box with more of them is nobody's to walk.
const MOST: i64 = 20_000;

kernel::words! {
    /// How large a grid is.
    Size {
        /// Fewer than 300 households.
        Small = "small", "Small", "偏小";
        /// 300 to 400.
        Fits = "fits", "Fits", "适中";
        /// More than 400.
        Large = "large", "Large", "偏大";
        /// Nobody can say: no boundary, or no households are kept.
        Unknown = "unknown", "Unknown", "未知";
    }
}

kernel::words! {
    /// What is not as it should be.
    Warning {
        /// Nobody is on duty as a worker.
        NoWorker = "no_worker", "No worker", "无网格员";
        /// More than two are.
        MoreThanTwoWorkers = "more_than_two_workers", "More than two workers", "网格员超过两名";
        /// It is not on the map.
        NoBoundary = "no_boundary", "No boundary", "未划定边界";
    }
}

/// A grid, and how large it is.
#[derive(Debug, Clone)]
pub struct Sized {
    /// The grid.
    pub grid: Grid,
    /// How many households are in it, where that is known.
    pub households: Option<i64>,
    /// Which size that is.
    pub size: Size,
    /// How many workers are on duty now.
    pub workers: i64,
    /// What is not as it should be.
    pub warnings: Vec<Warning>,
}

/// Refuses whoever does not manage grids at a unit, as if it were not there; answers its path.
pub fn managed_unit(tx: &mut Tx<'_>, ctx: &Context, s: &GridServices, id: Id<Unit>) -> Outcome<UnitPath> {
    let unit = s.tree.unit(tx, id)?.filter(|u| ctx.actor.may(ManageGrids::PERMISSION, &u.path, ctx.now));
    Ok(unit.ok_or_else(|| kernel::error::NOT_FOUND.fault())?.path)
}

/// Looks at these grids, which lie at or below `root`.
pub fn of(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    root: &UnitPath,
    all: Vec<Grid>,
) -> Outcome<Vec<Sized>> {
    let ids: Vec<Id<GridId>> = all.iter().map(|grid| grid.id).collect();
    let mut held = posts::held_now(tx, &ids, ctx.now)?;
    held.retain(|post| post.role == PostRole::Worker && post.from <= ctx.now);
    let mut sized = Vec::with_capacity(all.len());
    for grid in all {
        let boundary = s.polygons.of(tx, grid.id, grid.version)?;
        let households = match &boundary {
            Some(boundary) => households(tx, s, root, boundary)?,
            None => None,
        };
        let workers: std::collections::BTreeSet<_> =
            held.iter().filter(|post| post.grid == grid.id).map(|post| post.user).collect();
        let warnings = [
            (workers.is_empty(), Warning::NoWorker),
            (workers.len() > 2, Warning::MoreThanTwoWorkers),
            (boundary.is_none(), Warning::NoBoundary),
        ];
        sized.push(Sized {
            grid,
            households,
            size: size(households),
            workers: i64::try_from(workers.len()).unwrap_or(i64::MAX),
            warnings: warnings.into_iter().filter_map(|(holds, warning)| holds.then_some(warning)).collect(),
        });
    }
    Ok(sized)
}

fn size(households: Option<i64>) -> Size {
    match households {
        None => Size::Unknown,
        Some(..FEW) => Size::Small,
        Some(FEW..=MANY) => Size::Fits,
        Some(_) => Size::Large,
    }
}

/// The open households whose dwelling is inside. Those of the subtree that was asked for are counted: a household belongs to the unit it
/// lives in.
fn households(
    tx: &mut Tx<'_>,
    s: &GridServices,
    root: &UnitPath,
    boundary: &Boundary,
) -> Outcome<Option<i64>> {
    let Some(homes) = &s.homes else { return Ok(None) };
    let b = boundary.bounds();
    let around = Around { lat: (b.min_lat, b.max_lat), lng: (b.min_lng, b.max_lng) };
    let (mut count, mut looked, mut after) = (0, 0, None);
    loop {
        let page: Vec<HomeRef> = homes.below(tx, root, Some(around), after, AT_ONCE)?;
        let inside = |home: &&HomeRef| home.point.is_some_and(|(lat, lng)| boundary.has(lat, lng));
        count += i64::try_from(page.iter().filter(inside).count()).unwrap_or(i64::MAX);
        let length = i64::try_from(page.len()).unwrap_or(i64::MAX);
        looked += length;
        after = page.last().map(|home| home.id);
        if length < AT_ONCE || looked >= MOST {
            return Ok(Some(count));
        }
    }
}
