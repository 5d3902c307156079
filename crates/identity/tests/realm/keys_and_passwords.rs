//! What becomes of a person's API keys when their password changes.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::test as calls;
use identity::service::api_keys::{self, Made, NewKey};
use identity::service::session::Door;
use identity::service::{accounts, bootstrap};
use kernel::id::User;
use kernel::{Context, Id, Outcome};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::over_http::site;
use super::resetting::{self, RESET};
use super::setting::{PASSWORD, Realm, code, everywhere};
use super::signing_in::on_runtime;

const NEXT: &str = "a passing phrase";

fn own_key(realm: &Realm, ctx: Context, name: &str) -> Outcome<Made> {
    let (shared, new) = (realm.services.clone(), NewKey { name: name.to_owned(), ..NewKey::default() });
    realm.write(move |tx| api_keys::create_own(tx, &ctx, &shared, &new))
}

/// Records of keys that ended on the trail: by whom, and why.
fn ended(realm: &Realm) -> Vec<(Option<Id<User>>, String)> {
    let filter =
        storage::audit::Filter { action: Some("identity.key.revoked".to_owned()), ..Default::default() };
    let size = kernel::PageSize::new(200).unwrap();
    let page = realm.db.read_blocking(move |tx| storage::audit::list(tx, &filter, None, size, 0));
    let why = |body: &str| {
        let body: Value = serde_json::from_str(body).unwrap();
        body["after"]["reason"].as_str().unwrap().to_owned()
    };
    page.unwrap().items.iter().map(|record| (record.actor_id, why(&record.body))).collect()
}

#[test]
fn a_password_set_by_somebody_else_a_code_or_the_shell_ends_every_key_of_the_person() {
    everywhere(|realm| {
        let wang = resetting::wang(realm);
        let chief = resetting::realm_chief(realm);
        let li = realm.person("li", "street");
        let others = own_key(realm, realm.as_user(li), "another's").unwrap();
        let gate = realm.gate();
        let opens = |made: &Made| {
            let token = made.token.expose_secret().to_owned();
            on_runtime(async { code(gate.actor(&token).await) })
        };
        let hash = auth::password::hash(auth::Cost::TESTING, &SecretString::from(NEXT)).unwrap();
        let ways: [(&str, Option<Id<User>>, &str); 3] = [
            ("somebody", Some(chief), "the password was set by somebody else"),
            ("code", Some(wang), "the password was reset by a code"),
            ("shell", None, "the password was set from the shell"),
        ];
        for (way, by, why) in ways {
            let keys: Vec<Made> =
                (0..2).map(|n| own_key(realm, realm.as_user(wang), &format!("{n}")).unwrap()).collect();
            assert!(keys.iter().all(|key| opens(key) == "ok"));
            let (ctx, shared, hash) = (realm.as_user(chief), realm.services.clone(), hash.clone());
            match way {
                "somebody" => {
                    realm
                        .write(move |tx| {
                            accounts::set_password(tx, &ctx, &shared, wang, None, &hash, "forgotten")
                        })
                        .unwrap();
                }
                "code" => {
                    resetting::ask(realm, "wang").unwrap();
                    resetting::confirm(realm, &realm.post.code(RESET), &hash).unwrap();
                }
                _ => {
                    let (now, ids) = (realm.now(), Arc::clone(&realm.ids));
                    realm
                        .write(move |tx| {
                            let door = Door { now, request_id: "shell", ids: ids.as_ref() };
                            bootstrap::reset_password(tx, door, "wang", &hash, false)
                        })
                        .unwrap();
                }
            }
            for key in &keys {
                assert_eq!(opens(key), "identity.signed_out", "{way}: on the next request");
            }
            let told = ended(realm);
            assert_eq!(told[..2], [(by, why.to_owned()), (by, why.to_owned())], "{way}");
        }
        assert_eq!((opens(&others), ended(realm).len()), ("ok", 6), "nobody else's ended");
    });
}

#[test]
fn ones_own_change_of_password_keeps_ones_keys_and_the_list_says_which_are_older() {
    everywhere(|realm| {
        realm.chief();
        realm.person("wang", "street");
        let site = site(realm);
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let signed = sign_in!(app, "wang");
            let token = signed["access_token"].as_str();
            let make = |name: &str, password: &str| Some(json!({ "name": name, "password": password }));
            let (_, old) = ask!(app, post "/me/api-keys", token, make("old", PASSWORD));
            assert_eq!(old["key"]["older_than_password"], false);
            realm.hand.go(60);
            let change = json!({ "current_password": PASSWORD, "new_password": NEXT });
            assert_eq!(ask!(app, post "/me/password", token, Some(change)).0, StatusCode::NO_CONTENT);
            realm.hand.go(60);
            assert_eq!(ask!(app, post "/me/api-keys", token, make("new", NEXT)).0, StatusCode::CREATED);
            assert_eq!(ask!(app, get "/me", old["token"].as_str(), None).0, StatusCode::OK, "it goes on");
            let (_, list) = ask!(app, get "/me/api-keys", token, None);
            let said: Vec<_> =
                list["items"].as_array().unwrap().iter().map(|key| &key["older_than_password"]).collect();
            assert_eq!(said, [&json!(false), &json!(true)], "the newest first: {list}");
        });
        let filter = storage::audit::Filter {
            action: Some("identity.user.password_changed".to_owned()),
            ..Default::default()
        };
        let size = kernel::PageSize::new(2).unwrap();
        let page = realm.db.read_blocking(move |tx| storage::audit::list(tx, &filter, None, size, 0));
        assert!(page.unwrap().items[0].body.contains("\"keys_kept\":1"));
    });
}

#[test]
fn who_was_put_out_meanwhile_makes_no_key() {
    everywhere(|realm| {
        let chief = realm.chief();
        let wang = realm.person("wang", "street");
        let gate = realm.gate();
        // The request came in, and proved itself by the password, before somebody set another.
        let actor = on_runtime(async {
            let signed = gate.sign_in("wang", SecretString::from(PASSWORD), None, "r").await.unwrap();
            gate.actor(signed.access_token.expose_secret()).await.unwrap()
        });
        let before = Context { actor, ..realm.as_user(wang) };
        assert_eq!(code(own_key(realm, before.clone(), "in time")), "ok");
        let (ctx, shared) = (realm.as_user(chief), realm.services.clone());
        realm.write(move |tx| accounts::set_password(tx, &ctx, &shared, wang, None, "$h", "stolen")).unwrap();
        assert_eq!(code(own_key(realm, before, "too late")), "identity.signed_out");
    });
}
