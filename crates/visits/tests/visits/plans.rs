//! Plans: made, fulfilled, dropped, missed, passed on.

use std::sync::Arc;

use contracts::{Holdings, Passing};
use kernel::{Context, Id, IdGen, Outcome, SystemClock, SystemIds};
use visits::model::{DropReason, Plan, PlanState};
use visits::service::holdings::PlanHoldings;
use visits::service::record::NewVisit;
use visits::service::{miss, plans};

use crate::world::*;

fn give_up(w: &World, who: &Context, plan: &Plan) -> Outcome<Plan> {
    let (who, id, version) = (w.now(who), plan.id, plan.version);
    w.write(move |tx, _| plans::give_up(tx, &who, id, version, DropReason::Postponed))
}

fn miss_all(w: &World) -> usize {
    let now = *w.now.lock();
    let ids: Arc<dyn IdGen> = Arc::new(SystemIds::new(Arc::new(SystemClock)));
    w.write(move |tx, s| miss::miss(tx, s, now, &ids)).unwrap()
}

fn listed(w: &World, who: &Context) -> usize {
    let who = w.now(who);
    let query = plans::Query::default();
    let size = kernel::PageSize::DEFAULT;
    w.write(move |tx, s| plans::list(tx, &who, s, &query, None, size, 0)).unwrap().items.len()
}

#[test]
fn a_plan_is_fulfilled_by_the_visit_of_that_day() {
    for w in World::each() {
        let worker = w.worker1();
        let (home, _) = w.home(C1, Some(HERE));
        let plan = w.plan(&worker, None, home, "2026-11-25").unwrap();
        assert_eq!(code(w.plan(&worker, None, home, "2026-11-25")), "visits.planned_already");
        let other_day = w.record(&worker, &call_at(home, "2026-11-24T09:00:00+08:00")).unwrap();
        assert_eq!(other_day.plan, None);
        let made = w.record(&worker, &call(home)).unwrap();
        assert_eq!(made.plan, Some(plan.id));
        let done = w.find_plan(plan.id);
        assert_eq!((done.state, done.visit, done.version), (PlanState::Done, Some(made.id), 2));
        let second = w.record(&worker, &NewVisit { plan: Some(plan.id), ..call(home) });
        assert_eq!(code(second), "visits.plan_over", "a plan is done once");
        assert_eq!(code(give_up(&w, &worker, &done)), "visits.plan_over");
        w.strike(&w.manager(C1), &made).unwrap();
        assert_eq!(w.find_plan(plan.id).state, PlanState::Planned, "what was struck fulfilled nothing");
    }
}

#[test]
fn a_visit_names_only_a_plan_of_its_own() {
    for w in World::each() {
        let (worker, colleague) = (w.worker1(), w.worker1());
        let ((home, _), (other, _)) = (w.home(C1, Some(HERE)), w.home(C1, Some(HERE)));
        let theirs = w.plan(&colleague, None, home, "2026-11-25").unwrap();
        let elsewhere = w.plan(&worker, None, other, "2026-11-25").unwrap();
        let later = w.plan(&worker, None, home, "2026-11-26").unwrap();
        for plan in [theirs.id, elsewhere.id, later.id, testkit::fresh()] {
            let named = w.record(&worker, &NewVisit { plan: Some(plan), ..call(home) });
            assert_eq!(fields(named), [("/plan_id".to_owned(), "visits.plan_other")]);
        }
    }
}

#[test]
fn a_plan_whose_day_is_over_is_missed_unless_the_visit_still_comes() {
    for w in World::each() {
        let worker = w.worker1();
        let ((home, _), (other, _)) = (w.home(C1, Some(HERE)), w.home(C1, Some(HERE)));
        let plan = w.plan(&worker, None, home, "2026-11-25").unwrap();
        w.plan(&worker, None, other, "2026-11-26").unwrap();
        w.at("2026-11-25T23:59:59+08:00");
        assert_eq!(miss_all(&w), 0, "the day is not over yet");
        w.at("2026-11-26T00:00:01+08:00");
        assert_eq!((miss_all(&w), miss_all(&w)), (1, 0), "once");
        assert_eq!(w.find_plan(plan.id).state, PlanState::Missed);
        let late = w.record(&worker, &call_at(home, "2026-11-25T21:00:00+08:00")).unwrap();
        assert_eq!(w.find_plan(plan.id).state, PlanState::Done, "the phone was offline");
        w.correct(&worker, &late, said("2026-11-24T21:00:00+08:00")).unwrap();
        let released = w.find_plan(plan.id);
        assert_eq!((released.state, released.visit), (PlanState::Missed, None), "it was another day");
        assert_eq!(w.see(&worker, late.id).unwrap().plan, None);
    }
}

