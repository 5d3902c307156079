//! A town that is made up: two towns with two communities each, people with rights, and the deeds as one-liners.

use std::collections::BTreeMap;
use std::sync::Arc;

use contracts::{UnitRef, UnitTree, UserDirectory, UserRef};
use kernel::id::{Person as PersonId, Unit, User};
use kernel::{Context, HeldGrant, Id, Instant, Outcome, UnitPath};
use parking_lot::Mutex;
use people::model::{Document, DocumentKind, Person, Personal, Whole};
use people::service::create::{self, NewPerson};
use people::service::look_up::{self, By};
use people::service::see::{self, Shown};
use people::service::unmask::{self, Unmasked};
use people::{Keyring, PeopleServices, ReadingLimits, Vault};
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
        Ok(self.0.lock().values().filter(|u| u.path.contains(path)).cloned().collect())
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
        Ok(all.get(&user).is_some_and(|(_, grants)| {
            grants.iter().any(|g| g.is_live(now) && g.carries(permission) && g.reaches(path))
        }))
    }
}

pub struct World {
    pub db: TestDb,
    pub tree: Arc<FakeTree>,
    pub users: Arc<FakeUsers>,
    pub s: PeopleServices,
    pub units: Vec<UnitRef>,
    pub folder: tempfile::TempDir,
}

pub const DISTRICT: usize = 0;
pub const TOWN1: usize = 1;
pub const C1A: usize = 2;
pub const C1B: usize = 3;
pub const TOWN2: usize = 4;
pub const C2A: usize = 5;

pub const ID: &str = "11010519491231002X";
pub const OTHER_ID: &str = "360426199101010071";
pub const PHONE: &str = "13812345678";
pub const ADDRESS: &str = "广东省东莞市横沥镇恒泉社区三巷5号";
pub const PURPOSE: &str = "走访前核对电话";

impl World {
    /// One on each engine.
    pub fn each() -> Vec<Self> {
        TestDb::each(&[migrate::own(), people::plugin::migrations()]).into_iter().map(Self::on).collect()
    }

    pub fn on(db: TestDb) -> Self {
        let tree = Arc::new(FakeTree::default());
        let at = |parent: Option<&UnitPath>, n| UnitPath::numbered(parent, n).unwrap();
        let district = at(None, 1);
        let (town1, town2) = (at(Some(&district), 1), at(Some(&district), 2));
        let places = [
            ("横沥区", district.clone()),
            ("东镇", town1.clone()),
            ("一社区", at(Some(&town1), 1)),
            ("二社区", at(Some(&town1), 2)),
            ("西镇", town2.clone()),
            ("三社区", at(Some(&town2), 1)),
        ];
        let units: Vec<UnitRef> = places
            .into_iter()
            .map(|(name, path)| UnitRef {
                id: fresh(),
                name: name.into(),
                kind: "unit".into(),
                path,
                closed: false,
                code: None,
            })
            .collect();
        tree.0.lock().extend(units.iter().map(|u| (u.id, u.clone())));
        let folder = tempfile::tempdir().unwrap();
        let ring = Keyring::create(&folder.path().join("master.keys"), db.db.clock().now()).unwrap();
        let users = Arc::new(FakeUsers::default());
        let mut s = PeopleServices::new(tree.clone(), users.clone(), Vault::new(ring));
        s.erasures = Some(people::ErasureList::at(&folder.path().join("erasures.log")));
        let world = Self { db, tree, users, s, units, folder };
        world.start(&world.s.vault).unwrap();
        world
    }

    /// The start of a gateway with these keys.
    pub fn start(&self, vault: &Vault) -> Outcome<()> {
        let (vault, now) = (vault.clone(), self.db.db.clock().now());
        self.db.db.write_blocking(move |tx| people::service::keys::start(tx, now, &vault))
    }

    pub fn with_limits(mut self, limits: ReadingLimits) -> Self {
        self.s.limits = limits;
        self
    }

    pub fn unit(&self, n: usize) -> Id<Unit> {
        self.units[n].id
    }

    pub fn path(&self, n: usize) -> UnitPath {
        self.tree.0.lock()[&self.unit(n)].path.clone()
    }

    /// Somebody with these permissions at a unit and below.
    pub fn person(&self, name: &str, unit: usize, permissions: &[&str]) -> Context {
        let grants = vec![grant(self.unit(unit), &self.path(unit), permissions)];
        let id: Id<User> = fresh();
        self.users.0.lock().insert(id, (name.to_owned(), grants.clone()));
        testkit::context(&self.db.db, id, grants)
    }

