//! Entering, seeing, changing, and following the tree.

use contracts::{MoveListener, PersonDirectory};
use kernel::{BuiltinRole, Id, PageSize, UnitPath};
use people::model::{Address, AddressKind, FlagKind, Personal, Status};
use people::service::change::{self, Change};
use people::service::flags::{self, NewFlag};
use people::service::list::{self, Query};
use people::service::look_up::By;
use people::service::{Follow, see};

use crate::world::*;

fn change(
    w: &World,
    who: &kernel::Context,
    p: &people::model::Person,
    to: Change,
) -> kernel::Outcome<people::model::Person> {
    let (who, id, version) = (w.now(who), p.id, p.version);
    w.write(move |tx, s| change::change(tx, &who, s, id, version, &to))
}

#[test]
fn whoever_reads_reads_masked_whatever_the_role() {
    for w in World::each() {
        let person = w.entered(C1A, elder());
        for role in [BuiltinRole::UnitAdmin, BuiltinRole::GridWorker, BuiltinRole::PlatformAdmin] {
            let shown = w.see(&w.role(role, DISTRICT), person.id).unwrap();
            assert_eq!(shown.name, "张**");
            assert_eq!(shown.phones, ["138****5678"]);
            assert_eq!(shown.documents[0].1, "110105********002X");
            assert_eq!(shown.addresses[0].1, "广东省东莞市横沥镇恒泉社区***");
            assert_eq!(shown.unit_name, "一社区");
            assert_eq!(
                code(w.unmask(&w.role(role, DISTRICT), person.id, &[people::model::Whole::Phones])),
                "kernel.forbidden"
            );
        }
        for role in BuiltinRole::ALL {
            let holds = |name: &str| w.role(role, DISTRICT).actor.grants[0].carries(name);
            assert!(!holds("people.person.unmask") && !holds("people.person.erase"), "{role:?} by default");
            if role == BuiltinRole::SystemAdmin
                || role == BuiltinRole::AuditAdmin
                || role == BuiltinRole::SecurityAdmin
            {
                assert_eq!(code(w.see(&w.role(role, DISTRICT), person.id)), "kernel.not_found");
            }
        }
    }
}

#[test]
fn a_change_of_number_birth_or_sex_keeps_the_three_in_agreement() {
    use kernel::gb::Sex;
    let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap();
    let fields = |outcome: kernel::Outcome<people::model::Person>| match outcome {
        Err(kernel::Fault::Refused(refusal)) => refusal.fields.iter().map(|f| f.code.code).collect(),
        Err(other) => panic!("{other}"),
        Ok(_) => Vec::new(),
    };
    for w in World::each() {
        let (clerk, reader) = (w.clerk(), w.reader(DISTRICT));
        let person = w.entered(C1A, elder());
        let to = Change { birth_on: Some(Some(day("1950-01-01"))), ..Change::default() };
        assert_eq!(fields(change(&w, &clerk, &person, to)), ["people.birth_contradicts_id"]);
        let to = Change { sex: Some(Some(Sex::Male)), ..Change::default() };
        assert_eq!(fields(change(&w, &clerk, &person, to)), ["people.sex_contradicts_id"]);
        // A number that was mistyped is put right: birth and sex, known from it, follow.
        let to = Change { documents: Some(vec![card(OTHER_ID)]), ..Change::default() };
        let person = change(&w, &clerk, &person, to).unwrap();
        let whole = w.unmask(&reader, person.id, people::model::Whole::ALL).unwrap().plain;
        assert_eq!((whole.birth_on, whole.sex), (Some(day("1991-01-01")), Some(Sex::Male)));
        // Without a number they stay, and may be said otherwise; what a new number then contradicts is refused.
        let person =
            change(&w, &clerk, &person, Change { documents: Some(vec![]), ..Change::default() }).unwrap();
        let to = Change { birth_on: Some(Some(day("1991-01-02"))), ..Change::default() };
        let person = change(&w, &clerk, &person, to).unwrap();
        let to = Change { documents: Some(vec![card(OTHER_ID)]), ..Change::default() };
        assert_eq!(fields(change(&w, &clerk, &person, to)), ["people.birth_contradicts_id"]);
        let to = Change {
            documents: Some(vec![card(OTHER_ID)]),
            birth_on: Some(Some(day("1991-01-01"))),
            ..Change::default()
        };
        assert!(change(&w, &clerk, &person, to).is_ok());
    }
}

