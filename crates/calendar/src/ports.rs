//! What calendar needs of others, and working time as it offers it to them.

use std::sync::Arc;

use contracts::{UnitTree, WorkCalendar, WorkTime};
use kernel::{Instant, Outcome, UnitPath};
use storage::Tx;

use crate::model::{Calendar, Layer, Published, Tz};
use crate::service::resolve;

/// The governance tree.
pub type Tree = Arc<dyn for<'c> UnitTree<Tx<'c>>>;

/// What every deed of this crate stands on.
#[derive(Clone)]
pub struct CalendarServices {
    /// The governance tree.
    pub tree: Tree,
    /// The State Council's holidays.
    pub published: Arc<Published>,
    /// What stands above all calendars of units, by code and not by row.
    pub standard: Arc<Layer>,
    /// The same, ready to be counted by: where no unit has a calendar of its own, nothing is built.
    pub alone: Arc<Calendar>,
}

impl CalendarServices {
    /// Over the published holidays of this version of the software.
    pub fn new(tree: Tree) -> Result<Self, String> {
        Self::over(tree, Published::cn()?)
    }

    /// Over these published holidays.
    pub fn over(tree: Tree, published: Published) -> Result<Self, String> {
        let standard = published.standard().map_err(|error| error.to_string())?;
        let alone = Calendar::composed(Tz::Asia__Shanghai, vec![standard.clone()]);
        Ok(Self {
            tree,
            published: Arc::new(published),
            standard: Arc::new(standard),
            alone: Arc::new(alone),
        })
    }
}

/// The working time of units, for other domains.
#[derive(Clone)]
pub struct WorkTimes(pub CalendarServices);

impl<'c> WorkCalendar<Tx<'c>> for WorkTimes {
    fn work_time(
        &self,
        tx: &mut Tx<'c>,
        unit: &UnitPath,
        start: Instant,
        known_at: Instant,
    ) -> Outcome<Arc<dyn WorkTime>> {
        let resolved = resolve::at(tx, &self.0, unit, start, known_at)?;
        Ok(resolved.calendar)
    }
}
