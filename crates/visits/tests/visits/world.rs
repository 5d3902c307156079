//! A town that is made up: a district, two towns, a community and a grid in each, workers on duty, households, and the deeds as one-liners.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use contracts::{Around, GridRef, HomeRef, PostRef, UnitRef};
use kernel::id::{Grid, Household, Person, Unit, User};
use kernel::{BuiltinRole, Context, Id, Instant, Outcome, PageSize, UnitPath};
use parking_lot::Mutex;
use storage::{Tx, migrate};
use testkit::{TestDb, fresh, grant};
use visits::VisitServices;
use visits::model::{FormRef, Plan, Question, QuestionKind, Tz, Visit, Way};
use visits::service::correct::{self, Correction};
use visits::service::forms::{self, NewForm};
use visits::service::plans::{self, NewPlan};
use visits::service::record::{self, NewVisit};
use visits::service::said::Said;
use visits::service::see::{self, Query, Shown};
use visits::service::strike;

use crate::fakes::*;

pub const DISTRICT: usize = 0;
pub const TOWN1: usize = 1;
pub const C1: usize = 2;
pub const TOWN2: usize = 3;
pub const C2: usize = 4;

/// A Wednesday morning in November.
pub const NOW: &str = "2026-11-25T10:00:00+08:00";
/// Where the grid of the first community lies, and the dwelling of its first household.
pub const HERE: (f64, f64) = (24.5, 118.0);
/// In the grid of the second community.
pub const THERE: (f64, f64) = (24.6, 118.0);

/// The places of units, for fakes that are asked by unit alone.
static ALL_PLACES: Mutex<BTreeMap<Id<Unit>, UnitPath>> = Mutex::new(BTreeMap::new());

/// Where a unit of any world stands.
pub fn path_of(unit: Id<Unit>) -> Option<UnitPath> {
    ALL_PLACES.lock().get(&unit).cloned()
}

