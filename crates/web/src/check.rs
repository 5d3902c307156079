//! What must hold of the plugins together, asked at boot and by a test.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use crate::document::{METHODS, assemble, clashes};
use crate::lint::lint;
use crate::plugin::WebPlugin;

/// Everything that is wrong: names that are not the plugin's, permissions nobody declared, clashes, findings of the lint.
pub fn check(plugins: &[Arc<dyn WebPlugin>]) -> Vec<String> {
    let mut wrong = clashes(plugins);
    let mut names = BTreeSet::new();
    let mut permissions = BTreeSet::from(["public"]);
    let mut codes = BTreeSet::new();
    for plugin in plugins {
        let own = plugin.name();
        let belongs = |name: &str| name.split(['.', '_']).next() == Some(own);
        if !names.insert(own) {
            wrong.push(format!("two plugins are called {own}"));
        }
        for permission in plugin.permissions() {
            if !permissions.insert(permission.name) {
                wrong.push(format!("{own}: the permission {} is declared twice", permission.name));
            }
            if !belongs(permission.name) || permission.name.split('.').count() != 3 {
                wrong.push(format!("{own}: the permission {} is not {own}.noun.verb", permission.name));
            }
        }
        for code in plugin.error_codes() {
            if !codes.insert(code.code) {
                wrong.push(format!("{own}: the code {} is declared twice", code.code));
            }
            if !belongs(code.code) {
                wrong.push(format!("{own}: the code {} does not begin with the plugin's name", code.code));
            }
            if code.en.is_empty() || code.zh.is_empty() {
                wrong.push(format!("{own}: the code {} does not speak both languages", code.code));
            }
        }
        for dictionary in plugin.dictionaries().iter().filter(|d| !belongs(d.name)) {
            wrong.push(format!(
                "{own}: the dictionary {} does not begin with the plugin's name",
                dictionary.name
            ));
        }
    }
    let document = assemble(plugins, "0");
    for (path, item) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
        for operation in METHODS.iter().filter_map(|m| item.get(m)) {
            let permission = operation.get("x-permission").and_then(Value::as_str).unwrap_or_default();
            if !permissions.contains(permission) {
                wrong.push(format!("{path}: no plugin declares the permission {permission:?}"));
            }
        }
    }
    wrong.extend(lint(&document).iter().map(ToString::to_string));
    wrong
}
