//! Figures: the engine's sums against one call after the other, and who reads them.

use std::collections::BTreeMap;

use kernel::id::Unit;
use kernel::{BuiltinRole, Context, Id, Instant, Outcome, PageSize};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use whistles::model::{Call, Counts, State};
use whistles::service::figures::{self, Asked, Figures};
use whistles::store::calls;

use crate::world::*;

fn read(
    w: &World,
    who: &Context,
    unit: usize,
    from: Instant,
    until: Instant,
) -> Outcome<(Id<Unit>, Vec<Figures>)> {
    let (who, unit) = (w.now(who), w.unit(unit));
    w.write(move |tx, s| {
        let (mut all, mut after, mut district) = (Vec::new(), None, None);
        loop {
            let size = PageSize::new(2).unwrap();
            let (of, page) = figures::read(tx, &who, s, unit, Asked { from, until, after }, size, 7)?;
            all.extend(page.items);
            district = district.or(Some(of.id));
            after = page.next.map(|c| Id::from_uuid(c.after));
            if after.is_none() {
                return Ok((district.unwrap(), all));
            }
        }
    })
}

/// A row as chance has it: whatever can stand in the table, not only what deeds lead to.
#[derive(Debug, Clone)]
struct Chance {
    department: usize,
    state: usize,
    blown: i64,
    /// Report due, result due, reported, result, declined, withdrawn: seconds after it was blown.
    at: [i64; 6],
    has: [bool; 4],
    grade: Option<i32>,
}

fn chance() -> impl Strategy<Value = Chance> {
    let at = proptest::array::uniform6(0_i64..8);
    let has = proptest::array::uniform4(any::<bool>());
    (0..4_usize, 0..State::ALL.len(), 0_i64..10, at, has, proptest::option::of(1..=5)).prop_map(
        |(department, state, blown, at, has, grade)| Chance { department, state, blown, at, has, grade },
    )
}

fn row(w: &World, sample: &Call, base: Instant, c: &Chance) -> Call {
    let unit = [URBAN, MARKET, FIRE, TOWN][c.department];
    let state = State::ALL[c.state];
    let blown_at = base.plus_seconds(c.blown);
    let when = |n: usize| blown_at.plus_seconds(c.at[n]);
    let if_any = |n: usize| c.has[n].then(|| when(n + 2));
    Call {
        id: testkit::fresh(),
        incident: testkit::fresh(),
        unit: w.unit(unit),
        path: w.path(unit),
        state,
        report_due: when(0),
        result_due: when(0).plus_seconds(c.at[1]),
        blown_at,
        reported_at: if_any(0),
        result_at: if_any(1),
        declined_at: if_any(2),
        withdrawn_at: if_any(3),
        grade: c.grade,
        over_at: state.is_over().then_some(blown_at),
        ..sample.clone()
    }
}

#[test]
fn the_sums_of_the_engine_are_those_of_one_call_after_the_other() {
    for w in World::each() {
        let (_, _, sample) = w.blow(&[URBAN]);
        w.pass(1_000 * 24 * HOUR);
        let reader = w.handler(URBAN);
        let mut runner =
            TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
        let rows = proptest::collection::vec(chance(), 0..40);
        runner
            .run(&rows, |chances| {
                // Each case has a month of its own.
                let base = w.pass(30 * 24 * HOUR);
                let rows: Vec<Call> = chances.iter().map(|c| row(&w, &sample[0], base, c)).collect();
                let kept = rows.clone();
                w.write(move |tx, _| calls::insert(tx, &kept)).unwrap();
                let (from, until) = (base.plus_seconds(2), base.plus_seconds(8));
                // Some deadlines have passed, some have not.
                let who = Context { now: base.plus_seconds(9), ..reader.clone() };
                let id = w.unit(C1);
                let found = w
                    .write(move |tx, s| {
                        let asked = Asked { from, until, after: None };
                        figures::read(tx, &who, s, id, asked, PageSize::DEFAULT, 7)
                    })
                    .unwrap();
                let mut naive: BTreeMap<Id<Unit>, Counts> = BTreeMap::new();
                let district = w.path(DISTRICT);
                for call in rows.iter().filter(|c| district.contains(&c.path)) {
                    let counts = Counts::of(call, base.plus_seconds(9));
                    if from <= call.blown_at && call.blown_at < until && counts.called > 0 {
                        let sum = naive.entry(call.unit).or_default();
                        *sum = sum.and(counts);
                    }
                }
                let told: BTreeMap<Id<Unit>, Counts> =
                    found.1.items.into_iter().map(|f| (f.unit, f.counts)).collect();
                prop_assert_eq!(told, naive);
                Ok(())
            })
            .unwrap();
    }
}

