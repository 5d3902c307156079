//! Households: recorded, changed, closed, and what happened to them.

use chrono::NaiveDate;
use contracts::events::HOUSEHOLD_CHANGED;
use kernel::error::{FIELD_ORDER, Fields, INVALID, NOT_FOUND, OrRefuse, STALE};
use kernel::id::{self, Person, Unit};
use kernel::permission::Permit;
use kernel::{Context, Cursor, Id, Outcome, Page, PageSize};
use serde_json::{Value, json};
use storage::Tx;

use super::homes::{self, Deed, Homes, leave};
use crate::error::{HEAD_NOT_A_MEMBER, HOUSEHOLD_CLOSED, HOUSEHOLD_LIVED_IN, OUTSIDE_ITS_TIME, UNIT_CLOSED};
use crate::model::{ChangeKind, Dwelling, Household, HouseholdChange, Period, RegisterKind};
use crate::permission::{ManageHouseholds, ReadHouseholds};
pub use crate::store::households::Filter;
use crate::store::{dwellings, households, residences, units};

/// People of one household that a deed looks at, at most.
pub(crate) const MOST_MEMBERS: i64 = 200;

/// A household to be recorded.
#[derive(Debug, Clone)]
pub struct NewHousehold {
    /// The unit it belongs to.
    pub unit: Id<Unit>,
    /// Where it lives.
    pub dwelling: Option<Id<id::Dwelling>>,
    /// Its head.
    pub head: Option<Id<Person>>,
    /// How it stands in the register.
    pub register_kind: RegisterKind,
    /// Its first day.
    pub opened_on: NaiveDate,
}

/// What is to be different; `None` leaves it.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// The head; `Some(None)`: none.
    pub head: Option<Option<Id<Person>>>,
    /// How it stands in the register.
    pub register_kind: Option<RegisterKind>,
}

fn facts(h: &Household) -> Value {
    json!({
        "unit_id": h.unit, "dwelling_id": h.dwelling, "head_id": h.head, "register_kind": h.register_kind.word(),
        "opened_on": h.life.from, "closed_on": h.life.to,
    })
}

/// What happened to a household, for its history.
pub(crate) struct Happened {
    /// What.
    pub kind: ChangeKind,
    /// With which other household.
    pub other: Option<Id<id::Household>>,
    /// On which day.
    pub on: NaiveDate,
}

impl Happened {
    /// With no other household.
    pub(crate) fn alone(kind: ChangeKind, on: NaiveDate) -> Self {
        Self { kind, other: None, on }
    }
}

fn remember(
    tx: &mut Tx<'_>,
    ctx: &Context,
    action: &str,
    before: Option<Value>,
    h: &Household,
    what: &Happened,
) -> Outcome<()> {
    households::add_change(
        tx,
        &HouseholdChange {
            id: ctx.id(),
            household: h.id,
            kind: what.kind,
            other: what.other,
            dwelling: h.dwelling,
            head: h.head,
            register_kind: h.register_kind,
            on: what.on,
            at: ctx.now,
            by: ctx.actor.user,
        },
    )?;
    let (object, unit) = (h.id.uuid(), h.unit);
    let after = Some(facts(h));
    let (kind, topic, version) = ("household", HOUSEHOLD_CHANGED, h.version);
    leave(tx, ctx, Deed { action, kind, topic, object, version, unit, before, after })
}

/// Writes a new household.
pub(crate) fn begin(
    tx: &mut Tx<'_>,
    ctx: &Context,
    action: &str,
    h: &Household,
    what: &Happened,
) -> Outcome<()> {
    households::insert(tx, h)?;
    remember(tx, ctx, action, None, h, what)
}

/// Writes a changed household; `before` is what it was.
pub(crate) fn save(
    tx: &mut Tx<'_>,
    ctx: &Context,
    action: &str,
    before: &Household,
    mut h: Household,
    what: &Happened,
) -> Outcome<Household> {
    h.version = before.version + 1;
    if !households::update(tx, &h)? {
        return Err(STALE.fault());
    }
    remember(tx, ctx, action, Some(facts(before)), &h, what)?;
    Ok(h)
}

/// A dwelling for a household to live in from a day on, locked; one where the actor may not keep households is not there.
pub(crate) fn lodging(
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: Id<id::Dwelling>,
    from: NaiveDate,
) -> Outcome<Dwelling> {
    let may = |d: &Dwelling| ctx.actor.may(ManageHouseholds::PERMISSION, &d.path, ctx.now);
    let dwelling = dwellings::find_locked(tx, id)?.filter(may);
    let dwelling = dwelling.ok_or_else(|| homes::unknown("/dwelling_id"))?;
    if !dwelling.life.holds(Period::since(from)) {
        return Err(OUTSIDE_ITS_TIME.fault());
    }
    Ok(dwelling)
}

