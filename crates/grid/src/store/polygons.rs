//! Boundaries that were read before, kept by grid and version: a change makes another key, so nothing is ever stale.

use std::sync::Arc;

use kernel::id::Grid;
use kernel::{Fault, Id, Outcome};
use moka::sync::Cache;
use storage::Tx;

use crate::model::Boundary;

/// Positions kept at most, over all live boundaries and over all dated ones: 16 bytes each.
const CAPACITY: u64 = 500_000;

/// A bounded store of boundaries, shared by all requests of a gateway.
#[derive(Clone)]
pub struct Polygons {
    live: Kept,
    dated: Kept,
}

type Kept = Cache<(Id<Grid>, i64), Arc<Boundary>>;

impl Default for Polygons {
    fn default() -> Self {
        let weigh = |_: &(Id<Grid>, i64), b: &Arc<Boundary>| u32::try_from(b.positions()).unwrap_or(u32::MAX);
        let kept = || Cache::builder().max_capacity(CAPACITY).weigher(weigh).build();
        Self { live: kept(), dated: kept() }
    }
}

impl Polygons {
    /// The boundary of a grid that was seen at `version`: that one, or a newer one if it was redrawn meanwhile. `None` if it
    /// is not drawn.
    pub fn of(&self, tx: &mut Tx<'_>, id: Id<Grid>, version: i64) -> Outcome<Option<Arc<Boundary>>> {
        if let Some(known) = self.live.get(&(id, version)) {
            return Ok(Some(known));
        }
        let Some((version, text)) = super::grids::boundary(tx, id)? else { return Ok(None) };
        let read = Boundary::stored(&text)
            .ok_or_else(|| Fault::internal(format!("grid {id} has an unreadable boundary")))?;
        let read = Arc::new(read);
        self.live.insert((id, version), Arc::clone(&read));
        Ok(Some(read))
    }

    /// A version of a grid's boundary, live or not. `None` if there is none of that number.
    pub fn version(&self, tx: &mut Tx<'_>, id: Id<Grid>, version: i64) -> Outcome<Option<Arc<Boundary>>> {
        if let Some(known) = self.dated.get(&(id, version)) {
            return Ok(Some(known));
        }
        let Some(text) = super::boundaries::text(tx, id, version)? else { return Ok(None) };
        let read = Boundary::stored(&text)
            .ok_or_else(|| Fault::internal(format!("grid {id} has an unreadable boundary {version}")))?;
        let read = Arc::new(read);
        self.dated.insert((id, version), Arc::clone(&read));
        Ok(Some(read))
    }
}
