//! Second factors: set up, asked for, used once, lost.

use std::sync::Arc;

use auth::{TotpSecret, totp};
use identity::gate::Entered;
use identity::service::accounts;
use identity::service::second_factor::{self, Rule};
use identity::{Gate, Visit};
use kernel::id::User as UserKind;
use kernel::{BuiltinRole, Context, Id};
use secrecy::{ExposeSecret, SecretString};

use super::setting::{PASSWORD, Realm, code, everywhere};
use super::signing_in::on_runtime;

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

/// RFC 4648 base32, as an app reads it.
fn unbase32(text: &str) -> Vec<u8> {
    let (mut bits, mut held, mut bytes) = (0_u32, 0, Vec::new());
    for letter in text.bytes() {
        let value = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|b| *b == letter).unwrap();
        bits = (bits << 5) | u32::try_from(value).unwrap();
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 0xff).unwrap());
        }
    }
    bytes
}

async fn as_user(realm: &Realm, user: Id<UserKind>) -> Context {
    let realm = realm.clone();
    tokio::task::spawn_blocking(move || realm.as_user(user)).await.unwrap()
}

/// An app with this account in it, proved; the clock stands a step later.
pub async fn enrol(realm: &Realm, gate: &Gate, user: Id<UserKind>) -> TotpSecret {
    let (sealer, ctx) = (gate.sealer().await.unwrap(), as_user(realm, user).await);
    let held = Arc::clone(&sealer);
    let setup = realm.db.write(move |tx| second_factor::begin(tx, &ctx, &held, "Town")).await.unwrap();
    let app = TotpSecret::from_bytes(&unbase32(setup.secret.expose_secret())).unwrap();
    let (ctx, first) = (as_user(realm, user).await, now_code(realm, &app));
    realm.db.write(move |tx| second_factor::confirm(tx, &ctx, &sealer, &first)).await.unwrap();
    realm.hand.go(30);
    app
}

pub fn now_code(realm: &Realm, app: &TotpSecret) -> String {
    app.code(totp::step(realm.now())).unwrap()
}

pub async fn challenge(gate: &Gate, login: &str) -> SecretString {
    match gate.enter(login, secret(PASSWORD), &Visit::from("r")).await.unwrap() {
        Entered::Asked { challenge, expires_in } => {
            assert_eq!(expires_in, 300);
            challenge
        }
        Entered::SignedIn(_) => panic!("no code was asked for"),
    }
}

async fn answer(gate: &Gate, challenge: &SecretString, given: &str) -> &'static str {
    code(gate.second_factor(challenge, given, &Visit::from("r")).await)
}

const REFUSED: &str = "identity.second_factor_refused";

#[test]
fn a_second_factor_is_set_up_proved_and_asked_for() {
    everywhere(|realm| {
        let chief = realm.chief();
        let gate = realm.gate();
        on_runtime(async {
            let other = gate.sign_in("chief", secret(PASSWORD), None, "r").await.unwrap();
            let (sealer, ctx) = (gate.sealer().await.unwrap(), as_user(realm, chief).await);
            let held = Arc::clone(&sealer);
            realm.db.write(move |tx| second_factor::begin(tx, &ctx, &held, "Town")).await.unwrap();
            assert_eq!(
                code(gate.sign_in("chief", secret(PASSWORD), None, "r").await),
                "ok",
                "not proved yet"
            );
            let ctx = as_user(realm, chief).await;
            let wrong = realm.db.write(move |tx| second_factor::confirm(tx, &ctx, &sealer, "000000")).await;
            assert_eq!(code(wrong), "identity.wrong_code");

            let app = enrol(realm, &gate, chief).await;
            assert_eq!(code(gate.actor(other.access_token.expose_secret()).await), "identity.signed_out");
            assert_eq!(
                code(gate.sign_in("chief", secret(PASSWORD), None, "r").await),
                "identity.second_factor_needed"
            );
            let asked = challenge(&gate, "chief").await;
            assert_eq!(answer(&gate, &asked, "000000").await, REFUSED);
            assert_eq!(answer(&gate, &asked, &now_code(realm, &app)).await, "ok");
            realm.hand.go(30);
            assert_eq!(
                answer(&gate, &asked, &now_code(realm, &app)).await,
                REFUSED,
                "a challenge is good once"
            );

            let next = challenge(&gate, "chief").await;
            let used = now_code(realm, &app);
            assert_eq!(answer(&gate, &next, &used).await, "ok");
            let again = challenge(&gate, "chief").await;
            assert_eq!(answer(&gate, &again, &used).await, REFUSED, "a code is good once");
            realm.hand.go(301);
            assert_eq!(answer(&gate, &again, &now_code(realm, &app)).await, REFUSED, "too late");
            for nonsense in
                ["", "cwt_", "cwt_0123456789abcdef0123_x", again.expose_secret().trim_end_matches('x')]
            {
                assert_eq!(answer(&gate, &secret(nonsense), &now_code(realm, &app)).await, REFUSED);
            }
            let ctx = as_user(realm, chief).await;
            let sealer = gate.sealer().await.unwrap();
            let twice = realm.db.write(move |tx| second_factor::begin(tx, &ctx, &sealer, "Town")).await;
            assert_eq!(code(twice), "identity.second_factor_there");
        });
        let log = realm.log();
        let count = |what: &str| log.iter().filter(|(outcome, _)| outcome == what).count();
        assert_eq!((count("wrong_code"), count("signed_in")), (2, 4));
        assert!(realm.actions().contains(&"identity.totp.confirmed".to_owned()));
    });
}

