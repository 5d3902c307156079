//! The cases that were reported through Open311.

use diesel::prelude::*;
use kernel::id::{Incident, User};
use kernel::{Id, Instant, Outcome};
use storage::{Tx, with_conn};

use super::schema::open311_requests as requests;
use super::{from_lines, lines};
use crate::model::Request;

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = requests, treat_none_as_default_value = false)]
struct Row {
    incident_id: Id<Incident>,
    account_id: Id<User>,
    external_id: Option<String>,
    media_urls: String,
    reported_at: Instant,
}

impl From<Row> for Request {
    fn from(row: Row) -> Self {
        Self {
            incident: row.incident_id,
            account: row.account_id,
            external: row.external_id,
            media: from_lines(&row.media_urls),
            reported_at: row.reported_at,
        }
    }
}

/// Adds one; answers whether the account had none under that name.
pub fn insert(tx: &mut Tx<'_>, request: &Request) -> Outcome<bool> {
    let row = Row {
        incident_id: request.incident,
        account_id: request.account,
        external_id: request.external.clone(),
        media_urls: lines(&request.media),
        reported_at: request.reported_at,
    };
    let added = with_conn!(tx, |c| diesel::insert_into(requests::table)
        .values(&row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(added == 1)
}

/// What the account calls this.
pub fn by_external(tx: &mut Tx<'_>, account: Id<User>, external: &str) -> Outcome<Option<Request>> {
    let row: Option<Row> = with_conn!(tx, |c| requests::table
        .filter(requests::account_id.eq(account))
        .filter(requests::external_id.eq(external))
        .select(Row::as_select())
        .first(c)
        .optional())?;
    Ok(row.map(Request::from))
}

/// The one of a case, its row locked until the transaction ends: what is added to a case comes one after another.
pub fn find_locked(tx: &mut Tx<'_>, incident: Id<Incident>) -> Outcome<Option<Request>> {
    let row: Option<Row> =
        with_conn!(tx, |c| lock!(requests::table.find(incident).select(Row::as_select()))
            .first(c)
            .optional())?;
    Ok(row.map(Request::from))
}

/// The one of a case.
pub fn find(tx: &mut Tx<'_>, incident: Id<Incident>) -> Outcome<Option<Request>> {
    Ok(several(tx, &[incident])?.pop())
}

/// Those of these cases, in no particular order.
pub fn several(tx: &mut Tx<'_>, ids: &[Id<Incident>]) -> Outcome<Vec<Request>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = with_conn!(tx, |c| requests::table
        .filter(requests::incident_id.eq_any(ids))
        .select(Row::as_select())
        .load(c))?;
    Ok(rows.into_iter().map(Request::from).collect())
}

/// The newest cases from one moment to before another, after one: by the id, which holds the moment of the report.
pub fn newest(
    tx: &mut Tx<'_>,
    (from, to): (Instant, Instant),
    after: Option<Id<Incident>>,
    limit: i64,
) -> Outcome<Vec<Id<Incident>>> {
    let mut high = id_at(to.plus_seconds(SLACK_SECONDS));
    if let Some(after) = after {
        high = high.min(after);
    }
    Ok(with_conn!(tx, |c| requests::table
        .filter(requests::incident_id.ge(id_at(from.plus_seconds(-SLACK_SECONDS))))
        .filter(requests::incident_id.lt(high))
        .filter(requests::reported_at.ge(from))
        .filter(requests::reported_at.lt(to))
        .order(requests::incident_id.desc())
        .limit(limit)
        .select(requests::incident_id)
        .load(c))?)
}

/// How far the time inside an id may be from `reported_at`, as grid has it.
const SLACK_SECONDS: i64 = 300;

/// The lowest id of a moment.
fn id_at(at: Instant) -> Id<Incident> {
    let millis = u64::try_from(at.micros() / 1_000).unwrap_or(0);
    Id::from_uuid(uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid())
}
