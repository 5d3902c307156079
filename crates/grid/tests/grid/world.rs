//! A town that is made up: two towns with two communities each, people with rights, and the deeds as one-liners.

use std::collections::BTreeMap;
use std::sync::Arc;

use contracts::{UnitRef, UnitTree, UserDirectory, UserRef};
use grid::GridServices;
use grid::model::{Boundary, Grid, GridKind};
use grid::service::act::{self, Deed};
use grid::service::make;
use grid::service::make::NewGrid;
use grid::service::report::{self, NewIncident};
use grid::service::see::Shown;
use kernel::id::{Incident, Unit, User};
use kernel::{Context, HeldGrant, Id, Instant, Outcome, UnitPath};
use parking_lot::Mutex;
use serde_json::json;
use storage::{Tx, migrate};
use testkit::{TestDb, fresh, grant};

/// Units by id; a move changes paths, as territory's does.
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
        let mut above: Vec<UnitRef> =
            self.0.lock().values().filter(|u| u.path.contains(path)).cloned().collect();
        above.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(above)
    }
    fn roots(&self, _: &mut T) -> Outcome<Vec<UnitRef>> {
        Ok(self.0.lock().values().filter(|u| u.path.depth() == 1).cloned().collect())
    }
}

/// People with their names and grants.
#[derive(Default)]
pub struct FakeUsers(pub Mutex<BTreeMap<Id<User>, Known>>);

/// A name and grants.
pub type Known = (String, Vec<HeldGrant>);

impl<T> UserDirectory<T> for FakeUsers {
    fn users(&self, _: &mut T, ids: &[Id<User>]) -> Outcome<Vec<UserRef>> {
        let all = self.0.lock();
        let user = |id: &Id<User>| {
            all.get(id).map(|(name, _)| UserRef { id: *id, display_name: name.clone(), enabled: true })
        };
        Ok(ids.iter().filter_map(user).collect())
    }
    fn holds(
        &self,
        _: &mut T,
        user: Id<User>,
        permission: &str,
        path: &UnitPath,
        now: Instant,
    ) -> Outcome<bool> {
        let all = self.0.lock();
        let grants = all.get(&user).map(|(_, grants)| grants.clone()).unwrap_or_default();
        Ok(grants.iter().any(|g| g.is_live(now) && g.carries(permission) && g.reaches(path)))
    }
}

pub struct World {
    pub db: TestDb,
    pub tree: Arc<FakeTree>,
    pub users: Arc<FakeUsers>,
    pub s: GridServices,
    /// district, town 1, community 1a, 1b, town 2, community 2a, 2b, a department of the district
    pub units: Vec<UnitRef>,
}

pub const DISTRICT: usize = 0;
pub const TOWN1: usize = 1;
pub const C1A: usize = 2;
pub const C1B: usize = 3;
pub const TOWN2: usize = 4;
pub const C2A: usize = 5;
pub const C2B: usize = 6;
pub const DEPARTMENT: usize = 7;

impl World {
    /// One on each engine.
    pub fn each() -> Vec<Self> {
        TestDb::each(&[migrate::own(), grid::plugin::migrations()]).into_iter().map(Self::on).collect()
    }

    pub fn on(db: TestDb) -> Self {
        let tree = Arc::new(FakeTree::default());
        let users = Arc::new(FakeUsers::default());
        let at = |parent: Option<&UnitPath>, n| UnitPath::numbered(parent, n).unwrap();
        let district = at(None, 1);
        let (town1, town2) = (at(Some(&district), 1), at(Some(&district), 2));
        let places = [
            ("横沥区", "district", district.clone()),
            ("东镇", "town", town1.clone()),
            ("一社区", "community", at(Some(&town1), 1)),
            ("二社区", "community", at(Some(&town1), 2)),
            ("西镇", "town", town2.clone()),
            ("三社区", "community", at(Some(&town2), 1)),
            ("四社区", "community", at(Some(&town2), 2)),
            ("城管局", "department", at(Some(&district), 3)),
        ];
        let units: Vec<UnitRef> = places
            .into_iter()
            .map(|(name, kind, path)| UnitRef {
                id: fresh(),
                name: name.into(),
                kind: kind.into(),
                path,
                closed: false,
            })
            .collect();
        tree.0.lock().extend(units.iter().map(|u| (u.id, u.clone())));
        let s = GridServices::new(tree.clone(), users.clone());
        Self { db, tree, users, s, units }
    }

