//! The operations, through the whole application.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use actix_web::http::StatusCode;
use actix_web::test as calls;
use identity::Identity;
use identity::permission::PERMISSIONS;
use kernel::BuiltinRole;
use serde_json::{Value, json};
use web::{OneRealm, Parts, Settings, Site, System, WebPlugin};

use super::setting::{PASSWORD, Realm, everywhere};

pub fn site(realm: &Realm) -> Site {
    site_of(realm, realm.gate())
}

pub fn site_of(realm: &Realm, gate: identity::Gate) -> Site {
    let gate = Arc::new(gate);
    let identity: Arc<dyn WebPlugin> = Arc::new(Identity::new(Arc::clone(&gate)));
    let system: Arc<dyn WebPlugin> = Arc::new(System);
    let one = web::Realm {
        name: "test".into(),
        db: realm.db.clone(),
        time_zone: "Asia/Shanghai".parse().unwrap(),
        authenticator: gate,
    };
    Site::new(Parts {
        plugins: vec![system, identity],
        realms: Arc::new(OneRealm(Arc::new(one))),
        settings: Settings::default(),
        version: "0.0.0".to_owned(),
        metrics: None,
        stopping: Arc::new(AtomicBool::new(false)),
    })
}

#[test]
fn the_document_is_pleasant_for_clients() {
    let plugins: Vec<Arc<dyn WebPlugin>> = vec![Arc::new(System), Arc::new(Identity::described())];
    let document = web::document::assemble(&plugins, "0.0.0");
    let found: Vec<String> = web::lint::lint(&document).iter().map(ToString::to_string).collect();
    assert!(found.is_empty(), "{found:#?}");
    assert!(web::document::clashes(&plugins).is_empty());
}

/// A request, and what came of it.
macro_rules! ask {
    ($app:expr, $method:ident $path:expr, $token:expr, $body:expr) => {{
        let mut request = calls::TestRequest::$method().uri(&format!("/api/v1{}", $path));
        let token: Option<&str> = $token;
        if let Some(token) = token {
            request = request.insert_header(("authorization", format!("Bearer {token}")));
        }
        let body: Option<Value> = $body;
        if let Some(body) = body {
            request = request.set_json(body);
        }
        let response = calls::call_service($app, request.to_request()).await;
        let status = response.status();
        let bytes = calls::read_body(response).await;
        let body: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        (status, body)
    }};
}

macro_rules! sign_in {
    ($app:expr, $login:expr) => {{
        let (status, body) = ask!($app, post "/auth/login", None, Some(json!({ "login": $login, "password": PASSWORD })));
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }};
}

#[cfg(feature = "oidc")]
pub(crate) use {ask, sign_in};

