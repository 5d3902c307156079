//! What the realm demands: bounded, the whole realm's, in force on the next request of every gateway.

use identity::model::policies::{LockoutPolicy, MfaPolicy, PasswordPolicy, Policy, SessionPolicy};
use identity::service::policies::{self, mfa_required};
use identity::service::{mine, session};
use kernel::error::Outcome;
use kernel::id::User as UserKind;
use kernel::{BuiltinRole, Id};
use secrecy::{ExposeSecret, SecretString};

use super::second_factor::{challenge, enrol, now_code};
use super::setting::{PASSWORD, Realm, code, everywhere};
use super::signing_in::on_runtime;

fn put<P: Policy + Sync>(realm: &Realm, by: Id<UserKind>, policy: P, version: i64) -> Outcome<i64> {
    let ctx = realm.as_user(by);
    realm.write(move |tx| Ok(policies::put(tx, &ctx, &policy, version)?.version))
}

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

#[test]
fn a_policy_is_the_whole_realms_and_has_a_floor() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (security, part) = (realm.person("security", "town"), realm.person("part", "street"));
        realm.give(chief, realm.gift(security, BuiltinRole::SecurityAdmin, "town")).unwrap();
        realm.give(chief, realm.gift(part, BuiltinRole::SecurityAdmin, "street")).unwrap();
        let stricter = PasswordPolicy { min_length: 14, ..PasswordPolicy::default() };
        assert_eq!(code(put(realm, part, stricter, 1)), "kernel.forbidden", "a street's is no realm's");
        let weaker = PasswordPolicy { min_length: 8, ..stricter };
        match put(realm, security, weaker, 1) {
            Err(kernel::Fault::Refused(refusal)) => {
                assert_eq!(refusal.fields[0].pointer, "/min_length");
                assert_eq!(refusal.fields[0].detail.as_deref(), Some("10 to 64"), "the bound is named");
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(put(realm, security, stricter, 1).unwrap(), 2);
        assert_eq!(code(put(realm, security, stricter, 1)), "kernel.stale");
        assert_eq!(put(realm, chief, stricter, 2).unwrap(), 3);
        let ctx = realm.as_user(part);
        let refused =
            realm.db.read_blocking(move |tx| policies::read::<PasswordPolicy>(tx, &ctx).map(|v| v.version));
        assert_eq!(code(refused), "kernel.forbidden");
    });
}

#[test]
fn every_gateway_knows_on_the_next_request() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (one, two) = (realm.gate(), realm.gate());
        on_runtime(async {
            for gate in [&one, &two] {
                assert_eq!(gate.policies().await.unwrap().passwords.min_length, 10);
                assert_eq!(code(gate.check_password(&secret("twelve words"), "a", "/p", None).await), "ok");
            }
            put(realm, chief, PasswordPolicy { min_length: 16, ..PasswordPolicy::default() }, 1).unwrap();
            put(realm, chief, LockoutPolicy { tries: 3, ..LockoutPolicy::default() }, 1).unwrap();
            for gate in [&one, &two] {
                let refused = gate.check_password(&secret("twelve words"), "a", "/p", None).await;
                assert_eq!(code(refused), "kernel.invalid");
            }
            for _ in 0..3 {
                let refused = one.sign_in("chief", secret("wrong"), None, "r").await;
                assert_eq!(code(refused), "identity.sign_in_failed");
            }
            let locked = two.sign_in("chief", secret(PASSWORD), None, "r").await;
            assert_eq!(
                code(locked),
                "identity.sign_in_failed",
                "closed after three, on the other gateway too"
            );
            realm.hand.go(61);
            assert_eq!(code(two.sign_in("chief", secret(PASSWORD), None, "r").await), "ok");
        });
    });
}

