//! Who lives where: the rules, their refusals, races, and a model that is compared day by day.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Days, NaiveDate};
use kernel::id::{self, Person};
use kernel::{Id, Outcome, PageSize};
use proptest::prelude::*;
use storage::Db;
use territory::Unit;
use territory::model::{Relation, Residence, ResidentType};
use territory::service::homes::{Homes, Names, Wanted};
use territory::service::population;
use territory::service::residence::{self, Filter, NewResidence, State};
use territory::service::residence_change::{self as changes, Correction, Destination};
use testkit::fresh;

use crate::fakes::{databases, plant, root};
use crate::homes::town;
use crate::settling::*;

fn end(db: &Db, unit: &Unit, r: &Residence, to: &str) -> Outcome<Residence> {
    let (ctx, id, version, to) = (keeper(db, unit), r.id, r.version, day(to));
    write(db, move |tx| changes::end(tx, &ctx, &homes(), id, version, to))
}

fn go(db: &Db, unit: &Unit, r: &Residence, to: Id<id::Dwelling>, on: &str) -> Outcome<Residence> {
    let (ctx, id, version, on) = (keeper(db, unit), r.id, r.version, day(on));
    let to = Destination { dwelling: Some(to), household: None, resident_type: None, relation: None };
    write(db, move |tx| changes::relocate(tx, &ctx, &homes(), id, version, &to, on))
}

fn become_(db: &Db, unit: &Unit, r: &Residence, kind: ResidentType, on: &str) -> Outcome<Residence> {
    let (ctx, id, version, on) = (keeper(db, unit), r.id, r.version, day(on));
    write(db, move |tx| changes::change_type(tx, &ctx, &homes(), id, version, kind, on))
}

fn correct(db: &Db, unit: &Unit, r: &Residence, to: Correction) -> Outcome<Residence> {
    let (ctx, id, version) = (keeper(db, unit), r.id, r.version);
    write(db, move |tx| changes::correct(tx, &ctx, &homes(), id, version, &to, "登记有误"))
}

fn void(db: &Db, unit: &Unit, r: &Residence) -> Outcome<Residence> {
    let (ctx, id, version) = (keeper(db, unit), r.id, r.version);
    write(db, move |tx| changes::void(tx, &ctx, id, version, "登记有误"))
}

fn now(db: &Db, unit: &Unit, id: Id<id::Residence>) -> Residence {
    let ctx = keeper(db, unit);
    db.read_blocking(move |tx| residence::find(tx, &ctx, id)).unwrap()
}

/// Everything on record of somebody, by `state` on `on`.
fn of(db: &Db, unit: &Unit, person: Id<Person>, state: State, on: NaiveDate) -> Vec<Residence> {
    let ctx = keeper(db, unit);
    let filter = Filter {
        person: Some(person),
        dwelling: None,
        household: None,
        resident_type: None,
        state,
        on,
        after: None,
    };
    let all = PageSize::new(200).unwrap();
    db.read_blocking(move |tx| residence::list(tx, &ctx, None, &filter, None, all, 7)).unwrap().items
}

