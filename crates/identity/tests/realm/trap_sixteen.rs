//! The sixteenth trap: three questions mixed into one when somebody signs in elsewhere: who exists, where in the tree, which account.

use std::sync::Barrier;

use actix_web::http::StatusCode;
use actix_web::test as calls;
use identity::oidc::SecondFactor;
use identity::store::{external, users};
use kernel::BuiltinRole;
use serde_json::{Value, json};

use super::oidc::{Idp, REFUSED, follow, gate, go, link, value_of};
use super::over_http::site_of;
use super::setting::{PASSWORD, Realm, everywhere};

/// Everything that a sign-in must not touch: accounts with their homes, names and versions, and grants.
async fn town(realm: &Realm) -> String {
    let all = realm.tree.0.clone();
    realm
        .db
        .read(move |tx| {
            let mut seen = format!("{all:?}");
            for login in ["chief", "wang", "li"] {
                let user = users::find_by_login(tx, login)?.unwrap();
                let held = identity::service::held::of(
                    tx,
                    None,
                    user.id,
                    identity::service::held::Which::NotOver(user.created_at),
                )?;
                seen.push_str(&format!("{user:?} {held:?}"));
            }
            Ok(seen)
        })
        .await
        .unwrap()
}

#[test]
fn trap_16_a_sign_in_elsewhere_ties_to_who_is_there_and_brings_neither_rights_nor_a_tree() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (wang, li) = (realm.person("wang", "street"), realm.person("li", "street"));
        realm.give(chief, realm.gift(wang, BuiltinRole::GridWorker, "street")).unwrap();
        let idp = Idp::start(realm.now());
        // The provider says whom it takes them for, what they may do, and where they are: as many directories do.
        let beside = json!({
            "preferred_username": "chief", "email": "chief@town.example", "email_verified": true, "name": "The Chief",
            "groups": ["platform_admin", "audit_admin"], "roles": ["platform_admin"], "is_admin": true,
            "department": [realm.unit("town").id], "unit_id": realm.unit("other").id, "org_tree": [{ "name": "another town" }],
        });
        idp.says(beside);
        let site = site_of(realm, gate(realm, &idp, SecondFactor::Ask));
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let before = town(realm).await;
            // Known to nobody here: no account is made or found by its name or its mail.
            let (cookie, back) = go!(app, idp);
            assert_eq!(follow!(app, back, Some(&cookie)).1, REFUSED);
            let signed = sign_in!(app, "chief");
            let (_, list) = ask!(app, get "/users", signed["access_token"].as_str(), None);
            assert_eq!(list["items"].as_array().unwrap().len(), 3, "nobody was made");
            // Tied: it is wang who comes in, with wang's role in wang's street, whatever was said.
            assert_eq!(link(realm, &idp, chief, wang), "ok");
            let (cookie, back) = go!(app, idp);
            let (_, place, _) = follow!(app, back, Some(&cookie));
            let ticket = place.strip_prefix("/cases#ticket=").unwrap();
            let (_, came) = ask!(app, post "/auth/oidc/redeem", None, Some(json!({ "ticket": ticket })));
            let token = came["access_token"].as_str();
            let (status, me) = ask!(app, get "/me", token, None);
            assert_eq!(
                (status, &me["login"], &me["display_name"]),
                (StatusCode::OK, &json!("wang"), &json!("wang"))
            );
            assert_eq!(me["unit"]["id"], json!(realm.unit("street").id));
            let held: Vec<_> = me["grants"]
                .as_array()
                .unwrap()
                .iter()
                .map(|g| (&g["role"]["name"], &g["unit"]["id"]))
                .collect();
            assert_eq!(held, [(&json!("grid_worker"), &json!(realm.unit("street").id))]);
            assert_eq!(ask!(app, get "/users", token, None).0, StatusCode::FORBIDDEN);
            assert_eq!(town(realm).await, before, "nothing of it was written down");
            // Nobody else's as well: neither by an administrator nor by themselves.
            assert_eq!(link(realm, &idp, chief, li), "identity.subject_taken");
            let theirs = sign_in!(app, "li");
            let request = calls::TestRequest::post()
                .uri("/api/v1/me/identity-links/hall")
                .insert_header((
                    "authorization",
                    format!("Bearer {}", theirs["access_token"].as_str().unwrap()),
                ))
                .set_json(json!({ "password": PASSWORD }));
            let response = calls::call_service(app, request.to_request()).await;
            let cookie = response.headers().get("set-cookie").unwrap().to_str().unwrap().to_owned();
            let body: Value = serde_json::from_slice(&calls::read_body(response).await).unwrap();
            let (code, state) = idp.consent(body["authorization_url"].as_str().unwrap());
            let back = format!("/auth/oidc/hall/callback?code={code}&state={state}");
            assert_eq!(follow!(app, back, Some(&value_of(&cookie))).1, "/#error=identity.subject_taken");
            assert_eq!(town(realm).await, before);
        });
        let told = realm.actions();
        let touched = ["identity.user.created", "identity.user.changed", "identity.grant.", "territory."];
        // The one grant is the chief's to wang, before any of it; the chief's own was the first start's.
        let of_rights =
            told.iter().filter(|action| touched.iter().any(|begin| action.starts_with(begin))).count();
        assert_eq!(of_rights, 3, "{told:?}");
    });
}

#[test]
fn trap_16_of_two_who_tie_one_subject_at_once_one_has_it() {
    everywhere(|realm| {
        let chief = realm.chief();
        let people = [realm.person("wang", "street"), realm.person("li", "street")];
        let idp = Idp::start(realm.now());
        let start = Barrier::new(2);
        let said: Vec<&str> = std::thread::scope(|scope| {
            let (idp, start) = (&idp, &start);
            let tries = people.map(|to| {
                scope.spawn(move || {
                    start.wait();
                    link(realm, idp, chief, to)
                })
            });
            tries.map(|one| one.join().unwrap()).into_iter().collect()
        });
        assert!(said.contains(&"ok") && said.contains(&"identity.subject_taken"), "{said:?}");
        let tied = realm.db.read_blocking(move |tx| {
            people.iter().map(|who| Ok(external::of(tx, *who)?.len())).collect::<kernel::Outcome<Vec<_>>>()
        });
        assert_eq!(tied.unwrap().iter().sum::<usize>(), 1);
    });
}
