//! The document lint: every shape that makes a generated client unpleasant, named with its place and its rule.
//! The numbers are those of the table in this crate's README.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Map, Value, json};

use crate::document::{METHODS, PROBLEMS, close_over, refs};

mod operation;
mod schema;

/// Something in the document that is against a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The rule's number.
    pub rule: u8,
    /// Where: `GET /api/v1/…` or a schema and its field.
    pub at: String,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule {}: {}: {}", self.rule, self.at, self.what)
    }
}

/// Collects findings.
#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, rule: u8, at: &str, what: impl Into<String>) {
        self.0.push(Finding { rule, at: at.to_owned(), what: what.into() });
    }
}

/// Names that a language of the clients has taken.
const TAKEN: [&str; 15] = [
    "Unit", "Task", "Error", "Result", "Response", "Data", "Set", "Map", "Point", "Group", "Event", "Any",
    "Type", "Object", "Date",
];

/// Reads the finished document; an empty answer is what we want.
pub fn lint(document: &Value) -> Vec<Finding> {
    let mut found = Findings::default();
    let usage = Usage::of(document);
    head(document, &mut found);
    let declared = declared_tags(document, &mut found);
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    for (path, item) in members(document.get("paths")) {
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            let at = format!("{} {path}", method.to_ascii_uppercase());
            let one = operation::Operation { document, at: &at, method, path, body: operation };
            one.lint(&declared, &mut found);
            let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default();
            if let Some(other) = ids.insert(id.to_owned(), at.clone()) {
                found.add(22, &at, format!("operationId {id} is that of {other}, too"));
            }
        }
    }
    for (name, schema) in members(document.pointer("/components/schemas")) {
        if TAKEN.contains(&name.as_str()) {
            found.add(36, name, "this name is taken in a language of the clients");
        }
        if !name.chars().all(|c| c.is_ascii_alphanumeric())
            || !name.starts_with(|c: char| c.is_ascii_uppercase())
        {
            found.add(26, name, "a schema's name is one word in CamelCase: no generics, no modules");
        }
        if usage.bodies.contains(name) && usage.answered.contains(name) {
            found.add(9, name, "the same schema is sent and answered: XCreate or XPatch, and XView");
        }
        let side = if usage.answered.contains(name) { schema::Side::Answered } else { schema::Side::Sent };
        schema::lint(name, schema, side, &mut found);
    }
    found.0.sort();
    found.0.dedup();
    found.0
}

/// Which schemas are answered and which are whole request bodies.
struct Usage {
    answered: BTreeSet<String>,
    bodies: BTreeSet<String>,
}

impl Usage {
    fn of(document: &Value) -> Self {
        let (mut answered, mut bodies) = (BTreeSet::new(), BTreeSet::new());
        for (_, item) in members(document.get("paths")) {
            for operation in METHODS.iter().filter_map(|m| item.get(m)) {
                refs(operation.get("responses").unwrap_or(&Value::Null), &mut answered);
                refs(operation.get("requestBody").unwrap_or(&Value::Null), &mut bodies);
            }
        }
        close_over(document, &mut answered);
        Self { answered, bodies }
    }
}

fn head(document: &Value, found: &mut Findings) {
    if document.get("security") != Some(&json!([{ "bearerAuth": [] }])) {
        found.add(37, "security", "bearerAuth stands at the top");
    }
    if document.pointer("/servers/0/url") != Some(&json!("/")) {
        found.add(37, "servers", "the server is the one that serves the document: /");
    }
}

fn declared_tags(document: &Value, found: &mut Findings) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for tag in document.get("tags").and_then(Value::as_array).into_iter().flatten() {
        let name = tag.get("name").and_then(Value::as_str).unwrap_or_default();
        if tag.get("description").and_then(Value::as_str).is_none_or(str::is_empty) {
            found.add(23, name, "a tag has a description");
        }
        if !names.insert(name.to_owned()) {
            found.add(23, name, "a tag is declared once");
        }
    }
    names
}

/// The members of an object, or none.
fn members(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

fn text<'v>(map: &'v Value, name: &str) -> &'v str {
    map.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests;
