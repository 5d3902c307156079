//! A right that waits for a second factor: the answers say no where the request is refused.

use actix_web::http::StatusCode;
use actix_web::test as calls;
use identity::model::policies::MfaPolicy;
use identity::permission::{OwnSession, ReadUsers};
use identity::service::explain::{self, Question, Said};
use identity::service::policies;
use identity::service::reach::{self, Asked};
use kernel::id::User as UserKind;
use kernel::permission::Permit;
use kernel::{BuiltinRole, Context, Id, PageSize, Permission};
use serde_json::{Value, json};

use super::over_http::site;
use super::second_factor::enrol;
use super::setting::{PASSWORD, Realm, Work, everywhere};
use super::signing_in::on_runtime;

async fn ask_of(realm: &Realm, ctx: &Context, roles: &[&str], version: i64) {
    let (ctx, roles) = (ctx.clone(), roles.iter().map(|role| (*role).to_owned()).collect());
    let policy = MfaPolicy { required_for_roles: roles, ..MfaPolicy::default() };
    realm.db.write(move |tx| policies::put(tx, &ctx, &policy, version).map(drop)).await.unwrap();
}

fn question(realm: &Realm, user: Id<UserKind>, permission: &'static Permission) -> Question {
    Question { user, permission, unit: realm.unit("street").id, at: realm.now() }
}

fn check(realm: &Realm, by: Id<UserKind>, user: Id<UserKind>, permission: &'static Permission) -> Said {
    let (ctx, shared, asked) =
        (realm.as_user(by), realm.services.clone(), [question(realm, user, permission)]);
    realm.db.read_blocking(move |tx| explain::check(tx, &ctx, &shared, &asked)).unwrap().remove(0)
}

#[test]
fn the_answers_name_the_second_factor_that_is_lacking() {
    everywhere(|realm| {
        let chief = realm.chief();
        let worker = realm.person("worker", "street");
        realm.give(chief, realm.gift(worker, BuiltinRole::GridWorker, "street")).unwrap();
        let work = Work::PERMISSION;
        let yes = Said { allowed: true, blocked_by: Vec::new() };
        assert_eq!(check(realm, chief, worker, work), yes);
        let ctx = realm.as_user(chief);
        on_runtime(ask_of(realm, &ctx, &["grid_worker"], 1));
        let no = Said { allowed: false, blocked_by: vec!["mfa_required"] };
        assert_eq!(check(realm, chief, worker, work), no);
        assert_eq!(check(realm, worker, worker, work), no, "of oneself too");
        assert_eq!(check(realm, chief, worker, OwnSession::PERMISSION), yes, "by that it is set up");
        let lacks = check(realm, chief, worker, ReadUsers::PERMISSION);
        assert_eq!(lacks.blocked_by, ["mfa_required", "no_role"], "both stand in the way");

        let why = |permission| {
            let (ctx, shared) = (realm.as_user(chief), realm.services.clone());
            let asked = question(realm, worker, permission);
            realm.db.read_blocking(move |tx| explain::why(tx, &ctx, &shared, asked)).unwrap()
        };
        let told = why(work);
        assert!(!told.allowed() && told.decision.allowed && told.paths.len() == 1, "held, and held up");
        assert_eq!(told.blocked_by(), ["mfa_required"]);
        assert!(why(OwnSession::PERMISSION).allowed());

        let able = |permission: &'static Permission| {
            let (ctx, shared, unit) = (realm.as_user(chief), realm.services.clone(), realm.unit("street").id);
            let asked = Asked { after: None, size: PageSize::new(50).unwrap(), fingerprint: 0 };
            let found =
                realm.db.read_blocking(move |tx| reach::who_can(tx, &ctx, &shared, permission, unit, &asked));
            let rows = found.unwrap().items.into_iter();
            rows.map(|able| (able.user.id, able.grants.len(), able.mfa_required)).collect::<Vec<_>>()
        };
        assert_eq!(able(work), [(worker, 1, true)]);
        assert_eq!(able(OwnSession::PERMISSION), [(chief, 0, false), (worker, 0, false)]);

        let gate = realm.gate();
        on_runtime(async {
            enrol(realm, &gate, worker).await;
        });
        assert_eq!(check(realm, chief, worker, work), yes);
        assert!(why(work).allowed());
        assert_eq!(able(work), [(worker, 1, false)]);
    });
}

