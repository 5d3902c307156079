//! A town with a grid, categories and people who deal with cases; and service accounts with keys.

use std::collections::BTreeMap;
use std::sync::Arc;

use contracts::{SpanUnit, UnitRef};
use grid::GridServices;
use grid::model::{Boundary, CategoryKind, GridKind, Incident, RequestKind, Requirement, Says, Term};
use grid::service::act::{self, Deed};
use grid::service::categories::NewCategory;
use grid::service::make::NewGrid;
use grid::service::report::{self, NewIncident};
use grid::service::requests::{self, Asked, Verdict};
use grid::service::{categories, category_rules, make};
use kernel::id::{Category, Unit, User};
use kernel::{Context, Id, Outcome, UnitPath};
use open311::{Open311Plugin, Open311Services, Open311Settings};
use serde_json::json;
use storage::outbox::{self, Consumers};
use storage::{StoredPlugin, Tx, migrate};
use testkit::{TestDb, fresh, grant};

use crate::town::{Calendar, Tree, Users};

pub const DISTRICT: usize = 0;
pub const TOWN: usize = 1;
pub const OTHER: usize = 2;

pub struct World {
    pub db: TestDb,
    pub users: Arc<Users>,
    pub grid: GridServices,
    pub units: Vec<UnitRef>,
    pub settings: Open311Settings,
    /// What fixtures write in braces.
    pub names: BTreeMap<String, String>,
    /// The account of FixMyStreet.
    pub sender: Context,
    /// Another account.
    pub stranger: Context,
    /// Somebody who deals with cases, and somebody who checks.
    pub worker: Context,
    pub inspector: Context,
}

pub const ALL: [&str; 9] = [
    "grid.incident.read",
    "grid.incident.accept",
    "grid.incident.dispatch",
    "grid.incident.handle",
    "grid.incident.close",
    "grid.incident.suspend",
    "grid.grid.manage",
    "grid.category.manage",
    "open311.remark.read",
];

impl World {
    /// One on each engine.
    pub fn each() -> Vec<Self> {
        let all = [migrate::own(), grid::plugin::migrations(), open311::plugin::migrations()];
        TestDb::each(&all).into_iter().map(Self::on).collect()
    }

    fn on(db: TestDb) -> Self {
        let district = UnitPath::numbered(None, 1).unwrap();
        let units: Vec<UnitRef> = [
            ("横沥区", district.clone()),
            ("东镇", UnitPath::numbered(Some(&district), 1).unwrap()),
            ("西镇", UnitPath::numbered(Some(&district), 2).unwrap()),
        ]
        .into_iter()
        .map(|(name, path)| UnitRef {
            id: fresh(),
            name: name.into(),
            kind: "town".into(),
            path,
            closed: false,
            code: None,
        })
        .collect();
        let users = Arc::new(Users::default());
        let grid = GridServices::new(Arc::new(Tree(units.clone())), users.clone(), Arc::new(Calendar));
        let somebody = |unit: usize, permissions: &[&str]| {
            let grants = vec![grant(units[unit].id, &units[unit].path, permissions)];
            let id: Id<User> = fresh();
            users.0.lock().insert(id, grants.clone());
            testkit::context(&db.db, id, grants)
        };
        let sender = somebody(DISTRICT, &["grid.incident.report"]);
        let stranger = somebody(OTHER, &["grid.incident.report"]);
        let worker = somebody(DISTRICT, &ALL);
        let inspector =
            somebody(DISTRICT, &["grid.incident.read", "grid.incident.verify", "grid.request.decide"]);
        let settings = Open311Settings::default();
        let names = BTreeMap::new();
        let mut w = Self { db, users, grid, units, settings, names, sender, stranger, worker, inspector };
        w.furnish();
        w
    }

    fn furnish(&mut self) {
        let boundary = json!({ "type": "Polygon", "coordinates":
            [[[113.0, 23.0], [113.01, 23.0], [113.01, 23.01], [113.0, 23.01], [113.0, 23.0]]] });
        let new = NewGrid {
            unit: self.unit(TOWN),
            name: "第一网格".into(),
            code: None,
            kind: GridKind::Residential,
            boundary: Some(Boundary::parse(&boundary).unwrap()),
        };
        let who = self.worker.clone();
        self.write(move |tx, s| make::create(tx, &who, s, &new)).unwrap();
        let streets = self.category("市容环境", Some("0100000000"), None);
        let lamps = self.category("路灯", Some("0101000000"), Some(streets));
        let covers = self.category("井盖 & 盖板", Some("0102000000"), Some(streets));
        let parks = self.category("公园绿地", Some("0200000000"), None);
        let others = self.category("路灯", Some("0201000000"), Some(parks));
        let says = Says { requires: Some(vec![Requirement::Address]), ..Says::default() };
        self.rule(covers, says);
        let term = Some(Term { count: 1, unit: SpanUnit::WorkingDays });
        self.rule(lamps, Says { accept_within: term, resolve_within: term, ..Says::default() });
        for (name, value) in [
            ("key", format!("key-{}", self.sender.actor.user)),
            ("stranger", format!("key-{}", self.stranger.actor.user)),
            ("staff", format!("key-{}", self.worker.actor.user)),
            ("other_lamps", others.to_string()),
        ] {
            self.names.insert(name.to_owned(), value);
        }
    }

    pub fn key(&self) -> &str {
        &self.names["key"]
    }

    pub fn unit(&self, n: usize) -> Id<Unit> {
        self.units[n].id
    }

