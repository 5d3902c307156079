//! What who reported a case says besides. Rows are added and never changed.

use diesel::prelude::*;
use kernel::id::{Incident, Open311Remark, User};
use kernel::{Id, Instant, Outcome};
use storage::{Tx, with_conn};

use super::schema::open311_remarks as remarks;
use super::{from_lines, lines};
use crate::model::Remark;

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = remarks, treat_none_as_default_value = false)]
struct Row {
    id: Id<Open311Remark>,
    incident_id: Id<Incident>,
    account_id: Id<User>,
    update_id: String,
    status: String,
    description: String,
    media_urls: String,
    has_reopened: bool,
    said_at: Instant,
    received_at: Instant,
}

impl From<Row> for Remark {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            incident: row.incident_id,
            account: row.account_id,
            update_id: row.update_id,
            status: row.status,
            text: row.description,
            media: from_lines(&row.media_urls),
            reopened: row.has_reopened,
            said_at: row.said_at,
            received_at: row.received_at,
        }
    }
}

/// Adds one.
pub fn insert(tx: &mut Tx<'_>, remark: &Remark) -> Outcome<()> {
    let row = Row {
        id: remark.id,
        incident_id: remark.incident,
        account_id: remark.account,
        update_id: remark.update_id.clone(),
        status: remark.status.clone(),
        description: remark.text.clone(),
        media_urls: lines(&remark.media),
        has_reopened: remark.reopened,
        said_at: remark.said_at,
        received_at: remark.received_at,
    };
    with_conn!(tx, |c| diesel::insert_into(remarks::table).values(&row).execute(c))?;
    Ok(())
}

/// What the account calls this, of this case.
pub fn find(
    tx: &mut Tx<'_>,
    account: Id<User>,
    incident: Id<Incident>,
    update_id: &str,
) -> Outcome<Option<Remark>> {
    let row: Option<Row> = with_conn!(tx, |c| remarks::table
        .filter(remarks::account_id.eq(account))
        .filter(remarks::incident_id.eq(incident))
        .filter(remarks::update_id.eq(update_id))
        .select(Row::as_select())
        .first(c)
        .optional())?;
    Ok(row.map(Remark::from))
}

/// Those of a case, the oldest first, after one.
pub fn list(
    tx: &mut Tx<'_>,
    incident: Id<Incident>,
    after: Option<Id<Open311Remark>>,
    limit: i64,
) -> Outcome<Vec<Remark>> {
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q = remarks::table
            .filter(remarks::incident_id.eq(incident))
            .select(Row::as_select())
            .into_boxed::<Db>();
        if let Some(after) = after {
            q = q.filter(remarks::id.gt(after));
        }
        q.order(remarks::id.asc()).limit(limit).load(c)
    })?;
    Ok(rows.into_iter().map(Remark::from).collect())
}
