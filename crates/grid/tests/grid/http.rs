//! The endpoints, as clients meet them: the whole way of an incident, and what bad input gets.

use actix_web::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{Got, client, plugins};
use crate::world::*;

#[actix_web::test]
async fn the_document_is_without_a_finding() {
    for w in World::each() {
        let document = web::document::assemble(&plugins(&w), "0");
        let found: Vec<String> = web::lint::lint(&document).iter().map(ToString::to_string).collect();
        assert_eq!(found, Vec::<String>::new());
    }
}

#[actix_web::test]
async fn a_refusal_names_the_field_that_is_bad_and_no_other() {
    for w in World::each() {
        client!(w, call);
        let (resident, drawer) = (w.resident(), w.drawer());
        let pointers = |got: &Got| -> Vec<String> {
            let all = got.body["errors"].as_array().cloned().unwrap_or_default();
            all.iter().map(|e| e["pointer"].as_str().unwrap_or_default().to_owned()).collect()
        };
        for (lat, lng, wanted) in
            [(91.0, 113.0, vec!["lat"]), (23.0, 180.5, vec!["lng"]), (-90.5, -181.0, vec!["lat", "lng"])]
        {
            let new = json!({ "title": "路灯", "lat": lat, "lng": lng });
            let got = call(&resident, Method::POST, "/incidents", None, new).await;
            assert_eq!(got.text("code"), "grid.point_off_earth");
            let in_body: Vec<String> = wanted.iter().map(|name| format!("/{name}")).collect();
            assert_eq!(pointers(&got), in_body);
            let path = format!("/grids/locate?lat={lat}&lng={lng}");
            let got = call(&resident, Method::GET, &path, None, Value::Null).await;
            assert_eq!((got.text("code"), pointers(&got).len()), ("grid.point_off_earth", wanted.len()));
            assert_eq!(pointers(&got), wanted);
        }
        let grid = json!({ "unit_id": w.unit(C1A), "name": "网格", "kind": "market" });
        let grid = call(&drawer, Method::POST, "/grids", None, grid).await;
        let post =
            json!({ "user_id": w.worker().actor.user, "role": "worker", "until_at": "2001-01-01T00:00:00Z" });
        let path = format!("/grids/{}/posts", grid.text("id"));
        let got = call(&drawer, Method::POST, &path, None, post).await;
        assert_eq!((got.text("code"), pointers(&got)), ("kernel.invalid", vec!["/until_at".to_owned()]));
    }
}

