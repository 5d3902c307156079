//! A town with a real tree and real accounts, on each engine.

use std::sync::Arc;

use identity::gate;
use identity::lists::grants::GrantList;
use identity::lists::users::UserList;
use identity::lists::{Lists, Loader};
use identity::service::accounts::{self, NewUser};
use identity::service::bootstrap::first_administrator;
use identity::service::builtin::role_id;
use identity::service::give::{Gift, give};
use identity::service::session::Door;
use imports::ImportServices;
use imports::model::{Import, Row, RowOutcome, State};
use imports::read::{self, File, Zone};
use imports::service::make::{NewImport, make};
use imports::service::receive::{self, Received};
use imports::service::{apply, look, work};
use kernel::id::{Import as ImportKind, Unit, User};
use kernel::{BuiltinRole, Context, Id, Outcome, PageRequest, PageSize};
use storage::migrate;
use territory::service::create::{NewUnit, create, ensure_root};
use testkit::TestDb;

/// A town: the country, a town below it, two communities; its chief.
pub struct Town {
    pub db: TestDb,
    pub identity: identity::Services,
    pub s: ImportServices,
    pub town: Id<Unit>,
    pub here: Id<Unit>,
    pub there: Id<Unit>,
    pub chief: Id<User>,
}

/// A safe that anybody can open, and that still shows what is in the clear.
struct Backwards;

impl imports::ports::Safe for Backwards {
    fn seal(&self, purpose: &str, text: &str) -> kernel::Outcome<String> {
        Ok(format!("{purpose}:{text}").chars().rev().collect())
    }

    fn open(&self, purpose: &str, sealed: &str) -> kernel::Outcome<String> {
        let text: String = sealed.chars().rev().collect();
        let text = text.strip_prefix(&format!("{purpose}:")).map(str::to_owned);
        text.ok_or_else(|| kernel::Fault::internal("sealed for something else"))
    }
}

impl Town {
    pub fn each() -> Vec<Self> {
        let all = [
            migrate::own(),
            storage::StoredPlugin::migrations(&identity::Identity::described()),
            territory::plugin::migrations(),
            imports::plugin::migrations(),
        ];
        TestDb::each(&all).into_iter().map(Self::on).collect()
    }

    fn on(db: TestDb) -> Self {
        let catalogue = identity::permission::PERMISSIONS
            .iter()
            .chain(territory::permission::PERMISSIONS)
            .chain(imports::permission::PERMISSIONS)
            .copied();
        let identity = identity::Services::new(Arc::new(territory::Units), catalogue);
        let lists = Lists { services: identity.clone(), units: Arc::new(territory::Units) };
        let (users, grants) = (UserList(lists.clone()), GrantList(lists));
        let units = territory::lists::UnitList;
        let codes =
            [kernel::error::CODES, identity::error::CODES, territory::error::CODES, imports::error::CODES];
        let s = ImportServices {
            actors: Arc::new(Loader),
            targets: Arc::new([Arc::new(users.clone()), Arc::new(units), Arc::new(grants.clone())]),
            sources: Arc::new([Arc::new(users), Arc::new(units), Arc::new(grants)]),
            safe: Arc::new(Backwards),
            codes: codes.into_iter().flatten().copied().collect(),
        };
        let (now, shared) = (db.db.clock().now(), identity.clone());
        db.db.write_blocking(move |tx| gate::start(tx, now, &shared)).unwrap();
        let nobody = testkit::context(&db.db, testkit::fresh(), Vec::new());
        let root = db.db.write_blocking(move |tx| ensure_root(tx, &nobody)).unwrap();
        let ids = Arc::clone(db.db.ids());
        let place = contracts::UnitRef {
            id: root.id,
            name: root.name.clone(),
            kind: root.kind.clone(),
            path: root.path.clone(),
            closed: false,
            code: None,
        };
        let chief = db
            .db
            .write_blocking(move |tx| {
                let door = Door { now, request_id: "test", ids: ids.as_ref() };
                first_administrator(tx, door, "chief", "Chief", "x", &place)
            })
            .unwrap()
            .id;
        let mut town = Self { db, identity, s, town: root.id, here: root.id, there: root.id, chief };
        town.town = town.unit(root.id, "横沥镇", "town", Some("441900106"));
        town.here = town.unit(town.town, "恒泉社区", "community", Some("441900106001"));
        town.there = town.unit(town.town, "田头村", "community", None);
        town
    }

