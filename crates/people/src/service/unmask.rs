//! Reading a person's data whole: with the permission, for a purpose, within limits, and never without a trace.

use kernel::error::{FIELD_REQUIRED, INVALID};
use kernel::id::{Person as PersonId, PersonReading};
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome};
use serde_json::json;
use storage::Tx;

use super::trail::{self, Said};
use super::{keys, meter, see};
use crate::error::ERASED;
use crate::model::{Person, Personal, Reading, Whole, check};
use crate::permission::UnmaskPeople;
use crate::ports::PeopleServices;
use crate::store::readings;

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmasked {
    /// Under which number the reading stands in the log.
    pub reading: Id<PersonReading>,
    /// Whose.
    pub person: Person,
    /// The fields that were asked for; the others are empty.
    pub plain: Personal,
    /// Which were asked for.
    pub fields: Vec<Whole>,
}

/// Reads fields of a person whole.
pub fn unmask(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &PeopleServices,
    id: Id<PersonId>,
    fields: &[Whole],
    purpose: &str,
) -> Outcome<Unmasked> {
    // Locked, so that no erasure passes by between the look and the reading.
    let person = see::locked(tx, ctx, id, UnmaskPeople::PERMISSION)?;
    let purpose = check::purpose(purpose)?;
    let fields: Vec<Whole> = Whole::ALL.iter().copied().filter(|field| fields.contains(field)).collect();
    if fields.is_empty() {
        return Err(INVALID.refusal().at("/fields", &FIELD_REQUIRED).into());
    }
    meter::admit(tx, ctx, s, 1)?;
    let key = keys::data_key(tx, &s.vault, id)?.ok_or_else(|| ERASED.fault())?;
    let all = person.open(&key)?;
    let asked = |field| fields.contains(&field);
    let plain = Personal {
        name: if asked(Whole::Name) { all.name } else { String::new() },
        phones: if asked(Whole::Phones) { all.phones } else { Vec::new() },
        addresses: if asked(Whole::Addresses) { all.addresses } else { Vec::new() },
        documents: if asked(Whole::Documents) { all.documents } else { Vec::new() },
        birth_on: all.birth_on.filter(|_| asked(Whole::BirthOn)),
        sex: all.sex.filter(|_| asked(Whole::Sex)),
    };
    let words: Vec<&str> = fields.iter().map(|f| f.word()).collect();
    let reading = Reading {
        id: ctx.id(),
        reader: ctx.actor.user,
        person: Some(id),
        unit: person.unit,
        path: person.path.clone(),
        kind: "unmask".to_owned(),
        fields: words.iter().map(|w| (*w).to_owned()).collect(),
        purpose: purpose.clone(),
        request_id: ctx.request_id.to_string(),
        at: ctx.now,
    };
    readings::insert(tx, &reading)?;
    let said = Said {
        action: "people.person.unmask",
        fields: &words,
        after: Some(json!({ "purpose": purpose, "reading": reading.id })),
        ..Said::default()
    };
    trail::record(tx, ctx, &person, Some(&key), said)?;
    Ok(Unmasked { reading: reading.id, person, plain, fields })
}
