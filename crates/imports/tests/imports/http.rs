//! The endpoints, as clients meet them.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::http::Method;
use actix_web::test as client;
use identity::gate::actors::actor_of;
use imports::ImportsPlugin;
use kernel::{Actor, BuiltinRole, Outcome};
use serde_json::{Value, json};
use storage::Db;
use web::{Authenticator, OneRealm, Parts, Realm, Settings, Site, System};

use crate::books::{book, rows};
use crate::setting::Town;

/// A token is the id of whoever carries it.
struct Tokens(Db);

impl Authenticator for Tokens {
    fn authenticate<'a>(&'a self, token: &'a str) -> Pin<Box<dyn Future<Output = Outcome<Arc<Actor>>> + 'a>> {
        Box::pin(async move {
            let user = token.parse().map_err(|_| kernel::error::FORBIDDEN.fault())?;
            let now = self.0.clock().now();
            let actor = self.0.read(move |tx| actor_of(tx, None, user, now)).await?;
            actor.map(Arc::new).ok_or_else(|| kernel::error::FORBIDDEN.fault())
        })
    }
}

fn site(t: &Town) -> Site {
    let realm = Realm {
        name: "test".into(),
        db: t.db.db.clone(),
        time_zone: chrono_tz::Asia::Shanghai,
        authenticator: Arc::new(Tokens(t.db.db.clone())),
    };
    Site::new(Parts {
        plugins: vec![Arc::new(System), Arc::new(ImportsPlugin::new(t.s.clone()))],
        realms: Arc::new(OneRealm(Arc::new(realm))),
        settings: Settings { rate_per_second: 0, ..Settings::default() },
        version: "0".into(),
        metrics: None,
        stopping: Arc::default(),
    })
}

struct Got {
    status: u16,
    text: String,
    json: Value,
}

macro_rules! ask {
    ($app:expr, $who:expr, $method:expr, $path:expr, $media:expr, $body:expr) => {{
        let request = client::TestRequest::default()
            .method($method)
            .uri(&format!("/api/v1{}", $path))
            .insert_header(("authorization", format!("Bearer {}", $who)))
            .insert_header(("accept-language", "zh"))
            .insert_header(("content-type", $media))
            .set_payload($body)
            .to_request();
        let answer = client::call_service(&$app, request).await;
        let status = answer.status().as_u16();
        let text = String::from_utf8(client::read_body(answer).await.to_vec()).unwrap();
        Got { status, json: serde_json::from_str(&text).unwrap_or(Value::Null), text }
    }};
}

#[test]
fn the_document_passes_the_lint() {
    let t = Town::each().remove(0);
    let plugins: Vec<Arc<dyn web::WebPlugin>> =
        vec![Arc::new(System), Arc::new(ImportsPlugin::new(t.s.clone()))];
    assert_eq!(web::check(&plugins), Vec::<String>::new());
}

