//! What an operator does at the shell: the first start, backup and restore, and who may read what lies on the disk.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use commonweal_tests::app::{ADMIN, Gateway, PASSWORD, TestApp};
use commonweal_tests::client::Client;
use commonweal_tests::schema::count;
use commonweal_tests::world::{World, id};
use commonweal_tests::{migrations, postgres_server};
use kernel::{Clock, SystemClock};
use serde_json::json;
use storage::Engine;
use testkit::TestDb;

fn mode(path: &Path) -> u32 {
    let found = std::fs::metadata(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    found.permissions().mode() & 0o777
}

fn said(output: &std::process::Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_weak_first_password_or_a_taken_login_is_refused_before_anything_is_loaded() {
    let app = TestApp::sqlite(&[]);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let server = postgres_server();
    for fresh in [TestDb::sqlite(&migrations(), &clock), TestDb::postgres(&server, &migrations(), &clock)] {
        let url = fresh.url();
        let data = tempfile::tempdir().expect("a folder");
        let folder = data.path().to_str().expect("UTF-8").to_owned();
        let settings = |password| {
            [
                ("DATABASE_URL", url.as_str()),
                ("COMMONWEAL_DATA_DIR", folder.as_str()),
                ("COMMONWEAL_LISTEN", "127.0.0.1:0"),
                ("COMMONWEAL_ADMIN_PASSWORD", password),
                ("COMMONWEAL_DEMO", "true"),
            ]
        };
        let refused = app.command_with(&["serve", "--first-start"], &settings("123456"));
        assert!(!refused.status.success() && said(&refused).contains("too weak"), "{refused:?}");
        let taken: Vec<_> =
            settings(PASSWORD).into_iter().chain([("COMMONWEAL_ADMIN_LOGIN", "resident")]).collect();
        let refused = app.command_with(&["serve", "--first-start"], &taken);
        assert!(!refused.status.success() && said(&refused).contains("admin_login"), "{refused:?}");
        let engine = &fresh.config.engine;
        for table in ["identity_users", "identity_grants"] {
            assert_eq!(count(engine, table), 0, "{}: {table}", engine.name());
        }
        assert_eq!(count(engine, "territory_units"), 1, "{}: the root alone", engine.name());
        // A better one, and the town is there, whole.
        let gateway = Gateway::start(&url, data.path(), &[("COMMONWEAL_DEMO", "true")]);
        let login = json!({ "login": ADMIN, "password": PASSWORD });
        Client::new(&gateway.url).post("/auth/login", &login).expect(200);
        assert!(count(engine, "identity_users") > 5 && count(engine, "territory_units") > 2_000);
    }
}

#[test]
fn what_lies_on_the_disk_is_its_owners_alone() {
    let app = TestApp::sqlite(&[]);
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("var/deep");
    let settings = [("DATABASE_URL", format!("sqlite:{}", data.join("town.db").display()))];
    let settings: Vec<(&str, &str)> = settings.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let migrated = app.command_with(&["migrate"], &settings);
    assert!(migrated.status.success(), "{}", said(&migrated));
    assert_eq!(mode(&data), 0o700);
    assert_eq!(mode(&data.join("town.db")), 0o600);
    let copy = folder.path().join("copy.db");
    let copied = app.command_with(&["backup", copy.to_str().expect("UTF-8")], &settings);
    assert!(copied.status.success(), "{}", said(&copied));
    assert_eq!(mode(&copy), 0o600);
    // A backup that came by another way is let no further in than the database.
    std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o644)).expect("changed");
    let restored = app.command_with(&["restore", copy.to_str().expect("UTF-8"), "--replace"], &settings);
    assert!(restored.status.success(), "{}", said(&restored));
    assert_eq!(mode(&data.join("town.db")), 0o600);
}

