//! The tenth trap by all its paths: somebody acts, and the trail names another. Nobody acts as somebody else here; what acts beside
//! a person are their keys and their machines.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::test as calls;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::service::builtin::role_id;
use identity::service::{handovers, keys};
use kernel::BuiltinRole;
use kernel::id::User;
use kernel::{Id, PageSize};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use storage::audit::{Filter, Record};

use super::over_http::site;
use super::setting::{PASSWORD, Realm, everywhere};
use super::trap_one::over_all_trees;
use super::traps::{gift, said};

/// The trail, newest first.
async fn trail(realm: &Realm) -> Vec<Record> {
    let size = PageSize::new(200).unwrap();
    let page = realm.db.read(move |tx| storage::audit::list(tx, &Filter::default(), None, size, 0)).await;
    page.unwrap().items
}

/// Everything that came to the trail since `before` was done by `who`, for nobody else, in the columns and in what is sealed.
async fn all_by(realm: &Realm, before: &[Record], who: Id<User>) -> Vec<String> {
    let now = trail(realm).await;
    let new = &now[..now.len() - before.len()];
    for record in new {
        assert_eq!((record.actor_id, record.on_behalf_of), (Some(who), None), "{record:?}");
        let body: Value = serde_json::from_str(&record.body).unwrap();
        assert_eq!((&body["actor_id"], body.get("on_behalf_of")), (&json!(who), None), "{record:?}");
    }
    new.iter().map(|record| record.action.clone()).collect()
}

/// A key of one's own: its token. `Null`: all that one holds.
macro_rules! own_key {
    ($app:expr, $token:expr, $only:expr) => {{
        let mut body = json!({ "name": "mine", "password": PASSWORD });
        let only: Value = $only;
        if !only.is_null() {
            body["permissions"] = only;
        }
        let (status, made) = ask!($app, post "/me/api-keys", $token, Some(body));
        assert_eq!(status, StatusCode::CREATED, "{made}");
        made["token"].as_str().unwrap().to_owned()
    }};
}

/// A machine of the caller's: its id.
macro_rules! own_machine {
    ($app:expr, $token:expr, $realm:expr, $login:expr) => {{
        let body = json!({ "login": $login, "display_name": "R", "unit_id": $realm.unit("street").id, "purpose": "nights" });
        let (status, made) = ask!($app, post "/service-accounts", $token, Some(body));
        assert_eq!(status, StatusCode::CREATED, "{made}");
        made["id"].as_str().unwrap().to_owned()
    }};
}

#[test]
fn trap_10_what_a_key_does_is_its_accounts_on_the_trail_and_nobody_elses() {
    everywhere(|realm| {
        let chief = realm.chief();
        let admin = realm.person("admin", "street");
        let (wang, li) = (realm.person("wang", "street"), realm.person("li", "street"));
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        let site = site(realm);
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let (signed, ours) = (sign_in!(app, "chief"), sign_in!(app, "admin"));
            let chief_token = signed["access_token"].as_str();
            let key = own_key!(app, ours["access_token"].as_str(), Value::Null);
            let robot = own_machine!(app, chief_token, realm, "robot");
            let body = gift(&robot, BuiltinRole::UnitAdmin, realm, "street");
            assert_eq!(ask!(app, post "/grants", chief_token, Some(body)).0, StatusCode::CREATED);
            let path = format!("/service-accounts/{robot}/keys");
            let (_, made) = ask!(app, post path, chief_token, Some(json!({ "name": "night" })));
            let robot_key = made["token"].as_str().unwrap().to_owned();
            for (token, who) in [(&key, admin), (&robot_key, robot.parse().unwrap())] {
                let (before, token) = (trail(realm).await, Some(token.as_str()));
                let body = gift(wang, BuiltinRole::UnitAdmin, realm, "community");
                assert_eq!(ask!(app, post "/grants", token, Some(body)).0, StatusCode::CREATED);
                let pass = json!({ "to_id": li, "reason": "another post" });
                let passed = ask!(app, post format!("/users/{wang}/handover"), token, Some(pass));
                assert_eq!((passed.0, &passed.1["counts"][0]["handed_over"]), (StatusCode::OK, &json!(1)));
                let (_, list) = ask!(app, get format!("/grants?user={li}&state=active"), token, None);
                let path = format!("/grants/{}/revoke", list["items"][0]["id"].as_str().unwrap());
                assert_eq!(ask!(app, post path, token, Some(json!({ "reason": "over" }))).0, StatusCode::OK);
                let mut told = all_by(realm, &before, who).await;
                told.sort();
                let wanted =
                    ["grant.given", "grant.given", "grant.revoked", "grant.revoked", "user.handed_over"];
                assert_eq!(told, wanted.map(|action| format!("identity.{action}")));
            }
            // What is asked for now and done by the clock is done by who asked.
            let due = realm.now().plus_days(1);
            let later = json!({ "to_id": li, "reason": "another post", "due_at": due });
            let (status, asked) =
                ask!(app, post format!("/users/{wang}/handover"), Some(key.as_str()), Some(later));
            assert_eq!((status, asked["state"].as_str()), (StatusCode::OK, Some("scheduled")));
            let before = trail(realm).await;
            let (shared, ids) = (realm.services.clone(), Arc::clone(&realm.ids));
            let ran = realm.db.write(move |tx| handovers::run_due(tx, due, &shared, &ids)).await;
            assert_eq!(ran.unwrap(), 1);
            assert!(all_by(realm, &before, admin).await.contains(&"identity.handover.done".to_owned()));
        });
    });
}

