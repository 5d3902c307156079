//! Lists and their versions.

use duties::model::Standing;
use duties::service::draft::NewVersion;
use duties::service::{lists, look};
use kernel::PageSize;
use kernel::id::DutyListVersion;
use kernel::{BuiltinRole, Id, Instant};

use crate::world::*;

fn compared(w: &World, a: Id<DutyListVersion>, b: Id<DutyListVersion>) -> duties::model::Comparison {
    w.write(move |tx, _| look::compared(tx, a, b)).unwrap()
}

fn held(w: &World, list: &duties::model::List, from: Instant, until: Instant) -> Vec<(i64, Standing)> {
    let (id, who) = (list.id, w.now(&w.admin(DISTRICT)));
    let found = w.write(move |tx, _| look::held_between(tx, &who, id, from, until)).unwrap();
    found.into_iter().map(|s| (s.version.number, s.standing)).collect()
}

#[test]
fn haicang_handed_58_functions_down_and_then_27_more() {
    for w in World::each() {
        let all: Vec<_> = (0..85).map(|_| w.category(DISTRICT, None)).collect();
        let list = w.create(&w.admin(DISTRICT), DISTRICT, "community").unwrap();
        assert_eq!(list.name, "社区工作职责清单");
        let first = w.in_force(&list, &all[..58], None);
        let between = w.pass(DAY);
        let second = w.in_force(&list, &all, None);
        assert_eq!((first.number, first.items, second.number, second.items), (1, 58, 2, 85));
        let found = compared(&w, first.id, second.id);
        assert_eq!((found.added.len(), found.removed.len(), found.kept), (27, 0, 58));
        assert_eq!(compared(&w, second.id, first.id).removed.len(), 27);
        assert_eq!(w.scope_at(C1, all[70], between), contracts::DutyScope::OutOfScope);
        assert_eq!(w.scope(C1, all[70]), contracts::DutyScope::Listed);
        let (id, size) = (second.id, PageSize::new(50).unwrap());
        let page = w.write(move |tx, _| look::items_of(tx, id, None, size, 0)).unwrap();
        let after = page.next.map(|c| Id::from_uuid(c.after));
        let rest = w.write(move |tx, _| look::items_of(tx, id, after, size, 0)).unwrap();
        assert_eq!((page.items.len(), rest.items.len(), rest.next), (50, 35, None));
    }
}

#[test]
fn what_held_on_a_day_can_be_asked_for_and_on_the_day_of_a_change_it_is_two() {
    for w in World::each() {
        let c = w.category(DISTRICT, None);
        let list = w.create(&w.admin(DISTRICT), DISTRICT, "community").unwrap();
        let before = w.pass(1);
        let first = w.in_force(&list, &[c], None);
        let later = w.pass(DAY).plus_days(10);
        let second = w.in_force(&list, &[c], Some(later));
        let from = first.from.unwrap();
        assert_eq!(held(&w, &list, before.plus_days(-2), before.plus_days(-1)), vec![]);
        assert_eq!(held(&w, &list, from, from.plus_seconds(1)), vec![(1, Standing::InForce)]);
        let both = held(&w, &list, later.plus_seconds(-60), later.plus_seconds(60));
        assert_eq!(both, vec![(1, Standing::InForce), (2, Standing::Coming)]);
        assert_eq!(held(&w, &list, later, later.plus_days(1)), vec![(2, Standing::Coming)]);
        w.pass(DAY * 20);
        assert_eq!(held(&w, &list, from, from.plus_seconds(1)), vec![(1, Standing::Replaced)]);
        let id = second.id;
        let who = w.now(&w.admin(DISTRICT));
        let shown = w.write(move |tx, _| look::version(tx, &who, id)).unwrap();
        assert_eq!(shown.standing, Standing::InForce);
    }
}

#[test]
fn what_is_in_force_is_never_edited() {
    for w in World::each() {
        let c = w.category(DISTRICT, None);
        let list = w.create(&w.admin(DISTRICT), DISTRICT, "community").unwrap();
        let set = w.in_force(&list, &[c], None);
        let (one, other) = (w.admin(DISTRICT), w.admin(DISTRICT));
        assert_eq!(code(w.put(&one, &set, items(&[c]))), "duties.not_a_draft");
        assert_eq!(code(w.enforce(&other, &set, None)), "duties.not_a_draft");
        assert_eq!(code(w.recall(&other, &set)), "duties.holds_already");
    }
}

#[test]
fn whoever_wrote_at_a_version_does_not_put_it_in_force() {
    for w in World::each() {
        let c = w.category(DISTRICT, None);
        let (maker, helper, third) = (w.admin(TOWN1), w.admin(TOWN1), w.admin(DISTRICT));
        let list = w.create(&maker, TOWN1, "community").unwrap();
        let drafted = w.begin(&maker, &list, NewVersion::default()).unwrap();
        let drafted = w.put(&helper, &drafted, items(&[c])).unwrap();
        assert_eq!(code(w.enforce(&maker, &drafted, None)), "duties.own_draft");
        assert_eq!(code(w.enforce(&helper, &drafted, None)), "duties.own_draft");
        let set = w.enforce(&third, &drafted, None).unwrap();
        assert_eq!(set.set_by, Some(third.actor.user));
    }
}

