//! Lists against checks: a list holds what its reader may see one by one, all of it, in the order of the tree, however the pages are
//! cut; and still after units moved.

use contracts::UnitTree;
use kernel::id::Unit as UnitKind;
use kernel::permission::Permit;
use kernel::{Context, Cursor, HeldGrant, Id, Outcome, Page, PageSize, Permission, UnitPath};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use storage::{Db, Tx};
use territory::Units;
use territory::permission::{
    ManageHouseholds, ManageRentals, ManageResidences, ReadHouseholds, ReadRentals, ReadResidences,
};
use territory::service::residence::State;
use territory::service::{household, relocate, rental, residence};
use testkit::{TestDb, context, fresh, grant};

use crate::fakes::{databases, manager, plant, ports};
use crate::homes::town;
use crate::settling::*;

/// A place in the tree.
type Place = (Id<UnitKind>, UnitPath);

/// What a grant of the model carries.
const CARRIED: [&[&str]; 6] = [
    &["territory.household.read", "territory.residence.read", "territory.rental.read"],
    &["territory.household.read"],
    &["territory.residence.read"],
    &["territory.rental.read"],
    &["territory.household.manage", "territory.residence.manage", "territory.rental.manage"],
    &["territory.dwelling.read", "territory.population.read"],
];

/// A grant of the model: in which unit, whether below it too, what it carries, and when: now, over, or to come.
#[derive(Debug, Clone)]
struct Held {
    unit: usize,
    subtree: bool,
    carries: usize,
    when: usize,
}

fn held() -> impl Strategy<Value = Held> {
    // Most of them hold now, or most readers would see nothing.
    let when = prop_oneof![4 => Just(0_usize), 1 => Just(1_usize), 1 => Just(2_usize)];
    (0..64_usize, any::<bool>(), 0..CARRIED.len(), when).prop_map(|(unit, subtree, carries, when)| Held {
        unit,
        subtree,
        carries,
        when,
    })
}

/// Somebody with these grants.
fn reader(db: &Db, places: &[Place], all: &[Held]) -> Context {
    let now = db.clock().now();
    let grants = all.iter().map(|held| {
        let (unit, path) = &places[held.unit % places.len()];
        let plain = grant(*unit, path, CARRIED[held.carries]);
        match held.when {
            1 => HeldGrant { subtree: held.subtree, until: Some(now), ..plain },
            2 => HeldGrant { subtree: held.subtree, from: now.plus_seconds(60), ..plain },
            _ => HeldGrant { subtree: held.subtree, ..plain },
        }
    });
    Context { now, ..context(db, fresh(), grants.collect()) }
}

/// All pages of a list.
fn pages<T>(mut next: impl FnMut(Option<Cursor>) -> Outcome<Page<T>>) -> Vec<T> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = next(after).unwrap();
        all.extend(page.items);
        match page.next {
            Some(cursor) => after = Some(cursor),
            None => return all,
        }
    }
}

/// Records of one kind, in the order of the tree.
struct Records<K>(Vec<(UnitPath, Id<K>)>);

impl<K: 'static> Records<K> {
    /// Those that a permission covers, of those below a unit.
    fn of(&self, who: &Context, read: &Permission, below: Option<&Place>) -> Vec<Id<K>> {
        let seen = |path: &UnitPath| who.actor.may(read, path, who.now);
        let asked = |path: &UnitPath| below.is_none_or(|(_, top)| top.contains(path));
        self.0.iter().filter(|(path, _)| seen(path) && asked(path)).map(|(_, id)| *id).collect()
    }

    /// Those that may be read one by one are those that either permission covers.
    fn one_by_one<T: 'static>(
        &self,
        db: &Db,
        who: &Context,
        either: [&Permission; 2],
        find: fn(&mut Tx<'_>, &Context, Id<K>) -> Outcome<T>,
    ) {
        for (path, id) in &self.0 {
            let (ctx, id) = (who.clone(), *id);
            let found = db.read_blocking(move |tx| find(tx, &ctx, id).map(drop));
            let may = either.iter().any(|permission| who.actor.may(permission, path, who.now));
            let said = found.as_ref().err().and_then(kernel::Fault::code).map(|code| code.code);
            assert_eq!(said, (!may).then_some("kernel.not_found"), "{path}");
        }
    }
}

/// A tree with homes in every part of it, some of which moved.
struct World {
    places: Vec<Place>,
    households: Records<kernel::id::Household>,
    residences: Records<kernel::id::Residence>,
    rentals: Records<kernel::id::Rental>,
}

