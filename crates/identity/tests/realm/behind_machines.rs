//! Who stands behind a machine stays no longer than their own rights, joins no duties by it, and leaves none that nobody answers for.

use actix_web::http::StatusCode;
use actix_web::test as calls;
use identity::service::give::Gift;
use kernel::BuiltinRole;
use serde_json::{Value, json};

use super::over_http::site;
use super::setting::{PASSWORD, everywhere};
use super::traps::{gift, said};

/// A machine of somebody's in the street: its id.
macro_rules! machine_of {
    ($app:expr, $token:expr, $realm:expr, $owner:expr, $login:expr) => {{
        let body = json!({ "login": $login, "display_name": "R", "unit_id": $realm.unit("street").id, "purpose": "nights",
            "owner_id": $owner });
        let (status, made) = ask!($app, post "/service-accounts", $token, Some(body));
        assert_eq!(status, StatusCode::CREATED, "{made}");
        made["user"]["id"].as_str().or(made["id"].as_str()).unwrap().to_owned()
    }};
}

#[test]
fn a_key_holds_no_longer_than_its_maker() {
    everywhere(|realm| {
        let chief = realm.chief();
        let admin = realm.person("admin", "street");
        let until = Some(realm.now().plus_days(10));
        realm.give(chief, Gift { until, ..realm.gift(admin, BuiltinRole::UnitAdmin, "street") }).unwrap();
        let site = site(realm);
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let (signed, other) = (sign_in!(app, "admin"), sign_in!(app, "chief"));
            let (token, chief_token) = (signed["access_token"].as_str(), other["access_token"].as_str());
            let machine = machine_of!(app, chief_token, realm, chief, "night");
            let body = gift(&machine, BuiltinRole::UnitAdmin, realm, "street");
            assert_eq!(ask!(app, post "/grants", chief_token, Some(body)).0, StatusCode::CREATED);
            let keys = format!("/service-accounts/{machine}/keys");
            let days = |days: i64| Some(json!({ "name": "k", "expires_in_days": days }));
            let refused = ask!(app, post keys, token, days(366));
            assert_eq!(said(&refused), (403, "identity.above_ceiling"));
            let lacks = refused.1["breaches"].as_array().unwrap().iter().map(|b| b["lack"].as_str().unwrap());
            assert!(
                lacks.clone().count() > 0 && lacks.into_iter().all(|lack| lack == "duration"),
                "{}",
                refused.1
            );
            assert_eq!(
                said(&ask!(app, post keys, token, Some(json!({ "name": "k" })))),
                (403, "identity.above_ceiling")
            );
            let (status, made) = ask!(app, post keys, token, days(9));
            assert_eq!(status, StatusCode::CREATED, "{made}");
            let key = made["key"]["id"].as_str().or(made["id"].as_str()).unwrap();
            let rotate = json!({ "expires_in_days": 366, "overlap_hours": 1 });
            let refused = ask!(app, post format!("/keys/{key}/rotate"), token, Some(rotate));
            assert_eq!(said(&refused), (403, "identity.above_ceiling"));
            // Whose right has no end makes a key of any length.
            assert_eq!(ask!(app, post keys, chief_token, days(366)).0, StatusCode::CREATED);
        });
    });
}

