//! The calendars of units.

use diesel::prelude::*;
use diesel::sql_types::Text;
use kernel::id::{Calendar as CalendarId, Unit};
use kernel::{Id, Instant, Outcome, Scope, UnitPath};
use storage::{Tx, with_conn};

use super::schema::calendar_calendars as calendars;
use super::substr;
use crate::error::UNIT_HAS_ONE;
use crate::model::Kept;

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = calendars)]
struct Row {
    id: Id<CalendarId>,
    unit_id: Id<Unit>,
    unit_path: UnitPath,
    name: String,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl From<Row> for Kept {
    fn from(row: Row) -> Self {
        let Row { id, unit_id, unit_path, name, version, created_at, updated_at } = row;
        Self { id, unit: unit_id, path: unit_path, name, version, created_at, updated_at }
    }
}

/// Waits for a move that is under way: for whoever is about to read the tree and hang a calendar on it. On PostgreSQL a move locks the
/// table against writers before it looks, so that neither misses the other.
pub fn join(tx: &mut Tx<'_>) -> Outcome<()> {
    if tx.is_postgres() {
        let lock = "lock table calendar_calendars in row exclusive mode";
        with_conn!(tx, |c| diesel::sql_query(lock).execute(c))?;
    }
    Ok(())
}

/// Keeps writers out until the move's transaction ends.
pub fn hold(tx: &mut Tx<'_>) -> Outcome<()> {
    if tx.is_postgres() {
        let lock = "lock table calendar_calendars in share row exclusive mode";
        with_conn!(tx, |c| diesel::sql_query(lock).execute(c))?;
    }
    Ok(())
}

/// Rebases the copies of paths after a move.
pub fn rebase(tx: &mut Tx<'_>, from: &UnitPath, to: &UnitPath) -> Outcome<usize> {
    let (low, high) = from.range();
    let tail = i32::try_from(from.as_str().len() + 1).unwrap_or(i32::MAX);
    Ok(with_conn!(tx, |c| diesel::update(
        calendars::table.filter(calendars::unit_path.ge(low)).filter(calendars::unit_path.lt(high))
    )
    .set(calendars::unit_path.eq(to.as_str().into_sql::<Text>().concat(substr(calendars::unit_path, tail))))
    .execute(c))?)
}

/// Adds a calendar; refused where the unit has one.
pub fn insert(tx: &mut Tx<'_>, kept: &Kept) -> Outcome<()> {
    let row = Row {
        id: kept.id,
        unit_id: kept.unit,
        unit_path: kept.path.clone(),
        name: kept.name.clone(),
        version: kept.version,
        created_at: kept.created_at,
        updated_at: kept.updated_at,
    };
    let done = with_conn!(tx, |c| diesel::insert_into(calendars::table).values(&row).execute(c));
    done.map_err(|error| storage::on_unique(error.into(), "calendar_calendars", "unit_id", &UNIT_HAS_ONE))?;
    Ok(())
}

/// The calendar.
pub fn find(tx: &mut Tx<'_>, id: Id<CalendarId>) -> Outcome<Option<Kept>> {
    let row: Option<Row> =
        with_conn!(tx, |c| calendars::table.find(id).select(Row::as_select()).first(c).optional())?;
    Ok(row.map(Kept::from))
}

/// The calendar, its row locked until the transaction ends.
pub fn find_locked(tx: &mut Tx<'_>, id: Id<CalendarId>) -> Outcome<Option<Kept>> {
    let row: Option<Row> =
        with_conn!(tx, |c| lock!(calendars::table.find(id).select(Row::as_select())).first(c).optional())?;
    Ok(row.map(Kept::from))
}

/// The calendars that these units have.
pub fn of_units(tx: &mut Tx<'_>, units: &[Id<Unit>]) -> Outcome<Vec<Kept>> {
    if units.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = with_conn!(tx, |c| calendars::table
        .filter(calendars::unit_id.eq_any(units))
        .select(Row::as_select())
        .load(c))?;
    Ok(rows.into_iter().map(Kept::from).collect())
}

/// Writes the name and the version, if it still has the one before; answers whether it had.
pub fn update(tx: &mut Tx<'_>, kept: &Kept) -> Outcome<bool> {
    let changed = with_conn!(tx, |c| diesel::update(
        calendars::table.find(kept.id).filter(calendars::version.eq(kept.version - 1))
    )
    .set((
        calendars::name.eq(&kept.name),
        calendars::version.eq(kept.version),
        calendars::updated_at.eq(kept.updated_at)
    ))
    .execute(c))?;
    Ok(changed == 1)
}

/// The calendars in a scope, in the order of the tree, after a place.
pub fn list(tx: &mut Tx<'_>, scope: &Scope, after: Option<&UnitPath>, limit: i64) -> Outcome<Vec<Kept>> {
    // The roots never overlap: one after the other they are in the order of the tree.
    let mut roots: Vec<_> = scope.roots.iter().collect();
    roots.sort_by(|a, b| a.path.cmp(&b.path));
    let mut found: Vec<Kept> = Vec::new();
    for root in roots {
        let left = limit - i64::try_from(found.len()).unwrap_or(limit);
        if left <= 0 {
            break;
        }
        let (low, high) = root.path.range();
        let rows: Vec<Row> = with_conn!(tx, |c| {
            let mut q = calendars::table.select(Row::as_select()).into_boxed::<Db>();
            q = if root.subtree {
                q.filter(calendars::unit_path.ge(low)).filter(calendars::unit_path.lt(high))
            } else {
                q.filter(calendars::unit_path.eq(low))
            };
            if let Some(after) = after {
                q = q.filter(calendars::unit_path.gt(after.as_str()));
            }
            q.order(calendars::unit_path.asc()).limit(left).load(c)
        })?;
        found.extend(rows.into_iter().map(Kept::from));
    }
    Ok(found)
}
