//! A unit goes, with all that is below it, under another parent.

use std::collections::BTreeSet;

use contracts::MoveEffect;
use contracts::events::{UNIT_MOVED, UnitMoved};
use kernel::error::{FIELD_CHOICE, FIELD_UNKNOWN_REFERENCE, INVALID, STALE};
use kernel::path::MAX_DEPTH;
use kernel::permission::Permit;
use kernel::{Context, Fault, Id, Outcome, UnitPath, id};
use serde_json::json;
use storage::Tx;
use storage::audit::{self, Entry};
use storage::outbox::{self, Event};

use super::create::continues;
use crate::error::{
    CODE_PREFIX, MOVE_ABOVE_CEILING, MOVE_INTO_OWN_SUBTREE, MOVE_ROLES_CONFLICT, MOVE_TAKES_RIGHTS,
    ROOT_STAYS, TOO_DEEP, UNIT_CLOSED,
};
use crate::model::{Level, Unit};
use crate::permission::ManageUnits;
use crate::ports::Ports;
use crate::store::{homes, tree, units};

/// What a move would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The unit.
    pub unit: Unit,
    /// The parent it has.
    pub from: Unit,
    /// The parent it would have.
    pub to: Unit,
    /// How many units would move, itself counted.
    pub units: i64,
    /// What becomes of rights; what the mover may neither give nor take refuses the move.
    pub effect: MoveEffect,
    /// Codes of what is odd and does not refuse it.
    pub warnings: Vec<&'static str>,
}

/// Says what the move would do, and changes nothing. Refuses what the move itself would refuse, but for rights: those it
/// shows.
pub fn preview(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ports: &Ports,
    id: Id<id::Unit>,
    to: Id<id::Unit>,
) -> Outcome<Preview> {
    let unit = super::known(tx, id)?;
    ctx.require_at(ManageUnits::PERMISSION, unit.id, &unit.path)?;
    let Some(from) = unit.parent_id else { return Err(ROOT_STAYS.fault()) };
    let from = units::find(tx, from)?.ok_or_else(|| Fault::internal("a unit whose parent is not there"))?;
    let Some(to) = units::find(tx, to)? else {
        return Err(INVALID.refusal().at("/parent_id", &FIELD_UNKNOWN_REFERENCE).into());
    };
    ctx.require_at(ManageUnits::PERMISSION, from.id, &from.path)?;
    ctx.require_at(ManageUnits::PERMISSION, to.id, &to.path)?;
    let units = refuse_place(tx, &unit, &from, &to)?;
    let effect = ports.rights.preview_move(tx, ctx, &unit.path, Some(&to.path))?;
    let warnings = match (&unit.code, &to.code) {
        (Some(code), Some(above)) if !continues(code, above) => vec![CODE_PREFIX.code],
        _ => Vec::new(),
    };
    Ok(Preview { unit, from, to, units, effect, warnings })
}

/// Refuses a place that is none; answers how many units would move.
fn refuse_place(tx: &mut Tx<'_>, unit: &Unit, from: &Unit, to: &Unit) -> Outcome<i64> {
    if unit.path.contains(&to.path) {
        return Err(MOVE_INTO_OWN_SUBTREE.fault());
    }
    if unit.closed_at.is_some() || to.closed_at.is_some() {
        return Err(UNIT_CLOSED.fault());
    }
    if from.id == to.id {
        return Err(INVALID.refusal().at_with("/parent_id", &FIELD_CHOICE, "it stands there already").into());
    }
    let mut level = unit.level();
    if !level.has_rank() {
        // What is below a unit without a level counts: all of it must lie below what is above the new place.
        let kinds = tree::kinds(tx, &unit.path)?;
        level = kinds.iter().filter_map(|k| Level::parse(k)).min().unwrap_or(level);
    }
    super::refuse_disorder(tx, level, to)?;
    let (count, deepest) = tree::extent(tx, &unit.path)?;
    // Below the unit it stays as deep as it is.
    if to.path.depth() + 1 + deepest.saturating_sub(unit.path.depth()) > MAX_DEPTH {
        return Err(TOO_DEEP.fault());
    }
    Ok(count)
}

/// Moves it, if it is still of version `expected`.
pub fn relocate(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ports: &Ports,
    id: Id<id::Unit>,
    expected: i64,
    to: Id<id::Unit>,
) -> Outcome<Unit> {
    tree::lock(tx)?;
    let plan = preview(tx, ctx, ports, id, to)?;
    let mut unit = plan.unit;
    if unit.version != expected {
        return Err(STALE.fault());
    }
    for (code, beyond) in
        [(&MOVE_ABOVE_CEILING, &plan.effect.breaches), (&MOVE_TAKES_RIGHTS, &plan.effect.untakeable)]
    {
        if !beyond.is_empty() {
            let missing: Vec<_> = beyond.iter().map(|p| json!({ "permission": p })).collect();
            return Err(code.refusal().with("missing", json!(missing)).into());
        }
    }
    if !plan.effect.conflicts.is_empty() {
        let met: BTreeSet<_> =
            plan.effect.conflicts.iter().map(|m| (m.role_above.as_str(), m.role_below.as_str())).collect();
        let met: Vec<_> = met.into_iter().map(|(above, below)| json!({ "roles": [above, below] })).collect();
        return Err(MOVE_ROLES_CONFLICT.refusal().with("conflicts", json!(met)).into());
    }
    let old = unit.path.clone();
    let new = tree::free_path(tx, Some(&plan.to.path))?;
    super::turn_page(tx, ctx, &mut unit)?;
    unit.parent_id = Some(plan.to.id);
    unit.path = new.clone();
    if !units::update(tx, &unit, expected)? {
        return Err(STALE.fault());
    }
    tree::rebase(tx, &old, &new)?;
    homes::rebase(tx, &old, &new)?;
    tell(tx, ctx, ports, &unit, &old, &plan.from, &plan.to)?;
    Ok(unit)
}

/// Everybody who must know, in the same transaction.
fn tell(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ports: &Ports,
    unit: &Unit,
    old: &UnitPath,
    from: &Unit,
    to: &Unit,
) -> Outcome<()> {
    let (were, are) = (from.path.lineage(), to.path.lineage());
    let left = tree::ids(tx, &were.iter().filter(|p| !are.contains(p)).cloned().collect::<Vec<_>>())?;
    let entered = tree::ids(tx, &are.iter().filter(|p| !were.contains(p)).cloned().collect::<Vec<_>>())?;
    ports.rights.tree_changed(tx, ctx)?;
    for listener in &ports.listeners {
        listener.unit_moved(tx, ctx, unit.id, old, &unit.path, &left, &entered)?;
    }
    let moved = UnitMoved { unit: unit.id, from_parent: Some(from.id), to_parent: Some(to.id) };
    let payload = serde_json::to_value(&moved).map_err(Fault::internal)?;
    outbox::emit(
        tx,
        ctx,
        &Event { topic: UNIT_MOVED, object: unit.id.uuid(), object_seq: unit.version, payload },
    )?;
    audit::record(
        tx,
        ctx,
        Entry {
            action: "territory.unit.move",
            object_kind: "unit",
            object: Some(unit.id.uuid()),
            unit: Some(unit.id),
            before: Some(json!({ "parent_id": from.id, "path": old })),
            after: Some(json!({ "parent_id": to.id, "path": unit.path })),
        },
    )
}
