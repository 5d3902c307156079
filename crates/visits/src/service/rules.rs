//! The monthly rule of a unit: set from a month on, ended from a month on; what was said stays on record.

use chrono::NaiveDate;
use kernel::error::{FIELD_RANGE, FIELD_UNKNOWN_REFERENCE, Fields, INVALID, NOT_FOUND, OrRefuse};
use kernel::id::Unit;
use kernel::permission::Permit;
use kernel::{Context, Fault, Id, Outcome};
use serde_json::json;
use storage::audit::Entry;
use storage::{Tx, audit};

use super::forms::bears;
use crate::error::{NO_RULE, RULE_DAY, UNIT_CLOSED};
use crate::model::{Month, Rule, RuleVersion, day_of};
use crate::permission::{ManageRules, ReadRules};
use crate::ports::VisitServices;
use crate::store::{place, rules};

/// What a unit says from a month on.
#[derive(Debug, Clone)]
pub struct NewRule {
    /// Which unit.
    pub unit: Id<Unit>,
    /// The first day of the first month.
    pub from: NaiveDate,
    /// What is asked; `None`: what the unit above asks.
    pub rule: Option<Rule>,
}

/// Sets or ends the rule of a unit. The past is not changed: this month at the earliest.
pub fn set(tx: &mut Tx<'_>, ctx: &Context, s: &VisitServices, new: &NewRule) -> Outcome<RuleVersion> {
    place::join(tx)?;
    let unknown = || Fault::from(INVALID.refusal().at("/unit_id", &FIELD_UNKNOWN_REFERENCE));
    let unit = s.tree.unit(tx, new.unit)?.ok_or_else(unknown)?;
    ctx.require_at(ManageRules::PERMISSION, unit.id, &unit.path)?;
    if unit.closed {
        return Err(INVALID.refusal().at("/unit_id", &UNIT_CLOSED).into());
    }
    check(ctx, s, new)?;
    let number = rules::newest(tx, unit.id)? + 1;
    if new.rule.is_none() && rules::book(tx, Month::of(new.from))?.at(&unit.path).1 != Some(unit.id) {
        return Err(NO_RULE.fault());
    }
    let version = RuleVersion {
        id: ctx.id(),
        unit: unit.id,
        path: unit.path,
        number,
        from: new.from,
        rule: new.rule,
        recorded_at: ctx.now,
        recorded_by: ctx.actor.user,
    };
    rules::insert(tx, &version)?;
    leave(tx, ctx, &version)?;
    Ok(version)
}

fn check(ctx: &Context, s: &VisitServices, new: &NewRule) -> Outcome<()> {
    let mut fields = Fields::default();
    let this_month = Month::of(day_of(s.zone, ctx.now));
    let month = Month::of(new.from);
    if new.from != month.first() || month < this_month {
        fields.bad("/from_on", &RULE_DAY, Some(format!("{} or later", this_month.first())));
    }
    let rule = new.rule.unwrap_or(crate::model::STANDARD);
    for (pointer, value, range) in [
        ("/days", rule.days, 0..=31),
        ("/households", rule.households, 0..=10_000),
        ("/min_days_between", rule.min_days_between, 0..=366),
        ("/priority_days", rule.priority_days, 1..=366),
    ] {
        if !range.contains(&value) {
            fields.bad(pointer, &FIELD_RANGE, Some(format!("{} to {}", range.start(), range.end())));
        }
    }
    fields.finish()
}

fn leave(tx: &mut Tx<'_>, ctx: &Context, version: &RuleVersion) -> Outcome<()> {
    let rule = version.rule;
    let after = json!({
        "from_on": version.from,
        "is_ended": rule.is_none(),
        "days": rule.map(|r| r.days),
        "households": rule.map(|r| r.households),
        "min_days_between": rule.map(|r| r.min_days_between),
        "priority_days": rule.map(|r| r.priority_days),
        "number": version.number,
    });
    let entry = Entry {
        action: if rule.is_some() { "visits.rule.set" } else { "visits.rule.end" },
        object_kind: "visit_rule",
        object: Some(version.id.uuid()),
        unit: Some(version.unit),
        before: None,
        after: Some(after),
    };
    audit::record(tx, ctx, entry)
}

/// What holds for a unit in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resolved {
    /// What is asked of a worker.
    pub rule: Rule,
    /// The unit that says so; `None`: no unit does, and the standard holds.
    pub unit: Option<Id<Unit>>,
}

/// What holds for a unit in a month.
pub fn resolve(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &VisitServices,
    unit: Id<Unit>,
    month: Month,
) -> Outcome<Resolved> {
    let unit = s.tree.unit(tx, unit)?.or_refuse(&NOT_FOUND)?;
    ctx.require_at(ReadRules::PERMISSION, unit.id, &unit.path)?;
    let (rule, unit) = rules::book(tx, month)?.at(&unit.path);
    Ok(Resolved { rule, unit })
}

/// One page of what a unit itself said and says, the newest first: of one that bears on the actor.
pub fn history(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &VisitServices,
    unit: Id<Unit>,
    before: Option<i64>,
    limit: i64,
) -> Outcome<Vec<RuleVersion>> {
    let unit = s.tree.unit(tx, unit)?.or_refuse(&NOT_FOUND)?;
    if !bears(ctx, ReadRules::PERMISSION, &unit.path) {
        ctx.require_at(ReadRules::PERMISSION, unit.id, &unit.path)?;
    }
    rules::list(tx, unit.id, before, limit)
}
