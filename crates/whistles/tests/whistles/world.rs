//! A city with two districts, a community and departments, cases that are made up, and the deeds as one-liners.

use std::collections::BTreeMap;
use std::sync::Arc;

use contracts::{
    AddressKind, CaseRef, Cases, Due, NewCase, Notice, Notices, Pause, Recipient, RightHolders, Span,
    SpanUnit, UnitRef, UnitTree, WorkCalendar, WorkTime,
};
use kernel::id::{Incident, Unit, User, WhistleCall};
use kernel::{BuiltinRole, Context, Fault, HeldGrant, Id, IdGen, Instant, Outcome, UnitPath};
use parking_lot::Mutex;
use storage::{Tx, migrate};
use testkit::{TestDb, fresh, grant};
use whistles::WhistleServices;
use whistles::model::{Call, Whistle};
use whistles::service::blow::{self, NewWhistle};
use whistles::service::deadline::Wanted;
use whistles::service::{answer, judge, late, see, withdraw};

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

/// Cases; whoever holds anything at a case's unit sees it.
#[derive(Default)]
pub struct FakeCases(pub Mutex<BTreeMap<Id<Incident>, CaseRef>>);

impl<T> Cases<T> for FakeCases {
    fn case(&self, _: &mut T, ctx: &Context, id: Id<Incident>, _: bool) -> Outcome<Option<CaseRef>> {
        let sees = |case: &CaseRef| ctx.actor.grants.iter().any(|g| g.reaches(&case.path));
        Ok(self.0.lock().get(&id).filter(|case| sees(case)).cloned())
    }
    fn report(&self, _: &mut T, _: &Context, _: NewCase) -> Outcome<CaseRef> {
        Err(Fault::internal("nobody reports here"))
    }
}

/// Offices that never close.
pub struct AlwaysOpen;

impl WorkTime for AlwaysOpen {
    fn is_open(&self, _: Instant) -> Outcome<bool> {
        Ok(true)
    }
    fn working(&self, from: Instant, until: Instant) -> Outcome<i64> {
        Ok((until.micros() - from.micros()).max(0) / 60_000_000)
    }
    fn due(&self, start: Instant, span: Span, _: &[Pause]) -> Outcome<Due> {
        let seconds = match span.unit() {
            SpanUnit::WorkingMinutes => 60,
            SpanUnit::WorkingHours => 3_600,
            SpanUnit::WorkingDays | SpanUnit::CalendarDays => 86_400,
        };
        Ok(Due::At(start.plus_seconds(span.count() * seconds)))
    }
    fn elapsed(&self, start: Instant, now: Instant, _: &[Pause]) -> Outcome<i64> {
        self.working(start, now)
    }
}

impl<T> WorkCalendar<T> for AlwaysOpen {
    fn work_time(&self, _: &mut T, _: &UnitPath, _: Instant, _: Instant) -> Outcome<Arc<dyn WorkTime>> {
        Ok(Arc::new(Self))
    }
}

