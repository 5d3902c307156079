//! What territory offers: where a unit stands.

use kernel::id::Unit;
use kernel::{Context, Id, Outcome, UnitPath};

/// A unit as other domains need to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitRef {
    /// The unit.
    pub id: Id<Unit>,
    /// Its name today.
    pub name: String,
    /// Its kind: `province` … `community`, `household`.
    pub kind: String,
    /// Where it stands today.
    pub path: UnitPath,
    /// Whether it was dissolved: it takes nothing new.
    pub closed: bool,
    /// Its division code, if it has one: 2, 4, 6 (GB/T 2260), 9 (GB/T 10114) or 12 digits.
    pub code: Option<String>,
}

/// The governance tree, within the caller's unit of work `T`.
pub trait UnitTree<T>: Send + Sync {
    /// The unit, dissolved or not.
    fn unit(&self, tx: &mut T, id: Id<Unit>) -> Outcome<Option<UnitRef>>;
    /// Several units, in no particular order; unknown ids are left out.
    fn units(&self, tx: &mut T, ids: &[Id<Unit>]) -> Outcome<Vec<UnitRef>>;
    /// The units with these division codes, in no particular order. A tree that keeps no codes knows none.
    fn by_codes(&self, _tx: &mut T, _codes: &[String]) -> Outcome<Vec<UnitRef>> {
        Ok(Vec::new())
    }
    /// The unit at `path` and all above it, the root first.
    fn lineage(&self, tx: &mut T, path: &UnitPath) -> Outcome<Vec<UnitRef>>;
    /// The roots of the tree.
    fn roots(&self, tx: &mut T) -> Outcome<Vec<UnitRef>>;
}

/// What still hangs on a unit: one kind of thing, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenants {
    /// The kind, as the API names it: `grids`, `incidents`, `accounts`.
    pub what: &'static str,
    /// How many; never zero.
    pub count: i64,
}

impl Tenants {
    /// Nothing where there are none.
    pub fn some(what: &'static str, count: i64) -> Option<Self> {
        (count > 0).then_some(Self { what, count })
    }
}

/// Keeps living things that hang on a unit: as long as there are any, the unit is not dissolved.
pub trait UnitTenant<T>: Send + Sync {
    /// What hangs on the unit itself. Within the transaction nothing can be hung on it any more: whoever tries waits, and
    /// finds the unit dissolved.
    fn tenants(&self, tx: &mut T, ctx: &Context, unit: Id<Unit>) -> Outcome<Vec<Tenants>>;
}

/// Hears of a move inside its transaction, for what must be true at once: whoever keeps records by subtree.
pub trait MoveListener<T>: Send + Sync {
    /// The unit `unit` was moved: it stood at `from`, it stands at `to`; `left` are the units it is no longer below, `entered`
    /// those it is below now (parents first).
    fn unit_moved(
        &self,
        tx: &mut T,
        ctx: &Context,
        unit: Id<Unit>,
        from: &UnitPath,
        to: &UnitPath,
        left: &[Id<Unit>],
        entered: &[Id<Unit>],
    ) -> Outcome<()>;
}
