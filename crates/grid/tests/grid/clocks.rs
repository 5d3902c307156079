//! The clock of a case: when it runs, stands, ends and is told of, on both engines.

use contracts::{Due, Pause, SpanUnit, WorkTime};
use grid::model::{
    Category, CategoryKind, Clock, ClockEnd, ClockKind, Decision, Incident, RequestKind, Says, State, Term,
};
use grid::service::act::Deed;
use grid::service::categories::{self, NewCategory};
use grid::service::due::{self, Query};
use grid::service::report::NewIncident;
use grid::service::requests::Asked;
use grid::service::see::Shown;
use grid::service::{category_rules, clock, escalate, see};
use grid::store::{clocks, scopes};
use kernel::id::Incident as IncidentId;
use kernel::{Context, Id, Instant, Outcome, PageSize};
use proptest::test_runner::{Config, TestRunner};

use crate::world::*;

const HOUR: i64 = 3_600;

/// A category that is accepted within two hours and resolved within eight.
fn lamps(w: &World) -> Category {
    let boss = w.person("区管理员", DISTRICT, &["grid.category.manage", "grid.category.read"]);
    let ctx = w.now(&boss);
    let new = NewCategory {
        name: "路灯".into(),
        kind: CategoryKind::Component,
        unit: w.unit(DISTRICT),
        parent: None,
        code: None,
        local: true,
    };
    let made = w.write(move |tx, s| categories::create(tx, &ctx, s, &new)).unwrap();
    let (ctx, id, unit) = (w.now(&boss), made.id, w.unit(DISTRICT));
    let hours = |count| Some(Term { count, unit: SpanUnit::WorkingHours });
    let says = Says { accept_within: hours(2), resolve_within: hours(8), ..Says::default() };
    w.write(move |tx, s| category_rules::put(tx, &ctx, s, id, unit, 0, &says)).unwrap();
    made
}

fn report(w: &World, who: &Context, category: &Category) -> Shown {
    let new = NewIncident {
        title: "路灯不亮".into(),
        unit: Some(w.unit(C1A)),
        category: Some(category.id),
        ..NewIncident::default()
    };
    w.report(who, new).unwrap()
}

fn now(w: &World) -> Instant {
    w.time()
}

fn hours(from: Instant, hours: i64) -> Option<Instant> {
    Some(from.plus_seconds(hours * HOUR))
}

fn all_clocks(w: &World, id: Id<IncidentId>) -> Vec<Clock> {
    w.read(move |tx, _| clocks::of_incident(tx, id)).unwrap()
}

/// Does the deed at the version it has.
fn then(w: &World, who: &Context, i: &Shown, deed: Deed) -> Shown {
    w.act(who, i.incident.id, i.incident.version, deed).unwrap()
}

fn found(w: &World, who: &Context, id: Id<IncidentId>) -> Incident {
    let who = w.now(who);
    w.read(move |tx, s| see::find(tx, &who, s, id)).unwrap().incident
}

/// Dispatched to the department's handler.
fn dispatched(w: &World, worker: &Context, handler: &Context, i: &Shown) -> Shown {
    let i = then(w, worker, i, Deed::Accept { note: None });
    let to = Deed::Dispatch { unit: Some(w.unit(DEPARTMENT)), person: Some(handler.actor.user), note: None };
    then(w, worker, &i, to)
}

fn due_list(w: &World, who: &Context, query: Query) -> Vec<Id<IncidentId>> {
    let who = w.now(who);
    let page = w.read(move |tx, s| due::list(tx, &who, s, &query, PageSize::DEFAULT, 0)).unwrap();
    page.items.into_iter().map(|shown| shown.incident.id).collect()
}

/// What is written where the case is entered agrees with its row.
fn assert_entered(w: &World, i: &Incident) {
    let id = i.id;
    let entered = w.read(move |tx, _| scopes::marks(tx, id)).unwrap();
    assert!(!entered.is_empty());
    assert!(entered.iter().all(|(_, state, due)| state == i.state.word() && *due == i.due), "{entered:?}");
}

