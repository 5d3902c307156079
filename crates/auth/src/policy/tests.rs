use proptest::prelude::*;

use super::world::{self, GRANTING, MAY_READ, PERMISSIONS, at};
use super::*;

fn want(unit_path: &UnitPath, subtree: bool, until: Option<i64>) -> Wanted<'_> {
    Wanted { permission: MAY_READ.name, unit_path, subtree, from: at(10), until: until.map(at) }
}

fn lacks(grants: Vec<HeldGrant>, want: Wanted<'_>) -> Vec<Lack> {
    ceiling(&world::actor(grants), at(10), &[want], GRANTING).into_iter().map(|breach| breach.lack).collect()
}

#[test]
fn whoever_holds_it_and_may_grant_there_may_give_it() {
    let [town, street, _] = world::three();
    let all = || vec![world::grant(&town, true, &[MAY_READ.name, GRANTING])];
    assert!(lacks(all(), want(&town, true, None)).is_empty());
    assert!(lacks(all(), want(&street, false, Some(20))).is_empty());
}

#[test]
fn holding_it_is_not_enough_and_granting_is_not_enough() {
    let [town, ..] = world::three();
    assert_eq!(
        lacks(vec![world::grant(&town, true, &[MAY_READ.name])], want(&town, true, None)),
        [Lack::Granting]
    );
    assert_eq!(
        lacks(vec![world::grant(&town, true, &[GRANTING])], want(&town, true, None)),
        [Lack::Permission]
    );
    assert_eq!(lacks(vec![], want(&town, true, None)), [Lack::Permission, Lack::Granting]);
}

#[test]
fn a_unit_without_its_subtree_is_not_given_with_it() {
    let [town, street, other] = world::three();
    let here = || vec![world::grant(&street, false, &[MAY_READ.name, GRANTING])];
    assert!(lacks(here(), want(&street, false, None)).is_empty());
    assert_eq!(lacks(here(), want(&street, true, None)), [Lack::Permission, Lack::Granting]);
    for elsewhere in [&town, &other] {
        assert_eq!(lacks(here(), want(elsewhere, false, None)), [Lack::Permission, Lack::Granting]);
    }
}

#[test]
fn nothing_is_given_for_longer_than_it_is_held() {
    let [town, street, _] = world::three();
    let granting = || world::grant(&town, true, &[GRANTING]);
    let until = |tick| HeldGrant { until: Some(at(tick)), ..world::grant(&town, true, &[MAY_READ.name]) };
    assert!(lacks(vec![granting(), until(20)], want(&street, true, Some(20))).is_empty());
    assert_eq!(lacks(vec![granting(), until(20)], want(&street, true, Some(21))), [Lack::Duration]);
    assert_eq!(lacks(vec![granting(), until(20)], want(&street, true, None)), [Lack::Duration]);
    assert_eq!(
        lacks(vec![granting(), until(10)], want(&street, true, Some(20))),
        [Lack::Permission],
        "it has run out"
    );
    let later = HeldGrant { from: at(20), ..world::grant(&town, true, &[MAY_READ.name]) };
    assert_eq!(
        lacks(vec![granting(), until(20), later], want(&street, true, Some(30))),
        [Lack::Duration],
        "one grant must do"
    );
}

#[test]
fn two_grants_do_not_add_up_to_one() {
    // It is held at the street only, and may be granted everywhere: the town's is not theirs to give.
    let [town, street, _] = world::three();
    let grants =
        || vec![world::grant(&street, true, &[MAY_READ.name]), world::grant(&town, true, &[GRANTING])];
    assert!(lacks(grants(), want(&street, true, None)).is_empty());
    assert_eq!(lacks(grants(), want(&town, true, None)), [Lack::Permission]);
}

#[test]
fn who_may_give_all_may_give_all_within_their_unit_and_nowhere_else() {
    let [_, street, other] = world::three();
    let chief = || vec![HeldGrant { gives_all: true, ..world::grant(&street, true, &[GRANTING]) }];
    assert!(lacks(chief(), want(&street, true, None)).is_empty());
    assert_eq!(lacks(chief(), want(&other, false, None)), [Lack::Permission, Lack::Granting]);
    let silent = vec![HeldGrant { gives_all: true, ..world::grant(&street, true, &[]) }];
    assert_eq!(lacks(silent, want(&street, true, None)), [Lack::Granting]);
}