#[test]
fn a_version_is_taken_back_only_before_its_time() {
    for w in World::each() {
        let c = w.category(DISTRICT, None);
        let list = w.create(&w.admin(DISTRICT), DISTRICT, "community").unwrap();
        let other = w.admin(DISTRICT);
        let coming = w.in_force(&list, &[c], Some(w.pass(0).plus_days(5)));
        let draft = w.recall(&other, &coming).unwrap();
        assert_eq!((draft.from, draft.set_by, draft.items), (None, None, 1));
        assert_eq!(code(w.recall(&other, &draft)), "duties.is_a_draft");
        assert_eq!(w.scope_at(C1, c, w.pass(0).plus_days(9)), contracts::DutyScope::NoList);
        let again = w.enforce(&other, &draft, None).unwrap();
        assert_eq!(code(w.recall(&other, &again)), "duties.holds_already");
    }
}

#[test]
fn the_past_is_not_changed_and_no_two_versions_hold_from_one_moment() {
    for w in World::each() {
        let c = w.category(DISTRICT, None);
        let list = w.create(&w.admin(DISTRICT), DISTRICT, "community").unwrap();
        let (maker, other) = (w.admin(DISTRICT), w.admin(DISTRICT));
        let moment = w.pass(0).plus_days(3);
        w.in_force(&list, &[c], Some(moment));
        let drafted = w.begin(&maker, &list, NewVersion::default()).unwrap();
        let drafted = w.put(&maker, &drafted, items(&[c])).unwrap();
        let past = w.enforce(&other, &drafted, Some(w.pass(0).plus_seconds(-1)));
        assert_eq!(fields(past), vec![("/from_at".into(), "duties.past")]);
        assert_eq!(code(w.enforce(&other, &drafted, Some(moment))), "duties.moment_taken");
        assert!(w.enforce(&other, &drafted, Some(moment.plus_seconds(1))).is_ok());
    }
}

#[test]
fn an_empty_version_is_not_put_in_force_unless_it_ends_the_list() {
    for w in World::each() {
        let c = w.category(DISTRICT, None);
        let list = w.create(&w.admin(DISTRICT), DISTRICT, "community").unwrap();
        let (maker, other) = (w.admin(DISTRICT), w.admin(DISTRICT));
        let empty = w.begin(&maker, &list, NewVersion::default()).unwrap();
        assert_eq!(code(w.enforce(&other, &empty, None)), "duties.nothing_listed");
        let first = w.in_force(&list, &[c], None);
        let end = NewVersion { is_end: true, ..NewVersion::default() };
        let copied = NewVersion { copy_of: Some(first.id), ..end.clone() };
        assert_eq!(
            fields(w.begin(&maker, &list, copied)),
            vec![("/copy_of_id".into(), "duties.ends_the_list")]
        );
        let end = w.begin(&maker, &list, end).unwrap();
        assert_eq!(code(w.put(&maker, &end, items(&[c]))), "duties.ends_the_list");
        w.enforce(&other, &end, None).unwrap();
        assert_eq!(w.scope(C1, w.category(DISTRICT, None)), contracts::DutyScope::NoList);
    }
}

#[test]
fn a_draft_can_begin_with_the_items_of_another_version_of_the_same_list() {
    for w in World::each() {
        let all: Vec<_> = (0..5).map(|_| w.category(DISTRICT, None)).collect();
        let maker = w.admin(DISTRICT);
        let list = w.create(&maker, DISTRICT, "community").unwrap();
        let other = w.create(&maker, DISTRICT, "town").unwrap();
        let first = w.in_force(&list, &all, None);
        let copy = NewVersion { copy_of: Some(first.id), note: "增补".into(), ..NewVersion::default() };
        let drafted = w.begin(&maker, &list, copy.clone()).unwrap();
        assert_eq!((drafted.items, compared(&w, first.id, drafted.id).kept), (5, 5));
        let foreign = w.begin(&maker, &other, copy);
        assert_eq!(fields(foreign), vec![("/copy_of_id".into(), "kernel.field_unknown_reference")]);
        let of_other = w.begin(&maker, &other, NewVersion::default()).unwrap();
        let (a, b) = (first.id, of_other.id);
        let mixed = w.write(move |tx, _| look::compared(tx, a, b));
        assert_eq!(fields(mixed), vec![("with".into(), "duties.other_list")]);
    }
}

