//! What is taken in: tokens, bodies, parameters, pages.

use super::*;

#[actix_web::test]
async fn without_a_token_nothing_else_is_looked_at() {
    let world = world();
    for header in [None, Some("Basic YTpi"), Some("Bearer"), Some("Bearer nobody")] {
        let mut request = test::TestRequest::post().uri("/api/v1/things").set_payload("{");
        if let Some(header) = header {
            request = request.insert_header(("authorization", header));
        }
        let seen = send!(world, request);
        assert_eq!((seen.status, seen.code().as_str()), (401, "web.not_signed_in"), "{header:?}");
        assert_eq!(seen.header("www-authenticate"), Some("Bearer"));
        assert_eq!(seen.header("content-type"), Some("application/problem+json"));
    }
}

#[actix_web::test]
async fn without_the_permission_the_body_is_not_judged_and_the_permission_is_named() {
    let world = world();
    let request = test::TestRequest::post()
        .uri("/api/v1/things")
        .set_payload("{")
        .insert_header(("authorization", "Bearer bob"));
    let seen = send!(world, request);
    assert_eq!((seen.status, seen.code().as_str()), (403, "kernel.forbidden"));
    assert_eq!(seen.json()["missing"][0]["permission"], "demo.thing.make");
    let request =
        test::TestRequest::delete().uri("/api/v1/things/x").insert_header(("authorization", "Bearer bob"));
    assert_eq!(send!(world, request).status, 403);
    assert_eq!(
        send!(world, get("/api/v1/things").insert_header(("authorization", "Bearer bob"))).status,
        200
    );
}

#[actix_web::test]
async fn a_body_is_exactly_what_is_expected_or_refused_where_it_is_not() {
    let world = world();
    let deep = format!("{{\"name\":{}{}}}", "[".repeat(40), "]".repeat(40));
    for (body, status, code, pointer) in [
        ("{\"name\":\"a\"}", 201, "", ""),
        ("", 400, "web.malformed_json", ""),
        ("{\"name\":", 400, "web.malformed_json", ""),
        ("{\"name\":1, nonsense", 400, "web.malformed_json", ""),
        ("{\"name\":\"a\"} x", 400, "web.malformed_json", ""),
        ("{\"name\":\"\\u0000\"}", 400, "web.malformed_json", ""),
        ("{\"name\":\"\\ud800\"}", 400, "web.malformed_json", ""),
        ("{\"name\":\"a\",\"count\":1e999}", 400, "web.malformed_json", ""),
        (&deep, 400, "web.json_too_deep", ""),
        ("{}", 422, "kernel.field_required", "/name"),
        ("{\"name\":1}", 422, "web.wrong_type", "/name"),
        ("{\"name\":null}", 422, "web.wrong_type", "/name"),
        ("{\"name\":\"a\",\"other\":1}", 422, "web.unknown_field", "/other"),
        ("{\"name\":\"a\",\"count\":1.5}", 422, "web.wrong_type", "/count"),
        ("{\"name\":\"a\",\"count\":99999999999999999999}", 422, "web.wrong_type", "/count"),
        ("{\"name\":\"a\",\"count\":9223372036854775808}", 422, "kernel.field_range", "/count"),
        ("{\"name\":\"a\",\"kind\":\"huge\"}", 422, "kernel.field_choice", "/kind"),
        (
            "{\"name\":\"a\",\"lines\":[{\"text\":\"x\"},{\"text\":1}]}",
            422,
            "web.wrong_type",
            "/lines/1/text",
        ),
        (
            "{\"name\":\"a\",\"lines\":[{\"text\":\"x\",\"a/b~c\":1}]}",
            422,
            "web.unknown_field",
            "/lines/0/a~1b~0c",
        ),
        ("{\"name\":\"a\",\"lines\":[{}]}", 422, "kernel.field_required", "/lines/0/text"),
        ("{\"name\":\"a\",\"lines\":[{\"text\":\"x\"},[\"y\"]]}", 422, "web.wrong_type", "/lines/1"),
        ("{\"name\":\"a\",\"place\":[\"b\",{\"text\":\"x\"}]}", 422, "web.wrong_type", "/place"),
        (
            "{\"name\":\"a\",\"place\":{\"street\":\"b\",\"line\":[\"x\"]}}",
            422,
            "web.wrong_type",
            "/place/line",
        ),
        ("{\"name\":\"a\",\"place\":{\"street\":\"b\",\"line\":{\"text\":\"x\"}}}", 201, "", ""),
        ("{\"name\":\"a\",\"pair\":[1,2]}", 201, "", ""),
        ("{\"name\":\"a\",\"name\":\"b\"}", 422, "web.unreadable_value", ""),
        ("[]", 422, "web.wrong_type", ""),
        ("[\"a\"]", 422, "web.wrong_type", ""),
        ("\"text\"", 422, "web.wrong_type", ""),
    ] {
        let seen = send!(world, posting(body));
        assert_eq!(seen.status, status, "{body}: {}", String::from_utf8_lossy(&seen.body));
        if status == 422 {
            let problem = seen.json();
            assert_eq!(problem["code"], "web.invalid_body");
            assert_eq!(problem["errors"][0]["code"], code, "{body}: {problem}");
            let at = problem["errors"][0]["pointer"].as_str().expect("a pointer");
            assert!(at == pointer || pointer.is_empty(), "{body}: {problem}");
            assert!(!problem.to_string().contains("huge"), "what was sent is not said again: {problem}");
        } else if !code.is_empty() {
            assert_eq!(seen.code(), code, "{body}");
        }
    }
    let bytes = alice(test::TestRequest::post().uri("/api/v1/things"))
        .insert_header(("content-type", "application/json"))
        .set_payload(b"{\"name\":\"\xff\"}".to_vec());
    assert_eq!(send!(world, bytes).code(), "web.malformed_json");
}

