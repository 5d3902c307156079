//! Splitting and merging: nothing is lost, nobody is asked twice, and one of two wins.

use std::sync::Arc;

use grid::model::{Boundary, Incident, PostRole, State};
use grid::service::act::Deed;
use grid::service::post::{self, NewPost};
use grid::service::regrid;
use grid::service::report::NewIncident;
use grid::service::reshape::{self, Part, Reshaped};
use grid::store::{grids, incidents, lineage, posts, steps};
use kernel::id::Grid;
use kernel::{Context, Id, Outcome};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

use crate::world::*;

pub fn rect(west: f64, east: f64) -> Boundary {
    let ring = json!([[west, 23.0], [east, 23.0], [east, 23.01], [west, 23.01], [west, 23.0]]);
    Boundary::parse(&json!({ "type": "Polygon", "coordinates": [ring] })).unwrap()
}

fn part(name: &str, boundary: Option<Boundary>) -> Part {
    Part { name: name.into(), code: None, kind: None, boundary, users: Vec::new() }
}

fn halves() -> Vec<Part> {
    vec![part("东", Some(rect(113.0, 113.004))), part("西", Some(rect(113.004, 113.01)))]
}

fn split(w: &World, who: &Context, id: Id<Grid>, version: i64, parts: Vec<Part>) -> Outcome<Reshaped> {
    let who = w.now(who);
    w.write(move |tx, s| reshape::split(tx, &who, s, id, version, &parts, false))
}

fn merge(w: &World, who: &Context, all: Vec<(Id<Grid>, i64)>) -> Outcome<Reshaped> {
    let who = w.now(who);
    w.write(move |tx, s| reshape::merge(tx, &who, s, &all, &part("合", None), false))
}

fn case(w: &World, who: &Context, lng: Option<f64>) -> Incident {
    let new = NewIncident {
        title: "积水".into(),
        lat: lng.map(|_| 23.005),
        lng,
        unit: Some(w.unit(C1A)),
        ..NewIncident::default()
    };
    w.report(who, new).unwrap().incident
}

fn now(w: &World, i: &Incident) -> Incident {
    let id = i.id;
    w.read(move |tx, _| incidents::find(tx, id)).unwrap().unwrap().0
}

