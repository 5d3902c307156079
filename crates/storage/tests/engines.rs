//! The promises of storage, each on both engines.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail loudly")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use kernel::id::User;
use kernel::{Fault, Id, Outcome};
use storage::audit::{self, Entry};
use storage::outbox::{self, Consumers, Event};
use storage::worker::Workers;
use storage::{Db, Reaction, Tx, idempotency, lease, migrate};
use testkit::{TestDb, context, fresh};

fn databases() -> Vec<TestDb> {
    TestDb::each(&[migrate::own()])
}

fn entry(n: u64) -> Entry<'static> {
    Entry {
        action: "test.thing.changed",
        object_kind: "thing",
        object: Some(fresh::<User>().uuid()),
        unit: None,
        before: None,
        after: Some(serde_json::json!({ "n": n, "a": { "z": 1, "b": [1, { "y": 2, "x": 3 }] } })),
    }
}

fn answer(user: Id<User>, key: &str, now: kernel::Instant) -> idempotency::Answer {
    idempotency::Answer {
        user_id: user,
        idempotency_key: key.to_owned(),
        fingerprint: "f".into(),
        status: 201,
        headers: storage::Json(serde_json::json!({})),
        body: "{}".into(),
        created_at: now,
        kept_until: Some(now),
    }
}

async fn write_records(db: &Db, count: u64) {
    for n in 0..count {
        let ctx = context(db, fresh(), vec![]);
        db.write(move |tx| audit::record(tx, &ctx, entry(n))).await.unwrap();
    }
}

