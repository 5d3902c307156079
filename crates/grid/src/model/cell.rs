//! A raster of the earth in eight coarsenesses. A box is entered under the finest cells that are at least as large as it, so
//! four at most; whoever looks for boxes around a point asks for its cell of each coarseness.

use super::Bounds;

/// How often the earth's 360 degrees are halved for the cells of each coarseness: the finest is some 600 m wide.
const HALVINGS: [u32; 8] = [0, 4, 6, 8, 10, 12, 14, 16];

/// The cells of a point, one of each coarseness.
pub fn around(lat: f64, lng: f64) -> [i64; 8] {
    HALVINGS.map(|k| id(k, index(lat + 90.0, k), index(lng + 180.0, k)))
}

/// The cells a box is entered under.
pub fn covering(bounds: &Bounds) -> Vec<i64> {
    let extent = (bounds.max_lat - bounds.min_lat).max(bounds.max_lng - bounds.min_lng);
    let k = HALVINGS.into_iter().rev().find(|k| side(*k) >= extent).unwrap_or(0);
    let rows = index(bounds.min_lat + 90.0, k)..=index(bounds.max_lat + 90.0, k);
    rows.flat_map(|row| {
        (index(bounds.min_lng + 180.0, k)..=index(bounds.max_lng + 180.0, k))
            .map(move |column| id(k, row, column))
    })
    .collect()
}

fn side(k: u32) -> f64 {
    360.0 / f64::from(1_u32 << k)
}

#[expect(
    clippy::as_conversions,
    reason = "no other way from a float to an integer; the range is 0 to 65,536"
)]
fn index(degrees: f64, k: u32) -> i64 {
    (degrees / side(k)).floor() as i64
}

fn id(k: u32, row: i64, column: i64) -> i64 {
    (i64::from(k) << 40) | (row << 20) | column
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_point_of_a_box_finds_it(
            lat in -90.0..90.0_f64, lng in -180.0..180.0_f64, scale in 0..8_i32, h in 0.0..1.0_f64, w in 0.0..1.0_f64,
            y in 0.0..=1.0_f64, x in 0.0..=1.0_f64,
        ) {
            let size = 50.0 / 10_f64.powi(scale);
            let b = Bounds { min_lat: lat, max_lat: (lat + h * size).min(90.0), min_lng: lng, max_lng: (lng + w * size).min(180.0) };
            let cells = covering(&b);
            prop_assert!(!cells.is_empty() && cells.len() <= 4);
            let at = around(b.min_lat + (b.max_lat - b.min_lat) * y, b.min_lng + (b.max_lng - b.min_lng) * x);
            // Rounding may put the far corner a hair outside the box.
            let inside = b.has(b.min_lat + (b.max_lat - b.min_lat) * y, b.min_lng + (b.max_lng - b.min_lng) * x);
            prop_assert!(!inside || at.iter().any(|c| cells.contains(c)));
        }
    }
}
