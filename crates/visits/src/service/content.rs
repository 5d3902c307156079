//! What is personal of a visit: sealed under the key of somebody who lives there, opened for who may read it.

use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::{self, Person};
use kernel::permission::Permit;
use kernel::{Context, Fault, Id, Outcome};
use serde_json::json;
use storage::audit::Entry;
use storage::{Tx, audit};

use super::see;
use crate::error::{ERASED, NOBODY_ON_RECORD};
use crate::model::{Content, Edition, Visit};
use crate::permission::ReadContent;
use crate::ports::VisitServices;
use crate::store::editions;

/// Content as it is kept: for whom it is sealed, and the bytes.
pub type Sealed = (Option<Id<Person>>, Option<Vec<u8>>);

/// Seals what was said under the key of the first of `people` whose data is there: who was met, then who lives there.
pub fn seal(
    tx: &mut Tx<'_>,
    s: &VisitServices,
    visit: Id<id::Visit>,
    content: &Content,
    people: impl Iterator<Item = Id<Person>>,
) -> Outcome<Sealed> {
    if content.is_empty() {
        return Ok((None, None));
    }
    let plain = serde_json::to_vec(content).map_err(Fault::internal)?;
    for person in people {
        if let Some(sealed) = s.seals.seal(tx, person, visit.uuid(), &plain)? {
            return Ok((Some(person), Some(sealed)));
        }
    }
    Err(NOBODY_ON_RECORD.fault())
}

/// Opens what was said; `None` where it went with the person.
pub fn open(tx: &mut Tx<'_>, s: &VisitServices, edition: &Edition) -> Outcome<Option<Content>> {
    let (Some(person), Some(sealed)) = (edition.sealed_for, edition.sealed.as_ref()) else {
        return Ok(Some(Content::default()));
    };
    let Some(plain) = s.seals.open(tx, person, edition.visit.uuid(), sealed)? else { return Ok(None) };
    serde_json::from_slice(&plain).map(Some).map_err(Fault::internal)
}

/// What was said, opened.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// The visit.
    pub visit: Visit,
    /// The edition.
    pub edition: Edition,
    /// Its content.
    pub content: Content,
}

/// Reads what was said on a visit, last or in an edition. Whoever reads of another's visit leaves a record.
pub fn read(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &VisitServices,
    id: Id<id::Visit>,
    number: Option<i64>,
) -> Outcome<Read> {
    let visit = see::visible(tx, ctx, s, id)?;
    ctx.require_at(ReadContent::PERMISSION, visit.unit, &visit.path)?;
    let edition = editions::find(tx, id, number.unwrap_or(visit.edition))?.or_refuse(&NOT_FOUND)?;
    let content = open(tx, s, &edition)?.or_refuse(&ERASED)?;
    if visit.worker != ctx.actor.user {
        let entry = Entry {
            action: "visits.content.read",
            object_kind: "visit",
            object: Some(id.uuid()),
            unit: Some(visit.unit),
            before: None,
            after: Some(json!({ "edition": edition.number })),
        };
        audit::record(tx, ctx, entry)?;
    }
    Ok(Read { visit, edition, content })
}
