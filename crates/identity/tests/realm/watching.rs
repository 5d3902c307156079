//! Who is signed in, and who tried to be.

use identity::Visit;
use identity::service::session;
use identity::store::{sessions, sign_ins};
use kernel::id::User as UserKind;
use kernel::permission::Permit;
use kernel::{BuiltinRole, Id, PageSize};
use secrecy::{ExposeSecret, SecretString};

use super::setting::{PASSWORD, Realm, code, everywhere};
use super::signing_in::on_runtime;

const AGENT: &str = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/131.0 Safari/537.36";

fn visit(address: &str) -> Visit {
    Visit::new(Some(address), Some(AGENT), "r")
}

async fn enter(gate: &identity::Gate, login: &str, password: &str, address: &str) -> &'static str {
    code(gate.enter(login, SecretString::from(password), &visit(address)).await)
}

#[test]
fn sessions_tell_device_and_place_and_are_ended_by_who_may() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (admin, elsewhere) = (realm.person("admin2", "street"), realm.person("admin3", "other"));
        let worker = realm.person("worker", "community");
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        realm.give(chief, realm.gift(elsewhere, BuiltinRole::UnitAdmin, "other")).unwrap();
        let (one, two) = (realm.gate(), realm.gate());
        let signed = on_runtime(async {
            assert_eq!(enter(&one, "chief", PASSWORD, "203.0.113.9").await, "ok");
            one.sign_in("worker", SecretString::from(PASSWORD), Some("2001:db8:7:1::2"), "r").await.unwrap()
        });
        let token = signed.access_token.expose_secret();
        let seen = |by: Id<UserKind>, user: Option<Id<UserKind>>| {
            let ctx = realm.as_user(by);
            let scope = ctx.actor.scope(identity::permission::ReadSessions::PERMISSION, false, ctx.now);
            let size = PageSize::new(50).unwrap();
            realm
                .db
                .read_blocking(move |tx| sessions::list(tx, &scope, user, ctx.now, None, size, 0))
                .unwrap()
                .items
        };
        assert_eq!(
            (seen(chief, None).len(), seen(elsewhere, None).len(), seen(worker, None).len()),
            (2, 0, 0)
        );
        let theirs = seen(admin, None);
        assert_eq!(
            (theirs.len(), theirs[0].user_id, theirs[0].place.as_str()),
            (1, worker, "2001:db8:7::/48")
        );
        assert_eq!(seen(admin, Some(chief)).len(), 0, "a user's name opens no other unit");
        let own = seen(chief, Some(chief));
        assert_eq!((own[0].device.as_str(), own[0].place.as_str()), ("Chrome on Windows", "203.0.113.0/24"));
        let end = |by: Id<UserKind>, id| {
            let ctx = realm.as_user(by);
            code(realm.write(move |tx| session::end_anothers(tx, &ctx, id)))
        };
        assert_eq!(end(elsewhere, theirs[0].id), "kernel.not_found");
        assert_eq!(end(worker, theirs[0].id), "kernel.not_found", "not even that it is there");
        assert_eq!(end(admin, own[0].id), "kernel.not_found", "not of who stands above");
        on_runtime(async {
            assert_eq!(code(two.actor(token).await), "ok");
        });
        assert_eq!(end(admin, theirs[0].id), "ok");
        on_runtime(async {
            for gate in [&one, &two] {
                assert_eq!(code(gate.actor(token).await), "identity.signed_out", "on the next request");
            }
            assert_eq!(code(one.refresh(&signed.refresh_token, "r").await), "identity.refresh_refused");
        });
        assert!(realm.actions().contains(&"identity.session.ended".to_owned()));
    });
}

