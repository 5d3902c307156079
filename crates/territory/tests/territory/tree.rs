//! The tree against a naive one: random deeds, and after them every question has the same answer in both.

use std::collections::HashMap;

use contracts::UnitTree;
use kernel::id::Unit as UnitId;
use kernel::{Id, Instant, Outcome, PageSize};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use storage::Db;
use territory::service::look_up::{self, Filter};
use territory::service::update::Changes;
use territory::service::{dissolve, history, relocate, update};
use territory::{Unit, Units};
use testkit::TestDb;

use crate::fakes::{databases, manager, plant, ports, root, somebody};

/// A deed; numbers choose among the units that are there.
#[derive(Debug, Clone)]
enum Deed {
    Plant(usize),
    Move(usize, usize),
    Rename(usize),
    Dissolve(usize),
    Remember,
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => any::<usize>().prop_map(Deed::Plant),
        4 => (any::<usize>(), any::<usize>()).prop_map(|(a, b)| Deed::Move(a, b)),
        1 => any::<usize>().prop_map(Deed::Rename),
        1 => any::<usize>().prop_map(Deed::Dissolve),
        2 => Just(Deed::Remember),
    ]
}

/// A unit in the naive tree.
#[derive(Debug, Clone, PartialEq)]
struct Node {
    parent: Option<Id<UnitId>>,
    name: String,
    closed: bool,
    version: i64,
}

type Model = HashMap<Id<UnitId>, Node>;

fn ancestors(model: &Model, id: Id<UnitId>) -> Vec<Id<UnitId>> {
    let mut all = Vec::new();
    let mut next = model[&id].parent;
    while let Some(parent) = next {
        all.push(parent);
        next = model[&parent].parent;
    }
    all.reverse();
    all
}

fn height(model: &Model, id: Id<UnitId>) -> usize {
    let depth = ancestors(model, id).len();
    model
        .keys()
        .filter(|k| ancestors(model, **k).contains(&id))
        .map(|k| ancestors(model, *k).len() - depth)
        .max()
        .unwrap_or(0)
}

/// One run: a tree, its naive twin, and the twins of the moments that were remembered.
struct Run<'a> {
    db: &'a Db,
    top: Unit,
    model: Model,
    ids: Vec<Id<UnitId>>,
    moments: Vec<(Instant, Model)>,
}

impl<'a> Run<'a> {
    fn new(db: &'a Db, top: &Unit) -> Self {
        let own = plant(db, top, "一次", "custom").unwrap();
        let node = Node { parent: None, name: own.name.clone(), closed: false, version: 1 };
        Self { db, model: HashMap::from([(own.id, node)]), ids: vec![own.id], top: own, moments: Vec::new() }
    }

    fn pick(&self, n: usize) -> Id<UnitId> {
        self.ids[n % self.ids.len()]
    }

    fn act(&mut self, deed: &Deed) {
        match deed {
            Deed::Plant(n) => self.plant(self.pick(*n)),
            Deed::Move(a, b) => self.relocate(self.pick(*a), self.pick(*b)),
            Deed::Rename(n) => self.rename(self.pick(*n)),
            Deed::Dissolve(n) => self.dissolve(self.pick(*n)),
            Deed::Remember => self.moments.push((self.db.clock().now(), self.model.clone())),
        }
        // Facts of one microsecond cannot be told apart by time: let the clock go on.
        std::thread::sleep(std::time::Duration::from_micros(50));
    }

    fn plant(&mut self, parent: Id<UnitId>) {
        let name = format!("单元{}", self.ids.len());
        let below = Unit { id: parent, ..self.top.clone() };
        let outcome = plant(self.db, &below, &name, "custom");
        // One above the run's own top, and twenty at most.
        let fits = !self.model[&parent].closed && ancestors(&self.model, parent).len() + 3 <= 20;
        assert_eq!(outcome.is_ok(), fits, "{outcome:?}");
        if let Ok(unit) = outcome {
            self.model.insert(unit.id, Node { parent: Some(parent), name, closed: false, version: 1 });
            self.ids.push(unit.id);
        }
    }

