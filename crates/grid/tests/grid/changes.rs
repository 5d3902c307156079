//! The feed of changes: nothing is missed, nothing comes twice, and nobody sees more of it than of the incidents.

use std::sync::mpsc;
use std::time::Duration;

use grid::service::act::Deed;
use grid::service::changes::{self as feed, Changes, Following};
use grid::service::list::Assignee;
use grid::service::report::{self, NewIncident};
use grid::store::{changes, steps};
use kernel::id::{Incident, IncidentStep};
use kernel::{Context, Id, PageSize};

use crate::world::*;

/// Gives every step its place, as whoever is about to read does.
fn place_all(w: &World) {
    while w.read(|tx, _| changes::has_unplaced(tx)).unwrap() {
        assert!(w.write(|tx, _| changes::place(tx, 7)).unwrap() > 0);
    }
}

fn page(w: &World, who: &Context, following: Following, after: Option<i64>, size: i64) -> Changes {
    place_all(w);
    let who = w.now(who);
    w.read(move |tx, s| feed::follow(tx, &who, s, following, after, PageSize::new(size).unwrap())).unwrap()
}

/// All there is after a place, in pages of `size`: the incidents and the numbers of the steps.
fn rest(w: &World, who: &Context, following: Following, after: i64, size: i64) -> Vec<(Id<Incident>, i64)> {
    let (mut at, mut all) = (after, Vec::new());
    loop {
        let page = page(w, who, following, Some(at), size);
        assert!(page.last >= at && page.items.iter().all(|c| c.place > at && c.place <= page.last));
        all.extend(page.items.iter().map(|c| (c.incident.id, c.step.seq)));
        at = page.last;
        if !page.more {
            return all;
        }
    }
}

fn now(w: &World, who: &Context) -> i64 {
    let begun = page(w, who, Following::default(), None, 50);
    assert!(begun.items.is_empty() && !begun.more);
    begun.last
}

#[test]
fn the_feed_has_every_step_once_and_each_incidents_in_their_order() {
    for w in World::each() {
        let (resident, worker) = (w.resident(), w.worker());
        w.reported_in(&resident, C1A);
        let begun = now(&w, &worker);
        let mut expected = Vec::new();
        for n in 0..9 {
            let i = w.reported_in(&resident, C1A).incident.id;
            expected.push((i, 1));
            if n % 2 == 0 {
                w.act(&worker, i, 1, Deed::Accept { note: None }).unwrap();
                expected.push((i, 2));
            }
        }
        for size in [1, 3, 200] {
            assert_eq!(rest(&w, &worker, Following::default(), begun, size), expected);
        }
        assert!(rest(&w, &worker, Following::default(), now(&w, &worker), 5).is_empty());
        // A place that was never given out does not keep a reader from what comes.
        let beyond = page(&w, &worker, Following::default(), Some(i64::MAX), 5);
        assert_eq!((beyond.last, beyond.more), (now(&w, &worker), false));
    }
}

#[test]
fn a_step_that_commits_late_is_not_missed() {
    for w in World::each() {
        let w = std::sync::Arc::new(w);
        let (resident, worker) = (w.resident(), w.worker());
        let begun = now(&w, &worker);
        let (made, was_made) = mpsc::channel();
        let (commit, may_commit) = mpsc::channel::<()>();
        let (made, may_commit) = (parking_lot::Mutex::new(made), parking_lot::Mutex::new(may_commit));
        let late = {
            let (w, who, unit) = (std::sync::Arc::clone(&w), w.now(&resident), w.unit(C1A));
            std::thread::spawn(move || {
                w.write(move |tx, s| {
                    let new =
                        NewIncident { title: "迟到".into(), unit: Some(unit), ..NewIncident::default() };
                    let shown = report::report(tx, &who, s, &new)?;
                    made.lock().send(shown.incident.id).unwrap();
                    may_commit.lock().recv_timeout(Duration::from_secs(20)).unwrap();
                    Ok(())
                })
                .unwrap();
            })
        };
        // Its step has its id, and is not committed.
        let first = was_made.recv_timeout(Duration::from_secs(20)).unwrap();
        let postgres = w.read(|tx, _| Ok(tx.is_postgres())).unwrap();
        let (mut seen, mut at) = (Vec::new(), begun);
        if postgres {
            // Another goes ahead of it, and is read.
            let second = w.reported_in(&resident, C1A).incident.id;
            let page = page(&w, &worker, Following::default(), Some(at), 50);
            seen.extend(page.items.iter().map(|c| c.incident.id));
            at = page.last;
            assert_eq!(seen, [second]);
        } else {
            assert!(!w.read(|tx, _| changes::has_unplaced(tx)).unwrap());
        }
        commit.send(()).unwrap();
        late.join().unwrap();
        let more = rest(&w, &worker, Following::default(), at, 50);
        assert_eq!(more, [(first, 1)], "after {seen:?}");
    }
}

