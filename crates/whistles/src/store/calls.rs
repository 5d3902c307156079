//! What each department is called to, and what came of it.

use diesel::prelude::*;
use diesel::sql_types::Text;
use kernel::id::{Incident, Unit, User, Whistle as WhistleId, WhistleCall};
use kernel::{Id, Instant, Outcome, Scope, UnitPath};
use storage::{Tx, insert_all, on_unique, with_conn};

use super::schema::whistles_calls as calls;
use super::{substr, tail_of, unknown_word};
use crate::error::ALREADY_CALLED;
use crate::model::{Call, State};

#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = calls, treat_none_as_default_value = false, treat_none_as_null = true)]
struct Row {
    id: Id<WhistleCall>,
    whistle_id: Id<WhistleId>,
    incident_id: Id<Incident>,
    unit_id: Id<Unit>,
    unit_path: UnitPath,
    state: String,
    report_due_at: Instant,
    result_due_at: Instant,
    due_at: Instant,
    blown_at: Instant,
    reported_at: Option<Instant>,
    reported_by: Option<Id<User>>,
    who_comes: Option<String>,
    coming_at: Option<Instant>,
    result_at: Option<Instant>,
    result_by: Option<Id<User>>,
    result: Option<String>,
    declined_at: Option<Instant>,
    declined_by: Option<Id<User>>,
    decline_reason: Option<String>,
    graded_at: Option<Instant>,
    graded_by: Option<Id<User>>,
    grade: Option<i32>,
    remark: Option<String>,
    withdrawn_at: Option<Instant>,
    report_told_at: Option<Instant>,
    result_told_at: Option<Instant>,
    over_at: Option<Instant>,
    version: i64,
}

impl From<&Call> for Row {
    fn from(call: &Call) -> Self {
        let c = call.clone();
        Self {
            due_at: c.due(),
            id: c.id,
            whistle_id: c.whistle,
            incident_id: c.incident,
            unit_id: c.unit,
            unit_path: c.path,
            state: c.state.word().to_owned(),
            report_due_at: c.report_due,
            result_due_at: c.result_due,
            blown_at: c.blown_at,
            reported_at: c.reported_at,
            reported_by: c.reported_by,
            who_comes: c.who_comes,
            coming_at: c.coming_at,
            result_at: c.result_at,
            result_by: c.result_by,
            result: c.result,
            declined_at: c.declined_at,
            declined_by: c.declined_by,
            decline_reason: c.decline_reason,
            graded_at: c.graded_at,
            graded_by: c.graded_by,
            grade: c.grade,
            remark: c.remark,
            withdrawn_at: c.withdrawn_at,
            report_told_at: c.report_told_at,
            result_told_at: c.result_told_at,
            over_at: c.over_at,
            version: c.version,
        }
    }
}

impl Row {
    fn call(self) -> Outcome<Call> {
        Ok(Call {
            id: self.id,
            whistle: self.whistle_id,
            incident: self.incident_id,
            unit: self.unit_id,
            path: self.unit_path,
            state: State::parse(&self.state).ok_or_else(|| unknown_word("whistles_calls", &self.state))?,
            report_due: self.report_due_at,
            result_due: self.result_due_at,
            blown_at: self.blown_at,
            reported_at: self.reported_at,
            reported_by: self.reported_by,
            who_comes: self.who_comes,
            coming_at: self.coming_at,
            result_at: self.result_at,
            result_by: self.result_by,
            result: self.result,
            declined_at: self.declined_at,
            declined_by: self.declined_by,
            decline_reason: self.decline_reason,
            graded_at: self.graded_at,
            graded_by: self.graded_by,
            grade: self.grade,
            remark: self.remark,
            withdrawn_at: self.withdrawn_at,
            report_told_at: self.report_told_at,
            result_told_at: self.result_told_at,
            over_at: self.over_at,
            version: self.version,
        })
    }
}

/// Adds the calls of a whistle; refused where a department is called to the case already.
pub fn insert(tx: &mut Tx<'_>, all: &[Call]) -> Outcome<()> {
    let rows: Vec<Row> = all.iter().map(Row::from).collect();
    insert_all!(tx, calls::table, rows)
        .map_err(|error| on_unique(error.into(), "whistles_calls", "incident_id", &ALREADY_CALLED))?;
    Ok(())
}