#[test]
fn of_two_with_one_code_one_gets_in() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (one, two) = (realm.gate(), realm.gate());
        on_runtime(async {
            let app = enrol(realm, &one, chief).await;
            for _ in 0..5 {
                realm.hand.go(30);
                let (a, b) = (challenge(&one, "chief").await, challenge(&two, "chief").await);
                let given = now_code(realm, &app);
                let (first, second) = tokio::join!(answer(&one, &a, &given), answer(&two, &b, &given));
                let mut both = [first, second];
                both.sort_unstable();
                assert_eq!(both, [REFUSED, "ok"], "one code, two challenges");
                realm.hand.go(30);
                let asked = challenge(&one, "chief").await;
                let given = now_code(realm, &app);
                let ctx = as_user(realm, chief).await;
                let codes = realm.db.write(move |tx| second_factor::new_codes(tx, &ctx)).await.unwrap();
                let (first, second) = tokio::join!(
                    answer(&one, &asked, &given),
                    answer(&two, &asked, codes[0].expose_secret())
                );
                let mut both = [first, second];
                both.sort_unstable();
                assert_eq!(both, [REFUSED, "ok"], "two codes, one challenge");
                let (a, b) = (challenge(&one, "chief").await, challenge(&two, "chief").await);
                let given = codes[1].expose_secret();
                let (first, second) = tokio::join!(answer(&one, &a, given), answer(&two, &b, given));
                let mut both = [first, second];
                both.sort_unstable();
                assert_eq!(both, [REFUSED, "ok"], "one recovery code, two challenges");
            }
        });
    });
}

#[test]
fn wrong_codes_lock_the_account_and_a_right_password_does_not_open_it() {
    everywhere(|realm| {
        let chief = realm.chief();
        let gate = realm.gate();
        on_runtime(async {
            let app = enrol(realm, &gate, chief).await;
            for _ in 0..5 {
                // The right password in between forgets no wrong code.
                let asked = challenge(&gate, "chief").await;
                assert_eq!(answer(&gate, &asked, "not-a-code").await, REFUSED);
            }
            let locked = gate.enter("chief", secret(PASSWORD), &Visit::from("r")).await;
            assert_eq!(code(locked), "identity.sign_in_failed");
            realm.hand.go(61);
            let asked = challenge(&gate, "chief").await;
            assert_eq!(answer(&gate, &asked, &now_code(realm, &app)).await, "ok");
            let user =
                realm.db.read(move |tx| identity::store::users::find(tx, chief)).await.unwrap().unwrap();
            assert_eq!(user.failed_count, 0);
            // What a challenge was given for is gone with any change of the account.
            realm.hand.go(30);
            let asked = challenge(&gate, "chief").await;
            let version = user.version;
            realm.db.write(move |tx| identity::store::users::update(tx, &user, version)).await.unwrap();
            assert_eq!(answer(&gate, &asked, &now_code(realm, &app)).await, REFUSED);
            // To prove oneself while signed in counts as well, and takes no code twice.
            let given = now_code(realm, &app);
            let visit = Visit::from("r");
            assert_eq!(code(gate.prove(chief, None, Some(&given), &visit).await), "ok");
            assert_eq!(code(gate.prove(chief, None, Some(&given), &visit).await), "identity.wrong_code");
            assert_eq!(code(gate.prove(chief, None, None, &visit).await), "identity.proof_needed");
            assert_eq!(code(gate.prove(chief, Some(secret(PASSWORD)), None, &visit).await), "ok");
            assert_eq!(
                code(gate.prove(chief, Some(secret("x")), None, &visit).await),
                "identity.wrong_password"
            );
        });
    });
}

#[test]
fn recovery_codes_open_once_each_and_new_ones_replace_them() {
    everywhere(|realm| {
        let chief = realm.chief();
        let gate = realm.gate();
        on_runtime(async {
            let ctx = as_user(realm, chief).await;
            let early = realm.db.write(move |tx| second_factor::new_codes(tx, &ctx).map(drop)).await;
            assert_eq!(code(early), "identity.no_second_factor");
            enrol(realm, &gate, chief).await;
            let ctx = as_user(realm, chief).await;
            let old = realm.db.write(move |tx| second_factor::new_codes(tx, &ctx)).await.unwrap();
            assert_eq!(old.len(), 10);
            let asked = challenge(&gate, "chief").await;
            let shouted = old[0].expose_secret().to_uppercase();
            assert_eq!(answer(&gate, &asked, &shouted).await, "ok");
            let asked = challenge(&gate, "chief").await;
            assert_eq!(answer(&gate, &asked, old[0].expose_secret()).await, REFUSED);
            let ctx = as_user(realm, chief).await;
            let new = realm.db.write(move |tx| second_factor::new_codes(tx, &ctx)).await.unwrap();
            assert_eq!(answer(&gate, &asked, old[1].expose_secret()).await, REFUSED);
            assert_eq!(answer(&gate, &asked, new[1].expose_secret()).await, "ok");
            let left = realm.db.read(move |tx| identity::store::totp::codes_left(tx, chief)).await;
            assert_eq!(left.unwrap(), 9);
            let ctx = as_user(realm, chief).await;
            realm.db.write(move |tx| second_factor::remove(tx, &ctx)).await.unwrap();
            assert_eq!(code(gate.sign_in("chief", secret(PASSWORD), None, "r").await), "ok");
        });
    });
}

