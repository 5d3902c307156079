//! What readers get of lists and their versions.

use std::collections::BTreeMap;

use kernel::id::{Category, DutyList};
use kernel::permission::Permit;
use kernel::{Context, Id, Instant, Outcome};
use serde::Serialize;
use storage::Tx;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::model::{Comparison, Item, List, Standing, Version, VersionState};
use crate::permission::{EnforceLists, ManageLists};
use crate::ports::DutyServices;
use crate::service::look::{self, Shown};

/// A duty list, and which version of it holds now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct DutyListView {
    /// The list.
    pub id: Uuid,
    /// The unit whose it is: it binds the units of its level there and below.
    pub unit_id: Uuid,
    /// The unit's name.
    pub unit_name: String,
    /// The kind of the units it binds.
    pub level: String,
    /// What it is called.
    pub name: String,
    /// The version that holds now; absent where none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub in_force: Option<DutyInForceView>,
    /// Since when it is on record.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Instant,
    /// Counts its changes.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
    /// What the reader may do: `draft`.
    pub can: Vec<String>,
}

/// The version that holds.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct DutyInForceView {
    /// The version.
    pub id: Uuid,
    /// Its number in the list.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub number: i64,
    /// Whether it ends the list: nothing of it holds.
    pub is_end: bool,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub from_at: Option<Instant>,
    /// How many items it has.
    #[schema(minimum = 0, maximum = 500)]
    pub item_count: i64,
}

web::page_schema!(DutyListPage, DutyListView);

impl DutyListView {
    /// Lists with their units and what holds of them.
    pub(super) fn all(
        tx: &mut Tx<'_>,
        ctx: &Context,
        s: &DutyServices,
        all: Vec<List>,
    ) -> Outcome<Vec<Self>> {
        let ids: Vec<Id<DutyList>> = all.iter().map(|l| l.id).collect();
        let mut held = look::in_force(tx, ctx, &ids)?;
        let units = s.tree.units(tx, &all.iter().map(|l| l.unit).collect::<Vec<_>>())?;
        let view = |list: List| {
            let unit = units.iter().find(|u| u.id == list.unit);
            let may = unit.is_some_and(|u| ctx.actor.may(ManageLists::PERMISSION, &u.path, ctx.now));
            Self {
                id: list.id.uuid(),
                unit_id: list.unit.uuid(),
                unit_name: unit.map(|u| u.name.clone()).unwrap_or_default(),
                level: list.level,
                name: list.name,
                in_force: held.remove(&list.id).map(|v| DutyInForceView {
                    id: v.id.uuid(),
                    number: v.number,
                    is_end: v.is_end,
                    from_at: v.from,
                    item_count: v.items,
                }),
                created_at: list.created_at,
                updated_at: list.updated_at,
                version: list.version,
                can: may.then(|| "draft".to_owned()).into_iter().collect(),
            }
        };
        Ok(all.into_iter().map(view).collect())
    }

    pub(super) fn one(tx: &mut Tx<'_>, ctx: &Context, s: &DutyServices, list: List) -> Outcome<Self> {
        let missing = || kernel::error::NOT_FOUND.fault();
        Self::all(tx, ctx, s, vec![list])?.pop().ok_or_else(missing)
    }
}

/// What a list says from a moment on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct DutyVersionView {
    /// The version.
    pub id: Uuid,
    /// The list.
    pub list_id: Uuid,
    /// Its number in the list.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub number: i64,
    /// How it stands now.
    #[schema(extensions(("x-extensible-enum" = json!(["draft", "coming", "in_force", "replaced"]))))]
    pub standing: String,
    /// What it is about.
    pub note: String,
    /// Whether it ends the list.
    pub is_end: bool,
    /// From when it holds, once it was put in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub from_at: Option<Instant>,
    /// How many items it has.
    #[schema(minimum = 0, maximum = 500)]
    pub item_count: i64,
    /// Who drafted it.
    pub drafted_by_id: Uuid,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub drafted_at: Instant,
    /// Who put it in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub set_by_id: Option<Uuid>,
    /// When they did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime)]
    pub set_at: Option<Instant>,
    /// Counts its changes.
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub version: i64,
    /// What the reader may do: `put_items`, `enforce`, `recall`.
    pub can: Vec<String>,
}

web::page_schema!(DutyVersionPage, DutyVersionView);

