//! Persons over the real gateway: keys replaced while it runs, a backup from before an erasure, a key that is lost.

use std::path::PathBuf;

use commonweal_tests::app::TestApp;
use commonweal_tests::world::{Person, World, all, id, version};
use serde_json::{Value, json};

const PHONE: &str = "13812345678";

fn said(output: &std::process::Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A command that must end well; answers what it said.
#[track_caller]
fn well(app: &TestApp, arguments: &[&str]) -> String {
    let output = app.command(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    said(&output)
}

/// A command that must not.
#[track_caller]
fn refused(app: &TestApp, arguments: &[&str]) -> String {
    let output = app.command(arguments);
    assert!(!output.status.success(), "{arguments:?}: {}", said(&output));
    said(&output)
}

/// Somebody whom the town trusts with whole data.
fn reader(world: &World<'_>) -> Person {
    let person = world.newcomer(&world.street);
    let role = world.role(
        &world.root,
        &["people.person.read", "people.person.unmask", "people.person.erase", "people.person.lookup"],
    );
    world.grant(&person.id, &role, &world.street);
    person
}

fn enter(world: &World<'_>, name: &str, phone: &str) -> Value {
    let body = json!({ "unit_id": world.community, "name": name, "phones": [phone] });
    world.admin.post("/people", &body).expect(201)
}

fn phone_of(reader: &Person, person: &Value) -> String {
    let ask = json!({ "purpose": "核对联系方式", "fields": ["phones"] });
    let read = reader.client.post(&format!("/people/{}/unmask", id(person)), &ask).expect(200);
    read["phones"][0].as_str().unwrap_or_default().to_owned()
}

fn keys(app: &TestApp) -> Vec<String> {
    let lines = well(app, &["keys", "list"]);
    lines.lines().filter_map(|l| l.split_whitespace().next()).map(ToOwned::to_owned).collect()
}

/// The ring's file, as `keys add` says it.
fn ring_of(added: &str) -> PathBuf {
    let path = added.split("was added to ").nth(1).and_then(|rest| rest.split(". Back").next());
    PathBuf::from(path.expect("says where"))
}

#[test]
fn the_master_key_is_replaced_while_gateways_run() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let (reader, other) = (reader(&world), app.another());
        let elsewhere = Person { client: reader.client.at(&other.url), ..reader.clone() };
        let before = enter(&world, "张三丰", PHONE);
        let old = keys(&app);
        assert_eq!(old.len(), 1);
        let ring = ring_of(&well(&app, &["keys", "add"]));
        assert!(refused(&app, &["keys", "retire", &old[0]]).contains("wraps what is new"));
        let done = well(&app, &["keys", "rewrap"]);
        assert!(done.contains("1 persons' keys"), "{done}");
        // Both gateways go on without a restart, with what was there and with what is new.
        let after = enter(&world, "李四海", "13900001111");
        for who in [&reader, &elsewhere] {
            assert_eq!(phone_of(who, &before), PHONE);
            assert_eq!(phone_of(who, &after), "13900001111");
        }
        well(&app, &["keys", "retire", &old[0]]);
        assert!(refused(&app, &["keys", "retire", &old[0]]).contains("does not know"));
        let now = keys(&app);
        assert!(now.len() == 1 && now != old, "{now:?}");
        let secret = std::fs::read_to_string(&ring).expect("the ring");
        let secret = secret.trim().rsplit_once(':').expect("a key").1.to_owned();
        let find = json!({ "kind": "phone", "number": PHONE, "purpose": "来访登记" });
        for who in [&reader, &elsewhere] {
            assert_eq!(phone_of(who, &before), PHONE);
            let found = who.client.post("/people/lookup", &find).expect(200);
            assert_eq!(found["found"].as_array().map(Vec::len), Some(1));
        }
        assert!(well(&app, &["doctor"]).contains("master keys"));
        assert!(!well(&app, &["keys", "list"]).contains(&secret) && !app.gateway.log().contains(&secret));
        well(&app, &["audit", "verify"]);
    }
}

