//! What others would bring, in memory.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use contracts::{
    Around, Care, CaseRef, Cases, GridPosts, GridRef, HomeRef, Homes, NewCase, PersonDirectory, PersonRef,
    PostRef, Sealing, UnitRef, UnitTree, UserDirectory, UserRef,
};
use kernel::id::{Grid, Household, Incident, Person, Unit, User};
use kernel::{Context, HeldGrant, Id, Instant, Outcome, UnitPath};
use parking_lot::Mutex;
use testkit::fresh;
use uuid::Uuid;

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

/// People with their grants, and the persons they are.
#[derive(Default)]
pub struct FakeUsers {
    pub grants: Mutex<BTreeMap<Id<User>, Vec<HeldGrant>>>,
    pub persons: Mutex<BTreeMap<Id<User>, Id<Person>>>,
}

impl<T> UserDirectory<T> for FakeUsers {
    fn users(&self, _: &mut T, ids: &[Id<User>]) -> Outcome<Vec<UserRef>> {
        let user = |id: &Id<User>| UserRef { id: *id, display_name: "某".into(), enabled: true };
        Ok(ids.iter().map(user).collect())
    }
    fn holds(
        &self,
        _: &mut T,
        user: Id<User>,
        permission: &str,
        path: &UnitPath,
        now: Instant,
    ) -> Outcome<bool> {
        let grants = self.grants.lock().get(&user).cloned().unwrap_or_default();
        Ok(grants.iter().any(|g| g.is_live(now) && g.carries(permission) && g.reaches(path)))
    }
}

impl<T> PersonDirectory<T> for FakeUsers {
    fn persons(&self, _: &mut T, _: &[Id<Person>]) -> Outcome<Vec<PersonRef>> {
        Ok(Vec::new())
    }
    fn person_of(&self, _: &mut T, user: Id<User>) -> Outcome<Option<Id<Person>>> {
        Ok(self.persons.lock().get(&user).copied())
    }
}

/// Where, who, since when.
type Member = (Id<Household>, Id<Person>, NaiveDate);

/// Households, and who lives in them since when.
#[derive(Default)]
pub struct FakeHomes {
    pub homes: Mutex<BTreeMap<Id<Household>, HomeRef>>,
    pub members: Mutex<BTreeSet<Member>>,
    /// How often anything was asked.
    pub asked: Mutex<usize>,
}

impl<T> Homes<T> for FakeHomes {
    fn homes(&self, _: &mut T, ids: &[Id<Household>]) -> Outcome<Vec<HomeRef>> {
        *self.asked.lock() += 1;
        let all = self.homes.lock();
        Ok(ids.iter().filter_map(|id| all.get(id).cloned()).collect())
    }
    fn below(
        &self,
        _: &mut T,
        path: &UnitPath,
        around: Option<Around>,
        after: Option<Id<Household>>,
        limit: i64,
    ) -> Outcome<Vec<HomeRef>> {
        *self.asked.lock() += 1;
        let inside = |point: Option<(f64, f64)>| match (point, around) {
            (Some((lat, lng)), Some(a)) => {
                (a.lat.0..=a.lat.1).contains(&lat) && (a.lng.0..=a.lng.1).contains(&lng)
            }
            _ => true,
        };
        let all = self.homes.lock();
        let found = all.values().filter(|h| path.contains(&h.path) && !h.closed && inside(h.point));
        let rest = found.filter(|h| after.is_none_or(|after| h.id > after));
        Ok(rest.take(usize::try_from(limit).unwrap()).cloned().collect())
    }
    fn members(
        &self,
        _: &mut T,
        ids: &[Id<Household>],
        on: NaiveDate,
    ) -> Outcome<Vec<(Id<Household>, Id<Person>)>> {
        *self.asked.lock() += 1;
        let all = self.members.lock();
        let there = all.iter().filter(|(home, _, since)| ids.contains(home) && *since <= on);
        Ok(there.map(|(home, person, _)| (*home, *person)).collect())
    }
    fn of_person(
        &self,
        _: &mut T,
        person: Id<Person>,
        on: NaiveDate,
    ) -> Outcome<Vec<(Id<Household>, NaiveDate)>> {
        let all = self.members.lock();
        let there = all.iter().filter(|(_, who, since)| *who == person && *since <= on);
        Ok(there.map(|(home, _, since)| (*home, *since)).collect())
    }
}

/// Grids, which are boxes, and posts.
#[derive(Default)]
pub struct FakePosts {
    pub grids: Mutex<BTreeMap<Id<Grid>, GridRef>>,
    pub posts: Mutex<Vec<PostRef>>,
}

fn touches(post: &PostRef, from: Instant, until: Instant) -> bool {
    post.from < until && post.until.is_none_or(|end| end > from)
}

