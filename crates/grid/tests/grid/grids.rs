//! Grids on the map and the people on duty in them.

use contracts::UnitTenant;
use grid::model::{GridKind, PostRole};
use grid::service::Follow;
use grid::service::act::Deed;
use grid::service::make::{Change, NewGrid};
use grid::service::post::NewPost;
use grid::service::{draw, locate, make, post};
use grid::store::{grids, posts};
use kernel::Id;
use kernel::error::Fault;

use crate::world::*;

#[test]
fn a_grid_is_made_changed_and_retired() {
    for w in World::each() {
        let drawer = w.drawer();
        let grid = w.make_grid(&drawer, C1A, "一号", Some(square(113.0, 23.0, 0.01))).unwrap();
        let (id, who) = (grid.id, w.now(&drawer));
        let stored = w.read(move |tx, _| grids::find(tx, id)).unwrap().unwrap();
        assert_eq!((stored.name.as_str(), stored.version, stored.bounds), ("一号", 1, grid.bounds));
        let to = Change {
            name: Some("二号".into()),
            code: Some(Some("441900001001007".into())),
            kind: Some(GridKind::Market),
        };
        let ctx = who.clone();
        let change = to.clone();
        let changed = w.write(move |tx, s| make::change(tx, &ctx, s, id, 1, &change)).unwrap();
        assert_eq!(
            (changed.name.as_str(), changed.code.as_deref(), changed.version),
            ("二号", Some("441900001001007"), 2)
        );
        let ctx = who.clone();
        assert_eq!(code(w.write(move |tx, s| make::change(tx, &ctx, s, id, 1, &to))), "kernel.stale");
        let twin = NewGrid {
            unit: w.unit(C1A),
            name: "三号".into(),
            code: Some("441900001001007".into()),
            kind: GridKind::Special,
            boundary: None,
        };
        let ctx = who.clone();
        let second = twin.clone();
        assert_eq!(code(w.write(move |tx, s| make::create(tx, &ctx, s, &second))), "grid.code_taken");
        let ctx = who.clone();
        let elsewhere = NewGrid { unit: w.unit(C1B), ..twin };
        assert_eq!(
            code(w.write(move |tx, s| make::create(tx, &ctx, s, &elsewhere))),
            "grid.code_taken",
            "a code is the realm's"
        );
        let at = |w: &World| w.read(|tx, s| locate::one(tx, s, 23.005, 113.005)).unwrap().map(|g| g.id);
        assert_eq!(at(&w), Some(id));
        let holder = w.resident().actor.user;
        let ctx = who.clone();
        let new = NewPost { user: holder, role: PostRole::Worker, from: None, until: None };
        w.write(move |tx, s| post::assign(tx, &ctx, s, id, &new)).unwrap();
        let ctx = who.clone();
        let retired = w.write(move |tx, s| make::retire(tx, &ctx, s, id, 2)).unwrap();
        assert!(retired.retired_at.is_some());
        assert_eq!(at(&w), None);
        let held = w.read(move |tx, _| posts::list(tx, id, None, 10)).unwrap();
        assert!(held.iter().all(|p| p.until.is_some()), "its posts ended with it");
        let ctx = who.clone();
        assert_eq!(code(w.write(move |tx, s| make::retire(tx, &ctx, s, id, 3))), "grid.retired");
        let ctx = who.clone();
        assert_eq!(
            code(w.write(move |tx, s| draw::draw(tx, &ctx, s, id, 3, &square(1.0, 1.0, 0.1)))),
            "grid.retired"
        );
        // Its place is free again.
        w.make_grid(&drawer, C1A, "四号", Some(square(113.0, 23.0, 0.01))).unwrap();
        let stranger = w.person("外人", C2A, &["grid.grid.manage"]);
        assert_eq!(code(w.make_grid(&stranger, C1A, "五号", None)), "kernel.forbidden");
        w.tree.0.lock().get_mut(&w.unit(C1B)).unwrap().closed = true;
        assert_eq!(code(w.make_grid(&drawer, C1B, "六号", None)), "grid.unit_closed");
        assert_eq!(code(w.make_grid(&drawer, C1A, "", None)), "kernel.invalid");
    }
}

