//! What administrators of other systems suffered from, tried from outside: one test a trap, by its number. The first
//! has a file of its own.

use std::collections::BTreeSet;
use std::sync::{Arc, Barrier};

use actix_web::http::StatusCode;
use actix_web::test as calls;
use identity::service::builtin::role_id;
use identity::service::expiry;
use kernel::BuiltinRole;
use serde_json::{Value, json};

use super::over_http::site;
use super::setting::{PASSWORD, Realm, everywhere};

/// The body of a grant.
pub fn gift(user: impl serde::Serialize, role: BuiltinRole, realm: &Realm, unit: &str) -> Value {
    json!({ "user_id": user, "role_id": role_id(role), "unit_id": realm.unit(unit).id, "reason": "for the test" })
}

/// The status and the code of an answer.
pub fn said(answer: &(StatusCode, Value)) -> (u16, &str) {
    (answer.0.as_u16(), answer.1["code"].as_str().unwrap_or_default())
}

#[test]
fn trap_02_a_role_holds_in_its_subtree_and_nowhere_else() {
    everywhere(|realm| {
        let chief = realm.chief();
        let wang = realm.person("wang", "street");
        realm.give(chief, realm.gift(wang, BuiltinRole::GridWorker, "street")).unwrap();
        let site = site(realm);
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let signed = sign_in!(app, "chief");
            let units = ["street", "community", "town", "other"];
            let ask_at = |unit: &str| json!({ "user_id": wang, "permission": "test.work.do", "unit_id": realm.unit(unit).id });
            let questions: Vec<Value> = units.into_iter().map(ask_at).collect();
            let (_, told) = ask!(app, post "/access/check", signed["access_token"].as_str(), Some(json!({ "questions": questions })));
            let said: Vec<bool> = told["items"].as_array().unwrap().iter().map(|a| a["allowed"] == true).collect();
            assert_eq!(said, [true, true, false, false]);
        });
    });
}

#[test]
fn trap_03_two_roles_do_not_leak_into_each_other() {
    everywhere(|realm| {
        let chief = realm.chief();
        let wang = realm.person("wang", "street");
        realm.give(chief, realm.gift(wang, BuiltinRole::UnitAdmin, "street")).unwrap();
        realm.give(chief, realm.gift(wang, BuiltinRole::GridWorker, "other")).unwrap();
        realm.person("hidden", "other");
        let site = site(realm);
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let signed = sign_in!(app, "wang");
            let token = signed["access_token"].as_str();
            let (_, seen) = ask!(app, get "/users", token, None);
            let logins: Vec<_> =
                seen["items"].as_array().unwrap().iter().map(|u| u["login"].clone()).collect();
            assert_eq!(logins, [json!("wang")], "the larger place of one role is not that of the other");
            let path = format!("/me/permissions?unit={}", realm.unit("street").id);
            let (_, here) = ask!(app, get path, token, None);
            assert!(!here.to_string().contains("test.work.do"), "{here}");
        });
    });
}

#[test]
fn trap_04_rights_come_before_the_page_and_a_hidden_thing_hides_only_itself() {
    everywhere(|realm| {
        let chief = realm.chief();
        let admin = realm.person("admin", "street");
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        let mut mine = BTreeSet::from([admin.to_string()]);
        for n in 0..24 {
            let home = if n % 4 == 0 { "community" } else { "other" };
            let id = realm.person(&format!("p{n:02}"), home);
            realm.give(chief, realm.gift(id, BuiltinRole::GridWorker, home)).unwrap();
            if home == "community" {
                mine.insert(id.to_string());
            }
        }
        let site = site(realm);
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let signed = sign_in!(app, "admin");
            let token = signed["access_token"].as_str();
            for list in ["/users?limit=2", "/grants?limit=2"] {
                let (mut seen, mut path) = (BTreeSet::new(), list.to_owned());
                loop {
                    let (status, page) = ask!(app, get path, token, None);
                    assert_eq!(status, StatusCode::OK);
                    let items = page["items"].as_array().unwrap();
                    for item in items {
                        let id = item["user"]["id"].as_str().or(item["id"].as_str()).unwrap();
                        seen.insert(id.to_owned());
                    }
                    let Some(next) = page["next_cursor"].as_str() else { break };
                    assert_eq!(items.len(), 2, "no page has holes");
                    path = format!("{list}&cursor={next}");
                }
                assert_eq!(seen, mine, "{list}");
            }
        });
    });
}