impl<T> GridPosts<T> for FakePosts {
    fn grid(&self, _: &mut T, id: Id<Grid>) -> Outcome<Option<GridRef>> {
        Ok(self.grids.lock().get(&id).cloned())
    }
    fn grid_at(&self, _: &mut T, lat: f64, lng: f64) -> Outcome<Option<GridRef>> {
        Ok(self.grids.lock().values().find(|g| has(g, (lat, lng))).cloned())
    }
    fn inside(&self, _: &mut T, id: Id<Grid>, points: &[(f64, f64)]) -> Outcome<Vec<bool>> {
        let all = self.grids.lock();
        Ok(points.iter().map(|point| all.get(&id).is_some_and(|grid| has(grid, *point))).collect())
    }
    fn of_user(&self, tx: &mut T, user: Id<User>, from: Instant, until: Instant) -> Outcome<Vec<PostRef>> {
        self.of_users(tx, &[user], from, until)
    }
    fn of_users(
        &self,
        _: &mut T,
        users: &[Id<User>],
        from: Instant,
        until: Instant,
    ) -> Outcome<Vec<PostRef>> {
        let all = self.posts.lock();
        Ok(all.iter().filter(|p| users.contains(&p.user) && touches(p, from, until)).cloned().collect())
    }
    fn workers_below(
        &self,
        _: &mut T,
        unit: Id<Unit>,
        from: Instant,
        until: Instant,
        after: Option<(Id<Grid>, Id<User>)>,
        limit: i64,
    ) -> Outcome<Vec<PostRef>> {
        let root = self.grids.lock().values().find(|g| g.unit == unit).map(|g| g.path.clone());
        let above = crate::world::path_of(unit).or(root);
        let all = self.posts.lock();
        let below = |p: &&PostRef| above.as_ref().is_some_and(|path| path.contains(&p.path));
        let mut found: Vec<PostRef> = all
            .iter()
            .filter(below)
            .filter(|p| p.role == "worker" && touches(p, from, until))
            .cloned()
            .collect();
        found.sort_by_key(|p| (p.grid, p.user));
        found.retain(|p| after.is_none_or(|after| (p.grid, p.user) > after));
        found.truncate(usize::try_from(limit).unwrap());
        Ok(found)
    }
}

fn has(grid: &GridRef, (lat, lng): (f64, f64)) -> bool {
    grid.around.is_some_and(|a| (a.lat.0..=a.lat.1).contains(&lat) && (a.lng.0..=a.lng.1).contains(&lng))
}

/// Cases that were reported; an empty title is refused.
#[derive(Default)]
pub struct FakeCases(pub Mutex<Vec<(NewCase, CaseRef)>>);

impl<T> Cases<T> for FakeCases {
    fn case(&self, _: &mut T, ctx: &Context, id: Id<Incident>, _: bool) -> Outcome<Option<CaseRef>> {
        let all = self.0.lock();
        Ok(all.iter().map(|(_, case)| case).find(|c| c.id == id && c.reporter == ctx.actor.user).cloned())
    }
    fn report(&self, _: &mut T, ctx: &Context, new: NewCase) -> Outcome<CaseRef> {
        if new.title.trim().is_empty() {
            let required = &kernel::error::FIELD_REQUIRED;
            return Err(kernel::error::INVALID.refusal().at("/title", required).into());
        }
        let unit = new.unit.unwrap();
        let case = CaseRef {
            id: fresh(),
            number: "20261125-0001".into(),
            title: new.title.clone(),
            unit,
            path: crate::world::path_of(unit).unwrap(),
            grid: None,
            category: new.category,
            state: "reported".into(),
            over: false,
            reporter: ctx.actor.user,
        };
        self.0.lock().push((new, case.clone()));
        Ok(case)
    }
}

/// How many reasons there are for whom.
#[derive(Default)]
pub struct FakeCare(pub Mutex<BTreeMap<Id<Person>, i64>>);

impl<T> Care<T> for FakeCare {
    fn live_flags(&self, _: &mut T, people: &[Id<Person>], _: Instant) -> Outcome<Vec<(Id<Person>, i64)>> {
        let all = self.0.lock();
        Ok(people.iter().filter_map(|person| Some((*person, *all.get(person)?))).collect())
    }
}

/// Sealing that turns the bits of each byte around, bound to person and row, until the person is erased.
#[derive(Default)]
pub struct FakeSeals(pub Mutex<BTreeSet<Id<Person>>>);

impl<T> Sealing<T> for FakeSeals {
    fn seal(&self, _: &mut T, person: Id<Person>, row: Uuid, plain: &[u8]) -> Outcome<Option<Vec<u8>>> {
        if self.0.lock().contains(&person) {
            return Ok(None);
        }
        let bound = [person.uuid().as_bytes().as_slice(), row.as_bytes().as_slice()].concat();
        Ok(Some(bound.into_iter().chain(plain.iter().map(|byte| !byte)).collect()))
    }
    fn open(&self, _: &mut T, person: Id<Person>, row: Uuid, sealed: &[u8]) -> Outcome<Option<Vec<u8>>> {
        if self.0.lock().contains(&person) {
            return Ok(None);
        }
        assert_eq!(&sealed[..16], person.uuid().as_bytes());
        assert_eq!(&sealed[16..32], row.as_bytes());
        Ok(Some(sealed[32..].iter().map(|byte| !byte).collect()))
    }
}
