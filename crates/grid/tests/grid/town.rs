//! A town's grids in and out, how large they are, and how they lie together.

use std::sync::Arc;

use contracts::{Around, HomeRef, Homes};
use grid::model::PostRole;
use grid::service::post::{self, NewPost};
use grid::service::town::{Fate, Told};
use grid::service::{coverage, draw, sizes, town, town_file};
use grid::store::grids::{self, Filter};
use kernel::id::{Household, Person};
use kernel::{Context, Id, Outcome, UnitPath};
use serde_json::{Value, json};

use crate::reshape::rect;
use crate::world::*;

fn object(fields: [(&str, Value); 3]) -> Value {
    Value::Object(fields.map(|(name, value)| (name.to_owned(), value)).into_iter().collect())
}

fn feature(name: &str, geometry: Value, mut properties: Value) -> Value {
    properties["name"] = json!(name);
    object([("type", json!("Feature")), ("geometry", geometry), ("properties", properties)])
}

fn collection(features: Vec<Value>) -> Vec<u8> {
    let features = Value::Array(features);
    let all = object([("type", json!("FeatureCollection")), ("features", features), ("name", json!("town"))]);
    all.to_string().into_bytes()
}

fn import(w: &World, who: &Context, file: &[u8], dry_run: bool) -> Outcome<Vec<Told>> {
    let (who, features) = (w.now(who), town_file::read(file)?);
    w.write(move |tx, s| town::import(tx, &who, s, &features, dry_run))
}

fn live(w: &World, unit: usize) -> usize {
    let filter = Filter { below: Some(w.unit(unit)), ..Filter::default() };
    w.read(move |tx, _| grids::list(tx, &filter, 200)).unwrap().len()
}

fn fates(told: &[Told]) -> Vec<Fate> {
    told.iter().map(|t| t.fate).collect()
}

fn codes(told: &[Told]) -> Vec<&'static str> {
    told.iter().map(|t| t.wrong.as_ref().map_or("", |(code, _)| code.code)).collect()
}

#[test]
fn a_town_is_imported_found_again_and_redrawn() {
    for w in World::each() {
        w.tree.0.lock().get_mut(&w.unit(C1B)).unwrap().code = Some("441900001002".into());
        let drawer = w.drawer();
        let at = |west: f64, east: f64| rect(west, east).geojson();
        let a = json!({ "unit_id": w.unit(C1A), "code": "441900001001001", "kind": "market" });
        let b = json!({ "unit_code": "441900001002", "code": "441900001002001" });
        let file = |edge: f64| {
            collection(vec![
                feature("甲", at(113.0, edge), a.clone()),
                feature("乙", at(113.02, 113.03), b.clone()),
                feature("丙", at(edge, 113.02), json!({ "unit_id": w.unit(C1A), "code": "441900001001002" })),
            ])
        };
        let dry = import(&w, &drawer, &file(113.01), true).unwrap();
        assert_eq!((fates(&dry), live(&w, DISTRICT)), (vec![Fate::Created; 3], 0));
        let done = import(&w, &drawer, &file(113.01), false).unwrap();
        assert_eq!((fates(&done), live(&w, C1A), live(&w, TOWN1)), (vec![Fate::Created; 3], 2, 3));
        let again = import(&w, &drawer, &file(113.01), false).unwrap();
        assert_eq!(fates(&again), [Fate::Unchanged; 3]);
        // A border between two moves: neither is in the way of the other.
        let moved = import(&w, &drawer, &file(113.015), false).unwrap();
        assert_eq!(fates(&moved), [Fate::Redrawn, Fate::Unchanged, Fate::Redrawn]);
        let id = moved[0].grid.unwrap();
        assert_eq!(id, done[0].grid.unwrap());
        let drawn = w.read(move |tx, _| grid::store::boundaries::list(tx, id, None, 9)).unwrap();
        assert_eq!((drawn.len(), drawn[1].until), (2, Some(drawn[0].from)));
        let found = w.read(|tx, s| grid::service::locate::one(tx, s, 23.005, 113.012)).unwrap();
        assert_eq!(found.map(|g| g.name), Some("甲".into()));
    }
}