#[actix_web::test]
async fn a_spreadsheet_of_grid_workers_goes_its_way() {
    let towns = actix_web::web::block(Town::each).await.unwrap();
    for t in towns {
        let app = client::init_service(site(&t).app()).await;
        let (chief, json_type) = (t.chief, "application/json");
        let kinds = ask!(app, chief, Method::GET, "/import-kinds", json_type, "");
        assert_eq!(kinds.json["items"][0]["columns"][0]["name"], "login", "{}", kinds.text);
        let made = ask!(
            app,
            chief,
            Method::POST,
            "/imports",
            json_type,
            json!({ "kind": "users", "filename": "网格员.xlsx", "atomic": false }).to_string()
        );
        assert_eq!((made.status, made.json["state"].as_str()), (201, Some("awaiting_file")), "{}", made.text);
        let id = made.json["id"].as_str().unwrap().to_owned();
        let content = format!("/imports/{id}/content");
        let other = ask!(app, chief, Method::PUT, content, "image/png", "x");
        assert_eq!((other.status, other.json["code"].as_str()), (415, Some("imports.not_a_list")));
        let large = ask!(app, chief, Method::PUT, content, "text/csv", vec![b'x'; 9 << 20]);
        assert_eq!(large.status, 413, "{}", large.text);
        let formula =
            book(&rows(&[&["登录名", "姓名", "单元"], &["wang", "<><f>A1</f><v>1</v>", "441900106001"]]));
        let formula = ask!(app, chief, Method::PUT, content, "application/octet-stream", formula);
        assert_eq!(
            (formula.status, formula.json["errors"][0]["pointer"].as_str()),
            (422, Some("B2")),
            "{}",
            formula.text
        );
        let good = book(&rows(&[
            &["登录名", "姓名", "单元"],
            &["wang", "王", "恒泉社区"],
            &["li", "李", "没有的社区"],
            &["=cmd", "赵", "恒泉社区"],
        ]));
        let sent = ask!(
            app,
            chief,
            Method::PUT,
            content,
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            good
        );
        assert_eq!((sent.status, sent.json["state"].as_str()), (200, Some("checking")), "{}", sent.text);
        while imports::worker::once(&t.db.db, "worker", &t.s).await.unwrap() {}
        let read = ask!(app, chief, Method::GET, format!("/imports/{id}"), json_type, "");
        assert_eq!(
            (read.json["rows_passed"].as_i64(), read.json["rows_failed"].as_i64()),
            (Some(1), Some(2)),
            "{}",
            read.text
        );
        assert_eq!(read.json["can"], json!(["upload", "apply", "withdraw"]));
        let failed = ask!(
            app,
            chief,
            Method::GET,
            format!("/imports/{id}/rows?outcome=failed&limit=1"),
            json_type,
            ""
        );
        assert_eq!(failed.json["items"][0]["line"], 3);
        assert_eq!(failed.json["items"][0]["errors"][0]["message"], "引用的对象不存在。", "{}", failed.text);
        let cursor = failed.json["next_cursor"].as_str().unwrap();
        let second = ask!(
            app,
            chief,
            Method::GET,
            format!("/imports/{id}/rows?outcome=failed&limit=1&cursor={cursor}"),
            json_type,
            ""
        );
        assert_eq!(
            (second.json["items"][0]["line"].as_i64(), second.json.get("next_cursor")),
            (Some(4), None)
        );
        let rest = ask!(app, chief, Method::GET, format!("/imports/{id}/failed.csv"), json_type, "");
        let lines: Vec<&str> = rest.text.lines().collect();
        assert_eq!(lines[0], "\u{feff}error_line,error_reason,登录名,姓名,单元");
        assert!(lines[1].starts_with("3,") && lines[1].ends_with(",li,李,没有的社区"), "{}", rest.text);
        assert!(lines[2].ends_with(",'=cmd,赵,恒泉社区"), "no cell is taken for a formula: {}", rest.text);
        // The rest goes in again as it is: its own columns do no harm.
        let again = ask!(
            app,
            chief,
            Method::POST,
            "/imports",
            json_type,
            json!({ "kind": "users", "filename": "again.csv" }).to_string()
        );
        let again = format!("/imports/{}/content", again.json["id"].as_str().unwrap());
        assert_eq!(ask!(app, chief, Method::PUT, again, "text/csv", rest.text.clone()).status, 200);
        // Applying needs the version that was looked at.
        let apply = format!("/imports/{id}/apply");
        assert_eq!(ask!(app, chief, Method::POST, apply, json_type, "{}").status, 428);
        assert_eq!(
            ask!(app, chief, Method::POST, apply, json_type, json!({ "version": 1 }).to_string()).status,
            412
        );
        let version = json!({ "version": read.json["version"] }).to_string();
        let accepted = ask!(app, chief, Method::POST, apply, json_type, version.clone());
        assert_eq!(
            (accepted.status, accepted.json["state"].as_str()),
            (202, Some("applying")),
            "{}",
            accepted.text
        );
        while imports::worker::once(&t.db.db, "worker", &t.s).await.unwrap() {}
        let read = ask!(app, chief, Method::GET, format!("/imports/{id}"), json_type, "");
        assert_eq!(
            (read.json["state"].as_str(), read.json["rows_done"].as_i64()),
            (Some("applied"), Some(1)),
            "{}",
            read.text
        );
        let listed = ask!(app, chief, Method::GET, "/imports?kind=users", json_type, "");
        assert_eq!(listed.json["items"].as_array().unwrap().len(), 2);
        let users = ask!(app, chief, Method::GET, "/exports/users.csv", json_type, "");
        assert!(
            users.status == 200 && users.text.contains("\r\nwang,王,441900106001,恒泉社区,enabled\r\n"),
            "{}",
            users.text
        );
        assert_eq!(ask!(app, chief, Method::GET, "/exports/secrets.csv", json_type, "").status, 404);
        assert_eq!(ask!(app, chief, Method::GET, "/exports/secrets.xlsx", json_type, "").status, 404);
        // The same list as a workbook, which an import takes as it is: nothing in it is new.
        let request = client::TestRequest::get()
            .uri("/api/v1/exports/users.xlsx")
            .insert_header(("authorization", format!("Bearer {chief}")))
            .to_request();
        let answer = client::call_service(&app, request).await;
        assert_eq!(answer.status().as_u16(), 200);
        let head = |name: &str| answer.headers().get(name).unwrap().to_str().unwrap().to_owned();
        assert_eq!(head("content-disposition"), "attachment; filename=\"users.xlsx\"");
        let size: usize = head("content-length").parse().unwrap();
        let workbook = client::read_body(answer).await;
        assert_eq!(workbook.len(), size);
        let made = json!({ "kind": "users", "filename": "users.xlsx" }).to_string();
        let again = ask!(app, chief, Method::POST, "/imports", json_type, made);
        let again = again.json["id"].as_str().unwrap().to_owned();
        let content = format!("/imports/{again}/content");
        let sent = ask!(app, chief, Method::PUT, content, "application/octet-stream", workbook);
        assert_eq!(sent.status, 200, "{}", sent.text);
        let rows = i64::try_from(users.text.lines().count() - 1).unwrap();
        assert_eq!(sent.json["rows_total"], rows, "{}", sent.text);
    }
}

