//! The endpoints of grids as clients meet them: dates, splits and merges, files, sizes.

use actix_web::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::client;
use crate::reshape::rect;
use crate::world::*;

#[actix_web::test]
async fn a_grid_is_drawn_for_a_date_split_and_merged_again() {
    for w in World::each() {
        client!(w, call);
        let (drawer, resident) = (w.drawer(), w.resident());
        let (get, post) = (Method::GET, Method::POST);
        let new = json!({ "unit_id": w.unit(C1A), "name": "甲", "kind": "residential",
            "code": "441900001001001", "geometry": rect(113.0, 113.01).geojson() });
        let grid = call(&drawer, post.clone(), "/grids", None, new).await;
        let path = format!("/grids/{}", grid.text("id"));
        let to_come =
            json!({ "geometry": rect(113.0, 113.02).geojson(), "valid_from_at": "2999-01-01T00:00:00Z" });
        let drawn = call(&drawer, Method::PUT, &format!("{path}/geometry"), Some(1), to_come).await;
        assert_eq!((drawn.status, drawn.etag.as_deref()), (StatusCode::OK, Some("\"2\"")), "{}", drawn.body);
        let early = json!({ "geometry": rect(113.0, 113.02).geojson() });
        let early = call(&drawer, Method::PUT, &format!("{path}/geometry"), Some(2), early).await;
        assert_eq!((early.status.as_u16(), early.text("code")), (409, "grid.boundary_before_last"));
        for (on, east) in [("2999-01-02", 113.02), ("2998-12-31", 113.01), ("2999-01-01T00:00:00Z", 113.02)] {
            let shown =
                call(&resident, get.clone(), &format!("{path}/geometry?as_of={on}"), None, Value::Null).await;
            assert_eq!(shown.body["geometry"], rect(113.0, east).geojson(), "{on}");
        }
        for (on, status) in [("1999-01-01", 404), ("yesterday", 400), ("2026-02-30", 400)] {
            let shown =
                call(&resident, get.clone(), &format!("{path}/geometry?as_of={on}"), None, Value::Null).await;
            assert_eq!(shown.status.as_u16(), status, "{on}");
        }
        let all =
            call(&resident, get.clone(), &format!("{path}/boundaries?limit=1"), None, Value::Null).await;
        assert_eq!(
            (&all.body["items"][0]["number"], &all.body["items"][0]["drawn_by_name"]),
            (&json!(2), &json!("孙八"))
        );
        let next = format!("{path}/boundaries?limit=1&cursor={}", all.text("next_cursor"));
        let rest = call(&resident, get.clone(), &next, None, Value::Null).await;
        assert_eq!(
            (&rest.body["items"][0]["number"], rest.text("next_cursor")),
            (&json!(1), ""),
            "{}",
            rest.body
        );

        let part = |name: &str, code: &str, west: f64, east: f64| json!({ "name": name, "code": code, "geometry": rect(west, east).geojson() });
        let parts = json!([
            part("东", "441900001001001", 113.0, 113.004),
            part("西", "441900001001002", 113.004, 113.01)
        ]);
        let way = format!("{path}/split");
        let dry = json!({ "parts": parts.clone(), "dry_run": true });
        let dry = call(&drawer, post.clone(), &way, Some(2), dry).await;
        assert_eq!(
            (dry.status, &dry.body["dry_run"], dry.body["grids"][0].get("grid_id")),
            (StatusCode::OK, &json!(true), None),
            "{}",
            dry.body
        );
        let bad = json!({ "parts": [part("东", "441900001001001", 113.0, 113.004), { "name": "西", "geometry": {} }] });
        let bad = call(&drawer, post.clone(), &way, Some(2), bad).await;
        assert_eq!(
            (bad.text("code"), &bad.body["errors"][0]["pointer"]),
            ("grid.boundary_not_geojson", &json!("/parts/1/geometry"))
        );
        let none = call(&drawer, post.clone(), &way, None, json!({ "parts": parts.clone() })).await;
        assert_eq!(none.status.as_u16(), 428);
        let may_not = call(&resident, post.clone(), &way, Some(2), json!({ "parts": parts.clone() })).await;
        assert_eq!(may_not.status, StatusCode::FORBIDDEN);
        let done = call(&drawer, post.clone(), &way, Some(2), json!({ "parts": parts })).await;
        assert_eq!((done.status, done.text("kind")), (StatusCode::OK, "split"), "{}", done.body);
        let line = call(&resident, get.clone(), &format!("{path}/lineage"), None, Value::Null).await;
        assert_eq!(
            (line.body["became"][1]["grid_name"].as_str(), &line.body["came_of"]),
            (Some("西"), &json!([]))
        );
        let pair: Vec<Value> =
            (0..2).map(|n| json!({ "grid_id": done.body["grids"][n]["grid_id"], "version": 1 })).collect();
        let merge = json!({ "grids": pair, "name": "合", "code": "441900001001002" });
        let merged = call(&drawer, post.clone(), "/grids/merge", None, merge).await;
        assert_eq!((merged.status, merged.text("kind")), (StatusCode::OK, "merge"), "{}", merged.body);
    }
}

