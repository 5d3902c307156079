//! A document that is on record already: being told so is a look-up, logged and counted, and says no more than one.

use actix_web::http::{Method, StatusCode};
use actix_web::test;
use kernel::{BuiltinRole, Context};
use people::ReadingLimits;
use people::service::taken::PURPOSE as ENTERING;
use serde_json::{Value, json};

use crate::http::{Got, body, client, site, worlds};
use crate::world::*;

fn entry(w: &World, unit: usize, name: &str, number: &str) -> Value {
    json!({ "unit_id": w.unit(unit), "name": name, "documents": [{ "kind": "id_card", "number": number }] })
}

#[actix_web::test]
async fn to_be_told_that_a_document_is_taken_is_a_look_up_on_the_record() {
    for w in worlds() {
        client!(w, call);
        let (clerk, stranger) = (w.clerk(), w.role(BuiltinRole::UnitAdmin, C2A));
        let made = call(&clerk, Method::POST, "/people", &[], body(&w)).await;
        let told =
            call(&stranger, Method::POST, "/people", &[], entry(&w, C2A, "王五", "110105 19491231 002x"))
                .await;
        assert_eq!((told.status, told.text("code")), (StatusCode::CONFLICT, "people.document_taken"));
        for secret in [made.text("id"), &w.unit(C1A).to_string(), "一社区", "张", ID] {
            assert!(!told.body.to_string().contains(secret), "{secret}: {}", told.body);
        }
        // Where the other person belongs it stands in the log; where the asker belongs it would say who that is.
        let log = async |who: &Context| {
            let by = format!("/people/unmaskings?reader={}", stranger.actor.user);
            call(who, Method::GET, &by, &[], Value::Null).await.body["items"].clone()
        };
        let seen = log(&w.role(BuiltinRole::UnitAdmin, C1A)).await;
        assert_eq!(seen.as_array().map(Vec::len), Some(1), "{seen}");
        assert_eq!(
            (&seen[0]["purpose"], &seen[0]["kind"], &seen[0]["person_id"]),
            (&json!(ENTERING), &json!("lookup"), &made.body["id"])
        );
        assert_eq!(log(&stranger).await, json!([]));
        // Whoever may see the person is told who has it.
        let told = call(&clerk, Method::POST, "/people", &[], entry(&w, C1B, "王五", ID)).await;
        assert_eq!((told.status, told.text("person_id")), (StatusCode::CONFLICT, made.text("id")));
        // A change says it in the same way, and one's own document is nobody else's.
        let other = call(&stranger, Method::POST, "/people", &[], entry(&w, C2A, "王五", OTHER_ID)).await;
        let at = format!("/people/{}", other.text("id"));
        let change =
            |number: &str| json!({ "version": 1, "documents": [{ "kind": "id_card", "number": number }] });
        let told = call(&stranger, Method::PATCH, &at, &[], change(ID)).await;
        assert_eq!((told.status, told.text("code")), (StatusCode::CONFLICT, "people.document_taken"));
        assert_eq!(call(&stranger, Method::PATCH, &at, &[], change(OTHER_ID)).await.status, StatusCode::OK);
        let seen = log(&w.role(BuiltinRole::AuditAdmin, DISTRICT)).await;
        assert_eq!(seen.as_array().map(Vec::len), Some(2), "{seen}");
    }
}

#[actix_web::test]
async fn whoever_tries_numbers_meets_the_limit_and_the_alarm_and_learns_nothing_behind_it() {
    let limits = ReadingLimits { alarm_per_hour: 1, alarm_per_day: 50, bound_per_hour: 3, bound_per_day: 50 };
    for w in worlds() {
        let w = w.with_limits(limits);
        client!(w, call);
        let (clerk, stranger) = (w.clerk(), w.role(BuiltinRole::UnitAdmin, C2A));
        let made = call(&clerk, Method::POST, "/people", &[], body(&w)).await;
        assert_eq!(made.status, StatusCode::CREATED);
        let mine =
            call(&stranger, Method::POST, "/people", &[], entry(&w, C2A, "王五", "440524188001010014")).await;
        let at = format!("/people/{}", mine.text("id"));
        let mut told: Vec<Got> = Vec::new();
        for _ in 0..5 {
            told.push(call(&stranger, Method::POST, "/people", &[], entry(&w, C2A, "赵六", ID)).await);
        }
        let codes: Vec<&str> = told.iter().map(|got| got.text("code")).collect();
        let (taken, limit) = ("people.document_taken", "people.too_many_readings");
        assert_eq!(codes, [taken, taken, taken, limit, limit]);
        assert_eq!(told[3].status, StatusCode::TOO_MANY_REQUESTS);
        // On record or not: behind the limit the answer is one and the same.
        let free = call(&stranger, Method::POST, "/people", &[], entry(&w, C2A, "赵六", OTHER_ID)).await;
        assert_eq!(free.text("code"), limit);
        for number in [ID, OTHER_ID] {
            let change = json!({ "version": 1, "documents": [{ "kind": "id_card", "number": number }] });
            assert_eq!(
                call(&stranger, Method::PATCH, &at, &[], change).await.text("code"),
                limit,
                "{number}"
            );
        }
        let find = json!({ "kind": "phone", "number": PHONE, "purpose": PURPOSE });
        assert_eq!(call(&stranger, Method::POST, "/people/lookup", &[], find).await.text("code"), limit);
        // Without a document there is nothing to learn.
        let plain = json!({ "unit_id": w.unit(C2A), "name": "钱七" });
        assert_eq!(call(&stranger, Method::POST, "/people", &[], plain).await.status, StatusCode::CREATED);
        let filter = storage::audit::Filter {
            action: Some("people.unmasking.alarm".to_owned()),
            ..storage::audit::Filter::default()
        };
        let size = kernel::PageSize::new(200).unwrap();
        let alarms = w.db.db.read(move |tx| storage::audit::list(tx, &filter, None, size, 0)).await.unwrap();
        assert_eq!(alarms.items.len(), 2, "one at the mark, one at the bound");
    }
}
