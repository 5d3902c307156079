//! Workers that die, two at once, and many rows.

use imports::model::{MAX_AT_ONCE, State};
use imports::service::work;

use crate::setting::{Town, counts};

fn many(count: usize) -> String {
    let rows: String = (0..count).map(|n| format!("u{n:05},用户{n},441900106001\n")).collect();
    format!("login,display_name,unit\n{rows}")
}

#[test]
fn a_worker_that_dies_in_the_middle_is_followed_by_another_and_nothing_is_done_twice() {
    for t in Town::each() {
        let id = t.make(t.chief, "users", false, false).unwrap().id;
        t.send(t.chief, id, many(1_500).as_bytes()).unwrap();
        let (mut hands, mut half) = (0, 0);
        // Each worker does one part and is never heard of again; its lease is over at once.
        loop {
            let (db, now) = (&t.db.db, t.db.db.clock().now().plus_seconds(hands * 60));
            let Some(claim) = db.write_blocking(move |tx| work::claim(tx, "worker", now)).unwrap() else {
                break;
            };
            hands += 1;
            let (s, ids) = (t.s.clone(), std::sync::Arc::clone(db.ids()));
            db.write_blocking(move |tx| work::step(tx, &s, claim, now, &ids)).unwrap();
            let import = t.find(t.chief, id);
            assert_eq!(
                usize::try_from(import.rows_done).unwrap(),
                t.accounts("u"),
                "what is written down is done"
            );
            half += usize::from(import.rows_done > 0 && import.rows_done < 1_500);
            // Who came before is too late.
            let late = work::Claim { fence: claim.fence - 1, ..claim };
            assert!(!t.part(late), "an old claim does nothing");
        }
        assert!(hands > 4 && half > 1, "{}: {hands} workers, {half} left it half done", t.engine());
        assert_eq!(counts(&t.find(t.chief, id)), (State::Applied, 0, 1_500, 0), "{}", t.engine());
        assert_eq!(t.accounts("u"), 1_500);
    }
}

#[test]
fn one_works_while_another_looks_on() {
    for t in Town::each() {
        let id = t.make(t.chief, "users", true, false).unwrap().id;
        t.send(t.chief, id, many(400).as_bytes()).unwrap();
        let (db, now) = (&t.db.db, t.db.db.clock().now());
        let one = db.write_blocking(move |tx| work::claim(tx, "one", now)).unwrap().unwrap();
        assert_eq!(db.write_blocking(move |tx| work::claim(tx, "two", now)).unwrap(), None);
        assert_eq!(t.one_part("two"), None);
        while t.part(one) {}
        assert_eq!(t.find(t.chief, id).state, State::Checked);
    }
}

#[test]
fn all_or_nothing_undone_by_a_death_is_nothing() {
    for t in Town::each() {
        let import = t.checked(t.chief, "users", true, &many(200));
        let (ctx, s, id, version) = (t.as_user(t.chief), t.s.clone(), import.id, import.version);
        t.db.db.write_blocking(move |tx| imports::service::apply::apply(tx, &ctx, &s, id, version)).unwrap();
        // The transaction that did it all never commits.
        let (db, s, ids, now) =
            (&t.db.db, t.s.clone(), std::sync::Arc::clone(t.db.db.ids()), t.db.db.clock().now());
        let claim = db.write_blocking(move |tx| work::claim(tx, "one", now)).unwrap().unwrap();
        let died = db.write_blocking(move |tx| {
            work::step(tx, &s, claim, now, &ids)?;
            Err::<(), _>(kernel::Fault::internal("the power went out"))
        });
        assert!(died.is_err());
        assert_eq!(t.accounts("u"), 0);
        let later = now.plus_seconds(work::LEASE_SECONDS + 1);
        let again = db.write_blocking(move |tx| work::claim(tx, "two", later)).unwrap().unwrap();
        assert!(!t.part(again));
        assert_eq!(counts(&t.find(t.chief, id)), (State::Applied, 0, 200, 0), "{}", t.engine());
        assert_eq!(t.accounts("u"), 200);
    }
}