#[test]
fn trap_10_a_key_never_reaches_what_its_owner_lacks() {
    everywhere(|realm| {
        let chief = realm.chief();
        let admin = realm.person("admin", "street");
        let (wang, li) = (realm.person("wang", "street"), realm.person("li", "street"));
        let grant = realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        let site = site(realm);
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let (signed, ours) = (sign_in!(app, "chief"), sign_in!(app, "admin"));
            let (chief_token, token) = (signed["access_token"].as_str(), ours["access_token"].as_str());
            let whole = own_key!(app, token, Value::Null);
            let few = json!(["identity.policy.manage", "identity.user.read", "identity.user.manage"]);
            let narrow = own_key!(app, token, few);
            let (whole, narrow) = (Some(whole.as_str()), Some(narrow.as_str()));
            // What a key says it carries is not what its owner holds.
            let forbidden = (403, "kernel.forbidden");
            assert_eq!(said(&ask!(app, get "/policies/passwords", narrow, None)), forbidden);
            assert_eq!(said(&ask!(app, get "/policies/passwords", whole, None)), forbidden);
            assert_eq!(ask!(app, get "/users", narrow, None).0, StatusCode::OK);
            for (unit, role) in [("street", BuiltinRole::GridWorker), ("other", BuiltinRole::UnitAdmin)] {
                let body = gift(wang, role, realm, unit);
                assert_eq!(
                    said(&ask!(app, post "/grants", whole, Some(body))),
                    (403, "identity.above_ceiling")
                );
            }
            // Nor is the clock a way round: later, nobody would know how narrow it was.
            let now = json!({ "to_id": li, "reason": "another post" });
            let later = json!({ "to_id": li, "reason": "another post", "due_at": realm.now().plus_days(1) });
            let path = format!("/users/{wang}/handover");
            assert_eq!(ask!(app, post path, narrow, Some(now)).0, StatusCode::OK);
            let late = ask!(app, post path, narrow, Some(later));
            assert_eq!(said(&late), (403, "identity.not_by_key"));
            // What the owner loses the keys lose with it.
            let path = format!("/grants/{}/revoke", grant.id);
            assert_eq!(
                ask!(app, post path, chief_token, Some(json!({ "reason": "over" }))).0,
                StatusCode::OK
            );
            for key in [whole, narrow] {
                assert_eq!(said(&ask!(app, get "/users", key, None)), forbidden);
            }
        });
    });
}

