//! Drafting what a list is to say: a version, and the items on it.

use std::collections::BTreeSet;

use contracts::{CategoryRef, UnitRef};
use kernel::error::{FIELD_LENGTH, FIELD_UNKNOWN_REFERENCE, Fields, NOT_FOUND, OrRefuse, STALE};
use kernel::id::{Category, DutyList, DutyListVersion, Unit};
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome};
use serde_json::{Value, json};
use storage::Tx;
use storage::audit::{self, Entry};

use super::lists::locked;
use crate::error::{CATEGORY_RETIRED, ENDS_THE_LIST, ITEM_TWICE, NOT_A_DRAFT};
use crate::model::{Item, List, MAX_ITEMS, Version, VersionState};
use crate::permission::ManageLists;
use crate::ports::DutyServices;
use crate::store::{items, lists, versions};

/// A version to be drafted.
#[derive(Debug, Clone, Default)]
pub struct NewVersion {
    /// What it is about.
    pub note: String,
    /// Whether it ends the list.
    pub is_end: bool,
    /// The version whose items it begins with.
    pub copy_of: Option<Id<DutyListVersion>>,
}

/// Begins a draft.
pub fn begin(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &DutyServices,
    id: Id<DutyList>,
    new: &NewVersion,
) -> Outcome<Version> {
    let (mut list, _) = locked(tx, ctx, s, id, ManageLists::PERMISSION)?;
    let mut fields = Fields::default();
    fields.text("/note", &new.note, 0, 500);
    let copied = match new.copy_of {
        None => Vec::new(),
        Some(other) => match versions::find(tx, other)?.filter(|v| v.list == id) {
            None => {
                fields.bad("/copy_of_id", &FIELD_UNKNOWN_REFERENCE, None);
                Vec::new()
            }
            Some(_) => all_items(tx, other)?,
        },
    };
    if new.is_end && !copied.is_empty() {
        fields.bad("/copy_of_id", &ENDS_THE_LIST, None);
    }
    fields.finish()?;
    list.last_number += 1;
    count(tx, ctx, &mut list)?;
    let version = Version {
        id: ctx.id(),
        list: id,
        number: list.last_number,
        state: VersionState::Draft,
        note: new.note.trim().to_owned(),
        is_end: new.is_end,
        from: None,
        items: i64::try_from(copied.len()).unwrap_or(i64::MAX),
        hands: vec![ctx.actor.user],
        drafted_by: ctx.actor.user,
        drafted_at: ctx.now,
        set_by: None,
        set_at: None,
        version: 1,
    };
    versions::insert(tx, &version)?;
    items::put(tx, version.id, &copied)?;
    let after = json!({ "number": version.number, "is_end": version.is_end, "items": version.items });
    leave(tx, ctx, "duties.version.draft", &list, &version, None, Some(after))?;
    Ok(version)
}

/// Puts items in place of those that were on a draft. Whoever does has a hand in it.
pub fn put(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &DutyServices,
    id: Id<DutyListVersion>,
    expected: i64,
    new: &[Item],
) -> Outcome<Version> {
    let (list, unit, mut version) = held(tx, ctx, s, id, expected)?;
    if version.state != VersionState::Draft {
        return Err(NOT_A_DRAFT.fault());
    }
    if version.is_end {
        return Err(ENDS_THE_LIST.fault());
    }
    check(tx, s, &unit, new)?;
    let before: Vec<Id<Category>> = all_items(tx, id)?.into_iter().map(|i| i.category).collect();
    let tidy = |item: &Item| Item {
        category: item.category,
        note: item.note.trim().to_owned(),
        basis: item.basis.trim().to_owned(),
    };
    let new: Vec<Item> = new.iter().map(tidy).collect();
    items::put(tx, id, &new)?;
    version.items = i64::try_from(new.len()).unwrap_or(i64::MAX);
    if !version.hands.contains(&ctx.actor.user) {
        version.hands.push(ctx.actor.user);
    }
    save(tx, &mut version)?;
    let after: Vec<Id<Category>> = new.iter().map(|i| i.category).collect();
    leave(tx, ctx, "duties.version.put_items", &list, &version, Some(json!(before)), Some(json!(after)))?;
    Ok(version)
}

