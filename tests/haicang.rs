//! Haicang: the district's administrator sets up a street, the street invites its grid workers from a spreadsheet, one of them
//! leaves and hands over forty cases, and the auditor reads all of it and changes nothing.

use std::collections::BTreeSet;

use commonweal_tests::app::TestApp;
use commonweal_tests::client::Client;
use commonweal_tests::wait_until;
use commonweal_tests::world::{Person, World, all, id, square, version};
use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};

const PASSWORD: &str = "a-password-of-their-own-77";
const HEADER: [&str; 5] = ["手机号", "姓名", "单元", "角色", "理由"];

#[test]
fn a_street_is_set_up_staffed_handed_over_and_audited() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let street = Street::set_up(&world);
        let workers = street.invite_workers();
        let (leaving, staying) = (&workers[0], &workers[1]);
        let cases = street.forty_cases(leaving);
        let before = all(&street.admin.client, &format!("/users/{}/holdings", leaving.id));
        assert_eq!(before.len(), 42, "forty cases, a post and a grant");
        street.one_leaves(leaving, staying, &cases);
        the_auditor_reads(&world, &street, &workers);
    }
}

#[test]
fn who_runs_a_unit_can_appoint_whoever_works_in_it() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let admin = world.person("unit_admin", &world.street);
        let working = ["grid_worker", "department_handler", "inspector", "resident", "volunteer", "merchant"];
        for role in working {
            let new = world.newcomer(&world.community);
            let grant = json!({ "user_id": new.id, "role_id": world.roles[role], "unit_id": world.community, "reason": "到岗" });
            let given = admin.client.post("/grants", &grant);
            assert_eq!(given.status, 201, "{role}: {}", given.text);
        }
        for role in ["platform_admin", "security_admin", "audit_admin"] {
            let new = world.newcomer(&world.community);
            let grant = json!({ "user_id": new.id, "role_id": world.roles[role], "unit_id": world.community, "reason": "到岗" });
            admin.client.post("/grants", &grant).problem(403, "identity.above_ceiling");
        }
    }
}

