//! The endpoints, as clients meet them.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::http::Method;
use actix_web::test;
use duties::DutiesPlugin;
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
    vec![Arc::new(System), Arc::new(DutiesPlugin::new(w.s.clone()))]
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

#[actix_web::test]
async fn a_list_from_its_draft_to_what_it_says_of_a_unit() {
    for w in worlds() {
        client!(w, call);
        let (maker, other, resident) =
            (w.admin(DISTRICT), w.admin(DISTRICT), w.role(BuiltinRole::Resident, C2));
        let (c, beside) = (w.category(DISTRICT, None), w.category(DISTRICT, None));
        let body = json!({ "unit_id": w.unit(DISTRICT), "level": "community", "name": "清单" });
        let refused = call(&resident, Method::POST, "/duty-lists", "", body.clone()).await;
        assert_eq!((refused.status, refused.text("code")), (403, "kernel.forbidden"));
        let list = call(&maker, Method::POST, "/duty-lists", "", body).await;
        assert_eq!((list.status, &list.body["can"]), (201, &json!(["draft"])), "{}", list.body);
        let at = format!("/duty-lists/{}", list.text("id"));
        let draft =
            call(&maker, Method::POST, &format!("{at}/versions"), "", json!({ "note": "首版" })).await;
        assert_eq!((draft.status, draft.text("standing")), (201, "draft"), "{}", draft.body);
        assert_eq!(draft.body["can"], json!(["put_items"]), "not to enforce: it is their own");
        let version = format!("/duty-list-versions/{}", draft.text("id"));
        let items = json!({ "items": [{ "category_id": c, "basis": "58号" }] });
        let unsaid = call(&maker, Method::PUT, &format!("{version}/items"), "", items.clone()).await;
        assert_eq!(unsaid.status, 428);
        let put = call(&maker, Method::PUT, &format!("{version}/items"), "\"1\"", items).await;
        assert_eq!((put.status, put.etag.as_deref()), (200, Some("\"2\"")), "{}", put.body);
        let own = call(&maker, Method::POST, &format!("{version}/enforce"), "\"2\"", json!({})).await;
        assert_eq!((own.status, own.text("code")), (409, "duties.own_draft"));
        let set = call(&other, Method::POST, &format!("{version}/enforce"), "\"2\"", json!({})).await;
        assert_eq!((set.status, set.text("standing")), (200, "in_force"), "{}", set.body);

        let shown = call(&resident, Method::GET, &at, "", Value::Null).await;
        assert_eq!((&shown.body["in_force"]["number"], &shown.body["can"]), (&json!(1), &json!([])));
        let items = call(&resident, Method::GET, &format!("{version}/items"), "", Value::Null).await;
        assert_eq!(items.body["items"][0]["category_name"], json!("噪声扰民"));
        let versions = call(&resident, Method::GET, &format!("{at}/versions"), "", Value::Null).await;
        assert_eq!(versions.body["items"][0]["standing"], json!("in_force"));
        let today =
            call(&resident, Method::GET, &format!("{at}/as-of?day=2020-01-01"), "", Value::Null).await;
        assert_eq!((today.status, &today.body["items"]), (200, &json!([])));
        let one = set.text("id");
        let same =
            call(&resident, Method::GET, &format!("{version}/compare?other={one}"), "", Value::Null).await;
        assert_eq!((&same.body["kept_count"], &same.body["added"]), (&json!(1), &json!([])), "{}", same.body);

        let asked = |c| format!("/duty-scope?unit={}&category={c}", w.unit(C1));
        let listed = call(&resident, Method::GET, &asked(c), "", Value::Null).await;
        assert_eq!((listed.text("scope"), &listed.body["may_be_asked"]), ("listed", &json!(true)));
        assert_eq!(listed.body["by_category"]["id"], json!(c));
        let out = call(&resident, Method::GET, &asked(beside), "", Value::Null).await;
        assert_eq!((out.text("scope"), out.body.get("by_category")), ("out_of_scope", None), "{}", out.body);
        let none = call(&resident, Method::GET, &asked(testkit::fresh()), "", Value::Null).await;
        assert_eq!(none.status, 404);
    }
}

#[actix_web::test]
async fn an_admission_from_the_asking_to_its_end() {
    for w in worlds() {
        client!(w, call);
        let (c, unit) = (w.category(DISTRICT, None), w.unit(C1));
        let maker = std::thread::scope(|scope| {
            scope
                .spawn(|| {
                    let list = w.create(&w.admin(DISTRICT), DISTRICT, "community").unwrap();
                    w.in_force(&list, &[w.category(DISTRICT, None)], None);
                    w.admin(TOWN1)
                })
                .join()
                .unwrap()
        });
        let approver = w.admin(TOWN1);
        let until = w.db.db.clock().now().plus_days(9);
        let body = json!({ "unit_id": unit, "category_id": c, "reason": "防汛", "until_at": until });
        let asked = call(&maker, Method::POST, "/duty-admissions", "", body).await;
        assert_eq!((asked.status, asked.text("state")), (201, "asked"), "{}", asked.body);
        assert_eq!(asked.body["can"], json!(["withdraw"]), "nobody decides what they asked for");
        let at = format!("/duty-admissions/{}", asked.text("id"));
        let seen = call(&approver, Method::GET, &at, "", Value::Null).await;
        assert_eq!(seen.body["can"], json!(["decide", "withdraw"]));
        let done =
            call(&approver, Method::POST, &format!("{at}/decide"), "\"1\"", json!({ "admit": true })).await;
        assert_eq!((done.status, done.text("state")), (200, "admitted"), "{}", done.body);
        assert_eq!(done.body["is_in_force"], json!(true));
        let path = format!("/duty-scope?unit={unit}&category={c}&at={until}");
        let over = call(&approver, Method::GET, &path, "", Value::Null).await;
        assert_eq!(over.text("scope"), "out_of_scope", "{}", over.body);
        let listed = call(
            &approver,
            Method::GET,
            &format!("/duty-admissions?unit={unit}&in_force=true&state=admitted"),
            "",
            Value::Null,
        )
        .await;
        assert_eq!(listed.body["items"].as_array().unwrap().len(), 1);
        let end =
            call(&maker, Method::POST, &format!("{at}/withdraw"), "\"2\"", json!({ "note": "结束" })).await;
        assert_eq!(
            (end.status, end.text("state"), &end.body["can"]),
            (200, "withdrawn", &json!([])),
            "{}",
            end.body
        );
    }
}
