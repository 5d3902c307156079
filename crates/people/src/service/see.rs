//! Who may see whom, and what is shown: always masked.

use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::gb::Sex;
use kernel::id::{Person as PersonId, Unit};
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome, Permission};
use storage::Tx;

use super::keys;
use crate::error::ERASED;
use crate::model::{AddressKind, DocumentKind, FlagKind, Person, mask};
use crate::permission::ReadPeople;
use crate::ports::PeopleServices;
use crate::store::{accounts, flags, people};

/// The person, if the actor holds the permission where they belong. Whoever may not even see them learns nothing of them.
pub fn visible(tx: &mut Tx<'_>, ctx: &Context, id: Id<PersonId>, permission: &Permission) -> Outcome<Person> {
    let found = people::find(tx, id)?;
    judge(ctx, found, permission)
}

/// [`visible`], live, with the row locked until the transaction ends.
pub fn locked(tx: &mut Tx<'_>, ctx: &Context, id: Id<PersonId>, permission: &Permission) -> Outcome<Person> {
    // A move locks the table before the rows, and so does everybody: no two wait for each other.
    people::join(tx)?;
    let found = people::find_locked(tx, id)?;
    let person = judge(ctx, found, permission)?;
    if person.erased.is_some() { Err(ERASED.fault()) } else { Ok(person) }
}

fn judge(ctx: &Context, found: Option<Person>, permission: &Permission) -> Outcome<Person> {
    let person = found.or_refuse(&NOT_FOUND)?;
    let may = |permission| ctx.actor.may(permission, &person.path, ctx.now);
    if !may(ReadPeople::PERMISSION) && !may(permission) {
        return Err(NOT_FOUND.fault());
    }
    ctx.require(permission, &person.path)?;
    Ok(person)
}

/// A person as shown: masked, with the unit's name and the flags that hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The record.
    pub person: Person,
    /// The unit's name.
    pub unit_name: String,
    /// The name, masked.
    pub name: String,
    /// Phones, masked.
    pub phones: Vec<String>,
    /// Addresses down to the community.
    pub addresses: Vec<(AddressKind, String)>,
    /// Documents, masked.
    pub documents: Vec<(DocumentKind, String)>,
    /// The sex: an identity card's masked number says it anyway.
    pub sex: Option<Sex>,
    /// The flags that hold.
    pub flags: Vec<FlagKind>,
}

/// Masks persons: one question each for the keys, the units and the flags of all.
pub fn show(tx: &mut Tx<'_>, ctx: &Context, s: &PeopleServices, all: Vec<Person>) -> Outcome<Vec<Shown>> {
    if all.is_empty() {
        return Ok(Vec::new());
    }
    let keys = keys::data_keys(tx, &s.vault, &all)?;
    let ids: Vec<Id<PersonId>> = all.iter().map(|p| p.id).collect();
    let units: std::collections::BTreeSet<Id<Unit>> = all.iter().map(|p| p.unit).collect();
    let units = s.tree.units(tx, &units.into_iter().collect::<Vec<_>>())?;
    let flags = flags::live(tx, &ids, ctx.now)?;
    all.into_iter()
        .map(|person| {
            let unit_name =
                units.iter().find(|u| u.id == person.unit).map(|u| u.name.clone()).unwrap_or_default();
            let flags = flags.iter().filter(|(id, _)| *id == person.id).map(|(_, kind)| *kind).collect();
            let Some(key) = keys.get(&person.id) else {
                return Ok(Shown {
                    person,
                    unit_name,
                    flags,
                    name: mask::HIDDEN.to_owned(),
                    phones: Vec::new(),
                    addresses: Vec::new(),
                    documents: Vec::new(),
                    sex: None,
                });
            };
            let plain = person.open(key)?;
            Ok(Shown {
                unit_name,
                flags,
                name: mask::name(&plain.name),
                phones: plain.phones.iter().map(|p| mask::phone(p)).collect(),
                addresses: plain.addresses.iter().map(|a| (a.kind, mask::address(&a.text))).collect(),
                documents: plain.documents.iter().map(|d| (d.kind, mask::document(d))).collect(),
                sex: plain.sex,
                person,
            })
        })
        .collect()
}

/// One person, masked.
pub fn one(tx: &mut Tx<'_>, ctx: &Context, s: &PeopleServices, person: Person) -> Outcome<Shown> {
    show(tx, ctx, s, vec![person])?.pop().or_refuse(&NOT_FOUND)
}

/// The person that the actor's own account is tied to, masked like anybody: whoever ties an account to a stranger gains nothing by it.
pub fn oneself(tx: &mut Tx<'_>, ctx: &Context, s: &PeopleServices) -> Outcome<Shown> {
    let tie = accounts::live_of_user(tx, ctx.actor.user)?.or_refuse(&NOT_FOUND)?;
    let person = people::find(tx, tie.person)?.or_refuse(&NOT_FOUND)?;
    one(tx, ctx, s, person)
}
