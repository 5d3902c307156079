//! Cases that are the same: found, merged with all who follow them, followed, and marked by their reporters.

use std::sync::Arc;

use grid::model::{Category, CategoryKind, FollowKind, State};
use grid::service::act::Deed;
use grid::service::rate::{self, Rating};
use grid::service::report::NewIncident;
use grid::service::see::Shown;
use grid::service::similar::{self, Like};
use grid::service::{cases, me_too};
use grid::store::{followers, incidents};
use kernel::id::{Incident, User};
use kernel::{Context, Id, Outcome};

use grid::service::categories::NewCategory;

use crate::categories::{local, make, manager};
use crate::world::*;

/// A lamp is a thing of the town.
fn component(w: &World, name: &str) -> Category {
    let new = NewCategory { kind: CategoryKind::Component, ..local(w, name, DISTRICT, None) };
    make(w, &manager(w, DISTRICT), new).unwrap()
}

fn at(w: &World, who: &Context, point: (f64, f64), category: Option<&Category>) -> Shown {
    let new = NewIncident {
        title: "路灯不亮".into(),
        lat: Some(point.0),
        lng: Some(point.1),
        unit: Some(w.unit(C1A)),
        category: category.map(|c| c.id),
        ..NewIncident::default()
    };
    w.report(who, new).unwrap()
}

fn near(
    w: &World,
    who: &Context,
    point: (f64, f64),
    category: Option<&Category>,
) -> Vec<(Id<Incident>, i64, i64)> {
    let (who, like) = (w.now(who), Like { point, category: category.map(|c| c.id), but: None });
    let found = w.read(move |tx, s| similar::similar(tx, &who, s, &like)).unwrap();
    found.into_iter().map(|f| (f.incident.id, f.metres, f.followers)).collect()
}

fn follow(w: &World, who: &Context, id: Id<Incident>) -> Outcome<i64> {
    let who = w.now(who);
    w.write(move |tx, s| me_too::follow(tx, &who, s, id))
}

fn following(w: &World, id: Id<Incident>) -> Vec<Id<User>> {
    w.read(move |tx, _| followers::list(tx, id, None, 1_000)).unwrap()
}

fn merge(w: &World, who: &Context, i: &Shown, into: Id<Incident>) -> Outcome<Shown> {
    w.act(who, i.incident.id, i.incident.version, Deed::Merge { into, reason: words("同一盏") })
}

#[test]
fn what_may_be_the_same_is_near_new_open_and_of_the_same_kind() {
    for w in World::each() {
        let (worker, resident) = (w.worker(), w.resident());
        w.make_grid(&w.drawer(), C1A, "第一网格", Some(square(113.0, 23.0, 0.02))).unwrap();
        let (lamp, bench) = (component(&w, "路灯"), component(&w, "长椅"));
        let here = at(&w, &resident, (23.005, 113.005), Some(&lamp)).incident.id;
        let close = at(&w, &resident, (23.0055, 113.005), Some(&lamp)).incident.id;
        at(&w, &resident, (23.008, 113.005), Some(&lamp));
        at(&w, &resident, (23.005, 113.005), Some(&bench));
        let untold = at(&w, &resident, (23.005, 113.005), None).incident.id;
        let over = at(&w, &resident, (23.005, 113.005), Some(&lamp));
        w.act(&worker, over.incident.id, 1, Deed::Reject { reason: words("重复") }).unwrap();
        let mine = near(&w, &worker, (23.005, 113.005), Some(&lamp));
        let ids: Vec<_> = mine.iter().map(|(id, ..)| *id).collect();
        assert_eq!(
            ids,
            [here, close, untold],
            "the likest first; not the bench, not the far one, not what is over"
        );
        assert_eq!((mine[0].1, mine[1].1), (0, 60), "metres, rounded up to ten");
        // Whoever does not read incidents there is shown things, and no case that nobody said what it is.
        let neighbour = w.person("邻居", C2B, &["grid.incident.report"]);
        let ids: Vec<_> =
            near(&w, &neighbour, (23.005, 113.005), Some(&lamp)).into_iter().map(|(id, ..)| id).collect();
        assert_eq!(ids, [here, close]);
        w.later(31 * 86_400);
        assert_eq!(near(&w, &worker, (23.005, 113.005), Some(&lamp)), []);
    }
}