#[test]
fn somebody_moves_in_elsewhere_and_out_and_all_of_it_stays_on_record() {
    for t in databases() {
        let (top, .., here, there) = town(&t);
        let (a, b) = (build(&t.db, &here), build(&t.db, &there));
        let person = fresh();
        let first = settle(&t.db, &here, stay(person, a.id, "2020-05-01", None)).unwrap();
        assert_eq!((first.unit, &first.path), (here.id, &here.path));
        assert_eq!(
            code(go(&t.db, &here, &first, b.id, "2024-01-01")),
            "kernel.invalid",
            "not theirs to name"
        );
        let second = go(&t.db, &top, &first, b.id, "2024-01-01").unwrap();
        assert_eq!((second.unit, second.stay.from, second.stay.to), (there.id, day("2024-01-01"), None));
        let first = now(&t.db, &top, first.id);
        assert_eq!((first.stay.to, first.version), (Some(day("2024-01-01")), 2));
        let third = become_(&t.db, &top, &second, ResidentType::Registered, "2025-07-01").unwrap();
        assert_eq!((third.dwelling, third.resident_type), (Some(b.id), ResidentType::Registered));
        let gone = end(&t.db, &top, &third, "2026-11-01").unwrap();
        assert_eq!(gone.stay.to, Some(day("2026-11-01")));
        for (on, lives) in [
            ("2020-04-30", None),
            ("2020-05-01", Some((a.id, ResidentType::Floating))),
            ("2023-12-31", Some((a.id, ResidentType::Floating))),
            ("2024-01-01", Some((b.id, ResidentType::Floating))),
            ("2025-07-01", Some((b.id, ResidentType::Registered))),
            ("2026-10-31", Some((b.id, ResidentType::Registered))),
            ("2026-11-01", None),
        ] {
            let found = of(&t.db, &top, person, State::Current, day(on));
            let found: Vec<_> = found.iter().map(|r| (r.dwelling.unwrap(), r.resident_type)).collect();
            assert_eq!(found, lives.into_iter().collect::<Vec<_>>(), "{on}");
        }
        assert_eq!(of(&t.db, &top, person, State::Ended, day(TODAY)).len(), 3);
        assert_eq!(code(end(&t.db, &top, &gone, "2026-11-02")), "territory.residence_ended");
        assert_eq!(code(go(&t.db, &top, &gone, a.id, "2026-11-02")), "territory.residence_ended");
    }
}

#[test]
fn what_cannot_be_is_refused() {
    for t in databases() {
        let (top, .., here, _) = town(&t);
        let (a, b) = (build(&t.db, &here), build(&t.db, &here));
        let person = fresh();
        let try_ = |new: NewResidence| code(settle(&t.db, &top, new));
        assert_eq!(try_(stay(person, a.id, "2020-01-01", Some("2020-01-01"))), "kernel.invalid");
        assert_eq!(try_(stay(person, a.id, "2026-11-25", None)), "kernel.invalid", "not yet");
        assert_eq!(try_(stay(person, a.id, "2020-01-01", Some("2200-01-01"))), "kernel.invalid");
        assert_eq!(try_(stay(person, a.id, "1999-12-31", None)), "territory.outside_its_time");
        assert_eq!(try_(stay(person, fresh(), "2020-01-01", None)), "kernel.invalid");
        assert_eq!(
            try_(NewResidence { dwelling: None, ..stay(person, a.id, "2020-01-01", None) }),
            "kernel.invalid"
        );
        let r = settle(&t.db, &top, stay(person, a.id, "2020-01-01", None)).unwrap();
        assert_eq!(try_(stay(person, a.id, "2021-01-01", None)), "territory.lives_there_already");
        assert_eq!(try_(stay(person, b.id, "2021-01-01", Some("2021-02-01"))), "territory.lives_elsewhere");
        assert_eq!(try_(stay(person, b.id, "2019-01-01", Some("2020-01-02"))), "territory.lives_elsewhere");
        settle(&t.db, &top, stay(person, b.id, "2019-01-01", Some("2020-01-01"))).unwrap();
        let beside = NewResidence { is_main: false, ..stay(person, b.id, "2020-01-01", None) };
        let beside = settle(&t.db, &top, beside).unwrap();
        assert_eq!(code(go(&t.db, &top, &r, b.id, "2026-01-01")), "territory.lives_there_already");
        let main = Correction { is_main: Some(true), ..Correction::default() };
        assert_eq!(code(correct(&t.db, &top, &beside, main)), "territory.lives_elsewhere");
        assert_eq!(
            code(correct(&t.db, &top, &r, Correction::default())),
            "kernel.invalid",
            "nothing is different"
        );
        let later = Correction { from: Some(day("2026-11-25")), ..Correction::default() };
        assert_eq!(code(correct(&t.db, &top, &r, later)), "kernel.invalid");
        assert_eq!(code(become_(&t.db, &top, &r, ResidentType::Floating, "2026-01-01")), "kernel.invalid");
        assert_eq!(
            code(become_(&t.db, &top, &r, ResidentType::Registered, "2019-12-31")),
            "territory.residence_ended"
        );
        assert_eq!(code(become_(&t.db, &top, &r, ResidentType::Registered, "2026-11-25")), "kernel.invalid");
        assert_eq!(code(end(&t.db, &top, &r, "2020-01-01")), "kernel.invalid");
        let stale = Residence { version: 9, ..r.clone() };
        assert_eq!(code(end(&t.db, &top, &stale, "2026-01-01")), "kernel.stale");
        assert_eq!(code(void(&t.db, &top, &stale)), "kernel.stale");
        let (ctx, id) = (keeper(&t.db, &top), r.id);
        let mute = write(&t.db, move |tx| changes::void(tx, &ctx, id, 1, " "));
        assert_eq!(code(mute), "kernel.invalid");
        let voided = void(&t.db, &top, &r).unwrap();
        assert_eq!(code(void(&t.db, &top, &voided)), "territory.record_voided");
        assert_eq!(code(end(&t.db, &top, &voided, "2026-01-01")), "territory.record_voided");
        settle(&t.db, &top, stay(person, a.id, "2020-01-01", None)).unwrap();
    }
}