#[test]
fn a_lost_or_wrong_key_is_a_sentence_and_nobody_is_served() {
    for mut app in TestApp::each() {
        let (ring, person) = {
            let world = World::build(&app);
            (ring_of(&well(&app, &["keys", "add"])), enter(&world, "张三丰", PHONE))
        };
        assert!(app.gateway.end());
        let text = std::fs::read_to_string(&ring).expect("the ring");
        let put = |text: &str| std::fs::write(&ring, text).expect("written");
        std::fs::remove_file(&ring).expect("gone");
        for command in [&["serve"][..], &["doctor"], &["keys", "list"], &["keys", "add"], &["keys", "rewrap"]]
        {
            let why = refused(&app, command);
            assert!(
                why.contains("master keys are not there") && why.contains("1 persons"),
                "{command:?}: {why}"
            );
        }
        assert!(!ring.exists(), "a new key is not made over a lost one");
        let first = text.lines().find(|l| !l.starts_with('#')).expect("a key").to_owned();
        let (name, secret) = first.split_once(':').expect("ID:KEY");
        let wrong =
            format!("{name}:{}\n", secret.chars().rev().filter(|c| *c != '=').collect::<String>() + "=");
        std::fs::write(&ring, "").expect("written");
        chmod(&ring);
        for (text, word) in [("", "no master key"), (&*wrong, "master key"), ("x:y", "base64")] {
            put(text);
            let why = refused(&app, &["serve"]);
            assert!(why.contains(word) && !why.contains(secret), "{why}");
            assert!(refused(&app, &["doctor"]).contains(word));
        }
        put(&text);
        app.restart();
        let admin = app.as_admin();
        assert_eq!(
            admin.get(&format!("/people/{}", id(&person))).expect(200)["phones"],
            json!(["138****5678"])
        );
    }
}

fn chmod(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("chmod");
}

#[test]
fn a_backup_from_before_an_erasure_brings_nobody_back() {
    let mut app = TestApp::sqlite(&[]);
    let folder = tempfile::tempdir().expect("a folder");
    let backup = folder.path().join("before.db");
    let backup = backup.to_str().expect("UTF-8");
    let (gone, stays, login) = {
        let world = World::build(&app);
        let reader = reader(&world);
        let (gone, stays) = (enter(&world, "张三丰", PHONE), enter(&world, "李四海", "13900001111"));
        assert!(well(&app, &["backup", backup]).contains("master keys"));
        let erase = json!({ "reason": "requested_by_person", "version": version(&gone) });
        reader.client.post(&format!("/people/{}/erase", id(&gone)), &erase).expect(200);
        (gone, stays, reader.login)
    };
    assert!(app.gateway.end());
    let told = well(&app, &["restore", backup, "--replace"]);
    assert!(told.contains("1 persons who were erased"), "{told}");
    assert!(well(&app, &["doctor"]).contains("1 on the list"));
    app.restart();
    let admin = app.as_admin();
    let left = admin.get(&format!("/people/{}", id(&gone))).expect(200);
    assert_eq!(
        (left["status"].as_str(), left["erasure_reason"].as_str()),
        (Some("erased"), Some("reapplied"))
    );
    let reader = app.sign_in(&login, commonweal_tests::world::CHOSEN);
    let ask = json!({ "purpose": "核对联系方式", "fields": ["phones"] });
    reader.post(&format!("/people/{}/unmask", id(&gone)), &ask).problem(409, "people.erased");
    reader.post(&format!("/people/{}/unmask", id(&stays)), &ask).expect(200);
    assert_eq!(all(&admin, "/people").len(), 1);
    well(&app, &["audit", "verify"]);
}

#[test]
fn the_alarms_and_bounds_of_whole_readings_are_settings() {
    let settings = [("COMMONWEAL_UNMASK_ALARM_PER_HOUR", "1"), ("COMMONWEAL_UNMASK_LIMIT_PER_HOUR", "2")];
    let app = TestApp::sqlite(&settings);
    let world = World::build(&app);
    let (reader, person) = (reader(&world), enter(&world, "张三丰", PHONE));
    phone_of(&reader, &person);
    phone_of(&reader, &person);
    let ask = json!({ "purpose": "核对联系方式", "fields": ["phones"] });
    let refused = reader.client.post(&format!("/people/{}/unmask", id(&person)), &ask);
    let problem = refused.problem(429, "people.too_many_readings");
    assert!(problem["retry_after"].as_i64().is_some_and(|s| s > 0 && s <= 3_600), "{problem}");
    let auditor = world.person("audit_admin", &world.root);
    let alarms = auditor.client.get("/audit/events?action=people.unmasking.alarm").expect(200);
    assert_eq!(
        alarms["items"].as_array().map(Vec::len),
        Some(1),
        "the last one allowed is past the mark: {alarms}"
    );
    assert_eq!(all(&auditor.client, "/people/unmaskings").len(), 2);
}

