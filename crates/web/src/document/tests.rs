use super::*;

#[test]
fn what_is_only_sent_to_us_loses_its_nulls_and_what_we_answer_keeps_them_for_the_lint() {
    let mut document = json!({
        "paths": { "/x": { "post": {
            "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/XCreate" } } } },
            "responses": { "201": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/XView" } } } } },
            "x-permission": "a.x.make",
        } } },
        "components": { "schemas": {
            "XCreate": { "type": "object", "properties": {
                "a": { "type": ["string", "null"] },
                "b": { "oneOf": [{ "$ref": "#/components/schemas/Word" }, { "type": "null" }] },
            } },
            "XView": { "type": "object", "properties": { "a": { "type": ["string", "null"] }, "n": { "type": "integer", "format": "int32" } } },
            "Word": { "type": "string", "enum": ["one"] },
            "Unused": { "type": "string" },
        } },
    });
    complete(&mut document, vec![], "1");
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["XCreate"]["properties"]["a"], json!({ "type": "string" }));
    assert_eq!(schemas["XCreate"]["properties"]["b"], json!({ "$ref": "#/components/schemas/Word" }));
    assert_eq!(schemas["XView"]["properties"]["a"]["type"], json!(["string", "null"]));
    assert_eq!(schemas["XView"]["properties"]["n"]["maximum"], json!(i32::MAX));
    assert!(schemas.get("Unused").is_none());
    let operation = &document["paths"]["/x"]["post"];
    assert_eq!(
        operation["responses"]["422"]["content"]["application/problem+json"]["schema"]["$ref"],
        "#/components/schemas/Problem"
    );
    assert_eq!(operation["responses"]["201"]["headers"]["Location"]["schema"]["type"], "string");
    assert_eq!(operation["parameters"].as_array().map(Vec::len), Some(2));
    assert!(document["components"]["parameters"].get("IfMatch").is_none(), "nothing refers to it");
}

#[test]
fn a_step_that_names_a_version_takes_if_match() {
    let mut document = json!({
        "paths": { "/x/{id}/end": { "post": {
            "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/XEnd" } } } },
            "responses": { "200": {} },
            "x-permission": "a.x.end",
        } } },
        "components": { "schemas": {
            "XEnd": { "type": "object", "properties": { "version": { "type": "integer" } } },
        } },
    });
    complete(&mut document, vec![], "1");
    let parameters = document["paths"]["/x/{id}/end"]["post"]["parameters"].as_array().expect("parameters");
    assert!(parameters.contains(&json!({ "$ref": "#/components/parameters/IfMatch" })), "{parameters:?}");
}

#[test]
fn the_older_document_has_nothing_that_is_newer() {
    let document = json!({
        "openapi": "3.1.0",
        "info": { "license": { "name": "x", "identifier": "MIT" } },
        "components": { "schemas": { "A": { "type": "object", "properties": {
            "type": { "type": ["string", "null"], "examples": ["a", "b"] },
            "examples": { "type": "integer", "exclusiveMinimum": 3 },
            "r": { "$ref": "#/components/schemas/A", "description": "beside" },
            "const": { "type": "string", "const": "x" },
        } } } },
    });
    let old = openapi_3_0(&document);
    let properties = &old["components"]["schemas"]["A"]["properties"];
    assert_eq!(properties["type"], json!({ "type": "string", "nullable": true, "example": "a" }));
    assert_eq!(properties["examples"], json!({ "type": "integer", "minimum": 3, "exclusiveMinimum": true }));
    assert_eq!(properties["r"], json!({ "$ref": "#/components/schemas/A" }));
    assert_eq!(properties["const"], json!({ "type": "string", "enum": ["x"] }));
    assert!(old["info"]["license"].get("identifier").is_none());
}

#[test]
fn open_enums_become_closed_ones() {
    let document = json!({ "a": { "type": "string", "x-extensible-enum": ["x"] } });
    assert_eq!(with_enums(&document), json!({ "a": { "type": "string", "enum": ["x"] } }));
}
