//! What may be reported: the categories that nothing stands below, of all units, since a client asks without saying who it is.

use grid::model::{Category, Requirement};
use grid::service::resolve;
use grid::store::categories::{self, Filter};
use kernel::error::OrRefuse;
use kernel::{Id, Outcome};
use storage::Tx;

use crate::error::SERVICE_UNKNOWN;
use crate::model::{Field, Service, naming};
use crate::ports::Open311Services;

/// The most categories that are looked at for the list.
const MOST: i64 = 5_000;

/// What the client's server fills in by itself; FixMyStreet's own number of the report, by which a report that is sent again is
/// known.
pub const FIXMYSTREET_ID: &str = "fixmystreet_id";
/// The address nearest to the point, filled in likewise.
pub const CLOSEST_ADDRESS: &str = "closest_address";

/// All services, in the order the categories were made.
pub fn services(tx: &mut Tx<'_>) -> Outcome<Vec<Service>> {
    let units = categories::units(tx)?;
    let all = categories::list(tx, &Filter { units, ..Filter::default() }, MOST)?;
    Ok(naming::services(&all))
}

/// The category with a code, whether it is offered or was once.
pub fn coded(tx: &mut Tx<'_>, code: &str) -> Outcome<Option<Category>> {
    if !naming::is_code(code) {
        return Ok(None);
    }
    let id: Option<Id<_>> = code.parse().ok();
    let found = match id {
        Some(id) => categories::find(tx, id)?,
        None => categories::by_code(tx, code)?,
    };
    // One category has one code: not its id besides.
    Ok(found.filter(|c| naming::code(c) == code))
}

/// The category that is offered under a code.
pub fn offered(tx: &mut Tx<'_>, code: &str) -> Outcome<Category> {
    let found = coded(tx, code)?.filter(|c| c.retired_at.is_none());
    let category = found.or_refuse(&SERVICE_UNKNOWN)?;
    if categories::count_live_children(tx, category.id)? > 0 {
        return Err(SERVICE_UNKNOWN.fault());
    }
    Ok(category)
}

/// What a report of the category brings besides the standard's own parameters, by the rules of the unit it belongs to; a unit below
/// may ask for more.
pub fn definition(tx: &mut Tx<'_>, s: &Open311Services, code: &str) -> Outcome<Vec<Field>> {
    let category = offered(tx, code)?;
    let unit = s.grid.tree.unit(tx, category.unit)?.or_refuse(&SERVICE_UNKNOWN)?;
    let holds = resolve::of_incident(tx, &s.grid, category.id, &unit)?;
    let address = holds.requires.is_some_and(|found| found.value.contains(&Requirement::Address));
    Ok(vec![
        Field { code: FIXMYSTREET_ID, required: false, description: "The sender's number of the report" },
        Field { code: CLOSEST_ADDRESS, required: address, description: "The address nearest to the point" },
    ])
}
