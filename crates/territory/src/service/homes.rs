//! What the deeds on homes share: who may see and change a record, who is named in it, and what each write leaves behind.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use contracts::events::HomeChanged;
use kernel::error::{FIELD_ORDER, FIELD_RANGE, FIELD_UNKNOWN_REFERENCE, Fields, INVALID, NOT_FOUND};
use kernel::id::{self, Person, Unit};
use kernel::permission::Permit;
use kernel::{Context, Cursor, Fault, Id, Outcome, Page, PageSize, Permission, Scope, UnitPath};
use serde_json::Value;
use storage::Tx;
use storage::audit::{self, Entry};
use storage::outbox::{self, Event};

use crate::model::{Period, is_day};
use crate::ports::{People, Ports};
use crate::store::{dwellings, households, units};

/// What a deed on homes needs besides its context.
#[derive(Clone)]
pub struct Homes {
    /// Who knows people, if anybody does.
    pub people: Option<People>,
    /// The day it is where the realm is.
    pub today: NaiveDate,
}

impl Homes {
    /// With the crate's ports, on a day.
    pub fn on(ports: &Ports, today: NaiveDate) -> Self {
        Self { people: ports.people.clone(), today }
    }

    /// Notes a day that is not one, or is still to come: what is recorded has happened.
    pub(crate) fn past_day(&self, fields: &mut Fields, pointer: &'static str, day: NaiveDate) {
        if !is_day(day) || day > self.today {
            let detail = format!("1900-01-01 to {}", self.today);
            fields.bad(pointer, &FIELD_RANGE, Some(detail));
        }
    }

    /// Refuses persons that are not on record, or no longer: each at its place in the body.
    pub(crate) fn refuse_strangers(
        &self,
        tx: &mut Tx<'_>,
        named: impl IntoIterator<Item = (String, Id<Person>)>,
    ) -> Outcome<()> {
        let Some(people) = &self.people else { return Ok(()) };
        let named: Vec<(String, Id<Person>)> = named.into_iter().collect();
        let ids: BTreeSet<Id<Person>> = named.iter().map(|(_, id)| *id).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let known: BTreeSet<Id<Person>> = people
            .persons(tx, &ids.into_iter().collect::<Vec<_>>())?
            .into_iter()
            .filter(|p| !p.erased)
            .map(|p| p.id)
            .collect();
        let mut fields = Fields::default();
        for (pointer, _) in named.into_iter().filter(|(_, id)| !known.contains(id)) {
            fields.bad(pointer, &FIELD_UNKNOWN_REFERENCE, None);
        }
        fields.finish()
    }
}

/// Notes what is wrong with a period that a body gives.
pub(crate) fn check_period(fields: &mut Fields, period: Period) {
    if !is_day(period.from) {
        fields.bad("/from_on", &FIELD_RANGE, Some("1900-01-01 to 2199-12-31".to_owned()));
    }
    let Some(to) = period.to else { return };
    if !is_day(to) {
        fields.bad("/to_on", &FIELD_RANGE, Some("1900-01-01 to 2199-12-31".to_owned()));
    } else if to <= period.from {
        fields.bad("/to_on", &FIELD_ORDER, None);
    }
}

/// The refusal of a reference to what is not there, or not for this actor.
pub(crate) fn unknown(pointer: &'static str) -> Fault {
    INVALID.refusal().at(pointer, &FIELD_UNKNOWN_REFERENCE).into()
}

/// Refuses whoever may not see a record at a place: to them it is not there.
pub(crate) fn require_sight<Read: Permit, Manage: Permit>(ctx: &Context, path: &UnitPath) -> Outcome<()> {
    let may = |p: &Permission| ctx.actor.may(p, path, ctx.now);
    if may(Read::PERMISSION) || may(Manage::PERMISSION) { Ok(()) } else { Err(NOT_FOUND.fault()) }
}

/// Refuses whoever may not change a record at a place: not there for who may not see it, forbidden for who may.
pub(crate) fn require_manage<Read: Permit, Manage: Permit>(ctx: &Context, path: &UnitPath) -> Outcome<()> {
    require_sight::<Read, Manage>(ctx, path)?;
    ctx.require(Manage::PERMISSION, path)
}

/// Where the reader sees records of a kind: the part of it in the asked-for subtree. A unit that is not there has none.
pub(crate) fn reach<Read: Permit>(tx: &mut Tx<'_>, ctx: &Context, below: Option<Id<Unit>>) -> Outcome<Scope> {
    let scope = ctx.actor.scope(Read::PERMISSION, false, ctx.now);
    let Some(unit) = below else { return Ok(scope) };
    Ok(units::find(tx, unit)?.map_or_else(Scope::default, |unit| scope.within(unit.id, &unit.path)))
}

