//! The tree of categories, the rules that hang on it, and the incidents that are in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use contracts::SpanUnit;
use grid::model::category::{Found, Resolved};
use grid::model::{Category, CategoryKind, Priority, Requirement, Rule, Says, Term};
use grid::service::categories::{self as deeds, Change, NewCategory};
use grid::service::see::Shown;
use grid::service::{categorise, category_rules, resolve};
use grid::store::categories::{self, Filter};
use kernel::error::Fault;
use kernel::id::{Category as CategoryId, Unit};
use kernel::{Context, Id, Outcome};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::world::*;

pub fn manager(w: &World, unit: usize) -> Context {
    w.person("管类", unit, &["grid.category.manage"])
}

pub fn standard(w: &World, name: &str, code: &str, parent: Option<&Category>) -> NewCategory {
    NewCategory {
        parent: parent.map(|p| p.id),
        unit: w.unit(DISTRICT),
        kind: CategoryKind::Event,
        name: name.into(),
        code: Some(code.into()),
        local: false,
    }
}

pub fn local(w: &World, name: &str, unit: usize, parent: Option<&Category>) -> NewCategory {
    NewCategory { code: None, local: true, unit: w.unit(unit), ..standard(w, name, "", parent) }
}

pub fn make(w: &World, who: &Context, new: NewCategory) -> Outcome<Category> {
    let who = w.now(who);
    w.write(move |tx, s| deeds::create(tx, &who, s, &new))
}

pub fn change(w: &World, who: &Context, it: &Category, change: Change) -> Outcome<Category> {
    let (who, id, version) = (w.now(who), it.id, it.version);
    w.write(move |tx, s| deeds::change(tx, &who, s, id, version, &change))
}

pub fn hang(w: &World, who: &Context, it: &Category, parent: Option<&Category>) -> Outcome<Category> {
    change(w, who, it, Change { parent: Some(parent.map(|p| p.id)), ..Change::default() })
}

pub fn retire(w: &World, who: &Context, it: &Category) -> Outcome<Category> {
    let (who, id, version) = (w.now(who), it.id, it.version);
    w.write(move |tx, s| deeds::retire(tx, &who, s, id, version))
}

pub fn put(w: &World, who: &Context, it: &Category, unit: usize, version: i64, says: Says) -> Outcome<Rule> {
    let (who, id, unit) = (w.now(who), it.id, w.unit(unit));
    w.write(move |tx, s| category_rules::put(tx, &who, s, id, unit, version, &says))
}

pub fn holds(w: &World, who: &Context, id: Id<CategoryId>, unit: usize) -> Outcome<Resolved> {
    let (who, unit) = (w.now(who), w.unit(unit));
    w.read(move |tx, s| resolve::asked(tx, &who, s, id, unit))
}

pub fn give(w: &World, who: &Context, i: &Shown, it: &Category) -> Outcome<Shown> {
    let (who, id, version, category) = (w.now(who), i.incident.id, i.incident.version, it.id);
    w.write(move |tx, s| categorise::categorise(tx, &who, s, id, version, category))
}

pub fn priority(priority: Priority) -> Says {
    Says { priority: Some(priority), ..Says::default() }
}

/// The code of a refusal, and the fields it names.
pub fn told<T: std::fmt::Debug>(outcome: Outcome<T>) -> (&'static str, Vec<String>) {
    match outcome.expect_err("is refused") {
        Fault::Refused(r) => (r.code.code, r.fields.iter().map(|f| f.pointer.to_string()).collect()),
        _ => ("trouble", Vec::new()),
    }
}

pub fn names(w: &World, who: &Context, within: Option<usize>, filter: Filter) -> Vec<String> {
    let (who, within) = (w.now(who), within.map(|n| w.unit(n)));
    let all = w.read(move |tx, s| deeds::list(tx, &who, s, within, &filter, 100)).unwrap();
    all.into_iter().map(|c| c.name).collect()
}

