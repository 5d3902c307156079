//! Many at once: one wins, and the others hear why they did not.

use std::sync::{Arc, Barrier};

use kernel::Outcome;
use whistles::model::State;
use whistles::service::{answer, blow, judge, late, withdraw};

use crate::world::*;

/// Runs twenty deeds at once, each told its number; answers how many won, and the codes of the others.
fn at_once(deed: impl Fn(usize) -> Outcome<()> + Send + Sync + 'static) -> (usize, Vec<&'static str>) {
    let (deed, start) = (Arc::new(deed), Arc::new(Barrier::new(20)));
    let threads: Vec<_> = (0..20)
        .map(|n| {
            let (deed, start) = (Arc::clone(&deed), Arc::clone(&start));
            std::thread::spawn(move || {
                start.wait();
                deed(n)
            })
        })
        .collect();
    let all: Vec<Outcome<()>> = threads.into_iter().map(|t| t.join().unwrap()).collect();
    let won = all.iter().filter(|o| o.is_ok()).count();
    (won, all.into_iter().filter(Result::is_err).map(code).collect())
}

#[test]
fn of_twenty_who_report_in_on_one_call_one_does() {
    for w in World::each() {
        let (_, _, calls) = w.blow(&[URBAN]);
        let (db, s, who, id) = (w.db.db.clone(), w.s.clone(), w.now(&w.handler(URBAN)), calls[0].id);
        let (won, codes) = at_once(move |_| {
            let (s, who) = (s.clone(), who.clone());
            db.write_blocking(move |tx| answer::report_in(tx, &who, &s, id, 1, "两人", None).map(drop))
        });
        assert_eq!((won, codes), (1, vec!["kernel.stale"; 19]));
        assert_eq!(w.call(id).1.version, 2);
    }
}

#[test]
fn of_twenty_who_call_one_department_to_one_case_one_does() {
    for w in World::each() {
        let (db, s, who, new) =
            (w.db.db.clone(), w.s.clone(), w.now(&w.secretary()), w.wanted(w.case(C1), &[URBAN, MARKET]));
        let (won, codes) = at_once(move |_| {
            let (s, who, new) = (s.clone(), who.clone(), new.clone());
            db.write_blocking(move |tx| blow::blow(tx, &who, &s, &new).map(drop))
        });
        assert_eq!((won, codes), (1, vec!["whistles.already_called"; 19]));
    }
}

#[test]
fn what_is_answered_and_taken_back_at_once_is_one_of_the_two() {
    for w in World::each() {
        let (secretary, _, calls) = w.blow(&[URBAN]);
        let (db, s, id) = (w.db.db.clone(), w.s.clone(), calls[0].id);
        let (secretary, urban) = (w.now(&secretary), w.now(&w.handler(URBAN)));
        let (won, codes) = at_once(move |n| {
            let (s, secretary, urban) = (s.clone(), secretary.clone(), urban.clone());
            db.write_blocking(move |tx| {
                if n.is_multiple_of(2) {
                    withdraw::one(tx, &secretary, &s, id, 1, "误报").map(drop)
                } else {
                    answer::report_in(tx, &urban, &s, id, 1, "两人", None).map(drop)
                }
            })
        });
        assert_eq!((won, codes.len()), (1, 19));
        let (whistle, call) = w.call(id);
        assert_eq!(call.state == State::Withdrawn, whistle.ended_at.is_some());
    }
}

#[test]
fn twenty_last_calls_graded_at_once_end_the_whistle_once() {
    for w in World::each() {
        let departments: Vec<usize> = vec![URBAN, MARKET, FIRE, TOWN];
        let (secretary, _, calls) = w.blow(&departments);
        w.pass(2 * HOUR);
        let (db, s, who) = (w.db.db.clone(), w.s.clone(), w.now(&secretary));
        let ids: Vec<_> = calls.iter().map(|c| c.id).collect();
        let (won, _) = at_once(move |n| {
            let (s, who, id) = (s.clone(), who.clone(), ids[n % 4]);
            db.write_blocking(move |tx| judge::grade(tx, &who, &s, id, 1, 3, "").map(drop))
        });
        assert_eq!(won, 4);
        let (whistle, _) = w.call(calls[0].id);
        assert_eq!((whistle.ended_at.is_some(), whistle.version), (true, 2));
    }
}

#[test]
fn twenty_gateways_tell_of_what_is_late_once() {
    for w in World::each() {
        let (_, _, calls) = w.blow(&[URBAN, MARKET]);
        let now = w.pass(2 * HOUR);
        let (db, s, ids) = (w.db.db.clone(), w.s.clone(), Arc::clone(w.db.db.ids()));
        w.heard();
        let (won, _) = at_once(move |_| {
            let (s, ids) = (s.clone(), Arc::clone(&ids));
            db.write_blocking(move |tx| late::tell(tx, &s, now, &ids).map(drop))
        });
        assert_eq!(won, 20);
        assert_eq!(w.call(calls[0].id).1.version, 2);
        assert_eq!(w.call(calls[1].id).1.version, 2);
    }
}
