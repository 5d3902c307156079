//! More of what administrators of other systems suffered from, tried from outside: leaving, sessions, sign-in elsewhere, keys.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::test as calls;
use identity::service::handovers;
use kernel::BuiltinRole;
use serde_json::{Value, json};

use super::over_http::site;
use super::setting::{PASSWORD, everywhere};
use super::traps::{gift, said};

#[test]
fn trap_12_who_leaves_leaves_nothing_behind_in_part_first_and_on_the_day() {
    everywhere(|realm| {
        let chief = realm.chief();
        let admin = realm.person("admin", "street");
        let (wang, li) = (realm.person("wang", "street"), realm.person("li", "street"));
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        for (role, unit) in [
            (BuiltinRole::GridWorker, "street"),
            (BuiltinRole::UnitAdmin, "community"),
            (BuiltinRole::Inspector, "street"),
        ] {
            realm.give(chief, realm.gift(wang, role, unit)).unwrap();
        }
        let site = site(realm);
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let (signed, theirs, ours) = (sign_in!(app, "chief"), sign_in!(app, "wang"), sign_in!(app, "admin"));
            let (token, few) = (signed["access_token"].as_str(), ours["access_token"].as_str());
            let made = json!({ "name": "mine", "password": PASSWORD });
            let (_, key) = ask!(app, post "/me/api-keys", theirs["access_token"].as_str(), Some(made));
            let key = key["token"].as_str();
            let held = format!("/users/{wang}/holdings");
            let left = |page: &Value| page["items"].as_array().unwrap().len();
            assert_eq!(left(&ask!(app, get held, token, None).1), 3);
            // All in one transaction or none: one grant is not the street administrator's to give, so nothing passed.
            let path = format!("/users/{wang}/handover");
            let all = json!({ "to_id": li, "reason": "another post" });
            assert_eq!(said(&ask!(app, post path, few, Some(all))), (409, "identity.handover_refused"));
            assert_eq!(left(&ask!(app, get held, token, None).1), 3);
            // In part, and no more than was told before.
            let part = |dry: bool| {
                let unit = realm.unit("community").id;
                Some(json!({ "to_id": li, "reason": "another post", "kinds": ["grant"], "unit_ids": [unit], "dry_run": dry }))
            };
            let (_, dry) = ask!(app, post path, few, part(true));
            assert_eq!(left(&ask!(app, get held, token, None).1), 3, "a dry run passes nothing");
            let (_, done) = ask!(app, post path, few, part(false));
            assert_eq!((&dry["items"], &dry["counts"]), (&done["items"], &done["counts"]));
            assert_eq!(left(&ask!(app, get held, token, None).1), 2);
            // On the day, and not before.
            let day = realm.now().plus_days(3);
            let leave = json!({ "due_at": day, "handover_to_id": li, "reason": "retires" });
            let (_, asked) = ask!(app, post format!("/users/{wang}/offboard"), token, Some(leave));
            assert_eq!((&asked["state"], &asked["keys_ended"]), (&json!("scheduled"), &json!(1)), "{asked}");
            assert_eq!(ask!(app, get "/me", key, None).0, StatusCode::OK);
            realm.hand.go(3 * 86_400);
            let (signed, theirs) = (sign_in!(app, "chief"), sign_in!(app, "wang"));
            let token = signed["access_token"].as_str();
            let (shared, ids) = (realm.services.clone(), Arc::clone(&realm.ids));
            let ran = realm.db.write(move |tx| handovers::run_due(tx, day, &shared, &ids)).await;
            assert_eq!(ran.unwrap(), 1);
            // Nothing hangs on them, and nothing of theirs opens anything.
            let (_, page) = ask!(app, get held, token, None);
            assert_eq!((left(&page), &page["counts"]), (0, &json!(["grant", "service_account", "grant_request", "approval"]
                .map(|kind| json!({ "kind": kind, "count": 0, "hidden": 0 })))));
            let (_, arrived) = ask!(app, get format!("/users/{li}/holdings"), token, None);
            assert_eq!(left(&arrived), 3);
            let (_, open) = ask!(app, get format!("/users/{wang}/sessions"), token, None);
            assert_eq!(left(&open), 0);
            let refresh = json!({ "refresh_token": theirs["refresh_token"] });
            let shut = async |when: &str| {
                for old in [theirs["access_token"].as_str(), key] {
                    assert_eq!(said(&ask!(app, get "/me", old, None)), (401, "identity.signed_out"), "{when}");
                }
                let again = ask!(app, post "/auth/refresh", None, Some(refresh.clone()));
                assert_eq!(said(&again), (401, "identity.refresh_refused"), "{when}");
            };
            shut("gone").await;
            let back = json!({ "login": "wang", "password": PASSWORD });
            assert_eq!(said(&ask!(app, post "/auth/login", None, Some(back))), (401, "identity.sign_in_failed"));
            // Should they come back, they come in by the door, and not by what they had.
            let why = Some(json!({ "reason": "back for a month" }));
            assert_eq!(ask!(app, post format!("/users/{wang}/enable"), token, why).0, StatusCode::OK);
            shut("back").await;
            sign_in!(app, "wang");
        });
    });
}

