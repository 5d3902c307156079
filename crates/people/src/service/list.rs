//! Lists of persons: rights first, as the stretches of the tree a list may take its rows from, and only then a page.

use kernel::error::{BAD_CURSOR, NOT_FOUND, OrRefuse};
use kernel::id::{Person as PersonId, Unit};
use kernel::permission::Permit;
use kernel::{Context, Cursor, Id, Outcome, Page, PageSize, UnitPath};
use storage::Tx;

use super::see::{self, Shown};
use crate::model::{FlagKind, Status};
use crate::permission::ReadPeople;
use crate::ports::PeopleServices;
use crate::store::people::{self, Filter};

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// In this subtree.
    pub unit: Option<Id<Unit>>,
    /// With this status.
    pub status: Option<Status>,
    /// With this flag.
    pub flag: Option<FlagKind>,
    /// Where the page starts.
    pub after: Option<Cursor>,
}

/// The persons the actor may see, masked, place by place in the tree's order.
pub fn list(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &PeopleServices,
    query: &Query,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Shown>> {
    let mut scope = ctx.actor.scope(ReadPeople::PERMISSION, false, ctx.now);
    if let Some(unit) = query.unit {
        let unit = s.tree.unit(tx, unit)?.or_refuse(&NOT_FOUND)?;
        scope = scope.within(unit.id, &unit.path);
    }
    let after = query.after.as_ref().map(place).transpose()?;
    let filter = Filter { status: query.status, flag: query.flag.map(|kind| (kind, ctx.now)) };
    let rows = people::list(tx, &scope, &filter, after.as_ref(), size.probe())?;
    let page = Page::cut(rows, size, |person| Cursor {
        after: person.id.uuid(),
        filter: fingerprint,
        key: Some(person.path.as_str().to_owned()),
    });
    Ok(Page { items: see::show(tx, ctx, s, page.items)?, next: page.next })
}

fn place(cursor: &Cursor) -> Outcome<(UnitPath, Id<PersonId>)> {
    let path = cursor.key.as_deref().and_then(UnitPath::parse).or_refuse(&BAD_CURSOR)?;
    Ok((path, Id::from_uuid(cursor.after)))
}
