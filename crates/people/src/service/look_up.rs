//! Finding a person by a phone or a document's number: exact, within the asker's own places, logged and counted like a reading.

use kernel::error::INVALID;
use kernel::permission::Permit;
use kernel::{Context, Outcome};
use serde_json::json;
use storage::audit::Entry;
use storage::{Tx, audit};

use super::see::{self, Shown};
use super::{keys, meter};
use crate::error::PHONE_SHAPE;
use crate::model::{DocumentKind, Person, Reading, check};
use crate::permission::LookUpPeople;
use crate::ports::PeopleServices;
use crate::store::{hashes, people, readings};

/// The most persons that one phone finds.
const MOST: usize = 50;

/// By what.
#[derive(Clone, PartialEq, Eq)]
pub enum By {
    /// A phone.
    Phone(String),
    /// A document of a kind.
    Document(DocumentKind, String),
}

impl std::fmt::Debug for By {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

impl By {
    /// The word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Phone(_) => "phone",
            Self::Document(kind, _) => kind.word(),
        }
    }
}

/// Finds persons. Whoever lies outside the asker's places is not found, and whether there is such a person is not said.
pub fn look_up(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &PeopleServices,
    by: &By,
    purpose: &str,
) -> Outcome<Vec<Shown>> {
    let purpose = check::purpose(purpose)?;
    // The log keeps where somebody was found: a move that is under way is waited for.
    people::join(tx)?;
    let found = find(tx, ctx, s, by)?;
    meter::admit(tx, ctx, s, i64::try_from(found.len().max(1)).unwrap_or(i64::MAX))?;
    let scope = ctx.actor.scope(LookUpPeople::PERMISSION, false, ctx.now);
    let entry = |person: Option<&Person>| {
        let place = person.map(|p| (p.unit, p.path.clone()));
        let (unit, path) = place.or_else(|| scope.roots.first().map(|r| (r.unit, r.path.clone())))?;
        Some(Reading {
            id: ctx.id(),
            reader: ctx.actor.user,
            person: person.map(|p| p.id),
            unit,
            path,
            kind: "lookup".to_owned(),
            fields: vec![by.word().to_owned()],
            purpose: purpose.clone(),
            request_id: ctx.request_id.to_string(),
            at: ctx.now,
        })
    };
    let entries: Vec<Reading> = if found.is_empty() {
        entry(None).into_iter().collect()
    } else {
        found.iter().filter_map(|person| entry(Some(person))).collect()
    };
    for reading in &entries {
        readings::insert(tx, reading)?;
    }
    audit::record(
        tx,
        ctx,
        Entry {
            action: "people.person.lookup",
            object_kind: "person",
            object: found.first().map(|p| p.id.uuid()),
            unit: entries.first().map(|r| r.unit),
            before: None,
            after: Some(json!({
                "by": by.word(),
                "found": found.iter().map(|p| p.id).collect::<Vec<_>>(),
                "readings": entries.iter().map(|r| r.id).collect::<Vec<_>>(),
            })),
        },
    )?;
    see::show(tx, ctx, s, found)
}

/// The persons with this number in the asker's places.
pub fn find(tx: &mut Tx<'_>, ctx: &Context, s: &PeopleServices, by: &By) -> Outcome<Vec<Person>> {
    let lookup = keys::lookup_keys(tx, &s.vault)?;
    // More than are shown, so that those elsewhere do not push out those here.
    let ids = match by {
        By::Phone(number) => {
            let number = check::phone(number).ok_or_else(|| INVALID.refusal().at("/number", &PHONE_SHAPE))?;
            hashes::by_phone(tx, &lookup.phone(&number), 1_000)?
        }
        By::Document(kind, number) => {
            let number = check::document(*kind, number, ctx.now)
                .map_err(|code| INVALID.refusal().at("/number", code))?;
            hashes::by_document(tx, &lookup.document(kind.word(), &number))?
        }
    };
    let scope = ctx.actor.scope(LookUpPeople::PERMISSION, false, ctx.now);
    let mut found = people::find_all(tx, &ids)?;
    found.retain(|person| person.erased.is_none() && scope.covers(&person.path, None));
    found.truncate(MOST);
    Ok(found)
}