#[test]
fn a_split_takes_posts_and_open_cases_along_and_leaves_closed_ones() {
    for w in World::each() {
        let (drawer, resident, worker) = (w.drawer(), w.resident(), w.worker());
        let old = w.make_grid(&drawer, C1A, "甲", Some(rect(113.0, 113.01))).unwrap().id;
        let people = [w.worker().actor.user, w.resident().actor.user];
        for user in people {
            let ctx = w.now(&drawer);
            let new = NewPost { user, role: PostRole::Worker, from: None, until: None };
            w.write(move |tx, s| post::assign(tx, &ctx, s, old, &new)).unwrap();
        }
        let [east, west] = [113.001, 113.009].map(|lng| case(&w, &resident, Some(lng)));
        let over = case(&w, &resident, Some(113.001));
        w.act(&worker, over.id, 1, Deed::Reject { reason: "重复".into() }).unwrap();
        let mut parts = halves();
        parts[1].users = vec![people[1]];
        let (ctx, same) = (w.now(&drawer), parts.clone());
        let would = w.write(move |tx, s| reshape::split(tx, &ctx, s, old, 1, &same, true)).unwrap();
        assert_eq!(would.parts.iter().map(|(_, n)| *n).collect::<Vec<_>>(), [1, 1]);
        assert_eq!((would.made.len(), now(&w, &east).version), (0, 1), "nothing was done");
        let done = split(&w, &drawer, old, 1, parts).unwrap();
        assert_eq!((done.made.len(), done.followed), (2, 2));
        assert_eq!(now(&w, &east).grid, Some(done.made[0].id));
        let moved = now(&w, &west);
        assert_eq!((moved.grid, moved.version, moved.state), (Some(done.made[1].id), 2, State::Reported));
        assert_eq!((now(&w, &over).grid, now(&w, &over).version), (Some(old), 2), "what is over stays");
        let id = west.id;
        let last = w.read(move |tx, _| steps::list(tx, id, 1, 9)).unwrap().pop().unwrap();
        assert_eq!(
            (last.action.as_str(), last.from, last.to),
            ("regrid", Some(State::Reported), State::Reported)
        );
        assert_eq!(last.facts.grid, moved.grid);
        let held = |grid: Id<Grid>| {
            let at = w.time();
            let all = w.read(move |tx, _| posts::held_now(tx, &[grid], at)).unwrap();
            all.into_iter().map(|p| p.user).collect::<Vec<_>>()
        };
        assert_eq!(held(old), []);
        assert_eq!((held(done.made[0].id), held(done.made[1].id).len()), (vec![people[0]], 2));
        let line = w.read(move |tx, _| lineage::children(tx, old)).unwrap();
        assert_eq!(
            line.iter().map(|l| l.to).collect::<Vec<_>>(),
            done.made.iter().map(|g| g.id).collect::<Vec<_>>()
        );
        // Reopened, it follows by itself.
        w.later(5);
        w.act(&w.inspector(), over.id, 2, Deed::Reopen { reason: "仍在".into() }).unwrap();
        let ctx = w.now(&drawer);
        assert_eq!(w.write(move |tx, s| regrid::go_on(tx, &ctx, s)).unwrap(), 1);
        assert_eq!(now(&w, &over).grid, Some(done.made[0].id));
        let ctx = w.now(&drawer);
        assert_eq!(w.write(move |tx, s| regrid::go_on(tx, &ctx, s)).unwrap(), 0);
        assert_eq!(code(split(&w, &drawer, old, 2, halves())), "grid.retired");
    }
}

#[test]
fn what_does_not_fit_is_refused_each_with_its_code() {
    for w in World::each() {
        let drawer = w.drawer();
        let old = w.make_grid(&drawer, C1A, "甲", Some(rect(113.0, 113.01))).unwrap().id;
        let bare = w.make_grid(&drawer, C1A, "乙", None).unwrap().id;
        let two = |a: Boundary, b: Boundary| vec![part("东", Some(a)), part("西", Some(b))];
        let no = |parts: Vec<Part>| code(split(&w, &drawer, old, 1, parts));
        assert_eq!(no(two(rect(113.0, 113.004), rect(113.004, 113.011))), "grid.part_outside");
        assert_eq!(no(two(rect(113.0, 113.005), rect(113.004, 113.01))), "grid.parts_overlap");
        assert_eq!(no(two(rect(113.0, 113.004), rect(113.005, 113.01))), "grid.parts_leave_gap");
        assert_eq!(no(vec![part("独", Some(rect(113.0, 113.01)))]), "grid.parts_count");
        assert_eq!(no(vec![part("独", Some(rect(113.0, 113.01))); 11]), "grid.parts_count");
        let mut same = halves();
        (same[0].code, same[1].code) = (Some("441900001001001".into()), Some("441900001001001".into()));
        assert_eq!(no(same), "grid.parts_share_code");
        let mut unknown = halves();
        unknown[0].users = vec![testkit::fresh()];
        assert_eq!(no(unknown), "kernel.invalid", "nobody is put on duty by the way");
        assert_eq!(code(split(&w, &drawer, bare, 1, halves())), "grid.not_drawn");
        assert_eq!(code(split(&w, &drawer, old, 2, halves())), "kernel.stale");
        assert_eq!(code(split(&w, &drawer, testkit::fresh(), 1, halves())), "kernel.not_found");
        let stranger = w.person("外人", C2A, &["grid.grid.manage"]);
        assert_eq!(code(split(&w, &stranger, old, 1, halves())), "kernel.forbidden");
        // A sliver below a half per cent is none.
        assert!(split(&w, &drawer, old, 1, two(rect(113.0, 113.004), rect(113.004_04, 113.01))).is_ok());
    }
}

