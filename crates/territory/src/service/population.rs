//! How many people live in a unit and below it, as the records and the tree were on a day.
//!
//! Units move. Nobody walks the tree for it: what has not moved since the day hangs together as it did, so the subtree of
//! the day is today's ranges, some added and some taken away: those at and below units that have moved.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use kernel::error::FIELD_RANGE;
use kernel::permission::Permit;
use kernel::{Context, Id, Instant, Outcome, UnitPath, id};
use storage::Tx;

use super::homes::Homes;
use crate::model::{ResidentType, Unit, is_day};
use crate::permission::ReadPopulation;
use crate::store::population::{self, Moved};

/// The people of a unit and all below it on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Population {
    /// The unit as it is now.
    pub unit: Unit,
    /// The day.
    pub on: NaiveDate,
    /// Main residences by type, every type there: each person once.
    pub residents: BTreeMap<ResidentType, i64>,
    /// Other residences, of people who are counted elsewhere, or there already.
    pub other: i64,
}

impl Population {
    /// Everybody who has their main residence there: what each type is a part of.
    pub fn total(&self) -> i64 {
        self.residents.values().sum()
    }
}

/// Counts. `end` is the last moment of the day where the realm is.
pub fn count(
    tx: &mut Tx<'_>,
    ctx: &Context,
    homes: &Homes,
    id: Id<id::Unit>,
    on: NaiveDate,
    end: Instant,
) -> Outcome<Population> {
    let unit = super::known(tx, id)?;
    ctx.require_at(ReadPopulation::PERMISSION, unit.id, &unit.path)?;
    if !is_day(on) || on > homes.today {
        let detail = format!("1900-01-01 to {}", homes.today);
        return Err(kernel::error::INVALID.refusal().at_with("on", &FIELD_RANGE, detail).into());
    }
    let moved = population::moved_since(tx, end)?;
    let mut residents: BTreeMap<ResidentType, i64> = ResidentType::ALL.iter().map(|t| (*t, 0)).collect();
    let mut other = 0;
    for (path, sign) in ranges(&unit.path, &moved) {
        for (is_main, kind, n) in population::count(tx, &path, on)? {
            if is_main {
                *residents.entry(kind).or_default() += sign * n;
            } else {
                other += sign * n;
            }
        }
    }
    Ok(Population { unit, on, residents, other })
}

/// The subtree of the day as ranges of today's tree: those that count, and (-1) those that are not to.
fn ranges(root: &UnitPath, moved: &[Moved]) -> Vec<(UnitPath, i64)> {
    let cuts: BTreeSet<&UnitPath> = moved.iter().map(|m| &m.path).chain([root]).collect();
    // The piece of today's tree that a place lies in: it hangs at the nearest cut above.
    let piece = |place: &UnitPath| place.lineage().into_iter().rev().find(|p| cuts.contains(p));
    let mut of_then: BTreeMap<UnitPath, Vec<&UnitPath>> = BTreeMap::new();
    for m in moved.iter().filter(|m| m.path != *root) {
        if let Some(held) = piece(&m.parent_then) {
            of_then.entry(held).or_default().push(&m.path);
        }
    }
    let mut counted: BTreeSet<UnitPath> = BTreeSet::new();
    let mut open = vec![root.clone()];
    while let Some(at) = open.pop() {
        if counted.insert(at.clone()) {
            open.extend(of_then.get(&at).into_iter().flatten().map(|p| (*p).clone()));
        }
    }
    let mut signs: BTreeMap<UnitPath, i64> = counted.iter().map(|p| (p.clone(), 1)).collect();
    for cut in &cuts {
        if cut.parent().and_then(|above| piece(&above)).is_some_and(|held| counted.contains(&held)) {
            *signs.entry((*cut).clone()).or_default() -= 1;
        }
    }
    signs.into_iter().filter(|(_, sign)| *sign != 0).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A tree now and then: the parents of units 1.. by number, unit 0 being the root of both.
    fn two_trees() -> impl Strategy<Value = (Vec<usize>, Vec<usize>)> {
        let rank = (1..14_usize).prop_flat_map(|n| {
            let parents = (1..=n).map(|i| 0..i).collect::<Vec<_>>();
            (parents.clone(), parents, Just((1..=n).collect::<Vec<_>>()).prop_shuffle())
        });
        rank.prop_map(|(now, then, order)| {
            // Then, the units stood in another order of depth: any of them may have been above any other.
            let place = |i: usize| if i == 0 { 0 } else { order[i - 1] };
            let mut shuffled = vec![0; then.len()];
            for (i, parent) in then.iter().enumerate() {
                shuffled[place(i + 1) - 1] = place(*parent);
            }
            (now, shuffled)
        })
    }

    fn below(parents: &[usize], root: usize, unit: usize) -> bool {
        unit == root || (unit != 0 && below(parents, root, parents[unit - 1]))
    }

    proptest! {
        #[test]
        fn the_ranges_hold_the_subtree_of_the_day_and_each_unit_once((now, then) in two_trees()) {
            let mut paths = vec![UnitPath::numbered(None, 0).unwrap()];
            for (i, parent) in now.iter().enumerate() {
                let path = UnitPath::numbered(Some(&paths[*parent]), u64::try_from(i).unwrap()).unwrap();
                paths.push(path);
            }
            let moved: Vec<Moved> = (0..now.len())
                .filter(|i| now[*i] != then[*i])
                .map(|i| Moved { path: paths[i + 1].clone(), parent_then: paths[then[i]].clone() })
                .collect();
            for (root, top) in paths.iter().enumerate() {
                let ranges = ranges(top, &moved);
                for (unit, path) in paths.iter().enumerate() {
                    let times: i64 =
                        ranges.iter().filter(|(p, _)| p.contains(path)).map(|(_, sign)| sign).sum();
                    prop_assert_eq!(times, i64::from(below(&then, root, unit)), "{} below {}", unit, root);
                }
            }
        }
    }
}
