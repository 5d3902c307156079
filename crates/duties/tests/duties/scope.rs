//! What may be asked of a unit.

use contracts::DutyScope;
use duties::service::draft::NewVersion;
use kernel::UnitPath;

use crate::world::*;

#[test]
fn where_no_list_holds_nothing_is_out_of_scope() {
    for w in World::each() {
        let c = w.category(DISTRICT, None);
        assert_eq!(w.scope(C1, c), DutyScope::NoList);
        let maker = w.admin(DISTRICT);
        let list = w.create(&maker, DISTRICT, "community").unwrap();
        let drafted = w.begin(&maker, &list, NewVersion::default()).unwrap();
        w.put(&maker, &drafted, items(&[c])).unwrap();
        assert_eq!(w.scope(C1, c), DutyScope::NoList, "a draft holds nowhere");
        w.in_force(&list, &[w.category(DISTRICT, None)], Some(w.pass(0).plus_days(1)));
        assert_eq!(w.scope(C1, c), DutyScope::NoList, "its time has not come");
        w.pass(DAY * 2);
        assert_eq!(w.scope(C1, c), DutyScope::OutOfScope);
        assert_eq!(w.scope(TOWN1, c), DutyScope::NoList, "it binds communities alone");
    }
}

#[test]
fn what_is_below_a_listed_category_is_listed() {
    for w in World::each() {
        let top = w.category(DISTRICT, None);
        let middle = w.category(DISTRICT, Some(top));
        let leaf = w.category(C1, Some(middle));
        let beside = w.category(DISTRICT, Some(top));
        let list = w.create(&w.admin(DISTRICT), DISTRICT, "community").unwrap();
        w.in_force(&list, &[middle], None);
        assert_eq!(w.scope(C1, middle), DutyScope::Listed);
        assert_eq!(w.scope(C1, leaf), DutyScope::Listed);
        assert_eq!(w.scope(C1, beside), DutyScope::OutOfScope);
        assert_eq!(w.scope(C1, top), DutyScope::OutOfScope);
        assert_eq!(w.scope(C1, testkit::fresh()), DutyScope::OutOfScope, "what is no category is on no list");
    }
}

#[test]
fn the_nearest_list_upward_holds_alone() {
    for w in World::each() {
        let (a, b) = (w.category(DISTRICT, None), w.category(DISTRICT, None));
        let admin = w.admin(DISTRICT);
        let district = w.create(&admin, DISTRICT, "community").unwrap();
        let town = w.create(&admin, TOWN1, "community").unwrap();
        let own = w.create(&admin, C1, "community").unwrap();
        w.in_force(&district, &[a], None);
        assert_eq!((w.scope(C1, a), w.scope(C1, b)), (DutyScope::Listed, DutyScope::OutOfScope));
        let of_town = w.in_force(&town, &[b], None);
        assert_eq!((w.scope(C1, a), w.scope(C1, b)), (DutyScope::OutOfScope, DutyScope::Listed));
        assert_eq!(w.scope(C2, a), DutyScope::Listed, "another town is not bound by it");
        w.in_force(&own, &[a, b], None);
        assert_eq!((w.scope(C1, a), w.scope(C1, b)), (DutyScope::Listed, DutyScope::Listed));
        let maker = w.admin(DISTRICT);
        for list in [&own, &town] {
            let end = w.begin(&maker, list, NewVersion { is_end: true, ..NewVersion::default() }).unwrap();
            w.enforce(&admin, &end, None).unwrap();
        }
        assert_eq!((w.scope(C1, a), w.scope(C1, b)), (DutyScope::Listed, DutyScope::OutOfScope));
        let then = of_town.from.unwrap();
        assert_eq!(w.scope_at(C1, a, then), DutyScope::OutOfScope, "what held then still held then");
    }
}

#[test]
fn a_unit_that_moves_is_under_the_lists_of_its_new_place_at_once() {
    for w in World::each() {
        let (a, b) = (w.category(DISTRICT, None), w.category(DISTRICT, None));
        let admin = w.admin(DISTRICT);
        let one = w.create(&admin, TOWN1, "community").unwrap();
        let two = w.create(&admin, TOWN2, "community").unwrap();
        w.in_force(&one, &[a], None);
        w.in_force(&two, &[b], None);
        assert_eq!((w.scope(C1, a), w.scope(C1, b)), (DutyScope::Listed, DutyScope::OutOfScope));
        let there = UnitPath::numbered(Some(&w.path(TOWN2)), 9).unwrap();
        w.tree.0.lock().get_mut(&w.unit(C1)).unwrap().path = there;
        assert_eq!((w.scope(C1, a), w.scope(C1, b)), (DutyScope::OutOfScope, DutyScope::Listed));
    }
}

#[test]
fn a_unit_that_is_none_is_not_there() {
    for w in World::each() {
        let (c, now) = (w.category(DISTRICT, None), w.pass(1));
        let found = w.write(move |tx, s| duties::service::scope::answer(tx, s, testkit::fresh(), c, now));
        assert_eq!(code(found), "kernel.not_found");
    }
}
