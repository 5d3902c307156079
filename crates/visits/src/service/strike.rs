//! Striking a visit that was not made as recorded: somebody else does it, and says why. It stays on record and counts no more.

use kernel::error::{Fields, STALE};
use kernel::id;
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome};
use storage::Tx;

use super::{leave, plans, see};
use crate::error::{STRIKE_OWN, STRUCK as STRUCK_ALREADY};
use crate::model::{Struck, Visit};
use crate::permission::StrikeVisits;
use crate::ports::VisitServices;
use crate::store::visits;

/// Strikes a visit.
pub fn strike(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &VisitServices,
    id: Id<id::Visit>,
    expected: i64,
    reason: &str,
) -> Outcome<Visit> {
    let mut visit = see::locked(tx, ctx, s, id)?;
    ctx.require_at(StrikeVisits::PERMISSION, visit.unit, &visit.path)?;
    if visit.worker == ctx.actor.user {
        return Err(STRIKE_OWN.fault());
    }
    if visit.version != expected {
        return Err(STALE.fault());
    }
    if visit.struck.is_some() {
        return Err(STRUCK_ALREADY.fault());
    }
    let mut fields = Fields::default();
    fields.text("/reason", reason, 2, 500);
    fields.finish()?;
    let before = leave::facts(&visit, None);
    visit.struck = Some(Struck { at: ctx.now, by: ctx.actor.user, reason: reason.trim().to_owned() });
    plans::release(tx, ctx, s, &mut visit)?;
    visit.version += 1;
    if !visits::update(tx, &visit)? {
        return Err(STALE.fault());
    }
    leave::tell(tx, ctx, &visit, "strike", Some(before), leave::facts(&visit, None))?;
    Ok(visit)
}
