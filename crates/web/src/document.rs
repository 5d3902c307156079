//! The OpenAPI document: what the routes say of themselves, and in one pass all that is the same for every operation.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value, json};

use crate::plugin::WebPlugin;
use crate::registrar::describe;
use crate::retirement::Retirement;

mod convert;
mod shared;

pub use convert::{openapi_3_0, with_enums};
use shared::{HEADERS, field_problem_schema, problem_parts, problem_schema, shared_parameters};

/// The methods that an operation may have.
pub(crate) const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

/// The statuses on every operation, with what each means.
pub(crate) const PROBLEMS: [(&str, &str); 13] = [
    ("400", "The request cannot be read."),
    ("401", "Nobody is signed in, or the token is not worth anything."),
    ("403", "Known, but not allowed."),
    ("404", "Not there, or not for this reader to know."),
    ("409", "Impossible in the present state."),
    ("412", "Changed since it was read."),
    ("413", "Larger than what is taken."),
    ("415", "A media type that is not taken."),
    ("422", "Well formed, and its content breaks a rule."),
    ("428", "A precondition is missing."),
    ("429", "Too often."),
    ("503", "Busy, or stopping: try again."),
    ("default", "Any other problem."),
];

/// The documents as they are published.
#[derive(Debug)]
pub struct Documents {
    /// OpenAPI 3.1.
    pub openapi: String,
    /// The same in OpenAPI 3.0.3.
    pub openapi_3_0: String,
    /// The 3.1 document with `x-extensible-enum` turned into `enum`.
    pub openapi_enums: String,
}

impl Documents {
    /// Writes all three.
    pub fn of(document: &Value) -> Self {
        let text = |value: &Value| format!("{:#}\n", sorted(value));
        Self {
            openapi_3_0: text(&openapi_3_0(document)),
            openapi_enums: text(&with_enums(document)),
            openapi: text(document),
        }
    }
}

/// The documents of these plugins, made when they are first asked for: a gateway that nobody asks is up sooner and smaller.
pub(crate) struct Published {
    plugins: Arc<[Arc<dyn WebPlugin>]>,
    version: String,
    made: OnceLock<Documents>,
}

impl Published {
    pub(crate) fn new(plugins: Arc<[Arc<dyn WebPlugin>]>, version: String) -> Self {
        Self { plugins, version, made: OnceLock::new() }
    }

    pub(crate) fn documents(&self) -> &Documents {
        self.made.get_or_init(|| Documents::of(&assemble(&self.plugins, &self.version)))
    }
}

/// Assembles the document from the very registration that makes the routes.
pub fn assemble(plugins: &[Arc<dyn WebPlugin>], version: &str) -> Value {
    // What utoipa builds always serialises.
    let mut document = serde_json::to_value(describe(plugins)).unwrap_or_default();
    let tags: Vec<Value> = plugins
        .iter()
        .flat_map(|p| p.tags())
        .map(|(name, description)| json!({ "name": name, "description": description }))
        .collect();
    complete(&mut document, tags, version);
    sorted(&document)
}

/// The members of every object in alphabetical order, however the maps of this build keep them.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut names: Vec<&String> = map.keys().collect();
            names.sort_unstable();
            names.into_iter().filter_map(|n| map.get(n).map(|v| (n.clone(), sorted(v)))).collect()
        }
        Value::Array(all) => all.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

/// What two plugins registered under one name: the later one would silently win.
pub fn clashes(plugins: &[Arc<dyn WebPlugin>]) -> Vec<String> {
    let mut seen: Map<String, Value> = Map::new();
    let mut found = Vec::new();
    for plugin in plugins {
        let own = serde_json::to_value(describe(std::slice::from_ref(plugin))).unwrap_or_default();
        let schemas = own.pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten();
        for (name, schema) in schemas {
            if seen.insert(format!("schema {name}"), schema.clone()).is_some_and(|other| other != *schema) {
                found.push(format!("{}: schema {name} has another body elsewhere", plugin.name()));
            }
        }
        for (path, item) in own.get("paths").and_then(Value::as_object).into_iter().flatten() {
            for method in METHODS.into_iter().filter(|m| item.get(m).is_some()) {
                if seen.insert(format!("{method} {path}"), Value::Null).is_some() {
                    found.push(format!("{}: {method} {path} is registered twice", plugin.name()));
                }
            }
        }
    }
    found
}

