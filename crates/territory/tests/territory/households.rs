//! Households: made, headed, split, merged, moved, closed.

use kernel::id::{self, Person};
use kernel::{Id, Outcome, PageSize};
use storage::Db;
use territory::Unit;
use territory::model::{ChangeKind, Household, RegisterKind, Residence};
use territory::service::household::{self, Change, NewHousehold};
use territory::service::household_moves::{self as moves, Merge, Split};
use territory::service::residence::{self, Filter, State};
use territory::service::residence_change::{self, Destination};
use testkit::{context, fresh, grant};

use crate::fakes::databases;
use crate::homes::town;
use crate::settling::*;

fn read(db: &Db, unit: &Unit, id: Id<id::Household>) -> Household {
    let ctx = keeper(db, unit);
    db.read_blocking(move |tx| household::find(tx, &ctx, id)).unwrap()
}

fn history(db: &Db, unit: &Unit, id: Id<id::Household>) -> Vec<(ChangeKind, Option<Id<id::Household>>)> {
    let ctx = keeper(db, unit);
    let page =
        db.read_blocking(move |tx| household::history(tx, &ctx, id, None, PageSize::DEFAULT, 7)).unwrap();
    page.items.into_iter().map(|c| (c.kind, c.other)).collect()
}

/// Who belongs to a household on a day, with their dwelling.
fn members(
    db: &Db,
    unit: &Unit,
    id: Id<id::Household>,
    on: &str,
) -> Vec<(Id<Person>, Option<Id<id::Dwelling>>)> {
    let ctx = keeper(db, unit);
    let filter = Filter {
        person: None,
        dwelling: None,
        household: Some(id),
        resident_type: None,
        state: State::Current,
        on: day(on),
        after: None,
    };
    let page = db
        .read_blocking(move |tx| residence::list(tx, &ctx, None, &filter, None, PageSize::DEFAULT, 7))
        .unwrap();
    let mut all: Vec<_> = page.items.iter().map(|r| (r.person, r.dwelling)).collect();
    all.sort_unstable();
    all
}

fn split(
    db: &Db,
    unit: &Unit,
    h: &Household,
    leavers: &[&Residence],
    f: impl Fn(&mut Split),
) -> Outcome<Household> {
    let (ctx, id, version) = (keeper(db, unit), h.id, h.version);
    let mut how = Split {
        leavers: leavers.iter().map(|r| r.id).collect(),
        dwelling: None,
        head: None,
        register_kind: None,
        remaining_head: None,
        on: day("2026-06-01"),
    };
    f(&mut how);
    write(db, move |tx| moves::split(tx, &ctx, &homes(), id, version, &how))
}

fn merge(db: &Db, unit: &Unit, h: &Household, other: &Household, on: &str) -> Outcome<Household> {
    let (ctx, id, version) = (keeper(db, unit), h.id, h.version);
    let how = Merge { other: other.id, other_version: other.version, on: day(on) };
    write(db, move |tx| moves::merge(tx, &ctx, &homes(), id, version, how))
}

fn go(db: &Db, unit: &Unit, h: &Household, to: Id<id::Dwelling>, on: &str) -> Outcome<Household> {
    let (ctx, id, version, on) = (keeper(db, unit), h.id, h.version, day(on));
    write(db, move |tx| moves::relocate(tx, &ctx, &homes(), id, version, to, on))
}

fn sorted<T: Ord>(mut all: Vec<T>) -> Vec<T> {
    all.sort_unstable();
    all
}