#[test]
fn the_answer_is_what_the_request_gets() {
    everywhere(|realm| {
        let chief = realm.chief();
        let admin = realm.person("admin", "street");
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        let (site, ctx) = (site(realm), realm.as_user(chief));
        let street = realm.unit("street").id;
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let (signed, ours) = (sign_in!(app, "chief"), sign_in!(app, "admin"));
            let (token, own) = (signed["access_token"].as_str(), ours["access_token"].as_str());
            for (roles, version, allowed) in [(vec![], 1, true), (vec!["unit_admin"], 2, false), (vec![], 3, true)] {
                ask_of(realm, &ctx, &roles, version).await;
                let (status, tried) = ask!(app, get "/users", own, None);
                assert_eq!(status == StatusCode::OK, allowed, "{tried}");
                if !allowed {
                    assert_eq!(tried["code"], "identity.second_factor_required");
                }
                let words = if allowed { json!([]) } else { json!(["mfa_required"]) };
                let questions = json!({ "questions":
                    [{ "user_id": admin, "permission": "identity.user.read", "unit_id": street }] });
                let (_, said) = ask!(app, post "/access/check", token, Some(questions));
                assert_eq!((&said["items"][0]["allowed"], &said["items"][0]["blocked_by"]), (&json!(allowed), &words));
                let about = format!("user={admin}&permission=identity.user.read&unit={street}");
                let (_, told) = ask!(app, get format!("/access/why?{about}"), token, None);
                assert_eq!((&told["allowed"], &told["blocked_by"]), (&json!(allowed), &words), "{told}");
                let (_, able) = ask!(app, get format!("/access/who-can?permission=identity.user.read&unit={street}"), token, None);
                let rows = able["items"].as_array().unwrap();
                let row = rows.iter().find(|row| row["user"]["id"] == json!(admin)).unwrap();
                assert_eq!(row["blocked_by"], words);
                let (_, places) = ask!(app, get format!("/access/where?user={admin}&permission=identity.user.read"), token, None);
                assert_eq!((&places["blocked_by"], &places["everywhere"]), (&words, &json!(false)), "{places}");
                assert_eq!(places["items"][0]["unit"]["id"], json!(street));
                let (_, all) = ask!(app, get format!("/users/{admin}/effective-permissions?unit={street}"), token, None);
                assert_eq!(all["mfa_required"], json!(!allowed));
            }
        });
    });
}

#[test]
fn what_everybody_may_is_everywhere_and_of_the_disabled_nowhere() {
    everywhere(|realm| {
        realm.chief();
        let worker = realm.person("worker", "street");
        let site = site(realm);
        actix_web::rt::System::new().block_on(async {
            let app = &calls::init_service(site.app()).await;
            let signed = sign_in!(app, "chief");
            let token = signed["access_token"].as_str();
            let path = |name: &str| format!("/access/where?user={worker}&permission={name}");
            let (_, own) = ask!(app, get path("identity.session.own"), token, None);
            assert_eq!(own, json!({ "items": [], "everywhere": true, "blocked_by": [] }));
            let (_, none) = ask!(app, get path("test.work.do"), token, None);
            assert_eq!(none, json!({ "items": [], "everywhere": false, "blocked_by": [] }), "nowhere");
            let left = Some(json!({ "reason": "left" }));
            assert_eq!(ask!(app, post format!("/users/{worker}/disable"), token, left).0, StatusCode::OK);
            let (_, gone) = ask!(app, get path("identity.session.own"), token, None);
            assert_eq!(gone, json!({ "items": [], "everywhere": false, "blocked_by": ["user_disabled"] }));
        });
    });
}
