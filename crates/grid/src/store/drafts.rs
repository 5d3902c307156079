//! What people have begun to report.

use diesel::prelude::*;
use kernel::id::{IncidentDraft, User};
use kernel::{Id, Instant, Outcome};
use storage::{Tx, with_conn};

use super::schema::grid_drafts as drafts;
use crate::model::Draft;

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = drafts)]
struct Row {
    id: Id<IncidentDraft>,
    owner_id: Id<User>,
    content: String,
    changed_at: Instant,
    version: i64,
}

impl Row {
    fn draft(self) -> Draft {
        Draft {
            id: self.id,
            owner: self.owner_id,
            content: self.content,
            changed_at: self.changed_at,
            version: self.version,
        }
    }
}

/// Adds one.
pub fn insert(tx: &mut Tx<'_>, draft: &Draft) -> Outcome<()> {
    let row = Row {
        id: draft.id,
        owner_id: draft.owner,
        content: draft.content.clone(),
        changed_at: draft.changed_at,
        version: draft.version,
    };
    with_conn!(tx, |c| diesel::insert_into(drafts::table).values(&row).execute(c))?;
    Ok(())
}

/// One of them.
pub fn find(tx: &mut Tx<'_>, id: Id<IncidentDraft>) -> Outcome<Option<Draft>> {
    let row: Option<Row> =
        with_conn!(tx, |c| drafts::table.find(id).select(Row::as_select()).first(c).optional())?;
    Ok(row.map(Row::draft))
}

/// How many somebody has.
pub fn count(tx: &mut Tx<'_>, owner: Id<User>) -> Outcome<i64> {
    Ok(with_conn!(tx, |c| drafts::table.filter(drafts::owner_id.eq(owner)).count().get_result(c))?)
}

/// Somebody's, the newest first.
pub fn of_owner(
    tx: &mut Tx<'_>,
    owner: Id<User>,
    after: Option<Id<IncidentDraft>>,
    limit: i64,
) -> Outcome<Vec<Draft>> {
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q =
            drafts::table.filter(drafts::owner_id.eq(owner)).select(Row::as_select()).into_boxed::<Db>();
        if let Some(after) = after {
            q = q.filter(drafts::id.lt(after));
        }
        q.order(drafts::id.desc()).limit(limit).load(c)
    })?;
    Ok(rows.into_iter().map(Row::draft).collect())
}

/// Writes its content, if it still has the version before; answers whether it had.
pub fn update(tx: &mut Tx<'_>, draft: &Draft) -> Outcome<bool> {
    let changed = with_conn!(tx, |c| diesel::update(
        drafts::table.find(draft.id).filter(drafts::version.eq(draft.version - 1))
    )
    .set((
        drafts::content.eq(&draft.content),
        drafts::changed_at.eq(draft.changed_at),
        drafts::version.eq(draft.version),
    ))
    .execute(c))?;
    Ok(changed == 1)
}

/// Takes one away; answers whether it was there.
pub fn remove(tx: &mut Tx<'_>, id: Id<IncidentDraft>) -> Outcome<bool> {
    Ok(with_conn!(tx, |c| diesel::delete(drafts::table.find(id)).execute(c))? == 1)
}