    /// A service account with these permissions somewhere; its key.
    pub fn account(&self, unit: usize, permissions: &[&str]) -> String {
        let id: Id<User> = fresh();
        let grants = vec![grant(self.unit(unit), &self.units[unit].path, permissions)];
        self.users.0.lock().insert(id, grants);
        format!("key-{id}")
    }

    pub fn category(&self, name: &str, code: Option<&str>, parent: Option<Id<Category>>) -> Id<Category> {
        let new = NewCategory {
            parent,
            unit: self.unit(DISTRICT),
            kind: CategoryKind::Component,
            name: name.to_owned(),
            code: code.map(str::to_owned),
            local: code.is_none(),
        };
        let who = self.worker.clone();
        self.write(move |tx, s| categories::create(tx, &who, s, &new)).unwrap().id
    }

    fn rule(&self, category: Id<Category>, says: Says) {
        let (who, unit) = (self.worker.clone(), self.unit(DISTRICT));
        self.write(move |tx, s| category_rules::put(tx, &who, s, category, unit, 0, &says)).unwrap();
    }

    pub fn write<T: Send + 'static>(
        &self,
        f: impl Fn(&mut Tx<'_>, &GridServices) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let s = self.grid.clone();
        // A thread that answers requests does not wait.
        let work = || self.db.db.write_blocking(move |tx| f(tx, &s));
        std::thread::scope(|scope| scope.spawn(work).join().expect("a thread"))
    }

    fn now(&self, who: &Context) -> Context {
        Context { now: self.db.db.clock().now(), ..who.clone() }
    }

    /// A case that did not come through Open311.
    pub fn elsewhere(&self, title: &str, unit: usize) -> Incident {
        let who = self.now(&self.worker);
        let grants = vec![grant(self.unit(unit), &self.units[unit].path, &["grid.incident.report"])];
        let who = testkit::context(&self.db.db, who.actor.user, grants);
        let new = NewIncident {
            title: title.to_owned(),
            description: "秘密细节".into(),
            address: Some("人民路一号".into()),
            unit: Some(self.unit(unit)),
            ..NewIncident::default()
        };
        self.write(move |tx, s| report::report(tx, &who, s, &new)).unwrap().incident
    }

    /// The case of a number.
    pub fn case(&self, number: &str) -> Incident {
        let number = number.to_owned();
        let found = self.write(move |tx, _| {
            let id = grid::store::incidents::by_number(tx, &number)?.expect("a case of this number");
            grid::store::incidents::find(tx, id)
        });
        found.unwrap().expect("a case").0
    }

    /// Does deeds to a case, one after another, and tells who reported it.
    pub fn act(&self, number: &str, deeds: Vec<Deed>) {
        for deed in deeds {
            let who = match deed {
                Deed::Pass { .. } | Deed::Fail { .. } | Deed::Reopen { .. } => self.now(&self.inspector),
                Deed::Close { .. } => self.now(&self.closer()),
                _ => self.now(&self.worker),
            };
            let deed = match deed {
                Deed::Dispatch { note, .. } => {
                    Deed::Dispatch { unit: Some(self.unit(DISTRICT)), person: None, note }
                }
                other => other,
            };
            let case = self.case(number);
            self.write(move |tx, s| act::act(tx, &who, s, case.id, case.version, &deed)).unwrap();
        }
        self.deliver();
    }

    /// Who closes: neither who resolved nor who verified.
    fn closer(&self) -> Context {
        let unit = &self.units[DISTRICT];
        let grants = vec![grant(unit.id, &unit.path, &["grid.incident.read", "grid.incident.close"])];
        testkit::context(&self.db.db, fresh(), grants)
    }

    /// Strikes a case.
    pub fn strike(&self, number: &str) {
        let (asker, case) = (self.now(&self.worker), self.case(number));
        let asked = Asked { kind: RequestKind::Void, extra: None, reason: "不该公开".into() };
        let asked =
            self.write(move |tx, s| requests::ask(tx, &asker, s, case.id, case.version, &asked)).unwrap();
        let who = self.now(&self.inspector);
        let verdict = Verdict { granted: true, note: None };
        self.write(move |tx, s| {
            requests::decide(tx, &who, s, (asked.incident, asked.id), asked.version, &verdict)
        })
        .unwrap();
        self.deliver();
    }

    /// Runs what waits behind the commits.
    pub fn deliver(&self) {
        let reactions = self.plugin().reactions();
        loop {
            let (reactions, now) = (reactions.clone(), self.db.db.clock().now());
            let done = self.write(move |tx, _| {
                let claims = outbox::claim(tx, &["open311.tell"], "test", now, now.plus_seconds(60), 100)?;
                for claim in &claims {
                    (reactions[0].run)(tx, &claim.event)?;
                    outbox::complete(tx, claim)?;
                }
                Ok(claims.len())
            });
            if done.unwrap() == 0 {
                return;
            }
        }
    }

    pub fn plugin(&self) -> Arc<Open311Plugin> {
        let services = Open311Services::new(self.grid.clone(), self.settings.clone());
        let plugin = Arc::new(Open311Plugin::new(services));
        self.db.db.set_consumers(Consumers::new(plugin.reactions()));
        plugin
    }
}

/// The way of a case to its end.
pub fn all_the_way(result: &str) -> Vec<Deed> {
    vec![
        Deed::Accept { note: Some("内部备注".into()) },
        Deed::Dispatch { unit: None, person: None, note: Some("内部备注".into()) },
        Deed::Start { note: None },
        Deed::Resolve { result: result.into() },
        Deed::Pass { note: Some("内部备注".into()) },
        Deed::Close { note: Some("内部备注".into()) },
    ]
}
