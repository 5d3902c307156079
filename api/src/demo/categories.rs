//! The categories of the demo town, all of the standard: what is reported most.

use std::collections::HashMap;

use grid::model::{CategoryKind, Priority, Says, Term};
use grid::service::categories::{self, NewCategory};
use grid::service::category_rules;
use kernel::id::Category;
use kernel::{Context, Id};
use storage::Db;

use super::Units;
use crate::plugins::Plugins;

/// The code, the code of the one above, the kind, the name.
const CATEGORIES: [(&str, &str, CategoryKind, &str); 11] = [
    ("4419000100", "", CategoryKind::Component, "公用设施"),
    ("4419000101", "4419000100", CategoryKind::Component, "井盖"),
    ("4419000102", "4419000100", CategoryKind::Component, "路灯"),
    ("4419000200", "", CategoryKind::Component, "道路交通"),
    ("4419000201", "4419000200", CategoryKind::Component, "交通信号灯"),
    ("4419002100", "", CategoryKind::Event, "市容环境"),
    ("4419002101", "4419002100", CategoryKind::Event, "暴露垃圾"),
    ("4419002102", "4419002100", CategoryKind::Event, "道路积水"),
    ("4419002200", "", CategoryKind::Event, "街面秩序"),
    ("4419002201", "4419002200", CategoryKind::Event, "占道经营"),
    ("4419002202", "4419002200", CategoryKind::Event, "乱停车辆"),
];

/// How urgent those at the top are, and the working hours in which they are to be resolved.
const RULES: [(&str, Priority, i32); 4] = [
    ("4419000100", Priority::High, 8),
    ("4419000200", Priority::High, 4),
    ("4419002100", Priority::Normal, 16),
    ("4419002200", Priority::Normal, 8),
];

/// Makes the categories and their rules; where there are any already, nothing is added. Answers how many are new.
pub(super) fn make(db: &Db, plugins: &Plugins, ctx: &Context, units: &Units) -> Result<usize, String> {
    let (Some(services), Some(root)) = (&plugins.grid, units.get("")) else { return Ok(0) };
    let (services, ctx, root) = (services.clone(), ctx.clone(), root.id);
    let made = db.write_blocking(move |tx| {
        if !grid::store::categories::units(tx)?.is_empty() {
            return Ok(0);
        }
        let mut ids: HashMap<&str, Id<Category>> = HashMap::new();
        for (code, above, kind, name) in CATEGORIES {
            let parent = ids.get(above).copied();
            let (name, code_text) = (name.to_owned(), Some(code.to_owned()));
            let new = NewCategory { parent, unit: root, kind, name, code: code_text, local: false };
            ids.insert(code, categories::create(tx, &ctx, &services, &new)?.id);
        }
        for (code, priority, hours) in RULES {
            let Some(id) = ids.get(code).copied() else { continue };
            let term = Term { count: hours, unit: contracts::SpanUnit::WorkingHours };
            let says = Says { priority: Some(priority), resolve_within: Some(term), ..Says::default() };
            category_rules::put(tx, &ctx, &services, id, root, 0, &says)?;
        }
        Ok(ids.len())
    });
    made.map_err(|fault| fault.to_string())
}
