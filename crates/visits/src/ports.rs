//! What visits needs of other domains.

use std::sync::Arc;

use chrono_tz::Tz;
use contracts::{Care, Cases, GridPosts, Homes, PersonDirectory, Sealing, UnitTree, UserDirectory};
use storage::Tx;

/// The governance tree.
pub type Tree = Arc<dyn for<'c> UnitTree<Tx<'c>>>;
/// The households.
pub type HomeBook = Arc<dyn for<'c> Homes<Tx<'c>>>;
/// Who is on duty where.
pub type Posts = Arc<dyn for<'c> GridPosts<Tx<'c>>>;
/// Cases to be reported.
pub type CaseDesk = Arc<dyn for<'c> Cases<Tx<'c>>>;
/// Who is looked after first.
pub type Priorities = Arc<dyn for<'c> Care<Tx<'c>>>;
/// Sealing under persons' keys.
pub type Seals = Arc<dyn for<'c> Sealing<Tx<'c>>>;
/// Which person an account is tied to.
pub type People = Arc<dyn for<'c> PersonDirectory<Tx<'c>>>;
/// The accounts.
pub type Users = Arc<dyn for<'c> UserDirectory<Tx<'c>>>;

/// What every deed of this crate stands on.
#[derive(Clone)]
pub struct VisitServices {
    /// The governance tree.
    pub tree: Tree,
    /// The households.
    pub homes: HomeBook,
    /// Who is on duty where.
    pub posts: Posts,
    /// Cases to be reported.
    pub cases: CaseDesk,
    /// Who is looked after first.
    pub care: Priorities,
    /// Sealing of what was said.
    pub seals: Seals,
    /// Which person an account is tied to.
    pub people: People,
    /// The accounts.
    pub users: Users,
    /// The realm's time zone: days and months are by its clock.
    pub zone: Tz,
}
