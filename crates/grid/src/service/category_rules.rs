//! The rules of categories: what is said of one in a unit and below.

use contracts::UnitRef;
use kernel::error::{FIELD_RANGE, FIELD_UNKNOWN_REFERENCE, Fields, INVALID, NOT_FOUND, OrRefuse, STALE};
use kernel::id::{Category as CategoryId, Unit};
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome};
use serde_json::{Value, json};
use storage::audit::Entry;
use storage::{Tx, audit};

use super::categories;
use crate::error::{CATEGORY_NOT_HERE, CATEGORY_RETIRED, RULE_SAYS_NOTHING, UNIT_CLOSED};
use crate::model::{Category, Rule, Says, Term};
use crate::permission::ManageCategories;
use crate::ports::GridServices;
use crate::store::category_rules as rules;

fn check(says: &Says) -> Outcome<()> {
    if *says == Says::default() {
        return Err(RULE_SAYS_NOTHING.fault());
    }
    let mut fields = Fields::default();
    for (pointer, term) in
        [("/accept_within/count", says.accept_within), ("/resolve_within/count", says.resolve_within)]
    {
        if let Some(term) = term.filter(|t| t.span().is_none()) {
            fields.bad(pointer, &FIELD_RANGE, Some(format!("1 to {}", term.unit.longest())));
        }
    }
    fields.finish()
}

/// The category as the actor sees it, and the unit in which they may say what holds of it.
fn place(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    category: Id<CategoryId>,
    unit: Id<Unit>,
) -> Outcome<(Category, UnitRef)> {
    let (category, home) = categories::seen(tx, ctx, s, category)?;
    let unit = s.tree.unit(tx, unit)?.or_refuse(&NOT_FOUND)?;
    ctx.require(ManageCategories::PERMISSION, &unit.path)?;
    if home.path.contains(&unit.path) { Ok((category, unit)) } else { Err(CATEGORY_NOT_HERE.fault()) }
}

/// Says what holds of a category in a unit, in place of what was said there. `expected` is the version of that; 0 for none.
pub fn put(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    category: Id<CategoryId>,
    unit: Id<Unit>,
    expected: i64,
    says: &Says,
) -> Outcome<Rule> {
    let (category, unit) = place(tx, ctx, s, category, unit)?;
    if category.retired_at.is_some() {
        return Err(CATEGORY_RETIRED.fault());
    }
    if unit.closed {
        return Err(UNIT_CLOSED.fault());
    }
    check(says)?;
    if let Some(id) = says.department {
        let unknown = || INVALID.refusal().at("/department_id", &FIELD_UNKNOWN_REFERENCE);
        if s.tree.unit(tx, id)?.ok_or_else(unknown)?.closed {
            return Err(UNIT_CLOSED.refusal().at("/department_id", &UNIT_CLOSED).into());
        }
    }
    let before = rules::find(tx, category.id, unit.id)?;
    if before.as_ref().map_or(0, |rule| rule.version) != expected {
        return Err(STALE.fault());
    }
    let mut says = says.clone();
    if let Some(requires) = &mut says.requires {
        requires.sort_unstable();
        requires.dedup();
    }
    let rule = Rule { category: category.id, unit: unit.id, says, version: expected.saturating_add(1) };
    let written = if before.is_none() { rules::insert(tx, &rule)? } else { rules::update(tx, &rule)? };
    if !written {
        return Err(STALE.fault());
    }
    trail(tx, ctx, "grid.category.put_rule", &rule, before.as_ref().map(facts), Some(facts(&rule)))?;
    Ok(rule)
}

/// Takes back what was said of a category in a unit.
pub fn remove(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    category: Id<CategoryId>,
    unit: Id<Unit>,
    expected: i64,
) -> Outcome<()> {
    let (category, unit) = place(tx, ctx, s, category, unit)?;
    let rule = rules::find(tx, category.id, unit.id)?.or_refuse(&NOT_FOUND)?;
    if rule.version != expected || !rules::delete(tx, &rule)? {
        return Err(STALE.fault());
    }
    trail(tx, ctx, "grid.category.remove_rule", &rule, Some(facts(&rule)), None)
}

fn facts(rule: &Rule) -> Value {
    let term = |t: Term| json!({ "count": t.count, "unit": t.unit.word() });
    let says = &rule.says;
    json!({
        "department": says.department,
        "priority": says.priority.map(crate::model::Priority::word),
        "requires": says.requires.as_ref().map(|all| all.iter().map(|r| r.word()).collect::<Vec<_>>()),
        "accept_within": says.accept_within.map(term),
        "resolve_within": says.resolve_within.map(term),
        "version": rule.version,
    })
}

fn trail(
    tx: &mut Tx<'_>,
    ctx: &Context,
    action: &str,
    rule: &Rule,
    before: Option<Value>,
    after: Option<Value>,
) -> Outcome<()> {
    audit::record(
        tx,
        ctx,
        Entry {
            action,
            object_kind: "category",
            object: Some(rule.category.uuid()),
            unit: Some(rule.unit),
            before,
            after,
        },
    )
}
