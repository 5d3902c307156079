//! Registering oneself: one address, one account, a resident and nothing else.

use std::sync::{Arc, Barrier};

use contracts::Language;
use identity::model::User;
use identity::model::address::Address;
use identity::model::newcomers::Code;
use identity::service::newcomer::Newcomer;
use identity::service::{codes, registration};
use identity::store::contacts;
use kernel::error::Outcome;
use kernel::{BuiltinRole, Id};
use secrecy::{ExposeSecret, SecretString};

use super::setting::{Realm, code, everywhere};

const CODE: &str = "identity.registration_code";
const KNOWN: &str = "identity.address_known";

fn ask(realm: &Realm, address: &str, unit: &str) -> Outcome<Code> {
    let (visit, shared, unit) = (realm.doorstep(), realm.services.clone(), realm.unit(unit).id);
    let address = Address::parse(address).unwrap();
    let asked =
        realm.write(move |tx| registration::ask(tx, &visit, &shared, &address, unit, Language::Zh))?;
    // The reaction, as the outbox would run it.
    let (visit, shared, id) = (realm.doorstep(), realm.services.clone(), asked.id);
    realm.write(move |tx| codes::send_asked(tx, &visit, &shared, id)).unwrap();
    Ok(asked)
}

fn confirm(realm: &Realm, asked: &Code, typed: &SecretString, login: &str) -> Outcome<User> {
    let newcomer = Newcomer {
        login: login.to_owned(),
        display_name: "Zhang".to_owned(),
        password_hash: "hash".to_owned(),
    };
    let (id, typed) = (asked.id, typed.clone());
    realm.write(move |tx| codes::take_try(tx, id)).unwrap();
    let (visit, shared) = (realm.doorstep(), realm.services.clone());
    realm.write(move |tx| registration::confirm(tx, &visit, &shared, id, &typed, &newcomer))
}

fn wrong(right: &SecretString) -> SecretString {
    let first = if right.expose_secret().starts_with('0') { "1" } else { "0" };
    SecretString::from(format!("{first}{}", &right.expose_secret()[1..]))
}

#[test]
fn whoever_registers_is_a_resident_of_the_unit_and_nothing_else() {
    everywhere(|realm| {
        realm.chief();
        let asked = ask(realm, "138 0013 8000", "community").unwrap();
        let kept = format!("{:?} {:?} {:?}", asked.sealed, asked.digest, asked.subject_hash);
        assert!(!kept.contains("13800138000"));
        let user = confirm(realm, &asked, &realm.post.code(CODE), "zhang").unwrap();
        let actor = realm.as_user(user.id).actor;
        assert_eq!(actor.grants.len(), 1);
        let grant = &actor.grants[0];
        assert_eq!(
            (&*grant.role_name, grant.unit, grant.subtree),
            (BuiltinRole::Resident.name(), realm.unit("community").id, false)
        );
        let id = grant.id;
        let row = realm.db.read_blocking(move |tx| identity::store::grants::find(tx, id)).unwrap().unwrap();
        assert_eq!((row.granted_by, row.granted_under.0), (None, serde_json::json!([])));
        let kept = realm.db.read_blocking(move |tx| contacts::of(tx, user.id)).unwrap();
        assert!(kept[0].verified_at.is_some() && kept[0].claim.is_some());
        // A used code is none.
        assert_eq!(code(confirm(realm, &asked, &realm.post.code(CODE), "zhang2")), "identity.code_refused");
    });
}

#[test]
fn a_unit_that_is_not_open_is_as_one_that_is_not_there() {
    everywhere(|realm| {
        for unit in ["town", "other", "elsewhere"] {
            assert_eq!(code(ask(realm, "13800138000", unit)), "kernel.invalid", "{unit}");
        }
        let (visit, shared) = (realm.doorstep(), realm.services.clone());
        let nowhere = Id::from_uuid(uuid::Uuid::nil());
        let address = Address::parse("13800138000").unwrap();
        let refused =
            realm.write(move |tx| registration::ask(tx, &visit, &shared, &address, nowhere, Language::Zh));
        assert_eq!(code(refused), "kernel.invalid");
        let closed = identity::service::outside::Outside {
            open_units: Arc::new([]),
            ..realm.services.outside().unwrap().clone()
        };
        let closed = realm.with(realm.services.clone().with_outside(closed));
        assert_eq!(code(ask(&closed, "13800138000", "street")), "identity.registration_closed");
        realm.post.close();
        assert_eq!(code(ask(realm, "13800138000", "street")), "identity.no_channel");
    });
}

