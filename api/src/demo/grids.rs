//! The grids of the demo town, from the file in the binary.

use grid::model::{Boundary, GridKind};
use grid::service::make::NewGrid;
use kernel::Context;
use serde::Deserialize;
use storage::Db;

use super::Units;
use crate::plugins::Plugins;

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

fn features() -> Result<Vec<Feature>, String> {
    let collection: Collection = serde_json::from_str(include_str!("../../../data/demo/grids.geojson"))
        .map_err(|e| format!("the demo's grids: {e}"))?;
    Ok(collection.features)
}

/// The codes of the units that get grids.
pub(super) fn unit_codes() -> Result<Vec<String>, String> {
    Ok(features()?.into_iter().map(|f| f.properties.unit_code).collect())
}

/// Draws the grids; one whose place is taken already is left alone. Answers how many are new.
pub(super) fn draw(db: &Db, plugins: &Plugins, ctx: &Context, units: &Units) -> Result<usize, String> {
    let Some(services) = &plugins.grid else { return Ok(0) };
    let mut made = 0;
    for Feature { properties, geometry } in features()? {
        let Some(unit) = units.get(&properties.unit_code) else { continue };
        let kind = GridKind::parse(&properties.kind)
            .ok_or_else(|| format!("the demo has a grid of kind {}", properties.kind))?;
        let boundary = Boundary::parse(&geometry).map_err(|e| e.to_string())?;
        let new = NewGrid {
            unit: unit.id,
            name: properties.name,
            code: Some(properties.code),
            kind,
            boundary: Some(boundary),
        };
        let (services, ctx) = (services.clone(), ctx.clone());
        match db.write_blocking(move |tx| grid::service::make::create(tx, &ctx, &services, &new).map(drop)) {
            Ok(()) => made += 1,
            Err(fault) if fault.code() == Some(&grid::error::BOUNDARY_OVERLAPS) => {}
            Err(fault) => return Err(fault.to_string()),
        }
    }
    Ok(made)
}
