//! A new password by a code, and the contacts it goes to.

use auth::LinkCode;
use contracts::Language;
use identity::model::User;
use identity::model::address::Address;
use identity::model::newcomers::{Code, Contact};
use identity::service::{accounts, codes, contacts, reset};
use identity::store::{sessions, users};
use kernel::error::Outcome;
use kernel::id::User as UserKind;
use kernel::{BuiltinRole, Id};
use secrecy::{ExposeSecret, SecretString};

use super::setting::{PASSWORD, Realm, code, everywhere};
use super::signing_in::on_runtime;

const CODE: &str = "identity.contact_code";
pub const RESET: &str = "identity.password_reset";

fn add(realm: &Realm, user: Id<UserKind>, address: &str) -> Outcome<Contact> {
    let (ctx, shared, address) =
        (realm.as_user(user), realm.services.clone(), Address::parse(address).unwrap());
    realm.write(move |tx| contacts::add(tx, &ctx, &shared, &address, Language::En))
}

fn verify(realm: &Realm, user: Id<UserKind>, contact: &Contact, typed: &SecretString) -> Outcome<Contact> {
    let (ctx, id) = (realm.as_user(user), contact.id);
    let newest = realm.db.read_blocking(move |tx| contacts::code_of(tx, &ctx, id))?.unwrap();
    realm.write(move |tx| codes::take_try(tx, newest.id)).unwrap();
    let (ctx, shared, typed) = (realm.as_user(user), realm.services.clone(), typed.clone());
    realm.write(move |tx| contacts::verify(tx, &ctx, &shared, id, &typed))
}

pub fn ask(realm: &Realm, login: &str) -> Outcome<Code> {
    let (visit, shared, login) = (realm.doorstep(), realm.services.clone(), login.to_owned());
    let asked = realm.write(move |tx| reset::ask(tx, &visit, &shared, &login, Language::En))?;
    let (visit, shared, id) = (realm.doorstep(), realm.services.clone(), asked.id);
    realm.write(move |tx| codes::send_asked(tx, &visit, &shared, id)).unwrap();
    Ok(asked)
}

pub fn confirm(realm: &Realm, told: &SecretString, hash: &str) -> Outcome<User> {
    let (visit, shared, hash) = (realm.doorstep(), realm.services.clone(), hash.to_owned());
    let code = LinkCode::parse(told.expose_secret());
    realm.write(move |tx| reset::confirm(tx, &visit, &shared, code.as_ref(), &hash))
}

/// Somebody with a contact that is proved.
pub fn wang(realm: &Realm) -> Id<UserKind> {
    realm.chief();
    let wang = realm.person("wang", "street");
    let contact = add(realm, wang, "wang@town.example").unwrap();
    verify(realm, wang, &contact, &realm.post.code(CODE)).unwrap();
    wang
}

#[test]
fn a_reset_sets_the_password_ends_every_session_and_works_once() {
    everywhere(|realm| {
        let wang = wang(realm);
        let gate = realm.gate();
        let hash = auth::password::hash(auth::Cost::TESTING, &SecretString::from("another phrase")).unwrap();
        on_runtime(async {
            let signed = gate.sign_in("wang", SecretString::from(PASSWORD), None, "r").await.unwrap();
            ask(realm, "wang").unwrap();
            let first = realm.post.code(RESET);
            ask(realm, " WANG ").unwrap();
            let second = realm.post.code(RESET);
            assert_eq!(confirm(realm, &first, &hash).unwrap().id, wang);
            assert_eq!(code(confirm(realm, &first, "x")), "identity.code_refused", "once");
            assert_eq!(
                code(confirm(realm, &second, "x")),
                "identity.code_refused",
                "and no other that was sent"
            );
            let access = signed.access_token.expose_secret();
            assert_eq!(code(gate.actor(access).await), "identity.signed_out");
            assert_eq!(code(gate.refresh(&signed.refresh_token, "r").await), "identity.refresh_refused");
            let again = gate.sign_in("wang", SecretString::from("another phrase"), None, "r").await;
            assert_eq!(code(again), "ok");
        });
        realm.post.last("identity.password_was_reset");
    });
}

