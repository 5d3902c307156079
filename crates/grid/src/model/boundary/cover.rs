//! What boundaries cover together: parts of a whole, several as one.

use geo::orient::{Direction, Orient};
use geo::{Area, BooleanOps, ChamberlainDuquetteArea, MultiPolygon, Polygon, unary_union};
use kernel::Outcome;
use serde_json::Value;

use super::{Boundary, MAX_POSITIONS, SHARED, as_geojson, no};
use crate::error as e;

/// The share of a whole that its parts may leave uncovered: slivers along borders that were drawn anew.
pub const SLIVER: f64 = 0.005;

impl Boundary {
    /// How much it covers, in square metres.
    pub fn area(&self) -> f64 {
        self.shape.chamberlain_duquette_unsigned_area()
    }

    /// What the two share, as GeoJSON, and how much that is in square metres.
    pub fn shared(&self, other: &Self) -> (Value, f64) {
        let shape = self.shape.intersection(&other.shape);
        (as_geojson(&shape), shape.chamberlain_duquette_unsigned_area())
    }

    /// What lies between boundaries and belongs to none: the holes of what they cover together, each as GeoJSON and with its area in square
    /// metres. What is not larger than a border is none.
    pub fn holes(all: &[&Self]) -> Vec<(Value, f64)> {
        let union = unary_union(all.iter().map(|one| &one.shape));
        let holes = union.0.iter().flat_map(Polygon::interiors);
        holes
            .map(|ring| {
                MultiPolygon::new(vec![Polygon::new(ring.clone(), Vec::new())]).orient(Direction::Default)
            })
            .filter(|hole| hole.unsigned_area() > SHARED)
            .map(|hole| (as_geojson(&hole), hole.chamberlain_duquette_unsigned_area()))
            .collect()
    }

    /// Whether more of it than a border lies outside another.
    pub fn leaves(&self, whole: &Self) -> bool {
        self.shape.difference(&whole.shape).unsigned_area() > SHARED.max(self.fineness(whole))
    }

    /// How fine the library's raster over both is: a share of 2⁻²⁸ of the box around them, in square degrees.
    pub(super) fn fineness(&self, other: &Self) -> f64 {
        let (a, b) = (&self.bounds, &other.bounds);
        let extent = (a.max_lat.max(b.max_lat) - a.min_lat.min(b.min_lat))
            .max(a.max_lng.max(b.max_lng) - a.min_lng.min(b.min_lng));
        extent * extent / f64::from(1_u32 << 28)
    }

    /// The share of it that these do not cover, 0 to 1.
    pub fn uncovered(&self, parts: &[&Self]) -> f64 {
        let union = unary_union(parts.iter().map(|part| &part.shape));
        self.shape.difference(&union).unsigned_area() / self.shape.unsigned_area()
    }

    /// All of them as one area, if they hang together and are not too much for one grid.
    pub fn union(parts: &[&Self]) -> Outcome<Self> {
        let union: MultiPolygon<f64> = unary_union(parts.iter().map(|part| &part.shape));
        // What lies below a border's share is where two were drawn not quite alike.
        let kept = union.0.into_iter().filter(|part| part.unsigned_area() > SHARED).collect();
        let all = Self::of(MultiPolygon::new(kept).orient(Direction::Default))
            .ok_or_else(|| e::BOUNDARY_EMPTY.refusal())?;
        if all.shape.0.len() > 1 {
            return Err(no(&e::MERGE_NOT_CONNECTED, format!("{} areas", all.shape.0.len())).into());
        }
        if all.positions() > MAX_POSITIONS {
            return Err(no(&e::BOUNDARY_TOO_LARGE, format!("{} positions", all.positions())).into());
        }
        all.refuse_too_wide()?;
        Ok(all)
    }
}
