//! The endpoints, through the real gateway with an authenticator that knows two tokens.

use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;

use actix_web::http::{Method, StatusCode};
use actix_web::test::{self, TestRequest};
use kernel::{Actor, Outcome};
use serde_json::{Value, json};
use territory::{NoProgress, TerritoryPlugin, Unit, import_bundled};
use testkit::{TestDb, fresh, grant};
use web::site::{Parts, Site};
use web::{Authenticator, OneRealm, Realm, Settings, WebPlugin};

use crate::fakes::{MANAGE, databases, ports, root, somebody};

/// `manager` may change everything, `reader` nothing.
struct TwoTokens(Unit);

impl Authenticator for TwoTokens {
    fn authenticate<'a>(&'a self, token: &'a str) -> Pin<Box<dyn Future<Output = Outcome<Arc<Actor>>> + 'a>> {
        let grants =
            if token == "manager" { vec![grant(self.0.id, &self.0.path, &[MANAGE])] } else { vec![] };
        let actor =
            Actor { user: fresh(), display_name: Arc::from("测试"), session: None, grants: grants.into() };
        Box::pin(ready(Ok(Arc::new(actor))))
    }
}

fn site(t: &TestDb, top: Unit) -> Site {
    served(t, Arc::new(TwoTokens(top)), ports())
}

/// A gateway with this crate alone.
pub fn served(t: &TestDb, authenticator: Arc<dyn Authenticator>, ports: territory::Ports) -> Site {
    let realm = Realm {
        name: Arc::from("test"),
        db: t.db.clone(),
        time_zone: chrono_tz::Asia::Shanghai,
        authenticator,
    };
    Site::new(Parts {
        plugins: vec![Arc::new(TerritoryPlugin::new(ports))],
        realms: Arc::new(OneRealm(Arc::new(realm))),
        settings: Settings { rate_burst: 0, ..Settings::default() },
        version: "0.0.0".into(),
        metrics: None,
        stopping: Arc::default(),
    })
}

/// Sends one request; answers the status, the body and the `ETag`.
pub async fn send(
    site: &Site,
    token: &str,
    method: Method,
    path: &str,
    body: Option<Value>,
    version: Option<&str>,
) -> (StatusCode, Value, String) {
    let app = test::init_service(site.app()).await;
    let mut request = TestRequest::with_uri(&format!("/api/v1{path}")).method(method);
    if !token.is_empty() {
        request = request.insert_header(("Authorization", format!("Bearer {token}")));
    }
    if let Some(version) = version {
        request = request.insert_header(("If-Match", format!("\"{version}\"")));
    }
    if let Some(body) = body {
        request = request.set_json(body);
    }
    let response = test::call_service(&app, request.to_request()).await;
    let status = response.status();
    let tag = response.headers().get("ETag").map(|t| t.to_str().unwrap().to_owned()).unwrap_or_default();
    let bytes = test::read_body(response).await;
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null), tag)
}

async fn get(site: &Site, path: &str) -> Value {
    let (status, body, _) = send(site, "reader", Method::GET, path, None, None).await;
    assert_eq!(status, StatusCode::OK, "{path}: {body}");
    body
}

pub async fn code_of(
    site: &Site,
    token: &str,
    method: Method,
    path: &str,
    body: Option<Value>,
    version: Option<&str>,
) -> String {
    let (status, body, _) = send(site, token, method, path, body, version).await;
    format!("{} {}", status.as_u16(), body["code"].as_str().unwrap_or_default())
}

#[test]
fn the_document_has_nothing_to_find_fault_with() {
    let plugins: Vec<Arc<dyn WebPlugin>> = vec![Arc::new(TerritoryPlugin::new(ports()))];
    let document = web::document::assemble(&plugins, "0.0.0");
    let findings: Vec<String> = web::lint::lint(&document).iter().map(ToString::to_string).collect();
    assert!(findings.is_empty(), "{findings:#?}");
    assert_eq!(web::document::clashes(&plugins), Vec::<String>::new());
}

#[actix_web::test]
async fn the_tree_is_read_by_everybody_signed_in() {
    for t in databases() {
        let db = t.db.clone();
        let top = actix_web::rt::task::spawn_blocking(move || {
            import_bundled(&db, &somebody(&db), &NoProgress).unwrap();
            root(&db)
        })
        .await
        .unwrap();
        let site = site(&t, top.clone());
        assert_eq!(code_of(&site, "", Method::GET, "/units", None, None).await, "401 web.not_signed_in");
        let roots = get(&site, "/units").await;
        assert_eq!(roots["items"][0]["name"], "中国");
        assert_eq!(roots["items"][0]["can"], json!([]));
        let hengli = get(&site, "/units?code=441900106").await["items"][0].clone();
        assert_eq!(
            (&hengli["name"], &hengli["parent_name"], &hengli["depth"]),
            (&json!("横沥镇"), &json!("东莞市"), &json!(5))
        );
        assert_eq!(hengli["lineage"].as_array().unwrap().len(), 4);
        let id = hengli["id"].as_str().unwrap();
        assert_eq!(get(&site, &format!("/units/{id}")).await, hengli);
        let mut path = format!("/units/{id}/children?limit=7");
        let mut names = Vec::new();
        loop {
            let page = get(&site, &path).await;
            names.extend(page["items"].as_array().unwrap().iter().map(|u| u["name"].clone()));
            let Some(next) = page["next_cursor"].as_str() else { break };
            path = format!("/units/{id}/children?limit=7&cursor={next}");
        }
        assert_eq!(names.len(), 18);
        let found = get(&site, "/units?q=%E6%A8%AA%E6%B2%A5&kind=town").await;
        assert_eq!(found["items"][0]["id"], hengli["id"]);
        for (path, wanted) in [
            ("/units?nonsense=1", "400 web.invalid_parameter"),
            ("/units?kind=galaxy", "422 kernel.invalid"),
            ("/units?limit=0", "400 web.invalid_parameter"),
            ("/units?cursor=x", "400 kernel.bad_cursor"),
            ("/units/nonsense", "404 kernel.not_found"),
            (&format!("/units/{}/children", fresh::<()>()), "404 kernel.not_found"),
            (&format!("/units/{id}/as-of"), "400 web.invalid_parameter"),
            (&format!("/units/{id}/as-of?day=1999-12-31"), "404 kernel.not_found"),
        ] {
            assert_eq!(code_of(&site, "reader", Method::GET, path, None, None).await, wanted, "{path}");
        }
    }
}