#[test]
fn trap_14_no_list_of_sessions_shows_a_token_and_only_who_may_ends_one() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (admin, afar) = (realm.person("admin", "street"), realm.person("afar", "other"));
        let (auditor, near) = (realm.person("auditor", "town"), realm.person("near", "street"));
        let (worker, reader) = (realm.person("worker", "community"), realm.person("reader", "street"));
        for (who, role, unit) in [
            (admin, BuiltinRole::UnitAdmin, "street"),
            (afar, BuiltinRole::UnitAdmin, "other"),
            (auditor, BuiltinRole::AuditAdmin, "town"),
            (near, BuiltinRole::AuditAdmin, "street"),
            (worker, BuiltinRole::GridWorker, "community"),
        ] {
            realm.give(chief, realm.gift(who, role, unit)).unwrap();
        }
        let site = site(realm);
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let mut tokens = std::collections::BTreeMap::new();
            let mut secrets = Vec::new();
            for login in ["chief", "admin", "afar", "auditor", "near", "worker", "reader"] {
                let signed = sign_in!(app, login);
                let said = |name: &str| signed[name].as_str().unwrap().to_owned();
                secrets.extend([said("access_token"), said("refresh_token")]);
                tokens.insert(login, said("access_token"));
            }
            let of = |login: &str| Some(tokens[login].as_str());
            let role = json!({ "name": "looks", "label_en": "L", "label_zh": "看", "unit_id": realm.unit("town").id, "permissions": ["identity.session.read"] });
            let (_, role) = ask!(app, post "/roles", of("chief"), Some(role));
            let mut body = gift(reader, BuiltinRole::Merchant, realm, "street");
            body["role_id"] = role["id"].clone();
            assert_eq!(ask!(app, post "/grants", of("chief"), Some(body)).0, StatusCode::CREATED);
            // What the database keeps of each is no more to be read than the tokens.
            let open = realm.db.read(move |tx| {
                let now = kernel::Instant::from_micros(1_790_000_000_000_000).unwrap();
                Ok([identity::store::sessions::open_of(tx, worker, now)?, identity::store::sessions::open_of(tx, chief, now)?])
            });
            let [of_worker, of_chief] = open.await.unwrap();
            let (session, chiefs) = (of_worker[0].id, of_chief[0].id);
            secrets.extend([of_worker[0].secret.clone(), of_chief[0].secret.clone()]);
            let mut seen = Vec::new();
            for (login, path) in [
                ("admin", "/sessions".to_owned()),
                ("admin", format!("/users/{worker}/sessions")),
                ("reader", format!("/sessions?user={worker}")),
                ("worker", "/me/sessions".to_owned()),
                ("worker", "/me/sign-ins".to_owned()),
                ("auditor", "/audit/sign-ins".to_owned()),
                ("near", format!("/audit/sign-ins?user={worker}")),
            ] {
                let (status, page) = ask!(app, get path, of(login), None);
                let text = page.to_string();
                assert_eq!(status, StatusCode::OK, "{path}: {text}");
                assert!(text.contains(&session.to_string()), "{login} sees it at {path}: {text}");
                assert!(secrets.iter().all(|secret| !text.contains(secret)), "no token in any answer: {path}");
                seen.push((login, text));
            }
            let anothers = |login: &str| seen.iter().any(|(who, text)| *who == login && text.contains(&chiefs.to_string()));
            assert!(anothers("auditor") && !anothers("admin") && !anothers("near"), "each within their unit");
            // Who may not see, sees nothing; not even that it is there.
            let forbidden = (403, "kernel.forbidden");
            let unknown = (404, "kernel.not_found");
            for (login, path, answer) in [
                ("worker", "/sessions".to_owned(), forbidden),
                ("worker", format!("/users/{chief}/sessions"), forbidden),
                ("afar", format!("/users/{worker}/sessions"), unknown),
                ("admin", format!("/users/{chief}/sessions"), unknown),
                ("admin", "/audit/sign-ins".to_owned(), forbidden),
                ("chief", "/audit/sign-ins".to_owned(), forbidden),
                ("auditor", "/sessions".to_owned(), forbidden),
            ] {
                assert_eq!(said(&ask!(app, get path, of(login), None)), answer, "{login} {path}");
            }
            assert_eq!(ask!(app, get format!("/sessions?user={worker}"), of("afar"), None).1["items"], json!([]));
            let end = |id| format!("/sessions/{id}");
            for (login, id, answer) in [
                ("worker", chiefs, forbidden),
                ("auditor", session, forbidden),
                ("reader", session, forbidden),
                ("afar", session, unknown),
                ("admin", chiefs, unknown),
            ] {
                assert_eq!(said(&ask!(app, delete end(id), of(login), None)), answer, "{login}");
            }
            assert_eq!(said(&ask!(app, delete format!("/me/sessions/{chiefs}"), of("worker"), None)), unknown);
            for login in ["chief", "worker"] {
                assert_eq!(ask!(app, get "/me", of(login), None).0, StatusCode::OK, "nobody was put out");
            }
            assert_eq!(ask!(app, delete end(session), of("admin"), None).0, StatusCode::NO_CONTENT);
            assert_eq!(said(&ask!(app, get "/me", of("worker"), None)), (401, "identity.signed_out"));
            assert_eq!(ask!(app, get format!("/users/{worker}/sessions"), of("admin"), None).1["items"], json!([]));
        });
    });
}

