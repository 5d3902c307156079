//! A town that is made up: a district with two towns and a community each, people with rights, and the deeds as one-liners.

use std::collections::BTreeMap;
use std::sync::Arc;

use calendar::model::{Kept, YearVersion};
use calendar::service::change::{self, Changes, NewCalendar};
use calendar::service::input::{NewYear, Opening, WeekOpening};
use calendar::service::year;
use calendar::{CalendarServices, WorkTimes};
use contracts::{Due, Pause, Span, UnitRef, UnitTree, WorkCalendar, WorkTime};
use kernel::id::{Calendar as CalendarId, Unit, User};
use kernel::{BuiltinRole, Context, HeldGrant, Id, Instant, Outcome, UnitPath};
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

pub struct World {
    pub db: TestDb,
    pub tree: Arc<FakeTree>,
    /// Who is who, for tokens.
    pub users: Arc<Mutex<BTreeMap<Id<User>, Vec<HeldGrant>>>>,
    pub s: CalendarServices,
    pub units: Vec<UnitRef>,
    now: Mutex<Instant>,
}

pub const DISTRICT: usize = 0;
pub const TOWN1: usize = 1;
pub const C1: usize = 2;
pub const TOWN2: usize = 3;
pub const C2: usize = 4;

/// A Wednesday morning in June, long before and after which holidays are published.
pub const NOW: &str = "2026-06-10T09:30:00+08:00";

impl World {
    /// One on each engine.
    pub fn each() -> Vec<Self> {
        TestDb::each(&[migrate::own(), calendar::plugin::migrations()]).into_iter().map(Self::on).collect()
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
            ("西镇", town2.clone()),
            ("二社区", at(Some(&town2), 1)),
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
        let s = CalendarServices::new(tree.clone()).unwrap();
        Self { db, tree, users: Arc::default(), s, units, now: Mutex::new(crate::wall::at(NOW)) }
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

    /// Somebody with these permissions at a unit and below.
    pub fn person(&self, unit: usize, permissions: &[&str]) -> Context {
        let grants = vec![grant(self.unit(unit), &self.path(unit), permissions)];
        let id: Id<User> = fresh();
        self.users.lock().insert(id, grants.clone());
        testkit::context(&self.db.db, id, grants)
    }

    /// What a built-in role holds of this crate, at a unit.
    pub fn role(&self, role: BuiltinRole, unit: usize) -> Context {
        let all = calendar::permission::PERMISSIONS.iter();
        let held: Vec<&str> = all.filter(|p| p.roles.contains(&role)).map(|p| p.name).collect();
        self.person(unit, &held)
    }

    pub fn clerk(&self) -> Context {
        self.role(BuiltinRole::UnitAdmin, DISTRICT)
    }

    /// The same person, a second later.
    pub fn now(&self, who: &Context) -> Context {
        Context { now: self.pass(1), ..who.clone() }
    }

    pub fn write<T: Send + 'static>(
        &self,
        f: impl Fn(&mut Tx<'_>, &CalendarServices) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let s = self.s.clone();
        self.db.db.write_blocking(move |tx| f(tx, &s))
    }

    pub fn create(&self, who: &Context, new: NewCalendar) -> Outcome<Kept> {
        let who = self.now(who);
        self.write(move |tx, s| change::create(tx, &who, s, &new))
    }

    pub fn change(&self, who: &Context, kept: &Kept, changes: Changes) -> Outcome<Kept> {
        let (who, id, version) = (self.now(who), kept.id, kept.version);
        self.write(move |tx, s| change::change(tx, &who, s, id, version, &changes))
    }

    pub fn end(&self, who: &Context, kept: &Kept, from: Option<&str>) -> Outcome<Kept> {
        let (who, id, version) = (self.now(who), kept.id, kept.version);
        let from = from.map(|day| day.parse().unwrap());
        self.write(move |tx, s| change::end(tx, &who, s, id, version, from))
    }

    pub fn put(&self, who: &Context, kept: &Kept, year: i32, new: NewYear) -> Outcome<(Kept, YearVersion)> {
        let (who, id, version) = (self.now(who), kept.id, kept.version);
        self.write(move |tx, s| year::put(tx, &who, s, id, version, year, &new))
    }

    pub fn find(&self, who: &Context, id: Id<CalendarId>) -> Outcome<Kept> {
        let who = self.now(who);
        self.write(move |tx, _| calendar::service::see::visible(tx, &who, id))
    }

    /// The working time of a unit, through the port that other domains have.
    pub fn hours(&self, unit: usize, start: &str, known_at: Instant) -> Arc<dyn WorkTime> {
        let (port, path, start) = (WorkTimes(self.s.clone()), self.path(unit), crate::wall::at(start));
        let found = Arc::new(Mutex::new(None));
        let kept = Arc::clone(&found);
        self.write(move |tx, _| {
            *kept.lock() = Some(port.work_time(tx, &path, start, known_at)?);
            Ok(())
        })
        .unwrap();
        let found = found.lock().take();
        found.unwrap()
    }

    /// When something is due for a unit, by what is known now.
    pub fn due(&self, unit: usize, start: &str, span: Span) -> Outcome<Instant> {
        self.due_known(unit, start, span, self.pass(1), &[])
    }

    pub fn due_known(
        &self,
        unit: usize,
        start: &str,
        span: Span,
        known_at: Instant,
        pauses: &[Pause],
    ) -> Outcome<Instant> {
        match self.hours(unit, start, known_at).due(crate::wall::at(start), span, pauses)? {
            Due::At(at) => Ok(at),
            standing => panic!("{standing:?}"),
        }
    }
}

/// Open from and until, on these weekdays.
pub fn open(weekdays: &[&str], opens: &str, closes: &str) -> Vec<WeekOpening> {
    let opening = |day: &&str| WeekOpening {
        weekday: calendar::model::WeekdayWord::parse(day).unwrap(),
        opening: Opening { opens: opens.into(), closes: closes.into() },
    };
    weekdays.iter().map(opening).collect()
}

pub const WORKDAYS: &[&str] = &["monday", "tuesday", "wednesday", "thursday", "friday"];

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