#[test]
fn a_plan_is_made_for_a_day_that_comes_and_for_who_is_on_duty() {
    for w in World::each() {
        let (worker, manager) = (w.worker1(), w.manager(TOWN1));
        let ((home, _), (elsewhere, _)) = (w.home(C1, Some(HERE)), w.home(C2, Some(THERE)));
        let me = Some(worker.actor.user);
        for on in ["2026-11-24", "2027-02-24"] {
            let wrong = fields(w.plan(&worker, None, home, on));
            assert_eq!(wrong, [("/planned_on".to_owned(), "visits.plan_day")]);
        }
        assert_eq!(code(w.plan(&worker, None, elsewhere, "2026-11-25")), "kernel.not_found");
        let planned = w.plan(&manager, me, home, "2026-12-01").unwrap();
        assert_eq!((planned.worker, planned.planned_by), (worker.actor.user, manager.actor.user));
        assert_eq!(code(w.plan(&manager, me, elsewhere, "2026-12-01")), "kernel.not_found");
        assert_eq!(code(w.plan(&w.worker1(), me, home, "2026-12-02")), "kernel.forbidden");
        let idle = w.role(kernel::BuiltinRole::GridWorker, C1).actor.user;
        let off_duty = fields(w.plan(&manager, Some(idle), home, "2026-12-01"));
        assert_eq!(off_duty, [("/worker_id".to_owned(), "visits.not_on_duty")]);
        let revoked = w.person(C1, &[]).actor.user;
        w.post(revoked, w.grids[0], "2020-01-01T00:00:00+08:00", None);
        assert_eq!(code(w.plan(&manager, Some(revoked), home, "2026-12-01")), "kernel.invalid");
        w.homes.homes.lock().get_mut(&home).unwrap().closed = true;
        assert_eq!(code(w.plan(&worker, None, home, "2026-12-03")), "visits.household_closed");
    }
}

#[test]
fn plans_are_seen_and_dropped_by_their_worker_and_the_units_manager() {
    for w in World::each() {
        let (worker, colleague) = (w.worker1(), w.worker1());
        let (home, _) = w.home(C1, Some(HERE));
        let plan = w.plan(&worker, None, home, "2026-11-26").unwrap();
        assert_eq!(code(give_up(&w, &colleague, &plan)), "kernel.not_found");
        assert_eq!(code(give_up(&w, &w.manager(C2), &plan)), "kernel.not_found");
        let counts = [&worker, &colleague, &w.manager(TOWN1), &w.manager(C2)].map(|who| listed(&w, who));
        assert_eq!(counts, [1, 0, 1, 0]);
        let stale = Plan { version: 9, ..plan.clone() };
        assert_eq!(code(give_up(&w, &worker, &stale)), "kernel.stale");
        let dropped = give_up(&w, &w.manager(TOWN1), &plan).unwrap();
        assert_eq!((dropped.state, dropped.reason), (PlanState::Dropped, Some(DropReason::Postponed)));
        w.plan(&worker, None, home, "2026-11-26").unwrap();
    }
}

#[test]
fn planned_visits_pass_to_who_is_on_duty_there() {
    for w in World::each() {
        let (worker, heir, manager) = (w.worker1(), w.worker1(), w.manager(TOWN1));
        let (home, _) = w.home(C1, Some(HERE));
        let plan = w.plan(&worker, None, home, "2026-11-26").unwrap();
        let port = PlanHoldings(w.s.clone());
        let (from, item) = (worker.actor.user, Id::from_uuid(plan.id.uuid()));
        let hand = |who: &Context, to| {
            let (who, port) = (w.now(who), port.clone());
            w.write(move |tx, _| port.hand_over(tx, &who, &Passing { from, to, reason: "调岗" }, item))
        };
        assert_eq!(code(hand(&w.manager(C2), heir.actor.user)), "kernel.not_found");
        let elsewhere = w.worker(C2, w.grids[1]).actor.user;
        assert_eq!(code(hand(&manager, elsewhere)), "kernel.invalid");
        let told = |who: &Context| {
            let (who, port) = (w.now(who), port.clone());
            w.write(move |tx, _| {
                let listed = port.list(tx, &who, from, None, None, 10)?.len();
                Ok((port.count(tx, &who, from, None)?, listed))
            })
            .unwrap()
        };
        let (count, listed) = told(&manager);
        assert_eq!((count.shown, count.hidden, listed), (1, 0, 1));
        let (count, listed) = told(&w.manager(C2));
        assert_eq!((count.shown, count.hidden, listed), (0, 1, 0), "counted and not named");
        hand(&manager, heir.actor.user).unwrap();
        assert_eq!(w.find_plan(plan.id).worker, heir.actor.user);
        assert_eq!(code(hand(&manager, heir.actor.user)), "visits.not_theirs");
    }
}