    fn relocate(&mut self, id: Id<UnitId>, to: Id<UnitId>) {
        let (ctx, version) = (manager(self.db, &self.top), self.model[&id].version);
        let outcome: Outcome<Unit> =
            self.db.write_blocking(move |tx| relocate::relocate(tx, &ctx, &ports(), id, version, to));
        let model = &self.model;
        let fits = model[&id].parent.is_some()
            && id != to
            && !ancestors(model, to).contains(&id)
            && !model[&id].closed
            && !model[&to].closed
            && model[&id].parent != Some(to)
            && ancestors(model, to).len() + 3 + height(model, id) <= 20;
        assert_eq!(outcome.is_ok(), fits, "{outcome:?}");
        if outcome.is_ok() {
            let node = self.model.get_mut(&id).unwrap();
            node.parent = Some(to);
            node.version += 1;
        }
    }

    fn rename(&mut self, id: Id<UnitId>) {
        let node = self.model[&id].clone();
        let (ctx, name) = (manager(self.db, &self.top), format!("{}改", node.name));
        let changes = Changes { name: Some(name.clone()), ..Changes::default() };
        let outcome = self.db.write_blocking(move |tx| update::update(tx, &ctx, id, node.version, &changes));
        assert_eq!(outcome.is_ok(), !node.closed && name.chars().count() <= 100, "{outcome:?}");
        if outcome.is_ok() {
            let node = self.model.get_mut(&id).unwrap();
            node.name = name;
            node.version += 1;
        }
    }

    fn dissolve(&mut self, id: Id<UnitId>) {
        let node = self.model[&id].clone();
        if node.parent.is_none() {
            return;
        }
        let ctx = manager(self.db, &self.top);
        let outcome =
            self.db.write_blocking(move |tx| dissolve::dissolve(tx, &ctx, &ports(), id, node.version));
        let alone = !self.model.values().any(|n| n.parent == Some(id) && !n.closed);
        assert_eq!(outcome.is_ok(), alone && !node.closed, "{outcome:?}");
        if outcome.is_ok() {
            let node = self.model.get_mut(&id).unwrap();
            node.closed = true;
            node.version += 1;
        }
    }

    /// Now: who is above whom, who is in whose subtree, who hangs below whom.
    fn compare_now(&self) {
        let ids = self.ids.clone();
        let found = self.db.read_blocking(move |tx| Units.units(tx, &ids)).unwrap();
        assert_eq!(found.len(), self.ids.len());
        for a in &found {
            let node = &self.model[&a.id];
            assert_eq!((&a.name, a.closed), (&node.name, node.closed));
            let path = a.path.clone();
            let lineage = self.db.read_blocking(move |tx| Units.lineage(tx, &path)).unwrap();
            let mut wanted = ancestors(&self.model, a.id);
            wanted.push(a.id);
            assert_eq!(lineage.iter().skip(1).map(|u| u.id).collect::<Vec<_>>(), wanted);
            for b in &found {
                let below = a.id == b.id || ancestors(&self.model, b.id).contains(&a.id);
                assert_eq!(a.path.contains(&b.path), below);
            }
            let (ctx, filter) = (somebody(self.db), Filter { parent_id: Some(a.id), ..Filter::default() });
            let size = PageSize::new(200).unwrap();
            let children =
                self.db.read_blocking(move |tx| look_up::list(tx, &ctx, &filter, None, size, 0)).unwrap();
            let mut wanted: Vec<_> =
                self.model.iter().filter(|(_, n)| n.parent == Some(a.id)).map(|(id, _)| *id).collect();
            wanted.sort();
            assert_eq!(children.items.iter().map(|c| c.unit.id).collect::<Vec<_>>(), wanted);
        }
    }