    pub fn unit(&self, parent: Id<Unit>, name: &str, kind: &str, code: Option<&str>) -> Id<Unit> {
        let ctx = self.as_user(self.chief);
        let new = NewUnit {
            parent_id: Some(parent),
            name: name.into(),
            kind: kind.into(),
            code: code.map(Into::into),
        };
        self.db.db.write_blocking(move |tx| create(tx, &ctx, &new)).unwrap().id
    }

    /// Somebody's request now.
    pub fn as_user(&self, user: Id<User>) -> Context {
        let now = self.db.db.clock().now();
        let actor =
            self.db.db.read_blocking(move |tx| gate::actors::actor_of(tx, None, user, now)).unwrap().unwrap();
        Context { actor: Arc::new(actor), ..testkit::context(&self.db.db, user, Vec::new()) }
    }

    /// An account at home in a unit, with a role there.
    pub fn person(&self, login: &str, unit: Id<Unit>, role: Option<BuiltinRole>) -> Id<User> {
        let (ctx, shared) = (self.as_user(self.chief), self.identity.clone());
        let new = NewUser { login: login.into(), display_name: login.into(), unit, password_hash: None };
        let user = self.db.db.write_blocking(move |tx| accounts::create(tx, &ctx, &shared, &new)).unwrap().id;
        if let Some(role) = role {
            self.give(self.chief, user, role, unit).unwrap();
        }
        user
    }

    pub fn give(
        &self,
        by: Id<User>,
        user: Id<User>,
        role: BuiltinRole,
        unit: Id<Unit>,
    ) -> Outcome<Id<kernel::id::Grant>> {
        let (ctx, shared) = (self.as_user(by), self.identity.clone());
        let gift = Gift {
            user,
            role: role_id(role),
            unit,
            subtree: true,
            from: None,
            until: None,
            reason: "for the test".into(),
            ticket: None,
        };
        self.db.db.write_blocking(move |tx| give(tx, &ctx, &shared, &gift)).map(|grant| grant.id)
    }

    /// An import of this kind, without its file.
    pub fn make(&self, by: Id<User>, kind: &str, dry_run: bool, atomic: bool) -> Outcome<Import> {
        let (ctx, s) = (self.as_user(by), self.s.clone());
        let new = NewImport {
            kind: kind.into(),
            dry_run,
            atomic,
            filename: "名单.csv".into(),
            time_zone: "Asia/Shanghai".into(),
        };
        self.db.db.write_blocking(move |tx| make(tx, &ctx, &s, &new))
    }

    /// Its file comes.
    pub fn send(&self, by: Id<User>, id: Id<ImportKind>, bytes: &[u8]) -> Outcome<Import> {
        let (see, kind) = (self.as_user(by), self.db.db.clone());
        let import = kind.read_blocking(move |tx| look::find(tx, &see, id))?;
        let list = read::list(
            File { bytes, charset: None, sheet: None },
            self.s.target(&import.kind)?,
            Zone::named(&import.time_zone),
        )?;
        let db = &self.db.db;
        let (ctx, services, count) = (self.as_user(by), self.s.clone(), list.rows.len());
        let upload = db.write_blocking(move |tx| receive::begin(tx, &ctx, &services, id, count))?;
        loop {
            let ctx = self.as_user(by);
            if !db.write_blocking(move |tx| receive::clear(tx, &ctx, id, upload))? {
                break;
            }
        }
        for part in list.rows.chunks(250) {
            let (ctx, services, part) = (self.as_user(by), self.s.clone(), part.to_vec());
            db.write_blocking(move |tx| receive::add(tx, &ctx, &services, id, upload, &part))?;
        }
        let failed = list.rows.iter().filter(|row| row.problem.is_some()).count();
        let file = Received {
            format: list.format,
            sha256: "0".repeat(64),
            header: list.header,
            rows: count,
            failed,
        };
        let ctx = self.as_user(by);
        db.write_blocking(move |tx| receive::finish(tx, &ctx, id, upload, &file))
    }