#[test]
fn an_account_is_made_given_a_role_asked_about_and_shut_out() {
    everywhere(|realm| {
        realm.chief();
        let site = site(realm);
        let (town, street) = (realm.unit("town").id, realm.unit("street").id);
        let role = identity::service::builtin::role_id(BuiltinRole::GridWorker);
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let signed = sign_in!(app, "Chief");
            let chief = signed["access_token"].as_str();
            let (status, me) = ask!(app, get "/me", chief, None);
            assert_eq!((status, me["grants"][0]["role"]["name"].as_str()), (StatusCode::OK, Some("platform_admin")));
            assert_eq!(ask!(app, get "/me", None, None).0, StatusCode::UNAUTHORIZED);
            let keys = calls::TestRequest::get().uri("/.well-known/jwks.json").to_request();
            let keys = calls::read_body(calls::call_service(app, keys).await).await;
            let keys: Value = serde_json::from_slice(&keys).unwrap();
            assert_eq!((keys["keys"][0]["kty"].as_str(), keys["keys"][0].get("d")), (Some("OKP"), None));
            let (status, held) = ask!(app, get format!("/me/permissions?unit={street}"), chief, None);
            assert_eq!(status, StatusCode::OK);
            // What the founder lacks is the auditor's and the workers'.
            assert_eq!(held["items"].as_array().unwrap().len(), PERMISSIONS.len());
            let body = json!({ "login": "wang", "display_name": "Wang", "unit_id": street, "password": "a passing phrase" });
            let (status, wang) = ask!(app, post "/users", chief, Some(body));
            assert_eq!(status, StatusCode::CREATED, "{wang}");
            let can = json!(["update", "disable", "set_password", "hand_over", "offboard", "sign_out"]);
            assert_eq!(wang["can"], can);
            let grant = json!({ "user_id": wang["id"], "role_id": role, "unit_id": street, "reason": "new in the street" });
            let (status, grant) = ask!(app, post "/grants", chief, Some(grant));
            assert_eq!(status, StatusCode::CREATED, "{grant}");
            assert_eq!(grant["user"]["display_name"], "Wang");
            let (_, list) = ask!(app, get format!("/grants?unit={street}&state=active"), chief, None);
            assert_eq!(list["items"].as_array().unwrap().len(), 1);
            let (_, list) = ask!(app, get format!("/users?unit={town}&q=WAN"), chief, None);
            assert_eq!(list["items"][0]["login"], "wang");
            let (_, list) = ask!(app, get "/roles?limit=3", chief, None);
            let (_, rest) = ask!(app, get format!("/roles?cursor={}", list["next_cursor"].as_str().unwrap()), chief, None);
            assert_eq!(rest["items"].as_array().unwrap().len(), BuiltinRole::ALL.len() - 3);

            // A first password opens one door only.
            let body = json!({ "login": "wang", "password": "a passing phrase" });
            let (_, waiting) = ask!(app, post "/auth/login", None, Some(body));
            assert_eq!(waiting["user"]["must_change_password"], true);
            let token = waiting["access_token"].as_str();
            let (status, refused) = ask!(app, get "/users", token, None);
            assert_eq!((status, refused["code"].as_str()), (StatusCode::FORBIDDEN, Some("identity.password_change_required")));
            let change = json!({ "current_password": "a passing phrase", "new_password": PASSWORD });
            assert_eq!(ask!(app, post "/me/password", token, Some(change)).0, StatusCode::NO_CONTENT);
            let (status, refused) = ask!(app, get "/users", token, None);
            assert_eq!((status, refused["code"].as_str()), (StatusCode::FORBIDDEN, Some("kernel.forbidden")));

            let why = |unit| format!("/access/why?user={}&permission=test.work.do&unit={unit}", wang["id"].as_str().unwrap());
            let (_, yes) = ask!(app, get why(street), chief, None);
            assert_eq!((yes["allowed"].as_bool(), yes["paths"][0]["grant_id"].clone()), (Some(true), grant["id"].clone()));
            let (_, no) = ask!(app, get why(town), chief, None);
            assert_eq!(no["missing"][0]["nearest_roles"][0]["name"], "grid_worker");
            assert_eq!(no["missing"][0]["could_be_granted_by"][0]["display_name"], "Chief");
            assert_eq!(no["blocked_by"], json!(["outside_subtree"]));
            let questions = json!({ "questions": [{ "permission": "identity.grant.manage", "unit_id": street }] });
            let (_, said) = ask!(app, post "/access/check", chief, Some(questions));
            assert_eq!(said["items"][0]["allowed"], true);

            let path = format!("/grants/{}/revoke", grant["id"].as_str().unwrap());
            let (status, revoked) = ask!(app, post path, chief, Some(json!({ "reason": "moved away" })));
            assert_eq!((status, revoked["state"].as_str()), (StatusCode::OK, Some("revoked")));
            let (_, no) = ask!(app, get why(street), chief, None);
            assert_eq!(no["allowed"], false);
            let path = format!("/users/{}", wang["id"].as_str().unwrap());
            let (status, _) = ask!(app, patch path, chief, Some(json!({ "display_name": "Wang Wei" })));
            assert_eq!(status, StatusCode::PRECONDITION_REQUIRED);
            let (status, _) = ask!(app, patch path, chief, Some(json!({ "display_name": "Wang Wei", "version": 1 })));
            assert_eq!(status, StatusCode::PRECONDITION_FAILED);
            let (status, off) = ask!(app, post format!("{path}/disable"), chief, Some(json!({ "reason": "left" })));
            assert_eq!((status, off["status"].as_str()), (StatusCode::OK, Some("disabled")));
            assert_eq!(ask!(app, get "/me", token, None).0, StatusCode::UNAUTHORIZED);

            let refresh = json!({ "refresh_token": signed["refresh_token"] });
            let (status, again) = ask!(app, post "/auth/refresh", None, Some(refresh));
            assert_eq!(status, StatusCode::OK);
            let again = again["access_token"].as_str();
            assert_eq!(ask!(app, post "/auth/logout", again, None).0, StatusCode::NO_CONTENT);
            assert_eq!(ask!(app, get "/me", chief, None).0, StatusCode::UNAUTHORIZED);
        });
    });
}
