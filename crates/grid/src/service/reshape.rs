//! Splitting and merging grids. The old ones are history and say what became of them; who was on duty goes on in the new ones, and
//! open incidents follow ([`super::regrid`]).

use kernel::error::{FIELD_UNKNOWN_REFERENCE, INVALID, NOT_FOUND, OrRefuse, STALE};
use kernel::id::{Grid as GridId, User};
use kernel::{Context, Id, Outcome, Refusal};
use serde_json::json;
use storage::Tx;

use super::make::{self, NewGrid};
use super::{code, draw, regrid, succeed};
use crate::error as e;
use crate::model::boundary::SLIVER;
use crate::model::{Boundary, Grid, GridKind, Lineage, LineageKind};
use crate::ports::GridServices;
use crate::store::{grids, lineage};

/// How many parts there are, or how many grids are merged.
const COUNT: std::ops::RangeInclusive<usize> = 2..=10;

/// What is to come of a grid.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Its code.
    pub code: Option<String>,
    /// What kind of area it is; that of the old grid unless told.
    pub kind: Option<GridKind>,
    /// Its boundary; of a merge it is what the old ones cover.
    pub boundary: Option<Boundary>,
    /// Who of those on duty goes here. Whom no part names is on duty in all of them.
    pub users: Vec<Id<User>>,
}

/// What came of it, or would.
#[derive(Debug, Clone)]
pub struct Reshaped {
    /// How.
    pub kind: LineageKind,
    /// The grids that are history.
    pub from: Vec<Grid>,
    /// The new ones; none if nothing was done.
    pub made: Vec<Grid>,
    /// For each new one: what it covers in square metres, and how many open incidents come to it.
    pub parts: Vec<(f64, usize)>,
    /// How many open incidents have followed.
    pub followed: usize,
}

/// Splits a grid into parts that cover it.
pub fn split(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    id: Id<GridId>,
    expected: i64,
    parts: &[Part],
    dry_run: bool,
) -> Outcome<Reshaped> {
    let seen = grids::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    grids::lock_unit(tx, seen.unit)?;
    let old = make::managed(tx, ctx, s, id, expected)?;
    refuse_count(parts.len(), "/parts")?;
    let whole = s.polygons.of(tx, id, old.version)?.or_refuse(&e::NOT_DRAWN)?;
    let mut areas = Vec::with_capacity(parts.len());
    for part in parts {
        areas.push(part.boundary.as_ref().ok_or_else(|| e::BOUNDARY_EMPTY.refusal())?);
    }
    refuse_misfit(&whole, &areas)?;
    reshape(tx, ctx, s, LineageKind::Split, vec![old], parts, &areas, dry_run)
}

/// Merges grids of one unit into one that covers what they covered. Each is named with the version that was read.
pub fn merge(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    named: &[(Id<GridId>, i64)],
    into: &Part,
    dry_run: bool,
) -> Outcome<Reshaped> {
    refuse_count(named.len(), "/grids")?;
    let mut named = named.to_vec();
    named.sort_unstable();
    if named.windows(2).any(|pair| matches!(pair, [(a, _), (b, _)] if a == b)) {
        return Err(e::MERGE_NAMES_TWICE.refusal().at("/grids", &e::MERGE_NAMES_TWICE).into());
    }
    let first = named.first().map(|(id, _)| *id).or_refuse(&NOT_FOUND)?;
    let unit = grids::find(tx, first)?.or_refuse(&NOT_FOUND)?.unit;
    grids::lock_unit(tx, unit)?;
    let mut old = Vec::with_capacity(named.len());
    let mut drawn = Vec::with_capacity(named.len());
    for (id, expected) in named {
        let grid = make::permitted(tx, ctx, s, id)?;
        if grid.unit != unit {
            return Err(e::MERGE_OTHER_UNIT.refusal().at("/grids", &e::MERGE_OTHER_UNIT).into());
        }
        if grid.version != expected {
            return Err(STALE.fault());
        }
        let boundary = s.polygons.of(tx, id, grid.version)?;
        drawn.push(boundary.ok_or_else(|| e::NOT_DRAWN.refusal().with("grid_id", json!(id)))?);
        old.push(grid);
    }
    let union = Boundary::union(&drawn.iter().map(AsRef::as_ref).collect::<Vec<_>>())?;
    reshape(tx, ctx, s, LineageKind::Merge, old, std::slice::from_ref(into), &[&union], dry_run)
}

fn refuse_count(count: usize, pointer: &'static str) -> Outcome<()> {
    if COUNT.contains(&count) {
        return Ok(());
    }
    Err(e::PARTS_COUNT.refusal().at(pointer, &e::PARTS_COUNT).into())
}

fn at(pointer: String, code: &'static kernel::ErrorCode) -> Refusal {
    code.refusal().at(pointer, code)
}