#[test]
fn every_try_is_written_down_with_its_reason_and_read_by_the_auditor() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (auditor, near) = (realm.person("auditor", "town"), realm.person("near", "street"));
        realm.give(chief, realm.gift(auditor, BuiltinRole::AuditAdmin, "town")).unwrap();
        realm.give(chief, realm.gift(near, BuiltinRole::AuditAdmin, "street")).unwrap();
        realm.person("worker", "street");
        let gate = realm.gate();
        on_runtime(async {
            assert_eq!(enter(&gate, "worker", "wrong", "203.0.113.9").await, "identity.sign_in_failed");
            assert_eq!(enter(&gate, "worker", PASSWORD, "203.0.113.9").await, "ok");
            for _ in 0..2 {
                let tried = "13800138000";
                assert_eq!(enter(&gate, tried, "wrong", "198.51.100.1").await, "identity.sign_in_failed");
            }
        });
        let readable = |by: Id<UserKind>| {
            let ctx = realm.as_user(by);
            let whose = identity::service::sign_ins::readable(&ctx);
            let (filter, size) = (sign_ins::Filter::default(), PageSize::new(50).unwrap());
            realm
                .db
                .read_blocking(move |tx| sign_ins::list(tx, &whose, &filter, None, size, 0))
                .unwrap()
                .items
        };
        let all = readable(auditor);
        let words: Vec<&str> = all.iter().map(|one| one.outcome.as_str()).collect();
        assert_eq!(words, ["unknown_login", "unknown_login", "signed_in", "wrong_password"]);
        assert_eq!(all[0].login_digest, all[1].login_digest);
        assert!(all[0].login_digest.is_some() && !format!("{all:?}").contains("13800138000"));
        assert_eq!((all[2].device.as_str(), all[2].place.as_str()), ("Chrome on Windows", "203.0.113.0/24"));
        assert_eq!(readable(near).len(), 2, "who audits a street sees no strangers");
        assert_eq!(readable(chief).len(), 0, "the founder audits nothing");
        // Kept for its time, and not a day longer.
        let before = realm.now().plus_days(1);
        realm.write(move |tx| sign_ins::purge(tx, before).map(drop)).unwrap();
        assert_eq!(readable(auditor).len(), 0);
    });
}

#[test]
fn a_flood_fills_no_table() {
    everywhere(|realm| {
        realm.chief();
        let gate = realm.gate_with(|settings| settings.failures_per_address = 1_000);
        on_runtime(async {
            for n in 0..60 {
                let login = format!("nobody{n}");
                assert_eq!(enter(&gate, &login, "wrong", "203.0.113.9").await, "identity.sign_in_failed");
            }
            assert_eq!(enter(&gate, "nobody", "wrong", "198.51.100.1").await, "identity.sign_in_failed");
        });
        let log = realm.log();
        assert_eq!(log.len(), 22, "twenty, one that counts, and the other place's");
        let many: Vec<i64> =
            log.iter().filter(|(what, _)| what == "many_failures").map(|(_, n)| *n).collect();
        assert_eq!(many, [40]);
        assert_eq!(realm.actions().iter().filter(|a| *a == "identity.sign_in.failed").count(), 21);
    });
}

#[test]
fn the_log_knows_reuse_and_signing_out() {
    everywhere(|realm| {
        let chief = realm.chief();
        let gate = realm.gate();
        let ctx = on_runtime(async {
            let signed = gate.sign_in("chief", SecretString::from(PASSWORD), None, "r").await.unwrap();
            realm.hand.go(600);
            gate.refresh(&signed.refresh_token, "r").await.unwrap();
            realm.hand.go(60);
            assert_eq!(code(gate.refresh(&signed.refresh_token, "r").await), "identity.refresh_refused");
            let again = gate.sign_in("chief", SecretString::from(PASSWORD), None, "r").await.unwrap();
            let actor = gate.actor(again.access_token.expose_secret()).await.unwrap();
            kernel::Context {
                actor,
                now: realm.now(),
                request_id: "test".into(),
                ids: std::sync::Arc::clone(&realm.ids),
            }
        });
        realm.write(move |tx| session::sign_out(tx, &ctx, &visit("203.0.113.9"))).unwrap();
        let words: Vec<String> = realm.log().into_iter().map(|(what, _)| what).collect();
        assert_eq!(words, ["signed_out", "signed_in", "token_reused", "signed_in"]);
        assert_eq!(own_sessions(realm, chief), 0);
    });
}

fn own_sessions(realm: &Realm, user: Id<UserKind>) -> usize {
    let now = realm.now();
    realm.db.read_blocking(move |tx| sessions::open_of(tx, user, now)).unwrap().len()
}
