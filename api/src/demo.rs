//! The demo town: Hengli with its real communities, a grid or two in each, and a person for every hand an incident goes through.

use std::collections::HashMap;

use contracts::{UnitRef, UnitTree};
#[cfg(feature = "grid")]
use grid::model::{Boundary, GridKind};
#[cfg(feature = "grid")]
use grid::service::make::NewGrid;
use identity::service::accounts::{self, NewUser};
use identity::service::bootstrap;
use identity::service::session::Door;
use kernel::id::Unit;
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

/// Draws the grids; one whose place is taken already is left alone.
#[cfg(feature = "grid")]
fn draw(db: &Db, plugins: &Plugins, ctx: &Context, units: &Units, features: Vec<Feature>) -> Outcome<usize> {
    let Some(services) = &plugins.grid else { return Ok(0) };
    let mut made = 0;
    for feature in features {
        let Some(unit) = units.get(&feature.properties.unit_code) else { continue };
        let new = NewGrid {
            unit: unit.id,
            name: feature.properties.name,
            code: Some(feature.properties.code),
            kind: GridKind::parse(&feature.properties.kind).ok_or_else(|| {
                kernel::Fault::internal(format!("the demo has a grid of kind {}", feature.properties.kind))
            })?,
            boundary: Some(Boundary::parse(&feature.geometry)?),
        };
        let (services, ctx) = (services.clone(), ctx.clone());
        match db.write_blocking(move |tx| grid::service::make::create(tx, &ctx, &services, &new).map(drop)) {
            Ok(()) => made += 1,
            Err(fault) if fault.code() == Some(&grid::error::BOUNDARY_OVERLAPS) => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(made)
}

#[cfg(not(feature = "grid"))]
fn draw(_: &Db, _: &Plugins, _: &Context, _: &Units, _: Vec<Feature>) -> Outcome<usize> {
    Ok(0)
}

/// Loads the town. Safe to run again: what is there stays as it is.
pub fn load(db: &Db, plugins: &Plugins, ctx: &Context, password_hash: &str) -> Result<Loaded, String> {
    let report = territory::import_bundled(db, ctx, &territory::NoProgress).map_err(|e| e.to_string())?;
    let features = grids()?;
    let mut codes: Vec<String> = features.iter().map(|f| f.properties.unit_code.clone()).collect();
    codes.extend(PEOPLE.iter().map(|p| p.3.to_owned()));
    codes.sort();
    codes.dedup();
    let units = units(db, codes).map_err(|e| e.to_string())?;
    let mut people = 0;
    for (login, name, role, code) in PEOPLE {
        let unit = units.get(code).ok_or_else(|| format!("the demo's unit {code} is not there"))?;
        let made =
            person(db, plugins, ctx, (login, name, role), unit, password_hash).map_err(|e| e.to_string())?;
        people += usize::from(made);
    }
    let grids = draw(db, plugins, ctx, &units, features).map_err(|e| e.to_string())?;
    Ok(Loaded { units: report.inserted, people, grids })
}
