//! Units as they are now, with what stands above them.

use std::collections::{BTreeSet, HashMap};

use kernel::{Context, Cursor, Id, Outcome, Page, PageSize, UnitPath, id};
use storage::Tx;

use crate::model::Unit;
use crate::store::units;
pub use crate::store::units::Filter;

/// A unit and the units above it, the root first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The unit.
    pub unit: Unit,
    /// Those above it.
    pub above: Vec<(Id<id::Unit>, String)>,
}

/// One unit.
pub fn find(tx: &mut Tx<'_>, _: &Context, id: Id<id::Unit>) -> Outcome<Placed> {
    let unit = super::known(tx, id)?;
    place(tx, unit)
}

/// A unit that is at hand, with what is above it.
pub fn place(tx: &mut Tx<'_>, unit: Unit) -> Outcome<Placed> {
    let above = match unit.path.parent() {
        None => Vec::new(),
        Some(parent) => units::by_paths(tx, &parent.lineage())?.into_iter().map(|u| (u.id, u.name)).collect(),
    };
    Ok(Placed { unit, above })
}

/// One page of units. Two queries, however many they are.
pub fn list(
    tx: &mut Tx<'_>,
    _: &Context,
    filter: &Filter,
    after: Option<&Cursor>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Placed>> {
    let by_name = filter.name_prefix.is_some();
    let after = after.map(|c| (c.key.as_deref().unwrap_or_default(), Id::from_uuid(c.after)));
    let rows = units::page(tx, filter, after, size)?;
    let page = Page::cut(rows, size, |last| Cursor {
        after: last.id.uuid(),
        filter: fingerprint,
        key: by_name.then(|| last.name.clone()),
    });
    let wanted: BTreeSet<UnitPath> =
        page.items.iter().filter_map(|u| u.path.parent()).flat_map(|p| p.lineage()).collect();
    let above: HashMap<UnitPath, (Id<id::Unit>, String)> =
        units::by_paths(tx, &wanted.into_iter().collect::<Vec<_>>())?
            .into_iter()
            .map(|u| (u.path, (u.id, u.name)))
            .collect();
    Ok(page.map(|unit| {
        let lineage = unit.path.parent().map(|p| p.lineage()).unwrap_or_default();
        Placed { above: lineage.iter().filter_map(|p| above.get(p).cloned()).collect(), unit }
    }))
}

/// The units of these ids by name; for views that refer to them.
pub fn names(tx: &mut Tx<'_>, ids: &[Id<id::Unit>]) -> Outcome<HashMap<Id<id::Unit>, String>> {
    Ok(units::by_ids(tx, ids)?.into_iter().map(|u| (u.id, u.name)).collect())
}

/// The units with these division codes, in no particular order; unknown codes are left out.
pub fn by_codes(tx: &mut Tx<'_>, codes: &[String]) -> Outcome<Vec<Unit>> {
    units::by_codes(tx, codes)
}
