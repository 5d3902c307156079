//! Power cuts and two gateways on one database: what was acknowledged is there, nothing is there by half, the chain is sound.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use commonweal_tests::app::TestApp;
use commonweal_tests::client::Client;
use commonweal_tests::schema::count;
use commonweal_tests::wait_until;
use commonweal_tests::world::{World, all, id, version};
use serde_json::{Value, json};

/// What was sent, and what was acknowledged, by key.
#[derive(Default)]
struct Ledger {
    sent: Mutex<BTreeMap<String, Value>>,
    acknowledged: Mutex<BTreeMap<String, String>>,
    accepted: Mutex<BTreeSet<String>>,
}

impl Ledger {
    /// Reports incidents and takes every other one on, until the gateway is gone.
    fn load(&self, client: &Client, unit: &str, thread: usize, stop: &AtomicBool, done: &AtomicUsize) {
        for n in 0.. {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            let key = format!("load-{thread}-{n}");
            let body = json!({ "title": format!("第{n}件"), "description": "断电前", "unit_id": unit });
            self.sent.lock().expect("unpoisoned").insert(key.clone(), body.clone());
            let Ok(answer) = client.request("POST", "/incidents").key(&key).json(&body).try_send() else {
                return;
            };
            assert!(answer.status == 201 || answer.status == 503, "{}: {}", answer.status, answer.text);
            if answer.status != 201 {
                continue;
            }
            let made = id(&answer.json);
            self.acknowledged.lock().expect("unpoisoned").insert(key, made.clone());
            done.fetch_add(1, Ordering::Relaxed);
            if n % 2 == 0 {
                let accept = client
                    .request("POST", &format!("/incidents/{made}/accept"))
                    .version(version(&answer.json));
                let Ok(answer) = accept.json(&json!({})).try_send() else { return };
                if answer.status == 200 {
                    self.accepted.lock().expect("unpoisoned").insert(made);
                }
            }
        }
    }
}

/// Nothing by half: an incident has its steps, its places in the tree, its events and its records, all of them.
fn nothing_is_there_by_half(app: &TestApp, depth: i64) {
    let engine = &app.db.config.engine;
    let of = |table: &str, column: &str| format!("(select count(*) from {table} x where x.{column} = i.id)");
    for (what, wanted, found) in [
        ("steps", "i.version".to_owned(), of("grid_incident_steps", "incident_id")),
        ("places", depth.to_string(), of("grid_incident_scopes", "incident_id")),
        ("records", "i.version".to_owned(), of("storage_audit_records", "object_id")),
        // Each step is told to whoever follows, and each but the report to the people concerned.
        ("events", "2 * i.version - 1".to_owned(), of("storage_events", "object_id")),
    ] {
        let halves = count(engine, &format!("grid_incidents i where {found} <> {wanted}"));
        assert_eq!(halves, 0, "{}: {halves} incidents without all their {what}", app.engine());
    }
    for (table, column) in [("grid_incident_steps", "incident_id"), ("grid_incident_scopes", "incident_id")] {
        let strays = count(
            engine,
            &format!("{table} x where not exists (select 1 from grid_incidents i where i.id = x.{column})"),
        );
        assert_eq!(strays, 0, "{}: {table} without their incident", app.engine());
    }
}

/// Waits for the sealer, then verifies every link.
fn the_chain_is_sound(app: &TestApp) {
    let engine = &app.db.config.engine;
    wait_until("every record is sealed", || count(engine, "storage_audit_records where seq is null") == 0);
    let records = count(engine, "storage_audit_records");
    let numbers = count(engine, "(select distinct seq from storage_audit_records) as s");
    assert_eq!(numbers, records, "{}: a number for each", app.engine());
    let verified = app.command(&["audit", "verify"]);
    let said = String::from_utf8_lossy(&verified.stdout).into_owned();
    assert!(verified.status.success() && said.contains("sound"), "{}: {verified:?}", app.engine());
}

#[test]
fn what_was_acknowledged_survives_a_kill_under_load() {
    for mut app in TestApp::each() {
        let (community, admin) = {
            let world = World::build(&app);
            (world.community.clone(), world.admin.clone())
        };
        let mut client = admin;
        let ledger = Ledger::default();
        for round in 0..3 {
            let (stop, done) = (AtomicBool::new(false), AtomicUsize::new(0));
            std::thread::scope(|scope| {
                for thread in 0..12 {
                    let (ledger, client, community, stop, done) =
                        (&ledger, client.clone(), &community, &stop, &done);
                    scope.spawn(move || ledger.load(&client, community, round * 100 + thread, stop, done));
                }
                wait_until("the load runs", || done.load(Ordering::Relaxed) > 60);
                app.gateway.kill();
                stop.store(true, Ordering::Relaxed);
            });
            app.restart();
            client = client.at(&app.gateway.url);
        }
        let acknowledged = ledger.acknowledged.lock().expect("unpoisoned").clone();
        assert!(acknowledged.len() > 180, "{}", acknowledged.len());
        let there: BTreeMap<String, Value> =
            all(&client, "/incidents").into_iter().map(|i| (id(&i), i)).collect();
        let lost: Vec<&String> = acknowledged.values().filter(|i| !there.contains_key(*i)).collect();
        assert!(lost.is_empty(), "{}: acknowledged and lost: {lost:?}", app.engine());
        for accepted in ledger.accepted.lock().expect("unpoisoned").iter() {
            assert_eq!(there[accepted]["state"], "accepted", "{}: a step was lost", app.engine());
        }
        nothing_is_there_by_half(&app, 3);

        // Whoever got no answer sends again with the same key, and each report is there exactly once.
        let sent = ledger.sent.lock().expect("unpoisoned").clone();
        for (key, body) in &sent {
            let answer = client.request("POST", "/incidents").key(key).json(body).send();
            assert_eq!(answer.status, 201, "{key}: {}", answer.text);
            if let Some(before) = acknowledged.get(key) {
                assert_eq!(
                    (&id(&answer.json), answer.header("idempotency-replayed")),
                    (before, Some("true")),
                    "{key}"
                );
            }
        }
        assert_eq!(all(&client, "/incidents").len(), sent.len(), "{}", app.engine());
        nothing_is_there_by_half(&app, 3);
        the_chain_is_sound(&app);
    }
}

