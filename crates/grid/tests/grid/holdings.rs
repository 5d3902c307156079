//! What hangs on a person passes on: the incident in the state it is in, the post until the day it ends.

use std::sync::{Arc, Barrier};

use contracts::{HeldCount, HeldItem, Holdings, Passing};
use grid::model::{Incident, PostRole, State};
use grid::service::act::Deed;
use grid::service::holdings::{IncidentHoldings, PostHoldings};
use grid::service::post::{self, NewPost};
use kernel::id::{Holding, User};
use kernel::{Context, Id, Outcome, Scope};
use testkit::grant;

use crate::world::*;

fn handler(w: &World, name: &str, unit: usize) -> Context {
    w.person(name, unit, &["grid.incident.handle"])
}

/// An incident of the first community, given to somebody.
fn given(w: &World, to: &Context, unit: usize) -> Incident {
    let all = ["read", "accept", "dispatch"].map(|v| format!("grid.incident.{v}"));
    let chief = w.person("总管", DISTRICT, &all.each_ref().map(String::as_str));
    let i = w.reported_in(&w.resident(), unit).incident;
    let i = w.act(&chief, i.id, 1, Deed::Accept { note: None }).unwrap().incident;
    let deed = Deed::Dispatch { unit: None, person: Some(to.actor.user), note: None };
    w.act(&chief, i.id, i.version, deed).unwrap().incident
}

fn pass(w: &World, by: &Context, from: &Context, to: &Context, item: uuid::Uuid, post: bool) -> Outcome<()> {
    let (by, from, to) = (w.now(by), from.actor.user, to.actor.user);
    w.write(move |tx, s| {
        let passing = Passing { from, to, reason: "调离" };
        let item: Id<Holding> = Id::from_uuid(item);
        if post {
            PostHoldings(s.clone()).hand_over(tx, &by, &passing, item)
        } else {
            IncidentHoldings(s.clone()).hand_over(tx, &by, &passing, item)
        }
    })
}

fn look(
    w: &World,
    by: &Context,
    whose: Id<User>,
    within: Option<Scope>,
    post: bool,
) -> (HeldCount, Vec<HeldItem>) {
    let by = w.now(by);
    w.read(move |tx, s| {
        let within = within.as_ref();
        if post {
            let of = PostHoldings(s.clone());
            Ok((of.count(tx, &by, whose, within)?, of.list(tx, &by, whose, within, None, 10)?))
        } else {
            let of = IncidentHoldings(s.clone());
            Ok((of.count(tx, &by, whose, within)?, of.list(tx, &by, whose, within, None, 10)?))
        }
    })
    .unwrap()
}

fn places(w: &World, unit: usize) -> Option<Scope> {
    let root = kernel::actor::Root { unit: w.unit(unit), path: w.path(unit), subtree: true };
    Some(Scope::of([root], None))
}

#[test]
fn an_open_incident_passes_in_the_state_it_is_in_and_its_history_tells_it() {
    for w in World::each() {
        let (old, new) = (handler(&w, "甲", C1A), handler(&w, "乙", C1A));
        let i = given(&w, &old, C1A);
        let i = w.act(&old, i.id, i.version, Deed::Start { note: None }).unwrap().incident;
        let worker = w.worker();
        pass(&w, &worker, &old, &new, i.id.uuid(), false).unwrap();
        let id = i.id;
        let steps = w.read(move |tx, _| grid::store::steps::list(tx, id, 0, 50)).unwrap();
        let last = steps.last().unwrap();
        assert_eq!(
            (last.action.as_str(), last.from, last.to),
            ("hand_over", Some(State::InProgress), State::InProgress)
        );
        assert_eq!((last.assignee, last.actor, last.seq), (Some(new.actor.user), Some(worker.actor.user), 5));
        assert_eq!(last.note, None, "why somebody left is not for the reporter");
        // The one it was can do nothing more; the successor goes on.
        let resolve = || Deed::Resolve { result: "修好了".into() };
        assert_eq!(code(w.act(&old, i.id, 5, resolve())), "kernel.not_found");
        let done = w.act(&new, i.id, 5, resolve()).unwrap().incident;
        assert_eq!((done.assignee, done.resolved_by), (Some(new.actor.user), Some(new.actor.user)));
    }
}

