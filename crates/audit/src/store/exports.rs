//! Exports of the trail.

use diesel::prelude::*;
use kernel::id::{AuditExport, User};
use kernel::sql::Json;
use kernel::{Cursor, Fault, Id, Instant, Outcome, Page, PageSize};
use serde_json::json;
use storage::{Tx, with_conn};

use super::schema::audit_exports as exports;
use crate::model::{Export, ExportState, Format};

#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = exports, treat_none_as_default_value = false, treat_none_as_null = true)]
struct Row {
    id: Id<AuditExport>,
    requested_by: Id<User>,
    format: String,
    filter: Json,
    state: String,
    upto_seq: i64,
    at_seq: i64,
    rows_written: i64,
    bytes_written: i64,
    sha256: Option<String>,
    request_id: String,
    fence: i64,
    attempts: i32,
    created_at: Instant,
    finished_at: Option<Instant>,
    kept_until: Instant,
}

impl TryFrom<Row> for Export {
    type Error = Fault;

    fn try_from(r: Row) -> Outcome<Self> {
        let unknown =
            |word: &str| Fault::internal(format!("audit_exports has a row with the unknown word {word:?}"));
        Ok(Self {
            id: r.id,
            requested_by: r.requested_by,
            format: Format::parse(&r.format).ok_or_else(|| unknown(&r.format))?,
            wanted: serde_json::from_value(r.filter.0).map_err(Fault::internal)?,
            state: ExportState::parse(&r.state).ok_or_else(|| unknown(&r.state))?,
            upto_seq: r.upto_seq,
            at_seq: r.at_seq,
            rows_written: r.rows_written,
            bytes_written: r.bytes_written,
            sha256: r.sha256,
            request_id: r.request_id,
            fence: r.fence,
            attempts: r.attempts,
            created_at: r.created_at,
            finished_at: r.finished_at,
            kept_until: r.kept_until,
        })
    }
}

impl From<&Export> for Row {
    fn from(e: &Export) -> Self {
        Self {
            id: e.id,
            requested_by: e.requested_by,
            format: e.format.word().to_owned(),
            filter: Json(json!(e.wanted)),
            state: e.state.word().to_owned(),
            upto_seq: e.upto_seq,
            at_seq: e.at_seq,
            rows_written: e.rows_written,
            bytes_written: e.bytes_written,
            sha256: e.sha256.clone(),
            request_id: e.request_id.clone(),
            fence: e.fence,
            attempts: e.attempts,
            created_at: e.created_at,
            finished_at: e.finished_at,
            kept_until: e.kept_until,
        }
    }
}

/// Adds an export.
pub fn insert(tx: &mut Tx<'_>, export: &Export) -> Outcome<()> {
    with_conn!(tx, |c| diesel::insert_into(exports::table).values(Row::from(export)).execute(c))?;
    Ok(())
}

/// The export of this id.
pub fn find(tx: &mut Tx<'_>, id: Id<AuditExport>) -> Outcome<Option<Export>> {
    let row: Option<Row> =
        with_conn!(tx, |c| exports::table.find(id).select(Row::as_select()).first(c).optional())?;
    row.map(Export::try_from).transpose()
}

/// The export of this id, locked.
pub fn find_locked(tx: &mut Tx<'_>, id: Id<AuditExport>) -> Outcome<Option<Export>> {
    let row: Option<Row> =
        with_conn!(tx, |c| lock!(exports::table.find(id).select(Row::as_select())).first(c).optional())?;
    row.map(Export::try_from).transpose()
}

/// Stores an export that the caller has locked, and holds it until a moment; one that is over gives it back.
pub fn save(tx: &mut Tx<'_>, export: &Export, until: Instant) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(exports::table.find(export.id))
        .set((Row::from(export), exports::lease_until.eq(until)))
        .execute(c))?;
    Ok(())
}

/// Somebody's exports, newest first.
pub fn list(
    tx: &mut Tx<'_>,
    whose: Id<User>,
    after: Option<Id<AuditExport>>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Export>> {
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q = exports::table
            .filter(exports::requested_by.eq(whose))
            .select(Row::as_select())
            .into_boxed::<Db>();
        if let Some(after) = after {
            q = q.filter(exports::id.lt(after));
        }
        q.order(exports::id.desc()).limit(size.probe()).load(c)
    })?;
    let found = rows.into_iter().map(Export::try_from).collect::<Outcome<Vec<_>>>()?;
    Ok(Page::cut(found, size, |e| Cursor { after: e.id.uuid(), filter: fingerprint, key: None }))
}

/// How many of somebody's exports are not done.
pub fn count_waiting(tx: &mut Tx<'_>, whose: Id<User>) -> Outcome<i64> {
    Ok(with_conn!(tx, |c| exports::table
        .filter(exports::requested_by.eq(whose))
        .filter(exports::state.eq(ExportState::Waiting.word()))
        .count()
        .get_result(c))?)
}

/// The exports that nobody works on, the oldest first.
macro_rules! waiting {
    ($now:expr) => {
        exports::table
            // Said as a literal, so that the partial index is taken.
            .filter(diesel::dsl::sql::<diesel::sql_types::Bool>("state = 'waiting'"))
            .filter(exports::lease_until.is_null().or(exports::lease_until.assume_not_null().le($now)))
            .select(exports::id)
            .order(exports::id.asc())
            .limit(1)
    };
}

/// Whether an export waits for a worker.
pub fn is_waiting(tx: &mut Tx<'_>, now: Instant) -> Outcome<bool> {
    let found: Option<Id<AuditExport>> = with_conn!(tx, |c| waiting!(now).first(c).optional())?;
    Ok(found.is_some())
}

/// The oldest export that waits for a worker, locked.
pub fn oldest_waiting(tx: &mut Tx<'_>, now: Instant) -> Outcome<Option<Id<AuditExport>>> {
    Ok(with_conn!(tx, |c| lock_skip!(waiting!(now)).first(c).optional())?)
}

/// Takes up an export for `owner` until `until`; answers the new fence.
pub fn take(tx: &mut Tx<'_>, id: Id<AuditExport>, owner: &str, until: Instant) -> Outcome<i64> {
    Ok(with_conn!(tx, |c| diesel::update(exports::table.find(id))
        .set((
            exports::lease_owner.eq(owner),
            exports::lease_until.eq(until),
            exports::fence.eq(exports::fence + 1)
        ))
        .returning(exports::fence)
        .get_result(c))?)
}

/// The first export whose file is kept no longer.
pub fn first_outlived(tx: &mut Tx<'_>, now: Instant) -> Outcome<Option<Id<AuditExport>>> {
    Ok(with_conn!(tx, |c| exports::table
        .filter(exports::kept_until.lt(now))
        .filter(exports::state.ne(ExportState::Purged.word()))
        .select(exports::id)
        .order(exports::kept_until.asc())
        .first(c)
        .optional())?)
}
