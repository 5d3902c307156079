//! Who lives where: moving in, and the rules every residence keeps.

use std::collections::BTreeSet;

use contracts::events::RESIDENCE_CHANGED;
use kernel::error::{FIELD_REQUIRED, Fields, INVALID, NOT_FOUND, OrRefuse, STALE};
use kernel::id::{self, Person, Unit};
use kernel::permission::Permit;
use kernel::{Context, Cursor, Fault, Id, Outcome, Page, PageSize, UnitPath};
use serde_json::{Value, json};
use storage::Tx;

use super::homes::{self, Deed, Homes, leave};
use crate::error::{LIVES_ELSEWHERE, LIVES_THERE_ALREADY, OUTSIDE_ITS_TIME, RECORD_VOIDED};
use crate::model::{Dwelling, Household, Period, Relation, Residence, ResidentType};
use crate::permission::{ManageResidences, ReadResidences};
pub use crate::store::residences::{Filter, State};
use crate::store::{dwellings, homes as locks, households, residences};

/// Somebody who moves in.
#[derive(Debug, Clone)]
pub struct NewResidence {
    /// Who.
    pub person: Id<Person>,
    /// Into which dwelling; that of the household unless told.
    pub dwelling: Option<Id<id::Dwelling>>,
    /// Into which household.
    pub household: Option<Id<id::Household>>,
    /// How they stand in the register there.
    pub resident_type: ResidentType,
    /// What they are to the household's head.
    pub relation: Option<Relation>,
    /// Whether they are counted there.
    pub is_main: bool,
    /// From when until when.
    pub stay: Period,
}

/// Where somebody lives: rows that are locked, so that neither closes or moves meanwhile.
#[derive(Debug, Clone)]
pub(crate) struct Spot {
    pub dwelling: Option<Dwelling>,
    pub household: Option<Household>,
}

impl Spot {
    /// Locks a dwelling and a household, in the order in which a move of units touches them.
    pub(crate) fn locked(
        tx: &mut Tx<'_>,
        dwelling: Option<Id<id::Dwelling>>,
        household: Option<Id<id::Household>>,
    ) -> Outcome<Self> {
        let dwelling = match dwelling {
            None => None,
            Some(id) => Some(dwellings::find_locked(tx, id)?.ok_or_else(|| homes::unknown("/dwelling_id"))?),
        };
        let household = match household {
            None => None,
            Some(id) => {
                Some(households::find_locked(tx, id)?.ok_or_else(|| homes::unknown("/household_id"))?)
            }
        };
        Ok(Self { dwelling, household })
    }

    /// For whoever moves in: where the actor may record residences. A household brings its dwelling along.
    pub(crate) fn to_move_in(
        tx: &mut Tx<'_>,
        ctx: &Context,
        dwelling: Option<Id<id::Dwelling>>,
        household: Option<Id<id::Household>>,
    ) -> Outcome<Self> {
        let implied = match (dwelling, household) {
            (None, None) => return Err(INVALID.refusal().at("/dwelling_id", &FIELD_REQUIRED).into()),
            (None, Some(id)) => households::find(tx, id)?.and_then(|h| h.dwelling),
            (given, _) => given,
        };
        let spot = Self::locked(tx, implied, household)?;
        if dwelling.is_none() && spot.household.as_ref().is_some_and(|h| h.dwelling != implied) {
            return Err(Fault::Transient("a household moved while somebody moved into it".to_owned()));
        }
        let may = |path: &UnitPath| ctx.actor.may(ManageResidences::PERMISSION, path, ctx.now);
        if spot.household.as_ref().is_some_and(|h| !may(&h.path)) {
            return Err(homes::unknown("/household_id"));
        }
        if spot.dwelling.as_ref().is_some_and(|d| !may(&d.path)) {
            return Err(homes::unknown(if dwelling.is_some() { "/dwelling_id" } else { "/household_id" }));
        }
        Ok(spot)
    }

    /// The unit a residence there lies in.
    pub(crate) fn place(&self) -> Outcome<(Id<Unit>, UnitPath)> {
        let dwelling = self.dwelling.as_ref().map(|d| (d.unit, d.path.clone()));
        dwelling
            .or_else(|| self.household.as_ref().map(|h| (h.unit, h.path.clone())))
            .ok_or_else(|| Fault::internal("a residence without dwelling or household"))
    }

    /// Refuses a stay on days on which the dwelling or the household is not there.
    fn refuse_outside(&self, stay: Period) -> Outcome<()> {
        let lives = [self.dwelling.as_ref().map(|d| d.life), self.household.as_ref().map(|h| h.life)];
        if lives.into_iter().flatten().all(|life| life.holds(stay)) {
            return Ok(());
        }
        Err(OUTSIDE_ITS_TIME.fault())
    }
}

/// What is on the trail: never a name.
pub(crate) fn facts(r: &Residence) -> Value {
    json!({
        "person_id": r.person, "dwelling_id": r.dwelling, "household_id": r.household,
        "resident_type": r.resident_type.word(), "relation": r.relation.map(Relation::word), "is_main": r.is_main,
        "from_on": r.stay.from, "to_on": r.stay.to, "corrects_id": r.corrects, "voided": r.voided.is_some(),
    })
}

