//! How the grids of a subtree lie on the map together: which overlap, and what lies between them.

use std::sync::Arc;

use kernel::id::Unit;
use kernel::{Context, Id, Outcome};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};
use serde_json::Value;
use storage::Tx;

use super::sizes::managed_unit;
use crate::error::TOO_MANY_GRIDS;
use crate::model::{Boundary, Grid};
use crate::ports::GridServices;
use crate::store::grids::{self, Filter};

/// The most grids that are looked at together.
pub const MOST: usize = 2_000;
/// The most overlaps and the most gaps that are told, the largest first.
const TOLD: usize = 1_000;

/// Two grids that share an area.
#[derive(Debug, Clone)]
pub struct Overlap {
    /// The one.
    pub one: Grid,
    /// The other.
    pub other: Grid,
    /// How much they share, in square metres.
    pub area: f64,
    /// What they share, as GeoJSON.
    pub shape: Value,
}

/// The live grids of a subtree with their boundaries; refused if there are more than can be looked at.
pub fn gather(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    unit: Id<Unit>,
) -> Outcome<Vec<(Grid, Arc<Boundary>)>> {
    managed_unit(tx, ctx, s, unit)?;
    let filter = Filter { below: Some(unit), ..Filter::default() };
    let limit = i64::try_from(MOST).unwrap_or(i64::MAX) + 1;
    let all = grids::list(tx, &filter, limit)?;
    if all.len() > MOST {
        return Err(TOO_MANY_GRIDS.fault());
    }
    let mut drawn = Vec::with_capacity(all.len());
    for grid in all {
        if let Some(boundary) = s.polygons.of(tx, grid.id, grid.version)? {
            drawn.push((grid, boundary));
        }
    }
    Ok(drawn)
}

type Entry = GeomWithData<Rectangle<[f64; 2]>, usize>;

fn envelope(boundary: &Boundary) -> ([f64; 2], [f64; 2]) {
    let b = boundary.bounds();
    ([b.min_lng, b.min_lat], [b.max_lng, b.max_lat])
}

/// Pairs that share more than a border, the largest first. Takes seconds for very many: not inside a transaction.
pub fn overlaps(all: &[(Grid, Arc<Boundary>)]) -> Vec<Overlap> {
    let entry = |(n, (_, boundary)): (usize, &(Grid, Arc<Boundary>))| {
        let (low, high) = envelope(boundary);
        Entry::new(Rectangle::from_corners(low, high), n)
    };
    let tree = RTree::bulk_load(all.iter().enumerate().map(entry).collect());
    let mut found = Vec::new();
    for (n, (one, boundary)) in all.iter().enumerate() {
        let (low, high) = envelope(boundary);
        for near in tree.locate_in_envelope_intersecting(AABB::from_corners(low, high)) {
            let Some((other, theirs)) = all.get(near.data).filter(|_| near.data > n) else { continue };
            if boundary.overlaps(theirs) {
                let (shape, area) = boundary.shared(theirs);
                found.push(Overlap { one: one.clone(), other: other.clone(), area, shape });
            }
        }
    }
    found.sort_by(|a, b| b.area.total_cmp(&a.area));
    found.truncate(TOLD);
    found
}

/// What lies between them and belongs to none: the holes of what they cover, the largest first, each as GeoJSON with its area in
/// square metres.
pub fn gaps(all: &[(Grid, Arc<Boundary>)]) -> Vec<(Value, f64)> {
    let mut found = Boundary::holes(&all.iter().map(|(_, b)| b.as_ref()).collect::<Vec<_>>());
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    found.truncate(TOLD);
    found
}
