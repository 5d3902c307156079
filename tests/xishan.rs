//! Xishan's loop: neighbours report one lamp three times, the grid makes one case of it, a department mends it and shows what it did,
//! somebody else looks, everybody concerned hears of it, and whoever is not content has it done again.

use commonweal_tests::app::TestApp;
use commonweal_tests::client::Client;
use commonweal_tests::wait_until;
use commonweal_tests::world::{Person, World, all, id, square, version};
use serde_json::{Value, json};

/// A photo of one point.
const PHOTO: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00,
    0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x06, 0x00, 0x00, 0x00, 0x1f, 0x15, 0xc4, 0x89, 0x00,
    0x00, 0x00, 0x0d, 0x49, 0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0x64, 0xf8, 0xcf, 0x50, 0x0f, 0x00, 0x03,
    0x86, 0x01, 0x80, 0x5a, 0x34, 0x7d, 0x6b, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42,
    0x60, 0x82,
];

fn photo(client: &Client) -> String {
    let sent =
        client.request("POST", "/files").header("x-file-name", "lamp.png").raw("image/png", PHOTO.to_vec());
    id(&sent.send().expect(201))
}

fn kinds(client: &Client) -> Vec<String> {
    all(client, "/me/notices").iter().map(|n| n["kind"].as_str().unwrap_or_default().to_owned()).collect()
}

struct Grid {
    worker: Person,
    handler: Person,
    inspector: Person,
    lamps: String,
    center: (f64, f64),
}

fn set_up(world: &World<'_>) -> Grid {
    let center = (118.05, 24.48);
    let clerk = world.person("unit_admin", &world.street);
    let grid = world.grid(&world.community, &square(center.0, center.1, 0.005));
    let worker = world.person("grid_worker", &world.community);
    let post = json!({ "user_id": worker.id, "role": "worker" });
    world.admin.post(&format!("/grids/{}/posts", id(&grid)), &post).expect(201);
    let bureau = world.unit(&world.street, "市政所", "custom");
    let handler = world.person("department_handler", &bureau);
    let lamps = json!({ "unit_id": world.street, "kind": "component", "name": "路灯", "local": true });
    let lamps = id(&clerk.client.post("/categories", &lamps).expect(201));
    let rule = json!({ "department_id": bureau, "priority": "high" });
    clerk.client.put(&format!("/categories/{lamps}/rules/{}", world.street), 0, &rule).expect(200);
    Grid { worker, handler, inspector: world.person("inspector", &world.street), lamps, center }
}

#[test]
fn three_reports_of_one_lamp_are_one_case_that_everybody_hears_of_to_its_end() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let grid = set_up(&world);
        let residents: Vec<Person> = (0..3).map(|_| world.person("resident", &world.community)).collect();
        let [first, second, third] = residents.as_slice() else { panic!("three residents") };
        let report = |who: &Person, lat: f64| {
            let files = [photo(&who.client)];
            let body = json!({
                "title": "路灯不亮", "lat": lat, "lng": grid.center.0, "category_id": grid.lamps, "file_ids": files,
            });
            who.client.post("/incidents", &body).expect(201)
        };
        let case = report(first, grid.center.1);
        assert_eq!((&case["source"], &case["priority"]), (&json!("resident"), &json!("high")), "{case}");
        let double = report(second, grid.center.1 + 0.0002);
        let path =
            format!("/incidents/similar?lat={}&lng={}&category={}", grid.center.1, grid.center.0, grid.lamps);
        let near = third.client.get(&path).expect(200);
        assert_eq!(near["items"].as_array().map(Vec::len), Some(2), "{near}");
        assert_eq!(near["items"][0]["id"], case["id"]);
        third.client.post(&format!("/incidents/{}/me-too", id(&case)), &json!({})).expect(200);

        let merge = json!({ "into_id": id(&case), "reason": "同一盏路灯" });
        world.step(&grid.worker.client, &double, "merge", &merge);
        let case = world.step(&grid.worker.client, &case, "accept", &json!({}));
        let case = world.step(&grid.worker.client, &case, "dispatch", &json!({}));
        assert_eq!(case["assignee_unit_name"], "市政所", "the department of its category");
        let case = world.step(&grid.handler.client, &case, "start", &json!({}));
        let done = json!({ "result": "已更换灯泡", "file_ids": [photo(&grid.handler.client)] });
        let case = world.step(&grid.handler.client, &case, "resolve", &done);
        let own = grid.handler.client.request("POST", &format!("/incidents/{}/verify", id(&case)));
        let own = own.version(version(&case)).json(&json!({ "passed": true })).send();
        assert!(own.status == 403, "who mends it does not look: {}", own.text);
        let case = world.step(&grid.inspector.client, &case, "verify", &json!({ "passed": true }));
        let case = world.step(&grid.worker.client, &case, "close", &json!({}));

        evidence(&app, first, third, &case);
        heard(&app, first, second, third);
        let case = world.step(&first.client, &case, "rate", &json!({ "score": 2, "note": "又暗了" }));
        let case = world.step(&first.client, &case, "reopen", &json!({ "reason": "晚上又不亮" }));
        assert_eq!((&case["state"], &case["score"]), (&json!("reopened"), &Value::Null));
        let found = grid
            .worker
            .client
            .get(&format!("/incidents/by-number?number={}", case["number"].as_str().unwrap()));
        assert_eq!(found.expect(200)["id"], case["id"]);
    }
}

/// What was found and what was made of it: for the reporter and staff, and for no neighbour, follower or not.
fn evidence(app: &TestApp, reporter: &Person, follower: &Person, case: &Value) {
    let path = format!("/incidents/{}/files", id(case));
    let files = reporter.client.get(&path).expect(200);
    let labels: Vec<&str> =
        files["items"].as_array().unwrap().iter().filter_map(|f| f["label"].as_str()).collect();
    assert_eq!(labels, ["before", "after"], "{}", app.engine());
    let content = format!("/files/{}/content", id(&files["items"][1]));
    assert_eq!(reporter.client.get(&content).status, 200);
    follower.client.get(&content).problem(404, "kernel.not_found");
    follower.client.get(&path).problem(404, "kernel.not_found");
    let after = json!({ "file_id": photo(&reporter.client), "label": "after" });
    reporter.client.post(&path, &after).problem(403, "kernel.forbidden");
}

fn heard(app: &TestApp, reporter: &Person, merged: &Person, follower: &Person) {
    let whole =
        ["grid.closed", "grid.verified", "grid.resolved", "grid.started", "grid.dispatched", "grid.accepted"];
    wait_until("everybody has heard of the end", || {
        [reporter, merged, follower].iter().all(|p| kinds(&p.client).iter().any(|k| k == "grid.closed"))
    });
    assert_eq!(kinds(&reporter.client), whole, "{}", app.engine());
    assert_eq!(kinds(&follower.client), whole);
    assert_eq!(kinds(&merged.client)[..6], whole);
    assert_eq!(kinds(&merged.client)[6..], ["grid.merged"]);
}