/// Adds all that is the same everywhere.
fn complete(document: &mut Value, tags: Vec<Value>, version: &str) {
    put(document, "openapi", json!("3.1.0"));
    put(
        document,
        "info",
        json!({
            "title": "Commonweal",
            "version": version,
            "description": "Grass-roots governance of a town or district: units, grids, incidents, rights. \
                Errors are RFC 9457 problems with a stable `code`; what is absent is left out, never null; \
                lists answer `{items, next_cursor}`; every change takes `If-Match` or `version`; \
                every POST takes an `Idempotency-Key`.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        }),
    );
    put(document, "servers", json!([{ "url": "/", "description": "The server that serves this document." }]));
    put(document, "tags", Value::Array(tags));
    put(document, "security", json!([{ "bearerAuth": [] }]));
    let pages = page_schemas(document);
    let versioned = versioned_schemas(document);
    for_each_operation(document, |_, method, operation| {
        complete_operation(method, operation, &pages, &versioned);
    });
    let components = member(document, "components");
    put(
        components,
        "securitySchemes",
        json!({ "bearerAuth": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
        "description": "The access token that signing in answers." } }),
    );
    put(components, "parameters", shared_parameters());
    let schemas = member(components, "schemas");
    put(schemas, "Problem", problem_schema());
    put(schemas, "FieldProblem", field_problem_schema());
    for (name, schema) in problem_parts() {
        put(schemas, name, schema);
    }
    loosen_requests(document);
    bound_small_integers(document);
    prune(document);
}

fn complete_operation(
    method: &str,
    operation: &mut Value,
    pages: &BTreeSet<String>,
    versioned: &BTreeSet<String>,
) {
    let permission = operation.get("x-permission").and_then(Value::as_str).unwrap_or_default().to_owned();
    let public = permission == "public";
    let needs =
        if public { "Needs no sign-in.".to_owned() } else { format!("Needs the permission `{permission}`.") };
    let text = operation.get("description").or_else(|| operation.get("summary")).and_then(Value::as_str);
    let text = text.map_or_else(|| needs.clone(), |t| format!("{t}\n\n{needs}"));
    put(operation, "description", json!(text));
    if public {
        put(operation, "security", json!([]));
    }
    let end = Retirement::of(operation).ok().flatten();
    if let Some(end) = end {
        let text =
            format!("{text}\n\nDeprecated since {}; may be gone from {} on.", end.deprecated_at, end.sunset);
        put(operation, "description", json!(text));
        put(operation, "deprecated", json!(true));
    }
    let mut names = vec!["AcceptLanguage"];
    match method {
        "post" if !public => {
            // A step that changes what is there names the version that it has seen.
            if body_schema(operation).is_some_and(|schema| versioned.contains(schema)) {
                names.push("IfMatch");
            }
            names.push("IdempotencyKey");
        }
        "put" | "patch" | "delete" if !public => names.extend(["IfMatch", "IdempotencyKey"]),
        _ => {}
    }
    let parameters = array(operation, "parameters");
    for name in names {
        let header = HEADERS.iter().find(|(n, ..)| *n == name).map_or("", |(_, header, ..)| header);
        let declared = parameters.iter().any(|p| {
            p.get("in") == Some(&json!("header"))
                && p.get("name").and_then(Value::as_str).is_some_and(|n| n.eq_ignore_ascii_case(header))
        });
        if !declared {
            parameters.push(json!({ "$ref": format!("#/components/parameters/{name}") }));
        }
    }
    for parameter in parameters {
        if let Some(schema) = parameter.get_mut("schema") {
            without_null(schema);
        }
    }
    let responses = member(operation, "responses");
    let success =
        responses.as_object_mut().and_then(|r| r.iter_mut().find(|(status, _)| status.starts_with('2')));
    let mut paged = false;
    if let Some((status, response)) = success {
        if response.get("description").and_then(Value::as_str).is_none_or(str::is_empty) {
            put(response, "description", json!(if status == "201" { "Made." } else { "Done." }));
        }
        let schema = response.pointer("/content/application~1json/schema/$ref").and_then(Value::as_str);
        let schema = schema.and_then(|r| r.rsplit('/').next()).unwrap_or_default().to_owned();
        paged = pages.contains(&schema);
        let mut headers = Map::new();
        let mut header = |name: &str, description: &str| {
            headers.insert(
                name.to_owned(),
                json!({ "description": description, "schema": { "type": "string" } }),
            );
        };
        if versioned.contains(&schema) {
            header("ETag", "The version, to be sent back as If-Match.");
        }
        if status == "201" {
            header("Location", "Where the new thing is.");
        }
        if paged {
            header("Link", "The next page, rel=\"next\".");
        }
        if end.is_some() {
            header("Deprecation", "Since when this operation should not be used any more (RFC 9745).");
            header("Sunset", "From when on it may be gone (RFC 8594).");
        }
        if !headers.is_empty() {
            put(response, "headers", Value::Object(headers));
        }
    }
    for (status, description) in PROBLEMS {
        put(
            responses,
            status,
            json!({ "description": description,
                "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } } }),
        );
    }
    if paged {
        put(
            operation,
            "x-fern-pagination",
            json!({ "cursor": "$request.cursor", "next_cursor": "$response.next_cursor", "results": "$response.items" }),
        );
    }
}

/// The name of the schema that an operation is sent.
fn body_schema(operation: &Value) -> Option<&str> {
    let schema = operation.pointer("/requestBody/content/application~1json/schema/$ref")?;
    schema.as_str()?.rsplit('/').next()
}

/// The schemas with `items` and `next_cursor`.
fn page_schemas(document: &Value) -> BTreeSet<String> {
    schemas_with(document, &["items", "next_cursor"])
}

/// The schemas with a `version`.
fn versioned_schemas(document: &Value) -> BTreeSet<String> {
    schemas_with(document, &["version"])
}

fn schemas_with(document: &Value, fields: &[&str]) -> BTreeSet<String> {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten();
    let has =
        |schema: &Value| fields.iter().all(|f| schema.get("properties").is_some_and(|p| p.get(f).is_some()));
    schemas.filter(|(_, schema)| has(schema)).map(|(name, _)| name.clone()).collect()
}

/// In what is only ever sent to us, `Option` means "may be left out"; that null is taken too need not be told.
fn loosen_requests(document: &mut Value) {
    let mut answered = BTreeSet::new();
    for_each_operation(document, |_, _, operation| {
        refs(operation.get("responses").unwrap_or(&Value::Null), &mut answered);
    });
    close_over(document, &mut answered);
    if let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        for (_, schema) in schemas.iter_mut().filter(|(name, _)| !answered.contains(*name)) {
            each_schema(schema, &mut without_null);
        }
    }
}

/// Takes `null` out of a schema's types and unions.
fn without_null(schema: &mut Value) {
    let Some(map) = schema.as_object_mut() else { return };
    if let Some(Value::Array(types)) = map.get_mut("type") {
        types.retain(|t| t != "null");
        if let [one] = types.as_slice() {
            let one = one.clone();
            map.insert("type".to_owned(), one);
        }
    }
    for union in ["oneOf", "anyOf"] {
        let Some(Value::Array(variants)) = map.get_mut(union) else { continue };
        let before = variants.len();
        variants.retain(|v| v.get("type") != Some(&json!("null")));
        if variants.len() < before
            && let [Value::Object(one)] = variants.as_slice()
        {
            let one = one.clone();
            map.remove(union);
            map.extend(one);
        }
    }
}

/// An `int32` is bounded by its type; a document has to say so.
fn bound_small_integers(document: &mut Value) {
    let mut bound = |schema: &mut Value| {
        if let Some(map) = schema.as_object_mut()
            && map.get("format") == Some(&json!("int32"))
        {
            map.entry("minimum").or_insert(json!(i32::MIN));
            map.entry("maximum").or_insert(json!(i32::MAX));
        }
    };
    each_schema(document, &mut bound);
}

/// Drops the schemas that nothing refers to.
fn prune(document: &mut Value) {
    let mut used = BTreeSet::new();
    refs(document.get("paths").unwrap_or(&Value::Null), &mut used);
    refs(document.get("webhooks").unwrap_or(&Value::Null), &mut used);
    close_over(document, &mut used);
    if let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        schemas.retain(|name, _| used.contains(name));
    }
    let mut parameters = BTreeSet::new();
    collect(document.get("paths").unwrap_or(&Value::Null), "#/components/parameters/", &mut parameters);
    if let Some(all) = document.pointer_mut("/components/parameters").and_then(Value::as_object_mut) {
        all.retain(|name, _| parameters.contains(name));
    }
}

/// The names of the schemas that a piece of the document refers to.
pub(crate) fn refs(value: &Value, into: &mut BTreeSet<String>) {
    collect(value, "#/components/schemas/", into);
}

fn collect(value: &Value, prefix: &str, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                match inner {
                    Value::String(target) if key == "$ref" => {
                        into.extend(target.strip_prefix(prefix).map(str::to_owned));
                    }
                    _ => collect(inner, prefix, into),
                }
            }
        }
        Value::Array(all) => all.iter().for_each(|inner| collect(inner, prefix, into)),
        _ => {}
    }
}

