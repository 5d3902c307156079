//! The paths that are there and the methods each takes, read from the finished document.

use std::collections::{BTreeMap, HashMap};

use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use serde_json::Value;

use crate::retirement::retirement;

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

/// An operation.
#[derive(Debug)]
pub(crate) struct Known {
    /// Its `operationId`.
    pub id: String,
    /// The headers that say of it that it goes: none while it stays.
    pub retirement: Vec<(HeaderName, HeaderValue)>,
}

/// Knows every path.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    operations: HashMap<(Method, String), Known>,
    paths: BTreeMap<String, Vec<&'static str>>,
}

impl Routes {
    /// Reads them from the document.
    pub(crate) fn of(document: &Value) -> Self {
        let mut routes = Self::default();
        for path in BESIDES {
            routes.paths.insert(path.to_owned(), vec!["GET", "HEAD"]);
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
                let methods = routes.paths.entry(path.clone()).or_default();
                methods.push(name);
                if name == "GET" {
                    methods.push("HEAD");
                }
                if let Some(id) = operation.get("operationId").and_then(Value::as_str) {
                    let known = Known { id: id.to_owned(), retirement: retirement(operation) };
                    routes.operations.insert((method, path.clone()), known);
                }
            }
        }
        routes
    }

    /// The operation behind a pattern.
    pub(crate) fn operation(&self, method: &Method, pattern: &str) -> Option<&Known> {
        self.operations.get(&(method.clone(), pattern.to_owned()))
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