/// The call.
pub fn find(tx: &mut Tx<'_>, id: Id<WhistleCall>) -> Outcome<Option<Call>> {
    let row: Option<Row> =
        with_conn!(tx, |c| calls::table.find(id).select(Row::as_select()).first(c).optional())?;
    row.map(Row::call).transpose()
}

/// The calls of these whistles, in the order of their making.
pub fn of_whistles(tx: &mut Tx<'_>, whistles: &[Id<WhistleId>]) -> Outcome<Vec<Call>> {
    if whistles.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = with_conn!(tx, |c| calls::table
        .filter(calls::whistle_id.eq_any(whistles))
        .order((calls::whistle_id.asc(), calls::id.asc()))
        .select(Row::as_select())
        .load(c))?;
    rows.into_iter().map(Row::call).collect()
}

/// Writes all that can change, if the call still has the version before; answers whether it had. The path is the move's to write:
/// whoever writes here has joined, so that it is the one that stands there.
pub fn update(tx: &mut Tx<'_>, call: &Call) -> Outcome<bool> {
    let row = Row::from(call);
    let changed = with_conn!(tx, |c| diesel::update(
        calls::table.find(call.id).filter(calls::version.eq(call.version - 1))
    )
    .set(&row)
    .execute(c))?;
    Ok(changed == 1)
}

/// How many calls of exactly this department are not over.
pub fn count_open(tx: &mut Tx<'_>, unit: Id<Unit>) -> Outcome<i64> {
    Ok(with_conn!(tx, |c| calls::table
        .filter(calls::unit_id.eq(unit))
        .filter(calls::over_at.is_null())
        .count()
        .get_result(c))?)
}

/// Rebases the copies of paths after a move.
pub fn rebase(tx: &mut Tx<'_>, from: &UnitPath, to: &UnitPath) -> Outcome<()> {
    let (low, high) = from.range();
    let tail = tail_of(from);
    with_conn!(tx, |c| diesel::update(
        calls::table.filter(calls::unit_path.ge(low)).filter(calls::unit_path.lt(high))
    )
    .set(calls::unit_path.eq(to.as_str().into_sql::<Text>().concat(substr(calls::unit_path, tail))))
    .execute(c))?;
    Ok(())
}

/// The calls of departments in a scope that are not over, the first to be due first; after a place.
pub fn open(
    tx: &mut Tx<'_>,
    scope: &Scope,
    state: Option<State>,
    after: Option<(Instant, Id<WhistleCall>)>,
    limit: i64,
) -> Outcome<Vec<Call>> {
    let mut found: Vec<Row> = Vec::new();
    for root in &scope.roots {
        let (low, high) = root.path.range();
        let rows: Vec<Row> = with_conn!(tx, |c| {
            let mut q =
                calls::table.filter(calls::over_at.is_null()).select(Row::as_select()).into_boxed::<Db>();
            q = if root.subtree {
                q.filter(calls::unit_path.ge(low)).filter(calls::unit_path.lt(high))
            } else {
                q.filter(calls::unit_path.eq(low))
            };
            if let Some(state) = state {
                q = q.filter(calls::state.eq(state.word()));
            }
            if let Some((due, id)) = after {
                q = q.filter(calls::due_at.gt(due).or(calls::due_at.eq(due).and(calls::id.gt(id))));
            }
            q.order((calls::due_at.asc(), calls::id.asc())).limit(limit).load(c)
        })?;
        found.extend(rows);
    }
    // The roots never overlap: nothing is there twice.
    found.sort_unstable_by_key(|row| (row.due_at, row.id));
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    found.into_iter().map(Row::call).collect()
}

/// Calls whose deadline has passed and of which that was not told, the longest overdue first.
pub fn untold(tx: &mut Tx<'_>, now: Instant, limit: i64) -> Outcome<Vec<(Id<WhistleId>, Id<WhistleCall>)>> {
    let report = calls::state.eq(State::Called.word()).and(calls::report_told_at.is_null());
    let result = calls::state.eq(State::Reported.word()).and(calls::result_told_at.is_null());
    Ok(with_conn!(tx, |c| calls::table
        .filter(calls::over_at.is_null())
        .filter(calls::due_at.lt(now))
        .filter(report.or(result))
        .order((calls::due_at.asc(), calls::id.asc()))
        .select((calls::whistle_id, calls::id))
        .limit(limit)
        .load(c))?)
}
