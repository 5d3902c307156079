//! The components that every operation shares.

use serde_json::{Value, json};

/// Component, header, description.
pub(super) const HEADERS: [(&str, &str, &str); 3] = [
    (
        "AcceptLanguage",
        "Accept-Language",
        "The language of texts in problems and labels: zh or en. English unless told.",
    ),
    (
        "IdempotencyKey",
        "Idempotency-Key",
        "1 to 255 visible ASCII characters, fresh for each deed: the same key and request get the same answer again.",
    ),
    ("IfMatch", "If-Match", "The ETag of what is changed, as in \"7\"; or give `version` in the body."),
];

pub(super) fn shared_parameters() -> Value {
    let all = HEADERS.map(|(component, name, description)| {
        let parameter = json!({ "name": name, "in": "header", "required": false, "description": description,
            "schema": { "type": "string" } });
        (component.to_owned(), parameter)
    });
    Value::Object(all.into_iter().collect())
}

pub(super) fn problem_schema() -> Value {
    json!({
        "type": "object",
        "description": "What went wrong (RFC 9457).",
        "required": ["type", "title", "status", "code", "errors"],
        "properties": {
            "type": { "type": "string", "description": "The page that describes the code: /problems/{code}." },
            "title": { "type": "string", "description": "What the code means, in the reader's language." },
            "status": { "type": "integer", "format": "int32", "minimum": 400, "maximum": 599, "description": "The HTTP status." },
            "code": { "type": "string", "description": "Stable; GET /api/v1/error-codes lists all." },
            "detail": { "type": "string", "description": "What exactly, in words." },
            "instance": { "type": "string", "description": "What it happened to." },
            "request_id": { "type": "string", "description": "The request's id, for whoever is asked for help." },
            "errors": { "type": "array", "items": { "$ref": "#/components/schemas/FieldProblem" }, "description": "Each bad field." },
        },
    })
}

pub(super) fn field_problem_schema() -> Value {
    json!({
        "type": "object",
        "description": "One bad field.",
        "required": ["pointer", "code", "message"],
        "properties": {
            "pointer": { "type": "string", "description": "RFC 6901 pointer into the body, or the parameter's name." },
            "code": { "type": "string", "description": "What is wrong with it." },
            "message": { "type": "string", "description": "The same in the reader's language." },
            "detail": { "type": "string", "description": "The bound, the allowed words." },
        },
    })
}