#[test]
fn whom_a_reset_is_asked_for_cannot_be_told_from_what_is_answered() {
    everywhere(|realm| {
        let wang = wang(realm);
        let off = realm.person("off", "street");
        let contact = add(realm, off, "13900139000").unwrap();
        verify(realm, off, &contact, &realm.post.code(CODE)).unwrap();
        let chief = realm.as_user(realm_chief(realm));
        let shared = realm.services.clone();
        realm.write(move |tx| accounts::disable(tx, &chief, &shared, off, None, "left")).unwrap();
        let known = ask(realm, "wang").unwrap();
        for login in ["nobody", "off", "chief", "", &"x".repeat(5_000)] {
            let asked = ask(realm, login).unwrap();
            assert_eq!(
                (asked.digest, asked.user_id, asked.sealed.is_some()),
                (known.digest.clone(), known.user_id, true),
                "{login}"
            );
        }
        assert_eq!(realm.post.count(RESET), 1, "one letter was written, to wang");
        assert!(realm.post.code(RESET).expose_secret().starts_with("cwl_"));
        let _ = wang;
        for login in ["wang", "nobody"] {
            for _ in 0..4 {
                ask(realm, login).unwrap();
            }
            assert_eq!(code(ask(realm, login)), "identity.too_many_codes", "{login}");
        }
    });
}

pub fn realm_chief(realm: &Realm) -> Id<UserKind> {
    realm.db.read_blocking(|tx| users::find_by_login(tx, "chief")).unwrap().unwrap().id
}

#[test]
fn a_reset_runs_out_and_does_not_open_an_account_disabled_since() {
    everywhere(|realm| {
        let wang = wang(realm);
        ask(realm, "wang").unwrap();
        let late = realm.post.code(RESET);
        realm.hand.go(1_800);
        assert_eq!(code(confirm(realm, &late, "x")), "identity.code_refused");
        ask(realm, "wang").unwrap();
        let told = realm.post.code(RESET);
        let (ctx, shared) = (realm.as_user(realm_chief(realm)), realm.services.clone());
        realm.write(move |tx| accounts::disable(tx, &ctx, &shared, wang, None, "left")).unwrap();
        assert_eq!(code(confirm(realm, &told, "x")), "identity.code_refused");
        assert_eq!(code(confirm(realm, &SecretString::from("cwl_x"), "x")), "identity.code_refused");
    });
}

#[test]
fn a_contact_counts_once_it_is_proved_and_no_more_once_it_is_removed() {
    everywhere(|realm| {
        realm.chief();
        let wang = realm.person("wang", "street");
        let contact = add(realm, wang, "wang@town.example").unwrap();
        let right = realm.post.code(CODE);
        ask(realm, "wang").unwrap();
        assert_eq!(realm.post.count(RESET), 0, "not proved");
        assert_eq!(
            code(verify(realm, wang, &contact, &SecretString::from("00000000"))),
            "identity.code_refused"
        );
        let thief = realm.person("thief", "street");
        assert_eq!(code(verify(realm, thief, &contact, &right)), "kernel.not_found");
        verify(realm, wang, &contact, &right).unwrap();
        assert_eq!(code(verify(realm, wang, &contact, &right)), "identity.code_refused", "used");
        assert_eq!(code(add(realm, wang, "WANG@town.example")), "identity.contact_there");
        ask(realm, "wang").unwrap();
        let told = realm.post.code(RESET);
        let (ctx, shared, id) = (realm.as_user(wang), realm.services.clone(), contact.id);
        realm.write(move |tx| contacts::remove(tx, &ctx, &shared, id)).unwrap();
        assert_eq!(code(confirm(realm, &told, "x")), "identity.code_refused", "what was sent there is dead");
        ask(realm, "wang").unwrap();
        assert_eq!(realm.post.count(RESET), 1);
    });
}

