//! A grid's boundary: RFC 7946 in, a sound and normalised area out, or the one thing that is wrong with it.

use geo::line_intersection::{LineIntersection, line_intersection};
use geo::orient::{Direction, Orient};
use geo::{
    Area, BooleanOps, BoundingRect, ChamberlainDuquetteArea, Coord, Intersects, Line, LineString,
    MultiPolygon, Point, Polygon, Relate, coordinate_position::CoordPos, dimensions::Dimensions,
};
use geojson::{GeoJson, GeometryValue, Position};
use kernel::{ErrorCode, Outcome, Refusal};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};
use serde_json::{Value, json};

use crate::error as e;

mod cover;

pub use cover::SLIVER;

/// The most positions a boundary may have.
pub const MAX_POSITIONS: usize = 10_000;
/// The most rings a boundary may have, over all its parts.
pub const MAX_RINGS: usize = 64;
/// How wide and how high a boundary may be, in degrees.
pub const MAX_DEGREES: f64 = 2.0;
/// How much it may cover, in square kilometres.
pub const MAX_KM2: f64 = 10_000.0;
/// Two boundaries may share this much, in square degrees (about a square metre): borders that were drawn twice.
const SHARED: f64 = 1e-10;

/// A box on the map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// South.
    pub min_lat: f64,
    /// North.
    pub max_lat: f64,
    /// West.
    pub min_lng: f64,
    /// East.
    pub max_lng: f64,
}

impl Bounds {
    /// Whether a point is in it or on its edge.
    pub fn has(&self, lat: f64, lng: f64) -> bool {
        (self.min_lat..=self.max_lat).contains(&lat) && (self.min_lng..=self.max_lng).contains(&lng)
    }

    /// Its middle: latitude and longitude.
    pub fn middle(&self) -> (f64, f64) {
        (f64::midpoint(self.min_lat, self.max_lat), f64::midpoint(self.min_lng, self.max_lng))
    }
}

/// A sound area: rings closed and simple, outer ones counter-clockwise, holes inside, parts apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Boundary {
    shape: MultiPolygon<f64>,
    bounds: Bounds,
}

type Checked<T> = Result<T, Refusal>;

fn no(code: &'static ErrorCode, why: impl Into<String>) -> Refusal {
    code.refusal().because(why)
}

impl Boundary {
    /// Reads and checks a Polygon or MultiPolygon, bare or in a Feature. Takes some milliseconds for a large one.
    pub fn parse(value: &Value) -> Outcome<Self> {
        Ok(Self::read(value)?)
    }

    fn read(value: &Value) -> Checked<Self> {
        if mentions_crs(value) {
            return Err(no(
                &e::BOUNDARY_NOT_GEOJSON,
                "RFC 7946 has no member \"crs\": coordinates are WGS 84",
            ));
        }
        let parts = parts(value)?;
        if parts.is_empty() || parts.iter().any(Vec::is_empty) {
            return Err(e::BOUNDARY_EMPTY.refusal());
        }
        let rings: usize = parts.iter().map(Vec::len).sum();
        let positions: usize = parts.iter().flatten().map(Vec::len).sum();
        if positions > MAX_POSITIONS || rings > MAX_RINGS {
            return Err(no(&e::BOUNDARY_TOO_LARGE, format!("{positions} positions in {rings} rings")));
        }
        let mut polygons = Vec::with_capacity(parts.len());
        for part in &parts {
            let mut rings = part.iter().map(|r| ring(r)).collect::<Checked<Vec<_>>>()?.into_iter();
            let outer = rings.next().ok_or_else(|| e::BOUNDARY_EMPTY.refusal())?;
            polygons.push(Polygon::new(outer, rings.collect()));
        }
        for polygon in &polygons {
            simple(polygon)?;
        }
        apart(&polygons)?;
        let read = Self::of(MultiPolygon::new(polygons).orient(Direction::Default))
            .ok_or_else(|| e::BOUNDARY_EMPTY.refusal())?;
        read.refuse_too_wide()?;
        Ok(read)
    }

