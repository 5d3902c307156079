//! A new unit.

use kernel::error::{FIELD_CHOICE, FIELD_UNKNOWN_REFERENCE, Fields, INVALID};
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome, id};
use serde_json::json;
use storage::Tx;
use storage::audit::{self, Entry};

use crate::error::{CODE_PREFIX, CODE_SHAPE, KIND_ORDER, ROOT_EXISTS, UNIT_CLOSED};
use crate::model::{Level, Unit, is_division_code};
use crate::permission::ManageUnits;
use crate::store::{tree, units};

/// Characters of a name, at most.
pub(crate) const LONGEST_NAME: usize = 100;

/// What a new unit is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUnit {
    /// Below which unit; `None` only while there is no root.
    pub parent_id: Option<Id<id::Unit>>,
    /// Its name.
    pub name: String,
    /// Its kind: one of [`Level::WORDS`].
    pub kind: String,
    /// Its division code.
    pub code: Option<String>,
}

/// Creates it.
pub fn create(tx: &mut Tx<'_>, ctx: &Context, new: &NewUnit) -> Outcome<Unit> {
    let level = check(new)?;
    tree::lock(tx)?;
    let parent = match new.parent_id {
        None => {
            if !units::any_roots(tx)?.is_empty() {
                return Err(ROOT_EXISTS.fault());
            }
            None
        }
        Some(id) => {
            let found = units::find(tx, id)?;
            Some(found.ok_or_else(|| INVALID.refusal().at("/parent_id", &FIELD_UNKNOWN_REFERENCE))?)
        }
    };
    if let Some(parent) = &parent {
        ctx.require_at(ManageUnits::PERMISSION, parent.id, &parent.path)?;
        refuse_below(tx, new, level, parent)?;
    }
    plant(tx, ctx, parent.as_ref(), new)
}

/// The root of the tree: the one that is there, or a new one for the country. For whoever puts a realm together.
pub fn ensure_root(tx: &mut Tx<'_>, ctx: &Context) -> Outcome<Unit> {
    tree::lock(tx)?;
    if let Some(root) = units::any_roots(tx)?.into_iter().next() {
        return Ok(root);
    }
    let country = NewUnit {
        parent_id: None,
        name: "中国".to_owned(),
        kind: Level::Country.name().to_owned(),
        code: None,
    };
    plant(tx, ctx, None, &country)
}

fn check(new: &NewUnit) -> Outcome<Level> {
    let mut fields = Fields::default();
    fields.name("/name", &new.name, 1, LONGEST_NAME);
    let level = Level::parse(&new.kind);
    if level.is_none() {
        let words = Level::WORDS.map(|(name, ..)| name).join(", ");
        fields.bad("/kind", &FIELD_CHOICE, Some(words));
    }
    if new.code.as_deref().is_some_and(|c| !is_division_code(c)) {
        fields.bad("/code", &CODE_SHAPE, None);
    }
    fields.finish()?;
    level.ok_or_else(|| KIND_ORDER.fault())
}

fn refuse_below(tx: &mut Tx<'_>, new: &NewUnit, level: Level, parent: &Unit) -> Outcome<()> {
    if parent.closed_at.is_some() {
        return Err(UNIT_CLOSED.fault());
    }
    super::refuse_disorder(tx, level, parent)?;
    match (&new.code, &parent.code) {
        (Some(code), Some(above)) if !continues(code, above) => Err(CODE_PREFIX
            .refusal()
            .because(format!("the parent's is {above}"))
            .at("/code", &CODE_PREFIX)
            .into()),
        _ => Ok(()),
    }
}

/// Whether a code is one below `above`.
pub(crate) fn continues(code: &str, above: &str) -> bool {
    code.len() > above.len() && code.starts_with(above)
}

fn plant(tx: &mut Tx<'_>, ctx: &Context, parent: Option<&Unit>, new: &NewUnit) -> Outcome<Unit> {
    let unit = Unit {
        id: ctx.id(),
        parent_id: parent.map(|p| p.id),
        path: tree::free_path(tx, parent.map(|p| &p.path))?,
        name: new.name.trim().to_owned(),
        kind: new.kind.clone(),
        code: new.code.clone(),
        since: ctx.now,
        closed_at: None,
        version: 1,
        created_at: ctx.now,
        import_id: None,
    };
    units::insert(tx, &unit)?;
    audit::record(
        tx,
        ctx,
        Entry {
            action: "territory.unit.create",
            object_kind: "unit",
            object: Some(unit.id.uuid()),
            unit: Some(unit.id),
            before: None,
            after: Some(json!({
                "parent_id": unit.parent_id, "name": unit.name, "kind": unit.kind, "code": unit.code, "path": unit.path,
            })),
        },
    )?;
    Ok(unit)
}