#[test]
fn an_end_that_is_put_off_does_not_reach_into_the_next_stay() {
    for t in databases() {
        let (top, .., here, _) = town(&t);
        let (a, b) = (build(&t.db, &here), build(&t.db, &here));
        let person = fresh();
        let r = settle(&t.db, &top, stay(person, a.id, "2020-01-01", Some("2026-12-01"))).unwrap();
        let r = end(&t.db, &top, &r, "2026-11-10").unwrap();
        assert_eq!(code(end(&t.db, &top, &r, "2027-01-01")), "territory.residence_ended", "that is past");
        settle(&t.db, &top, stay(person, b.id, "2026-11-10", Some("2026-12-01"))).unwrap();
        let other = fresh();
        let x = settle(&t.db, &top, stay(other, a.id, "2020-01-01", Some("2026-12-01"))).unwrap();
        let y = Correction { to: Some(Some(day("2026-06-01"))), ..Correction::default() };
        let y = correct(&t.db, &top, &x, y).unwrap();
        settle(&t.db, &top, stay(other, b.id, "2026-06-01", None)).unwrap();
        let longer = Correction { to: Some(None), ..Correction::default() };
        assert_eq!(code(correct(&t.db, &top, &y, longer)), "territory.lives_elsewhere");
    }
}

#[test]
fn a_correction_leaves_the_wrong_record_and_says_why() {
    for t in databases() {
        let (top, .., here, _) = town(&t);
        let a = build(&t.db, &here);
        let person = fresh();
        let wrong = settle(&t.db, &top, stay(person, a.id, "2021-01-01", None)).unwrap();
        let to = Correction {
            from: Some(day("2020-01-01")),
            resident_type: Some(ResidentType::NonRegistered),
            relation: Some(Some(Relation::Child)),
            ..Correction::default()
        };
        let right = correct(&t.db, &top, &wrong, to).unwrap();
        assert_eq!((right.corrects, right.relation), (Some(wrong.id), Some(Relation::Child)));
        let wrong = now(&t.db, &top, wrong.id);
        assert_eq!(wrong.voided.as_ref().unwrap().reason, "登记有误");
        assert_eq!(of(&t.db, &top, person, State::Voided, day(TODAY)), [wrong]);
        assert_eq!(of(&t.db, &top, person, State::Current, day("2020-06-01")), std::slice::from_ref(&right));
        assert_eq!(of(&t.db, &top, person, State::All, day(TODAY)).len(), 2);
        let (ctx, id) = (keeper(&t.db, &top), right.id);
        let plain = write(&t.db, move |tx| changes::relate(tx, &ctx, id, 1, Ok(None))).unwrap();
        assert_eq!((plain.relation, plain.version), (None, 2));
        // One that is overtaken on the day it began was not true for a day.
        let b = build(&t.db, &here);
        let next = go(&t.db, &top, &plain, b.id, "2020-01-01").unwrap();
        assert!(now(&t.db, &top, plain.id).voided.is_some());
        assert_eq!(of(&t.db, &top, person, State::Current, day("2020-01-01")), [next]);
    }
}

