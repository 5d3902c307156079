//! One leaves and hands over: forty cases, two posts and three grants, over HTTP; then somebody leaves on a day, with two
//! gateways awake.

use std::collections::{BTreeMap, BTreeSet};

use commonweal_tests::app::TestApp;
use commonweal_tests::client::Client;
use commonweal_tests::wait_until;
use commonweal_tests::world::{Person, World, all, id, square, version};
use kernel::{Clock, SystemClock};
use serde_json::{Value, json};
use storage::Engine;

/// Reports an incident and gives it to somebody.
fn give_case(world: &World<'_>, reporter: &Person, to: &Person) -> Value {
    let made = world.incident(&reporter.client, &world.community);
    let made = world.step(&world.admin, &made, "accept", &json!({}));
    world.step(&world.admin, &made, "dispatch", &json!({ "assignee_id": to.id }))
}

fn counts(result: &Value) -> BTreeMap<String, (i64, i64, i64)> {
    let of = |c: &Value, name: &str| c[name].as_i64().expect("a count");
    let all = result["counts"].as_array().expect("counts");
    // Nobody here answers for a machine, and nothing waits for a second person.
    let absent = ["service_account", "grant_request", "approval"];
    all.iter()
        .filter(|c| !absent.iter().any(|kind| c["kind"] == **kind))
        .map(|c| {
            let kind = c["kind"].as_str().expect("a kind").to_owned();
            (kind, (of(c, "handed_over"), of(c, "refused"), of(c, "remaining")))
        })
        .collect()
}

fn hand_over(by: &Client, from: &Person, to: &Person, more: Value) -> commonweal_tests::client::Answer {
    let mut body = json!({ "to_id": to.id, "reason": "调往别镇" });
    body.as_object_mut().expect("a body").extend(more.as_object().expect("more").clone());
    by.post(&format!("/users/{}/handover", from.id), &body)
}

#[test]
fn forty_cases_two_posts_and_three_grants_pass_to_a_colleague() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let resident = world.person("resident", &world.community);
        let (old, new) = (world.person("grid_worker", &world.community), world.newcomer(&world.community));
        world.grant(&old.id, &world.roles["department_handler"], &world.street);
        world.grant(&old.id, &world.roles["volunteer"], &world.community);
        let mut grids = Vec::new();
        for n in 0..2 {
            let grid = world.grid(&world.community, &square(113.0 + f64::from(n), 23.0, 0.01));
            let post = json!({ "user_id": old.id, "role": "worker" });
            world.admin.post(&format!("/grids/{}/posts", id(&grid)), &post).expect(201);
            grids.push(id(&grid));
        }
        let cases: Vec<Value> = (0..40).map(|_| give_case(&world, &resident, &old)).collect();
        let begun = world.step(&old.client, &cases[0], "start", &json!({}));
        let resolved = world.step(&old.client, &begun, "resolve", &json!({ "result": "已修复" }));

        let path = format!("/users/{}/holdings", old.id);
        let held = all(&world.admin, &path);
        let kinds: Vec<&str> = held.iter().map(|h| h["kind"].as_str().expect("a kind")).collect();
        let of = |kind: &str| kinds.iter().filter(|k| **k == kind).count();
        assert_eq!((of("grant"), of("post"), of("incident"), held.len()), (3, 2, 40, 45));
        let page = world.admin.get(&format!("{path}?kind=incident&limit=1")).expect(200);
        assert_eq!(page["counts"], json!([{ "kind": "incident", "count": 40, "hidden": 0 }]));
        assert!(page["next_cursor"].is_string());
        let cursor = page["next_cursor"].as_str().expect("a cursor");
        world.admin.get(&format!("{path}?kind=grant&cursor={cursor}")).problem(400, "kernel.bad_cursor");
        world.admin.get(&format!("{path}?kind=soul")).problem(400, "web.invalid_parameter");
        resident.client.get(&path).problem(403, "kernel.forbidden");

        let dry = hand_over(&world.admin, &old, &new, json!({ "dry_run": true })).expect(200);
        assert_eq!(dry["state"], "dry_run");
        let before = all(&world.admin, &path);
        assert_eq!(before.len(), 45, "a dry run writes nothing");
        let done = hand_over(&world.admin, &old, &new, json!({})).expect(200);
        for part in ["items", "counts", "remaining", "sessions_ended", "disabled"] {
            assert_eq!(dry[part], done[part], "{}: {part}", app.engine());
        }
        let wanted = [("grant", 3), ("incident", 40), ("post", 2), ("visit_plan", 0)]
            .map(|(k, n)| (k.to_owned(), (n, 0, 0)));
        assert_eq!(counts(&done), BTreeMap::from(wanted));

        // Everything arrived, and every history tells it.
        let theirs = all(&world.admin, &format!("/users/{}/holdings", new.id));
        assert_eq!(theirs.len(), 45);
        assert_eq!(all(&world.admin, &path).len(), 0);
        let mine: BTreeSet<String> = all(&new.client, "/incidents?assignee=me").iter().map(id).collect();
        assert_eq!(mine, cases.iter().map(id).collect());
        for case in &cases {
            let steps = all(&world.admin, &format!("/incidents/{}/steps", id(case)));
            let last = steps.last().expect("a step");
            assert_eq!(
                (last["action"].as_str(), last["assignee_id"].as_str()),
                (Some("hand_over"), Some(new.id.as_str()))
            );
            let told = all(&resident.client, &format!("/incidents/{}/steps", id(case)));
            assert!(told.last().expect("a step").get("note").is_none(), "why is nobody's business");
        }
        for grid in &grids {
            let posts = all(&world.admin, &format!("/grids/{grid}/posts"));
            assert_eq!(posts.len(), 2);
            assert!(posts[0]["until_at"].is_string() && posts[1]["user_id"] == json!(new.id), "{posts:?}");
        }
        // The first one is without work; the successor goes on with it.
        let (case, at) = (id(&cases[1]), version(&cases[1]) + 1);
        let start = |who: &Client| {
            who.request("POST", &format!("/incidents/{case}/start")).version(at).json(&json!({})).send()
        };
        start(&old.client).problem(403, "kernel.forbidden");
        start(&new.client).expect(200);
        // Who resolved one before it passed does not verify it afterwards.
        world.grant(&old.id, &world.roles["inspector"], &world.street);
        let verify = format!("/incidents/{}/verify", id(&resolved));
        let body = json!({ "passed": true });
        let own = old.client.request("POST", &verify).version(version(&resolved) + 1).json(&body).send();
        own.problem(403, "grid.resolver_cannot_verify");

        let auditor = world.newcomer(&world.root);
        world.grant(&auditor.id, &world.roles["audit_admin"], &world.root);
        let trail = all(&auditor.client, &format!("/audit/events?object_id={}", old.id));
        assert!(trail.iter().any(|r| r["action"] == "identity.user.handed_over"), "{trail:?}");
    }
}