/// A dwelling with a household of these persons; answers the household's id.
fn household(world: &World<'_>, address: &str, kind: &str, persons: &[&Value]) -> String {
    let dwelling =
        json!({ "unit_id": world.community, "address": address, "kind": "flat", "opened_on": "2000-01-01" });
    let dwelling = id(&world.admin.post("/dwellings", &dwelling).expect(201));
    let new = json!({ "unit_id": world.community, "dwelling_id": dwelling, "head_id": persons[0]["id"],
        "register_kind": kind, "opened_on": "2001-01-01" });
    let household = id(&world.admin.post("/households", &new).expect(201));
    for (at, person) in persons.iter().enumerate() {
        let mut stay = json!({ "person_id": person["id"], "household_id": household,
            "resident_type": "registered", "from_on": "2002-01-01" });
        if at > 0 {
            stay["relation"] = json!("spouse");
        }
        world.admin.post("/residences", &stay).expect(201);
    }
    household
}

/// An account of the person's own.
fn account(world: &World<'_>, person: &Value) -> Person {
    let clerk = world.person("unit_admin", &world.street);
    let account = world.person("resident", &world.community);
    let tie = json!({ "user_id": account.id });
    clerk.client.post(&format!("/people/{}/accounts", id(person)), &tie).expect(201);
    account
}

#[test]
fn a_resident_sees_their_own_home_and_a_neighbour_sees_nothing_of_it() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let (zhang, li) = (enter(&world, "张三丰", PHONE), enter(&world, "李四海", "13900001111"));
        let (wang, zhao) = (enter(&world, "王五岳", "13900002222"), enter(&world, "赵六合", "13900003333"));
        let ours = household(&world, "恒泉路1号", "family", &[&zhang, &li]);
        let theirs = household(&world, "恒泉路2号", "collective", &[&wang, &zhao]);
        let (resident, neighbour) = (account(&world, &zhang), account(&world, &wang));
        let home = resident.client.get("/homes/me").expect(200);
        assert_eq!(home["person_id"], zhang["id"]);
        assert_eq!(home["residences"].as_array().map(Vec::len), Some(1), "{home}");
        assert_eq!(home["residences"][0]["dwelling_address"], "恒泉路1号");
        let own = resident.client.get(&format!("/homes/me/households/{ours}")).expect(200);
        assert_eq!((&own, &home["households"]), (&home["households"][0], &json!([own])));
        let members: Vec<(&str, bool, bool)> = own["members"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|m| {
                let flag = |name: &str| m[name].as_bool().expect("a flag");
                (m["name"].as_str().expect("a name"), flag("is_self"), flag("is_head"))
            })
            .collect();
        assert_eq!(members, [("张**", true, true), ("李**", false, false)], "{}", app.engine());
        let told = home.to_string();
        for secret in ["李四海", "三丰", PHONE, &id(&li), &id(&wang), "恒泉路2号"] {
            assert!(!told.contains(secret), "{secret}: {told}");
        }
        // The neighbour has a home of their own, shared with people who are no family, and none next door.
        let next = neighbour.client.get("/homes/me").expect(200);
        assert_eq!(next["households"][0]["id"], json!(theirs));
        assert_eq!(next["households"][0]["members"].as_array().map(Vec::len), Some(1), "{next}");
        for (who, household) in [(&neighbour, &ours), (&resident, &theirs)] {
            let path = format!("/homes/me/households/{household}");
            who.client.get(&path).problem(404, "kernel.not_found");
            let stays = who.client.get(&format!("/households/{household}")).status;
            assert!(stays == 403 || stays == 404, "the register is not theirs to read: {stays}");
        }
        // Whoever is tied to nobody has none, and whoever has left a household sees no more of it.
        let stranger = world.person("resident", &world.community);
        stranger.client.get("/homes/me").problem(404, "kernel.not_found");
        stranger.client.get(&format!("/homes/me/households/{ours}")).problem(404, "kernel.not_found");
        let spouse = account(&world, &li);
        spouse.client.get(&format!("/homes/me/households/{ours}")).expect(200);
        let stays = all(&world.admin, &format!("/residences?person={}", id(&li)));
        let end = world.admin.request("POST", &format!("/residences/{}/end", id(&stays[0])));
        end.version(version(&stays[0])).json(&json!({ "to_on": "2020-01-01" })).send().expect(200);
        spouse.client.get(&format!("/homes/me/households/{ours}")).problem(404, "kernel.not_found");
        let left = spouse.client.get("/homes/me").expect(200);
        assert_eq!(
            (&left["households"], &left["residences"][0]["to_on"]),
            (&json!([]), &json!("2020-01-01"))
        );
        let home = resident.client.get("/homes/me").expect(200);
        assert_eq!(home["households"][0]["members"].as_array().map(Vec::len), Some(1), "{home}");
    }
}
