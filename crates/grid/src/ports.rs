//! What grid needs from other domains.

use std::sync::Arc;

use contracts::{UnitTree, UserDirectory, WorkCalendar};
use storage::Tx;

use crate::store::polygons::Polygons;

/// The governance tree.
pub type Tree = Arc<dyn for<'c> UnitTree<Tx<'c>>>;
/// The accounts.
pub type Users = Arc<dyn for<'c> UserDirectory<Tx<'c>>>;

/// Working time.
pub type Calendars = Arc<dyn for<'c> WorkCalendar<Tx<'c>>>;

/// What every deed of this crate stands on.
#[derive(Clone)]
pub struct GridServices {
    /// The governance tree.
    pub tree: Tree,
    /// The accounts.
    pub users: Users,
    /// Working time.
    pub calendars: Calendars,
    /// Boundaries that were read before.
    pub polygons: Polygons,
}

impl GridServices {
    /// With an empty store of boundaries.
    pub fn new(tree: Tree, users: Users, calendars: Calendars) -> Self {
        Self { tree, users, calendars, polygons: Polygons::default() }
    }
}