#[test]
fn a_password_does_not_come_again_as_long_as_the_policy_remembers() {
    everywhere(|realm| {
        let chief = realm.chief();
        put(realm, chief, PasswordPolicy { history: 2, ..PasswordPolicy::default() }, 1).unwrap();
        let gate = realm.gate();
        on_runtime(async {
            let mut old = PASSWORD.to_owned();
            for new in ["first new phrase", "second new phrase", "third new phrase"] {
                let (_, verified) = gate.verify_own(chief, secret(&old), "r").await.unwrap();
                gate.check_password(&secret(new), "chief", "/p", Some(chief)).await.unwrap();
                let hash = auth::password::hash(auth::Cost::TESTING, &secret(new)).unwrap();
                let ctx = realm.as_user(chief);
                realm.db.write(move |tx| mine::change_password(tx, &ctx, &verified, &hash)).await.unwrap();
                old = new.to_owned();
            }
            for (password, taken) in [
                ("third new phrase", false),
                ("second new phrase", false),
                ("first new phrase", true),
                (PASSWORD, true),
            ] {
                let checked = gate.check_password(&secret(password), "chief", "/p", Some(chief)).await;
                match checked {
                    Ok(()) => assert!(taken, "{password}"),
                    Err(kernel::Fault::Refused(refusal)) => {
                        assert!(!taken, "{password}");
                        assert_eq!(refusal.fields[0].code.code, "identity.password_used_before");
                    }
                    Err(other) => panic!("{other}"),
                }
            }
        });
    });
}

#[test]
fn an_old_password_opens_one_door_only() {
    everywhere(|realm| {
        let chief = realm.chief();
        let gate = realm.gate();
        put(realm, chief, PasswordPolicy { max_age_days: 90, ..PasswordPolicy::default() }, 1).unwrap();
        on_runtime(async {
            realm.hand.go(89 * 86_400);
            let signed = gate.sign_in("chief", secret(PASSWORD), None, "r").await.unwrap();
            assert!(!signed.user.must_change_password);
            realm.hand.go(86_400);
            let signed = gate.sign_in("chief", secret(PASSWORD), None, "r").await.unwrap();
            assert!(signed.user.must_change_password);
            let actor = gate.actor(signed.access_token.expose_secret()).await.unwrap();
            assert!(identity::gate::must_change_password(&actor));
        });
    });
}

#[test]
fn a_session_ends_by_what_is_demanded_now_and_not_by_what_was() {
    everywhere(|realm| {
        let chief = realm.chief();
        let gate = realm.gate();
        on_runtime(async {
            let signed = gate.sign_in("chief", secret(PASSWORD), None, "r").await.unwrap();
            realm.hand.go(600);
            let signed = gate.refresh(&signed.refresh_token, "r").await.unwrap();
            put(realm, chief, SessionPolicy { idle_minutes: 5, ..SessionPolicy::default() }, 1).unwrap();
            assert!(gate.actor(signed.access_token.expose_secret()).await.is_ok());
            realm.hand.go(301);
            let refused = gate.refresh(&signed.refresh_token, "r").await;
            assert_eq!(code(refused), "identity.refresh_refused", "idle");

            put(realm, chief, SessionPolicy { life_days: 1, idle_minutes: 43_200 }, 2).unwrap();
            let mut signed = gate.sign_in("chief", secret(PASSWORD), None, "r").await.unwrap();
            for _ in 0..3 {
                realm.hand.go(8 * 3_600 - 60);
                signed = gate.refresh(&signed.refresh_token, "r").await.unwrap();
            }
            realm.hand.go(181);
            assert_eq!(code(gate.refresh(&signed.refresh_token, "r").await), "identity.refresh_refused");
        });
        assert_eq!(session::LIFE_DAYS, 30);
    });
}