#[actix_web::test]
async fn other_media_types_and_large_bodies_are_refused() {
    let world = world_with(Settings { max_body: 64, ..Settings::default() });
    for (media, encoding, status) in [
        ("application/json; charset=utf-8", "identity", 201),
        ("application/merge-patch+json", "identity", 201),
        ("text/plain", "identity", 415),
        ("application/x-www-form-urlencoded", "identity", 415),
        ("application/json", "gzip", 415),
    ] {
        let request = alice(test::TestRequest::post().uri("/api/v1/things"))
            .insert_header(("content-type", media))
            .insert_header(("content-encoding", encoding))
            .set_payload("{\"name\":\"a\"}");
        assert_eq!(send!(world, request).status, status, "{media} {encoding}");
    }
    let seen = send!(world, posting(&format!("{{\"name\":\"{}\"}}", "x".repeat(100))));
    assert_eq!((seen.status, seen.code().as_str()), (413, "web.body_too_large"));
}

#[actix_web::test]
async fn parameters_are_known_given_once_and_readable() {
    let world = world();
    for (query, name) in [
        ("limit=2", None),
        ("kind=a&kind=b&open=true", None),
        ("kind=%E5%B0%8F+x", None),
        ("", None),
        ("limit=1&limit=2", Some("limit")),
        ("limit=", Some("limit")),
        ("limit=two", Some("limit")),
        ("limit=0", Some("limit")),
        ("limit=201", Some("limit")),
        ("limit=99999999999999999999", Some("limit")),
        ("open=yes", Some("open")),
        ("cursor=a&cursor=b", Some("cursor")),
        ("page=2", Some("page")),
        ("kind=%00", Some("kind")),
        ("kind=%zz", Some("kind")),
        ("kind=%ff", Some("kind")),
        ("kind=%e", Some("kind")),
    ] {
        let seen = send!(world, alice(get(&format!("/api/v1/things?{query}"))));
        match name {
            None => assert_eq!(seen.status, 200, "{query}"),
            Some(name) => {
                assert_eq!((seen.status, seen.code().as_str()), (400, "web.invalid_parameter"), "{query}");
                assert_eq!(seen.json()["errors"][0]["pointer"], name, "{query}");
            }
        }
    }
}

#[actix_web::test]
async fn pages_link_to_the_next_and_cursors_belong_to_their_list() {
    let world = world();
    let seen = send!(world, alice(get("/api/v1/things?kind=a&limit=2")));
    let page = seen.json();
    let cursor = page["next_cursor"].as_str().expect("there is more").to_owned();
    assert_eq!(page["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        seen.header("link"),
        Some(&*format!("</api/v1/things?kind=a&limit=2&cursor={cursor}>; rel=\"next\""))
    );
    assert_eq!(send!(world, alice(get(&format!("/api/v1/things?kind=a&cursor={cursor}")))).status, 200);
    assert_eq!(
        send!(world, alice(get(&format!("/api/v1/things?kind=b&cursor={cursor}")))).code(),
        "kernel.bad_cursor"
    );
    assert_eq!(send!(world, alice(get("/api/v1/things?cursor=xx"))).code(), "kernel.bad_cursor");
    let all = send!(world, alice(get("/api/v1/things")));
    assert!(all.json().get("next_cursor").is_none(), "absent at the end, not null");
    assert_eq!(all.header("link"), None);
}
