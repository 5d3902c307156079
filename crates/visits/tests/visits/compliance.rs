//! The month of a worker and of a unit: Haicang's rule, parts of a month, and the same by counting visits one by one.

use std::collections::BTreeSet;

use kernel::id::Household;
use kernel::{BuiltinRole, Context, Id, Outcome, PageSize};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use testkit::fresh;
use visits::model::{Month, Visit, Way};
use visits::service::compliance::{self, UnitMonth, WorkerMonth};
use visits::store::visits as store;

use crate::rules::{rule, set};
use crate::world::*;

fn month(text: &str) -> Month {
    Month::parse(text).unwrap()
}

fn mine(w: &World, who: &Context, of: &str) -> WorkerMonth {
    let (who, of) = (w.now(who), month(of));
    w.write(move |tx, s| compliance::mine(tx, &who, s, of)).unwrap()
}

fn unit(w: &World, who: &Context, unit: usize, of: &str) -> Outcome<UnitMonth> {
    let (who, unit, of) = (w.now(who), w.unit(unit), month(of));
    w.write(move |tx, s| compliance::of_unit(tx, &who, s, unit, of))
}

/// So many visits of so many households on so many days of October, straight into the store.
fn visited(w: &World, who: &Context, days: usize, households: usize) {
    let homes: Vec<Id<Household>> = (0..households).map(|_| fresh()).collect();
    let rows: Vec<Visit> = (0..households.max(days))
        .map(|n| row(w, who, homes[n % households], &format!("2026-10-{:02}", 1 + n % days)))
        .collect();
    put(w, rows);
}

fn row(w: &World, who: &Context, household: Id<Household>, on: &str) -> Visit {
    Visit {
        id: fresh(),
        household,
        unit: w.unit(C1),
        path: w.path(C1),
        grid: w.grids[0],
        worker: who.actor.user,
        at: at(&format!("{on}T09:00:00+08:00")),
        on: day(on),
        way: Way::InPerson,
        presence: visits::model::Presence::Unknown,
        distance_m: None,
        position: None,
        incident: None,
        plan: None,
        edition: 1,
        struck: None,
        version: 1,
        recorded_at: at(NOW),
    }
}

fn put(w: &World, rows: Vec<Visit>) {
    w.write(move |tx, _| rows.iter().try_for_each(|row| store::insert(tx, row).map(drop))).unwrap();
}

#[test]
fn exactly_ten_days_and_sixty_households_meet_haicangs_rule_and_less_does_not() {
    for w in World::each() {
        for (days, households, is_met) in [(10, 60, true), (9, 60, false), (10, 59, false), (31, 300, true)] {
            let worker = w.worker1();
            visited(&w, &worker, days, households);
            let told = mine(&w, &worker, "2026-10");
            let done =
                (usize::try_from(told.done.days).unwrap(), usize::try_from(told.done.households).unwrap());
            assert_eq!((done, told.is_met), ((days, households), is_met));
            assert_eq!((told.target.days, told.target.households), (10, 60));
        }
    }
}

#[test]
fn whoever_held_a_post_for_a_part_of_the_month_is_asked_for_that_part() {
    for w in World::each() {
        let part = |from: &str, until: Option<&str>| {
            let worker = w.role(BuiltinRole::GridWorker, C1);
            w.post(worker.actor.user, w.grids[0], from, until);
            let told = mine(&w, &worker, "2026-10");
            (told.target.days_in_post, told.target.days, told.target.households)
        };
        assert_eq!(part("2026-10-01T00:00:00+08:00", None), (31, 10, 60));
        assert_eq!(part("2026-10-17T00:00:00+08:00", None), (15, 4, 29), "150 and 900 of 31, cut");
        assert_eq!(part("2026-10-31T23:00:00+08:00", None), (1, 0, 1), "an hour is a day in post");
        assert_eq!(part("2026-09-01T00:00:00+08:00", Some("2026-10-01T00:00:00+08:00")), (0, 0, 0));
        assert_eq!(part("2026-09-01T00:00:00+08:00", Some("2026-10-02T00:00:00+08:00")), (1, 0, 1));
        let worker = w.role(BuiltinRole::GridWorker, C1);
        w.post(worker.actor.user, w.grids[0], "2026-10-17T00:00:00+08:00", None);
        visited(&w, &worker, 4, 29);
        assert!(mine(&w, &worker, "2026-10").is_met);
        let less = w.role(BuiltinRole::GridWorker, C1);
        w.post(less.actor.user, w.grids[0], "2026-10-17T00:00:00+08:00", None);
        visited(&w, &less, 4, 28);
        assert!(!mine(&w, &less, "2026-10").is_met);
    }
}

#[test]
fn two_posts_ask_for_no_more_than_the_stricter_and_other_posts_for_nothing() {
    for w in World::each() {
        let manager = w.manager(DISTRICT);
        set(&w, &manager, C2, "2026-11-01", rule(20, 100)).unwrap();
        let worker = w.worker1();
        w.post(worker.actor.user, w.grids[1], "2026-11-16T00:00:00+08:00", None);
        let target = mine(&w, &worker, "2026-11").target;
        assert_eq!((target.days_in_post, target.days, target.households), (30, 15, 80), "half a month each");
        let police = w.role(BuiltinRole::GridWorker, C1);
        w.post_as("police", police.actor.user, w.grids[0], "2020-01-01T00:00:00+08:00", None);
        assert_eq!(mine(&w, &police, "2026-11").target.days_in_post, 0);
    }
}