#[test]
fn a_machine_is_handed_over_and_the_keys_its_owner_made_end() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (wang, li) = (realm.person("wang", "street"), realm.person("li", "street"));
        realm.give(chief, realm.gift(wang, BuiltinRole::UnitAdmin, "street")).unwrap();
        let site = site(realm);
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let (signed, other) = (sign_in!(app, "wang"), sign_in!(app, "chief"));
            let (token, chief_token) = (signed["access_token"].as_str(), other["access_token"].as_str());
            let machine = machine_of!(app, token, realm, wang, "night");
            let keys = format!("/service-accounts/{machine}/keys");
            let (_, theirs) = ask!(app, post keys, token, Some(json!({ "name": "theirs" })));
            let (_, another) = ask!(app, post keys, chief_token, Some(json!({ "name": "another" })));
            let (theirs, another) = (theirs["token"].as_str(), another["token"].as_str());
            let held = format!("/users/{wang}/holdings?kind=service_account");
            let (_, page) = ask!(app, get held, chief_token, None);
            assert_eq!(page["counts"], json!([{ "kind": "service_account", "count": 1, "hidden": 0 }]));
            let leave = json!({ "handover_to_id": li, "reason": "retires" });
            let (status, left) = ask!(app, post format!("/users/{wang}/offboard"), chief_token, Some(leave));
            assert_eq!((status, &left["state"]), (StatusCode::OK, &json!("done")), "{left}");
            assert_eq!(
                ask!(app, get "/me", theirs, None).0,
                StatusCode::UNAUTHORIZED,
                "they may still have it"
            );
            assert_eq!(ask!(app, get "/me", another, None).0, StatusCode::OK, "nobody who left knows it");
            let (_, now) =
                ask!(app, get format!("/users/{li}/holdings?kind=service_account"), chief_token, None);
            assert_eq!(now["items"][0]["id"], json!(machine), "{now}");
        });
    });
}

#[test]
fn who_runs_a_unit_does_not_audit_it_and_no_machine_of_theirs_does() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (auditor, admin) = (realm.person("auditor", "town"), realm.person("admin", "street"));
        realm.give(chief, realm.gift(auditor, BuiltinRole::AuditAdmin, "town")).unwrap();
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        let site = site(realm);
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let signed = sign_in!(app, "chief");
            let token = signed["access_token"].as_str();
            let apart = (409, "identity.administrators_are_three");
            let both = gift(auditor, BuiltinRole::UnitAdmin, realm, "town");
            assert_eq!(said(&ask!(app, post "/grants", token, Some(both))), apart);
            let both = gift(admin, BuiltinRole::AuditAdmin, realm, "street");
            assert_eq!(said(&ask!(app, post "/grants", token, Some(both))), apart);
            let machine = machine_of!(app, token, realm, admin, "night");
            let both = gift(&machine, BuiltinRole::AuditAdmin, realm, "street");
            assert_eq!(said(&ask!(app, post "/grants", token, Some(both))), apart);
        });
    });
}

#[test]
fn to_grant_or_to_preview_is_no_way_to_ask_who_has_an_account_elsewhere() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (admin, unseen) = (realm.person("admin", "street"), realm.person("unseen", "other"));
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        realm.give(chief, realm.gift(unseen, BuiltinRole::UnitAdmin, "other")).unwrap();
        let site = site(realm);
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let signed = sign_in!(app, "admin");
            let token = signed["access_token"].as_str();
            for path in ["/grants", "/grants/preview"] {
                let there =
                    ask!(app, post path, token, Some(gift(unseen, BuiltinRole::Merchant, realm, "street")));
                let nobody = uuid::Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0001);
                let none =
                    ask!(app, post path, token, Some(gift(nobody, BuiltinRole::Merchant, realm, "street")));
                let told = |answer: &(StatusCode, Value)| {
                    (answer.0, answer.1["code"].clone(), answer.1["errors"].clone())
                };
                assert_eq!(told(&there), told(&none), "{path}");
                assert_eq!(there.0, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {}", there.1);
            }
        });
    });
}

#[test]
fn all_other_sessions_of_ones_own_are_ended_at_once() {
    everywhere(|realm| {
        realm.chief();
        realm.person("wang", "street");
        let site = site(realm);
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let (first, second, chief) =
                (sign_in!(app, "wang"), sign_in!(app, "wang"), sign_in!(app, "chief"));
            let token = |signed: &Value| signed["access_token"].as_str().unwrap().to_owned();
            let (first, second, chief) = (token(&first), token(&second), token(&chief));
            assert_eq!(
                ask!(app, delete "/me/sessions", Some(second.as_str()), None).0,
                StatusCode::NO_CONTENT
            );
            assert_eq!(ask!(app, get "/me", Some(first.as_str()), None).0, StatusCode::UNAUTHORIZED);
            for kept in [second, chief] {
                assert_eq!(ask!(app, get "/me", Some(kept.as_str()), None).0, StatusCode::OK);
            }
        });
    });
}
