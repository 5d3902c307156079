//! Categories and the index of their tree: one row for every category and each above it, itself included.
//!
//! What changes the tree holds [`hold`] first: two moves cannot make a ring, and nothing is put below what is being retired.

use std::collections::BTreeMap;

use diesel::prelude::*;
use kernel::id::{Category as CategoryId, Unit};
use kernel::{Id, Instant, Outcome};
use storage::{Tx, on_unique, with_conn};

use super::schema::{grid_categories as categories, grid_category_scopes as scopes};
use super::unknown_word;
use crate::error::CATEGORY_CODE_TAKEN;
use crate::model::category::Called;
use crate::model::{Category, CategoryKind};

diesel::define_sql_function! {
    /// Folds the letters of ASCII at least, on both engines.
    fn lower(x: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = categories, treat_none_as_default_value = false)]
struct Row {
    id: Id<CategoryId>,
    parent_id: Option<Id<CategoryId>>,
    unit_id: Id<Unit>,
    kind: String,
    name: String,
    code: Option<String>,
    is_local: bool,
    depth: i32,
    retired_at: Option<Instant>,
    version: i64,
    created_at: Instant,
}

impl Row {
    fn category(self) -> Outcome<Category> {
        Ok(Category {
            id: self.id,
            parent: self.parent_id,
            unit: self.unit_id,
            kind: CategoryKind::parse(&self.kind)
                .ok_or_else(|| unknown_word("grid_categories", &self.kind))?,
            name: self.name,
            code: self.code,
            local: self.is_local,
            depth: self.depth,
            retired_at: self.retired_at,
            version: self.version,
            created_at: self.created_at,
        })
    }
}

/// Keeps every other change of the tree out until the transaction ends. SQLite has one writer.
pub fn hold(tx: &mut Tx<'_>) -> Outcome<()> {
    if tx.is_postgres() {
        let lock = "lock table grid_category_scopes in share row exclusive mode";
        with_conn!(tx, |c| diesel::sql_query(lock).execute(c))?;
    }
    Ok(())
}

/// Adds a category, entered under itself and all above it.
pub fn insert(tx: &mut Tx<'_>, category: &Category) -> Outcome<()> {
    let row = Row {
        id: category.id,
        parent_id: category.parent,
        unit_id: category.unit,
        kind: category.kind.word().to_owned(),
        name: category.name.clone(),
        code: category.code.clone(),
        is_local: category.local,
        depth: category.depth,
        retired_at: category.retired_at,
        version: category.version,
        created_at: category.created_at,
    };
    with_conn!(tx, |c| diesel::insert_into(categories::table).values(&row).execute(c))
        .map_err(|f| on_unique(f.into(), "grid_categories", "code", &CATEGORY_CODE_TAKEN))?;
    enter(tx, category.id, category.id, 0)?;
    enter_above(tx, category.parent, &[(category.id, 0)])
}

fn enter(tx: &mut Tx<'_>, ancestor: Id<CategoryId>, category: Id<CategoryId>, steps: i32) -> Outcome<()> {
    let row = (scopes::ancestor_id.eq(ancestor), scopes::category_id.eq(category), scopes::steps.eq(steps));
    with_conn!(tx, |c| diesel::insert_into(scopes::table).values(row).execute(c))?;
    Ok(())
}

/// Enters a subtree, each with its steps below the top of it, under `parent` and all above.
fn enter_above(
    tx: &mut Tx<'_>,
    parent: Option<Id<CategoryId>>,
    subtree: &[(Id<CategoryId>, i32)],
) -> Outcome<()> {
    let Some(parent) = parent else { return Ok(()) };
    let above: Vec<(Id<CategoryId>, i32)> = with_conn!(tx, |c| scopes::table
        .filter(scopes::category_id.eq(parent))
        .select((scopes::ancestor_id, scopes::steps))
        .load(c))?;
    for (ancestor, up) in above {
        for (category, down) in subtree {
            enter(tx, ancestor, *category, up.saturating_add(*down).saturating_add(1))?;
        }
    }
    Ok(())
}

/// The category.
pub fn find(tx: &mut Tx<'_>, id: Id<CategoryId>) -> Outcome<Option<Category>> {
    let row: Option<Row> =
        with_conn!(tx, |c| categories::table.find(id).select(Row::as_select()).first(c).optional())?;
    row.map(Row::category).transpose()
}

/// Those of these that there are.
pub fn find_all(tx: &mut Tx<'_>, ids: &[Id<CategoryId>]) -> Outcome<Vec<Category>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = with_conn!(tx, |c| categories::table
        .filter(categories::id.eq_any(ids))
        .select(Row::as_select())
        .load(c))?;
    rows.into_iter().map(Row::category).collect()
}

/// Writes what can be changed, if the category still has the version before; answers whether it had.
pub fn update(tx: &mut Tx<'_>, category: &Category) -> Outcome<bool> {
    let changed = with_conn!(tx, |c| diesel::update(
        categories::table.find(category.id).filter(categories::version.eq(category.version - 1))
    )
    .set((
        categories::parent_id.eq(category.parent),
        categories::name.eq(&category.name),
        categories::code.eq(&category.code),
        categories::retired_at.eq(category.retired_at),
        categories::version.eq(category.version),
    ))
    .execute(c))
    .map_err(|f| on_unique(f.into(), "grid_categories", "code", &CATEGORY_CODE_TAKEN))?;
    Ok(changed == 1)
}