#[test]
fn one_thing_that_cannot_pass_keeps_all_of_it_and_a_street_hands_over_no_more_than_it_may() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let resident = world.person("resident", &world.community);
        let admin = world.person("unit_admin", &world.street);
        // A role with a right that the street's administrator does not hold.
        let role = world.role(&world.street, &["grid.incident.handle", "identity.policy.manage"]);
        let (old, able) = (world.newcomer(&world.street), world.newcomer(&world.street));
        world.grant(&old.id, &role, &world.street);
        world.grant(&able.id, &role, &world.street);
        let new = world.newcomer(&world.community);
        give_case(&world, &resident, &old);
        // The administrator may dispatch, and not give that role: so the successor cannot handle it.
        let refused =
            hand_over(&admin.client, &old, &new, json!({})).problem(409, "identity.handover_refused");
        let codes: BTreeSet<&str> = refused["refused"]
            .as_array()
            .expect("refused")
            .iter()
            .filter_map(|r| r["code"].as_str())
            .collect();
        assert_eq!(codes, BTreeSet::from(["identity.above_ceiling", "grid.handler_not_able"]));
        let part = hand_over(&admin.client, &old, &able, json!({ "kinds": ["incident"] })).expect(200);
        assert_eq!(counts(&part), BTreeMap::from([("incident".to_owned(), (1, 0, 0))]));
        let part = hand_over(&admin.client, &old, &able, json!({ "partial": true })).expect(200);
        assert_eq!(counts(&part)["grant"], (0, 1, 1));
        assert_eq!(part["items"][0]["code"], "identity.above_ceiling");
        // Somebody from another street finds nobody.
        let stranger = world.person("unit_admin", &world.other_street);
        hand_over(&stranger.client, &old, &able, json!({})).problem(404, "kernel.not_found");
        // A replay answers the same and passes nothing twice.
        give_case(&world, &resident, &able);
        let body = json!({ "to_id": old.id, "reason": "换岗", "kinds": ["incident"] });
        let path = format!("/users/{}/handover", able.id);
        let send = || admin.client.request("POST", &path).key("once").json(&body).send();
        let (first, again) = (send(), send());
        assert_eq!((first.status, again.header("idempotency-replayed")), (200, Some("true")));
        assert_eq!(first.json, again.json);
        let unknown = json!({ "to_id": old.id, "reason": "换岗", "granted_by": old.id });
        admin.client.post(&path, &unknown).names(422, "web.invalid_body", "/granted_by", "web.unknown_field");
    }
}

