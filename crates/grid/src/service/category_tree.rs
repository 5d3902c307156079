//! What other domains are offered of categories: which there are, and what stands above each.

use contracts::{CategoryRef, CategoryTree};
use kernel::id::Category as CategoryId;
use kernel::{Id, Outcome};
use storage::Tx;

use crate::store::categories;

/// The tree of categories, for other domains.
#[derive(Debug, Clone, Copy, Default)]
pub struct Categories;

impl<'c> CategoryTree<Tx<'c>> for Categories {
    fn categories(&self, tx: &mut Tx<'c>, ids: &[Id<CategoryId>]) -> Outcome<Vec<CategoryRef>> {
        let found = categories::several(tx, ids)?;
        let told = |c: crate::model::Category| CategoryRef {
            id: c.id,
            name: c.name,
            unit: c.unit,
            retired: c.retired_at.is_some(),
        };
        Ok(found.into_iter().map(told).collect())
    }

    fn above(&self, tx: &mut Tx<'c>, id: Id<CategoryId>) -> Outcome<Vec<Id<CategoryId>>> {
        Ok(categories::lineage(tx, id)?.into_iter().map(|(id, _)| id).collect())
    }
}