    /// A grid is walked by one or two people. What is wider than a prefecture is a slip of the pen: latitude and longitude
    /// exchanged in one corner, or a way around the earth where the border crosses the 180th meridian.
    fn refuse_too_wide(&self) -> Checked<()> {
        let b = &self.bounds;
        let (width, height) = (b.max_lng - b.min_lng, b.max_lat - b.min_lat);
        if width > MAX_DEGREES || height > MAX_DEGREES {
            return Err(no(&e::BOUNDARY_TOO_WIDE, format!("{width:.2} by {height:.2} degrees")));
        }
        let area = self.shape.chamberlain_duquette_unsigned_area() / 1e6;
        if area > MAX_KM2 {
            return Err(no(&e::BOUNDARY_TOO_WIDE, format!("{area:.0} km²")));
        }
        Ok(())
    }

    fn of(shape: MultiPolygon<f64>) -> Option<Self> {
        let rect = shape.bounding_rect()?;
        let bounds = Bounds {
            min_lat: rect.min().y,
            max_lat: rect.max().y,
            min_lng: rect.min().x,
            max_lng: rect.max().x,
        };
        (shape.unsigned_area() > 0.0).then_some(Self { shape, bounds })
    }

    /// Reads what was stored: checked when it was written.
    pub fn stored(text: &str) -> Option<Self> {
        let parts = parts(&serde_json::from_str(text).ok()?).ok()?;
        let line = |r: &Vec<Position>| {
            r.iter()
                .filter_map(|p| Some(Coord { x: *p.as_slice().first()?, y: *p.as_slice().get(1)? }))
                .collect::<LineString<f64>>()
        };
        let polygons = parts.iter().filter_map(|part| {
            let mut rings = part.iter().map(line);
            Some(Polygon::new(rings.next()?, rings.collect()))
        });
        Self::of(MultiPolygon::new(polygons.collect()))
    }

    /// The box around it.
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Positions in it.
    pub fn positions(&self) -> usize {
        self.shape
            .0
            .iter()
            .map(|p| p.exterior().0.len() + p.interiors().iter().map(|r| r.0.len()).sum::<usize>())
            .sum()
    }

    /// Whether a point is in it or on its border.
    pub fn has(&self, lat: f64, lng: f64) -> bool {
        self.bounds.has(lat, lng) && self.shape.intersects(&Point::new(lng, lat))
    }

    /// Whether the two share more than a border.
    pub fn overlaps(&self, other: &Self) -> bool {
        let (a, b) = (&self.bounds, &other.bounds);
        if a.max_lat <= b.min_lat
            || b.max_lat <= a.min_lat
            || a.max_lng <= b.min_lng
            || b.max_lng <= a.min_lng
        {
            return false;
        }
        // The library computes on a raster of 2³² across both shapes; what lies below its fineness is a border.
        self.shape.intersection(&other.shape).unsigned_area() > SHARED.max(self.fineness(other))
    }

    /// As RFC 7946 writes it: a Polygon, or a MultiPolygon where there are several parts.
    pub fn geojson(&self) -> Value {
        as_geojson(&self.shape)
    }
}

fn as_geojson(shape: &MultiPolygon<f64>) -> Value {
    let ring = |r: &LineString<f64>| r.0.iter().map(|c| json!([c.x, c.y])).collect::<Value>();
    let part =
        |p: &Polygon<f64>| std::iter::once(p.exterior()).chain(p.interiors()).map(ring).collect::<Value>();
    match shape.0.as_slice() {
        [one] => json!({ "type": "Polygon", "coordinates": part(one) }),
        many => json!({ "type": "MultiPolygon", "coordinates": many.iter().map(part).collect::<Value>() }),
    }
}

fn mentions_crs(value: &Value) -> bool {
    value.get("crs").is_some() || value.get("geometry").is_some_and(|g| g.get("crs").is_some())
}

fn parts(value: &Value) -> Checked<Vec<Vec<Vec<Position>>>> {
    let read = serde_json::from_value::<GeoJson>(value.clone())
        .map_err(|error| no(&e::BOUNDARY_NOT_GEOJSON, error.to_string()))?;
    let geometry = match read {
        GeoJson::Geometry(geometry) => geometry,
        GeoJson::Feature(feature) => feature.geometry.ok_or_else(|| e::BOUNDARY_EMPTY.refusal())?,
        GeoJson::FeatureCollection(_) => {
            return Err(no(&e::BOUNDARY_NOT_POLYGON, "it is a FeatureCollection"));
        }
    };
    match geometry.value {
        GeometryValue::Polygon { coordinates } => Ok(vec![coordinates]),
        GeometryValue::MultiPolygon { coordinates } => Ok(coordinates),
        other => Err(no(&e::BOUNDARY_NOT_POLYGON, format!("it is a {}", other.type_name()))),
    }
}