#[test]
fn a_category_is_made_only_where_it_belongs() {
    for w in World::each() {
        let boss = manager(&w, DISTRICT);
        let top = make(&w, &boss, standard(&w, "市容环境", "4419000100", None)).unwrap();
        assert_eq!((top.depth, top.version, top.local), (1, 1, false));
        let town = make(&w, &boss, local(&w, "集市", TOWN1, Some(&top))).unwrap();
        assert_eq!((town.depth, town.parent, town.code.as_deref()), (2, Some(top.id), None));
        let refused = |new: NewCategory, code: &str, field: &str| {
            assert_eq!(told(make(&w, &boss, new)), (code_of(code), vec![field.to_owned()]));
        };
        let below_top = |name: &str| standard(&w, name, "4419000101", Some(&top));
        for bad in ["441900010", "44190001011", "44190001a1", "４４１９０００１０１"] {
            let new = NewCategory { code: Some(bad.into()), ..below_top("坏") };
            assert_eq!(told(make(&w, &boss, new)), ("kernel.invalid", vec!["/code".to_owned()]), "{bad}");
        }
        refused(NewCategory { code: None, ..below_top("无码") }, "kernel.invalid", "/code");
        refused(NewCategory { name: "  ".into(), ..below_top("") }, "kernel.invalid", "/name");
        refused(
            NewCategory { unit: w.unit(TOWN1), ..below_top("镇") },
            "grid.category_not_standard",
            "/unit_id",
        );
        refused(standard(&w, "下", "4419000109", Some(&town)), "grid.category_not_standard", "/parent_id");
        let component = NewCategory { kind: CategoryKind::Component, ..below_top("井盖") };
        refused(component, "grid.category_kind_differs", "/parent_id");
        refused(local(&w, "外", TOWN2, Some(&town)), "grid.category_outside_unit", "/parent_id");
        refused(local(&w, "上", DISTRICT, Some(&town)), "grid.category_outside_unit", "/parent_id");
        let nowhere = NewCategory { parent: Some(testkit::fresh()), ..below_top("无") };
        refused(nowhere, "kernel.invalid", "/parent_id");
        refused(NewCategory { unit: testkit::fresh(), ..below_top("无") }, "kernel.invalid", "/unit_id");
        let again = standard(&w, "同码", "4419000100", None);
        assert_eq!(code(make(&w, &boss, again)), "grid.category_code_taken");
        let same = NewCategory { code: Some("4419000100".into()), ..local(&w, "同码", TOWN1, None) };
        assert_eq!(code(make(&w, &boss, same)), "grid.category_code_taken");
        w.tree.0.lock().get_mut(&w.unit(C2B)).unwrap().closed = true;
        refused(local(&w, "撤", C2B, None), "grid.unit_closed", "/unit_id");
    }
}

fn code_of(code: &str) -> &'static str {
    grid::error::CODES.iter().chain([&&kernel::error::INVALID]).find(|c| c.code == code).unwrap().code
}

#[test]
fn the_tree_has_six_levels_and_no_ring() {
    for w in World::each() {
        let boss = manager(&w, DISTRICT);
        let mut line = vec![make(&w, &boss, local(&w, "1", DISTRICT, None)).unwrap()];
        for n in 2..=6 {
            let next = make(&w, &boss, local(&w, &n.to_string(), DISTRICT, line.last())).unwrap();
            assert_eq!(next.depth, n);
            line.push(next);
        }
        let seventh = make(&w, &boss, local(&w, "7", DISTRICT, line.last()));
        assert_eq!(told(seventh), ("grid.category_too_deep", vec!["/parent_id".to_owned()]));
        for below in &line {
            let ring = hang(&w, &boss, &line[0], Some(below));
            assert_eq!(told(ring), ("grid.category_ring", vec!["/parent_id".to_owned()]));
        }
        let pair = make(&w, &boss, local(&w, "甲", DISTRICT, None)).unwrap();
        make(&w, &boss, local(&w, "乙", DISTRICT, Some(&pair))).unwrap();
        let too_deep = hang(&w, &boss, &pair, Some(&line[4]));
        assert_eq!(code(too_deep), "grid.category_too_deep", "what is below it has no room");
        let pair = hang(&w, &boss, &pair, Some(&line[3])).unwrap();
        assert_eq!((pair.depth, pair.version), (5, 2));
        // A whole branch moves to the top, and everything below with it.
        let moved = hang(&w, &boss, &line[3], None).unwrap();
        assert_eq!((moved.depth, moved.parent), (1, None));
        is_sound(&w);
        let at = |n: usize| {
            let id = line[n].id;
            w.read(move |tx, _| Ok((categories::find(tx, id)?, categories::lineage(tx, id)?))).unwrap()
        };
        let (last, above) = at(5);
        let above: Vec<String> = above.into_iter().map(|(_, name)| name).collect();
        assert_eq!((last.unwrap().depth, above), (3, vec!["6".to_owned(), "5".to_owned(), "4".to_owned()]));
    }
}

