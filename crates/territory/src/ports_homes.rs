//! Households as this crate offers them to other domains.

use chrono::NaiveDate;
use contracts::{Around, HomeRef, Homes};
use kernel::id::{Household, Person};
use kernel::{Id, Outcome, UnitPath};
use storage::Tx;

use crate::store::homes_offered as offered;

/// The households on record: what [`Homes`] promises. One that has a day of closing counts as closed from the day that was recorded.
#[derive(Debug, Clone, Copy, Default)]
pub struct HomeBook;

impl<'c> Homes<Tx<'c>> for HomeBook {
    fn homes(&self, tx: &mut Tx<'c>, ids: &[Id<Household>]) -> Outcome<Vec<HomeRef>> {
        offered::by_ids(tx, ids)
    }

    fn below(
        &self,
        tx: &mut Tx<'c>,
        path: &UnitPath,
        around: Option<Around>,
        after: Option<Id<Household>>,
        limit: i64,
    ) -> Outcome<Vec<HomeRef>> {
        offered::below(tx, path, around, after, limit)
    }

    fn members(
        &self,
        tx: &mut Tx<'c>,
        ids: &[Id<Household>],
        on: NaiveDate,
    ) -> Outcome<Vec<(Id<Household>, Id<Person>)>> {
        offered::members(tx, ids, on)
    }

    fn of_person(
        &self,
        tx: &mut Tx<'c>,
        person: Id<Person>,
        on: NaiveDate,
    ) -> Outcome<Vec<(Id<Household>, NaiveDate)>> {
        offered::of_person(tx, person, on)
    }
}
