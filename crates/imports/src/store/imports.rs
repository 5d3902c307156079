//! Imports.

use diesel::prelude::*;
use kernel::id::{Import as ImportKind, User};
use kernel::sql::Json;
use kernel::{Cursor, Fault, Id, Instant, Outcome, Page, PageSize};
use serde_json::json;
use storage::{Tx, with_conn};

use super::schema::imports_imports as imports;
use crate::model::{Import, State};

/// A row: the import's own columns. Those of its lease are moved by [`claim`] and [`hold`] alone.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = imports, treat_none_as_default_value = false, treat_none_as_null = true)]
struct Row {
    id: Id<ImportKind>,
    owner_id: Id<User>,
    kind: String,
    filename: String,
    dry_run: bool,
    atomic: bool,
    time_zone: String,
    state: String,
    format: Option<String>,
    sha256: Option<String>,
    header: Json,
    upload: i64,
    at_line: i64,
    rows_total: i32,
    rows_passed: i32,
    rows_done: i32,
    rows_failed: i32,
    rights: Option<String>,
    problem_code: Option<String>,
    problem_detail: Option<String>,
    request_id: String,
    fence: i64,
    attempts: i32,
    purged: bool,
    created_at: Instant,
    finished_at: Option<Instant>,
    kept_until: Instant,
    version: i64,
}

impl TryFrom<Row> for Import {
    type Error = Fault;

    fn try_from(r: Row) -> Outcome<Self> {
        let state = State::parse(&r.state).ok_or_else(|| {
            Fault::internal(format!("imports_imports has a row with the unknown word {:?}", r.state))
        })?;
        Ok(Self {
            id: r.id,
            owner_id: r.owner_id,
            kind: r.kind,
            filename: r.filename,
            dry_run: r.dry_run,
            atomic: r.atomic,
            time_zone: r.time_zone,
            state,
            format: r.format,
            sha256: r.sha256,
            header: serde_json::from_value(r.header.0).map_err(Fault::internal)?,
            upload: r.upload,
            at_line: r.at_line,
            rows_total: r.rows_total,
            rows_passed: r.rows_passed,
            rows_done: r.rows_done,
            rows_failed: r.rows_failed,
            rights: r.rights,
            problem_code: r.problem_code,
            problem_detail: r.problem_detail,
            request_id: r.request_id,
            fence: r.fence,
            attempts: r.attempts,
            purged: r.purged,
            created_at: r.created_at,
            finished_at: r.finished_at,
            kept_until: r.kept_until,
            version: r.version,
        })
    }
}

impl From<&Import> for Row {
    fn from(i: &Import) -> Self {
        Self {
            id: i.id,
            owner_id: i.owner_id,
            kind: i.kind.clone(),
            filename: i.filename.clone(),
            dry_run: i.dry_run,
            atomic: i.atomic,
            time_zone: i.time_zone.clone(),
            state: i.state.word().to_owned(),
            format: i.format.clone(),
            sha256: i.sha256.clone(),
            header: Json(json!(i.header)),
            upload: i.upload,
            at_line: i.at_line,
            rows_total: i.rows_total,
            rows_passed: i.rows_passed,
            rows_done: i.rows_done,
            rows_failed: i.rows_failed,
            rights: i.rights.clone(),
            problem_code: i.problem_code.clone(),
            problem_detail: i.problem_detail.clone(),
            request_id: i.request_id.clone(),
            fence: i.fence,
            attempts: i.attempts,
            purged: i.purged,
            created_at: i.created_at,
            finished_at: i.finished_at,
            kept_until: i.kept_until,
            version: i.version,
        }
    }
}

/// Adds an import.
pub fn insert(tx: &mut Tx<'_>, import: &Import) -> Outcome<()> {
    with_conn!(tx, |c| diesel::insert_into(imports::table).values(Row::from(import)).execute(c))?;
    Ok(())
}

/// The import of this id.
pub fn find(tx: &mut Tx<'_>, id: Id<ImportKind>) -> Outcome<Option<Import>> {
    let row: Option<Row> =
        with_conn!(tx, |c| imports::table.find(id).select(Row::as_select()).first(c).optional())?;
    row.map(Import::try_from).transpose()
}