#[test]
fn one_bad_feature_keeps_all_out_and_each_is_told_why() {
    for w in World::each() {
        let drawer = w.drawer();
        w.make_grid(&drawer, C1A, "旧", Some(rect(113.5, 113.51))).unwrap();
        let unit = json!({ "unit_id": w.unit(C1A) });
        let with = |code: &str| json!({ "unit_id": w.unit(C1A), "code": code });
        let shape = |ring: Value| json!({ "type": "Polygon", "coordinates": [ring] });
        let at = |west: f64, east: f64| rect(west, east).geojson();
        let crossing =
            shape(json!([[113.0, 23.0], [113.01, 23.01], [113.01, 23.0], [113.0, 23.01], [113.0, 23.0]]));
        let swapped =
            shape(json!([[23.0, 113.0], [23.0, 113.01], [23.01, 113.01], [23.01, 113.0], [23.0, 113.0]]));
        let high = shape(json!([
            [113.1, 23.0, 5],
            [113.11, 23.0, 5],
            [113.11, 23.01, 5],
            [113.1, 23.01, 5],
            [113.1, 23.0, 5]
        ]));
        let file = collection(vec![
            feature("好", high, with("441900001001001")),
            feature("叉", crossing, unit.clone()),
            feature("反", swapped, unit.clone()),
            feature("空", Value::Null, unit.clone()),
            feature("重", at(113.2, 113.21), with("441900001001001")),
            feature("短", at(113.3, 113.31), with("7")),
            feature("压旧", at(113.505, 113.52), unit.clone()),
            feature("压新", at(113.105, 113.12), unit.clone()),
            feature("无主", at(113.6, 113.61), json!({})),
            feature("", at(113.7, 113.71), unit.clone()),
            feature("类", at(113.8, 113.81), json!({ "unit_id": w.unit(C1A), "kind": "castle" })),
            json!({ "type": "Point" }),
        ]);
        let told = import(&w, &drawer, &file, false).unwrap();
        let wanted = [
            "",
            "grid.boundary_self_crossing",
            "grid.boundary_off_earth",
            "grid.boundary_empty",
            "grid.import_duplicate",
            "grid.code_not_fifteen_digits",
            "grid.boundary_overlaps",
            "grid.boundary_overlaps",
            "grid.import_unit_unknown",
            "grid.import_feature",
            "grid.import_feature",
            "grid.import_feature",
        ];
        assert_eq!(codes(&told), wanted);
        assert_eq!(live(&w, DISTRICT), 1, "all or none");
        let stranger = w.person("外人", C2A, &["grid.grid.manage"]);
        let one = collection(vec![feature("甲", at(113.0, 113.01), unit)]);
        let told = import(&w, &stranger, &one, false).unwrap();
        assert_eq!((codes(&told), live(&w, C1A)), (vec!["grid.import_unit_unknown"], 1));
        for bad in [
            "",
            "[]",
            "{}",
            r#"{"type":"Feature","features":[]}"#,
            r#"{"type":"FeatureCollection","crs":{},"features":[]}"#,
        ] {
            assert_eq!(code(town_file::read(bad.as_bytes())), "grid.import_not_collection", "{bad}");
        }
        let many = vec![json!({ "type": "Feature", "geometry": null, "properties": null }); 10_001];
        assert_eq!(code(town_file::read(&collection(many))), "grid.import_too_many");
    }
}

#[test]
fn somebody_elses_grid_is_not_redrawn_by_its_id() {
    for w in World::each() {
        let drawer = w.drawer();
        let id = w.make_grid(&drawer, C2A, "别人", Some(rect(113.0, 113.01))).unwrap().id;
        let own = w.person("镇", TOWN1, &["grid.grid.manage"]);
        let file = collection(vec![feature(
            "夺",
            rect(114.0, 114.01).geojson(),
            json!({ "unit_id": w.unit(C1A), "id": id }),
        )]);
        assert_eq!(codes(&import(&w, &own, &file, false).unwrap()), ["grid.import_other_unit"]);
        let shape = w
            .read(move |tx, _| {
                let grid = grids::find(tx, id)?.unwrap();
                draw::geometry(tx, &grid)
            })
            .unwrap();
        assert_eq!(shape, Some(rect(113.0, 113.01).geojson()));
    }
}

/// Dwellings side by side along a street.
struct Street(usize);

impl<T> Homes<T> for Street {
    fn homes(&self, _: &mut T, _: &[Id<Household>]) -> Outcome<Vec<HomeRef>> {
        Ok(Vec::new())
    }
    fn below(
        &self,
        _: &mut T,
        path: &UnitPath,
        around: Option<Around>,
        after: Option<Id<Household>>,
        limit: i64,
    ) -> Outcome<Vec<HomeRef>> {
        let home = |n: usize| HomeRef {
            id: Id::from_uuid(uuid(n)),
            unit: Id::from_uuid(uuid(0)),
            path: path.clone(),
            point: Some((23.005, 113.000_005 + 0.000_01 * f64::from(u32::try_from(n).unwrap()))),
            closed: false,
        };
        let inside = |home: &HomeRef| {
            let (b, (_, lng)) = (around.unwrap(), home.point.unwrap());
            b.lng.0 <= lng && lng <= b.lng.1 && after.is_none_or(|after| home.id > after)
        };
        Ok((0..self.0).map(home).filter(inside).take(usize::try_from(limit).unwrap()).collect())
    }
    fn members(
        &self,
        _: &mut T,
        _: &[Id<Household>],
        _: chrono::NaiveDate,
    ) -> Outcome<Vec<(Id<Household>, Id<Person>)>> {
        Ok(Vec::new())
    }
    fn of_person(
        &self,
        _: &mut T,
        _: Id<Person>,
        _: chrono::NaiveDate,
    ) -> Outcome<Vec<(Id<Household>, chrono::NaiveDate)>> {
        Ok(Vec::new())
    }
}

