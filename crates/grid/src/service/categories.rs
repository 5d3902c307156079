//! The tree of categories: making, changing, moving and retiring them, and who sees which.

use contracts::UnitRef;
use kernel::error::{FIELD_REQUIRED, FIELD_UNKNOWN_REFERENCE, Fields, INVALID, NOT_FOUND, OrRefuse, STALE};
use kernel::id::{Category as CategoryId, Unit};
use kernel::permission::Permit;
use kernel::{Context, ErrorCode, Fault, Id, Outcome, UnitPath};
use serde_json::{Value, json};
use storage::audit::Entry;
use storage::{Tx, audit};

use crate::error::{
    CATEGORY_CODE_NOT_TEN_DIGITS, CATEGORY_HAS_CHILDREN, CATEGORY_KIND_DIFFERS, CATEGORY_NOT_STANDARD,
    CATEGORY_OUTSIDE_UNIT, CATEGORY_RETIRED, CATEGORY_RING, CATEGORY_TOO_DEEP, UNIT_CLOSED,
};
use crate::model::category::MAX_DEPTH;
use crate::model::{Category, CategoryKind};
use crate::permission::ManageCategories;
use crate::ports::GridServices;
use crate::store::categories::{self, Filter};

/// A category to be made.
#[derive(Debug, Clone)]
pub struct NewCategory {
    /// The category it is to stand below.
    pub parent: Option<Id<CategoryId>>,
    /// The unit it belongs to.
    pub unit: Id<Unit>,
    /// Its kind.
    pub kind: CategoryKind,
    /// Its name.
    pub name: String,
    /// Its ten digits.
    pub code: Option<String>,
    /// Whether it is an addition of the unit.
    pub local: bool,
}

/// What is to be changed of a category; `None` leaves it as it is.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// The category it stands below; `Some(None)`: none.
    pub parent: Option<Option<Id<CategoryId>>>,
    /// The name.
    pub name: Option<String>,
    /// The code; `Some(None)` takes it away.
    pub code: Option<Option<String>>,
}

fn at(pointer: &'static str, code: &'static ErrorCode) -> Fault {
    code.refusal().at(pointer, code).into()
}

fn unknown_parent() -> Fault {
    INVALID.refusal().at("/parent_id", &FIELD_UNKNOWN_REFERENCE).into()
}

fn check(name: &str, code: Option<&str>, local: bool) -> Outcome<()> {
    let mut fields = Fields::default();
    fields.name("/name", name, 1, 80);
    match code {
        Some(code) if code.len() != 10 || !code.bytes().all(|b| b.is_ascii_digit()) => {
            fields.bad("/code", &CATEGORY_CODE_NOT_TEN_DIGITS, None);
        }
        None if !local => fields.bad("/code", &FIELD_REQUIRED, None),
        _ => {}
    }
    fields.finish()
}

/// Whether the reader sees what belongs to the unit at `path`: what is of a root everybody, what is of another unit whoever
/// has something to do there, below it or, with what lies below, above it.
pub fn sees(ctx: &Context, path: &UnitPath) -> bool {
    let near = |held: &UnitPath| path.contains(held);
    path.depth() == 1
        || ctx.actor.grants.iter().any(|g| g.is_live(ctx.now) && (near(&g.path) || g.reaches(path)))
}

/// The units whose categories the reader sees; of those, with `within`, the ones whose categories are used in that unit.
fn seen_units(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    within: Option<Id<Unit>>,
) -> Outcome<Vec<Id<Unit>>> {
    let units = match within {
        None => {
            let ids = categories::units(tx)?;
            s.tree.units(tx, &ids)?
        }
        Some(id) => match s.tree.unit(tx, id)? {
            Some(unit) => s.tree.lineage(tx, &unit.path)?,
            None => Vec::new(),
        },
    };
    Ok(units.into_iter().filter(|u| sees(ctx, &u.path)).map(|u| u.id).collect())
}

