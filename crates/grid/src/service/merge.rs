//! Two cases that are the same: one goes on, and whoever reported or follows the other hears of it from now on.

use kernel::error::{FIELD_UNKNOWN_REFERENCE, INVALID};
use kernel::id::Incident as IncidentId;
use kernel::permission::Permit;
use kernel::{Context, Fault, Id, Outcome};
use storage::Tx;

use super::see;
use crate::error::{MERGE_TARGET_OVER, MERGED_INTO_ITSELF};
use crate::model::{FollowKind, Incident, State};
use crate::permission::AcceptIncident;
use crate::ports::GridServices;
use crate::store::{followers, incidents};

/// Points the case to the one it is the same as, and takes along who hears of it. The actor must be able to take on both.
pub(super) fn into(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    i: &mut Incident,
    target: Id<IncidentId>,
) -> Outcome<()> {
    if target == i.id {
        return Err(MERGED_INTO_ITSELF.refusal().at("/into_id", &MERGED_INTO_ITSELF).into());
    }
    // Both rows, always in the same order: two that are merged into each other at once do not wait for each other for ever.
    for id in [i.id.min(target), i.id.max(target)] {
        incidents::find_locked(tx, id)?;
    }
    let ((other, _), units) = see::seen(tx, ctx, s, target).map_err(|fault| match fault {
        Fault::Refused(_) => INVALID.refusal().at("/into_id", &FIELD_UNKNOWN_REFERENCE).into(),
        trouble => trouble,
    })?;
    ctx.require(AcceptIncident::PERMISSION, units.places(&other)?.unit)?;
    if other.state.is_over() {
        return Err(MERGE_TARGET_OVER.refusal().at("/into_id", &MERGE_TARGET_OVER).into());
    }
    i.merged_into = Some(target);
    (i.back, i.resume_at, i.question) = (None, None, None);
    followers::pass_on(tx, i.id, target)?;
    followers::remove(tx, target, other.reporter)?;
    if i.reporter != other.reporter {
        followers::add(tx, target, i.reporter, FollowKind::Merged, ctx.now)?;
    }
    // What was merged into this one before is the same as the other, too.
    incidents::repoint(tx, i.id, target)
}

/// Whether a case is merged, and into which.
pub fn target(i: &Incident) -> Option<Id<IncidentId>> {
    i.merged_into.filter(|_| i.state == State::Merged)
}
