//! Recording a visit: what is taken, what is kept, and each refusal.

use kernel::Id;
use testkit::fresh;
use visits::model::{Position, Presence, SentCase, Way};
use visits::service::record::NewVisit;

use crate::world::*;

fn position(lat: f64, accuracy_m: i64) -> Option<Position> {
    Some(Position { lat, lng: HERE.1, accuracy_m })
}

#[test]
fn a_visit_counts_for_the_grid_of_its_dwelling_and_that_grids_unit() {
    for w in World::each() {
        let worker = w.worker1();
        let (home, person) = w.home(C1, Some(HERE));
        let mut new = call(home);
        new.said.met = vec![person];
        new.said.note = Some("  老人独居，需要助餐  ".into());
        new.position = position(HERE.0 + 0.001, 20);
        let made = w.record(&worker, &new).unwrap();
        assert_eq!((made.grid, made.unit, made.worker), (w.grids[0], w.unit(C1), worker.actor.user));
        assert_eq!((made.on, made.version), (day("2026-11-25"), 1));
        assert_eq!((made.distance_m, made.presence), (Some(111), Presence::Near));
        assert_eq!(w.see(&worker, made.id).unwrap(), made, "as it was told, so it is kept");
        let read = w.read(&worker, made.id).unwrap();
        assert_eq!(
            (read.content.note.as_deref(), read.edition.met),
            (Some("老人独居，需要助餐"), vec![person])
        );
    }
}

#[test]
fn a_far_position_is_kept_as_far_and_still_a_visit() {
    for w in World::each() {
        let worker = w.worker1();
        let (home, _) = w.home(C1, Some(HERE));
        let far = NewVisit { position: position(HERE.0 + 0.01, 15), ..call(home) };
        let far = w.record(&worker, &far).unwrap();
        assert_eq!((far.presence, far.distance_m), (Presence::Far, Some(1_112)));
        let coarse = w.record(&worker, &NewVisit { position: position(HERE.0, 500), ..call(home) }).unwrap();
        assert_eq!((coarse.presence, coarse.distance_m), (Presence::Unknown, Some(0)));
        let mut phone = NewVisit { position: position(HERE.0, 5), ..call(home) };
        phone.said.way = Way::Phone;
        assert_eq!(
            w.record(&worker, &phone).unwrap().presence,
            Presence::Unknown,
            "a phone call proves nothing"
        );
    }
}

#[test]
fn tomorrow_is_refused_with_a_code_of_its_own_and_so_is_long_ago() {
    for w in World::each() {
        let worker = w.worker1();
        let (home, _) = w.home(C1, Some(HERE));
        let bad = |moment: &str| fields(w.record(&worker, &call_at(home, moment)));
        let future = [("/visited_at".to_owned(), "visits.in_future")];
        assert_eq!(bad("2026-11-26T09:00:00+08:00"), future);
        assert_eq!(bad("2026-11-25T10:05:00+08:00"), future, "nor in five minutes");
        assert_eq!(bad("2026-09-26T09:59:00+08:00"), [("/visited_at".to_owned(), "visits.too_old")]);
        w.record(&worker, &call_at(home, "2026-09-26T10:10:00+08:00")).unwrap();
    }
}

#[test]
fn a_household_outside_the_workers_grids_is_not_there_for_them() {
    for w in World::each() {
        let worker = w.worker1();
        let (elsewhere, _) = w.home(C2, Some(THERE));
        assert_eq!(code(w.record(&worker, &call(elsewhere))), "kernel.not_found");
        assert_eq!(code(w.record(&worker, &call(fresh()))), "kernel.not_found", "as one that is nowhere");
        let (registered_here, _) = w.home(C1, Some(THERE));
        assert_eq!(code(w.record(&worker, &call(registered_here))), "kernel.not_found", "the point decides");
        let (lives_here, _) = w.home(C2, Some(HERE));
        w.record(&worker, &call(lives_here)).unwrap();
    }
}

#[test]
fn without_a_point_the_units_decide() {
    for w in World::each() {
        let worker = w.worker1();
        for (unit, taken) in [(C1, true), (TOWN1, true), (C2, false), (TOWN2, false)] {
            let (home, _) = w.home(unit, None);
            assert_eq!(w.record(&worker, &call(home)).is_ok(), taken, "{unit}");
        }
        let undrawn = w.grid(C2, None);
        let other = w.worker(C2, undrawn);
        let (home, _) = w.home(C2, Some(HERE));
        assert_eq!(
            w.record(&other, &call(home)).unwrap().grid,
            undrawn,
            "a grid that is not drawn has no points"
        );
    }
}

#[test]
fn only_whoever_held_a_post_as_a_worker_then_and_may_record_now_does() {
    for w in World::each() {
        let (home, _) = w.home(C1, Some(HERE));
        let late = w.role(kernel::BuiltinRole::GridWorker, C1);
        w.post(late.actor.user, w.grids[0], "2026-11-20T00:00:00+08:00", Some("2026-11-24T00:00:00+08:00"));
        let recorded = |moment: &str| w.record(&late, &call_at(home, moment));
        assert_eq!(code(recorded("2026-11-19T23:59:59+08:00")), "kernel.not_found");
        recorded("2026-11-20T00:00:00+08:00").unwrap();
        recorded("2026-11-23T23:59:59+08:00").unwrap();
        assert_eq!(code(recorded("2026-11-24T00:00:00+08:00")), "kernel.not_found");
        let police = w.role(kernel::BuiltinRole::GridWorker, C1);
        w.post_as("police", police.actor.user, w.grids[0], "2020-01-01T00:00:00+08:00", None);
        assert_eq!(code(w.record(&police, &call(home))), "kernel.not_found");
        let revoked = w.person(C1, &["visits.visit.read"]);
        w.post(revoked.actor.user, w.grids[0], "2020-01-01T00:00:00+08:00", None);
        assert_eq!(code(w.record(&revoked, &call(home))), "kernel.forbidden");
    }
}

