//! What stands on the versions of lists.

use diesel::prelude::*;
use kernel::id::{Category, DutyListVersion};
use kernel::{Id, Outcome};
use storage::{Tx, insert_all, with_conn};

use super::schema::duties_items as items;
use crate::model::Item;

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = items)]
struct Row {
    version_id: Id<DutyListVersion>,
    category_id: Id<Category>,
    note: String,
    basis: String,
}

/// Puts these items in place of those that were there.
pub fn put(tx: &mut Tx<'_>, version: Id<DutyListVersion>, all: &[Item]) -> Outcome<()> {
    with_conn!(tx, |c| diesel::delete(items::table.filter(items::version_id.eq(version))).execute(c))?;
    let rows: Vec<Row> = all
        .iter()
        .map(|item| Row {
            version_id: version,
            category_id: item.category,
            note: item.note.clone(),
            basis: item.basis.clone(),
        })
        .collect();
    insert_all!(tx, items::table, rows)?;
    Ok(())
}

/// Items in the order of their categories, after a place.
pub fn list(
    tx: &mut Tx<'_>,
    version: Id<DutyListVersion>,
    after: Option<Id<Category>>,
    limit: i64,
) -> Outcome<Vec<Item>> {
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q = items::table.filter(items::version_id.eq(version)).into_boxed::<Db>();
        if let Some(after) = after {
            q = q.filter(items::category_id.gt(after));
        }
        q.order(items::category_id.asc()).limit(limit).select(Row::as_select()).load(c)
    })?;
    let item = |row: Row| Item { category: row.category_id, note: row.note, basis: row.basis };
    Ok(rows.into_iter().map(item).collect())
}
