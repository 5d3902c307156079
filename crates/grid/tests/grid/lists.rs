//! A list is the filter of all rows by `Scope::covers`, page by page; and it stays right when units move.

use std::collections::BTreeMap;

use contracts::MoveListener;
use grid::model::State;
use grid::service::Follow;
use grid::service::act::Deed;
use grid::service::list::{self, Assignee, Query};
use grid::service::see::Shown;
use grid::store::incidents::Filter;
use grid::store::scopes;
use kernel::id::{Incident, Unit};
use kernel::{Context, Id, Outcome, PageSize, Root, Scope, UnitPath};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::world::*;

fn all_pages(w: &World, who: &Context, query: Query, size: i64) -> Outcome<Vec<Shown>> {
    let (mut query, mut all) = (query, Vec::new());
    loop {
        let (who, q) = (w.now(who), query);
        let page = w.read(move |tx, s| list::list(tx, &who, s, &q, PageSize::new(size).unwrap(), 7))?;
        all.extend(page.items);
        match page.next {
            Some(cursor) => query.after = Some(Id::from_uuid(cursor.after)),
            None => return Ok(all),
        }
    }
}

fn ids(shown: &[Shown]) -> Vec<Id<Incident>> {
    shown.iter().map(|s| s.incident.id).collect()
}

/// Forty incidents by three people over all units, in several states.
fn filled(w: &World) -> (Vec<Context>, Vec<Shown>) {
    let people: Vec<Context> = (0..3).map(|_| w.resident()).collect();
    let worker =
        w.person("总管", DISTRICT, &["grid.incident.read", "grid.incident.accept", "grid.incident.dispatch"]);
    let mut all = Vec::new();
    for n in 0..40 {
        let mut i = w.reported_in(&people[n % 3], n * 7 % 8);
        if n % 4 == 1 {
            i = w.act(&worker, i.incident.id, 1, Deed::Accept { note: None }).unwrap();
        } else if n % 4 == 2 {
            i = w.act(&worker, i.incident.id, 1, Deed::Reject { reason: "重复".into() }).unwrap();
        }
        all.push(i);
    }
    all.reverse();
    (people, all)
}

#[test]
fn a_list_is_what_the_scope_covers_row_by_row() {
    for w in World::each() {
        let (people, all) = filled(&w);
        let paths: BTreeMap<Id<Unit>, UnitPath> = (0..8).map(|n| (w.unit(n), w.path(n))).collect();
        let roots = proptest::collection::vec((0..8_usize, any::<bool>()), 0..5);
        let case = (
            roots,
            proptest::option::of(0..3_usize),
            proptest::option::of(0..8_usize),
            0..4_usize,
            1..12_i64,
        );
        TestRunner::new(Config { cases: 48, failure_persistence: None, ..Config::default() })
            .run(&case, |(roots, own, unit, state, size)| {
                let roots =
                    roots.into_iter().map(|(n, subtree)| Root { unit: w.unit(n), path: w.path(n), subtree });
                let scope = Scope::of(roots, own.map(|n| people[n].actor.user));
                let asked = unit.map(|n| (w.unit(n), w.path(n)));
                let state =
                    [None, Some(State::Reported), Some(State::Accepted), Some(State::Rejected)][state];
                let wanted: Vec<Id<Incident>> = all
                    .iter()
                    .filter(|i| scope.covers(&paths[&i.incident.unit], Some(i.incident.reporter)))
                    .filter(|i| {
                        asked.as_ref().is_none_or(|(_, path)| path.contains(&paths[&i.incident.unit]))
                    })
                    .filter(|i| state.is_none_or(|s| i.incident.state == s))
                    .map(|i| i.incident.id)
                    .collect();
                let narrowed =
                    asked.as_ref().map_or_else(|| scope.clone(), |(id, path)| scope.within(*id, path));
                let sources = list::of_scope(&narrowed, asked.as_ref().map(|(id, _)| *id));
                let (mut got, mut filter) = (Vec::new(), Filter { state, ..Filter::default() });
                let size = PageSize::new(size).unwrap();
                loop {
                    let (sources, now) = (sources.clone(), filter);
                    let mut rows = w.read(move |tx, _| list::merged(tx, &sources, &now, size)).unwrap();
                    let more = rows.len() > size.get();
                    rows.truncate(size.get());
                    got.extend(rows.iter().map(|(i, _)| i.id));
                    if !more {
                        break;
                    }
                    filter.after = got.last().copied();
                }
                prop_assert_eq!(got, wanted);
                Ok(())
            })
            .unwrap();
    }
}