/// Adds the schemas that the named ones refer to.
pub(crate) fn close_over(document: &Value, names: &mut BTreeSet<String>) {
    loop {
        let before = names.len();
        let mut more = BTreeSet::new();
        for name in names.iter() {
            let schema = document.pointer("/components/schemas").and_then(|s| s.get(name));
            refs(schema.unwrap_or(&Value::Null), &mut more);
        }
        names.extend(more);
        if names.len() == before {
            return;
        }
    }
}

/// Calls `f` with every object of the value, innermost first.
fn each_schema(value: &mut Value, f: &mut impl FnMut(&mut Value)) {
    match value {
        Value::Object(map) => map.values_mut().for_each(|inner| each_schema(inner, f)),
        Value::Array(all) => all.iter_mut().for_each(|inner| each_schema(inner, f)),
        _ => return,
    }
    f(value);
}

fn for_each_operation(document: &mut Value, mut f: impl FnMut(&str, &str, &mut Value)) {
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else { return };
    for (path, item) in paths {
        for method in METHODS {
            if let Some(operation) = item.get_mut(method) {
                f(path, method, operation);
            }
        }
    }
}

fn put(value: &mut Value, name: &str, member: Value) {
    if let Some(map) = value.as_object_mut() {
        map.insert(name.to_owned(), member);
    }
}

/// The member of this name, made an object if it is not there.
fn member<'v>(value: &'v mut Value, name: &str) -> &'v mut Value {
    if !value.is_object() {
        *value = json!({});
    }
    if value.get(name).is_none() {
        put(value, name, json!({}));
    }
    match value.get_mut(name) {
        Some(found) => found,
        None => unreachable!("it was put there"),
    }
}

fn array<'v>(value: &'v mut Value, name: &str) -> &'v mut Vec<Value> {
    let found = member(value, name);
    if !found.is_array() {
        *found = json!([]);
    }
    match found {
        Value::Array(all) => all,
        _ => unreachable!("it was made an array"),
    }
}

#[cfg(test)]
mod tests;
