//! What duties needs from other domains.

use std::sync::Arc;

use contracts::{CategoryTree, UnitTree};
use storage::Tx;

/// The governance tree.
pub type Tree = Arc<dyn for<'c> UnitTree<Tx<'c>>>;
/// The tree of categories.
pub type Categories = Arc<dyn for<'c> CategoryTree<Tx<'c>>>;

/// What every deed of this crate stands on.
#[derive(Clone)]
pub struct DutyServices {
    /// The governance tree.
    pub tree: Tree,
    /// The tree of categories.
    pub categories: Categories,
}

impl DutyServices {
    /// Over both trees.
    pub fn new(tree: Tree, categories: Categories) -> Self {
        Self { tree, categories }
    }
}