#[test]
fn other_subtrees_learn_nothing() {
    for w in World::each() {
        let person = w.entered(C1A, elder());
        let stranger = w.role(BuiltinRole::UnitAdmin, TOWN2);
        assert_eq!(code(w.see(&stranger, person.id)), "kernel.not_found");
        assert_eq!(code(change(&w, &stranger, &person, Change::default())), "kernel.not_found");
        assert_eq!(
            code(w.unmask(&w.reader(TOWN2), person.id, &[people::model::Whole::Name])),
            "kernel.not_found"
        );
        assert_eq!(code(w.enter(&stranger, C1A, named("李四"))), "kernel.forbidden");
        let there = w.role(BuiltinRole::GridWorker, C1A);
        assert_eq!(
            code(change(&w, &there, &person, Change { name: Some("李四".into()), ..Change::default() })),
            "kernel.forbidden"
        );
    }
}

#[test]
fn nothing_personal_lies_in_the_clear() {
    for w in World::each() {
        let person = w.entered(C1A, elder());
        let said = NewFlag {
            kind: FlagKind::EmptyNestElder,
            from: None,
            until: None,
            reason: "子女都在深圳务工".into(),
        };
        let (clerk, id) = (w.now(&w.clerk()), person.id);
        w.write(move |tx, s| flags::set(tx, &clerk, s, id, &said)).unwrap();
        let to = Change { name: Some("张君宝".into()), ..Change::default() };
        change(&w, &w.clerk(), &person, to).unwrap();
        let all = dump(&w);
        if all.is_empty() {
            continue;
        }
        for text in ["张三丰", "张君宝", PHONE, ID, "110105194912", "1949-12-31", "三巷", "恒泉", "深圳"]
        {
            assert!(!contains(&all, text), "{text}");
        }
        assert!(contains(&all, "people.person.create") && contains(&all, "empty_nest_elder"));
    }
}

#[test]
fn a_document_belongs_to_one_person_and_a_phone_to_several() {
    for w in World::each() {
        w.entered(C1A, elder());
        let twin = || Personal { phones: vec![PHONE.into()], ..named("张四") };
        let taken = Personal { documents: vec![card(ID)], ..twin() };
        assert_eq!(code(w.enter(&w.clerk(), C2A, taken.clone())), "people.document_taken");
        let other = w.entered(C1B, twin());
        assert_eq!(w.look_up(&w.clerk(), By::Phone("138 1234 5678".into())).unwrap().len(), 2);
        let to = Change { documents: Some(taken.documents), ..Change::default() };
        assert_eq!(code(change(&w, &w.clerk(), &other, to)), "people.document_taken");
        let to = Change { documents: Some(vec![card(OTHER_ID)]), ..Change::default() };
        assert_eq!(change(&w, &w.clerk(), &other, to).unwrap().version, 2);
    }
}

#[test]
fn two_who_enter_the_same_document_at_once_are_one() {
    for w in World::each() {
        let done: Vec<bool> = std::thread::scope(|t| {
            let tries: Vec<_> = (0..6)
                .map(|_| {
                    t.spawn(|| {
                        w.enter(&w.clerk(), C1A, Personal { documents: vec![card(ID)], ..named("张三") })
                    })
                })
                .collect();
            tries
                .into_iter()
                .map(|one| match one.join().unwrap() {
                    Ok(_) => true,
                    other => {
                        assert_eq!(code(other), "people.document_taken");
                        false
                    }
                })
                .collect()
        });
        assert_eq!(done.iter().filter(|d| **d).count(), 1);
    }
}

