//! The whistles.

use diesel::prelude::*;
use diesel::sql_types::Text;
use kernel::id::{Incident, Unit, User, Whistle as WhistleId};
use kernel::{Id, Instant, Outcome, Scope, UnitPath};
use storage::{Tx, with_conn};

use super::schema::whistles_whistles as whistles;
use super::{substr, tail_of};
use crate::model::Whistle;

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = whistles, treat_none_as_default_value = false)]
struct Row {
    id: Id<WhistleId>,
    incident_id: Id<Incident>,
    case_number: String,
    unit_id: Id<Unit>,
    unit_path: UnitPath,
    wanted: String,
    report_due_at: Instant,
    result_due_at: Instant,
    blown_by: Id<User>,
    blown_at: Instant,
    ended_at: Option<Instant>,
    version: i64,
}

impl From<Row> for Whistle {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            incident: row.incident_id,
            case_number: row.case_number,
            unit: row.unit_id,
            path: row.unit_path,
            wanted: row.wanted,
            report_due: row.report_due_at,
            result_due: row.result_due_at,
            blown_by: row.blown_by,
            blown_at: row.blown_at,
            ended_at: row.ended_at,
            version: row.version,
        }
    }
}

/// Adds a whistle.
pub fn insert(tx: &mut Tx<'_>, w: &Whistle) -> Outcome<()> {
    let row = Row {
        id: w.id,
        incident_id: w.incident,
        case_number: w.case_number.clone(),
        unit_id: w.unit,
        unit_path: w.path.clone(),
        wanted: w.wanted.clone(),
        report_due_at: w.report_due,
        result_due_at: w.result_due,
        blown_by: w.blown_by,
        blown_at: w.blown_at,
        ended_at: w.ended_at,
        version: w.version,
    };
    with_conn!(tx, |c| diesel::insert_into(whistles::table).values(&row).execute(c))?;
    Ok(())
}

/// The whistle.
pub fn find(tx: &mut Tx<'_>, id: Id<WhistleId>) -> Outcome<Option<Whistle>> {
    let row: Option<Row> =
        with_conn!(tx, |c| whistles::table.find(id).select(Row::as_select()).first(c).optional())?;
    Ok(row.map(Whistle::from))
}

/// The whistle, its row locked until the transaction ends: its calls are changed by one at a time.
pub fn find_locked(tx: &mut Tx<'_>, id: Id<WhistleId>) -> Outcome<Option<Whistle>> {
    let row: Option<Row> =
        with_conn!(tx, |c| lock!(whistles::table.find(id).select(Row::as_select())).first(c).optional())?;
    Ok(row.map(Whistle::from))
}

/// Several.
pub fn find_all(tx: &mut Tx<'_>, ids: &[Id<WhistleId>]) -> Outcome<Vec<Whistle>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = with_conn!(tx, |c| whistles::table
        .filter(whistles::id.eq_any(ids))
        .select(Row::as_select())
        .load(c))?;
    Ok(rows.into_iter().map(Whistle::from).collect())
}

/// Writes that it ended, and its version.
pub fn update(tx: &mut Tx<'_>, w: &Whistle) -> Outcome<bool> {
    let changed = with_conn!(tx, |c| diesel::update(
        whistles::table.find(w.id).filter(whistles::version.eq(w.version - 1))
    )
    .set((whistles::ended_at.eq(w.ended_at), whistles::version.eq(w.version)))
    .execute(c))?;
    Ok(changed == 1)
}

/// How many whistles of exactly this unit have not ended.
pub fn count_open(tx: &mut Tx<'_>, unit: Id<Unit>) -> Outcome<i64> {
    Ok(with_conn!(tx, |c| whistles::table
        .filter(whistles::unit_id.eq(unit))
        .filter(whistles::ended_at.is_null())
        .count()
        .get_result(c))?)
}

/// Rebases the copies of paths after a move.
pub fn rebase(tx: &mut Tx<'_>, from: &UnitPath, to: &UnitPath) -> Outcome<()> {
    let (low, high) = from.range();
    let tail = tail_of(from);
    with_conn!(tx, |c| diesel::update(
        whistles::table.filter(whistles::unit_path.ge(low)).filter(whistles::unit_path.lt(high))
    )
    .set(whistles::unit_path.eq(to.as_str().into_sql::<Text>().concat(substr(whistles::unit_path, tail))))
    .execute(c))?;
    Ok(())
}

/// What a list of whistles is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// To this case.
    pub incident: Option<Id<Incident>>,
    /// Only those that have not ended.
    pub open: bool,
    /// Blown before this one.
    pub before: Option<Id<WhistleId>>,
}

/// The whistles in a scope, the newest first.
pub fn list(tx: &mut Tx<'_>, scope: &Scope, filter: &Filter, limit: i64) -> Outcome<Vec<Whistle>> {
    let mut found: Vec<Row> = Vec::new();
    for root in &scope.roots {
        let (low, high) = root.path.range();
        let rows: Vec<Row> = with_conn!(tx, |c| {
            let mut q = whistles::table.select(Row::as_select()).into_boxed::<Db>();
            q = if root.subtree {
                q.filter(whistles::unit_path.ge(low)).filter(whistles::unit_path.lt(high))
            } else {
                q.filter(whistles::unit_path.eq(low))
            };
            if let Some(incident) = filter.incident {
                q = q.filter(whistles::incident_id.eq(incident));
            }
            if filter.open {
                q = q.filter(whistles::ended_at.is_null());
            }
            if let Some(before) = filter.before {
                q = q.filter(whistles::id.lt(before));
            }
            q.order(whistles::id.desc()).limit(limit).load(c)
        })?;
        found.extend(rows);
    }
    // The roots never overlap: nothing is there twice.
    found.sort_unstable_by_key(|row| std::cmp::Reverse(row.id));
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(found.into_iter().map(Whistle::from).collect())
}
