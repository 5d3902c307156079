//! Counting residents: each count is one range of one index.

use chrono::NaiveDate;
use diesel::dsl::count_star;
use diesel::prelude::*;
use kernel::id::Unit;
use kernel::{Id, Instant, Outcome, UnitPath};
use storage::{Tx, with_conn};

use super::schema::{
    territory_residences as residences, territory_unit_versions as versions, territory_units as units,
};
use super::unknown_word;
use crate::model::ResidentType;

/// One count: whether it is of main residences, of which type, and how many.
pub(crate) type Count = (bool, ResidentType, i64);

/// Residences that hold on a day in the subtree as it is now.
pub(crate) fn count(tx: &mut Tx<'_>, path: &UnitPath, on: NaiveDate) -> Outcome<Vec<Count>> {
    let (low, high) = path.range();
    let rows: Vec<(bool, String, i64)> = with_conn!(tx, |c| residences::table
        .filter(residences::unit_path.ge(&low))
        .filter(residences::unit_path.lt(&high))
        .filter(residences::from_on.le(on))
        .filter(residences::to_on.is_null().or(residences::to_on.gt(on)))
        .filter(residences::voided_at.is_null())
        .group_by((residences::is_main, residences::resident_type))
        .select((residences::is_main, residences::resident_type, count_star()))
        .load(c))?;
    let known =
        |word: &str| ResidentType::parse(word).ok_or_else(|| unknown_word("territory_residences", word));
    rows.into_iter().map(|(main, word, n)| Ok((main, known(&word)?, n))).collect()
}

/// A unit that stood below another parent at a moment than it does now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moved {
    /// Where it stands now.
    pub path: UnitPath,
    /// Where its parent of then stands now.
    pub parent_then: UnitPath,
}

/// The units that have moved since a moment. One that was not here yet counts as standing where it first stood.
pub(crate) fn moved_since(tx: &mut Tx<'_>, at: Instant) -> Outcome<Vec<Moved>> {
    type Stretch = (Id<Unit>, Option<Id<Unit>>, UnitPath, Option<Id<Unit>>);
    let rows: Vec<Stretch> = with_conn!(tx, |c| versions::table
        .inner_join(units::table)
        .filter(versions::valid_until.gt(at))
        .order((versions::unit_id.asc(), versions::version.asc()))
        .select((versions::unit_id, versions::parent_id, units::path, units::parent_id))
        .load(c))?;
    // A unit's first stretch that ends after the moment is the one that held then, or its first of all.
    let mut last = None;
    let mut found = Vec::new();
    for (unit, then, path, now) in rows {
        if last.replace(unit) != Some(unit)
            && let Some(then) = then.filter(|_| then != now)
        {
            found.push((path, then));
        }
    }
    let parents: Vec<Id<Unit>> = found.iter().map(|(_, parent)| *parent).collect();
    let places: Vec<(Id<Unit>, UnitPath)> = if parents.is_empty() {
        Vec::new()
    } else {
        with_conn!(tx, |c| units::table
            .filter(units::id.eq_any(&parents))
            .select((units::id, units::path))
            .load(c))?
    };
    let places: std::collections::HashMap<Id<Unit>, UnitPath> = places.into_iter().collect();
    Ok(found
        .into_iter()
        .filter_map(|(path, then)| Some(Moved { path, parent_then: places.get(&then)?.clone() }))
        .collect())
}
