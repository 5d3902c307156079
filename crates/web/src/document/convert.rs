//! The document for those who read it otherwise: OpenAPI 3.0, and closed enums.

use serde_json::{Value, json};

use super::{each_schema, put};

/// The same in OpenAPI 3.0.3, for generators that know no other.
pub fn openapi_3_0(document: &Value) -> Value {
    let mut old = document.clone();
    put(&mut old, "openapi", json!("3.0.3"));
    if let Some(map) = old.as_object_mut() {
        map.remove("webhooks");
        map.remove("jsonSchemaDialect");
    }
    if let Some(license) = old.pointer_mut("/info/license").and_then(Value::as_object_mut) {
        license.remove("identifier");
    }
    each_schema(&mut old, &mut |value| {
        let Some(map) = value.as_object_mut() else { return };
        if let Some(Value::String(target)) = map.get("$ref") {
            // Beside a reference 3.0 reads nothing.
            let target = target.clone();
            map.clear();
            map.insert("$ref".to_owned(), json!(target));
            return;
        }
        // A property may have one of these names: only a schema, which has a type, is rewritten.
        match map.get("type").cloned() {
            Some(Value::Array(types)) => {
                let nullable = types.iter().any(|t| t == "null");
                if let Some(one) = types.into_iter().find(|t| t != "null") {
                    map.insert("type".to_owned(), one);
                }
                if nullable {
                    map.insert("nullable".to_owned(), json!(true));
                }
            }
            Some(Value::String(_)) => {}
            _ => return,
        }
        for (limit, exclusive) in [("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")] {
            if let Some(bound @ Value::Number(_)) = map.remove(exclusive) {
                map.insert(limit.to_owned(), bound);
                map.insert(exclusive.to_owned(), json!(true));
            }
        }
        if let Some(Value::Array(examples)) = map.remove("examples")
            && let Some(first) = examples.into_iter().next()
        {
            map.entry("example").or_insert(first);
        }
        if let Some(only) = map.remove("const") {
            map.insert("enum".to_owned(), json!([only]));
        }
        map.remove("propertyNames");
        map.remove("contentEncoding");
        if map.remove("contentMediaType").is_some() {
            map.insert("format".to_owned(), json!("binary"));
        }
    });
    old
}

/// The same with `x-extensible-enum` turned into `enum`, for TypeScript.
pub fn with_enums(document: &Value) -> Value {
    let mut strict = document.clone();
    each_schema(&mut strict, &mut |value| {
        let Some(map) = value.as_object_mut() else { return };
        if let Some(words @ Value::Array(_)) = map.remove("x-extensible-enum") {
            map.insert("enum".to_owned(), words);
        }
    });
    strict
}
