//! The end of a unit.

use contracts::Tenants;
use kernel::error::{NOT_FOUND, OrRefuse, STALE};
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome, id};
use serde_json::json;
use storage::Tx;
use storage::audit::{self, Entry};

use crate::error::{HAS_OPEN_CHILDREN, HAS_OPEN_HOMES, ROOT_STAYS, UNIT_CLOSED, UNIT_IN_USE};
use crate::model::Unit;
use crate::permission::ManageUnits;
use crate::ports::Ports;
use crate::store::{dwellings, households, tree, units};

/// Dissolves it, if it is still of version `expected` and nothing living hangs on it or below it. It stays on record where it
/// stood.
pub fn dissolve(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ports: &Ports,
    id: Id<id::Unit>,
    expected: i64,
) -> Outcome<Unit> {
    tree::lock(tx)?;
    // Whoever records a home in it holds the same row: none is missed.
    let mut unit = units::find_locked(tx, id)?.or_refuse(&NOT_FOUND)?;
    ctx.require_at(ManageUnits::PERMISSION, unit.id, &unit.path)?;
    if unit.closed_at.is_some() {
        return Err(UNIT_CLOSED.fault());
    }
    if unit.parent_id.is_none() {
        return Err(ROOT_STAYS.fault());
    }
    if unit.version != expected {
        return Err(STALE.fault());
    }
    refuse_in_use(tx, ctx, ports, id)?;
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

/// Names all that is in the way at once, with how many of each: the units below it, and what others keep there.
fn refuse_in_use(tx: &mut Tx<'_>, ctx: &Context, ports: &Ports, id: Id<id::Unit>) -> Outcome<()> {
    let children = units::open_children(tx, id)?;
    let mut all: Vec<Tenants> = Tenants::some("units", children).into_iter().collect();
    for tenant in &ports.tenants {
        all.extend(tenant.tenants(tx, ctx, id)?);
    }
    if all.is_empty() {
        return Ok(());
    }
    let code = if children > 0 { &HAS_OPEN_CHILDREN } else { &UNIT_IN_USE };
    let words: Vec<String> = all.iter().map(|t| format!("{} {}", t.count, t.what)).collect();
    let in_use: Vec<_> = all.iter().map(|t| json!({ "what": t.what, "count": t.count })).collect();
    Err(code.refusal().because(words.join(", ")).with("in_use", json!(in_use)).into())
}
