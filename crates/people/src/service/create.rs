//! Entering a person.

use contracts::UnitRef;
use contracts::events::PERSON_CREATED;
use kernel::error::{FIELD_UNKNOWN_REFERENCE, INVALID};
use kernel::id::{Person as PersonId, Unit};
use kernel::permission::Permit;
use kernel::{Context, Fault, Id, Outcome};
use storage::{Tx, audit, outbox};

use super::trail::{self, Said};
use super::{keys, meter};
use crate::crypto::{DataKey, LookupKeys};
use crate::error::UNIT_CLOSED;
use crate::model::{Document, Person, Personal, Sealed, Status, check};
use crate::permission::ManagePeople;
use crate::ports::PeopleServices;
use crate::store::hashes::Hash;
use crate::store::{hashes, people};

/// A person to be entered.
#[derive(Debug, Clone)]
pub struct NewPerson {
    /// The unit they belong to.
    pub unit: Id<Unit>,
    /// What is personal, as it was sent.
    pub personal: Personal,
}

/// The open unit a person is to belong to, if the actor may enter persons there. Where it is not for the actor to know, it is not
/// there.
pub(super) fn unit(tx: &mut Tx<'_>, ctx: &Context, s: &PeopleServices, id: Id<Unit>) -> Outcome<UnitRef> {
    let unknown = || INVALID.refusal().at("/unit_id", &FIELD_UNKNOWN_REFERENCE);
    let unit = s.tree.unit(tx, id)?.ok_or_else(unknown)?;
    ctx.require_at(ManagePeople::PERMISSION, unit.id, &unit.path)?;
    if unit.closed {
        return Err(UNIT_CLOSED.refusal().at("/unit_id", &UNIT_CLOSED).into());
    }
    Ok(unit)
}

/// The record of a person, sealed.
pub(super) fn sealed(
    ctx: &Context,
    id: Id<PersonId>,
    unit: &UnitRef,
    plain: &Personal,
    key: &DataKey,
) -> Outcome<Person> {
    Ok(Person {
        id,
        unit: unit.id,
        path: unit.path.clone(),
        status: Status::Active,
        sealed: Sealed::all(id, key, plain)?,
        version: 1,
        created_at: ctx.now,
        updated_at: ctx.now,
        erased: None,
    })
}

/// The hashes of a person's phones.
pub(super) fn phones(keys: &LookupKeys, id: Id<PersonId>, plain: &Personal) -> Vec<Hash> {
    plain.phones.iter().map(|number| (id, keys.phone(number))).collect()
}

/// The hashes of a person's documents.
pub(super) fn documents(keys: &LookupKeys, id: Id<PersonId>, plain: &Personal) -> Vec<Hash> {
    plain.documents.iter().map(|d| (id, keys.document(d.kind.word(), &d.number))).collect()
}

/// A person entered: the record, what is personal, and the key it is sealed under.
pub(super) type Made = (Person, Personal, DataKey);

/// Puts the entering of persons on the trail, and tells others.
pub(super) fn told(tx: &mut Tx<'_>, ctx: &Context, made: &[Made]) -> Outcome<()> {
    let entry = |(person, plain, key): &Made| {
        let (fields, after) = trail::differing(plain, &Personal::default());
        let said =
            Said { action: "people.person.create", fields: &fields, after: Some(after), ..Said::default() };
        trail::entry(person, Some(key), said)
    };
    audit::record_all(tx, ctx, made.iter().map(entry).collect::<Outcome<_>>()?)?;
    let events: Vec<_> =
        made.iter().map(|(person, ..)| trail::event(PERSON_CREATED, person)).collect::<Outcome<_>>()?;
    outbox::emit_all(tx, ctx, &events)
}

/// Whoever has no look-up left enters no document, taken or not: what is refused to some and not to others would be an answer.
pub(super) fn mind_the_limit(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &PeopleServices,
    documents: &[Document],
) -> Outcome<()> {
    if documents.is_empty() { Ok(()) } else { meter::refuse_full(tx, ctx, s, 1) }
}

/// Enters a person. Whoever gets `DOCUMENT_TAKEN` found somebody by a number: the caller hands it to [`super::taken`].
pub fn create(tx: &mut Tx<'_>, ctx: &Context, s: &PeopleServices, new: &NewPerson) -> Outcome<Person> {
    people::join(tx)?;
    let unit = unit(tx, ctx, s, new.unit)?;
    let plain = check::personal(&new.personal, ctx.now)?;
    mind_the_limit(tx, ctx, s, &plain.documents)?;
    let id = ctx.id();
    let (key, wrapped) = keys::draw(tx, &s.vault, &[id])?
        .pop()
        .ok_or_else(|| Fault::internal("no key was drawn for a person"))?;
    let person = sealed(ctx, id, &unit, &plain, &key)?;
    people::insert(tx, std::slice::from_ref(&person))?;
    crate::store::keys::insert(tx, &[wrapped])?;
    let lookup = keys::lookup_keys(tx, &s.vault)?;
    hashes::insert_documents(tx, &documents(&lookup, id, &plain))?;
    hashes::insert_phones(tx, &phones(&lookup, id, &plain))?;
    let made = [(person, plain, key)];
    told(tx, ctx, &made)?;
    let [(person, ..)] = made;
    Ok(person)
}