#[test]
fn acceptance_runs_from_the_report_and_resolution_from_the_dispatch() {
    for w in World::each() {
        let (resident, worker, handler) = (w.resident(), w.worker(), w.handler());
        let lamps = lamps(&w);
        let reported = now(&w);
        let i = report(&w, &resident, &lamps);
        assert_eq!(i.incident.due, hours(i.incident.reported_at, 2));
        assert!(i.incident.reported_at >= reported);
        assert_entered(&w, &i.incident);
        let i = then(&w, &worker, &i, Deed::Accept { note: None });
        assert_eq!(i.incident.due, None, "between acceptance and dispatch none runs");
        assert_entered(&w, &i.incident);
        let to =
            Deed::Dispatch { unit: Some(w.unit(DEPARTMENT)), person: Some(handler.actor.user), note: None };
        let i = then(&w, &worker, &i, to);
        assert_eq!(i.incident.due, hours(i.incident.state_since, 8));
        let due = i.incident.due;
        let i = then(&w, &handler, &i, Deed::Start { note: None });
        assert_eq!(i.incident.due, due, "to begin changes nothing");
        let i = then(&w, &handler, &i, Deed::Resolve { result: words("已换") });
        assert_eq!(i.incident.due, None);
        assert_entered(&w, &i.incident);
        let ended: Vec<_> =
            all_clocks(&w, i.incident.id).into_iter().map(|c| (c.kind, c.end, c.on_time())).collect();
        assert_eq!(
            ended,
            [
                (ClockKind::Acceptance, Some(ClockEnd::Done), Some(true)),
                (ClockKind::Resolution, Some(ClockEnd::Done), Some(true)),
            ]
        );
        let inspector = w.inspector();
        let i = then(&w, &inspector, &i, Deed::Fail { reason: words("未亮") });
        assert_eq!(i.incident.due, hours(i.incident.state_since, 2), "it is to be taken on again");
    }
}

#[test]
fn without_a_term_no_clock_runs() {
    for w in World::each() {
        let (resident, worker, handler) = (w.resident(), w.worker(), w.handler());
        let i = dispatched(&w, &worker, &handler, &w.reported_in(&resident, C1A));
        assert_eq!(i.incident.due, None);
        assert_eq!(all_clocks(&w, i.incident.id), []);
        let asked = Asked { kind: RequestKind::Extension, extra: Some(1), reason: words("忙") };
        assert_eq!(code(w.ask(&handler, i.incident.id, i.incident.version, asked)), "grid.no_clock");
    }
}

#[test]
fn a_case_given_back_or_transferred_costs_its_handler_nothing() {
    for w in World::each() {
        let (resident, worker, handler) = (w.resident(), w.worker(), w.handler());
        let lamps = lamps(&w);
        let i = dispatched(&w, &worker, &handler, &report(&w, &resident, &lamps));
        let i = then(&w, &handler, &i, Deed::Return { reason: words("不归我管") });
        assert_eq!(
            (i.incident.state, i.incident.due, i.incident.assignee, i.incident.assignee_unit),
            (State::Accepted, None, None, None)
        );
        let last = all_clocks(&w, i.incident.id).pop().unwrap();
        assert_eq!((last.end, last.on_time()), (Some(ClockEnd::Dropped), None));

        let elsewhere = w.person("二社区", C1B, &["grid.incident.read"]);
        let (them, id) = (w.now(&elsewhere), i.incident.id);
        assert_eq!(code(w.read(move |tx, s| see::find(tx, &them, s, id))), "kernel.not_found");
        let to =
            |unit: usize| Deed::Transfer {
                unit: Some(w.unit(unit)), grid: None, reason: words("属二社区")
            };
        assert_eq!(code(w.act(&worker, id, i.incident.version, to(C1A))), "grid.same_tray");
        let nowhere = Deed::Transfer { unit: None, grid: None, reason: words("?") };
        assert_eq!(code(w.act(&worker, id, i.incident.version, nowhere)), "kernel.invalid");
        let i = then(&w, &worker, &i, to(C1B));
        assert_eq!((i.incident.state, i.incident.unit), (State::Reported, w.unit(C1B)));
        assert_eq!(i.incident.due, hours(i.incident.state_since, 2));
        assert_entered(&w, &found(&w, &elsewhere, id));
        let entered = w.read(move |tx, _| scopes::marks(tx, id)).unwrap();
        let mut units: Vec<_> = entered.into_iter().map(|(unit, ..)| unit).collect();
        let mut wanted = vec![w.unit(DISTRICT), w.unit(TOWN1), w.unit(C1B)];
        units.sort();
        wanted.sort();
        assert_eq!(units, wanted, "nothing is left behind");
        let them = w.now(&worker);
        assert_eq!(code(w.read(move |tx, s| see::find(tx, &them, s, id))), "kernel.not_found");
    }
}