#[test]
fn boundaries_of_a_unit_do_not_overlap() {
    for w in World::each() {
        let drawer = w.drawer();
        let a = w.make_grid(&drawer, C1A, "甲", Some(square(113.0, 23.0, 0.01))).unwrap();
        let b = w.make_grid(&drawer, C1A, "乙", Some(square(113.01, 23.0, 0.01))).unwrap();
        let Err(Fault::Refused(no)) = w.make_grid(&drawer, C1A, "丙", Some(square(113.005, 23.005, 0.01)))
        else {
            panic!("an overlap was taken")
        };
        assert_eq!(no.code.code, "grid.boundary_overlaps");
        assert_eq!(no.extra.unwrap()["grid_name"], "甲");
        let far = w.make_grid(&drawer, C1A, "丁", Some(square(113.5, 23.0, 0.01))).unwrap();
        let other_unit = w.make_grid(&drawer, C2A, "戊", Some(square(113.005, 23.0, 0.01)));
        assert!(other_unit.is_ok(), "only inside one unit");
        let who = w.now(&drawer);
        let id = far.id;
        let onto = w.write(move |tx, s| draw::draw(tx, &who, s, id, 1, &square(113.012, 23.002, 0.001)));
        assert_eq!(code(onto), "grid.boundary_overlaps");
        let who = w.now(&drawer);
        let beside =
            w.write(move |tx, s| draw::draw(tx, &who, s, id, 1, &square(113.02, 23.0, 0.01))).unwrap();
        assert_eq!(beside.version, 2);
        let who = w.now(&drawer);
        let again =
            w.write(move |tx, s| draw::draw(tx, &who, s, id, 2, &square(113.02, 23.0, 0.02))).unwrap();
        assert_eq!(again.version, 3, "a grid may overlap what it was");
        // On a border the lowest id has it; away from it, whoever has the point.
        let at = |lng: f64| w.read(move |tx, s| locate::one(tx, s, 23.009, lng)).unwrap().map(|g| g.id);
        assert_eq!((at(113.002), at(113.01), at(113.018)), (Some(a.id), Some(a.id), Some(b.id)));
        assert_eq!((at(113.039), at(113.505)), (Some(far.id), None));
        assert_eq!(code(w.read(|tx, s| locate::one(tx, s, 91.0, 0.0))), "grid.point_off_earth");
        let below = |unit: usize| {
            let filter = grids::Filter { below: Some(w.unit(unit)), ..Default::default() };
            w.read(move |tx, _| grids::list(tx, &filter, 50)).unwrap().len()
        };
        assert_eq!((below(C1A), below(TOWN1), below(TOWN2), below(DISTRICT), below(C1B)), (3, 3, 1, 4, 0));
    }
}

#[test]
fn a_point_finds_its_grid_whatever_the_size() {
    for w in World::each() {
        let drawer = w.drawer();
        let sizes = [0.000_1, 0.003, 0.05, 0.3, 0.8];
        let mut made = Vec::new();
        for (n, size) in (0_u32..).zip(sizes) {
            let lng = 20.0 * f64::from(n) - 40.0;
            made.push((
                lng,
                size,
                w.make_grid(&drawer, C1A, "格", Some(square(lng, -5.0, size))).unwrap().id,
            ));
        }
        for (lng, size, id) in made {
            for (x, y) in [(0.0, 0.0), (1.0, 1.0), (0.5, 0.5), (0.1, 0.9)] {
                let (lat, lng) = (-5.0 + size * y, lng + size * x);
                let found = w.read(move |tx, s| locate::one(tx, s, lat, lng)).unwrap();
                assert_eq!(found.map(|g| g.id), Some(id), "{size} {x} {y}");
            }
            let outside =
                w.read(move |tx, s| locate::one(tx, s, -5.0 + size / 2.0, lng + size * 1.01)).unwrap();
            assert_eq!(outside, None);
        }
    }
}

