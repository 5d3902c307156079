//! Correcting and striking: on the record, by whom it is for, and never twice.

use kernel::{Context, Id, Outcome};
use visits::model::{Edition, Presence, Way};
use visits::service::see;

use crate::world::*;

fn history(w: &World, who: &Context, id: Id<kernel::id::Visit>) -> Outcome<Vec<Edition>> {
    let who = w.now(who);
    w.write(move |tx, s| see::history(tx, &who, s, id, None, 10))
}

#[test]
fn a_correction_is_a_new_version_and_the_old_one_stays() {
    for w in World::each() {
        let worker = w.worker1();
        let (home, person) = w.home(C1, Some(HERE));
        let mut new = call(home);
        new.said.note = Some("旧备注".into());
        new.position = Some(visits::model::Position { lat: HERE.0, lng: HERE.1, accuracy_m: 10 });
        let made = w.record(&worker, &new).unwrap();
        let mut said = said("2026-11-24T15:00:00+08:00");
        (said.met, said.note, said.way) = (vec![person], Some("新备注".into()), Way::Phone);
        let changed = w.correct(&worker, &made, said.clone()).unwrap();
        assert_eq!((changed.on, changed.way, changed.version), (day("2026-11-24"), Way::Phone, 2));
        assert_eq!((changed.presence, changed.distance_m), (Presence::Unknown, Some(0)), "a call by phone");
        assert_eq!(w.see(&worker, made.id).unwrap(), changed);
        let read = w.read(&worker, made.id).unwrap().content;
        assert_eq!((read.note.as_deref(), read.reason.as_deref()), (Some("新备注"), Some("日期记错了")));
        let all = history(&w, &worker, made.id).unwrap();
        assert_eq!(
            all.iter().map(|e| (e.number, e.way)).collect::<Vec<_>>(),
            [(2, Way::Phone), (1, Way::InPerson)]
        );
        said.way = Way::InPerson;
        assert_eq!(
            w.correct(&worker, &changed, said).unwrap().presence,
            Presence::Near,
            "the position stays"
        );
        assert_eq!(w.record(&worker, &call(home)).unwrap().version, 1);
    }
}

#[test]
fn only_its_worker_corrects_a_visit_in_time_and_where_they_were_on_duty() {
    for w in World::each() {
        let (worker, colleague, manager) = (w.worker1(), w.worker1(), w.manager(C1));
        let (home, _) = w.home(C1, Some(HERE));
        let made = w.record(&worker, &call(home)).unwrap();
        let then = || said("2026-11-24T15:00:00+08:00");
        assert_eq!(code(w.correct(&colleague, &made, then())), "visits.not_yours");
        assert_eq!(code(w.correct(&manager, &made, then())), "visits.not_yours");
        assert_eq!(code(w.correct(&w.worker(C2, w.grids[1]), &made, then())), "kernel.not_found");
        let future = w.correct(&worker, &made, said("2026-11-26T15:00:00+08:00"));
        assert_eq!(fields(future), [("/visited_at".to_owned(), "visits.in_future")]);
        let long_ago = w.correct(&worker, &made, said("2026-09-01T15:00:00+08:00"));
        assert_eq!(fields(long_ago), [("/visited_at".to_owned(), "visits.too_old")]);
        let mut stale = made.clone();
        stale.version = 7;
        assert_eq!(code(w.correct(&worker, &stale, then())), "kernel.stale");
        let late = w.role(kernel::BuiltinRole::GridWorker, C1);
        w.post(late.actor.user, w.grids[0], "2026-11-20T00:00:00+08:00", None);
        let theirs = w.record(&late, &call(home)).unwrap();
        let before = w.correct(&late, &theirs, said("2026-11-19T15:00:00+08:00"));
        assert_eq!(fields(before), [("/visited_at".to_owned(), "visits.not_on_duty")]);
        w.at("2027-01-25T10:00:00+08:00");
        assert_eq!(code(w.correct(&worker, &made, then())), "visits.correction_late");
    }
}

#[test]
fn a_visit_is_struck_by_somebody_else_with_a_reason_and_once() {
    for w in World::each() {
        let (worker, manager) = (w.worker1(), w.manager(TOWN1));
        let (home, _) = w.home(C1, Some(HERE));
        let made = w.record(&worker, &call(home)).unwrap();
        assert_eq!(code(w.strike(&worker, &made)), "kernel.forbidden");
        assert_eq!(code(w.strike(&w.manager(C2), &made)), "kernel.not_found", "another's unit");
        let both = w.person(C1, &["visits.visit.record", "visits.visit.strike"]);
        w.post(both.actor.user, w.grids[0], "2020-01-01T00:00:00+08:00", None);
        let own = w.record(&both, &call(home)).unwrap();
        assert_eq!(code(w.strike(&both, &own)), "visits.strike_own");
        let (who, id) = (w.now(&manager), made.id);
        let blank = w.write(move |tx, s| visits::service::strike::strike(tx, &who, s, id, 1, " "));
        assert_eq!(fields(blank), [("/reason".to_owned(), "kernel.field_required")]);
        let struck = w.strike(&manager, &made).unwrap();
        assert_eq!(
            struck.struck.as_ref().map(|s| (s.by, s.reason.as_str())),
            Some((manager.actor.user, "当日并未上门"))
        );
        assert_eq!(code(w.strike(&manager, &made)), "kernel.stale");
        assert_eq!(code(w.strike(&manager, &struck)), "visits.struck");
        assert_eq!(code(w.correct(&worker, &struck, said("2026-11-24T15:00:00+08:00"))), "visits.struck");
        assert_eq!(w.see(&worker, made.id).unwrap(), struck, "it stays on record");
    }
}
