//! Dwellings, who sees and who keeps homes, and what becomes of them when units move.

use kernel::id;
use kernel::{Cursor, Id, Outcome, PageSize};
use storage::Db;
use territory::Unit;
use territory::model::{Dwelling, DwellingKind};
use territory::service::dwelling::{self, Change, Filter};
use territory::service::residence::{self, State};
use territory::service::{dissolve, household, relocate, rental};
use testkit::{TestDb, context, fresh, grant};

use crate::fakes::{databases, manager, plant, ports, root};
use crate::settling::*;

/// country → city → (east, west) districts, each with a town and a village in it.
pub fn town(t: &TestDb) -> (Unit, Unit, Unit, Unit, Unit) {
    let top = root(&t.db);
    let city = plant(&t.db, &top, "市", "city").unwrap();
    let east = plant(&t.db, &city, "东区", "district").unwrap();
    let west = plant(&t.db, &city, "西区", "district").unwrap();
    let here = plant(&t.db, &east, "东街道", "town").unwrap();
    let there = plant(&t.db, &west, "西街道", "town").unwrap();
    (top, east, west, here, there)
}

fn close(db: &Db, unit: &Unit, d: &Dwelling, on: &str) -> Outcome<Dwelling> {
    let (ctx, id, version, on) = (keeper(db, unit), d.id, d.version, day(on));
    write(db, move |tx| dwelling::close(tx, &ctx, &homes(), id, version, on))
}

#[test]
fn a_dwelling_is_recorded_changed_and_closed() {
    for t in databases() {
        let (.., here, _) = town(&t);
        let d = build(&t.db, &here);
        assert_eq!((d.unit, &d.path, d.version), (here.id, &here.path, 1));
        let (ctx, id) = (keeper(&t.db, &here), d.id);
        let to = Change {
            address: Some(" 东城路3号 ".to_owned()),
            kind: Some(DwellingKind::Shop),
            point: Some(Some((23.0, 114.0))),
            floor_area: Some(None),
        };
        let changed = write(&t.db, move |tx| dwelling::change(tx, &ctx, id, 1, &to)).unwrap();
        assert_eq!((changed.address.as_str(), changed.kind), ("东城路3号", DwellingKind::Shop));
        assert_eq!((changed.point, changed.floor_area, changed.version), (Some((23.0, 114.0)), None, 2));
        let ctx = keeper(&t.db, &here);
        let read = t.db.read_blocking(move |tx| dwelling::find(tx, &ctx, id)).unwrap();
        assert_eq!(read, changed);
        assert_eq!(code(close(&t.db, &here, &d, "2026-01-01")), "kernel.stale");
        assert_eq!(code(close(&t.db, &here, &changed, "1999-12-31")), "kernel.invalid");
        assert_eq!(code(close(&t.db, &here, &changed, "2026-11-25")), "kernel.invalid", "not yet");
        let closed = close(&t.db, &here, &changed, "2026-11-24").unwrap();
        assert_eq!(closed.life.to, Some(day("2026-11-24")));
        assert_eq!(code(close(&t.db, &here, &closed, "2026-11-24")), "territory.dwelling_closed");
        let ctx = keeper(&t.db, &here);
        let late = write(&t.db, move |tx| dwelling::change(tx, &ctx, id, 3, &Change::default()));
        assert_eq!(code(late), "territory.dwelling_closed");
    }
}

