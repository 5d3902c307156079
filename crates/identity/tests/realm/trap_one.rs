//! The first trap by all its paths: a delegated administrator makes himself chief.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::test as calls;
use identity::service::builtin::role_id;
use kernel::BuiltinRole;
use serde_json::{Value, json};
use web::{System, WebPlugin};

use super::over_http::site;
use super::setting::{PASSWORD, Realm, everywhere};
use super::traps::{gift, said};

/// Every operation by which somebody with a right over roles and grants could end with more than they may give, and the test
/// here that tries it. A new one belongs here with its test.
const ENDS_IN_A_RIGHT: [(&str, &str); 12] = [
    ("identity_create_grant", "trap_01_a_delegated_administrator_does_not_become_chief"),
    ("identity_create_grant_batch", "trap_01_a_delegated_administrator_does_not_become_chief"),
    ("identity_preview_grant", "it gives nothing"),
    ("identity_update_grant", "trap_01_a_delegated_administrator_does_not_become_chief"),
    ("identity_revoke_grant", "trap_01_a_delegated_administrator_does_not_become_chief"),
    ("identity_approve_grant", "trap_01_nobody_approves_what_they_could_not_give"),
    ("identity_decline_grant", "trap_01_nobody_approves_what_they_could_not_give"),
    ("identity_create_role", "trap_01_a_role_is_no_side_path"),
    ("identity_update_role", "trap_01_a_role_is_no_side_path"),
    ("identity_preview_role", "it gives nothing"),
    ("identity_delete_role", "a role that somebody holds is not retired: `giving`"),
    ("identity_create_role_conflict", "it gives nothing"),
];

/// Makes the chief platform administrator of the other tree too: what holds anywhere is theirs to say.
pub fn over_all_trees(realm: &Realm) {
    let (now, ids, root) = (realm.now(), Arc::clone(&realm.ids), realm.unit("elsewhere"));
    realm
        .write(move |tx| {
            let door = identity::service::session::Door { now, request_id: "t", ids: ids.as_ref() };
            identity::service::bootstrap::grant_role(
                tx,
                door,
                "chief",
                BuiltinRole::PlatformAdmin,
                &root,
                "all",
            )
        })
        .unwrap();
}

#[test]
fn trap_01_every_operation_that_ends_in_a_right_is_known() {
    let plugins: Vec<Arc<dyn WebPlugin>> = vec![Arc::new(System), Arc::new(identity::Identity::described())];
    let document = web::document::assemble(&plugins, "0.0.0");
    let mut strangers = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["post", "put", "patch", "delete"] {
            let permission = item[method]["x-permission"].as_str().unwrap_or_default();
            let id = item[method]["operationId"].as_str().unwrap_or_default();
            let over_rights = matches!(permission, "identity.grant.manage" | "identity.role.manage");
            let known = ENDS_IN_A_RIGHT.iter().any(|(known, _)| *known == id);
            if over_rights && !known && id != "identity_delete_role_conflict" {
                strangers.push(format!("{method} {path}: {id}"));
            }
        }
    }
    assert!(strangers.is_empty(), "{strangers:#?}");
}