#[actix_web::test]
async fn a_town_goes_out_as_a_file_and_comes_in_again() {
    for w in World::each() {
        client!(w, call);
        let drawer = w.drawer();
        let stranger = w.person("外人", C2A, &["grid.grid.manage"]);
        for n in 0..120_u32 {
            let west = 113.0 + f64::from(n) * 0.001;
            let new = json!({ "unit_id": w.unit(C1A), "name": format!("格{n}"), "kind": "residential",
                "geometry": rect(west, west + 0.001).geojson() });
            assert_eq!(call(&drawer, Method::POST, "/grids", None, new).await.status, StatusCode::CREATED);
        }
        let out = format!("/grids/export?unit={}", w.unit(TOWN1));
        let file = call(&drawer, Method::GET, &out, None, Value::Null).await;
        assert_eq!(file.body["features"].as_array().map(Vec::len), Some(120));
        assert_eq!(file.body["features"][7]["properties"]["unit_name"], "一社区");
        let back = call(&drawer, Method::POST, "/grids/import", None, file.body.clone()).await;
        assert_eq!(
            (&back.body["unchanged"], &back.body["applied"]),
            (&json!(120), &json!(true)),
            "{}",
            back.body
        );
        let mut bad = file.body.clone();
        bad["features"][3]["geometry"] = Value::Null;
        let back = call(&drawer, Method::POST, "/grids/import?dry_run=true", None, bad).await;
        assert_eq!(
            (&back.body["failed"], &back.body["items"][3]["code"]),
            (&json!(1), &json!("grid.boundary_empty"))
        );
        let empty = format!("/grids/export?unit={}", w.unit(C1B));
        let empty = call(&drawer, Method::GET, &empty, None, Value::Null).await;
        assert_eq!(empty.body["features"], json!([]));
        for way in ["export", "sizes", "coverage"] {
            let path = format!("/grids/{way}?unit={}", w.unit(TOWN1));
            let got = call(&stranger, Method::GET, &path, None, Value::Null).await;
            assert_eq!((got.status, got.text("code")), (StatusCode::NOT_FOUND, "kernel.not_found"), "{way}");
        }
        let sizes = format!("/grids/sizes?unit={}&limit=2", w.unit(TOWN1));
        let sizes = call(&drawer, Method::GET, &sizes, None, Value::Null).await;
        assert_eq!(sizes.body["items"][0]["size"], "unknown", "nobody keeps households here");
        let cover = format!("/grids/coverage?unit={}", w.unit(TOWN1));
        let cover = call(&drawer, Method::GET, &cover, None, Value::Null).await;
        assert_eq!(
            (&cover.body["grids"], &cover.body["overlaps"]),
            (&json!(120), &json!([])),
            "{}",
            cover.body
        );
    }
}
