//! A town that is made up: a district, two towns, two communities each; and a history as long as one likes.

use std::collections::BTreeMap;
use std::sync::Arc;

use contracts::{CaseHistory, CaseNames, CaseStep, GridName, UnitRef, UnitTree, UserDirectory, UserRef};
use figures::FigureServices;
use figures::model::{Period, Sums};
use figures::service::ask::{self, Cut, Question, Told};
use figures::service::count_on;
use figures::store::sums::{By, Narrow};
use kernel::id::{Category, Grid, Incident, Unit, User};
use kernel::{Context, HeldGrant, Id, Instant, Outcome, UnitPath};
use parking_lot::Mutex;
use storage::{Tx, migrate};
use testkit::{TestDb, fresh, grant};

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

/// Steps of cases; the last of them may have no place yet.
#[derive(Default)]
pub struct FakeHistory(pub Mutex<Vec<CaseStep>>);

impl<T> CaseHistory<T> for FakeHistory {
    fn steps(&self, _: &mut T, after: i64, limit: i64) -> Outcome<Vec<CaseStep>> {
        let limit = usize::try_from(limit).unwrap();
        Ok(self.0.lock().iter().filter(|s| s.place > after).take(limit).cloned().collect())
    }
    fn newest(&self, _: &mut T) -> Outcome<i64> {
        Ok(self.0.lock().last().map_or(0, |s| s.place))
    }
    fn has_unsettled(&self, _: &mut T) -> Outcome<bool> {
        Ok(false)
    }
    fn settle(&self, _: &mut T, _: i64) -> Outcome<usize> {
        Ok(0)
    }
}

/// Grids and their units; every category is called after its id.
#[derive(Default)]
pub struct FakeNames(pub Mutex<BTreeMap<Id<Grid>, Named>>);

/// A name and a unit.
pub type Named = (String, Id<Unit>);

impl<T> CaseNames<T> for FakeNames {
    fn grids(&self, _: &mut T, ids: &[Id<Grid>]) -> Outcome<Vec<GridName>> {
        let all = self.0.lock();
        let named = |id: &Id<Grid>| {
            all.get(id).map(|(name, unit)| GridName { id: *id, name: name.clone(), unit: *unit })
        };
        Ok(ids.iter().filter_map(named).collect())
    }
    fn categories(&self, _: &mut T, ids: &[Id<Category>]) -> Outcome<Vec<(Id<Category>, String)>> {
        Ok(ids.iter().map(|id| (*id, "路灯".to_owned())).collect())
    }
}

pub const DISTRICT: usize = 0;
pub const TOWN1: usize = 1;
pub const C1A: usize = 2;
pub const C1B: usize = 3;
pub const TOWN2: usize = 4;
pub const C2A: usize = 5;

pub struct World {
    pub db: TestDb,
    pub tree: Arc<FakeTree>,
    pub users: Arc<FakeUsers>,
    pub history: Arc<FakeHistory>,
    pub s: FigureServices,
    pub units: Vec<UnitRef>,
    pub grids: Vec<Id<Grid>>,
}

impl World {
    pub fn each() -> Vec<Self> {
        TestDb::each(&[migrate::own(), figures::plugin::migrations()]).into_iter().map(Self::on).collect()
    }

