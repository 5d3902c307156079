//! Households for other domains: where they are and who belongs to them, many at a time.

use chrono::NaiveDate;
use contracts::{Around, HomeRef};
use diesel::prelude::*;
use kernel::id::{Household, Person, Unit};
use kernel::{Id, Outcome, UnitPath};
use storage::{Tx, with_conn};

use super::schema::{
    territory_dwellings as dwellings, territory_households as households, territory_residences as residences,
};

/// Ids in one statement.
const AT_ONCE: usize = 1_000;

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = households)]
struct HomeRow {
    id: Id<Household>,
    unit_id: Id<Unit>,
    unit_path: UnitPath,
    closed_on: Option<NaiveDate>,
}

/// A household and the two numbers of its dwelling's point.
type Placed = (HomeRow, Option<f64>, Option<f64>);

fn home((row, lat, lng): Placed) -> HomeRef {
    let HomeRow { id, unit_id, unit_path, closed_on } = row;
    HomeRef { id, unit: unit_id, path: unit_path, point: lat.zip(lng), closed: closed_on.is_some() }
}

/// Those of the ids that are there.
pub(crate) fn by_ids(tx: &mut Tx<'_>, ids: &[Id<Household>]) -> Outcome<Vec<HomeRef>> {
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(AT_ONCE) {
        let rows: Vec<Placed> = with_conn!(tx, |c| households::table
            .left_join(dwellings::table.on(dwellings::id.nullable().eq(households::dwelling_id)))
            .filter(households::id.eq_any(some))
            .select((HomeRow::as_select(), dwellings::lat.nullable(), dwellings::lng.nullable()))
            .load(c))?;
        found.extend(rows.into_iter().map(home));
    }
    Ok(found)
}

/// Open households in the subtree, by id.
pub(crate) fn below(
    tx: &mut Tx<'_>,
    path: &UnitPath,
    around: Option<Around>,
    after: Option<Id<Household>>,
    limit: i64,
) -> Outcome<Vec<HomeRef>> {
    let (low, high) = path.range();
    let rows: Vec<Placed> = with_conn!(tx, |c| {
        let mut q = households::table
            .left_join(dwellings::table.on(dwellings::id.nullable().eq(households::dwelling_id)))
            .filter(households::unit_path.ge(low))
            .filter(households::unit_path.lt(high))
            .filter(households::closed_on.is_null())
            .select((HomeRow::as_select(), dwellings::lat.nullable(), dwellings::lng.nullable()))
            .into_boxed::<Db>();
        if let Some(Around { lat, lng }) = around {
            let inside = dwellings::lat
                .nullable()
                .between(lat.0, lat.1)
                .and(dwellings::lng.nullable().between(lng.0, lng.1));
            q = q.filter(dwellings::lat.nullable().is_null().or(inside));
        }
        if let Some(after) = after {
            q = q.filter(households::id.gt(after));
        }
        q.order(households::id.asc()).limit(limit).load(c)
    })?;
    Ok(rows.into_iter().map(home).collect())
}

/// Who belongs to these households on a day.
pub(crate) fn members(
    tx: &mut Tx<'_>,
    ids: &[Id<Household>],
    on: NaiveDate,
) -> Outcome<Vec<(Id<Household>, Id<Person>)>> {
    let mut found = Vec::new();
    for some in ids.chunks(AT_ONCE) {
        let rows: Vec<(Option<Id<Household>>, Id<Person>)> = with_conn!(tx, |c| residences::table
            .filter(residences::household_id.eq_any(some.iter().map(|id| Some(*id))))
            .filter(residences::voided_at.is_null())
            .filter(residences::from_on.le(on))
            .filter(residences::to_on.is_null().or(residences::to_on.gt(on)))
            .select((residences::household_id, residences::person_id))
            .load(c))?;
        found.extend(rows.into_iter().filter_map(|(household, person)| Some((household?, person))));
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// The households a person belongs to on a day, each with the day since when.
pub(crate) fn of_person(
    tx: &mut Tx<'_>,
    person: Id<Person>,
    on: NaiveDate,
) -> Outcome<Vec<(Id<Household>, NaiveDate)>> {
    let rows: Vec<(Option<Id<Household>>, NaiveDate)> = with_conn!(tx, |c| residences::table
        .filter(residences::person_id.eq(person))
        .filter(residences::household_id.is_not_null())
        .filter(residences::voided_at.is_null())
        .filter(residences::from_on.le(on))
        .filter(residences::to_on.is_null().or(residences::to_on.gt(on)))
        .select((residences::household_id, residences::from_on))
        .load(c))?;
    let mut found: Vec<_> =
        rows.into_iter().filter_map(|(household, since)| Some((household?, since))).collect();
    found.sort_unstable();
    found.dedup_by_key(|(household, _)| *household);
    Ok(found)
}
