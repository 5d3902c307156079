//! Second factors, machines, sessions and the log, through the whole application.

use actix_web::http::StatusCode;
use actix_web::test as calls;
use kernel::BuiltinRole;
use serde_json::{Value, json};

use super::over_http::site_of;
use super::second_factor::{enrol, now_code};
use super::setting::{PASSWORD, everywhere};
use super::signing_in::on_runtime;

/// A POST with an idempotency key.
macro_rules! once {
    ($app:expr, $path:expr, $token:expr, $key:expr, $body:expr) => {{
        let request = calls::TestRequest::post()
            .uri(&format!("/api/v1{}", $path))
            .insert_header(("authorization", format!("Bearer {}", $token.unwrap())))
            .insert_header(("idempotency-key", $key))
            .set_json($body);
        let response = calls::call_service($app, request.to_request()).await;
        let (status, cache) = (response.status(), response.headers().get("cache-control").cloned());
        let body: Value = serde_json::from_slice(&calls::read_body(response).await).unwrap_or_default();
        (status, cache, body)
    }};
}

#[test]
fn what_is_secret_is_shown_once_and_never_kept() {
    everywhere(|realm| {
        realm.chief();
        let site = site_of(realm, realm.gate());
        let street = realm.unit("street").id;
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let signed = sign_in!(app, "chief");
            assert_eq!((signed["state"].as_str(), signed.get("challenge")), (Some("signed_in"), None));
            let chief = signed["access_token"].as_str();
            let (status, refused) = ask!(app, post "/me/totp", chief, Some(json!({})));
            assert_eq!((status, refused["code"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("identity.proof_needed")));
            let proof = json!({ "password": PASSWORD });
            let (status, cache, setup) = once!(app, "/me/totp", chief, "k1", proof.clone());
            assert_eq!(status, StatusCode::CREATED, "{setup}");
            assert_eq!(cache.unwrap(), "no-store");
            assert!(setup["uri"].as_str().unwrap().starts_with("otpauth://totp/"));
            let (status, _, again) = once!(app, "/me/totp", chief, "k1", proof);
            assert_eq!((status, again["code"].as_str()), (StatusCode::CONFLICT, Some("web.shown_once")));

            let robot = json!({ "login": "robot", "display_name": "Robot", "unit_id": street, "purpose": "counts lamps" });
            let (status, robot) = ask!(app, post "/service-accounts", chief, Some(robot));
            assert_eq!(status, StatusCode::CREATED, "{robot}");
            assert_eq!((robot["owner"]["display_name"].as_str(), robot["owner_enabled"].as_bool()), (Some("Chief"), Some(true)));
            let keys = format!("/service-accounts/{}/keys", robot["id"].as_str().unwrap());
            let (status, _, made) = once!(app, keys, chief, "k2", json!({ "name": "night" }));
            assert_eq!(status, StatusCode::CREATED, "{made}");
            let token = made["token"].as_str();
            let (status, _, again) = once!(app, keys, chief, "k2", json!({ "name": "night" }));
            assert_eq!((status, again["code"].as_str()), (StatusCode::CONFLICT, Some("web.shown_once")));
            let (_, list) = ask!(app, get keys, chief, None);
            assert_eq!(list["items"].as_array().unwrap().len(), 1, "the repetition made no second");
            assert!(!list.to_string().contains(token.unwrap()));
            assert!(token.unwrap().starts_with(list["items"][0]["prefix"].as_str().unwrap()));

            // The key is a bearer token like any other, with its account's rights and none of its ways in.
            let (status, me) = ask!(app, get "/me", token, None);
            assert_eq!((status, me["login"].as_str()), (StatusCode::OK, Some("robot")));
            assert_eq!(ask!(app, get "/users", token, None).0, StatusCode::FORBIDDEN);
            let role = identity::service::builtin::role_id(BuiltinRole::UnitAdmin);
            let grant = json!({ "user_id": robot["id"], "role_id": role, "unit_id": street, "reason": "for the night" });
            assert_eq!(ask!(app, post "/grants", chief, Some(grant)).0, StatusCode::CREATED);
            assert_eq!(ask!(app, get "/users", token, None).0, StatusCode::OK, "on the next request");
            let why = format!("/access/why?user={}&permission=identity.user.read&unit={street}", robot["id"].as_str().unwrap());
            assert_eq!(ask!(app, get why, chief, None).1["allowed"], true);
            let forbidden = [
                ("/me/password", json!({ "current_password": PASSWORD, "new_password": "a passing phrase" })),
                ("/me/totp", json!({ "password": PASSWORD })),
                ("/me/totp/confirm", json!({ "code": "123456" })),
                ("/me/totp/remove", json!({ "code": "123456" })),
                ("/me/recovery-codes", json!({ "code": "123456" })),
                ("/me/api-keys", json!({ "name": "another", "password": PASSWORD })),
                (keys.as_str(), json!({ "name": "another" })),
                ("/service-accounts", json!({ "login": "x12", "display_name": "x", "unit_id": street, "purpose": "more" })),
            ];
            for (path, body) in forbidden {
                let (status, refused) = ask!(app, post path, token, Some(body));
                assert_eq!((status, refused["code"].as_str()), (StatusCode::FORBIDDEN, Some("identity.not_by_key")), "{path}");
            }
            let path = format!("/keys/{}/rotate", made["key"]["id"].as_str().unwrap());
            let (status, fresh) = ask!(app, post path, chief, Some(json!({ "overlap_hours": 0 })));
            assert_eq!(status, StatusCode::CREATED, "{fresh}");
            let fresh_token = fresh["token"].as_str();
            let unknown = Some("cwk_0123456789abcdef0123_nothing");
            let bodies: Vec<Value> = [token, unknown, Some("cwk_")]
                .map(|token| token.map(str::to_owned))
                .into_iter()
                .map(|token| json!(token))
                .collect();
            let mut said = Vec::new();
            for token in &bodies {
                let (status, body) = ask!(app, get "/me", token.as_str(), None);
                said.push((status, body["code"].clone(), body["title"].clone(), body["detail"].clone()));
            }
            assert!(said.iter().all(|one| *one == said[0]) && said[0].0 == StatusCode::UNAUTHORIZED, "{said:?}");
            let path = format!("/keys/{}/revoke", fresh["key"]["id"].as_str().unwrap());
            let (status, revoked) = ask!(app, post path, chief, Some(json!({ "reason": "lost" })));
            assert_eq!((status, revoked["state"].as_str()), (StatusCode::OK, Some("revoked")));
            assert_eq!(ask!(app, get "/me", fresh_token, None).0, StatusCode::UNAUTHORIZED);
            let path = format!("/service-accounts/{}/disable", robot["id"].as_str().unwrap());
            let (status, off) = ask!(app, post path, chief, Some(json!({ "reason": "replaced" })));
            assert_eq!((status, off["status"].as_str()), (StatusCode::OK, Some("disabled")));
        });
    });
}