#[test]
fn a_case_is_merged_with_all_who_follow_it() {
    for w in World::each() {
        let worker = w.worker();
        let (first, second, third) = (w.resident(), w.person("二", C1A, &[]), w.person("三", C1A, &[]));
        let reporter = w.person("四", C1A, &["grid.incident.report"]);
        let lamp = component(&w, "路灯");
        let goes_on = at(&w, &first, (23.0, 113.0), Some(&lamp));
        let same = at(&w, &reporter, (23.0, 113.0), Some(&lamp));
        let older = at(&w, &first, (23.0, 113.0), Some(&lamp));
        assert_eq!(follow(&w, &second, same.incident.id).unwrap(), 1);
        assert_eq!(follow(&w, &second, same.incident.id).unwrap(), 1, "said twice it is said once");
        assert_eq!(follow(&w, &third, goes_on.incident.id).unwrap(), 1);
        assert_eq!(code(follow(&w, &reporter, same.incident.id)), "grid.follows_own");
        let merged = merge(&w, &worker, &older, same.incident.id).unwrap();
        assert_eq!(merged.incident.merged_into, Some(same.incident.id));
        let merged = merge(&w, &worker, &same, goes_on.incident.id).unwrap();
        assert_eq!((merged.incident.state, merged.incident.due), (State::Merged, None));
        let mut all = vec![second.actor.user, third.actor.user, reporter.actor.user];
        all.sort_unstable();
        assert_eq!(
            following(&w, goes_on.incident.id),
            all,
            "its reporter, and who followed it; no reporter follows their own"
        );
        let older = older.incident.id;
        let pointed = w.read(move |tx, _| incidents::find(tx, older)).unwrap().unwrap().0.merged_into;
        assert_eq!(
            pointed,
            Some(goes_on.incident.id),
            "what was merged before points to the one that goes on"
        );
        let mine = w.now(&second);
        let followed =
            w.read(move |tx, _| me_too::followed(tx, &mine, None, kernel::PageSize::new(50).unwrap(), 0));
        let followed: Vec<_> = followed.unwrap().items.into_iter().map(|f| (f.incident.id, f.kind)).collect();
        let wanted = [(same.incident.id, FollowKind::MeToo), (goes_on.incident.id, FollowKind::MeToo)];
        assert_eq!(followed, wanted);
        // A mistake is undone: it goes on by itself again.
        let inspector = w.inspector();
        let again = w
            .act(
                &inspector,
                merged.incident.id,
                merged.incident.version,
                Deed::Reopen { reason: words("两盏") },
            )
            .unwrap();
        assert_eq!((again.incident.state, again.incident.merged_into), (State::Reopened, None));
    }
}

#[test]
fn nothing_is_merged_into_itself_into_what_is_over_or_into_what_one_does_not_see() {
    for w in World::each() {
        let (worker, resident) = (w.worker(), w.resident());
        let i = w.reported_in(&resident, C1A);
        assert_eq!(code(merge(&w, &worker, &i, i.incident.id)), "grid.merged_into_itself");
        let elsewhere = w.reported_in(&resident, C2A).incident.id;
        assert_eq!(code(merge(&w, &worker, &i, elsewhere)), "kernel.invalid");
        assert_eq!(code(merge(&w, &worker, &i, testkit::fresh())), "kernel.invalid");
        let over = w.reported_in(&resident, C1A);
        w.act(&worker, over.incident.id, 1, Deed::Reject { reason: words("不属实") }).unwrap();
        assert_eq!(code(merge(&w, &worker, &i, over.incident.id)), "grid.merge_target_over");
        assert_eq!(code(merge(&w, &resident, &i, over.incident.id)), "kernel.forbidden");
        assert_eq!(code(follow(&w, &w.handler(), over.incident.id)), "kernel.not_found");
        assert_eq!(code(follow(&w, &worker, over.incident.id)), "grid.incident_over");
        let stranger = w.person("外人", C2B, &["grid.incident.report"]);
        assert_eq!(code(follow(&w, &stranger, i.incident.id)), "kernel.not_found", "no thing of the town");
        let id = over.incident.id;
        assert_eq!(code(w.write(move |tx, _| me_too::leave(tx, &stranger, id))), "kernel.not_found");
    }
}

#[test]
fn two_that_are_merged_into_each_other_at_once_are_not_both_gone() {
    for w in World::each() {
        let w = Arc::new(w);
        let (worker, resident) = (w.worker(), w.resident());
        for _ in 0..8 {
            let (a, b) = (w.reported_in(&resident, C1A), w.reported_in(&resident, C1A));
            let pair = [(a.clone(), b.incident.id), (b.clone(), a.incident.id)];
            let threads: Vec<_> = pair
                .into_iter()
                .map(|(i, into)| {
                    let (w, worker) = (Arc::clone(&w), worker.clone());
                    std::thread::spawn(move || merge(&w, &worker, &i, into).is_ok())
                })
                .collect();
            let done =
                threads.into_iter().filter(|_| true).map(|t| t.join().unwrap()).filter(|ok| *ok).count();
            assert_eq!(done, 1);
            let ids = [a.incident.id, b.incident.id];
            let states = w.read(move |tx, _| {
                ids.iter()
                    .map(|id| Ok(incidents::find(tx, *id)?.unwrap().0.state))
                    .collect::<Outcome<Vec<_>>>()
            });
            assert_eq!(states.unwrap().iter().filter(|s| **s == State::Merged).count(), 1);
        }
    }
}

