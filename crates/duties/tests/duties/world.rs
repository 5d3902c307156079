//! A district with two towns and a community each, categories in a small tree, and the deeds as one-liners.

use std::collections::BTreeMap;
use std::sync::Arc;

use contracts::{CategoryRef, CategoryTree, DutyLists, DutyScope, UnitRef, UnitTree};
use duties::model::{Admission, Item, List, Version};
use duties::service::admit::{self, NewAdmission};
use duties::service::draft::{self, NewVersion};
use duties::service::enforce;
use duties::service::lists::{self, NewList};
use duties::{DutyServices, Lists};
use kernel::id::{Category, Unit, User};
use kernel::{BuiltinRole, Context, Fault, HeldGrant, Id, Instant, Outcome, UnitPath};
use parking_lot::Mutex;
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
        let mut all: Vec<UnitRef> =
            self.0.lock().values().filter(|u| u.path.contains(path)).cloned().collect();
        all.sort_by_key(|u| u.path.depth());
        Ok(all)
    }
    fn roots(&self, _: &mut T) -> Outcome<Vec<UnitRef>> {
        Ok(self.0.lock().values().filter(|u| u.path.depth() == 1).cloned().collect())
    }
}

/// A category, and the one above it.
type Hung = (CategoryRef, Option<Id<Category>>);

/// Categories by id.
#[derive(Default)]
pub struct FakeCategories(pub Mutex<BTreeMap<Id<Category>, Hung>>);

impl<T> CategoryTree<T> for FakeCategories {
    fn categories(&self, _: &mut T, ids: &[Id<Category>]) -> Outcome<Vec<CategoryRef>> {
        let all = self.0.lock();
        Ok(all.values().map(|(c, _)| c).filter(|c| ids.contains(&c.id)).cloned().collect())
    }
    fn above(&self, _: &mut T, id: Id<Category>) -> Outcome<Vec<Id<Category>>> {
        let all = self.0.lock();
        let mut line = Vec::new();
        let mut at = all.get(&id);
        while let Some((category, parent)) = at {
            line.push(category.id);
            at = parent.and_then(|p| all.get(&p));
        }
        Ok(line)
    }
}

pub struct World {
    pub db: TestDb,
    pub tree: Arc<FakeTree>,
    pub categories: Arc<FakeCategories>,
    /// Who is who, for tokens.
    pub users: Arc<Mutex<BTreeMap<Id<User>, Vec<HeldGrant>>>>,
    pub s: DutyServices,
    pub units: Vec<UnitRef>,
    now: Mutex<Instant>,
}

pub const DISTRICT: usize = 0;
pub const TOWN1: usize = 1;
pub const C1: usize = 2;
pub const TOWN2: usize = 3;
pub const C2: usize = 4;
pub const DAY: i64 = 86_400;

impl World {
    /// One on each engine.
    pub fn each() -> Vec<Self> {
        TestDb::each(&[migrate::own(), duties::plugin::migrations()]).into_iter().map(Self::on).collect()
    }

    pub fn on(db: TestDb) -> Self {
        let (tree, categories) = (Arc::new(FakeTree::default()), Arc::new(FakeCategories::default()));
        let at = |parent: Option<&UnitPath>, n| UnitPath::numbered(parent, n).unwrap();
        let district = at(None, 1);
        let (town1, town2) = (at(Some(&district), 1), at(Some(&district), 2));
        let places = [
            ("海沧区", "district", district.clone()),
            ("东镇", "town", town1.clone()),
            ("一社区", "community", at(Some(&town1), 1)),
            ("西镇", "town", town2.clone()),
            ("二社区", "community", at(Some(&town2), 1)),
        ];
        let unit = |(name, kind, path): (&str, &str, UnitPath)| UnitRef {
            id: fresh(),
            name: name.into(),
            kind: kind.into(),
            path,
            closed: false,
            code: None,
        };
        let units: Vec<UnitRef> = places.into_iter().map(unit).collect();
        tree.0.lock().extend(units.iter().map(|u| (u.id, u.clone())));
        let s = DutyServices::new(tree.clone(), categories.clone());
        let now = db.db.clock().now();
        Self { db, tree, categories, users: Arc::default(), s, units, now: Mutex::new(now) }
    }

    pub fn unit(&self, n: usize) -> Id<Unit> {
        self.units[n].id
    }

    pub fn path(&self, n: usize) -> UnitPath {
        self.tree.0.lock()[&self.unit(n)].path.clone()
    }

    pub fn close(&self, n: usize) {
        self.tree.0.lock().get_mut(&self.unit(n)).unwrap().closed = true;
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: i64) -> Instant {
        let mut now = self.now.lock();
        *now = now.plus_seconds(seconds);
        *now
    }

    /// A category of a unit.
    pub fn category(&self, unit: usize, above: Option<Id<Category>>) -> Id<Category> {
        let id: Id<Category> = fresh();
        let category = CategoryRef { id, name: "噪声扰民".into(), unit: self.unit(unit), retired: false };
        self.categories.0.lock().insert(id, (category, above));
        id
    }

    pub fn retire(&self, id: Id<Category>) {
        self.categories.0.lock().get_mut(&id).unwrap().0.retired = true;
    }

    /// Somebody with these permissions at a unit and below.
    pub fn person(&self, unit: usize, permissions: &[&str]) -> Context {
        let grants = vec![grant(self.unit(unit), &self.path(unit), permissions)];
        let id: Id<User> = fresh();
        self.users.lock().insert(id, grants.clone());
        testkit::context(&self.db.db, id, grants)
    }

