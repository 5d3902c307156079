//! The paths that are there and the methods each takes, read from the finished document.

use std::collections::{BTreeMap, HashMap};

use actix_web::http::Method;
use serde_json::Value;

/// Paths that are no operation of the document.
const BESIDES: [&str; 10] = [
    "/.well-known/jwks.json",
    "/healthz",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/openapi-3.0.json",
    "/openapi-enums.json",
    "/docs",
    "/problems",
    "/problems/{code}",
];

/// Knows every path.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    operations: HashMap<(Method, String), String>,
    paths: BTreeMap<String, Vec<&'static str>>,
}

impl Routes {
    /// Reads them from the document.
    pub(crate) fn of(document: &Value) -> Self {
        let mut routes = Self::default();
        for path in BESIDES {
            routes.paths.insert(path.to_owned(), vec!["GET"]);
        }
        for (path, item) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
            for method in [Method::DELETE, Method::GET, Method::PATCH, Method::POST, Method::PUT] {
                let name = match method {
                    Method::DELETE => "DELETE",
                    Method::PATCH => "PATCH",
                    Method::POST => "POST",
                    Method::PUT => "PUT",
                    _ => "GET",
                };
                let Some(operation) = item.get(name.to_ascii_lowercase()) else { continue };
                routes.paths.entry(path.clone()).or_default().push(name);
                if let Some(id) = operation.get("operationId").and_then(Value::as_str) {
                    routes.operations.insert((method, path.clone()), id.to_owned());
                }
            }
        }
        routes
    }

    /// The operation behind a pattern.
    pub(crate) fn operation(&self, method: &Method, pattern: &str) -> Option<&str> {
        self.operations.get(&(method.clone(), pattern.to_owned())).map(String::as_str)
    }

    /// The methods that a path takes, for `Allow`; nothing if there is no such path.
    pub(crate) fn methods(&self, path: &str) -> Option<String> {
        let mut found: Vec<&str> = Vec::new();
        for (pattern, methods) in &self.paths {
            if matches(pattern, path) {
                found.extend(methods);
            }
        }
        found.sort_unstable();
        found.dedup();
        (!found.is_empty()).then(|| found.join(", "))
    }
}

fn matches(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(w), Some(g)) if w == g || (w.starts_with('{') && !g.is_empty()) => {}
            _ => return false,
        }
    }
}
