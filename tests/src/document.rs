//! The OpenAPI document as a list of operations, and bodies made from its schemas.

use serde_json::{Map, Value, json};

/// One operation of the document.
#[derive(Debug, Clone)]
pub struct Operation {
    /// `get`, `post`, …
    pub method: String,
    /// `/api/v1/incidents/{id}`
    pub path: String,
    /// `grid_get_incident`
    pub id: String,
    /// `grid.incident.read`, or `public`.
    pub permission: String,
    /// Its parameters, references resolved.
    pub parameters: Vec<Value>,
    /// The schema of its JSON body, references not resolved.
    pub body: Option<Value>,
    /// All of it.
    pub raw: Value,
}

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Every operation of a document, in its order.
pub fn operations(document: &Value) -> Vec<Operation> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in METHODS {
            let Some(raw) = item.get(method) else { continue };
            let parameters = item["parameters"]
                .as_array()
                .into_iter()
                .chain(raw["parameters"].as_array())
                .flatten()
                .map(|p| resolve(document, p).clone())
                .collect();
            let content = &resolve(document, &raw["requestBody"])["content"];
            let body = content.as_object().and_then(|c| c.values().next()).map(|c| c["schema"].clone());
            all.push(Operation {
                method: method.to_owned(),
                path: path.clone(),
                id: raw["operationId"].as_str().unwrap_or_default().to_owned(),
                permission: raw["x-permission"].as_str().unwrap_or_default().to_owned(),
                parameters,
                body,
                raw: raw.clone(),
            });
        }
    }
    assert!(!all.is_empty(), "the document has no operations");
    all
}

/// What a `$ref` points at, or the value itself.
pub fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(pointer) => document
            .pointer(pointer.trim_start_matches('#'))
            .unwrap_or_else(|| panic!("{pointer} leads nowhere")),
        None => value,
    }
}

/// What a generated value is to be filled with where the schema leaves it open.
pub trait Filler {
    /// A value for the field (or parameter) `name` with this schema, if there is a special one.
    fn value(&mut self, name: &str, schema: &Value) -> Option<Value>;

    /// Whether the optional field `name` is to be given too.
    fn wants(&self, _name: &str) -> bool {
        false
    }
}

/// A body of the schema: every required field, what the filler wants, and nothing else.
pub fn minimal(document: &Value, schema: &Value, name: &str, filler: &mut dyn Filler) -> Value {
    let schema = resolve(document, schema);
    if let Some(value) = filler.value(name, schema) {
        return value;
    }
    if let Some(example) = schema.get("example") {
        return example.clone();
    }
    if let Some(first) = schema["enum"].as_array().and_then(|e| e.first()) {
        return first.clone();
    }
    if let Some(first) = schema["x-extensible-enum"].as_array().and_then(|e| e.first()) {
        return first.clone();
    }
    match kind(schema) {
        "object" => {
            let mut object = Map::new();
            let required: Vec<&str> =
                schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            for (field, schema) in schema["properties"].as_object().into_iter().flatten() {
                if required.contains(&field.as_str()) || filler.wants(field) {
                    object.insert(field.clone(), minimal(document, schema, field, filler));
                }
            }
            Value::Object(object)
        }
        "array" => {
            let count = usize::from(schema["minItems"].as_i64().unwrap_or(0) > 0);
            Value::Array((0..count).map(|_| minimal(document, &schema["items"], name, filler)).collect())
        }
        "integer" => schema.get("minimum").cloned().unwrap_or(json!(1)),
        "number" => schema.get("minimum").cloned().unwrap_or(json!(0.5)),
        "boolean" => json!(true),
        "string" => match schema["format"].as_str() {
            Some("uuid") => json!("01900000-0000-7000-8000-000000000001"),
            Some("date-time") => json!("2030-01-01T00:00:00Z"),
            Some("date") => json!("2030-01-01"),
            _ => {
                let least = usize::try_from(schema["minLength"].as_u64().unwrap_or(0)).expect("a length");
                json!("abcdefgh".repeat(least / 8 + 1))
            }
        },
        _ => json!({}),
    }
}

/// The schema's type; of several the first that is not null.
pub fn kind(schema: &Value) -> &str {
    match &schema["type"] {
        Value::String(one) => one,
        Value::Array(many) => many.iter().filter_map(Value::as_str).find(|t| *t != "null").unwrap_or(""),
        _ => "",
    }
}
