//! Records as an auditor sees them: only those of their part of the realm, with names beside the ids.

use std::collections::{BTreeSet, HashMap};

use kernel::error::{FIELD_REQUIRED, FIELD_UNKNOWN_REFERENCE, FORBIDDEN, INVALID, NOT_FOUND, OrRefuse};
use kernel::id::{AuditRecord, Unit, User};
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome};
use serde_json::Value;
use storage::Tx;
use storage::audit::{self, Record};

use crate::error::UNIT_NEEDED;
use crate::model::Wanted;
use crate::permission::ReadTrail;
use crate::{Tree, Users};

/// Whether the whole realm is the reader's to audit.
fn audits_all(tx: &mut Tx<'_>, ctx: &Context, tree: &Tree) -> Outcome<bool> {
    let scope = ctx.actor.scope(ReadTrail::PERMISSION, false, ctx.now);
    let roots = tree.roots(tx)?;
    let covered = |path| scope.roots.iter().any(|r| r.subtree && r.covers(path));
    Ok(!roots.is_empty() && roots.iter().all(|root| covered(&root.path)))
}

/// What may be looked for: whoever audits the whole realm may look anywhere; whoever audits a part must name a unit of it, and
/// for a subtree hold all of it.
pub fn allowed(tx: &mut Tx<'_>, ctx: &Context, tree: &Tree, wanted: &Wanted) -> Outcome<Wanted> {
    let all = audits_all(tx, ctx, tree)?;
    let Some(unit) = wanted.unit else {
        if wanted.subtree {
            return Err(INVALID.refusal().at("unit", &FIELD_REQUIRED).into());
        }
        return if all { Ok(wanted.clone()) } else { Err(UNIT_NEEDED.fault()) };
    };
    let unknown = || INVALID.refusal().at("unit", &FIELD_UNKNOWN_REFERENCE);
    let unit = match tree.unit(tx, Id::from_uuid(unit))? {
        Some(unit) => unit,
        // A unit that never was: who may look anywhere finds nothing there.
        None if all && !wanted.subtree => return Ok(wanted.clone()),
        None => return Err(unknown().into()),
    };
    let scope = ctx.actor.scope(ReadTrail::PERMISSION, false, ctx.now);
    let covers = |root: &kernel::Root| root.covers(&unit.path) && (root.subtree || !wanted.subtree);
    if !all && !scope.roots.iter().any(covers) {
        return Err(FORBIDDEN.fault());
    }
    let under = wanted.subtree.then(|| unit.path.to_string());
    Ok(Wanted { under, ..wanted.clone() })
}

/// One record, if it is the reader's to see.
pub fn find(tx: &mut Tx<'_>, ctx: &Context, tree: &Tree, id: Id<AuditRecord>) -> Outcome<Record> {
    let record = audit::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    if audits_all(tx, ctx, tree)? {
        return Ok(record);
    }
    let place = match record.unit_id {
        Some(unit) => tree.unit(tx, unit)?,
        None => None,
    };
    let mine = place.is_some_and(|unit| ctx.actor.may(ReadTrail::PERMISSION, &unit.path, ctx.now));
    if mine { Ok(record) } else { Err(NOT_FOUND.fault()) }
}

/// The names of what records speak of.
#[derive(Debug, Clone, Default)]
pub struct Names {
    people: HashMap<Id<User>, String>,
    units: HashMap<Id<Unit>, String>,
}

impl Names {
    /// Looks them up: two queries, however many records there are.
    pub fn of(tx: &mut Tx<'_>, tree: &Tree, users: &Users, records: &[Record]) -> Outcome<Self> {
        let mut people: BTreeSet<Id<User>> = BTreeSet::new();
        let mut units: BTreeSet<Id<Unit>> = BTreeSet::new();
        for record in records {
            people.extend(record.actor_id.iter().chain(&record.on_behalf_of).copied());
            units.extend(record.unit_id);
            match (record.object_kind.as_str(), record.object_id) {
                ("user", Some(id)) => drop(people.insert(Id::from_uuid(id.uuid()))),
                ("unit", Some(id)) => drop(units.insert(Id::from_uuid(id.uuid()))),
                _ => {}
            }
        }
        let people: Vec<Id<User>> = people.into_iter().collect();
        let units: Vec<Id<Unit>> = units.into_iter().collect();
        Ok(Self {
            people: users.users(tx, &people)?.into_iter().map(|user| (user.id, user.display_name)).collect(),
            units: tree.units(tx, &units)?.into_iter().map(|unit| (unit.id, unit.name)).collect(),
        })
    }