fn uuid(n: usize) -> uuid::Uuid {
    uuid::Uuid::from_u128(1_000 + u128::try_from(n).unwrap())
}

#[test]
fn grids_are_small_fit_or_large_and_somebody_is_on_duty_in_them() {
    for mut w in World::each() {
        w.s = w.s.clone().with_homes(Arc::new(Street(1_200)));
        let drawer = w.drawer();
        let edges = [113.0, 113.002_99, 113.006_49, 113.012];
        let ids: Vec<_> = edges
            .windows(2)
            .map(|e| w.make_grid(&drawer, C1A, "格", Some(rect(e[0], e[1]))).unwrap().id)
            .collect();
        w.make_grid(&drawer, C1A, "未划", None).unwrap();
        for _ in 0..3 {
            let (ctx, id) = (w.now(&drawer), ids[1]);
            let new =
                NewPost { user: w.worker().actor.user, role: PostRole::Worker, from: None, until: None };
            w.write(move |tx, s| post::assign(tx, &ctx, s, id, &new)).unwrap();
        }
        let (ctx, unit) = (w.now(&drawer), w.unit(TOWN1));
        let sized = w
            .read(move |tx, s| {
                let root = sizes::managed_unit(tx, &ctx, s, unit)?;
                let all = grids::list(tx, &Filter { below: Some(unit), ..Filter::default() }, 50)?;
                sizes::of(tx, &ctx, s, &root, all)
            })
            .unwrap();
        let facts: Vec<_> = sized
            .iter()
            .map(|s| (s.size.word(), s.households, s.warnings.iter().map(|w| w.word()).collect::<Vec<_>>()))
            .collect();
        assert_eq!(
            facts,
            [
                ("small", Some(299), vec!["no_worker"]),
                ("fits", Some(350), vec!["more_than_two_workers"]),
                ("large", Some(551), vec!["no_worker"]),
                ("unknown", None, vec!["no_worker", "no_boundary"]),
            ]
        );
    }
}

#[test]
fn what_overlaps_and_what_lies_between_is_found() {
    for w in World::each() {
        let drawer = w.drawer();
        let ring = json!({ "type": "Polygon", "coordinates": [
            [[113.0, 23.0], [113.03, 23.0], [113.03, 23.03], [113.0, 23.03], [113.0, 23.0]],
            [[113.01, 23.01], [113.01, 23.02], [113.02, 23.02], [113.02, 23.01], [113.01, 23.01]]] });
        let ring = grid::model::Boundary::parse(&ring).unwrap();
        w.make_grid(&drawer, C1A, "环", Some(ring)).unwrap();
        w.make_grid(&drawer, C1B, "邻", Some(square(113.02, 23.02, 0.02))).unwrap();
        w.make_grid(&drawer, C2A, "远", Some(square(113.0, 23.0, 0.001))).unwrap();
        let gather = |who: &Context, unit: usize| {
            let (ctx, unit) = (w.now(who), w.unit(unit));
            w.read(move |tx, s| coverage::gather(tx, &ctx, s, unit))
        };
        let all = gather(&drawer, TOWN1).unwrap();
        let (overlaps, gaps) = (coverage::overlaps(&all), coverage::gaps(&all));
        assert_eq!((all.len(), overlaps.len(), gaps.len()), (2, 1, 1));
        let square_metres = 1_023.0 * 1_113.0;
        assert!((overlaps[0].area / square_metres - 1.0).abs() < 0.02, "{}", overlaps[0].area);
        assert!((gaps[0].1 / square_metres - 1.0).abs() < 0.02, "{}", gaps[0].1);
        assert_eq!(coverage::overlaps(&gather(&drawer, DISTRICT).unwrap()).len(), 2);
        let stranger = w.person("外人", C2A, &["grid.grid.manage"]);
        assert_eq!(code(gather(&stranger, TOWN1)), "kernel.not_found");
    }
}