#[test]
fn who_leaves_on_a_day_has_left_that_day_once_though_two_gateways_are_awake() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let resident = world.person("resident", &world.community);
        let (old, new) = (world.person("grid_worker", &world.community), world.newcomer(&world.community));
        give_case(&world, &resident, &old);
        // A file is one gateway's; a server is as many gateways' as there are.
        let second = matches!(app.db.config.engine, Engine::Postgres(_)).then(|| app.another());
        // A moment ahead: the jobs look every few seconds.
        let due = SystemClock.now().plus_seconds(3).to_string();
        let body = json!({ "due_at": due, "handover_to_id": new.id, "reason": "退休" });
        let path = format!("/users/{}/offboard", old.id);
        let asked = world.admin.post(&path, &body).expect(200);
        assert_eq!(asked["state"], "scheduled", "{asked}");
        let handover = format!("/handovers/{}", asked["handover_id"].as_str().expect("an id"));
        assert_eq!(world.admin.get(&handover).expect(200)["can"], json!(["cancel"]));
        old.client.get("/me").expect(200);
        wait_until("it was carried out", || world.admin.get(&handover).expect(200)["state"] == "done");
        let done =
            world.admin.at(second.as_ref().map_or(&app.gateway.url, |g| &g.url)).get(&handover).expect(200);
        assert_eq!(
            (done["version"].as_i64(), done["successor"]["id"].as_str()),
            (Some(2), Some(new.id.as_str()))
        );
        assert_eq!(
            counts(&done),
            BTreeMap::from(
                [("grant", 1), ("incident", 1), ("post", 0), ("visit_plan", 0)]
                    .map(|(k, n)| (k.to_owned(), (n, 0, 0)))
            )
        );
        assert_eq!(old.client.get("/me").status, 401);
        assert_eq!(all(&world.admin, &format!("/users/{}/holdings", new.id)).len(), 2);
        let late = world.admin.post(&format!("{handover}/cancel"), &json!({ "reason": "too late" }));
        late.problem(409, "identity.handover_over");
        assert_eq!(all(&world.admin, &format!("/handovers?user={}&state=done", old.id)).len(), 1);
        world.admin.post(&format!("/users/{}/offboard", old.id), &json!({ "reason": "退休" })).expect(200);
    }
}

#[test]
fn a_power_cut_in_the_middle_leaves_all_of_it_or_nothing() {
    for mut app in TestApp::each() {
        let world = World::build(&app);
        let resident = world.person("resident", &world.community);
        let (old, new) =
            (world.person("grid_worker", &world.community), world.person("grid_worker", &world.community));
        for _ in 0..30 {
            give_case(&world, &resident, &old);
        }
        let mut admin = world.admin.clone();
        drop(world);
        let (mut from, mut to) = (&old, &new);
        for round in 0..6_u64 {
            let key = format!("cut-{round}");
            let body = json!({ "to_id": to.id, "kinds": ["incident"], "reason": "换岗" });
            let path = format!("/users/{}/handover", from.id);
            let answered = std::thread::scope(|scope| {
                let sent = scope.spawn(|| admin.request("POST", &path).key(&key).json(&body).try_send());
                std::thread::sleep(std::time::Duration::from_millis(4 + 9 * round));
                app.gateway.kill();
                sent.join().expect("sent").is_ok_and(|answer| answer.status == 200)
            });
            app.restart();
            admin = admin.at(&app.gateway.url);
            let held = |who: &Person| all(&admin, &format!("/users/{}/holdings?kind=incident", who.id)).len();
            let (left, arrived) = (held(from), held(to));
            assert!([(30, 0), (0, 30)].contains(&(left, arrived)), "{}: {left} {arrived}", app.engine());
            assert!(!answered || arrived == 30, "what was answered is kept");
            // Whoever got no answer sends again with the same key.
            admin.request("POST", &path).key(&key).json(&body).send().expect(200);
            assert_eq!((held(from), held(to)), (0, 30), "{}", app.engine());
            (from, to) = (to, from);
        }
    }
}

#[test]
fn a_plugin_that_is_off_is_not_asked() {
    let app = TestApp::sqlite(&[("COMMONWEAL_PLUGINS_OFF", "grid")]);
    let world = World::build(&app);
    let (old, new) = (world.person("volunteer", &world.community), world.newcomer(&world.community));
    let path = format!("/users/{}/holdings", old.id);
    let page = world.admin.get(&path).expect(200);
    let counted = [("grant", 1), ("service_account", 0), ("grant_request", 0), ("approval", 0)];
    let counted = counted.map(|(kind, count)| json!({ "kind": kind, "count": count, "hidden": 0 }));
    assert_eq!(page["counts"], json!(counted));
    world.admin.get(&format!("{path}?kind=incident")).problem(400, "web.invalid_parameter");
    let kinds = json!({ "kinds": ["incident"] });
    hand_over(&world.admin, &old, &new, kinds).names(422, "kernel.invalid", "/kinds", "kernel.field_choice");
    let done = hand_over(&world.admin, &old, &new, json!({})).expect(200);
    assert_eq!(counts(&done), BTreeMap::from([("grant".to_owned(), (1, 0, 0))]));
}