#[test]
fn trap_10_a_machine_is_no_way_to_what_its_maker_may_only_give() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (second, li) = (realm.person("second", "town"), realm.person("li", "street"));
        realm.give(chief, realm.gift(second, BuiltinRole::SecurityAdmin, "town")).unwrap();
        let site = site(realm);
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let (signed, other) = (sign_in!(app, "chief"), sign_in!(app, "second"));
            let (token, second_token) = (signed["access_token"].as_str(), other["access_token"].as_str());
            // The founder appoints auditors and is none, by no machine either: not before its key, not after.
            let (early, late) =
                (own_machine!(app, token, realm, "early"), own_machine!(app, token, realm, "late"));
            let above = (403, "identity.above_ceiling");
            let audit = |machine: &str| Some(gift(machine, BuiltinRole::AuditAdmin, realm, "town"));
            assert_eq!(said(&ask!(app, post "/grants", token, audit(&early))), above);
            // Nor by somebody else's grant: what a person and their machines hold counts as one.
            let apart = (409, "identity.administrators_are_three");
            assert_eq!(said(&ask!(app, post "/grants", second_token, audit(&late))), apart);
            // What they hold themselves a machine may hold; it gives to others, and to nobody who stands behind it.
            let body = gift(&early, BuiltinRole::PlatformAdmin, realm, "town");
            assert_eq!(ask!(app, post "/grants", token, Some(body)).0, StatusCode::CREATED);
            let path = format!("/service-accounts/{early}/keys");
            let (status, made) = ask!(app, post path, token, Some(json!({ "name": "mine" })));
            assert_eq!(status, StatusCode::CREATED, "{made}");
            let key = made["token"].as_str();
            let work = |who| Some(gift(who, BuiltinRole::GridWorker, realm, "street"));
            assert_eq!(said(&ask!(app, post "/grants", key, work(chief))), (403, "identity.grant_to_self"));
            assert_eq!(ask!(app, post "/grants", key, work(li)).0, StatusCode::CREATED);
        });
    });
}

#[test]
fn trap_10_neither_a_key_nor_a_machine_is_the_second_person() {
    everywhere(|realm| {
        let chief = realm.chief();
        over_all_trees(realm);
        let (second, wang) = (realm.person("second", "town"), realm.person("wang", "street"));
        realm.give(chief, realm.gift(second, BuiltinRole::SecurityAdmin, "town")).unwrap();
        let site = site(realm);
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let (signed, other) = (sign_in!(app, "chief"), sign_in!(app, "second"));
            let (token, second_token) = (signed["access_token"].as_str(), other["access_token"].as_str());
            let rule = json!({ "role_a_id": role_id(BuiltinRole::GridWorker), "role_b_id": role_id(BuiltinRole::Merchant),
                "where": "anywhere", "mode": "needs_second", "reason": "four eyes" });
            assert_eq!(ask!(app, post "/role-conflicts", token, Some(rule)).0, StatusCode::CREATED);
            let robot = own_machine!(app, token, realm, "robot");
            let body = gift(&robot, BuiltinRole::PlatformAdmin, realm, "town");
            assert_eq!(ask!(app, post "/grants", token, Some(body)).0, StatusCode::CREATED);
            let path = format!("/service-accounts/{robot}/keys");
            let (_, made) = ask!(app, post path, token, Some(json!({ "name": "mine" })));
            let by_robot = made["token"].as_str();
            let by_key = own_key!(app, second_token, Value::Null);
            let merchant = gift(wang, BuiltinRole::Merchant, realm, "street");
            assert_eq!(ask!(app, post "/grants", token, Some(merchant)).0, StatusCode::CREATED);
            let work = || Some(gift(wang, BuiltinRole::GridWorker, realm, "street"));
            let word = Some(json!({ "reason": "looked at it" }));
            // Given by the chief, or by the chief's machine: it is the chief's.
            for giver in [token, by_robot] {
                let (_, grant) = ask!(app, post "/grants", giver, work());
                assert_eq!(grant["state"], "proposed", "{grant}");
                let path = format!("/grants/{}/approve", grant["id"].as_str().unwrap());
                let again = ask!(app, post path, token, word.clone());
                assert_eq!(said(&again), (403, "identity.second_person_needed"));
                for key in [by_robot, Some(by_key.as_str())] {
                    let answer = ask!(app, post path, key, word.clone());
                    assert_eq!(said(&answer), (403, "identity.not_by_key"));
                }
                let before = trail(realm).await;
                let (status, approved) = ask!(app, post path, second_token, word.clone());
                assert_eq!((status, &approved["approved_by"]["id"]), (StatusCode::OK, &json!(second)), "{approved}");
                assert_eq!(all_by(realm, &before, second).await, ["identity.grant.approved"]);
                let path = format!("/grants/{}/revoke", grant["id"].as_str().unwrap());
                assert_eq!(ask!(app, post path, token, Some(json!({ "reason": "again" }))).0, StatusCode::OK);
            }
        });
    });
}

