//! Importing the grids of a town: every feature is checked, and all of them are taken or none.

use std::collections::{BTreeMap, BTreeSet};

use contracts::UnitRef;
use kernel::error::FIELD_LENGTH;
use kernel::id::{Grid as GridId, Unit};
use kernel::permission::Permit;
use kernel::{Context, Fault, Id, Outcome};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};
use serde_json::json;
use storage::audit::Entry;
use storage::{Tx, audit};

use super::town_file::{Feature, Wrong};
use super::{code, draw};
use crate::error as e;
use crate::model::{Boundary, Grid, GridKind};
use crate::permission::ManageGrids;
use crate::ports::GridServices;
use crate::store::{grids, town};

kernel::words! {
    /// What becomes of a feature.
    Fate {
        /// A grid is made of it.
        Created = "created",
        /// A grid that is known gets a new version of its boundary.
        Redrawn = "redrawn",
        /// It is known and has this boundary already.
        Unchanged = "unchanged",
        /// Something is wrong with it.
        Failed = "failed",
    }
}

/// A feature's result.
#[derive(Debug, Clone)]
pub struct Told {
    /// What becomes of it.
    pub fate: Fate,
    /// The grid, where there is one.
    pub grid: Option<Id<GridId>>,
    /// What is wrong.
    pub wrong: Option<Wrong>,
}

/// A feature on its way in.
struct Coming<'a> {
    feature: &'a Feature,
    unit: Option<Id<Unit>>,
    known: Option<Grid>,
    code: Option<String>,
    wrong: Option<Wrong>,
    unchanged: bool,
}

/// Imports features, or says what would become of them. Answers a result for each, in their order; if one is wrong, nothing is done.
pub fn import(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    features: &[Feature],
    dry_run: bool,
) -> Outcome<Vec<Told>> {
    let units = units(tx, ctx, s, features)?;
    let mut coming: Vec<Coming<'_>> = features.iter().map(|f| begin(f, &units)).collect();
    let concerned: BTreeSet<Id<Unit>> = coming.iter().filter_map(|c| c.unit).collect();
    for unit in &concerned {
        grids::lock_unit(tx, *unit)?;
    }
    recognise(tx, &mut coming)?;
    check(&mut coming, &units);
    refuse_overlaps(tx, ctx, &mut coming, &concerned)?;
    let sound = coming.iter().all(|c| c.wrong.is_none());
    let ids: Vec<Option<Id<GridId>>> = if sound && !dry_run {
        write(tx, ctx, s, &coming, &units)?
    } else {
        coming.iter().map(|c| c.known.as_ref().map(|grid| grid.id)).collect()
    };
    let result = |(coming, grid): (Coming<'_>, Option<Id<GridId>>)| Told {
        fate: match (&coming.wrong, &coming.known) {
            (Some(_), _) => Fate::Failed,
            (None, None) => Fate::Created,
            (None, Some(_)) if coming.unchanged => Fate::Unchanged,
            (None, Some(_)) => Fate::Redrawn,
        },
        grid,
        wrong: coming.wrong,
    };
    Ok(coming.into_iter().zip(ids).map(result).collect())
}

/// The open units that are named and whose grids the actor manages. Of others it is not even said that they are there.
fn units(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    features: &[Feature],
) -> Outcome<BTreeMap<Id<Unit>, UnitRef>> {
    let ids: BTreeSet<Id<Unit>> = features.iter().filter_map(|f| f.unit).collect();
    let codes: BTreeSet<String> = features.iter().filter_map(|f| f.unit_code.clone()).collect();
    let (ids, codes): (Vec<_>, Vec<_>) = (ids.into_iter().collect(), codes.into_iter().collect());
    let mut found = if ids.is_empty() { Vec::new() } else { s.tree.units(tx, &ids)? };
    if !codes.is_empty() {
        found.extend(s.tree.by_codes(tx, &codes)?);
    }
    found.retain(|u| !u.closed && ctx.actor.may(ManageGrids::PERMISSION, &u.path, ctx.now));
    Ok(found.into_iter().map(|u| (u.id, u)).collect())
}