/// Hangs a subtree below `parent`, `down` levels deeper than it was (higher, where that is negative).
pub fn hang(tx: &mut Tx<'_>, top: Id<CategoryId>, parent: Option<Id<CategoryId>>, down: i32) -> Outcome<()> {
    let subtree = subtree(tx, top)?;
    let ids: Vec<Id<CategoryId>> = subtree.iter().map(|(id, _)| *id).collect();
    with_conn!(tx, |c| diesel::delete(
        scopes::table
            .filter(scopes::category_id.eq_any(&ids))
            .filter(diesel::dsl::not(scopes::ancestor_id.eq_any(&ids)))
    )
    .execute(c))?;
    with_conn!(tx, |c| diesel::update(categories::table.filter(categories::id.eq_any(&ids)))
        .set(categories::depth.eq(categories::depth + down))
        .execute(c))?;
    enter_above(tx, parent, &subtree)
}

/// A category and all below it, each with its steps below the first.
pub fn subtree(tx: &mut Tx<'_>, top: Id<CategoryId>) -> Outcome<Vec<(Id<CategoryId>, i32)>> {
    Ok(with_conn!(tx, |c| scopes::table
        .filter(scopes::ancestor_id.eq(top))
        .order((scopes::steps.asc(), scopes::category_id.asc()))
        .select((scopes::category_id, scopes::steps))
        .load(c))?)
}

/// A category and all above it, the nearest first, with their names.
pub fn lineage(tx: &mut Tx<'_>, id: Id<CategoryId>) -> Outcome<Vec<(Id<CategoryId>, String)>> {
    Ok(lineages(tx, &[id])?.remove(&id).unwrap_or_default())
}

/// Categories with all above each of them, the nearest first.
pub type Lineages = BTreeMap<Id<CategoryId>, Vec<Called<CategoryId>>>;

/// The lineages of several.
pub fn lineages(tx: &mut Tx<'_>, ids: &[Id<CategoryId>]) -> Outcome<Lineages> {
    let mut all = BTreeMap::<_, Vec<_>>::new();
    if ids.is_empty() {
        return Ok(all);
    }
    let rows: Vec<(Id<CategoryId>, Id<CategoryId>, String)> = with_conn!(tx, |c| scopes::table
        .inner_join(categories::table.on(categories::id.eq(scopes::ancestor_id)))
        .filter(scopes::category_id.eq_any(ids))
        .order((scopes::category_id.asc(), scopes::steps.asc()))
        .select((scopes::category_id, categories::id, categories::name))
        .load(c))?;
    for (category, above, name) in rows {
        all.entry(category).or_default().push((above, name));
    }
    Ok(all)
}

/// The names of several.
pub fn names(tx: &mut Tx<'_>, ids: &[Id<CategoryId>]) -> Outcome<BTreeMap<Id<CategoryId>, String>> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<(Id<CategoryId>, String)> = with_conn!(tx, |c| categories::table
        .filter(categories::id.eq_any(ids))
        .select((categories::id, categories::name))
        .load(c))?;
    Ok(rows.into_iter().collect())
}

/// How many categories right below this one are live.
pub fn count_live_children(tx: &mut Tx<'_>, id: Id<CategoryId>) -> Outcome<i64> {
    Ok(with_conn!(tx, |c| categories::table
        .filter(categories::parent_id.eq(id))
        .filter(categories::retired_at.is_null())
        .count()
        .get_result(c))?)
}

/// How many categories of exactly this unit are live.
pub fn count_live(tx: &mut Tx<'_>, unit: Id<Unit>) -> Outcome<i64> {
    Ok(with_conn!(tx, |c| categories::table
        .filter(categories::unit_id.eq(unit))
        .filter(categories::retired_at.is_null())
        .count()
        .get_result(c))?)
}

/// The units that have categories.
pub fn units(tx: &mut Tx<'_>) -> Outcome<Vec<Id<Unit>>> {
    Ok(with_conn!(tx, |c| categories::table
        .select(categories::unit_id)
        .distinct()
        .order(categories::unit_id.asc())
        .load(c))?)
}

/// What a list of categories is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of these units.
    pub units: Vec<Id<Unit>>,
    /// Of this kind.
    pub kind: Option<CategoryKind>,
    /// Right below this one.
    pub parent: Option<Id<CategoryId>>,
    /// With this in the name, or at the beginning of the code.
    pub text: Option<String>,
    /// Also those that are history.
    pub retired: bool,
    /// After this one.
    pub after: Option<Id<CategoryId>>,
}

/// Categories in the order of their making.
pub fn list(tx: &mut Tx<'_>, filter: &Filter, limit: i64) -> Outcome<Vec<Category>> {
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q = categories::table.filter(categories::unit_id.eq_any(&filter.units)).into_boxed::<Db>();
        if let Some(kind) = filter.kind {
            q = q.filter(categories::kind.eq(kind.word()));
        }
        if let Some(parent) = filter.parent {
            q = q.filter(categories::parent_id.eq(parent));
        }
        if let Some(text) = &filter.text {
            let raw = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            let by_name = lower(categories::name).like(lower(format!("%{raw}%"))).escape('\\');
            let by_code = categories::code.like(format!("{raw}%")).escape('\\').assume_not_null();
            q = q.filter(by_name.or(categories::code.is_not_null().and(by_code)));
        }
        if !filter.retired {
            q = q.filter(categories::retired_at.is_null());
        }
        if let Some(after) = filter.after {
            q = q.filter(categories::id.gt(after));
        }
        q.order(categories::id.asc()).limit(limit).select(Row::as_select()).load(c)
    })?;
    rows.into_iter().map(Row::category).collect()
}