#[test]
fn trap_05_who_can_and_where_say_where_they_go_on() {
    everywhere(|realm| {
        let chief = realm.chief();
        let mut able = BTreeSet::new();
        for n in 0..5 {
            let id = realm.person(&format!("w{n}"), "street");
            realm.give(chief, realm.gift(id, BuiltinRole::GridWorker, "street")).unwrap();
            able.insert(id.to_string());
        }
        let site = site(realm);
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let signed = sign_in!(app, "chief");
            let token = signed["access_token"].as_str();
            let list = format!(
                "/access/who-can?permission=test.work.do&unit={}&limit=2",
                realm.unit("community").id
            );
            let (mut seen, mut pages, mut path) = (BTreeSet::new(), 0, list.clone());
            loop {
                let (_, page) = ask!(app, get path, token, None);
                pages += 1;
                let ids = page["items"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|i| i["user"]["id"].as_str().unwrap().to_owned());
                seen.extend(ids);
                let Some(next) = page["next_cursor"].as_str() else { break };
                path = format!("{list}&cursor={next}");
            }
            assert_eq!((seen, pages), (able, 3));
            // A cursor of one question is good for no other.
            let (_, page) = ask!(app, get list, token, None);
            let stray = format!(
                "/access/who-can?permission=test.work.do&unit={}&cursor={}",
                realm.unit("street").id,
                page["next_cursor"].as_str().unwrap()
            );
            assert_eq!(said(&ask!(app, get stray, token, None)), (400, "kernel.bad_cursor"));
        });
    });
}

#[test]
fn trap_06_why_shows_direct_and_inherited_and_a_no_names_the_way() {
    everywhere(|realm| {
        let chief = realm.chief();
        let wang = realm.person("wang", "street");
        let above = realm.give(chief, realm.gift(wang, BuiltinRole::GridWorker, "street")).unwrap();
        let direct = realm.give(chief, realm.gift(wang, BuiltinRole::GridWorker, "community")).unwrap();
        let site = site(realm);
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let signed = sign_in!(app, "chief");
            let token = signed["access_token"].as_str();
            let at = |unit: &str| {
                format!("/access/why?user={wang}&permission=test.work.do&unit={}", realm.unit(unit).id)
            };
            let (_, yes) = ask!(app, get at("community"), token, None);
            let paths: Vec<_> = yes["paths"]
                .as_array()
                .unwrap()
                .iter()
                .map(|p| {
                    (
                        p["grant_id"].clone(),
                        p["granted_in"]["name"].clone(),
                        p["path"].as_array().unwrap().len(),
                    )
                })
                .collect();
            assert_eq!(
                paths,
                [(json!(above.id), json!("street"), 2), (json!(direct.id), json!("community"), 1)]
            );
            let (_, no) = ask!(app, get at("other"), token, None);
            let missing = &no["missing"][0];
            assert_eq!(
                (&missing["permission"], &missing["unit"]["name"]),
                (&json!("test.work.do"), &json!("other"))
            );
            assert_eq!(missing["nearest_roles"][0]["name"], "grid_worker");
            assert_eq!(missing["could_be_granted_by"][0]["display_name"], "Chief");
            // The unit's own list tells the source of each.
            let path = format!("/units/{}/grants", realm.unit("community").id);
            let (_, own) = ask!(app, get path, token, None);
            assert_eq!(own["items"].as_array().unwrap().len(), 1);
            let (_, all) = ask!(app, get format!("{path}?include=inherited"), token, None);
            let told: Vec<_> = all["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|i| (i["grant"]["id"].clone(), i["inherited"] == true))
                .collect();
            assert!(
                told.contains(&(json!(direct.id), false)) && told.contains(&(json!(above.id), true)),
                "{told:?}"
            );
            assert_eq!(told.len(), 3, "the chief's reaches there, too");
            let path = format!(
                "/roles/{}/holders?unit={}",
                role_id(BuiltinRole::GridWorker),
                realm.unit("street").id
            );
            let (_, holders) = ask!(app, get path, token, None);
            assert_eq!(holders["items"][0]["holdings"].as_array().unwrap().len(), 2);
        });
    });
}

