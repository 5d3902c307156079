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
