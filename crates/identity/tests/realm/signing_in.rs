//! Sign-in, refresh, lock-out, keys.

use identity::service::accounts::{self, NewUser, UserChange};
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

#[test]
fn a_login_is_one_however_it_is_written_and_nothing_unseen_is_in_it() {
    everywhere(|realm| {
        let chief = realm.chief();
        let make = |login: &str, name: &str| {
            let hash = auth::password::hash(auth::Cost::TESTING, &secret(PASSWORD)).unwrap();
            let new = NewUser {
                login: login.to_owned(),
                display_name: name.to_owned(),
                unit: realm.unit("street").id,
                password_hash: Some(hash),
            };
            let (ctx, shared) = (realm.as_user(chief), realm.services.clone());
            realm.write(move |tx| accounts::create(tx, &ctx, &shared, &new))
        };
        let made = make("Ｗａｎｇ．Ｗｕ①", "王五").unwrap();
        assert_eq!(made.login, "wang.wu1");
        for same in ["wang.wu1", "WANG.WU１", "ｗａｎｇ.wu1", "\u{3000}wang.wu1\u{3000}", "𝐰𝐚𝐧𝐠.wu¹"]
        {
            assert_eq!(code(make(same, "别人")), "identity.login_taken", "{same}");
        }
        let gate = realm.gate();
        on_runtime(async {
            for same in ["wang.wu1", "ＷＡＮＧ．ＷＵ１"] {
                let signed = gate.sign_in(same, secret(PASSWORD), None, "r").await.unwrap();
                assert_eq!(signed.user.id, made.id, "{same}");
            }
        });
        // A dotted capital I, which is two characters when it is made small, and letters taken apart.
        assert_eq!(make("e\u{301}cole.une", "A").unwrap().login, "école.une");
        assert_eq!(code(make("École.une", "B")), "identity.login_taken");
        for unseen in [
            "wang\u{200b}wu",
            "wang\u{202e}wu",
            "wang\u{3164}wu",
            "wang\u{ad}wu",
            "wang\u{7}wu",
            "wang\u{feff}wu",
            "wa ng",
        ] {
            assert_eq!(code(make(unseen, "王五")), "kernel.invalid", "{unseen:?}");
        }
        for (n, unseen) in [
            "王\u{200b}五",
            "\u{202e}五王",
            "王\u{2066}五",
            "王\n五",
            "王\t五",
            "\u{3164}",
            "\u{fe0f}",
            "王\u{0}五",
        ]
        .into_iter()
        .enumerate()
        {
            assert_eq!(code(make(&format!("unseen{n}"), unseen)), "kernel.invalid", "{unseen:?}");
            let change = UserChange { display_name: Some(unseen.to_owned()), unit: None };
            let (ctx, shared, id) = (realm.as_user(chief), realm.services.clone(), made.id);
            let renamed = realm.write(move |tx| accounts::change(tx, &ctx, &shared, id, 1, &change));
            assert_eq!(code(renamed), "kernel.invalid", "{unseen:?}");
        }
        assert!(make("tibetan", "བསྟན་འཛིན").is_ok());
    });
}