#[test]
fn trap_01_a_delegated_administrator_does_not_become_chief() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (admin, wang) = (realm.person("admin", "street"), realm.person("wang", "street"));
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        let above = realm.give(chief, realm.gift(wang, BuiltinRole::GridWorker, "street")).unwrap();
        let site = site(realm);
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let signed = sign_in!(app, "admin");
            let token = signed["access_token"].as_str();
            // Directly: a higher role, a role not held, another subtree, the unit above, oneself.
            for (who, role, unit, code) in [
                (wang, BuiltinRole::PlatformAdmin, "street", "identity.above_ceiling"),
                (wang, BuiltinRole::SecurityAdmin, "street", "identity.above_ceiling"),
                (wang, BuiltinRole::GridWorker, "street", "identity.above_ceiling"),
                (wang, BuiltinRole::UnitAdmin, "other", "identity.above_ceiling"),
                (wang, BuiltinRole::UnitAdmin, "town", "identity.above_ceiling"),
                (admin, BuiltinRole::UnitAdmin, "street", "identity.grant_to_self"),
            ] {
                let body = gift(who, role, realm, unit);
                let answer = ask!(app, post "/grants", token, Some(body.clone()));
                assert_eq!(answer.1["code"], code, "{answer:?}");
                // By the batch: the same words.
                let many = json!({ "items": [body.clone()] });
                let (status, told) = ask!(app, post "/grants/batch", token, Some(many));
                assert_eq!((status, &told["applied"]), (StatusCode::OK, &json!(0)));
                assert_eq!(told["items"][0]["code"], code);
                // By the preview: it says so, or is not for them to ask.
                let (_, seen) = ask!(app, post "/grants/preview", token, Some(body));
                assert!(seen["allowed"] == json!(false) || seen["code"] == "kernel.forbidden", "{seen}");
            }
            // By more than the body has: the giver, the chain, the approval are nobody's to write.
            let mut body = gift(wang, BuiltinRole::UnitAdmin, realm, "community");
            body["granted_by"] = json!(chief);
            assert_eq!(ask!(app, post "/grants", token, Some(body)).0, StatusCode::UNPROCESSABLE_ENTITY);
            // What they could not give they neither prolong nor take.
            let path = format!("/grants/{}", above.id);
            let longer = json!({ "ends_at": "2099-01-01T00:00:00Z", "version": 1 });
            assert_eq!(said(&ask!(app, patch path, token, Some(longer))), (403, "identity.above_ceiling"));
            let taken = ask!(app, post format!("{path}/revoke"), token, Some(json!({ "reason": "because" })));
            assert_eq!(said(&taken), (403, "identity.above_ceiling"));
            // And what is theirs to give they give.
            let body = gift(wang, BuiltinRole::UnitAdmin, realm, "community");
            assert_eq!(ask!(app, post "/grants", token, Some(body)).0, StatusCode::CREATED);
        });
    });
}

#[test]
fn trap_01_a_role_is_no_side_path() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (guard, wang) = (realm.person("guard", "street"), realm.person("wang", "street"));
        realm.give(chief, realm.gift(guard, BuiltinRole::SecurityAdmin, "street")).unwrap();
        let site = site(realm);
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let (signed, ours) = (sign_in!(app, "chief"), sign_in!(app, "guard"));
            let (chief, token) = (signed["access_token"].as_str(), ours["access_token"].as_str());
            let role = json!({ "name": "of_town", "label_en": "T", "label_zh": "镇", "unit_id": realm.unit("town").id,
                "permissions": ["test.work.do"] });
            // A role of the unit above is neither made nor edited by the street's.
            assert_eq!(said(&ask!(app, post "/roles", token, Some(role.clone()))), (403, "kernel.forbidden"));
            let (status, made) = ask!(app, post "/roles", chief, Some(role));
            assert_eq!(status, StatusCode::CREATED, "{made}");
            let path = format!("/roles/{}", made["id"].as_str().unwrap());
            let more = json!({ "permissions": ["test.work.do", "identity.grant.manage"], "version": 1 });
            assert_eq!(said(&ask!(app, patch path, token, Some(more.clone()))), (403, "kernel.forbidden"));
            let look = json!({ "permissions": ["identity.grant.manage"] });
            let seen = ask!(app, post format!("{path}/preview"), token, Some(look));
            assert_eq!(said(&seen), (403, "kernel.forbidden"));
            // Held by the editor: adding to it would be giving to oneself, whoever the editor is.
            let mut body = gift(guard, BuiltinRole::Merchant, realm, "street");
            body["role_id"] = made["id"].clone();
            assert_eq!(ask!(app, post "/grants", chief, Some(body.clone())).0, StatusCode::CREATED);
            body["user_id"] = json!(wang);
            assert_eq!(ask!(app, post "/grants", chief, Some(body)).0, StatusCode::CREATED);
            let (_, compared) =
                ask!(app, get format!("/roles/compare?a={}&b={}", made["id"].as_str().unwrap(), role_id(BuiltinRole::GridWorker)), token, None);
            assert_eq!(compared["both"], json!(["test.work.do"]));
            // A built-in one is nobody's to edit.
            let path = format!("/roles/{}", role_id(BuiltinRole::UnitAdmin));
            assert_eq!(said(&ask!(app, patch path, chief, Some(more))), (409, "identity.role_is_builtin"));
        });
    });
}