    /// Somebody's name.
    pub fn person(&self, id: Option<Id<User>>) -> Option<String> {
        self.people.get(&id?).cloned()
    }

    /// A unit's name.
    pub fn unit(&self, id: Option<Id<Unit>>) -> Option<String> {
        self.units.get(&id?).cloned()
    }

    /// The name of what a record is about, where it is a person or a unit.
    pub fn object(&self, record: &Record) -> Option<String> {
        let id = record.object_id?.uuid();
        match record.object_kind.as_str() {
            "user" => self.person(Some(Id::from_uuid(id))),
            "unit" => self.unit(Some(Id::from_uuid(id))),
            _ => None,
        }
    }
}

/// What a record says of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The field, with dots where it lies in another.
    pub field: String,
    /// What it was.
    pub before: Option<String>,
    /// What it is.
    pub after: Option<String>,
}

/// What a record says was before and after, field by field, personal data masked.
pub fn changes(record: &Record) -> Vec<Change> {
    let body: Value = serde_json::from_str(&record.body).unwrap_or(Value::Null);
    let (mut before, mut after) = (Vec::new(), Vec::new());
    flatten("", body.get("before"), &mut before);
    flatten("", body.get("after"), &mut after);
    let mut all: Vec<Change> =
        before.into_iter().map(|(field, value)| Change { field, before: Some(value), after: None }).collect();
    for (field, value) in after {
        match all.iter_mut().find(|change| change.field == field) {
            Some(change) => change.after = Some(value),
            None => all.push(Change { field, before: None, after: Some(value) }),
        }
    }
    all
}

/// Fields of one record that are shown; more are in its canonical text.
const MAX_FIELDS: usize = 200;

fn flatten(at: &str, value: Option<&Value>, found: &mut Vec<(String, String)>) {
    match value {
        None | Some(Value::Null) => {}
        _ if found.len() >= MAX_FIELDS => {}
        Some(value) if is_encrypted(value) => found.push((at.to_owned(), ENCRYPTED.to_owned())),
        Some(Value::Object(fields)) => {
            for (name, value) in fields {
                let path = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                flatten(&path, Some(value), found);
            }
        }
        Some(Value::String(text)) => found.push((at.to_owned(), masked(text))),
        Some(other) => found.push((at.to_owned(), masked(&other.to_string()))),
    }
}

/// What is shown in the place of ciphertext.
pub const ENCRYPTED: &str = "(encrypted)";

/// Whether a value is ciphertext under a person's key: an object that says so, or a text that begins so.
fn is_encrypted(value: &Value) -> bool {
    match value {
        Value::Object(fields) => {
            ["ciphertext", "sealed", "encrypted"].iter().any(|name| fields.contains_key(*name))
        }
        Value::String(text) => ["enc:", "sealed:", "enc."].iter().any(|mark| text.starts_with(mark)),
        _ => false,
    }
}

/// A text with whatever looks like a mobile number or an ID number shown by its ends alone. No record should hold one.
fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_digit() || (matches!(c, 'X' | 'x') && run.len() == 17) {
            run.push(c);
            continue;
        }
        out.push_str(&hidden(&run));
        run.clear();
        out.push(c);
    }
    out.pop();
    out
}

fn hidden(run: &str) -> String {
    let ends = match run.len() {
        11 if run.starts_with('1') => (3, 4),
        18 => (6, 4),
        _ => return run.to_owned(),
    };
    let (first, last) =
        (run.get(..ends.0).unwrap_or_default(), run.get(run.len() - ends.1..).unwrap_or_default());
    format!("{first}{}{last}", "*".repeat(run.len() - ends.0 - ends.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_number_of_a_person_is_masked() {
        assert_eq!(masked("打 13800005678 找他"), "打 138****5678 找他");
        assert_eq!(masked("11010519491231002X"), "110105********002X");
        assert_eq!(masked("441900106001 and 42"), "441900106001 and 42");
        assert_eq!(masked(""), "");
    }
}