#[test]
fn who_resolved_it_does_not_verify_it_after_a_handover_either() {
    for w in World::each() {
        let rights = ["grid.incident.handle", "grid.incident.read", "grid.incident.verify"];
        let (old, new) = (w.person("甲", C1A, &rights), w.person("乙", C1A, &rights));
        let i = given(&w, &old, C1A);
        let i = w.act(&old, i.id, i.version, Deed::Start { note: None }).unwrap().incident;
        let i = w.act(&old, i.id, i.version, Deed::Resolve { result: "好了".into() }).unwrap().incident;
        pass(&w, &w.worker(), &old, &new, i.id.uuid(), false).unwrap();
        let verify = |who: &Context| w.act(who, i.id, i.version + 1, Deed::Pass { note: None });
        assert_eq!(code(verify(&old)), "grid.resolver_cannot_verify");
        let passed = verify(&new).unwrap().incident;
        assert_eq!((passed.state, passed.resolved_by), (State::Verified, Some(old.actor.user)));
    }
}

#[test]
fn it_passes_only_by_who_may_dispatch_it_and_to_who_can_handle_it() {
    for w in World::each() {
        let (old, new) = (handler(&w, "甲", C1A), handler(&w, "乙", C1A));
        let i = given(&w, &old, C1A);
        let id = i.id.uuid();
        let by = |who: &Context, to: &Context| pass(&w, who, &old, to, id, false);
        let reader = w.person("看", C1A, &["grid.incident.read"]);
        assert_eq!(code(by(&reader, &new)), "kernel.forbidden");
        let afar = w.person("远", TOWN2, &["grid.incident.read", "grid.incident.dispatch"]);
        assert_eq!(code(by(&afar, &new)), "kernel.not_found", "another subtree");
        let worker = w.worker();
        assert_eq!(code(by(&worker, &handler(&w, "丙", C2A))), "grid.handler_not_able");
        assert_eq!(code(by(&worker, &w.resident())), "grid.handler_not_able");
        assert_eq!(code(pass(&w, &worker, &new, &old, id, false)), "grid.not_theirs");
        assert_eq!(code(pass(&w, &worker, &old, &new, uuid::Uuid::nil(), false)), "kernel.not_found");
        by(&worker, &new).unwrap();
        assert_eq!(code(by(&worker, &new)), "grid.not_theirs", "it passes once");
    }
}

#[test]
fn what_the_asker_may_not_see_is_counted_and_not_named() {
    for w in World::each() {
        let to = w.person_with(
            "甲",
            [C1A, C1B, C2A].map(|u| grant(w.unit(u), &w.path(u), &["grid.incident.handle"])).to_vec(),
        );
        let first = given(&w, &to, C1A);
        given(&w, &to, C1B);
        given(&w, &to, C2A);
        let whose = to.actor.user;
        let (count, items) = look(&w, &w.inspector(), whose, None, false);
        assert_eq!((count, items.len()), (HeldCount { shown: 2, hidden: 1 }, 2));
        assert_eq!((items[0].id.uuid(), items[0].unit), (first.id.uuid(), w.unit(C1A)), "the oldest first");
        let (count, items) = look(&w, &w.inspector(), whose, places(&w, C1B), false);
        assert_eq!((count, items.len()), (HeldCount { shown: 1, hidden: 1 }, 1));
        // To ask about a place does not tell whether something hidden is there.
        assert_eq!(
            look(&w, &w.inspector(), whose, places(&w, TOWN2), false).0,
            HeldCount { shown: 0, hidden: 1 }
        );
        let alone = w.person_with(
            "只此",
            vec![kernel::HeldGrant {
                subtree: false,
                ..grant(w.unit(TOWN1), &w.path(TOWN1), &["grid.incident.read"])
            }],
        );
        assert_eq!(look(&w, &alone, whose, None, false).0, HeldCount { shown: 0, hidden: 3 });
        // What is done is nobody's to do.
        let closed = w.write(move |tx, _| {
            let mut i = grid::store::incidents::find_locked(tx, first.id)?.unwrap();
            i.state = State::Closed;
            i.version += 1;
            grid::store::incidents::update(tx, &i)
        });
        assert!(closed.unwrap());
        assert_eq!(look(&w, &w.inspector(), whose, None, false).0, HeldCount { shown: 1, hidden: 1 });
        let worker = w.worker();
        assert_eq!(code(pass(&w, &worker, &to, &worker, first.id.uuid(), false)), "grid.not_theirs");
    }
}

