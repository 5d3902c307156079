use super::*;

/// A document that nothing is wrong with.
fn good() -> Value {
    let mut responses = json!({
        "200": { "description": "Done.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/ThingPage" } } } }
    });
    for (status, _) in PROBLEMS {
        responses[status] = json!({ "description": "x", "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } } });
    }
    let mut made = responses.clone();
    let body = made.as_object_mut().and_then(|m| m.remove("200")).unwrap_or_default();
    made["201"] = body;
    made["201"]["content"]["application/json"]["schema"]["$ref"] = json!("#/components/schemas/ThingView");
    json!({
        "openapi": "3.1.0",
        "servers": [{ "url": "/" }],
        "security": [{ "bearerAuth": [] }],
        "tags": [{ "name": "things", "description": "Things." }],
        "paths": { "/api/v1/things": {
            "get": {
                "operationId": "demo_list_things", "summary": "List.", "tags": ["things"], "x-permission": "demo.thing.read",
                "parameters": [
                    { "name": "limit", "in": "query", "description": "x", "schema": { "type": "integer", "minimum": 1, "maximum": 200 } },
                    { "name": "cursor", "in": "query", "description": "x", "schema": { "type": "string" } },
                    { "name": "state", "in": "query", "description": "x", "schema": { "type": "array", "items": { "type": "string" } } },
                ],
                "responses": responses,
            },
            "post": {
                "operationId": "demo_make_thing", "summary": "Make.", "tags": ["things"], "x-permission": "demo.thing.make",
                "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/ThingCreate" } } } },
                "responses": made,
            },
        } },
        "components": { "schemas": {
            "ThingCreate": { "type": "object", "additionalProperties": false, "required": ["name"], "properties": {
                "name": { "type": "string" },
                "kind": { "type": "string", "enum": ["small", "large"] },
                "due_on": { "type": "string", "format": "date" },
            } },
            "ThingView": { "type": "object", "required": ["id", "tags", "open", "version"], "properties": {
                "id": { "type": "string", "format": "uuid" },
                "kind": { "type": "string", "x-extensible-enum": ["small", "large"] },
                "tags": { "type": "array", "items": { "type": "string" } },
                "open": { "type": "boolean" },
                "made_at": { "type": "string", "format": "date-time" },
                "counts": { "type": "object", "additionalProperties": { "type": "string" } },
                "version": { "type": "integer", "format": "int64", "minimum": 1, "maximum": 9_007_199_254_740_991_i64 },
            } },
            "ThingPage": { "type": "object", "required": ["items"], "properties": {
                "items": { "type": "array", "items": { "$ref": "#/components/schemas/ThingView" } },
                "next_cursor": { "type": "string" },
            } },
            "Problem": { "type": "object", "properties": { "code": { "type": "string" } } },
        } },
    })
}

/// The rules that fire when `pointer` is made `value`; an object's own member is named by its last word.
fn rules(pointer: &str, value: Value) -> BTreeSet<u8> {
    let mut document = good();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let parent = document.pointer_mut(parent).expect("a place that is there");
    match parent {
        Value::Array(all) => all[name.parse::<usize>().expect("an index")] = value,
        other => other[name.replace("~1", "/")] = value,
    }
    lint(&document).into_iter().map(|f| f.rule).collect()
}

const VIEW: &str = "/components/schemas/ThingView/properties";
const CREATE: &str = "/components/schemas/ThingCreate/properties";
const GET: &str = "/paths/~1api~1v1~1things/get";
const POST: &str = "/paths/~1api~1v1~1things/post";

#[test]
fn a_good_document_has_no_findings() {
    assert_eq!(lint(&good()), []);
}