#[test]
fn only_visits_in_person_that_stand_count_and_a_household_once_a_month() {
    for w in World::each() {
        let worker = w.worker1();
        let (home, _) = w.home(C1, Some(HERE));
        w.record(&worker, &call_at(home, "2026-10-30T09:00:00+08:00")).unwrap();
        w.record(&worker, &call_at(home, "2026-10-31T23:59:59+08:00")).unwrap();
        w.record(&worker, &call_at(home, "2026-11-01T00:00:00+08:00")).unwrap();
        let mut phone = call_at(w.home(C1, Some(HERE)).0, "2026-10-29T09:00:00+08:00");
        phone.said.way = Way::Phone;
        w.record(&worker, &phone).unwrap();
        let struck = w.record(&worker, &call_at(home, "2026-10-28T09:00:00+08:00")).unwrap();
        w.strike(&w.manager(C1), &struck).unwrap();
        let done = mine(&w, &worker, "2026-10").done;
        assert_eq!((done.days, done.households), (2, 1));
        assert_eq!(mine(&w, &worker, "2026-11").done.days, 1, "midnight is the realm's");
    }
}

#[test]
fn a_units_share_is_of_those_on_duty_in_it() {
    for w in World::each() {
        let manager = w.manager(TOWN1);
        let (good, lazy, elsewhere) = (w.worker1(), w.worker1(), w.worker(C2, w.grids[1]));
        let third = w.worker1();
        visited(&w, &good, 10, 60);
        visited(&w, &lazy, 9, 60);
        visited(&w, &elsewhere, 10, 60);
        let told = unit(&w, &manager, TOWN1, "2026-10").unwrap();
        assert_eq!((told.workers, told.met, told.share_bp()), (3, 1, Some(3_333)));
        assert_eq!((told.is_over, told.rule.rule.days), (true, 10));
        assert!(!unit(&w, &manager, C1, "2026-11").unwrap().is_over);
        assert_eq!(code(unit(&w, &manager, C2, "2026-10")), "kernel.forbidden");
        assert_eq!(code(unit(&w, &good, C1, "2026-10")), "kernel.forbidden");
        w.posts.posts.lock().clear();
        let nobody = unit(&w, &manager, C1, "2026-10").unwrap();
        assert_eq!((nobody.workers, nobody.share_bp()), (0, None));
        let (who, s) = (w.now(&manager), w.s.clone());
        for wrong in ["2026-12", "2026-13", "november"] {
            assert_eq!(code(compliance::month(&s, &who, wrong)), "visits.month");
        }
        assert!(third.actor.user != good.actor.user);
    }
}

#[test]
fn the_workers_of_a_unit_are_listed_page_by_page() {
    for w in World::each() {
        let manager = w.manager(TOWN1);
        let mut all: BTreeSet<_> = (0..5).map(|_| w.worker1().actor.user).collect();
        let twice = w.worker1().actor.user;
        w.post(twice, w.grids[0], "2026-10-05T00:00:00+08:00", Some("2026-10-06T00:00:00+08:00"));
        all.insert(twice);
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let (who, unit, of, place) = (w.now(&manager), w.unit(TOWN1), month("2026-10"), after.clone());
            let size = PageSize::new(4).unwrap();
            let page = w
                .write(move |tx, s| compliance::of_workers(tx, &who, s, unit, of, place.as_ref(), size, 7))
                .unwrap();
            seen.extend(page.items.iter().map(|one| one.worker));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, all.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn compliance_is_what_counting_the_visits_one_by_one_gives() {
    for w in World::each() {
        let homes: Vec<Id<Household>> = (0..8).map(|_| fresh()).collect();
        // Household, day from the end of September on, in person, struck.
        let visit = (0_usize..8, 0_u64..65, any::<bool>(), proptest::bool::weighted(0.2));
        let mut runner = TestRunner::new(Config { cases: 24, ..Config::default() });
        let outcome = runner.run(&proptest::collection::vec(visit, 0..40), |visits| {
            let worker = w.worker1();
            let (mut days, mut households, mut rows) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
            for (home, offset, in_person, is_struck) in visits {
                let on = day("2026-09-15") + chrono::Days::new(offset);
                let mut row = row(&w, &worker, homes[home], &on.to_string());
                row.way = if in_person { Way::InPerson } else { Way::Phone };
                let struck = visits::model::Struck { at: row.at, by: row.worker, reason: "x".into() };
                row.struck = is_struck.then_some(struck);
                if in_person && !is_struck && on.to_string().starts_with("2026-10") {
                    days.insert(on);
                    households.insert(homes[home]);
                }
                rows.push(row);
            }
            put(&w, rows);
            let told = mine(&w, &worker, "2026-10");
            let count = |n: usize| i64::try_from(n).unwrap();
            prop_assert_eq!(
                (told.done.days, told.done.households),
                (count(days.len()), count(households.len()))
            );
            prop_assert_eq!(told.is_met, days.len() >= 10 && households.len() >= 60);
            Ok(())
        });
        outcome.unwrap();
    }
}
