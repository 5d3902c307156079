//! How people come in, through the whole application.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use actix_web::http::StatusCode;
use actix_web::test as calls;
use identity::Identity;
use identity::service::builtin::role_id;
use identity::service::codes;
use kernel::BuiltinRole;
use kernel::id::OneTimeCode;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use web::{OneRealm, Parts, Settings, Site, System, WebPlugin};

use super::setting::{PASSWORD, Realm, everywhere};

fn site(realm: &Realm) -> Site {
    let gate = Arc::new(realm.gate());
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
        settings: Settings { rate_per_second: 0, rate_burst: 0, ..Settings::default() },
        version: "0.0.0".to_owned(),
        metrics: None,
        stopping: Arc::new(AtomicBool::new(false)),
    })
}

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
    ($app:expr, $login:expr, $password:expr) => {{
        let body = json!({ "login": $login, "password": $password });
        let (status, body) = ask!($app, post "/auth/login", None, Some(body));
        assert_eq!(status, StatusCode::OK, "{body}");
        body["access_token"].as_str().unwrap().to_owned()
    }};
}

/// Runs the reaction to all that was asked for, as the outbox would.
async fn send_all(realm: &Realm) {
    let (visit, shared) = (realm.doorstep(), realm.services.clone());
    realm
        .db
        .write(move |tx| {
            for id in asked(tx)? {
                codes::send_asked(tx, &visit, &shared, id)?;
            }
            Ok(())
        })
        .await
        .unwrap();
}

fn asked(tx: &mut storage::Tx<'_>) -> kernel::Outcome<Vec<kernel::Id<OneTimeCode>>> {
    let filter =
        storage::audit::Filter { action: Some(codes::ASKED.to_owned()), ..storage::audit::Filter::default() };
    let page = storage::audit::list(tx, &filter, None, kernel::PageSize::new(200).unwrap(), 0)?;
    Ok(page
        .items
        .into_iter()
        .filter_map(|record| record.object_id)
        .map(|id| kernel::Id::from_uuid(id.uuid()))
        .collect())
}

fn said(body: &Value) -> &str {
    body["code"].as_str().unwrap_or_default()
}

#[test]
fn somebody_is_invited_accepts_and_works() {
    everywhere(|realm| {
        realm.chief();
        let site = site(realm);
        let street = realm.unit("street").id;
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let chief = sign_in!(app, "chief", PASSWORD);
            let chief = Some(chief.as_str());
            let body = json!({ "address": "138 0013 8000", "display_name": "Li Na", "unit_id": street,
                "role_id": role_id(BuiltinRole::GridWorker), "reason": "new in the street", "language": "zh" });
            let (status, sent) = ask!(app, post "/invitations", chief, Some(body));
            assert_eq!(status, StatusCode::CREATED, "{sent}");
            assert_eq!((sent["address"].as_str(), sent["state"].as_str()), (Some("138****8000"), Some("pending")));
            assert_eq!(sent["can"], json!(["resend", "withdraw"]));
            let told = realm.post.code("identity.invited").expose_secret().to_owned();
            assert!(!sent.to_string().contains(&told) && !sent.to_string().contains("13800138000"));
            let (_, list) = ask!(app, get format!("/invitations?unit={street}&state=pending"), chief, None);
            assert_eq!(list["items"].as_array().unwrap().len(), 1);
            let path = format!("/invitations/{}", sent["id"].as_str().unwrap());
            assert_eq!(ask!(app, get path, chief, None).0, StatusCode::OK);
            assert_eq!(ask!(app, get "/invitations?state=lost", chief, None).0, StatusCode::BAD_REQUEST);
            let (status, early) = ask!(app, post format!("{path}/resend"), chief, None);
            assert_eq!((status, said(&early)), (StatusCode::TOO_MANY_REQUESTS, "identity.sent_lately"));

            // A stranger hears one sentence.
            let accept = |code: &str, login: &str| json!({ "code": code, "login": login, "password": "a passing phrase" });
            let (status, one) = ask!(app, post "/invitations/accept", None, Some(accept("cwl_nonsense", "li.na")));
            assert_eq!((status, said(&one)), (StatusCode::UNPROCESSABLE_ENTITY, "identity.invitation_refused"));
            let weak = json!({ "code": told, "login": "li.na", "password": "password123" });
            let (_, weak) = ask!(app, post "/invitations/accept", None, Some(weak));
            assert_eq!(weak["errors"][0]["pointer"], "/password");
            let nameless = json!({ "code": told, "password": "a passing phrase" });
            let (_, nameless) = ask!(app, post "/invitations/accept", None, Some(nameless));
            assert_eq!(nameless["errors"][0]["pointer"], "/login");
            let more = json!({ "code": told, "login": "li.na", "password": "a passing phrase", "role_id": role_id(BuiltinRole::PlatformAdmin) });
            assert_eq!(ask!(app, post "/invitations/accept", None, Some(more)).0, StatusCode::UNPROCESSABLE_ENTITY);
            let (status, made) = ask!(app, post "/invitations/accept", None, Some(accept(&told, "Li.Na")));
            assert_eq!((status, made["login"].as_str()), (StatusCode::CREATED, Some("li.na")), "{made}");
            let (_, two) = ask!(app, post "/invitations/accept", None, Some(accept(&told, "li.na2")));
            assert_eq!((said(&two), &two["detail"], &two["title"]), (said(&one), &one["detail"], &one["title"]));
            let li = sign_in!(app, "li.na", "a passing phrase");
            let (_, me) = ask!(app, get "/me", Some(li.as_str()), None);
            assert_eq!(me["grants"][0]["role"]["name"], "grid_worker");
            assert_eq!(ask!(app, delete path, chief, None).1["code"], "identity.invitation_over");

            // What the account holds, and what that comes to.
            let user = made["id"].as_str().unwrap();
            let (_, held) = ask!(app, get format!("/users/{user}/grants?state=active"), chief, None);
            assert_eq!(held["items"][0]["granted_by"]["display_name"], "Chief");
            let effective = |unit| format!("/users/{user}/effective-permissions?unit={unit}");
            let (_, here) = ask!(app, get effective(street), chief, None);
            let work = here["items"].as_array().unwrap().iter().find(|i| i["name"] == "test.work.do").cloned();
            assert_eq!(work.unwrap()["grant_ids"][0], held["items"][0]["id"]);
            let (_, above) = ask!(app, get effective(realm.unit("town").id), chief, None);
            assert!(!above["items"].to_string().contains("test.work.do"));
            let (status, _) = ask!(app, get format!("{}&at=2020-01-01T00:00:00Z", effective(street)), chief, None);
            assert_eq!(status, StatusCode::OK);
            assert_eq!(ask!(app, get format!("/users/{user}/grants"), Some(li.as_str()), None).0, StatusCode::FORBIDDEN);
            assert_eq!(ask!(app, get "/users?status=lost", chief, None).0, StatusCode::BAD_REQUEST);
        });
    });
}