fn begin<'a>(feature: &'a Feature, units: &BTreeMap<Id<Unit>, UnitRef>) -> Coming<'a> {
    let by_code = || {
        let code = feature.unit_code.as_ref()?;
        units.values().find(|u| u.code.as_ref() == Some(code)).map(|u| u.id)
    };
    let unit = match feature.unit {
        Some(unit) => units.contains_key(&unit).then_some(unit),
        None => by_code(),
    };
    let mut wrong = feature.wrong.clone();
    if unit.is_none() {
        wrong.get_or_insert((&e::IMPORT_UNIT_UNKNOWN, None));
    }
    Coming { feature, unit, known: None, code: feature.code.clone(), wrong, unchanged: false }
}

/// Finds the grids that are known, by their ids or their codes, and locks their rows.
fn recognise(tx: &mut Tx<'_>, coming: &mut [Coming<'_>]) -> Outcome<()> {
    let codes: Vec<String> = coming.iter().filter_map(|c| c.code.clone()).collect();
    let holders: BTreeMap<String, Id<GridId>> = town::holders(tx, &codes)?.into_iter().collect();
    let mut wanted: Vec<(Id<GridId>, usize)> = Vec::new();
    for (n, one) in coming.iter().enumerate() {
        let by_code = one.code.as_ref().and_then(|code| holders.get(code)).copied();
        wanted.extend(one.feature.id.into_iter().chain(by_code).map(|id| (id, n)));
    }
    // In the order of their ids, as everybody locks several.
    wanted.sort_unstable();
    for (id, n) in wanted {
        let Some(one) = coming.get_mut(n) else { continue };
        if one.known.as_ref().is_some_and(|known| known.id == id) {
            continue;
        }
        let found = grids::find_locked(tx, id)?.filter(|grid| grid.retired_at.is_none());
        // The id says which grid it is; a code that is another's is not its own.
        match (found, &one.known) {
            (Some(_), Some(_)) => {
                one.wrong.get_or_insert((&e::CODE_TAKEN, None));
            }
            (found, None) => one.known = found,
            (None, Some(_)) => {}
        }
    }
    Ok(())
}