    /// Takes up what waits and does one part of it.
    pub fn one_part(&self, worker: &str) -> Option<bool> {
        let (db, now, name) = (&self.db.db, self.db.db.clock().now(), worker.to_owned());
        let claim = db.write_blocking(move |tx| work::claim(tx, &name, now)).unwrap()?;
        Some(self.part(claim))
    }

    /// Does one part of what was taken up.
    pub fn part(&self, claim: work::Claim) -> bool {
        let (db, s, now, ids) =
            (&self.db.db, self.s.clone(), self.db.db.clock().now(), Arc::clone(self.db.db.ids()));
        db.write_blocking(move |tx| work::step(tx, &s, claim, now, &ids)).unwrap()
    }

    /// Works until nothing waits.
    pub fn work(&self) {
        let (db, now) = (&self.db.db, self.db.db.clock().now());
        while let Some(claim) = db.write_blocking(move |tx| work::claim(tx, "worker", now)).unwrap() {
            while self.part(claim) {}
        }
    }

    /// Makes an import, sends its file and lets it be checked.
    pub fn checked(&self, by: Id<User>, kind: &str, atomic: bool, text: &str) -> Import {
        let id = self.make(by, kind, true, atomic).unwrap().id;
        self.send(by, id, text.as_bytes()).unwrap();
        self.work();
        self.find(by, id)
    }

    /// Applies a checked import and lets it be worked on.
    pub fn apply(&self, by: Id<User>, import: &Import) -> Outcome<Import> {
        let (ctx, s, id, version) = (self.as_user(by), self.s.clone(), import.id, import.version);
        self.db.db.write_blocking(move |tx| apply::apply(tx, &ctx, &s, id, version))?;
        self.work();
        Ok(self.find(by, id))
    }

    pub fn find(&self, by: Id<User>, id: Id<ImportKind>) -> Import {
        let ctx = self.as_user(by);
        self.db.db.read_blocking(move |tx| look::find(tx, &ctx, id)).unwrap()
    }

    /// Its rows, all of them or those of one outcome (the first 200).
    pub fn rows(&self, by: Id<User>, import: &Import, outcome: Option<RowOutcome>) -> Vec<Row> {
        let (ctx, services, id) = (self.as_user(by), self.s.clone(), import.id);
        let asked = PageRequest { after: None, size: PageSize::new(200).unwrap(), fingerprint: 0 };
        let found = move |tx: &mut storage::Tx<'_>| look::page(tx, &ctx, &services, id, outcome, &asked);
        self.db.db.read_blocking(found).unwrap().1.items
    }

    /// The codes of the rows that failed: by line, the row's own and its columns'.
    pub fn failures(&self, by: Id<User>, import: &Import) -> Vec<(i64, String)> {
        self.rows(by, import, Some(RowOutcome::Failed))
            .into_iter()
            .map(|row| {
                let problem = row.problem.unwrap();
                let columns = problem.errors.iter().map(|e| format!(" {}={}", e.column, e.code));
                (row.line, problem.code.clone() + &columns.collect::<String>())
            })
            .collect()
    }

    /// How many accounts there are with logins that begin so.
    pub fn accounts(&self, beginning: &str) -> usize {
        let (ctx, beginning) = (self.as_user(self.chief), beginning.to_owned());
        let scope = ctx.actor.scope(
            <identity::permission::ReadUsers as kernel::permission::Permit>::PERMISSION,
            false,
            ctx.now,
        );
        self.db
            .db
            .read_blocking(move |tx| {
                let (mut found, mut after) = (0, None);
                loop {
                    let filter = identity::store::users::Filter::default();
                    let page = identity::store::users::list(
                        tx,
                        &scope,
                        &filter,
                        after.as_ref(),
                        PageSize::new(200).unwrap(),
                        0,
                    )?;
                    found += page.items.iter().filter(|u| u.login.starts_with(&beginning)).count();
                    match page.next {
                        Some(next) => after = Some(next),
                        None => return Ok(found),
                    }
                }
            })
            .unwrap()
    }

    /// What the engine is called, for messages.
    pub fn engine(&self) -> &'static str {
        self.db.config.engine.name()
    }
}

/// What an import came to.
pub fn counts(import: &Import) -> (State, i32, i32, i32) {
    (import.state, import.rows_passed, import.rows_done, import.rows_failed)
}
