//! Every transition, every forbidden one, and what a report finds out by itself.

use grid::model::{Action, How, RequestKind, State};
use grid::service::act::Deed;
use grid::service::list;
use grid::service::report::NewIncident;
use grid::service::requests::Asked;
use grid::service::see::{self, Shown};
use kernel::error::Fault;
use kernel::{Context, Id};

use crate::world::*;

struct Cast {
    resident: Context,
    worker: Context,
    handler: Context,
    inspector: Context,
}

fn cast(w: &World) -> Cast {
    Cast { resident: w.resident(), worker: w.worker(), handler: w.handler(), inspector: w.inspector() }
}

fn note() -> Option<String> {
    None
}

/// Brings a fresh incident to a state, by the shortest way.
fn brought_to(w: &World, c: &Cast, state: State) -> Shown {
    let step =
        |i: Shown, who: &Context, deed: Deed| w.act(who, i.incident.id, i.incident.version, deed).unwrap();
    let mut i = w.reported_in(&c.resident, C1A);
    if state == State::Reported {
        return i;
    }
    if state == State::Rejected {
        return step(i, &c.worker, Deed::Reject { reason: words("不属实") });
    }
    if state == State::Merged {
        let into = w.reported_in(&c.resident, C1A).incident.id;
        return step(i, &c.worker, Deed::Merge { into, reason: words("重复上报") });
    }
    if state == State::Void {
        let asked = Asked { kind: RequestKind::Void, extra: None, reason: words("试报") };
        let request = w.ask(&c.worker, i.incident.id, i.incident.version, asked).unwrap();
        w.decide(&c.inspector, &request, true).unwrap();
        let (worker, id) = (w.now(&c.worker), i.incident.id);
        return w.read(move |tx, s| see::find(tx, &worker, s, id)).unwrap();
    }
    i = step(i, &c.worker, Deed::Accept { note: note() });
    if state == State::Accepted {
        return i;
    }
    let to =
        Deed::Dispatch { unit: Some(w.unit(DEPARTMENT)), person: Some(c.handler.actor.user), note: note() };
    i = step(i, &c.worker, to);
    if state == State::Dispatched {
        return i;
    }
    i = step(i, &c.handler, Deed::Start { note: note() });
    if state == State::InProgress {
        return i;
    }
    if state == State::Suspended {
        let until = w.db.db.clock().now().plus_days(3);
        return step(i, &c.worker, Deed::Suspend { until, reason: words("等待配件") });
    }
    if state == State::Waiting {
        return step(i, &c.handler, Deed::Ask { question: words("哪一盏？") });
    }
    i = step(i, &c.handler, Deed::Resolve { result: words("已更换灯泡") });
    if state == State::Resolved {
        return i;
    }
    if state == State::Reopened {
        return step(i, &c.inspector, Deed::Fail { reason: words("仍不亮") });
    }
    i = step(i, &c.inspector, Deed::Pass { note: note() });
    if state == State::Verified {
        return i;
    }
    step(i, &c.worker, Deed::Close { note: note() })
}

/// Each deed with somebody who may do it.
fn deeds<'c>(w: &World, c: &'c Cast) -> Vec<(&'c Context, Deed)> {
    vec![
        (&c.worker, Deed::Accept { note: note() }),
        (&c.worker, Deed::Reject { reason: words("重复") }),
        (
            &c.worker,
            Deed::Dispatch {
                unit: Some(w.unit(DEPARTMENT)),
                person: Some(c.handler.actor.user),
                note: note(),
            },
        ),
        (&c.handler, Deed::Start { note: note() }),
        (&c.handler, Deed::Resolve { result: words("已处理") }),
        (&c.inspector, Deed::Pass { note: note() }),
        (&c.inspector, Deed::Fail { reason: words("未处理") }),
        (&c.inspector, Deed::Close { note: note() }),
        (&c.inspector, Deed::Reopen { reason: words("复发") }),
        (&c.worker, Deed::Return { reason: words("不归该部门") }),
        (&c.worker, Deed::Transfer { unit: Some(w.unit(C1B)), grid: None, reason: words("属二社区") }),
        (&c.worker, Deed::Suspend { until: w.db.db.clock().now().plus_days(2), reason: words("待配件") }),
        (&c.worker, Deed::Ask { question: words("在哪里？") }),
        (&c.resident, Deed::Answer { answer: words("东门") }),
        (&c.worker, Deed::Resume { note: note() }),
        (
            &c.worker,
            Deed::Merge {
                into: w.reported_in(&c.resident, C1A).incident.id, reason: words("同一盏路灯")
            },
        ),
    ]
}

