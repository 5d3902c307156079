//! A tree that stands until it is told to move, people with names, and records of what they did.

use std::collections::BTreeMap;
use std::sync::Arc;

use audit::permission::{ExportTrail, ReadTrail};
use audit::{Tree, Users};
use contracts::{UnitRef, UnitTree, UserDirectory, UserRef};
use kernel::id::{Unit, User};
use kernel::permission::Permit;
use kernel::{Context, Id, Instant, Outcome, UnitPath};
use parking_lot::Mutex;
use serde_json::json;
use storage::audit::{Entry, record, record_for, seal_in_places};
use storage::{lease, migrate};
use testkit::{TestDb, fresh, grant};

#[derive(Default)]
pub struct FakeTree(pub Mutex<BTreeMap<Id<Unit>, UnitRef>>);

impl<T> UnitTree<T> for FakeTree {
    fn unit(&self, _: &mut T, id: Id<Unit>) -> Outcome<Option<UnitRef>> {
        Ok(self.0.lock().get(&id).cloned())
    }
    fn units(&self, _: &mut T, ids: &[Id<Unit>]) -> Outcome<Vec<UnitRef>> {
        let all = self.0.lock();
        Ok(ids.iter().filter_map(|id| all.get(id).cloned()).collect())
    }
    fn lineage(&self, _: &mut T, path: &UnitPath) -> Outcome<Vec<UnitRef>> {
        Ok(self.0.lock().values().filter(|u| u.path.contains(path)).cloned().collect())
    }
    fn roots(&self, _: &mut T) -> Outcome<Vec<UnitRef>> {
        Ok(self.0.lock().values().filter(|u| u.path.depth() == 1).cloned().collect())
    }
}

pub struct Everybody;

impl<T> UserDirectory<T> for Everybody {
    fn users(&self, _: &mut T, ids: &[Id<User>]) -> Outcome<Vec<UserRef>> {
        let named = |id: &Id<User>| UserRef { id: *id, display_name: format!("name of {id}"), enabled: true };
        Ok(ids.iter().map(named).collect())
    }
    fn holds(&self, _: &mut T, _: Id<User>, _: &str, _: &UnitPath, _: Instant) -> Outcome<bool> {
        Ok(true)
    }
}

/// A root, two streets below it, a community in the first.
pub struct Town {
    pub db: TestDb,
    pub units: Arc<FakeTree>,
    pub tree: Tree,
    pub users: Users,
    pub root: UnitRef,
    pub street: UnitRef,
    pub other: UnitRef,
    pub community: UnitRef,
    pub wang: Id<User>,
    pub li: Id<User>,
}

impl Town {
    pub fn each() -> Vec<Self> {
        TestDb::each(&[migrate::own(), audit::plugin::migrations()]).into_iter().map(Self::on).collect()
    }

    fn on(db: TestDb) -> Self {
        let units = Arc::new(FakeTree::default());
        let place = |name: &str, parent: Option<&UnitRef>, n| {
            let path = UnitPath::numbered(parent.map(|p| &p.path), n).unwrap();
            let unit = UnitRef {
                id: fresh(),
                name: name.into(),
                kind: "town".into(),
                path,
                closed: false,
                code: None,
            };
            units.0.lock().insert(unit.id, unit.clone());
            unit
        };
        let root = place("country", None, 1);
        let street = place("street", Some(&root), 1);
        let other = place("other", Some(&root), 2);
        let community = place("community", Some(&street), 1);
        let (tree, users): (Tree, Users) = (units.clone(), Arc::new(Everybody));
        Self { db, units, tree, users, root, street, other, community, wang: fresh(), li: fresh() }
    }

    /// Somebody does something to somebody in a unit.
    pub fn did(&self, actor: Id<User>, action: &'static str, object: Id<User>, unit: &UnitRef) {
        let (ctx, unit) = (testkit::context(&self.db.db, actor, Vec::new()), unit.id);
        self.db
            .db
            .write_blocking(move |tx| {
                let before = Some(json!({ "unit": "a", "phone": { "ciphertext": "AAAA" } }));
                let after =
                    Some(json!({ "unit": "b", "phone": { "ciphertext": "BBBB" }, "note": "打 13800005678" }));
                record(
                    tx,
                    &ctx,
                    Entry {
                        action,
                        object_kind: "user",
                        object: Some(object.uuid()),
                        unit: Some(unit),
                        before,
                        after,
                    },
                )
            })
            .unwrap();
    }

    /// Somebody does something in another's name.
    pub fn did_for(&self, actor: Id<User>, whom: Id<User>, unit: &UnitRef) {
        let (ctx, unit) = (testkit::context(&self.db.db, actor, Vec::new()), unit.id);
        self.db
            .db
            .write_blocking(move |tx| {
                let entry = Entry {
                    action: "test.thing.signed",
                    object_kind: "thing",
                    object: None,
                    unit: Some(unit),
                    before: None,
                    after: None,
                };
                record_for(tx, &ctx, whom, entry)
            })
            .unwrap();
    }

    /// Seals all there is.
    pub fn seal(&self) {
        let now = self.db.db.clock().now();
        let places: storage::audit::Places = self.units.clone();
        let lease = self
            .db
            .db
            .write_blocking(move |tx| lease::take(tx, "sealer", "test", now, now.plus_seconds(60)))
            .unwrap()
            .unwrap();
        loop {
            let (lease, places) = (lease.clone(), places.clone());
            let sealed =
                self.db.db.write_blocking(move |tx| seal_in_places(tx, &lease, 256, Some(&places))).unwrap();
            if sealed == 0 {
                return;
            }
        }
    }

    /// An auditor of this part of the realm.
    pub fn auditor(&self, of: &UnitRef, subtree: bool) -> Context {
        let mut held = grant(of.id, &of.path, &[ReadTrail::NAME, ExportTrail::PERMISSION.name]);
        held.subtree = subtree;
        testkit::context(&self.db.db, fresh(), vec![held])
    }
}
