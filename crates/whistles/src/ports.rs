//! What whistles need from other domains.

use std::sync::Arc;

use contracts::{Cases, Notices, RightHolders, UnitTree, WorkCalendar};
use storage::Tx;

/// The governance tree.
pub type Tree = Arc<dyn for<'c> UnitTree<Tx<'c>>>;
/// The cases that departments are called to.
pub type CaseFile = Arc<dyn for<'c> Cases<Tx<'c>>>;
/// Working time.
pub type Calendars = Arc<dyn for<'c> WorkCalendar<Tx<'c>>>;
/// The way to people's inboxes.
pub type Messages = Arc<dyn for<'c> Notices<Tx<'c>>>;

/// Who the people of a department are.
pub type People = Arc<dyn for<'c> RightHolders<Tx<'c>>>;

/// What every deed of this crate stands on.
#[derive(Clone)]
pub struct WhistleServices {
    /// The governance tree.
    pub tree: Tree,
    /// The cases that departments are called to.
    pub cases: CaseFile,
    /// Working time.
    pub calendars: Calendars,
    /// The way to people's inboxes, where there is one.
    pub notices: Option<Messages>,
    /// Who the people of a department are, where that is known; without it nobody is told by name that they are called.
    pub people: Option<People>,
}

impl WhistleServices {
    /// Over the tree, the cases and working time.
    pub fn new(tree: Tree, cases: CaseFile, calendars: Calendars) -> Self {
        Self { tree, cases, calendars, notices: None, people: None }
    }

    /// With a way to people's inboxes.
    pub fn with_notices(mut self, notices: Messages) -> Self {
        self.notices = Some(notices);
        self
    }

    /// Knowing who the people of a department are.
    pub fn with_people(mut self, people: People) -> Self {
        self.people = Some(people);
        self
    }
}
