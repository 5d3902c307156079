//! What administrators of other systems suffered from, where only the whole gateway can show it: one test a trap, by its number.

use commonweal_tests::app::TestApp;
use commonweal_tests::client::{Answer, Client};
use commonweal_tests::wait_until;
use commonweal_tests::world::{CHOSEN, World, all, id, number, version};
use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};

const SHEET: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A list as text: the header and its rows.
fn text(rows: &[[String; 3]]) -> String {
    rows.iter().map(|row| row.join(",") + "\r\n").collect()
}

/// The same as a workbook.
fn workbook(rows: &[[String; 3]]) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (line, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string(line, column, cell).expect("a cell");
        }
    }
    book.save_to_buffer().expect("a workbook")
}

fn make(client: &Client, kind: &str) -> Answer {
    client.post("/imports", &json!({ "kind": kind, "filename": "名单", "dry_run": true, "atomic": false }))
}

fn send(client: &Client, import: &str, media: &str, bytes: &[u8]) -> Answer {
    client.request("PUT", &format!("/imports/{import}/content")).raw(media, bytes.to_vec()).send()
}

#[track_caller]
fn until(client: &Client, import: &str, state: &str) -> Value {
    let path = format!("/imports/{import}");
    wait_until(state, || client.get(&path).expect(200)["state"] == state);
    client.get(&path).expect(200)
}

/// Applies what was checked.
#[track_caller]
fn apply(client: &Client, checked: &Value) -> Value {
    let body = json!({ "version": version(checked) });
    client.post(&format!("/imports/{}/apply", id(checked)), &body).expect(202);
    until(client, &id(checked), "applied")
}

/// A key of one's own: a client that comes by it.
#[track_caller]
fn by_key(client: &Client, permissions: &[&str]) -> Client {
    let mut body = json!({ "name": "key", "password": CHOSEN });
    if !permissions.is_empty() {
        body["permissions"] = json!(permissions);
    }
    let made = client.post("/me/api-keys", &body).expect(201);
    client.with_token(made["token"].as_str().expect("a token"))
}

#[test]
fn trap_15_one_bad_row_is_its_own_result_in_every_dress_a_list_comes_in() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let admin = &world.admin;
        let place = "横沥镇/恒泉社区";
        for (dress, media) in [("bom", "text/csv"), ("gb18030", "text/csv"), ("xlsx", SHEET)] {
            let logins: Vec<String> = ["a", "b", "c"].map(|n| format!("{dress}{}{n}", number())).into();
            let row = |n: usize, unit: &str| [logins[n].clone(), format!("镕{n}"), unit.to_owned()];
            let rows = [
                ["登录名", "姓名", "单元"].map(str::to_owned),
                row(0, place),
                row(1, "没有的社区"),
                row(2, place),
            ];
            let bytes = match dress {
                "bom" => format!("\u{feff}{}", text(&rows)).into_bytes(),
                "gb18030" => encoding_rs::GB18030.encode(&text(&rows)).0.into_owned(),
                _ => workbook(&rows),
            };
            let there = || {
                let found = |login: &String| all(admin, &format!("/users?q={login}"));
                logins.iter().flat_map(found).collect::<Vec<_>>()
            };
            // Looked at: each row has its result, the bad one says where and why, and nothing was written.
            let import = id(&make(admin, "users").expect(201));
            send(admin, &import, media, &bytes).expect(200);
            let checked = until(admin, &import, "checked");
            assert_eq!(
                (&checked["rows_passed"], &checked["rows_failed"]),
                (&json!(2), &json!(1)),
                "{dress}: {checked}"
            );
            let results = all(admin, &format!("/imports/{import}/rows"));
            let outcomes: Vec<_> =
                results.iter().map(|row| (row["line"].as_i64(), row["outcome"].as_str())).collect();
            let wanted =
                [(2, "passed"), (3, "failed"), (4, "passed")].map(|(line, what)| (Some(line), Some(what)));
            assert_eq!(outcomes, wanted, "{results:?}");
            let bad = all(admin, &format!("/imports/{import}/rows?outcome=failed"));
            assert_eq!((bad.len(), &bad[0]["line"]), (1, &json!(3)), "{bad:?}");
            assert!(bad[0]["errors"][0]["message"].is_string(), "{bad:?}");
            assert_eq!(there(), Vec::<Value>::new(), "{dress}: a dry run writes nothing");
            // Applied: the good ones are there with their names, and the rest is a file that can be mended.
            assert_eq!(apply(admin, &checked)["rows_done"], 2);
            let names: Vec<_> = there().iter().map(|user| user["display_name"].clone()).collect();
            assert_eq!(names, ["镕0", "镕2"], "{dress}");
            let rest = admin.get(&format!("/imports/{import}/failed.csv"));
            assert!(rest.text.starts_with('\u{feff}') && rest.text.lines().count() == 2, "{}", rest.text);
            assert!(rest.text.contains(&logins[1]) && !rest.text.contains(&logins[0]), "{}", rest.text);
            let mended = rest.text.replace("没有的社区", place);
            let again = id(&make(admin, "users").expect(201));
            send(admin, &again, "text/csv", mended.as_bytes()).expect(200);
            let checked = until(admin, &again, "checked");
            assert_eq!(
                (&checked["rows_passed"], &checked["rows_failed"]),
                (&json!(1), &json!(0)),
                "{checked}"
            );
            apply(admin, &checked);
            assert_eq!(there().len(), 3, "{dress}: each of them once");
        }
    }
}

