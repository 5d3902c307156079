//! What grid offers of its categories: which there are, and how they stand above each other.

use kernel::id::{Category, Unit};
use kernel::{Id, Outcome};

/// A category as other domains need to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryRef {
    /// The category.
    pub id: Id<Category>,
    /// Its name today.
    pub name: String,
    /// The unit whose it is: it is used there and below.
    pub unit: Id<Unit>,
    /// Whether it is history: nothing new is put under it.
    pub retired: bool,
}

/// The tree of categories, within the caller's unit of work `T`.
pub trait CategoryTree<T>: Send + Sync {
    /// Those of these that there are, retired ones too, in no particular order.
    fn categories(&self, tx: &mut T, ids: &[Id<Category>]) -> Outcome<Vec<CategoryRef>>;
    /// A category and all above it, the nearest first, in one query; empty where there is none.
    fn above(&self, tx: &mut T, id: Id<Category>) -> Outcome<Vec<Id<Category>>>;
}
