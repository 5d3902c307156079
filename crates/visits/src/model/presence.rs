//! Proof of presence: where the phone was, and how far that is from the dwelling.

use super::visit::Way;

/// Near is within so many metres of the dwelling's point: a flat's block and its yard, and what a phone's position strays among houses.
pub const NEAR_M: i64 = 200;
/// The earth's mean radius in metres (IUGG).
const EARTH_M: f64 = 6_371_008.8;

kernel::words! {
    /// Whether whoever recorded a visit was near the dwelling.
    Presence {
        /// Within 200 m.
        Near = "near", "Near the dwelling", "在住所附近";
        /// Further away.
        Far = "far", "Far from the dwelling", "远离住所";
        /// No position, one too coarse to say, a dwelling without a point, or a call by phone.
        Unknown = "unknown", "Not known", "无法判断";
    }
}

/// Where a phone was, by its own word.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    /// Latitude.
    pub lat: f64,
    /// Longitude.
    pub lng: f64,
    /// Within so many metres.
    pub accuracy_m: i64,
}

/// Metres between two points of the earth, as a sphere has them (haversine); whole ones, rounded.
#[expect(
    clippy::as_conversions,
    reason = "no other way from a float to an integer; half the earth is 20,015,114 m"
)]
pub fn distance_m(a: (f64, f64), b: (f64, f64)) -> i64 {
    let (lat_a, lat_b) = (a.0.to_radians(), b.0.to_radians());
    let (up, along) = (((lat_b - lat_a) / 2.0).sin(), ((b.1 - a.1).to_radians() / 2.0).sin());
    let h = up * up + lat_a.cos() * lat_b.cos() * along * along;
    (2.0 * EARTH_M * h.clamp(0.0, 1.0).sqrt().asin()).round() as i64
}

/// What a position says: nothing of a call by phone, nothing where it is coarser than the bound.
pub fn judge(way: Way, position: Option<&Position>, distance_m: Option<i64>) -> Presence {
    match (way, position, distance_m) {
        (Way::InPerson, Some(position), Some(distance)) if position.accuracy_m <= NEAR_M => {
            if distance <= NEAR_M { Presence::Near } else { Presence::Far }
        }
        _ => Presence::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_degree_of_latitude_is_some_111_kilometres() {
        assert_eq!(distance_m((24.0, 118.0), (25.0, 118.0)), 111_195);
        assert_eq!(distance_m((24.0, 118.0), (24.0, 118.0)), 0);
        assert_eq!(distance_m((0.0, 179.999), (0.0, -179.999)), 222, "over the date line");
        assert_eq!(distance_m((90.0, 0.0), (-90.0, 0.0)), 20_015_114);
    }

    #[test]
    fn near_ends_at_two_hundred_metres() {
        let at = |distance, accuracy_m| {
            judge(Way::InPerson, Some(&Position { lat: 24.0, lng: 118.0, accuracy_m }), Some(distance))
        };
        assert_eq!((at(200, 10), at(201, 10)), (Presence::Near, Presence::Far));
        assert_eq!((at(0, 200), at(0, 201)), (Presence::Near, Presence::Unknown), "too coarse to say");
        let position = Position { lat: 24.0, lng: 118.0, accuracy_m: 5 };
        assert_eq!(judge(Way::InPerson, Some(&position), None), Presence::Unknown);
        assert_eq!(judge(Way::Phone, Some(&position), Some(3)), Presence::Unknown);
    }
}
