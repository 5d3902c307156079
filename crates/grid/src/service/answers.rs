//! Words that officials answer with (答复模板): a unit's, used in it and below; filled in with what is known of the case.

use contracts::UnitRef;
use kernel::error::{FIELD_UNKNOWN_REFERENCE, Fields, INVALID, NOT_FOUND, OrRefuse, STALE};
use kernel::id::{AnswerTemplate, Category, Incident as IncidentId, Unit};
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome};
use serde_json::json;
use storage::audit::Entry;
use storage::{Tx, audit};

use super::see;
use crate::error::UNIT_CLOSED;
use crate::model::Answer;
use crate::permission::{ManageAnswers, ReadAnswers, ReadIncidents};
use crate::ports::GridServices;
use crate::store::{answers, categories};

/// What is said, for whom.
#[derive(Debug, Clone)]
pub struct Words {
    /// What kind of case it is for; any, if none is named.
    pub category: Option<Id<Category>>,
    /// What it is called.
    pub title: String,
    /// The text; `{number}`, `{title}`, `{unit}` and `{category}` stand for the case's.
    pub body: String,
}

fn check(tx: &mut Tx<'_>, words: &Words) -> Outcome<()> {
    let mut fields = Fields::default();
    fields.name("/title", &words.title, 1, 80);
    fields.text("/body", &words.body, 1, 2_000);
    fields.finish()?;
    match words.category {
        Some(category) if categories::find(tx, category)?.is_none() => {
            Err(INVALID.refusal().at("/category_id", &FIELD_UNKNOWN_REFERENCE).into())
        }
        _ => Ok(()),
    }
}

fn record(
    tx: &mut Tx<'_>,
    ctx: &Context,
    action: &str,
    before: Option<&Answer>,
    after: Option<&Answer>,
) -> Outcome<()> {
    let told = |a: &Answer| json!({ "title": a.title, "body": a.body, "category": a.category, "version": a.version });
    let which = after.or(before);
    let entry = Entry {
        action,
        object_kind: "answer_template",
        object: which.map(|a| a.id.uuid()),
        unit: which.map(|a| a.unit),
        before: before.map(told),
        after: after.map(told),
    };
    audit::record(tx, ctx, entry)
}

fn unit_of(tx: &mut Tx<'_>, s: &GridServices, id: Id<Unit>) -> Outcome<UnitRef> {
    s.tree.unit(tx, id)?.ok_or_else(|| INVALID.refusal().at("/unit_id", &FIELD_UNKNOWN_REFERENCE).into())
}

/// Makes one.
pub fn make(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    unit: Id<Unit>,
    words: &Words,
) -> Outcome<Answer> {
    let place = unit_of(tx, s, unit)?;
    ctx.require_at(ManageAnswers::PERMISSION, unit, &place.path)?;
    if place.closed {
        return Err(UNIT_CLOSED.refusal().at("/unit_id", &UNIT_CLOSED).into());
    }
    check(tx, words)?;
    let answer = Answer {
        id: ctx.id(),
        unit,
        category: words.category,
        title: words.title.trim().to_owned(),
        body: words.body.trim().to_owned(),
        retired_at: None,
        version: 1,
        created_at: ctx.now,
    };
    answers::insert(tx, &answer)?;
    record(tx, ctx, "grid.answer_template.created", None, Some(&answer))?;
    Ok(answer)
}

/// One that the actor may change; to who may not even read it, it is not there.
fn managed(tx: &mut Tx<'_>, ctx: &Context, s: &GridServices, id: Id<AnswerTemplate>) -> Outcome<Answer> {
    let answer = answers::find(tx, id)?.filter(|a| a.retired_at.is_none()).or_refuse(&NOT_FOUND)?;
    let place = unit_of(tx, s, answer.unit)?;
    ctx.require_at(ManageAnswers::PERMISSION, place.id, &place.path)?;
    Ok(answer)
}