#[test]
fn a_household_is_recorded_headed_and_closed() {
    for t in databases() {
        let (.., here, there) = town(&t);
        let home = build(&t.db, &here);
        let (head, other): (Id<Person>, Id<Person>) = (fresh(), fresh());
        let h = found(&t.db, &here, Some(&home), Some(head));
        join(&t.db, &here, &h, other, "2020-01-01");
        assert_eq!(members(&t.db, &here, h.id, TODAY), [(other, Some(home.id))]);
        let change = |version: i64, to: Change| {
            let (ctx, id) = (keeper(&t.db, &here), h.id);
            write(&t.db, move |tx| household::change(tx, &ctx, &homes(), id, version, &to))
        };
        let named = |head| Change { head: Some(head), register_kind: None };
        assert_eq!(code(change(1, named(Some(fresh())))), "territory.head_not_a_member");
        assert_eq!(code(change(9, named(Some(other)))), "kernel.stale");
        let changed = change(1, named(Some(other))).unwrap();
        assert_eq!((changed.head, changed.version), (Some(other), 2));
        let to = Change { head: Some(None), register_kind: Some(RegisterKind::Collective) };
        let changed = change(2, to).unwrap();
        assert_eq!((changed.head, changed.register_kind), (None, RegisterKind::Collective));
        let shut = |version: i64, on: &str| {
            let (ctx, id, on) = (keeper(&t.db, &here), h.id, day(on));
            write(&t.db, move |tx| household::close(tx, &ctx, &homes(), id, version, on))
        };
        assert_eq!(code(shut(3, "2026-01-01")), "territory.household_lived_in");
        assert_eq!(code(shut(3, "1999-01-01")), "kernel.invalid");
        assert_eq!(code(shut(3, "2027-01-01")), "kernel.invalid");
        let empty = found(&t.db, &here, None, None);
        let (ctx, id) = (keeper(&t.db, &here), empty.id);
        write(&t.db, move |tx| household::close(tx, &ctx, &homes(), id, 1, day("2026-01-01"))).unwrap();
        assert_eq!(history(&t.db, &here, empty.id), [(ChangeKind::Opened, None), (ChangeKind::Closed, None)]);
        let (ctx, id) = (keeper(&t.db, &here), empty.id);
        let late = write(&t.db, move |tx| household::change(tx, &ctx, &homes(), id, 2, &Change::default()));
        assert_eq!(code(late), "territory.household_closed");
        let into_closed = residence::NewResidence {
            dwelling: None,
            household: Some(empty.id),
            ..stay(fresh(), home.id, "2026-02-01", None)
        };
        assert_eq!(code(settle(&t.db, &here, into_closed)), "territory.outside_its_time");
        let new = NewHousehold {
            unit: there.id,
            dwelling: Some(home.id),
            head: None,
            register_kind: RegisterKind::Family,
            opened_on: day("2020-01-01"),
        };
        let ctx = keeper(&t.db, &there);
        let abroad = new.clone();
        let refused = write(&t.db, move |tx| household::create(tx, &ctx, &homes(), &abroad));
        assert_eq!(code(refused), "kernel.invalid", "a dwelling of others cannot be named");
        let (ctx, early) =
            (keeper(&t.db, &here), NewHousehold { unit: here.id, opened_on: day("1999-01-01"), ..new });
        let refused = write(&t.db, move |tx| household::create(tx, &ctx, &homes(), &early));
        assert_eq!(code(refused), "territory.outside_its_time");
    }
}

#[test]
fn a_household_splits_and_both_know_of_each_other() {
    for t in databases() {
        let (top, .., here, there) = town(&t);
        let (home, flat) = (build(&t.db, &here), build(&t.db, &there));
        let people: Vec<Id<Person>> = sorted((0..3).map(|_| fresh()).collect());
        let h = found(&t.db, &here, Some(&home), Some(people[0]));
        let r: Vec<_> = people.iter().map(|p| join(&t.db, &here, &h, *p, "2020-01-01")).collect();
        let stranger = settle(&t.db, &here, stay(fresh(), home.id, "2020-01-01", None)).unwrap();
        let all = [&r[0], &r[1], &r[2]];
        assert_eq!(code(split(&t.db, &top, &h, &[], |_| {})), "kernel.invalid");
        assert_eq!(code(split(&t.db, &top, &h, &all, |_| {})), "territory.split_takes_all");
        assert_eq!(code(split(&t.db, &top, &h, &[&r[1], &stranger], |_| {})), "territory.not_a_member");
        assert_eq!(code(split(&t.db, &top, &h, &[&r[0]], |_| {})), "territory.head_leaves");
        let head = |p: Id<Person>| move |s: &mut Split| s.head = Some(p);
        assert_eq!(code(split(&t.db, &top, &h, &[&r[1]], head(people[2]))), "territory.head_not_a_member");
        let rest = |p: Id<Person>| move |s: &mut Split| s.remaining_head = Some(p);
        assert_eq!(code(split(&t.db, &top, &h, &[&r[0]], rest(people[0]))), "territory.head_not_a_member");
        let early = |s: &mut Split| s.on = day("2019-01-01");
        assert_eq!(code(split(&t.db, &top, &h, &[&r[1]], early)), "territory.not_a_member");
        let late = |s: &mut Split| s.on = day("2026-12-01");
        assert_eq!(code(split(&t.db, &top, &h, &[&r[1]], late)), "kernel.invalid");
        let abroad = |s: &mut Split| s.dwelling = Some(flat.id);
        assert_eq!(code(split(&t.db, &here, &h, &[&r[1]], abroad)), "kernel.invalid");
        assert_eq!(read(&t.db, &top, h.id), h, "nothing came of it");

        let both = |s: &mut Split| {
            (s.head, s.remaining_head) = (Some(people[0]), Some(people[2]));
            (s.dwelling, s.register_kind) = (Some(flat.id), Some(RegisterKind::Unregistered));
        };
        let new = split(&t.db, &top, &h, &[&r[0], &r[1]], both).unwrap();
        assert_eq!((new.unit, new.head, new.dwelling), (there.id, Some(people[0]), Some(flat.id)));
        let old = read(&t.db, &top, h.id);
        assert_eq!((old.head, old.version), (Some(people[2]), 2));
        assert_eq!(members(&t.db, &top, h.id, "2026-06-01"), [(people[2], Some(home.id))]);
        assert_eq!(members(&t.db, &top, h.id, "2026-05-31").len(), 3, "as it was the day before");
        let moved = [(people[0], Some(flat.id)), (people[1], Some(flat.id))];
        assert_eq!(members(&t.db, &top, new.id, "2026-06-01"), moved);
        assert_eq!(
            history(&t.db, &top, h.id),
            [(ChangeKind::Opened, None), (ChangeKind::Split, Some(new.id))]
        );
        assert_eq!(history(&t.db, &top, new.id), [(ChangeKind::SplitFrom, Some(h.id))]);
    }
}

