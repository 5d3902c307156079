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
        "required": ["type", "title", "status", "code", "errors", "missing", "breaches", "refused"],
        "properties": {
            "type": { "type": "string", "description": "The page that describes the code: /problems/{code}." },
            "title": { "type": "string", "description": "What the code means, in the reader's language." },
            "status": { "type": "integer", "format": "int32", "minimum": 400, "maximum": 599, "description": "The HTTP status." },
            "code": { "type": "string", "description": "Stable; GET /api/v1/error-codes lists all." },
            "detail": { "type": "string", "description": "What exactly, in words." },
            "instance": { "type": "string", "description": "What it happened to." },
            "request_id": { "type": "string", "description": "The request's id, for whoever is asked for help." },
            "errors": { "type": "array", "items": { "$ref": "#/components/schemas/FieldProblem" }, "description": "Each bad field." },
            "missing": { "type": "array", "items": { "$ref": "#/components/schemas/MissingRight" },
                "description": "Each permission that is missing, of a refusal by rights." },
            "breaches": { "type": "array", "items": { "$ref": "#/components/schemas/CeilingBreach" },
                "description": "Each right that the reader may not give, of a refusal by what they hold themselves." },
            "conflict": { "$ref": "#/components/schemas/RoleMeeting" },
            "refused": { "type": "array", "items": { "$ref": "#/components/schemas/RefusedItem" },
                "description": "Each thing that could not pass, of a refused handover: the first 200." },
            "refused_count": { "type": "integer", "format": "int64", "minimum": 0, "maximum": 9_007_199_254_740_991_i64,
                "description": "How many could not pass, all of them." },
            "existing_grant_id": { "type": "string", "format": "uuid",
                "description": "The grant by which somebody has already what would be given, if the reader may see it." },
        },
        "example": { "type": "/problems/kernel.forbidden", "title": "You may not do this here.", "status": 403,
            "code": "kernel.forbidden", "errors": [], "breaches": [], "refused": [],
            "missing": [{ "permission": "identity.user.manage", "unit_id": "01990000-0000-7000-8000-000000000002" }] },
    })
}

/// What a [`problem_schema`] refers to, by name: the facts that a refusal may add.
pub(super) fn problem_parts() -> [(&'static str, Value); 4] {
    let text = |description: &str| json!({ "type": "string", "description": description });
    let id = |description: &str| json!({ "type": "string", "format": "uuid", "description": description });
    let word = |values: &[&str], description: &str| json!({ "type": "string", "x-extensible-enum": values, "description": description });
    let part = |description: &str, required: &[&str], properties: Value| json!({ "type": "object", "description": description, "required": required, "properties": properties });
    [
        (
            "MissingRight",
            part(
                "A permission that is missing.",
                &["permission"],
                json!({ "permission": text("The permission's name."),
                    "unit_id": id("Where it is missing. Absent: anywhere, or at a place that is not for the reader to know.") }),
            ),
        ),
        (
            "CeilingBreach",
            part(
                "A right that the reader may not give.",
                &["permission", "lack"],
                json!({ "permission": text("The permission's name; `*`: to give what one does not hold."),
                    "lack": word(&["permission", "duration", "granting"],
                        "What they lack: the permission itself over the whole place, holding it for as long, or the right to grant there.") }),
            ),
        ),
        (
            "RoleMeeting",
            part(
                "Two roles that must not meet in one person, and would.",
                &["roles", "where", "mode"],
                json!({ "roles": { "type": "array", "items": { "type": "string" }, "description": "Their names." },
                    "where": word(&["same_unit", "line", "anywhere"], "Where they must not meet."),
                    "mode": word(&["forbid", "needs_second"], "How strictly: forbidden, or only with a second person's approval.") }),
            ),
        ),
        (
            "RefusedItem",
            part(
                "A thing that could not pass to another person.",
                &["kind", "id", "code"],
                json!({ "kind": text("Its kind, as in somebody's holdings."), "id": id("Its id."),
                    "code": text("Why; `GET /api/v1/error-codes` lists all.") }),
            ),
        ),
    ]
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
