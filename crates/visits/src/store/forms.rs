//! Forms, and the versions of what they ask.

use diesel::prelude::*;
use kernel::id::{self, Unit, User, VisitFormVersion};
use kernel::{Id, Instant, Outcome, Scope, UnitPath};
use storage::{Json, Tx, on_unique, with_conn};

use super::schema::{visits_form_versions as versions, visits_forms as forms};
use super::{from_json, or_in_scope, to_json};
use crate::error::FORM_CODE_TAKEN;
use crate::model::{Form, FormVersion};

const VERSIONS: &str = "visits_form_versions";

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = forms, treat_none_as_default_value = false)]
struct Row {
    id: Id<id::VisitForm>,
    unit_id: Id<Unit>,
    unit_path: UnitPath,
    code: String,
    name: String,
    number: i64,
    retired_at: Option<Instant>,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl From<Row> for Form {
    fn from(row: Row) -> Self {
        let Row { id, unit_id, unit_path, code, name, number, retired_at, version, created_at, updated_at } =
            row;
        Self {
            id,
            unit: unit_id,
            path: unit_path,
            code,
            name,
            number,
            retired_at,
            version,
            created_at,
            updated_at,
        }
    }
}

/// Adds a form; refused where the unit has a live one with this code.
pub fn insert(tx: &mut Tx<'_>, f: &Form) -> Outcome<()> {
    let row = Row {
        id: f.id,
        unit_id: f.unit,
        unit_path: f.path.clone(),
        code: f.code.clone(),
        name: f.name.clone(),
        number: f.number,
        retired_at: f.retired_at,
        version: f.version,
        created_at: f.created_at,
        updated_at: f.updated_at,
    };
    let done = with_conn!(tx, |c| diesel::insert_into(forms::table).values(&row).execute(c));
    done.map_err(|error| on_unique(error.into(), "visits_forms", "unit_id", &FORM_CODE_TAKEN))?;
    Ok(())
}

/// The form.
pub fn find(tx: &mut Tx<'_>, id: Id<id::VisitForm>) -> Outcome<Option<Form>> {
    let row: Option<Row> =
        with_conn!(tx, |c| forms::table.find(id).select(Row::as_select()).first(c).optional())?;
    Ok(row.map(Form::from))
}

/// Writes what can be changed, if the form still has the version before; answers whether it had.
pub fn update(tx: &mut Tx<'_>, f: &Form) -> Outcome<bool> {
    let changed =
        with_conn!(tx, |c| diesel::update(forms::table.find(f.id).filter(forms::version.eq(f.version - 1)))
            .set((
                forms::name.eq(&f.name),
                forms::number.eq(f.number),
                forms::retired_at.eq(f.retired_at),
                forms::version.eq(f.version),
                forms::updated_at.eq(f.updated_at),
            ))
            .execute(c))?;
    Ok(changed == 1)
}

/// The live forms of some units, in the order of the tree and of codes.
pub fn live_of(tx: &mut Tx<'_>, units: &[Id<Unit>]) -> Outcome<Vec<Form>> {
    let rows: Vec<Row> = with_conn!(tx, |c| forms::table
        .filter(forms::unit_id.eq_any(units))
        .filter(forms::retired_at.is_null())
        .order((forms::unit_path.asc(), forms::code.asc()))
        .select(Row::as_select())
        .load(c))?;
    Ok(rows.into_iter().map(Form::from).collect())
}

/// Forms in a scope by id, retired ones too.
pub fn list(
    tx: &mut Tx<'_>,
    scope: &Scope,
    after: Option<Id<id::VisitForm>>,
    limit: i64,
) -> Outcome<Vec<Form>> {
    if scope.roots.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q = or_in_scope!(forms::table.into_boxed::<Db>(), forms, scope);
        if let Some(after) = after {
            q = q.filter(forms::id.gt(after));
        }
        q.order(forms::id.asc()).limit(limit).select(Row::as_select()).load(c)
    })?;
    Ok(rows.into_iter().map(Form::from).collect())
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = versions)]
struct VersionRow {
    id: Id<VisitFormVersion>,
    form_id: Id<id::VisitForm>,
    number: i64,
    questions: Json,
    created_at: Instant,
    created_by: Id<User>,
}

/// Adds a version of a form.
pub fn insert_version(tx: &mut Tx<'_>, v: &FormVersion) -> Outcome<()> {
    let row = VersionRow {
        id: v.id,
        form_id: v.form,
        number: v.number,
        questions: to_json(&v.questions)?,
        created_at: v.created_at,
        created_by: v.created_by,
    };
    with_conn!(tx, |c| diesel::insert_into(versions::table).values(&row).execute(c))?;
    Ok(())
}

/// A version of a form.
pub fn version(tx: &mut Tx<'_>, form: Id<id::VisitForm>, number: i64) -> Outcome<Option<FormVersion>> {
    let row: Option<VersionRow> = with_conn!(tx, |c| versions::table
        .filter(versions::form_id.eq(form))
        .filter(versions::number.eq(number))
        .select(VersionRow::as_select())
        .first(c)
        .optional())?;
    row.map(read_version).transpose()
}

/// The newest versions of some forms.
pub fn newest(tx: &mut Tx<'_>, wanted: &[Form]) -> Outcome<Vec<FormVersion>> {
    let ids: Vec<Id<id::VisitForm>> = wanted.iter().map(|form| form.id).collect();
    let rows: Vec<VersionRow> = with_conn!(tx, |c| versions::table
        .inner_join(forms::table.on(forms::id.eq(versions::form_id).and(forms::number.eq(versions::number))))
        .filter(versions::form_id.eq_any(ids))
        .select(VersionRow::as_select())
        .load(c))?;
    rows.into_iter().map(read_version).collect()
}

fn read_version(row: VersionRow) -> Outcome<FormVersion> {
    Ok(FormVersion {
        id: row.id,
        form: row.form_id,
        number: row.number,
        questions: from_json(VERSIONS, row.questions)?,
        created_at: row.created_at,
        created_by: row.created_by,
    })
}