#[test]
fn lists_are_narrowed_by_unit_state_grid_time_and_assignee() {
    for w in World::each() {
        let (worker, resident) = (w.worker(), w.resident());
        let drawer = w.drawer();
        let grid = w.make_grid(&drawer, C1A, "网格", Some(square(113.0, 23.0, 0.01))).unwrap();
        let at = |lng: f64| grid::service::report::NewIncident {
            title: "噪音".into(),
            lat: Some(23.005),
            lng: Some(lng),
            unit: Some(w.unit(C1A)),
            ..Default::default()
        };
        let first = w.report(&resident, at(113.005)).unwrap().incident;
        let second = w.report(&resident, at(114.0)).unwrap().incident;
        std::thread::sleep(std::time::Duration::from_millis(20));
        let between = w.db.db.clock().now();
        let third = w.reported_in(&resident, C1B).incident;
        let list = |who: &Context, query: Query| ids(&all_pages(&w, who, query, 2).unwrap());
        assert_eq!(list(&drawer, Query::default()), [third.id, second.id, first.id]);
        assert_eq!(list(&worker, Query::default()), [second.id, first.id]);
        assert_eq!(list(&resident, Query::default()), []);
        assert_eq!(list(&drawer, Query { grid: Some(grid.id), ..Query::default() }), [first.id]);
        assert_eq!(
            list(&drawer, Query { grid: Some(grid.id), unit: Some(w.unit(TOWN2)), ..Query::default() }),
            []
        );
        assert_eq!(list(&drawer, Query { unit: Some(w.unit(C1B)), ..Query::default() }), [third.id]);
        assert_eq!(list(&drawer, Query { unit: Some(testkit::fresh()), ..Query::default() }), []);
        assert_eq!(list(&drawer, Query { from: Some(between), ..Query::default() }), [third.id]);
        assert_eq!(list(&drawer, Query { to: Some(between), ..Query::default() }), [second.id, first.id]);
        let handler = w.handler();
        w.act(&worker, first.id, 1, Deed::Accept { note: None }).unwrap();
        let to =
            Deed::Dispatch { unit: Some(w.unit(DEPARTMENT)), person: Some(handler.actor.user), note: None };
        w.act(&worker, first.id, 2, to).unwrap();
        assert_eq!(list(&drawer, Query { state: Some(State::Dispatched), ..Query::default() }), [first.id]);
        assert_eq!(
            list(&drawer, Query { state: Some(State::Reported), ..Query::default() }),
            [third.id, second.id]
        );
        assert_eq!(list(&handler, Query { assignee: Some(Assignee::Me), ..Query::default() }), [first.id]);
        let theirs = Query { assignee: Some(Assignee::Unit(w.unit(DEPARTMENT))), ..Query::default() };
        assert_eq!(list(&handler, theirs), [first.id]);
        assert_eq!(list(&handler, Query { unit: Some(w.unit(TOWN2)), ..theirs }), []);
        assert_eq!(code(all_pages(&w, &worker, theirs, 2)), "kernel.forbidden");
        let who = w.now(&resident);
        let mine =
            w.read(move |tx, s| list::mine(tx, &who, s, &Query::default(), PageSize::DEFAULT, 0)).unwrap();
        assert_eq!(ids(&mine.items), [third.id, second.id, first.id]);
        assert!(mine.items.iter().all(|i| i.reporter.is_some()));
    }
}

/// Hangs the unit `n` below `to`, in the fake tree and through the listener, in one transaction.
fn hang(w: &World, n: usize, to: usize) {
    let (unit, from, parent) = (w.unit(n), w.path(n), w.path(to));
    let after = UnitPath::numbered(Some(&parent), 90 + u64::try_from(n).unwrap()).unwrap();
    let above = |path: &UnitPath| -> Vec<Id<Unit>> {
        let mut all: Vec<_> = w.tree.0.lock().values().filter(|u| u.path.contains(path)).cloned().collect();
        all.sort_by(|a, b| a.path.cmp(&b.path));
        all.into_iter().map(|u| u.id).filter(|id| *id != unit).collect()
    };
    let (old, new) = (above(&from), {
        let mut all = above(&parent);
        if !all.contains(&w.unit(to)) {
            all.push(w.unit(to));
        }
        all
    });
    let left: Vec<_> = old.iter().copied().filter(|u| !new.contains(u)).collect();
    let entered: Vec<_> = new.iter().copied().filter(|u| !old.contains(u)).collect();
    let who = w.drawer();
    let (from2, after2) = (from.clone(), after.clone());
    w.write(move |tx, _| Follow.unit_moved(tx, &who, unit, &from2, &after2, &left, &entered)).unwrap();
    for u in w.tree.0.lock().values_mut() {
        if let Some(path) = u.path.rebased(&from, &after) {
            u.path = path;
        }
    }
}

#[test]
fn a_move_takes_incidents_and_grids_along() {
    for w in World::each() {
        let drawer = w.drawer();
        let moved = w.make_grid(&drawer, C1A, "甲", Some(square(113.0, 23.0, 0.01))).unwrap();
        let (_, all) = filled(&w);
        for (n, to) in [(C1A, TOWN2), (TOWN2, TOWN1), (C1A, DISTRICT), (C2B, C1B), (C1A, TOWN2)] {
            hang(&w, n, to);
            let reader = w.person("总", DISTRICT, &["grid.incident.read"]);
            for unit in 0..8 {
                let path = w.path(unit);
                let inside = |id: Id<Unit>| path.contains(&w.tree.0.lock()[&id].path);
                let wanted: Vec<_> =
                    all.iter().filter(|i| inside(i.incident.unit)).map(|i| i.incident.id).collect();
                let got = all_pages(&w, &reader, Query { unit: Some(w.unit(unit)), ..Query::default() }, 9)
                    .unwrap();
                assert_eq!(ids(&got), wanted, "unit {unit} after a move");
                for state in [State::Reported, State::Accepted, State::Rejected] {
                    let query = Query { unit: Some(w.unit(unit)), state: Some(state), ..Query::default() };
                    let got = all_pages(&w, &reader, query, 9).unwrap();
                    let wanted =
                        all.iter().filter(|i| inside(i.incident.unit) && i.incident.state == state).count();
                    assert_eq!(got.len(), wanted, "{state} in unit {unit} after a move");
                }
            }
            let id = moved.id;
            let entered = w.read(move |tx, _| scopes::of_grid(tx, id)).unwrap();
            let path = w.path(C1A);
            let mut above: Vec<_> =
                w.tree.0.lock().values().filter(|u| u.path.contains(&path)).map(|u| u.id).collect();
            above.sort();
            assert_eq!(entered, above);
        }
    }
}