#[test]
fn a_resident_registers_and_the_answer_never_tells() {
    everywhere(|realm| {
        realm.chief();
        let site = site(realm);
        let street = realm.unit("street").id;
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let register = |address: &str| json!({ "address": address, "unit_id": street });
            let (status, one) = ask!(app, post "/auth/registrations", None, Some(register("13800138000")));
            assert_eq!(status, StatusCode::ACCEPTED, "{one}");
            send_all(realm).await;
            let code = realm.post.code("identity.registration_code").expose_secret().to_owned();
            let confirm = |code: &str| json!({ "code": code, "login": "zhang", "display_name": "Zhang", "password": "a passing phrase" });
            let path = format!("/auth/registrations/{}/confirm", one["id"].as_str().unwrap());
            let wrong = if code == "00000000" { "11111111" } else { "00000000" };
            let (status, refused) = ask!(app, post path, None, Some(confirm(wrong)));
            assert_eq!((status, said(&refused)), (StatusCode::UNPROCESSABLE_ENTITY, "identity.code_refused"));
            let (status, made) = ask!(app, post path, None, Some(confirm(&format!(" {} {} ", &code[..4], &code[4..]))));
            assert_eq!(status, StatusCode::CREATED, "{made}");
            let (status, two) = ask!(app, post "/auth/registrations", None, Some(register("+86 13800138000")));
            assert_eq!(status, StatusCode::ACCEPTED);
            let keys = |v: &Value| v.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
            assert_eq!((keys(&one), &one["expires_at"]), (keys(&two), &two["expires_at"]));
            send_all(realm).await;
            realm.post.last("identity.address_known");
            let unknown = format!("/auth/registrations/{}/confirm", realm.unit("street").id);
            let (status, refused) = ask!(app, post unknown, None, Some(confirm("00000000")));
            assert_eq!((status, said(&refused)), (StatusCode::UNPROCESSABLE_ENTITY, "identity.code_refused"));
            let (_, bad) = ask!(app, post "/auth/registrations", None, Some(register("nobody")));
            assert_eq!(bad["errors"][0]["code"], "identity.address_unreadable");
            let mut last = StatusCode::ACCEPTED;
            for n in 0..40 {
                last = ask!(app, post "/auth/registrations", None, Some(register(&format!("139001390{n:02}")))).0;
            }
            assert_eq!(last, StatusCode::TOO_MANY_REQUESTS, "one source asks for thirty in ten minutes");
        });
    });
}

