//! A household splits, takes another in, or moves: its people go along in the same transaction.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use kernel::error::{FIELD_LENGTH, FIELD_ORDER, Fields, INVALID, STALE};
use kernel::id::{self, Person};
use kernel::permission::Permit;
use kernel::{Context, Fault, Id, Outcome};
use storage::Tx;

use super::homes::{self, Homes};
use super::household::{self, Happened, MOST_MEMBERS, lodging};
use super::residence::{self, Spot};
use super::residence_change::{cut, follow};
use crate::error::{
    HEAD_LEAVES, HEAD_NOT_A_MEMBER, HOUSEHOLD_CLOSED, MERGE_WITH_ITSELF, NOT_A_MEMBER, OUTSIDE_ITS_TIME,
    SPLIT_TAKES_ALL, TOO_MANY_MEMBERS,
};
use crate::model::{ChangeKind, Dwelling, Household, Period, RegisterKind, Residence};
use crate::permission::ManageHouseholds;
use crate::store::{dwellings, households, residences};

/// People who leave a household at once, at most.
pub const MOST_LEAVERS: usize = 100;

/// How a household splits.
#[derive(Debug, Clone)]
pub struct Split {
    /// The residences of those who leave.
    pub leavers: Vec<Id<id::Residence>>,
    /// Where they go; they stay where they live unless told.
    pub dwelling: Option<Id<id::Dwelling>>,
    /// The head of those who leave.
    pub head: Option<Id<Person>>,
    /// How they stand in the register; as before unless told.
    pub register_kind: Option<RegisterKind>,
    /// The head of those who stay; as before unless told.
    pub remaining_head: Option<Id<Person>>,
    /// From which day.
    pub on: NaiveDate,
}

/// Which household is taken in.
#[derive(Debug, Clone, Copy)]
pub struct Merge {
    /// The other household, which ends.
    pub other: Id<id::Household>,
    /// Its version that was read.
    pub other_version: i64,
    /// From which day.
    pub on: NaiveDate,
}

fn check_day(homes: &Homes, on: NaiveDate) -> Outcome<()> {
    let mut fields = Fields::default();
    homes.past_day(&mut fields, "/on", on);
    fields.finish()
}

/// The dwellings of residences, locked in the order of their ids: their paths stay as they are.
fn locked_dwellings(
    tx: &mut Tx<'_>,
    ids: impl IntoIterator<Item = Id<id::Dwelling>>,
) -> Outcome<BTreeMap<Id<id::Dwelling>, Dwelling>> {
    let mut all = BTreeMap::new();
    for id in ids.into_iter().collect::<BTreeSet<_>>() {
        all.extend(dwellings::find_locked(tx, id)?.map(|d| (id, d)));
    }
    Ok(all)
}

/// Takes a person from where they are recorded to another household, and to its dwelling if there is one.
fn carry(
    tx: &mut Tx<'_>,
    ctx: &Context,
    r: Residence,
    household: &Household,
    dwelling: Option<Dwelling>,
    on: NaiveDate,
) -> Outcome<()> {
    // Somebody recorded in another place is another's to move.
    ctx.require(ManageHouseholds::PERMISSION, &r.path)?;
    let spot = Spot { dwelling, household: Some(household.clone()) };
    let (unit, path) = spot.place()?;
    let next = Residence {
        dwelling: spot.dwelling.as_ref().map(|d| d.id),
        household: Some(household.id),
        unit,
        path,
        ..follow(ctx, &r, on.max(r.stay.from))
    };
    cut(tx, ctx, "territory.residence.end", r, on)?;
    residence::begin(tx, ctx, "territory.residence.move", next, &spot)?;
    Ok(())
}

/// Those who belong to a household on the day or later, locked; refuses more than are moved at once.
fn locked_members(tx: &mut Tx<'_>, household: Id<id::Household>, on: NaiveDate) -> Outcome<Vec<Residence>> {
    let seen = residences::members(tx, household, on, MOST_MEMBERS + 1)?;
    if i64::try_from(seen.len()).unwrap_or(i64::MAX) > MOST_MEMBERS {
        return Err(TOO_MANY_MEMBERS.fault());
    }
    residence::lock_all(tx, seen.iter().map(|m| m.person))?;
    Ok(seen)
}