#[test]
fn figures_are_what_the_departments_did_with_their_denominators() {
    for w in World::each() {
        let start = w.pass(1);
        let (secretary, _, calls) = w.blow(&[URBAN, MARKET, FIRE]);
        let (_, _, more) = w.blow(&[URBAN, MARKET]);
        let (_, _, excused) = w.blow(&[MARKET]);
        let urban = w.handler(URBAN);
        let come = w.report_in(&urban, &calls[0]).unwrap();
        let done = w.result(&urban, &come, "好了").unwrap();
        w.grade(&secretary, &done, 4).unwrap();
        let declined = w.decline(&w.handler(MARKET), &excused[0], "不属管辖").unwrap();
        w.decide(&secretary, &declined, true, "").unwrap();
        w.withdraw(&secretary, &more[1], "撤").unwrap();
        let read_now = |who: &Context| read(&w, who, C1, start, w.pass(1)).unwrap();
        let (district, running) = read_now(&urban);
        assert_eq!(
            (district, running.len()),
            (w.unit(DISTRICT), 2),
            "the department of another district is not among them"
        );
        let of = |all: &[Figures], n: usize| all.iter().find(|f| f.unit == w.unit(n)).unwrap().counts;
        let one = Counts {
            called: 2,
            due: 1,
            reported: 1,
            in_time: 1,
            result_due: 1,
            results: 1,
            results_in_time: 1,
            grades: 1,
            stars: 4,
        };
        assert_eq!(of(&running, URBAN), one, "what still runs is due to nobody");
        assert_eq!(of(&running, MARKET), Counts { called: 1, ..Counts::default() });
        w.pass(2 * HOUR);
        let late = w.report_in(&urban, &more[0]).unwrap();
        w.grade(&secretary, &calls[1], 1).unwrap();
        let (_, all) = read_now(&urban);
        assert_eq!(of(&all, URBAN), Counts { called: 2, due: 2, reported: 2, ..one });
        assert_eq!(of(&all, MARKET), Counts { called: 1, due: 1, grades: 1, stars: 1, ..Counts::default() });
        w.withdraw(&secretary, &late, "已自行处置").unwrap();
        assert_eq!(of(&read_now(&urban).1, URBAN).called, 2, "who came stays counted");
        assert_eq!(read(&w, &urban, C1, start.plus_days(-9), start).unwrap().1, vec![]);
    }
}

#[test]
fn what_is_taken_back_after_the_deadline_stays_counted() {
    for w in World::each() {
        let start = w.pass(1);
        let (secretary, _, calls) = w.blow(&[URBAN]);
        w.pass(2 * HOUR);
        w.withdraw(&secretary, &calls[0], "算了").unwrap();
        let (_, all) = read(&w, &secretary, C1, start, w.pass(1)).unwrap();
        assert_eq!(all[0].counts, Counts { called: 1, due: 1, ..Counts::default() });
    }
}

#[test]
fn figures_are_read_inside_the_district_and_by_nobody_outside() {
    for w in World::each() {
        let start = w.pass(1);
        w.blow(&[URBAN, FIRE]);
        let ask =
            |who: &Context, unit: usize| read(&w, who, unit, start, w.pass(1)).map(|(d, all)| (d, all.len()));
        let (here, there) = (Ok::<_, ()>((w.unit(DISTRICT), 1)), Ok::<_, ()>((w.unit(OTHER), 1)));
        for inside in [
            w.person(C2, &["grid.incident.report"]),
            w.person(DISTRICT, &[]),
            w.handler(MARKET),
            w.role(BuiltinRole::Resident, TOWN),
        ] {
            for unit in [DISTRICT, C1, URBAN, TOWN] {
                assert_eq!(ask(&inside, unit).map_err(drop), here);
            }
            assert_eq!(code(ask(&inside, FIRE)), "kernel.not_found");
            assert_eq!(code(ask(&inside, OTHER)), "kernel.not_found");
        }
        assert_eq!(ask(&w.handler(FIRE), OTHER).map_err(drop), there);
        assert_eq!(code(ask(&w.handler(FIRE), C1)), "kernel.not_found");
        assert_eq!(code(ask(&w.with(vec![]), C1)), "kernel.not_found", "whoever holds nothing is nowhere");
        assert_eq!(
            code(ask(&w.person(CITY, &["grid.incident.report"]), C1)),
            "kernel.not_found",
            "above is not inside"
        );
        assert_eq!(
            ask(&w.role(BuiltinRole::Inspector, CITY), C1).map_err(drop),
            here,
            "who reads every whistle reads the sums"
        );
        let mut ended = testkit::grant(w.unit(C1), &w.path(C1), &[]);
        ended.until = Some(start);
        assert_eq!(code(ask(&w.with(vec![ended]), C1)), "kernel.not_found");
        let who = w.now(&w.handler(URBAN));
        let nowhere = w.write(move |tx, s| {
            let asked = Asked { from: start, until: start, after: None };
            figures::read(tx, &who, s, testkit::fresh(), asked, PageSize::DEFAULT, 7)
        });
        assert_eq!(code(nowhere), "kernel.not_found");
    }
}

#[test]
fn where_there_is_no_district_the_root_is_it() {
    for w in World::each() {
        for u in w.tree.0.lock().values_mut() {
            if u.kind == "district" {
                u.kind = "county".into();
            }
        }
        let start = w.pass(1);
        w.blow(&[URBAN, FIRE]);
        let found = read(&w, &w.person(C2, &[]), C1, start, w.pass(1)).unwrap();
        assert_eq!((found.0, found.1.len()), (w.unit(CITY), 2));
    }
}