#[actix_web::test]
async fn an_incident_goes_all_the_way() {
    for w in World::each() {
        client!(w, call);
        let (resident, worker, handler, inspector, drawer) =
            (w.resident(), w.worker(), w.handler(), w.inspector(), w.drawer());
        let boundary = square(113.0, 23.0, 0.01).geojson();
        let new =
            json!({ "unit_id": w.unit(C1A), "name": "第一网格", "kind": "market", "geometry": boundary });
        let grid = call(&drawer, Method::POST, "/grids", None, new).await;
        assert_eq!(grid.status, StatusCode::CREATED, "{}", grid.body);
        assert_eq!((grid.text("unit_name"), grid.etag.as_deref()), ("一社区", Some("\"1\"")));
        let found =
            call(&resident, Method::GET, "/grids/locate?lat=23.005&lng=113.005", None, Value::Null).await;
        assert_eq!((found.status, found.text("id")), (StatusCode::OK, grid.text("id")));
        let found = call(&resident, Method::GET, "/grids/locate?lat=3&lng=3", None, Value::Null).await;
        assert_eq!((found.status, found.text("code")), (StatusCode::NOT_FOUND, "grid.outside_every_grid"));
        let post = json!({ "user_id": worker.actor.user, "role": "worker" });
        let path = format!("/grids/{}/posts", grid.text("id"));
        let post = call(&drawer, Method::POST, &path, None, post).await;
        assert_eq!((post.status, post.text("user_name")), (StatusCode::CREATED, "王五"), "{}", post.body);
        let end = format!("{path}/{}/end", post.text("id"));
        assert_eq!(call(&drawer, Method::POST, &end, Some(1), json!({})).await.status, StatusCode::OK);
        let shown = call(&resident, Method::GET, &path, None, Value::Null).await;
        assert_eq!(shown.body["items"].as_array().map(Vec::len), Some(1));
        let path = format!("/grids/{}/geometry", grid.text("id"));
        let shown = call(&resident, Method::GET, &path, None, Value::Null).await;
        assert_eq!((shown.status, &shown.body["geometry"]), (StatusCode::OK, &boundary));

        let report = json!({ "title": "路灯不亮", "lat": 23.005, "lng": 113.005 });
        let mut i = call(&resident, Method::POST, "/incidents", None, report).await;
        assert_eq!(i.status, StatusCode::CREATED, "{}", i.body);
        assert_eq!((i.text("state"), i.text("grid_name")), ("reported", "第一网格"));
        let id = i.text("id").to_owned();
        let ways = [
            (&worker, "accept", json!({}), "accepted"),
            (
                &worker,
                "dispatch",
                json!({ "assignee_unit_id": w.unit(DEPARTMENT), "assignee_id": handler.actor.user }),
                "dispatched",
            ),
            (&handler, "start", json!({ "note": "在路上" }), "in_progress"),
            (&handler, "resolve", json!({ "result": "已换灯泡" }), "resolved"),
            (&inspector, "verify", json!({ "passed": false, "reason": "仍不亮" }), "reopened"),
            (&worker, "dispatch", json!({ "assignee_unit_id": w.unit(DEPARTMENT) }), "dispatched"),
            (&handler, "start", json!({}), "in_progress"),
            (&handler, "resolve", json!({ "result": "已换整灯" }), "resolved"),
            (&inspector, "verify", json!({ "passed": true }), "verified"),
            (&worker, "close", json!({}), "closed"),
        ];
        for (version, (who, action, body, state)) in (1..).zip(ways) {
            let path = format!("/incidents/{id}/{action}");
            i = call(who, Method::POST, &path, Some(version), body).await;
            assert_eq!((i.status, i.text("state")), (StatusCode::OK, state), "{}", i.body);
            assert_eq!(i.body["version"], version + 1);
        }
        assert_eq!(i.text("unit_name"), "一社区");
        let steps =
            call(&resident, Method::GET, &format!("/incidents/{id}/steps?limit=4"), None, Value::Null).await;
        assert_eq!(steps.body["items"].as_array().map(Vec::len), Some(4));
        let path = format!("/incidents/{id}/steps?limit=50&cursor={}", steps.text("next_cursor"));
        let rest = call(&resident, Method::GET, &path, None, Value::Null).await;
        assert_eq!(rest.body["items"].as_array().map(Vec::len), Some(7), "{}", rest.body);
        let path = format!("/incidents?unit={}&state=closed&limit=1", w.unit(TOWN1));
        let list = call(&inspector, Method::GET, &path, None, Value::Null).await;
        assert_eq!(list.body["items"][0]["id"], id.as_str(), "{}", list.body);
        assert_eq!(list.body["items"][0]["allowed_transitions"], json!(["reopen"]));
        let mine = call(&resident, Method::GET, "/me/incidents", None, Value::Null).await;
        assert_eq!(mine.body["items"][0]["id"], id.as_str());
    }
}