/// A spreadsheet with these rows below the header.
fn spreadsheet(rows: &[[&str; 5]]) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (line, cells) in std::iter::once(&HEADER).chain(rows).enumerate() {
        for (column, cell) in cells.iter().enumerate() {
            let (line, column) = (u32::try_from(line).unwrap(), u16::try_from(column).unwrap());
            sheet.write_string(line, column, *cell).unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}

/// Invited by somebody, comes in by the code that reached the address.
fn comes_in(app: &TestApp, address: &str, name: &str) -> Person {
    let code = app.code("identity.invited", address, 0);
    let login = format!("{name}.{}", app.engine().to_lowercase());
    let accept = json!({ "code": code, "login": login, "password": PASSWORD });
    let made = app.stranger.post("/invitations/accept", &accept).expect(201);
    Person { id: id(&made), client: app.sign_in(&login, PASSWORD), login }
}

struct Street<'w, 'a> {
    world: &'w World<'a>,
    /// Of the district.
    chief: Person,
    /// Of the street.
    admin: Person,
    id: String,
    community: String,
}

impl<'w, 'a> Street<'w, 'a> {
    fn set_up(world: &'w World<'a>) -> Self {
        let district = world.unit(&world.root, "海沧区", "district");
        let chief = world.person("unit_admin", &district);
        let unit = |parent: &str, name: &str, kind: &str| {
            let unit = json!({ "parent_id": parent, "name": name, "kind": kind });
            id(&chief.client.post("/units", &unit).expect(201))
        };
        let street = unit(&district, "嵩屿街道", "town");
        let community = unit(&street, "海达社区", "community");
        // Beside the district nothing is theirs.
        let beside = json!({ "parent_id": world.root, "name": "集美区", "kind": "district" });
        chief.client.post("/units", &beside).problem(403, "kernel.forbidden");
        let invitation = json!({
            "address": "13800130001", "display_name": "王街道", "unit_id": street, "language": "zh",
            "role_id": world.roles["unit_admin"], "reason": "街道管理员到任",
        });
        chief.client.post("/invitations", &invitation).expect(201);
        let admin = comes_in(world.app, "+8613800130001", "street.admin");
        Self { world, chief, admin, id: street, community }
    }

    /// Sends a spreadsheet of invitations; answers the import when it has been checked.
    fn send(&self, rows: &[[&str; 5]]) -> Value {
        let made = json!({ "kind": "invitations", "filename": "网格员.xlsx" });
        let import = id(&self.admin.client.post("/imports", &made).expect(201));
        let sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        let path = format!("/imports/{import}");
        let put = self.admin.client.request("PUT", &format!("{path}/content"));
        put.raw(sheet, spreadsheet(rows)).send().expect(200);
        self.until(&path, "checked")
    }

    fn until(&self, path: &str, state: &str) -> Value {
        wait_until(state, || self.admin.client.get(path).expect(200)["state"] == state);
        self.admin.client.get(path).expect(200)
    }

    fn invite_workers(&self) -> Vec<Person> {
        let good = [
            ["138 0013 0011", "李网格", "嵩屿街道/海达社区", "网格员", "新到岗"],
            ["13800130012", "陈网格", "嵩屿街道/海达社区", "grid_worker", "新到岗"],
            ["１３８００１３００１３", "林网格", "嵩屿街道/海达社区", "网格员", "新到岗"],
        ];
        // What a file asks for is asked of whoever sends it: a role above theirs, a place outside, the same number twice.
        let bad = [
            ["13800130014", "某甲", "嵩屿街道/海达社区", "审计管理员", "越权"],
            ["13800130015", "某乙", "别镇/别村", "网格员", "越界"],
            ["13800130012", "某丙", "嵩屿街道/海达社区", "网格员", "重复"],
            ["12", "某丁", "嵩屿街道/海达社区", "网格员", "号码有误"],
        ];
        let mixed = self.send(&[&good[..], &bad[..]].concat());
        assert_eq!((&mixed["rows_passed"], &mixed["rows_failed"]), (&json!(3), &json!(4)), "{mixed}");
        let rows = all(&self.admin.client, &format!("/imports/{}/rows?outcome=failed", id(&mixed)));
        let codes: Vec<&str> = rows.iter().filter_map(|row| row["code"].as_str()).collect();
        let wanted = ["identity.above_ceiling", "kernel.forbidden", "imports.row_twice", "kernel.invalid"];
        assert_eq!(BTreeSet::from_iter(codes), BTreeSet::from(wanted), "{rows:?}");
        let failed = self.admin.client.get(&format!("/imports/{}/failed.csv", id(&mixed)));
        assert!(failed.text.contains("某丁") && !failed.text.contains("李网格"), "{}", failed.text);
        assert!(self.world.app.messages("identity.invited", "+8613800130011").is_empty(), "it was a dry run");

        let checked = self.send(&good);
        let path = format!("/imports/{}", id(&checked));
        let apply = json!({ "version": version(&checked) });
        self.admin.client.post(&format!("{path}/apply"), &apply).expect(202);
        let applied = self.until(&path, "applied");
        assert_eq!(applied["rows_done"], 3, "{applied}");
        let sent = all(&self.admin.client, "/invitations?state=pending");
        assert_eq!(sent.len(), 3, "{sent:?}");
        assert!(
            sent.iter().all(|one| one["address"].as_str().is_some_and(|a| a.contains("****"))),
            "{sent:?}"
        );
        let workers: Vec<Person> = (1..=3)
            .map(|n| comes_in(self.world.app, &format!("+861380013001{n}"), &format!("worker{n}")))
            .collect();
        for worker in &workers {
            let me = worker.client.get("/me").expect(200);
            let held = &me["grants"][0];
            assert_eq!(
                (&held["role"]["name"], &held["unit"]["id"]),
                (&json!("grid_worker"), &json!(self.community)),
                "{me}"
            );
        }
        workers
    }

    fn forty_cases(&self, worker: &Person) -> Vec<Value> {
        let grid = json!({ "unit_id": self.community, "name": "海达第一网格", "kind": "residential",
            "geometry": square(118.03, 24.48, 0.01) });
        let grid = self.admin.client.post("/grids", &grid).expect(201);
        let post = json!({ "user_id": worker.id, "role": "worker" });
        self.admin.client.post(&format!("/grids/{}/posts", id(&grid)), &post).expect(201);
        let resident = self.world.person("resident", &self.community);
        let report =
            json!({ "title": "路灯坏了", "description": "三号楼前的路灯不亮", "lng": 118.03, "lat": 24.48 });
        (0..40)
            .map(|_| {
                let made = resident.client.post("/incidents", &report).expect(201);
                assert_eq!(made["grid_id"], grid["id"]);
                let made = self.world.step(&worker.client, &made, "accept", &json!({}));
                self.world.step(&worker.client, &made, "dispatch", &json!({ "assignee_id": worker.id }))
            })
            .collect()
    }

    fn one_leaves(&self, leaving: &Person, staying: &Person, cases: &[Value]) {
        let leave = json!({ "handover_to_id": staying.id, "reason": "调往集美区" });
        let path = format!("/users/{}/offboard", leaving.id);
        // A colleague may not send somebody away.
        staying.client.post(&path, &leave).problem(403, "kernel.forbidden");
        let done = self.admin.client.post(&path, &leave).expect(200);
        assert_eq!(done["state"], "done", "{done}");
        assert_eq!(leaving.client.get("/me").status, 401);
        let mine: BTreeSet<String> = all(&staying.client, "/incidents?assignee=me").iter().map(id).collect();
        assert_eq!(mine, cases.iter().map(id).collect());
        let left = all(&self.admin.client, &format!("/users/{}/holdings", leaving.id));
        assert_eq!(left, Vec::<Value>::new());
        assert_eq!(
            self.chief.client.get(&format!("/users/{}", leaving.id)).expect(200)["status"],
            "disabled"
        );
        // The work goes on.
        let case = staying.client.get(&format!("/incidents/{}", id(&cases[39]))).expect(200);
        self.world.step(&staying.client, &case, "start", &json!({}));
    }
}

fn the_auditor_reads(world: &World<'_>, street: &Street<'_, '_>, workers: &[Person]) {
    let auditor = world.person("audit_admin", &world.root).client;
    let told = || {
        let events = all(&auditor, &format!("/audit/events?unit={}&subtree=true", street.id));
        let of = |action: &str| events.iter().filter(|e| e["action"] == action).count();
        let counts = [
            "identity.invitation.sent",
            "identity.invitation.accepted",
            "grid.incident.report",
            "grid.incident.hand_over",
        ];
        (counts.map(of), events)
    };
    // The trail is sealed behind the writes, a moment later.
    wait_until("the whole story is on the trail", || told().0 == [4, 4, 40, 40]);
    let (_, events) = told();
    let text = json!(events).to_string();
    assert!(!text.contains("13800130011"), "an address is nobody's to read on the trail");
    let left = all(&auditor, &format!("/audit/events?object_id={}", workers[0].id));
    let actions: BTreeSet<&str> = left.iter().filter_map(|e| e["action"].as_str()).collect();
    assert!(
        actions.is_superset(&BTreeSet::from(["identity.user.offboarded", "identity.user.created"])),
        "{actions:?}"
    );
    let verified = auditor.get("/audit/verify?limit=200").expect(200);
    assert!(verified.get("broken").is_none(), "{verified}");
    assert!(verified["checked"].as_i64() > Some(40), "{verified}");
    let signed = all(&auditor, &format!("/audit/sign-ins?user={}", workers[1].id));
    assert!(signed.iter().any(|s| s["outcome"] == "signed_in"), "{signed:?}");
    changes_nothing(world, street, &auditor, workers);
}

/// Each thing that was done above, tried by the auditor.
fn changes_nothing(world: &World<'_>, street: &Street<'_, '_>, auditor: &Client, workers: &[Person]) {
    let reason = "an auditor has none";
    let tried = [
        ("/units".to_owned(), json!({ "parent_id": street.id, "name": "新社区", "kind": "community" })),
        (
            "/invitations".to_owned(),
            json!({ "address": "13800130099", "display_name": "某", "unit_id": street.id, "reason": reason }),
        ),
        ("/imports".to_owned(), json!({ "kind": "invitations", "filename": "x.csv" })),
        (
            "/grants".to_owned(),
            json!({ "user_id": workers[2].id, "role_id": world.roles["volunteer"], "unit_id": street.id, "reason": reason }),
        ),
        (format!("/users/{}/enable", workers[0].id), json!({ "reason": reason })),
        (
            format!("/users/{}/offboard", workers[1].id),
            json!({ "handover_to_id": workers[2].id, "reason": reason }),
        ),
        (
            "/grids".to_owned(),
            json!({ "unit_id": street.community, "name": "网格", "kind": "residential", "geometry": square(119.0, 24.0, 0.01) }),
        ),
    ];
    for (path, body) in tried {
        let refused = auditor.post(&path, &body);
        assert!([403, 404].contains(&refused.status), "{path}: {} {}", refused.status, refused.text);
    }
}