/// A token of ours with other claims: signed by our key, or with the signature it had.
async fn retold(realm: &Realm, token: &str, change: impl Fn(&mut Value), signed: bool) -> String {
    let parts: Vec<&str> = token.split('.').collect();
    let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    change(&mut claims);
    if !signed {
        return format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(claims.to_string()), parts[2]);
    }
    let ring = realm.db.read(keys::load).await.unwrap().unwrap();
    let key = ring.signer().unwrap();
    let pem = key.private_pem().unwrap();
    let pem = jsonwebtoken::EncodingKey::from_ed_pem(pem.expose_secret().as_bytes()).unwrap();
    let header = jsonwebtoken::decode_header(token).unwrap();
    jsonwebtoken::encode(&header, &claims, &pem).unwrap()
}

#[test]
fn trap_10_nobody_names_another_actor() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (admin, wang) = (realm.person("admin", "street"), realm.person("wang", "street"));
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        let site = site(realm);
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let ours = sign_in!(app, "admin");
            let token = ours["access_token"].as_str().unwrap();
            let key = own_key!(app, Some(token), Value::Null);
            // By a header: as if it were not there.
            let within = gift(wang, BuiltinRole::UnitAdmin, realm, "community");
            let beyond = gift(wang, BuiltinRole::UnitAdmin, realm, "other");
            let before = trail(realm).await;
            let mut end = realm.now();
            for name in [
                "x-user-id",
                "x-actor",
                "x-act-as",
                "x-on-behalf-of",
                "x-impersonate-user",
                "x-remote-user",
                "sudo",
            ] {
                end = end.plus_days(1);
                for (body, status) in [(&within, 201), (&beyond, 403)] {
                    let mut body = body.clone();
                    body["ends_at"] = json!(end);
                    let request = calls::TestRequest::post()
                        .uri("/api/v1/grants")
                        .insert_header(("authorization", format!("Bearer {key}")))
                        .insert_header((name, chief.to_string()))
                        .set_json(body);
                    let answer = calls::call_service(app, request.to_request()).await;
                    assert_eq!(answer.status().as_u16(), status, "{name}");
                }
            }
            assert_eq!(all_by(realm, &before, admin).await, vec!["identity.grant.given"; 7]);
            // By the body or the query: refused.
            let deeds = [
                ("/grants".to_owned(), within.clone()),
                (format!("/users/{wang}/handover"), json!({ "to_id": admin, "reason": "because" })),
                (format!("/users/{wang}/offboard"), json!({ "reason": "because" })),
                (format!("/users/{wang}/sign-out"), json!({ "reason": "because" })),
                ("/me/api-keys".to_owned(), json!({ "name": "x", "password": PASSWORD })),
            ];
            for (path, body) in &deeds {
                for field in [
                    "actor",
                    "actor_id",
                    "act",
                    "on_behalf_of",
                    "on_behalf_of_id",
                    "asked_by",
                    "granted_by",
                    "created_by",
                ] {
                    let mut body = body.clone();
                    body[field] = json!(chief);
                    let answer = ask!(app, post path, Some(token), Some(body));
                    assert_eq!(said(&answer), (422, "web.invalid_body"), "{path} {field}");
                }
            }
            assert_eq!(
                said(&ask!(app, get format!("/users?act_as={chief}"), Some(token), None)),
                (400, "web.invalid_parameter")
            );
            // By the token: `act` says nothing, even if our own key signed it; another's name breaks the signature.
            let named = |claims: &mut Value| {
                for claim in ["act", "may_act", "on_behalf_of"] {
                    claims[claim] = json!({ "sub": chief });
                }
                claims["roles"] = json!(["platform_admin"]);
            };
            let acting = retold(realm, token, named, true).await;
            let before = trail(realm).await;
            assert_eq!(ask!(app, get "/me", Some(acting.as_str()), None).1["login"], "admin");
            assert_eq!(
                said(&ask!(app, post "/grants", Some(acting.as_str()), Some(beyond))),
                (403, "identity.above_ceiling")
            );
            assert_eq!(ask!(app, post "/grants", Some(acting.as_str()), Some(within)).0, StatusCode::CREATED);
            assert_eq!(all_by(realm, &before, admin).await, ["identity.grant.given"]);
            let sub = |claims: &mut Value| claims["sub"] = json!(chief);
            // Nor does our own signature make one person's session another's.
            for signed in [false, true] {
                let forged = retold(realm, token, sub, signed).await;
                assert_eq!(
                    said(&ask!(app, get "/me", Some(forged.as_str()), None)),
                    (401, "identity.signed_out")
                );
            }
        });
    });
}