#[test]
fn trap_07_what_is_revoked_is_gone_on_the_next_request_at_every_gateway() {
    everywhere(|realm| {
        let chief = realm.chief();
        let wang = realm.person("wang", "street");
        realm.give(chief, realm.gift(wang, BuiltinRole::UnitAdmin, "street")).unwrap();
        let (one, two) = (site(realm), site(realm));
        actix_web::rt::System::new().block_on(async {
            let (here, there) =
                (&calls::init_service(one.app()).await, &calls::init_service(two.app()).await);
            let (signed, ours) = (sign_in!(here, "chief"), sign_in!(here, "wang"));
            let (chief, token) = (signed["access_token"].as_str(), ours["access_token"].as_str());
            assert_eq!(ask!(there, get "/users", token, None).0, StatusCode::OK);
            let (_, held) = ask!(here, get format!("/grants?user={wang}"), chief, None);
            let path = format!("/grants/{}/revoke", held["items"][0]["id"].as_str().unwrap());
            assert_eq!(ask!(here, post path, chief, Some(json!({ "reason": "over" }))).0, StatusCode::OK);
            for app in [there, here] {
                assert_eq!(ask!(app, get "/users", token, None).0, StatusCode::FORBIDDEN);
            }
        });
    });
}

#[test]
fn trap_08_an_end_counts_at_once_is_written_down_and_takes_nothing_else_along() {
    everywhere(|realm| {
        realm.chief();
        let wang = realm.person("wang", "street");
        let end = realm.now().plus_days(1);
        let site = site(realm);
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let signed = sign_in!(app, "chief");
            let token = signed["access_token"].as_str();
            let mut short = gift(wang, BuiltinRole::GridWorker, realm, "street");
            short["ends_at"] = json!(end);
            assert_eq!(ask!(app, post "/grants", token, Some(short)).0, StatusCode::CREATED);
            let below = gift(wang, BuiltinRole::GridWorker, realm, "community");
            assert_eq!(ask!(app, post "/grants", token, Some(below)).0, StatusCode::CREATED);
            let soon = format!("/grants?expires_before={}&state=active", end.plus_days(1));
            assert_eq!(ask!(app, get soon, token, None).1["items"].as_array().unwrap().len(), 1);
            realm.hand.go(86_400);
            let signed = sign_in!(app, "chief");
            let token = signed["access_token"].as_str();
            let at = |unit: &str| {
                format!("/access/why?user={wang}&permission=test.work.do&unit={}", realm.unit(unit).id)
            };
            let (_, no) = ask!(app, get at("street"), token, None);
            assert_eq!(
                (&no["allowed"], &no["blocked_by"][0]),
                (&json!(false), &json!("grant_expired")),
                "before any job ran"
            );
            let (_, yes) = ask!(app, get at("community"), token, None);
            assert_eq!(yes["allowed"], true, "the direct one below stays");
        });
        let (now, ids) = (realm.now(), Arc::clone(&realm.ids));
        assert_eq!(realm.write(move |tx| expiry::tell(tx, now, &ids)).unwrap(), 1);
    });
}

