//! What somebody asked to be decided about a case.

use diesel::prelude::*;
use kernel::id::{Incident, IncidentRequest, User};
use kernel::{Id, Instant, Outcome};
use storage::{Tx, on_unique, with_conn};

use super::schema::grid_incident_requests as requests;
use super::unknown_word;
use crate::error::REQUEST_PENDING;
use crate::model::{Decision, Request, RequestKind};

const TABLE: &str = "grid_incident_requests";

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = requests, treat_none_as_default_value = false)]
struct Row {
    id: Id<IncidentRequest>,
    incident_id: Id<Incident>,
    kind: String,
    extra_count: Option<i32>,
    reason: String,
    asked_by: Id<User>,
    asked_at: Instant,
    outcome: String,
    decided_by: Option<Id<User>>,
    decided_at: Option<Instant>,
    note: Option<String>,
    version: i64,
}

impl Row {
    fn request(self) -> Outcome<Request> {
        Ok(Request {
            id: self.id,
            incident: self.incident_id,
            kind: RequestKind::parse(&self.kind).ok_or_else(|| unknown_word(TABLE, &self.kind))?,
            extra: self.extra_count,
            reason: self.reason,
            asked_by: self.asked_by,
            asked_at: self.asked_at,
            decision: Decision::parse(&self.outcome).ok_or_else(|| unknown_word(TABLE, &self.outcome))?,
            decided_by: self.decided_by,
            decided_at: self.decided_at,
            note: self.note,
            version: self.version,
        })
    }

    fn of(request: &Request) -> Self {
        Self {
            id: request.id,
            incident_id: request.incident,
            kind: request.kind.word().to_owned(),
            extra_count: request.extra,
            reason: request.reason.clone(),
            asked_by: request.asked_by,
            asked_at: request.asked_at,
            outcome: request.decision.word().to_owned(),
            decided_by: request.decided_by,
            decided_at: request.decided_at,
            note: request.note.clone(),
            version: request.version,
        }
    }
}

/// Adds a request; refuses a second one of its kind while one is pending.
pub fn insert(tx: &mut Tx<'_>, request: &Request) -> Outcome<()> {
    let row = Row::of(request);
    with_conn!(tx, |c| diesel::insert_into(requests::table).values(&row).execute(c))
        .map_err(|e| on_unique(e.into(), TABLE, "incident_id", &REQUEST_PENDING))?;
    Ok(())
}

/// The request.
pub fn find(tx: &mut Tx<'_>, id: Id<IncidentRequest>) -> Outcome<Option<Request>> {
    let row: Option<Row> =
        with_conn!(tx, |c| requests::table.find(id).select(Row::as_select()).first(c).optional())?;
    row.map(Row::request).transpose()
}

/// Writes a decision, if the request still has the version before; answers whether it had.
pub fn decide(tx: &mut Tx<'_>, request: &Request) -> Outcome<bool> {
    let row = Row::of(request);
    let changed = with_conn!(tx, |c| diesel::update(
        requests::table.find(request.id).filter(requests::version.eq(request.version - 1))
    )
    .set((
        requests::outcome.eq(&row.outcome),
        requests::decided_by.eq(row.decided_by),
        requests::decided_at.eq(row.decided_at),
        requests::note.eq(&row.note),
        requests::version.eq(row.version),
    ))
    .execute(c))?;
    Ok(changed == 1)
}

/// Ends what is pending of a kind about a case: nothing is left to decide.
pub fn moot(tx: &mut Tx<'_>, incident: Id<Incident>, kind: RequestKind, now: Instant) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(
        requests::table
            .filter(requests::incident_id.eq(incident))
            .filter(requests::kind.eq(kind.word()))
            .filter(requests::outcome.eq(Decision::Pending.word()))
    )
    .set((
        requests::outcome.eq(Decision::Moot.word()),
        requests::decided_at.eq(now),
        requests::version.eq(requests::version + 1),
    ))
    .execute(c))?;
    Ok(())
}

/// The requests about a case, the oldest first, after one.
pub fn of_incident(
    tx: &mut Tx<'_>,
    incident: Id<Incident>,
    after: Option<Id<IncidentRequest>>,
    limit: i64,
) -> Outcome<Vec<Request>> {
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q = requests::table
            .filter(requests::incident_id.eq(incident))
            .select(Row::as_select())
            .into_boxed::<Db>();
        if let Some(after) = after {
            q = q.filter(requests::id.gt(after));
        }
        q.order(requests::id.asc()).limit(limit).load(c)
    })?;
    rows.into_iter().map(Row::request).collect()
}
