//! The ways beside the plain report, as clients meet them.

use actix_web::http::{Method, StatusCode};
use grid::service::anonymous;
use kernel::Context;
use serde_json::{Value, json};

use crate::client::{Got, client};
use crate::world::*;

fn lamp(w: &World) -> Value {
    json!({ "title": "路灯不亮", "unit_id": w.unit(C1A) })
}

fn nobody(w: &World) -> Context {
    Context { actor: anonymous::nobody(), ..w.resident() }
}

#[actix_web::test]
async fn a_report_that_nobody_signs_for_is_followed_by_its_token_alone() {
    for w in World::each() {
        client!(w, call);
        let (nobody, worker) = (nobody(&w), w.worker());
        let made = call(&nobody, Method::POST, "/anonymous-incidents", None, lamp(&w)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        let token = made.text("token").to_owned();
        let number = made.body["incident"]["number"].as_str().unwrap().to_owned();
        let path = format!("/incidents/by-number?number={number}");
        let seen = call(&worker, Method::GET, &path, None, Value::Null).await;
        assert_eq!((seen.status, &seen.body["reporter_id"]), (StatusCode::OK, &Value::Null));
        assert_eq!(seen.text("source"), "anonymous");
        let ask = format!("/incidents/{}/ask", seen.text("id"));
        call(&worker, Method::POST, &ask, Some(1), json!({ "question": "哪一盏？" })).await;
        let look =
            call(&nobody, Method::POST, "/anonymous-incidents/look", None, json!({ "token": token })).await;
        assert_eq!((look.text("state"), look.text("question")), ("waiting", "哪一盏？"));
        assert_eq!(look.body["can"], json!(["answer"]));
        let said = json!({ "token": token, "answer": "东门" });
        let answered = call(&nobody, Method::POST, "/anonymous-incidents/answer", None, said.clone()).await;
        assert_eq!(answered.text("state"), "reported", "{}", answered.body);
        let again = call(&nobody, Method::POST, "/anonymous-incidents/answer", None, said).await;
        assert_eq!((again.status.as_u16(), again.text("code")), (409, "grid.transition_not_allowed"));
        for (what, more) in [("reopen", json!({ "reason": "x" })), ("rate", json!({ "score": 5 }))] {
            let mut body = more;
            body["token"] = json!("cwi_wrong");
            let got = call(&nobody, Method::POST, &format!("/anonymous-incidents/{what}"), None, body).await;
            assert_eq!((got.status.as_u16(), got.text("code")), (404, "kernel.not_found"));
        }
        let files = json!({ "title": "x", "unit_id": w.unit(C1A), "file_ids": [uuid::Uuid::nil()] });
        assert_eq!(
            call(&nobody, Method::POST, "/anonymous-incidents", None, files).await.status,
            StatusCode::CREATED,
            "files are nobody's to attach, and left aside"
        );
        let mut last = StatusCode::CREATED;
        for _ in 0..5 {
            let got = call(&nobody, Method::POST, "/anonymous-incidents", None, lamp(&w)).await;
            last = got.status;
            if last != StatusCode::CREATED {
                assert_eq!(got.text("code"), "grid.anonymous_too_often");
            }
        }
        assert_eq!(last, StatusCode::TOO_MANY_REQUESTS, "a flood is stopped");
    }
}

#[actix_web::test]
async fn a_neighbour_finds_what_was_reported_follows_it_and_learns_no_more_than_its_state() {
    for w in World::each() {
        client!(w, call);
        let boss = w.person("管类", DISTRICT, &["grid.category.manage"]);
        let (resident, worker, drawer) = (w.resident(), w.worker(), w.drawer());
        let neighbour = w.person("邻居", C2B, &["grid.incident.report"]);
        let category =
            json!({ "unit_id": w.unit(DISTRICT), "kind": "component", "name": "路灯", "local": true });
        let category = call(&boss, Method::POST, "/categories", None, category).await;
        let boundary = square(113.0, 23.0, 0.01).geojson();
        let grid = json!({ "unit_id": w.unit(C1A), "name": "格", "kind": "market", "geometry": boundary });
        call(&drawer, Method::POST, "/grids", None, grid).await;
        let report = json!({ "title": "我家门口的灯", "lat": 23.005, "lng": 113.005, "category_id": category.text("id") });
        let made = call(&resident, Method::POST, "/incidents", None, report).await;
        let path = format!("/incidents/similar?lat=23.0051&lng=113.005&category={}", category.text("id"));
        let found = call(&neighbour, Method::GET, &path, None, Value::Null).await;
        let it = &found.body["items"][0];
        assert_eq!((&it["id"], &it["can"]), (&made.body["id"], &json!(["follow"])), "{}", found.body);
        assert!(!found.body.to_string().contains("我家门口"));
        let follow = format!("/incidents/{}/me-too", made.text("id"));
        let got = call(&neighbour, Method::POST, &follow, None, json!({})).await;
        assert_eq!((got.status, &got.body["follower_count"]), (StatusCode::OK, &json!(1)));
        let own = call(&resident, Method::POST, &follow, None, json!({})).await;
        assert_eq!((own.status.as_u16(), own.text("code")), (409, "grid.follows_own"));
        let accept = format!("/incidents/{}/accept", made.text("id"));
        call(&worker, Method::POST, &accept, Some(1), json!({})).await;
        let list = call(&neighbour, Method::GET, "/me/followed-incidents", None, Value::Null).await;
        assert_eq!(list.body["items"][0]["state"], "accepted");
        assert!(!list.body.to_string().contains("我家门口"));
        let hidden =
            call(&neighbour, Method::GET, &format!("/incidents/{}", made.text("id")), None, Value::Null)
                .await;
        assert_eq!(hidden.status, StatusCode::NOT_FOUND);
        let duplicates = format!("/incidents/{}/duplicates", made.text("id"));
        assert_eq!(call(&worker, Method::GET, &duplicates, None, Value::Null).await.status, StatusCode::OK);
        let mine = call(&resident, Method::GET, &duplicates, None, Value::Null).await;
        assert_eq!(mine.status, StatusCode::FORBIDDEN);
        assert_eq!(
            call(&neighbour, Method::DELETE, &follow, None, Value::Null).await.status,
            StatusCode::NO_CONTENT
        );
        assert_eq!(
            call(&neighbour, Method::DELETE, &follow, None, Value::Null).await.status,
            StatusCode::NOT_FOUND
        );
        let off = call(&neighbour, Method::GET, "/incidents/similar?lat=95&lng=0", None, Value::Null).await;
        assert_eq!(off.text("code"), "grid.point_off_earth", "{}", off.body);
    }
}

#[actix_web::test]
async fn records_from_the_field_are_answered_one_by_one() {
    for w in World::each() {
        client!(w, call);
        let worker = w.worker();
        let at = w.time().plus_seconds(-600).to_string();
        let record = |client: u128, title: &str| {
            json!({
                "client_id": uuid::Uuid::from_u128(client), "occurred_at": at,
                "report": { "title": title, "unit_id": w.unit(C1A) },
            })
        };
        let mut spot = record(3, "护栏歪了");
        spot["handled"] = json!({ "result": "扶正了" });
        let batch = json!({ "items": [record(1, "路灯不亮"), record(2, ""), spot] });
        let outcomes = |got: &Got| -> Vec<String> {
            let items = got.body["items"].as_array().cloned().unwrap_or_default();
            items.iter().map(|i| i["outcome"].as_str().unwrap_or_default().to_owned()).collect()
        };
        let first = call(&worker, Method::POST, "/incidents/batch", None, batch.clone()).await;
        assert_eq!(outcomes(&first), ["created", "refused", "created"], "{}", first.body);
        assert_eq!(first.body["items"][1]["code"], "kernel.invalid");
        assert_eq!(first.body["items"][1]["fields"], json!(["/title"]));
        assert_eq!(first.body["items"][2]["incident"]["state"], "resolved");
        let again = call(&worker, Method::POST, "/incidents/batch", None, batch).await;
        assert_eq!(outcomes(&again), ["repeated", "refused", "repeated"]);
        assert_eq!(again.body["items"][0]["incident"]["id"], first.body["items"][0]["incident"]["id"]);
        let none = call(&worker, Method::POST, "/incidents/batch", None, json!({ "items": [] })).await;
        assert_eq!(none.status.as_u16(), 422);
    }
}

#[actix_web::test]
async fn a_draft_is_kept_changed_sent_and_gone() {
    for w in World::each() {
        client!(w, call);
        let (resident, other) = (w.resident(), w.resident());
        let drafts = "/me/incident-drafts";
        let made =
            call(&resident, Method::POST, drafts, None, json!({ "content": { "title": "路灯" } })).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        let path = format!("{drafts}/{}", made.text("id"));
        assert_eq!(call(&other, Method::GET, &path, None, Value::Null).await.status, StatusCode::NOT_FOUND);
        let unknown =
            call(&resident, Method::PUT, &path, Some(1), json!({ "content": { "state": "closed" } })).await;
        assert_eq!(unknown.status.as_u16(), 422, "{}", unknown.body);
        let content = json!({ "content": { "title": "路灯不亮", "unit_id": w.unit(C1A) } });
        assert_eq!(call(&resident, Method::PUT, &path, Some(7), content.clone()).await.status.as_u16(), 412);
        let put = call(&resident, Method::PUT, &path, Some(1), content).await;
        assert_eq!((put.status, put.body["version"].as_i64()), (StatusCode::OK, Some(2)), "{}", put.body);
        let sent = call(&resident, Method::POST, &format!("{path}/submit"), None, json!({})).await;
        assert_eq!((sent.status, sent.text("title")), (StatusCode::CREATED, "路灯不亮"), "{}", sent.body);
        let list = call(&resident, Method::GET, drafts, None, Value::Null).await;
        assert_eq!(list.body["items"], json!([]));
    }
}

#[actix_web::test]
async fn a_result_is_rated_a_case_merged_and_an_answer_filled_in() {
    for w in World::each() {
        client!(w, call);
        let (resident, worker) = (w.resident(), w.worker());
        let boss = w.person("管答", C1A, &["grid.answer.manage", "grid.answer.read", "grid.incident.read"]);
        let spot = json!({ "report": lamp(&w), "result": "已更换" });
        let done = call(&worker, Method::POST, "/incidents/self-handled", None, spot).await;
        assert_eq!((done.status, done.text("state")), (StatusCode::CREATED, "resolved"), "{}", done.body);
        let one = call(&resident, Method::POST, "/incidents", None, lamp(&w)).await;
        let two = call(&resident, Method::POST, "/incidents", None, lamp(&w)).await;
        let path = |i: &Got, what: &str| format!("/incidents/{}/{what}", i.text("id"));
        let merge = json!({ "into_id": one.text("id"), "reason": "同一盏" });
        let merged = call(&worker, Method::POST, &path(&two, "merge"), Some(1), merge.clone()).await;
        assert_eq!((merged.text("state"), merged.text("merged_into_id")), ("merged", one.text("id")));
        let into_merged = json!({ "into_id": two.text("id"), "reason": "x" });
        let refused = call(&worker, Method::POST, &path(&one, "merge"), Some(1), into_merged).await;
        assert_eq!((refused.status.as_u16(), refused.text("code")), (409, "grid.merge_target_over"));
        let early = call(&resident, Method::POST, &path(&one, "rate"), Some(1), json!({ "score": 5 })).await;
        assert_eq!((early.status.as_u16(), early.text("code")), (409, "grid.not_done_yet"));
        let template = json!({ "unit_id": w.unit(C1A), "title": "已处置", "body": "{number} 已处置" });
        let template = call(&boss, Method::POST, "/answer-templates", None, template).await;
        assert_eq!(template.status, StatusCode::CREATED, "{}", template.body);
        let text = format!("/answer-templates/{}/text?incident={}", template.text("id"), one.text("id"));
        let filled = call(&boss, Method::GET, &text, None, Value::Null).await;
        assert_eq!(filled.text("text"), format!("{} 已处置", one.text("number")));
        let at = format!("/answer-templates/{}", template.text("id"));
        let words = json!({ "title": "好了", "body": "谢谢" });
        assert_eq!(
            call(&resident, Method::PUT, &at, Some(1), words.clone()).await.status,
            StatusCode::FORBIDDEN
        );
        assert_eq!(call(&boss, Method::PUT, &at, Some(1), words).await.body["version"], 2);
        let list = format!("/answer-templates?unit={}", w.unit(C1A));
        assert_eq!(call(&boss, Method::GET, &list, None, Value::Null).await.body["items"][0]["body"], "谢谢");
        assert_eq!(
            call(&boss, Method::DELETE, &at, Some(2), Value::Null).await.status,
            StatusCode::NO_CONTENT
        );
        let files = call(&resident, Method::GET, &path(&one, "files"), None, Value::Null).await;
        assert_eq!(files.body["items"], json!([]));
        let attach = json!({ "file_id": uuid::Uuid::nil(), "label": "before" });
        let none = call(&resident, Method::POST, &path(&one, "files"), None, attach).await;
        assert_eq!(none.text("code"), "kernel.unavailable", "no shelf in this town");
    }
}
