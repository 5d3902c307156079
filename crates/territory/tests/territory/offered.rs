//! Households as other domains get them.

use contracts::{Around, HomeRef, Homes};
use kernel::id::{Household, Person};
use kernel::{Id, UnitPath};
use storage::Db;
use territory::model::Dwelling;
use territory::ports_homes::HomeBook;
use territory::service::{dwelling, household};
use territory::{Unit, model};
use testkit::fresh;

use crate::fakes::databases;
use crate::homes::town;
use crate::settling::*;

fn built_at(db: &Db, unit: &Unit, lat: f64, lng: f64) -> Dwelling {
    let ctx = keeper(db, unit);
    let mut new = flat(unit, "2000-01-01");
    (new.lat, new.lng) = (Some(lat), Some(lng));
    write(db, move |tx| dwelling::create(tx, &ctx, &homes(), &new)).unwrap()
}

fn below(
    db: &Db,
    path: &UnitPath,
    around: Option<Around>,
    after: Option<Id<Household>>,
    limit: i64,
) -> Vec<HomeRef> {
    let path = path.clone();
    write(db, move |tx| HomeBook.below(tx, &path, around, after, limit)).unwrap()
}

fn ids(found: Vec<HomeRef>) -> Vec<Id<Household>> {
    found.into_iter().map(|home| home.id).collect()
}

#[test]
fn households_are_told_with_where_they_are_and_whether_they_are_closed() {
    for t in databases() {
        let (_, east, _, here, there) = town(&t);
        let flat = built_at(&t.db, &here, 23.0, 113.0);
        let placed = found(&t.db, &here, Some(&flat), None);
        let nowhere = found(&t.db, &here, None, None);
        let elsewhere = found(&t.db, &there, None, None);
        let (ctx, id) = (keeper(&t.db, &here), nowhere.id);
        let (all, wanted) = (below(&t.db, &east.path, None, None, 10), [placed.id, elsewhere.id, fresh()]);
        assert_eq!(ids(all), [placed.id, nowhere.id], "in the subtree, by id");
        let told = write(&t.db, move |tx| HomeBook.homes(tx, &wanted)).unwrap();
        assert_eq!(told.len(), 2, "what is unknown is left out");
        let home = told.into_iter().find(|home| home.id == placed.id).unwrap();
        let expected = HomeRef {
            id: placed.id,
            unit: here.id,
            path: here.path.clone(),
            point: Some((23.0, 113.0)),
            closed: false,
        };
        assert_eq!(home, expected);
        write(&t.db, move |tx| household::close(tx, &ctx, &homes(), id, 1, day("2026-11-01"))).unwrap();
        assert_eq!(ids(below(&t.db, &east.path, None, None, 10)), [placed.id]);
        let told = write(&t.db, move |tx| HomeBook.homes(tx, &[id])).unwrap();
        assert!(told[0].closed);
    }
}

#[test]
fn a_box_holds_those_inside_it_and_those_whose_place_nobody_knows() {
    for t in databases() {
        let (_, east, _, here, _) = town(&t);
        let mut all = Vec::new();
        for lng in [113.0, 113.5] {
            let flat = built_at(&t.db, &here, 23.0, lng);
            all.push(found(&t.db, &here, Some(&flat), None).id);
        }
        all.push(found(&t.db, &here, None, None).id);
        let unplaced = build(&t.db, &here);
        all.push(found(&t.db, &here, Some(&unplaced), None).id);
        let around = Some(Around { lat: (22.9, 23.1), lng: (112.9, 113.1) });
        assert_eq!(ids(below(&t.db, &east.path, around, None, 10)), [all[0], all[2], all[3]]);
        assert_eq!(ids(below(&t.db, &east.path, around, Some(all[0]), 1)), [all[2]], "page by page");
    }
}

#[test]
fn members_are_those_of_the_day() {
    for t in databases() {
        let (.., here, _) = town(&t);
        let (a, b) = (found(&t.db, &here, None, None), found(&t.db, &here, None, None));
        let (early, late): (Id<Person>, Id<Person>) = (fresh(), fresh());
        let moved: model::Residence = join(&t.db, &here, &a, early, "2020-01-01");
        join(&t.db, &here, &b, late, "2026-06-01");
        let (first, second) = (a.id, b.id);
        let on = |on: &str| {
            let on = day(on);
            write(&t.db, move |tx| HomeBook.members(tx, &[first, second, fresh()], on)).unwrap()
        };
        assert_eq!(on("2019-12-31"), []);
        assert_eq!(on("2026-05-31"), [(first, early)]);
        assert_eq!(on("2026-06-01"), [(first, early), (second, late)]);
        let of = |person, on: &str| {
            let on = day(on);
            write(&t.db, move |tx| HomeBook.of_person(tx, person, on)).unwrap()
        };
        assert_eq!(of(late, "2026-11-24"), [(second, day("2026-06-01"))]);
        assert_eq!(of(late, "2026-05-31"), []);
        let (ctx, id) = (keeper(&t.db, &here), moved.id);
        let void = territory::service::residence_change::void;
        write(&t.db, move |tx| void(tx, &ctx, id, 1, "登记错误")).unwrap();
        assert_eq!(on("2026-06-01"), [(second, late)], "what was marked as wrong never was");
    }
}