pub(crate) fn trail(
    tx: &mut Tx<'_>,
    ctx: &Context,
    action: &str,
    before: Option<Value>,
    r: &Residence,
) -> Outcome<()> {
    let (object, unit) = (r.id.uuid(), r.unit);
    let after = Some(facts(r));
    let (kind, topic, version) = ("residence", RESIDENCE_CHANGED, r.version);
    leave(tx, ctx, Deed { action, kind, topic, object, version, unit, before, after })
}

/// Refuses what goes with nothing else on record of the person, who is locked; `r` itself is left out.
pub(crate) fn refuse_overlap(tx: &mut Tx<'_>, r: &Residence, spot: &Spot) -> Outcome<()> {
    spot.refuse_outside(r.stay)?;
    for other in residences::of_person(tx, r.person)? {
        if other.id == r.id || !other.stay.meets(r.stay) {
            continue;
        }
        if other.is_beside(r) {
            return Err(LIVES_THERE_ALREADY.fault());
        }
        if other.is_main && r.is_main {
            return Err(LIVES_ELSEWHERE.fault());
        }
    }
    Ok(())
}

/// Writes a new residence of a person who is locked, at a spot that is locked.
pub(crate) fn begin(
    tx: &mut Tx<'_>,
    ctx: &Context,
    action: &str,
    r: Residence,
    spot: &Spot,
) -> Outcome<Residence> {
    refuse_overlap(tx, &r, spot)?;
    residences::insert(tx, &r)?;
    trail(tx, ctx, action, None, &r)?;
    Ok(r)
}

/// Writes a changed residence.
pub(crate) fn save(
    tx: &mut Tx<'_>,
    ctx: &Context,
    action: &str,
    before: Value,
    mut r: Residence,
) -> Outcome<Residence> {
    r.version += 1;
    if !residences::update(tx, &r)? {
        return Err(STALE.fault());
    }
    trail(tx, ctx, action, Some(before), &r)?;
    Ok(r)
}

/// Locks persons in the order of their ids, so that two deeds never wait for each other.
pub(crate) fn lock_all(tx: &mut Tx<'_>, people: impl IntoIterator<Item = Id<Person>>) -> Outcome<()> {
    for person in people.into_iter().collect::<BTreeSet<_>>() {
        locks::lock_person(tx, person)?;
    }
    Ok(())
}

/// Moves somebody in.
pub fn create(tx: &mut Tx<'_>, ctx: &Context, homes: &Homes, new: &NewResidence) -> Outcome<Residence> {
    let mut fields = Fields::default();
    homes::check_period(&mut fields, new.stay);
    homes.past_day(&mut fields, "/from_on", new.stay.from);
    fields.finish()?;
    locks::lock_person(tx, new.person)?;
    let spot = Spot::to_move_in(tx, ctx, new.dwelling, new.household)?;
    homes.refuse_strangers(tx, [("/person_id".to_owned(), new.person)])?;
    let (unit, path) = spot.place()?;
    let residence = Residence {
        id: ctx.id(),
        person: new.person,
        dwelling: spot.dwelling.as_ref().map(|d| d.id),
        household: new.household,
        unit,
        path,
        resident_type: new.resident_type,
        relation: new.relation,
        is_main: new.is_main,
        stay: new.stay,
        corrects: None,
        voided: None,
        version: 1,
        created_at: ctx.now,
    };
    begin(tx, ctx, "territory.residence.create", residence, &spot)
}

/// The residence, if the reader may see it.
pub fn find(tx: &mut Tx<'_>, ctx: &Context, id: Id<id::Residence>) -> Outcome<Residence> {
    let residence = residences::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    homes::require_sight::<ReadResidences, ManageResidences>(ctx, &residence.path)?;
    Ok(residence)
}

/// One page of those that the reader may see, in the order of the tree.
pub fn list(
    tx: &mut Tx<'_>,
    ctx: &Context,
    below: Option<Id<Unit>>,
    filter: &Filter,
    after: Option<&Cursor>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Residence>> {
    let scope = homes::reach::<ReadResidences>(tx, ctx, below)?;
    let filter = Filter { after: homes::place_of(after)?, ..filter.clone() };
    let rows = residences::list(tx, &scope, &filter, size)?;
    Ok(homes::page(rows, size, fingerprint, |r| (&r.path, r.id)))
}

/// The residence, if the actor may change it, its person locked, not marked as wrong, at the version the caller has seen.
pub(crate) fn held(
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: Id<id::Residence>,
    expected: i64,
) -> Outcome<Residence> {
    let seen = residences::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    homes::require_manage::<ReadResidences, ManageResidences>(ctx, &seen.path)?;
    locks::lock_person(tx, seen.person)?;
    // What held before the lock may hold no more.
    let residence = residences::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    homes::require_manage::<ReadResidences, ManageResidences>(ctx, &residence.path)?;
    if residence.version != expected {
        return Err(STALE.fault());
    }
    if residence.voided.is_some() {
        return Err(RECORD_VOIDED.fault());
    }
    Ok(residence)
}