#[test]
fn a_restore_over_a_database_says_replace_and_puts_the_old_one_aside() {
    let mut app = TestApp::sqlite(&[]);
    let Engine::Sqlite(file) = app.db.config.engine.clone() else { panic!("a file") };
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("copy.db");
    let copy = copy.to_str().expect("UTF-8");
    let (community, before) = {
        let world = World::build(&app);
        (world.community.clone(), id(&world.incident(&world.admin, &world.community)))
    };
    let done = app.command(&["backup", copy]);
    assert!(done.status.success(), "{}", said(&done));
    let report = json!({ "title": "备份之后", "description": "", "unit_id": community });
    let after = id(&app.as_admin().post("/incidents", &report).expect(201));
    assert!(app.gateway.end());
    app.db.db.close();
    let refused = app.command(&["restore", copy]);
    assert!(!refused.status.success() && said(&refused).contains("--replace"), "{}", said(&refused));
    let done = app.command(&["restore", copy, "--replace"]);
    assert!(done.status.success(), "{}", said(&done));
    let aside = file.with_file_name(format!(
        "{}.before-restore",
        file.file_name().and_then(|n| n.to_str()).expect("a name")
    ));
    assert!(aside.is_file(), "the old one is kept");
    app.restart();
    let admin = app.as_admin();
    admin.get(&format!("/incidents/{before}")).expect(200);
    admin.get(&format!("/incidents/{after}")).problem(404, "kernel.not_found");
}

#[test]
fn a_unit_with_something_living_on_it_is_not_dissolved_over_http() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let worker = world.person("grid_worker", &world.community);
        world.incident(&world.admin, &world.community);
        let path = format!("/units/{}", world.community);
        let dissolve = |unit: &str| {
            let version = world.admin.get(unit).expect(200)["version"].as_i64().expect("a version");
            world.admin.request("POST", &format!("{unit}/dissolve")).version(version).json(&json!({})).send()
        };
        let refused = dissolve(&path).problem(409, "territory.unit_in_use");
        assert_eq!(
            refused["in_use"],
            json!([{ "what": "accounts", "count": 1 }, { "what": "grants", "count": 1 }, { "what": "incidents", "count": 1 }]),
            "{}: {}",
            app.engine(),
            worker.login
        );
        let above = dissolve(&format!("/units/{}", world.street)).problem(409, "territory.has_open_children");
        assert_eq!(above["in_use"], json!([{ "what": "units", "count": 1 }]));
        dissolve(&format!("/units/{}", world.other_community)).expect(200);
    }
    // With the plugin off its incidents are in nobody's way.
    let app = TestApp::sqlite(&[("COMMONWEAL_PLUGINS_OFF", "grid")]);
    let world = World::build(&app);
    let unit = format!("/units/{}", world.other_community);
    let gone = world.admin.request("POST", &format!("{unit}/dissolve")).version(1).json(&json!({})).send();
    gone.expect(200);
}

#[test]
fn of_a_report_and_a_dissolution_at_once_the_unit_never_keeps_both() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let mut outcomes = [0; 2];
        for round in 0..12 {
            let unit = world.unit(&world.other_street, &format!("第{round}村"), "community");
            let (admin, path) = (&world.admin, format!("/units/{unit}/dissolve"));
            let report = json!({ "title": "路灯", "description": "", "unit_id": unit });
            let gone = std::thread::scope(|scope| {
                let reporters: Vec<_> = (0..4)
                    .map(|_| scope.spawn(|| admin.request("POST", "/incidents").json(&report).send()))
                    .collect();
                let gone = admin.request("POST", &path).version(1).json(&json!({})).send();
                for answer in reporters.into_iter().map(|r| r.join().expect("answered")) {
                    assert!(matches!(answer.status, 201 | 422), "{}: {}", app.engine(), answer.text);
                }
                gone
            });
            let there = world.admin.get(&format!("/incidents?unit={unit}")).expect(200);
            let there = there["items"].as_array().map_or(0, Vec::len);
            match gone.status {
                200 => assert_eq!(there, 0, "{}: an incident in a dissolved unit", app.engine()),
                _ => assert!(
                    gone.problem(409, "territory.unit_in_use")["in_use"][0]["count"].as_i64() <= Some(4)
                ),
            }
            outcomes[usize::from(there > 0)] += 1;
        }
        assert_eq!(outcomes.iter().sum::<i32>(), 12, "{outcomes:?}");
    }
}