#[test]
fn a_dwelling_that_cannot_be_is_refused() {
    for t in databases() {
        let (.., here, there) = town(&t);
        let good = flat(&here, "2000-01-01");
        let mut bad = vec![];
        for change in 0..9 {
            let mut new = good.clone();
            match change {
                0 => new.address = "  ".to_owned(),
                1 => new.address = "长".repeat(201),
                2 => new.lat = Some(23.0),
                3 => (new.lat, new.lng) = (Some(91.0), Some(0.0)),
                4 => new.floor_area = Some(0.0),
                5 => new.floor_area = Some(f64::NAN),
                6 => new.opened_on = day("2026-11-25"),
                7 => new.opened_on = day("1899-12-31"),
                _ => new.unit = fresh(),
            }
            bad.push(new);
        }
        for new in bad {
            let ctx = keeper(&t.db, &here);
            let seen = format!("{new:?}");
            let refused = write(&t.db, move |tx| dwelling::create(tx, &ctx, &homes(), &new));
            assert_eq!(code(refused), "kernel.invalid", "{seen}");
        }
        let (ctx, new) = (keeper(&t.db, &there), good.clone());
        let refused = write(&t.db, move |tx| dwelling::create(tx, &ctx, &homes(), &new));
        assert_eq!(code(refused), "kernel.forbidden");
        let (ctx, id) = (manager(&t.db, &here), here.id);
        t.db.write_blocking(move |tx| dissolve::dissolve(tx, &ctx, &ports(), id, 1)).unwrap();
        let ctx = keeper(&t.db, &here);
        let refused = write(&t.db, move |tx| dwelling::create(tx, &ctx, &homes(), &good));
        assert_eq!(code(refused), "territory.unit_closed");
    }
}

#[test]
fn neither_a_dwelling_in_use_is_closed_nor_a_unit_with_homes_dissolved() {
    for t in databases() {
        let (.., here, _) = town(&t);
        let dissolve = |unit: &Unit| {
            let (ctx, id) = (manager(&t.db, unit), unit.id);
            code(t.db.write_blocking(move |tx| dissolve::dissolve(tx, &ctx, &ports(), id, 1)))
        };
        let lived_in = build(&t.db, &here);
        settle(&t.db, &here, stay(fresh(), lived_in.id, "2020-01-01", Some("2026-03-01"))).unwrap();
        assert_eq!(code(close(&t.db, &here, &lived_in, "2026-02-28")), "territory.dwelling_in_use");
        close(&t.db, &here, &lived_in, "2026-03-01").unwrap();
        let let_to = build(&t.db, &here);
        let_out(&t.db, &here, lease(let_to.id, "2026-01-01", Some("2027-01-01"), false)).unwrap();
        assert_eq!(code(close(&t.db, &here, &let_to, "2026-11-01")), "territory.dwelling_in_use");
        let home = build(&t.db, &here);
        let family = found(&t.db, &here, Some(&home), None);
        assert_eq!(code(close(&t.db, &here, &home, "2026-11-01")), "territory.dwelling_in_use");
        assert_eq!(dissolve(&here), "territory.has_open_homes");
        let ctx = keeper(&t.db, &here);
        let shut = move |tx: &mut storage::Tx<'_>| {
            household::close(tx, &ctx, &homes(), family.id, 1, day("2026-11-01"))
        };
        write(&t.db, shut).unwrap();
        close(&t.db, &here, &home, "2026-11-01").unwrap();
        assert_eq!(dissolve(&here), "territory.has_open_homes", "one is still let");
    }
}

/// One of each, in a unit.
fn one_of_each(
    db: &Db,
    unit: &Unit,
) -> (Id<id::Dwelling>, Id<id::Household>, Id<id::Residence>, Id<id::Rental>) {
    let home = build(db, unit);
    let family = found(db, unit, Some(&home), None);
    let lives = join(db, unit, &family, fresh(), "2020-01-01");
    let is_let = let_out(db, unit, lease(home.id, "2020-01-01", None, false)).unwrap();
    (home.id, family.id, lives.id, is_let.id)
}

