//! A realm to test in: a tree that stands still, a clock that goes when told, people by name.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use contracts::{AddressKind, Notice, Notices, UnitRef, UnitTree};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use identity::model::{ENABLED, Grant, User};
use identity::service::builtin::role_id;
use identity::service::doorstep::Doorstep;
use identity::service::give::{Gift, give};
use identity::service::outside::Outside;
use identity::service::session::Door;
use identity::{Gate, GateSettings, Services};
use kernel::error::Outcome;
use kernel::id::{Unit, User as UserKind};
use kernel::{Actor, BuiltinRole, Clock, Context, Id, IdGen, Instant, SystemIds, UnitPath};
use secrecy::SecretString;
use storage::{Db, Engine, StorageConfig, Tx};
use uuid::Uuid;

kernel::permissions! {
    /// Work.
    Work = "test.work.do", Low, [GridWorker], "Work.", "工作。";
    /// The auditor's.
    Audit = "test.audit.read", High, [AuditAdmin], "Read the trail.", "审计。";
    /// The system's.
    Run = "test.system.run", Medium, [SystemAdmin, PlatformAdmin], "Run the system.", "运行。";
}

pub const PASSWORD: &str = "correct horse battery";

/// A clock that stands until it is told to go.
pub struct Hand(AtomicI64);