#[test]
fn the_steps_of_an_incident_keep_their_order_where_clocks_differ() {
    for w in World::each() {
        let (resident, worker) = (w.resident(), w.worker());
        let begun = now(&w, &worker);
        let i = w.reported_in(&resident, C1A).incident.id;
        let first = w.read(move |tx, _| steps::list(tx, i, 0, 5)).unwrap().remove(0);
        // The next two were written by gateways whose clocks are behind.
        for (seq, raw) in [(2_i64, 2_u128), (3, 1)] {
            let id: Id<IncidentStep> = Id::from_uuid(uuid_of(raw));
            let step = grid::model::Step { id, seq, ..first.clone() };
            w.write(move |tx, _| steps::insert(tx, &step)).unwrap();
        }
        let all = rest(&w, &worker, Following::default(), begun, 50);
        assert_eq!(all, [(i, 1), (i, 2), (i, 3)]);
    }
}

fn uuid_of(n: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + n)
}

#[test]
fn many_who_number_at_once_give_no_place_twice() {
    for w in World::each() {
        let w = std::sync::Arc::new(w);
        let (resident, worker) = (w.resident(), w.worker());
        let begun = now(&w, &worker);
        let threads: Vec<_> = (0..6)
            .map(|_| {
                let (w, resident) = (std::sync::Arc::clone(&w), resident.clone());
                std::thread::spawn(move || {
                    for _ in 0..8 {
                        w.reported_in(&resident, C1A);
                        w.write(|tx, _| changes::place(tx, 5)).unwrap();
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|t| t.join().unwrap());
        let all = rest(&w, &worker, Following::default(), begun, 10);
        let distinct: std::collections::BTreeSet<_> = all.iter().map(|(i, _)| *i).collect();
        assert_eq!((all.len(), distinct.len()), (48, 48));
        assert_eq!(now(&w, &worker), begun + 48, "places have no gaps");
    }
}

#[test]
fn nobody_sees_more_of_the_feed_than_of_the_incidents() {
    for w in World::each() {
        let (resident, other, worker) = (w.resident(), w.resident(), w.worker());
        let handler = w.handler();
        let manager = w.person(
            "总管",
            DISTRICT,
            &["grid.incident.read", "grid.incident.accept", "grid.incident.dispatch"],
        );
        let begun = now(&w, &manager);
        let here = w.reported_in(&resident, C1A).incident.id;
        let there = w.reported_in(&other, C2A).incident.id;
        w.act(&manager, there, 1, Deed::Accept { note: None }).unwrap();
        let seen = |who: &Context, following: Following| rest(&w, who, following, begun, 2);
        let all = Following::default();
        assert_eq!(seen(&manager, all), [(here, 1), (there, 1), (there, 2)]);
        assert_eq!(seen(&worker, all), [(here, 1)], "another subtree is not there");
        assert_eq!(seen(&resident, all), [(here, 1)], "one's own, with every step");
        assert_eq!(seen(&other, all), [(there, 1), (there, 2)]);
        assert!(seen(&handler, all).is_empty());
        let in_unit = |n: usize| Following { unit: Some(w.unit(n)), ..all };
        assert_eq!(seen(&manager, in_unit(TOWN2)), [(there, 1), (there, 2)]);
        assert!(seen(&worker, in_unit(TOWN2)).is_empty());
        assert!(seen(&other, in_unit(TOWN1)).is_empty());
        // What is given to somebody is theirs to follow, from its beginning.
        let given = Deed::Dispatch { unit: None, person: Some(worker.actor.user), note: None };
        let refused = w.act(&manager, there, 2, given);
        assert!(refused.is_err(), "who may not handle there is given nothing there");
        let given =
            Deed::Dispatch { unit: Some(w.unit(DEPARTMENT)), person: Some(handler.actor.user), note: None };
        w.act(&manager, there, 2, given).unwrap();
        let steps = [(there, 1), (there, 2), (there, 3)];
        assert_eq!(seen(&handler, all), steps);
        assert_eq!(seen(&handler, Following { assignee: Some(Assignee::Me), ..all }), steps);
        let theirs = Following { assignee: Some(Assignee::Unit(w.unit(DEPARTMENT))), ..all };
        assert_eq!(seen(&handler, theirs), steps);
        assert!(seen(&worker, Following { assignee: Some(Assignee::Me), ..all }).is_empty());
        // Who may no longer handle it no longer sees it, though it is still written down as theirs.
        let retired = testkit::context(&w.db.db, handler.actor.user, Vec::new());
        assert!(seen(&retired, all).is_empty());
    }
}
