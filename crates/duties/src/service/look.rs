//! Reading lists: their versions, what held on a day, what differs.

use std::collections::BTreeMap;

use contracts::CategoryRef;
use kernel::error::{INVALID, NOT_FOUND, OrRefuse};
use kernel::id::{Category, DutyList, DutyListVersion};
use kernel::{Context, Cursor, Id, Instant, Outcome, Page, PageSize};
use storage::Tx;

use super::draft::all_items;
use crate::error::OTHER_LIST;
use crate::model::{Comparison, Item, List, Standing, Version, compare, held};
use crate::ports::DutyServices;
use crate::store::{items, lists, versions};

/// A version, and how it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The version.
    pub version: Version,
    /// How it stands.
    pub standing: Standing,
}

/// The list.
pub fn list(tx: &mut Tx<'_>, id: Id<DutyList>) -> Outcome<List> {
    lists::find(tx, id)?.or_refuse(&NOT_FOUND)
}

/// The versions of these lists that hold now.
pub fn in_force(
    tx: &mut Tx<'_>,
    ctx: &Context,
    of: &[Id<DutyList>],
) -> Outcome<BTreeMap<Id<DutyList>, Version>> {
    let all = versions::set_of(tx, of)?;
    // In the order of their moments: of those whose time has come the last stays.
    Ok(all.into_iter().filter(|v| v.from.is_some_and(|from| from <= ctx.now)).map(|v| (v.list, v)).collect())
}

/// Versions of one list, with how they stand now.
fn standing(tx: &mut Tx<'_>, ctx: &Context, list: Id<DutyList>, all: Vec<Version>) -> Outcome<Vec<Shown>> {
    let set = versions::set_of(tx, &[list])?;
    let now = held(&set, ctx.now).map(|v| v.id);
    Ok(all.into_iter().map(|v| Shown { standing: v.standing(ctx.now, now), version: v }).collect())
}

/// One version.
pub fn shown(tx: &mut Tx<'_>, ctx: &Context, version: Version) -> Outcome<Shown> {
    let list = version.list;
    standing(tx, ctx, list, vec![version])?.pop().or_refuse(&NOT_FOUND)
}

/// One version, by its id.
pub fn version(tx: &mut Tx<'_>, ctx: &Context, id: Id<DutyListVersion>) -> Outcome<Shown> {
    let version = versions::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    shown(tx, ctx, version)
}

/// One page of a list's versions, the newest first.
pub fn history(
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: Id<DutyList>,
    before: Option<i64>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Shown>> {
    list(tx, id)?;
    let rows = versions::list(tx, id, before, size.probe())?;
    let page = Page::cut(rows, size, |last| Cursor {
        after: last.id.uuid(),
        filter: fingerprint,
        key: Some(last.number.to_string()),
    });
    Ok(Page { items: standing(tx, ctx, id, page.items)?, next: page.next })
}

/// The versions that held at some moment of a stretch of time: on the day of a change there are two.
pub fn held_between(
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: Id<DutyList>,
    from: Instant,
    until: Instant,
) -> Outcome<Vec<Shown>> {
    list(tx, id)?;
    let set = versions::set_of(tx, &[id])?;
    let first = held(&set, from).map(|v| v.id);
    let now = held(&set, ctx.now).map(|v| v.id);
    let inside = |v: &Version| v.from.is_some_and(|begins| from < begins && begins < until);
    let found = set.into_iter().filter(|v| Some(v.id) == first || inside(v));
    Ok(found.map(|v| Shown { standing: v.standing(ctx.now, now), version: v }).collect())
}

/// One page of a version's items, in the order of their categories.
pub fn items_of(
    tx: &mut Tx<'_>,
    id: Id<DutyListVersion>,
    after: Option<Id<Category>>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Item>> {
    versions::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    let rows = items::list(tx, id, after, size.probe())?;
    Ok(Page::cut(rows, size, |i| Cursor { after: i.category.uuid(), filter: fingerprint, key: None }))
}

/// What differs between a version and another of the same list.
pub fn compared(
    tx: &mut Tx<'_>,
    first: Id<DutyListVersion>,
    second: Id<DutyListVersion>,
) -> Outcome<Comparison> {
    let (a, b) = (
        versions::find(tx, first)?.or_refuse(&NOT_FOUND)?,
        versions::find(tx, second)?.or_refuse(&NOT_FOUND)?,
    );
    if a.list != b.list {
        return Err(INVALID.refusal().at("with", &OTHER_LIST).into());
    }
    Ok(compare(&all_items(tx, first)?, &all_items(tx, second)?))
}

/// What categories are called today.
pub fn names(
    tx: &mut Tx<'_>,
    s: &DutyServices,
    ids: &[Id<Category>],
) -> Outcome<BTreeMap<Id<Category>, String>> {
    let all: Vec<CategoryRef> = s.categories.categories(tx, ids)?;
    Ok(all.into_iter().map(|c| (c.id, c.name)).collect())
}