/// Each by itself, and none twice.
fn check(coming: &mut [Coming<'_>], units: &BTreeMap<Id<Unit>, UnitRef>) {
    let (mut ids, mut codes) = (BTreeSet::new(), BTreeSet::new());
    for one in coming {
        let twice = one.known.as_ref().is_some_and(|known| !ids.insert(known.id))
            | one.code.as_ref().is_some_and(|code| !codes.insert(code.clone()));
        if twice {
            one.wrong.get_or_insert((&e::IMPORT_DUPLICATE, None));
        }
        let Some(unit) = one.unit.and_then(|unit| units.get(&unit)) else { continue };
        match &one.known {
            Some(known) if known.unit != unit.id => {
                one.wrong.get_or_insert((&e::IMPORT_OTHER_UNIT, None));
            }
            Some(_) => {}
            None => {
                let length = one.feature.name.chars().count();
                let mut fields = kernel::error::Fields::default();
                fields.name("/name", &one.feature.name, 1, 80);
                if fields.finish().is_err() {
                    let why = format!("{}: {length} characters", FIELD_LENGTH.code);
                    one.wrong.get_or_insert((&e::IMPORT_FEATURE, Some(why)));
                }
                match one.code.as_deref().map(|given| code::checked(given, unit)) {
                    Some(Err(Fault::Refused(no))) => {
                        one.wrong.get_or_insert((no.code, None));
                    }
                    Some(Ok(code)) => one.code = Some(code),
                    _ => {}
                }
            }
        }
    }
}

type Box2 = GeomWithData<Rectangle<[f64; 2]>, usize>;

fn corners(boundary: &Boundary) -> ([f64; 2], [f64; 2]) {
    let b = boundary.bounds();
    ([b.min_lng, b.min_lat], [b.max_lng, b.max_lat])
}

/// What comes overlaps neither what stays on the map of its unit nor what comes before it in the file.
fn refuse_overlaps(
    tx: &mut Tx<'_>,
    ctx: &Context,
    coming: &mut [Coming<'_>],
    units: &BTreeSet<Id<Unit>>,
) -> Outcome<()> {
    let redrawn: BTreeMap<Id<GridId>, usize> =
        coming.iter().enumerate().filter_map(|(n, c)| Some((c.known.as_ref()?.id, n))).collect();
    // Everything in one index: first what stays, then what comes.
    let mut all: Vec<(Id<Unit>, String, std::borrow::Cow<'_, Boundary>)> = Vec::new();
    for unit in units {
        for (unit, id, name, text) in town::on_map(tx, *unit, ctx.now)? {
            let stays = Boundary::stored(&text)
                .ok_or_else(|| Fault::internal(format!("grid {id} has an unreadable boundary")))?;
            match redrawn.get(&id).and_then(|n| coming.get_mut(*n)) {
                Some(one) => one.unchanged = one.feature.boundary.as_ref() == Some(&stays),
                None => all.push((unit, name, std::borrow::Cow::Owned(stays))),
            }
        }
    }
    let stay = all.len();
    let mut places = Vec::new();
    for (n, one) in coming.iter().enumerate() {
        if let (Some(unit), Some(boundary)) = (one.unit, &one.feature.boundary) {
            places.push(n);
            all.push((unit, one.feature.name.clone(), std::borrow::Cow::Borrowed(boundary)));
        }
    }
    let boxes = all.iter().enumerate().map(|(n, (_, _, boundary))| {
        let (low, high) = corners(boundary);
        Box2::new(Rectangle::from_corners(low, high), n)
    });
    let tree = RTree::bulk_load(boxes.collect());
    for (at, n) in (stay..).zip(places) {
        let Some((unit, _, boundary)) = all.get(at) else { continue };
        let (low, high) = corners(boundary);
        let other = tree.locate_in_envelope_intersecting(AABB::from_corners(low, high)).find(|near| {
            let other = all.get(near.data).filter(|(theirs, ..)| near.data < at && theirs == unit);
            other.is_some_and(|(_, _, theirs)| boundary.overlaps(theirs))
        });
        let name = other.and_then(|near| all.get(near.data)).map(|(_, name, _)| name.clone());
        if let (Some(name), Some(one)) = (name, coming.get_mut(n)) {
            one.wrong.get_or_insert((&e::BOUNDARY_OVERLAPS, Some(format!("It overlaps the grid {name}."))));
        }
    }
    Ok(())
}

/// Makes the new ones and redraws the known ones; answers the grids in the order of the features.
fn write(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    coming: &[Coming<'_>],
    units: &BTreeMap<Id<Unit>, UnitRef>,
) -> Outcome<Vec<Option<Id<GridId>>>> {
    let mut above: BTreeMap<Id<Unit>, Vec<Id<Unit>>> = BTreeMap::new();
    for unit in units.values() {
        above.insert(unit.id, draw::enter_and_climb(tx, s, unit)?);
    }
    let (mut ids, mut new) = (Vec::with_capacity(coming.len()), Vec::new());
    for one in coming {
        let (Some(unit), Some(boundary)) = (one.unit, &one.feature.boundary) else {
            return Err(Fault::internal("a feature without a unit or a boundary was taken for sound"));
        };
        if let Some(known) = &one.known {
            ids.push(Some(known.id));
            if !one.unchanged {
                draw::append(tx, ctx, known.clone(), boundary, None)?;
            }
            continue;
        }
        let grid = Grid {
            id: ctx.id(),
            unit,
            name: one.feature.name.clone(),
            code: one.code.clone(),
            kind: one.feature.kind.unwrap_or(GridKind::Residential),
            bounds: Some(boundary.bounds()),
            retired_at: None,
            version: 1,
            created_at: ctx.now,
        };
        ids.push(Some(grid.id));
        new.push((grid, boundary, above.get(&unit).map(Vec::as_slice).unwrap_or_default()));
    }
    town::insert(tx, &new, ctx.actor.user, ctx.now)?;
    let entry = |(grid, ..): &town::New<'_>| Entry {
        action: "grid.grid.create",
        object_kind: "grid",
        object: Some(grid.id.uuid()),
        unit: Some(grid.unit),
        before: None,
        after: Some(json!({ "name": grid.name, "code": grid.code, "kind": grid.kind.word(), "version": 1 })),
    };
    audit::record_all(tx, ctx, new.iter().map(entry).collect())?;
    Ok(ids)
}