#[test]
fn trap_01_nobody_approves_what_they_could_not_give() {
    everywhere(|realm| {
        let chief = realm.chief();
        over_all_trees(realm);
        let (admin, wang) = (realm.person("admin", "street"), realm.person("wang", "street"));
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        let site = site(realm);
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let (signed, ours) = (sign_in!(app, "chief"), sign_in!(app, "admin"));
            let (chief, token) = (signed["access_token"].as_str(), ours["access_token"].as_str());
            let rule = json!({ "role_a_id": role_id(BuiltinRole::GridWorker), "role_b_id": role_id(BuiltinRole::Merchant),
                "where": "anywhere", "mode": "needs_second", "reason": "four eyes" });
            assert_eq!(said(&ask!(app, post "/role-conflicts", token, Some(rule.clone()))), (403, "kernel.forbidden"));
            let mut odd = rule.clone();
            odd["where"] = json!("somewhere");
            assert_eq!(said(&ask!(app, post "/role-conflicts", chief, Some(odd))), (422, "kernel.invalid"));
            let (status, made) = ask!(app, post "/role-conflicts", chief, Some(rule));
            assert_eq!((status, made["where"].as_str()), (StatusCode::CREATED, Some("anywhere")), "{made}");
            let (_, listed) = ask!(app, get "/role-conflicts", token, None);
            assert_eq!(listed["items"][0]["mode"], "needs_second");
            let (_, all) = ask!(app, get "/permissions", chief, None);
            let work = all["items"].as_array().unwrap().iter().find(|p| p["name"] == "test.work.do").unwrap();
            assert_eq!(work["conflicts"], json!(["merchant"]));
            let body = gift(wang, BuiltinRole::Merchant, realm, "street");
            assert_eq!(ask!(app, post "/grants", chief, Some(body)).0, StatusCode::CREATED);
            let body = gift(wang, BuiltinRole::GridWorker, realm, "street");
            let (_, seen) = ask!(app, post "/grants/preview", chief, Some(body.clone()));
            assert_eq!((&seen["allowed"], &seen["needs_second"]), (&json!(true), &json!(true)), "{seen}");
            assert_eq!(seen["gains"], json!(["test.work.do"]));
            let (_, grant) = ask!(app, post "/grants", chief, Some(body));
            assert_eq!((&grant["state"], &grant["can"]), (&json!("proposed"), &json!(["update", "revoke", "decline"])));
            let path = format!("/grants/{}", grant["id"].as_str().unwrap());
            let word = Some(json!({ "reason": "looked at it" }));
            for deed in ["approve", "decline"] {
                let answer = ask!(app, post format!("{path}/{deed}"), token, word.clone());
                assert_eq!(said(&answer), (403, "identity.above_ceiling"), "{answer:?}");
            }
            assert_eq!(said(&ask!(app, post format!("{path}/approve"), chief, word.clone())), (403, "identity.second_person_needed"));
            let (_, waiting) = ask!(app, get "/grants?state=proposed", chief, None);
            assert_eq!(waiting["items"].as_array().unwrap().len(), 1);
            let path = format!("/role-conflicts/{}", made["id"].as_str().unwrap());
            assert_eq!(said(&ask!(app, delete path, token, None)), (403, "kernel.forbidden"));
            assert_eq!(ask!(app, delete path, chief, None).0, StatusCode::NO_CONTENT);
        });
    });
}
