//! A town that is made up: two towns with two communities each, people with rights, and the deeds as one-liners.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use contracts::{
    Due, Pause, Span, SpanUnit, UnitRef, UnitTree, UserDirectory, UserRef, WorkCalendar, WorkTime,
};
use grid::GridServices;
use grid::model::{Boundary, Grid, GridKind, Request};
use grid::service::act::{self, Deed};
use grid::service::make;
use grid::service::make::NewGrid;
use grid::service::report::{self, NewIncident};
use grid::service::requests::{self, Asked, Verdict};
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
    fn by_codes(&self, _: &mut T, codes: &[String]) -> Outcome<Vec<UnitRef>> {
        let has = |u: &&UnitRef| u.code.as_ref().is_some_and(|code| codes.contains(code));
        Ok(self.0.lock().values().filter(has).cloned().collect())
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

/// An office that never closes. Until `silent` is lifted it cannot say when anything is over.
#[derive(Default, Clone)]
pub struct FakeHours {
    pub silent: Arc<Mutex<bool>>,
}

const MINUTE: i64 = 60_000_000;

fn length(span: Span) -> i64 {
    let minutes = match span.unit() {
        SpanUnit::WorkingMinutes => 1,
        SpanUnit::WorkingHours => 60,
        SpanUnit::WorkingDays | SpanUnit::CalendarDays => 1_440,
    };
    span.count() * minutes * MINUTE
}

impl WorkTime for FakeHours {
    fn is_open(&self, _: Instant) -> Outcome<bool> {
        Ok(true)
    }
    fn working(&self, from: Instant, until: Instant) -> Outcome<i64> {
        Ok((until.micros() - from.micros()).max(0) / MINUTE)
    }
    fn due(&self, start: Instant, span: Span, pauses: &[Pause]) -> Outcome<Due> {
        if *self.silent.lock() {
            return Err(kernel::error::UNAVAILABLE.fault());
        }
        let mut end = start.micros() + length(span);
        for pause in pauses.iter().filter(|p| p.until.is_none_or(|until| until > start)) {
            let from = pause.from.max(start);
            match pause.until {
                _ if from.micros() >= end => {}
                Some(until) => end += until.micros() - from.micros(),
                None => return Ok(Due::Standing { since: from, left: (end - from.micros()) / MINUTE }),
            }
        }
        Ok(Due::At(Instant::from_micros(end).unwrap()))
    }
    fn elapsed(&self, start: Instant, now: Instant, _: &[Pause]) -> Outcome<i64> {
        self.working(start, now)
    }
}

impl<T> WorkCalendar<T> for FakeHours {
    fn work_time(&self, _: &mut T, _: &UnitPath, _: Instant, _: Instant) -> Outcome<Arc<dyn WorkTime>> {
        Ok(Arc::new(self.clone()))
    }
}

pub struct World {
    pub db: TestDb,
    pub hours: FakeHours,
    /// Microseconds by which the world's time is ahead of the machine's.
    pub ahead: AtomicI64,
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
                code: None,
            })
            .collect();
        tree.0.lock().extend(units.iter().map(|u| (u.id, u.clone())));
        let hours = FakeHours::default();
        let s = GridServices::new(tree.clone(), users.clone(), Arc::new(hours.clone()));
        Self { db, hours, ahead: AtomicI64::new(0), tree, users, s, units }
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
            ["report", "read", "accept", "dispatch", "handle", "close", "suspend", "transfer", "self_handle"]
                .map(|v| format!("grid.incident.{v}"));
        self.person("王五", C1A, &all.each_ref().map(String::as_str))
    }
    pub fn handler(&self) -> Context {
        self.person("赵六", DEPARTMENT, &["grid.incident.handle"])
    }
    pub fn inspector(&self) -> Context {
        let all =
            ["grid.incident.read", "grid.incident.verify", "grid.incident.close", "grid.request.decide"];
        self.person("钱七", TOWN1, &all)
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
        Context { now: self.time(), ..who.clone() }
    }

    /// What time it is.
    pub fn time(&self) -> Instant {
        let ahead = self.ahead.load(Ordering::Relaxed);
        Instant::from_micros(self.db.db.clock().now().micros() + ahead).unwrap()
    }

    /// Lets time pass.
    pub fn later(&self, seconds: i64) {
        self.ahead.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
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

    pub fn ask(&self, who: &Context, id: Id<Incident>, version: i64, asked: Asked) -> Outcome<Request> {
        let who = self.now(who);
        self.write(move |tx, s| requests::ask(tx, &who, s, id, version, &asked))
    }

    pub fn decide(&self, who: &Context, request: &Request, granted: bool) -> Outcome<Request> {
        let (who, ids) = (self.now(who), (request.incident, request.id));
        let (version, verdict) = (request.version, Verdict { granted, note: None });
        self.write(move |tx, s| requests::decide(tx, &who, s, ids, version, &verdict))
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
