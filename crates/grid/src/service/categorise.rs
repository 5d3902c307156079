//! Saying what kind of incident it is, while it is open: by whoever may accept or dispatch it.

use kernel::error::{NOT_FOUND, OrRefuse, STALE};
use kernel::id::{Category, Incident as IncidentId};
use kernel::permission::Permit;
use kernel::{Context, Fault, Id, Outcome};
use storage::Tx;

use super::report::{Told, tell};
use super::see::{self, Places, Shown};
use super::{clock, place, resolve};
use crate::error::INCIDENT_OVER;
use crate::model::Incident;
use crate::permission::{AcceptIncident, DispatchIncident};
use crate::ports::GridServices;
use crate::store::{incidents, scopes};

/// What it is called in an incident's history.
pub const CATEGORISE: &str = "categorise";

/// Whether an incident is over, and keeps the category it has.
fn is_over(i: &Incident) -> bool {
    i.state.is_over()
}

/// Whether the actor may say what kind of incidents there are.
fn permitted(ctx: &Context, at: Places<'_>) -> bool {
    let may = |permission| ctx.actor.may(permission, at.unit, ctx.now);
    may(AcceptIncident::PERMISSION) || may(DispatchIncident::PERMISSION)
}

/// Whether the actor may give this incident a category now.
pub fn possible(ctx: &Context, i: &Incident, at: Places<'_>) -> bool {
    !is_over(i) && permitted(ctx, at)
}

/// Gives the incident a category, in place of the one it has, and the priority that the category's rules have there. What the
/// rules ask of a report is asked of whoever reports: what the report lacks, staff cannot add.
pub fn categorise(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    id: Id<IncidentId>,
    expected: i64,
    category: Id<Category>,
) -> Outcome<Shown> {
    let ((mut incident, grid_name), units) = see::seen(tx, ctx, s, id)?;
    if !permitted(ctx, units.places(&incident)?) {
        return Err(kernel::actor::missing(AcceptIncident::PERMISSION).into());
    }
    if incident.version != expected {
        return Err(STALE.fault());
    }
    if is_over(&incident) {
        return Err(INCIDENT_OVER.fault());
    }
    let unit = units.get(incident.unit).ok_or_else(|| Fault::internal("an incident names no unit"))?;
    let holds = resolve::usable(tx, s, category, unit)?;
    let before = incident.category.replace(category);
    incident.priority = holds.priority.as_ref().map(|found| found.value);
    incident.version += 1;
    let (due, escalated) = (incident.due, incident.escalated_at);
    clock::retermed(tx, ctx, s, &mut incident, unit, &holds)?;
    if !incidents::categorise(tx, &incident)? {
        return Err(STALE.fault());
    }
    if (due, escalated) != (incident.due, incident.escalated_at) {
        scopes::join_incidents(tx)?;
        let unit = place::unit_now(tx, s, incident.unit, &units)?;
        let above = place::lineage(tx, s, &unit)?;
        scopes::set(tx, (&incident).into(), &above)?;
    }
    let from = Some(incident.state);
    let told = Told { from, action: CATEGORISE, from_category: before, ..Told::default() };
    tell(tx, ctx, &incident, told)?;
    see::show_at(tx, ctx, s, vec![(incident, grid_name)], &units)?.pop().or_refuse(&NOT_FOUND)
}