    /// Then: names and ancestry of every unit at every remembered moment.
    fn compare_then(&self) {
        for (at, model) in &self.moments {
            for id in &self.ids {
                let (ctx, id, at) = (somebody(self.db), *id, *at);
                let seen = self.db.read_blocking(move |tx| history::as_of(tx, &ctx, id, at));
                let Some(node) = model.get(&id) else {
                    assert_eq!(seen.unwrap_err().code().unwrap().code, "kernel.not_found", "not here yet");
                    continue;
                };
                let (then, above) = seen.unwrap();
                assert_eq!((&then.name, then.closed), (&node.name, node.closed));
                let above: Vec<_> = above.iter().skip(1).map(|u| u.id).collect();
                assert_eq!(above, ancestors(model, id));
            }
        }
    }
}

#[test]
fn the_tree_answers_as_a_naive_one_does_now_and_for_every_moment() {
    for t in databases() {
        let top = root(&t.db);
        let cases = if t.db.engine().name() == "sqlite" { 24 } else { 12 };
        let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
        runner
            .run(&prop::collection::vec(deed(), 1..40), |deeds| {
                let mut run = Run::new(&t.db, &top);
                for deed in &deeds {
                    run.act(deed);
                }
                run.compare_now();
                run.compare_then();
                Ok(())
            })
            .unwrap();
    }
}

#[test]
fn history_is_paged_newest_first() {
    for t in databases() {
        let unit = changed_often(&t);
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let (ctx, size, from) = (somebody(&t.db), PageSize::new(3).unwrap(), after.take());
            let page =
                t.db.read_blocking(move |tx| history::list(tx, &ctx, unit.id, from.as_ref(), size, 9))
                    .unwrap();
            assert!(page.items.len() <= 3);
            seen.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen.iter().map(|e| e.version).collect::<Vec<_>>(), (1..=8).rev().collect::<Vec<_>>());
        assert_eq!(seen[0].valid_until, None);
        assert!(seen.windows(2).all(|w| w[1].valid_until == Some(w[0].valid_from)), "without a gap");
        assert!(seen.iter().skip(1).all(|e| e.changed_by.is_some()));
    }
}

fn changed_often(t: &TestDb) -> Unit {
    let top = root(&t.db);
    let mut unit = plant(&t.db, &top, "名", "custom").unwrap();
    for n in 1..8 {
        let (ctx, id) = (manager(&t.db, &top), unit.id);
        let changes = Changes { name: Some(format!("名{n}")), ..Changes::default() };
        unit = t.db.write_blocking(move |tx| update::update(tx, &ctx, id, n, &changes)).unwrap();
    }
    unit
}

#[test]
fn lists_are_paged_and_found_by_the_beginning_of_a_name() {
    for t in databases() {
        let top = root(&t.db);
        for n in 0..7 {
            plant(&t.db, &top, if n % 2 == 0 { "横沥" } else { "横沥社区" }, "custom").unwrap();
        }
        plant(&t.db, &top, "纵沥", "custom").unwrap();
        for (prefix, parent, wanted) in [
            (Some("横沥"), None, 7),
            (Some("横沥社"), Some(top.id), 3),
            (Some("沥"), None, 0),
            (None, Some(top.id), 8),
        ] {
            let filter =
                Filter { name_prefix: prefix.map(str::to_owned), parent_id: parent, ..Filter::default() };
            let mut seen = Vec::new();
            let mut after = None;
            loop {
                let (ctx, size, from, filter) =
                    (somebody(&t.db), PageSize::new(2).unwrap(), after.take(), filter.clone());
                let page =
                    t.db.read_blocking(move |tx| look_up::list(tx, &ctx, &filter, from.as_ref(), size, 0))
                        .unwrap();
                seen.extend(page.items.into_iter().map(|p| p.unit.id));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            let all = seen.len();
            seen.sort();
            seen.dedup();
            assert_eq!((all, seen.len()), (wanted, wanted), "{prefix:?}");
        }
    }
}
