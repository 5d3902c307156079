//! Writes and their idempotency keys.

use super::*;

#[actix_web::test]
async fn a_write_answers_its_view_with_etag_and_location() {
    let world = world();
    let seen = send!(world, posting("{\"name\":\"a\"}"));
    assert_eq!(seen.status, 201);
    assert_eq!(seen.header("etag"), Some("\"1\""));
    let id = seen.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(seen.header("location"), Some(&*format!("/api/v1/things/{id}")));
    assert_eq!(seen.header("idempotency-replayed"), None);
    let path = format!("/api/v1/things/{id}");
    let changing = || {
        alice(test::TestRequest::patch().uri(&path))
            .insert_header(("content-type", "application/json"))
            .set_payload("{\"name\":\"b\"}")
    };
    assert_eq!(send!(world, changing()).status, 428);
    assert_eq!(send!(world, changing().insert_header(("if-match", "*"))).code(), "web.invalid_header");
    let seen = send!(world, changing().insert_header(("if-match", "\"4\"")));
    assert_eq!((seen.status, seen.header("etag")), (200, Some("\"5\"")));
    let seen = send!(world, alice(test::TestRequest::delete().uri(&path)));
    assert_eq!((seen.status, seen.body.len()), (204, 0));
    for id in ["x", "{0190b5a0-0000-7000-8000-000000000001}", "0190b5a00000700080000000000000001"] {
        let id = id.replace('{', "%7B").replace('}', "%7D");
        let seen = send!(world, alice(test::TestRequest::delete().uri(&format!("/api/v1/things/{id}"))));
        assert_eq!((seen.status, seen.code().as_str()), (404, "kernel.not_found"), "{id}");
    }
}

#[actix_web::test]
async fn the_same_key_and_request_get_the_same_answer_once() {
    let world = world();
    let key = world.db.ids().uuid().to_string();
    let ask = |body: &str| posting(body).insert_header(("idempotency-key", key.clone()));
    let first = send!(world, ask("{\"name\":\"a\"}"));
    let again = send!(world, ask("{\"name\":\"a\"}"));
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.body, again.body);
    for header in ["etag", "location", "content-type"] {
        assert_eq!(first.header(header), again.header(header), "{header}");
    }
    assert_eq!(
        (first.header("idempotency-replayed"), again.header("idempotency-replayed")),
        (None, Some("true"))
    );
    assert_eq!(world.ran.0.load(Ordering::SeqCst), 1, "the deed was done once");
    let other = send!(world, ask("{\"name\":\"b\"}"));
    assert_eq!((other.status, other.code().as_str()), (422, "web.idempotency_key_reused"));
}

#[actix_web::test]
async fn a_refused_deed_leaves_its_key_free() {
    let world = world();
    let key = world.db.ids().uuid().to_string();
    let ask = |body: &str| posting(body).insert_header(("idempotency-key", key.clone()));
    assert_eq!(send!(world, ask("{\"name\":\"refuse\"}")).status, 412);
    assert_eq!(send!(world, ask("{\"name\":\"a\"}")).status, 201);
}

#[actix_web::test]
async fn keys_are_read_strictly_and_replays_are_authorised() {
    let world = world();
    for key in ["", "a b", "ü", &"x".repeat(256)] {
        let seen =
            send!(world, posting("{\"name\":\"a\"}").insert_header(("idempotency-key", key.as_bytes())));
        assert_eq!((seen.status, seen.code().as_str()), (400, "web.invalid_header"), "{key}");
    }
    let key = world.db.ids().uuid().to_string();
    let ask = |who: &str| {
        test::TestRequest::post()
            .uri("/api/v1/things")
            .insert_header(("content-type", "application/json"))
            .insert_header(("authorization", format!("Bearer {who}")))
            .insert_header(("idempotency-key", key.clone()))
            .set_payload("{\"name\":\"a\"}")
    };
    assert_eq!(send!(world, ask("alice")).status, 201);
    assert_eq!(send!(world, ask("bob")).status, 403);
}

#[actix_web::test]
async fn ten_requests_with_one_key_at_once_do_the_deed_once() {
    let world = world();
    let key = world.db.ids().uuid().to_string();
    let app = test::init_service(world.site.app()).await;
    let all = (0..10).map(|_| {
        let request = posting("{\"name\":\"a\"}").insert_header(("idempotency-key", key.clone()));
        test::call_service(&app, request.to_request())
    });
    let statuses: Vec<u16> =
        futures_util::future::join_all(all).await.iter().map(|r| r.status().as_u16()).collect();
    assert!(statuses.iter().all(|s| matches!(s, 201 | 409)), "{statuses:?}");
    assert!(statuses.contains(&201));
    assert_eq!(world.ran.0.load(Ordering::SeqCst), 1);
}

#[actix_web::test]
async fn where_a_commit_was_not_answered_the_record_of_the_key_says_what_became_of_it() {
    let world = world();
    let seen = send!(world, posting("{\"name\":\"unknown\"}"));
    assert_eq!((seen.status, seen.code().as_str()), (503, "web.outcome_unknown"));
    assert!(seen.header("retry-after").is_some());
    let key = world.db.ids().uuid().to_string();
    let seen =
        send!(world, posting("{\"name\":\"unknown\"}").insert_header(("idempotency-key", key.clone())));
    assert_eq!(seen.code(), "web.outcome_unknown", "there is no record, so nobody knows");
    let body = "{\"name\":\"a\"}";
    let done = send!(world, posting(body).insert_header(("idempotency-key", key.clone())));
    let mut keyed = crate::write::Keyed {
        user: Id::from_uuid(ALICE),
        key,
        fingerprint: crate::idempotency::fingerprint("POST", "/api/v1/things", body.as_bytes()),
        keep: crate::write::Keep::AMonth,
    };
    let found = keyed.clone().ask_again(&world.db).await.expect("it was done").send();
    assert_eq!(found.status().as_u16(), done.status);
    keyed.fingerprint.push('x');
    let other = keyed.ask_again(&world.db).await.err().and_then(|fault| fault.code());
    assert_eq!(other.map(|c| c.code), Some("web.idempotency_key_reused"));
}

#[actix_web::test]
async fn an_answer_is_kept_a_month_or_for_life_as_the_operation_asks() {
    let world = world();
    for (path, days) in [("/api/v1/things", Some(30)), ("/api/v1/heirlooms", None)] {
        let key = world.db.ids().uuid().to_string();
        let ask = || {
            alice(test::TestRequest::post().uri(path))
                .insert_header(("content-type", "application/json"))
                .insert_header(("idempotency-key", key.clone()))
                .set_payload("{\"name\":\"a\"}")
        };
        let first = send!(world, ask());
        let wanted = key.clone();
        let kept = world
            .db
            .read(move |tx| storage::idempotency::find(tx, Id::from_uuid(ALICE), &wanted))
            .await
            .expect("reads")
            .expect("a record");
        assert_eq!(kept.kept_until, days.map(|d| kept.created_at.plus_days(d)), "{path}");
        let again = send!(world, ask());
        assert_eq!((again.status, again.header("idempotency-replayed")), (201, Some("true")), "{path}");
        assert_eq!(again.body, first.body);
    }
}