/// What was seen before the locks is done again if it holds no more.
fn refuse_changed(before: &[Residence], after: &[Residence]) -> Outcome<()> {
    let ids = |all: &[Residence]| all.iter().map(|m| (m.id, m.version, m.dwelling)).collect::<Vec<_>>();
    if ids(before) == ids(after) {
        return Ok(());
    }
    Err(Fault::Transient("a household's people changed while it was being moved".to_owned()))
}

/// Makes a household of those who leave another. Answers the new one.
pub fn split(
    tx: &mut Tx<'_>,
    ctx: &Context,
    homes: &Homes,
    id: Id<id::Household>,
    expected: i64,
    how: &Split,
) -> Outcome<Household> {
    household::managed(tx, ctx, id)?;
    check_day(homes, how.on)?;
    let leavers: BTreeSet<Id<id::Residence>> = how.leavers.iter().copied().collect();
    if leavers.is_empty() || leavers.len() > MOST_LEAVERS {
        let detail = format!("1 to {MOST_LEAVERS}");
        return Err(INVALID.refusal().at_with("/residence_ids", &FIELD_LENGTH, detail).into());
    }
    let seen = locked_members(tx, id, how.on)?;
    let theirs = seen.iter().filter(|m| leavers.contains(&m.id)).filter_map(|m| m.dwelling);
    let there = locked_dwellings(tx, theirs)?;
    let to = how.dwelling.map(|d| lodging(tx, ctx, d, how.on)).transpose()?;
    let old = household::held(tx, ctx, id, expected)?;
    let members = residences::members(tx, id, how.on, MOST_MEMBERS + 1)?;
    refuse_changed(&seen, &members)?;
    let (leaving, staying): (Vec<_>, Vec<_>) = members.into_iter().partition(|m| leavers.contains(&m.id));
    if leaving.len() != leavers.len() || leaving.iter().any(|m| !m.stay.has(how.on)) {
        return Err(NOT_A_MEMBER.refusal().at("/residence_ids", &NOT_A_MEMBER).into());
    }
    if !staying.iter().any(|m| m.stay.has(how.on)) {
        return Err(SPLIT_TAKES_ALL.fault());
    }
    let is_of = |all: &[Residence], head: Id<Person>| all.iter().any(|m| m.person == head);
    if how.head.is_some_and(|head| !is_of(&leaving, head)) {
        return Err(HEAD_NOT_A_MEMBER.refusal().at("/head_id", &HEAD_NOT_A_MEMBER).into());
    }
    if how.remaining_head.is_some_and(|head| !is_of(&staying, head)) {
        return Err(HEAD_NOT_A_MEMBER.refusal().at("/remaining_head_id", &HEAD_NOT_A_MEMBER).into());
    }
    let head_leaves = old.head.is_some_and(|head| is_of(&leaving, head) && !is_of(&staying, head));
    if head_leaves && how.remaining_head.is_none() {
        return Err(HEAD_LEAVES.fault());
    }
    let new = Household {
        id: ctx.id(),
        unit: to.as_ref().map_or(old.unit, |d| d.unit),
        path: to.as_ref().map_or_else(|| old.path.clone(), |d| d.path.clone()),
        dwelling: to.as_ref().map(|d| d.id).or(old.dwelling),
        head: how.head,
        register_kind: how.register_kind.unwrap_or(old.register_kind),
        life: Period::since(how.on),
        version: 1,
        created_at: ctx.now,
    };
    let came = Happened { kind: ChangeKind::SplitFrom, other: Some(old.id), on: how.on };
    household::begin(tx, ctx, "territory.household.create", &new, &came)?;
    let mut rest = old.clone();
    rest.head = how.remaining_head.or(old.head);
    let went = Happened { kind: ChangeKind::Split, other: Some(new.id), on: how.on };
    household::save(tx, ctx, "territory.household.split", &old, rest, &went)?;
    for r in leaving {
        let dwelling = to.clone().or_else(|| r.dwelling.and_then(|d| there.get(&d).cloned()));
        carry(tx, ctx, r, &new, dwelling, how.on)?;
    }
    Ok(new)
}