/// The import of this id, locked.
pub fn find_locked(tx: &mut Tx<'_>, id: Id<ImportKind>) -> Outcome<Option<Import>> {
    let row: Option<Row> =
        with_conn!(tx, |c| lock!(imports::table.find(id).select(Row::as_select())).first(c).optional())?;
    row.map(Import::try_from).transpose()
}

/// Stores an import that the caller has locked.
pub fn save(tx: &mut Tx<'_>, import: &Import) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(imports::table.find(import.id)).set(Row::from(import)).execute(c))?;
    Ok(())
}

/// Somebody's imports, newest first.
pub fn list(
    tx: &mut Tx<'_>,
    owner: Id<User>,
    kind: Option<&str>,
    after: Option<Id<ImportKind>>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Import>> {
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q =
            imports::table.filter(imports::owner_id.eq(owner)).select(Row::as_select()).into_boxed::<Db>();
        if let Some(kind) = kind {
            q = q.filter(imports::kind.eq(kind.to_owned()));
        }
        if let Some(after) = after {
            q = q.filter(imports::id.lt(after));
        }
        q.order(imports::id.desc()).limit(size.probe()).load(c)
    })?;
    let found = rows.into_iter().map(Import::try_from).collect::<Outcome<Vec<_>>>()?;
    Ok(Page::cut(found, size, |i| Cursor { after: i.id.uuid(), filter: fingerprint, key: None }))
}

/// How many of somebody's imports are under way.
pub fn count_open(tx: &mut Tx<'_>, owner: Id<User>) -> Outcome<i64> {
    let open = State::WORDS.iter().filter(|(state, ..)| !state.is_over()).map(|(_, word, ..)| *word);
    let open: Vec<&str> = open.collect();
    Ok(with_conn!(tx, |c| imports::table
        .filter(imports::owner_id.eq(owner))
        .filter(imports::state.eq_any(&open))
        .filter(imports::purged.eq(false))
        .count()
        .get_result(c))?)
}

/// The imports that nobody works on, the oldest first.
macro_rules! waiting {
    ($now:expr) => {
        imports::table
            .filter(imports::state.eq_any([State::Checking.word(), State::Applying.word()]))
            .filter(imports::lease_until.is_null().or(imports::lease_until.assume_not_null().le($now)))
            .select(imports::id)
            .order(imports::id.asc())
            .limit(1)
    };
}

/// Whether an import waits for a worker.
pub fn is_waiting(tx: &mut Tx<'_>, now: Instant) -> Outcome<bool> {
    let found: Option<Id<ImportKind>> = with_conn!(tx, |c| waiting!(now).first(c).optional())?;
    Ok(found.is_some())
}

/// Takes the oldest import that waits, for `owner` until `until`: nobody else works on it meanwhile.
pub fn claim(
    tx: &mut Tx<'_>,
    owner: &str,
    now: Instant,
    until: Instant,
) -> Outcome<Option<(Id<ImportKind>, i64)>> {
    let found: Option<Id<ImportKind>> = with_conn!(tx, |c| lock_skip!(waiting!(now)).first(c).optional())?;
    let Some(id) = found else { return Ok(None) };
    let fence: i64 = with_conn!(tx, |c| diesel::update(imports::table.find(id))
        .set((
            imports::lease_owner.eq(owner),
            imports::lease_until.eq(until),
            imports::fence.eq(imports::fence + 1)
        ))
        .returning(imports::fence)
        .get_result(c))?;
    Ok(Some((id, fence)))
}

/// Keeps, or with a moment that is over gives back, an import that the caller has locked and found to be theirs.
pub fn hold(tx: &mut Tx<'_>, id: Id<ImportKind>, until: Instant) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(imports::table.find(id))
        .set(imports::lease_until.eq(until))
        .execute(c))?;
    Ok(())
}

/// The oldest import whose rows are kept no longer.
pub fn first_outlived(tx: &mut Tx<'_>, now: Instant) -> Outcome<Option<Id<ImportKind>>> {
    Ok(with_conn!(tx, |c| imports::table
        .filter(imports::kept_until.lt(now))
        .filter(imports::purged.eq(false))
        .select(imports::id)
        .order(imports::kept_until.asc())
        .first(c)
        .optional())?)
}
