//! What may be asked of a unit, against a slow way of the same over rows as chance has them.

use contracts::{CategoryTree, DutyScope, UnitTree};
use duties::model::{Admission, AdmissionState, List, Version, VersionState};
use duties::store::{admissions, items as shelf, lists, versions};
use kernel::Id;
use kernel::id::Category;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::world::*;

const LEVELS: [&str; 2] = ["town", "community"];
const UNITS: usize = 5;
const CATEGORIES: usize = 6;

/// A version: which list, from when (none: a draft), whether it ends it, which categories.
type Said = (usize, Option<i64>, bool, Vec<usize>);
/// An admission: where, of what, from when, for how long.
type Let = (usize, usize, i64, i64);

fn chance() -> impl Strategy<Value = (Vec<Said>, Vec<Let>)> {
    let from = prop_oneof![1 => Just(None), 4 => (0_i64..20).prop_map(Some)];
    let end = prop_oneof![4 => Just(false), 1 => Just(true)];
    let said = (0..UNITS * LEVELS.len(), from, end, proptest::collection::vec(0..CATEGORIES, 0..4));
    let given = (0..UNITS, 0..CATEGORIES, 0_i64..20, 1_i64..10);
    (proptest::collection::vec(said, 0..14), proptest::collection::vec(given, 0..6))
}

/// A realm's lists, as this test keeps them.
struct Kept {
    lists: Vec<List>,
    versions: Vec<(Version, Vec<Id<Category>>)>,
    admissions: Vec<Admission>,
}

fn keep(w: &World, categories: &[Id<Category>], said: &[Said], given: &[Let]) -> Kept {
    let base = w.pass(0);
    let who = w.admin(DISTRICT).actor.user;
    let mut kept = Kept { lists: Vec::new(), versions: Vec::new(), admissions: Vec::new() };
    for (n, level) in (0..UNITS).flat_map(|unit| LEVELS.map(|level| (unit, level))) {
        kept.lists.push(List {
            id: testkit::fresh(),
            unit: w.unit(n),
            level: level.into(),
            name: "清单".into(),
            last_number: 0,
            version: 1,
            created_at: base,
            created_by: who,
            updated_at: base,
        });
    }
    let mut number = 0;
    for (list, from, is_end, on) in said {
        let (list, from) = (kept.lists[*list].id, from.map(|s| base.plus_seconds(s)));
        if from.is_some() && kept.versions.iter().any(|(v, _)| v.list == list && v.from == from) {
            continue;
        }
        number += 1;
        let on: std::collections::BTreeSet<_> = on.iter().map(|n| categories[*n]).collect();
        let on: Vec<_> = if *is_end { Vec::new() } else { on.into_iter().collect() };
        let version = Version {
            id: testkit::fresh(),
            list,
            number,
            state: if from.is_some() { VersionState::Set } else { VersionState::Draft },
            note: String::new(),
            is_end: *is_end,
            from,
            items: i64::try_from(on.len()).unwrap(),
            hands: vec![who],
            drafted_by: who,
            drafted_at: base,
            set_by: None,
            set_at: None,
            version: 1,
        };
        kept.versions.push((version, on));
    }
    for (unit, category, from, long) in given {
        let (from, until) = (base.plus_seconds(*from), base.plus_seconds(from + long));
        kept.admissions.push(Admission {
            id: testkit::fresh(),
            unit: w.unit(*unit),
            category: categories[*category],
            reason: "防汛".into(),
            from,
            until,
            state: AdmissionState::Admitted,
            holds_from: Some(from),
            holds_until: Some(until),
            asked_by: who,
            asked_at: base,
            decided_by: None,
            decided_at: None,
            decision_note: None,
            withdrawn_by: None,
            withdrawn_at: None,
            withdrawal_note: None,
            version: 1,
        });
    }
    let (all, said, given) = (kept.lists.clone(), kept.versions.clone(), kept.admissions.clone());
    w.write(move |tx, _| {
        all.iter().try_for_each(|list| lists::insert(tx, list))?;
        for (version, on) in &said {
            versions::insert(tx, version)?;
            shelf::put(tx, version.id, &items(on))?;
        }
        given.iter().try_for_each(|a| admissions::insert(tx, a))
    })
    .unwrap();
    kept
}

/// The rule once more, unit by unit and row by row.
fn naive(w: &World, kept: &Kept, unit: usize, category: Id<Category>, at: kernel::Instant) -> DutyScope {
    let asked = UnitTree::<()>::unit(&*w.tree, &mut (), w.unit(unit)).unwrap().unwrap();
    let line = UnitTree::<()>::lineage(&*w.tree, &mut (), &asked.path).unwrap();
    let above = CategoryTree::<()>::above(&*w.categories, &mut (), category).unwrap();
    for step in line.iter().rev() {
        let Some(list) = kept.lists.iter().find(|l| l.unit == step.id && l.level == asked.kind) else {
            continue;
        };
        let begun =
            kept.versions.iter().filter(|(v, _)| v.list == list.id && v.from.is_some_and(|f| f <= at));
        let Some((version, on)) = begun.max_by_key(|(v, _)| v.from) else { continue };
        if version.is_end {
            continue;
        }
        let admitted =
            |a: &Admission| a.holds(at) && above.contains(&a.category) && line.iter().any(|u| u.id == a.unit);
        return if on.iter().any(|c| above.contains(c)) {
            DutyScope::Listed
        } else if kept.admissions.iter().any(admitted) {
            DutyScope::Admitted
        } else {
            DutyScope::OutOfScope
        };
    }
    DutyScope::NoList
}

#[test]
fn what_may_be_asked_is_what_a_slow_look_at_every_row_says() {
    let mut runner = TestRunner::new(Config { cases: 10, failure_persistence: None, ..Config::default() });
    runner
        .run(&chance(), |(said, given)| {
            for w in World::each() {
                let mut categories: Vec<Id<Category>> = Vec::new();
                for above in [None, Some(0), Some(1), Some(0), None, Some(4)] {
                    let above = above.map(|n: usize| categories[n]);
                    categories.push(w.category(DISTRICT, above));
                }
                let base = w.pass(0);
                let kept = keep(&w, &categories, &said, &given);
                for unit in 0..UNITS {
                    for category in &categories {
                        for second in [0, 5, 12, 25] {
                            let at = base.plus_seconds(second);
                            let (found, wanted) =
                                (w.scope_at(unit, *category, at), naive(&w, &kept, unit, *category, at));
                            prop_assert_eq!(found, wanted, "unit {} at {}", unit, second);
                        }
                    }
                }
            }
            Ok(())
        })
        .unwrap();
}