#[test]
fn the_clock_stands_while_the_reporter_is_asked_and_while_the_case_is_set_aside() {
    for w in World::each() {
        let (resident, worker, handler) = (w.resident(), w.worker(), w.handler());
        let lamps = lamps(&w);
        let i = dispatched(&w, &worker, &handler, &report(&w, &resident, &lamps));
        let due = i.incident.due.unwrap();
        w.later(HOUR);
        let i = then(&w, &handler, &i, Deed::Ask { question: words(" 哪一盏？ ") });
        let since = i.incident.state_since;
        assert_eq!((i.incident.state, i.incident.due), (State::Waiting, None));
        assert_eq!(
            (i.incident.back, i.incident.question.as_deref()),
            (Some(State::Dispatched), Some("哪一盏？"))
        );
        assert_entered(&w, &i.incident);
        w.later(5 * HOUR);
        let i = then(&w, &resident, &i, Deed::Answer { answer: words("东门第二盏") });
        let stood = i.incident.state_since.micros() - since.micros();
        assert_eq!(i.incident.state, State::Dispatched);
        assert_eq!(i.incident.due, Instant::from_micros(due.micros() + stood));
        assert_eq!((i.incident.back, &i.incident.question), (None, &None));
        let due = i.incident.due.unwrap();

        let until = now(&w).plus_seconds(48 * HOUR);
        for wrong in [now(&w).plus_seconds(-1), now(&w).plus_seconds(400 * 24 * HOUR)] {
            let deed = Deed::Suspend { until: wrong, reason: words("待料") };
            assert_eq!(code(w.act(&worker, i.incident.id, i.incident.version, deed)), "kernel.invalid");
        }
        let not_theirs = Deed::Suspend { until, reason: words("待料") };
        let refused = code(w.act(&handler, i.incident.id, i.incident.version, not_theirs.clone()));
        assert_eq!(refused, "kernel.forbidden", "whose clock it is does not stop it");
        let i = then(&w, &worker, &i, not_theirs);
        let paused = until.micros() - i.incident.state_since.micros();
        assert_eq!(i.incident.due, Instant::from_micros(due.micros() + paused), "the date is known");
        assert_eq!(i.incident.resume_at, Some(until));
        w.later(24 * HOUR);
        let i = then(&w, &worker, &i, Deed::Resume { note: None });
        assert_eq!(i.incident.state, State::Dispatched);
        assert_eq!(i.incident.resume_at, None);
        assert!(i.incident.due.unwrap() < Instant::from_micros(due.micros() + paused).unwrap());
        assert_entered(&w, &i.incident);
    }
}

#[test]
fn what_was_set_aside_goes_on_by_itself_once() {
    for w in World::each() {
        let (resident, worker, handler) = (w.resident(), w.worker(), w.handler());
        let lamps = lamps(&w);
        let i = dispatched(&w, &worker, &handler, &report(&w, &resident, &lamps));
        let i = then(&w, &handler, &i, Deed::Start { note: None });
        let until = now(&w).plus_seconds(HOUR);
        let i = then(&w, &worker, &i, Deed::Suspend { until, reason: words("待料") });
        let run = |w: &World| {
            let ctx = escalate::by_itself(now(w), "job", w.db.db.ids());
            w.write(move |tx, s| escalate::resume(tx, &ctx, s)).unwrap()
        };
        assert_eq!(run(&w), 0, "not yet");
        w.later(HOUR + 1);
        assert_eq!((run(&w), run(&w)), (1, 0));
        let after = found(&w, &worker, i.incident.id);
        assert_eq!((after.state, after.due, after.resume_at), (State::InProgress, i.incident.due, None));
        assert_entered(&w, &after);
        let (them, id) = (w.now(&worker), i.incident.id);
        let steps = w.read(move |tx, s| see::history(tx, &them, s, id, 0, PageSize::DEFAULT, 0)).unwrap();
        let last = steps.items.last().unwrap();
        assert_eq!((last.step.action.as_str(), &last.actor), ("resume", &None), "nobody did it");
    }
}

