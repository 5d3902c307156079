//! The story the ground floor is built for, over HTTP, as each of the people in it.

use std::collections::BTreeSet;

use commonweal_tests::app::{PASSWORD, TestApp};
use commonweal_tests::world::{World, all, id, square, version};
use serde_json::json;

/// A point inside the grid that the story draws: longitude, latitude.
const POINT: (f64, f64) = (113.95, 23.0);

#[test]
fn a_report_travels_from_a_phone_to_a_closed_case() {
    for app in TestApp::each() {
        the_story(&app);
    }
}

fn the_story(app: &TestApp) {
    let engine = app.engine();
    let world = World::build(app);
    let grid = world.grid(&world.community, &square(POINT.0, POINT.1, 0.01));
    let resident = world.person("resident", &world.community);
    let neighbour = world.person("resident", &world.other_community);
    let worker = world.person("grid_worker", &world.community);
    let handler = world.person("department_handler", &world.street);
    let inspector = world.person("inspector", &world.street);
    // Somebody who could do all of it, elsewhere.
    let stranger = world.person("unit_admin", &world.other_street);

    // The resident gives a point and nothing else, and the incident finds its grid by itself.
    let report =
        json!({ "title": "路灯不亮", "description": "巷口的路灯坏了三天", "lng": POINT.0, "lat": POINT.1 });
    let reported = resident.client.request("POST", "/incidents").key("phone-1").json(&report).send();
    let location = reported.header("location").expect("a Location").to_owned();
    let reported = reported.expect(201);
    assert_eq!(reported["state"], "reported", "{engine}");
    assert_eq!(reported["grid_id"], grid["id"], "{engine}: {reported}");
    assert_eq!(reported["grid_name"], grid["name"], "names stand beside ids");
    assert_eq!(reported["unit_id"], json!(world.community));
    let incident = id(&reported);
    assert_eq!(location, format!("/api/v1/incidents/{incident}"));
    let path = format!("/incidents/{incident}");

    // The phone lost the answer and sends again: the same answer, no second incident.
    let again = resident.client.request("POST", "/incidents").key("phone-1").json(&report).send();
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(id(&again.json), incident);

    // Who has no business with it does not even learn that it is there.
    neighbour.client.get(&path).problem(404, "kernel.not_found");
    stranger.client.get(&path).problem(404, "kernel.not_found");
    let refused =
        stranger.client.request("POST", &format!("{path}/accept")).version(1).json(&json!({})).send();
    assert_eq!(refused.status, 404, "{}", refused.text);

    // The worker finds it in the grid's list and takes it on. The resident may not.
    let listed = all(&worker.client, &format!("/incidents?state=reported&unit={}", world.community));
    assert!(listed.iter().map(id).eq([incident.clone()]), "{engine}: {listed:?}");
    let seen = worker.client.get(&path).expect(200);
    assert!(transitions(&seen).contains("accept"), "{seen}");
    assert!(!transitions(&resident.client.get(&path).expect(200)).contains("accept"));
    resident
        .client
        .request("POST", &format!("{path}/accept"))
        .version(1)
        .json(&json!({}))
        .send()
        .problem(403, "kernel.forbidden");
    let accepted = world.step(&worker.client, &seen, "accept", &json!({ "note": "马上安排" }));
    assert_eq!(accepted["state"], "accepted");

    // What is not allowed from here is refused, and nothing moves.
    let early = handler
        .client
        .request("POST", &format!("{path}/resolve"))
        .version(version(&accepted))
        .json(&json!({ "result": "x" }))
        .send();
    assert!(matches!(early.status, 403 | 409), "{}", early.text);
    let empty = worker
        .client
        .request("POST", &format!("{path}/dispatch"))
        .version(version(&accepted))
        .json(&json!({}))
        .send();
    assert_eq!(empty.status, 422, "{}", empty.text);

    let dispatched = world.step(
        &worker.client,
        &accepted,
        "dispatch",
        &json!({ "assignee_unit_id": world.street, "assignee_id": handler.id, "note": "请处理" }),
    );
    assert_eq!(dispatched["state"], "dispatched");
    let started = world.step(&handler.client, &dispatched, "start", &json!({}));
    assert_eq!(started["state"], "in_progress");
    let unsaid = handler
        .client
        .request("POST", &format!("{path}/resolve"))
        .version(version(&started))
        .json(&json!({ "result": "" }))
        .send();
    assert_eq!(unsaid.status, 422, "{}", unsaid.text);
    let resolved = world.step(&handler.client, &started, "resolve", &json!({ "result": "灯泡已更换" }));
    assert_eq!(resolved["state"], "resolved");

    // Who resolved it does not verify it, whatever else they may.
    let verify = json!({ "passed": true });
    let own = handler
        .client
        .request("POST", &format!("{path}/verify"))
        .version(version(&resolved))
        .json(&verify)
        .send();
    assert_eq!(own.status, 403, "{}", own.text);
    world.grant(&handler.id, &world.roles["inspector"], &world.street);
    let own = handler
        .client
        .request("POST", &format!("{path}/verify"))
        .version(version(&resolved))
        .json(&verify)
        .send();
    own.problem(403, "grid.resolver_cannot_verify");
    let verified = world.step(&inspector.client, &resolved, "verify", &verify);
    assert_eq!(verified["state"], "verified");
    let own = handler
        .client
        .request("POST", &format!("{path}/close"))
        .version(version(&verified))
        .json(&json!({}))
        .send();
    own.problem(403, "grid.resolver_cannot_close");
    let closed = world.step(&worker.client, &verified, "close", &json!({}));
    assert_eq!(closed["state"], "closed");
    assert!(closed["closed_at"].is_string(), "{closed}");

    the_record_is_complete(&world, &path, &incident);

    // The resident follows their own, and only that.
    world.incident(&neighbour.client, &world.other_community);
    let mine = all(&resident.client, "/me/incidents");
    assert!(mine.iter().map(id).eq([incident.clone()]), "{engine}: {mine:?}");
    assert_eq!(resident.client.get(&path).expect(200)["state"], "closed");

    // The worker loses the grant, and the very next request with the same token is refused.
    let another = world.incident(&resident.client, &world.community);
    let held = all(&world.admin, &format!("/grants?user={}", worker.id));
    let held = held.iter().find(|g| g["state"] == "active").expect("the worker's grant").clone();
    let revoke = format!("/grants/{}/revoke", id(&held));
    let body = json!({ "reason": "moved to another post" });
    let revoked = world.admin.request("POST", &revoke).version(version(&held)).json(&body).send();
    assert_eq!(revoked.status, 200, "{}", revoked.text);
    worker.client.get(&format!("/incidents/{}", id(&another))).problem(404, "kernel.not_found");
    let refused = worker
        .client
        .request("POST", &format!("/incidents/{}/accept", id(&another)))
        .version(1)
        .json(&json!({}))
        .send();
    refused.problem(403, "kernel.forbidden");
    worker.client.get("/incidents").problem(403, "kernel.forbidden");
}

