//! Sign-in, refresh, lock-out, keys.

use identity::service::{bootstrap, keys, session::Door};
use secrecy::{ExposeSecret, SecretString};

use super::setting::{PASSWORD, Realm, code, everywhere};

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

/// One runtime for all tests: what a gate has under way outlives the call that began it.
pub fn on_runtime<T>(future: impl Future<Output = T>) -> T {
    static RUNTIME: std::sync::LazyLock<tokio::runtime::Runtime> = std::sync::LazyLock::new(|| {
        tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(2).build().unwrap()
    });
    RUNTIME.block_on(future)
}

fn actions(realm: &Realm) -> Vec<String> {
    let page = realm.db.read_blocking(|tx| {
        storage::audit::list(
            tx,
            &storage::audit::Filter::default(),
            None,
            kernel::PageSize::new(200).unwrap(),
            0,
        )
    });
    page.unwrap().items.into_iter().map(|record| record.action).collect()
}

#[test]
fn every_reason_not_to_let_somebody_in_sounds_the_same() {
    everywhere(|realm| {
        let chief = realm.chief();
        let off = realm.person("off", "town");
        let (ctx, shared) = (realm.as_user(chief), realm.services.clone());
        realm
            .write(move |tx| identity::service::accounts::disable(tx, &ctx, &shared, off, None, "left"))
            .unwrap();
        let gate = realm.gate();
        on_runtime(async {
            for (login, password) in
                [("nobody", PASSWORD), ("off", PASSWORD), ("chief", "wrong"), ("chief", "")]
            {
                let refused = gate.sign_in(login, secret(password), Some("10.0.0.1"), "r").await;
                assert_eq!(code(refused), "identity.sign_in_failed", "{login}");
            }
            let signed = gate.sign_in(" CHIEF ", secret(PASSWORD), None, "r").await.unwrap();
            let actor = gate.actor(signed.access_token.expose_secret()).await.unwrap();
            assert_eq!(actor.user, chief);
        });
        let seen = actions(realm);
        assert_eq!(seen.iter().filter(|a| *a == "identity.sign_in.failed").count(), 4);
        assert_eq!(seen.iter().filter(|a| *a == "identity.session.opened").count(), 1);
    });
}

#[test]
fn guessing_locks_known_and_unknown_logins_alike() {
    everywhere(|realm| {
        let chief = realm.chief();
        let gate = realm.gate();
        on_runtime(async {
            for login in ["chief", "nobody"] {
                for _ in 0..5 {
                    assert_eq!(
                        code(gate.sign_in(login, secret("wrong"), None, "r").await),
                        "identity.sign_in_failed"
                    );
                }
                let locked = gate.sign_in(login, secret(PASSWORD), None, "r").await;
                assert_eq!(code(locked), "identity.sign_in_failed", "the right password opens nothing now");
            }
            realm.hand.go(61);
            assert_eq!(code(gate.sign_in("chief", secret(PASSWORD), None, "r").await), "ok");
            assert_eq!(
                code(gate.sign_in("nobody", secret(PASSWORD), None, "r").await),
                "identity.sign_in_failed"
            );
            let user =
                realm.db.read(move |tx| identity::store::users::find(tx, chief)).await.unwrap().unwrap();
            assert_eq!(user.failed_count, 0);
            for _ in 0..30 {
                let _ = gate.sign_in("whoever", secret("wrong"), Some("10.0.0.9"), "r").await;
            }
            let refused = gate.sign_in("chief", secret(PASSWORD), Some("10.0.0.9"), "r").await;
            assert_eq!(code(refused), "identity.too_many_sign_ins");
            assert_eq!(code(gate.sign_in("chief", secret(PASSWORD), Some("10.0.0.8"), "r").await), "ok");
        });
    });
}