#[test]
fn trap_10_a_narrow_key_sends_no_list_and_no_key_invites_by_one() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let admin = world.person("unit_admin", &world.street).client;
        let narrow = by_key(&admin, &["imports.import.use", "identity.grant.manage", "identity.user.manage"]);
        let whole = by_key(&admin, &[]);
        // A list is applied later, when nobody knows any more by which key it came.
        make(&narrow, "users").problem(403, "identity.not_by_key");
        make(&narrow, "grants").problem(403, "identity.not_by_key");
        make(&whole, "invitations").problem(403, "identity.not_by_key");
        // Nor is one that its owner made theirs to fill or to apply.
        let import = id(&make(&admin, "users").expect(201));
        let login = format!("narrow{}", number());
        let list = format!("登录名,姓名,单元\n{login},张,横沥镇/恒泉社区\n");
        send(&narrow, &import, "text/csv", list.as_bytes()).problem(403, "identity.not_by_key");
        send(&whole, &import, "text/csv", list.as_bytes()).expect(200);
        let checked = until(&admin, &import, "checked");
        let body = json!({ "version": version(&checked) });
        narrow.post(&format!("/imports/{import}/apply"), &body).problem(403, "identity.not_by_key");
        assert_eq!(apply(&whole, &checked)["rows_done"], 1, "{}", app.engine());
    }
}