/// Records a household.
pub fn create(tx: &mut Tx<'_>, ctx: &Context, homes: &Homes, new: &NewHousehold) -> Outcome<Household> {
    let unit = units::find_locked(tx, new.unit)?.ok_or_else(|| homes::unknown("/unit_id"))?;
    ctx.require_at(ManageHouseholds::PERMISSION, unit.id, &unit.path)?;
    let mut fields = Fields::default();
    homes.past_day(&mut fields, "/opened_on", new.opened_on);
    fields.finish()?;
    if unit.closed_at.is_some() {
        return Err(UNIT_CLOSED.fault());
    }
    if let Some(dwelling) = new.dwelling {
        lodging(tx, ctx, dwelling, new.opened_on)?;
    }
    homes.refuse_strangers(tx, new.head.map(|head| ("/head_id".to_owned(), head)))?;
    let household = Household {
        id: ctx.id(),
        unit: unit.id,
        path: unit.path,
        dwelling: new.dwelling,
        head: new.head,
        register_kind: new.register_kind,
        life: Period::since(new.opened_on),
        version: 1,
        created_at: ctx.now,
    };
    let what = Happened::alone(ChangeKind::Opened, new.opened_on);
    begin(tx, ctx, "territory.household.create", &household, &what)?;
    Ok(household)
}

/// The household, if the reader may see it.
pub fn find(tx: &mut Tx<'_>, ctx: &Context, id: Id<id::Household>) -> Outcome<Household> {
    let household = households::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    homes::require_sight::<ReadHouseholds, ManageHouseholds>(ctx, &household.path)?;
    Ok(household)
}

/// The household, if the actor may change it.
pub(crate) fn managed(tx: &mut Tx<'_>, ctx: &Context, id: Id<id::Household>) -> Outcome<Household> {
    let household = households::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    homes::require_manage::<ReadHouseholds, ManageHouseholds>(ctx, &household.path)?;
    Ok(household)
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
) -> Outcome<Page<Household>> {
    let scope = homes::reach::<ReadHouseholds>(tx, ctx, below)?;
    let filter = Filter { after: homes::place_of(after)?, ..filter.clone() };
    let rows = households::list(tx, &scope, &filter, size)?;
    Ok(homes::page(rows, size, fingerprint, |h| (&h.path, h.id)))
}

/// One page of what happened to a household that the reader may see, in the order it was recorded.
pub fn history(
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: Id<id::Household>,
    after: Option<&Cursor>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<HouseholdChange>> {
    find(tx, ctx, id)?;
    let rows = households::history(tx, id, after.map(|c| Id::from_uuid(c.after)), size)?;
    Ok(Page::cut(rows, size, |last| Cursor { after: last.id.uuid(), filter: fingerprint, key: None }))
}

/// The household, if the actor may change it, locked, open and at the version the caller has seen.
pub(crate) fn held(
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: Id<id::Household>,
    expected: i64,
) -> Outcome<Household> {
    let household = households::find_locked(tx, id)?.or_refuse(&NOT_FOUND)?;
    homes::require_manage::<ReadHouseholds, ManageHouseholds>(ctx, &household.path)?;
    if household.version != expected {
        return Err(STALE.fault());
    }
    if household.life.to.is_some() {
        return Err(HOUSEHOLD_CLOSED.fault());
    }
    Ok(household)
}

/// Changes a household's head or how it stands in the register.
pub fn change(
    tx: &mut Tx<'_>,
    ctx: &Context,
    homes: &Homes,
    id: Id<id::Household>,
    expected: i64,
    to: &Change,
) -> Outcome<Household> {
    let before = held(tx, ctx, id, expected)?;
    let mut household = before.clone();
    household.register_kind = to.register_kind.unwrap_or(household.register_kind);
    if let Some(head) = to.head {
        household.head = head;
    }
    if let Some(head) = household.head.filter(|_| household.head != before.head) {
        homes.refuse_strangers(tx, [("/head_id".to_owned(), head)])?;
        let members = residences::members(tx, id, homes.today, MOST_MEMBERS)?;
        // Before anybody is recorded in it, anybody may be named.
        if !members.is_empty() && !members.iter().any(|m| m.person == head) {
            return Err(HEAD_NOT_A_MEMBER.refusal().at("/head_id", &HEAD_NOT_A_MEMBER).into());
        }
    }
    let what = Happened::alone(ChangeKind::Changed, homes.today);
    save(tx, ctx, "territory.household.update", &before, household, &what)
}

/// Closes a household from a day on. Nobody may belong to it after.
pub fn close(
    tx: &mut Tx<'_>,
    ctx: &Context,
    homes: &Homes,
    id: Id<id::Household>,
    expected: i64,
    on: NaiveDate,
) -> Outcome<Household> {
    // Whoever moves in holds the same row.
    let before = held(tx, ctx, id, expected)?;
    let mut fields = Fields::default();
    homes.past_day(&mut fields, "/closed_on", on);
    fields.finish()?;
    if on < before.life.from {
        return Err(INVALID.refusal().at("/closed_on", &FIELD_ORDER).into());
    }
    if !residences::members(tx, id, on, 1)?.is_empty() {
        return Err(HOUSEHOLD_LIVED_IN.fault());
    }
    let mut household = before.clone();
    household.life.to = Some(on);
    let what = Happened::alone(ChangeKind::Closed, on);
    save(tx, ctx, "territory.household.close", &before, household, &what)
}