#[test]
fn what_is_said_of_a_visit_is_checked_field_by_field() {
    for w in World::each() {
        let worker = w.worker1();
        let (home, person) = w.home(C1, Some(HERE));
        let mut new = call(home);
        new.id = Some(Id::from_uuid(uuid::Uuid::nil()));
        new.said.note = Some("长".repeat(4_001));
        new.said.met = vec![person, person];
        new.said.answers = vec![Default::default()];
        new.position = Some(Position { lat: 91.0, lng: 181.0, accuracy_m: -1 });
        let bad = fields(w.record(&worker, &new));
        let expected = [
            ("/note", "kernel.field_length"),
            ("/met_ids/1", "visits.met_twice"),
            ("/answers", "visits.answers_without_form"),
            ("/id", "kernel.field_characters"),
            ("/position/lat", "kernel.field_range"),
            ("/position/lng", "kernel.field_range"),
            ("/position/accuracy_m", "kernel.field_range"),
        ];
        assert_eq!(bad, expected.map(|(pointer, code)| (pointer.to_owned(), code)));
        let mut stranger = call(home);
        stranger.said.met = vec![person, fresh()];
        let unknown = [("/met_ids/1".to_owned(), "kernel.field_unknown_reference")];
        assert_eq!(fields(w.record(&worker, &stranger)), unknown);
        stranger.said.met = (0..21).map(|_| fresh()).collect();
        assert_eq!(fields(w.record(&worker, &stranger)), [("/met_ids".to_owned(), "kernel.field_length")]);
        w.homes.homes.lock().get_mut(&home).unwrap().closed = true;
        assert_eq!(code(w.record(&worker, &call(home))), "visits.household_closed");
    }
}

#[test]
fn the_same_sent_again_is_the_same_visit_and_other_content_is_refused() {
    for w in World::each() {
        let worker = w.worker1();
        let (home, person) = w.home(C1, Some(HERE));
        let mut new = NewVisit { id: Some(fresh()), position: position(HERE.0, 9), ..call(home) };
        new.said.note = Some("门锁已换".into());
        new.case =
            Some(SentCase { title: "路灯不亮".into(), description: String::new(), category: None });
        let made = w.record(&worker, &new).unwrap();
        w.at("2027-03-01T10:00:00+08:00");
        assert_eq!(w.record(&worker, &new).unwrap(), made, "also when it would be too old by now");
        assert_eq!(w.cases.0.lock().len(), 1, "its case was reported once");
        let other = |change: fn(&mut NewVisit)| {
            let mut other = new.clone();
            change(&mut other);
            code(w.record(&worker, &other))
        };
        assert_eq!(other(|v| v.said.note = Some("门锁未换".into())), "visits.id_taken");
        assert_eq!(other(|v| v.said.way = Way::Phone), "visits.id_taken");
        assert_eq!(other(|v| v.position = None), "visits.id_taken");
        assert_eq!(other(|v| v.case = None), "visits.id_taken");
        assert_eq!(other(|v| v.household = fresh()), "visits.id_taken");
        let colleague = w.worker1();
        assert_eq!(code(w.record(&colleague, &new)), "visits.id_taken", "the id is somebody else's");
        w.seals.0.lock().insert(person);
        assert_eq!(w.record(&worker, &new).unwrap(), made, "what was erased cannot be compared");
    }
}

#[test]
fn a_case_is_reported_with_the_visit_or_neither_is_kept() {
    for w in World::each() {
        let worker = w.worker1();
        let (home, _) = w.home(C1, Some(HERE));
        let with = |title: &str| NewVisit {
            case: Some(SentCase { title: title.into(), description: "三楼".into(), category: None }),
            ..call(home)
        };
        let made = w.record(&worker, &with("楼道堆物")).unwrap();
        let (new, case) = w.cases.0.lock()[0].clone();
        assert_eq!((made.incident, new.unit, new.point), (Some(case.id), Some(w.unit(C1)), Some(HERE)));
        let refused = w.record(&worker, &with(" "));
        assert_eq!(fields(refused), [("/incident/title".to_owned(), "kernel.field_required")]);
        assert_eq!(w.list(&worker, Default::default()).len(), 1);
        let (who, colleague, id) = (w.now(&worker), w.now(&w.worker1()), made.id);
        let asked = w.write(move |tx, s| visits::service::see::incident(tx, &who, s, id));
        assert_eq!(asked.unwrap().id, case.id);
        let asked = w.write(move |tx, s| visits::service::see::incident(tx, &colleague, s, id));
        assert_eq!(code(asked), "kernel.not_found", "who may not see the case does not see it here");
    }
}

#[test]
fn notes_need_somebody_whose_key_seals_them() {
    for w in World::each() {
        let worker = w.worker1();
        let (home, person) = w.home(C1, Some(HERE));
        w.homes.members.lock().clear();
        let mut new = call(home);
        w.record(&worker, &new).unwrap();
        new.said.note = Some("空户".into());
        assert_eq!(code(w.record(&worker, &new)), "visits.nobody_on_record");
        w.homes.members.lock().insert((home, person, day("2026-11-01")));
        let made = w.record(&worker, &new).unwrap();
        w.seals.0.lock().insert(person);
        assert_eq!(code(w.read(&worker, made.id)), "visits.erased");
        assert_eq!(code(w.record(&worker, &new)), "visits.nobody_on_record");
    }
}