#[test]
fn a_merge_is_one_area_of_one_unit_with_everybodys_posts() {
    for w in World::each() {
        let (drawer, resident) = (w.drawer(), w.resident());
        let grid = |unit: usize, west: f64, east: f64| {
            w.make_grid(&drawer, unit, "格", Some(rect(west, east))).unwrap().id
        };
        let (a, b) = (grid(C1A, 113.0, 113.01), grid(C1A, 113.01, 113.02));
        let (far, other) = (grid(C1A, 113.03, 113.04), grid(C1B, 113.02, 113.03));
        let user = w.worker().actor.user;
        for grid in [a, b] {
            let ctx = w.now(&drawer);
            let new = NewPost { user, role: PostRole::Worker, from: None, until: None };
            w.write(move |tx, s| post::assign(tx, &ctx, s, grid, &new)).unwrap();
        }
        let open = case(&w, &resident, Some(113.015));
        assert_eq!(code(merge(&w, &drawer, vec![(a, 1), (far, 1)])), "grid.merge_not_connected");
        assert_eq!(code(merge(&w, &drawer, vec![(a, 1), (other, 1)])), "grid.merge_other_unit");
        assert_eq!(code(merge(&w, &drawer, vec![(a, 1), (a, 1)])), "grid.merge_names_twice");
        assert_eq!(code(merge(&w, &drawer, vec![(a, 1)])), "grid.parts_count");
        assert_eq!(code(merge(&w, &drawer, vec![(a, 1), (b, 2)])), "kernel.stale");
        let done = merge(&w, &drawer, vec![(a, 1), (b, 1)]).unwrap();
        let into = done.made[0].id;
        assert_eq!(now(&w, &open).grid, Some(into));
        let at = w.time();
        assert_eq!(
            w.read(move |tx, _| posts::held_now(tx, &[into], at)).unwrap().len(),
            1,
            "one post, not two"
        );
        assert_eq!(w.read(move |tx, _| lineage::parents(tx, into)).unwrap().len(), 2);
    }
}

#[test]
fn more_than_two_hundred_follow_behind() {
    for w in World::each() {
        let (drawer, resident) = (w.drawer(), w.resident());
        let old = w.make_grid(&drawer, C1A, "甲", Some(rect(113.0, 113.01))).unwrap().id;
        let all: Vec<_> = (0..230).map(|_| case(&w, &resident, Some(113.001))).collect();
        let done = split(&w, &drawer, old, 1, halves()).unwrap();
        assert_eq!(done.followed, 200);
        // Meanwhile what they are to follow into is split itself.
        let quarter = vec![part("甲", Some(rect(113.0, 113.002))), part("乙", Some(rect(113.002, 113.004)))];
        let again = split(&w, &drawer, done.made[0].id, 1, quarter).unwrap();
        for _ in 0..4 {
            let ctx = w.now(&drawer);
            w.write(move |tx, s| regrid::go_on(tx, &ctx, s)).unwrap();
        }
        assert!(all.iter().all(|i| now(&w, i).grid == Some(again.made[0].id)));
        assert_eq!(w.read(|tx, _| lineage::next(tx)).unwrap(), None);
    }
}