#[test]
fn items_are_known_live_near_and_there_once() {
    for w in World::each() {
        let maker = w.admin(TOWN1);
        let list = w.create(&maker, TOWN1, "community").unwrap();
        let drafted = w.begin(&maker, &list, NewVersion::default()).unwrap();
        let (standard, own, below) =
            (w.category(DISTRICT, None), w.category(TOWN1, None), w.category(C1, None));
        let (foreign, retired) = (w.category(TOWN2, None), w.category(DISTRICT, None));
        w.retire(retired);
        let mut sent = items(&[standard, standard, foreign, testkit::fresh(), retired, own, below]);
        sent[5].note = "长".repeat(201);
        sent[6].basis = "\u{7}".into();
        let bad = fields(w.put(&maker, &drafted, sent));
        let wanted = [
            ("/items/1/category_id", "duties.item_twice"),
            ("/items/2/category_id", "kernel.field_unknown_reference"),
            ("/items/3/category_id", "kernel.field_unknown_reference"),
            ("/items/4/category_id", "duties.category_retired"),
            ("/items/5/note", "kernel.field_length"),
            ("/items/6/basis", "kernel.field_length"),
        ];
        assert_eq!(bad, wanted.map(|(at, code)| (at.to_owned(), code)).to_vec());
        let many: Vec<_> = (0..501).map(|_| standard).collect();
        assert_eq!(
            fields(w.put(&maker, &drafted, items(&many))),
            vec![("/items".into(), "kernel.field_length")]
        );
        assert_eq!(w.put(&maker, &drafted, items(&[standard, own, below])).unwrap().items, 3);
    }
}

#[test]
fn a_unit_has_one_list_a_level_and_only_who_runs_it_makes_it() {
    for w in World::each() {
        let admin = w.admin(TOWN1);
        w.create(&admin, TOWN1, "community").unwrap();
        assert_eq!(code(w.create(&admin, TOWN1, "community")), "duties.list_exists");
        assert!(w.create(&admin, TOWN1, "grid").is_ok());
        assert_eq!(code(w.create(&admin, TOWN2, "community")), "kernel.forbidden");
        assert_eq!(code(w.create(&admin, DISTRICT, "community")), "kernel.forbidden");
        assert_eq!(code(w.create(&w.role(BuiltinRole::GridWorker, TOWN1), TOWN1, "x")), "kernel.forbidden");
        let bad = w.create(&admin, TOWN1, "Town Hall");
        assert_eq!(fields(bad), vec![("/level".into(), "kernel.field_characters")]);
        w.close(TOWN2);
        assert_eq!(
            fields(w.create(&w.admin(DISTRICT), TOWN2, "x")),
            vec![("/unit_id".into(), "duties.unit_closed")]
        );
    }
}

#[test]
fn other_peoples_lists_are_seen_and_not_written() {
    for w in World::each() {
        let c = w.category(DISTRICT, None);
        let (ours, theirs) = (w.admin(TOWN1), w.admin(TOWN2));
        let list = w.create(&ours, TOWN1, "community").unwrap();
        let drafted = w.begin(&ours, &list, NewVersion::default()).unwrap();
        assert_eq!(code(w.begin(&theirs, &list, NewVersion::default())), "kernel.forbidden");
        assert_eq!(code(w.put(&theirs, &drafted, items(&[c]))), "kernel.forbidden");
        assert_eq!(code(w.enforce(&theirs, &drafted, None)), "kernel.forbidden");
        assert_eq!(code(w.recall(&theirs, &drafted)), "kernel.forbidden");
        let nowhere = duties::model::Version { id: testkit::fresh(), ..drafted.clone() };
        assert_eq!(code(w.put(&ours, &nowhere, items(&[c]))), "kernel.not_found");
        let stale = duties::model::Version { version: 9, ..drafted };
        assert_eq!(code(w.put(&ours, &stale, items(&[c]))), "kernel.stale");
    }
}

#[test]
fn the_lists_that_bear_on_a_unit_are_its_own_and_those_above() {
    for w in World::each() {
        let admin = w.admin(DISTRICT);
        for (unit, level) in
            [(DISTRICT, "community"), (TOWN1, "community"), (TOWN2, "community"), (C1, "grid")]
        {
            w.create(&admin, unit, level).unwrap();
        }
        let bearing = |unit: usize, level: Option<&'static str>| {
            let unit = w.unit(unit);
            let page =
                w.write(move |tx, s| lists::list(tx, s, Some(unit), level, None, PageSize::DEFAULT, 0));
            page.unwrap().items.len()
        };
        assert_eq!((bearing(C1, None), bearing(C1, Some("community"))), (3, 2));
        assert_eq!((bearing(DISTRICT, None), bearing(C2, None)), (1, 2));
        let size = PageSize::new(3).unwrap();
        let page = w.write(move |tx, s| lists::list(tx, s, None, None, None, size, 0)).unwrap();
        let after = page.next.unwrap();
        let rest = w.write(move |tx, s| lists::list(tx, s, None, None, Some(&after), size, 0)).unwrap();
        assert_eq!((page.items.len(), rest.items.len()), (3, 1));
    }
}
