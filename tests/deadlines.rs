//! A case and its clock over HTTP, counted by the calendar of its unit, and why somebody may do something to it.

use commonweal_tests::app::TestApp;
use commonweal_tests::client::Client;
use commonweal_tests::world::{World, all, id, version};
use kernel::{Clock, SystemClock};
use serde_json::{Value, json};

/// A category of the street: accepted within two working hours, resolved within three working days.
fn lamps(world: &World<'_>, clerk: &Client) -> String {
    let new = json!({ "unit_id": world.street, "kind": "component", "name": "路灯", "local": true });
    let category = id(&clerk.post("/categories", &new).expect(201));
    let rule = json!({
        "accept_within": { "count": 2, "unit": "working_hours" },
        "resolve_within": { "count": 3, "unit": "working_days" },
    });
    clerk.put(&format!("/categories/{category}/rules/{}", world.street), 0, &rule).expect(200);
    category
}

/// The street's office, open day and night, whose holidays are known for this year and the next.
fn office(world: &World<'_>, clerk: &Client) {
    let week: Vec<Value> = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
        .map(|day| json!({ "weekday": day, "opens": "00:00", "closes": "24:00" }))
        .into();
    let new = json!({ "unit_id": world.street, "name": "值班室", "hours": week });
    let mut office = clerk.post("/calendars", &new).expect(201);
    let year: i32 = SystemClock.now().to_string()[..4].parse().unwrap();
    for year in [year, year + 1] {
        let path = format!("/calendars/{}/years/{year}", id(&office));
        clerk.put(&path, version(&office), &json!({ "is_complete": true, "days": [] })).expect(200);
        office = clerk.get(&format!("/calendars/{}", id(&office))).expect(200);
    }
}

fn counted(client: &Client, unit: &str, start: &Value, count: i64, of: &str) -> Value {
    let question = json!({ "unit_id": unit, "start_at": start, "count": count, "span_unit": of });
    client.post("/calendars/compute", &question).expect(200)["due_at"].clone()
}

#[test]
fn a_case_is_due_when_the_calendar_of_its_unit_says_so() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let clerk = world.person("unit_admin", &world.street).client;
        let (resident, worker) =
            (world.person("resident", &world.community), world.person("grid_worker", &world.community));
        let handler = world.person("department_handler", &world.street);
        office(&world, &clerk);
        let category = lamps(&world, &clerk);

        let report = json!({ "title": "路灯不亮", "unit_id": world.community, "category_id": category });
        let case = resident.client.post("/incidents", &report).expect(201);
        let due = counted(&clerk, &world.community, &case["reported_at"], 2, "working_hours");
        assert_eq!(case["due_at"], due, "{}: {case}", app.engine());
        let listed = |who: &Client, query: &str| -> Vec<String> {
            all(who, &format!("/incidents/due?{query}")).iter().map(id).collect()
        };
        assert_eq!(listed(&worker.client, "overdue=false"), [id(&case)]);
        assert_eq!(listed(&worker.client, "overdue=true"), Vec::<String>::new());

        let case = world.step(&worker.client, &case, "accept", &json!({}));
        assert_eq!(case.get("due_at"), None);
        let to = json!({ "assignee_unit_id": world.street, "assignee_id": handler.id });
        let case = world.step(&worker.client, &case, "dispatch", &to);
        let due = counted(&clerk, &world.community, &case["state_since_at"], 3, "working_days");
        assert_eq!(case["due_at"], due);
        assert_eq!(listed(&handler.client, "assignee=me"), [id(&case)]);

        // The handler asks, the reporter answers, nobody else does.
        let case = world.step(&handler.client, &case, "ask", &json!({ "question": "哪一盏？" }));
        assert_eq!((case["state"].as_str(), case.get("due_at")), (Some("waiting"), None));
        let seen = resident.client.get(&format!("/incidents/{}", id(&case))).expect(200);
        assert_eq!(seen["question"], "哪一盏？");
        let answer = |who: &Client| {
            let path = format!("/incidents/{}/answer", id(&case));
            who.request("POST", &path).version(version(&case)).json(&json!({ "answer": "东门第二盏" })).send()
        };
        answer(&worker.client).problem(403, "grid.answered_by_reporter");
        let case = answer(&resident.client).expect(200);
        assert_eq!(
            (case["state"].as_str(), &case["due_at"]),
            (Some("dispatched"), &due),
            "no day began in between"
        );

        // More time: asked by the handler, refused to whoever may not decide, granted by the street.
        let path = format!("/incidents/{}/requests", id(&case));
        let asked = json!({ "kind": "extension", "count": 2, "reason": "缺料", "version": version(&case) });
        let asked = handler.client.post(&path, &asked).expect(201);
        let decide = |who: &Client| {
            let body = json!({ "granted": true, "version": version(&asked) });
            who.post(&format!("{path}/{}/decide", id(&asked)), &body)
        };
        decide(&handler.client).problem(403, "kernel.forbidden");
        assert_eq!(decide(&clerk).expect(200)["decision"], "granted");
        let case = clerk.get(&format!("/incidents/{}", id(&case))).expect(200);
        let started = &clerk.get(&format!("/incidents/{}/clocks", id(&case))).expect(200)["clocks"][1];
        assert_eq!((started["kind"].as_str(), started["count"].as_i64()), (Some("resolution"), Some(5)));
        assert_eq!(
            case["due_at"],
            counted(&clerk, &world.community, &started["started_at"], 5, "working_days")
        );

        let case = world.step(&handler.client, &case, "start", &json!({}));
        let case = world.step(&handler.client, &case, "resolve", &json!({ "result": "已换灯泡" }));
        let clocks = resident.client.get(&format!("/incidents/{}/clocks", id(&case))).expect(200);
        let ends: Vec<_> =
            clocks["clocks"].as_array().unwrap().iter().map(|c| c["timeliness"].clone()).collect();
        assert_eq!(ends, ["on_time", "on_time"]);
        assert_eq!(clocks["pauses"].as_array().map(Vec::len), Some(1));
    }
}

