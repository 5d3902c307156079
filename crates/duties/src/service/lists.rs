//! Making lists and finding them.

use contracts::UnitRef;
use kernel::error::{FIELD_CHARACTERS, FIELD_UNKNOWN_REFERENCE, Fields, INVALID, NOT_FOUND, OrRefuse};
use kernel::id::{DutyList, Unit};
use kernel::permission::Permit;
use kernel::{Context, Cursor, Fault, Id, Outcome, Page, PageSize, Permission};
use serde_json::json;
use storage::Tx;
use storage::audit::{self, Entry};

use crate::error::UNIT_CLOSED;
use crate::model::{List, is_level};
use crate::permission::ManageLists;
use crate::ports::DutyServices;
use crate::store::lists;

/// A list to be made.
#[derive(Debug, Clone)]
pub struct NewList {
    /// Of which unit.
    pub unit: Id<Unit>,
    /// The kind of the units it binds.
    pub level: String,
    /// What it is called.
    pub name: String,
}

/// Gives a unit a list for the units of one kind in its subtree. It says nothing until a version is in force.
pub fn create(tx: &mut Tx<'_>, ctx: &Context, s: &DutyServices, new: &NewList) -> Outcome<List> {
    let unknown = || Fault::from(INVALID.refusal().at("/unit_id", &FIELD_UNKNOWN_REFERENCE));
    let unit = s.tree.unit(tx, new.unit)?.ok_or_else(unknown)?;
    ctx.require(ManageLists::PERMISSION, &unit.path)?;
    if unit.closed {
        return Err(INVALID.refusal().at("/unit_id", &UNIT_CLOSED).into());
    }
    let mut fields = Fields::default();
    fields.name("/name", &new.name, 1, 100);
    if !is_level(&new.level) {
        fields.bad("/level", &FIELD_CHARACTERS, Some("a kind of units, as in community".to_owned()));
    }
    fields.finish()?;
    let list = List {
        id: ctx.id(),
        unit: unit.id,
        level: new.level.clone(),
        name: new.name.trim().to_owned(),
        last_number: 0,
        version: 1,
        created_at: ctx.now,
        created_by: ctx.actor.user,
        updated_at: ctx.now,
    };
    lists::insert(tx, &list)?;
    let after = json!({ "level": list.level, "name": list.name });
    audit::record(
        tx,
        ctx,
        Entry {
            action: "duties.list.create",
            object_kind: "duty_list",
            object: Some(list.id.uuid()),
            unit: Some(list.unit),
            before: None,
            after: Some(after),
        },
    )?;
    Ok(list)
}

/// Where a list's unit stands today.
pub fn unit_of(tx: &mut Tx<'_>, s: &DutyServices, list: &List) -> Outcome<UnitRef> {
    s.tree.unit(tx, list.unit)?.ok_or_else(|| Fault::internal("a duty list names no unit"))
}

/// The list, its row locked, and its unit, if the actor holds a permission there. Whoever may not still sees it: lists are public.
pub(super) fn locked(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &DutyServices,
    id: Id<DutyList>,
    permission: &Permission,
) -> Outcome<(List, UnitRef)> {
    let list = lists::find_locked(tx, id)?.or_refuse(&NOT_FOUND)?;
    let unit = unit_of(tx, s, &list)?;
    ctx.require_at(permission, unit.id, &unit.path)?;
    Ok((list, unit))
}

/// The units at and above one, whose lists and admissions bear on it.
pub(super) fn bearing(tx: &mut Tx<'_>, s: &DutyServices, unit: Id<Unit>) -> Outcome<Vec<Id<Unit>>> {
    let unit = s.tree.unit(tx, unit)?.or_refuse(&NOT_FOUND)?;
    Ok(s.tree.lineage(tx, &unit.path)?.into_iter().map(|u| u.id).collect())
}

/// One page of all lists, or of those that bear on a unit: its own and those above.
pub fn list(
    tx: &mut Tx<'_>,
    s: &DutyServices,
    unit: Option<Id<Unit>>,
    level: Option<&str>,
    after: Option<&Cursor>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<List>> {
    let units = unit.map(|unit| bearing(tx, s, unit)).transpose()?;
    let after = after.map(|cursor| Id::from_uuid(cursor.after));
    let rows = lists::list(tx, units.as_deref(), level, after, size.probe())?;
    Ok(Page::cut(rows, size, |list| Cursor { after: list.id.uuid(), filter: fingerprint, key: None }))
}