    pub fn unit(&self, n: usize) -> Id<Unit> {
        self.units[n].id
    }

    pub fn path(&self, n: usize) -> UnitPath {
        self.tree.0.lock()[&self.unit(n)].path.clone()
    }

    /// Somebody with these permissions at a unit and below.
    pub fn person(&self, name: &str, unit: usize, permissions: &[&str]) -> Context {
        self.person_with(name, vec![grant(self.unit(unit), &self.path(unit), permissions)])
    }

    pub fn person_with(&self, name: &str, grants: Vec<HeldGrant>) -> Context {
        let id: Id<User> = fresh();
        self.users.0.lock().insert(id, (name.to_owned(), grants.clone()));
        testkit::context(&self.db.db, id, grants)
    }

    pub fn resident(&self) -> Context {
        self.person("李四", C2B, &["grid.incident.report"])
    }
    pub fn worker(&self) -> Context {
        let all =
            ["report", "read", "accept", "dispatch", "handle", "close"].map(|v| format!("grid.incident.{v}"));
        self.person("王五", C1A, &all.each_ref().map(String::as_str))
    }
    pub fn handler(&self) -> Context {
        self.person("赵六", DEPARTMENT, &["grid.incident.handle"])
    }
    pub fn inspector(&self) -> Context {
        self.person("钱七", TOWN1, &["grid.incident.read", "grid.incident.verify", "grid.incident.close"])
    }
    pub fn drawer(&self) -> Context {
        self.person("孙八", DISTRICT, &["grid.grid.manage", "grid.incident.read"])
    }

    pub fn write<T: Send + 'static>(
        &self,
        f: impl Fn(&mut Tx<'_>, &GridServices) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let s = self.s.clone();
        self.db.db.write_blocking(move |tx| f(tx, &s))
    }

    pub fn read<T: Send + 'static>(
        &self,
        f: impl Fn(&mut Tx<'_>, &GridServices) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let s = self.s.clone();
        self.db.db.read_blocking(move |tx| f(tx, &s))
    }

    /// The same person, now.
    pub fn now(&self, who: &Context) -> Context {
        Context { now: self.db.db.clock().now(), ..who.clone() }
    }

    pub fn report(&self, who: &Context, new: NewIncident) -> Outcome<Shown> {
        let who = self.now(who);
        self.write(move |tx, s| report::report(tx, &who, s, &new))
    }

    pub fn reported_in(&self, who: &Context, unit: usize) -> Shown {
        self.report(
            who,
            NewIncident {
                title: "路灯不亮".into(), unit: Some(self.unit(unit)), ..NewIncident::default()
            },
        )
        .unwrap()
    }

    pub fn act(&self, who: &Context, id: Id<Incident>, version: i64, deed: Deed) -> Outcome<Shown> {
        let who = self.now(who);
        self.write(move |tx, s| act::act(tx, &who, s, id, version, &deed))
    }

    pub fn make_grid(
        &self,
        who: &Context,
        unit: usize,
        name: &str,
        boundary: Option<Boundary>,
    ) -> Outcome<Grid> {
        let who = self.now(who);
        let new = NewGrid {
            unit: self.unit(unit),
            name: name.into(),
            code: None,
            kind: GridKind::Residential,
            boundary,
        };
        self.write(move |tx, s| make::create(tx, &who, s, &new))
    }
}

pub fn square(lng: f64, lat: f64, side: f64) -> Boundary {
    let (e, n) = (lng + side, lat + side);
    Boundary::parse(
        &json!({ "type": "Polygon", "coordinates": [[[lng, lat], [e, lat], [e, n], [lng, n], [lng, lat]]] }),
    )
    .unwrap()
}

pub fn code<T: std::fmt::Debug>(outcome: Outcome<T>) -> &'static str {
    outcome.expect_err("is refused").code().expect("by a rule").code
}

pub fn words(text: &str) -> String {
    text.to_owned()
}