/// Items: each category once, known, live, and one that the list's places have.
fn check(tx: &mut Tx<'_>, s: &DutyServices, unit: &UnitRef, new: &[Item]) -> Outcome<()> {
    let mut fields = Fields::default();
    if new.len() > MAX_ITEMS {
        fields.bad("/items", &FIELD_LENGTH, Some(format!("at most {MAX_ITEMS}")));
        return fields.finish();
    }
    let ids: Vec<Id<Category>> = new.iter().map(|item| item.category).collect();
    let known = s.categories.categories(tx, &ids)?;
    let owners: BTreeSet<Id<Unit>> = known.iter().map(|c| c.unit).collect();
    let owners = s.tree.units(tx, &owners.into_iter().collect::<Vec<_>>())?;
    let mut seen = BTreeSet::new();
    for (place, item) in new.iter().enumerate() {
        let at = format!("/items/{place}/category_id");
        let category = known.iter().find(|c| c.id == item.category).filter(|c| is_near(c, unit, &owners));
        match category {
            None => fields.bad(at, &FIELD_UNKNOWN_REFERENCE, None),
            Some(_) if !seen.insert(item.category) => fields.bad(at, &ITEM_TWICE, None),
            Some(category) if category.retired => fields.bad(at, &CATEGORY_RETIRED, None),
            Some(_) => {}
        }
        for (name, text) in [("note", &item.note), ("basis", &item.basis)] {
            let mut one = Fields::default();
            one.text("", text, 0, 200);
            if one.finish().is_err() {
                let at = format!("/items/{place}/{name}");
                fields.bad(at, &FIELD_LENGTH, Some("at most 200 characters that can be seen".to_owned()));
            }
        }
    }
    fields.finish()
}

/// Whether a category is one of the list's places: those of other places are nobody's business here.
fn is_near(category: &CategoryRef, unit: &UnitRef, owners: &[UnitRef]) -> bool {
    owners
        .iter()
        .find(|owner| owner.id == category.unit)
        .is_some_and(|owner| owner.path.contains(&unit.path) || unit.path.contains(&owner.path))
}

/// All items of a version: there are [`MAX_ITEMS`] at most.
pub(super) fn all_items(tx: &mut Tx<'_>, version: Id<DutyListVersion>) -> Outcome<Vec<Item>> {
    items::list(tx, version, None, i64::try_from(MAX_ITEMS).unwrap_or(i64::MAX))
}

/// A version at the state seen, its list locked, of which the actor may draft.
fn held(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &DutyServices,
    id: Id<DutyListVersion>,
    expected: i64,
) -> Outcome<(List, UnitRef, Version)> {
    let list = versions::find(tx, id)?.or_refuse(&NOT_FOUND)?.list;
    let (list, unit) = locked(tx, ctx, s, list, ManageLists::PERMISSION)?;
    Ok((list, unit, at(tx, id, expected)?))
}

/// A version of a locked list, as it was seen.
pub(super) fn at(tx: &mut Tx<'_>, id: Id<DutyListVersion>, expected: i64) -> Outcome<Version> {
    let version = versions::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    if version.version == expected { Ok(version) } else { Err(STALE.fault()) }
}

/// Counts a change of a version.
pub(super) fn save(tx: &mut Tx<'_>, version: &mut Version) -> Outcome<()> {
    version.version += 1;
    if versions::update(tx, version)? { Ok(()) } else { Err(STALE.fault()) }
}

/// Counts a change of a list.
pub(super) fn count(tx: &mut Tx<'_>, ctx: &Context, list: &mut List) -> Outcome<()> {
    list.version += 1;
    list.updated_at = ctx.now;
    if lists::update(tx, list)? { Ok(()) } else { Err(STALE.fault()) }
}

/// The record on the trail.
pub(super) fn leave(
    tx: &mut Tx<'_>,
    ctx: &Context,
    action: &str,
    list: &List,
    version: &Version,
    before: Option<Value>,
    after: Option<Value>,
) -> Outcome<()> {
    let (object, unit) = (Some(version.id.uuid()), Some(list.unit));
    audit::record(tx, ctx, Entry { action, object_kind: "duty_list_version", object, unit, before, after })
}
