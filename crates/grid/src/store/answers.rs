//! Words that officials answer with.

use diesel::prelude::*;
use kernel::id::{AnswerTemplate, Category, Unit};
use kernel::{Id, Instant, Outcome};
use storage::{Tx, with_conn};

use super::schema::grid_answers as answers;
use crate::model::Answer;

/// Of each question so many are told of at most.
const MOST: i64 = 500;

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = answers, treat_none_as_default_value = false)]
struct Row {
    id: Id<AnswerTemplate>,
    unit_id: Id<Unit>,
    category_id: Option<Id<Category>>,
    title: String,
    body: String,
    retired_at: Option<Instant>,
    version: i64,
    created_at: Instant,
}

impl Row {
    fn answer(self) -> Answer {
        Answer {
            id: self.id,
            unit: self.unit_id,
            category: self.category_id,
            title: self.title,
            body: self.body,
            retired_at: self.retired_at,
            version: self.version,
            created_at: self.created_at,
        }
    }
}

/// Adds one.
pub fn insert(tx: &mut Tx<'_>, answer: &Answer) -> Outcome<()> {
    let row = Row {
        id: answer.id,
        unit_id: answer.unit,
        category_id: answer.category,
        title: answer.title.clone(),
        body: answer.body.clone(),
        retired_at: answer.retired_at,
        version: answer.version,
        created_at: answer.created_at,
    };
    with_conn!(tx, |c| diesel::insert_into(answers::table).values(&row).execute(c))?;
    Ok(())
}

/// One of them.
pub fn find(tx: &mut Tx<'_>, id: Id<AnswerTemplate>) -> Outcome<Option<Answer>> {
    let row: Option<Row> =
        with_conn!(tx, |c| answers::table.find(id).select(Row::as_select()).first(c).optional())?;
    Ok(row.map(Row::answer))
}

/// Writes what can be changed, if it still has the version before; answers whether it had.
pub fn update(tx: &mut Tx<'_>, answer: &Answer) -> Outcome<bool> {
    let changed = with_conn!(tx, |c| diesel::update(
        answers::table.find(answer.id).filter(answers::version.eq(answer.version - 1))
    )
    .set((
        answers::category_id.eq(answer.category),
        answers::title.eq(&answer.title),
        answers::body.eq(&answer.body),
        answers::retired_at.eq(answer.retired_at),
        answers::version.eq(answer.version),
    ))
    .execute(c))?;
    Ok(changed == 1)
}

/// The live ones of several units.
pub fn of_units(tx: &mut Tx<'_>, units: &[Id<Unit>]) -> Outcome<Vec<Answer>> {
    let rows: Vec<Row> = with_conn!(tx, |c| answers::table
        .filter(answers::unit_id.eq_any(units))
        .filter(answers::retired_at.is_null())
        .order(answers::id.asc())
        .limit(MOST)
        .select(Row::as_select())
        .load(c))?;
    Ok(rows.into_iter().map(Row::answer).collect())
}