#[test]
fn refresh_tokens_rotate_are_said_again_and_give_a_thief_away() {
    everywhere(|realm| {
        realm.chief();
        let gate = realm.gate();
        on_runtime(async {
            let signed = gate.sign_in("chief", secret(PASSWORD), None, "r").await.unwrap();
            let first = signed.refresh_token.clone();
            realm.hand.go(600);
            let second = gate.refresh(&first, "r").await.unwrap();
            let again = gate.refresh(&first, "r").await.unwrap();
            assert_eq!(
                second.refresh_token.expose_secret(),
                again.refresh_token.expose_secret(),
                "a lost answer is given again"
            );
            assert!(gate.actor(again.access_token.expose_secret()).await.is_ok());
            realm.hand.go(60);
            assert_eq!(code(gate.refresh(&first, "r").await), "identity.refresh_refused");
            let access = again.access_token.expose_secret();
            assert_eq!(
                code(gate.actor(access).await),
                "identity.signed_out",
                "reuse ends the session at once"
            );
            assert_eq!(code(gate.refresh(&second.refresh_token, "r").await), "identity.refresh_refused");
            assert_eq!(code(gate.refresh(&secret("cwr_nonsense"), "r").await), "identity.refresh_refused");
        });
        assert!(actions(realm).contains(&"identity.session.reused".to_owned()));
    });
}

#[test]
fn a_new_key_signs_nobody_out_on_any_gateway() {
    everywhere(|realm| {
        realm.chief();
        let (one, two) = (realm.gate(), realm.gate());
        on_runtime(async {
            let before = one.sign_in("chief", secret(PASSWORD), None, "r").await.unwrap();
            assert!(two.actor(before.access_token.expose_secret()).await.is_ok());
            realm.hand.go(120);
            let now = realm.now();
            realm.db.write(move |tx| keys::rotate_keys(tx, now, 900)).await.unwrap();
            let after = one.sign_in("chief", secret(PASSWORD), None, "r").await.unwrap();
            assert!(
                two.actor(after.access_token.expose_secret()).await.is_ok(),
                "an unknown key is looked up"
            );
            assert!(two.actor(before.access_token.expose_secret()).await.is_ok());
            realm.hand.go(901);
            assert_eq!(code(two.actor(after.access_token.expose_secret()).await), "identity.signed_out");
            let now = realm.now().plus_days(31);
            assert!(realm.db.write(move |tx| keys::rotate_if_old(tx, now, 900)).await.unwrap());
        });
    });
}

#[test]
fn a_password_that_was_set_must_be_changed_before_anything_else() {
    everywhere(|realm| {
        let chief = realm.chief();
        let hash = auth::password::hash(auth::Cost::TESTING, &secret("a passing phrase")).unwrap();
        let (now, ids, given) = (realm.now(), std::sync::Arc::clone(&realm.ids), hash.clone());
        realm
            .write(move |tx| {
                let door = Door { now, request_id: "shell", ids: ids.as_ref() };
                bootstrap::reset_password(tx, door, "chief", &given, true)
            })
            .unwrap();
        let gate = realm.gate();
        on_runtime(async {
            assert_eq!(
                code(gate.sign_in("chief", secret(PASSWORD), None, "r").await),
                "identity.sign_in_failed"
            );
            let signed = gate.sign_in("chief", secret("a passing phrase"), None, "r").await.unwrap();
            let access = signed.access_token.expose_secret();
            let actor = gate.actor(access).await.unwrap();
            assert!(identity::gate::must_change_password(&actor));
            assert!(!actor.holds(
                <identity::permission::ReadUsers as kernel::permission::Permit>::PERMISSION,
                realm.now()
            ));
            let (_, verified) = gate.verify_own(chief, secret("a passing phrase"), "r").await.unwrap();
            assert_eq!(code(gate.verify_own(chief, secret("wrong"), "r").await), "identity.wrong_password");
            let mut ctx = realm_context(realm, &actor);
            ctx.now = realm.now();
            let new = auth::password::hash(auth::Cost::TESTING, &secret("another phrase")).unwrap();
            realm
                .db
                .write(move |tx| identity::service::mine::change_password(tx, &ctx, &verified, &new))
                .await
                .unwrap();
            let actor = gate.actor(access).await.unwrap();
            assert!(
                !identity::gate::must_change_password(&actor),
                "this session goes on, with all its rights"
            );
            assert_eq!(actor.grants.len(), 1);
        });
    });
}

fn realm_context(realm: &Realm, actor: &std::sync::Arc<kernel::Actor>) -> kernel::Context {
    kernel::Context {
        actor: std::sync::Arc::clone(actor),
        now: realm.now(),
        request_id: "test".into(),
        ids: std::sync::Arc::clone(&realm.ids),
    }
}