#[actix_web::test]
async fn bad_input_is_told_what_is_wrong() {
    for w in World::each() {
        client!(w, call);
        let (resident, worker, drawer) = (w.resident(), w.worker(), w.drawer());
        // Blocking calls do not belong on the runtime's thread.
        let i = std::thread::scope(|t| t.spawn(|| w.reported_in(&resident, C1A)).join()).unwrap().incident;
        let accept = format!("/incidents/{}/accept", i.id);
        let open = json!({ "type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]] });
        let grid = |geometry: Value| json!({ "unit_id": w.unit(C1A), "name": "x", "kind": "market", "geometry": geometry });
        let cases = [
            (&worker, Method::POST, accept.as_str(), Some(7), json!({}), 412, "kernel.stale"),
            (&worker, Method::POST, &accept, None, json!({}), 428, "web.precondition_required"),
            (&resident, Method::POST, &accept, Some(1), json!({}), 403, "kernel.forbidden"),
            (&worker, Method::GET, "/incidents?state=lost", None, json!({}), 400, "web.invalid_parameter"),
            (&worker, Method::GET, "/incidents?colour=red", None, json!({}), 400, "web.invalid_parameter"),
            (&worker, Method::GET, "/incidents?cursor=abc", None, json!({}), 400, "kernel.bad_cursor"),
            (&worker, Method::GET, "/incidents/xyz", None, json!({}), 404, "kernel.not_found"),
            (&resident, Method::POST, "/incidents", None, json!({ "title": "x" }), 422, "grid.unit_required"),
            (
                &resident,
                Method::POST,
                "/incidents",
                None,
                json!({ "title": "x", "lat": 95, "lng": 0 }),
                422,
                "grid.point_off_earth",
            ),
            (
                &resident,
                Method::POST,
                "/incidents",
                None,
                json!({ "title": "x", "lat": 5 }),
                422,
                "kernel.invalid",
            ),
            (&drawer, Method::POST, "/grids", None, grid(open), 422, "grid.boundary_open_ring"),
            (&drawer, Method::POST, "/grids", None, grid(json!({})), 422, "grid.boundary_not_geojson"),
        ];
        for (who, method, path, if_match, body, status, code) in cases {
            let got = call(who, method, path, if_match, body).await;
            assert_eq!((got.status.as_u16(), got.text("code")), (status, code), "{path}: {}", got.body);
        }
    }
}

#[actix_web::test]
async fn a_category_and_its_rules_are_made_used_and_retired() {
    for w in World::each() {
        client!(w, call);
        let boss = w.person("管类", DISTRICT, &["grid.category.manage"]);
        let (resident, worker) = (w.resident(), w.worker());
        let get = Method::GET;
        let new = json!({ "unit_id": w.unit(DISTRICT), "kind": "component", "name": "公用设施",
            "code": "4419000100", "local": false });
        let top = call(&boss, Method::POST, "/categories", None, new).await;
        assert_eq!((top.status, top.etag.as_deref()), (StatusCode::CREATED, Some("\"1\"")), "{}", top.body);
        let new = json!({ "unit_id": w.unit(TOWN1), "parent_id": top.text("id"), "kind": "component",
            "name": "路灯", "local": true });
        let lamp = call(&boss, Method::POST, "/categories", None, new).await;
        assert_eq!(lamp.body["path_names"], json!(["公用设施", "路灯"]), "{}", lamp.body);
        let path = format!("/categories/{}", lamp.text("id"));
        let shown = call(&worker, get.clone(), &path, None, Value::Null).await;
        assert_eq!((shown.text("unit_name"), &shown.body["can"]), ("东镇", &json!([])), "{}", shown.body);
        let shown = call(&resident, get.clone(), &path, None, Value::Null).await;
        assert_eq!(shown.text("code"), "kernel.not_found", "of another town");
        let rule = format!("{path}/rules/{}", w.unit(TOWN1));
        let says = json!({ "priority": "high", "department_id": w.unit(DEPARTMENT), "requires": ["address"],
            "accept_within": { "count": 30, "unit": "working_minutes" } });
        let put = call(&boss, Method::PUT, &rule, None, says.clone()).await;
        assert_eq!((put.status.as_u16(), put.text("code")), (428, "web.precondition_required"));
        let put = call(&boss, Method::PUT, &rule, Some(0), says).await;
        assert_eq!((put.status, put.text("department_name")), (StatusCode::OK, "城管局"), "{}", put.body);
        let wrong = json!({ "accept_within": { "count": 0, "unit": "working_minutes" } });
        let got = call(&boss, Method::PUT, &rule, Some(1), wrong).await;
        assert_eq!(got.body["errors"][0]["pointer"], "/accept_within/count", "{}", got.body);
        let rules = call(&worker, get.clone(), &format!("{path}/rules"), None, Value::Null).await;
        assert_eq!(rules.body["items"][0]["requires"], json!(["address"]));
        let asked = format!("{path}/resolved?unit={}", w.unit(C1A));
        let holds = call(&worker, get.clone(), &asked, None, Value::Null).await;
        assert_eq!(holds.body["accept_within"]["term"], json!({ "count": 30, "unit": "working_minutes" }));
        assert_eq!(holds.body["priority"]["source"]["unit_name"], "东镇", "{}", holds.body);
        assert_eq!(holds.body.get("resolve_within"), None);

        let report = json!({ "title": "不亮", "unit_id": w.unit(C1A), "category_id": lamp.text("id") });
        let got = call(&resident, Method::POST, "/incidents", None, report).await;
        assert_eq!(
            (got.text("code"), &got.body["errors"][0]["pointer"]),
            ("grid.category_requires", &json!("/address"))
        );
        let report = json!({ "title": "不亮", "unit_id": w.unit(C1A) });
        let i = call(&resident, Method::POST, "/incidents", None, report).await;
        assert_eq!(i.body.get("category_id"), None);
        let way = format!("/incidents/{}", i.text("id"));
        let given = json!({ "category_id": lamp.text("id") });
        let got = call(&resident, Method::POST, &format!("{way}/categorise"), Some(1), given.clone()).await;
        assert_eq!(got.status, StatusCode::FORBIDDEN);
        let i = call(&worker, Method::POST, &format!("{way}/categorise"), Some(1), given).await;
        assert_eq!((i.text("category_name"), i.text("priority")), ("路灯", "high"), "{}", i.body);
        assert!(i.body["can"].as_array().unwrap().contains(&json!("categorise")));
        let list = format!("/incidents?category={}", top.text("id"));
        let list = call(&worker, get.clone(), &list, None, Value::Null).await;
        assert_eq!(list.body["items"][0]["id"], i.body["id"], "{}", list.body);
        call(&worker, Method::POST, &format!("{way}/accept"), Some(2), json!({})).await;
        let i = call(&worker, Method::POST, &format!("{way}/dispatch"), Some(3), json!({})).await;
        assert_eq!(i.text("assignee_unit_name"), "城管局", "{}", i.body);

        let got = call(&boss, Method::DELETE, &rule, Some(1), Value::Null).await;
        assert_eq!(got.status, StatusCode::NO_CONTENT, "{}", got.body);
        let clear = json!({ "clear": ["parent_id"] });
        let moved = call(&boss, Method::PATCH, &path, Some(1), clear).await;
        assert_eq!((&moved.body["path_names"], &moved.body["depth"]), (&json!(["路灯"]), &json!(1)));
        let gone = call(&boss, Method::POST, &format!("{path}/retire"), Some(2), json!({})).await;
        assert!(gone.body["retired_at"].is_string(), "{}", gone.body);
        let list =
            call(&boss, get.clone(), "/categories?include_retired=true&limit=1", None, Value::Null).await;
        assert_eq!(list.body["items"][0]["id"], top.body["id"]);
        let next = format!("/categories?include_retired=true&limit=1&cursor={}", list.text("next_cursor"));
        let list = call(&boss, get.clone(), &next, None, Value::Null).await;
        assert_eq!(list.body["items"][0]["id"], lamp.body["id"], "{}", list.body);
    }
}
