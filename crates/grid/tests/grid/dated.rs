//! Boundaries with their dates, and the codes of grids.

use grid::model::GridKind;
use grid::service::make::{self, Change, NewGrid};
use grid::service::{draw, locate};
use grid::store::boundaries;
use kernel::id::Grid;
use kernel::{Context, Id, Instant, Outcome};

use crate::world::*;

fn at(w: &World, lng: f64) -> Option<Id<Grid>> {
    w.read(move |tx, s| locate::one(tx, s, 23.005, lng)).unwrap().map(|grid| grid.id)
}

fn redraw(
    w: &World,
    who: &Context,
    id: Id<Grid>,
    version: i64,
    lng: f64,
    from: Option<Instant>,
) -> Outcome<grid::model::Grid> {
    let who = w.now(who);
    let boundary = square(lng, 23.0, 0.01);
    w.write(move |tx, s| draw::draw_from(tx, &who, s, id, version, &boundary, from))
}

fn by_itself(w: &World) -> usize {
    let ctx = w.now(&w.drawer());
    w.write(move |tx, _| draw::draw_due(tx, &ctx)).unwrap()
}

#[test]
fn a_boundary_of_tomorrow_goes_on_the_map_tomorrow_and_the_old_one_is_kept() {
    for w in World::each() {
        let drawer = w.drawer();
        let id = w.make_grid(&drawer, C1A, "甲", Some(square(113.0, 23.0, 0.01))).unwrap().id;
        let tomorrow = w.time().plus_days(1);
        assert_eq!(redraw(&w, &drawer, id, 1, 113.5, Some(tomorrow)).unwrap().version, 2);
        assert_eq!((at(&w, 113.005), at(&w, 113.505), by_itself(&w)), (Some(id), None, 0));
        assert_eq!(code(redraw(&w, &drawer, id, 2, 113.7, None)), "grid.boundary_before_last");
        let then = w.read(move |tx, _| draw::geometry_at(tx, id, tomorrow)).unwrap().unwrap();
        assert_eq!((then.0.version, then.0.settled), (2, None));
        w.later(86_500);
        assert_eq!((by_itself(&w), by_itself(&w)), (1, 0), "once");
        assert_eq!((at(&w, 113.005), at(&w, 113.505)), (None, Some(id)));
        let drawn = w.read(move |tx, _| boundaries::list(tx, id, None, 10)).unwrap();
        let spans: Vec<_> = drawn.iter().map(|d| (d.version, d.until)).collect();
        assert_eq!(spans, [(2, None), (1, Some(tomorrow))]);
        let before = tomorrow.plus_seconds(-1);
        let then = w.read(move |tx, _| draw::geometry_at(tx, id, before)).unwrap().unwrap();
        assert_eq!((then.0.version, &then.1["coordinates"][0][0][0]), (1, &serde_json::json!(113.0)));
        assert_eq!(redraw(&w, &drawer, id, 3, 113.6, None).unwrap().version, 4);
    }
}

#[test]
fn what_is_drawn_now_is_not_undone_by_a_date_that_has_just_come() {
    for w in World::each() {
        let drawer = w.drawer();
        let id = w.make_grid(&drawer, C1A, "甲", Some(square(113.0, 23.0, 0.01))).unwrap().id;
        redraw(&w, &drawer, id, 1, 113.5, Some(w.time().plus_seconds(60))).unwrap();
        w.later(120);
        redraw(&w, &drawer, id, 2, 113.7, None).unwrap();
        assert_eq!(by_itself(&w), 0);
        assert_eq!((at(&w, 113.505), at(&w, 113.705)), (None, Some(id)));
    }
}

#[test]
fn a_boundary_overlaps_neither_what_is_there_nor_what_is_to_come() {
    for w in World::each() {
        let drawer = w.drawer();
        let a = w.make_grid(&drawer, C1A, "甲", Some(square(113.0, 23.0, 0.01))).unwrap().id;
        let b = w.make_grid(&drawer, C1A, "乙", Some(square(113.2, 23.0, 0.01))).unwrap().id;
        let day = w.time().plus_days(1);
        assert_eq!(code(redraw(&w, &drawer, b, 1, 113.0, Some(day))), "grid.boundary_overlaps");
        redraw(&w, &drawer, a, 1, 113.4, Some(day)).unwrap();
        assert_eq!(code(redraw(&w, &drawer, b, 1, 113.0, None)), "grid.boundary_overlaps", "still there");
        assert_eq!(code(redraw(&w, &drawer, b, 1, 113.4, None)), "grid.boundary_overlaps", "to come");
        assert!(redraw(&w, &drawer, b, 1, 113.0, Some(day)).is_ok(), "on the day that the other leaves");
        let who = w.now(&drawer);
        w.write(move |tx, s| make::retire(tx, &who, s, a, 2)).unwrap();
        w.later(90_000);
        assert_eq!(by_itself(&w), 1, "what is history gets no new boundary");
        assert_eq!((at(&w, 113.005), at(&w, 113.405)), (Some(b), None));
    }
}

#[test]
fn a_code_is_fifteen_digits_of_its_own_division() {
    for w in World::each() {
        w.tree.0.lock().get_mut(&w.unit(C1A)).unwrap().code = Some("441900001001".into());
        let drawer = w.drawer();
        let make = |code: &str| {
            let who = w.now(&drawer);
            let new = NewGrid {
                unit: w.unit(C1A),
                name: "甲".into(),
                code: Some(code.into()),
                kind: GridKind::Market,
                boundary: None,
            };
            w.write(move |tx, s| make::create(tx, &who, s, &new))
        };
        for bad in ["", "G-2", "44190000100100", "4419000010010011", "44190000100100a", "４41900001001001"] {
            assert_eq!(code(make(bad)), "grid.code_not_fifteen_digits", "{bad}");
        }
        assert_eq!(code(make("441900001002001")), "grid.code_of_another_unit");
        let id = make(" 441900001001001 ").unwrap().id;
        assert_eq!(code(make("441900001001001")), "grid.code_taken");
        let change = |version, code: Option<&str>| {
            let who = w.now(&drawer);
            let to = Change { code: Some(code.map(str::to_owned)), ..Change::default() };
            w.write(move |tx, s| make::change(tx, &who, s, id, version, &to))
        };
        assert_eq!(code(change(1, Some("x"))), "grid.code_not_fifteen_digits");
        assert!(change(1, Some("441900001001002")).is_ok());
        let second = make("441900001001001").unwrap();
        assert_eq!(code(change(2, Some("441900001001001"))), "grid.code_taken");
        let who = w.now(&drawer);
        w.write(move |tx, s| make::retire(tx, &who, s, second.id, 1)).unwrap();
        assert!(make("441900001001001").is_ok(), "a retired grid gives its code up");
    }
}

#[test]
fn an_old_code_stays_until_it_is_changed() {
    for w in World::each() {
        let drawer = w.drawer();
        let id = w.make_grid(&drawer, C1A, "甲", None).unwrap().id;
        w.write(move |tx, _| {
            let mut grid = grid::store::grids::find(tx, id)?.unwrap();
            (grid.code, grid.version) = (Some("G-7".into()), 2);
            grid::store::grids::update(tx, &grid).map(drop)
        })
        .unwrap();
        let who = w.now(&drawer);
        let to = Change { name: Some("乙".into()), code: Some(Some("G-7".into())), kind: None };
        let changed = w.write(move |tx, s| make::change(tx, &who, s, id, 2, &to)).unwrap();
        assert_eq!((changed.name.as_str(), changed.code.as_deref()), ("乙", Some("G-7")));
    }
}
