//! What holds of a category in a unit, and whether an incident there may have it.

use contracts::UnitRef;
use kernel::error::{FIELD_UNKNOWN_REFERENCE, INVALID};
use kernel::id::{Category as CategoryId, Unit};
use kernel::{Context, Fault, Id, Outcome};
use storage::Tx;

use crate::error::{CATEGORY_NOT_HERE, CATEGORY_RETIRED};
use crate::model::category::{self, Resolved};
use crate::ports::GridServices;
use crate::store::{categories, category_rules};

/// What holds of the category in a unit with these above it, the root first, as the tree gives them.
fn holds(tx: &mut Tx<'_>, category: Id<CategoryId>, lineage: Vec<UnitRef>) -> Outcome<Resolved> {
    let above = categories::lineage(tx, category)?;
    let units: Vec<(Id<Unit>, String)> = lineage.into_iter().rev().map(|u| (u.id, u.name)).collect();
    let (of, at): (Vec<_>, Vec<_>) =
        (above.iter().map(|(id, _)| *id).collect(), units.iter().map(|(id, _)| *id).collect());
    let rules = category_rules::of(tx, &of, &at)?;
    Ok(category::resolve(&above, &units, &rules))
}

/// What holds of an incident's category where it lies, whether or not it could still be given.
pub fn of_incident(
    tx: &mut Tx<'_>,
    s: &GridServices,
    category: Id<CategoryId>,
    unit: &UnitRef,
) -> Outcome<Resolved> {
    let lineage = s.tree.lineage(tx, &unit.path)?;
    holds(tx, category, lineage)
}

/// What holds of the category in the unit, where it may be given to an incident: it is live, and used there.
pub fn usable(tx: &mut Tx<'_>, s: &GridServices, id: Id<CategoryId>, unit: &UnitRef) -> Outcome<Resolved> {
    let unknown = || Fault::from(INVALID.refusal().at("/category_id", &FIELD_UNKNOWN_REFERENCE));
    let category = categories::find(tx, id)?.ok_or_else(unknown)?;
    let lineage = s.tree.lineage(tx, &unit.path)?;
    for (bad, code) in [
        (lineage.iter().all(|u| u.id != category.unit), &CATEGORY_NOT_HERE),
        (category.retired_at.is_some(), &CATEGORY_RETIRED),
    ] {
        if bad {
            return Err(code.refusal().at("/category_id", code).into());
        }
    }
    holds(tx, id, lineage)
}

/// What holds of a category that the reader sees, in a unit they ask about by a parameter.
pub fn asked(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    id: Id<CategoryId>,
    unit: Id<Unit>,
) -> Outcome<Resolved> {
    let (category, home) = super::categories::seen(tx, ctx, s, id)?;
    let unknown = || Fault::from(INVALID.refusal().at("unit", &FIELD_UNKNOWN_REFERENCE));
    let unit = s.tree.unit(tx, unit)?.ok_or_else(unknown)?;
    if !home.path.contains(&unit.path) {
        return Err(CATEGORY_NOT_HERE.refusal().at("unit", &CATEGORY_NOT_HERE).into());
    }
    of_incident(tx, s, category.id, &unit)
}