#[test]
fn what_goes_wrong_again_and_again_is_given_up() {
    for t in Town::each() {
        let id = t.make(t.chief, "users", true, false).unwrap().id;
        t.send(t.chief, id, many(3).as_bytes()).unwrap();
        for n in 0..5 {
            let (db, now) = (&t.db.db, t.db.db.clock().now().plus_seconds(n * 60));
            let ids = std::sync::Arc::clone(db.ids());
            let claim = db.write_blocking(move |tx| work::claim(tx, "one", now)).unwrap().unwrap();
            db.write_blocking(move |tx| work::trouble(tx, claim, now, &ids)).unwrap();
        }
        let import = t.find(t.chief, id);
        assert_eq!((import.state, import.problem_code.as_deref()), (State::Failed, Some("imports.gave_up")));
    }
}

#[test]
fn rows_are_removed_when_their_time_is_over() {
    for t in Town::each() {
        let import = t.checked(t.chief, "users", false, &many(600));
        let (db, id) = (&t.db.db, import.id);
        let early = db.clock().now().plus_days(29);
        db.write_blocking(move |tx| imports::service::tidy::purge(tx, early)).unwrap();
        assert_eq!(t.rows(t.chief, &import, None).len(), 200);
        let late = db.clock().now().plus_days(31);
        for _ in 0..3 {
            db.write_blocking(move |tx| imports::service::tidy::purge(tx, late)).unwrap();
        }
        let import = t.find(t.chief, id);
        assert!(import.purged && t.rows(t.chief, &import, None).is_empty(), "{}", t.engine());
        assert_eq!(t.apply(t.chief, &import).unwrap_err().code().unwrap().code, "imports.state");
    }
}

/// How long the writer is held, and what ten thousand accounts take. Printed with `--no-capture`.
#[test]
fn ten_thousand_accounts() {
    for t in Town::each() {
        let started = std::time::Instant::now();
        let id = t.make(t.chief, "users", false, false).unwrap().id;
        t.send(t.chief, id, many(10_000).as_bytes()).unwrap();
        let sent = started.elapsed();
        let (mut longest, mut parts) = (std::time::Duration::ZERO, 0);
        let (db, now) = (&t.db.db, t.db.db.clock().now());
        while let Some(claim) = db.write_blocking(move |tx| work::claim(tx, "worker", now)).unwrap() {
            loop {
                let part = std::time::Instant::now();
                let more = t.part(claim);
                longest = longest.max(part.elapsed());
                parts += 1;
                if !more {
                    break;
                }
            }
        }
        let all = started.elapsed();
        assert_eq!(counts(&t.find(t.chief, id)), (State::Applied, 0, 10_000, 0));
        let import = t.checked(t.chief, "users", true, &many(MAX_AT_ONCE).replace("\nu", "\nv"));
        let one = std::time::Instant::now();
        t.apply(t.chief, &import).unwrap();
        println!(
            "{}: 10,000 accounts: received in {sent:?}, checked and applied in {:?}, {parts} parts, the longest {longest:?}; \
             {MAX_AT_ONCE} at once in {:?}",
            t.engine(),
            all - sent,
            one.elapsed()
        );
    }
}

#[test]
fn of_two_files_that_come_at_once_the_later_one_counts() {
    for t in Town::each() {
        let id = t.make(t.chief, "users", true, false).unwrap().id;
        let db = &t.db.db;
        let begin = || {
            let (ctx, services) = (t.as_user(t.chief), t.s.clone());
            db.write_blocking(move |tx| imports::service::receive::begin(tx, &ctx, &services, id, 1)).unwrap()
        };
        let (first, second) = (begin(), begin());
        let add = |upload| {
            let (ctx, services) = (t.as_user(t.chief), t.s.clone());
            db.write_blocking(move |tx| imports::service::receive::add(tx, &ctx, &services, id, upload, &[]))
        };
        assert_eq!(add(first).unwrap_err().code().unwrap().code, "imports.state", "{}", t.engine());
        assert!(add(second).is_ok());
        // A gateway that died while a file came leaves a place for the next one.
        assert_eq!(t.send(t.chief, id, many(2).as_bytes()).unwrap().rows_total, 2);
        t.work();
        // While rows are worked on no file is taken.
        let running = t.make(t.chief, "users", true, false).unwrap().id;
        t.send(t.chief, running, many(1).as_bytes()).unwrap();
        assert_eq!(
            t.send(t.chief, running, many(1).as_bytes()).unwrap_err().code().unwrap().code,
            "imports.state"
        );
    }
}