fn transitions(view: &serde_json::Value) -> BTreeSet<&str> {
    view["allowed_transitions"]
        .as_array()
        .expect("allowed_transitions")
        .iter()
        .filter_map(|t| t.as_str())
        .collect()
}

fn the_record_is_complete(world: &World<'_>, path: &str, incident: &str) {
    let history = all(&world.admin, &format!("{path}/steps"));
    let steps: Vec<&str> = history.iter().map(|s| s["action"].as_str().expect("an action")).collect();
    assert_eq!(steps, ["report", "accept", "dispatch", "start", "resolve", "verify", "close"]);
    assert!(history.iter().all(|s| s["actor_name"].is_string() && s["at"].is_string()), "{history:?}");
    assert_eq!(history[4]["note"], "灯泡已更换");

    // The auditor is somebody else than the founder, and reads the same story from the trail.
    let auditor = world.newcomer(&world.root);
    let answer = world.admin.get(&format!("/audit/events?object_id={incident}"));
    assert_eq!(answer.status, 403, "the founder does not read the trail: {}", answer.text);
    world.grant(&auditor.id, &world.roles["audit_admin"], &world.root);
    let trail = all(&auditor.client, &format!("/audit/events?object_id={incident}"));
    let mut actions: Vec<&str> = trail.iter().map(|r| r["action"].as_str().expect("an action")).collect();
    actions.reverse();
    assert_eq!(actions.len(), steps.len(), "one record for every step: {actions:?}");
    assert!(
        actions.iter().zip(&steps).all(|(a, s)| a.starts_with("grid.incident.") && a.contains(*s)),
        "{actions:?} {steps:?}"
    );
    let who: BTreeSet<&str> = trail.iter().filter_map(|r| r["actor_id"].as_str()).collect();
    assert_eq!(who.len(), 4, "four people took part: {trail:?}");

    // The chain is sealed behind the writes; wait for it, then verify it page by page.
    commonweal_tests::wait_until("the trail is sealed", || {
        all(&auditor.client, &format!("/audit/events?object_id={incident}")).iter().all(|r| r["seq"].is_i64())
    });
    let page = auditor.client.get("/audit/verify?limit=200").expect(200);
    assert!(page.get("broken").is_none(), "{page}");
    assert!(page["checked"].as_i64().is_some_and(|n| n > 20), "{page}");
}