#[actix_web::test]
async fn the_tree_is_changed_by_those_who_may() {
    for t in databases() {
        let db = t.db.clone();
        let top = actix_web::rt::task::spawn_blocking(move || root(&db)).await.unwrap();
        let site = site(&t, top.clone());
        let new = |parent: &str, name: &str| json!({ "parent_id": parent, "name": name, "kind": "custom" });
        let body = Some(new(&top.id.to_string(), "甲"));
        assert_eq!(
            code_of(&site, "reader", Method::POST, "/units", body.clone(), None).await,
            "403 kernel.forbidden"
        );
        let (status, a, tag) = send(&site, "manager", Method::POST, "/units", body, None).await;
        assert_eq!((status, tag.as_str()), (StatusCode::CREATED, "\"1\""), "{a}");
        assert_eq!(a["can"], json!(["add_child", "update", "move", "dissolve"]));
        let a = a["id"].as_str().unwrap().to_owned();
        let (_, b, _) = send(&site, "manager", Method::POST, "/units", Some(new(&a, "乙")), None).await;
        let b = b["id"].as_str().unwrap().to_owned();
        let (_, c, _) =
            send(&site, "manager", Method::POST, "/units", Some(new(&top.id.to_string(), "丙")), None).await;
        let c = c["id"].as_str().unwrap().to_owned();

        let one = format!("/units/{b}");
        let named = Some(json!({ "name": "乙二" }));
        assert_eq!(
            code_of(&site, "manager", Method::PATCH, &one, named.clone(), None).await,
            "428 web.precondition_required"
        );
        assert_eq!(
            code_of(&site, "manager", Method::PATCH, &one, named.clone(), Some("9")).await,
            "412 kernel.stale"
        );
        let (status, body, tag) = send(&site, "manager", Method::PATCH, &one, named, Some("1")).await;
        assert_eq!((status, &body["name"], tag.as_str()), (StatusCode::OK, &json!("乙二"), "\"2\""));
        let odd = Some(json!({ "name": "x", "colour": "red", "version": 2 }));
        assert!(code_of(&site, "manager", Method::PATCH, &one, odd, None).await.starts_with("422"));

        let to = |id: &str| Some(json!({ "parent_id": id, "version": 2 }));
        let preview = Some(json!({ "parent_id": c }));
        let (status, effect, _) =
            send(&site, "manager", Method::POST, &format!("{one}/preview-move"), preview, None).await;
        assert_eq!(
            (status, &effect["units"], &effect["allowed"]),
            (StatusCode::OK, &json!(1), &json!(true)),
            "{effect}"
        );
        let ring = Some(json!({ "parent_id": b, "version": 1 }));
        assert_eq!(
            code_of(&site, "manager", Method::POST, &format!("/units/{a}/move"), ring, None).await,
            "409 territory.move_into_own_subtree"
        );
        let (status, moved, _) =
            send(&site, "manager", Method::POST, &format!("{one}/move"), to(&c), None).await;
        assert_eq!(
            (status, &moved["parent_name"], &moved["version"]),
            (StatusCode::OK, &json!("丙"), &json!(3)),
            "{moved}"
        );
        let history = get(&site, &format!("{one}/history?limit=2")).await;
        assert_eq!(history["items"][0]["parent_name"], "丙");
        assert_eq!(history["items"][1]["parent_name"], "甲");
        let rest =
            get(&site, &format!("{one}/history?limit=2&cursor={}", history["next_cursor"].as_str().unwrap()))
                .await;
        assert_eq!((rest["items"][0]["name"].as_str(), rest.get("next_cursor")), (Some("乙"), None));
        let then = get(&site, &format!("{one}/as-of?day=2100-01-01")).await;
        assert_eq!((&then["parent_name"], &then["closed"]), (&json!("丙"), &json!(false)));

        assert_eq!(
            code_of(
                &site,
                "manager",
                Method::POST,
                &format!("/units/{c}/dissolve"),
                Some(json!({ "version": 1 })),
                None
            )
            .await,
            "409 territory.has_open_children"
        );
        let (status, closed, _) =
            send(&site, "manager", Method::POST, &format!("{one}/dissolve"), Some(json!({})), Some("3"))
                .await;
        assert_eq!((status, &closed["can"]), (StatusCode::OK, &json!([])));
        assert!(closed["closed_at"].is_string());
    }
}