#[test]
fn a_change_changes_what_was_named_and_what_it_is_found_by() {
    for w in World::each() {
        let (clerk, person) = (w.clerk(), w.entered(C1A, elder()));
        let to = Change {
            phones: Some(vec!["13900001111".into(), "0769-88886666".into()]),
            addresses: Some(vec![Address { kind: AddressKind::Work, text: "横沥镇1号".into() }]),
            status: Some(Status::Away),
            birth_on: Some(None),
            ..Change::default()
        };
        let changed = change(&w, &clerk, &person, to).unwrap();
        assert_eq!(
            (changed.version, changed.status, changed.sealed.birth_on.as_ref()),
            (2, Status::Away, None)
        );
        assert_eq!(changed.sealed.name, person.sealed.name, "what stays is not sealed anew");
        let shown = w.see(&clerk, person.id).unwrap();
        assert_eq!(shown.phones, ["139****1111", "076****6666"]);
        assert!(w.look_up(&clerk, By::Phone(PHONE.into())).unwrap().is_empty());
        assert_eq!(w.look_up(&clerk, By::Phone("13900001111".into())).unwrap().len(), 1);
        assert_eq!(
            code(change(&w, &clerk, &person, Change { name: Some("李".into()), ..Change::default() })),
            "kernel.stale"
        );
        assert_eq!(
            change(&w, &clerk, &changed, Change::default()).unwrap().version,
            2,
            "nothing is no change"
        );
        let never = Change { status: Some(Status::Erased), ..Change::default() };
        assert_eq!(
            change(&w, &clerk, &changed, never).unwrap().status,
            Status::Away,
            "erasing is another deed"
        );
        assert_eq!(
            code(change(
                &w,
                &w.role(BuiltinRole::UnitAdmin, C1A),
                &changed,
                Change { unit: Some(w.unit(C2A)), ..Change::default() }
            )),
            "kernel.forbidden"
        );
        let moved =
            change(&w, &clerk, &changed, Change { unit: Some(w.unit(C2A)), ..Change::default() }).unwrap();
        assert_eq!((moved.unit, moved.path), (w.unit(C2A), w.path(C2A)));
        w.tree.0.lock().get_mut(&w.unit(C1B)).unwrap().closed = true;
        assert_eq!(code(w.enter(&clerk, C1B, named("王五"))), "people.unit_closed");
    }
}

#[test]
fn lists_are_the_scope_in_the_trees_order_page_by_page() {
    for w in World::each() {
        let mut ids = Vec::new();
        for (unit, count) in [(C1A, 5), (C1B, 3), (C2A, 4), (TOWN1, 2)] {
            ids.extend((0..count).map(|n| (unit, w.entered(unit, named(&format!("赵{n}"))).id)));
        }
        let flagged = ids[6].1;
        let (clerk, new) = (
            w.now(&w.clerk()),
            NewFlag { kind: FlagKind::Disabled, from: None, until: None, reason: "持证".into() },
        );
        w.write(move |tx, s| flags::set(tx, &clerk, s, flagged, &new)).unwrap();
        let all = |who: &kernel::Context, query: Query, size: i64| {
            let mut found = Vec::new();
            let mut after = None;
            loop {
                let (who, query) = (w.now(who), Query { after: after.clone(), ..query.clone() });
                let page = w
                    .write(move |tx, s| list::list(tx, &who, s, &query, PageSize::new(size).unwrap(), 7))
                    .unwrap();
                found.extend(page.items.iter().map(|s| s.person.id));
                match page.next {
                    Some(next) => after = Some(next),
                    None => return found,
                }
            }
        };
        let of = |units: &[usize]| -> Vec<Id<kernel::id::Person>> {
            units
                .iter()
                .flat_map(|u| ids.iter().filter(move |(unit, _)| unit == u).map(|(_, id)| *id))
                .collect()
        };
        let clerk = w.clerk();
        for size in [1, 2, 5, 50] {
            assert_eq!(all(&clerk, Query::default(), size), of(&[TOWN1, C1A, C1B, C2A]), "{size}");
            assert_eq!(all(&w.role(BuiltinRole::GridWorker, C1B), Query::default(), size), of(&[C1B]));
            let town = Query { unit: Some(w.unit(TOWN1)), ..Query::default() };
            assert_eq!(all(&clerk, town, size), of(&[TOWN1, C1A, C1B]));
            let mut grants = vec![testkit::grant(w.unit(C2A), &w.path(C2A), &["people.person.read"])];
            grants.push(testkit::grant(w.unit(C1A), &w.path(C1A), &["people.person.read"]));
            let mut only = testkit::grant(w.unit(TOWN1), &w.path(TOWN1), &["people.person.read"]);
            only.subtree = false;
            grants.push(only);
            let several = testkit::context(&w.db.db, testkit::fresh(), grants);
            assert_eq!(all(&several, Query::default(), size), of(&[TOWN1, C1A, C2A]));
        }
        let flagged_only = Query { flag: Some(FlagKind::Disabled), ..Query::default() };
        assert_eq!(all(&clerk, flagged_only, 50), [flagged]);
        assert!(all(&clerk, Query { status: Some(Status::Away), ..Query::default() }, 50).is_empty());
    }
}