#[test]
fn trap_09_somebody_is_always_left_who_can_repair_the_rights() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (system, second) = (realm.person("system", "town"), realm.person("second", "town"));
        let own = realm.as_user(chief).actor.grants[0].id;
        let limited = identity::service::give::Gift {
            until: Some(realm.now().plus_days(3_000)),
            ..realm.gift(second, BuiltinRole::PlatformAdmin, "town")
        };
        realm.give(chief, limited).unwrap();
        let guest = identity::service::give::Gift {
            subtree: false,
            ..realm.gift(second, BuiltinRole::SecurityAdmin, "town")
        };
        realm.give(chief, guest).unwrap();
        realm.give(chief, realm.gift(second, BuiltinRole::SecurityAdmin, "street")).unwrap();
        realm.give(chief, realm.gift(system, BuiltinRole::SystemAdmin, "town")).unwrap();
        let site = site(realm);
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let (signed, ours) = (sign_in!(app, "chief"), sign_in!(app, "second"));
            let (token, second_token) = (signed["access_token"].as_str(), ours["access_token"].as_str());
            let last = (409, "identity.last_administrator");
            let path = format!("/grants/{own}");
            // Revoked by themselves or another, given an end however far, disabled: none of it leaves nobody.
            let why = Some(json!({ "reason": "tired" }));
            assert_eq!(said(&ask!(app, post format!("{path}/revoke"), token, why.clone())), last);
            assert_eq!(said(&ask!(app, post format!("{path}/revoke"), second_token, why.clone())), last);
            let far = json!({ "ends_at": realm.now().plus_days(5_000), "version": 1 });
            assert_eq!(said(&ask!(app, patch path, token, Some(far))), last);
            assert_eq!(
                said(&ask!(app, post format!("/users/{chief}/disable"), second_token, why.clone())),
                last
            );
            // A built-in role is not edited; moved away, they are what they were.
            let role = format!("/roles/{}", role_id(BuiltinRole::PlatformAdmin));
            let edit = json!({ "permissions": ["test.work.do"], "version": 1 });
            assert_eq!(said(&ask!(app, patch role, token, Some(edit))), (409, "identity.role_is_builtin"));
            let moved = json!({ "unit_id": realm.unit("street").id, "version": 1 });
            assert_eq!(
                ask!(app, patch format!("/users/{chief}"), second_token, Some(moved)).0,
                StatusCode::OK
            );
            // Locked out by somebody's guessing: the door opens again by itself.
            for _ in 0..8 {
                let wrong = json!({ "login": "chief", "password": "not the password" });
                ask!(app, post "/auth/login", None, Some(wrong));
            }
            realm.hand.go(16 * 60);
            let signed = sign_in!(app, "chief");
            let token = signed["access_token"].as_str();
            // With a successor without an end the office can be laid down.
            let body = gift(system, BuiltinRole::UnitAdmin, realm, "town");
            ask!(app, post "/grants", token, Some(body));
            let body = gift(second, BuiltinRole::PlatformAdmin, realm, "town");
            assert_eq!(ask!(app, post "/grants", token, Some(body)).0, StatusCode::CREATED);
            assert_eq!(ask!(app, post format!("{path}/revoke"), token, why).0, StatusCode::OK);
        });
    });
}

#[test]
fn trap_09_of_two_who_disable_the_last_two_one_fails() {
    everywhere(|realm| {
        let chief = realm.chief();
        let second = realm.person("second", "town");
        realm.give(chief, realm.gift(second, BuiltinRole::PlatformAdmin, "town")).unwrap();
        let start = Arc::new(Barrier::new(2));
        let threads: Vec<_> = [(chief, second), (second, chief)]
            .into_iter()
            .map(|(by, of)| {
                let (realm, start) = (realm.clone(), Arc::clone(&start));
                std::thread::spawn(move || {
                    let (ctx, shared) = (realm.as_user(by), realm.services.clone());
                    start.wait();
                    super::setting::code(realm.write(move |tx| {
                        identity::service::accounts::disable(tx, &ctx, &shared, of, None, "both at once")
                    }))
                })
            })
            .collect();
        let done = threads.into_iter().map(|t| t.join().unwrap()).filter(|said| *said == "ok").count();
        assert_eq!(done, 1);
    });
}

