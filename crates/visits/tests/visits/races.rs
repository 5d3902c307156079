//! What many do at once.

use std::sync::Arc;

use kernel::Outcome;
use testkit::fresh;
use visits::model::{PlanState, SentCase, Visit};
use visits::service::batch::{self, Fate};
use visits::service::record::{self, NewVisit};

use crate::world::*;

/// The same deed by so many threads.
fn at_once<T: Send>(threads: usize, deed: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let deed = &deed;
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|n| scope.spawn(move || deed(n))).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn the_same_visit_sent_by_twenty_at_once_is_one() {
    for w in World::each() {
        let worker = w.worker1();
        let (home, _) = w.home(C1, Some(HERE));
        let plan = w.plan(&worker, None, home, "2026-11-25").unwrap();
        let mut new = NewVisit { id: Some(fresh()), ..call(home) };
        new.said.note = Some("一次".into());
        let told: Vec<Outcome<Visit>> = at_once(20, |_| w.record(&worker, &new));
        let ids: Vec<_> = told.into_iter().map(|visit| visit.unwrap().id).collect();
        assert!(ids.iter().all(|id| Some(*id) == new.id));
        assert_eq!(w.list(&worker, Default::default()).len(), 1);
        assert_eq!(w.find_plan(plan.id).version, 2, "its plan was fulfilled once");
    }
}

#[test]
fn of_two_contents_under_one_id_at_once_one_is_refused() {
    for w in World::each() {
        let worker = w.worker1();
        let (home, _) = w.home(C1, Some(HERE));
        let id = Some(fresh());
        let told = at_once(10, |n| {
            let mut new = NewVisit { id, ..call(home) };
            new.said.note = Some(if n % 2 == 0 { "甲".into() } else { "乙".into() });
            w.record(&worker, &new)
        });
        let refused: Vec<&str> = told.into_iter().filter(Result::is_err).map(code).collect();
        assert_eq!(refused, ["visits.id_taken"; 5]);
    }
}

#[test]
fn a_plan_is_done_by_one_of_ten_visits_at_once() {
    for w in World::each() {
        let worker = w.worker1();
        let (home, _) = w.home(C1, Some(HERE));
        let plan = w.plan(&worker, None, home, "2026-11-25").unwrap();
        let told = at_once(10, |_| w.record(&worker, &NewVisit { plan: Some(plan.id), ..call(home) }));
        let (done, refused): (Vec<_>, Vec<_>) = told.into_iter().partition(Result::is_ok);
        assert_eq!((done.len(), refused.len()), (1, 9));
        assert!(refused.into_iter().all(|outcome| code(outcome) == "visits.plan_over"));
        assert_eq!(w.find_plan(plan.id).state, PlanState::Done);
    }
}

#[test]
fn a_visit_is_struck_by_one_of_many_and_planned_once() {
    for w in World::each() {
        let (worker, manager) = (w.worker1(), w.manager(C1));
        let (home, _) = w.home(C1, Some(HERE));
        let made = w.record(&worker, &call(home)).unwrap();
        let told = at_once(10, |_| w.strike(&manager, &made));
        assert_eq!(told.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        let told = at_once(10, |_| w.plan(&worker, None, home, "2026-11-30"));
        assert_eq!(told.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert!(told.into_iter().filter(Result::is_err).all(|o| code(o) == "visits.planned_already"));
    }
}

#[test]
fn a_batch_answers_each_by_itself_and_is_safe_to_send_again() {
    for w in World::each() {
        let worker = Arc::new(w.worker1());
        let ((home, _), (elsewhere, _)) = (w.home(C1, Some(HERE)), w.home(C2, Some(THERE)));
        let with_id = |new: NewVisit| NewVisit { id: Some(fresh()), ..new };
        let mut case = with_id(call(home));
        case.case = Some(SentCase { title: String::new(), description: String::new(), category: None });
        let all = vec![
            with_id(call(home)),
            with_id(call(elsewhere)),
            with_id(call_at(home, "2026-11-27T09:00:00+08:00")),
            case,
            call(home),
            with_id(call_at(home, "2026-11-24T09:00:00+08:00")),
        ];
        let send = || {
            let (who, all) = (w.now(&worker), all.clone());
            let fates = w.write(move |tx, s| batch::record_all(tx, &who, s, &all)).unwrap();
            let word = |fate: &Fate| match fate {
                Fate::Recorded(_) => "recorded",
                Fate::Refused(refusal) => refusal.code.code,
            };
            fates.iter().map(word).collect::<Vec<_>>()
        };
        let expected = [
            "recorded",
            "kernel.not_found",
            "kernel.invalid",
            "kernel.invalid",
            "kernel.invalid",
            "recorded",
        ];
        assert_eq!(send(), expected);
        assert_eq!(send(), expected, "again");
        assert_eq!(w.list(&worker, Default::default()).len(), 2, "of a refused one nothing is kept");
        let (who, new) = (w.now(&worker), all[3].clone());
        let alone = w.write(move |tx, s| record::record(tx, &who, s, &new));
        assert_eq!(fields(alone), [("/incident/title".to_owned(), "kernel.field_required")]);
    }
}