/// The index of the tree is what the parents say, and so are the levels.
fn is_sound(w: &World) {
    w.read(|tx, _| {
        let units = categories::units(tx)?;
        let all = categories::list(tx, &Filter { units, retired: true, ..Filter::default() }, 1_000)?;
        let parents: BTreeMap<_, _> = all.iter().map(|c| (c.id, c.parent)).collect();
        for category in &all {
            let (mut above, mut at) = (vec![category.id], category.id);
            while let Some(parent) = parents[&at] {
                assert!(!above.contains(&parent), "a ring");
                above.push(parent);
                at = parent;
            }
            let indexed: Vec<_> =
                categories::lineage(tx, category.id)?.into_iter().map(|(id, _)| id).collect();
            assert_eq!((indexed, i32::try_from(above.len()).unwrap()), (above, category.depth));
        }
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_move_keeps_kind_and_unit() {
    for w in World::each() {
        let boss = manager(&w, DISTRICT);
        let top = make(&w, &boss, standard(&w, "市容", "4419000100", None)).unwrap();
        let other = make(&w, &boss, standard(&w, "街面", "4419000500", None)).unwrap();
        let thing =
            NewCategory { kind: CategoryKind::Component, ..standard(&w, "设施", "4419000600", None) };
        let thing = make(&w, &boss, thing).unwrap();
        let town = make(&w, &boss, local(&w, "东镇类", TOWN1, None)).unwrap();
        let deep = make(&w, &boss, local(&w, "社区类", C1A, Some(&town))).unwrap();
        let west = make(&w, &boss, local(&w, "西镇类", TOWN2, None)).unwrap();
        assert_eq!(code(hang(&w, &boss, &deep, Some(&thing))), "grid.category_kind_differs");
        assert_eq!(code(hang(&w, &boss, &deep, Some(&west))), "grid.category_outside_unit");
        assert_eq!(code(hang(&w, &boss, &top, Some(&town))), "grid.category_not_standard");
        let gone = retire(&w, &boss, &other).unwrap();
        assert_eq!(
            told(hang(&w, &boss, &deep, Some(&gone))),
            ("grid.category_retired", vec!["/parent_id".into()])
        );
        assert_eq!(hang(&w, &boss, &deep, Some(&top)).unwrap().depth, 2);
        assert_eq!(code(hang(&w, &boss, &deep, None)), "kernel.stale", "the version is of before");
        let clear = Change { code: Some(None), ..Change::default() };
        assert_eq!(told(change(&w, &boss, &top, clear)), ("kernel.invalid", vec!["/code".into()]));
        let renamed = Change { name: Some("市容市貌".into()), ..Change::default() };
        assert_eq!(change(&w, &boss, &top, renamed).unwrap().name, "市容市貌");
        is_sound(&w);
    }
}

#[test]
fn of_two_moves_that_would_make_a_ring_one_is_refused() {
    for w in World::each() {
        let w = Arc::new(w);
        let boss = manager(&w, DISTRICT);
        for n in 0..8 {
            let mut pair =
                [0, 1].map(|m| make(&w, &boss, local(&w, &format!("{n}{m}"), DISTRICT, None)).unwrap());
            let threads: Vec<_> = (0..2)
                .map(|_| {
                    let (w, boss, [it, to]) = (Arc::clone(&w), boss.clone(), pair.clone());
                    pair.reverse();
                    std::thread::spawn(move || {
                        hang(&w, &boss, &it, Some(&to)).map_err(|f| f.code().map(|c| c.code))
                    })
                })
                .collect();
            let all: Vec<_> = threads.into_iter().map(|t| t.join().unwrap()).collect();
            let refused: Vec<_> = all.iter().filter_map(|o| o.as_ref().err()).collect();
            assert_eq!(refused, [&Some("grid.category_ring")], "{all:?}");
        }
        is_sound(&w);
    }
}

#[test]
fn a_category_is_retired_once_nothing_live_is_below_it() {
    for w in World::each() {
        let boss = manager(&w, DISTRICT);
        let top = make(&w, &boss, local(&w, "上", DISTRICT, None)).unwrap();
        let low = make(&w, &boss, local(&w, "下", DISTRICT, Some(&top))).unwrap();
        assert_eq!(code(retire(&w, &boss, &top)), "grid.category_has_children");
        let low = retire(&w, &boss, &low).unwrap();
        assert_eq!(code(retire(&w, &boss, &low)), "grid.category_retired");
        assert_eq!(code(hang(&w, &boss, &low, None)), "grid.category_retired");
        let says = priority(Priority::High);
        assert_eq!(code(put(&w, &boss, &low, DISTRICT, 0, says)), "grid.category_retired");
        let top = retire(&w, &boss, &top).unwrap();
        let below = make(&w, &boss, local(&w, "新", DISTRICT, Some(&top)));
        assert_eq!(told(below), ("grid.category_retired", vec!["/parent_id".to_owned()]));
        assert!(names(&w, &boss, None, Filter::default()).is_empty());
        let all = Filter { retired: true, ..Filter::default() };
        assert_eq!(names(&w, &boss, None, all), ["上", "下"]);
    }
}

#[test]
fn another_subtree_neither_sees_nor_changes_what_is_local() {
    for w in World::each() {
        let (boss, east, west) = (manager(&w, DISTRICT), manager(&w, TOWN1), manager(&w, TOWN2));
        let top = make(&w, &boss, standard(&w, "市容", "4419000100", None)).unwrap();
        let mine = make(&w, &east, local(&w, "集市", TOWN1, Some(&top))).unwrap();
        assert_eq!(code(make(&w, &east, local(&w, "越界", TOWN2, None))), "kernel.forbidden");
        assert_eq!(code(make(&w, &east, standard(&w, "越权", "4419000200", None))), "kernel.forbidden");
        assert_eq!(code(change(&w, &east, &top, Change::default())), "kernel.forbidden");
        assert_eq!(code(change(&w, &west, &mine, Change::default())), "kernel.not_found");
        assert_eq!(code(retire(&w, &west, &mine)), "kernel.not_found");
        assert_eq!(told(make(&w, &west, local(&w, "借", TOWN2, Some(&mine)))).0, "kernel.invalid");
        let says = || priority(Priority::High);
        assert_eq!(code(put(&w, &west, &mine, TOWN2, 0, says())), "kernel.not_found");
        assert_eq!(code(put(&w, &west, &top, TOWN1, 0, says())), "kernel.forbidden");
        assert_eq!(code(put(&w, &boss, &mine, TOWN2, 0, says())), "grid.category_not_here");
        assert_eq!(code(holds(&w, &boss, mine.id, TOWN2)), "grid.category_not_here");
        assert_eq!(code(holds(&w, &west, mine.id, TOWN1)), "kernel.not_found");
        put(&w, &west, &top, TOWN2, 0, says()).unwrap();
        let all = Filter::default;
        let nobody = w.person_with("无", Vec::new());
        assert_eq!(names(&w, &boss, None, all()), ["市容", "集市"]);
        assert_eq!(names(&w, &w.worker(), None, all()), ["市容", "集市"], "below the unit");
        assert_eq!(names(&w, &west, None, all()), ["市容"]);
        assert_eq!(names(&w, &nobody, None, all()), ["市容"]);
        assert_eq!(names(&w, &boss, Some(C1B), all()), ["市容", "集市"]);
        assert_eq!(names(&w, &boss, Some(C2A), all()), ["市容"]);
        assert_eq!(names(&w, &west, Some(C1B), all()), ["市容"]);
        let sought = |text: &str| Filter { text: Some(text.into()), ..Filter::default() };
        assert_eq!(names(&w, &boss, None, sought("集")), ["集市"]);
        assert_eq!(names(&w, &boss, None, sought("44190001")), ["市容"]);
        assert!(names(&w, &boss, None, sought("%")).is_empty(), "a sign of patterns is a sign");
        let below = Filter { parent: Some(top.id), ..Filter::default() };
        assert_eq!(names(&w, &boss, None, below), ["集市"]);
        let things = Filter { kind: Some(CategoryKind::Component), ..Filter::default() };
        assert!(names(&w, &boss, None, things).is_empty());
    }
}

#[test]
fn a_unit_with_live_categories_is_not_empty() {
    use contracts::UnitTenant;
    for w in World::each() {
        let boss = manager(&w, DISTRICT);
        let it = make(&w, &boss, local(&w, "集市", TOWN1, None)).unwrap();
        let tenants = || {
            let (ctx, unit) = (w.now(&boss), w.unit(TOWN1));
            let all = w.write(move |tx, _| grid::service::Follow.tenants(tx, &ctx, unit)).unwrap();
            all.into_iter().map(|t| (t.what, t.count)).collect::<Vec<_>>()
        };
        assert_eq!(tenants(), [("categories", 1)]);
        retire(&w, &boss, &it).unwrap();
        assert_eq!(tenants(), []);
    }
}

#[test]
fn a_rule_is_written_at_the_version_that_was_read() {
    for w in World::each() {
        let boss = manager(&w, DISTRICT);
        let it = make(&w, &boss, local(&w, "类", DISTRICT, None)).unwrap();
        let term = |count| Says {
            accept_within: Some(Term { count, unit: SpanUnit::WorkingHours }),
            ..Says::default()
        };
        assert_eq!(code(put(&w, &boss, &it, TOWN1, 0, Says::default())), "grid.rule_says_nothing");
        for count in [0, -1, 87_841] {
            let refused = told(put(&w, &boss, &it, TOWN1, 0, term(count)));
            assert_eq!(refused, ("kernel.invalid", vec!["/accept_within/count".to_owned()]));
        }
        let nobody = Says { department: Some(testkit::fresh()), ..Says::default() };
        assert_eq!(told(put(&w, &boss, &it, TOWN1, 0, nobody)).1, ["/department_id"]);
        assert_eq!(code(put(&w, &boss, &it, TOWN1, 1, term(4))), "kernel.stale", "there is none yet");
        let twice = vec![Requirement::Address, Requirement::Point, Requirement::Address];
        let says = Says { requires: Some(twice), ..term(10_000) };
        let rule = put(&w, &boss, &it, TOWN1, 0, says).unwrap();
        assert_eq!(rule.says.requires, Some(vec![Requirement::Point, Requirement::Address]));
        assert_eq!(code(put(&w, &boss, &it, TOWN1, 0, term(4))), "kernel.stale");
        let rule = put(&w, &boss, &it, TOWN1, 1, term(4)).unwrap();
        assert_eq!((rule.version, rule.says.requires), (2, None), "what is left out is said no more");
        let remove = |version| {
            let (who, id, unit) = (w.now(&boss), it.id, w.unit(TOWN1));
            w.write(move |tx, s| category_rules::remove(tx, &who, s, id, unit, version))
        };
        assert_eq!(code(remove(1)), "kernel.stale");
        remove(2).unwrap();
        assert_eq!(code(remove(2)), "kernel.not_found");
        assert_eq!(holds(&w, &boss, it.id, TOWN1).unwrap(), Resolved::default());
    }
}

#[test]
fn a_field_comes_from_the_nearest_category_and_within_it_from_the_nearest_unit() {
    for w in World::each() {
        let boss = manager(&w, DISTRICT);
        let top = make(&w, &boss, local(&w, "市容", DISTRICT, None)).unwrap();
        let low = make(&w, &boss, local(&w, "垃圾", DISTRICT, Some(&top))).unwrap();
        let says = |p: Priority| priority(p);
        put(&w, &boss, &top, DISTRICT, 0, says(Priority::Low)).unwrap();
        let asked = |unit: usize| {
            let found = holds(&w, &boss, low.id, unit).unwrap().priority.unwrap();
            (found.value, found.category.1, found.unit.1)
        };
        let told = |p: Priority, category: &str, unit: &str| (p, category.to_owned(), unit.to_owned());
        assert_eq!(asked(C1A), told(Priority::Low, "市容", "横沥区"));
        put(&w, &boss, &top, C1A, 0, says(Priority::Urgent)).unwrap();
        assert_eq!(asked(C1A), told(Priority::Urgent, "市容", "一社区"));
        assert_eq!(asked(C1B), told(Priority::Low, "市容", "横沥区"));
        // The category's own rule goes before that of one above, however far up its unit is.
        put(&w, &boss, &low, DISTRICT, 0, says(Priority::Normal)).unwrap();
        assert_eq!(asked(C1A), told(Priority::Normal, "垃圾", "横沥区"));
        put(&w, &boss, &low, TOWN1, 0, says(Priority::High)).unwrap();
        assert_eq!(asked(C1A), told(Priority::High, "垃圾", "东镇"));
        assert_eq!(asked(C2A), told(Priority::Normal, "垃圾", "横沥区"));
        assert_eq!(holds(&w, &boss, top.id, C1A).unwrap().priority.unwrap().value, Priority::Urgent);
        // The other fields go their own ways; an empty list is said, and not left out.
        let needs = |all: Vec<Requirement>| Says { requires: Some(all), ..Says::default() };
        put(&w, &boss, &top, TOWN1, 0, needs(vec![Requirement::Point])).unwrap();
        let found = holds(&w, &boss, low.id, C1A).unwrap().requires.unwrap();
        assert_eq!((found.value, found.unit.1.as_str()), (vec![Requirement::Point], "东镇"));
        put(&w, &boss, &low, C1A, 0, needs(Vec::new())).unwrap();
        assert_eq!(holds(&w, &boss, low.id, C1A).unwrap().requires.unwrap().value, []);
        assert_eq!(holds(&w, &boss, low.id, DISTRICT).unwrap().requires, None);
    }
}

/// A rule at every third place or so, and what a walk up the tree, one step at a time, finds.
#[test]
fn what_holds_is_what_a_walk_finds() {
    let drawn = proptest::collection::btree_map((0_usize..4, 0_usize..7), (0_usize..5, 0_usize..5), 0..12);
    for w in World::each() {
        let boss = manager(&w, DISTRICT);
        let mut runner =
            TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
        runner
            .run(&drawn, |drawn| {
                let mut line: Vec<Category> = Vec::new();
                for n in 0..4 {
                    line.push(make(&w, &boss, local(&w, &n.to_string(), DISTRICT, line.last())).unwrap());
                }
                let value = |n: usize| Priority::ALL.get(n).copied();
                let term = |n: usize| {
                    let count = i32::try_from(n).unwrap();
                    (n > 0).then_some(Term { count, unit: SpanUnit::CalendarDays })
                };
                let mut said = BTreeMap::new();
                for ((category, unit), (p, t)) in drawn {
                    let says = Says { priority: value(p), resolve_within: term(t), ..Says::default() };
                    if says != Says::default() {
                        put(&w, &boss, &line[category], unit, 0, says.clone()).unwrap();
                        said.insert((line[category].id, w.unit(unit)), says);
                    }
                }
                for category in &line {
                    for unit in 0..7 {
                        let found = holds(&w, &boss, category.id, unit).unwrap();
                        let by_priority = walk(&w, &line, category, unit, &said, |s| s.priority);
                        let by_term = walk(&w, &line, category, unit, &said, |s| s.resolve_within);
                        prop_assert_eq!(found.priority.map(short), by_priority);
                        prop_assert_eq!(found.resolve_within.map(short), by_term);
                    }
                }
                Ok(())
            })
            .unwrap();
    }
}

type Short<T> = (T, Id<CategoryId>, Id<Unit>);

fn short<T>(found: Found<T>) -> Short<T> {
    (found.value, found.category.0, found.unit.0)
}

fn walk<T>(
    w: &World,
    line: &[Category],
    from: &Category,
    unit: usize,
    said: &BTreeMap<(Id<CategoryId>, Id<Unit>), Says>,
    field: impl Fn(&Says) -> Option<T>,
) -> Option<Short<T>> {
    let mut category = Some(from);
    while let Some(at) = category {
        let mut path = Some(w.path(unit));
        while let Some(here) = path {
            let id = w.tree.0.lock().values().find(|u| u.path == here).unwrap().id;
            if let Some(value) = said.get(&(at.id, id)).and_then(&field) {
                return Some((value, at.id, id));
            }
            path = here.parent();
        }
        category = line.iter().find(|c| Some(c.id) == at.parent);
    }
    None
}
