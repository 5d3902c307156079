//! The deeds, one file each.

pub mod create;
pub mod dissolve;
pub mod dwelling;
pub mod history;
pub mod homes;
pub mod household;
pub mod household_moves;
pub mod import;
pub mod look_up;
pub mod mine;
pub mod population;
pub mod relocate;
pub mod rental;
pub mod residence;
pub mod residence_change;
pub mod update;

use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::{Context, Id, Outcome, id};
use storage::Tx;

use crate::error::KIND_ORDER;
use crate::model::{Level, Stretch, Unit};
use crate::store::{units, versions};

/// The unit, or the refusal that it is not there.
pub(crate) fn known(tx: &mut Tx<'_>, id: Id<id::Unit>) -> Outcome<Unit> {
    units::find(tx, id)?.or_refuse(&NOT_FOUND)
}

/// Ends the unit's present stretch and begins the next: the caller changes what it came for and writes it.
pub(crate) fn turn_page(tx: &mut Tx<'_>, ctx: &Context, unit: &mut Unit) -> Outcome<()> {
    // Another process's clock may be a little ahead: a stretch never ends before it began.
    let now = ctx.now.max(unit.since);
    versions::insert(
        tx,
        Stretch {
            id: ctx.id(),
            unit_id: unit.id,
            version: unit.version,
            parent_id: unit.parent_id,
            name: unit.name.clone(),
            kind: unit.kind.clone(),
            code: unit.code.clone(),
            valid_from: unit.since,
            valid_until: now,
            changed_by: ctx.actor.user,
        },
    )?;
    unit.since = now;
    unit.version += 1;
    Ok(())
}

/// Refuses a unit of this level below `parent`: it must lie below the nearest level above it.
pub(crate) fn refuse_disorder(tx: &mut Tx<'_>, level: Level, parent: &Unit) -> Outcome<()> {
    if !level.has_rank() {
        return Ok(());
    }
    let above = units::by_paths(tx, &parent.path.lineage())?;
    let nearest = above.iter().rev().map(Unit::level).find(|l| l.has_rank());
    match nearest {
        Some(nearest) if nearest >= level => {
            let words = format!("a {} cannot stand below a {}", level.name(), nearest.name());
            Err(KIND_ORDER.refusal().because(words).into())
        }
        _ => Ok(()),
    }
}