#[test]
fn the_right_to_give_all_is_only_theirs_to_give_who_have_it() {
    let [town, ..] = world::three();
    let names: Vec<&str> = PERMISSIONS.iter().map(|p| p.name).chain([GIVES_ALL]).collect();
    let all = world::grant(&town, true, &names);
    let role = Wanted::of_role([MAY_READ.name, GRANTING], true, &town, true, at(10), None);
    let breaches = ceiling(&world::actor(vec![all.clone()]), at(10), &role, GRANTING);
    assert_eq!(breaches.len(), 1);
    assert_eq!((breaches[0].permission.as_str(), breaches[0].lack), (GIVES_ALL, Lack::Permission));
    let chief = HeldGrant { gives_all: true, ..all };
    assert!(ceiling(&world::actor(vec![chief]), at(10), &role, GRANTING).is_empty());
}

#[test]
fn a_breach_names_the_permission_and_the_place() {
    let [town, street, _] = world::three();
    let wants =
        [want(&town, true, None), Wanted { permission: "town.thing.write", ..want(&street, false, None) }];
    let held = world::grant(&town, true, &[MAY_READ.name, GRANTING]);
    let breaches = ceiling(&world::actor(vec![held]), at(10), &wants, GRANTING);
    let expected = Breach {
        permission: "town.thing.write".into(),
        unit_path: street,
        subtree: false,
        lack: Lack::Permission,
    };
    assert_eq!(breaches, [expected]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_scope_covers_exactly_where_the_actor_may(world in world::worlds(), questions in world::questions(20)) {
        for q in questions.into_iter().filter(|q| !q.permission.everyone) {
            let (actor, path) = (world.actor(q), world.path(q));
            let scope = actor.scope(q.permission, false, q.now);
            prop_assert_eq!(scope.covers(path, None), actor.may(q.permission, path, q.now));
            prop_assert_eq!(scope.covers(path, Some(actor.user)), actor.may(q.permission, path, q.now));
            let own = actor.scope(q.permission, true, q.now);
            prop_assert!(own.covers(path, Some(actor.user)), "one's own, wherever it is");
            prop_assert_eq!(own.covers(path, None), scope.covers(path, None));
            prop_assert_eq!(actor.holds(q.permission, q.now), !scope.is_empty());
            for (i, a) in scope.roots.iter().enumerate() {
                prop_assert!(scope.roots.iter().skip(i + 1).all(|b| !a.covers(&b.path) && !b.covers(&a.path)));
            }
        }
    }

    #[test]
    fn within_is_the_intersection(world in world::worlds(), q in world::questions(1), below in any::<prop::sample::Index>()) {
        let (q, below) = (q[0], below.get(&world.paths));
        let scope = world.actor(q).scope(q.permission, false, q.now);
        let within = scope.within(world::unit(below), below);
        for path in &world.paths {
            prop_assert_eq!(within.covers(path, None), scope.covers(path, None) && below.contains(path));
        }
    }

    /// What passed the ceiling gives nobody anything, anywhere, at any time from now on, that the giver lacks there and then:
    /// unless the giver may give all there and then.
    #[test]
    fn nobody_gives_what_they_lack(
        world in world::worlds(), q in world::questions(1), role in any::<prop::sample::Index>(),
        subtree in any::<bool>(), gives_all in prop::bool::weighted(0.1),
        from in 0_i64..110, until in proptest::option::of(0_i64..110),
    ) {
        let q = q[0];
        let (giver, path) = (world.actor(q), world.path(q));
        let role = role.get(&world.roles);
        let (from, until) = (at(from), until.map(at));
        let wanted = Wanted::of_role(role.iter().map(String::as_str), gives_all, path, subtree, from, until);
        if !ceiling(giver, q.now, &wanted, GRANTING).is_empty() {
            return Ok(());
        }
        let gift = HeldGrant { from, until, permissions: role.clone(), gives_all, ..world::grant(path, subtree, &[]) };
        let taker = world::actor(vec![gift.clone()]);
        for tick in (0..=120).map(at).filter(|tick| *tick >= q.now) {
            for place in &world.paths {
                let giver_gives_all = giver.grants.iter().any(|g| g.gives_all && g.is_live(tick) && g.reaches(place));
                for permission in PERMISSIONS {
                    let given = taker.may(permission, place, tick);
                    prop_assert!(!given || giver.may(permission, place, tick) || giver_gives_all);
                }
                prop_assert!(!(gift.gives_all && gift.is_live(tick) && gift.reaches(place)) || giver_gives_all);
            }
        }
    }

    /// And the other way round: who holds a role for ever over the whole place, granting included, may give it.
    #[test]
    fn who_holds_it_all_may_give_it_all(world in world::worlds(), q in world::questions(1), subtree in any::<bool>()) {
        let (q, names) = (q[0], PERMISSIONS.iter().map(|p| p.name).collect::<Vec<_>>());
        let giver = world::actor(vec![world::grant(world.path(q), true, &names)]);
        let wanted = Wanted::of_role(names, false, world.path(q), subtree, q.now, None);
        prop_assert!(ceiling(&giver, q.now, &wanted, GRANTING).is_empty());
    }
}