/// The names that a list of accounts finds for what is typed.
#[track_caller]
fn found(client: &Client, path: &str, q: &str) -> Vec<String> {
    let coded: String = q.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let items = all(client, &format!("{path}?q={coded}"));
    items.iter().map(|user| user["display_name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn accounts_are_found_by_name_in_any_case_and_whoever_grants_finds_them_too() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let security = world.person("security_admin", &world.root);
        let here = world.person("security_admin", &world.street);
        let mut ids = Vec::new();
        for (login, name, unit) in [
            ("zola.e", "Émile ZOLA", &world.community),
            ("li.wang", "ＷＡＮＧ Lǐ", &world.other_community),
            ("wxm_1", "王小明", &world.community),
            ("100%", "百分", &world.community),
        ] {
            let login = login.replace('%', "-");
            let user = json!({ "login": login, "display_name": name, "unit_id": unit });
            ids.push(id(&world.admin.post("/users", &user).expect(201)));
        }
        let wanted: [(&str, &[&str]); 9] = [
            ("émile", &["Émile ZOLA"]),
            ("ÉMILE zola", &["Émile ZOLA"]),
            ("ZOLA.E", &["Émile ZOLA"]),
            ("wang lǐ", &["ＷＡＮＧ Lǐ"]),
            ("ｗａｎｇ", &["ＷＡＮＧ Lǐ"]),
            ("LI.WANG", &["ＷＡＮＧ Lǐ"]),
            ("小明", &["王小明"]),
            ("X_I", &[]),
            ("M%1", &[]),
        ];
        for (typed, names) in wanted {
            assert_eq!(found(&world.admin, "/users", typed), names, "{}: {typed}", app.engine());
            assert_eq!(
                found(&security.client, "/grant-receivers", typed),
                names,
                "{}: {typed}",
                app.engine()
            );
        }
        // A name that changes is found by the new one.
        let zola = world.admin.get(&format!("/users/{}", ids[0])).expect(200);
        let renamed = json!({ "display_name": "ÖZGÜR" });
        world.admin.patch(&format!("/users/{}", ids[0]), version(&zola), &renamed).expect(200);
        assert_eq!(found(&world.admin, "/users", "özgür"), ["ÖZGÜR"]);
        assert_eq!(found(&world.admin, "/users", "émile"), Vec::<String>::new());
        // Accounts are another administrator's; to grant, their names are enough.
        assert_eq!(security.client.get("/users").status, 403);
        let seen = &all(&security.client, "/grant-receivers?q=wxm_1")[0];
        assert_eq!(seen.as_object().map(serde_json::Map::len), Some(5), "no more than names: {seen}");
        let grant = json!({ "user_id": seen["id"], "role_id": world.roles["grid_worker"],
            "unit_id": world.community, "reason": "found by name" });
        security.client.post("/grants", &grant).expect(201);
        // Of a street its own people.
        assert_eq!(found(&here.client, "/grant-receivers", "小明"), ["王小明"]);
        assert_eq!(found(&here.client, "/grant-receivers", "wang"), Vec::<String>::new());
        let worker = world.person("grid_worker", &world.community);
        assert_eq!(worker.client.get("/grant-receivers?q=wang").status, 403);
    }
}

#[test]
fn trap_1_a_move_takes_no_right_away_that_the_mover_could_not_revoke() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let mover = world.newcomer(&world.root);
        let moving = world.role(&world.root, &["territory.unit.manage"]);
        world.grant(&mover.id, &moving, &world.root);
        let watched = world.person("grid_worker", &world.street);
        let path = format!("/units/{}", world.community);
        let to = json!({ "parent_id": world.other_street });
        let preview = |client: &Client| client.post(&format!("{path}/preview-move"), &to).expect(200);
        let go = |client: &Client| {
            let unit = client.get(&path).expect(200);
            client.request("POST", &format!("{path}/move")).version(version(&unit)).json(&to).send()
        };
        let seen = preview(&mover.client);
        assert_eq!((&seen["allowed"], &seen["breaches"]), (&json!(false), &json!([])), "{seen}");
        assert_eq!(seen["losses"][0]["user_id"], json!(watched.id), "{seen}");
        let named: Vec<&str> =
            seen["untakeable"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
        assert!(
            named.contains(&"people.person.read") && !named.contains(&"identity.session.own"),
            "{named:?}"
        );
        let refused = go(&mover.client).problem(403, "territory.move_takes_rights");
        assert_eq!(refused["missing"][0]["permission"], json!(named[0]), "{refused}");
        assert_eq!(watched.client.get(&format!("/people?unit={}", world.community)).status, 200);
        // Whoever runs the units above may take a worker's right there, and so may move; an auditor's they may not.
        let runs = world.person("unit_admin", &world.root);
        assert_eq!(preview(&runs.client)["untakeable"], json!([]));
        let auditor = world.person("audit_admin", &world.street);
        let seen = preview(&runs.client);
        assert!(seen["untakeable"].as_array().is_some_and(|list| !list.is_empty()), "{seen}");
        go(&runs.client).problem(403, "territory.move_takes_rights");
        let grants = all(&world.admin, &format!("/grants?user={}", auditor.id));
        let revoke = world.admin.request("POST", &format!("/grants/{}/revoke", id(&grants[0])));
        revoke
            .version(version(&grants[0]))
            .json(&json!({ "reason": "first things first" }))
            .send()
            .expect(200);
        go(&runs.client).expect(200);
    }
}