#[test]
fn what_lies_elsewhere_is_not_there_and_what_is_only_seen_is_not_changed() {
    for t in databases() {
        let (.., here, there) = town(&t);
        let (d, h, r, l) = one_of_each(&t.db, &here);
        let elsewhere = keeper(&t.db, &there);
        let reading: Vec<&str> = KEEPING.iter().copied().filter(|p| p.ends_with("read")).collect();
        let reader = holder(&t.db, &here, &reading);
        for (ctx, expected) in [(elsewhere, "kernel.not_found"), (reader, "kernel.forbidden")] {
            let at = day("2026-01-01");
            let mut refusals = vec![];
            let c = ctx.clone();
            refusals.push(code(write(&t.db, move |tx| dwelling::change(tx, &c, d, 1, &Change::default()))));
            let c = ctx.clone();
            refusals.push(code(write(&t.db, move |tx| dwelling::close(tx, &c, &homes(), d, 1, at))));
            let c = ctx.clone();
            let same = household::Change::default();
            refusals.push(code(write(&t.db, move |tx| household::change(tx, &c, &homes(), h, 1, &same))));
            let c = ctx.clone();
            refusals.push(code(write(&t.db, move |tx| household::close(tx, &c, &homes(), h, 1, at))));
            let c = ctx.clone();
            use territory::service::residence_change as changes;
            refusals.push(code(write(&t.db, move |tx| changes::end(tx, &c, &homes(), r, 1, at))));
            let c = ctx.clone();
            refusals.push(code(write(&t.db, move |tx| changes::void(tx, &c, r, 1, "错"))));
            let c = ctx.clone();
            refusals.push(code(write(&t.db, move |tx| rental::end(tx, &c, &homes(), l, 1, at))));
            let c = ctx.clone();
            refusals.push(code(write(&t.db, move |tx| rental::void(tx, &c, l, 1, "错"))));
            assert_eq!(refusals, vec![expected; 8]);
        }
        // What one may not see cannot be named either.
        let ctx = keeper(&t.db, &there);
        let new = stay(fresh(), d, "2020-01-01", None);
        assert_eq!(
            code(write(&t.db, move |tx| residence::create(tx, &ctx, &homes(), &new))),
            "kernel.invalid"
        );
        let ctx = keeper(&t.db, &there);
        let new = lease(d, "2020-01-01", None, true);
        assert_eq!(code(write(&t.db, move |tx| rental::file(tx, &ctx, &homes(), &new))), "kernel.invalid");
    }
}