#[test]
fn posts_are_filled_and_ended() {
    for w in World::each() {
        let drawer = w.drawer();
        let grid = w.make_grid(&drawer, C1A, "甲", None).unwrap().id;
        let worker = w.worker();
        let assign = |new: NewPost| {
            let who = w.now(&drawer);
            w.write(move |tx, s| post::assign(tx, &who, s, grid, &new))
        };
        let new = NewPost { user: worker.actor.user, role: PostRole::Worker, from: None, until: None };
        let (held, name) = assign(new).unwrap();
        assert_eq!(name, "王五");
        assert_eq!(code(assign(new)), "grid.post_taken");
        assert!(assign(NewPost { role: PostRole::Assistant, ..new }).is_ok(), "several posts at once");
        assert_eq!(code(assign(NewPost { user: testkit::fresh(), ..new })), "kernel.invalid");
        let past = NewPost { until: Some(drawer.now.plus_days(-1)), ..new };
        assert_eq!(code(assign(past)), "kernel.invalid");
        let end = |id: Id<kernel::id::GridPost>, version: i64| {
            let who = w.now(&drawer);
            w.write(move |tx, s| post::end(tx, &who, s, grid, id, version))
        };
        assert_eq!(code(end(held.id, 2)), "kernel.stale");
        assert_eq!(code(end(testkit::fresh(), 1)), "kernel.not_found");
        let (ended, _) = end(held.id, 1).unwrap();
        assert_eq!((ended.version, ended.until.is_some()), (2, true));
        assert_eq!(code(end(held.id, 2)), "grid.post_ended");
        assert!(assign(new).is_ok(), "free again");
        let who = w.now(&worker);
        assert_eq!(code(w.write(move |tx, s| post::assign(tx, &who, s, grid, &new))), "kernel.forbidden");
        let all = w.read(move |tx, _| posts::list(tx, grid, None, 50)).unwrap();
        assert_eq!(all.len(), 3, "nothing is deleted");
    }
}

#[test]
fn what_lives_at_a_unit_is_counted_for_whoever_would_dissolve_it() {
    for w in World::each() {
        let (drawer, resident, worker) = (w.drawer(), w.resident(), w.worker());
        let tenants = |unit: usize| {
            let (ctx, unit) = (w.now(&drawer), w.unit(unit));
            let all = w.write(move |tx, _| Follow.tenants(tx, &ctx, unit)).unwrap();
            all.into_iter().map(|t| (t.what, t.count)).collect::<Vec<_>>()
        };
        assert_eq!(tenants(C1A), []);
        let grid = w.make_grid(&drawer, C1A, "甲", None).unwrap();
        let i = w.reported_in(&resident, C1A).incident;
        let other = w.reported_in(&resident, C1A).incident;
        assert_eq!(tenants(C1A), [("grids", 1), ("incidents", 2)]);
        assert_eq!((tenants(TOWN1), tenants(DEPARTMENT)), (vec![], vec![]), "the unit's own only");
        let i = w.act(&worker, i.id, 1, Deed::Accept { note: None }).unwrap().incident;
        let department = Deed::Dispatch { unit: Some(w.unit(DEPARTMENT)), person: None, note: None };
        w.act(&worker, i.id, 2, department).unwrap();
        assert_eq!(tenants(DEPARTMENT), [("incidents", 1)], "what was given to it");
        w.act(&worker, other.id, 1, Deed::Reject { reason: "重复".into() }).unwrap();
        let (ctx, id) = (w.now(&drawer), grid.id);
        w.write(move |tx, s| make::retire(tx, &ctx, s, id, 1)).unwrap();
        assert_eq!(tenants(C1A), [("incidents", 1)], "what is over or retired is history");
    }
}
