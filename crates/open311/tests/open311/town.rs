//! What the town's parts need to stand on: a tree, a directory and office hours that are made up.

use std::collections::BTreeMap;
use std::sync::Arc;

use contracts::{Due, Pause, Span, UnitRef, UnitTree, UserDirectory, UserRef, WorkCalendar, WorkTime};
use kernel::id::{Unit, User};
use kernel::{HeldGrant, Id, Instant, Outcome, UnitPath};
use parking_lot::Mutex;

/// Units by id.
pub struct Tree(pub Vec<UnitRef>);

impl<T> UnitTree<T> for Tree {
    fn unit(&self, _: &mut T, id: Id<Unit>) -> Outcome<Option<UnitRef>> {
        Ok(self.0.iter().find(|u| u.id == id).cloned())
    }
    fn units(&self, _: &mut T, ids: &[Id<Unit>]) -> Outcome<Vec<UnitRef>> {
        Ok(self.0.iter().filter(|u| ids.contains(&u.id)).cloned().collect())
    }
    fn lineage(&self, _: &mut T, path: &UnitPath) -> Outcome<Vec<UnitRef>> {
        let mut above: Vec<UnitRef> = self.0.iter().filter(|u| u.path.contains(path)).cloned().collect();
        above.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(above)
    }
    fn roots(&self, _: &mut T) -> Outcome<Vec<UnitRef>> {
        Ok(self.0.iter().filter(|u| u.path.depth() == 1).cloned().collect())
    }
}

/// People and service accounts with their grants.
#[derive(Default)]
pub struct Users(pub Mutex<BTreeMap<Id<User>, Vec<HeldGrant>>>);

impl<T> UserDirectory<T> for Users {
    fn users(&self, _: &mut T, ids: &[Id<User>]) -> Outcome<Vec<UserRef>> {
        let user = |id: &Id<User>| UserRef { id: *id, display_name: "王五".into(), enabled: true };
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
        let grants = self.0.lock().get(&user).cloned().unwrap_or_default();
        Ok(grants.iter().any(|g| g.is_live(now) && g.carries(permission) && g.reaches(path)))
    }
}

/// An office that never closes, where everything takes a day.
pub struct Hours;

impl WorkTime for Hours {
    fn is_open(&self, _: Instant) -> Outcome<bool> {
        Ok(true)
    }
    fn working(&self, from: Instant, until: Instant) -> Outcome<i64> {
        Ok((until.micros() - from.micros()).max(0) / 60_000_000)
    }
    fn due(&self, start: Instant, _: Span, _: &[Pause]) -> Outcome<Due> {
        Ok(Due::At(start.plus_days(1)))
    }
    fn elapsed(&self, start: Instant, now: Instant, _: &[Pause]) -> Outcome<i64> {
        self.working(start, now)
    }
}

/// Of which there is one.
pub struct Calendar;

impl<T> WorkCalendar<T> for Calendar {
    fn work_time(&self, _: &mut T, _: &UnitPath, _: Instant, _: Instant) -> Outcome<Arc<dyn WorkTime>> {
        Ok(Arc::new(Hours))
    }
}