impl Hand {
    pub fn go(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> Instant {
        Instant::from_micros(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// A town, two streets, a community in the first street; and another town.
#[derive(Clone)]
pub struct FakeTree(pub Vec<UnitRef>);

impl FakeTree {
    fn new() -> Self {
        let town = UnitPath::numbered(None, 1).unwrap();
        let street = UnitPath::numbered(Some(&town), 1).unwrap();
        let other = UnitPath::numbered(Some(&town), 2).unwrap();
        let community = UnitPath::numbered(Some(&street), 1).unwrap();
        let elsewhere = UnitPath::numbered(None, 2).unwrap();
        let named = [
            ("town", town),
            ("street", street),
            ("other", other),
            ("community", community),
            ("elsewhere", elsewhere),
        ];
        Self(
            named
                .into_iter()
                .enumerate()
                .map(|(n, (name, path))| UnitRef {
                    id: Id::from_uuid(Uuid::from_u128(100 + u128::try_from(n).unwrap())),
                    name: name.to_owned(),
                    kind: "town".to_owned(),
                    path,
                    closed: false,
                    code: None,
                })
                .collect(),
        )
    }
}

impl<T> UnitTree<T> for FakeTree {
    fn unit(&self, _: &mut T, id: Id<Unit>) -> Outcome<Option<UnitRef>> {
        Ok(self.0.iter().find(|u| u.id == id).cloned())
    }
    fn units(&self, _: &mut T, ids: &[Id<Unit>]) -> Outcome<Vec<UnitRef>> {
        Ok(self.0.iter().filter(|u| ids.contains(&u.id)).cloned().collect())
    }
    fn lineage(&self, _: &mut T, path: &UnitPath) -> Outcome<Vec<UnitRef>> {
        let mut all: Vec<UnitRef> = self.0.iter().filter(|u| u.path.contains(path)).cloned().collect();
        all.sort_by_key(|u| u.path.depth());
        Ok(all)
    }
    fn roots(&self, _: &mut T) -> Outcome<Vec<UnitRef>> {
        Ok(self.0.iter().filter(|u| u.path.depth() == 1).cloned().collect())
    }
}

/// What was told, newest last.
#[derive(Clone, Default)]
pub struct Post {
    told: Arc<parking_lot::Mutex<Vec<Notice>>>,
    closed: Arc<std::sync::atomic::AtomicBool>,
}

impl Post {
    /// From now on there is no way out.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    /// How many notices of a kind there were.
    pub fn count(&self, kind: &str) -> usize {
        self.told.lock().iter().filter(|notice| notice.template.kind == kind).count()
    }

    /// The newest notice, if it is of this kind.
    pub fn last(&self, kind: &str) -> Notice {
        let last = self.told.lock().last().cloned().unwrap();
        assert_eq!(last.template.kind, kind);
        last
    }

    /// The code in the newest notice of a kind.
    pub fn code(&self, kind: &str) -> SecretString {
        let told = self.told.lock();
        let notice = told.iter().rev().find(|notice| notice.template.kind == kind).unwrap();
        let (_, code) = notice.parameters.iter().find(|(name, _)| *name == "code").unwrap();
        SecretString::from(code.clone())
    }
}

impl<T> Notices<T> for Post {
    fn reaches(&self, _: AddressKind) -> bool {
        !self.closed.load(Ordering::SeqCst)
    }
    fn send(&self, _: &mut T, _: Instant, _: &dyn IdGen, notice: &Notice) -> Outcome<()> {
        self.told.lock().push(notice.clone());
        Ok(())
    }
}

/// A realm on one engine.
#[derive(Clone)]
pub struct Realm {
    pub db: Db,
    pub tree: FakeTree,
    pub services: Services,
    pub hand: Arc<Hand>,
    pub ids: Arc<dyn IdGen>,
    pub post: Post,
    _dir: Arc<tempfile::TempDir>,
}

static DATABASES: AtomicU32 = AtomicU32::new(0);

impl Realm {
    fn open(engine: &Engine, dir: tempfile::TempDir) -> Self {
        let own =
            storage::migrations!("../../migrations/sqlite/identity", "../../migrations/postgres/identity");
        storage::migrate::run(engine, &[storage::migrate::own(), own]).unwrap();
        let hand = Arc::new(Hand(AtomicI64::new(1_790_000_000_000_000)));
        let clock: Arc<dyn Clock> = hand.clone();
        let ids: Arc<dyn IdGen> = Arc::new(SystemIds::new(Arc::clone(&clock)));
        let config = StorageConfig { readers: 2, writers: 4, ..StorageConfig::new(engine.clone()) };
        let db = Db::open(&config, clock, Arc::clone(&ids)).unwrap();
        let tree = FakeTree::new();
        let catalogue = identity::permission::PERMISSIONS.iter().chain(PERMISSIONS).copied();
        let post = Post::default();
        let secrets = Arc::new(auth::Secrets::drawn().unwrap());
        let outside =
            Outside { open_units: Arc::new([tree.0[1].id]), ..Outside::new(Arc::new(post.clone()), secrets) };
        let services = Services::new(Arc::new(tree.clone()), catalogue).with_outside(outside);
        let realm = Self { db, tree, services, hand, ids, post, _dir: Arc::new(dir) };
        let (now, shared) = (realm.now(), realm.services.clone());
        realm.db.write_blocking(move |tx| identity::gate::start(tx, now, &shared)).unwrap();
        realm
    }

    /// The same realm with other services.
    pub fn with(&self, services: Services) -> Self {
        Self { services, ..self.clone() }
    }

    pub fn now(&self) -> Instant {
        self.hand.now()
    }

    pub fn unit(&self, name: &str) -> UnitRef {
        self.tree.0.iter().find(|u| u.name == name).cloned().unwrap()
    }

    pub fn write<T: Send + 'static>(
        &self,
        f: impl Fn(&mut Tx<'_>) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        aside(|| self.db.write_blocking(f))
    }

    /// The first administrator: platform administrator of the town.
    pub fn chief(&self) -> Id<UserKind> {
        let (now, ids, root) = (self.now(), Arc::clone(&self.ids), self.unit("town"));
        let hash = auth::password::hash(auth::Cost::TESTING, &SecretString::from(PASSWORD)).unwrap();
        self.write(move |tx| {
            let door = Door { now, request_id: "test", ids: ids.as_ref() };
            identity::service::bootstrap::first_administrator(tx, door, "chief", "Chief", &hash, &root)
        })
        .unwrap()
        .id
    }

    /// An account with the test password, at home in a unit.
    pub fn person(&self, name: &str, home: &str) -> Id<UserKind> {
        let home = self.unit(home);
        let hash = auth::password::hash(auth::Cost::TESTING, &SecretString::from(PASSWORD)).unwrap();
        let user = User {
            id: self.ids.id(),
            login: name.to_owned(),
            display_name: name.to_owned(),
            unit_id: home.id,
            unit_path: home.path,
            status: ENABLED.to_owned(),
            password_hash: Some(hash),
            must_change_password: false,
            failed_count: 0,
            last_failed_at: None,
            created_at: self.now(),
            version: 1,
        };
        let id = user.id;
        self.write(move |tx| identity::store::users::insert(tx, &user)).unwrap();
        id
    }

    /// The context of somebody's request now.
    pub fn as_user(&self, user: Id<UserKind>) -> Context {
        let now = self.now();
        let found =
            aside(|| self.db.read_blocking(move |tx| identity::gate::actors::actor_of(tx, None, user, now)));
        let actor = found.unwrap();
        let actor =
            actor.unwrap_or(Actor { user, display_name: "".into(), session: None, grants: Arc::new([]) });
        Context { actor: Arc::new(actor), now, request_id: "test".into(), ids: Arc::clone(&self.ids) }
    }

    /// A gift for ever, subtree included.
    pub fn gift(&self, to: Id<UserKind>, role: BuiltinRole, unit: &str) -> Gift {
        Gift {
            user: to,
            role: role_id(role),
            unit: self.unit(unit).id,
            subtree: true,
            from: None,
            until: None,
            reason: "for the test".to_owned(),
            ticket: None,
        }
    }

    pub fn give(&self, by: Id<UserKind>, gift: Gift) -> Outcome<Grant> {
        let (ctx, shared) = (self.as_user(by), self.services.clone());
        self.write(move |tx| give(tx, &ctx, &shared, &gift))
    }

    /// Where a stranger stands now.
    pub fn doorstep(&self) -> Doorstep {
        Doorstep { now: self.now(), request_id: "test".into(), ids: Arc::clone(&self.ids) }
    }

    pub fn gate(&self) -> Gate {
        self.gate_with(|_| {})
    }

    pub fn gate_with(&self, change: impl FnOnce(&mut GateSettings)) -> Gate {
        let mut settings =
            GateSettings { cost: auth::Cost::TESTING, ..GateSettings::new("https://test.example", "test") };
        change(&mut settings);
        Gate::new(self.db.clone(), self.services.clone(), settings).unwrap()
    }

    /// What the trail has, newest first.
    pub fn actions(&self) -> Vec<String> {
        let page = self.db.read_blocking(|tx| {
            let size = kernel::PageSize::new(200).unwrap();
            storage::audit::list(tx, &storage::audit::Filter::default(), None, size, 0)
        });
        page.unwrap().items.into_iter().map(|record| record.action).collect()
    }

    /// The log of sign-ins: outcome and tries, newest first.
    pub fn log(&self) -> Vec<(String, i64)> {
        use identity::store::sign_ins::{Filter, Whose, list};
        let root = self.unit("town");
        let scope = kernel::Scope::of([kernel::Root { unit: root.id, path: root.path, subtree: true }], None);
        let page = self.db.read_blocking(move |tx| {
            let size = kernel::PageSize::new(200).unwrap();
            list(tx, &Whose::In { scope: scope.clone(), strangers: true }, &Filter::default(), None, size, 0)
        });
        page.unwrap().items.into_iter().map(|one| (one.outcome, one.tries)).collect()
    }
}

/// Waits for the database beside the runtime, if there is one around.
fn aside<T>(wait: impl FnOnce() -> T) -> T {
    if tokio::runtime::Handle::try_current().is_ok() { tokio::task::block_in_place(wait) } else { wait() }
}

/// Runs a test on each engine there is.
pub fn everywhere(test: impl Fn(&Realm)) {
    let dir = tempfile::tempdir().unwrap();
    let engine = Engine::Sqlite(dir.path().join("test.db"));
    test(&Realm::open(&engine, dir));
    if let Ok(url) = std::env::var("COMMONWEAL_TEST_POSTGRES_URL") {
        let name = format!("identity_{}_{}", std::process::id(), DATABASES.fetch_add(1, Ordering::Relaxed));
        let mut server = diesel::PgConnection::establish(&url).unwrap();
        server.batch_execute(&format!("create database {name}")).unwrap();
        let realm = Realm::open(&Engine::Postgres(with_database(&url, &name)), tempfile::tempdir().unwrap());
        test(&realm);
        realm.db.close();
        server.batch_execute(&format!("drop database {name} with (force)")).unwrap();
    }
}

/// The same server, another database.
fn with_database(url: &str, name: &str) -> String {
    let (base, query) = url.split_once('?').map_or((url, None), |(b, q)| (b, Some(q)));
    let scheme = base.find("://").unwrap() + 3;
    let base = base[scheme..].find('/').map_or(base, |slash| &base[..scheme + slash]);
    query.map_or_else(|| format!("{base}/{name}"), |q| format!("{base}/{name}?{q}"))
}

pub fn code<T>(outcome: Outcome<T>) -> &'static str {
    match outcome {
        Ok(_) => "ok",
        Err(fault) => fault.code().map_or_else(|| panic!("{fault}"), |code| code.code),
    }
}