/// Categories the reader sees, in the order they were made; with `within` those that are used in that unit.
pub fn list(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    within: Option<Id<Unit>>,
    filter: &Filter,
    limit: i64,
) -> Outcome<Vec<Category>> {
    let units = seen_units(tx, ctx, s, within)?;
    categories::list(tx, &Filter { units, ..filter.clone() }, limit)
}

/// The category and its unit; `kernel.not_found` where the reader does not see it.
pub fn seen(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    id: Id<CategoryId>,
) -> Outcome<(Category, UnitRef)> {
    let category = categories::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    let unit = s.tree.unit(tx, category.unit)?.or_refuse(&NOT_FOUND)?;
    if sees(ctx, &unit.path) { Ok((category, unit)) } else { Err(NOT_FOUND.fault()) }
}

/// The open unit a category is to belong to, if the actor may make categories there.
fn unit(tx: &mut Tx<'_>, ctx: &Context, s: &GridServices, id: Id<Unit>) -> Outcome<UnitRef> {
    let unknown = || INVALID.refusal().at("/unit_id", &FIELD_UNKNOWN_REFERENCE);
    let unit = s.tree.unit(tx, id)?.ok_or_else(unknown)?;
    ctx.require(ManageCategories::PERMISSION, &unit.path)?;
    if unit.closed { Err(at("/unit_id", &UNIT_CLOSED)) } else { Ok(unit) }
}

/// The category that another of this kind, of the unit at `path`, may be hung below.
fn parent(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    id: Id<CategoryId>,
    (kind, local, path): (CategoryKind, bool, &UnitPath),
) -> Outcome<Category> {
    let parent = categories::find(tx, id)?.ok_or_else(unknown_parent)?;
    let home = s.tree.unit(tx, parent.unit)?.filter(|u| sees(ctx, &u.path)).ok_or_else(unknown_parent)?;
    let bad = [
        (parent.retired_at.is_some(), &CATEGORY_RETIRED),
        (parent.kind != kind, &CATEGORY_KIND_DIFFERS),
        (parent.local && !local, &CATEGORY_NOT_STANDARD),
        (!home.path.contains(path), &CATEGORY_OUTSIDE_UNIT),
    ];
    match bad.into_iter().find(|(is, _)| *is) {
        Some((_, code)) => Err(at("/parent_id", code)),
        None => Ok(parent),
    }
}

/// The level below `parent`, if what reaches `below` levels further down has room there.
fn level(parent: Option<&Category>, below: i32) -> Outcome<i32> {
    let depth = parent.map_or(1, |p| p.depth.saturating_add(1));
    if depth.saturating_add(below) > MAX_DEPTH {
        Err(at("/parent_id", &CATEGORY_TOO_DEEP))
    } else {
        Ok(depth)
    }
}

/// Makes a category.
pub fn create(tx: &mut Tx<'_>, ctx: &Context, s: &GridServices, new: &NewCategory) -> Outcome<Category> {
    let (name, code) = (new.name.trim(), new.code.as_deref().map(str::trim));
    check(name, code, new.local)?;
    categories::hold(tx)?;
    let unit = unit(tx, ctx, s, new.unit)?;
    if !new.local && unit.path.depth() != 1 {
        return Err(at("/unit_id", &CATEGORY_NOT_STANDARD));
    }
    let parent = match new.parent {
        Some(id) => Some(parent(tx, ctx, s, id, (new.kind, new.local, &unit.path))?),
        None => None,
    };
    let category = Category {
        id: ctx.id(),
        parent: new.parent,
        unit: unit.id,
        kind: new.kind,
        name: name.to_owned(),
        code: code.map(str::to_owned),
        local: new.local,
        depth: level(parent.as_ref(), 0)?,
        retired_at: None,
        version: 1,
        created_at: ctx.now,
    };
    categories::insert(tx, &category)?;
    trail(tx, ctx, "grid.category.create", &category, None)?;
    Ok(category)
}