/// Takes another household in: its people become this one's, and it ends. Those who live where it lives move to where this
/// one does.
pub fn merge(
    tx: &mut Tx<'_>,
    ctx: &Context,
    homes: &Homes,
    id: Id<id::Household>,
    expected: i64,
    how: Merge,
) -> Outcome<Household> {
    let into = household::managed(tx, ctx, id)?;
    check_day(homes, how.on)?;
    if how.other == id {
        return Err(MERGE_WITH_ITSELF.refusal().at("/household_id", &MERGE_WITH_ITSELF).into());
    }
    let may = |h: &Household| ctx.actor.may(ManageHouseholds::PERMISSION, &h.path, ctx.now);
    if households::find(tx, how.other)?.filter(may).is_none() {
        return Err(homes::unknown("/household_id"));
    }
    let seen = locked_members(tx, how.other, how.on)?;
    let there = locked_dwellings(tx, seen.iter().filter_map(|m| m.dwelling).chain(into.dwelling))?;
    // Two merges of the same two lock them in the same order.
    for one in [id, how.other].into_iter().collect::<BTreeSet<_>>() {
        households::find_locked(tx, one)?;
    }
    let before = household::held(tx, ctx, id, expected)?;
    if before.dwelling != into.dwelling {
        return Err(STALE.fault());
    }
    let other = households::find_locked(tx, how.other)?.filter(may);
    let other = other.ok_or_else(|| homes::unknown("/household_id"))?;
    if other.version != how.other_version {
        return Err(STALE.refusal().because("the other household has changed since it was read").into());
    }
    if other.life.to.is_some() {
        return Err(HOUSEHOLD_CLOSED.refusal().because("the other household was closed").into());
    }
    if how.on < other.life.from {
        return Err(INVALID.refusal().at("/on", &FIELD_ORDER).into());
    }
    if !before.life.has(how.on) {
        return Err(OUTSIDE_ITS_TIME.fault());
    }
    refuse_changed(&seen, &residences::members(tx, how.other, how.on, MOST_MEMBERS + 1)?)?;
    let to = before.dwelling.and_then(|d| there.get(&d).cloned());
    let what = Happened { kind: ChangeKind::Merged, other: Some(other.id), on: how.on };
    let merged = household::save(tx, ctx, "territory.household.merge", &before, before.clone(), &what)?;
    for r in seen {
        let at_home = r.dwelling == other.dwelling || r.dwelling.is_none();
        let dwelling = match &to {
            Some(to) if at_home => Some(to.clone()),
            _ => r.dwelling.and_then(|d| there.get(&d).cloned()),
        };
        carry(tx, ctx, r, &merged, dwelling, how.on)?;
    }
    let mut gone = other.clone();
    gone.life.to = Some(how.on);
    let what = Happened { kind: ChangeKind::MergedInto, other: Some(id), on: how.on };
    household::save(tx, ctx, "territory.household.close", &other, gone, &what)?;
    Ok(merged)
}

/// Moves a household to another dwelling, and with it those of its people who live where it lives. It belongs to that
/// dwelling's unit from then on.
pub fn relocate(
    tx: &mut Tx<'_>,
    ctx: &Context,
    homes: &Homes,
    id: Id<id::Household>,
    expected: i64,
    to: Id<id::Dwelling>,
    on: NaiveDate,
) -> Outcome<Household> {
    household::managed(tx, ctx, id)?;
    check_day(homes, on)?;
    let seen = locked_members(tx, id, on)?;
    let to = lodging(tx, ctx, to, on)?;
    let before = household::held(tx, ctx, id, expected)?;
    if before.dwelling == Some(to.id) {
        let detail = "it lives there already";
        return Err(INVALID.refusal().at_with("/dwelling_id", &kernel::error::FIELD_CHOICE, detail).into());
    }
    if !before.life.has(on) {
        return Err(OUTSIDE_ITS_TIME.fault());
    }
    refuse_changed(&seen, &residences::members(tx, id, on, MOST_MEMBERS + 1)?)?;
    let mut household = before.clone();
    (household.unit, household.path, household.dwelling) = (to.unit, to.path.clone(), Some(to.id));
    let what = Happened::alone(ChangeKind::Moved, on);
    let moved = household::save(tx, ctx, "territory.household.move", &before, household, &what)?;
    for r in seen.into_iter().filter(|r| r.dwelling.is_none() || r.dwelling == before.dwelling) {
        carry(tx, ctx, r, &moved, Some(to.clone()), on)?;
    }
    Ok(moved)
}