#[test]
fn every_state_takes_exactly_the_deeds_of_the_table() {
    for w in World::each() {
        let c = cast(&w);
        for state in State::ALL {
            for (who, deed) in deeds(&w, &c) {
                let i = brought_to(&w, &c, *state);
                assert_eq!(i.incident.state, *state);
                let how = How { passed: !matches!(deed, Deed::Fail { .. }), back: i.incident.back };
                let action = deed.action();
                let done = w.act(who, i.incident.id, i.incident.version, deed);
                match state.after(action, how) {
                    Some(to) => {
                        let done = done.unwrap();
                        assert_eq!(
                            (done.incident.state, done.incident.version),
                            (to, i.incident.version + 1)
                        );
                        assert_eq!(done.incident.closed_at.is_some(), to == State::Closed);
                    }
                    // The department sees it only once it was dispatched there.
                    None if action == Action::Start || action == Action::Resolve => {
                        let refused = code(done);
                        let before = matches!(
                            state,
                            State::Reported | State::Accepted | State::Rejected | State::Merged | State::Void
                        );
                        let wanted = if before { "kernel.not_found" } else { "grid.transition_not_allowed" };
                        assert_eq!(refused, wanted, "{state} {action}");
                    }
                    None => {
                        let Err(Fault::Refused(refusal)) = done else { panic!("{state} took {action}") };
                        assert_eq!(refusal.code.code, "grid.transition_not_allowed");
                        let extra = refusal.extra.unwrap();
                        assert_eq!(extra["state"], state.word());
                        assert!(
                            extra["allowed_transitions"]
                                .as_array()
                                .is_some_and(|a| !a.iter().any(|x| x == action.word()))
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn nobody_acts_without_the_right_and_strangers_learn_nothing() {
    for w in World::each() {
        let c = cast(&w);
        let neighbour =
            w.person("邻居", C1B, &["grid.incident.accept", "grid.incident.read", "grid.incident.handle"]);
        let reader = w.person("看客", C1A, &["grid.incident.read"]);
        for state in State::ALL {
            let i = brought_to(&w, &c, *state);
            for (_, deed) in deeds(&w, &c) {
                assert_eq!(
                    code(w.act(&neighbour, i.incident.id, i.incident.version, deed.clone())),
                    "kernel.not_found"
                );
                let answers = deed.action() == Action::Answer;
                assert_eq!(
                    code(w.act(&reader, i.incident.id, i.incident.version, deed.clone())),
                    if answers { "grid.answered_by_reporter" } else { "kernel.forbidden" }
                );
                if deed.action() != Action::Reopen && !answers {
                    assert_eq!(
                        code(w.act(&c.resident, i.incident.id, i.incident.version, deed)),
                        "kernel.forbidden"
                    );
                }
            }
        }
    }
}

#[test]
fn the_reporter_reopens_what_is_resolved_or_closed_and_nothing_else() {
    for w in World::each() {
        let c = cast(&w);
        for state in State::ALL {
            let i = brought_to(&w, &c, *state);
            let done = w.act(
                &c.resident,
                i.incident.id,
                i.incident.version,
                Deed::Reopen { reason: words("又坏了") },
            );
            if state.reporter_may_reopen() {
                assert_eq!(done.unwrap().incident.state, State::Reopened);
            } else {
                assert_eq!(code(done), "grid.transition_not_allowed", "{state}");
            }
            let seen = w.now(&c.resident);
            let id = i.incident.id;
            let shown = w.read(move |tx, s| see::find(tx, &seen, s, id)).unwrap();
            assert!(shown.actions.iter().all(|a| matches!(a, Action::Reopen | Action::Answer)));
        }
    }
}

#[test]
fn who_resolved_it_neither_verifies_nor_closes_it() {
    for w in World::each() {
        let everything = ["report", "read", "accept", "dispatch", "handle", "verify", "close"];
        let everything = everything.map(|v| format!("grid.incident.{v}"));
        let one = w.person("一人", DISTRICT, &everything.each_ref().map(String::as_str));
        let other = w.person("另一人", DISTRICT, &everything.each_ref().map(String::as_str));
        let i = w.reported_in(&one, C1A).incident.id;
        w.act(&one, i, 1, Deed::Accept { note: note() }).unwrap();
        w.act(&one, i, 2, Deed::Dispatch { unit: None, person: Some(one.actor.user), note: note() }).unwrap();
        assert_eq!(
            code(w.act(&other, i, 3, Deed::Start { note: note() })),
            "kernel.forbidden",
            "another's work"
        );
        w.act(&one, i, 3, Deed::Start { note: note() }).unwrap();
        let resolved = w.act(&one, i, 4, Deed::Resolve { result: words("好了") }).unwrap();
        assert_eq!(resolved.actions, [Action::Reopen]);
        assert_eq!(code(w.act(&one, i, 5, Deed::Pass { note: note() })), "grid.resolver_cannot_verify");
        assert_eq!(code(w.act(&one, i, 5, Deed::Fail { reason: words("x") })), "grid.resolver_cannot_verify");
        let verified = w.act(&other, i, 5, Deed::Pass { note: note() }).unwrap();
        assert_eq!(verified.actions, [Action::Close, Action::Reopen]);
        assert_eq!(code(w.act(&one, i, 6, Deed::Close { note: note() })), "grid.resolver_cannot_close");
        assert_eq!(w.act(&other, i, 6, Deed::Close { note: note() }).unwrap().incident.state, State::Closed);
    }
}

#[test]
fn each_deed_carries_what_it_must() {
    for w in World::each() {
        let c = cast(&w);
        let empty = || "  ".to_owned();
        let i = brought_to(&w, &c, State::Reported).incident;
        assert_eq!(code(w.act(&c.worker, i.id, 1, Deed::Reject { reason: empty() })), "kernel.invalid");
        assert_eq!(
            code(w.act(&c.worker, i.id, 1, Deed::Reject { reason: "长".repeat(2_001) })),
            "kernel.invalid"
        );
        w.act(&c.worker, i.id, 1, Deed::Accept { note: Some(words("马上")) }).unwrap();
        let to = |unit, person| Deed::Dispatch { unit, person, note: note() };
        let no = |unit, person| code(w.act(&c.worker, i.id, 2, to(unit, person)));
        assert_eq!(no(None, None), "grid.assignee_required");
        assert_eq!(no(Some(testkit::fresh()), None), "kernel.invalid");
        assert_eq!(no(None, Some(testkit::fresh())), "grid.handler_not_able");
        assert_eq!(no(None, Some(c.resident.actor.user)), "grid.handler_not_able");
        assert_eq!(no(None, Some(c.handler.actor.user)), "grid.handler_not_able", "not in this community");
        assert_eq!(no(Some(w.unit(TOWN2)), Some(c.handler.actor.user)), "grid.handler_not_able");
        w.tree.0.lock().get_mut(&w.unit(TOWN2)).unwrap().closed = true;
        assert_eq!(no(Some(w.unit(TOWN2)), None), "grid.unit_closed");
        // To a unit: whoever handles there may begin.
        let sent = w.act(&c.worker, i.id, 2, to(Some(w.unit(DEPARTMENT)), None)).unwrap();
        assert_eq!(sent.assignee_unit_name.as_deref(), Some("城管局"));
        w.act(&c.handler, i.id, 3, Deed::Start { note: note() }).unwrap();
        assert_eq!(code(w.act(&c.handler, i.id, 4, Deed::Resolve { result: empty() })), "kernel.invalid");
        w.act(&c.handler, i.id, 4, Deed::Resolve { result: words("好了") }).unwrap();
        assert_eq!(code(w.act(&c.inspector, i.id, 5, Deed::Fail { reason: empty() })), "kernel.invalid");
        assert_eq!(code(w.act(&c.inspector, i.id, 5, Deed::Reopen { reason: empty() })), "kernel.invalid");
        assert_eq!(code(w.act(&c.inspector, i.id, 4, Deed::Pass { note: note() })), "kernel.stale");
        assert_eq!(
            code(w.act(&c.inspector, testkit::fresh(), 1, Deed::Pass { note: note() })),
            "kernel.not_found"
        );
    }
}

#[test]
fn every_step_is_on_record_with_audit_and_event() {
    for w in World::each() {
        let c = cast(&w);
        let i = brought_to(&w, &c, State::Closed);
        let id = i.incident.id;
        let who = w.now(&c.worker);
        let page =
            w.read(move |tx, s| see::history(tx, &who, s, id, 0, kernel::PageSize::DEFAULT, 0)).unwrap();
        let steps: Vec<(i64, String, State)> =
            page.items.iter().map(|s| (s.step.seq, s.step.action.clone(), s.step.to)).collect();
        let wanted = [
            ("report", State::Reported),
            ("accept", State::Accepted),
            ("dispatch", State::Dispatched),
            ("start", State::InProgress),
            ("resolve", State::Resolved),
            ("verify", State::Verified),
            ("close", State::Closed),
        ];
        let wanted: Vec<_> = wanted.iter().zip(1_i64..).map(|((a, s), n)| (n, (*a).to_owned(), *s)).collect();
        assert_eq!(steps, wanted);
        assert_eq!(page.items[2].assignee_name.as_deref(), Some("赵六"));
        assert_eq!(page.items[4].step.note.as_deref(), Some("已更换灯泡"));
        assert!(page.items.iter().all(|s| s.actor.is_some()));
        // The resident sees each step, and not who took it.
        let who = w.now(&c.resident);
        let page =
            w.read(move |tx, s| see::history(tx, &who, s, id, 1, kernel::PageSize::DEFAULT, 0)).unwrap();
        assert!(page.items.len() == 6 && page.items.iter().all(|s| s.actor.is_none()));
        let filter = storage::audit::Filter { object: Some(id.uuid()), ..Default::default() };
        let trail = w
            .read(move |tx, _| storage::audit::list(tx, &filter, None, kernel::PageSize::DEFAULT, 0))
            .unwrap();
        assert_eq!(trail.items.len(), 7);
        assert_eq!(trail.items[0].action, "grid.incident.close");
        assert!(
            trail.items.iter().all(|r| !r.body.contains("路灯")),
            "no words of the reporter on the trail"
        );
    }
}

#[test]
fn a_report_finds_its_grid_or_the_tray_that_was_named() {
    for w in World::each() {
        let (resident, drawer) = (w.resident(), w.drawer());
        let grid = w.make_grid(&drawer, C1A, "第一网格", Some(square(113.0, 23.0, 0.01))).unwrap();
        let new = |lat: Option<f64>, lng: Option<f64>, unit: Option<usize>| NewIncident {
            title: "井盖缺失".into(),
            lat,
            lng,
            unit: unit.map(|u| w.unit(u)),
            ..NewIncident::default()
        };
        let inside = w.report(&resident, new(Some(23.005), Some(113.005), None)).unwrap();
        assert_eq!(inside.incident.grid, Some(grid.id));
        assert_eq!((inside.incident.unit, inside.incident.named_unit), (w.unit(C1A), None));
        assert_eq!((inside.unit_name.as_str(), inside.grid_name.as_deref()), ("一社区", Some("第一网格")));
        assert_eq!(inside.reporter.as_ref().map(|(id, _)| *id), Some(resident.actor.user));
        let other = w.report(&resident, new(Some(23.005), Some(113.005), Some(C2A))).unwrap();
        assert_eq!(
            (other.incident.unit, other.incident.named_unit),
            (w.unit(C1A), Some(w.unit(C2A))),
            "the grid wins"
        );
        let outside = w.report(&resident, new(Some(30.0), Some(110.0), Some(C2A))).unwrap();
        assert_eq!((outside.incident.unit, outside.incident.grid), (w.unit(C2A), None));
        let nowhere = w.report(&resident, new(None, None, Some(TOWN2))).unwrap();
        assert_eq!((nowhere.incident.unit, nowhere.incident.point), (w.unit(TOWN2), None));

        assert_eq!(code(w.report(&resident, new(Some(30.0), Some(110.0), None))), "grid.unit_required");
        assert_eq!(code(w.report(&resident, new(None, None, None))), "grid.unit_required");
        assert_eq!(code(w.report(&resident, new(Some(30.0), None, Some(C2A)))), "kernel.invalid");
        assert_eq!(code(w.report(&resident, new(None, Some(30.0), Some(C2A)))), "kernel.invalid");
        for (lat, lng) in [(90.1, 0.0), (0.0, 180.5), (f64::NAN, 0.0), (0.0, f64::INFINITY)] {
            assert_eq!(
                code(w.report(&resident, new(Some(lat), Some(lng), Some(C2A)))),
                "grid.point_off_earth"
            );
        }
        let unknown = NewIncident { unit: Some(testkit::fresh()), ..new(Some(23.005), Some(113.005), None) };
        assert_eq!(code(w.report(&resident, unknown)), "kernel.invalid");
        assert_eq!(
            code(w.report(&resident, NewIncident { title: " ".into(), ..new(None, None, Some(C2A)) })),
            "kernel.invalid"
        );
        let mute = w.person("哑", C2B, &[]);
        assert_eq!(code(w.report(&mute, new(None, None, Some(C2A)))), "kernel.forbidden");
        w.tree.0.lock().get_mut(&w.unit(C2A)).unwrap().closed = true;
        assert_eq!(code(w.report(&resident, new(None, None, Some(C2A)))), "grid.unit_closed");
        // The grid of a dissolved unit takes nothing: the point counts as outside.
        w.tree.0.lock().get_mut(&w.unit(C1A)).unwrap().closed = true;
        assert_eq!(code(w.report(&resident, new(Some(23.005), Some(113.005), None))), "grid.unit_required");
        let instead = w.report(&resident, new(Some(23.005), Some(113.005), Some(C1B))).unwrap();
        assert_eq!((instead.incident.unit, instead.incident.grid), (w.unit(C1B), None));
    }
}

#[test]
fn who_may_see_an_incident_sees_it_and_nobody_else() {
    for w in World::each() {
        let c = cast(&w);
        let id: Id<kernel::id::Incident> = brought_to(&w, &c, State::Dispatched).incident.id;
        let sees = |who: &Context| {
            let who = w.now(who);
            w.read(move |tx, s| see::find(tx, &who, s, id))
        };
        assert!(sees(&c.worker).unwrap().reporter.is_some());
        assert!(sees(&c.inspector).unwrap().reporter.is_some());
        assert!(sees(&c.handler).unwrap().reporter.is_some(), "to whom it was given");
        assert!(sees(&w.handler()).is_ok(), "a colleague in the unit it was given to");
        assert!(sees(&c.resident).is_ok());
        assert_eq!(code(sees(&w.resident())), "kernel.not_found");
        assert_eq!(code(sees(&w.person("邻", C1B, &["grid.incident.read"]))), "kernel.not_found");
    }
}

#[test]
fn who_may_no_longer_handle_no_longer_sees_what_was_given_to_them() {
    for w in World::each() {
        let c = cast(&w);
        let person = w.person("周九", DEPARTMENT, &["grid.incident.handle"]);
        let i = w.reported_in(&c.resident, C1A).incident;
        w.act(&c.worker, i.id, 1, Deed::Accept { note: None }).unwrap();
        let to =
            Deed::Dispatch { unit: Some(w.unit(DEPARTMENT)), person: Some(person.actor.user), note: None };
        w.act(&c.worker, i.id, 2, to).unwrap();
        let id = i.id;
        let sees = |who: &Context| {
            let who = w.now(who);
            w.read(move |tx, s| see::find(tx, &who, s, id))
        };
        let listed = |who: &Context| {
            let who = w.now(who);
            let query = list::Query { assignee: Some(list::Assignee::Me), ..list::Query::default() };
            w.read(move |tx, s| list::list(tx, &who, s, &query, kernel::PageSize::new(50).unwrap(), 0))
                .unwrap()
                .items
                .len()
        };
        assert!(sees(&person).is_ok());
        assert_eq!(listed(&person), 1);
        let revoked = testkit::context(&w.db.db, person.actor.user, vec![]);
        assert_eq!(code(sees(&revoked)), "kernel.not_found");
        assert_eq!(listed(&revoked), 0);
    }
}