/// The category and its unit's path, if the actor may manage it: live, and at the version the caller has seen.
fn managed(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    id: Id<CategoryId>,
    expected: i64,
) -> Outcome<(Category, UnitPath)> {
    categories::hold(tx)?;
    let (category, unit) = seen(tx, ctx, s, id)?;
    ctx.require(ManageCategories::PERMISSION, &unit.path)?;
    if category.retired_at.is_some() {
        return Err(CATEGORY_RETIRED.fault());
    }
    if category.version != expected {
        return Err(STALE.fault());
    }
    Ok((category, unit.path))
}

/// Changes a category's name or code, or moves it and all below it under another.
pub fn change(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    id: Id<CategoryId>,
    expected: i64,
    change: &Change,
) -> Outcome<Category> {
    let (mut category, path) = managed(tx, ctx, s, id, expected)?;
    let before = facts(&category);
    if let Some(name) = &change.name {
        category.name = name.trim().to_owned();
    }
    if let Some(code) = &change.code {
        category.code = code.as_deref().map(|c| c.trim().to_owned());
    }
    check(&category.name, category.code.as_deref(), category.local)?;
    if let Some(to) = change.parent.filter(|to| *to != category.parent) {
        hang(tx, ctx, s, &mut category, &path, to)?;
    }
    save(tx, &mut category)?;
    trail(tx, ctx, "grid.category.change", &category, Some(before))?;
    Ok(category)
}

/// Moves the category and all below it under another, or to the top.
fn hang(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    category: &mut Category,
    path: &UnitPath,
    to: Option<Id<CategoryId>>,
) -> Outcome<()> {
    let subtree = categories::subtree(tx, category.id)?;
    if to.is_some_and(|to| subtree.iter().any(|(id, _)| *id == to)) {
        return Err(at("/parent_id", &CATEGORY_RING));
    }
    let parent = match to {
        Some(id) => Some(parent(tx, ctx, s, id, (category.kind, category.local, path))?),
        None => None,
    };
    let below = subtree.iter().map(|(_, steps)| *steps).max().unwrap_or(0);
    let depth = level(parent.as_ref(), below)?;
    categories::hang(tx, category.id, to, depth.saturating_sub(category.depth))?;
    (category.parent, category.depth) = (to, depth);
    Ok(())
}

/// Retires a category for good. Incidents of it keep it; rules of it still hold for them.
pub fn retire(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    id: Id<CategoryId>,
    expected: i64,
) -> Outcome<Category> {
    let (mut category, _) = managed(tx, ctx, s, id, expected)?;
    let children = categories::count_live_children(tx, id)?;
    if children > 0 {
        return Err(CATEGORY_HAS_CHILDREN.refusal().with("children", json!(children)).into());
    }
    let before = facts(&category);
    category.retired_at = Some(ctx.now);
    save(tx, &mut category)?;
    trail(tx, ctx, "grid.category.retire", &category, Some(before))?;
    Ok(category)
}

fn save(tx: &mut Tx<'_>, category: &mut Category) -> Outcome<()> {
    category.version += 1;
    if categories::update(tx, category)? { Ok(()) } else { Err(STALE.fault()) }
}

fn facts(category: &Category) -> Value {
    json!({
        "name": category.name,
        "code": category.code,
        "kind": category.kind.word(),
        "parent": category.parent,
        "local": category.local,
        "retired": category.retired_at.is_some(),
        "version": category.version,
    })
}

fn trail(
    tx: &mut Tx<'_>,
    ctx: &Context,
    action: &str,
    category: &Category,
    before: Option<Value>,
) -> Outcome<()> {
    audit::record(
        tx,
        ctx,
        Entry {
            action,
            object_kind: "category",
            object: Some(category.id.uuid()),
            unit: Some(category.unit),
            before,
            after: Some(facts(category)),
        },
    )
}
