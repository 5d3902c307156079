//! What territory offers of households: where they live, for whoever calls on them or counts them. Nobody is named.

use kernel::id::{Household, Person, Unit};
use kernel::{Id, Outcome, UnitPath};

/// A household as other domains need to know it.
#[derive(Debug, Clone, PartialEq)]
pub struct HomeRef {
    /// The household.
    pub id: Id<Household>,
    /// The unit it belongs to.
    pub unit: Id<Unit>,
    /// Where that unit stands today.
    pub path: UnitPath,
    /// Where its dwelling is: latitude and longitude.
    pub point: Option<(f64, f64)>,
    /// Whether it was closed: nobody calls there any more.
    pub closed: bool,
}

/// A box on the earth: least and greatest latitude, least and greatest longitude.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Around {
    /// Latitudes, the least first.
    pub lat: (f64, f64),
    /// Longitudes, the least first.
    pub lng: (f64, f64),
}

/// Households, within the caller's unit of work `T`. Asks nobody: the caller knows who may see the place.
pub trait Homes<T>: Send + Sync {
    /// Several households, in no particular order; unknown ids are left out.
    fn homes(&self, tx: &mut T, ids: &[Id<Household>]) -> Outcome<Vec<HomeRef>>;
    /// Open households in the unit at `path` and below, inside a box if one is given, after `after`, by id; at most `limit`.
    fn below(
        &self,
        tx: &mut T,
        path: &UnitPath,
        around: Option<Around>,
        after: Option<Id<Household>>,
        limit: i64,
    ) -> Outcome<Vec<HomeRef>>;
    /// Who lives there today.
    fn members(&self, tx: &mut T, id: Id<Household>) -> Outcome<Vec<Id<Person>>>;
}