#[test]
fn a_post_ends_and_the_successors_begins_until_the_same_day() {
    for w in World::each() {
        let (drawer, old, new) = (w.drawer(), w.worker(), w.worker());
        let grid = w.make_grid(&drawer, C1A, "一网格", None).unwrap();
        let other = w.make_grid(&drawer, C2A, "二网格", None).unwrap();
        let assign = |grid: Id<kernel::id::Grid>, who: &Context, from, until| {
            let (ctx, user) = (w.now(&drawer), who.actor.user);
            let new = NewPost { user, role: PostRole::Worker, from, until };
            w.write(move |tx, s| post::assign(tx, &ctx, s, grid, &new)).unwrap().0
        };
        let now = w.db.db.clock().now();
        let (end, later) = (now.plus_days(90), now.plus_days(5));
        let held = assign(grid.id, &old, None, Some(end));
        let coming = assign(other.id, &old, Some(later), None);
        let whose = old.actor.user;
        let (count, items) = look(&w, &w.resident(), whose, None, true);
        assert_eq!((count, items.len()), (HeldCount { shown: 2, hidden: 0 }, 2));
        assert_eq!(items[0].label_zh, "一网格 网格员");
        assert_eq!(look(&w, &drawer, whose, places(&w, TOWN2), true).1.len(), 1);

        let stranger = w.person("外人", TOWN2, &["grid.grid.manage"]);
        assert_eq!(code(pass(&w, &stranger, &old, &new, held.id.uuid(), true)), "kernel.forbidden");
        assert_eq!(code(pass(&w, &drawer, &new, &old, held.id.uuid(), true)), "grid.not_theirs");
        pass(&w, &drawer, &old, &new, held.id.uuid(), true).unwrap();
        pass(&w, &drawer, &old, &new, coming.id.uuid(), true).unwrap();
        assert_eq!(code(pass(&w, &drawer, &old, &new, held.id.uuid(), true)), "grid.not_theirs");
        assert_eq!(look(&w, &drawer, whose, None, true).0.shown, 0);
        let of = move |grid| w.read(move |tx, _| grid::store::posts::list(tx, grid, None, 10)).unwrap();
        let posts = of(grid.id);
        assert!(posts[0].until.unwrap() <= posts[1].from && posts[0].until.unwrap() > posts[0].from);
        assert_eq!((posts[1].user, posts[1].until), (new.actor.user, Some(end)));
        let posts = of(other.id);
        assert_eq!(posts[0].until, Some(later), "never held");
        assert_eq!((posts[1].from, posts[1].until), (later, None));
    }
}

#[test]
fn a_post_the_successor_holds_already_or_a_grid_that_is_history_does_not_pass() {
    for w in World::each() {
        let (drawer, old, new) = (w.drawer(), w.worker(), w.worker());
        let grid = w.make_grid(&drawer, C1A, "一网格", None).unwrap();
        let assign = |who: &Context| {
            let (ctx, grid) = (w.now(&drawer), grid.id);
            let new = NewPost { user: who.actor.user, role: PostRole::Police, from: None, until: None };
            w.write(move |tx, s| post::assign(tx, &ctx, s, grid, &new)).unwrap().0
        };
        let held = assign(&old);
        assign(&new);
        assert_eq!(code(pass(&w, &drawer, &old, &new, held.id.uuid(), true)), "grid.post_taken");
        assert_eq!(look(&w, &drawer, old.actor.user, None, true).0.shown, 1, "it is where it was");
    }
}

#[test]
fn a_deed_and_a_handover_at_once_leave_one_story() {
    for w in World::each() {
        let w = Arc::new(w);
        let (old, new, worker) = (handler(&w, "甲", C1A), handler(&w, "乙", C1A), w.worker());
        for _ in 0..6 {
            let i = given(&w, &old, C1A);
            let gate = Arc::new(Barrier::new(2));
            let doing = {
                let (w, old, gate) = (Arc::clone(&w), old.clone(), Arc::clone(&gate));
                std::thread::spawn(move || {
                    gate.wait();
                    w.act(&old, i.id, i.version, Deed::Start { note: None }).is_ok()
                })
            };
            gate.wait();
            let passed = pass(&w, &worker, &old, &new, i.id.uuid(), false);
            let started = doing.join().unwrap();
            assert!(passed.is_ok(), "{passed:?}");
            let id = i.id;
            let steps = w.read(move |tx, _| grid::store::steps::list(tx, id, 0, 50)).unwrap();
            let (now, _) = w.read(move |tx, _| grid::store::incidents::find(tx, id)).unwrap().unwrap();
            assert_eq!(steps.len(), if started { 5 } else { 4 });
            assert_eq!(now.version, i64::try_from(steps.len()).unwrap());
            assert_eq!(now.assignee, Some(new.actor.user));
            assert_eq!(now.state, if started { State::InProgress } else { State::Dispatched });
        }
    }
}
