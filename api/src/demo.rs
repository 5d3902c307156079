//! The demo town: Hengli with its real communities, a grid or two in each, and a person for every hand an incident goes through.

use std::collections::HashMap;

use kernel::id::{Unit, User};
use kernel::permission::BuiltinRole;
use kernel::{Context, Id, Outcome};
use serde::Deserialize;
use storage::Db;

use crate::plugins::Plugins;

/// The code of the demo's town.
pub const TOWN: &str = "441900106";
/// The community where the demo's first incident happens.
pub const COMMUNITY: &str = "441900106201";
/// A point inside that community's first grid: latitude, longitude.
pub const POINT: (f64, f64) = (22.996, 113.979);

/// The demo's accounts: login, name, role, the code of the unit it is given in.
pub const PEOPLE: [(&str, &str, BuiltinRole, &str); 7] = [
    ("auditor", "审计员 陈", BuiltinRole::AuditAdmin, ""),
    ("town", "横沥镇管理员 何", BuiltinRole::UnitAdmin, TOWN),
    ("worker", "网格员 王", BuiltinRole::GridWorker, COMMUNITY),
    ("handler", "市政处置员 李", BuiltinRole::DepartmentHandler, TOWN),
    ("inspector", "核查员 赵", BuiltinRole::Inspector, TOWN),
    ("resident", "居民 张", BuiltinRole::Resident, COMMUNITY),
    ("neighbour", "邻村居民 刘", BuiltinRole::Resident, "441900106203"),
];

#[derive(Deserialize)]
struct Collection {
    features: Vec<Feature>,
}

#[derive(Deserialize)]
struct Feature {
    properties: Properties,
    geometry: serde_json::Value,
}

#[derive(Deserialize)]
struct Properties {
    unit_code: String,
    name: String,
    code: String,
    kind: String,
}

/// What was loaded.
#[derive(Debug, Default, Clone, Copy)]
pub struct Loaded {
    /// Units.
    pub units: u64,
    /// Accounts.
    pub people: usize,
    /// Grids.
    pub grids: usize,
}

/// The grids of the demo, from the file in the binary.
fn grids() -> Result<Vec<Feature>, String> {
    let collection: Collection = serde_json::from_str(include_str!("../../data/demo/grids.geojson"))
        .map_err(|e| format!("the demo's grids: {e}"))?;
    Ok(collection.features)
}

/// Makes the accounts and their grants; those that are there already are left alone.
fn people(db: &Db, plugins: &Plugins, ctx: &Context, units: &HashMap<String, Id<Unit>>, root: Id<Unit>, hash: &str) -> Outcome<usize> {
    let mut made = 0;
    for (login, name, role, code) in PEOPLE {
        let unit = units.get(code).copied().unwrap_or(root);
        let (services, ctx, hash) = (plugins.identity.clone(), ctx.clone(), hash.to_owned());
        let new: Option<Id<User>> = db.write_blocking(move |tx| {
            identity::service::bootstrap::demo_account(tx, &ctx, &services, login, name, unit, role, &hash)
        })?;
        made += usize::from(new.is_some());
    }
    Ok(made)
}

/// Loads the town. Safe to run again: what is there stays as it is.
pub fn load(db: &Db, plugins: &Plugins, ctx: &Context, password_hash: &str) -> Result<Loaded, String> {
    let report = territory::import::import_bundled(db, ctx).map_err(|e| e.to_string())?;
    let features = grids()?;
    let mut codes: Vec<String> = features.iter().map(|f| f.properties.unit_code.clone()).collect();
    codes.extend(PEOPLE.iter().map(|p| p.3.to_owned()).filter(|c| !c.is_empty()));
    codes.sort();
    codes.dedup();
    let (units, root) = db
        .read_blocking(move |tx| territory::service::find::by_codes(tx, &codes))
        .map_err(|e| e.to_string())?;
    let people = people(db, plugins, ctx, &units, root, password_hash).map_err(|e| e.to_string())?;
    let grids = make_grids(db, plugins, ctx, &units, features)?;
    Ok(Loaded { units: report.inserted, people, grids })
}