async fn seal_all(db: &Db) -> usize {
    let now = db.clock().now();
    let held = db
        .write(move |tx| lease::take(tx, "test.sealer", "me", now, now.plus_seconds(60)))
        .await
        .unwrap()
        .expect("the lease");
    db.write(move |tx| audit::seal(tx, &held, 10_000)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_fails_undoes_only_itself_and_a_panic_is_answered() {
    for t in databases() {
        let mut jobs = Vec::new();
        for n in 0..120_u64 {
            let db = t.db.clone();
            jobs.push(tokio::spawn(async move {
                let ctx = context(&db, fresh(), vec![]);
                db.write(move |tx| {
                    audit::record(tx, &ctx, entry(n))?;
                    match n % 3 {
                        0 => Ok(n),
                        1 => Err(kernel::error::FORBIDDEN.fault()),
                        _ => panic!("a bug in a job"),
                    }
                })
                .await
            }));
        }
        let mut outcomes = [0; 3];
        for job in jobs {
            match job.await.unwrap() {
                Ok(_) => outcomes[0] += 1,
                Err(Fault::Refused(_)) => outcomes[1] += 1,
                Err(Fault::Internal(_)) => outcomes[2] += 1,
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(outcomes, [40, 40, 40], "{}", t.db.engine().name());
        assert_eq!(seal_all(&t.db).await, 40);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_inside_a_nested_deed_leaves_the_connection_sound() {
    for t in databases() {
        for _ in 0..20 {
            let broken: Outcome<()> =
                t.db.write(|tx| {
                    tx.nested(|tx| {
                        audit::head(tx)?;
                        panic!("deep inside")
                    })
                })
                .await;
            assert!(matches!(broken, Err(Fault::Internal(_))));
        }
        write_records(&t.db, 3).await;
        assert_eq!(seal_all(&t.db).await, 3);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_refuses_at_once() {
    for t in databases() {
        let mut config = t.config.clone();
        config.queue = 2;
        config.writers = 1;
        config.group = 1;
        let db = Db::open(&config, Arc::clone(t.db.clock()), Arc::clone(t.db.ids())).unwrap();
        let mut jobs = Vec::new();
        for _ in 0..20 {
            let db = db.clone();
            jobs.push(tokio::spawn(async move {
                db.write(|_| {
                    std::thread::sleep(Duration::from_millis(30));
                    Ok(())
                })
                .await
            }));
        }
        let mut refused = 0;
        for job in jobs {
            if let Err(fault) = job.await.unwrap() {
                assert_eq!(fault.code().unwrap().code, "kernel.unavailable");
                refused += 1;
            }
        }
        assert!(refused > 0 && refused < 20, "{refused}");
        db.close();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_queued_is_done_before_the_database_closes() {
    for t in databases() {
        let db = t.again();
        let done = Arc::new(AtomicUsize::new(0));
        let mut jobs = Vec::new();
        for n in 0..50 {
            let (db, done) = (db.clone(), Arc::clone(&done));
            jobs.push(tokio::spawn(async move {
                let ctx = context(&db, fresh(), vec![]);
                let outcome = db.write(move |tx| audit::record(tx, &ctx, entry(n))).await;
                if outcome.is_ok() {
                    done.fetch_add(1, Ordering::SeqCst);
                }
            }));
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
        let closing = db.clone();
        tokio::task::spawn_blocking(move || closing.close()).await.unwrap();
        for job in jobs {
            job.await.unwrap();
        }
        assert_eq!(
            seal_all(&t.db).await,
            done.load(Ordering::SeqCst),
            "acknowledged is stored, and nothing else is"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_cannot_write_on_sqlite() {
    let t = databases().remove(0);
    let ctx = context(&t.db, fresh(), vec![]);
    assert!(t.db.read(move |tx| audit::record(tx, &ctx, entry(1))).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_chain_verifies_in_pages_and_names_the_first_broken_record() {
    use diesel::prelude::*;
    for t in databases() {
        write_records(&t.db, 25).await;
        assert_eq!(seal_all(&t.db).await, 25);
        let first = t.db.read(|tx| audit::verify(tx, (0, audit::GENESIS.into()), 10)).await.unwrap();
        assert_eq!((first.checked, first.complete, first.broken.clone()), (10, false, None));
        let rest = t.db.read(move |tx| audit::verify(tx, first.upto.clone(), 100)).await.unwrap();
        assert_eq!((rest.checked, rest.complete, rest.broken.clone()), (15, true, None));
        assert_eq!(t.db.read(audit::head).await.unwrap(), rest.upto);

        let tampered = [
            "update storage_audit_records set body = replace(body, 'test.thing', 'fest.thing') where seq = 7",
            "update storage_audit_records set action = 'something.else' where seq = 7",
            "update storage_audit_records set at = (select at from storage_audit_records where seq = 9) where seq = 7",
            "update storage_audit_records set hash = prev_hash where seq = 7",
            "delete from storage_audit_records where seq = 7",
        ];
        for sql in tampered {
            let broken =
                t.db.write(move |tx| {
                    storage::with_conn!(tx, |c| diesel::sql_query(sql).execute(c))?;
                    let seen = audit::verify(tx, (0, audit::GENESIS.into()), 100)?;
                    // Undone again: the next tampering starts from a sound chain.
                    Err::<(), Fault>(Fault::Internal(format!("{:?}", seen.broken.map(|b| b.seq))))
                })
                .await;
            assert_eq!(
                broken.unwrap_err().to_string(),
                "internal: Some(7)",
                "{sql} on {}",
                t.db.engine().name()
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_whose_tail_was_cut_is_broken_for_whoever_goes_on_from_there() {
    use diesel::prelude::*;
    for t in databases() {
        write_records(&t.db, 12).await;
        assert_eq!(seal_all(&t.db).await, 12);
        let place = t.db.read(|tx| audit::verify(tx, (0, audit::GENESIS.into()), 10)).await.unwrap().upto;
        let head = t.db.read(audit::head).await.unwrap();
        let at_head = head.clone();
        let sound = t.db.read(move |tx| audit::verify(tx, at_head.clone(), 10)).await.unwrap();
        assert_eq!((sound.checked, sound.complete, sound.broken), (0, true, None));
        let cut = "delete from storage_audit_records where seq > 9";
        t.db.write(move |tx| Ok(storage::with_conn!(tx, |c| diesel::sql_query(cut).execute(c))?))
            .await
            .unwrap();
        for (seq, hash) in [place, head] {
            let from = (seq, hash);
            let seen = t.db.read(move |tx| audit::verify(tx, from.clone(), 10)).await.unwrap();
            assert_eq!((seen.broken.map(|b| b.seq), seen.complete), (Some(seq), false));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sealer_that_lost_its_lease_seals_nothing() {
    for t in databases() {
        write_records(&t.db, 5).await;
        let now = t.db.clock().now();
        let old =
            t.db.write(move |tx| lease::take(tx, "s", "a", now, now.plus_seconds(1))).await.unwrap().unwrap();
        let refused =
            t.db.write(move |tx| lease::take(tx, "s", "b", now, now.plus_seconds(9))).await.unwrap();
        assert_eq!(refused, None, "held by another");
        let later = now.plus_seconds(5);
        let new =
            t.db.write(move |tx| lease::take(tx, "s", "b", later, later.plus_seconds(9)))
                .await
                .unwrap()
                .unwrap();
        assert!(new.fence > old.fence);
        assert_eq!(t.db.write(move |tx| audit::seal(tx, &old, 100)).await.unwrap(), 0);
        assert_eq!(t.db.write(move |tx| audit::seal(tx, &new, 100)).await.unwrap(), 5);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_is_claimed_once_however_many_race() {
    for t in databases() {
        let user: Id<User> = fresh();
        let mut racers = Vec::new();
        for _ in 0..24 {
            let db = t.db.clone();
            racers.push(tokio::spawn(async move {
                let now = db.clock().now();
                db.write(move |tx| idempotency::claim(tx, &answer(user, "k", now))).await.unwrap()
            }));
        }
        let mut won = 0;
        for racer in racers {
            won += usize::from(racer.await.unwrap());
        }
        assert_eq!(won, 1);
        let later = t.db.clock().now().plus_seconds(1);
        assert_eq!(t.db.write(move |tx| idempotency::purge(tx, later, 10)).await.unwrap(), 1);
        assert_eq!(t.db.read(move |tx| idempotency::find(tx, user, "k")).await.unwrap(), None);
    }
}

type Seen = Arc<parking_lot::Mutex<Vec<(uuid::Uuid, i64)>>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_are_forgotten_when_their_time_is_over_and_those_kept_for_life_never() {
    for t in databases() {
        let (db, now) = (t.db.clone(), t.db.clock().now());
        let user: Id<User> = fresh();
        let kept =
            [("over", Some(now.plus_days(30))), ("later", Some(now.plus_days(60))), ("for life", None)];
        db.write(move |tx| {
            for (key, kept_until) in kept {
                assert!(idempotency::claim(
                    tx,
                    &idempotency::Answer { kept_until, ..answer(user, key, now) }
                )?);
            }
            Ok(())
        })
        .await
        .unwrap();
        let purge = |at: kernel::Instant, limit: i64| {
            let db = db.clone();
            async move { db.write(move |tx| idempotency::purge(tx, at, limit)).await.unwrap() }
        };
        assert_eq!(purge(now.plus_days(29), 100).await, 0);
        assert_eq!(purge(now.plus_days(31), 100).await, 1);
        assert_eq!(purge(now.plus_days(365 * 300), 0).await, 0, "no more than asked for");
        assert_eq!(purge(now.plus_days(365 * 300), 100).await, 1);
        assert_eq!(purge(now.plus_days(365 * 300), 100).await, 0);
        for (key, is_there) in [("over", false), ("later", false), ("for life", true)] {
            let found = db.read(move |tx| idempotency::find(tx, user, key)).await.unwrap();
            assert_eq!(found.is_some(), is_there, "{key}");
        }
    }
}

fn consumers(seen: &Seen, failures: &Arc<AtomicUsize>) -> Arc<Consumers> {
    let (seen, failures) = (Arc::clone(seen), Arc::clone(failures));
    Arc::new(Consumers::new([Reaction {
        consumer: "test.listener",
        topics: &["test.happened"],
        run: Arc::new(move |_tx: &mut Tx<'_>, event| {
            if failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok() {
                return Err(Fault::internal("not this time"));
            }
            seen.lock().push((event.object_id.uuid(), event.object_seq));
            Ok(())
        }),
    }]))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_reach_their_consumer_once_and_in_order_with_two_gateways() {
    for t in databases() {
        let (a, b) = (t.again(), t.again());
        let seen: Seen = Arc::default();
        let failures = Arc::new(AtomicUsize::new(1));
        let wanted = consumers(&seen, &failures);
        for db in [&a, &b] {
            db.set_consumers(Consumers::new([wanted.reaction("test.listener").unwrap().clone()]));
        }
        let workers = [
            Workers::start(&a, "a", Arc::clone(&wanted), vec![]),
            Workers::start(&b, "b", Arc::clone(&wanted), vec![]),
        ];
        let objects: Vec<uuid::Uuid> = (0..5).map(|_| fresh::<User>().uuid()).collect();
        for seq in 1..=6 {
            for object in &objects {
                let db = if seq % 2 == 0 { &a } else { &b };
                let (ctx, object) = (context(db, fresh(), vec![]), *object);
                db.write(move |tx| {
                    audit::record(tx, &ctx, entry(1))?;
                    let payload = serde_json::json!({});
                    outbox::emit(
                        tx,
                        &ctx,
                        &Event { topic: "test.happened", object, object_seq: seq, payload },
                    )
                })
                .await
                .unwrap();
            }
        }
        for _ in 0..200 {
            if seen.lock().len() >= 30 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        for w in workers {
            w.stop().await;
        }
        let seen = seen.lock().clone();
        for object in &objects {
            let order: Vec<i64> = seen.iter().filter(|(o, _)| o == object).map(|(_, s)| *s).collect();
            assert_eq!(order, vec![1, 2, 3, 4, 5, 6], "{}", t.db.engine().name());
        }
        let sealed = t.db.read(|tx| audit::verify(tx, (0, audit::GENESIS.into()), 1000)).await.unwrap();
        assert_eq!((sealed.checked, sealed.broken), (30, None), "sealed by one of them");
        a.close();
        b.close();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_workers_claim_is_taken_over_and_its_late_answer_refused() {
    for t in databases() {
        let seen: Seen = Arc::default();
        let wanted = consumers(&seen, &Arc::default());
        t.db.set_consumers(Consumers::new([wanted.reaction("test.listener").unwrap().clone()]));
        let ctx = context(&t.db, fresh(), vec![]);
        let now = ctx.now;
        let object = fresh::<User>().uuid();
        t.db.write(move |tx| {
            let payload = serde_json::json!({});
            outbox::emit(tx, &ctx, &Event { topic: "test.happened", object, object_seq: 1, payload })
        })
        .await
        .unwrap();
        let claim = move |owner: &'static str, at: kernel::Instant| {
            move |tx: &mut Tx<'_>| outbox::claim(tx, &["test.listener"], owner, at, at.plus_seconds(10), 5)
        };
        let dead = t.db.write(claim("dead", now)).await.unwrap();
        assert_eq!(dead.len(), 1);
        assert!(t.db.write(claim("heir", now)).await.unwrap().is_empty(), "none twice at once");
        let heir = t.db.write(claim("heir", now.plus_seconds(11))).await.unwrap();
        assert_eq!((heir.len(), heir[0].attempt), (1, 2));
        let (late, mine) = (dead[0].clone(), heir[0].clone());
        assert!(!t.db.write(move |tx| outbox::complete(tx, &late)).await.unwrap());
        assert!(t.db.write(move |tx| outbox::complete(tx, &mine)).await.unwrap());
    }
}

#[test]
fn migrations_go_up_down_and_up_again() {
    for t in databases() {
        let all = [migrate::own()];
        t.db.close();
        migrate::revert_all(&t.config.engine, &all).unwrap();
        let wanted = migrate::missing(&t.config.engine, &all).unwrap();
        assert!(!wanted.is_empty());
        assert_eq!(migrate::run(&t.config.engine, &all).unwrap(), wanted);
        assert!(migrate::run(&t.config.engine, &all).unwrap().is_empty());
    }
}

#[test]
fn two_processes_may_migrate_at_once() {
    for t in databases() {
        let all = [migrate::own()];
        migrate::revert_all(&t.config.engine, &all).unwrap();
        let wanted = migrate::missing(&t.config.engine, &all).unwrap().len();
        let ran: Vec<_> = std::thread::scope(|s| {
            let go = || migrate::run(&t.config.engine, &all).unwrap().len();
            let threads = [s.spawn(go), s.spawn(go), s.spawn(go)];
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        assert_eq!(ran.iter().sum::<usize>(), wanted, "each ran once");
    }
}

#[test]
fn an_unknown_scheme_is_an_error() {
    for url in ["mysql://x", "", "data.db", "sqlite:", "sqlite::memory:"] {
        assert!(storage::Engine::parse(url).is_err(), "{url}");
    }
}
