//! What lists say from which moment on.

use diesel::prelude::*;
use kernel::id::{DutyList, DutyListVersion, User};
use kernel::{Fault, Id, Instant, Outcome};
use storage::{Json, Tx, with_conn};

use super::schema::duties_versions as versions;
use super::unknown_word;
use crate::error::MOMENT_TAKEN;
use crate::model::{Version, VersionState};

const TABLE: &str = "duties_versions";

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = versions, treat_none_as_default_value = false)]
struct Row {
    id: Id<DutyListVersion>,
    list_id: Id<DutyList>,
    number: i64,
    state: String,
    note: String,
    is_end: bool,
    from_at: Option<Instant>,
    items: i64,
    hands: Json,
    drafted_by: Id<User>,
    drafted_at: Instant,
    set_by: Option<Id<User>>,
    set_at: Option<Instant>,
    version: i64,
}

impl Row {
    fn of(v: &Version) -> Outcome<Self> {
        Ok(Self {
            id: v.id,
            list_id: v.list,
            number: v.number,
            state: v.state.word().to_owned(),
            note: v.note.clone(),
            is_end: v.is_end,
            from_at: v.from,
            items: v.items,
            hands: hands(v)?,
            drafted_by: v.drafted_by,
            drafted_at: v.drafted_at,
            set_by: v.set_by,
            set_at: v.set_at,
            version: v.version,
        })
    }

    fn version(self) -> Outcome<Version> {
        let hands = serde_json::from_value(self.hands.0)
            .map_err(|error| Fault::internal(format!("{TABLE} has an unreadable row: {error}")))?;
        Ok(Version {
            id: self.id,
            list: self.list_id,
            number: self.number,
            state: VersionState::parse(&self.state).ok_or_else(|| unknown_word(TABLE, &self.state))?,
            note: self.note,
            is_end: self.is_end,
            from: self.from_at,
            items: self.items,
            hands,
            drafted_by: self.drafted_by,
            drafted_at: self.drafted_at,
            set_by: self.set_by,
            set_at: self.set_at,
            version: self.version,
        })
    }
}

fn hands(v: &Version) -> Outcome<Json> {
    serde_json::to_value(&v.hands).map(Json).map_err(Fault::internal)
}

/// Adds a version.
pub fn insert(tx: &mut Tx<'_>, version: &Version) -> Outcome<()> {
    let row = Row::of(version)?;
    with_conn!(tx, |c| diesel::insert_into(versions::table).values(&row).execute(c))?;
    Ok(())
}

/// The version.
pub fn find(tx: &mut Tx<'_>, id: Id<DutyListVersion>) -> Outcome<Option<Version>> {
    let row: Option<Row> =
        with_conn!(tx, |c| versions::table.find(id).select(Row::as_select()).first(c).optional())?;
    row.map(Row::version).transpose()
}

/// Writes what can change, if it still has the version before; answers whether it had.
pub fn update(tx: &mut Tx<'_>, v: &Version) -> Outcome<bool> {
    let hands = hands(v)?;
    let changed = with_conn!(tx, |c| diesel::update(
        versions::table.find(v.id).filter(versions::version.eq(v.version - 1))
    )
    .set((
        versions::state.eq(v.state.word()),
        versions::from_at.eq(v.from),
        versions::items.eq(v.items),
        versions::hands.eq(&hands),
        versions::set_by.eq(v.set_by),
        versions::set_at.eq(v.set_at),
        versions::version.eq(v.version),
    ))
    .execute(c))
    .map_err(|error| meaning(error.into()))?;
    Ok(changed == 1)
}

/// Two versions of a list from one moment: PostgreSQL names the constraint, SQLite both columns.
fn meaning(fault: Fault) -> Fault {
    fault
        .meaning("duties_versions_from_at_key", &MOMENT_TAKEN)
        .meaning("duties_versions.from_at", &MOMENT_TAKEN)
}

/// All versions of these lists that were put in force, in the order of their moments.
pub fn set_of(tx: &mut Tx<'_>, lists: &[Id<DutyList>]) -> Outcome<Vec<Version>> {
    if lists.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = with_conn!(tx, |c| versions::table
        .filter(versions::list_id.eq_any(lists))
        .filter(versions::from_at.is_not_null())
        .order((versions::list_id.asc(), versions::from_at.asc()))
        .select(Row::as_select())
        .load(c))?;
    rows.into_iter().map(Row::version).collect()
}

/// One page of a list's versions, drafts too, the newest first.
pub fn list(tx: &mut Tx<'_>, list: Id<DutyList>, before: Option<i64>, limit: i64) -> Outcome<Vec<Version>> {
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q = versions::table.filter(versions::list_id.eq(list)).into_boxed::<Db>();
        if let Some(before) = before {
            q = q.filter(versions::number.lt(before));
        }
        q.order(versions::number.desc()).limit(limit).select(Row::as_select()).load(c)
    })?;
    rows.into_iter().map(Row::version).collect()
}