#[test]
fn households_merge_and_the_other_ends() {
    for t in databases() {
        let (top, .., here, there) = town(&t);
        let (home, flat) = (build(&t.db, &here), build(&t.db, &there));
        let (a, b): (Id<Person>, Id<Person>) = (fresh(), fresh());
        let h = found(&t.db, &here, Some(&home), Some(a));
        join(&t.db, &top, &h, a, "2020-01-01");
        let other = found(&t.db, &there, Some(&flat), Some(b));
        join(&t.db, &top, &other, b, "2020-01-01");
        assert_eq!(code(merge(&t.db, &top, &h, &h, "2026-06-01")), "territory.merge_with_itself");
        assert_eq!(code(merge(&t.db, &here, &h, &other, "2026-06-01")), "kernel.invalid", "not theirs");
        let stale = Household { version: 4, ..other.clone() };
        assert_eq!(code(merge(&t.db, &top, &h, &stale, "2026-06-01")), "kernel.stale");
        let stale = Household { version: 4, ..h.clone() };
        assert_eq!(code(merge(&t.db, &top, &stale, &other, "2026-06-01")), "kernel.stale");
        assert_eq!(code(merge(&t.db, &top, &h, &other, "1999-06-01")), "kernel.invalid");
        let merged = merge(&t.db, &top, &h, &other, "2026-06-01").unwrap();
        assert_eq!((merged.id, merged.version, merged.head), (h.id, 2, Some(a)));
        let both = sorted(vec![(a, Some(home.id)), (b, Some(home.id))]);
        assert_eq!(members(&t.db, &top, h.id, TODAY), both);
        let gone = read(&t.db, &top, other.id);
        assert_eq!(gone.life.to, Some(day("2026-06-01")));
        assert_eq!(members(&t.db, &top, other.id, "2026-05-31"), [(b, Some(flat.id))]);
        assert_eq!(history(&t.db, &top, h.id)[1], (ChangeKind::Merged, Some(other.id)));
        assert_eq!(history(&t.db, &top, other.id)[1], (ChangeKind::MergedInto, Some(h.id)));
        assert_eq!(code(merge(&t.db, &top, &merged, &gone, "2026-07-01")), "territory.household_closed");
    }
}

#[test]
fn a_household_moves_with_those_who_live_where_it_lives() {
    for t in databases() {
        let (top, .., here, there) = town(&t);
        let (home, flat, school) = (build(&t.db, &here), build(&t.db, &there), build(&t.db, &here));
        let (a, b): (Id<Person>, Id<Person>) = (fresh(), fresh());
        let h = found(&t.db, &here, Some(&home), Some(a));
        join(&t.db, &top, &h, a, "2020-01-01");
        let away =
            residence::NewResidence { household: Some(h.id), ..stay(b, school.id, "2020-01-01", None) };
        settle(&t.db, &top, away).unwrap();
        assert_eq!(code(go(&t.db, &top, &h, home.id, "2026-06-01")), "kernel.invalid", "it lives there");
        assert_eq!(code(go(&t.db, &here, &h, flat.id, "2026-06-01")), "kernel.invalid", "not theirs");
        assert_eq!(code(go(&t.db, &top, &h, fresh(), "2026-06-01")), "kernel.invalid");
        let moved = go(&t.db, &top, &h, flat.id, "2026-06-01").unwrap();
        assert_eq!((moved.unit, moved.dwelling), (there.id, Some(flat.id)));
        let now = sorted(vec![(a, Some(flat.id)), (b, Some(school.id))]);
        assert_eq!(members(&t.db, &top, h.id, TODAY), now);
        let before = sorted(vec![(a, Some(home.id)), (b, Some(school.id))]);
        assert_eq!(members(&t.db, &top, h.id, "2026-05-31"), before);
        assert_eq!(history(&t.db, &top, h.id)[1].0, ChangeKind::Moved);
        // Whoever keeps the household but not the place somebody lives in does not take them from there.
        let (only, id) = (&here, moved.id);
        let ctx = context(&t.db, fresh(), vec![grant(there.id, &there.path, KEEPING)]);
        let other_flat = build(&t.db, &there);
        let back = write(&t.db, move |tx| {
            moves::relocate(tx, &ctx, &homes(), id, 2, other_flat.id, day("2026-07-01"))
        });
        assert!(back.is_ok(), "{back:?}: b lives at {} and is not moved", only.name);
        assert_eq!(
            members(&t.db, &top, h.id, TODAY)[..].iter().find(|m| m.0 == b).unwrap().1,
            Some(school.id)
        );
    }
}

