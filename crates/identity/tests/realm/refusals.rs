//! What a refusal adds to say why: typed in the document, and silent about places that are not the reader's to know.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::test as calls;
use kernel::BuiltinRole;
use serde_json::{Value, json};
use web::{System, WebPlugin};

use super::over_http::site;
use super::setting::{PASSWORD, Realm, everywhere};
use super::traps::gift;

/// The name of the schema a property refers to, itself or by its items.
fn referred(property: &Value) -> Option<&str> {
    let target = property.get("items").unwrap_or(property);
    target["$ref"].as_str()?.rsplit('/').next()
}

/// Refuses a problem that is not what the document says: a member that it does not know, or of another shape.
fn assert_documented(schemas: &Value, problem: &Value) {
    let schema = &schemas["Problem"];
    assert_shape(schemas, "Problem", problem);
    for (name, value) in problem.as_object().unwrap() {
        let Some(part) = referred(&schema["properties"][name]) else { continue };
        let all =
            if value.is_array() { value.as_array().unwrap().as_slice() } else { std::slice::from_ref(value) };
        for one in all {
            assert_shape(schemas, part, one);
        }
    }
}

fn assert_shape(schemas: &Value, name: &str, value: &Value) {
    let schema = &schemas[name];
    for (member, inside) in value.as_object().unwrap() {
        let known = &schema["properties"][member];
        assert!(!known.is_null(), "{name} has no {member}: {value}");
        let kind = known["type"].as_str().unwrap_or("object");
        let right = match kind {
            "string" => inside.is_string(),
            "integer" => inside.is_i64(),
            "array" => inside.is_array(),
            _ => inside.is_object(),
        };
        assert!(right, "{name}.{member} is no {kind}: {inside}");
    }
    for member in schema["required"].as_array().unwrap() {
        assert!(value.get(member.as_str().unwrap()).is_some(), "{name} lacks {member}: {value}");
    }
}

fn schemas() -> Value {
    let plugins: Vec<Arc<dyn WebPlugin>> = vec![Arc::new(System), Arc::new(identity::Identity::described())];
    web::document::assemble(&plugins, "0.0.0")["components"]["schemas"].clone()
}

fn account(realm: &Realm, unit: &str) -> Option<Value> {
    Some(json!({ "login": "newcomer", "display_name": "N", "unit_id": realm.unit(unit).id }))
}

#[test]
fn a_missing_right_names_its_unit_to_whoever_may_know_of_it() {
    everywhere(|realm| {
        let chief = realm.chief();
        let admin = realm.person("admin", "community");
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "community")).unwrap();
        let site = site(realm);
        let schemas = schemas();
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let signed = sign_in!(app, "admin");
            let token = signed["access_token"].as_str();
            let manage = "identity.user.manage";
            // Above their own place, and elsewhere.
            for (unit, named) in [("street", true), ("town", true), ("other", false), ("elsewhere", false)] {
                let (status, no) = ask!(app, post "/users", token, account(realm, unit));
                assert_eq!(status, StatusCode::FORBIDDEN);
                let mut what = json!({ "permission": manage });
                if named {
                    what["unit_id"] = json!(realm.unit(unit).id);
                }
                assert_eq!(no["missing"], json!([what]), "{unit}");
                assert_documented(&schemas, &no);
            }
            let (status, no) = ask!(app, get "/audit/sign-ins", token, None);
            assert_eq!(
                (status, &no["missing"]),
                (StatusCode::FORBIDDEN, &json!([{ "permission": "identity.sign_in.read" }]))
            );
            assert_documented(&schemas, &no);
            let (_, gone) = ask!(app, get format!("/users/{}", realm.unit("town").id), token, None);
            assert_eq!(
                (&gone["missing"], &gone["breaches"], &gone["refused"]),
                (&json!([]), &json!([]), &json!([]))
            );
        });
    });
}

#[test]
fn every_fact_of_a_refusal_is_in_the_document() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (admin, wang) = (realm.person("admin", "street"), realm.person("wang", "street"));
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        realm.give(chief, realm.gift(wang, BuiltinRole::SystemAdmin, "street")).unwrap();
        let li = realm.person("li", "street");
        let site = site(realm);
        let schemas = schemas();
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let (signed, ours) = (sign_in!(app, "chief"), sign_in!(app, "admin"));
            let (token, own) = (signed["access_token"].as_str(), ours["access_token"].as_str());
            let (_, above) = ask!(app, post "/grants", own, Some(gift(wang, BuiltinRole::GridWorker, realm, "street")));
            assert_eq!(above["breaches"][0], json!({ "permission": "test.work.do", "lack": "permission" }));
            let (_, apart) = ask!(app, post "/grants", token, Some(gift(wang, BuiltinRole::AuditAdmin, realm, "other")));
            assert_eq!(apart["conflict"]["roles"], json!(["audit_admin", "system_admin"]));
            let (_, twice) = ask!(app, post "/grants", token, Some(gift(wang, BuiltinRole::SystemAdmin, realm, "street")));
            assert!(twice["existing_grant_id"].is_string(), "{twice}");
            let order = json!({ "to_id": li, "reason": "moves on" });
            let (_, stays) = ask!(app, post format!("/users/{wang}/handover"), own, Some(order));
            assert_eq!((stays["refused"][0]["kind"].as_str(), &stays["refused_count"]), (Some("grant"), &json!(1)), "{stays}");
            let role = json!({ "name": "both_at_once", "label_en": "B", "label_zh": "两", "unit_id": realm.unit("town").id,
                "permissions": ["test.audit.read", "test.system.run"] });
            let (_, itself) = ask!(app, post "/roles", token, Some(role));
            assert_eq!(itself["code"], "identity.role_against_itself");
            for problem in [&above, &apart, &twice, &stays, &itself] {
                assert!(problem["code"].is_string());
                assert_documented(&schemas, problem);
            }
        });
    });
}