impl World {
    fn build(t: &TestDb) -> Self {
        let db = &t.db;
        let (top, east, west, here, there) = town(t);
        let village = plant(db, &here, "村", "community").unwrap();
        let quarter = plant(db, &there, "社区", "community").unwrap();
        let units = [&top, &east, &west, &here, &there, &village, &quarter];
        let (mut households, mut residences, mut rentals) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..3 {
            for unit in units {
                let home = build(db, unit);
                let house = found(db, unit, (round == 0).then_some(&home), None);
                residences.push(settle(db, unit, stay(fresh(), home.id, "2020-01-01", None)).unwrap().id);
                residences.push(join(db, unit, &house, fresh(), "2020-01-01").id);
                rentals.push(let_out(db, unit, lease(home.id, "2020-01-01", None, false)).unwrap().id);
                households.push(house.id);
            }
        }
        // A street goes to the other district, and takes along all that lies in it and below.
        let (ctx, id, to) = (manager(db, &top), here.id, west.id);
        db.write_blocking(move |tx| relocate::relocate(tx, &ctx, &ports(), id, 1, to)).unwrap();
        let ids = units.map(|unit| unit.id);
        let places: Vec<Place> = db
            .read_blocking(move |tx| {
                ids.iter().map(|id| Ok(Units.unit(tx, *id)?.unwrap())).collect::<Outcome<Vec<_>>>()
            })
            .unwrap()
            .into_iter()
            .map(|unit| (unit.id, unit.path))
            .collect();
        let keeper = keeper(db, &top);
        let (who, ids) = (keeper.clone(), households);
        let households = kept(db, move |tx| {
            ids.iter().map(|id| Ok((household::find(tx, &who, *id)?.path, *id))).collect()
        });
        let (who, ids) = (keeper.clone(), residences);
        let residences = kept(db, move |tx| {
            ids.iter().map(|id| Ok((residence::find(tx, &who, *id)?.path, *id))).collect()
        });
        let (who, ids) = (keeper, rentals);
        let rentals =
            kept(db, move |tx| ids.iter().map(|id| Ok((rental::find(tx, &who, *id)?.path, *id))).collect());
        Self { places, households, residences, rentals }
    }
}

fn kept<K: 'static>(
    db: &Db,
    read: impl Fn(&mut Tx<'_>) -> Outcome<Vec<(UnitPath, Id<K>)>> + Send + 'static,
) -> Records<K> {
    let mut all = db.read_blocking(read).unwrap();
    all.sort_by(|(a, x), (b, y)| (a, x.uuid()).cmp(&(b, y.uuid())));
    Records(all)
}

#[test]
fn lists_of_households_residences_and_rentals_hold_what_may_be_read_and_not_a_row_more() {
    for t in databases() {
        let world = World::build(&t);
        let db = &t.db;
        let case = (proptest::collection::vec(held(), 0..5), proptest::option::of(0..64_usize), 1..9_i64);
        TestRunner::new(Config { cases: 32, failure_persistence: None, ..Config::default() })
            .run(&case, |(grants, below, size)| {
                let who = reader(db, &world.places, &grants);
                let below = below.map(|n| &world.places[n % world.places.len()]);
                let (unit, size) = (below.map(|(id, _)| *id), PageSize::new(size).unwrap());

                let got = pages(|after| {
                    let who = who.clone();
                    db.read_blocking(move |tx| {
                        let all = household::Filter {
                            dwelling: None,
                            kind: None,
                            open: None,
                            on: day(TODAY),
                            after: None,
                        };
                        household::list(tx, &who, unit, &all, after.as_ref(), size, 7)
                    })
                });
                let got: Vec<_> = got.into_iter().map(|h| h.id).collect();
                prop_assert_eq!(got, world.households.of(&who, ReadHouseholds::PERMISSION, below));

                let got = pages(|after| {
                    let who = who.clone();
                    db.read_blocking(move |tx| {
                        let all = residence::Filter {
                            person: None,
                            dwelling: None,
                            household: None,
                            resident_type: None,
                            state: State::All,
                            on: day(TODAY),
                            after: None,
                        };
                        residence::list(tx, &who, unit, &all, after.as_ref(), size, 7)
                    })
                });
                let got: Vec<_> = got.into_iter().map(|r| r.id).collect();
                prop_assert_eq!(got, world.residences.of(&who, ReadResidences::PERMISSION, below));

                let got = pages(|after| {
                    let who = who.clone();
                    db.read_blocking(move |tx| {
                        let all = rental::Filter {
                            dwelling: None,
                            landlord: None,
                            tenant: None,
                            state: State::All,
                            on: day(TODAY),
                            after: None,
                        };
                        rental::list(tx, &who, unit, &all, after.as_ref(), size, 7)
                    })
                });
                let got: Vec<_> = got.into_iter().map(|r| r.id).collect();
                prop_assert_eq!(got, world.rentals.of(&who, ReadRentals::PERMISSION, below));
                Ok(())
            })
            .unwrap();
    }
}

#[test]
fn one_by_one_a_record_is_there_for_whoever_may_read_or_keep_it_and_for_nobody_else() {
    for t in databases() {
        let world = World::build(&t);
        let db = &t.db;
        TestRunner::new(Config { cases: 16, failure_persistence: None, ..Config::default() })
            .run(&proptest::collection::vec(held(), 0..4), |grants| {
                let who = reader(db, &world.places, &grants);
                let either = [ReadHouseholds::PERMISSION, ManageHouseholds::PERMISSION];
                world.households.one_by_one(db, &who, either, household::find);
                let either = [ReadResidences::PERMISSION, ManageResidences::PERMISSION];
                world.residences.one_by_one(db, &who, either, residence::find);
                let either = [ReadRentals::PERMISSION, ManageRentals::PERMISSION];
                world.rentals.one_by_one(db, &who, either, rental::find);
                Ok(())
            })
            .unwrap();
    }
}
