//! `territory_units`: the present stretch of each unit.

use diesel::dsl::auto_type;
use diesel::prelude::*;
use kernel::id::{self, DivisionImport};
use kernel::{Id, Instant, Outcome, PageSize, UnitPath};
use storage::{Tx, on_unique, with_conn};

use super::schema::{territory_imports as imports, territory_units as units};
use crate::error::CODE_TAKEN;
use crate::model::Unit;

/// A row.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = units, treat_none_as_default_value = false)]
pub(crate) struct Row {
    pub id: Id<id::Unit>,
    pub parent_id: Option<Id<id::Unit>>,
    pub path: UnitPath,
    pub name: String,
    pub kind: String,
    pub code: Option<String>,
    pub since: Instant,
    pub closed_at: Option<Instant>,
    pub version: i64,
    pub created_at: Instant,
    pub import_id: Option<Id<DivisionImport>>,
}

impl From<Row> for Unit {
    fn from(r: Row) -> Self {
        Self {
            id: r.id,
            parent_id: r.parent_id,
            path: r.path,
            name: r.name,
            kind: r.kind,
            code: r.code,
            since: r.since,
            closed_at: r.closed_at,
            version: r.version,
            created_at: r.created_at,
            import_id: r.import_id,
        }
    }
}

impl From<&Unit> for Row {
    fn from(u: &Unit) -> Self {
        Self {
            id: u.id,
            parent_id: u.parent_id,
            path: u.path.clone(),
            name: u.name.clone(),
            kind: u.kind.clone(),
            code: u.code.clone(),
            since: u.since,
            closed_at: u.closed_at,
            version: u.version,
            created_at: u.created_at,
            import_id: u.import_id,
        }
    }
}

/// What everybody may see: not the rows of a load that is still running. The sub-query reads a table of a few rows, once a
/// statement.
#[auto_type]
pub(crate) fn visible() -> _ {
    let running: &'static str = "running";
    units::import_id.is_null().or(units::import_id
        .ne_all(imports::table.filter(imports::state.eq(running)).select(imports::id.nullable())))
}

fn models(rows: Vec<Row>) -> Vec<Unit> {
    rows.into_iter().map(Unit::from).collect()
}

/// The unit, dissolved or not.
pub(crate) fn find(tx: &mut Tx<'_>, id: Id<id::Unit>) -> Outcome<Option<Unit>> {
    let row: Option<Row> = with_conn!(tx, |c| units::table
        .find(id)
        .filter(visible())
        .select(Row::as_select())
        .first(c)
        .optional())?;
    Ok(row.map(Unit::from))
}

/// The unit, its row locked until the transaction ends: it neither moves nor is dissolved meanwhile.
pub(crate) fn find_locked(tx: &mut Tx<'_>, id: Id<id::Unit>) -> Outcome<Option<Unit>> {
    let row: Option<Row> =
        with_conn!(tx, |c| lock!(units::table.find(id).filter(visible()).select(Row::as_select()))
            .first(c)
            .optional())?;
    Ok(row.map(Unit::from))
}

/// Those of the ids that are there.
pub(crate) fn by_ids(tx: &mut Tx<'_>, ids: &[Id<id::Unit>]) -> Outcome<Vec<Unit>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = with_conn!(tx, |c| units::table
        .filter(units::id.eq_any(ids))
        .filter(visible())
        .select(Row::as_select())
        .load(c))?;
    Ok(models(rows))
}

/// Those of the paths that are there, parents first.
pub(crate) fn by_paths(tx: &mut Tx<'_>, paths: &[UnitPath]) -> Outcome<Vec<Unit>> {
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    // A lineage is short and asked for by every report: as alternatives its statement is kept, as a list it never is on SQLite.
    let short = paths.len() <= kernel::path::MAX_DEPTH && !tx.is_postgres();
    let mut rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q = units::table.select(Row::as_select()).into_boxed::<Db>();
        if short {
            for path in paths {
                q = q.or_filter(units::path.eq(path.as_str()));
            }
        } else {
            q = q.filter(units::path.eq_any(paths.iter().map(UnitPath::as_str)));
        }
        q.filter(visible()).load(c)
    })?;
    rows.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(models(rows))
}

/// The units above which there is none.
pub(crate) fn roots(tx: &mut Tx<'_>) -> Outcome<Vec<Unit>> {
    let rows: Vec<Row> = with_conn!(tx, |c| units::table
        .filter(units::parent_id.is_null())
        .filter(visible())
        .order(units::id.asc())
        .select(Row::as_select())
        .load(c))?;
    Ok(models(rows))
}

/// Which units a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those below this one; without it, a code or a name, the roots.
    pub parent_id: Option<Id<id::Unit>>,
    /// The one with this code.
    pub code: Option<String>,
    /// Those whose name begins so.
    pub name_prefix: Option<String>,
    /// Of these, those of this kind.
    pub kind: Option<String>,
}

