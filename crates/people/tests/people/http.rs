//! The endpoints, as clients meet them.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::http::{Method, StatusCode};
use actix_web::test;
use kernel::{Actor, BuiltinRole, Context, Outcome};
use people::PeoplePlugin;
use serde_json::{Value, json};
use web::{Authenticator, OneRealm, Parts, Realm, Settings, Site, System, WebPlugin};

use crate::world::*;

/// A token is the id of whoever carries it.
struct Tokens(Arc<FakeUsers>);

impl Authenticator for Tokens {
    fn authenticate<'a>(&'a self, token: &'a str) -> Pin<Box<dyn Future<Output = Outcome<Arc<Actor>>> + 'a>> {
        Box::pin(async move {
            let user = token.parse().map_err(|_| kernel::error::FORBIDDEN.fault())?;
            let (name, grants) =
                self.0.0.lock().get(&user).cloned().ok_or_else(|| kernel::error::FORBIDDEN.fault())?;
            Ok(Arc::new(Actor { user, display_name: name.into(), session: None, grants: grants.into() }))
        })
    }
}

fn plugins(w: &World) -> Vec<Arc<dyn WebPlugin>> {
    vec![Arc::new(System), Arc::new(PeoplePlugin::new(w.s.clone()))]
}

pub fn site(w: &World) -> Site {
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
pub fn worlds() -> Vec<World> {
    std::thread::spawn(World::each).join().unwrap()
}

/// What came back.
pub struct Got {
    pub status: StatusCode,
    pub replayed: bool,
    pub cache: Option<String>,
    pub body: Value,
}

impl Got {
    pub fn text(&self, field: &str) -> &str {
        self.body[field].as_str().unwrap_or_default()
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
                let (cache, replayed) = (text("cache-control"), text("idempotency-replayed").is_some());
                let status = response.status();
                let bytes = test::read_body(response).await;
                Got { status, replayed, cache, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
            };
    };
}

pub(crate) use client;

pub fn body(w: &World) -> Value {
    json!({
        "unit_id": w.unit(C1A), "name": "张三丰", "phones": ["+86 138-1234-5678"],
        "documents": [{ "kind": "id_card", "number": ID }],
        "addresses": [{ "kind": "home", "text": ADDRESS }],
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
async fn a_person_from_the_entry_to_the_tombstone() {
    for w in worlds() {
        client!(w, call);
        let (clerk, reader, worker) = (w.clerk(), w.reader(DISTRICT), w.role(BuiltinRole::GridWorker, C1A));
        let auditor = w.role(BuiltinRole::AuditAdmin, DISTRICT);
        let made = call(&clerk, Method::POST, "/people", &[("idempotency-key", "enter-1")], body(&w)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        assert_eq!((made.text("name"), &made.body["phones"]), ("张**", &json!(["138****5678"])));
        assert_eq!(made.body["documents"][0]["number"], "110105********002X");
        assert_eq!(made.body["addresses"][0]["text"], "广东省东莞市横沥镇恒泉社区***");
        let again = call(&clerk, Method::POST, "/people", &[("idempotency-key", "enter-1")], body(&w)).await;
        assert_eq!((again.status, again.replayed, &again.body), (StatusCode::CREATED, true, &made.body));
        let mut other = body(&w);
        other["name"] = json!("李四");
        let reused = call(&clerk, Method::POST, "/people", &[("idempotency-key", "enter-1")], other).await;
        assert_eq!(reused.status.as_u16(), 422);
        let id = made.text("id").to_owned();
        let at = format!("/people/{id}");
        let shown = call(&worker, Method::GET, &at, &[], Value::Null).await;
        assert_eq!((shown.status, &shown.body["can"]), (StatusCode::OK, &json!(["flag", "record_consent"])));
        let listed = call(&worker, Method::GET, "/people?limit=1", &[], Value::Null).await;
        assert_eq!(listed.body["items"][0]["id"], id.as_str());

        let ask = json!({ "purpose": PURPOSE, "fields": ["phones", "birth_on"] });
        let unmask = format!("{at}/unmask");
        let read = call(&reader, Method::POST, &unmask, &[("idempotency-key", "read-1")], ask.clone()).await;
        assert_eq!(read.status, StatusCode::OK, "{}", read.body);
        assert_eq!((&read.body["phones"], read.text("birth_on")), (&json!([PHONE]), "1949-12-31"));
        assert_eq!((read.body.get("name"), read.cache.as_deref()), (None, Some("no-store")));
        let twice = call(&reader, Method::POST, &unmask, &[("idempotency-key", "read-1")], ask.clone()).await;
        assert!(
            !twice.replayed && twice.text("reading_id") != read.text("reading_id"),
            "it is another reading"
        );
        for who in [&clerk, &worker, &auditor, &w.role(BuiltinRole::PlatformAdmin, DISTRICT)] {
            assert_eq!(
                call(who, Method::POST, &unmask, &[], ask.clone()).await.status,
                StatusCode::FORBIDDEN
            );
        }
        let find = json!({ "kind": "phone", "number": PHONE, "purpose": PURPOSE });
        let found = call(&worker, Method::POST, "/people/lookup", &[], find).await;
        assert_eq!(
            (found.status, &found.body["found"][0]["id"]),
            (StatusCode::OK, &json!(id)),
            "{}",
            found.body
        );
        let log = call(&auditor, Method::GET, &format!("{at}/unmaskings"), &[], Value::Null).await;
        assert_eq!(log.body["items"].as_array().map(Vec::len), Some(3), "{}", log.body);
        assert!(!log.body.to_string().contains('张') && !log.body.to_string().contains(PHONE));
        assert_eq!(call(&auditor, Method::GET, &at, &[], Value::Null).await.status, StatusCode::FORBIDDEN);
        let by = format!("/people/unmaskings?reader={}", worker.actor.user);
        let log = call(&auditor, Method::GET, &by, &[], Value::Null).await;
        assert_eq!(log.body["items"][0]["kind"], "lookup", "{}", log.body);

        let patch = json!({ "phones": ["13900001111"], "clear": ["birth_on"], "status": "away" });
        let unsaid = call(&clerk, Method::PATCH, &at, &[], patch.clone()).await;
        assert_eq!(unsaid.status.as_u16(), 428);
        let changed = call(&clerk, Method::PATCH, &at, &[("if-match", "\"1\"")], patch).await;
        assert_eq!(
            (changed.text("status"), &changed.body["version"]),
            ("away", &json!(2)),
            "{}",
            changed.body
        );

        let flag = json!({ "kind": "living_alone", "reason": "独居" });
        let flag =
            call(&worker, Method::POST, &format!("{at}/flags"), &[("idempotency-key", "flag")], flag).await;
        assert_eq!((flag.status, flag.text("reason")), (StatusCode::CREATED, "独居"), "{}", flag.body);
        let end = format!("{at}/flags/{}/end", flag.text("id"));
        assert_eq!(
            call(&worker, Method::POST, &end, &[("if-match", "\"1\"")], json!({})).await.status,
            StatusCode::OK
        );
        let consent = json!({ "kind": "home_visits", "means": "spoken" });
        let consent = call(&worker, Method::POST, &format!("{at}/consents"), &[], consent).await;
        assert_eq!(consent.status, StatusCode::CREATED, "{}", consent.body);
        let login = w.person("三丰", C1A, &[]);
        let tie = call(
            &clerk,
            Method::POST,
            &format!("{at}/accounts"),
            &[],
            json!({ "user_id": login.actor.user }),
        )
        .await;
        assert_eq!((tie.status, tie.text("user_name")), (StatusCode::CREATED, "三丰"), "{}", tie.body);
        let me = call(&login, Method::GET, "/people/me", &[], Value::Null).await;
        assert_eq!((me.status, me.text("id"), me.text("name")), (StatusCode::OK, id.as_str(), "张**"));
        for (path, count) in [("flags", 1), ("consents", 1)] {
            let all = call(&worker, Method::GET, &format!("{at}/{path}"), &[], Value::Null).await;
            assert_eq!(all.body["items"].as_array().map(Vec::len), Some(count), "{path}");
        }

        let erase = json!({ "reason": "requested_by_person", "version": 2 });
        assert_eq!(
            call(&clerk, Method::POST, &format!("{at}/erase"), &[], erase.clone()).await.status,
            StatusCode::FORBIDDEN
        );
        let gone = call(&reader, Method::POST, &format!("{at}/erase"), &[], erase).await;
        assert_eq!(
            (gone.status, gone.text("status"), gone.text("name")),
            (StatusCode::OK, "erased", "**"),
            "{}",
            gone.body
        );
        assert_eq!(gone.text("erasure_reason"), "requested_by_person");
        assert_eq!(
            w.s.erasures.as_ref().unwrap().all().unwrap().len(),
            1,
            "it is on the list outside the database"
        );
        // What was answered before is answered from what is left.
        let replay = call(&clerk, Method::POST, "/people", &[("idempotency-key", "enter-1")], body(&w)).await;
        assert_eq!((replay.replayed, replay.text("name"), &replay.body["phones"]), (true, "**", &json!([])));
        assert_eq!(
            call(&login, Method::GET, "/people/me", &[], Value::Null).await.status,
            StatusCode::NOT_FOUND
        );
        let all = dump(&w);
        for text in ["张**", "138****5678", "张三丰", PHONE, ID, "独居"] {
            assert!(!contains(&all, text), "kept somewhere: {text}");
        }
    }
}

#[actix_web::test]
async fn bad_input_is_told_what_is_wrong_and_not_said_again() {
    for w in worlds() {
        client!(w, call);
        let (clerk, stranger) = (w.clerk(), w.role(BuiltinRole::UnitAdmin, C2A));
        let with = |field: &str, value: Value| {
            let mut all = body(&w);
            all[field] = value;
            all
        };
        let card = |number: &str| with("documents", json!([{ "kind": "id_card", "number": number }]));
        for (sent, pointer, code) in [
            (card("110105194912310021"), "/documents/0/number", "people.id_number_check"),
            (card("110105491231002"), "/documents/0/number", "people.id_number_old"),
            (card("110105194902300021"), "/documents/0/number", "people.id_number_date"),
            (card("00010519491231002X"), "/documents/0/number", "people.id_number_province"),
            (with("birth_on", json!("1949-12-30")), "/birth_on", "people.birth_contradicts_id"),
            (with("sex", json!("male")), "/sex", "people.sex_contradicts_id"),
            (card("11010519491231"), "/documents/0/number", "people.id_number_length"),
            (card("A1010519491231002X"), "/documents/0/number", "people.id_number_characters"),
            (with("phones", json!(["one"])), "/phones/0", "people.phone_shape"),
            (with("name", json!(" ")), "/name", "kernel.field_required"),
            (with("birth_on", json!("2100-01-01")), "/birth_on", "people.birth_date"),
            (with("erased_at", json!("2026-01-01T00:00:00Z")), "/erased_at", "web.unknown_field"),
            (with("version", json!(7)), "/version", "web.unknown_field"),
        ] {
            let got = call(&clerk, Method::POST, "/people", &[], sent).await;
            assert_eq!(got.status.as_u16(), 422, "{}", got.body);
            assert_eq!(
                (got.body["errors"][0]["pointer"].as_str(), got.body["errors"][0]["code"].as_str()),
                (Some(pointer), Some(code)),
                "{}",
                got.body
            );
            assert!(!got.body.to_string().contains("19491231"), "{}", got.body);
        }
        let made = call(&clerk, Method::POST, "/people", &[], body(&w)).await;
        let at = format!("/people/{}", made.text("id"));
        for (who, method, path, sent, status) in [
            (&stranger, Method::GET, at.clone(), json!({}), 404),
            (&stranger, Method::PATCH, at.clone(), json!({ "version": 1, "name": "x" }), 404),
            (
                &stranger,
                Method::POST,
                format!("{at}/flags"),
                json!({ "kind": "disabled", "reason": "xx" }),
                404,
            ),
            (&stranger, Method::GET, format!("{at}/unmaskings"), json!({}), 404),
            (&stranger, Method::GET, format!("{at}/accounts"), json!({}), 404),
            (&clerk, Method::GET, "/people/xyz".to_owned(), json!({}), 404),
            (&clerk, Method::GET, "/people?status=gone".to_owned(), json!({}), 400),
            (&clerk, Method::GET, "/people?name=x".to_owned(), json!({}), 400),
            (&clerk, Method::GET, "/people?cursor=abc".to_owned(), json!({}), 400),
            (&clerk, Method::PATCH, at.clone(), json!({ "version": 9, "name": "x" }), 412),
            (&clerk, Method::PATCH, at.clone(), json!({ "version": 1, "status": "erased" }), 422),
            (&clerk, Method::POST, "/people".to_owned(), body(&w), 409),
        ] {
            let got = call(who, method, &path, &[], sent).await;
            assert_eq!(got.status.as_u16(), status, "{path}: {}", got.body);
        }
        let find = json!({ "kind": "id_card", "number": ID, "purpose": PURPOSE });
        let found = call(&stranger, Method::POST, "/people/lookup", &[], find).await;
        assert_eq!((found.status.as_u16(), &found.body["found"]), (200, &json!([])));
    }
}