    pub fn on(db: TestDb) -> Self {
        let (tree, users) = (Arc::new(FakeTree::default()), Arc::new(FakeUsers::default()));
        let (history, names) = (Arc::new(FakeHistory::default()), Arc::new(FakeNames::default()));
        let at = |parent: Option<&UnitPath>, n| UnitPath::numbered(parent, n).unwrap();
        let district = at(None, 1);
        let (town1, town2) = (at(Some(&district), 1), at(Some(&district), 2));
        let places = [
            ("锡山区", "district", district.clone()),
            ("东镇", "town", town1.clone()),
            ("一社区", "community", at(Some(&town1), 1)),
            ("=二社区", "community", at(Some(&town1), 2)),
            ("西镇", "town", town2.clone()),
            ("三社区", "community", at(Some(&town2), 1)),
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
        let grids: Vec<Id<Grid>> = (0..3).map(|_| fresh()).collect();
        for (grid, unit) in grids.iter().zip([C1A, C1B, C2A]) {
            names.0.lock().insert(*grid, ("格".to_owned(), units[unit].id));
        }
        let s = FigureServices {
            tree: tree.clone(),
            users: users.clone(),
            history: history.clone(),
            names,
            zone: chrono_tz::Asia::Shanghai,
        };
        Self { db, tree, users, history, s, units, grids }
    }

    pub fn unit(&self, n: usize) -> Id<Unit> {
        self.units[n].id
    }

    pub fn person(&self, unit: usize, permissions: &[&str]) -> Context {
        let id: Id<User> = fresh();
        let grants = vec![grant(self.unit(unit), &self.units[unit].path, permissions)];
        self.users.0.lock().insert(id, ("张三".to_owned(), grants.clone()));
        testkit::context(&self.db.db, id, grants)
    }

    pub fn chief(&self) -> Context {
        self.person(
            DISTRICT,
            &["figures.figure.read", "figures.worker.read", "figures.figure.recount", "grid.incident.read"],
        )
    }

    pub fn write<T: Send + 'static>(
        &self,
        f: impl Fn(&mut Tx<'_>, &FigureServices) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let s = self.s.clone();
        self.db.db.write_blocking(move |tx| f(tx, &s))
    }

    pub fn read<T: Send + 'static>(
        &self,
        f: impl Fn(&mut Tx<'_>, &FigureServices) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let s = self.s.clone();
        self.db.db.read_blocking(move |tx| f(tx, &s))
    }

    /// Counts until nothing is left.
    pub fn count(&self, at_once: i64) {
        while self.write(move |tx, s| count_on::count_on(tx, s, at_once)).unwrap() {}
    }

    /// Adds a step.
    pub fn step(&self, step: CaseStep) {
        let mut all = self.history.0.lock();
        let place = all.last().map_or(1, |s| s.place + 1);
        all.push(CaseStep { place, ..step });
    }

    /// A report in a unit at a moment; answers the case.
    pub fn report(&self, unit: usize, at: Instant) -> Id<Incident> {
        let id = fresh();
        let grid = [C1A, C1B, C2A].iter().position(|u| *u == unit).map(|n| self.grids[n]);
        self.step(CaseStep {
            unit: Some(self.unit(unit)),
            grid,
            source: Some("resident".into()),
            point: Some((31.5, 120.3)),
            ..bare(id, 1, "report", "reported", at)
        });
        id
    }

    /// The whole way of a case to its end.
    pub fn close(&self, id: Id<Incident>, at: Instant) {
        let ways = [
            ("accept", "accepted"),
            ("dispatch", "dispatched"),
            ("start", "in_progress"),
            ("resolve", "resolved"),
            ("verify", "verified"),
            ("close", "closed"),
        ];
        for (seq, (action, to)) in (2..).zip(ways) {
            self.step(bare(id, seq, action, to, at));
        }
    }

    pub fn ask(&self, who: &Context, unit: usize, days: (&str, &str), cut: Cut) -> Outcome<Told> {
        self.question(who, Question { cut, ..question(self.unit(unit), days) })
    }

    pub fn question(&self, who: &Context, question: Question) -> Outcome<Told> {
        let who = who.clone();
        self.read(move |tx, s| ask::ask(tx, &who, s, &question))
    }

    /// The sums of a unit, all together.
    pub fn sums(&self, unit: usize, days: (&str, &str)) -> Sums {
        self.ask(&self.chief(), unit, days, Cut::By(By::Nothing)).unwrap().groups[0].sums
    }
}

/// All of a unit over some days.
pub fn question(unit: Id<Unit>, (from, to): (&str, &str)) -> Question {
    Question {
        unit: Some(unit),
        grid: None,
        period: Period { from: from.parse().unwrap(), to: to.parse().unwrap() },
        narrow: Narrow::default(),
        cut: Cut::By(By::Nothing),
    }
}

/// A step that says nothing besides.
pub fn bare(incident: Id<Incident>, seq: i64, action: &str, to: &str, at: Instant) -> CaseStep {
    CaseStep {
        place: 0,
        incident,
        seq,
        action: action.into(),
        from: (seq > 1).then(|| "reported".to_owned()),
        to: to.into(),
        actor: None,
        at,
        unit: None,
        grid: None,
        point: None,
        category: None,
        assignee_unit: None,
        assignee: None,
        source: None,
        late: None,
        score: None,
    }
}

/// Noon of a day in Shanghai.
pub fn noon(day: &str) -> Instant {
    let at = format!("{day}T04:00:00Z").parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    Instant::new(at)
}

pub fn code<T: std::fmt::Debug>(outcome: Outcome<T>) -> &'static str {
    outcome.expect_err("is refused").code().expect("by a rule").code
}