/// One page: in the order of names where a name is asked for, else of ids. `after`: the last one's name and id.
pub(crate) fn page(
    tx: &mut Tx<'_>,
    filter: &Filter,
    after: Option<(&str, Id<id::Unit>)>,
    size: PageSize,
) -> Outcome<Vec<Unit>> {
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut query = units::table.filter(visible()).select(Row::as_select()).into_boxed::<Db>();
        match filter.parent_id {
            Some(parent) => query = query.filter(units::parent_id.eq(parent)),
            None if filter.code.is_none() && filter.name_prefix.is_none() => {
                query = query.filter(units::parent_id.is_null());
            }
            None => {}
        }
        if let Some(code) = &filter.code {
            query = query.filter(units::code.eq(code));
        }
        if let Some(kind) = &filter.kind {
            query = query.filter(units::kind.eq(kind));
        }
        if let Some(prefix) = &filter.name_prefix {
            // The last of all characters closes the range of what begins so.
            query =
                query.filter(units::name.ge(prefix)).filter(units::name.lt(format!("{prefix}{}", char::MAX)));
            if let Some((name, id)) = after {
                query = query
                    .filter(units::name.ge(name.to_owned()))
                    .filter(units::name.gt(name.to_owned()).or(units::id.gt(id)));
            }
            query = query.order((units::name.asc(), units::id.asc()));
        } else {
            if let Some((_, id)) = after {
                query = query.filter(units::id.gt(id));
            }
            query = query.order(units::id.asc());
        }
        query.limit(size.probe()).load(c)
    })?;
    Ok(models(rows))
}

/// Writes a new unit.
pub(crate) fn insert(tx: &mut Tx<'_>, unit: &Unit) -> Outcome<()> {
    let row = Row::from(unit);
    let done = with_conn!(tx, |c| diesel::insert_into(units::table).values(&row).execute(c));
    done.map(drop).map_err(|e| on_unique(e.into(), "territory_units", "code", &CODE_TAKEN))
}

/// Writes a changed unit over the row of version `expected`; `false`: it is not that version any more. The path is left alone.
pub(crate) fn update(tx: &mut Tx<'_>, unit: &Unit, expected: i64) -> Outcome<bool> {
    let changes = (
        units::parent_id.eq(unit.parent_id),
        units::name.eq(&unit.name),
        units::code.eq(&unit.code),
        units::since.eq(unit.since),
        units::closed_at.eq(unit.closed_at),
        units::version.eq(unit.version),
    );
    let done =
        with_conn!(tx, |c| diesel::update(units::table.find(unit.id).filter(units::version.eq(expected)))
            .set(changes)
            .execute(c));
    done.map(|rows| rows == 1).map_err(|e| on_unique(e.into(), "territory_units", "code", &CODE_TAKEN))
}

/// Whether anything living hangs below, seen or not yet.
pub(crate) fn open_children(tx: &mut Tx<'_>, id: Id<id::Unit>) -> Outcome<i64> {
    let children = units::table.filter(units::parent_id.eq(id)).filter(units::closed_at.is_null());
    Ok(with_conn!(tx, |c| children.count().get_result(c))?)
}

/// Units with these codes, seen or not: id, code, name, kind, version, load.
pub(crate) fn by_codes(tx: &mut Tx<'_>, codes: &[String]) -> Outcome<Vec<Unit>> {
    let rows: Vec<Row> =
        with_conn!(tx, |c| units::table.filter(units::code.eq_any(codes)).select(Row::as_select()).load(c))?;
    Ok(models(rows))
}

/// Units with these ids, seen or not.
pub(crate) fn any_by_ids(tx: &mut Tx<'_>, ids: &[Id<id::Unit>]) -> Outcome<Vec<Unit>> {
    let rows: Vec<Row> =
        with_conn!(tx, |c| units::table.filter(units::id.eq_any(ids)).select(Row::as_select()).load(c))?;
    Ok(models(rows))
}

/// The roots, seen or not.
pub(crate) fn any_roots(tx: &mut Tx<'_>) -> Outcome<Vec<Unit>> {
    let rows: Vec<Row> =
        with_conn!(tx, |c| units::table.filter(units::parent_id.is_null()).select(Row::as_select()).load(c))?;
    Ok(models(rows))
}

/// The paths right below a unit, seen or not.
pub(crate) fn child_paths(tx: &mut Tx<'_>, parent: Id<id::Unit>) -> Outcome<Vec<UnitPath>> {
    Ok(with_conn!(tx, |c| units::table.filter(units::parent_id.eq(parent)).select(units::path).load(c))?)
}

/// Writes many new units.
pub(crate) fn insert_many(tx: &mut Tx<'_>, new: &[Unit]) -> Outcome<()> {
    let rows: Vec<Row> = new.iter().map(Row::from).collect();
    with_conn!(tx, |c| diesel::insert_into(units::table).values(&rows).execute(c))?;
    Ok(())
}

/// Codes after `after`, in order, of units that everybody sees.
pub(crate) fn codes_after(tx: &mut Tx<'_>, after: &str, limit: i64) -> Outcome<Vec<String>> {
    let codes: Vec<Option<String>> = with_conn!(tx, |c| units::table
        .filter(units::code.gt(after))
        .filter(visible())
        .order(units::code.asc())
        .select(units::code)
        .limit(limit)
        .load(c))?;
    Ok(codes.into_iter().flatten().collect())
}

/// Removes up to `limit` rows of a load that never became whole, the lowest first; none of them was ever seen.
pub(crate) fn remove_hidden(
    tx: &mut Tx<'_>,
    import: Id<DivisionImport>,
    below: &str,
    limit: i64,
) -> Outcome<Option<String>> {
    let batch: Vec<(Id<id::Unit>, String, Option<Id<DivisionImport>>)> = with_conn!(tx, |c| units::table
        .filter(units::path.lt(below))
        .order(units::path.desc())
        .select((units::id, units::path, units::import_id))
        .limit(limit)
        .load(c))?;
    let lowest = batch.last().map(|(_, path, _)| path.clone());
    let doomed: Vec<Id<id::Unit>> =
        batch.into_iter().filter(|(.., i)| *i == Some(import)).map(|(id, ..)| id).collect();
    // Descending path order puts children before their parents, also inside one statement's batch.
    with_conn!(tx, |c| diesel::delete(units::table.filter(units::id.eq_any(&doomed))).execute(c))?;
    Ok(lowest)
}
