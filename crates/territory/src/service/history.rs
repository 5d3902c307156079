//! What a unit was, and what the tree was on a given day.

use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::User;
use kernel::path::MAX_DEPTH;
use kernel::{Context, Cursor, Fault, Id, Instant, Outcome, Page, PageSize, id};
use storage::Tx;

use crate::model::{Then, Unit};
use crate::store::{units, versions};

/// A stretch of a unit's history, the present one included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The version it was.
    pub version: i64,
    /// The unit above.
    pub parent_id: Option<Id<id::Unit>>,
    /// The name.
    pub name: String,
    /// The kind.
    pub kind: String,
    /// The code.
    pub code: Option<String>,
    /// From when it held.
    pub valid_from: Instant,
    /// Until when; `None`: it holds.
    pub valid_until: Option<Instant>,
    /// Who ended it.
    pub changed_by: Option<Id<User>>,
}

/// One page of a unit's history, the newest stretch first.
pub fn list(
    tx: &mut Tx<'_>,
    _: &Context,
    id: Id<id::Unit>,
    after: Option<&Cursor>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Entry>> {
    let unit = super::known(tx, id)?;
    let before = match after {
        None => unit.version,
        Some(cursor) => {
            cursor.key.as_deref().and_then(|k| k.parse().ok()).or_refuse(&kernel::error::BAD_CURSOR)?
        }
    };
    let mut entries: Vec<Entry> = Vec::with_capacity(size.get() + 2);
    if after.is_none() {
        entries.push(Entry {
            version: unit.version,
            parent_id: unit.parent_id,
            name: unit.name,
            kind: unit.kind,
            code: unit.code,
            valid_from: unit.since,
            valid_until: None,
            changed_by: None,
        });
    }
    entries.extend(versions::page(tx, id, before, size)?.into_iter().map(|s| Entry {
        version: s.version,
        parent_id: s.parent_id,
        name: s.name,
        kind: s.kind,
        code: s.code,
        valid_from: s.valid_from,
        valid_until: Some(s.valid_until),
        changed_by: Some(s.changed_by),
    }));
    Ok(Page::cut(entries, size, |last| Cursor {
        after: id.uuid(),
        filter: fingerprint,
        key: Some(last.version.to_string()),
    }))
}

/// The unit at a moment, and the units that were above it then, the root first. A unit that was not here yet is not found.
pub fn as_of(tx: &mut Tx<'_>, _: &Context, id: Id<id::Unit>, at: Instant) -> Outcome<(Then, Vec<Then>)> {
    let row = super::known(tx, id)?;
    let unit = then(tx, row, at)?.or_refuse(&NOT_FOUND)?;
    let mut above = Vec::new();
    let mut next = unit.parent_id;
    while let Some(parent) = next {
        if above.len() > MAX_DEPTH {
            return Err(Fault::internal("a unit's history goes round in a ring"));
        }
        let row =
            units::find(tx, parent)?.ok_or_else(|| Fault::internal("a unit whose parent is not there"))?;
        // Two requests at once: the child's may have been judged a moment before the one that made its parent.
        let at = at.max(row.created_at);
        let parent = then(tx, row, at)?.ok_or_else(|| Fault::internal("a unit without a first stretch"))?;
        next = parent.parent_id;
        above.push(parent);
    }
    above.reverse();
    Ok((unit, above))
}

fn then(tx: &mut Tx<'_>, unit: Unit, at: Instant) -> Outcome<Option<Then>> {
    if at >= unit.since {
        return Ok(Some(Then {
            id: unit.id,
            parent_id: unit.parent_id,
            name: unit.name,
            kind: unit.kind,
            code: unit.code,
            closed: unit.closed_at.is_some_and(|closed| closed <= at),
        }));
    }
    let stretch = versions::at(tx, unit.id, at)?;
    // Nothing changes in a dissolved unit, so every past stretch is one in which it was open.
    Ok(stretch.map(|s| Then {
        id: s.unit_id,
        parent_id: s.parent_id,
        name: s.name,
        kind: s.kind,
        code: s.code,
        closed: false,
    }))
}