#[test]
fn who_lost_it_is_helped_by_whoever_could_set_their_password() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (admin, worker) = (realm.person("admin2", "street"), realm.person("worker", "street"));
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        let gate = realm.gate();
        let reset =
            |by: Id<UserKind>, whom: Id<UserKind>| {
                let (ctx, shared) = (realm.as_user(by), realm.services.clone());
                code(realm.write(move |tx| {
                    second_factor::reset(tx, &ctx, &shared, whom, None, "lost the telephone")
                }))
            };
        assert_eq!(reset(admin, worker), "identity.no_second_factor");
        let token = on_runtime(async {
            enrol(realm, &gate, worker).await;
            enrol(realm, &gate, chief).await;
            let asked = challenge(&gate, "worker").await;
            let ctx = as_user(realm, worker).await;
            let codes = realm.db.write(move |tx| second_factor::new_codes(tx, &ctx)).await.unwrap();
            gate.second_factor(&asked, codes[0].expose_secret(), &Visit::from("r"))
                .await
                .unwrap()
                .access_token
        });
        assert_eq!(reset(admin, chief), "kernel.not_found", "of a unit above");
        assert_eq!(reset(worker, chief), "kernel.not_found");
        assert_eq!(reset(chief, chief), "identity.not_yourself");
        assert_eq!(reset(admin, worker), "ok");
        on_runtime(async {
            assert_eq!(code(gate.actor(token.expose_secret()).await), "identity.signed_out");
            assert_eq!(code(gate.sign_in("worker", secret(PASSWORD), None, "r").await), "ok");
        });
        assert!(realm.actions().contains(&"identity.user.mfa_reset".to_owned()));
        // A worker who holds more than the administrator could give is out of reach.
        realm.give(chief, realm.gift(worker, BuiltinRole::SystemAdmin, "town")).unwrap();
        on_runtime(async { enrol(realm, &gate, worker).await });
        assert_eq!(reset(admin, worker), "identity.above_ceiling");
    });
}

#[test]
fn who_must_have_one_can_do_nothing_before() {
    everywhere(|realm| {
        let chief = realm.chief();
        let worker = realm.person("worker", "street");
        realm.give(chief, realm.gift(worker, BuiltinRole::GridWorker, "street")).unwrap();
        let strict = realm.gate_with(|settings| settings.second_factor = Rule::HighRisk);
        let everybody = realm.gate_with(|settings| settings.second_factor = Rule::Everyone);
        on_runtime(async {
            let chief_in = strict.sign_in("chief", secret(PASSWORD), None, "r").await.unwrap();
            let worker_in = strict.sign_in("worker", secret(PASSWORD), None, "r").await.unwrap();
            let (chief_token, worker_token) =
                (chief_in.access_token.expose_secret(), worker_in.access_token.expose_secret());
            let actor = strict.actor(chief_token).await.unwrap();
            assert!(identity::gate::must_enrol(&actor));
            assert!(!actor.holds(
                <identity::permission::ReadUsers as kernel::permission::Permit>::PERMISSION,
                realm.now()
            ));
            assert!(!identity::gate::must_enrol(&strict.actor(worker_token).await.unwrap()), "no high risk");
            assert!(identity::gate::must_enrol(&everybody.actor(worker_token).await.unwrap()));
            let app = enrol(realm, &strict, chief).await;
            let asked = challenge(&strict, "chief").await;
            let signed =
                strict.second_factor(&asked, &now_code(realm, &app), &Visit::from("r")).await.unwrap();
            let actor = strict.actor(signed.access_token.expose_secret()).await.unwrap();
            assert!(!identity::gate::must_enrol(&actor));
            assert!(actor.grants.len() == 1 && !actor.grants[0].permissions.is_empty());
        });
        // The secret lies there sealed, for its owner only.
        let mine = realm.db.read_blocking(move |tx| identity::store::totp::find(tx, chief)).unwrap().unwrap();
        assert!(mine.sealed.starts_with("s1."));
        assert!(!format!("{mine:?}").contains("s1."));
        let (ctx, shared) = (realm.as_user(chief), realm.services.clone());
        realm.write(move |tx| accounts::disable(tx, &ctx, &shared, worker, None, "left")).unwrap();
    });
}