fn resolved(w: &World, reporter: &Context) -> Shown {
    let (worker, mut i) = (w.worker(), w.reported_in(reporter, C1A));
    let deeds = [
        Deed::Accept { note: None },
        Deed::Dispatch { unit: None, person: Some(worker.actor.user), note: None },
        Deed::Start { note: None },
        Deed::Resolve { result: words("已更换") },
    ];
    for deed in deeds {
        i = w.act(&worker, i.incident.id, i.incident.version, deed).unwrap();
    }
    i
}

fn mark(w: &World, who: &Context, i: &Shown, score: i32) -> Outcome<Shown> {
    let (who, id, version) = (w.now(who), i.incident.id, i.incident.version);
    let rating = Rating { score, note: Some(words("很快")) };
    w.write(move |tx, s| rate::rate(tx, &who, s, id, version, &rating))
}

#[test]
fn a_result_is_marked_once_by_its_reporter_and_anew_when_it_is_done_anew() {
    for w in World::each() {
        let (resident, inspector) = (w.resident(), w.inspector());
        let fresh = w.reported_in(&resident, C1A);
        assert!(!fresh.may_rate);
        assert_eq!(code(mark(&w, &resident, &fresh, 5)), "grid.not_done_yet");
        let i = resolved(&w, &resident);
        for wrong in [0, 6, -1] {
            assert_eq!(code(mark(&w, &resident, &i, wrong)), "kernel.invalid");
        }
        assert_eq!(code(mark(&w, &inspector, &i, 5)), "grid.rated_by_reporter");
        let marked = mark(&w, &resident, &i, 2).unwrap();
        assert_eq!(
            (marked.incident.score, marked.may_rate, marked.incident.state),
            (Some(2), false, State::Resolved)
        );
        assert_eq!(code(mark(&w, &resident, &i, 5)), "kernel.stale");
        assert_eq!(code(mark(&w, &resident, &marked, 5)), "grid.rated_already");
        let (id, version) = (marked.incident.id, marked.incident.version);
        let again = w.act(&resident, id, version, Deed::Reopen { reason: words("又坏了") }).unwrap();
        assert_eq!(again.incident.score, None);
        let steps = w.read(move |tx, _| grid::store::steps::list(tx, id, 0, 50)).unwrap();
        let scores: Vec<_> = steps.iter().filter_map(|s| s.facts.score).collect();
        assert_eq!(scores, [2], "what was said stays in the history");
    }
}

#[test]
fn a_reporter_reopens_within_thirty_days_and_a_verifier_later_too() {
    for w in World::each() {
        let (resident, inspector, other) = (w.resident(), w.inspector(), w.inspector());
        let i = resolved(&w, &resident);
        let i = w.act(&inspector, i.incident.id, i.incident.version, Deed::Pass { note: None }).unwrap();
        let i = w.act(&other, i.incident.id, i.incident.version, Deed::Close { note: None }).unwrap();
        w.later(30 * 86_400 + 60);
        let (id, version) = (i.incident.id, i.incident.version);
        let late = w.act(&resident, id, version, Deed::Reopen { reason: words("又坏了") });
        assert_eq!(code(late), "grid.reopen_too_late");
        let (seen, now) = (w.now(&resident), id);
        let shown = w.read(move |tx, s| grid::service::see::find(tx, &seen, s, now)).unwrap();
        assert_eq!(shown.actions, [], "what is too late is not offered");
        w.act(&inspector, id, version, Deed::Reopen { reason: words("抽查不合格") }).unwrap();
    }
}

#[test]
fn a_case_has_a_number_and_is_found_by_it_as_people_type_it() {
    for w in World::each() {
        let resident = w.resident();
        let number = w.reported_in(&resident, C1A).incident.number;
        let find = |who: &Context, typed: &str| {
            let (who, typed) = (w.now(who), typed.to_owned());
            w.read(move |tx, s| cases::numbered(tx, &who, s, &typed))
        };
        assert_eq!(
            find(&resident, &number.to_lowercase().replace('-', " ")).unwrap().incident.number,
            number
        );
        assert_eq!(code(find(&w.handler(), &number)), "kernel.not_found", "another's");
        assert_eq!(code(find(&resident, "20261125-00000000")), "kernel.not_found");
        assert_eq!(code(find(&resident, "'; drop table")), "kernel.not_found");
    }
}

#[test]
fn no_two_cases_have_the_same_number_however_many_come_at_once() {
    for w in World::each() {
        let w = Arc::new(w);
        let resident = w.resident();
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let (w, resident) = (Arc::clone(&w), resident.clone());
                std::thread::spawn(move || {
                    (0..40).map(|_| w.reported_in(&resident, C1A).incident.number).collect::<Vec<_>>()
                })
            })
            .collect();
        let all: Vec<String> = threads.into_iter().flat_map(|t| t.join().unwrap()).collect();
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!((all.len(), distinct.len()), (320, 320));
    }
}
