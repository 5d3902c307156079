#![expect(clippy::needless_pass_by_value, reason = "json! makes values")]

use super::*;
use proptest::prelude::*;

fn polygon(rings: Value) -> Value {
    json!({ "type": "Polygon", "coordinates": rings })
}

fn square(x: f64, y: f64, side: f64) -> Value {
    json!([[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]])
}

fn refused(value: &Value) -> &'static str {
    Boundary::parse(value).expect_err("is refused").code().expect("with a code").code
}

#[test]
fn a_square_is_taken_bare_and_in_a_feature_and_written_as_it_came() {
    let bare = polygon(json!([square(113.0, 23.0, 0.5)]));
    let read = Boundary::parse(&bare).expect("a square");
    assert_eq!(read.geojson(), bare);
    assert_eq!(Boundary::stored(&read.geojson().to_string()), Some(read.clone()));
    let feature = json!({ "type": "Feature", "properties": null, "geometry": bare });
    assert_eq!(Boundary::parse(&feature).expect("a feature"), read);
    assert!(read.has(23.25, 113.25) && read.has(23.0, 113.25) && !read.has(22.9, 113.5));
}

#[test]
fn winding_is_put_right() {
    let clockwise = polygon(json!([[[0.0, 0.0], [0.0, 0.5], [0.5, 0.5], [0.5, 0.0], [0.0, 0.0]]]));
    let counter = polygon(json!([[[0.0, 0.0], [0.5, 0.0], [0.5, 0.5], [0.0, 0.5], [0.0, 0.0]]]));
    assert_eq!(Boundary::parse(&clockwise).expect("taken").geojson(), counter);
}

#[test]
fn a_hole_is_outside_and_its_edge_is_inside() {
    let with_hole =
        Boundary::parse(&polygon(json!([square(0.0, 0.0, 0.5), square(0.2, 0.2, 0.1)]))).expect("a ring");
    assert!(!with_hole.has(0.25, 0.25) && with_hole.has(0.2, 0.25) && with_hole.has(0.1, 0.1));
}

