//! Changing a person's data, unit or status.

use chrono::NaiveDate;
use contracts::events::PERSON_CHANGED;
use kernel::error::STALE;
use kernel::gb::Sex;
use kernel::id::{Person as PersonId, Unit};
use kernel::permission::Permit;
use kernel::{Context, Id, Instant, Outcome};
use serde_json::json;
use storage::Tx;

use super::trail::{self, Said};
use super::{create, keys, see};
use crate::error::ERASED;
use crate::model::{Address, Document, Person, Personal, Sealed, Status, check};
use crate::permission::ManagePeople;
use crate::ports::PeopleServices;
use crate::store::{hashes, people};

/// What is to be changed; `None` leaves it as it is.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// The name.
    pub name: Option<String>,
    /// All phones.
    pub phones: Option<Vec<String>>,
    /// All addresses.
    pub addresses: Option<Vec<Address>>,
    /// All documents.
    pub documents: Option<Vec<Document>>,
    /// The day of birth; `Some(None)` takes it away.
    pub birth_on: Option<Option<NaiveDate>>,
    /// The sex; `Some(None)` takes it away.
    pub sex: Option<Option<Sex>>,
    /// The unit they belong to.
    pub unit: Option<Id<Unit>>,
    /// How things stand; never `erased`.
    pub status: Option<Status>,
}

/// Changes a person, if the record is still of version `expected`. `DOCUMENT_TAKEN` goes to [`super::taken`], as with a new person.
pub fn change(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &PeopleServices,
    id: Id<PersonId>,
    expected: i64,
    to: &Change,
) -> Outcome<Person> {
    let mut person = see::locked(tx, ctx, id, ManagePeople::PERMISSION)?;
    if person.version != expected {
        return Err(STALE.fault());
    }
    let key = keys::data_key(tx, &s.vault, id)?.ok_or_else(|| ERASED.fault())?;
    let was = person.open(&key)?;
    let mut now = was.clone();
    now.name = to.name.clone().unwrap_or(now.name);
    now.phones = to.phones.clone().unwrap_or(now.phones);
    now.addresses = to.addresses.clone().unwrap_or(now.addresses);
    now.documents = to.documents.clone().unwrap_or(now.documents);
    now.birth_on = to.birth_on.unwrap_or(now.birth_on);
    now.sex = to.sex.unwrap_or(now.sex);
    let mut now = checked(&was, now, to, ctx.now)?;
    // A card's number says birth and sex when it is entered; what was taken away on purpose stays away.
    let said = to.documents.is_some();
    now.birth_on = to.birth_on.unwrap_or(if said { now.birth_on } else { was.birth_on });
    now.sex = to.sex.unwrap_or(if said { now.sex } else { was.sex });
    let (mut fields, before) = trail::differing(&was, &now);
    let (_, after) = trail::differing(&now, &was);
    let (mut before, mut after) = (before, after);
    if let Some(unit) = to.unit.filter(|unit| *unit != person.unit) {
        let unit = create::unit(tx, ctx, s, unit)?;
        fields.push("unit");
        note(&mut before, "unit", json!(person.unit));
        note(&mut after, "unit", json!(unit.id));
        (person.unit, person.path) = (unit.id, unit.path);
    }
    if let Some(status) = to.status.filter(|status| *status != person.status && *status != Status::Erased) {
        fields.push("status");
        note(&mut before, "status", json!(person.status));
        note(&mut after, "status", json!(status));
        person.status = status;
    }
    if fields.is_empty() {
        return Ok(person);
    }
    if fields.contains(&"documents") {
        create::mind_the_limit(tx, ctx, s, &now.documents)?;
    }
    let fresh = Sealed::all(id, &key, &now)?;
    let keep = |name: &str, slot: &mut Option<Vec<u8>>, fresh: Option<Vec<u8>>| {
        if fields.contains(&name) {
            *slot = fresh;
        }
    };
    keep("name", &mut person.sealed.name, fresh.name);
    keep("phones", &mut person.sealed.phones, fresh.phones);
    keep("addresses", &mut person.sealed.addresses, fresh.addresses);
    keep("documents", &mut person.sealed.documents, fresh.documents);
    keep("birth_on", &mut person.sealed.birth_on, fresh.birth_on);
    keep("sex", &mut person.sealed.sex, fresh.sex);
    person.version += 1;
    person.updated_at = ctx.now;
    if !people::update(tx, &person)? {
        return Err(STALE.fault());
    }
    let lookup = keys::lookup_keys(tx, &s.vault)?;
    if fields.contains(&"phones") {
        hashes::delete_phones(tx, id)?;
        hashes::insert_phones(tx, &create::phones(&lookup, id, &now))?;
    }
    if fields.contains(&"documents") {
        hashes::delete_documents(tx, id)?;
        hashes::insert_documents(tx, &create::documents(&lookup, id, &now))?;
    }
    let said = Said {
        action: "people.person.change",
        fields: &fields,
        before: Some(before),
        after: Some(after),
        ..Said::default()
    };
    trail::record(tx, ctx, &person, Some(&key), said)?;
    trail::tell(tx, ctx, PERSON_CHANGED, &person)?;
    Ok(person)
}

/// What the person is to be, checked. Documents, birth and sex are judged together as soon as one of them is touched; a change of
/// something else is not kept out by what was taken before.
fn checked(was: &Personal, mut now: Personal, to: &Change, at: Instant) -> Outcome<Personal> {
    if to.documents.is_none() && to.birth_on.is_none() && to.sex.is_none() {
        let documents = std::mem::take(&mut now.documents);
        return Ok(Personal { documents, ..check::personal(&now, at)? });
    }
    if !check::said_by(&now.documents, at).is_empty() && to.documents.is_some() {
        // What was known from the number before is known from the new one now.
        let before = check::said_by(&was.documents, at);
        let known = before.first();
        if to.birth_on.is_none() && known.is_some_and(|id| Some(id.birth()) == was.birth_on) {
            now.birth_on = None;
        }
        if to.sex.is_none() && known.is_some_and(|id| Some(id.sex()) == was.sex) {
            now.sex = None;
        }
    }
    check::personal(&now, at)
}

fn note(values: &mut serde_json::Value, name: &str, value: serde_json::Value) {
    if let Some(map) = values.as_object_mut() {
        map.insert(name.to_owned(), value);
    }
}
