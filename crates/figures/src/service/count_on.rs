//! Counting on: the steps after the mark, each once, however many gateways there are.

use std::collections::{BTreeMap, BTreeSet};

use kernel::id::{Grid, Incident, Unit};
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome};
use serde_json::json;
use storage::audit::Entry;
use storage::{Tx, audit};

use crate::error::RECOUNTING;
use crate::model::period::{day_of, month_of};
use crate::model::{Case, Sums};
use crate::permission::Recount;
use crate::ports::FigureServices;
use crate::store::mark::Mark;
use crate::store::{cases, mark, months, units};

/// Steps that are counted in one transaction.
pub const AT_ONCE: i64 = 500;

/// Whether there is something to count. Costs two look-ups where there is nothing.
pub fn has_more(tx: &mut Tx<'_>, s: &FigureServices) -> Outcome<bool> {
    let mark = mark::read(tx)?;
    Ok(mark.recounting || s.history.newest(tx)? > mark.place || s.history.has_unsettled(tx)?)
}

/// Counts up to `limit` steps on; answers whether there may be more.
pub fn count_on(tx: &mut Tx<'_>, s: &FigureServices, limit: i64) -> Outcome<bool> {
    let mark = mark::hold(tx)?;
    if mark.recounting {
        return begin_again(tx, limit);
    }
    s.history.settle(tx, limit)?;
    let steps = s.history.steps(tx, mark.place, limit)?;
    let Some(last) = steps.last() else { return Ok(false) };
    let next = Mark { place: last.place, at: Some(last.at), recounting: false };
    let full = i64::try_from(steps.len()).unwrap_or(i64::MAX) >= limit;

    let ids: BTreeSet<Id<Incident>> = steps.iter().map(|step| step.incident).collect();
    let before: BTreeMap<Id<Incident>, Case> = cases::several(tx, &ids.into_iter().collect::<Vec<_>>())?
        .into_iter()
        .map(|case| (case.id, case))
        .collect();
    let mut now = before.clone();
    for step in &steps {
        match now.get_mut(&step.incident) {
            Some(case) => case.goes_on(step),
            None => now.extend(Case::begun(step).map(|case| (case.id, case))),
        }
    }
    enter_units(tx, s, now.values())?;
    add(tx, s, before.values(), now.values())?;
    let fresh: Vec<Case> = now.values().filter(|case| !before.contains_key(&case.id)).cloned().collect();
    cases::insert(tx, &fresh)?;
    for case in now.values().filter(|case| before.get(&case.id).is_some_and(|known| known != *case)) {
        cases::update(tx, case)?;
    }
    mark::set(tx, next)?;
    Ok(full)
}

/// Units that have cases for the first time are entered under those above them.
fn enter_units<'a>(tx: &mut Tx<'_>, s: &FigureServices, all: impl Iterator<Item = &'a Case>) -> Outcome<()> {
    let named: BTreeSet<Id<Unit>> = all.map(|case| case.unit).collect();
    let known: BTreeSet<Id<Unit>> =
        units::known(tx, &named.iter().copied().collect::<Vec<_>>())?.into_iter().collect();
    let strange: Vec<Id<Unit>> = named.difference(&known).copied().collect();
    if strange.is_empty() {
        return Ok(());
    }
    units::join(tx)?;
    for unit in s.tree.units(tx, &strange)? {
        let above: Vec<Id<Unit>> = s.tree.lineage(tx, &unit.path)?.into_iter().map(|u| u.id).collect();
        units::enter(tx, unit.id, &above)?;
    }
    Ok(())
}

/// Adds to every month what the cases are now, less what they were.
fn add<'a>(
    tx: &mut Tx<'_>,
    s: &FigureServices,
    before: impl Iterator<Item = &'a Case>,
    now: impl Iterator<Item = &'a Case>,
) -> Outcome<()> {
    let mut by_unit: BTreeMap<(Id<Unit>, i32), Sums> = BTreeMap::new();
    let mut by_grid: BTreeMap<(Id<Grid>, i32), Sums> = BTreeMap::new();
    let mut note = |case: &Case, add: bool| {
        let month = month_of(day_of(s.zone, case.reported));
        let put = |known: Sums| if add { known.plus(case.sums()) } else { known.minus(case.sums()) };
        let unit = by_unit.entry((case.unit, month)).or_default();
        *unit = put(*unit);
        if let Some(grid) = case.grid {
            let grid = by_grid.entry((grid, month)).or_default();
            *grid = put(*grid);
        }
    };
    before.for_each(|case| note(case, false));
    now.for_each(|case| note(case, true));
    for ((unit, month), sums) in by_unit.into_iter().filter(|(_, sums)| *sums != Sums::default()) {
        months::add_to_unit(tx, unit, month, sums)?;
    }
    for ((grid, month), sums) in by_grid.into_iter().filter(|(_, sums)| *sums != Sums::default()) {
        months::add_to_grid(tx, grid, month, sums)?;
    }
    Ok(())
}

/// Throws away a part of what was counted; once nothing is left, counting begins at the first step.
fn begin_again(tx: &mut Tx<'_>, limit: i64) -> Outcome<bool> {
    if cases::throw_away(tx, limit * 4)? == 0 {
        months::throw_away(tx)?;
        mark::set(tx, Mark { place: 0, at: None, recounting: false })?;
    }
    Ok(true)
}

/// Has everything counted again. Until it is done, answers say until where was counted.
pub fn recount(tx: &mut Tx<'_>, ctx: &Context, s: &FigureServices) -> Outcome<()> {
    for root in s.tree.roots(tx)? {
        ctx.require_at(Recount::PERMISSION, root.id, &root.path)?;
    }
    let mark = mark::hold(tx)?;
    if mark.recounting {
        return Err(RECOUNTING.fault());
    }
    mark::set(tx, Mark { recounting: true, ..mark })?;
    let entry = Entry {
        action: "figures.recount",
        object_kind: "figures",
        object: None,
        unit: None,
        before: None,
        after: Some(json!({ "counted_until": mark.place })),
    };
    audit::record(tx, ctx, entry)
}
