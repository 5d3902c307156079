//! Counts: by type, at any day, in the tree of that day.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kernel::{Instant, Outcome};
use storage::Db;
use territory::Unit;
use territory::model::ResidentType;
use territory::service::population::{self, Population};
use territory::service::relocate;
use territory::service::residence::NewResidence;
use testkit::{TestDb, fresh};

use crate::fakes::{databases, manager, plant, ports};
use crate::homes::town;
use crate::settling::*;

fn count(db: &Db, reader: &Unit, unit: &Unit, on: NaiveDate, end: Instant) -> Outcome<Population> {
    let (ctx, id) = (holder(db, reader, &["territory.population.read"]), unit.id);
    db.read_blocking(move |tx| population::count(tx, &ctx, &homes(), id, on, end))
}

fn shift(t: &TestDb, top: &Unit, unit: &Unit, version: i64, to: &Unit) {
    let (ctx, id, to) = (manager(&t.db, top), unit.id, to.id);
    t.db.write_blocking(move |tx| relocate::relocate(tx, &ctx, &ports(), id, version, to)).unwrap();
}

/// Hengli has 380,000 people: 39,000 registered, 318,000 floating. Here each stands for a thousand.
#[test]
fn hengli_is_counted_by_type_and_the_types_add_up() {
    for t in databases() {
        let (top, .., here, there) = town(&t);
        let villages =
            [plant(&t.db, &here, "村头村", "community"), plant(&t.db, &here, "半仙山村", "community")];
        let homes: Vec<_> = villages.iter().map(|v| build(&t.db, v.as_ref().unwrap()).id).collect();
        let figures = [
            (ResidentType::Registered, 39),
            (ResidentType::NonRegistered, 23),
            (ResidentType::Floating, 318),
        ];
        let mut first = None;
        for (kind, n) in figures {
            for i in 0..n {
                let mut new = stay(fresh(), homes[i % 2], "2020-01-01", None);
                new.resident_type = kind;
                first = first.or(Some(new.person));
                settle(&t.db, &here, new).unwrap();
            }
        }
        let beside = NewResidence { is_main: false, ..stay(first.unwrap(), homes[1], "2021-01-01", None) };
        settle(&t.db, &here, beside).unwrap();
        let end = t.db.clock().now().plus_days(1);
        let now = count(&t.db, &here, &here, day(TODAY), end).unwrap();
        let wanted: BTreeMap<_, _> = figures.iter().map(|(k, n)| (*k, i64::try_from(*n).unwrap())).collect();
        assert_eq!((now.residents.clone(), now.total(), now.other), (wanted, 380, 1));
        assert_eq!(count(&t.db, &top, &top, day(TODAY), end).unwrap().total(), 380);
        assert_eq!(count(&t.db, &top, &there, day(TODAY), end).unwrap().total(), 0);
        let before = count(&t.db, &here, &here, day("2019-12-31"), end).unwrap();
        assert_eq!((before.total(), before.residents.len()), (0, 3), "every type is there");
        assert_eq!(code(count(&t.db, &there, &here, day(TODAY), end)), "kernel.forbidden");
        assert_eq!(code(count(&t.db, &here, &here, day("2026-11-25"), end)), "kernel.invalid");
        let nowhere = Unit { id: fresh(), ..here.clone() };
        assert_eq!(code(count(&t.db, &here, &nowhere, day(TODAY), end)), "kernel.not_found");
    }
}

#[test]
fn people_are_counted_where_their_unit_stood_that_day() {
    for t in databases() {
        let (top, east, west, here, there) = town(&t);
        let village = plant(&t.db, &here, "村", "community").unwrap();
        let group = plant(&t.db, &village, "组", "group").unwrap();
        for (unit, n) in [(&here, 1), (&village, 2), (&group, 4), (&there, 8)] {
            let home = build(&t.db, unit).id;
            for _ in 0..n {
                settle(&t.db, &top, stay(fresh(), home, "2020-01-01", None)).unwrap();
            }
        }
        let moment = || t.db.clock().now();
        let total = |unit: &Unit, end: Instant| count(&t.db, &top, unit, day(TODAY), end).unwrap().total();
        let units = [&top, &east, &west, &here, &there, &village, &group];
        let all = |end: Instant| units.map(|u| total(u, end));
        let start = moment();
        shift(&t, &top, &village, 1, &there);
        let one = moment();
        shift(&t, &top, &there, 1, &east);
        let two = moment();
        shift(&t, &top, &group, 1, &here);
        let three = moment();
        shift(&t, &top, &village, 2, &here);
        shift(&t, &top, &there, 2, &west);
        let four = moment().plus_days(1);
        //                            top east west here there village group
        assert_eq!(all(start), [15, 7, 8, 7, 8, 6, 4]);
        assert_eq!(all(one), [15, 1, 14, 1, 14, 6, 4]);
        assert_eq!(all(two), [15, 15, 0, 1, 14, 6, 4]);
        assert_eq!(all(three), [15, 15, 0, 5, 10, 2, 4]);
        assert_eq!(all(four), [15, 7, 8, 7, 8, 2, 4]);
        // Before there was a tree, people count where their units first stood.
        assert_eq!(all(Instant::from_micros(0).unwrap()), [15, 7, 8, 7, 8, 6, 4]);
    }
}
