//! The endpoints, as clients meet them.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::http::Method;
use actix_web::test;
use kernel::id::User;
use kernel::{Actor, Context, HeldGrant, Id, Outcome};
use parking_lot::Mutex;
use serde_json::{Value, json};
use web::{Authenticator, OneRealm, Parts, Realm, Settings, Site, System, WebPlugin};
use whistles::WhistlesPlugin;

use crate::world::*;

/// A token is the id of whoever carries it.
struct Tokens(Arc<Mutex<BTreeMap<Id<User>, Vec<HeldGrant>>>>);

impl Authenticator for Tokens {
    fn authenticate<'a>(&'a self, token: &'a str) -> Pin<Box<dyn Future<Output = Outcome<Arc<Actor>>> + 'a>> {
        Box::pin(async move {
            let user = token.parse().map_err(|_| kernel::error::FORBIDDEN.fault())?;
            let grants = self.0.lock().get(&user).cloned().ok_or_else(|| kernel::error::FORBIDDEN.fault())?;
            Ok(Arc::new(Actor { user, display_name: "某".into(), session: None, grants: grants.into() }))
        })
    }
}

fn plugins(w: &World) -> Vec<Arc<dyn WebPlugin>> {
    vec![Arc::new(System), Arc::new(WhistlesPlugin::new(w.s.clone()))]
}

fn site(w: &World) -> Site {
    let realm = Realm {
        name: "test".into(),
        db: w.db.db.clone(),
        time_zone: chrono_tz::Asia::Shanghai,
        authenticator: Arc::new(Tokens(w.users.clone())),
    };
    Site::new(Parts {
        plugins: plugins(w),
        realms: Arc::new(OneRealm(Arc::new(realm))),
        settings: Settings { rate_per_second: 0, ..Settings::default() },
        version: "0".into(),
        metrics: None,
        stopping: Arc::default(),
    })
}

/// Blocking calls do not belong on the runtime's thread.
fn worlds() -> Vec<World> {
    std::thread::spawn(World::each).join().unwrap()
}

/// What came back.
struct Got {
    status: u16,
    etag: Option<String>,
    body: Value,
}

impl Got {
    fn text(&self, field: &str) -> &str {
        self.body[field].as_str().unwrap_or_default()
    }
}

macro_rules! client {
    ($w:expr, $call:ident) => {
        let app = test::init_service(site(&$w).app()).await;
        let $call = async |who: &Context, method: Method, path: &str, tag: &str, body: Value| -> Got {
            let mut request = test::TestRequest::with_uri(&format!("/api/v1{path}"))
                .method(method.clone())
                .insert_header(("authorization", format!("Bearer {}", who.actor.user)));
            if !tag.is_empty() {
                request = request.insert_header(("if-match", tag));
            }
            if method != Method::GET {
                request = request.set_json(body);
            }
            let response = test::call_service(&app, request.to_request()).await;
            let etag = response.headers().get("etag").map(|v| v.to_str().unwrap().to_owned());
            let status = response.status().as_u16();
            let bytes = test::read_body(response).await;
            Got { status, etag, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
        };
    };
}

#[actix_web::test]
async fn nothing_is_wrong_with_the_plugin_and_its_document() {
    for w in worlds() {
        assert_eq!(web::check(&plugins(&w)), Vec::<String>::new());
    }
}

/// Runs what blocks off the runtime's thread.
fn beside<T: Send>(f: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| scope.spawn(f).join().unwrap())
}