/// Each part inside, no two over each other, all of them together the whole.
fn refuse_misfit(whole: &Boundary, parts: &[&Boundary]) -> Outcome<()> {
    for (n, part) in parts.iter().enumerate() {
        if part.leaves(whole) {
            return Err(at(format!("/parts/{n}/geometry"), &e::PART_OUTSIDE).into());
        }
        if parts.iter().take(n).any(|other| part.overlaps(other)) {
            return Err(at(format!("/parts/{n}/geometry"), &e::PARTS_OVERLAP).into());
        }
    }
    let uncovered = whole.uncovered(parts);
    if uncovered > SLIVER {
        let detail = format!("{:.2} % are left.", uncovered * 100.0);
        return Err(at("/parts".to_owned(), &e::PARTS_LEAVE_GAP).because(detail).into());
    }
    Ok(())
}

fn reshape(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    kind: LineageKind,
    mut old: Vec<Grid>,
    parts: &[Part],
    areas: &[&Boundary],
    dry_run: bool,
) -> Outcome<Reshaped> {
    let ids: Vec<Id<GridId>> = old.iter().map(|grid| grid.id).collect();
    let first = old.first().or_refuse(&NOT_FOUND)?;
    let (unit, was) = (first.unit, first.kind);
    refuse_codes(tx, s, &old, parts)?;
    let held = succeed::held(tx, &ids, ctx.now)?;
    if let Some((part, user)) = succeed::stranger(&held, parts) {
        let pointer = format!("/parts/{part}/user_ids/{user}");
        return Err(INVALID.refusal().at(pointer, &FIELD_UNKNOWN_REFERENCE).into());
    }
    for area in areas {
        draw::refuse_overlap(tx, s, unit, &ids, area, ctx.now)?;
    }
    let points = lineage::points(tx, &ids)?;
    let shares = areas.iter().zip(shares(areas, &points)).map(|(area, count)| (area.area(), count)).collect();
    let mut answer = Reshaped { kind, from: Vec::new(), made: Vec::new(), parts: shares, followed: 0 };
    if dry_run {
        answer.from = old;
        return Ok(answer);
    }
    for grid in &mut old {
        make::take_off(tx, ctx, grid)?;
    }
    for (part, area) in parts.iter().zip(areas) {
        let new = NewGrid {
            unit,
            name: part.name.clone(),
            code: part.code.clone(),
            kind: part.kind.unwrap_or(was),
            boundary: Some((*area).clone()),
        };
        answer.made.push(make::create(tx, ctx, s, &new)?);
    }
    write_down(tx, ctx, kind, &old, &answer.made)?;
    succeed::begin(tx, ctx, &held, &answer.made, parts)?;
    for id in &ids {
        lineage::begin(tx, *id, ctx.now)?;
        let (followed, done) = regrid::follow(tx, ctx, s, *id, false)?;
        answer.followed += followed;
        if done {
            lineage::finish(tx, *id)?;
        }
    }
    answer.from = old;
    Ok(answer)
}

/// What came of what, in rows and on the trail.
fn write_down(tx: &mut Tx<'_>, ctx: &Context, kind: LineageKind, old: &[Grid], new: &[Grid]) -> Outcome<()> {
    let line = |from: &Grid| {
        let from = from.id;
        (0_i64..).zip(new).map(move |(place, to)| Lineage { from, to: to.id, place, at: ctx.now, kind })
    };
    lineage::insert(tx, &old.iter().flat_map(line).collect::<Vec<_>>())?;
    let into: Vec<Id<GridId>> = new.iter().map(|grid| grid.id).collect();
    for grid in old {
        let action = match kind {
            LineageKind::Split => "grid.grid.split",
            LineageKind::Merge => "grid.grid.merge",
        };
        make::trail(tx, ctx, action, grid, Some(make::facts(grid)), Some(json!({ "into": into })))?;
    }
    Ok(())
}

/// Refuses codes before anything is done: their shape, twice the same, and one that a grid has that stays.
fn refuse_codes(tx: &mut Tx<'_>, s: &GridServices, old: &[Grid], parts: &[Part]) -> Outcome<()> {
    let unit = old.first().map(|grid| grid.unit).or_refuse(&NOT_FOUND)?;
    let unit = s.tree.unit(tx, unit)?.or_refuse(&NOT_FOUND)?;
    let mut seen = std::collections::BTreeSet::new();
    for part in parts {
        make::check(&part.name)?;
        let Some(given) = &part.code else { continue };
        let given = code::checked(given, &unit)?;
        let taken = grids::holder(tx, &given)?.is_some_and(|id| old.iter().all(|grid| grid.id != id));
        if taken {
            return Err(e::CODE_TAKEN.fault());
        }
        if !seen.insert(given) {
            return Err(at("/parts".to_owned(), &e::PARTS_SHARE_CODE).into());
        }
    }
    Ok(())
}

/// How many of the points come to each area: to the first that has it, to the first of all where none has.
fn shares(areas: &[&Boundary], points: &[Option<(f64, f64)>]) -> Vec<usize> {
    let mut counts = vec![0; areas.len()];
    for point in points {
        let at = point.and_then(|(lat, lng)| areas.iter().position(|area| area.has(lat, lng))).unwrap_or(0);
        if let Some(count) = counts.get_mut(at) {
            *count += 1;
        }
    }
    counts
}