    /// What a built-in role holds of this crate, at a unit.
    pub fn role(&self, role: kernel::BuiltinRole, unit: usize) -> Context {
        let held: Vec<&str> = people::permission::PERMISSIONS
            .iter()
            .filter(|p| p.roles.contains(&role))
            .map(|p| p.name)
            .collect();
        self.person(role.label().1, unit, &held)
    }

    pub fn clerk(&self) -> Context {
        self.role(kernel::BuiltinRole::UnitAdmin, DISTRICT)
    }

    /// Somebody whom the town trusts with whole data.
    pub fn reader(&self, unit: usize) -> Context {
        self.person(
            "专员",
            unit,
            &["people.person.read", "people.person.unmask", "people.person.erase", "people.person.lookup"],
        )
    }

    pub fn write<T: Send + 'static>(
        &self,
        f: impl Fn(&mut Tx<'_>, &PeopleServices) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let s = self.s.clone();
        self.db.db.write_blocking(move |tx| f(tx, &s))
    }

    /// The same person, now.
    pub fn now(&self, who: &Context) -> Context {
        Context { now: self.db.db.clock().now(), ..who.clone() }
    }

    pub fn enter(&self, who: &Context, unit: usize, personal: Personal) -> Outcome<Person> {
        let who = self.now(who);
        let new = NewPerson { unit: self.unit(unit), personal };
        self.write(move |tx, s| create::create(tx, &who, s, &new))
    }

    pub fn entered(&self, unit: usize, personal: Personal) -> Person {
        self.enter(&self.clerk(), unit, personal).unwrap()
    }

    pub fn see(&self, who: &Context, id: Id<PersonId>) -> Outcome<Shown> {
        use kernel::permission::Permit;
        let who = self.now(who);
        self.write(move |tx, s| {
            let person = see::visible(tx, &who, id, people::permission::ReadPeople::PERMISSION)?;
            see::one(tx, &who, s, person)
        })
    }

    pub fn unmask(&self, who: &Context, id: Id<PersonId>, fields: &[Whole]) -> Outcome<Unmasked> {
        let (who, fields) = (self.now(who), fields.to_vec());
        self.write(move |tx, s| unmask::unmask(tx, &who, s, id, &fields, PURPOSE))
    }

    pub fn look_up(&self, who: &Context, by: By) -> Outcome<Vec<Shown>> {
        let who = self.now(who);
        self.write(move |tx, s| look_up::look_up(tx, &who, s, &by, PURPOSE))
    }
}

/// An elder with all there is to know.
pub fn elder() -> Personal {
    Personal {
        name: "张三丰".into(),
        phones: vec!["+86 138-1234-5678".into()],
        addresses: vec![people::model::Address {
            kind: people::model::AddressKind::Home,
            text: ADDRESS.into(),
        }],
        documents: vec![card("１１０１０５ 19491231 002x")],
        ..Personal::default()
    }
}

pub fn named(name: &str) -> Personal {
    Personal { name: name.into(), ..Personal::default() }
}

pub fn card(number: &str) -> Document {
    Document { kind: DocumentKind::IdCard, number: number.into() }
}

#[track_caller]
pub fn code<T>(outcome: Outcome<T>) -> &'static str {
    match outcome {
        Ok(_) => panic!("it was not refused"),
        Err(fault) => fault.code().unwrap_or_else(|| panic!("not by a rule: {fault}")).code,
    }
}

/// Everything that a database holds as text or bytes, to look for what must not be in it.
pub fn dump(w: &World) -> Vec<u8> {
    match &w.db.config.engine {
        storage::Engine::Sqlite(path) => {
            let mut all = std::fs::read(path).unwrap();
            let mut wal = path.as_os_str().to_owned();
            wal.push("-wal");
            all.extend(std::fs::read(wal).unwrap_or_default());
            all
        }
        storage::Engine::Postgres(url) => {
            let out = std::process::Command::new("pg_dump").args(["--data-only", "--inserts", url]).output();
            match out {
                Ok(out) if out.status.success() => out.stdout,
                _ => Vec::new(),
            }
        }
    }
}

pub fn contains(all: &[u8], text: &str) -> bool {
    all.windows(text.len()).any(|w| w == text.as_bytes())
}