#[test]
fn trap_11_a_dry_run_counts_what_the_real_one_does() {
    everywhere(|realm| {
        let chief = realm.chief();
        let admin = realm.person("admin", "street");
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        let people: Vec<_> = (0..6).map(|n| realm.person(&format!("p{n}"), "street")).collect();
        let site = site(realm);
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let signed = sign_in!(app, "admin");
            let token = signed["access_token"].as_str();
            let unit = |n: usize| if n == 3 { "other" } else { "community" };
            let items: Vec<Value> = people
                .iter()
                .enumerate()
                .map(|(n, id)| gift(id, BuiltinRole::UnitAdmin, realm, unit(n)))
                .collect();
            let ask_for = |dry_run: bool, atomic: bool| {
                Some(json!({ "items": items, "dry_run": dry_run, "atomic": atomic }))
            };
            let (_, dry) = ask!(app, post "/grants/batch", token, ask_for(true, false));
            let (_, none) = ask!(app, post "/grants/batch", token, ask_for(false, true));
            let (_, real) = ask!(app, post "/grants/batch", token, ask_for(false, false));
            assert_eq!((&dry["applied"], &dry["refused"]), (&json!(5), &json!(1)));
            assert_eq!((&none["applied"], &none["refused"]), (&json!(0), &json!(1)));
            assert_eq!((&real["applied"], &real["refused"]), (&dry["applied"], &dry["refused"]));
            assert_eq!(real["items"][3]["breaches"][0]["lack"], "granting");
            let (_, list) =
                ask!(app, get format!("/grants?unit={}", realm.unit("community").id), token, None);
            assert_eq!(list["items"].as_array().unwrap().len(), 5);
            let many = json!({ "items": (0..201).map(|_| items[0].clone()).collect::<Vec<_>>() });
            assert_eq!(said(&ask!(app, post "/grants/batch", token, Some(many))), (422, "kernel.invalid"));
        });
    });
}

#[test]
fn trap_13_the_three_administrators_are_three_by_every_door() {
    everywhere(|realm| {
        let chief = realm.chief();
        let a = realm.person("a", "town");
        realm.give(chief, realm.gift(a, BuiltinRole::SystemAdmin, "street")).unwrap();
        let site = site(realm);
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let signed = sign_in!(app, "chief");
            let token = signed["access_token"].as_str();
            let apart = "identity.administrators_are_three";
            let body = gift(a, BuiltinRole::AuditAdmin, realm, "other");
            assert_eq!(said(&ask!(app, post "/grants", token, Some(body.clone()))), (409, apart));
            let (_, seen) = ask!(app, post "/grants/preview", token, Some(body.clone()));
            assert_eq!(seen["refusals"], json!([apart]));
            let (_, told) = ask!(app, post "/grants/batch", token, Some(json!({ "items": [body] })));
            assert_eq!((&told["items"][0]["code"], &told["items"][0]["conflict"]), (&json!(apart), &json!(["audit_admin", "system_admin"])));
            // By a custom role that carries another's work, and by adding it to one that is held.
            let role = json!({ "name": "helper", "label_en": "H", "label_zh": "助", "unit_id": realm.unit("town").id, "permissions": ["test.work.do"] });
            let (_, role) = ask!(app, post "/roles", token, Some(role));
            let mut body = gift(a, BuiltinRole::Merchant, realm, "street");
            body["role_id"] = role["id"].clone();
            assert_eq!(ask!(app, post "/grants", token, Some(body)).0, StatusCode::CREATED);
            let edit = json!({ "permissions": ["test.audit.read"], "version": 1 });
            let path = format!("/roles/{}", role["id"].as_str().unwrap());
            assert_eq!(said(&ask!(app, patch path, token, Some(edit))), (409, apart));
            // The catalogue says which do not go together.
            let (_, all) = ask!(app, get "/permissions", token, None);
            let audit = all["items"].as_array().unwrap().iter().find(|p| p["name"] == "test.audit.read").unwrap();
            assert_eq!(audit["conflicts"], json!(["platform_admin", "system_admin", "security_admin", "unit_admin"]));
        });
    });
}