#[test]
fn people_follow_a_unit_that_moves() {
    for w in World::each() {
        let person = w.entered(C1A, elder());
        w.unmask(&w.reader(DISTRICT), person.id, &[people::model::Whole::Name]).unwrap();
        let (from, to) = (w.path(C1A), UnitPath::numbered(Some(&w.path(TOWN2)), 9).unwrap());
        let (ctx, unit) = (w.clerk(), w.unit(C1A));
        let there = to.clone();
        w.write(move |tx, _| Follow.unit_moved(tx, &ctx, unit, &from, &there, &[], &[])).unwrap();
        w.tree.0.lock().get_mut(&unit).unwrap().path = to.clone();
        assert_eq!(code(w.see(&w.role(BuiltinRole::UnitAdmin, TOWN1), person.id)), "kernel.not_found");
        assert_eq!(w.see(&w.role(BuiltinRole::UnitAdmin, TOWN2), person.id).unwrap().person.path, to);
        let auditor = w.now(&w.role(BuiltinRole::AuditAdmin, TOWN2));
        let log = w
            .write(move |tx, s| {
                people::service::readings::list(tx, &auditor, s, &Default::default(), PageSize::DEFAULT, 0)
            })
            .unwrap();
        assert_eq!(log.items.len(), 1);
    }
}

#[test]
fn a_move_and_an_entry_do_not_miss_each_other() {
    for w in World::each() {
        let places = [w.path(C1A), UnitPath::numbered(Some(&w.path(TOWN2)), 9).unwrap()];
        std::thread::scope(|t| {
            t.spawn(|| {
                for n in 0..10 {
                    let (from, to) = (places[n % 2].clone(), places[(n + 1) % 2].clone());
                    let (ctx, unit, tree) = (w.clerk(), w.unit(C1A), w.tree.clone());
                    w.write(move |tx, _| {
                        Follow.unit_moved(tx, &ctx, unit, &from, &to, &[], &[])?;
                        // As territory does: the tree is moved in the same transaction, seen by others after its commit.
                        std::thread::sleep(std::time::Duration::from_millis(2));
                        tree.0.lock().get_mut(&unit).unwrap().path = to.clone();
                        Ok(())
                    })
                    .unwrap();
                }
            });
            for _ in 0..3 {
                t.spawn(|| {
                    for n in 0..8 {
                        w.entered(C1A, named(&format!("钱{n}")));
                    }
                });
            }
        });
        let at = w.path(C1A);
        let unit = w.unit(C1A);
        let (clerk, query) = (w.now(&w.clerk()), Query { unit: Some(unit), ..Query::default() });
        let all =
            w.write(move |tx, s| list::list(tx, &clerk, s, &query, PageSize::new(200).unwrap(), 0)).unwrap();
        assert_eq!(all.items.len(), 24);
        assert!(all.items.iter().all(|s| s.person.path == at));
    }
}

#[test]
fn other_domains_get_a_masked_name_and_a_place() {
    for w in World::each() {
        let person = w.entered(C1A, elder());
        let directory = people::Directory::new(w.s.vault.clone());
        let unknown = testkit::fresh();
        let found = w.write(move |tx, _| directory.persons(tx, &[person.id, unknown, person.id])).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].masked_name.as_str(), found[0].erased, found[0].unit),
            ("张**", false, w.unit(C1A))
        );
        let nobody = w.now(&w.clerk());
        assert_eq!(code(w.write(move |tx, s| see::oneself(tx, &nobody, s))), "kernel.not_found");
    }
}