/// Where a page in the order of the tree starts.
pub(crate) fn place_of<T>(after: Option<&Cursor>) -> Outcome<Option<(UnitPath, Id<T>)>> {
    let Some(cursor) = after else { return Ok(None) };
    let path = cursor.key.as_deref().and_then(UnitPath::parse);
    let path = path.ok_or_else(|| kernel::error::BAD_CURSOR.fault())?;
    Ok(Some((path, Id::from_uuid(cursor.after))))
}

/// Cuts a page in the order of the tree.
pub(crate) fn page<T, K>(
    rows: Vec<T>,
    size: PageSize,
    fingerprint: u64,
    place: impl Fn(&T) -> (&UnitPath, Id<K>),
) -> Page<T> {
    Page::cut(rows, size, |last| {
        let (path, id) = place(last);
        Cursor { after: id.uuid(), filter: fingerprint, key: Some(path.as_str().to_owned()) }
    })
}

/// What a write leaves: a record on the trail, and an event for whoever cares. Neither names anybody but by id.
pub(crate) struct Deed<'a> {
    /// `territory.noun.verb`.
    pub action: &'a str,
    /// What kind of record.
    pub kind: &'a str,
    /// The event's topic.
    pub topic: &'static str,
    /// Which record.
    pub object: uuid::Uuid,
    /// Its version now.
    pub version: i64,
    /// The unit it lies in.
    pub unit: Id<Unit>,
    /// What it was.
    pub before: Option<Value>,
    /// What it is.
    pub after: Option<Value>,
}

/// Leaves it.
pub(crate) fn leave(tx: &mut Tx<'_>, ctx: &Context, deed: Deed<'_>) -> Outcome<()> {
    let word = deed.action.rsplit('.').next().unwrap_or_default().to_owned();
    let payload =
        serde_json::to_value(HomeChanged { unit: deed.unit, deed: word }).map_err(Fault::internal)?;
    outbox::emit(
        tx,
        ctx,
        &Event { topic: deed.topic, object: deed.object, object_seq: deed.version, payload },
    )?;
    audit::record(
        tx,
        ctx,
        Entry {
            action: deed.action,
            object_kind: deed.kind,
            object: Some(deed.object),
            unit: Some(deed.unit),
            before: deed.before,
            after: deed.after,
        },
    )
}

/// What a page of records refers to.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Units.
    pub units: BTreeSet<Id<Unit>>,
    /// Dwellings.
    pub dwellings: BTreeSet<Id<id::Dwelling>>,
    /// Households.
    pub households: BTreeSet<Id<id::Household>>,
    /// Persons.
    pub people: BTreeSet<Id<Person>>,
}

/// What is shown beside ids: one question for each kind, whatever their number.
#[derive(Debug, Clone, Default)]
pub struct Names {
    units: HashMap<Id<Unit>, String>,
    dwellings: HashMap<Id<id::Dwelling>, String>,
    heads: HashMap<Id<id::Household>, Option<Id<Person>>>,
    people: HashMap<Id<Person>, String>,
}

impl Names {
    /// Asks for them.
    pub fn of(tx: &mut Tx<'_>, homes: &Homes, mut wanted: Wanted) -> Outcome<Self> {
        fn list<T>(ids: BTreeSet<Id<T>>) -> Vec<Id<T>> {
            ids.into_iter().collect()
        }
        let units = units::by_ids(tx, &list(wanted.units))?.into_iter().map(|u| (u.id, u.name)).collect();
        let dwellings = dwellings::by_ids(tx, &list(wanted.dwellings))?;
        let heads: HashMap<_, _> =
            households::by_ids(tx, &list(wanted.households))?.into_iter().map(|h| (h.id, h.head)).collect();
        wanted.people.extend(heads.values().flatten());
        let people = match &homes.people {
            Some(people) if !wanted.people.is_empty() => people.persons(tx, &list(wanted.people))?,
            _ => Vec::new(),
        };
        Ok(Self {
            units,
            dwellings: dwellings.into_iter().map(|d| (d.id, d.address)).collect(),
            heads,
            people: people.into_iter().map(|p| (p.id, p.masked_name)).collect(),
        })
    }

    /// A unit's name.
    pub fn unit(&self, id: Id<Unit>) -> String {
        self.units.get(&id).cloned().unwrap_or_default()
    }

    /// A dwelling's address.
    pub fn dwelling(&self, id: Id<id::Dwelling>) -> String {
        self.dwellings.get(&id).cloned().unwrap_or_default()
    }

    /// A person's masked name; empty where nobody knows it.
    pub fn person(&self, id: Id<Person>) -> String {
        self.people.get(&id).cloned().unwrap_or_default()
    }

    /// The masked name of a household's head; empty where there is none.
    pub fn head(&self, id: Id<id::Household>) -> String {
        self.heads.get(&id).copied().flatten().map(|head| self.person(head)).unwrap_or_default()
    }

    /// Whether the person is the household's head.
    pub fn is_head(&self, household: Option<Id<id::Household>>, person: Id<Person>) -> bool {
        household.and_then(|h| self.heads.get(&h).copied().flatten()) == Some(person)
    }
}