#[test]
fn a_sign_in_in_two_halves_is_one_flat_answer() {
    everywhere(|realm| {
        let chief = realm.chief();
        let gate = realm.gate();
        let device = on_runtime(async { enrol(realm, &gate, chief).await });
        let site = site_of(realm, gate);
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let right = json!({ "login": "chief", "password": PASSWORD });
            let (status, half) = ask!(app, post "/auth/login", None, Some(right));
            assert_eq!((status, half["state"].as_str()), (StatusCode::OK, Some("second_factor_needed")));
            let mut keys: Vec<&String> = half.as_object().unwrap().keys().collect();
            keys.sort();
            assert_eq!(keys, ["challenge", "expires_in", "state"], "nothing of the account");
            let (status, wrong) =
                ask!(app, post "/auth/login", None, Some(json!({ "login": "chief", "password": "wrong" })));
            assert_eq!((status, wrong.get("challenge")), (StatusCode::UNAUTHORIZED, None));
            let challenge = half["challenge"].as_str();
            assert_eq!(
                ask!(app, get "/me", challenge, None).0,
                StatusCode::UNAUTHORIZED,
                "a challenge is no token"
            );
            let body = json!({ "challenge": challenge, "code": "000000" });
            let (status, refused) = ask!(app, post "/auth/second-factor", None, Some(body));
            assert_eq!(
                (status, refused["code"].as_str()),
                (StatusCode::UNAUTHORIZED, Some("identity.second_factor_refused"))
            );
            let body = json!({ "challenge": challenge, "code": now_code(realm, &device) });
            let (status, signed) = ask!(app, post "/auth/second-factor", None, Some(body.clone()));
            assert_eq!(status, StatusCode::OK, "{signed}");
            assert_eq!(ask!(app, post "/auth/second-factor", None, Some(body)).0, StatusCode::UNAUTHORIZED);
            let token = signed["access_token"].as_str();
            let (_, me) = ask!(app, get "/me", token, None);
            assert_eq!(
                (me["has_second_factor"].as_bool(), me["must_set_up_second_factor"].as_bool()),
                (Some(true), Some(false))
            );
            let (_, list) = ask!(app, get "/sessions", token, None);
            assert_eq!(list["items"][0]["session"]["method"], "password_totp");
            let owner = list["items"][0]["user"]["id"].as_str().unwrap();
            let (status, own) = ask!(app, get format!("/users/{owner}/sessions"), token, None);
            assert_eq!((status, &own["items"][0]), (StatusCode::OK, &list["items"][0]));
            let nobody = format!("/users/{}/sessions", realm.ids.uuid());
            assert_eq!(ask!(app, get nobody, token, None).0, StatusCode::NOT_FOUND);
            for secret in [signed["access_token"].as_str(), signed["refresh_token"].as_str()] {
                assert!(!list.to_string().contains(secret.unwrap()), "no token in any answer");
            }
            let (status, own) = ask!(app, get "/me/sign-ins?limit=2", token, None);
            assert_eq!((status, own["items"][0]["outcome"].as_str()), (StatusCode::OK, Some("signed_in")));
            assert!(own["next_cursor"].is_string());
            assert_eq!(
                ask!(app, get "/audit/sign-ins", token, None).0,
                StatusCode::FORBIDDEN,
                "the auditor's"
            );
            let id = list["items"][0]["id"].as_str().unwrap();
            assert_eq!(ask!(app, delete format!("/sessions/{id}"), token, None).0, StatusCode::NO_CONTENT);
            assert_eq!(ask!(app, get "/me", token, None).0, StatusCode::UNAUTHORIZED);
        });
        let auditor = realm.person("auditor", "town");
        realm.give(chief, realm.gift(auditor, BuiltinRole::AuditAdmin, "town")).unwrap();
        let site = site_of(realm, realm.gate());
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let signed = sign_in!(app, "auditor");
            let token = signed["access_token"].as_str();
            let (status, log) =
                ask!(app, get format!("/audit/sign-ins?user={chief}&outcome=wrong_code"), token, None);
            assert_eq!((status, log["items"].as_array().unwrap().len()), (StatusCode::OK, 1));
            assert_eq!(log["items"][0]["user"]["display_name"], "Chief");
            assert_eq!(
                ask!(app, get "/audit/sign-ins?outcome=nothing", token, None).0,
                StatusCode::BAD_REQUEST
            );
            assert_eq!(
                ask!(app, get "/audit/sign-ins?from=2030-01-01T00:00:00Z", token, None).1["items"],
                json!([])
            );
        });
    });
}
