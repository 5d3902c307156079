//! The rules of categories: one row for a category and a unit.

use contracts::SpanUnit;
use diesel::prelude::*;
use kernel::id::{Category, Unit};
use kernel::{Id, Outcome};
use storage::{Tx, with_conn};

use super::incidents::priority;
use super::schema::grid_category_rules as rules;
use super::unknown_word;
use crate::model::{Priority, Requirement, Rule, Says, Term};

const TABLE: &str = "grid_category_rules";

#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = rules, treat_none_as_default_value = false, treat_none_as_null = true)]
#[diesel(primary_key(category_id, unit_id))]
struct Row {
    category_id: Id<Category>,
    unit_id: Id<Unit>,
    department_id: Option<Id<Unit>>,
    priority: Option<String>,
    requires: Option<String>,
    accept_count: Option<i32>,
    accept_unit: Option<String>,
    resolve_count: Option<i32>,
    resolve_unit: Option<String>,
    version: i64,
}

fn term(count: Option<i32>, unit: Option<&str>) -> Outcome<Option<Term>> {
    let (Some(count), Some(unit)) = (count, unit) else { return Ok(None) };
    let unit = SpanUnit::parse(unit).ok_or_else(|| unknown_word(TABLE, unit))?;
    Ok(Some(Term { count, unit }))
}

fn requirements(words: &str) -> Outcome<Vec<Requirement>> {
    words.split_whitespace().map(|w| Requirement::parse(w).ok_or_else(|| unknown_word(TABLE, w))).collect()
}

impl Row {
    fn rule(self) -> Outcome<Rule> {
        Ok(Rule {
            category: self.category_id,
            unit: self.unit_id,
            says: Says {
                department: self.department_id,
                priority: priority(TABLE, self.priority.as_deref())?,
                requires: self.requires.as_deref().map(requirements).transpose()?,
                accept_within: term(self.accept_count, self.accept_unit.as_deref())?,
                resolve_within: term(self.resolve_count, self.resolve_unit.as_deref())?,
            },
            version: self.version,
        })
    }

    fn of(rule: &Rule) -> Self {
        let says = &rule.says;
        let words = |all: &Vec<Requirement>| all.iter().map(|r| r.word()).collect::<Vec<_>>().join(" ");
        let (accept_count, accept_unit) =
            says.accept_within.map(|t| (t.count, t.unit.word().to_owned())).unzip();
        let (resolve_count, resolve_unit) =
            says.resolve_within.map(|t| (t.count, t.unit.word().to_owned())).unzip();
        Self {
            category_id: rule.category,
            unit_id: rule.unit,
            department_id: says.department,
            priority: says.priority.map(Priority::word).map(str::to_owned),
            requires: says.requires.as_ref().map(words),
            accept_count,
            accept_unit,
            resolve_count,
            resolve_unit,
            version: rule.version,
        }
    }
}

/// The rule.
pub fn find(tx: &mut Tx<'_>, category: Id<Category>, unit: Id<Unit>) -> Outcome<Option<Rule>> {
    let row: Option<Row> =
        with_conn!(tx, |c| rules::table.find((category, unit)).select(Row::as_select()).first(c).optional())?;
    row.map(Row::rule).transpose()
}

/// Adds a rule; answers whether there was none.
pub fn insert(tx: &mut Tx<'_>, rule: &Rule) -> Outcome<bool> {
    let row = Row::of(rule);
    let added = with_conn!(tx, |c| diesel::insert_into(rules::table)
        .values(&row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(added == 1)
}

/// Writes a rule, if it still has the version before; answers whether it had.
pub fn update(tx: &mut Tx<'_>, rule: &Rule) -> Outcome<bool> {
    let row = Row::of(rule);
    let changed = with_conn!(tx, |c| diesel::update(
        rules::table.find((rule.category, rule.unit)).filter(rules::version.eq(rule.version - 1))
    )
    .set(&row)
    .execute(c))?;
    Ok(changed == 1)
}

/// Removes a rule of this version; answers whether it was there.
pub fn delete(tx: &mut Tx<'_>, rule: &Rule) -> Outcome<bool> {
    let removed = with_conn!(tx, |c| diesel::delete(
        rules::table.find((rule.category, rule.unit)).filter(rules::version.eq(rule.version))
    )
    .execute(c))?;
    Ok(removed == 1)
}

/// The rules of a category, in the order of their units' ids.
pub fn list(
    tx: &mut Tx<'_>,
    category: Id<Category>,
    after: Option<Id<Unit>>,
    limit: i64,
) -> Outcome<Vec<Rule>> {
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q = rules::table.filter(rules::category_id.eq(category)).into_boxed::<Db>();
        if let Some(after) = after {
            q = q.filter(rules::unit_id.gt(after));
        }
        q.order(rules::unit_id.asc()).limit(limit).select(Row::as_select()).load(c)
    })?;
    rows.into_iter().map(Row::rule).collect()
}

/// The rules of some categories in some units.
pub fn of(tx: &mut Tx<'_>, categories: &[Id<Category>], units: &[Id<Unit>]) -> Outcome<Vec<Rule>> {
    let rows: Vec<Row> = with_conn!(tx, |c| rules::table
        .filter(rules::category_id.eq_any(categories))
        .filter(rules::unit_id.eq_any(units))
        .select(Row::as_select())
        .load(c))?;
    rows.into_iter().map(Row::rule).collect()
}