#[test]
fn nobody_has_a_strangers_telephone_rung_all_day() {
    everywhere(|realm| {
        realm.chief();
        let (one, two) = (realm.person("one", "street"), realm.person("two", "street"));
        for _ in 0..3 {
            add(realm, one, "13800138000").unwrap();
        }
        for _ in 0..2 {
            add(realm, two, "13800138000").unwrap();
        }
        assert_eq!(code(add(realm, two, "13800138000")), "identity.too_many_codes", "by address");
        add(realm, one, "13800138001").unwrap();
        add(realm, one, "13800138002").unwrap();
        assert_eq!(code(add(realm, one, "13800138003")), "identity.too_many_codes", "by account");
        realm.hand.go(3_601);
        add(realm, one, "13800138003").unwrap();
        add(realm, one, "13800138004").unwrap();
        assert_eq!(code(add(realm, one, "13800138005")), "identity.too_many_contacts");
    });
}

#[test]
fn signing_out_ends_the_sessions_with_a_reason_and_within_ones_reach() {
    everywhere(|realm| {
        let chief = realm.chief();
        let (admin, wang) = (realm.person("admin", "street"), realm.person("wang", "street"));
        realm.give(chief, realm.gift(admin, BuiltinRole::UnitAdmin, "street")).unwrap();
        let gate = realm.gate();
        on_runtime(async {
            let signed = gate.sign_in("wang", SecretString::from(PASSWORD), None, "r").await.unwrap();
            let access = signed.access_token.expose_secret();
            assert!(gate.actor(access).await.is_ok());
            let sign_out = |by, whom, reason: &'static str| {
                let (ctx, shared) = (realm.as_user(by), realm.services.clone());
                realm.write(move |tx| accounts::sign_out(tx, &ctx, &shared, whom, None, reason))
            };
            assert_eq!(code(sign_out(admin, wang, "")), "kernel.invalid");
            assert_eq!(code(sign_out(wang, admin, "because")), "kernel.not_found");
            assert_eq!(code(sign_out(admin, chief, "because")), "kernel.not_found", "who lives above");
            assert_eq!(code(sign_out(admin, wang, "lost their telephone")), "ok");
            assert_eq!(code(gate.actor(access).await), "identity.signed_out", "on the next request");
        });
        let (now, left) = (realm.now(), wang);
        assert!(realm.db.read_blocking(move |tx| sessions::open_of(tx, left, now)).unwrap().is_empty());
    });
}

#[test]
fn another_key_does_not_start_and_a_lost_one_takes_the_addresses_with_it() {
    everywhere(|realm| {
        let wang = wang(realm);
        let now = realm.now();
        let other = identity::service::outside::Outside {
            secrets: std::sync::Arc::new(auth::Secrets::drawn().unwrap()),
            ..realm.services.outside().unwrap().clone()
        };
        let other = realm.services.clone().with_outside(other);
        let same = realm.services.clone();
        assert!(realm.write(move |tx| identity::gate::start(tx, now, &same)).is_ok());
        let shared = other.clone();
        let refused = realm.write(move |tx| identity::gate::start(tx, now, &shared)).unwrap_err();
        assert!(refused.to_string().contains("adopt-key"), "{refused}");
        let (visit, shared) = (realm.doorstep(), other.clone());
        let forgotten = realm
            .write(move |tx| identity::service::realm_key::adopt(tx, &visit, shared.outside()?))
            .unwrap();
        assert_eq!(forgotten, 1);
        assert!(realm.write(move |tx| identity::gate::start(tx, now, &other)).is_ok());
        let left = realm.db.read_blocking(move |tx| identity::store::contacts::of(tx, wang)).unwrap();
        assert!(left.is_empty());
    });
}