#[test]
fn a_case_whose_time_is_over_is_told_of_one_level_up_and_only_once() {
    for w in World::each() {
        let (resident, worker, handler) = (w.resident(), w.worker(), w.handler());
        let lamps = lamps(&w);
        let run = |w: &World| {
            let ctx = escalate::by_itself(now(w), "job", w.db.db.ids());
            w.write(move |tx, s| escalate::escalate(tx, &ctx, s)).unwrap()
        };
        let tray = report(&w, &resident, &lamps);
        let given = dispatched(&w, &worker, &handler, &report(&w, &resident, &lamps));
        assert_eq!(run(&w), 0);
        w.later(3 * HOUR);
        assert_eq!((run(&w), run(&w)), (1, 0));
        let after = found(&w, &worker, tray.incident.id);
        assert_eq!(after.escalated_unit, Some(w.unit(TOWN1)), "above the tray's community");
        w.later(6 * HOUR);
        assert_eq!((run(&w), run(&w)), (1, 0));
        let after = found(&w, &worker, given.incident.id);
        assert_eq!(after.escalated_unit, Some(w.unit(DISTRICT)), "above the handler's department");
        assert_eq!(after.version, given.incident.version + 1);
        let late = then(&w, &handler, &Shown { incident: after, ..given }, Deed::Start { note: None });
        let late = then(&w, &handler, &late, Deed::Resolve { result: words("已换") });
        assert_eq!(late.incident.escalated_unit, None);
        let last = all_clocks(&w, late.incident.id).pop().unwrap();
        assert_eq!(last.on_time(), Some(false));
        assert!(last.escalated.is_some(), "that it was told of stays known");
    }
}

#[test]
fn more_time_is_granted_by_somebody_else_and_counted_on() {
    for w in World::each() {
        let (resident, worker, handler, inspector) = (w.resident(), w.worker(), w.handler(), w.inspector());
        let lamps = lamps(&w);
        let i = dispatched(&w, &worker, &handler, &report(&w, &resident, &lamps));
        let (id, due) = (i.incident.id, i.incident.due.unwrap());
        let asked = |extra| Asked { kind: RequestKind::Extension, extra, reason: words("缺料") };
        for (extra, wanted) in [(None, "kernel.invalid"), (Some(0), "kernel.invalid")] {
            assert_eq!(code(w.ask(&handler, id, 3, asked(extra))), wanted);
        }
        assert_eq!(code(w.ask(&handler, id, 2, asked(Some(4)))), "kernel.stale");
        assert_eq!(code(w.ask(&resident, id, 3, asked(Some(4)))), "kernel.forbidden");
        let request = w.ask(&handler, id, 3, asked(Some(4))).unwrap();
        assert_eq!(code(w.ask(&handler, id, 4, asked(Some(4)))), "grid.request_pending");
        assert_eq!(found(&w, &worker, id).due, Some(due), "asked is not granted");
        assert_eq!(code(w.decide(&worker, &request, true)), "kernel.forbidden");
        let both = w.person(
            "两任",
            DISTRICT,
            &["grid.incident.read", "grid.incident.handle", "grid.request.decide"],
        );
        let granted = w.decide(&inspector, &request, true).unwrap();
        assert_eq!(granted.decision, Decision::Granted);
        let after = found(&w, &worker, id);
        assert_eq!(after.due, Some(due.plus_seconds(4 * HOUR)));
        assert_entered(&w, &after);
        assert_eq!(code(w.decide(&inspector, &granted, false)), "grid.request_decided");
        assert_eq!(code(w.decide(&inspector, &request, false)), "kernel.stale");

        let own = w.ask(&both, id, after.version, asked(Some(1))).unwrap();
        assert_eq!(code(w.decide(&both, &own, true)), "grid.asker_cannot_decide");
        w.decide(&inspector, &own, false).unwrap();
        assert_eq!(found(&w, &worker, id).due, after.due);
        let version = found(&w, &worker, id).version;
        assert_eq!(code(w.ask(&handler, id, version, asked(Some(i32::MAX)))), "grid.term_too_long");
        let last = w.ask(&handler, id, version, asked(Some(1))).unwrap();
        let late =
            then(&w, &handler, &Shown { incident: found(&w, &worker, id), ..i }, Deed::Start { note: None });
        then(&w, &handler, &late, Deed::Resolve { result: words("已换") });
        let moot = w.read(move |tx, _| grid::store::requests::find(tx, last.id)).unwrap().unwrap();
        assert_eq!(moot.decision, Decision::Moot, "its clock ended");
        assert_eq!(code(w.decide(&inspector, &moot, true)), "grid.request_decided");
    }
}

