//! What this crate needs of others, and the tree as it offers it to them.

use std::sync::Arc;

use contracts::{MoveListener, PersonDirectory, RightsWatch, UnitRef, UnitTenant, UnitTree};
use kernel::id::Unit;
use kernel::{Id, Outcome, UnitPath};
use storage::Tx;

use crate::store::units;

/// Who knows what a move does to rights.
pub type Rights = Arc<dyn for<'c> RightsWatch<Tx<'c>>>;
/// Who must hear of a move inside its transaction.
pub type Listener = Arc<dyn for<'c> MoveListener<Tx<'c>>>;
/// Who knows what still hangs on a unit.
pub type Tenant = Arc<dyn for<'c> UnitTenant<Tx<'c>>>;
/// Who knows the people on record.
pub type People = Arc<dyn for<'c> PersonDirectory<Tx<'c>>>;
/// The tree as other domains hold it.
pub type Tree = Arc<dyn for<'c> UnitTree<Tx<'c>>>;

/// The ports, handed in when the platform is put together.
#[derive(Clone)]
pub struct Ports {
    /// What a move does to rights.
    pub rights: Rights,
    /// Who hears of it.
    pub listeners: Vec<Listener>,
    /// Whose things keep a unit from being dissolved. What belongs to a plugin that is off keeps nothing.
    pub tenants: Vec<Tenant>,
    /// Who knows people; without it they are shown by id, without a name.
    pub people: Option<People>,
}

/// The tree in the database: what [`UnitTree`] promises.
#[derive(Debug, Clone, Copy, Default)]
pub struct Units;

impl<'c> UnitTree<Tx<'c>> for Units {
    fn unit(&self, tx: &mut Tx<'c>, id: Id<Unit>) -> Outcome<Option<UnitRef>> {
        Ok(units::find(tx, id)?.map(reference))
    }

    fn units(&self, tx: &mut Tx<'c>, ids: &[Id<Unit>]) -> Outcome<Vec<UnitRef>> {
        Ok(units::by_ids(tx, ids)?.into_iter().map(reference).collect())
    }

    fn by_codes(&self, tx: &mut Tx<'c>, codes: &[String]) -> Outcome<Vec<UnitRef>> {
        Ok(units::by_codes(tx, codes)?.into_iter().map(reference).collect())
    }

    fn lineage(&self, tx: &mut Tx<'c>, path: &UnitPath) -> Outcome<Vec<UnitRef>> {
        Ok(units::by_paths(tx, &path.lineage())?.into_iter().map(reference).collect())
    }

    fn roots(&self, tx: &mut Tx<'c>) -> Outcome<Vec<UnitRef>> {
        Ok(units::roots(tx)?.into_iter().map(reference).collect())
    }
}

pub(crate) fn reference(unit: crate::Unit) -> UnitRef {
    UnitRef {
        id: unit.id,
        name: unit.name,
        kind: unit.kind,
        path: unit.path,
        closed: unit.closed_at.is_some(),
        code: unit.code,
    }
}
