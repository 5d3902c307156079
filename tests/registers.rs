//! A town's register comes in from a file: what each row is worth is said of it, and nothing of it lies in the clear afterwards.

use std::collections::BTreeMap;

use commonweal_tests::app::TestApp;
use commonweal_tests::schema::{count, tables};
use commonweal_tests::wait_until;
use commonweal_tests::world::{Person, World, all, id, version};
use serde_json::{Value, json};
use storage::Engine;

/// A citizen's number with these first seventeen digits.
fn card(body: &str) -> String {
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{body}{}", "10X98765432".chars().nth(usize::try_from(sum % 11).unwrap()).unwrap())
}

/// Sends a file of persons; answers the import when it has been checked.
fn send(clerk: &Person, rows: &[String]) -> Value {
    let made = json!({ "kind": "people", "filename": "居民.csv" });
    let path = format!("/imports/{}", id(&clerk.client.post("/imports", &made).expect(201)));
    let text = format!("姓名,单元,身份证号,联系电话,住址,出生日期,性别\r\n{}\r\n", rows.join("\r\n"));
    let put = clerk.client.request("PUT", &format!("{path}/content"));
    put.raw("text/csv", text.into_bytes()).send().expect(200);
    wait_until("it is checked", || clerk.client.get(&path).expect(200)["state"] == "checked");
    clerk.client.get(&path).expect(200)
}

fn apply(clerk: &Person, checked: &Value) -> Value {
    let path = format!("/imports/{}", id(checked));
    clerk.client.post(&format!("{path}/apply"), &json!({ "version": version(checked) })).expect(202);
    wait_until("it is applied", || clerk.client.get(&path).expect(200)["state"] == "applied");
    clerk.client.get(&path).expect(200)
}

fn found(clerk: &Person, phone: &str) -> Vec<Value> {
    let ask = json!({ "kind": "phone", "number": phone, "purpose": "来访登记核对身份" });
    let found = clerk.client.post("/people/lookup", &ask).expect(200);
    found["found"].as_array().expect("a list").clone()
}

#[test]
fn a_register_comes_in_row_by_row_and_each_refusal_names_its_column() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let clerk = world.person("unit_admin", &world.street);
        let (here, wrong) = ("横沥镇/恒泉社区", "44190019900101001A");
        let wide: String = card("44190019790505003")
            .chars()
            .map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap())
            .collect();
        let rows = [
            format!("张一,{here},{},13800000001、13800000002,恒泉路1号,,", card("44190019800229001")),
            // Full-width digits are the same number.
            format!("张二,{here},{wide},１３８０００００００３,,,"),
            format!("张三,{here},,,,1950-06-01,女"),
            format!("李四,{here},{wrong},,,,"),
            // A day that never was, with a check digit that stands.
            format!("李五,{here},{},,,,", card("44190019810229001")),
            // A digit too many in the sum.
            format!("李六,{here},{}{},,,,", &card("44190019830303005")[..17], "?"),
            // The same document twice in one file; a place that is not theirs; words that nobody knows.
            format!("李七,{here},{},,,,", card("44190019800229001")),
            format!("李八,别镇/别村,{},,,,", card("44190019840404006")),
            format!("李九,{here},,123,,1950-02-30,无"),
            // Another birth date and another sex than the number says; a province that is none.
            format!("李十,{here},{},,,1985-05-06,男", card("44190019850505004")),
            format!("李零,{here},{},,,,", card("00190019850505004")),
        ];
        let checked = send(&clerk, &rows);
        assert_eq!((&checked["rows_passed"], &checked["rows_failed"]), (&json!(3), &json!(8)), "{checked}");
        let failed = all(&clerk.client, &format!("/imports/{}/rows?outcome=failed", id(&checked)));
        let told: BTreeMap<&str, Vec<&str>> = failed
            .iter()
            .map(|row| {
                let columns = row["errors"].as_array().expect("errors").iter();
                let columns = columns.map(|e| e["column"].as_str().expect("a column")).collect();
                (row["cells"][0].as_str().expect("a name"), columns)
            })
            .collect();
        let number = vec!["document_number"];
        let wanted = [
            ("李四", number.clone()),
            ("李五", number.clone()),
            ("李六", number),
            ("李七", vec![]),
            ("李八", vec![]),
        ];
        for (name, columns) in wanted {
            assert_eq!(told[name], columns, "{name}: {failed:?}");
        }
        assert_eq!((&told["李十"], &told["李零"]), (&vec!["birth_on", "sex"], &vec!["document_number"]));
        assert!(!told["李九"].is_empty(), "{failed:?}");
        assert!(found(&clerk, "13800000001").is_empty(), "it was a dry run");
        // The good ones alone, all of them or none.
        let checked = send(&clerk, &rows[..3]);
        assert_eq!(apply(&clerk, &checked)["rows_done"], 3);
        for phone in ["13800000001", "13800000002", "13800000003"] {
            let found = found(&clerk, phone);
            assert_eq!(found.len(), 1, "{}: {phone}", app.engine());
            assert!(!json!(found).to_string().contains(phone), "masked");
        }
        // Once more: who is there already is nobody else.
        let again = send(&clerk, &rows[..1]);
        assert_eq!(again["rows_failed"], 1, "{again}");
        let rows = all(&clerk.client, &format!("/imports/{}/rows?outcome=failed", id(&again)));
        assert_eq!(rows[0]["code"], "people.document_taken", "{rows:?}");
    }
}