#[test]
fn a_report_that_comes_to_nothing_is_rejected_and_one_that_was_not_mended_is_reopened() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let resident = world.person("resident", &world.community);
        let worker = world.person("grid_worker", &world.community);
        let inspector = world.person("inspector", &world.street);

        let idle = world.incident(&resident.client, &world.community);
        let path = format!("/incidents/{}/reject", id(&idle));
        let silent = worker.client.request("POST", &path).version(1).json(&json!({ "reason": "" })).send();
        assert_eq!(silent.status, 422, "a rejection carries its reason: {}", silent.text);
        let rejected = world.step(&worker.client, &idle, "reject", &json!({ "reason": "重复上报" }));
        assert_eq!(rejected["state"], "rejected");
        let dead = worker
            .client
            .request("POST", &format!("/incidents/{}/dispatch", id(&idle)))
            .version(version(&rejected));
        dead.json(&json!({ "assignee_unit_id": world.community }))
            .send()
            .problem(409, "grid.transition_not_allowed");

        let second = world.incident(&resident.client, &world.community);
        let mut at = world.step(&worker.client, &second, "accept", &json!({}));
        at = world.step(&worker.client, &at, "dispatch", &json!({ "assignee_unit_id": world.community }));
        at = world.step(&worker.client, &at, "start", &json!({}));
        at = world.step(&worker.client, &at, "resolve", &json!({ "result": "修好了" }));
        at = world.step(&inspector.client, &at, "verify", &json!({ "passed": false, "reason": "还是不亮" }));
        assert_eq!(at["state"], "reopened", "{}", app.engine());
        at = world.step(&worker.client, &at, "dispatch", &json!({ "assignee_unit_id": world.community }));
        at = world.step(&worker.client, &at, "start", &json!({}));
        at = world.step(&worker.client, &at, "resolve", &json!({ "result": "换了灯泡" }));
        at = world.step(&inspector.client, &at, "verify", &json!({ "passed": true }));
        at = world.step(&inspector.client, &at, "close", &json!({}));
        assert_eq!(at["state"], "closed");
        // An unsatisfied reporter takes it up again.
        let at = world.step(&resident.client, &at, "reopen", &json!({ "reason": "又坏了" }));
        assert_eq!(at["state"], "reopened");
    }
}

#[test]
fn the_chain_is_sound_for_the_command_and_a_flipped_byte_is_named() {
    use diesel::prelude::*;
    let app = TestApp::sqlite(&[]);
    let world = World::build(&app);
    for _ in 0..5 {
        world.incident(&world.admin, &world.community);
    }
    let head = || app.stranger.get("/audit/head").expect(200)["seq"].as_i64().expect("a number");
    commonweal_tests::wait_until("sealed", || {
        let before = head();
        std::thread::sleep(std::time::Duration::from_millis(300));
        before > 10 && head() == before
    });
    let sound = app.command(&["audit", "verify"]);
    assert!(sound.status.success(), "{sound:?}");
    let storage::Engine::Sqlite(file) = &app.db.config.engine else { panic!("a file") };
    let mut conn = SqliteConnection::establish(file.to_str().expect("UTF-8")).expect("opens");
    let flipped = diesel::sql_query(
        "update storage_audit_records set body = replace(body, 'action', 'actiom') where seq = 7",
    )
    .execute(&mut conn)
    .expect("flips");
    assert_eq!(flipped, 1);
    let broken = app.command(&["audit", "verify"]);
    let said = String::from_utf8_lossy(&broken.stderr).into_owned();
    assert!(!broken.status.success() && said.contains("broken at 7"), "{said}");
}

#[test]
fn nobody_learns_from_a_sign_in_which_accounts_there_are() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let person = world.newcomer(&world.community);
        let wrong = |login: &str, password: &str| {
            app.stranger.post("/auth/login", &json!({ "login": login, "password": password }))
        };
        let known = wrong(&person.login, "not-the-password");
        let unknown = wrong("nobody-of-this-name", "not-the-password");
        assert_eq!(
            (known.status, &known.json["code"], &known.json["title"]),
            (unknown.status, &unknown.json["code"], &unknown.json["title"])
        );
        assert_eq!(known.status, 401, "{}", known.text);
        assert_eq!(known.json.get("detail"), unknown.json.get("detail"));
        app.sign_in("admin", PASSWORD).get("/me").expect(200);
    }
}