#[actix_web::test]
async fn a_whistle_from_the_blowing_to_the_figures() {
    for w in worlds() {
        client!(w, call);
        let (secretary, urban, stranger) = (w.secretary(), w.handler(URBAN), w.handler(FIRE));
        let case = w.case(C1);
        let span = |count: i64, unit: &str| json!({ "count": count, "unit": unit });
        let body = json!({
            "incident_id": case, "department_ids": [w.unit(URBAN), w.unit(MARKET)], "wanted": "联合处置",
            "report_within": span(1, "working_hours"), "result_within": span(2, "calendar_days"),
        });
        let refused = call(&urban, Method::POST, "/whistles", "", body.clone()).await;
        assert_eq!((refused.status, refused.text("code")), (403, "kernel.forbidden"));
        let made = call(&secretary, Method::POST, "/whistles", "", body.clone()).await;
        assert_eq!((made.status, &made.body["can"]), (201, &json!(["withdraw"])), "{}", made.body);
        let again = call(&secretary, Method::POST, "/whistles", "", body).await;
        assert_eq!((again.status, again.text("code")), (409, "whistles.already_called"));
        let at = format!("/whistles/{}", made.text("id"));
        assert_eq!(call(&stranger, Method::GET, &at, "", Value::Null).await.status, 404);
        let mine = call(&urban, Method::GET, "/whistle-calls?state=called", "", Value::Null).await;
        assert_eq!(mine.status, 200, "{}", mine.body);
        let one = &mine.body["items"][0];
        assert_eq!((&one["department_name"], &one["unit_name"]), (&json!("城管局"), &json!("一社区")));
        assert_eq!(one["can"], json!(["report_in", "decline"]));
        assert_eq!(one["allowed_transitions"], json!(["report_in", "decline", "withdraw"]));
        let place = format!("/whistle-calls/{}", one["id"].as_str().unwrap());
        let unsaid =
            call(&urban, Method::POST, &format!("{place}/report-in"), "", json!({ "who_comes": "两人" }))
                .await;
        assert_eq!(unsaid.status, 428);
        let done = call(
            &urban,
            Method::POST,
            &format!("{place}/report-in"),
            "\"1\"",
            json!({ "who_comes": "两人" }),
        )
        .await;
        assert_eq!(
            (done.status, done.text("state"), done.etag.as_deref()),
            (200, "reported", Some("\"2\"")),
            "{}",
            done.body
        );
        let early =
            call(&secretary, Method::POST, &format!("{place}/grade"), "\"2\"", json!({ "grade": 5 })).await;
        assert_eq!(
            (early.status, early.text("code"), early.text("state")),
            (409, "whistles.not_then", "reported")
        );
        let done =
            call(&urban, Method::POST, &format!("{place}/result"), "\"2\"", json!({ "result": "已清理" }))
                .await;
        assert_eq!((done.status, done.text("state")), (200, "answered"), "{}", done.body);
        let done =
            call(&secretary, Method::POST, &format!("{place}/grade"), "\"3\"", json!({ "grade": 5 })).await;
        assert_eq!((done.status, done.text("state")), (200, "graded"), "{}", done.body);
        let history = call(&urban, Method::GET, &place, "", Value::Null).await;
        assert_eq!(history.body["steps"].as_array().unwrap().len(), 3, "{}", history.body);

        let other = made.body["calls"]
            .as_array()
            .unwrap()
            .iter()
            .find(|c| c["department_name"] == "市场监管局")
            .unwrap();
        let other = format!("/whistle-calls/{}", other["id"].as_str().unwrap());
        let market = w.handler(MARKET);
        let no = call(
            &market,
            Method::POST,
            &format!("{other}/decline"),
            "\"1\"",
            json!({ "reason": "不属管辖" }),
        )
        .await;
        assert_eq!((no.status, no.text("state")), (200, "declined"), "{}", no.body);
        let on = call(
            &secretary,
            Method::POST,
            &format!("{other}/decide"),
            "\"2\"",
            json!({ "accept": false, "note": "请到场" }),
        )
        .await;
        assert_eq!((on.status, on.text("state")), (200, "called"), "{}", on.body);
        let back = call(
            &secretary,
            Method::POST,
            &format!("{other}/withdraw"),
            "\"3\"",
            json!({ "reason": "误召" }),
        )
        .await;
        assert_eq!(
            (back.status, back.text("state"), &back.body["can"]),
            (200, "withdrawn", &json!([])),
            "{}",
            back.body
        );
        let ended = call(&secretary, Method::GET, &at, "", Value::Null).await;
        assert!(ended.body["ended_at"].is_string(), "{}", ended.body);
        let none =
            call(&secretary, Method::POST, &format!("{at}/withdraw"), "\"2\"", json!({ "reason": "晚了" }))
                .await;
        assert_eq!((none.status, none.text("code")), (409, "whistles.nothing_open"));
        let listed =
            call(&secretary, Method::GET, &format!("/whistles?incident={case}&limit=1"), "", Value::Null)
                .await;
        assert_eq!(listed.body["items"].as_array().unwrap().len(), 1);

        let path =
            |from: &str, to: &str| format!("/whistles/figures?unit={}&from={from}&to={to}", w.unit(C1));
        let today = w.db.db.clock().now().utc().date_naive();
        let (from, to) = (today.pred_opt().unwrap().to_string(), today.succ_opt().unwrap().to_string());
        let figures = call(&urban, Method::GET, &path(&from, &to), "", Value::Null).await;
        assert_eq!(figures.text("district_name"), "海沧区", "{}", figures.body);
        let one = &figures.body["items"][0];
        assert_eq!((&one["response_rate_bp"], &one["mean_grade_hundredths"]), (&json!(10_000), &json!(500)));
        assert_eq!(call(&stranger, Method::GET, &path(&from, &to), "", Value::Null).await.status, 404);
        for (a, b) in [(&to, &from), (&"2001-01-01".to_owned(), &to)] {
            assert_eq!(call(&urban, Method::GET, &path(a, b), "", Value::Null).await.status, 400);
        }
    }
}

#[actix_web::test]
async fn a_whistle_is_withdrawn_whole() {
    for w in worlds() {
        client!(w, call);
        let (secretary, whistle, _) = beside(|| w.blow(&[URBAN, MARKET]));
        let path = format!("/whistles/{}/withdraw", whistle.id);
        let done = call(&secretary, Method::POST, &path, "\"1\"", json!({ "reason": "误报" })).await;
        assert_eq!((done.status, &done.body["can"]), (200, &json!([])), "{}", done.body);
        assert!(done.body["calls"].as_array().unwrap().iter().all(|c| c["state"] == "withdrawn"));
    }
}
