//! Master keys: wrong, lost, added, replaced without a pause.

use std::os::unix::fs::PermissionsExt;

use base64::Engine;
use kernel::Context;
use people::model::Whole;
use people::service::keys;
use people::service::look_up::By;
use people::{Keyring, PeopleServices, Vault};

use crate::world::*;

fn text(w: &World) -> String {
    std::fs::read_to_string(w.folder.path().join("master.keys")).unwrap()
}

fn promote(w: &World, vault: &Vault) -> kernel::Outcome<String> {
    let (ctx, vault) = (w.now(&w.clerk()), vault.clone());
    w.db.db.write_blocking(move |tx| keys::promote(tx, &ctx, &vault))
}

fn rewrap(w: &World, vault: &Vault) -> usize {
    let mut all = 0;
    loop {
        let vault = vault.clone();
        let some = w.db.db.write_blocking(move |tx| keys::rewrap(tx, &vault, 3)).unwrap();
        all += some;
        if some == 0 {
            return all;
        }
    }
}

fn retire(w: &World, id: &str) -> kernel::Outcome<()> {
    let (ctx, id): (Context, String) = (w.now(&w.clerk()), id.to_owned());
    w.db.db.write_blocking(move |tx| keys::retire(tx, &ctx, &id))
}

fn findings(w: &World, vault: &Vault) -> Vec<String> {
    let vault = vault.clone();
    w.db.db.read_blocking(move |tx| keys::findings(tx, &vault)).unwrap()
}

#[test]
fn a_lost_or_wrong_master_key_is_said_in_words_and_nothing_is_read() {
    for w in World::each() {
        let person = w.entered(C1A, elder());
        let id = w.s.vault.ring().ids()[0].clone();
        let other = base64::engine::general_purpose::STANDARD.encode([7_u8; 32]);
        let lost = Vault::new(Keyring::from_text(&format!("another:{other}")).unwrap());
        let wrong = Vault::new(Keyring::from_text(&format!("{id}:{other}")).unwrap());
        for (vault, word) in [(&lost, "not in"), (&wrong, "not the one")] {
            let found = findings(&w, vault);
            assert!(found.len() == 1 && found[0].contains(&id) && found[0].contains(word), "{found:?}");
            assert!(w.start(vault).is_err_and(|fault| fault.to_string().contains(word)));
            let mut s = w.s.clone();
            s.vault = vault.clone();
            let (reader, pid) = (w.now(&w.reader(DISTRICT)), person.id);
            let read = w.db.db.write_blocking(move |tx| {
                people::service::unmask::unmask(tx, &reader, &s, pid, &[Whole::Name], PURPOSE)
            });
            assert!(read.is_err_and(|fault| fault.to_string().contains(&id)));
        }
        assert_eq!(findings(&w, &w.s.vault), Vec::<String>::new());
        assert!(w.start(&w.s.vault).is_ok(), "a second start is as good as the first");
    }
}

#[test]
fn the_ring_refuses_what_others_may_read_and_what_is_no_key() {
    let w = World::each().remove(0);
    let path = w.folder.path().join("master.keys");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(Keyring::open(&path).is_err_and(|e| e.0.contains("chmod 600")));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let secret = text(&w).lines().last().unwrap().split_once(':').unwrap().1.to_owned();
    let printed = format!("{:?} {:?}", Keyring::open(&path).unwrap(), w.s.vault);
    assert!(!printed.contains(&secret), "{printed}");
    for bad in
        ["", "# nothing", "k1", "k1:", "k1:QUJD", "k 1:x", "K1:AAAA", &format!("a:{secret},a:{secret}")]
    {
        let refused = Keyring::from_text(bad).expect_err(bad);
        assert!(!refused.0.contains(&secret), "{refused}");
    }
    let two = Keyring::from_text(&format!("a:{secret},\n b:{secret}")).unwrap();
    assert_eq!((two.ids(), two.newest().unwrap().id()), (vec!["a".to_owned(), "b".to_owned()], "b"));
    assert!(two.add(w.db.db.clock().now()).is_err(), "the environment is not ours to change");
    let again = Keyring::create(&path, w.db.db.clock().now()).unwrap();
    assert_eq!(again.ids(), w.s.vault.ring().ids(), "a file that is there is not made anew");
}