#[test]
fn who_needs_a_second_factor_is_told_by_risk_or_by_role() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (worker, admin) = (realm.person("worker", "street"), realm.person("admin", "street"));
        realm.give(chief, realm.gift(worker, BuiltinRole::GridWorker, "street")).unwrap();
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        let needs = |policy: &MfaPolicy, who| {
            mfa_required(policy, &realm.services, realm.as_user(who).actor.grants.iter())
        };
        let none = MfaPolicy::default();
        assert!(!needs(&none, chief) && !needs(&none, worker));
        let high = MfaPolicy { required_for_risk: "high".to_owned(), ..MfaPolicy::default() };
        assert!(needs(&high, chief) && needs(&high, admin) && !needs(&high, worker));
        let workers =
            MfaPolicy { required_for_roles: vec!["grid_worker".to_owned()], ..MfaPolicy::default() };
        assert!(needs(&workers, worker) && !needs(&workers, admin));
        let gone = |policy: &MfaPolicy| mfa_required(policy, &realm.services, &[]);
        assert!(!gone(&high) && !gone(&workers));
        let unknown = MfaPolicy { required_for_roles: vec!["nobodys".to_owned()], ..MfaPolicy::default() };
        let checked = realm.db.read_blocking(move |tx| policies::refuse_unknown_roles(tx, &unknown));
        assert_eq!(code(checked), "kernel.invalid");
    });
}

#[test]
fn who_needs_a_second_factor_can_do_nothing_without_from_the_next_request_on() {
    everywhere(|realm| {
        let chief = realm.chief();
        let worker = realm.person("worker", "street");
        realm.give(chief, realm.gift(worker, BuiltinRole::GridWorker, "street")).unwrap();
        // The setting asks for nothing on the one, for everybody's on the other.
        let (gate, floor) = (
            realm.gate(),
            realm.gate_with(|s| s.second_factor = identity::service::second_factor::Rule::Everyone),
        );
        on_runtime(async {
            let signed = gate.sign_in("worker", secret(PASSWORD), None, "r").await.unwrap();
            let token = signed.access_token.expose_secret();
            assert!(!identity::gate::must_enrol(&gate.actor(token).await.unwrap()));
            assert!(
                identity::gate::must_enrol(&floor.actor(token).await.unwrap()),
                "no policy goes below it"
            );
            let workers =
                MfaPolicy { required_for_roles: vec!["grid_worker".to_owned()], ..MfaPolicy::default() };
            put(realm, chief, workers, 1).unwrap();
            let actor = gate.actor(token).await.unwrap();
            assert!(
                identity::gate::must_enrol(&actor) && actor.grants.iter().all(|g| g.permissions.is_empty())
            );
            put(realm, chief, MfaPolicy::default(), 2).unwrap();
            assert!(!identity::gate::must_enrol(&gate.actor(token).await.unwrap()));
            assert!(identity::gate::must_enrol(&floor.actor(token).await.unwrap()));
        });
    });
}

#[test]
fn age_counts_with_a_second_factor_too_and_lock_out_counts_its_codes_and_unknown_logins() {
    everywhere(|realm| {
        let chief = realm.chief();
        let gate = realm.gate();
        on_runtime(async {
            let app = enrol(realm, &gate, chief).await;
            put(realm, chief, PasswordPolicy { max_age_days: 30, ..PasswordPolicy::default() }, 1).unwrap();
            put(realm, chief, LockoutPolicy { tries: 3, ..LockoutPolicy::default() }, 1).unwrap();
            realm.hand.go(31 * 86_400);
            let asked = challenge(&gate, "chief").await;
            for _ in 0..3 {
                let wrong =
                    gate.second_factor(&asked, "wrong-recovery-code", &identity::Visit::from("r")).await;
                assert_eq!(code(wrong), "identity.second_factor_refused");
            }
            let locked =
                gate.second_factor(&asked, &now_code(realm, &app), &identity::Visit::from("r")).await;
            assert_eq!(code(locked), "identity.second_factor_refused", "closed after three");
            realm.hand.go(61);
            let right = gate.second_factor(&asked, &now_code(realm, &app), &identity::Visit::from("r")).await;
            let signed = right.unwrap();
            assert!(signed.user.must_change_password);
            let actor = gate.actor(signed.access_token.expose_secret()).await.unwrap();
            assert!(identity::gate::must_change_password(&actor));
            for _ in 0..4 {
                let refused = gate.sign_in("nobody", secret("wrong"), None, "r").await;
                assert_eq!(code(refused), "identity.sign_in_failed");
            }
        });
        assert_eq!(realm.log()[0].0, "locked", "an unknown login like a known one");
    });
}
