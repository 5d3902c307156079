//! A document that was to be entered and is on record already. To be told so is to have found somebody by a number: it is logged and
//! counted like a look-up, in a transaction of its own, since the entering itself leaves nothing behind.

use std::collections::BTreeSet;

use kernel::id::Person as PersonId;
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome, Refusal};
use serde_json::json;
use storage::audit::Entry;
use storage::{Tx, audit};

use super::{keys, meter};
use crate::error::DOCUMENT_TAKEN;
use crate::model::{Document, Person, Reading, check};
use crate::permission::{ManagePeople, ReadPeople};
use crate::ports::PeopleServices;
use crate::store::{hashes, people, readings};

/// For what such a look-up stands in the log.
pub const PURPOSE: &str = "登记时录入了已有人员的证件 (entered a document that is on record already)";

/// Puts it on the record that these documents were tried, for somebody new or for `own`, and answers what is said to whoever tried
/// them: the refusal, with who has them where the asker may see that person. Refuses by the limit of look-ups where that is reached.
pub fn tried(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &PeopleServices,
    documents: &[Document],
    own: Option<Id<PersonId>>,
) -> Outcome<Refusal> {
    people::join(tx)?;
    let found = holders(tx, ctx, s, documents, own)?;
    meter::admit(tx, ctx, s, i64::try_from(found.len().max(1)).unwrap_or(i64::MAX))?;
    record(tx, ctx, documents, &found)?;
    let seen = |person: &&Person| ctx.actor.may(ReadPeople::PERMISSION, &person.path, ctx.now);
    let refusal = DOCUMENT_TAKEN.refusal();
    Ok(match found.iter().find(seen) {
        Some(person) => refusal.with("person_id", json!(person.id)),
        None => refusal,
    })
}

/// [`tried`] for rows of a list that were refused already, each with its documents: the limit was minded when they were.
pub fn tried_in_list(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &PeopleServices,
    rows: &[Vec<Document>],
) -> Outcome<()> {
    people::join(tx)?;
    for documents in rows {
        let found = holders(tx, ctx, s, documents, None)?;
        // What the list itself has twice is nobody's.
        if !found.is_empty() {
            meter::note(tx, ctx, s, i64::try_from(found.len()).unwrap_or(i64::MAX))?;
            record(tx, ctx, documents, &found)?;
        }
    }
    Ok(())
}

fn holders(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &PeopleServices,
    documents: &[Document],
    own: Option<Id<PersonId>>,
) -> Outcome<Vec<Person>> {
    let lookup = keys::lookup_keys(tx, &s.vault)?;
    let mut ids = BTreeSet::new();
    for document in documents {
        if let Ok(number) = check::document(document.kind, &document.number, ctx.now) {
            ids.extend(hashes::by_document(tx, &lookup.document(document.kind.word(), &number))?);
        }
    }
    ids.retain(|id| Some(*id) != own);
    people::find_all(tx, &ids.into_iter().collect::<Vec<_>>())
}

/// The log and the trail. A reading stands where the person found belongs, so that nobody learns who that is by reading the log of
/// their own place.
fn record(tx: &mut Tx<'_>, ctx: &Context, documents: &[Document], found: &[Person]) -> Outcome<()> {
    let fields: BTreeSet<String> = documents.iter().map(|d| d.kind.word().to_owned()).collect();
    let fields: Vec<String> = fields.into_iter().collect();
    let scope = ctx.actor.scope(ManagePeople::PERMISSION, false, ctx.now);
    let mut places: Vec<_> =
        found.iter().map(|person| (Some(person.id), person.unit, person.path.clone())).collect();
    if places.is_empty() {
        places.extend(scope.roots.first().map(|root| (None, root.unit, root.path.clone())));
    }
    for (person, unit, path) in places {
        let reading = Reading {
            id: ctx.id(),
            reader: ctx.actor.user,
            person,
            unit,
            path,
            kind: "lookup".to_owned(),
            fields: fields.clone(),
            purpose: PURPOSE.to_owned(),
            request_id: ctx.request_id.to_string(),
            at: ctx.now,
        };
        readings::insert(tx, &reading)?;
        audit::record(
            tx,
            ctx,
            Entry {
                action: "people.person.lookup",
                object_kind: "person",
                object: person.map(Id::uuid),
                unit: Some(unit),
                before: None,
                after: Some(json!({ "by": fields, "entering": true, "readings": [reading.id] })),
            },
        )?;
    }
    Ok(())
}