#[test]
fn a_key_is_replaced_while_all_goes_on() {
    for w in World::each() {
        let clerk = w.clerk();
        let people: Vec<_> = (0..8).map(|n| w.entered(C1A, named(&format!("周{n}")))).collect();
        let first = w.entered(C1A, elder());
        let old = w.s.vault.ring().ids()[0].clone();
        // Another gateway on the same file, started before the key was added.
        let mut other: PeopleServices = w.s.clone();
        other.vault = Vault::new(Keyring::open(&w.folder.path().join("master.keys")).unwrap());
        w.start(&other.vault).unwrap();

        let added = w.s.vault.ring().add(w.db.db.clock().now()).unwrap();
        assert_ne!(added, old);
        assert_eq!(w.s.vault.ring().ids(), [old.clone(), added.clone()]);
        assert!(retire(&w, &old).is_err_and(|e| e.to_string().contains("wraps what is new")));
        w.entered(C1A, named("在加钥之后"));
        assert_eq!(promote(&w, &w.s.vault).unwrap(), added);
        assert!(retire(&w, &old).is_err_and(|e| e.to_string().contains("still wraps")), "it wraps persons");
        assert_eq!(promote(&w, &w.s.vault).unwrap(), added, "twice is once");
        // While it is under way, the other gateway reads, enters and finds.
        std::thread::scope(|t| {
            t.spawn(|| rewrap(&w, &w.s.vault));
            t.spawn(|| {
                for person in &people {
                    let (who, s, id) = (w.now(&w.reader(DISTRICT)), other.clone(), person.id);
                    let read = w.db.db.write_blocking(move |tx| {
                        people::service::unmask::unmask(tx, &who, &s, id, &[Whole::Name], PURPOSE)
                    });
                    assert!(read.unwrap().plain.name.starts_with('周'));
                    let (who, s) = (w.now(&clerk), other.clone());
                    let new =
                        people::service::create::NewPerson { unit: w.unit(C1A), personal: named("新来") };
                    w.db.db
                        .write_blocking(move |tx| people::service::create::create(tx, &who, &s, &new))
                        .unwrap();
                }
            });
        });
        rewrap(&w, &w.s.vault);
        retire(&w, &old).unwrap();
        assert!(retire(&w, &old).is_err_and(|e| e.to_string().contains("does not know")));
        let away = w.s.vault.ring().put_away(&old).unwrap();
        assert!(std::fs::read_to_string(&away).unwrap().starts_with(&old));
        assert_eq!(std::fs::metadata(&away).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(w.s.vault.ring().ids(), [added]);

        // A gateway that starts now has the new key alone.
        let fresh = Vault::new(Keyring::open(&w.folder.path().join("master.keys")).unwrap());
        w.start(&fresh).unwrap();
        let mut s = w.s.clone();
        s.vault = fresh;
        let (who, id) = (w.now(&w.reader(DISTRICT)), first.id);
        let all = Whole::ALL.to_vec();
        let read = {
            let s = s.clone();
            w.db.db
                .write_blocking(move |tx| people::service::unmask::unmask(tx, &who, &s, id, &all, PURPOSE))
                .unwrap()
        };
        assert_eq!(
            (
                read.plain.name.as_str(),
                read.plain.phones[0].as_str(),
                read.plain.documents[0].number.as_str()
            ),
            ("张三丰", PHONE, ID)
        );
        let who = w.now(&w.clerk());
        let found = w.db.db.write_blocking(move |tx| {
            people::service::look_up::look_up(
                tx,
                &who,
                &s,
                &By::Document(people::model::DocumentKind::IdCard, ID.into()),
                PURPOSE,
            )
        });
        assert_eq!(found.unwrap().len(), 1, "look-up keys outlive the master key");
    }
}

#[test]
fn what_is_swapped_between_persons_is_noticed() {
    for w in World::each() {
        let (a, b) = (w.entered(C1A, named("赵一")), w.entered(C1A, named("钱二")));
        let keys = w.write(move |tx, _| people::store::keys::of(tx, &[a.id, b.id])).unwrap();
        let master = w.s.vault.ring().newest().unwrap();
        for key in &keys {
            let other = if key.person_id == a.id { b.id } else { a.id };
            assert!(master.unwrap(key.person_id, &key.wrapped).is_some());
            assert!(master.unwrap(other, &key.wrapped).is_none(), "a key moved to another row does not open");
        }
        let mut swapped = a.clone();
        swapped.sealed = b.sealed.clone();
        swapped.version += 1;
        assert!(w.write(move |tx, _| people::store::people::update(tx, &swapped)).unwrap());
        assert!(w.see(&w.clerk(), a.id).is_err_and(|fault| fault.to_string().contains("does not open")));
    }
}
