//! The rows of imports, and the names by which they lean on each other.

use diesel::prelude::*;
use kernel::id::{AuditRecord, Import as ImportKind};
use kernel::sql::Json;
use kernel::{Fault, Id, Outcome};
use serde_json::json;
use storage::{Tx, with_conn};

use super::schema::{imports_row_names as names, imports_rows as rows};
use crate::model::{Row, RowOutcome, RowProblem};
use crate::ports::Safe;
use crate::read::ListRow;

/// Rows of one statement: SQLite takes no more than some thousand values.
const AT_ONCE: usize = 100;
/// Between the names that one row wants: a character that no cell holds.
const BETWEEN: &str = "\u{1f}";

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = rows, treat_none_as_default_value = false)]
struct Stored {
    import_id: Id<ImportKind>,
    line: i64,
    cells: Json,
    wants: Option<String>,
    outcome: String,
    code: Option<String>,
    detail: Option<String>,
    errors: Json,
    object_id: Option<Id<AuditRecord>>,
}

/// What the cells of a row are sealed for: those of one row open as no other's.
fn purpose(import: Id<ImportKind>, line: i64) -> String {
    format!("imports.row.{import}.{line}")
}

impl Stored {
    fn open(self, safe: &dyn Safe) -> Outcome<Row> {
        let s = self;
        let sealed = s.cells.0.as_str().ok_or_else(|| Fault::internal("cells that are not sealed"))?;
        let cells = safe.open(&purpose(s.import_id, s.line), sealed)?;
        let outcome = RowOutcome::parse(&s.outcome).ok_or_else(|| {
            Fault::internal(format!("imports_rows has a row with the unknown word {:?}", s.outcome))
        })?;
        let errors = serde_json::from_value(s.errors.0).map_err(Fault::internal)?;
        Ok(Row {
            line: s.line,
            cells: serde_json::from_str(&cells).map_err(Fault::internal)?,
            wants: s.wants.map(|w| w.split(BETWEEN).map(str::to_owned).collect()).unwrap_or_default(),
            outcome,
            problem: s.code.map(|code| RowProblem { code, detail: s.detail, errors }),
            object_id: s.object_id.map(Id::uuid),
        })
    }
}

/// Adds rows of a file: those that cannot be tried have failed already.
pub fn insert(tx: &mut Tx<'_>, safe: &dyn Safe, import: Id<ImportKind>, list: &[ListRow]) -> Outcome<()> {
    for part in list.chunks(AT_ONCE) {
        let stored: Vec<Stored> = part.iter().map(|row| stored(safe, import, row)).collect::<Outcome<_>>()?;
        with_conn!(tx, |c| diesel::insert_into(rows::table).values(&stored).execute(c))?;
        let given: std::collections::BTreeSet<(String, i64)> = part
            .iter()
            .filter(|row| row.problem.is_none())
            .flat_map(|row| row.ties.gives.iter().map(move |name| (short(name), row.line)))
            .collect();
        let given: Vec<_> = given
            .into_iter()
            .map(|(name, line)| (names::import_id.eq(import), names::name.eq(name), names::line.eq(line)))
            .collect();
        with_conn!(tx, |c| diesel::insert_into(names::table).values(&given).execute(c))?;
    }
    Ok(())
}

/// A name as it is kept: an index takes no key of any length, and what is longer is no name.
fn short(name: &str) -> String {
    name.chars().take(200).collect()
}

fn stored(safe: &dyn Safe, import: Id<ImportKind>, row: &ListRow) -> Outcome<Stored> {
    let outcome = if row.problem.is_some() { RowOutcome::Failed } else { RowOutcome::Pending };
    let problem = row.problem.as_ref();
    let cells = serde_json::to_string(&row.cells).map_err(Fault::internal)?;
    let cells = safe.seal(&purpose(import, row.line), &cells)?;
    Ok(Stored {
        import_id: import,
        line: row.line,
        cells: Json(json!(cells)),
        wants: (!row.ties.wants.is_empty()).then(|| row.ties.wants.join(BETWEEN)),
        outcome: outcome.word().to_owned(),
        code: problem.map(|p| p.code.clone()),
        detail: problem.and_then(|p| p.detail.clone()),
        errors: Json(problem.map_or_else(|| json!([]), |p| json!(p.errors))),
        object_id: None,
    })
}

/// Rows of an import after a line, of one outcome if told, in the order of the file.
pub fn after(
    tx: &mut Tx<'_>,
    safe: &dyn Safe,
    import: Id<ImportKind>,
    line: i64,
    outcome: Option<RowOutcome>,
    limit: i64,
) -> Outcome<Vec<Row>> {
    let found: Vec<Stored> = with_conn!(tx, |c| {
        let mut q = rows::table
            .filter(rows::import_id.eq(import))
            .filter(rows::line.gt(line))
            .select(Stored::as_select())
            .into_boxed::<Db>();
        if let Some(outcome) = outcome {
            q = q.filter(rows::outcome.eq(outcome.word()));
        }
        q.order(rows::line.asc()).limit(limit).load(c)
    })?;
    found.into_iter().map(|row| row.open(safe)).collect()
}

