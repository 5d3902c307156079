//! The rules for the shapes of what is sent and answered.

use super::*;

/// The largest integer that JavaScript holds exactly.
const SAFE: f64 = 9_007_199_254_740_991.0;

/// Whether a schema is answered (and maybe sent), or only sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Answered,
    Sent,
}

/// Looks at a schema and all inside it.
pub(super) fn lint(at: &str, schema: &Value, side: Side, found: &mut Findings) {
    let Some(map) = schema.as_object() else {
        found.add(11, at, "a schema is an object: no true, no false");
        return;
    };
    if map.contains_key("$ref") {
        return;
    }
    if !map
        .keys()
        .any(|k| !matches!(k.as_str(), "description" | "title" | "example" | "examples" | "deprecated"))
    {
        found.add(11, at, "an empty schema is anything at all");
    }
    keywords(at, map, side, found);
    unions(at, map, side, found);
    let kind = map.get("type");
    match kind {
        Some(Value::Array(_)) if side == Side::Answered => {
            found.add(2, at, "absent instead of null: skip_serializing_if and #[schema(nullable = false)]");
        }
        Some(Value::Array(_)) => found.add(3, at, "one type; what is cleared is named in `clear`"),
        Some(Value::String(name)) if name == "integer" => integer(at, map, found),
        _ => {}
    }
    words(at, map, side, found);
    if let Some(properties) = map.get("properties").and_then(Value::as_object) {
        object(at, map, properties, side, found);
    }
    if let Some(items) = map.get("items") {
        lint(&format!("{at}[]"), items, side, found);
    }
}

fn keywords(at: &str, map: &Map<String, Value>, side: Side, found: &mut Findings) {
    for (keyword, rule, why) in [
        ("allOf", 8, "no allOf: no flatten, no inline"),
        ("readOnly", 9, "XView, XCreate, XPatch instead"),
        ("writeOnly", 9, "XView, XCreate, XPatch instead"),
        ("nullable", 2, "absent instead of null"),
        ("const", 11, "an enum of one instead"),
        ("prefixItems", 11, "an object with named fields instead"),
        ("patternProperties", 11, "an array of {key, value} instead"),
        ("if", 11, "no conditions"),
        ("then", 11, "no conditions"),
        ("else", 11, "no conditions"),
        ("not", 11, "no negation"),
        ("$defs", 11, "components instead"),
        ("dependentSchemas", 11, "no conditions"),
        ("propertyNames", 12, "an array of {key, value} instead"),
    ] {
        if map.contains_key(keyword) {
            found.add(rule, at, format!("{keyword}: {why}"));
        }
    }
    if side == Side::Sent && map.contains_key("default") {
        found.add(10, at, "default: say it in the description");
    }
    match map.get("additionalProperties") {
        None => {}
        Some(Value::Bool(false)) if side == Side::Sent => {}
        Some(Value::Bool(false)) => found.add(13, at, "additionalProperties: a view may grow"),
        Some(values) if matches!(text(values, "type"), "string" | "integer") => {}
        Some(_) => found.add(12, at, "additionalProperties: strings or integers only"),
    }
}

fn unions(at: &str, map: &Map<String, Value>, side: Side, found: &mut Findings) {
    for union in ["oneOf", "anyOf"] {
        let Some(variants) = map.get(union).and_then(Value::as_array) else { continue };
        if variants.iter().any(|v| v.get("type") == Some(&json!("null"))) {
            found.add(
                1,
                at,
                format!("{union} with null: skip_serializing_if and #[schema(nullable = false)]"),
            );
        } else if side == Side::Answered {
            found.add(6, at, format!("{union}: a flat object with `kind` instead"));
        } else if map.get("discriminator").and_then(|d| d.get("mapping")).is_none()
            || variants.iter().any(|v| v.get("$ref").is_none())
        {
            found.add(7, at, format!("{union}: named variants with a discriminator and its mapping"));
        }
    }
}

fn integer(at: &str, map: &Map<String, Value>, found: &mut Findings) {
    let bound = |name: &str| map.get(name).and_then(Value::as_f64).filter(|b| b.abs() <= SAFE);
    if bound("minimum").is_none() || bound("maximum").is_none() {
        found.add(15, at, "an integer has a minimum and a maximum within 2^53");
    }
    if !matches!(map.get("format").and_then(Value::as_str), None | Some("int32" | "int64")) {
        found.add(16, at, "int32 or int64: generators know no other");
    }
}

fn words(at: &str, map: &Map<String, Value>, side: Side, found: &mut Findings) {
    for list in ["enum", "x-extensible-enum"] {
        let Some(values) = map.get(list).and_then(Value::as_array) else { continue };
        if list == "enum" && side == Side::Answered && map.get("x-closed") != Some(&json!(true)) {
            found.add(
                20,
                at,
                "enum in an answer: a string with x-extensible-enum, or x-closed if it never grows",
            );
        }
        let mut seen = BTreeSet::new();
        for value in values {
            match value.as_str() {
                None if value.is_null() => found.add(4, at, "null is no value of an enum"),
                None => found.add(21, at, format!("{value} is no word")),
                Some(word) => {
                    let sound = word.starts_with(|c: char| c.is_ascii_lowercase())
                        && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
                    if !sound || !seen.insert(word.to_ascii_lowercase()) {
                        found.add(21, at, format!("{word:?} is not a snake_case word, or is there twice"));
                    }
                }
            }
        }
    }
}

fn object(
    at: &str,
    map: &Map<String, Value>,
    properties: &Map<String, Value>,
    side: Side,
    found: &mut Findings,
) {
    let required: BTreeSet<&str> = map
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for (name, schema) in properties {
        let here = format!("{at}.{name}");
        let (kind, format) = (text(schema, "type"), text(schema, "format"));
        if side == Side::Answered && matches!(kind, "array" | "boolean") && !required.contains(name.as_str())
        {
            found.add(5, &here, "an array or boolean in an answer is always there");
        }
        if format == "date-time" && name != "at" && !name.ends_with("_at") {
            found.add(18, &here, "an instant's name ends in _at");
        }
        if format == "date" && name != "on" && !name.ends_with("_on") {
            found.add(18, &here, "a date's name ends in _on");
        }
        if format.is_empty() && kind == "string" && (name.ends_with("_at") || name.ends_with("_on")) {
            found.add(18, &here, "a moment has format date-time, a day format date");
        }
        lint(&here, schema, side, found);
    }
    if side == Side::Sent && map.get("additionalProperties") != Some(&json!(false)) {
        found.add(13, at, "what is sent refuses unknown fields: deny_unknown_fields");
    }
}
