//! A unit's name and code.

use kernel::error::{Fields, STALE};
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome, id};
use serde_json::json;
use storage::Tx;
use storage::audit::{self, Entry};

use super::create::{LONGEST_NAME, continues};
use crate::error::{CODE_PREFIX, CODE_SHAPE, UNIT_CLOSED};
use crate::model::{Unit, is_division_code};
use crate::permission::ManageUnits;
use crate::store::units;

/// What is to be different.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// The new name.
    pub name: Option<String>,
    /// The new code.
    pub code: Option<String>,
    /// Whether the code is to go.
    pub clear_code: bool,
}

/// Changes it, if it is still of version `expected`. What was stays in its history.
pub fn update(
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: Id<id::Unit>,
    expected: i64,
    changes: &Changes,
) -> Outcome<Unit> {
    check(changes)?;
    let before = super::known(tx, id)?;
    ctx.require_at(ManageUnits::PERMISSION, before.id, &before.path)?;
    if before.closed_at.is_some() {
        return Err(UNIT_CLOSED.fault());
    }
    if before.version != expected {
        return Err(STALE.fault());
    }
    let name = changes.name.as_deref().map_or_else(|| before.name.clone(), |n| n.trim().to_owned());
    let code = if changes.clear_code { None } else { changes.code.clone().or_else(|| before.code.clone()) };
    if name == before.name && code == before.code {
        return Ok(before);
    }
    if let (Some(code), Some(parent)) = (&changes.code, before.parent_id)
        && let Some(above) = units::find(tx, parent)?.and_then(|p| p.code)
        && !continues(code, &above)
    {
        return Err(CODE_PREFIX.refusal().at("/code", &CODE_PREFIX).into());
    }
    let mut after = before.clone();
    super::turn_page(tx, ctx, &mut after)?;
    after.name = name;
    after.code = code;
    if !units::update(tx, &after, expected)? {
        return Err(STALE.fault());
    }
    audit::record(
        tx,
        ctx,
        Entry {
            action: "territory.unit.update",
            object_kind: "unit",
            object: Some(id.uuid()),
            unit: Some(id),
            before: Some(json!({ "name": before.name, "code": before.code })),
            after: Some(json!({ "name": after.name, "code": after.code })),
        },
    )?;
    Ok(after)
}

fn check(changes: &Changes) -> Outcome<()> {
    let mut fields = Fields::default();
    if let Some(name) = &changes.name {
        fields.name("/name", name, 1, LONGEST_NAME);
    }
    if changes.code.as_deref().is_some_and(|c| !is_division_code(c)) {
        fields.bad("/code", &CODE_SHAPE, None);
    }
    if changes.code.is_some() && changes.clear_code {
        fields.bad("/clear", &kernel::error::FIELD_CHOICE, Some("code is both given and cleared".to_owned()));
    }
    fields.finish()
}