#[test]
fn a_file_of_numbers_is_no_way_around_the_log_and_the_limit_of_look_ups() {
    let settings = [("COMMONWEAL_UNMASK_ALARM_PER_HOUR", "1"), ("COMMONWEAL_UNMASK_LIMIT_PER_HOUR", "2")];
    for app in [TestApp::sqlite(&settings), TestApp::postgres(&settings)] {
        let world = World::build(&app);
        let numbers: Vec<String> = (1..=4).map(|n| card(&format!("44190019700101{n:03}"))).collect();
        for number in &numbers[..3] {
            let person = json!({ "unit_id": world.other_community, "name": "王五",
                "documents": [{ "kind": "id_card", "number": number }] });
            world.admin.post("/people", &person).expect(201);
        }
        let clerk = world.person("unit_admin", &world.street);
        let rows: Vec<String> =
            numbers.iter().map(|number| format!("赵六,横沥镇/恒泉社区,{number},,,,")).collect();
        // A dry run, and nothing of it is kept but what it told.
        let checked = send(&clerk, &rows);
        let failed = all(&clerk.client, &format!("/imports/{}/rows?outcome=failed", id(&checked)));
        let codes: Vec<&str> = failed.iter().map(|row| row["code"].as_str().expect("a code")).collect();
        let (taken, limit) = ("people.document_taken", "people.too_many_readings");
        assert_eq!(codes, [taken, taken, limit, limit], "{}: on record or not", app.engine());
        let auditor = world.person("audit_admin", &world.root);
        let log = all(&auditor.client, &format!("/people/unmaskings?reader={}", clerk.id));
        assert_eq!(log.len(), 2, "{log:?}");
        let alarms = all(&auditor.client, "/audit/events?action=people.unmasking.alarm");
        assert!(!alarms.is_empty(), "{}", app.engine());
    }
}

/// Whether the database holds a text anywhere.
fn lies_in_the_clear(engine: &Engine, text: &str) -> bool {
    match engine {
        Engine::Sqlite(path) => ["", "-wal"].iter().any(|tail| {
            let bytes = std::fs::read(format!("{}{tail}", path.display())).unwrap_or_default();
            bytes.windows(text.len()).any(|part| part == text.as_bytes())
        }),
        Engine::Postgres(_) => {
            let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
            tables(engine).keys().any(|table| {
                let rows = format!("{table} x where x::text like '%{text}%' or x::text like '%{hex}%'");
                count(engine, &rows) > 0
            })
        }
    }
}

#[test]
fn nothing_of_a_register_lies_in_the_clear() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let clerk = world.person("unit_admin", &world.street);
        let (number, phone, name) = (card("44190019660606007"), "13866660607", "欧阳不见明文");
        let checked = send(&clerk, &[format!("{name},横沥镇/恒泉社区,{number},{phone},恒泉路八十八号,,")]);
        let rows = all(&clerk.client, &format!("/imports/{}/rows", id(&checked)));
        assert_eq!(rows[0]["cells"][0], name, "the one who sent it reads it");
        assert_eq!(apply(&clerk, &checked)["rows_done"], 1);
        assert_eq!(found(&clerk, phone).len(), 1);
        let engine = &app.db.config.engine;
        assert!(lies_in_the_clear(engine, "恒泉社区"), "the search finds what is there");
        for secret in [number.as_str(), phone, name, "恒泉路八十八号"] {
            assert!(!lies_in_the_clear(engine, secret), "{}: {secret}", app.engine());
        }
    }
}