pub fn at(text: &str) -> Instant {
    serde_json::from_value(serde_json::json!(text)).unwrap()
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub struct World {
    pub db: TestDb,
    pub tree: Arc<FakeTree>,
    pub users: Arc<FakeUsers>,
    pub homes: Arc<FakeHomes>,
    pub posts: Arc<FakePosts>,
    pub cases: Arc<FakeCases>,
    pub care: Arc<FakeCare>,
    pub seals: Arc<FakeSeals>,
    pub s: VisitServices,
    pub units: Vec<UnitRef>,
    /// The grids of the two communities.
    pub grids: Vec<Id<Grid>>,
    pub now: Mutex<Instant>,
}

impl World {
    /// One on each engine.
    pub fn each() -> Vec<Self> {
        TestDb::each(&[migrate::own(), visits::plugin::migrations()]).into_iter().map(Self::on).collect()
    }

    pub fn on(db: TestDb) -> Self {
        let (tree, users, homes) =
            (Arc::new(FakeTree::default()), Arc::new(FakeUsers::default()), Arc::default());
        let posts = Arc::new(FakePosts::default());
        let (cases, care, seals) =
            (Arc::new(FakeCases::default()), Arc::new(FakeCare::default()), Arc::default());
        let path = |parent: Option<&UnitPath>, n| UnitPath::numbered(parent, n).unwrap();
        let district = path(None, 1);
        let (town1, town2) = (path(Some(&district), 1), path(Some(&district), 2));
        let places = [
            ("海沧区", district.clone()),
            ("东街道", town1.clone()),
            ("一社区", path(Some(&town1), 1)),
            ("西街道", town2.clone()),
            ("二社区", path(Some(&town2), 1)),
        ];
        let unit = |(name, path): (&str, UnitPath)| UnitRef {
            id: fresh(),
            name: name.into(),
            kind: "unit".into(),
            path,
            closed: false,
            code: None,
        };
        let units: Vec<UnitRef> = places.into_iter().map(unit).collect();
        tree.0.lock().extend(units.iter().map(|u| (u.id, u.clone())));
        ALL_PLACES.lock().extend(units.iter().map(|u| (u.id, u.path.clone())));
        let homes: Arc<FakeHomes> = homes;
        let seals: Arc<FakeSeals> = seals;
        let s = VisitServices {
            tree: tree.clone(),
            homes: homes.clone(),
            posts: posts.clone(),
            cases: cases.clone(),
            care: care.clone(),
            seals: seals.clone(),
            people: users.clone(),
            users: users.clone(),
            zone: Tz::Asia__Shanghai,
        };
        let mut world = Self {
            db,
            tree,
            users,
            homes,
            posts,
            cases,
            care,
            seals,
            s,
            units,
            grids: Vec::new(),
            now: Mutex::new(at(NOW)),
        };
        world.grids = vec![world.grid(C1, Some(HERE)), world.grid(C2, Some(THERE))];
        world
    }

    pub fn unit(&self, n: usize) -> Id<Unit> {
        self.units[n].id
    }

    pub fn path(&self, n: usize) -> UnitPath {
        self.tree.0.lock()[&self.unit(n)].path.clone()
    }

    /// A grid of a unit: some five kilometres around a point, or not drawn.
    pub fn grid(&self, unit: usize, center: Option<(f64, f64)>) -> Id<Grid> {
        let id = fresh();
        let around =
            center.map(|(lat, lng)| Around { lat: (lat - 0.04, lat + 0.04), lng: (lng - 0.04, lng + 0.04) });
        let (unit, path) = (self.unit(unit), self.path(unit));
        let grid = GridRef { id, name: "网格".into(), unit, path, retired: false, around };
        self.posts.grids.lock().insert(id, grid);
        id
    }

    /// A household that is registered in a unit and lives at a point, with one person.
    pub fn home(&self, unit: usize, point: Option<(f64, f64)>) -> (Id<Household>, Id<Person>) {
        let id = fresh();
        let home = HomeRef { id, unit: self.unit(unit), path: self.path(unit), point, closed: false };
        self.homes.homes.lock().insert(id, home);
        (id, self.moves_in(id, "2020-01-01"))
    }

    pub fn moves_in(&self, home: Id<Household>, since: &str) -> Id<Person> {
        let person = fresh();
        self.homes.members.lock().insert((home, person, day(since)));
        person
    }

    /// Lets time pass until a moment.
    pub fn at(&self, moment: &str) {
        *self.now.lock() = at(moment);
    }

    /// Lets a second pass.
    pub fn pass(&self) -> Instant {
        let mut now = self.now.lock();
        *now = now.plus_seconds(1);
        *now
    }

    /// Somebody with these permissions at a unit and below.
    pub fn person(&self, unit: usize, permissions: &[&str]) -> Context {
        let grants = vec![grant(self.unit(unit), &self.path(unit), permissions)];
        let id: Id<User> = fresh();
        self.users.grants.lock().insert(id, grants.clone());
        testkit::context(&self.db.db, id, grants)
    }

    /// What a built-in role holds of this crate, at a unit.
    pub fn role(&self, role: BuiltinRole, unit: usize) -> Context {
        let all = visits::permission::PERMISSIONS.iter();
        let held: Vec<&str> = all.filter(|p| p.roles.contains(&role)).map(|p| p.name).collect();
        self.person(unit, &held)
    }

    /// A grid worker with a post in a grid since 2020.
    pub fn worker(&self, unit: usize, grid: Id<Grid>) -> Context {
        let worker = self.role(BuiltinRole::GridWorker, unit);
        self.post(worker.actor.user, grid, "2020-01-01T00:00:00+08:00", None);
        worker
    }

    /// The worker of the first community.
    pub fn worker1(&self) -> Context {
        self.worker(C1, self.grids[0])
    }

    pub fn manager(&self, unit: usize) -> Context {
        self.role(BuiltinRole::UnitAdmin, unit)
    }

    pub fn post(&self, user: Id<User>, grid: Id<Grid>, from: &str, until: Option<&str>) {
        self.post_as("worker", user, grid, from, until);
    }

    pub fn post_as(&self, role: &str, user: Id<User>, grid: Id<Grid>, from: &str, until: Option<&str>) {
        let GridRef { unit, path, .. } = self.posts.grids.lock()[&grid].clone();
        let (from, until) = (at(from), until.map(at));
        self.posts.posts.lock().push(PostRef { grid, unit, path, user, role: role.into(), from, until });
    }

    /// The same person, a second later.
    pub fn now(&self, who: &Context) -> Context {
        Context { now: self.pass(), ..who.clone() }
    }

    pub fn write<T: Send + 'static>(
        &self,
        f: impl Fn(&mut Tx<'_>, &VisitServices) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let s = self.s.clone();
        self.db.db.write_blocking(move |tx| f(tx, &s))
    }

    pub fn record(&self, who: &Context, new: &NewVisit) -> Outcome<Visit> {
        let (who, new) = (self.now(who), new.clone());
        self.write(move |tx, s| record::record(tx, &who, s, &new))
    }

    pub fn correct(&self, who: &Context, visit: &Visit, said: Said) -> Outcome<Visit> {
        let (who, id, version) = (self.now(who), visit.id, visit.version);
        let correction = Correction { said, reason: "日期记错了".into() };
        self.write(move |tx, s| correct::correct(tx, &who, s, id, version, &correction))
    }

    pub fn strike(&self, who: &Context, visit: &Visit) -> Outcome<Visit> {
        let (who, id, version) = (self.now(who), visit.id, visit.version);
        self.write(move |tx, s| strike::strike(tx, &who, s, id, version, "当日并未上门"))
    }

    pub fn see(&self, who: &Context, id: Id<kernel::id::Visit>) -> Outcome<Visit> {
        let who = self.now(who);
        self.write(move |tx, s| see::visible(tx, &who, s, id))
    }

    pub fn list(&self, who: &Context, query: Query) -> Vec<Shown> {
        let who = self.now(who);
        self.write(move |tx, s| see::list(tx, &who, s, &query, PageSize::DEFAULT, 0)).unwrap().items
    }

    pub fn read(&self, who: &Context, id: Id<kernel::id::Visit>) -> Outcome<visits::service::content::Read> {
        let who = self.now(who);
        self.write(move |tx, s| visits::service::content::read(tx, &who, s, id, None))
    }

    pub fn plan(
        &self,
        who: &Context,
        worker: Option<Id<User>>,
        home: Id<Household>,
        on: &str,
    ) -> Outcome<Plan> {
        let (who, new) = (self.now(who), NewPlan { worker, household: home, on: day(on) });
        self.write(move |tx, s| plans::create(tx, &who, s, &new))
    }

    pub fn find_plan(&self, id: Id<kernel::id::VisitPlan>) -> Plan {
        self.write(move |tx, _| visits::store::plans::find(tx, id)).unwrap().unwrap()
    }

    pub fn form(&self, who: &Context, unit: usize, questions: Vec<Question>) -> Outcome<forms::Shown> {
        let (unit, code, name) = (self.unit(unit), "routine".to_owned(), "日常走访".to_owned());
        let (who, new) = (self.now(who), NewForm { unit, code, name, questions });
        self.write(move |tx, s| forms::create(tx, &who, s, &new))
    }
}

/// A visit at the door an hour before [`NOW`], without anything else.
pub fn call(home: Id<Household>) -> NewVisit {
    call_at(home, "2026-11-25T09:00:00+08:00")
}

pub fn call_at(home: Id<Household>, moment: &str) -> NewVisit {
    NewVisit { id: None, household: home, said: said(moment), position: None, plan: None, case: None }
}

pub fn said(moment: &str) -> Said {
    Said { at: at(moment), way: Way::InPerson, met: vec![], form: None, answers: vec![], note: None }
}

pub fn form_ref(shown: &forms::Shown) -> Option<FormRef> {
    Some(FormRef { form: shown.form.id, number: shown.version.number })
}

/// A question that need not be answered.
pub fn question(key: &str, kind: QuestionKind) -> Question {
    let options = match kind {
        QuestionKind::OneOf | QuestionKind::SomeOf => ["gas", "coal", "power"].map(option).to_vec(),
        _ => vec![],
    };
    Question { key: key.into(), label: "问题".into(), kind, required: false, min: None, max: None, options }
}

pub fn option(key: &str) -> visits::model::Choice {
    visits::model::Choice { key: key.into(), label: "选项".into() }
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
        Err(kernel::Fault::Refused(refusal)) => {
            refusal.fields.iter().map(|f| (f.pointer.to_string(), f.code.code)).collect()
        }
        Err(fault) => panic!("not by a rule: {fault}"),
        Ok(_) => panic!("it was not refused"),
    }
}