#[test]
fn a_year_that_nobody_published_is_said_and_stops_no_case() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let clerk = world.person("unit_admin", &world.street).client;
        let new = json!({ "unit_id": world.street, "kind": "event", "name": "道路规划", "local": true });
        let category = id(&clerk.post("/categories", &new).expect(201));
        let rule = json!({ "accept_within": { "count": 3_000, "unit": "calendar_days" } });
        clerk.put(&format!("/categories/{category}/rules/{}", world.street), 0, &rule).expect(200);
        let report = json!({ "title": "路窄", "unit_id": world.community, "category_id": category });
        let case = world.admin.post("/incidents", &report).expect(201);
        assert_eq!(case.get("due_at"), None);
        let clocks = clerk.get(&format!("/incidents/{}/clocks", id(&case))).expect(200);
        assert_eq!(clocks["clocks"][0]["unknown_code"], "calendar.year_missing", "{clocks}");
        world.step(&world.admin, &case, "accept", &json!({}));
    }
}

#[test]
fn why_somebody_may_do_something_to_a_case_is_told_where_it_is_decided() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let security = world.person("security_admin", &world.root);
        let worker = world.person("grid_worker", &world.community);
        let handler = world.person("department_handler", &world.other_street);
        let case = world.incident(&worker.client, &world.community);
        let ask = |who: &Client, about: &str, permission: &str, place: &str| {
            who.get(&format!("/access/why?user={about}&permission={permission}&{place}"))
        };
        let object = format!("object_id={}", id(&case));
        // Who may not see the case is not told by it where it lies.
        ask(&security.client, &worker.id, "grid.incident.accept", &object).problem(404, "kernel.not_found");
        let asks = world.newcomer(&world.root);
        let role =
            world.role(&world.root, &["identity.access.explain", "grid.incident.read", "identity.user.read"]);
        world.grant(&asks.id, &role, &world.root);
        let told = ask(&asks.client, &worker.id, "grid.incident.accept", &object).expect(200);
        assert_eq!(
            (&told["allowed"], &told["unit"]["id"]),
            (&json!(true), &json!(world.community)),
            "{told}"
        );
        let told = ask(&asks.client, &handler.id, "grid.incident.handle", &object).expect(200);
        assert_eq!(told["allowed"], json!(false));

        let case = world.step(&worker.client, &case, "accept", &json!({}));
        let to = json!({ "assignee_unit_id": world.other_street, "assignee_id": handler.id });
        world.step(&worker.client, &case, "dispatch", &to);
        let told = ask(&asks.client, &handler.id, "grid.incident.handle", &object).expect(200);
        assert_eq!(
            (&told["allowed"], &told["unit"]["id"]),
            (&json!(true), &json!(world.other_street)),
            "{told}"
        );
        let unit = format!("unit={}", world.community);
        let told = ask(&asks.client, &worker.id, "grid.incident.accept", &unit).expect(200);
        assert_eq!(told["unit"]["id"], json!(world.community));
        for place in ["", &format!("{object}&{unit}")] {
            ask(&asks.client, &worker.id, "grid.incident.accept", place)
                .problem(400, "web.invalid_parameter");
        }
        let nothing = format!("object={}", world.role(&world.root, &["grid.incident.read"]));
        ask(&asks.client, &worker.id, "grid.incident.accept", &nothing).problem(404, "kernel.not_found");
    }
}
