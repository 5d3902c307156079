//! What territory offers of households: where they live, for whoever calls on them or counts them. Nobody is named.

use chrono::NaiveDate;
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
    /// Open households in the unit at `path` and below, after `after`, by id; at most `limit`. If a box is given: those inside it, and
    /// those whose place is not on record, which may be anywhere.
    fn below(
        &self,
        tx: &mut T,
        path: &UnitPath,
        around: Option<Around>,
        after: Option<Id<Household>>,
        limit: i64,
    ) -> Outcome<Vec<HomeRef>>;
    /// Who belongs to these households on a day: each household with each of its members, in the order of both.
    fn members(
        &self,
        tx: &mut T,
        ids: &[Id<Household>],
        on: NaiveDate,
    ) -> Outcome<Vec<(Id<Household>, Id<Person>)>>;
    /// The households a person belongs to on a day, each with the day since when.
    fn of_person(
        &self,
        tx: &mut T,
        person: Id<Person>,
        on: NaiveDate,
    ) -> Outcome<Vec<(Id<Household>, NaiveDate)>>;
}
