//! Counted again from the steps alone, naively, it comes out the same: whatever the history.

use std::collections::BTreeMap;

use contracts::CaseStep;
use figures::model::{Case, Sums};
use figures::service::ask::{Cut, Question};
use figures::service::count_on;
use figures::store::sums::{By, Narrow};
use kernel::Id;
use kernel::id::Incident;
use proptest::prelude::*;
use testkit::fresh;

use crate::world::*;

/// What may happen to a case next: it need not make sense, only be counted the same.
#[derive(Debug, Clone)]
struct Deed {
    case: usize,
    what: usize,
    day: u8,
    late: Option<bool>,
    score: Option<i64>,
}

const WHAT: [(&str, &str); 12] = [
    ("accept", "accepted"),
    ("dispatch", "dispatched"),
    ("return", "accepted"),
    ("resolve", "resolved"),
    ("verify", "verified"),
    ("verify", "reopened"),
    ("close", "closed"),
    ("reopen", "reopened"),
    ("transfer", "reported"),
    ("merge", "merged"),
    ("void", "void"),
    ("rate", "closed"),
];

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let deed = (0..12_usize, 0..WHAT.len(), 1..29_u8, any::<Option<bool>>(), proptest::option::of(1..6_i64));
    proptest::collection::vec(
        deed.prop_map(|(case, what, day, late, score)| Deed { case, what, day, late, score }),
        1..120,
    )
}

/// Plays a history in the world.
fn play(w: &World, deeds: &[Deed]) {
    let places = [C1A, C1B, C2A];
    let mut cases: BTreeMap<usize, (Id<Incident>, i64)> = BTreeMap::new();
    for deed in deeds {
        let at = noon(&format!("2026-{:02}-{:02}", deed.case % 3 + 1, deed.day));
        let (id, seq) = *cases.entry(deed.case).or_insert_with(|| (w.report(places[deed.case % 3], at), 1));
        let (action, to) = WHAT[deed.what];
        let moved = (action == "transfer").then(|| places[usize::from(deed.day) % 3]);
        w.step(CaseStep {
            unit: moved.map(|n| w.unit(n)),
            grid: moved.and_then(|n| places.iter().position(|p| *p == n)).map(|n| w.grids[n]),
            late: deed.late,
            score: deed.score,
            assignee_unit: (action == "dispatch").then(|| w.unit(TOWN2)),
            ..bare(id, seq + 1, action, to, at)
        });
        cases.insert(deed.case, (id, seq + 1));
    }
}

/// The sums of some cases, from all steps at once.
fn naively(w: &World, keep: impl Fn(&Case) -> bool) -> Sums {
    let mut cases: BTreeMap<Id<Incident>, Case> = BTreeMap::new();
    for step in w.history.0.lock().iter() {
        match cases.get_mut(&step.incident) {
            Some(case) => case.goes_on(step),
            None => {
                cases.insert(step.incident, Case::begun(step).unwrap());
            }
        }
    }
    cases.values().filter(|c| keep(c)).fold(Sums::default(), |all, case| all.plus(case.sums()))
}

fn check(w: &World) {
    let days = ("2026-01-10", "2026-03-20");
    let (from, until) = question(w.unit(DISTRICT), days).period.moments(chrono_tz::Asia::Shanghai);
    let within = |c: &Case| c.reported >= from && c.reported < until;
    assert_eq!(w.sums(DISTRICT, days), naively(w, within));
    let whole = ("2026-01-01", "2026-12-31");
    for (unit, of) in [(TOWN1, vec![C1A, C1B]), (TOWN2, vec![C2A]), (C1B, vec![C1B])] {
        let ids: Vec<_> = of.iter().map(|n| w.unit(*n)).collect();
        assert_eq!(w.sums(unit, whole), naively(w, |c| ids.contains(&c.unit)));
        assert_eq!(w.sums(unit, days), naively(w, |c| ids.contains(&c.unit) && within(c)));
    }
    let chief = w.chief();
    for (n, grid) in w.grids.iter().enumerate() {
        let asked = Question { unit: None, grid: Some(*grid), ..question(w.unit(C1A), whole) };
        let told = w.question(&chief, asked).unwrap().groups[0].sums;
        assert_eq!(told, naively(w, |c| c.grid == Some(*grid)), "grid {n}");
    }
    let narrow = Narrow { department: Some(w.unit(TOWN2)), ..Narrow::default() };
    let asked = Question { narrow, ..question(w.unit(DISTRICT), whole) };
    assert_eq!(
        w.question(&chief, asked).unwrap().groups[0].sums,
        naively(w, |c| c.department == Some(w.unit(TOWN2)))
    );
    let by_unit = w.ask(&chief, DISTRICT, days, Cut::By(By::Unit)).unwrap().groups;
    for group in by_unit {
        let unit = group.id.unwrap().uuid();
        assert_eq!(group.sums, naively(w, |c| c.unit.uuid() == unit && within(c)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn whatever_happened_is_counted_as_a_child_would_count_it(deeds in deeds(), at_once in 1..40_i64) {
        for w in World::each() {
            play(&w, &deeds);
            w.count(at_once);
            check(&w);
        }
    }
}

#[test]
fn thrown_away_and_counted_again_it_is_the_same() {
    for w in World::each() {
        for n in 0..200 {
            let id = w.report([C1A, C1B, C2A][n % 3], noon("2026-02-03"));
            w.close(id, noon("2026-02-05"));
        }
        w.count(100);
        let before = w.sums(DISTRICT, ("2026-01-01", "2026-12-31"));
        let (chief, clerk) = (w.chief(), w.person(C1A, &["figures.figure.recount"]));
        assert_eq!(code(w.write(move |tx, s| count_on::recount(tx, &clerk, s))), "kernel.forbidden");
        let who = chief.clone();
        w.write(move |tx, s| count_on::recount(tx, &who, s)).unwrap();
        let told = w.ask(&chief, DISTRICT, ("2026-01-01", "2026-12-31"), Cut::By(By::Nothing)).unwrap();
        assert!(told.mark.recounting, "answers say that they are not whole");
        let who = chief.clone();
        assert_eq!(code(w.write(move |tx, s| count_on::recount(tx, &who, s))), "figures.recounting");
        w.count(50);
        assert_eq!(w.sums(DISTRICT, ("2026-01-01", "2026-12-31")), before);
        let unknown: Id<Incident> = fresh();
        w.step(bare(unknown, 7, "close", "closed", noon("2026-02-03")));
        w.count(50);
        assert_eq!(
            w.sums(DISTRICT, ("2026-01-01", "2026-12-31")),
            before,
            "a step of a case that never began counts nothing"
        );
    }
}