#[test]
fn a_password_that_somebody_else_set_opens_nothing_but_the_change_of_it() {
    const SET: &str = "set-by-somebody-else-42";
    for app in TestApp::each() {
        let world = World::build(&app);
        let setter = world.person("unit_admin", &world.street);
        let owner = world.person("grid_worker", &world.community);
        let user = setter.client.get(&format!("/users/{}", owner.id)).expect(200);
        let body = json!({ "password": SET, "reason": "forgotten", "version": version(&user) });
        setter.client.post(&format!("/users/{}/set-password", owner.id), &body).expect(200);
        assert_eq!(owner.client.get("/me").status, 401, "the sessions from before have ended");
        let by = app.sign_in(&owner.login, SET);
        assert_eq!(by.get("/me").expect(200)["must_change_password"], true);
        // Nothing of the account's rights, and nothing that would outlive the password.
        let proof = json!({ "password": SET });
        for (method, path, body) in [
            ("GET", "/incidents", json!(null)),
            ("GET", "/people", json!(null)),
            ("GET", "/people/me", json!(null)),
            ("GET", "/me/notices", json!(null)),
            ("GET", "/me/api-keys", json!(null)),
            ("POST", "/me/api-keys", json!({ "name": "stays", "password": SET })),
            ("POST", "/me/totp", proof.clone()),
            ("POST", "/me/totp/confirm", json!({ "code": "123456" })),
            ("POST", "/me/recovery-codes", proof.clone()),
            ("POST", "/me/contacts", json!({ "address": "13800138000", "current_password": SET })),
            ("GET", "/me/identities", json!(null)),
            ("POST", "/incidents", json!({ "title": "x", "description": "y", "unit_id": world.community })),
        ] {
            let request = by.request(method, path);
            let request = if body.is_null() { request } else { request.json(&body) };
            request.send().problem(403, "identity.password_change_required");
        }
        let ticket = by.request("POST", "/stream-tickets").send().expect(200);
        let stream = format!("/incidents/changes/stream?ticket={}", ticket["ticket"].as_str().expect("one"));
        app.stranger.get(&stream).problem(403, "identity.password_change_required");
        let change = json!({ "current_password": SET, "new_password": "chosen-by-themselves-43" });
        by.post("/me/password", &change).expect(204);
        assert_eq!(by.get("/incidents").status, 200, "{}", app.engine());
        let again = json!({ "login": owner.login, "password": SET });
        app.stranger.post("/auth/login", &again).problem(401, "identity.sign_in_failed");
    }
}

#[test]
fn a_persons_number_in_a_path_stays_out_of_the_log() {
    let app = TestApp::sqlite(&[("COMMONWEAL_LOG", "info")]);
    let world = World::build(&app);
    let (number, phone) = ("11010519491231002X", "13812345678");
    for path in [
        format!("/people/{number}"),
        format!("/people/{phone}/flags"),
        format!("/people/%31%31%30{}", &number[3..]),
        format!("/no/such/place/{number}"),
        format!("/users?q={number}"),
        format!("/people?{phone}"),
        format!("/people/lookup/{number}?number={number}&phone={phone}"),
    ] {
        assert!(world.admin.get(&path).status != 500, "{path}");
        assert!(app.stranger.get(&path).status != 500, "{path}");
    }
    wait_until("the last line is written", || app.gateway.log().contains("/people/lookup/***"));
    let log = app.gateway.log();
    assert!(log.contains("/people/***/flags") && log.contains("/no/such/place/***"), "{log}");
    for secret in [number, phone, &number[3..]] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}
