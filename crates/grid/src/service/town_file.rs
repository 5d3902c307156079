//! A town's grids as a GeoJSON FeatureCollection: read a feature at a time, so that a large file is never in memory as a tree.

use kernel::id::{Grid, Unit};
use kernel::{ErrorCode, Fault, Id, Outcome};
use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::error::{BOUNDARY_EMPTY, IMPORT_FEATURE, IMPORT_NOT_COLLECTION, IMPORT_TOO_MANY};
use crate::model::{Boundary, Grid as GridRow, GridKind};

/// The most features of a file.
pub const MOST: usize = 10_000;

/// What is wrong with a feature.
pub type Wrong = (&'static ErrorCode, Option<String>);

/// A feature as it was read.
#[derive(Debug, Clone, Default)]
pub struct Feature {
    /// The grid it says it is.
    pub id: Option<Id<Grid>>,
    /// Its name.
    pub name: String,
    /// Its code.
    pub code: Option<String>,
    /// What kind of area it is, if it says so.
    pub kind: Option<GridKind>,
    /// Its unit.
    pub unit: Option<Id<Unit>>,
    /// Its unit's division code, where the unit itself is not named.
    pub unit_code: Option<String>,
    /// Its boundary, or what is wrong with it.
    pub boundary: Option<Boundary>,
    /// The first thing that is wrong.
    pub wrong: Option<Wrong>,
}

#[derive(Deserialize)]
struct Raw {
    #[serde(rename = "type")]
    kind: String,
    geometry: Option<Value>,
    properties: Option<Value>,
}

#[derive(Deserialize, Default)]
struct Properties {
    id: Option<Uuid>,
    name: Option<String>,
    code: Option<String>,
    kind: Option<String>,
    unit_id: Option<Uuid>,
    unit_code: Option<String>,
}

/// The features of a collection, each made into what is kept of it before the next is read.
struct Features(Vec<Feature>);

impl<'de> Deserialize<'de> for Features {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Features;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("features")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Features, A::Error> {
                let mut read = Vec::new();
                while let Some(raw) = all.next_element::<Raw>()? {
                    if read.len() == MOST {
                        return Err(serde::de::Error::custom(IMPORT_TOO_MANY.code));
                    }
                    read.push(feature(raw));
                }
                Ok(Features(read))
            }
        }
        from.deserialize_seq(Each)
    }
}

#[derive(Deserialize)]
struct Collection {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    crs: Option<Value>,
    features: Features,
}

/// Reads a file. What is wrong with it as a whole refuses it; what is wrong with a feature is said of it. Takes seconds for a large one.
pub fn read(bytes: &[u8]) -> Outcome<Vec<Feature>> {
    let no = |why: String| Fault::from(IMPORT_NOT_COLLECTION.refusal().because(why));
    let read: Collection = serde_json::from_slice(bytes).map_err(|error| {
        let why = error.to_string();
        if why.contains(IMPORT_TOO_MANY.code) { IMPORT_TOO_MANY.fault() } else { no(why) }
    })?;
    if read.kind != "FeatureCollection" {
        return Err(no("its type is another".to_owned()));
    }
    if read.crs.is_some() {
        return Err(no("RFC 7946 has no member \"crs\": coordinates are WGS 84".to_owned()));
    }
    Ok(read.features.0)
}

fn feature(raw: Raw) -> Feature {
    let mut feature = Feature::default();
    if raw.kind != "Feature" {
        feature.wrong = Some((&IMPORT_FEATURE, Some("its type is another".to_owned())));
        return feature;
    }
    let said = raw.properties.filter(|p| !p.is_null()).map(serde_json::from_value::<Properties>).transpose();
    match said {
        Ok(said) => say(&mut feature, said.unwrap_or_default()),
        Err(error) => feature.wrong = Some((&IMPORT_FEATURE, Some(error.to_string()))),
    }
    let boundary = match &raw.geometry {
        Some(geometry) if !geometry.is_null() => Boundary::parse(geometry),
        _ => Err(BOUNDARY_EMPTY.fault()),
    };
    match boundary {
        Ok(boundary) => feature.boundary = Some(boundary),
        Err(Fault::Refused(no)) => {
            feature.wrong.get_or_insert((no.code, no.detail.as_ref().map(ToString::to_string)));
        }
        Err(_) => {
            feature.wrong.get_or_insert((&BOUNDARY_EMPTY, None));
        }
    }
    feature
}

fn say(feature: &mut Feature, said: Properties) {
    feature.id = said.id.map(Id::from_uuid);
    feature.unit = said.unit_id.map(Id::from_uuid);
    feature.unit_code = said.unit_code.filter(|code| !code.is_empty());
    feature.name = said.name.unwrap_or_default().trim().to_owned();
    feature.code = said.code.map(|code| code.trim().to_owned()).filter(|code| !code.is_empty());
    if let Some(word) = said.kind {
        feature.kind = GridKind::parse(&word);
        if feature.kind.is_none() {
            feature.wrong = Some((&IMPORT_FEATURE, Some("kind".to_owned())));
        }
    }
}

/// A grid as a feature of an export.
pub fn written(grid: &GridRow, unit_name: &str, geometry: Option<&Value>) -> Value {
    json!({ "type": "Feature", "geometry": geometry, "properties": {
        "id": grid.id, "name": grid.name, "code": grid.code, "kind": grid.kind.word(),
        "unit_id": grid.unit, "unit_name": unit_name } })
}
