//! What figures needs of others.

use std::sync::Arc;

use chrono_tz::Tz;
use contracts::{CaseHistory, CaseNames, UnitTree, UserDirectory};
use storage::Tx;

/// The governance tree.
pub type Tree = Arc<dyn for<'c> UnitTree<Tx<'c>>>;
/// The accounts.
pub type Users = Arc<dyn for<'c> UserDirectory<Tx<'c>>>;
/// The history of all cases.
pub type History = Arc<dyn for<'c> CaseHistory<Tx<'c>>>;
/// What grids and categories are called.
pub type Names = Arc<dyn for<'c> CaseNames<Tx<'c>>>;

/// What every deed of this crate stands on.
#[derive(Clone)]
pub struct FigureServices {
    /// The governance tree.
    pub tree: Tree,
    /// The accounts.
    pub users: Users,
    /// The history of all cases.
    pub history: History,
    /// What grids and categories are called.
    pub names: Names,
    /// Whose days and months are counted.
    pub zone: Tz,
}