impl DutyVersionView {
    /// A version, with what the reader may do with it.
    pub(super) fn of(tx: &mut Tx<'_>, ctx: &Context, s: &DutyServices, shown: Shown) -> Outcome<Self> {
        let list = look::list(tx, shown.version.list)?;
        let unit = crate::service::lists::unit_of(tx, s, &list)?;
        let manages = ctx.actor.may(ManageLists::PERMISSION, &unit.path, ctx.now);
        let enforces = ctx.actor.may(EnforceLists::PERMISSION, &unit.path, ctx.now);
        Ok(Self::plain(shown, ctx, manages, enforces))
    }

    /// Several of one list.
    pub(super) fn all(
        tx: &mut Tx<'_>,
        ctx: &Context,
        s: &DutyServices,
        list: Id<DutyList>,
        all: Vec<Shown>,
    ) -> Outcome<Vec<Self>> {
        let list = look::list(tx, list)?;
        let unit = crate::service::lists::unit_of(tx, s, &list)?;
        let manages = ctx.actor.may(ManageLists::PERMISSION, &unit.path, ctx.now);
        let enforces = ctx.actor.may(EnforceLists::PERMISSION, &unit.path, ctx.now);
        Ok(all.into_iter().map(|shown| Self::plain(shown, ctx, manages, enforces)).collect())
    }

    fn plain(shown: Shown, ctx: &Context, manages: bool, enforces: bool) -> Self {
        let Shown { version: v, standing } = shown;
        let mut can = Vec::new();
        if manages && v.state == VersionState::Draft && !v.is_end {
            can.push("put_items".to_owned());
        }
        if enforces && v.state == VersionState::Draft && !v.hands.contains(&ctx.actor.user) {
            can.push("enforce".to_owned());
        }
        if enforces && standing == Standing::Coming {
            can.push("recall".to_owned());
        }
        Self::made(v, standing, can)
    }

    fn made(v: Version, standing: Standing, can: Vec<String>) -> Self {
        Self {
            id: v.id.uuid(),
            list_id: v.list.uuid(),
            number: v.number,
            standing: standing.word().to_owned(),
            note: v.note,
            is_end: v.is_end,
            from_at: v.from,
            item_count: v.items,
            drafted_by_id: v.drafted_by.uuid(),
            drafted_at: v.drafted_at,
            set_by_id: v.set_by.map(Id::uuid),
            set_at: v.set_at,
            version: v.version,
            can,
        }
    }
}

/// Which versions of a list held on a day: two on the day of a change.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct DutyHeldView {
    /// The day.
    pub on: chrono::NaiveDate,
    /// The versions that held at some moment of it, in the order in which they did.
    pub items: Vec<DutyVersionView>,
}

/// An item of a version.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct DutyItemView {
    /// The category: it and all below it.
    pub category_id: Uuid,
    /// What it is called today.
    pub category_name: String,
    /// What is said of it.
    pub note: String,
    /// The document that hands the function down.
    pub basis: String,
}

web::page_schema!(DutyItemPage, DutyItemView);

impl DutyItemView {
    pub(super) fn of(item: Item, names: &BTreeMap<Id<Category>, String>) -> Self {
        Self {
            category_id: item.category.uuid(),
            category_name: names.get(&item.category).cloned().unwrap_or_default(),
            note: item.note,
            basis: item.basis,
        }
    }
}

/// A category that came or went.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct DutyCategoryView {
    /// The category.
    pub id: Uuid,
    /// What it is called today.
    pub name: String,
}

/// What differs between two versions.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct DutyComparisonView {
    /// On the other version and not on this one.
    pub added: Vec<DutyCategoryView>,
    /// On this version and not on the other.
    pub removed: Vec<DutyCategoryView>,
    /// How many are on both.
    #[schema(minimum = 0, maximum = 500)]
    pub kept_count: i64,
}

impl DutyComparisonView {
    pub(super) fn of(found: &Comparison, names: &BTreeMap<Id<Category>, String>) -> Self {
        let view = |id: &Id<Category>| DutyCategoryView {
            id: id.uuid(),
            name: names.get(id).cloned().unwrap_or_default(),
        };
        Self {
            added: found.added.iter().map(view).collect(),
            removed: found.removed.iter().map(view).collect(),
            kept_count: i64::try_from(found.kept).unwrap_or(i64::MAX),
        }
    }
}
