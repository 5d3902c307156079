//! Who read whom: for auditors, and for those who answer for a unit's people.

use kernel::id::{Person as PersonId, PersonReading, Unit, User};
use kernel::permission::Permit;
use kernel::{Context, Cursor, Id, Instant, Outcome, Page, PageSize};
use storage::Tx;

use super::see;
use crate::model::Reading;
use crate::permission::ReadReadings;
use crate::ports::PeopleServices;
use crate::store::readings::{self, Filter};

/// What is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query {
    /// By this reader.
    pub reader: Option<Id<User>>,
    /// Of this person.
    pub person: Option<Id<PersonId>>,
    /// Not before.
    pub from: Option<Instant>,
    /// Before.
    pub to: Option<Instant>,
    /// Where the page starts.
    pub after: Option<Id<PersonReading>>,
}

/// A reading with the names of the reader and the unit.
pub type Named = (Reading, String, String);

/// Readings of persons in the actor's places, the newest first.
pub fn list(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &PeopleServices,
    query: &Query,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Named>> {
    if let Some(person) = query.person {
        see::visible(tx, ctx, person, ReadReadings::PERMISSION)?;
    }
    let scope = ctx.actor.scope(ReadReadings::PERMISSION, false, ctx.now);
    let filter = Filter {
        reader: query.reader,
        person: query.person,
        from: query.from,
        to: query.to,
        after: query.after,
    };
    let rows = readings::list(tx, &scope, &filter, size.probe())?;
    let page = Page::cut(rows, size, |r| Cursor { after: r.id.uuid(), filter: fingerprint, key: None });
    let readers: std::collections::BTreeSet<Id<User>> = page.items.iter().map(|r| r.reader).collect();
    let units: std::collections::BTreeSet<Id<Unit>> = page.items.iter().map(|r| r.unit).collect();
    let readers = s.users.users(tx, &readers.into_iter().collect::<Vec<_>>())?;
    let units = s.tree.units(tx, &units.into_iter().collect::<Vec<_>>())?;
    Ok(page.map(|reading| {
        let reader = readers
            .iter()
            .find(|u| u.id == reading.reader)
            .map(|u| u.display_name.clone())
            .unwrap_or_default();
        let unit = units.iter().find(|u| u.id == reading.unit).map(|u| u.name.clone()).unwrap_or_default();
        (reading, reader, unit)
    }))
}