#[test]
fn of_two_who_split_merge_or_move_at_once_one_is_told_to_read_again() {
    for t in databases() {
        let (top, .., here, _) = town(&t);
        let home = build(&t.db, &here);
        let h = found(&t.db, &here, Some(&home), None);
        let r: Vec<_> = (0..4).map(|_| join(&t.db, &here, &h, fresh(), "2020-01-01")).collect();
        let other = found(&t.db, &here, None, None);
        let away = build(&t.db, &here);
        let outcomes = std::thread::scope(|s| {
            let (db, top, h, other, r) = (&t.db, &top, &h, &other, &r);
            let away = away.id;
            let tries = [
                s.spawn(move || split(db, top, h, &[&r[0], &r[1]], |_| {})),
                s.spawn(move || split(db, top, h, &[&r[1], &r[2]], |_| {})),
                s.spawn(move || merge(db, top, h, other, "2026-06-01")),
                s.spawn(move || merge(db, top, other, h, "2026-06-01")),
                s.spawn(move || go(db, top, h, away, "2026-06-01")),
            ];
            tries.map(|t| t.join().unwrap())
        });
        let won = outcomes.iter().filter(|o| o.is_ok()).count();
        assert_eq!(won, 1, "{outcomes:?}");
        let ids = [h.id, other.id].into_iter().chain(outcomes.iter().flatten().map(|h| h.id));
        let ids: std::collections::BTreeSet<_> = ids.collect();
        let people: usize = ids.iter().map(|id| members(&t.db, &top, *id, TODAY).len()).sum();
        assert_eq!(people, 4, "nobody is lost or doubled");
    }
}

#[test]
fn a_household_of_more_people_than_one_deed_takes_is_refused_until_some_have_moved() {
    for t in databases() {
        let (top, .., here, there) = town(&t);
        let (home, flat) = (build(&t.db, &here), build(&t.db, &there));
        let (h, other) = (found(&t.db, &here, Some(&home), None), found(&t.db, &here, None, None));
        let all: Vec<Residence> = (0..201).map(|_| join(&t.db, &here, &h, fresh(), "2020-01-01")).collect();
        let too_many = "territory.too_many_members";
        assert_eq!(code(split(&t.db, &top, &h, &[&all[0]], |_| {})), too_many);
        assert_eq!(code(merge(&t.db, &top, &other, &h, "2026-06-01")), too_many);
        assert_eq!(code(go(&t.db, &top, &h, flat.id, "2026-06-01")), too_many);
        assert_eq!(read(&t.db, &top, h.id), h, "nothing came of it");
        assert_eq!(history(&t.db, &top, h.id).len(), 1);
        // One moves by themselves, and the others are no more than go at once.
        let (ctx, id, version) = (keeper(&t.db, &top), all[0].id, all[0].version);
        let to =
            Destination { dwelling: Some(flat.id), household: None, resident_type: None, relation: None };
        let on = day("2026-06-01");
        write(&t.db, move |tx| residence_change::relocate(tx, &ctx, &homes(), id, version, &to, on)).unwrap();
        let half: Vec<&Residence> = all[1..101].iter().collect();
        let new = split(&t.db, &top, &h, &half, |_| {}).unwrap();
        let of = |id| {
            let ctx = keeper(&t.db, &top);
            let filter = Filter {
                person: None,
                dwelling: None,
                household: Some(id),
                resident_type: None,
                state: State::Current,
                on,
                after: None,
            };
            let size = PageSize::new(200).unwrap();
            let page = t.db.read_blocking(move |tx| residence::list(tx, &ctx, None, &filter, None, size, 7));
            page.unwrap().items.len()
        };
        assert_eq!((of(h.id), of(new.id)), (100, 100));
    }
}
