//! People and homes for tests: made quickly, by somebody who may do everything below a unit.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use contracts::{PersonDirectory, PersonRef};
use kernel::id::{self, Person, User};
use kernel::{Context, Id, Outcome, UnitPath};
use storage::{Db, Tx};
use territory::Unit;
use territory::model::{
    Dwelling, DwellingKind, Household, Period, RegisterKind, Rental, Residence, ResidentType,
};
use territory::service::dwelling::{self, NewDwelling};
use territory::service::homes::Homes;
use territory::service::household::{self, NewHousehold};
use territory::service::rental::{self, NewRental};
use territory::service::residence::{self, NewResidence};
use testkit::{context, fresh, grant};

/// Everything on homes.
pub const KEEPING: &[&str] = &[
    "territory.dwelling.read",
    "territory.dwelling.manage",
    "territory.household.read",
    "territory.household.manage",
    "territory.residence.read",
    "territory.residence.manage",
    "territory.rental.read",
    "territory.rental.manage",
    "territory.population.read",
];

/// The day all of this happens on.
pub const TODAY: &str = "2026-11-24";

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn homes() -> Homes {
    Homes { people: None, today: day(TODAY) }
}

pub fn code<T: std::fmt::Debug>(outcome: Outcome<T>) -> &'static str {
    outcome.unwrap_err().code().map_or("no refusal", |c| c.code)
}

/// Somebody who holds these below a unit.
pub fn holder(db: &Db, unit: &Unit, permissions: &[&str]) -> Context {
    context(db, fresh(), vec![grant(unit.id, &unit.path, permissions)])
}

/// Somebody who keeps homes below a unit.
pub fn keeper(db: &Db, unit: &Unit) -> Context {
    holder(db, unit, KEEPING)
}

/// One write.
pub fn write<T: Send + 'static>(
    db: &Db,
    f: impl Fn(&mut Tx<'_>) -> Outcome<T> + Send + 'static,
) -> Outcome<T> {
    db.write_blocking(f)
}

pub fn flat(unit: &Unit, opened: &str) -> NewDwelling {
    NewDwelling {
        unit: unit.id,
        address: "新城路12号".to_owned(),
        kind: DwellingKind::Flat,
        lat: None,
        lng: None,
        floor_area: Some(89.5),
        opened_on: day(opened),
    }
}

/// A flat since 2000.
pub fn build(db: &Db, unit: &Unit) -> Dwelling {
    let (ctx, new) = (keeper(db, unit), flat(unit, "2000-01-01"));
    write(db, move |tx| dwelling::create(tx, &ctx, &homes(), &new)).unwrap()
}

/// A household since 2000.
pub fn found(db: &Db, unit: &Unit, dwelling: Option<&Dwelling>, head: Option<Id<Person>>) -> Household {
    let ctx = keeper(db, unit);
    let new = NewHousehold {
        unit: unit.id,
        dwelling: dwelling.map(|d| d.id),
        head,
        register_kind: RegisterKind::Family,
        opened_on: day("2000-01-01"),
    };
    write(db, move |tx| household::create(tx, &ctx, &homes(), &new)).unwrap()
}

pub fn period(from: &str, to: Option<&str>) -> Period {
    Period { from: day(from), to: to.map(day) }
}

/// Somebody's main residence in a dwelling.
pub fn stay(person: Id<Person>, dwelling: Id<id::Dwelling>, from: &str, to: Option<&str>) -> NewResidence {
    NewResidence {
        person,
        dwelling: Some(dwelling),
        household: None,
        resident_type: ResidentType::Floating,
        relation: None,
        is_main: true,
        stay: period(from, to),
    }
}

pub fn settle(db: &Db, unit: &Unit, new: NewResidence) -> Outcome<Residence> {
    let ctx = keeper(db, unit);
    write(db, move |tx| residence::create(tx, &ctx, &homes(), &new))
}

/// Somebody of a household since a day.
pub fn join(db: &Db, unit: &Unit, household: &Household, person: Id<Person>, from: &str) -> Residence {
    let new = NewResidence {
        person,
        dwelling: None,
        household: Some(household.id),
        resident_type: ResidentType::Registered,
        relation: None,
        is_main: true,
        stay: period(from, None),
    };
    settle(db, unit, new).unwrap()
}

pub fn lease(dwelling: Id<id::Dwelling>, from: &str, to: Option<&str>, is_shared: bool) -> NewRental {
    NewRental { dwelling, landlord: fresh(), tenants: vec![fresh()], is_shared, lease: period(from, to) }
}

pub fn let_out(db: &Db, unit: &Unit, new: NewRental) -> Outcome<Rental> {
    let ctx = keeper(db, unit);
    write(db, move |tx| rental::file(tx, &ctx, &homes(), &new))
}

/// Knows some people.
#[derive(Clone, Default)]
pub struct Register(pub Arc<BTreeMap<Id<Person>, (String, bool)>>);

impl<T> PersonDirectory<T> for Register {
    fn persons(&self, _: &mut T, ids: &[Id<Person>]) -> Outcome<Vec<PersonRef>> {
        let known = |id: &Id<Person>| {
            let (masked_name, erased) = self.0.get(id)?.clone();
            let path = UnitPath::numbered(None, 1).unwrap();
            Some(PersonRef { id: *id, masked_name, erased, unit: testkit::fresh(), path })
        };
        Ok(ids.iter().filter_map(known).collect())
    }

    fn person_of(&self, _: &mut T, _: Id<User>) -> Outcome<Option<Id<Person>>> {
        Ok(None)
    }
}