    /// What a built-in role holds of this crate, at a unit.
    pub fn role(&self, role: BuiltinRole, unit: usize) -> Context {
        let all = duties::permission::PERMISSIONS.iter();
        let held: Vec<&str> = all.filter(|p| p.roles.contains(&role)).map(|p| p.name).collect();
        self.person(unit, &held)
    }

    pub fn admin(&self, unit: usize) -> Context {
        self.role(BuiltinRole::UnitAdmin, unit)
    }

    /// The same person, a second later.
    pub fn now(&self, who: &Context) -> Context {
        Context { now: self.pass(1), ..who.clone() }
    }

    pub fn write<T: Send + 'static>(
        &self,
        f: impl Fn(&mut Tx<'_>, &DutyServices) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let s = self.s.clone();
        self.db.db.write_blocking(move |tx| f(tx, &s))
    }

    pub fn create(&self, who: &Context, unit: usize, level: &str) -> Outcome<List> {
        let new =
            NewList { unit: self.unit(unit), level: level.into(), name: " 社区工作职责清单 ".into() };
        let who = self.now(who);
        self.write(move |tx, s| lists::create(tx, &who, s, &new))
    }

    pub fn begin(&self, who: &Context, list: &List, new: NewVersion) -> Outcome<Version> {
        let (who, id) = (self.now(who), list.id);
        self.write(move |tx, s| draft::begin(tx, &who, s, id, &new))
    }

    pub fn put(&self, who: &Context, version: &Version, items: Vec<Item>) -> Outcome<Version> {
        let (who, id, seen) = (self.now(who), version.id, version.version);
        self.write(move |tx, s| draft::put(tx, &who, s, id, seen, &items))
    }

    pub fn enforce(&self, who: &Context, version: &Version, from: Option<Instant>) -> Outcome<Version> {
        let (who, id, seen) = (self.now(who), version.id, version.version);
        self.write(move |tx, s| enforce::enforce(tx, &who, s, id, seen, from))
    }

    pub fn recall(&self, who: &Context, version: &Version) -> Outcome<Version> {
        let (who, id, seen) = (self.now(who), version.id, version.version);
        self.write(move |tx, s| enforce::recall(tx, &who, s, id, seen))
    }

    /// A version with these categories, put in force by somebody else.
    pub fn in_force(&self, list: &List, categories: &[Id<Category>], from: Option<Instant>) -> Version {
        let (maker, other) = (self.admin(DISTRICT), self.admin(DISTRICT));
        let drafted = self.begin(&maker, list, NewVersion::default()).unwrap();
        let drafted = self.put(&maker, &drafted, items(categories)).unwrap();
        self.enforce(&other, &drafted, from).unwrap()
    }

    pub fn scope_at(&self, unit: usize, category: Id<Category>, at: Instant) -> DutyScope {
        let (unit, port) = (self.unit(unit), Lists(self.s.clone()));
        let found = self.db.db.write_blocking(move |tx| port.scope(tx, unit, category, at));
        found.unwrap()
    }

    pub fn scope(&self, unit: usize, category: Id<Category>) -> DutyScope {
        self.scope_at(unit, category, self.pass(1))
    }

    /// Asks for an admission of some days from now.
    pub fn ask(&self, who: &Context, unit: usize, category: Id<Category>, days: i64) -> Outcome<Admission> {
        let who = self.now(who);
        let new = NewAdmission {
            unit: self.unit(unit),
            category,
            reason: "防汛".into(),
            from: None,
            until: who.now.plus_days(days),
        };
        self.write(move |tx, s| admit::ask(tx, &who, s, &new))
    }

    pub fn decide(&self, who: &Context, a: &Admission, admit: bool, note: &str) -> Outcome<Admission> {
        let (who, id, seen, note) = (self.now(who), a.id, a.version, note.to_owned());
        self.write(move |tx, s| admit::decide(tx, &who, s, id, seen, admit, &note))
    }

    pub fn withdraw(&self, who: &Context, a: &Admission, note: &str) -> Outcome<Admission> {
        let (who, id, seen, note) = (self.now(who), a.id, a.version, note.to_owned());
        self.write(move |tx, s| admit::withdraw(tx, &who, s, id, seen, &note))
    }
}

pub fn items(categories: &[Id<Category>]) -> Vec<Item> {
    let item =
        |id: &Id<Category>| Item {
            category: *id, note: String::new(), basis: "区府〔2021〕58号".into()
        };
    categories.iter().map(item).collect()
}

#[track_caller]
pub fn code<T>(outcome: Outcome<T>) -> &'static str {
    match outcome {
        Ok(_) => panic!("it was not refused"),
        Err(fault) => fault.code().unwrap_or_else(|| panic!("not by a rule: {fault}")).code,
    }
}

/// The bad fields of a refusal, with their codes.
#[track_caller]
pub fn fields<T>(outcome: Outcome<T>) -> Vec<(String, &'static str)> {
    match outcome {
        Err(Fault::Refused(refusal)) => {
            refusal.fields.iter().map(|f| (f.pointer.to_string(), f.code.code)).collect()
        }
        Err(fault) => panic!("not by a rule: {fault}"),
        Ok(_) => panic!("it was not refused"),
    }
}