/// Whatever is split and merged: each open case is in one live grid that has its point, and what is over is as it was.
#[test]
fn every_open_case_ends_in_the_live_grid_that_has_its_point() {
    for w in World::each() {
        let (drawer, resident, worker) = (w.drawer(), w.resident(), w.worker());
        let plan = (
            proptest::collection::vec((0_u8..40, proptest::bool::ANY), 1..8),
            proptest::collection::vec((0_usize..8, 1_u8..9), 1..5),
        );
        let far = std::cell::Cell::new(100.0);
        let config = Config { cases: 6, failure_persistence: None, ..Config::default() };
        TestRunner::new(config)
            .run(&plan, |(points, cuts)| {
                let base = far.get() + 0.1;
                far.set(base);
                let mut live = vec![(base, base + 0.01)];
                let first = w.make_grid(&drawer, C1A, "甲", Some(rect(base, base + 0.01))).unwrap();
                let mut ids = vec![(first.id, 1_i64)];
                let cases: Vec<_> = points
                    .iter()
                    .map(|(at, over)| {
                        let i = case(&w, &resident, Some(base + 0.000_25 * f64::from(*at) + 0.000_1));
                        if *over {
                            w.act(&worker, i.id, 1, Deed::Reject { reason: "无".into() }).unwrap();
                        }
                        (now(&w, &i), *over)
                    })
                    .collect();
                for (which, cut) in cuts {
                    let n = which % ids.len();
                    if which % 3 == 0 && n + 1 < ids.len() {
                        let done = merge(&w, &drawer, vec![ids[n], ids[n + 1]]).unwrap();
                        ids.splice(n..=n + 1, [(done.made[0].id, 1)]);
                        live.splice(n..=n + 1, [(live[n].0, live[n + 1].1)]);
                    } else {
                        let (west, east) = live[n];
                        let middle = west + (east - west) * f64::from(cut) / 10.0;
                        let parts =
                            vec![part("左", Some(rect(west, middle))), part("右", Some(rect(middle, east)))];
                        let done = split(&w, &drawer, ids[n].0, ids[n].1, parts).unwrap();
                        ids.splice(n..=n, [(done.made[0].id, 1), (done.made[1].id, 1)]);
                        live.splice(n..=n, [(west, middle), (middle, east)]);
                    }
                }
                for (before, over) in &cases {
                    let after = now(&w, before);
                    if *over {
                        prop_assert_eq!(&after, before);
                        continue;
                    }
                    let (id, (lat, lng)) = (after.grid.unwrap(), after.point.unwrap());
                    let has = w.read(move |tx, s| {
                        let seen = grids::find(tx, id)?.unwrap();
                        Ok(seen.retired_at.is_none()
                            && s.polygons.of(tx, id, seen.version)?.unwrap().has(lat, lng))
                    });
                    prop_assert!(has.unwrap());
                    prop_assert_eq!(after.state, before.state);
                }
                Ok(())
            })
            .unwrap();
    }
}

#[test]
fn of_two_splits_one_wins_and_reports_meanwhile_end_in_a_live_grid() {
    for w in World::each() {
        let w = Arc::new(w);
        let (drawer, resident) = (w.drawer(), w.resident());
        let old = w.make_grid(&drawer, C1A, "甲", Some(rect(113.0, 113.01))).unwrap().id;
        let reporters: Vec<_> = (0..20_u32)
            .map(|n| {
                let (w, resident) = (Arc::clone(&w), resident.clone());
                std::thread::spawn(move || case(&w, &resident, Some(113.000_2 + 0.000_4 * f64::from(n))))
            })
            .collect();
        let splitters: Vec<_> = (0..2)
            .map(|_| {
                let (w, drawer) = (Arc::clone(&w), drawer.clone());
                std::thread::spawn(move || {
                    split(&w, &drawer, old, 1, halves()).map_err(|f| f.code().map(|c| c.code))
                })
            })
            .collect();
        let outcomes: Vec<_> = splitters.into_iter().map(|t| t.join().unwrap()).collect();
        assert_eq!(outcomes.iter().filter(|o| o.is_ok()).count(), 1, "{outcomes:?}");
        assert!(outcomes.iter().any(|o| matches!(o, Err(Some("grid.retired" | "kernel.stale")))));
        for reporter in reporters {
            let i = now(&w, &reporter.join().unwrap());
            let id = i.grid.expect("it is in a grid");
            let grid = w.read(move |tx, _| grids::find(tx, id)).unwrap().unwrap();
            assert_eq!(grid.retired_at, None, "{i:?}");
        }
    }
}
