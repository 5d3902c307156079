//! What may be asked of a unit, and why: the answer that dispatch hangs on.
//!
//! Which list holds: the nearest unit upward, the unit itself first, that has a list for the unit's kind with a version in force. A
//! version that ends its list is as none: those above are asked. Beside the list stands what was admitted in the unit or in one above.

use contracts::{DutyLists, DutyScope, UnitRef};
use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::{Category, Unit};
use kernel::{Id, Instant, Outcome};
use storage::Tx;

use crate::ports::DutyServices;
use crate::store::scope::{self as store, Begun, Ground};

/// What holds for a category at a unit, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What holds.
    pub scope: DutyScope,
    /// The unit asked about.
    pub unit: UnitRef,
    /// The version that holds there, with its list; none where no list holds.
    pub version: Option<Begun>,
    /// The item or the admission it rests on.
    pub ground: Option<Ground>,
}

/// What the list that holds at a unit says of a category. Besides the two trees, which are others', it asks two questions at most.
pub fn answer(
    tx: &mut Tx<'_>,
    s: &DutyServices,
    unit: Id<Unit>,
    category: Id<Category>,
    at: Instant,
) -> Outcome<Answer> {
    let unit = s.tree.unit(tx, unit)?.or_refuse(&NOT_FOUND)?;
    let above: Vec<Id<Unit>> = s.tree.lineage(tx, &unit.path)?.into_iter().map(|u| u.id).collect();
    let begun = store::begun(tx, &above, &unit.kind, at)?;
    let Some(version) = nearest(&begun, &above) else {
        return Ok(Answer { scope: DutyScope::NoList, unit, version: None, ground: None });
    };
    let categories = s.categories.above(tx, category)?;
    let grounds = store::grounds(tx, version.version, &above, &categories, at)?;
    let ground = best(&grounds, &categories);
    let scope = match ground {
        Some(Ground::Item(_)) => DutyScope::Listed,
        Some(Ground::Admission(..)) => DutyScope::Admitted,
        None => DutyScope::OutOfScope,
    };
    Ok(Answer { scope, unit, version: Some(version), ground })
}

/// Of versions whose time has come, the latest first: the one that holds in the lowest of these units, which are given the root first.
fn nearest(begun: &[Begun], above: &[Id<Unit>]) -> Option<Begun> {
    let holds = |unit: &Id<Unit>| begun.iter().find(|b| b.unit == *unit).filter(|b| !b.is_end).copied();
    above.iter().rev().find_map(holds)
}

/// What is on the list before what is admitted; of each the category that is nearest.
fn best(grounds: &[Ground], categories: &[Id<Category>]) -> Option<Ground> {
    let nearness = |id: &Id<Category>| categories.iter().position(|c| c == id);
    grounds.iter().copied().min_by_key(|ground| match ground {
        Ground::Item(category) => (false, nearness(category)),
        Ground::Admission(category, _) => (true, nearness(category)),
    })
}

/// Duty lists, for other domains.
#[derive(Clone)]
pub struct Lists(pub DutyServices);

impl<'c> DutyLists<Tx<'c>> for Lists {
    fn scope(
        &self,
        tx: &mut Tx<'c>,
        unit: Id<Unit>,
        category: Id<Category>,
        at: Instant,
    ) -> Outcome<DutyScope> {
        Ok(answer(tx, &self.0, unit, category, at)?.scope)
    }
}
