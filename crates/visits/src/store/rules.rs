//! The monthly rule. Rows are added and never changed.

use chrono::NaiveDate;
use diesel::dsl::max;
use diesel::prelude::*;
use kernel::error::STALE;
use kernel::id::{Unit, User, VisitRule};
use kernel::{Id, Instant, Outcome, UnitPath};
use storage::{Tx, on_unique, with_conn};

use super::schema::visits_rules as rules;
use crate::model::{Month, Rule, RuleBook, RuleVersion, STANDARD};

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = rules)]
struct Row {
    id: Id<VisitRule>,
    unit_id: Id<Unit>,
    unit_path: UnitPath,
    number: i64,
    from_on: NaiveDate,
    is_ended: bool,
    days: i64,
    households: i64,
    min_days_between: i64,
    priority_days: i64,
    recorded_at: Instant,
    recorded_by: Id<User>,
}

impl From<Row> for RuleVersion {
    fn from(row: Row) -> Self {
        let rule = Rule {
            days: row.days,
            households: row.households,
            min_days_between: row.min_days_between,
            priority_days: row.priority_days,
        };
        Self {
            id: row.id,
            unit: row.unit_id,
            path: row.unit_path,
            number: row.number,
            from: row.from_on,
            rule: (!row.is_ended).then_some(rule),
            recorded_at: row.recorded_at,
            recorded_by: row.recorded_by,
        }
    }
}

/// Adds a row; refused where another one was added at the same time.
pub fn insert(tx: &mut Tx<'_>, v: &RuleVersion) -> Outcome<()> {
    let rule = v.rule.unwrap_or(STANDARD);
    let row = Row {
        id: v.id,
        unit_id: v.unit,
        unit_path: v.path.clone(),
        number: v.number,
        from_on: v.from,
        is_ended: v.rule.is_none(),
        days: rule.days,
        households: rule.households,
        min_days_between: rule.min_days_between,
        priority_days: rule.priority_days,
        recorded_at: v.recorded_at,
        recorded_by: v.recorded_by,
    };
    let done = with_conn!(tx, |c| diesel::insert_into(rules::table).values(&row).execute(c));
    done.map_err(|error| on_unique(error.into(), "visits_rules", "unit_id", &STALE))?;
    Ok(())
}

/// The number of a unit's newest row; 0 where it has none.
pub fn newest(tx: &mut Tx<'_>, unit: Id<Unit>) -> Outcome<i64> {
    let newest: Option<i64> =
        with_conn!(tx, |c| rules::table.filter(rules::unit_id.eq(unit)).select(max(rules::number)).first(c))?;
    Ok(newest.unwrap_or_default())
}

/// The rules of the realm in a month.
pub fn book(tx: &mut Tx<'_>, month: Month) -> Outcome<RuleBook> {
    let rows: Vec<Row> = with_conn!(tx, |c| rules::table
        .filter(rules::from_on.le(month.first()))
        .select(Row::as_select())
        .load(c))?;
    Ok(RuleBook::new(rows.into_iter().map(RuleVersion::from).collect(), month))
}

/// What a unit itself said and says, the newest first.
pub fn list(tx: &mut Tx<'_>, unit: Id<Unit>, before: Option<i64>, limit: i64) -> Outcome<Vec<RuleVersion>> {
    let rows: Vec<Row> = with_conn!(tx, |c| {
        let mut q = rules::table.filter(rules::unit_id.eq(unit)).into_boxed::<Db>();
        if let Some(before) = before {
            q = q.filter(rules::number.lt(before));
        }
        q.order(rules::number.desc()).limit(limit).select(Row::as_select()).load(c)
    })?;
    Ok(rows.into_iter().map(RuleVersion::from).collect())
}