/// What was told to whom.
#[derive(Default)]
pub struct Told(pub Mutex<Vec<(&'static str, Id<User>)>>);

impl<T> Notices<T> for Told {
    fn reaches(&self, _: AddressKind) -> bool {
        false
    }
    fn send(&self, _: &mut T, _: Instant, _: &dyn IdGen, notice: &Notice) -> Outcome<()> {
        if let Recipient::User(user) = notice.to {
            self.0.lock().push((notice.template.kind, user));
        }
        Ok(())
    }
}

/// Who was given what, as identity knows it.
pub struct People(pub Arc<Mutex<BTreeMap<Id<User>, Vec<HeldGrant>>>>);

impl<T> RightHolders<T> for People {
    fn holders_in(
        &self,
        _: &mut T,
        permission: &str,
        path: &UnitPath,
        now: Instant,
        limit: i64,
    ) -> Outcome<Vec<Id<User>>> {
        let holds = |g: &HeldGrant| path.contains(&g.path) && g.carries(permission) && g.is_live(now);
        let all = self.0.lock();
        let found = all.iter().filter(|(_, grants)| grants.iter().any(holds)).map(|(id, _)| *id);
        Ok(found.take(usize::try_from(limit).unwrap()).collect())
    }
}

pub struct World {
    pub db: TestDb,
    pub tree: Arc<FakeTree>,
    pub cases: Arc<FakeCases>,
    pub told: Arc<Told>,
    /// Who is who, for tokens.
    pub users: Arc<Mutex<BTreeMap<Id<User>, Vec<HeldGrant>>>>,
    pub s: WhistleServices,
    pub units: Vec<UnitRef>,
    now: Mutex<Instant>,
}

pub const CITY: usize = 0;
pub const DISTRICT: usize = 1;
pub const TOWN: usize = 2;
pub const C1: usize = 3;
pub const C2: usize = 4;
pub const URBAN: usize = 5;
pub const MARKET: usize = 6;
pub const OTHER: usize = 7;
pub const FIRE: usize = 8;
pub const HOUR: i64 = 3_600;

impl World {
    /// One on each engine.
    pub fn each() -> Vec<Self> {
        TestDb::each(&[migrate::own(), whistles::plugin::migrations()]).into_iter().map(Self::on).collect()
    }

    pub fn on(db: TestDb) -> Self {
        let (tree, cases, told) =
            (Arc::new(FakeTree::default()), Arc::new(FakeCases::default()), Arc::new(Told::default()));
        let users: Arc<Mutex<BTreeMap<Id<User>, Vec<HeldGrant>>>> = Arc::default();
        let at = |parent: Option<&UnitPath>, n| UnitPath::numbered(parent, n).unwrap();
        let city = at(None, 1);
        let (district, other) = (at(Some(&city), 1), at(Some(&city), 2));
        let town = at(Some(&district), 1);
        let places = [
            ("厦门市", "city", city),
            ("海沧区", "district", district.clone()),
            ("东镇", "town", town.clone()),
            ("一社区", "community", at(Some(&town), 1)),
            ("二社区", "community", at(Some(&town), 2)),
            ("城管局", "department", at(Some(&district), 2)),
            ("市场监管局", "department", at(Some(&district), 3)),
            ("集美区", "district", other.clone()),
            ("集美消防", "department", at(Some(&other), 1)),
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
        let s = WhistleServices::new(tree.clone(), cases.clone(), Arc::new(AlwaysOpen))
            .with_notices(told.clone())
            .with_people(Arc::new(People(users.clone())));
        let now = Mutex::new(db.db.clock().now());
        Self { db, tree, cases, told, users, s, units, now }
    }

    pub fn unit(&self, n: usize) -> Id<Unit> {
        self.units[n].id
    }

    pub fn path(&self, n: usize) -> UnitPath {
        self.tree.0.lock()[&self.unit(n)].path.clone()
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: i64) -> Instant {
        let mut now = self.now.lock();
        *now = now.plus_seconds(seconds);
        *now
    }

    /// A case of a unit.
    pub fn case(&self, unit: usize) -> Id<Incident> {
        let case = CaseRef {
            id: fresh(),
            number: "20261125-0001".into(),
            title: "占道经营".into(),
            unit: self.unit(unit),
            path: self.path(unit),
            grid: None,
            category: None,
            state: "accepted".into(),
            over: false,
            reporter: fresh(),
        };
        let id = case.id;
        self.cases.0.lock().insert(id, case);
        id
    }

    /// Somebody with these permissions at a unit and below.
    pub fn person(&self, unit: usize, permissions: &[&str]) -> Context {
        self.with(vec![grant(self.unit(unit), &self.path(unit), permissions)])
    }

    pub fn with(&self, grants: Vec<HeldGrant>) -> Context {
        let id: Id<User> = fresh();
        self.users.lock().insert(id, grants.clone());
        testkit::context(&self.db.db, id, grants)
    }

    /// What a built-in role holds of this crate, at a unit.
    pub fn role(&self, role: BuiltinRole, unit: usize) -> Context {
        let all = whistles::permission::PERMISSIONS.iter();
        let held: Vec<&str> = all.filter(|p| p.roles.contains(&role)).map(|p| p.name).collect();
        self.person(unit, &held)
    }

    /// Runs the community.
    pub fn secretary(&self) -> Context {
        self.role(BuiltinRole::UnitAdmin, C1)
    }

    pub fn handler(&self, unit: usize) -> Context {
        self.role(BuiltinRole::DepartmentHandler, unit)
    }

    /// The same person, a second later.
    pub fn now(&self, who: &Context) -> Context {
        Context { now: self.pass(1), ..who.clone() }
    }

    pub fn write<T: Send + 'static>(
        &self,
        f: impl Fn(&mut Tx<'_>, &WhistleServices) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let s = self.s.clone();
        self.db.db.write_blocking(move |tx| f(tx, &s))
    }

    /// A whistle to these departments: an hour to report in, a day for the result.
    pub fn wanted(&self, case: Id<Incident>, departments: &[usize]) -> NewWhistle {
        NewWhistle {
            incident: case,
            departments: departments.iter().map(|n| self.unit(*n)).collect(),
            wanted: "请到场联合处置".into(),
            report: Wanted { at: None, within: Some((1, SpanUnit::WorkingHours)) },
            result: Wanted { at: None, within: Some((1, SpanUnit::CalendarDays)) },
        }
    }

    pub fn blow_as(&self, who: &Context, new: NewWhistle) -> Outcome<(Whistle, Vec<Call>)> {
        let who = self.now(who);
        self.write(move |tx, s| blow::blow(tx, &who, s, &new))
    }

    /// A whistle of the community's.
    pub fn blow(&self, departments: &[usize]) -> (Context, Whistle, Vec<Call>) {
        let who = self.secretary();
        let (whistle, calls) = self.blow_as(&who, self.wanted(self.case(C1), departments)).unwrap();
        (who, whistle, calls)
    }

    pub fn call(&self, id: Id<WhistleCall>) -> (Whistle, Call) {
        let who = self.now(&self.role(BuiltinRole::PlatformAdmin, CITY));
        self.write(move |tx, _| see::call(tx, &who, id).map(|(whistle, call, _)| (whistle, call))).unwrap()
    }

    pub fn report_in(&self, who: &Context, call: &Call) -> Outcome<Call> {
        let (who, id, seen) = (self.now(who), call.id, call.version);
        let coming = Some(who.now.plus_seconds(600));
        self.write(move |tx, s| answer::report_in(tx, &who, s, id, seen, "中队两人", coming).map(|d| d.1))
    }

    pub fn decline(&self, who: &Context, call: &Call, reason: &str) -> Outcome<Call> {
        let (who, id, seen, reason) = (self.now(who), call.id, call.version, reason.to_owned());
        self.write(move |tx, s| answer::decline(tx, &who, s, id, seen, &reason).map(|d| d.1))
    }

    pub fn result(&self, who: &Context, call: &Call, text: &str) -> Outcome<Call> {
        let (who, id, seen, text) = (self.now(who), call.id, call.version, text.to_owned());
        self.write(move |tx, s| answer::result(tx, &who, s, id, seen, &text).map(|d| d.1))
    }

    pub fn decide(&self, who: &Context, call: &Call, accept: bool, note: &str) -> Outcome<Call> {
        let (who, id, seen, note) = (self.now(who), call.id, call.version, note.to_owned());
        self.write(move |tx, s| judge::decide(tx, &who, s, id, seen, accept, &note).map(|d| d.1))
    }

    pub fn grade(&self, who: &Context, call: &Call, stars: i64) -> Outcome<Call> {
        let (who, id, seen) = (self.now(who), call.id, call.version);
        self.write(move |tx, s| judge::grade(tx, &who, s, id, seen, stars, "及时").map(|d| d.1))
    }

    pub fn withdraw(&self, who: &Context, call: &Call, reason: &str) -> Outcome<Call> {
        let (who, id, seen, reason) = (self.now(who), call.id, call.version, reason.to_owned());
        self.write(move |tx, s| withdraw::one(tx, &who, s, id, seen, &reason).map(|d| d.1))
    }

    pub fn withdraw_all(&self, who: &Context, whistle: &Whistle, reason: &str) -> Outcome<Whistle> {
        let (who, id, seen, reason) = (self.now(who), whistle.id, whistle.version, reason.to_owned());
        self.write(move |tx, s| withdraw::whole(tx, &who, s, id, seen, &reason))
    }

    /// Runs the job; answers of how many calls it told.
    pub fn tell_late(&self) -> usize {
        let (now, ids) = (self.pass(1), Arc::clone(self.db.db.ids()));
        self.write(move |tx, s| late::tell(tx, s, now, &ids)).unwrap()
    }

    /// What was told since this was asked last.
    pub fn heard(&self) -> Vec<(&'static str, Id<User>)> {
        std::mem::take(&mut *self.told.0.lock())
    }
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