#[test]
fn a_case_is_struck_by_two_and_nothing_of_it_goes_on() {
    for w in World::each() {
        let (resident, worker, inspector) = (w.resident(), w.worker(), w.inspector());
        let lamps = lamps(&w);
        let i = report(&w, &resident, &lamps);
        let asked = |extra| Asked { kind: RequestKind::Void, extra, reason: words("试报") };
        let id = i.incident.id;
        assert_eq!(code(w.ask(&worker, id, 1, asked(Some(1)))), "kernel.invalid");
        let request = w.ask(&worker, id, 1, asked(None)).unwrap();
        w.decide(&inspector, &request, true).unwrap();
        let after = found(&w, &worker, id);
        assert_eq!((after.state, after.due), (State::Void, None));
        assert_entered(&w, &after);
        let again = w.ask(&worker, id, after.version, asked(None));
        assert_eq!(code(again), "grid.not_open");
        let refused = w.act(&worker, id, after.version, Deed::Accept { note: None });
        assert_eq!(code(refused), "grid.transition_not_allowed");
    }
}

#[test]
fn the_first_to_be_over_is_first_in_the_list_and_only_for_who_may_see_it() {
    for w in World::each() {
        let (resident, worker, handler) = (w.resident(), w.worker(), w.handler());
        let lamps = lamps(&w);
        let given = dispatched(&w, &worker, &handler, &report(&w, &resident, &lamps));
        let tray = report(&w, &resident, &lamps);
        let asked = report(&w, &resident, &lamps);
        then(&w, &worker, &asked, Deed::Ask { question: words("?") });
        w.reported_in(&resident, C1A);
        let (tray, given) = (tray.incident.id, given.incident.id);
        assert_eq!(due_list(&w, &worker, Query::default()), [tray, given]);
        let town = Query { unit: Some(w.unit(TOWN1)), ..Query::default() };
        assert_eq!(due_list(&w, &w.inspector(), town), [tray, given]);
        assert_eq!(due_list(&w, &w.inspector(), Query { unit: Some(w.unit(TOWN2)), ..town }), []);
        let other = w.person("西镇", TOWN2, &["grid.incident.read"]);
        assert_eq!(due_list(&w, &other, Query::default()), []);
        assert_eq!(due_list(&w, &resident, Query::default()), []);
        let mine = Query { assignee: Some(grid::service::list::Assignee::Me), ..Query::default() };
        assert_eq!(due_list(&w, &handler, mine), [given]);
        w.later(3 * HOUR);
        let overdue = Query { to: Some(now(&w)), ..Query::default() };
        assert_eq!(due_list(&w, &worker, overdue), [tray]);
        let to_come = Query { from: Some(now(&w)), ..Query::default() };
        assert_eq!(due_list(&w, &worker, to_come), [given]);
    }
}

#[test]
fn what_nobody_can_count_is_said_and_counted_later() {
    for w in World::each() {
        let (resident, worker) = (w.resident(), w.worker());
        let lamps = lamps(&w);
        *w.hours.silent.lock() = true;
        let i = report(&w, &resident, &lamps);
        assert_eq!(i.incident.due, None);
        let clock = all_clocks(&w, i.incident.id).pop().unwrap();
        assert_eq!((clock.due, clock.unknown.as_deref()), (None, Some("kernel.unavailable")));
        *w.hours.silent.lock() = false;
        let ctx = escalate::by_itself(now(&w), "job", w.db.db.ids());
        assert_eq!(w.write(move |tx, s| clock::recount(tx, &ctx, s, None)).unwrap(), None);
        let after = found(&w, &worker, i.incident.id);
        assert_eq!(after.due, hours(i.incident.reported_at, 2));
        assert_eq!(after.version, i.incident.version);
        assert_entered(&w, &after);
        assert_eq!(all_clocks(&w, i.incident.id).pop().unwrap().unknown, None);
    }
}