#[test]
fn a_forgotten_password_comes_back_by_a_contact() {
    everywhere(|realm| {
        realm.chief();
        realm.person("wang", "street");
        let site = site(realm);
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let wang = sign_in!(app, "wang", PASSWORD);
            let wang = Some(wang.as_str());
            let add =
                |password: &str| json!({ "address": "wang@town.example", "current_password": password });
            let (status, refused) = ask!(app, post "/me/contacts", wang, Some(add("wrong")));
            assert_eq!(
                (status, said(&refused)),
                (StatusCode::UNPROCESSABLE_ENTITY, "identity.wrong_password")
            );
            let (status, contact) = ask!(app, post "/me/contacts", wang, Some(add(PASSWORD)));
            assert_eq!(
                (status, contact["address"].as_str()),
                (StatusCode::CREATED, Some("w***@town.example"))
            );
            let path = format!("/me/contacts/{}", contact["id"].as_str().unwrap());
            let code = realm.post.code("identity.contact_code").expose_secret().to_owned();
            for _ in 0..4 {
                let wrong = json!({ "code": if code == "00000000" { "11111111" } else { "00000000" } });
                assert_eq!(
                    said(&ask!(app, post format!("{path}/verify"), wang, Some(wrong)).1),
                    "identity.code_refused"
                );
            }
            let (status, proved) =
                ask!(app, post format!("{path}/verify"), wang, Some(json!({ "code": code })));
            assert_eq!((status, proved["verified"].as_bool()), (StatusCode::OK, Some(true)), "the fifth try");
            let (_, list) = ask!(app, get "/me/contacts", wang, None);
            assert_eq!(list["items"].as_array().unwrap().len(), 1);

            let reset = |login: &str| json!({ "login": login });
            let (known, one) = ask!(app, post "/auth/password-resets", None, Some(reset("wang")));
            let (unknown, two) = ask!(app, post "/auth/password-resets", None, Some(reset("nobody")));
            assert_eq!((known, one), (unknown, two), "the same to the letter");
            send_all(realm).await;
            assert_eq!(realm.post.count("identity.password_reset"), 1);
            let code = realm.post.code("identity.password_reset").expose_secret().to_owned();
            let confirm = |code: &str, password: &str| json!({ "code": code, "password": password });
            let (_, weak) =
                ask!(app, post "/auth/password-resets/confirm", None, Some(confirm(&code, "wang-wang-1")));
            assert_eq!(weak["errors"][0]["pointer"], "/password");
            let (status, _) =
                ask!(app, post "/auth/password-resets/confirm", None, Some(confirm(&code, "another phrase")));
            assert_eq!(status, StatusCode::NO_CONTENT);
            let (_, used) =
                ask!(app, post "/auth/password-resets/confirm", None, Some(confirm(&code, "another phrase")));
            assert_eq!(said(&used), "identity.code_refused");
            assert_eq!(ask!(app, get "/me", wang, None).0, StatusCode::UNAUTHORIZED, "every session ended");
            let wang = sign_in!(app, "wang", "another phrase");
            assert_eq!(ask!(app, delete path, Some(wang.as_str()), None).0, StatusCode::NO_CONTENT);
        });
    });
}

#[test]
fn policies_are_read_and_changed_with_the_version_one_has_seen() {
    everywhere(|realm| {
        realm.chief();
        realm.person("wang", "street");
        let site = site(realm);
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let chief = sign_in!(app, "chief", PASSWORD);
            let chief = Some(chief.as_str());
            for name in ["passwords", "lockout", "sessions", "mfa"] {
                let (status, found) = ask!(app, get format!("/policies/{name}"), chief, None);
                assert_eq!((status, found["version"].as_i64()), (StatusCode::OK, Some(1)), "{name}: {found}");
                let mut body = found.clone();
                body.as_object_mut().unwrap().remove("can");
                body.as_object_mut().unwrap().remove("version");
                let (status, _) = ask!(app, put format!("/policies/{name}"), chief, Some(body.clone()));
                assert_eq!(status, StatusCode::PRECONDITION_REQUIRED, "{name}");
                body["version"] = json!(1);
                let (status, put) = ask!(app, put format!("/policies/{name}"), chief, Some(body.clone()));
                assert_eq!((status, put["version"].as_i64()), (StatusCode::OK, Some(2)), "{name}: {put}");
                let (status, _) = ask!(app, put format!("/policies/{name}"), chief, Some(body));
                assert_eq!(status, StatusCode::PRECONDITION_FAILED, "{name}");
            }
            let weak = json!({ "min_length": 4, "history": 0, "max_age_days": 0, "version": 2 });
            let (status, refused) = ask!(app, put "/policies/passwords", chief, Some(weak));
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
            assert_eq!(refused["errors"][0]["pointer"], "/min_length");
            let long = json!({ "min_length": 20, "history": 0, "max_age_days": 0, "version": 2 });
            assert_eq!(ask!(app, put "/policies/passwords", chief, Some(long)).0, StatusCode::OK);
            let short = json!({ "login": "short", "display_name": "S", "unit_id": realm.unit("street").id, "password": "a passing phrase" });
            assert_eq!(ask!(app, post "/users", chief, Some(short)).1["errors"][0]["pointer"], "/password");
            let wang = sign_in!(app, "wang", PASSWORD);
            assert_eq!(ask!(app, get "/policies/mfa", Some(wang.as_str()), None).0, StatusCode::FORBIDDEN);
        });
    });
}
