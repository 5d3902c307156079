//! One's own home: what is on record of the person that one's account is tied to, and the household they live in. Of the others of the
//! household a resident learns who they are, masked like to anybody, and nothing of where else they live or lived.

use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::{self, Person};
use kernel::{Context, Id, Outcome};
use storage::Tx;

use super::homes::{Homes, Names, Wanted};
use crate::model::{Household, RegisterKind, Residence};
use crate::store::{households, residences};

/// The most members that are named.
const MOST: i64 = 200;

/// One's own household.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// The household.
    pub household: Household,
    /// Who belongs to it today, oneself among them.
    pub members: Vec<Residence>,
}

/// All of it.
#[derive(Debug, Clone)]
pub struct Home {
    /// Who one is.
    pub person: Id<Person>,
    /// Where one lives, lived and will live; what was marked as wrong is left out.
    pub residences: Vec<Residence>,
    /// The households one belongs to today.
    pub households: Vec<Own>,
    /// The names beside the ids.
    pub names: Names,
}

/// One's own home. Whoever is tied to no person has none.
pub fn home(tx: &mut Tx<'_>, ctx: &Context, homes: &Homes) -> Outcome<Home> {
    let (person, mut all) = own(tx, ctx, homes)?;
    all.sort_by(|a, b| b.stay.from.cmp(&a.stay.from).then(b.id.cmp(&a.id)));
    let mut found = Vec::new();
    for id in running(&all, homes) {
        found.extend(with_members(tx, homes, person, id)?);
    }
    named(tx, homes, person, all, found)
}

/// One household, if it is one's own today. To a neighbour it is not there, and nor is one that one has left.
pub fn household(tx: &mut Tx<'_>, ctx: &Context, homes: &Homes, wanted: Id<id::Household>) -> Outcome<Home> {
    let (person, all) = own(tx, ctx, homes)?;
    let id = running(&all, homes).into_iter().find(|id| *id == wanted).or_refuse(&NOT_FOUND)?;
    let found = with_members(tx, homes, person, id)?.or_refuse(&NOT_FOUND)?;
    named(tx, homes, person, Vec::new(), vec![found])
}

fn own(tx: &mut Tx<'_>, ctx: &Context, homes: &Homes) -> Outcome<(Id<Person>, Vec<Residence>)> {
    let people = homes.people.as_ref().or_refuse(&NOT_FOUND)?;
    let person = people.person_of(tx, ctx.actor.user)?.or_refuse(&NOT_FOUND)?;
    Ok((person, residences::of_person(tx, person)?))
}

/// The households one belongs to today.
fn running(all: &[Residence], homes: &Homes) -> Vec<Id<id::Household>> {
    let mut ids: Vec<_> =
        all.iter().filter(|r| r.stay.has(homes.today)).filter_map(|r| r.household).collect();
    ids.sort();
    ids.dedup();
    ids
}

fn with_members(
    tx: &mut Tx<'_>,
    homes: &Homes,
    person: Id<Person>,
    id: Id<id::Household>,
) -> Outcome<Option<Own>> {
    let Some(household) = households::find(tx, id)? else { return Ok(None) };
    let mut members = residences::members(tx, id, homes.today, MOST)?;
    members.retain(|r| r.stay.has(homes.today));
    if household.register_kind == RegisterKind::Collective {
        // Who shares a dormitory is no family.
        members.retain(|r| r.person == person);
    }
    Ok(Some(Own { household, members }))
}

fn named(
    tx: &mut Tx<'_>,
    homes: &Homes,
    person: Id<Person>,
    residences: Vec<Residence>,
    households: Vec<Own>,
) -> Outcome<Home> {
    let mut wanted = Wanted::default();
    for residence in &residences {
        wanted.units.insert(residence.unit);
        wanted.dwellings.extend(residence.dwelling);
    }
    for own in &households {
        wanted.units.insert(own.household.unit);
        wanted.dwellings.extend(own.household.dwelling);
        wanted.people.extend(own.members.iter().map(|member| member.person));
    }
    let names = Names::of(tx, homes, wanted)?;
    Ok(Home { person, residences, households, names })
}