/// Says something else in its place.
pub fn change(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    id: Id<AnswerTemplate>,
    expected: i64,
    words: &Words,
) -> Outcome<Answer> {
    let before = managed(tx, ctx, s, id)?;
    if before.version != expected {
        return Err(STALE.fault());
    }
    check(tx, words)?;
    let after = Answer {
        category: words.category,
        title: words.title.trim().to_owned(),
        body: words.body.trim().to_owned(),
        version: before.version + 1,
        ..before.clone()
    };
    if !answers::update(tx, &after)? {
        return Err(STALE.fault());
    }
    record(tx, ctx, "grid.answer_template.changed", Some(&before), Some(&after))?;
    Ok(after)
}

/// Uses it no longer.
pub fn retire(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    id: Id<AnswerTemplate>,
    expected: i64,
) -> Outcome<()> {
    let before = managed(tx, ctx, s, id)?;
    if before.version != expected {
        return Err(STALE.fault());
    }
    let after = Answer { retired_at: Some(ctx.now), version: before.version + 1, ..before.clone() };
    if !answers::update(tx, &after)? {
        return Err(STALE.fault());
    }
    record(tx, ctx, "grid.answer_template.retired", Some(&before), None)
}

/// Those that are used at a unit: its own and those of all above it.
pub fn used_at(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    unit: Id<Unit>,
    category: Option<Id<Category>>,
) -> Outcome<Vec<Answer>> {
    let place = s.tree.unit(tx, unit)?.or_refuse(&NOT_FOUND)?;
    ctx.require_at(ReadAnswers::PERMISSION, unit, &place.path)?;
    let above: Vec<Id<Unit>> = s.tree.lineage(tx, &place.path)?.into_iter().map(|u| u.id).collect();
    let mut all = answers::of_units(tx, &above)?;
    all.retain(|a| category.is_none() || a.category.is_none() || a.category == category);
    // The nearest first.
    let nearness = |a: &Answer| above.iter().rev().position(|unit| *unit == a.unit);
    all.sort_by_key(|a| (nearness(a), a.id));
    Ok(all)
}

/// Fills one in for a case that the actor sees as staff.
pub fn filled_in(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    id: Id<AnswerTemplate>,
    incident: Id<IncidentId>,
) -> Outcome<String> {
    let ((case, _), units) = see::seen(tx, ctx, s, incident)?;
    if !see::is_staff(ctx, &case, units.places(&case)?) {
        return Err(kernel::actor::missing(ReadIncidents::PERMISSION).into());
    }
    let answer = answers::find(tx, id)?.filter(|a| a.retired_at.is_none()).or_refuse(&NOT_FOUND)?;
    let used = used_at(tx, ctx, s, case.unit, None)?;
    if !used.iter().any(|a| a.id == id) {
        return Err(NOT_FOUND.fault());
    }
    let category = match case.category {
        Some(id) => categories::find(tx, id)?.map(|c| c.name),
        None => None,
    };
    let unit = units.get(case.unit).map(|u| u.name.clone()).unwrap_or_default();
    let names = [
        ("number", case.number.as_str()),
        ("title", case.title.as_str()),
        ("unit", unit.as_str()),
        ("category", category.as_deref().unwrap_or_default()),
    ];
    Ok(fill(&answer.body, &names))
}

/// Puts what stands for a name in its place, in one pass: what is put in is never read as a name again.
fn fill(body: &str, names: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(body.len());
    let mut rest = body;
    while let Some((before, from)) = rest.split_once('{') {
        filled.push_str(before);
        let known = from.split_once('}').and_then(|(name, after)| {
            names.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value, after))
        });
        match known {
            Some((value, after)) => {
                filled.push_str(value);
                rest = after;
            }
            None => {
                filled.push('{');
                rest = from;
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn names_are_filled_in_once_and_strange_ones_stay() {
        let names = [("number", "{title}"), ("title", "路灯")];
        assert_eq!(fill("{title} {number} {who} {", &names), "路灯 {title} {who} {");
        assert_eq!(fill("no names", &names), "no names");
    }
}