#[test]
fn each_rule_fires_on_what_it_is_against() {
    let reference = json!({ "$ref": "#/components/schemas/ThingView" });
    let problem_less = json!({ "description": "x" });
    let cases: Vec<(u8, String, Value)> = vec![
        (1, format!("{VIEW}/x"), json!({ "oneOf": [reference, { "type": "null" }] })),
        (1, format!("{VIEW}/x"), json!({ "anyOf": [{ "type": "null" }, reference] })),
        (2, format!("{VIEW}/x"), json!({ "type": ["string", "null"] })),
        (3, format!("{CREATE}/x"), json!({ "type": ["string", "null"] })),
        (4, format!("{CREATE}/x"), json!({ "type": "string", "enum": ["a", null] })),
        (5, format!("{VIEW}/x"), json!({ "type": "array", "items": { "type": "string" } })),
        (5, format!("{VIEW}/x"), json!({ "type": "boolean" })),
        (
            6,
            format!("{VIEW}/x"),
            json!({ "oneOf": [reference, { "$ref": "#/components/schemas/ThingPage" }] }),
        ),
        (7, format!("{CREATE}/x"), json!({ "oneOf": [{ "type": "string" }, { "type": "boolean" }] })),
        (8, format!("{VIEW}/x"), json!({ "allOf": [reference, { "description": "x" }] })),
        (9, format!("{VIEW}/x"), json!({ "type": "string", "readOnly": true })),
        (9, format!("{POST}/requestBody/content/application~1json/schema"), reference.clone()),
        (10, format!("{CREATE}/x"), json!({ "type": "string", "default": "a" })),
        (10, format!("{GET}/parameters/0/schema/default"), json!(50)),
        (11, format!("{VIEW}/x"), json!({ "type": "string", "const": "a" })),
        (11, format!("{VIEW}/x"), json!({})),
        (11, format!("{VIEW}/x"), json!(true)),
        (11, format!("{VIEW}/x"), json!({ "type": "string", "$defs": {} })),
        (12, format!("{VIEW}/x"), json!({ "type": "object", "additionalProperties": reference })),
        (12, format!("{VIEW}/x"), json!({ "type": "object", "propertyNames": { "type": "string" } })),
        (13, "/components/schemas/ThingView/additionalProperties".into(), json!(false)),
        (13, "/components/schemas/ThingCreate/additionalProperties".into(), json!({ "type": "string" })),
        (15, format!("{VIEW}/x"), json!({ "type": "integer" })),
        (15, format!("{VIEW}/x"), json!({ "type": "integer", "minimum": 0, "maximum": 1e300 })),
        (15, format!("{GET}/parameters/0/schema"), json!({ "type": "integer" })),
        (
            16,
            format!("{VIEW}/x"),
            json!({ "type": "integer", "format": "uint32", "minimum": 0, "maximum": 1 }),
        ),
        (18, format!("{VIEW}/made"), json!({ "type": "string", "format": "date-time" })),
        (18, format!("{VIEW}/due_at"), json!({ "type": "string", "format": "date" })),
        (18, format!("{VIEW}/x_at"), json!({ "type": "string" })),
        (20, format!("{VIEW}/x"), json!({ "type": "string", "enum": ["a"] })),
        (21, format!("{CREATE}/x"), json!({ "type": "string", "enum": ["Ab"] })),
        (21, format!("{CREATE}/x"), json!({ "type": "string", "enum": ["a", "a"] })),
        (21, format!("{VIEW}/x"), json!({ "type": "string", "x-extensible-enum": [""] })),
        (21, format!("{VIEW}/x"), json!({ "type": "string", "x-extensible-enum": ["1a"] })),
        (22, format!("{GET}/operationId"), json!("listThings")),
        (22, format!("{GET}/operationId"), json!("demo_make_thing")),
        (22, format!("{GET}/operationId"), json!("other_list_things")),
        (22, format!("{GET}/operationId"), json!("demo_list_all_of_the_things_that_there_ever_were")),
        (22, format!("{GET}/summary"), json!("")),
        (22, format!("{GET}/x-permission"), Value::Null),
        (23, format!("{GET}/tags"), json!(["things", "more"])),
        (23, format!("{GET}/tags"), json!(["unknown"])),
        (23, "/tags/0/description".into(), json!("")),
        (24, format!("{GET}/parameters/2/schema"), json!({ "type": "object" })),
        (24, format!("{GET}/parameters/2/style"), json!("deepObject")),
        (24, format!("{GET}/parameters/2/description"), json!("")),
        (25, format!("{GET}/parameters/1/name"), json!("page")),
        (
            25,
            format!("{GET}/responses/200/content/application~1json/schema"),
            json!({ "type": "array", "items": reference }),
        ),
        (26, "/components/schemas/Page_Thing".into(), json!({ "type": "string" })),
        (27, format!("{GET}/responses/404"), problem_less.clone()),
        (27, format!("{GET}/responses/default"), problem_less),
        (33, format!("{GET}/responses/204"), json!({ "description": "x" })),
        (33, format!("{POST}/responses/200"), json!({ "description": "x" })),
        (36, "/components/schemas/Unit".into(), json!({ "type": "string" })),
        (37, format!("{GET}/x-permission"), json!("public")),
        (37, "/security".into(), json!([])),
    ];
    for (rule, pointer, value) in cases {
        let fired = rules(&pointer, value.clone());
        assert!(fired.contains(&rule), "rule {rule} does not fire for {pointer} = {value}; fired: {fired:?}");
    }
}

#[test]
fn what_is_allowed_does_not_fire() {
    for (pointer, value) in [
        (format!("{VIEW}/x"), json!({ "type": "string", "enum": ["yes", "no"], "x-closed": true })),
        (format!("{VIEW}/geometry"), json!({ "type": "object" })),
        (format!("{VIEW}/x"), json!({ "$ref": "#/components/schemas/ThingPage", "description": "beside" })),
        (format!("{CREATE}/x"), json!({ "type": "boolean" })),
        (format!("{CREATE}/x"), json!({ "type": "array", "items": { "type": "string" } })),
        (format!("{VIEW}/lat"), json!({ "type": "number", "format": "double" })),
    ] {
        assert_eq!(rules(&pointer, value.clone()), BTreeSet::new(), "{pointer} = {value}");
    }
}

#[test]
fn an_operation_that_goes_says_since_when_and_until_when() {
    let with = |members: Value| {
        let mut document = good();
        let operation = document.pointer_mut(GET).and_then(Value::as_object_mut).expect("an operation");
        operation.extend(members.as_object().cloned().unwrap_or_default());
        lint(&document).into_iter().map(|f| f.rule).collect::<Vec<_>>()
    };
    let sound = json!({ "deprecated": true, "x-deprecated-at": "2026-01-01", "x-sunset": "2026-07-01" });
    assert_eq!(with(sound), [0_u8; 0]);
    for bad in [
        json!({ "deprecated": true }),
        json!({ "x-sunset": "2026-07-01" }),
        json!({ "x-deprecated-at": "2026-01-01" }),
        json!({ "x-deprecated-at": "2026-01-01", "x-sunset": "2026-06-01" }),
        json!({ "x-deprecated-at": "2026-07-01", "x-sunset": "2026-01-01" }),
        json!({ "x-deprecated-at": "soon", "x-sunset": "2026-07-01" }),
        json!({ "x-deprecated-at": "2026-01-01", "x-sunset": 2027 }),
    ] {
        assert_eq!(with(bad.clone()), [41], "{bad}");
    }
}