#[test]
fn each_fault_has_its_own_code() {
    let cases = [
        (json!({ "type": "Triangle" }), "grid.boundary_not_geojson"),
        (json!({ "coordinates": [] }), "grid.boundary_not_geojson"),
        (json!([1, 2]), "grid.boundary_not_geojson"),
        (polygon(json!([["a", "b"]])), "grid.boundary_not_geojson"),
        (polygon(json!([[[0.0], [1.0], [2.0], [0.0]]])), "grid.boundary_not_geojson"),
        (
            json!({ "type": "Polygon", "coordinates": [square(0.0, 0.0, 1.0)], "crs": {} }),
            "grid.boundary_not_geojson",
        ),
        (json!({ "type": "Point", "coordinates": [1.0, 2.0] }), "grid.boundary_not_polygon"),
        (
            json!({ "type": "LineString", "coordinates": [[1.0, 2.0], [2.0, 3.0]] }),
            "grid.boundary_not_polygon",
        ),
        (json!({ "type": "FeatureCollection", "features": [] }), "grid.boundary_not_polygon"),
        (json!({ "type": "GeometryCollection", "geometries": [] }), "grid.boundary_not_polygon"),
        (polygon(json!([[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]])), "grid.boundary_open_ring"),
        (polygon(json!([[[0.0, 0.0], [1.0, 0.0], [0.0, 0.0]]])), "grid.boundary_open_ring"),
        (
            polygon(json!([[[0.0, 0.0], [2.0, 2.0], [2.0, 0.0], [0.0, 2.0], [0.0, 0.0]]])),
            "grid.boundary_self_crossing",
        ),
        (
            // Two squares that meet in a corner, drawn as one ring.
            polygon(json!([[
                [0.0, 0.0],
                [1.0, 0.0],
                [1.0, 1.0],
                [2.0, 1.0],
                [2.0, 2.0],
                [1.0, 2.0],
                [1.0, 1.0],
                [0.0, 1.0],
                [0.0, 0.0]
            ]])),
            "grid.boundary_self_crossing",
        ),
        (
            // A spike.
            polygon(json!([[
                [0.0, 0.0],
                [2.0, 0.0],
                [2.0, 2.0],
                [4.0, 2.0],
                [2.0, 2.0],
                [0.0, 2.0],
                [0.0, 0.0]
            ]])),
            "grid.boundary_self_crossing",
        ),
        (polygon(json!([square(0.0, 0.0, 1.0), square(5.0, 5.0, 1.0)])), "grid.boundary_self_crossing"),
        (
            polygon(json!([square(0.0, 0.0, 4.0), square(1.0, 1.0, 2.0), square(2.0, 2.0, 1.5)])),
            "grid.boundary_self_crossing",
        ),
        (
            json!({ "type": "MultiPolygon", "coordinates": [[square(0.0, 0.0, 2.0)], [square(1.0, 1.0, 2.0)]] }),
            "grid.boundary_self_crossing",
        ),
        (polygon(json!([square(179.5, 0.0, 1.0)])), "grid.boundary_off_earth"),
        (polygon(json!([square(10.0, 89.5, 1.0)])), "grid.boundary_off_earth"),
        (polygon(json!([])), "grid.boundary_empty"),
        (polygon(json!([[]])), "grid.boundary_empty"),
        (json!({ "type": "MultiPolygon", "coordinates": [] }), "grid.boundary_empty"),
        (json!({ "type": "Feature", "properties": null, "geometry": null }), "grid.boundary_empty"),
        (polygon(json!([[[1.0, 1.0], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]])), "grid.boundary_empty"),
    ];
    for (value, code) in cases {
        assert_eq!(refused(&value), code, "{value}");
    }
    // Nothing inside: out and back on one line overlaps itself.
    assert_eq!(
        refused(&polygon(json!([[[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [0.0, 0.0]]]))),
        "grid.boundary_self_crossing"
    );
}

fn circle(corners: usize) -> Value {
    let mut ring: Vec<Value> = (0..corners)
        .map(|n| {
            let angle = std::f64::consts::TAU * f64::from(u32::try_from(n).expect("small"))
                / f64::from(u32::try_from(corners).expect("small"));
            json!([113.0 + 0.3 * angle.cos(), 23.0 + 0.3 * angle.sin()])
        })
        .collect();
    ring.push(ring[0].clone());
    polygon(json!([ring]))
}

#[test]
fn ten_thousand_positions_are_taken_and_one_more_is_not() {
    assert_eq!(Boundary::parse(&circle(9_999)).expect("taken").positions(), 10_000);
    assert_eq!(refused(&circle(10_000)), "grid.boundary_too_large");
    let holes: Vec<Value> = (0..70).map(|n| square(f64::from(n) + 0.2, 0.2, 0.1)).collect();
    assert_eq!(refused(&polygon(Value::Array(holes))), "grid.boundary_too_large");
}

#[test]
fn what_no_grid_can_be_is_refused_by_its_extent() {
    let box_of = |x: f64, y: f64, w: f64, h: f64| {
        polygon(json!([[[x, y], [x + w, y], [x + w, y + h], [x, y + h], [x, y]]]))
    };
    assert!(Boundary::parse(&box_of(113.0, 23.0, 2.0, 0.4)).is_ok(), "a long strip");
    assert!(Boundary::parse(&box_of(113.0, 23.0, 0.9, 0.9)).is_ok(), "9,200 km²");
    for (x, y, w, h) in [
        (113.0, 23.0, 2.01, 0.01),
        (113.0, 23.0, 0.01, 2.01),
        (113.0, 23.0, 1.0, 1.0),
        (-179.9, 23.0, 359.8, 0.01),
        (-180.0, -90.0, 360.0, 180.0),
    ] {
        assert_eq!(refused(&box_of(x, y, w, h)), "grid.boundary_too_wide", "{w} {h}");
    }
    // Two small parts far apart are no grid either.
    let apart = json!({ "type": "MultiPolygon", "coordinates": [[square(113.0, 23.0, 0.01)], [square(23.0, 23.0, 0.01)]] });
    assert_eq!(refused(&apart), "grid.boundary_too_wide");
    // What is as wide in degrees covers less towards the poles.
    assert!(Boundary::parse(&box_of(113.0, 53.0, 1.0, 1.0)).is_ok());
}

#[test]
fn touching_is_no_overlap() {
    let at = |x, y, side| Boundary::parse(&polygon(json!([square(x, y, side)]))).expect("a square");
    assert!(!at(113.0, 23.0, 0.01).overlaps(&at(113.01, 23.0, 0.01)), "a common border");
    assert!(!at(113.0, 23.0, 0.01).overlaps(&at(113.01, 23.01, 0.01)), "a common corner");
    assert!(!at(113.0, 23.0, 0.01).overlaps(&at(113.02, 23.0, 0.01)), "apart");
    assert!(at(113.0, 23.0, 0.01).overlaps(&at(113.009, 23.0, 0.01)), "a strip");
    assert!(at(113.0, 23.0, 0.01).overlaps(&at(113.002, 23.002, 0.001)), "one in the other");
    assert!(at(113.0, 23.0, 0.01).overlaps(&at(113.0, 23.0, 0.01)), "the same");
}

proptest! {
    #[test]
    fn overlap_of_squares_is_what_their_numbers_say(ax in 0..20_i32, ay in 0..20_i32, bx in 0..20_i32, by in 0..20_i32, s in 1..8_i32, t in 1..8_i32) {
        let at = |x: i32, y: i32, side: i32| {
            let unit = 0.001;
            let (x0, y0) = (113.0 + f64::from(x) * unit, 23.0 + f64::from(y) * unit);
            let (x1, y1) = (113.0 + f64::from(x + side) * unit, 23.0 + f64::from(y + side) * unit);
            Boundary::parse(&polygon(json!([[[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]]))).expect("a square")
        };
        let wanted = ax < bx + t && bx < ax + s && ay < by + t && by < ay + s;
        prop_assert_eq!(at(ax, ay, s).overlaps(&at(bx, by, t)), wanted);
    }

    #[test]
    fn no_json_makes_it_panic(text in "[\\[\\]{}0-9.,\"a-z: -]{0,60}") {
        if let Ok(value) = serde_json::from_str::<Value>(&text) {
            let _ = Boundary::parse(&value);
            let _ = Boundary::parse(&polygon(value));
        }
    }
}