/// The rows before a line that give a name, as far as they can be tried; at most `limit`.
pub fn giving(
    tx: &mut Tx<'_>,
    safe: &dyn Safe,
    import: Id<ImportKind>,
    name: &str,
    before: i64,
    limit: i64,
) -> Outcome<Vec<Row>> {
    let name = short(name);
    let found: Vec<Stored> = with_conn!(tx, |c| rows::table
        .inner_join(names::table.on(names::import_id.eq(rows::import_id).and(names::line.eq(rows::line))))
        .filter(names::import_id.eq(import))
        .filter(names::name.eq(&name))
        .filter(names::line.lt(before))
        .filter(rows::outcome.eq_any([RowOutcome::Pending.word(), RowOutcome::Passed.word()]))
        .select(Stored::as_select())
        .order(names::line.asc())
        .limit(limit)
        .load(c))?;
    found.into_iter().map(|row| row.open(safe)).collect()
}

/// Notes what became of a row.
pub fn set(
    tx: &mut Tx<'_>,
    import: Id<ImportKind>,
    line: i64,
    outcome: RowOutcome,
    object: Option<uuid::Uuid>,
    problem: Option<&RowProblem>,
) -> Outcome<()> {
    let object: Option<Id<AuditRecord>> = object.map(Id::from_uuid);
    with_conn!(tx, |c| diesel::update(rows::table.find((import, line)))
        .set((
            rows::outcome.eq(outcome.word()),
            rows::object_id.eq(object),
            rows::code.eq(problem.map(|p| p.code.as_str())),
            rows::detail.eq(problem.and_then(|p| p.detail.as_deref())),
            rows::errors.eq(Json(problem.map_or_else(|| json!([]), |p| json!(p.errors)))),
        ))
        .execute(c))?;
    Ok(())
}

/// Notes what rows became: one statement on PostgreSQL, where each is a round trip.
pub fn done(tx: &mut Tx<'_>, import: Id<ImportKind>, all: &[(i64, uuid::Uuid)]) -> Outcome<()> {
    use diesel::sql_types::{BigInt, Text};
    use storage::DbUuid;
    if !tx.is_postgres() {
        return all
            .iter()
            .try_for_each(|(line, object)| set(tx, import, *line, RowOutcome::Done, Some(*object), None));
    }
    for some in all.chunks(AT_ONCE) {
        let rows: Vec<String> =
            (0..some.len()).map(|n| format!("(${}::bigint, ${}::uuid)", 2 * n + 3, 2 * n + 4)).collect();
        let sql = format!(
            "update imports_rows as r set outcome = $1, object_id = v.object_id \
             from (values {}) as v (line, object_id) where r.import_id = $2 and r.line = v.line",
            rows.join(", ")
        );
        with_conn!(tx, |c| {
            let mut q = diesel::sql_query(&sql)
                .into_boxed::<Db>()
                .bind::<Text, _>(RowOutcome::Done.word())
                .bind::<DbUuid, _>(import);
            for (line, object) in some {
                let object: Id<AuditRecord> = Id::from_uuid(*object);
                q = q.bind::<BigInt, _>(*line).bind::<DbUuid, _>(object);
            }
            q.execute(c)
        })?;
    }
    Ok(())
}

/// Notes that rows passed the check.
pub fn pass(tx: &mut Tx<'_>, import: Id<ImportKind>, lines: &[i64]) -> Outcome<()> {
    with_conn!(tx, |c| diesel::update(
        rows::table.filter(rows::import_id.eq(import)).filter(rows::line.eq_any(lines))
    )
    .set(rows::outcome.eq(RowOutcome::Passed.word()))
    .execute(c))?;
    Ok(())
}

/// Removes up to `limit` rows of an import with their names; answers whether more are left.
pub fn clear(tx: &mut Tx<'_>, import: Id<ImportKind>, limit: i64) -> Outcome<bool> {
    let last: Vec<i64> = with_conn!(tx, |c| rows::table
        .filter(rows::import_id.eq(import))
        .select(rows::line)
        .order(rows::line.asc())
        .limit(limit)
        .load(c))?;
    let Some(upto) = last.last().copied() else { return Ok(false) };
    with_conn!(tx, |c| diesel::delete(
        names::table.filter(names::import_id.eq(import)).filter(names::line.le(upto))
    )
    .execute(c))?;
    with_conn!(tx, |c| diesel::delete(
        rows::table.filter(rows::import_id.eq(import)).filter(rows::line.le(upto))
    )
    .execute(c))?;
    Ok(i64::try_from(last.len()).unwrap_or(0) >= limit)
}
