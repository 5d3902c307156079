//! Residents: that and when somebody called on one's own household. Neither what was said nor who was met.

use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::{Context, Cursor, Outcome, Page, PageSize};
use storage::Tx;

use super::see;
use crate::model::{Visit, day_of};
use crate::ports::VisitServices;
use crate::store::visits;

/// One page of the visits to the households one belongs to today, each from the day one has belonged to it, the newest first. What was
/// struck was not made. Whoever is tied to no person has no household.
pub fn list(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &VisitServices,
    after: Option<&Cursor>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Visit>> {
    let person = s.people.person_of(tx, ctx.actor.user)?.or_refuse(&NOT_FOUND)?;
    let homes = s.homes.of_person(tx, person, day_of(s.zone, ctx.now))?;
    let rows = visits::of_homes(tx, &homes, see::moment(after)?, size)?;
    Ok(see::cut(rows, size, fingerprint))
}
