//! Lists from files through the real gateway, killed in the middle; and the trail of it, exported and checked without us.

use std::time::{Duration, Instant};

use commonweal_tests::app::TestApp;
use commonweal_tests::client::Client;
use commonweal_tests::world::{World, id, version};
use serde_json::{Value, json};

/// Waits until a view says so.
#[track_caller]
fn until(client: &Client, path: &str, done: impl Fn(&Value) -> bool) -> Value {
    let end = Instant::now() + Duration::from_secs(90);
    loop {
        let view = client.get(path).expect(200);
        if done(&view) {
            return view;
        }
        assert!(Instant::now() < end, "{path} never comes to it: {view}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn send(client: &Client, import: &str, text: &str) -> Value {
    client
        .request("PUT", &format!("/imports/{import}/content"))
        .raw("text/csv", text.as_bytes().to_vec())
        .send()
        .expect(200)
}

#[test]
fn a_gateway_killed_in_the_middle_of_an_import_leaves_nothing_half_and_another_ends_it() {
    for mut app in TestApp::each() {
        let count = 3_000;
        let path = {
            let world = World::build(&app);
            let rows: String = (0..count).map(|n| format!("u{n:05},用户{n},横沥镇/恒泉社区\n")).collect();
            let made = json!({ "kind": "users", "filename": "u.csv", "dry_run": false, "atomic": false });
            let import = id(&world.admin.post("/imports", &made).expect(201));
            send(&world.admin, &import, &format!("登录名,姓名,单元\n{rows}"));
            let path = format!("/imports/{import}");
            until(&world.admin, &path, |view| view["rows_done"].as_i64() > Some(0));
            path
        };
        app.gateway.kill();
        app.restart();
        let admin = app.as_admin();
        let done = until(&admin, &path, |view| view["state"] == "applied");
        assert_eq!(
            (&done["rows_done"], &done["rows_failed"]),
            (&json!(count), &json!(0)),
            "{}: {done}",
            app.engine()
        );
        let listed = admin.get("/exports/users.csv");
        assert_eq!(listed.status, 200);
        let imported =
            listed.text.lines().filter(|line| line.starts_with('u') && line.contains("用户")).count();
        assert_eq!(imported, count, "{}: each of them once", app.engine());
    }
}

#[test]
fn the_auditor_reads_what_a_file_did_takes_it_away_and_checks_it_elsewhere() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let auditor = world.person("audit_admin", &world.root);
        let made = json!({ "kind": "users", "filename": "u.csv" });
        let import = id(&world.admin.post("/imports", &made).expect(201));
        send(&world.admin, &import, "登录名,姓名,单元\nwang1,王,横沥镇/恒泉社区\n");
        let path = format!("/imports/{import}");
        let checked = until(&world.admin, &path, |view| view["state"] == "checked");
        world.admin.post(&format!("{path}/apply"), &json!({ "version": version(&checked) })).expect(202);
        until(&world.admin, &path, |view| view["state"] == "applied");
        // The story, by the import and by the subtree it touched.
        let told = auditor.client.get(&format!("/audit/events?object_id={import}")).expect(200);
        let told: Vec<&str> =
            told["items"].as_array().unwrap().iter().map(|e| e["action"].as_str().unwrap()).collect();
        assert_eq!(
            told,
            ["applied", "applying", "checked", "received", "created"]
                .map(|verb| format!("imports.import.{verb}"))
        );
        let subtree =
            format!("/audit/events?unit={}&subtree=true&action=identity.user.created", world.street);
        let found =
            until(&auditor.client, &subtree, |page| page["items"].as_array().is_some_and(|i| !i.is_empty()));
        let event = &found["items"][0];
        assert_eq!(
            (&event["object_name"], &event["unit_name"]),
            (&json!("王"), &json!("恒泉社区")),
            "{event}"
        );
        assert!(event["actor_name"].is_string() && event["changes"][0]["field"] == "unit");
        let one = auditor.client.get(&format!("/audit/events/{}", id(event))).expect(200);
        assert_eq!(one["canonical"], event["canonical"]);
        assert_eq!(world.admin.get(&format!("/audit/events/{}", id(event))).status, 403);
        // Taken away and checked.
        let asked = auditor.client.post("/audit/exports", &json!({ "format": "jsonl" })).expect(202);
        let export = format!("/audit/exports/{}", id(&asked));
        let done = until(&auditor.client, &export, |view| view["state"] == "done");
        assert!(done["rows"].as_i64() > Some(10), "{done}");
        let content = auditor.client.get(&format!("{export}/content"));
        assert_eq!(
            (content.status, content.text.lines().count()),
            (200, usize::try_from(done["rows"].as_i64().unwrap()).unwrap())
        );
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("trail.jsonl");
        std::fs::write(&file, &content.text).unwrap();
        let verify = |expected: bool| {
            let ended = app.command(&["audit", "verify", "--file", file.to_str().unwrap()]);
            assert_eq!(ended.status.success(), expected, "{}", String::from_utf8_lossy(&ended.stderr));
        };
        verify(true);
        std::fs::write(&file, content.text.replacen("imports.import.applied", "imports.import.appliex", 1))
            .unwrap();
        verify(false);
        assert_eq!(world.admin.post("/audit/exports", &json!({ "format": "jsonl" })).status, 403);
        assert_eq!(auditor.client.post("/audit/exports", &json!({ "format": "xlsx" })).status, 422);
        app.command(&["audit", "verify"]).status.success().then_some(()).expect("the chain is sound");
    }
}
