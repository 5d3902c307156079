//! A unit as the API shows it.

use kernel::permission::Permit;
use kernel::{Context, Id, Instant, Outcome};
use serde::Serialize;
use storage::Tx;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::model::Unit;
use crate::permission::ManageUnits;
use crate::service::look_up::{self, Placed};

/// A unit by its name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct GovUnitLink {
    /// The unit.
    pub id: Uuid,
    /// Its name.
    #[schema(example = "横沥镇")]
    pub name: String,
}

/// A unit of the governance tree.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct GovUnitView {
    /// The unit.
    pub id: Uuid,
    /// Its name.
    #[schema(example = "横沥镇")]
    pub name: String,
    /// Its kind; labels are in the dictionary `territory_unit_kinds`.
    #[schema(example = "town", extensions(("x-extensible-enum" = json!(["country", "province", "city", "district", "town", "community", "group", "cluster", "link", "household", "custom"]))))]
    pub kind: String,
    /// Its division code: 2, 4, 6, 9 or 12 digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "441900106")]
    pub code: Option<String>,
    /// The unit above; absent for the root.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub parent_id: Option<Uuid>,
    /// The name of the unit above.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "东莞市")]
    pub parent_name: Option<String>,
    /// How deep it stands; 1 for the root.
    #[schema(minimum = 1, maximum = 20)]
    pub depth: i32,
    /// The units above it, the root first.
    pub lineage: Vec<GovUnitLink>,
    /// When it was dissolved; absent while it lives.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub closed_at: Option<Instant>,
    /// Grows with each change; send it back as `If-Match` or `version`.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
    /// What its reader may do with it: `add_child`, `update`, `move`, `dissolve`.
    pub can: Vec<String>,
}

web::page_schema!(GovUnitPage, GovUnitView);

impl GovUnitView {
    /// For this reader.
    pub(super) fn of(placed: Placed, ctx: &Context) -> Self {
        let can = can(&placed.unit, ctx);
        let Placed { unit, above } = placed;
        Self {
            id: unit.id.uuid(),
            name: unit.name,
            kind: unit.kind,
            code: unit.code,
            parent_id: unit.parent_id.map(Id::uuid),
            parent_name: above.last().map(|(_, name)| name.clone()),
            depth: i32::try_from(unit.path.depth()).unwrap_or(i32::MAX),
            lineage: above.into_iter().map(|(id, name)| GovUnitLink { id: id.uuid(), name }).collect(),
            closed_at: unit.closed_at,
            version: unit.version,
            can,
        }
    }

    /// Of a unit that was just changed.
    pub(super) fn after(tx: &mut Tx<'_>, ctx: &Context, unit: Unit) -> Outcome<Self> {
        Ok(Self::of(look_up::place(tx, unit)?, ctx))
    }
}

fn can(unit: &Unit, ctx: &Context) -> Vec<String> {
    let manage = ManageUnits::PERMISSION;
    let mut can = Vec::new();
    if unit.closed_at.is_none() && ctx.actor.may(manage, &unit.path, ctx.now) {
        can.extend(["add_child", "update"]);
        if let Some(parent) = unit.path.parent() {
            if ctx.actor.may(manage, &parent, ctx.now) {
                can.push("move");
            }
            can.push("dissolve");
        }
    }
    can.into_iter().map(str::to_owned).collect()
}