#[test]
fn five_wrong_digits_kill_a_code_and_ten_minutes_end_it() {
    everywhere(|realm| {
        realm.chief();
        let asked = ask(realm, "13800138000", "street").unwrap();
        let right = realm.post.code(CODE);
        for _ in 0..5 {
            assert_eq!(code(confirm(realm, &asked, &wrong(&right), "zhang")), "identity.code_refused");
        }
        assert_eq!(
            code(confirm(realm, &asked, &right, "zhang")),
            "identity.code_refused",
            "even the right one"
        );
        let asked = ask(realm, "13800138000", "street").unwrap();
        let right = realm.post.code(CODE);
        realm.hand.go(600);
        assert_eq!(code(confirm(realm, &asked, &right, "zhang")), "identity.code_refused");
        let unknown = Code { id: Id::from_uuid(uuid::Uuid::nil()), ..asked.clone() };
        assert_eq!(code(confirm(realm, &unknown, &right, "zhang")), "identity.code_refused");
        // A login that is taken is a try, too: a code is no way to ask for everybody's.
        let asked = ask(realm, "13800138000", "street").unwrap();
        let right = realm.post.code(CODE);
        for _ in 0..5 {
            assert_eq!(code(confirm(realm, &asked, &right, "chief")), "identity.login_taken");
        }
        assert_eq!(code(confirm(realm, &asked, &right, "zhang")), "identity.code_refused");
    });
}

#[test]
fn the_code_of_one_registration_opens_no_other() {
    everywhere(|realm| {
        realm.chief();
        let mine = ask(realm, "13800138000", "street").unwrap();
        let my_code = realm.post.code(CODE);
        let theirs = ask(realm, "13900139000", "street").unwrap();
        assert_eq!(code(confirm(realm, &theirs, &my_code, "zhang")), "identity.code_refused");
        assert_eq!(code(confirm(realm, &mine, &my_code, "zhang")), "ok");
    });
}

#[test]
fn an_address_that_is_known_gets_word_and_no_code_and_whoever_asked_cannot_tell() {
    everywhere(|realm| {
        realm.chief();
        let asked = ask(realm, "zhang@town.example", "street").unwrap();
        confirm(realm, &asked, &realm.post.code(CODE), "zhang").unwrap();
        let again = ask(realm, "Zhang@Town.Example", "street").unwrap();
        assert_eq!((realm.post.count(CODE), realm.post.count(KNOWN)), (1, 1));
        assert_eq!(
            (again.sealed.is_some(), &again.digest),
            (asked.sealed.is_some(), &asked.digest),
            "what the asker sees"
        );
        let guess = SecretString::from("00000000");
        assert_eq!(code(confirm(realm, &again, &guess, "zhang2")), "identity.code_refused");
    });
}

#[test]
fn codes_for_one_address_are_few_whether_it_is_known_or_not() {
    everywhere(|realm| {
        realm.chief();
        let asked = ask(realm, "13800138000", "street").unwrap();
        confirm(realm, &asked, &realm.post.code(CODE), "zhang").unwrap();
        for address in ["13800138000", "13900139000"] {
            let left = if address == "13800138000" { 4 } else { 5 };
            for _ in 0..left {
                ask(realm, address, "street").unwrap();
            }
            assert_eq!(code(ask(realm, address, "street")), "identity.too_many_codes");
        }
        realm.hand.go(3_601);
        assert_eq!(code(ask(realm, "13900139000", "street")), "ok");
    });
}

#[test]
fn two_registrations_of_one_address_at_once_make_one_account() {
    everywhere(|realm| {
        realm.chief();
        for round in 0..4 {
            let address = format!("1380013800{round}");
            let asked: Vec<(Code, SecretString)> =
                (0..2).map(|_| (ask(realm, &address, "street").unwrap(), realm.post.code(CODE))).collect();
            let barrier = Arc::new(Barrier::new(2));
            let outcomes: Vec<&str> = std::thread::scope(|scope| {
                let all: Vec<_> = asked
                    .iter()
                    .enumerate()
                    .map(|(n, (asked, right))| {
                        let barrier = Arc::clone(&barrier);
                        scope.spawn(move || {
                            barrier.wait();
                            code(confirm(realm, asked, right, &format!("zhang{round}{n}")))
                        })
                    })
                    .collect();
                all.into_iter().map(|one| one.join().unwrap()).collect()
            });
            let made = outcomes.iter().filter(|o| **o == "ok").count();
            assert_eq!(made, 1, "{outcomes:?}");
            assert!(outcomes.contains(&"identity.code_refused"), "{outcomes:?}");
        }
    });
}
