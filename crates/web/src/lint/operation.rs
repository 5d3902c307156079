//! The rules for operations: names, tags, parameters, answers.

use super::*;
use crate::retirement::Retirement;

/// One operation and where it stands.
pub(super) struct Operation<'d> {
    pub document: &'d Value,
    pub at: &'d str,
    pub method: &'d str,
    pub path: &'d str,
    pub body: &'d Value,
}

impl Operation<'_> {
    pub(super) fn lint(&self, tags: &BTreeSet<String>, found: &mut Findings) {
        self.name(found);
        self.tag(tags, found);
        self.parameters(found);
        self.request(found);
        self.answers(found);
        if let Err(what) = Retirement::of(self.body) {
            found.add(41, self.at, what);
        }
    }

    fn name(&self, found: &mut Findings) {
        let id = text(self.body, "operationId");
        let words: Vec<&str> = id.split('_').collect();
        let sound =
            |w: &&str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if words.len() < 3 || id.len() > 40 || !words.iter().all(sound) {
            found.add(
                22,
                self.at,
                format!("operationId {id:?} is not plugin_verb_noun within 40 characters"),
            );
        }
        let permission = text(self.body, "x-permission");
        if permission.is_empty() {
            found.add(22, self.at, "x-permission names the permission, or says public");
        } else if permission == "public" {
            if self.body.get("security") != Some(&json!([])) {
                found.add(37, self.at, "a public operation has `security: []`");
            }
        } else if permission.split('.').next() != words.first().copied() {
            found.add(
                22,
                self.at,
                format!("operationId {id} and x-permission {permission} name two plugins"),
            );
        }
        if text(self.body, "summary").is_empty() {
            found.add(22, self.at, "an operation has a summary");
        }
    }

    fn tag(&self, declared: &BTreeSet<String>, found: &mut Findings) {
        match self.body.get("tags").and_then(Value::as_array).map(Vec::as_slice) {
            Some([Value::String(tag)]) if declared.contains(tag) => {}
            Some([tag]) => found.add(23, self.at, format!("the tag {tag} is not declared by a plugin")),
            _ => found.add(23, self.at, "an operation has exactly one tag"),
        }
    }

    /// The parameter itself, behind a reference if need be.
    fn resolve<'v>(&'v self, parameter: &'v Value) -> &'v Value {
        let target =
            text(parameter, "$ref").strip_prefix('#').and_then(|pointer| self.document.pointer(pointer));
        target.unwrap_or(parameter)
    }

    fn all_parameters(&self) -> impl Iterator<Item = &Value> {
        self.body.get("parameters").and_then(Value::as_array).into_iter().flatten().map(|p| self.resolve(p))
    }

    fn parameters(&self, found: &mut Findings) {
        let mut seen = BTreeSet::new();
        for parameter in self.all_parameters() {
            let (name, place) = (text(parameter, "name"), text(parameter, "in"));
            let at = format!("{} parameter {name}", self.at);
            if !seen.insert((name, place)) {
                found.add(24, &at, "declared twice");
            }
            if text(parameter, "description").is_empty() {
                found.add(24, &at, "a parameter has a description");
            }
            if place == "header" && parameter.get("required") == Some(&json!(true)) {
                found.add(35, &at, "a header is optional in the document");
            }
            if parameter.get("content").is_some()
                || !matches!(text(parameter, "style"), "" | "form" | "simple")
            {
                found.add(24, &at, "plain style only");
            }
            let schema = parameter.get("schema").unwrap_or(&Value::Null);
            if schema.get("default").is_some() {
                found.add(10, &at, "no default: say it in the description");
            }
            let schema = self.resolve(schema);
            let kind = text(schema, "type");
            let of_strings =
                schema.get("items").is_some_and(|items| text(self.resolve(items), "type") == "string");
            let sound = match place {
                "path" => kind == "string",
                "query" => {
                    matches!(kind, "string" | "integer" | "boolean" | "number")
                        || (kind == "array" && of_strings)
                }
                _ => kind == "string",
            };
            if !sound {
                found.add(24, &at, "scalars and arrays of strings only; in a path a UUID or a word");
            }
            super::schema::lint(&at, schema, super::schema::Side::Sent, found);
        }
        for name in self.path.split(['{', '}']).skip(1).step_by(2) {
            if !seen.contains(&(name, "path")) {
                found.add(24, self.at, format!("the path parameter {name} is not declared"));
            }
        }
    }

    fn request(&self, found: &mut Findings) {
        for (media, content) in members(self.body.pointer("/requestBody/content")) {
            let schema = content.get("schema").unwrap_or(&Value::Null);
            if media.contains("multipart") {
                found.add(30, self.at, "files are sent raw, one a request");
            } else if media.contains("json") && schema.get("$ref").is_none() {
                found.add(9, self.at, "a body is a named schema");
            } else if media.contains("json")
                && let Some(name) = text(schema, "$ref").rsplit('/').next()
                && (name.ends_with("View") || name.ends_with("Page"))
            {
                found.add(9, self.at, format!("{name} is no name for what is sent: XCreate, XPatch"));
            }
        }
    }

    fn answers(&self, found: &mut Findings) {
        let responses = self.body.get("responses").unwrap_or(&Value::Null);
        let successes: Vec<(&String, &Value)> =
            members(Some(responses)).filter(|(status, _)| status.starts_with(['1', '2', '3'])).collect();
        match successes.as_slice() {
            [(status, response)] => self.success(status, response, found),
            _ => found.add(33, self.at, format!("{} success statuses instead of one", successes.len())),
        }
        for (status, _) in PROBLEMS {
            let problem = responses
                .get(status)
                .and_then(|r| r.pointer("/content/application~1problem+json/schema/$ref"))
                .and_then(Value::as_str);
            if problem != Some("#/components/schemas/Problem") {
                found.add(27, self.at, format!("{status} does not answer a Problem"));
            }
        }
    }

    fn success(&self, status: &str, response: &Value, found: &mut Findings) {
        let json = response.pointer("/content/application~1json/schema");
        let has_content = members(response.get("content")).next().is_some();
        match (self.method, status) {
            ("delete", "204")
            | ("get" | "post" | "put" | "patch", "200")
            | ("post" | "put", "201")
            | ("post", "202" | "204")
            | ("put", "204") => {}
            _ => found.add(33, self.at, format!("{} does not answer {status}", self.method)),
        }
        if (status == "204") == has_content {
            found.add(
                33,
                self.at,
                if has_content { "204 has no body" } else { "a success other than 204 has a body" },
            );
        }
        let Some(schema) = json else { return };
        if schema.get("$ref").is_none() {
            found.add(25, self.at, "an answer is a named schema: a view, or {items, next_cursor}");
            return;
        }
        let target = self.resolve(schema);
        if target.pointer("/properties/next_cursor").is_some() {
            let has = |name: &str| {
                self.all_parameters().any(|p| text(p, "name") == name && text(p, "in") == "query")
            };
            if !has("limit") || !has("cursor") {
                found.add(25, self.at, "a page takes limit and cursor");
            }
            if target.pointer("/properties/items/type") != Some(&json!("array")) {
                found.add(25, self.at, "a page is {items, next_cursor}");
            }
        }
    }
}
