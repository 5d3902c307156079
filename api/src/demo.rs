//! The demo town: Hengli with its real communities, a grid or two in each, and a person for every hand an incident goes through.

use std::collections::{BTreeSet, HashMap};

use contracts::{UnitRef, UnitTree};
use identity::service::accounts::{self, NewUser};
use identity::service::bootstrap;
use identity::service::session::Door;
use kernel::id::Unit;
use kernel::permission::BuiltinRole;
use kernel::{Context, Id, Outcome};
use storage::Db;

use crate::plugins::Plugins;

#[cfg(feature = "grid")]
mod categories;
#[cfg(not(feature = "grid"))]
#[path = "demo/no_categories.rs"]
mod categories;
#[cfg(feature = "grid")]
mod grids;
#[cfg(not(feature = "grid"))]
#[path = "demo/no_grids.rs"]
mod grids;

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

/// What was loaded.
#[derive(Debug, Default, Clone, Copy)]
pub struct Loaded {
    /// Units.
    pub units: u64,
    /// Accounts.
    pub people: usize,
    /// Grids.
    pub grids: usize,
    /// Categories of incidents.
    pub categories: usize,
}

type Units = HashMap<String, UnitRef>;

/// The units the demo needs, by code; the root under the empty code.
fn units(db: &Db, codes: Vec<String>) -> Outcome<Units> {
    db.read_blocking(move |tx| {
        let found = territory::service::look_up::by_codes(tx, &codes)?;
        let ids: Vec<Id<Unit>> = found.iter().map(|u| u.id).collect();
        let code_of: HashMap<Id<Unit>, String> =
            found.into_iter().filter_map(|u| u.code.map(|code| (u.id, code))).collect();
        let mut all: Units = territory::Units
            .units(tx, &ids)?
            .into_iter()
            .filter_map(|unit| code_of.get(&unit.id).map(|code| (code.clone(), unit.clone())))
            .collect();
        all.extend(territory::Units.roots(tx)?.into_iter().next().map(|root| (String::new(), root)));
        Ok(all)
    })
}

/// Makes one account with its grant; one that is there already is left alone.
fn person(
    db: &Db,
    plugins: &Plugins,
    ctx: &Context,
    (login, name, role): (&'static str, &'static str, BuiltinRole),
    unit: &UnitRef,
    hash: &str,
) -> Outcome<bool> {
    let (services, ctx, unit, hash) = (plugins.identity.clone(), ctx.clone(), unit.clone(), hash.to_owned());
    let made = db.write_blocking(move |tx| {
        let new = NewUser {
            login: login.to_owned(),
            display_name: name.to_owned(),
            unit: unit.id,
            password_hash: None,
        };
        accounts::create(tx, &ctx, &services, &new)?;
        let door = Door { now: ctx.now, request_id: &ctx.request_id, ids: ctx.ids.as_ref() };
        bootstrap::reset_password(tx, door, login, &hash, false)?;
        bootstrap::grant_role(tx, door, login, role, &unit, "the demo town").map(drop)
    });
    match made {
        Ok(()) => Ok(true),
        Err(fault) if fault.code() == Some(&identity::error::LOGIN_TAKEN) => Ok(false),
        Err(fault) => Err(fault),
    }
}

/// Loads the town. Safe to run again: what is there stays as it is.
pub fn load(db: &Db, plugins: &Plugins, ctx: &Context, password_hash: &str) -> Result<Loaded, String> {
    let report = territory::import_bundled(db, ctx, &territory::NoProgress).map_err(|e| e.to_string())?;
    let codes: BTreeSet<String> =
        grids::unit_codes()?.into_iter().chain(PEOPLE.iter().map(|p| p.3.to_owned())).collect();
    let units = units(db, codes.into_iter().collect()).map_err(|e| e.to_string())?;
    let mut people = 0;
    for (login, name, role, code) in PEOPLE {
        let unit = units.get(code).ok_or_else(|| format!("the demo's unit {code} is not there"))?;
        let made =
            person(db, plugins, ctx, (login, name, role), unit, password_hash).map_err(|e| e.to_string())?;
        people += usize::from(made);
    }
    let grids = grids::draw(db, plugins, ctx, &units)?;
    let categories = categories::make(db, plugins, ctx, &units)?;
    Ok(Loaded { units: report.inserted, people, grids, categories })
}