#[test]
fn people_are_asked_for_and_those_who_are_not_on_record_are_refused() {
    for t in databases() {
        let (.., here, _) = town(&t);
        let a = build(&t.db, &here);
        let (known, erased): (Id<Person>, Id<Person>) = (fresh(), fresh());
        let people = Register(Arc::new(BTreeMap::from([
            (known, ("张**".into(), false)),
            (erased, ("".into(), true)),
        ])));
        let asked = Homes { people: Some(Arc::new(people)), today: day(TODAY) };
        for (person, refused) in [(fresh(), true), (erased, true), (known, false)] {
            let (ctx, homes) = (keeper(&t.db, &here), asked.clone());
            let new = stay(person, a.id, "2020-01-01", None);
            let done = write(&t.db, move |tx| residence::create(tx, &ctx, &homes, &new));
            assert_eq!(done.is_err(), refused);
        }
        let mut wanted = Wanted::default();
        wanted.people.insert(known);
        wanted.dwellings.insert(a.id);
        wanted.units.insert(here.id);
        let names = t.db.read_blocking(move |tx| Names::of(tx, &asked, wanted.clone())).unwrap();
        assert_eq!((names.person(known), names.person(erased)), ("张**".to_owned(), String::new()));
        assert_eq!((names.dwelling(a.id), names.unit(here.id)), (a.address, here.name));
    }
}

#[test]
fn however_many_say_at_once_where_somebody_lives_one_is_believed() {
    for t in databases() {
        let (top, .., here, _) = town(&t);
        for round in 0..4 {
            let homes: Vec<_> = (0..6).map(|_| build(&t.db, &here)).collect();
            let person = fresh();
            let won: usize = std::thread::scope(|s| {
                let tries: Vec<_> = homes
                    .iter()
                    .enumerate()
                    .map(|(i, d)| {
                        // Some without an end, some that would only overlap: the index alone would let those through.
                        let to = (i % 2 == 1).then_some("2030-01-01");
                        let new = stay(person, d.id, &format!("2020-01-0{}", i + 1), to);
                        let (db, top) = (&t.db, &top);
                        s.spawn(move || settle(db, top, new))
                    })
                    .collect();
                tries
                    .into_iter()
                    .map(|h| match h.join().unwrap() {
                        Ok(_) => 1,
                        Err(fault) => {
                            assert_eq!(fault.code().map(|c| c.code), Some("territory.lives_elsewhere"));
                            0
                        }
                    })
                    .sum()
            });
            assert_eq!(won, 1, "round {round}");
            let r = of(&t.db, &top, person, State::Current, day(TODAY)).pop().unwrap();
            // The same record is moved by several at once: one gets it.
            let won: usize = std::thread::scope(|s| {
                let free: Vec<_> = homes.iter().filter(|d| Some(d.id) != r.dwelling).collect();
                let (db, top, r) = (&t.db, &top, &r);
                let tries: Vec<_> = free
                    .into_iter()
                    .map(|d| {
                        let to = d.id;
                        s.spawn(move || go(db, top, r, to, "2025-01-01"))
                    })
                    .collect();
                tries.into_iter().map(|h| usize::from(h.join().unwrap().is_ok())).sum()
            });
            assert_eq!(won, 1);
            assert_eq!(of(&t.db, &top, person, State::Current, day(TODAY)).len(), 1);
        }
    }
}

/// A deed of the model: person, home and day by number.
#[derive(Debug, Clone)]
enum Deed {
    Settle { person: usize, home: usize, from: u64, length: Option<u64>, kind: usize },
    End { which: usize, at: u64 },
    Go { which: usize, home: usize, on: u64 },
    Become { which: usize, kind: usize, on: u64 },
    Correct { which: usize, from: u64, length: Option<u64> },
    Void { which: usize },
}

fn deed() -> impl Strategy<Value = Deed> {
    let length = || proptest::option::of(1_u64..12);
    let which = || 0..64_usize;
    prop_oneof![
        4 => (0..3_usize, 0..3_usize, 0..20_u64, length(), 0..3_usize)
            .prop_map(|(person, home, from, length, kind)| Deed::Settle { person, home, from, length, kind }),
        2 => (which(), 0..24_u64).prop_map(|(which, at)| Deed::End { which, at }),
        2 => (which(), 0..3_usize, 0..20_u64).prop_map(|(which, home, on)| Deed::Go { which, home, on }),
        2 => (which(), 0..3_usize, 0..20_u64).prop_map(|(which, kind, on)| Deed::Become { which, kind, on }),
        1 => (which(), 0..20_u64, length()).prop_map(|(which, from, length)| Deed::Correct { which, from, length }),
        1 => which().prop_map(|which| Deed::Void { which }),
    ]
}

