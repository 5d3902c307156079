//! The endpoints, as clients meet them.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::http::{Method, StatusCode};
use actix_web::test;
use calendar::CalendarPlugin;
use kernel::id::User;
use kernel::{Actor, BuiltinRole, Context, HeldGrant, Id, Outcome};
use parking_lot::Mutex;
use serde_json::{Value, json};
use web::{Authenticator, OneRealm, Parts, Realm, Settings, Site, System, WebPlugin};

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
    vec![Arc::new(System), Arc::new(CalendarPlugin::new(w.s.clone()))]
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
    replayed: bool,
    etag: Option<String>,
    body: Value,
}

impl Got {
    fn text(&self, field: &str) -> &str {
        self.body[field].as_str().unwrap_or_default()
    }

    /// The first bad field and its code.
    fn bad(&self) -> (&str, &str) {
        let field = &self.body["errors"][0];
        (field["pointer"].as_str().unwrap_or_default(), field["code"].as_str().unwrap_or_default())
    }
}

macro_rules! client {
    ($w:expr, $call:ident) => {
        let app = test::init_service(site(&$w).app()).await;
        let $call =
            async |who: &Context, method: Method, path: &str, head: &[(&str, &str)], body: Value| -> Got {
                let mut request = test::TestRequest::with_uri(&format!("/api/v1{path}"))
                    .method(method.clone())
                    .insert_header(("authorization", format!("Bearer {}", who.actor.user)));
                for (name, value) in head {
                    request = request.insert_header((*name, *value));
                }
                if method != Method::GET {
                    request = request.set_json(body);
                }
                let response = test::call_service(&app, request.to_request()).await;
                let text = |name: &str| response.headers().get(name).map(|v| v.to_str().unwrap().to_owned());
                let (etag, replayed) = (text("etag"), text("idempotency-replayed").is_some());
                let status = response.status().as_u16();
                let bytes = test::read_body(response).await;
                Got { status, replayed, etag, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
            };
    };
}

fn hours(weekday: &str, opens: &str, closes: &str) -> Value {
    json!({ "weekday": weekday, "opens": opens, "closes": closes })
}

fn body(w: &World, unit: usize) -> Value {
    json!({
        "unit_id": w.unit(unit), "name": "政务服务中心",
        "hours": [hours("monday", "09:00", "12:00"), hours("saturday", "09:00", "11:00")],
    })
}

#[actix_web::test]
async fn the_document_is_without_a_finding() {
    for w in worlds() {
        let document = web::document::assemble(&plugins(&w), "0");
        let found: Vec<String> = web::lint::lint(&document).iter().map(ToString::to_string).collect();
        assert_eq!(found, Vec::<String>::new());
    }
}

#[actix_web::test]
async fn a_calendar_from_its_making_to_its_end() {
    for w in worlds() {
        client!(w, call);
        let (clerk, worker) = (w.clerk(), w.role(BuiltinRole::GridWorker, C1));
        let key = [("idempotency-key", "make-1")];
        let made = call(&clerk, Method::POST, "/calendars", &key, body(&w, TOWN1)).await;
        assert_eq!((made.status, made.etag.as_deref()), (201, Some("\"1\"")), "{}", made.body);
        assert_eq!(made.body["hours"][1], hours("saturday", "09:00", "11:00"));
        assert_eq!((made.text("follows"), made.body.get("time_zone")), ("above", None));
        let again = call(&clerk, Method::POST, "/calendars", &key, body(&w, TOWN1)).await;
        assert_eq!((again.status, again.replayed, &again.body), (201, true, &made.body));
        let second = call(&clerk, Method::POST, "/calendars", &[], body(&w, TOWN1)).await;
        assert_eq!((second.status, second.text("code")), (409, "calendar.unit_has_one"));
        let at = format!("/calendars/{}", made.text("id"));

        let seen = call(&worker, Method::GET, &at, &[], Value::Null).await;
        assert_eq!((seen.status, &seen.body["can"]), (200, &json!([])), "what is above bears on them");
        let seen = call(&clerk, Method::GET, &at, &[], Value::Null).await;
        assert_eq!(seen.body["can"], json!(["change", "put_year", "end"]));
        let listed = call(&worker, Method::GET, "/calendars", &[], Value::Null).await;
        assert_eq!(listed.body["items"], json!([]), "a list is of one's own units");

        let patch = json!({ "follows": "week", "time_zone": "Asia/Urumqi", "from_on": "2090-01-01" });
        let unsaid = call(&clerk, Method::PATCH, &at, &[], patch.clone()).await;
        assert_eq!(unsaid.status, 428);
        let stale = call(&clerk, Method::PATCH, &at, &[("if-match", "\"7\"")], patch.clone()).await;
        assert_eq!((stale.status, stale.text("code")), (412, "kernel.stale"));
        let changed = call(&clerk, Method::PATCH, &at, &[("if-match", "\"1\"")], patch).await;
        assert_eq!(
            (changed.status, changed.text("follows")),
            (200, "above"),
            "not before the day: {}",
            changed.body
        );
        let versions = call(&worker, Method::GET, &format!("{at}/versions?limit=1"), &[], Value::Null).await;
        let newest = &versions.body["items"][0];
        assert_eq!((&newest["number"], &newest["follows"]), (&json!(2), &json!("week")));
        let next = format!("{at}/versions?limit=1&cursor={}", versions.text("next_cursor"));
        let older = call(&worker, Method::GET, &next, &[], Value::Null).await;
        assert_eq!((&older.body["items"][0]["number"], older.body.get("next_cursor")), (&json!(1), None));

        let days = json!([
            { "on": "2090-03-03", "kind": "closed", "name": "三月三" },
            { "on": "2090-03-05", "kind": "swapped", "works_as": "monday", "name": "调休" },
            { "on": "2090-03-06", "kind": "hours", "hours": [{ "opens": "10:00", "closes": "24:00" }], "name": "开放日" },
        ]);
        let put = json!({ "is_complete": true, "days": days, "version": 2 });
        let year = format!("{at}/years/2090");
        assert_eq!(call(&clerk, Method::GET, &year, &[], Value::Null).await.status, 404);
        let put = call(&clerk, Method::PUT, &year, &[], put).await;
        assert_eq!((put.status, put.etag.as_deref()), (200, Some("\"3\"")), "{}", put.body);
        let shown = call(&worker, Method::GET, &year, &[], Value::Null).await;
        assert_eq!(
            (&shown.body["days"], shown.body["days"][2]["hours"][0]["closes"].as_str()),
            (&put.body["days"], Some("24:00"))
        );
        assert_eq!(call(&clerk, Method::GET, &at, &[], Value::Null).await.body["years"], json!([2090]));

        let ended =
            call(&clerk, Method::POST, &format!("{at}/end"), &[("if-match", "\"3\"")], json!({})).await;
        assert_eq!((ended.status, &ended.body["is_ended"]), (200, &json!(true)), "{}", ended.body);
        let listed = call(&clerk, Method::GET, "/calendars?limit=1", &[], Value::Null).await;
        assert_eq!(listed.body["items"][0]["version"], json!(4), "ended ones too");
    }
}

#[actix_web::test]
async fn which_calendar_holds_and_when_something_is_due() {
    for w in worlds() {
        client!(w, call);
        let (clerk, worker) = (w.clerk(), w.role(BuiltinRole::GridWorker, C1));
        let resolve = format!("/calendars/resolve?unit={}&day=2026-10-10", w.unit(C1));
        let zh = [("accept-language", "zh-CN")];
        let standard = call(&worker, Method::GET, &resolve, &zh, Value::Null).await;
        assert_eq!(
            (standard.status, standard.text("kind"), standard.text("name")),
            (200, "swapped", "国庆节调休"),
            "{}",
            standard.body
        );
        assert_eq!(
            standard.body["hours"],
            json!([{ "opens": "09:00", "closes": "12:00" }, { "opens": "14:00", "closes": "18:00" }])
        );
        assert_eq!(
            (standard.body["sources"].as_array().unwrap().len(), &standard.body["sources"][0]["number"]),
            (1, &json!(0))
        );
        let unknown = call(
            &worker,
            Method::GET,
            &format!("/calendars/resolve?unit={}&day=2027-01-01", w.unit(C1)),
            &[],
            Value::Null,
        )
        .await;
        assert_eq!((unknown.text("kind"), &unknown.body["is_known"]), ("unknown", &json!(false)));

        let ask = json!({ "unit_id": w.unit(C1), "start_at": "2026-02-13T16:00:00+08:00", "count": 2, "span_unit": "working_days" });
        let due = call(&worker, Method::POST, "/calendars/compute", &zh, ask.clone()).await;
        assert_eq!(
            (due.status, due.text("state"), due.text("due_at")),
            (200, "due", "2026-02-24T10:00:00Z"),
            "{}",
            due.body
        );
        let days = due.body["days"].as_array().unwrap();
        let notes: Vec<&str> = days.iter().map(|d| d["note"].as_str().unwrap()).collect();
        assert_eq!(
            (days.len(), notes[0], notes[1], notes[2], notes[11]),
            (12, "start", "counted", "closed", "counted")
        );
        assert_eq!((days[2]["name"].as_str(), days[11]["counted"].as_i64()), (Some("春节"), Some(2)));
        let mut paused = ask.clone();
        paused["pauses"] = json!([{ "from_at": "2026-02-14T00:00:00+08:00" }]);
        paused["until_at"] = json!("2026-02-13T17:30:00+08:00");
        let standing = call(&worker, Method::POST, "/calendars/compute", &[], paused).await;
        assert_eq!(
            (standing.text("state"), standing.body.get("due_at")),
            ("standing", None),
            "{}",
            standing.body
        );
        assert_eq!((&standing.body["left"], &standing.body["elapsed_minutes"]), (&json!(2), &json!(90)));
        let mut late = ask.clone();
        late["start_at"] = json!("2026-12-31T16:00:00+08:00");
        let missing = call(&worker, Method::POST, "/calendars/compute", &zh, late).await;
        assert_eq!(
            (missing.status, missing.text("code"), &missing.body["year"]),
            (409, "calendar.year_missing", &json!(2027))
        );
        assert!(missing.body.to_string().contains("尚未公布"), "{}", missing.body);

        // A calendar of the unit's own, from today on; the deadline by what was known before stays.
        let mut new = body(&w, C1);
        new["follows"] = json!("week");
        let made = call(&clerk, Method::POST, "/calendars", &[], new).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let here = format!("/calendars/resolve?unit={}", w.unit(C1));
        let own = call(&worker, Method::GET, &here, &[], Value::Null).await;
        assert_eq!(
            (own.body["sources"].as_array().unwrap().len(), own.text("time_zone")),
            (1, "Asia/Shanghai"),
            "{}",
            own.body
        );
        assert_eq!(
            (&own.body["sources"][0]["calendar_id"], &own.body["sources"][0]["gives_exceptions"]),
            (&made.body["id"], &json!(true))
        );
        let published = call(&worker, Method::GET, "/calendars/published", &[], Value::Null).await;
        assert_eq!(published.body["years"].as_array().map(Vec::len), Some(2));
        assert!(published.body["years"][1]["origin"].as_str().unwrap().contains("国办发明电〔2025〕7号"));
        assert_eq!(published.body["years"][1]["days"][0]["name"], "New Year's Day");
    }
}

#[actix_web::test]
async fn bad_input_is_told_what_is_wrong_with_it() {
    for w in worlds() {
        client!(w, call);
        let (clerk, other) = (w.clerk(), w.role(BuiltinRole::UnitAdmin, TOWN2));
        let nobody = w.person(DISTRICT, &[]);
        let with = |field: &str, value: Value| {
            let mut all = body(&w, TOWN1);
            all[field] = value;
            all
        };
        for (sent, pointer, code) in [
            (
                with("hours", json!([hours("monday", "12:00", "09:00")])),
                "/hours/0/closes",
                "calendar.hours_order",
            ),
            (
                with("hours", json!([hours("monday", "09:00", "25:00")])),
                "/hours/0/closes",
                "calendar.time_of_day",
            ),
            (
                with("hours", json!([hours("monday", "09:00", "12:00"), hours("monday", "11:00", "13:00")])),
                "/hours/1",
                "calendar.hours_overlap",
            ),
            (
                with("hours", json!([hours("someday", "09:00", "12:00")])),
                "/hours/0/weekday",
                "kernel.field_choice",
            ),
            (with("time_zone", json!("UTC+8")), "/time_zone", "calendar.time_zone"),
            (with("from_on", json!("2020-01-01")), "/from_on", "calendar.past"),
            (with("from_on", json!("2026-02-30")), "/from_on", "web.unreadable_value"),
            (with("holidays", json!([])), "/holidays", "web.unknown_field"),
            (
                with("unit_id", json!("01900000-0000-7000-8000-000000000001")),
                "/unit_id",
                "kernel.field_unknown_reference",
            ),
        ] {
            let got = call(&clerk, Method::POST, "/calendars", &[], sent).await;
            assert_eq!((got.status, got.bad()), (422, (pointer, code)), "{}", got.body);
        }
        let made = call(&clerk, Method::POST, "/calendars", &[], body(&w, TOWN1)).await;
        let at = format!("/calendars/{}", made.text("id"));
        let twice = json!({ "is_complete": false, "version": 1, "days": [
            { "on": "2090-03-03", "kind": "closed", "name": "a" },
            { "on": "2090-03-03", "kind": "swapped", "works_as": "monday", "name": "b" } ] });
        let got = call(&clerk, Method::PUT, &format!("{at}/years/2090"), &[], twice).await;
        assert_eq!((got.status, got.bad()), (422, ("/days/1/on", "calendar.day_twice")), "{}", got.body);
        let none = json!({ "is_complete": false, "version": 1, "days": [] });
        for (who, method, path, sent, status) in [
            (&clerk, Method::PUT, format!("{at}/years/20x6"), none.clone(), 404),
            (&clerk, Method::PUT, format!("{at}/years/1900"), none.clone(), 422),
            (
                &clerk,
                Method::PUT,
                format!("{at}/years/2090"),
                json!({ "is_complete": false, "days": [] }),
                428,
            ),
            (&other, Method::PUT, format!("{at}/years/2090"), none, 404),
            (&other, Method::GET, at.clone(), Value::Null, 404),
            (&other, Method::GET, format!("{at}/versions"), Value::Null, 404),
            (&other, Method::POST, format!("{at}/end"), json!({ "version": 1 }), 404),
            (&other, Method::POST, "/calendars".to_owned(), body(&w, C1), 403),
            (&other, Method::GET, format!("/calendars/resolve?unit={}", w.unit(C1)), Value::Null, 403),
            (&clerk, Method::GET, "/calendars/resolve".to_owned(), Value::Null, 400),
            (
                &clerk,
                Method::GET,
                format!("/calendars/resolve?unit={}&day=2500-01-01", w.unit(C1)),
                Value::Null,
                422,
            ),
            (&clerk, Method::GET, format!("/calendars/resolve?unit={}&day=x", w.unit(C1)), Value::Null, 400),
            (&clerk, Method::GET, "/calendars/nothing".to_owned(), Value::Null, 404),
            (&clerk, Method::GET, "/calendars?cursor=abc".to_owned(), Value::Null, 400),
            (&nobody, Method::GET, "/calendars".to_owned(), Value::Null, 403),
            (&nobody, Method::GET, "/calendars/published".to_owned(), Value::Null, 403),
        ] {
            let got = call(who, method, &path, &[], sent).await;
            assert_eq!(got.status, status, "{path}: {}", got.body);
        }
        let ask = json!({ "unit_id": w.unit(C1), "start_at": "2026-02-13T16:00:00+08:00", "count": 3, "span_unit": "working_days" });
        let with = |field: &str, value: Value| {
            let mut all = ask.clone();
            all[field] = value;
            all
        };
        let backwards = json!([{ "from_at": "2026-02-14T00:00:00Z", "until_at": "2026-02-13T00:00:00Z" }]);
        let flood = vec![json!({ "from_at": "2026-02-14T00:00:00Z" }); 1_001];
        for (sent, status, pointer, code) in [
            (with("count", json!(0)), 422, "/count", "calendar.span_range"),
            (with("count", json!(-1)), 422, "/count", "calendar.span_range"),
            (with("count", json!(400 * 366)), 422, "/count", "calendar.span_range"),
            (with("pauses", backwards), 422, "/pauses/0/until_at", "calendar.pause_order"),
            (with("pauses", json!(flood)), 422, "/pauses", "kernel.field_length"),
            (with("span_unit", json!("years")), 422, "/span_unit", "kernel.field_choice"),
            (with("start_at", json!("2026-02-13")), 422, "/start_at", "web.unreadable_value"),
            (
                with("unit_id", json!("01900000-0000-7000-8000-000000000001")),
                422,
                "/unit_id",
                "kernel.field_unknown_reference",
            ),
        ] {
            let got = call(&clerk, Method::POST, "/calendars/compute", &[], sent).await;
            assert_eq!((got.status, got.bad()), (status, (pointer, code)), "{}", got.body);
        }
        let far = with("start_at", json!("2426-02-13T16:00:00Z"));
        let got = call(&clerk, Method::POST, "/calendars/compute", &[], far).await;
        assert_eq!((got.status, got.text("code")), (422, "calendar.too_far"), "{}", got.body);
        let got = call(&other, Method::POST, "/calendars/compute", &[], ask).await;
        assert_eq!(got.status, u16::from(StatusCode::FORBIDDEN));
    }
}