#[actix_web::test]
async fn what_is_not_wanted_any_more_is_withdrawn_and_makes_room() {
    let towns = actix_web::web::block(Town::each).await.unwrap();
    for t in towns {
        let app = client::init_service(site(&t).app()).await;
        let (chief, json_type) = (t.chief, "application/json");
        let made = json!({ "kind": "users", "filename": "u.csv" }).to_string();
        let mut last = Value::Null;
        loop {
            let answer = ask!(app, chief, Method::POST, "/imports", json_type, made.clone());
            if answer.status != 201 {
                assert_eq!(answer.json["code"], "imports.too_many_open", "{}", answer.text);
                break;
            }
            last = answer.json;
        }
        let path = format!("/imports/{}", last["id"].as_str().unwrap());
        let withdraw = |version: Value| json!({ "version": version }).to_string();
        let stale = ask!(app, chief, Method::POST, format!("{path}/withdraw"), json_type, withdraw(json!(9)));
        assert_eq!(stale.status, 412, "{}", stale.text);
        let over = ask!(
            app,
            chief,
            Method::POST,
            format!("{path}/withdraw"),
            json_type,
            withdraw(last["version"].clone())
        );
        assert_eq!(
            (over.status, &over.json["state"], &over.json["can"]),
            (200, &json!("failed"), &json!([])),
            "{}",
            over.text
        );
        assert!(over.text.contains("imports.withdrawn"), "{}", over.text);
        let again = ask!(
            app,
            chief,
            Method::POST,
            format!("{path}/withdraw"),
            json_type,
            withdraw(over.json["version"].clone())
        );
        assert_eq!((again.status, &again.json["code"]), (409, &json!("imports.state")), "{}", again.text);
        assert_eq!(ask!(app, chief, Method::POST, "/imports", json_type, made.clone()).status, 201);
    }
}

#[actix_web::test]
async fn others_imports_are_not_there() {
    let towns = actix_web::web::block(Town::each).await.unwrap();
    for t in towns {
        let t = Arc::new(t);
        let here = Arc::clone(&t);
        let (admin, worker, import) = actix_web::web::block(move || {
            let admin = here.person("admin1", here.here, Some(BuiltinRole::UnitAdmin));
            let worker = here.person("worker", here.here, Some(BuiltinRole::GridWorker));
            (admin, worker, here.make(here.chief, "users", true, true).unwrap().id)
        })
        .await
        .unwrap();
        let app = client::init_service(site(&t).app()).await;
        for (method, path) in [
            (Method::GET, format!("/imports/{import}")),
            (Method::GET, format!("/imports/{import}/rows")),
            (Method::GET, format!("/imports/{import}/failed.csv")),
            (Method::PUT, format!("/imports/{import}/content")),
            (Method::POST, format!("/imports/{import}/apply")),
            (Method::POST, format!("/imports/{import}/withdraw")),
        ] {
            let got = ask!(
                app,
                admin,
                method.clone(),
                path,
                "application/json",
                json!({ "version": 1 }).to_string()
            );
            assert_eq!(got.status, 404, "{method} {path}: {}", got.text);
        }
        assert_eq!(
            ask!(app, admin, Method::GET, "/imports", "application/json", "").json["items"],
            json!([])
        );
        let refused = ask!(
            app,
            worker,
            Method::POST,
            "/imports",
            "application/json",
            json!({ "kind": "users", "filename": "x" }).to_string()
        );
        assert_eq!(
            (refused.status, refused.json["missing"][0]["permission"].as_str()),
            (403, Some("identity.user.manage"))
        );
        for kind in ["csv", "xlsx"] {
            let path = format!("/exports/users.{kind}");
            assert_eq!(ask!(app, worker, Method::GET, path, "application/json", "").status, 403);
        }
        let assigned = ask!(
            app,
            admin,
            Method::POST,
            "/imports",
            "application/json",
            json!({ "kind": "users", "filename": "x", "owner_id": worker, "state": "checked" }).to_string()
        );
        assert_eq!(assigned.status, 422, "what is not asked for is not taken");
    }
}
