//! Problems, limits, headers, probes, the document.

use super::*;

#[actix_web::test]
async fn problems_speak_the_readers_language_and_never_say_what_broke() {
    let world = world();
    let seen = send!(
        world,
        posting("{\"name\":\"break\"}")
            .insert_header(("accept-language", "zh-CN"))
            .insert_header(("x-request-id", "abc-1"))
    );
    assert_eq!(seen.status, 500);
    let problem = seen.json();
    assert_eq!(problem["title"], "服务器内部错误。");
    assert_eq!(problem["request_id"], "abc-1");
    assert_eq!(problem["type"], "/problems/kernel.internal");
    assert_eq!(seen.header("x-request-id"), Some("abc-1"));
    assert!(!String::from_utf8_lossy(&seen.body).contains("secret"));
    let plain = send!(world, get("/nowhere").insert_header(("accept", "application/json")));
    assert_eq!((plain.status, plain.header("content-type")), (404, Some("application/json")));
    assert_eq!(plain.code(), "web.no_such_path");
    let odd = send!(world, get("/nowhere").insert_header(("x-request-id", "a b")));
    assert!(
        odd.header("x-request-id").is_some_and(|id| id.len() == 36),
        "an id that is not sane is replaced"
    );
}

#[actix_web::test]
async fn the_wrong_method_is_told_which_are_right() {
    let world = world();
    let seen = send!(world, alice(test::TestRequest::put().uri("/api/v1/things")));
    assert_eq!(
        (seen.status, seen.header("allow"), seen.code().as_str()),
        (405, Some("GET, HEAD, POST"), "web.method_not_allowed")
    );
    let seen = send!(world, test::TestRequest::post().uri("/healthz"));
    assert_eq!((seen.status, seen.header("allow")), (405, Some("GET, HEAD")));
    assert_eq!(send!(world, get("/api/v1/nothing")).code(), "web.no_such_path");
    assert_eq!(send!(world, get("/api/v1/things/%ff/x")).status, 404);
}

#[actix_web::test]
async fn head_is_answered_wherever_get_is_with_the_same_head_and_no_body() {
    let world = world();
    let app = test::init_service(world.site.app()).await;
    for path in [
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.json",
        "/docs",
        "/docs/",
        "/problems",
        "/problems/web.timeout",
        "/api/v1/error-codes",
        "/api/v1/things?limit=2",
        "/api/v1/trouble/none",
        "/api/v1/nowhere",
        "/nowhere",
    ] {
        let ask = |method: actix_web::http::Method| {
            let request = alice(test::TestRequest::default().method(method).uri(path));
            request.insert_header(("x-request-id", "the-same")).to_request()
        };
        let got = test::call_service(&app, ask(actix_web::http::Method::GET)).await;
        let head = test::call_service(&app, ask(actix_web::http::Method::HEAD)).await;
        assert_eq!(head.status(), got.status(), "{path}");
        let size = actix_web::body::MessageBody::size(head.response().body());
        assert_eq!(size, actix_web::body::MessageBody::size(got.response().body()), "{path}");
        let names = |of: &ServiceResponse<_>| -> std::collections::BTreeMap<String, String> {
            let all = of.headers().iter().filter(|(n, _)| !n.as_str().starts_with("ratelimit"));
            all.map(|(n, v)| (n.to_string(), v.to_str().expect("text").to_owned())).collect()
        };
        let (mut wanted, mut seen) = (names(&got), names(&head));
        if path.contains("limit=2") {
            // The ids that the cursor holds are fresh.
            assert!(wanted.remove("link").is_some() && seen.remove("link").is_some());
        }
        assert_eq!(seen, wanted, "{path}");
        assert!(test::read_body(head).await.is_empty(), "{path}");
    }
    let nobody = test::TestRequest::default().method(actix_web::http::Method::HEAD).uri("/api/v1/things");
    assert_eq!(test::call_service(&app, nobody.to_request()).await.status(), 401);
}

#[actix_web::test]
async fn too_many_requests_are_stopped_and_told_when_to_come_back() {
    let world = world_with(Settings { rate_per_second: 1, rate_burst: 3, ..Settings::default() });
    let app = test::init_service(world.site.app()).await;
    let mut statuses = Vec::new();
    for _ in 0..5 {
        let response = test::call_service(&app, alice(get("/api/v1/things")).to_request()).await;
        assert!(response.headers().contains_key("ratelimit-remaining"));
        if response.status() == 429 {
            assert_eq!(response.headers().get("retry-after").and_then(|v| v.to_str().ok()), Some("1"));
        }
        statuses.push(response.status().as_u16());
    }
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
    let response = test::call_service(&app, get("/healthz").to_request()).await;
    assert_eq!(response.status(), 200, "probes are free");
    // Every wrong token is a new one, and still the sender's allowance ends.
    let mut last = 0;
    for n in 0..5 {
        let request = get("/api/v1/things").insert_header(("authorization", format!("Bearer guess-{n}")));
        last = test::call_service(&app, request.to_request()).await.status().as_u16();
    }
    assert_eq!(last, 429);
}