fn ring(positions: &[Position]) -> Checked<LineString<f64>> {
    let mut line: Vec<Coord<f64>> = Vec::with_capacity(positions.len());
    for position in positions {
        let (x, y) = match position.as_slice() {
            [x, y] | [x, y, _] => (*x, *y),
            _ => {
                return Err(no(
                    &e::BOUNDARY_NOT_GEOJSON,
                    "a position has a longitude, a latitude and at most a height",
                ));
            }
        };
        if !super::on_earth(y, x) {
            return Err(no(&e::BOUNDARY_OFF_EARTH, format!("[{x}, {y}]")));
        }
        line.push(Coord { x, y });
    }
    if positions.is_empty() {
        return Err(e::BOUNDARY_EMPTY.refusal());
    }
    if line.len() < 4 || line.first() != line.last() {
        return Err(e::BOUNDARY_OPEN_RING.refusal());
    }
    line.dedup();
    if line.len() < 4 {
        return Err(e::BOUNDARY_EMPTY.refusal());
    }
    Ok(LineString::new(line))
}

/// An edge in the tree: its box, and the ring and place it comes from.
type Edge = GeomWithData<Rectangle<[f64; 2]>, (usize, usize, Line<f64>)>;

/// No two edges cross, none lie on each other; neighbours in a ring meet in their common corner and nowhere else, rings touch
/// in single points at most; holes lie inside and apart.
fn simple(polygon: &Polygon<f64>) -> Checked<()> {
    let rings: Vec<&LineString<f64>> =
        std::iter::once(polygon.exterior()).chain(polygon.interiors()).collect();
    let mut edges: Vec<Edge> = Vec::new();
    for (r, ring) in rings.iter().enumerate() {
        for (n, line) in ring.lines().enumerate() {
            let box_ = Rectangle::from_corners([line.start.x, line.start.y], [line.end.x, line.end.y]);
            edges.push(GeomWithData::new(box_, (r, n, line)));
        }
    }
    let tree = RTree::bulk_load(edges);
    for edge in tree.iter() {
        let (r, n, line) = edge.data;
        let around = AABB::from_corners([line.start.x, line.start.y], [line.end.x, line.end.y]);
        for other in tree.locate_in_envelope_intersecting(around) {
            let (s, m, second) = other.data;
            if (s, m) <= (r, n) {
                continue;
            }
            let count = rings.get(r).map_or(0, |ring| ring.0.len().saturating_sub(1));
            let neighbours = r == s && (m == n + 1 || (n == 0 && m + 1 == count));
            let crossing = match line_intersection(line, second) {
                None => false,
                Some(LineIntersection::SinglePoint { is_proper, .. }) => is_proper || (r == s && !neighbours),
                Some(LineIntersection::Collinear { .. }) => true,
            };
            if crossing {
                let at = second.start;
                return Err(no(&e::BOUNDARY_SELF_CROSSING, format!("near [{}, {}]", at.x, at.y)));
            }
        }
    }
    let outer = Polygon::new(polygon.exterior().clone(), Vec::new());
    let holes: Vec<Polygon<f64>> =
        polygon.interiors().iter().map(|r| Polygon::new(r.clone(), Vec::new())).collect();
    if holes.iter().any(|hole| !outer.relate(hole).is_contains()) {
        return Err(no(&e::BOUNDARY_SELF_CROSSING, "a hole lies outside its outer ring"));
    }
    apart(&holes)
}

/// No two share an area or an edge.
fn apart(parts: &[Polygon<f64>]) -> Checked<()> {
    for (n, one) in parts.iter().enumerate() {
        for other in parts.iter().skip(n + 1) {
            let boxes = one.bounding_rect().zip(other.bounding_rect());
            if !boxes.is_some_and(|(a, b)| a.intersects(&b)) {
                continue;
            }
            let how = one.relate(other);
            if how.get(CoordPos::Inside, CoordPos::Inside) == Dimensions::TwoDimensional
                || how.get(CoordPos::OnBoundary, CoordPos::OnBoundary) == Dimensions::OneDimensional
            {
                return Err(no(&e::BOUNDARY_SELF_CROSSING, "two parts or two holes overlap"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
