//! The end of a unit.

use kernel::error::{NOT_FOUND, OrRefuse, STALE};
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome, id};
use serde_json::json;
use storage::Tx;
use storage::audit::{self, Entry};

use crate::error::{HAS_OPEN_CHILDREN, HAS_OPEN_HOMES, ROOT_STAYS, UNIT_CLOSED};
use crate::model::Unit;
use crate::permission::ManageUnits;
use crate::store::{dwellings, households, tree, units};

/// Dissolves it, if it is still of version `expected` and nothing living hangs below it or lives in it. It stays on record where it stood.
pub fn dissolve(tx: &mut Tx<'_>, ctx: &Context, id: Id<id::Unit>, expected: i64) -> Outcome<Unit> {
    tree::lock(tx)?;
    // Whoever records a home in it holds the same row: none is missed.
    let mut unit = units::find_locked(tx, id)?.or_refuse(&NOT_FOUND)?;
    ctx.require(ManageUnits::PERMISSION, &unit.path)?;
    if unit.closed_at.is_some() {
        return Err(UNIT_CLOSED.fault());
    }
    if unit.parent_id.is_none() {
        return Err(ROOT_STAYS.fault());
    }
    if unit.version != expected {
        return Err(STALE.fault());
    }
    if units::has_open_children(tx, id)? {
        return Err(HAS_OPEN_CHILDREN.fault());
    }
    if dwellings::any_open(tx, id)? || households::any_open(tx, id)? {
        return Err(HAS_OPEN_HOMES.fault());
    }
    super::turn_page(tx, ctx, &mut unit)?;
    unit.closed_at = Some(unit.since);
    if !units::update(tx, &unit, expected)? {
        return Err(STALE.fault());
    }
    audit::record(
        tx,
        ctx,
        Entry {
            action: "territory.unit.dissolve",
            object_kind: "unit",
            object: Some(id.uuid()),
            unit: Some(id),
            before: Some(json!({ "closed": false })),
            after: Some(json!({ "closed": true })),
        },
    )?;
    Ok(unit)
}
