//! The lists of units.

use diesel::prelude::*;
use kernel::id::{DutyList, Unit, User};
use kernel::{Id, Instant, Outcome};
use storage::{Tx, on_unique, with_conn};

use super::schema::duties_lists as lists;
use crate::error::LIST_EXISTS;
use crate::model::List;

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = lists)]
struct Row {
    id: Id<DutyList>,
    unit_id: Id<Unit>,
    level: String,
    name: String,
    last_number: i64,
    version: i64,
    created_at: Instant,
    created_by: Id<User>,
    updated_at: Instant,
}

impl From<Row> for List {
    fn from(row: Row) -> Self {
        let Row { id, unit_id, level, name, last_number, version, created_at, created_by, updated_at } = row;
        Self { id, unit: unit_id, level, name, last_number, version, created_at, created_by, updated_at }
    }
}

/// Adds a list; refused where the unit has one for its level.
pub fn insert(tx: &mut Tx<'_>, list: &List) -> Outcome<()> {
    let row = Row {
        id: list.id,
        unit_id: list.unit,
        level: list.level.clone(),
        name: list.name.clone(),
        last_number: list.last_number,
        version: list.version,
        created_at: list.created_at,
        created_by: list.created_by,
        updated_at: list.updated_at,
    };
    with_conn!(tx, |c| diesel::insert_into(lists::table).values(&row).execute(c))
        .map_err(|error| on_unique(error.into(), "duties_lists", "unit_id", &LIST_EXISTS))?;
    Ok(())
}

/// The list.
pub fn find(tx: &mut Tx<'_>, id: Id<DutyList>) -> Outcome<Option<List>> {
    let row: Option<Row> =
        with_conn!(tx, |c| lists::table.find(id).select(Row::as_select()).first(c).optional())?;
    Ok(row.map(List::from))
}

/// The list, its row locked until the transaction ends: its versions are changed by one at a time.
pub fn find_locked(tx: &mut Tx<'_>, id: Id<DutyList>) -> Outcome<Option<List>> {
    let row: Option<Row> =
        with_conn!(tx, |c| lock!(lists::table.find(id).select(Row::as_select())).first(c).optional())?;
    Ok(row.map(List::from))
}

/// Writes what can change, if the list still has the version before; answers whether it had.
pub fn update(tx: &mut Tx<'_>, list: &List) -> Outcome<bool> {
    let changed = with_conn!(tx, |c| diesel::update(
        lists::table.find(list.id).filter(lists::version.eq(list.version - 1))
    )
    .set((
        lists::name.eq(&list.name),
        lists::last_number.eq(list.last_number),
        lists::version.eq(list.version),
        lists::updated_at.eq(list.updated_at),
    ))
    .execute(c))?;
    Ok(changed == 1)
}

/// Lists in the order of their making: all, or those of some units; after a place.
pub fn list(
    tx: &mut Tx<'_>,
    units: Option<&[Id<Unit>]>,
    level: Option<&str>,
    after: Option<Id<DutyList>>,
    limit: i64,
) -> Outcome<Vec<List>> {
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q = lists::table.select(Row::as_select()).into_boxed::<Db>();
        if let Some(units) = units {
            q = q.filter(lists::unit_id.eq_any(units));
        }
        if let Some(level) = level {
            q = q.filter(lists::level.eq(level));
        }
        if let Some(after) = after {
            q = q.filter(lists::id.gt(after));
        }
        q.order(lists::id.asc()).limit(limit).load(c)
    })?;
    Ok(rows.into_iter().map(List::from).collect())
}