/// The days of the model: the last of them is today.
fn nth(n: u64) -> NaiveDate {
    day("2026-11-04") + Days::new(n)
}

/// What the model believes: who is where, as what, on which day.
type Believed = BTreeMap<(usize, NaiveDate), (Id<id::Dwelling>, ResidentType)>;

struct Played<'a> {
    db: &'a Db,
    top: &'a Unit,
    people: Vec<Id<Person>>,
    homes: Vec<Id<id::Dwelling>>,
    /// Record → person, by the order of making.
    made: Vec<(Id<id::Residence>, usize)>,
    believed: Believed,
}

const HORIZON: u64 = 40;

impl Played<'_> {
    fn days(from: u64, to: Option<u64>) -> impl Iterator<Item = NaiveDate> {
        (from..to.unwrap_or(HORIZON)).map(nth)
    }

    fn forget(&mut self, person: usize, from: u64, to: Option<u64>) {
        for on in Self::days(from, to) {
            self.believed.remove(&(person, on));
        }
    }

    /// Plays a deed on both, and holds the answers together: what the model can do is done, the rest is refused.
    fn play(&mut self, deed: &Deed) {
        let which = |which: usize, made: &[(Id<id::Residence>, usize)]| {
            (!made.is_empty()).then(|| made[which % made.len()])
        };
        let span = |r: &Residence| {
            let at = |d: NaiveDate| u64::try_from((d - nth(0)).num_days()).unwrap();
            (at(r.stay.from), r.stay.to.map(at))
        };
        match *deed {
            Deed::Settle { person, home, from, length, kind } => {
                let to = length.map(|l| from + l);
                let free = Self::days(from, to).all(|d| !self.believed.contains_key(&(person, d)));
                let kind = ResidentType::ALL[kind];
                let mut new = stay(self.people[person], self.homes[home], TODAY, None);
                new.resident_type = kind;
                new.stay = territory::model::Period { from: nth(from), to: to.map(nth) };
                let done = settle(self.db, self.top, new);
                assert_eq!(done.is_ok(), free, "{deed:?}: {done:?}");
                if let Ok(r) = done {
                    self.made.push((r.id, person));
                    let home = self.homes[home];
                    self.believed.extend(Self::days(from, to).map(|d| ((person, d), (home, kind))));
                }
            }
            Deed::End { which: n, at } => {
                let Some((id, person)) = which(n, &self.made) else { return };
                let r = now(self.db, self.top, id);
                let (from, to) = span(&r);
                let runs = r.voided.is_none() && to.is_none_or(|to| to > 20);
                let free = to.is_none_or(|to| {
                    Self::days(to, Some(at)).all(|d| !self.believed.contains_key(&(person, d)))
                });
                let done = end(self.db, self.top, &r, &nth(at).to_string());
                assert_eq!(done.is_ok(), runs && at > from && free, "{deed:?} of {r:?}: {done:?}");
                if done.is_ok() {
                    let (home, kind) = (r.dwelling.unwrap(), r.resident_type);
                    self.forget(person, from, to);
                    self.believed.extend(Self::days(from, Some(at)).map(|d| ((person, d), (home, kind))));
                }
            }
            Deed::Go { which: n, home, on } => self.follow(which(n, &self.made), on, Some(home), None, deed),
            Deed::Become { which: n, kind, on } => {
                self.follow(which(n, &self.made), on, None, Some(ResidentType::ALL[kind]), deed);
            }
            Deed::Correct { which: n, from, length } => {
                let Some((id, person)) = which(n, &self.made) else { return };
                let r = now(self.db, self.top, id);
                let (old_from, old_to) = span(&r);
                let to = length.map(|l| from + l);
                let same = (from, to) == (old_from, old_to);
                let theirs = |d: NaiveDate| r.stay.has(d);
                let free =
                    Self::days(from, to).all(|d| theirs(d) || !self.believed.contains_key(&(person, d)));
                let change =
                    Correction { from: Some(nth(from)), to: Some(to.map(nth)), ..Correction::default() };
                let done = correct(self.db, self.top, &r, change);
                assert_eq!(done.is_ok(), r.voided.is_none() && !same && free, "{deed:?} of {r:?}: {done:?}");
                if let Ok(next) = done {
                    self.made.push((next.id, person));
                    let (home, kind) = (r.dwelling.unwrap(), r.resident_type);
                    self.forget(person, old_from, old_to);
                    self.believed.extend(Self::days(from, to).map(|d| ((person, d), (home, kind))));
                }
            }
            Deed::Void { which: n } => {
                let Some((id, person)) = which(n, &self.made) else { return };
                let r = now(self.db, self.top, id);
                let done = void(self.db, self.top, &r);
                assert_eq!(done.is_ok(), r.voided.is_none());
                if done.is_ok() {
                    let (from, to) = span(&r);
                    self.forget(person, from, to);
                }
            }
        }
    }

    fn follow(
        &mut self,
        which: Option<(Id<id::Residence>, usize)>,
        on: u64,
        home: Option<usize>,
        kind: Option<ResidentType>,
        deed: &Deed,
    ) {
        let Some((id, person)) = which else { return };
        let r = now(self.db, self.top, id);
        let on_day = nth(on).to_string();
        let runs = r.voided.is_none() && r.stay.has(nth(on));
        let done = match (home, kind) {
            (Some(home), _) => go(self.db, self.top, &r, self.homes[home], &on_day),
            (None, Some(kind)) => become_(self.db, self.top, &r, kind, &on_day),
            (None, None) => unreachable!("one of the two"),
        };
        assert_eq!(done.is_ok(), runs && kind != Some(r.resident_type), "{deed:?} of {r:?}: {done:?}");
        if let Ok(next) = done {
            self.made.push((next.id, person));
            let (home, kind) = (next.dwelling.unwrap(), next.resident_type);
            let to = r.stay.to.map(|d| u64::try_from((d - nth(0)).num_days()).unwrap());
            self.believed.extend(Self::days(on, to).map(|d| ((person, d), (home, kind))));
        }
    }

    /// Every day is as the model believes: for each person, and in the counts.
    fn compare(&self) {
        for n in 0..=20 {
            let on = nth(n);
            let mut counts: BTreeMap<ResidentType, i64> = ResidentType::ALL.iter().map(|t| (*t, 0)).collect();
            for (i, person) in self.people.iter().enumerate() {
                let there = of(self.db, self.top, *person, State::Current, on);
                let there: Vec<_> = there.iter().map(|r| (r.dwelling.unwrap(), r.resident_type)).collect();
                let believed = self.believed.get(&(i, on)).copied();
                assert_eq!(there, believed.into_iter().collect::<Vec<_>>(), "person {i} on {on}");
                if let Some((_, kind)) = believed {
                    *counts.entry(kind).or_default() += 1;
                }
            }
            let (ctx, top) = (keeper(self.db, self.top), self.top.id);
            let end = ctx.now.plus_days(2);
            let counted =
                self.db.read_blocking(move |tx| population::count(tx, &ctx, &homes(), top, on, end)).unwrap();
            assert_eq!(counted.residents, counts, "on {on}");
            assert_eq!(counted.total(), counts.values().sum::<i64>());
        }
    }
}

#[test]
fn every_day_is_as_a_calendar_would_have_it() {
    for t in databases() {
        let top = root(&t.db);
        let unit = plant(&t.db, &top, "市", "city").unwrap();
        let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
            cases: 24,
            failure_persistence: None,
            ..ProptestConfig::default()
        });
        runner
            .run(&proptest::collection::vec(deed(), 1..24), |deeds| {
                // A place of its own for each case: counts are of nobody else.
                let own = plant(&t.db, &unit, "区", "district").unwrap();
                let homes: Vec<_> = (0..3).map(|_| build(&t.db, &own).id).collect();
                let people = (0..3).map(|_| fresh()).collect();
                let mut played =
                    Played { db: &t.db, top: &own, people, homes, made: vec![], believed: Believed::new() };
                deeds.iter().for_each(|d| played.play(d));
                played.compare();
                Ok(())
            })
            .unwrap();
    }
}