#[test]
fn a_gateway_that_is_asked_to_end_finishes_what_it_has_begun() {
    for mut app in TestApp::each() {
        let world = World::build(&app);
        let (client, community) = (world.admin.clone(), world.community.clone());
        drop(world);
        let ledger = Ledger::default();
        let (stop, done) = (AtomicBool::new(false), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let (ledger, client, community, stop, done) =
                    (&ledger, client.clone(), &community, &stop, &done);
                scope.spawn(move || ledger.load(&client, community, thread, stop, done));
            }
            wait_until("the load runs", || done.load(Ordering::Relaxed) > 30);
            assert!(app.gateway.end(), "{}: {}", app.engine(), app.gateway.log());
            stop.store(true, Ordering::Relaxed);
        });
        app.restart();
        let client = client.at(&app.gateway.url);
        let there: BTreeSet<String> = all(&client, "/incidents").iter().map(id).collect();
        let acknowledged = ledger.acknowledged.lock().expect("unpoisoned").clone();
        assert!(acknowledged.values().all(|i| there.contains(i)), "{}", app.engine());
        nothing_is_there_by_half(&app, 3);
        the_chain_is_sound(&app);
    }
}

#[test]
fn two_gateways_on_one_postgresql_are_as_one() {
    let mut app = TestApp::postgres(&[]);
    let second = app.another();
    let world = World::build(&app);
    let worker = world.person("grid_worker", &world.community);
    let there = worker.client.at(&second.url);
    let path = "/incidents";
    // A token of one is good at the other; both have looked the grants up.
    worker.client.get(path).expect(200);
    there.get(path).expect(200);
    let incident = world.incident(&world.admin, &world.community);
    let seen = format!("/incidents/{}", id(&incident));
    there.get(&seen).expect(200);

    // Revoked here, refused there, at once; given here, good there, at once.
    let grant = all(&world.admin, &format!("/grants?user={}", worker.id))[0].clone();
    for round in 0..5 {
        let grant = if round == 0 {
            grant.clone()
        } else {
            world.grant(&worker.id, &world.roles["grid_worker"], &world.community)
        };
        there.get(&seen).expect(200);
        let revoke =
            world.admin.request("POST", &format!("/grants/{}/revoke", id(&grant))).version(version(&grant));
        revoke.json(&json!({ "reason": "moved" })).send().expect(200);
        there.get(&seen).problem(404, "kernel.not_found");
        worker.client.get(&seen).problem(404, "kernel.not_found");
    }

    // The same key at both, at the same time: one incident.
    let body = json!({ "title": "一次", "description": "两处", "unit_id": world.community });
    for n in 0..20 {
        let key = format!("both-{n}");
        let send = |client: Client| client.request("POST", path).key(&key).json(&body).send();
        let (a, b) = std::thread::scope(|scope| {
            let here = scope.spawn(|| send(world.admin.clone()));
            let there = scope.spawn(|| send(world.admin.at(&second.url)));
            (here.join().expect("answered"), there.join().expect("answered"))
        });
        for answer in [&a, &b] {
            assert!(matches!(answer.status, 201 | 409), "{}: {}", answer.status, answer.text);
        }
        assert!(a.status == 201 || b.status == 201);
        if a.status == b.status {
            assert_eq!(a.json, b.json);
        }
    }
    let engine = app.db.config.engine.clone();
    assert_eq!(count(&engine, "grid_incidents where title = '一次'"), 20);

    // Both under load: one chain, sealed by one at a time.
    let (stop, done, ledger) = (AtomicBool::new(false), AtomicUsize::new(0), Ledger::default());
    let community = world.community.clone();
    let admin = world.admin.clone();
    drop(world);
    std::thread::scope(|scope| {
        for thread in 0..12 {
            let url = if thread % 2 == 0 { &app.gateway.url } else { &second.url };
            let (ledger, client, stop, done, community) = (&ledger, admin.at(url), &stop, &done, &community);
            scope.spawn(move || ledger.load(&client, community, thread, stop, done));
        }
        wait_until("the load runs", || done.load(Ordering::Relaxed) > 150);
        stop.store(true, Ordering::Relaxed);
    });
    nothing_is_there_by_half(&app, 3);
    the_chain_is_sound(&app);

    // One dies, whoever held the lease; the other goes on sealing.
    app.gateway.kill();
    let admin = admin.at(&second.url);
    for n in 0..10 {
        let body = json!({ "title": format!("之后{n}"), "description": "", "unit_id": community });
        admin.post("/incidents", &body).expect(201);
    }
    std::thread::sleep(Duration::from_millis(100));
    the_chain_is_sound(&app);
}
