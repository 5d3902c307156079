//! Many at once: one wins, and the others hear why they did not.

use std::sync::{Arc, Barrier};

use duties::service::draft::NewVersion;
use duties::service::{admit, enforce, lists};
use kernel::Outcome;

use crate::world::*;

/// Runs a deed twenty times at once; answers how many won, and the codes of the others.
fn at_once<T: Send + 'static>(
    deed: impl Fn() -> Outcome<T> + Send + Sync + 'static,
) -> (usize, Vec<&'static str>) {
    let (deed, start) = (Arc::new(deed), Arc::new(Barrier::new(20)));
    let threads: Vec<_> = (0..20)
        .map(|_| {
            let (deed, start) = (Arc::clone(&deed), Arc::clone(&start));
            std::thread::spawn(move || {
                start.wait();
                deed().map(drop)
            })
        })
        .collect();
    let all: Vec<Outcome<()>> = threads.into_iter().map(|t| t.join().unwrap()).collect();
    let won = all.iter().filter(|o| o.is_ok()).count();
    (won, all.into_iter().filter(Result::is_err).map(code).collect())
}

#[test]
fn of_twenty_who_put_one_draft_in_force_one_does() {
    for w in World::each() {
        let c = w.category(DISTRICT, None);
        let (maker, other) = (w.admin(DISTRICT), w.admin(DISTRICT));
        let list = w.create(&maker, DISTRICT, "community").unwrap();
        let drafted = w.begin(&maker, &list, NewVersion::default()).unwrap();
        let drafted = w.put(&maker, &drafted, items(&[c])).unwrap();
        let (db, s, id, seen, who) =
            (w.db.db.clone(), w.s.clone(), drafted.id, drafted.version, w.now(&other));
        let (won, codes) = at_once(move || {
            let (s, who) = (s.clone(), who.clone());
            db.write_blocking(move |tx| enforce::enforce(tx, &who, &s, id, seen, None))
        });
        assert_eq!((won, codes), (1, vec!["kernel.stale"; 19]));
    }
}

#[test]
fn of_twenty_who_make_one_list_one_does() {
    for w in World::each() {
        let (db, s, who, unit) = (w.db.db.clone(), w.s.clone(), w.admin(TOWN1), w.unit(TOWN1));
        let (won, codes) = at_once(move || {
            let (s, who) = (s.clone(), who.clone());
            let new = lists::NewList { unit, level: "community".into(), name: "清单".into() };
            db.write_blocking(move |tx| lists::create(tx, &who, &s, &new))
        });
        assert_eq!((won, codes), (1, vec!["duties.list_exists"; 19]));
    }
}

#[test]
fn of_twenty_who_ask_for_the_same_one_does_and_of_twenty_who_decide_one_does() {
    for w in World::each() {
        let c = w.category(DISTRICT, None);
        let (db, s, who, unit) = (w.db.db.clone(), w.s.clone(), w.now(&w.admin(TOWN1)), w.unit(C1));
        let (won, codes) = at_once(move || {
            let (s, who) = (s.clone(), who.clone());
            let until = who.now.plus_days(3);
            let new = admit::NewAdmission { unit, category: c, reason: "防汛".into(), from: None, until };
            db.write_blocking(move |tx| admit::ask(tx, &who, &s, &new))
        });
        assert_eq!((won, codes), (1, vec!["duties.already_asked"; 19]));
        let who = w.now(&w.person(DISTRICT, &[]));
        let query = admit::Query::default();
        let reader = who.clone();
        let page =
            w.write(move |tx, s| admit::list(tx, &reader, s, &query, None, kernel::PageSize::DEFAULT, 0));
        let id = page.unwrap().items[0].id;
        let (db, s, who) = (w.db.db.clone(), w.s.clone(), w.now(&w.admin(TOWN1)));
        let (won, codes) = at_once(move || {
            let (s, who) = (s.clone(), who.clone());
            db.write_blocking(move |tx| admit::decide(tx, &who, &s, id, 1, true, ""))
        });
        assert_eq!((won, codes), (1, vec!["kernel.stale"; 19]));
    }
}