/// All pages of dwellings, two a page.
fn listed(db: &Db, ctx: &kernel::Context, below: Option<Id<id::Unit>>) -> Vec<Id<id::Dwelling>> {
    let filter = Filter { kind: None, open: Some(true), on: day(TODAY), after: None };
    let (mut all, mut after): (Vec<_>, Option<Cursor>) = (vec![], None);
    loop {
        let (ctx, filter, at) = (ctx.clone(), filter.clone(), after.clone());
        let size = PageSize::new(2).unwrap();
        let page = db
            .read_blocking(move |tx| dwelling::list(tx, &ctx, below, &filter, at.as_ref(), size, 7))
            .unwrap();
        all.extend(page.items.iter().map(|d| d.id));
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

#[test]
fn a_list_holds_what_may_be_read_one_by_one_and_nothing_else() {
    for t in databases() {
        let (top, east, west, here, there) = town(&t);
        let village = plant(&t.db, &here, "村", "community").unwrap();
        let units = [&top, &east, &west, &here, &there, &village];
        let all: Vec<Dwelling> = units.iter().flat_map(|u| [build(&t.db, u), build(&t.db, u)]).collect();
        let read = "territory.dwelling.read";
        let alone = |u: &Unit| kernel::HeldGrant { subtree: false, ..grant(u.id, &u.path, &[read]) };
        let below = |u: &Unit| grant(u.id, &u.path, &[read]);
        let actors = [
            vec![],
            vec![below(&top)],
            vec![below(&here)],
            vec![alone(&here)],
            vec![alone(&east), below(&village), below(&there)],
            vec![grant(here.id, &here.path, &["territory.rental.read"]), below(&west)],
        ];
        for grants in actors {
            let ctx = context(&t.db, fresh(), grants);
            for asked in [None, Some(&east), Some(&here), Some(&top)] {
                let mut found = listed(&t.db, &ctx, asked.map(|u| u.id));
                found.sort_unstable();
                let mut wanted = vec![];
                for d in all.iter().filter(|d| asked.is_none_or(|u| u.path.contains(&d.path))) {
                    let (ctx, id) = (ctx.clone(), d.id);
                    if t.db.read_blocking(move |tx| dwelling::find(tx, &ctx, id)).is_ok() {
                        wanted.push(d.id);
                    }
                }
                wanted.sort_unstable();
                assert_eq!(found, wanted, "below {:?}", asked.map(|u| &u.name));
            }
            assert_eq!(listed(&t.db, &ctx, Some(fresh())), []);
        }
    }
}

#[test]
fn homes_go_where_their_unit_goes() {
    for t in databases() {
        let (top, _, west, here, _) = town(&t);
        let village = plant(&t.db, &here, "村", "community").unwrap();
        let (d, h, r, l) = one_of_each(&t.db, &village);
        let (ctx, id, to) = (manager(&t.db, &top), here.id, west.id);
        t.db.write_blocking(move |tx| relocate::relocate(tx, &ctx, &ports(), id, 1, to)).unwrap();
        let ctx = keeper(&t.db, &west);
        let paths =
            t.db.read_blocking(move |tx| {
                Ok([
                    dwelling::find(tx, &ctx, d)?.path,
                    household::find(tx, &ctx, h)?.path,
                    residence::find(tx, &ctx, r)?.path,
                    rental::find(tx, &ctx, l)?.path,
                ])
            })
            .unwrap();
        assert!(paths.iter().all(|p| *p == paths[0] && west.path.contains(p)), "{paths:?}");
        assert_eq!(paths[0].depth(), village.path.depth());
        let filter = residence::Filter {
            person: None,
            dwelling: None,
            household: None,
            resident_type: None,
            state: State::Current,
            on: day(TODAY),
            after: None,
        };
        let (ctx, below) = (keeper(&t.db, &top), Some(west.id));
        let page = t
            .db
            .read_blocking(move |tx| residence::list(tx, &ctx, below, &filter, None, PageSize::DEFAULT, 7))
            .unwrap();
        assert_eq!(page.items.iter().map(|x| x.id).collect::<Vec<_>>(), [r]);
    }
}

#[test]
fn whatever_is_recorded_while_its_unit_moves_goes_along() {
    for t in databases() {
        let (top, east, west, here, _) = town(&t);
        let home = build(&t.db, &here);
        let stop = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|s| {
            let (db, stop) = (&t.db, &stop);
            let settlers: Vec<_> = (0..3)
                .map(|_| {
                    s.spawn(|| {
                        let mut made = 0;
                        while made < 4 || (made < 30 && !stop.load(std::sync::atomic::Ordering::Relaxed)) {
                            build(db, &Unit { path: top.path.clone(), ..here.clone() });
                            settle(db, &top, stay(fresh(), home.id, "2020-01-01", None)).unwrap();
                            made += 1;
                        }
                    })
                })
                .collect();
            for n in 0..6_i64 {
                let to = if n % 2 == 0 { west.id } else { east.id };
                let (ctx, id) = (manager(db, &top), here.id);
                db.write_blocking(move |tx| relocate::relocate(tx, &ctx, &ports(), id, n + 1, to)).unwrap();
            }
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
            settlers.into_iter().for_each(|s| s.join().unwrap());
        });
        let ctx = keeper(&t.db, &top);
        let wanted = t.db.read_blocking(move |tx| Ok(dwelling::find(tx, &ctx, home.id)?.path)).unwrap();
        let ctx = keeper(&t.db, &top);
        let filter = Filter { kind: None, open: None, on: day(TODAY), after: None };
        let all = PageSize::new(200).unwrap();
        let page =
            t.db.read_blocking(move |tx| dwelling::list(tx, &ctx, None, &filter, None, all, 7)).unwrap();
        assert!(page.items.len() > 12);
        assert!(page.items.iter().all(|d| d.path == wanted));
        let ctx = keeper(&t.db, &top);
        let (below, end) = (here.id, ctx.now);
        let there =
            t.db.read_blocking(move |tx| {
                territory::service::population::count(tx, &ctx, &homes(), below, day(TODAY), end.plus_days(2))
            })
            .unwrap();
        assert!(there.total() >= 12, "nobody is lost: {}", there.total());
        assert_eq!(
            there.total(),
            i64::try_from(page.items.len()).unwrap() - 1,
            "one came with each dwelling"
        );
    }
}
