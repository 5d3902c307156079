//! What people offers to those who keep words about a person, or look after them.

use contracts::{Care, Sealing};
use kernel::id::Person;
use kernel::{BuiltinRole, Id};
use people::model::{ErasureReason, FlagKind};
use people::offers::{LiveFlags, Seals};
use people::service::erase;
use people::service::flags::{self, NewFlag};
use testkit::fresh;
use uuid::Uuid;

use crate::world::*;

fn seal(w: &World, person: Id<Person>, row: Uuid) -> Option<Vec<u8>> {
    w.write(move |tx, s| Seals::new(s.vault.clone()).seal(tx, person, row, "门锁已换".as_bytes())).unwrap()
}

fn open(w: &World, person: Id<Person>, row: Uuid, sealed: &[u8]) -> kernel::Outcome<Option<Vec<u8>>> {
    let sealed = sealed.to_vec();
    w.write(move |tx, s| Seals::new(s.vault.clone()).open(tx, person, row, &sealed))
}

#[test]
fn words_elsewhere_open_for_their_person_and_row_and_go_with_the_person() {
    for w in World::each() {
        let (person, other) = (w.entered(C1A, elder()), w.entered(C1A, named("李四")).id);
        let (id, row) = (person.id, Uuid::from_u128(7));
        let sealed = seal(&w, id, row).unwrap();
        assert!(!contains(&sealed, "门锁"));
        assert_eq!(open(&w, id, row, &sealed).unwrap().as_deref(), Some("门锁已换".as_bytes()));
        assert!(open(&w, id, Uuid::from_u128(8), &sealed).is_err(), "in another row they were tampered with");
        assert!(open(&w, other, row, &sealed).is_err());
        assert_eq!(seal(&w, fresh(), row), None, "nobody of that id");
        let who = w.now(&w.person("王", C1A, &["people.person.read", "people.person.erase"]));
        let version = person.version;
        w.write(move |tx, _| erase::erase(tx, &who, id, version, ErasureReason::RequestedByPerson)).unwrap();
        assert_eq!(open(&w, id, row, &sealed).unwrap(), None);
        assert_eq!(seal(&w, id, row), None);
    }
}

#[test]
fn live_flags_are_counted_and_not_named() {
    for w in World::each() {
        let (person, none) = (w.entered(C1A, elder()).id, w.entered(C1A, named("李四")).id);
        let now = w.db.db.clock().now();
        let worker = w.role(BuiltinRole::GridWorker, C1A);
        for (kind, until) in [(FlagKind::LivingAlone, None), (FlagKind::Disabled, Some(now.plus_days(30)))] {
            let (who, new) =
                (w.now(&worker), NewFlag { kind, from: None, until, reason: "走访时发现".into() });
            w.write(move |tx, s| flags::set(tx, &who, s, person, &new).map(drop)).unwrap();
        }
        let told = |days: i64| {
            let at = w.db.db.clock().now().plus_days(days);
            w.write(move |tx, _| LiveFlags.live_flags(tx, &[person, none, person, fresh()], at)).unwrap()
        };
        assert_eq!((told(0), told(31)), (vec![(person, 2)], vec![(person, 1)]), "one has run out by then");
        assert_eq!(told(-1), [], "before they were set");
    }
}
