//! The endpoints, as clients meet them.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::test;
use figures::FiguresPlugin;
use kernel::{Actor, Context, Outcome};
use serde_json::Value;
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
    vec![Arc::new(System), Arc::new(FiguresPlugin::new(w.s.clone()))]
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

macro_rules! client {
    ($w:expr, $get:ident) => {
        let app = test::init_service(site(&$w).app()).await;
        let $get = async |who: &Context, path: &str| -> (StatusCode, String) {
            let request = test::TestRequest::with_uri(&format!("/api/v1{path}"))
                .insert_header(("authorization", format!("Bearer {}", who.actor.user)));
            let response = test::call_service(&app, request.to_request()).await;
            let status = response.status();
            (status, String::from_utf8(test::read_body(response).await.to_vec()).unwrap())
        };
    };
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[actix_web::test]
async fn the_document_is_without_a_finding() {
    for w in World::each() {
        let document = web::document::assemble(&plugins(&w), "0");
        let found: Vec<String> = web::lint::lint(&document).iter().map(ToString::to_string).collect();
        assert_eq!(found, Vec::<String>::new());
    }
}

#[actix_web::test]
async fn figures_are_answered_exported_and_drawn() {
    for w in World::each() {
        std::thread::scope(|t| {
            t.spawn(|| {
                for n in 0..30 {
                    let id = w.report([C1A, C1B][n % 2], noon("2026-03-10"));
                    if n < 20 {
                        w.close(id, noon("2026-03-11"));
                    }
                }
                w.count(1_000);
            })
            .join()
            .unwrap();
        });
        client!(w, get);
        let chief = w.chief();
        let place = format!("unit={}&from_on=2026-03-01&to_on=2026-03-31", w.unit(DISTRICT));
        let (status, body) = get(&chief, &format!("/figures/cases?{place}")).await;
        let told = json(&body);
        assert_eq!(status, StatusCode::OK, "{body}");
        assert_eq!(told["items"][0]["closing_rate"]["percent"], "66.67");
        assert_eq!(told["items"][0]["closing_rate"]["denominator"], 30);
        assert_eq!(told["items"][0]["on_time_rate"], Value::Null);
        assert_eq!(told["counted_until_at"], "2026-03-10T04:00:00Z");
        let (_, body) = get(&chief, &format!("/figures/cases?{place}&by=day")).await;
        assert_eq!(json(&body)["items"].as_array().unwrap().len(), 31);
        let (status, file) = get(&chief, &format!("/figures/cases.csv?{place}&by=unit")).await;
        assert_eq!((status, file.lines().count()), (StatusCode::OK, 3), "{file}");
        assert!(file.contains(",'=二社区,"), "no formula: {file}");
        let (status, file) = get(&chief, &format!("/figures/cases/export.csv?{place}")).await;
        assert_eq!((status, file.lines().count()), (StatusCode::OK, 31), "{file}");
        let earth = format!("{place}&west=-180&south=-90&east=180&north=90&zoom=4");
        let (status, body) = get(&chief, &format!("/figures/heat?{earth}")).await;
        let map = json(&body);
        assert_eq!(
            (status, &map["features"][0]["properties"]["count"]),
            (StatusCode::OK, &30.into()),
            "{body}"
        );
        assert_eq!(map["features"][0]["geometry"]["coordinates"][0].as_array().unwrap().len(), 5);
        let (_, body) = get(&chief, &format!("/figures/clusters?{earth}")).await;
        assert_eq!(json(&body)["features"][0]["geometry"]["coordinates"], serde_json::json!([120.3, 31.5]));
        let stranger = w.person(C2A, &["figures.figure.read"]);
        for path in ["/figures/cases", "/figures/cases.csv", "/figures/cases/export.csv"] {
            assert_eq!(get(&stranger, &format!("{path}?{place}")).await.0, StatusCode::FORBIDDEN);
        }
        let unit = w.unit(DISTRICT);
        for (path, status, code) in [
            (
                format!("/figures/cases?unit={unit}&from_on=2026-03-31&to_on=2026-03-01"),
                422,
                "kernel.invalid",
            ),
            (
                format!("/figures/cases?unit={unit}&from_on=0000-03-31&to_on=2026-03-01"),
                422,
                "kernel.invalid",
            ),
            (
                format!("/figures/cases?unit={unit}&from_on=2026-02-30&to_on=2026-03-01"),
                400,
                "web.invalid_parameter",
            ),
            (format!("/figures/cases?{place}&by=colour"), 400, "web.invalid_parameter"),
            ("/figures/cases?from_on=2026-03-01&to_on=2026-03-31".to_owned(), 422, "figures.place_required"),
            (format!("/figures/heat?{place}&west=10&south=-90&east=-10&north=90&zoom=4"), 422, "figures.box"),
            (
                format!("/figures/heat?{place}&west=NaN&south=-90&east=10&north=90&zoom=4"),
                400,
                "web.invalid_parameter",
            ),
            (
                format!("/figures/heat?{place}&west=0&south=-90&east=10&north=90&zoom=40"),
                422,
                "kernel.invalid",
            ),
        ] {
            let (got, body) = get(&chief, &path).await;
            assert_eq!((got.as_u16(), json(&body)["code"].as_str()), (status, Some(code)), "{path}: {body}");
        }
    }
}
