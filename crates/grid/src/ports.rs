//! What grid needs from other domains.

use std::sync::Arc;

use contracts::{DutyLists, Files, Homes, Notices, UnitTree, UserDirectory, WorkCalendar};
use storage::Tx;

use crate::store::polygons::Polygons;

/// The governance tree.
pub type Tree = Arc<dyn for<'c> UnitTree<Tx<'c>>>;
/// The accounts.
pub type Users = Arc<dyn for<'c> UserDirectory<Tx<'c>>>;

/// Working time.
pub type Calendars = Arc<dyn for<'c> WorkCalendar<Tx<'c>>>;

/// Photos and documents.
pub type Shelf = Arc<dyn for<'c> Files<Tx<'c>>>;
/// What those in a place may be asked to do.
pub type Duties = Arc<dyn for<'c> DutyLists<Tx<'c>>>;
/// Where people live.
pub type Households = Arc<dyn for<'c> Homes<Tx<'c>>>;
/// The way to people's inboxes.
pub type Messages = Arc<dyn for<'c> Notices<Tx<'c>>>;

/// What every deed of this crate stands on.
#[derive(Clone)]
pub struct GridServices {
    /// The governance tree.
    pub tree: Tree,
    /// The accounts.
    pub users: Users,
    /// Working time.
    pub calendars: Calendars,
    /// Photos and documents, where some are kept.
    pub files: Option<Shelf>,
    /// Duty lists, where some are kept; without them nothing is out of scope.
    pub duties: Option<Duties>,
    /// The way to people's inboxes, where there is one.
    pub notices: Option<Messages>,
    /// Where people live, where that is kept; without it nobody can say how large a grid is.
    pub homes: Option<Households>,
    /// Boundaries that were read before.
    pub polygons: Polygons,
}

impl GridServices {
    /// With an empty store of boundaries.
    pub fn new(tree: Tree, users: Users, calendars: Calendars) -> Self {
        let polygons = Polygons::default();
        Self { tree, users, calendars, files: None, duties: None, notices: None, homes: None, polygons }
    }

    /// With photos and documents.
    pub fn with_files(mut self, files: Shelf) -> Self {
        self.files = Some(files);
        self
    }

    /// With duty lists.
    pub fn with_duties(mut self, duties: Duties) -> Self {
        self.duties = Some(duties);
        self
    }

    /// With a way to people's inboxes.
    pub fn with_notices(mut self, notices: Messages) -> Self {
        self.notices = Some(notices);
        self
    }

    /// With households.
    pub fn with_homes(mut self, homes: Households) -> Self {
        self.homes = Some(homes);
        self
    }
}
