//! Entering many at once. A batch is one transaction: the caller cuts a long list into batches of a hundred or so, so that others get
//! their turn in between.

use std::collections::{BTreeMap, BTreeSet};

use contracts::UnitRef;
use kernel::id::{Person as PersonId, Unit};
use kernel::{Context, Fault, Id, Outcome, Refusal};
use storage::Tx;

use super::create::{self, NewPerson};
use super::{keys, meter};
use crate::error::{DOCUMENT_TAKEN, TOO_MANY_READINGS};
use crate::model::{Personal, check};
use crate::ports::PeopleServices;
use crate::store::{hashes, people};

/// What became of a row: a person, or nothing and why.
pub type Entered = Result<Id<PersonId>, Box<Refusal>>;

/// Enters a batch, row by row: a row that is refused keeps none of the others out. Answers as many as were given, in their order.
pub fn import(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &PeopleServices,
    batch: &[NewPerson],
) -> Outcome<Vec<Entered>> {
    people::join(tx)?;
    let lookup = keys::lookup_keys(tx, &s.vault)?;
    let mut units = BTreeMap::new();
    let mut rows = Vec::with_capacity(batch.len());
    for new in batch {
        rows.push(
            checked(tx, ctx, s, new, &mut units)?.map(|(unit, plain)| (ctx.id::<PersonId>(), unit, plain)),
        );
    }
    let numbers: Vec<Vec<u8>> = rows
        .iter()
        .flatten()
        .flat_map(|(id, _, plain)| create::documents(&lookup, *id, plain))
        .map(|(_, hash)| hash)
        .collect();
    let mut taken: BTreeSet<Vec<u8>> = BTreeSet::new();
    for some in numbers.chunks(500) {
        taken.extend(hashes::taken(tx, some)?);
    }
    // Told that a document is on record, the asker has found somebody; what the list itself has twice tells nothing.
    let on_record = taken.clone();
    let mut room = meter::room(tx, ctx, s)?;
    let mut made = Vec::new();
    let mut answers = Vec::with_capacity(rows.len());
    for row in rows {
        answers.push(match row {
            Err(refusal) => Err(refusal),
            Ok((id, unit, plain)) => {
                let numbers = create::documents(&lookup, id, &plain);
                let found = numbers.iter().filter(|(_, hash)| on_record.contains(hash)).count();
                let found = i64::try_from(found).unwrap_or(i64::MAX);
                if !numbers.is_empty() && room < found.max(1) {
                    Err(Box::new(TOO_MANY_READINGS.refusal()))
                } else if numbers.iter().any(|(_, hash)| taken.contains(hash)) {
                    room -= found;
                    Err(Box::new(DOCUMENT_TAKEN.refusal().at("/documents", &DOCUMENT_TAKEN)))
                } else {
                    taken.extend(numbers.into_iter().map(|(_, hash)| hash));
                    made.push((id, unit, plain));
                    Ok(id)
                }
            }
        });
    }
    enter(tx, ctx, s, made)?;
    Ok(answers)
}

type Units = BTreeMap<Id<Unit>, Result<UnitRef, Box<Refusal>>>;
type Row = Result<(UnitRef, Personal), Box<Refusal>>;

fn checked(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &PeopleServices,
    new: &NewPerson,
    units: &mut Units,
) -> Outcome<Row> {
    let unit = match units.get(&new.unit) {
        Some(known) => known.clone(),
        None => {
            let found = refusal_of(create::unit(tx, ctx, s, new.unit))?;
            units.insert(new.unit, found.clone());
            found
        }
    };
    let unit = match unit {
        Ok(unit) => unit,
        Err(refusal) => return Ok(Err(refusal)),
    };
    Ok(refusal_of(check::personal(&new.personal, ctx.now))?.map(|plain| (unit, plain)))
}

/// A refusal is a row's own; trouble underneath is everybody's.
pub(crate) fn refusal_of<T>(outcome: Outcome<T>) -> Outcome<Result<T, Box<Refusal>>> {
    match outcome {
        Ok(value) => Ok(Ok(value)),
        Err(Fault::Refused(refusal)) => Ok(Err(refusal)),
        Err(other) => Err(other),
    }
}

fn enter(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &PeopleServices,
    rows: Vec<(Id<PersonId>, UnitRef, Personal)>,
) -> Outcome<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let lookup = keys::lookup_keys(tx, &s.vault)?;
    let ids: Vec<Id<PersonId>> = rows.iter().map(|(id, ..)| *id).collect();
    let drawn = keys::draw(tx, &s.vault, &ids)?;
    let (mut persons, mut wrapped, mut phones, mut documents, mut made) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for ((id, unit, plain), (key, wrap)) in rows.into_iter().zip(drawn) {
        phones.extend(create::phones(&lookup, id, &plain));
        documents.extend(create::documents(&lookup, id, &plain));
        let person = create::sealed(ctx, id, &unit, &plain, &key)?;
        persons.push(person.clone());
        made.push((person, plain, key));
        wrapped.push(wrap);
    }
    people::insert(tx, &persons)?;
    crate::store::keys::insert(tx, &wrapped)?;
    hashes::insert_documents(tx, &documents)?;
    hashes::insert_phones(tx, &phones)?;
    create::told(tx, ctx, &made)
}
