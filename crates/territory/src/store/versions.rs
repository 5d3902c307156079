//! `territory_unit_versions`: the past stretches.

use diesel::prelude::*;
use kernel::id::{self, UnitVersion, User};
use kernel::{Id, Instant, Outcome, PageSize};
use storage::{Tx, with_conn};

use super::schema::territory_unit_versions as versions;
use crate::model::Stretch;

/// A row.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = versions, treat_none_as_default_value = false)]
struct Row {
    id: Id<UnitVersion>,
    unit_id: Id<id::Unit>,
    version: i64,
    parent_id: Option<Id<id::Unit>>,
    name: String,
    kind: String,
    code: Option<String>,
    valid_from: Instant,
    valid_until: Instant,
    changed_by: Id<User>,
}

impl From<Row> for Stretch {
    fn from(r: Row) -> Self {
        Self {
            id: r.id,
            unit_id: r.unit_id,
            version: r.version,
            parent_id: r.parent_id,
            name: r.name,
            kind: r.kind,
            code: r.code,
            valid_from: r.valid_from,
            valid_until: r.valid_until,
            changed_by: r.changed_by,
        }
    }
}

/// Writes a stretch that has ended.
pub(crate) fn insert(tx: &mut Tx<'_>, past: Stretch) -> Outcome<()> {
    let row = Row {
        id: past.id,
        unit_id: past.unit_id,
        version: past.version,
        parent_id: past.parent_id,
        name: past.name,
        kind: past.kind,
        code: past.code,
        valid_from: past.valid_from,
        valid_until: past.valid_until,
        changed_by: past.changed_by,
    };
    with_conn!(tx, |c| diesel::insert_into(versions::table).values(&row).execute(c))?;
    Ok(())
}

/// The stretch that held at `at`, if it is a past one.
pub(crate) fn at(tx: &mut Tx<'_>, unit: Id<id::Unit>, at: Instant) -> Outcome<Option<Stretch>> {
    let row: Option<Row> = with_conn!(tx, |c| versions::table
        .filter(versions::unit_id.eq(unit))
        .filter(versions::valid_from.le(at))
        .filter(versions::valid_until.gt(at))
        .order(versions::version.desc())
        .select(Row::as_select())
        .first(c)
        .optional())?;
    Ok(row.map(Stretch::from))
}

/// Past stretches, the newest first, those before version `before`.
pub(crate) fn page(
    tx: &mut Tx<'_>,
    unit: Id<id::Unit>,
    before: i64,
    size: PageSize,
) -> Outcome<Vec<Stretch>> {
    let rows: Vec<Row> = with_conn!(tx, |c| versions::table
        .filter(versions::unit_id.eq(unit))
        .filter(versions::version.lt(before))
        .order(versions::version.desc())
        .select(Row::as_select())
        .limit(size.probe())
        .load(c))?;
    Ok(rows.into_iter().map(Stretch::from).collect())
}