#[test]
fn what_stays_unknown_keeps_none_of_the_others_waiting() {
    for w in World::each() {
        let resident = w.resident();
        let lamps = lamps(&w);
        *w.hours.silent.lock() = true;
        for _ in 0..=clock::AT_ONCE {
            report(&w, &resident, &lamps);
        }
        let turn = |after| {
            let ctx = escalate::by_itself(now(&w), "job", w.db.db.ids());
            w.write(move |tx, s| clock::recount(tx, &ctx, s, after)).unwrap()
        };
        let first = turn(None);
        assert!(first.is_some(), "more are left than one turn takes");
        assert_eq!(turn(first), None, "the rest, and then from the first again");
    }
}

/// Whatever is done to a case in whatever order: at most one clock runs, what the case says is what its clock says, it says the same
/// wherever it is entered, and a clock that runs is over when the calendar says so with the pauses there were.
#[test]
fn a_case_and_its_clock_never_disagree() {
    for w in World::each() {
        let (resident, worker, handler, inspector) = (w.resident(), w.worker(), w.handler(), w.inspector());
        let lamps = lamps(&w);
        let deed = |n: usize| -> (&Context, Deed) {
            match n {
                0 => (&worker, Deed::Accept { note: None }),
                1 => (
                    &worker,
                    Deed::Dispatch {
                        unit: Some(w.unit(DEPARTMENT)),
                        person: Some(handler.actor.user),
                        note: None,
                    },
                ),
                2 => (&handler, Deed::Start { note: None }),
                3 => (&handler, Deed::Resolve { result: words("好") }),
                4 => (&inspector, Deed::Fail { reason: words("没好") }),
                5 => (&worker, Deed::Ask { question: words("?") }),
                6 => (&resident, Deed::Answer { answer: words("!") }),
                7 => (&worker, Deed::Suspend { until: now(&w).plus_seconds(7 * HOUR), reason: words("待") }),
                8 => (&worker, Deed::Resume { note: None }),
                _ => (&handler, Deed::Return { reason: words("错") }),
            }
        };
        let drawn = proptest::collection::vec((0..10_usize, 0..9_i64), 1..25);
        let mut runner =
            TestRunner::new(Config { cases: 16, failure_persistence: None, ..Config::default() });
        runner
            .run(&drawn, |drawn| {
                let mut i = report(&w, &resident, &lamps).incident;
                for (n, hours) in drawn {
                    let (who, deed) = deed(n);
                    if let Ok(done) = w.act(who, i.id, i.version, deed) {
                        i = done.incident;
                    }
                    check(&w, &i);
                    w.later(hours * HOUR);
                }
                Ok(())
            })
            .unwrap();
    }
}

fn check(w: &World, i: &Incident) {
    assert_entered(w, i);
    let all = all_clocks(w, i.id);
    let running: Vec<_> = all.iter().filter(|c| c.ended.is_none()).collect();
    assert!(running.len() <= 1);
    assert!(all.iter().all(|c| c.ended.is_some() == c.end.is_some()));
    let counts = matches!(
        i.back.unwrap_or(i.state),
        State::Reported | State::Reopened | State::Dispatched | State::InProgress
    );
    assert_eq!(running.len(), usize::from(counts), "{}", i.state);
    let due = running.first().and_then(|c| c.due);
    assert_eq!(i.due, due);
    let Some(clock) = running.first() else { return };
    let id = i.id;
    let pauses: Vec<Pause> =
        w.read(move |tx, _| clocks::pauses(tx, id)).unwrap().iter().map(Pause::from).collect();
    let counted: Outcome<Due> = w.hours.due(clock.started, clock.span, &pauses);
    assert_eq!(due, counted.unwrap().at());
}
