//! The paths that are there and the methods each takes.

use std::collections::{BTreeMap, HashMap};

use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use serde_json::Value;

use crate::plugin::WebPlugin;
use crate::registrar::each_path;
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
    /// Reads them from what the operations say of themselves.
    pub(crate) fn of<P: AsRef<dyn WebPlugin>>(plugins: &[P]) -> Self {
        let mut routes = Self::default();
        for path in BESIDES {
            routes.paths.insert(path.to_owned(), vec!["GET", "HEAD"]);
        }
        // What utoipa builds always serialises.
        each_path(plugins, |path, item| {
            routes.enter(&path, &serde_json::to_value(item).unwrap_or_default());
        });
        routes
    }

    fn enter(&mut self, path: &str, item: &Value) {
        for (method, name) in [
            (Method::DELETE, "DELETE"),
            (Method::GET, "GET"),
            (Method::PATCH, "PATCH"),
            (Method::POST, "POST"),
            (Method::PUT, "PUT"),
        ] {
            let Some(operation) = item.get(name.to_ascii_lowercase()) else { continue };
            let methods = self.paths.entry(path.to_owned()).or_default();
            methods.push(name);
            if name == "GET" {
                methods.push("HEAD");
            }
            if let Some(id) = operation.get("operationId").and_then(Value::as_str) {
                let known = Known { id: id.to_owned(), retirement: retirement(operation) };
                self.operations.insert((method, path.to_owned()), known);
            }
        }
    }

    /// The operation behind a pattern.
    pub(crate) fn operation(&self, method: &Method, pattern: &str) -> Option<&Known> {
        self.operations.get(&(method.clone(), pattern.to_owned()))
    }

    /// The operation that answers a path: of two patterns that fit, the one with fewer places to fill.
    pub(crate) fn operation_at(&self, method: &Method, path: &str) -> Option<&Known> {
        let fits = self.paths.keys().filter(|pattern| matches(pattern, path));
        let known =
            fits.filter_map(|pattern| Some((pattern.matches('{').count(), self.operation(method, pattern)?)));
        known.min_by_key(|(open, _)| *open).map(|(_, known)| known)
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