#[actix_web::test]
async fn what_takes_too_long_or_panics_is_a_problem_too() {
    let world = world_with(Settings { timeout: std::time::Duration::from_millis(50), ..Settings::default() });
    let app = test::init_service(world.site.app()).await;
    for (kind, status) in [("sleep", 503), ("panic", 500)] {
        let request = get(&format!("/api/v1/trouble/{kind}")).insert_header(("x-request-id", "r1"));
        let error = test::try_call_service(&app, request.to_request())
            .await
            .err()
            .expect("an error that renders itself");
        let response = error.error_response();
        assert_eq!(response.status().as_u16(), status);
        assert!(response.headers().contains_key("x-content-type-options"));
        assert_eq!(response.headers().get("x-request-id").and_then(|v| v.to_str().ok()), Some("r1"));
        let body = actix_web::body::to_bytes(response.into_body()).await.expect("a body");
        let problem: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(problem["request_id"], "r1");
        assert_eq!(problem["status"], status);
    }
}

#[actix_web::test]
async fn every_answer_is_careful_with_browsers() {
    let world = world();
    let seen = send!(world, alice(get("/api/v1/things")));
    assert_eq!(seen.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(seen.header("cache-control"), Some("no-store"));
    assert!(seen.header("content-security-policy").is_some_and(|p| p.contains("default-src 'none'")));
}

#[actix_web::test]
async fn probes_documents_and_the_viewer_answer() {
    let world = world();
    for path in [
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.json",
        "/openapi-3.0.json",
        "/openapi-enums.json",
        "/problems/web.timeout",
    ] {
        assert_eq!(send!(world, get(path)).status, 200, "{path}");
    }
    assert_eq!(send!(world, get("/docs")).status, 308);
    let index = send!(world, get("/docs/"));
    let page = String::from_utf8_lossy(&index.body).into_owned();
    assert_eq!(index.status, 200);
    assert!(!page.contains("http://") && !page.contains("https://"), "{page}");
    let start = send!(world, get("/docs/swagger-initializer.js"));
    let script = String::from_utf8_lossy(&start.body).into_owned();
    assert!(script.contains("/openapi.json") && !script.contains("://"), "{script}");
    assert_eq!(send!(world, get("/docs/nothing.js")).code(), "web.no_such_path");
    world.stopping.store(true, Ordering::SeqCst);
    assert_eq!(send!(world, get("/readyz")).status, 503);
    assert_eq!(send!(world, get("/healthz")).status, 200);
}

#[actix_web::test]
async fn the_platform_tells_its_plugins_words_and_codes() {
    let world = world();
    let plugins = send!(world, get("/api/v1/plugins").insert_header(("authorization", "Bearer bob"))).json();
    assert_eq!(plugins["items"][1]["name"], "demo");
    let zh =
        send!(world, alice(get("/api/v1/dictionaries/demo_kinds")).insert_header(("accept-language", "zh")));
    assert_eq!(
        zh.json()["items"][0],
        json!({ "value": "small", "label": "小", "label_en": "Small", "label_zh": "小" })
    );
    assert_eq!(send!(world, alice(get("/api/v1/dictionaries/none"))).code(), "web.no_such_dictionary");
    let codes = send!(world, get("/api/v1/error-codes")).json();
    assert!(
        codes["items"]
            .as_array()
            .is_some_and(|all| all.iter().any(|c| c["code"] == "web.timeout" && c["status"] == 503))
    );
}

#[actix_web::test]
async fn origins_are_let_in_by_configuration() {
    let world =
        world_with(Settings { cors_origins: vec!["https://town.example".to_owned()], ..Settings::default() });
    let seen = send!(world, alice(get("/api/v1/things")).insert_header(("origin", "https://town.example")));
    assert_eq!(seen.header("access-control-allow-origin"), Some("https://town.example"));
    let stranger =
        send!(world, alice(get("/api/v1/things")).insert_header(("origin", "https://evil.example")));
    assert_eq!(stranger.header("access-control-allow-origin"), None);
    let preflight = test::TestRequest::default()
        .method(actix_web::http::Method::OPTIONS)
        .uri("/api/v1/things")
        .insert_header(("origin", "https://town.example"))
        .insert_header(("access-control-request-method", "POST"))
        .insert_header(("access-control-request-headers", "authorization,idempotency-key"));
    assert_eq!(send!(world, preflight).status, 200);
}

#[actix_web::test]
async fn an_operation_that_goes_says_so_with_every_answer() {
    let world = world();
    let app = test::init_service(world.site.app()).await;
    for (request, status) in [
        (alice(get("/api/v1/antiques")), 200),
        (get("/api/v1/antiques"), 401),
        (alice(get("/api/v1/antiques?limit=x")), 400),
    ] {
        let response = test::call_service(&app, request.to_request()).await;
        assert_eq!(response.status(), status);
        let all = |name: &str| -> Vec<String> {
            let values = response.headers().get_all(name);
            values.map(|v| v.to_str().expect("text").to_owned()).collect()
        };
        assert_eq!(all("deprecation"), ["@1767225600"]);
        assert_eq!(all("sunset"), ["Thu, 31 Dec 2026 00:00:00 GMT"]);
        let links = all("link");
        let described = "</docs/#/things/demo_list_antiques>; rel=\"deprecation\"; type=\"text/html\"";
        assert_eq!(links.last().map(String::as_str), Some(described));
        assert_eq!(links.len(), if status == 200 { 2 } else { 1 }, "{links:?}");
    }
    let other = test::call_service(&app, alice(get("/api/v1/things")).to_request()).await;
    assert!(!other.headers().contains_key("deprecation") && !other.headers().contains_key("sunset"));
    let document = web::document::assemble(&plugins(&world.ran), "1.2.3");
    let operation = &document["paths"]["/api/v1/antiques"]["get"];
    assert_eq!(operation["deprecated"], json!(true));
    assert!(operation["description"].as_str().is_some_and(|d| d.contains("2026-12-31")), "{operation}");
    assert!(operation["responses"]["200"]["headers"]["Sunset"].is_object());
}

#[actix_web::test]
async fn the_end_of_an_operation_is_told_where_it_takes_too_long_too() {
    let world = world_with(Settings { timeout: std::time::Duration::from_millis(50), ..Settings::default() });
    let app = test::init_service(world.site.app()).await;
    let request = alice(get("/api/v1/antiques")).insert_header(("x-slow", "1")).to_request();
    let error = test::try_call_service(&app, request).await.err().expect("it takes too long");
    let response = error.error_response();
    assert_eq!(response.status(), 503);
    let header = |name: &str| response.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
    assert_eq!(header("deprecation").as_deref(), Some("@1767225600"));
    assert_eq!(header("sunset").as_deref(), Some("Thu, 31 Dec 2026 00:00:00 GMT"));
    let request = get("/api/v1/trouble/sleep").to_request();
    let error = test::try_call_service(&app, request).await.err().expect("it takes too long");
    assert!(!error.error_response().headers().contains_key("sunset"));
}

#[actix_web::test]
async fn answers_are_compressed_for_who_takes_that() {
    let world = world();
    let seen = send!(world, get("/openapi.json").insert_header(("accept-encoding", "gzip")));
    assert_eq!(seen.header("content-encoding"), Some("gzip"));
    assert_eq!(
        send!(world, get("/nowhere").insert_header(("accept-encoding", "gzip"))).code(),
        "web.no_such_path"
    );
    let none = send!(world, get("/openapi.json").insert_header(("accept-encoding", "identity;q=0")));
    assert_ne!(none.status, 500);
}

#[actix_web::test]
async fn the_document_passes_its_own_lint_and_is_the_same_every_time() {
    let ran = Arc::new(Counter::default());
    let document = web::document::assemble(&plugins(&ran), "1.2.3");
    let size = document["paths"]["/api/v1/things"]["get"]["parameters"][3]["schema"].clone();
    assert_eq!(size, json!({ "type": "string", "enum": ["small", "large"] }));
    let findings: Vec<String> = web::lint::lint(&document).iter().map(ToString::to_string).collect();
    assert!(findings.is_empty(), "{findings:#?}");
    assert_eq!(web::check(&plugins(&ran)), [""; 0]);
    assert!(!web::check(&plugins(&ran)[..1]).iter().any(|w| w.contains("demo")));
    let twice = vec![plugins(&ran).remove(1), plugins(&ran).remove(1)];
    assert_eq!(web::document::clashes(&twice).len(), 8);
    for _ in 0..3 {
        assert_eq!(web::document::assemble(&plugins(&ran), "1.2.3").to_string(), document.to_string());
    }
    let listing = &document["paths"]["/api/v1/things"]["get"];
    assert_eq!(listing["x-fern-pagination"]["results"], "$response.items");
    assert_eq!(document["paths"]["/api/v1/error-codes"]["get"]["security"], json!([]));
    assert_eq!(document["info"]["version"], "1.2.3");
}

#[actix_web::test]
async fn every_code_speaks_both_languages_and_starts_with_the_plugins_name() {
    let mut seen = std::collections::BTreeSet::new();
    for code in web::error::CODES {
        assert!(code.code.starts_with("web."), "{}", code.code);
        assert!(!code.en.is_empty() && !code.zh.is_ascii(), "{}", code.code);
        assert!(seen.insert(code.code), "{} is there twice", code.code);
    }
}
