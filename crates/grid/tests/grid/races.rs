//! Many at once: exactly one wins.

use std::sync::Arc;

use contracts::MoveListener;
use grid::service::Follow;
use grid::service::act::Deed;
use grid::service::report::NewIncident;
use grid::store::scopes;
use kernel::UnitPath;

use crate::world::*;

#[test]
fn of_a_hundred_at_one_version_one_wins_and_the_others_are_told() {
    for w in World::each() {
        let w = Arc::new(w);
        let (worker, resident) = (w.worker(), w.resident());
        let i = w.reported_in(&resident, C1A).incident;
        let threads: Vec<_> = (0..100)
            .map(|n| {
                let (w, worker) = (Arc::clone(&w), worker.clone());
                std::thread::spawn(move || {
                    let deed = if n % 2 == 0 {
                        Deed::Accept { note: None }
                    } else {
                        Deed::Reject { reason: "重复".into() }
                    };
                    w.act(&worker, i.id, 1, deed).map_err(|f| f.code().map(|c| c.code))
                })
            })
            .collect();
        let outcomes: Vec<_> = threads.into_iter().map(|t| t.join().unwrap()).collect();
        assert_eq!(outcomes.iter().filter(|o| o.is_ok()).count(), 1);
        assert!(
            outcomes.iter().filter_map(|o| o.as_ref().err()).all(|c| *c == Some("kernel.stale")),
            "{outcomes:?}"
        );
        let id = i.id;
        let steps = w.read(move |tx, _| grid::store::steps::list(tx, id, 0, 50)).unwrap();
        assert_eq!(steps.len(), 2);
        let entries = w.read(move |tx, _| scopes::marks(tx, id)).unwrap();
        assert!(entries.len() == 3 && entries.iter().all(|(_, s, _)| s == steps[1].to.word()));
    }
}

#[test]
fn of_many_overlapping_boundaries_one_is_drawn() {
    for w in World::each() {
        let w = Arc::new(w);
        let drawer = w.drawer();
        let threads: Vec<_> = (0..12_u32)
            .map(|n| {
                let (w, drawer) = (Arc::clone(&w), drawer.clone());
                std::thread::spawn(move || {
                    let boundary = square(113.0 + f64::from(n) * 0.000_5, 23.0, 0.01);
                    w.make_grid(&drawer, C1A, &format!("格{n}"), Some(boundary))
                        .map_err(|f| f.code().map(|c| c.code))
                })
            })
            .collect();
        let outcomes: Vec<_> = threads.into_iter().map(|t| t.join().unwrap()).collect();
        assert_eq!(outcomes.iter().filter(|o| o.is_ok()).count(), 1, "{outcomes:?}");
        assert!(
            outcomes.iter().filter_map(|o| o.as_ref().err()).all(|c| *c == Some("grid.boundary_overlaps"))
        );
    }
}

/// Reports and deeds run while a unit moves to and fro; afterwards every entry of the index is where the tree says.
#[test]
fn moves_and_reports_do_not_miss_each_other() {
    for w in World::each() {
        let w = Arc::new(w);
        let (resident, worker) =
            (w.resident(), w.person("总管", DISTRICT, &["grid.incident.read", "grid.incident.accept"]));
        let seeds: Vec<_> = (0..8).map(|_| w.reported_in(&resident, C1A).incident.id).collect();
        let reporters: Vec<_> = (0..4)
            .map(|n| {
                let (w, resident, worker, seed) =
                    (Arc::clone(&w), resident.clone(), worker.clone(), seeds[n]);
                std::thread::spawn(move || {
                    let mut made = Vec::new();
                    for _ in 0..15 {
                        let new = NewIncident {
                            title: "积水".into(),
                            unit: Some(w.unit(C1A)),
                            ..Default::default()
                        };
                        made.push(w.report(&resident, new).unwrap().incident.id);
                    }
                    w.act(&worker, seed, 1, Deed::Accept { note: None }).unwrap();
                    made.push(seed);
                    made
                })
            })
            .collect();
        let mover = w.drawer();
        let (town1, town2) = (w.unit(TOWN1), w.unit(TOWN2));
        for n in 0..10 {
            let (left, entered, parent) =
                if n % 2 == 0 { (town1, town2, TOWN2) } else { (town2, town1, TOWN1) };
            let (unit, from) = (w.unit(C1A), w.path(C1A));
            let to = UnitPath::numbered(Some(&w.path(parent)), 77).unwrap();
            let (who, tree) = (mover.clone(), Arc::clone(&w.tree));
            w.write(move |tx, _| {
                Follow.unit_moved(tx, &who, unit, &from, &to, &[left], &[entered])?;
                // Still inside the transaction, as territory's own write: after the listener holds writers back.
                tree.0.lock().get_mut(&unit).unwrap().path = to.clone();
                Ok(())
            })
            .unwrap();
            std::thread::sleep(std::time::Duration::from_millis(3));
        }
        let made: Vec<_> = reporters.into_iter().flat_map(|t| t.join().unwrap()).collect();
        let path = w.path(C1A);
        let mut above: Vec<_> =
            w.tree.0.lock().values().filter(|u| u.path.contains(&path)).map(|u| u.id).collect();
        above.sort();
        for id in made {
            let entries = w.read(move |tx, _| scopes::marks(tx, id)).unwrap();
            assert_eq!(entries.iter().map(|(u, ..)| *u).collect::<Vec<_>>(), above);
            assert!(entries.windows(2).all(|e| e[0].1 == e[1].1), "one state everywhere");
        }
    }
}