#[test]
fn trap_17_a_key_is_shown_once_kept_as_a_hash_ends_and_says_nothing_when_it_is_refused() {
    everywhere(|realm| {
        realm.chief();
        let site = site(realm);
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let signed = sign_in!(app, "chief");
            let chief = signed["access_token"].as_str();
            let body = json!({ "login": "robot", "display_name": "R", "unit_id": realm.unit("street").id, "purpose": "nights" });
            let (_, robot) = ask!(app, post "/service-accounts", chief, Some(body));
            let robot: kernel::Id<kernel::id::User> = robot["id"].as_str().unwrap().parse().unwrap();
            let keys = format!("/service-accounts/{robot}/keys");
            let (_, made) = ask!(app, post keys, chief, Some(json!({ "name": "night" })));
            let token = made["token"].as_str().unwrap();
            let ninety = json!(realm.now().plus_days(90));
            assert_eq!((&made["key"]["expires_at"], &made["key"]["last_used_at"]), (&ninety, &Value::Null));
            // Its beginning finds it again; the rest is in no answer, no row and no record.
            let secret = token.strip_prefix(made["key"]["prefix"].as_str().unwrap()).unwrap();
            assert!(secret.trim_start_matches('_').len() >= 32, "{secret}");
            let (_, listed) = ask!(app, get keys, chief, None);
            let kept = realm.db.read(move |tx| identity::store::api_keys::of(tx, robot)).await.unwrap();
            let size = kernel::PageSize::new(200).unwrap();
            let trail = realm.db.read(move |tx| storage::audit::list(tx, &storage::audit::Filter::default(), None, size, 0));
            let told = format!("{listed} {kept:?} {:?}", trail.await.unwrap().items);
            assert!(told.contains(&kept[0].handle) && !told.contains(secret.trim_start_matches('_')));
            // It says when it was used.
            let mut used = Value::Null;
            for _ in 0..200 {
                assert_eq!(ask!(app, get "/me", Some(token), None).0, StatusCode::OK);
                used = ask!(app, get keys, chief, None).1["items"][0]["last_used_at"].clone();
                if !used.is_null() {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
            assert_eq!(used, json!(realm.now()));
            // Rotated with overlap: both for two hours, then the next alone.
            let next = json!({ "overlap_hours": 2 });
            let path = format!("/keys/{}/rotate", made["key"]["id"].as_str().unwrap());
            let (_, fresh) = ask!(app, post path, chief, Some(next));
            let fresh_token = fresh["token"].as_str();
            for live in [Some(token), fresh_token] {
                assert_eq!(ask!(app, get "/me", live, None).0, StatusCode::OK);
            }
            realm.hand.go(7_200);
            assert_eq!(ask!(app, get "/me", fresh_token, None).0, StatusCode::OK);
            // Expired, revoked, unknown, guessed and malformed sound the same.
            let signed = sign_in!(app, "chief");
            let chief = signed["access_token"].as_str();
            let (_, gone) = ask!(app, post keys, chief, Some(json!({ "name": "lost" })));
            let path = format!("/keys/{}/revoke", gone["key"]["id"].as_str().unwrap());
            assert_eq!(ask!(app, post path, chief, Some(json!({ "reason": "lost" }))).0, StatusCode::OK);
            let guessed = format!("{}_{}", fresh["key"]["prefix"].as_str().unwrap(), "x".repeat(43));
            let unknown = "cwk_0123456789abcdef0123_nothing";
            let mut answers = Vec::new();
            for dead in [token, gone["token"].as_str().unwrap(), guessed.as_str(), unknown, "cwk_"] {
                let (status, mut body) = ask!(app, get "/me", Some(dead), None);
                assert!(body["request_id"].take().is_string());
                answers.push((status, body));
            }
            assert_eq!(answers[0].0, StatusCode::UNAUTHORIZED);
            assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        });
    });
}
