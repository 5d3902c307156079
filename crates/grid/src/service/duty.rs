//! What those who are asked to do something must have on their duty list.

use contracts::DutyScope;
use kernel::id::Unit;
use kernel::{Context, Id, Outcome};
use storage::Tx;

use crate::error::OUT_OF_SCOPE;
use crate::model::Incident;
use crate::ports::GridServices;

/// Refuses what the list that holds at the unit does not name, unless it was admitted there at that time. A case without a category is
/// on no list and off none.
pub(super) fn in_scope(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    incident: &Incident,
    unit: Id<Unit>,
) -> Outcome<()> {
    let (Some(lists), Some(category)) = (&s.duties, incident.category) else { return Ok(()) };
    match lists.scope(tx, unit, category, ctx.now)? {
        DutyScope::NoList | DutyScope::Listed | DutyScope::Admitted => Ok(()),
        DutyScope::OutOfScope => Err(OUT_OF_SCOPE.refusal().at("/assignee_unit_id", &OUT_OF_SCOPE).into()),
    }
}
