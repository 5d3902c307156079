//! The manners of the HTTP side: pages, languages, media types, limits, headers.

use std::collections::BTreeSet;

use commonweal_tests::app::TestApp;
use commonweal_tests::world::{World, id};
use serde_json::json;

#[test]
fn a_list_read_page_by_page_is_the_whole_list_once_though_it_grows_meanwhile() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let made: BTreeSet<String> =
            (0..25).map(|_| id(&world.incident(&world.admin, &world.community))).collect();
        let (mut seen, mut next) = (Vec::new(), "/incidents?limit=4".to_owned());
        loop {
            let page = world.admin.get(&next);
            let link = page.header("link").map(ToOwned::to_owned);
            let page = page.expect(200);
            seen.extend(page["items"].as_array().expect("items").iter().map(id));
            // The newest comes first, so what is made now is on no later page.
            world.incident(&world.admin, &world.other_community);
            let Some(cursor) = page["next_cursor"].as_str() else {
                assert!(link.is_none(), "the last page has no next");
                break;
            };
            assert!(link.is_some_and(|l| l.contains(cursor) && l.contains("rel=\"next\"")));
            next = format!("/incidents?limit=4&cursor={cursor}");
        }
        assert_eq!(seen.len(), 25, "{}", app.engine());
        assert!(seen.windows(2).all(|w| w[0] > w[1]), "newest first");
        assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), made);
    }
}

#[test]
fn a_cursor_or_a_parameter_that_is_none_of_the_lists_is_refused() {
    for app in TestApp::each() {
        let world = World::build(&app);
        for _ in 0..3 {
            world.incident(&world.admin, &world.community);
        }
        let page = world.admin.get("/incidents?limit=1").expect(200);
        let cursor = page["next_cursor"].as_str().expect("a cursor").to_owned();
        world.admin.get(&format!("/incidents?limit=1&cursor={cursor}")).expect(200);
        // Of another list, of the same list with another filter, and not a cursor at all.
        world.admin.get(&format!("/units?cursor={cursor}")).problem(400, "kernel.bad_cursor");
        world
            .admin
            .get(&format!("/incidents?state=closed&cursor={cursor}"))
            .problem(400, "kernel.bad_cursor");
        world.admin.get("/incidents?cursor=AAAA").problem(400, "kernel.bad_cursor");
        for bad in [
            "limit=0",
            "limit=201",
            "limit=x",
            "limit=1&limit=2",
            "colour=red",
            "unit=x",
            "from=yesterday",
            "state=lost",
        ] {
            let refused = world.admin.get(&format!("/incidents?{bad}"));
            assert!(matches!(refused.status, 400 | 422), "{bad}: {} {}", refused.status, refused.text);
            refused.is_problem();
        }
    }
}

#[test]
fn a_problem_speaks_the_readers_language_and_the_media_type_they_can_read() {
    let app = TestApp::sqlite(&[]);
    let ask = |headers: &[(&str, &str)]| {
        let request = app.stranger.request("GET", "/me");
        headers.iter().fold(request, |request, (name, value)| request.header(name, value)).send()
    };
    let english = ask(&[]);
    let chinese = ask(&[("accept-language", "zh-CN,zh;q=0.9,en;q=0.5")]);
    assert_eq!(english.json["code"], chinese.json["code"]);
    assert!(english.json["title"].as_str().is_some_and(str::is_ascii), "{}", english.text);
    assert!(chinese.json["title"].as_str().is_some_and(|t| t.contains("登录")), "{}", chinese.text);
    let plain = ask(&[("accept", "application/json")]);
    assert_eq!(
        plain.header("content-type"),
        Some("application/json"),
        "for clients that know no problem+json"
    );
    assert_eq!(plain.json["code"], english.json["code"]);
    let named = ask(&[("x-request-id", "my-request-7")]);
    assert_eq!(named.header("x-request-id"), Some("my-request-7"));
    assert_eq!(named.json["request_id"], "my-request-7");
    let unnamed = ask(&[("x-request-id", "a\tb")]);
    assert_ne!(unnamed.header("x-request-id"), Some("a\tb"), "what is no id is replaced");
    assert!(unnamed.header("x-request-id").is_some());
}

#[test]
fn who_asks_too_often_is_told_to_wait_and_nobody_else_is() {
    let app = TestApp::sqlite(&[("COMMONWEAL_RATE_PER_SECOND", "2"), ("COMMONWEAL_RATE_BURST", "40")]);
    let answers: Vec<_> = (0..80).map(|_| app.stranger.get("/me")).collect();
    let refused = answers.iter().find(|a| a.status == 429).expect("a limit").clone();
    assert!(refused.header("retry-after").is_some(), "{:?}", refused.headers);
    refused.problem(429, "web.too_many_requests");
    assert!(answers[0].status == 401, "the first are let in");
    app.stranger.get("/healthz").expect(200);
}

#[test]
fn head_over_the_wire_has_the_length_of_get_and_no_body() {
    let app = TestApp::sqlite(&[]);
    for path in
        ["/healthz", "/readyz", "/openapi.json", "/.well-known/jwks.json", "/error-codes", "/me", "/nowhere"]
    {
        let got = app.stranger.get(path);
        // Twice, so that a body that was sent all the same would be read as the next answer.
        for _ in 0..2 {
            let head = app.stranger.request("HEAD", path).send();
            assert_eq!(head.status, got.status, "{path}");
            assert_eq!(head.header("content-length"), Some(got.text.len().to_string().as_str()), "{path}");
            assert_eq!(head.header("content-type"), got.header("content-type"), "{path}");
            assert_eq!(head.text, "", "{path}");
        }
    }
    let wrong = app.stranger.request("HEAD", "/auth/login").send();
    assert_eq!((wrong.status, wrong.header("allow")), (405, Some("POST")));
}

#[test]
fn only_the_origins_that_were_named_are_let_in() {
    let app = TestApp::sqlite(&[("COMMONWEAL_CORS_ORIGINS", "https://town.example")]);
    let preflight = |origin: &str| {
        app.stranger
            .request("OPTIONS", "/incidents")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,content-type,idempotency-key")
            .send()
    };
    let named = preflight("https://town.example");
    assert!(named.status < 300, "{} {}", named.status, named.text);
    assert_eq!(named.header("access-control-allow-origin"), Some("https://town.example"));
    let other = preflight("https://elsewhere.example");
    assert!(other.header("access-control-allow-origin").is_none(), "{:?}", other.headers);
}

#[test]
fn a_refresh_token_used_twice_by_two_hands_ends_the_session() {
    for app in TestApp::each() {
        let world = World::build(&app);
        let person = world.newcomer(&world.community);
        let login = json!({ "login": person.login, "password": commonweal_tests::world::CHOSEN });
        let first = app.stranger.post("/auth/login", &login).expect(200);
        let refresh = |token: &serde_json::Value| {
            app.stranger.post("/auth/refresh", &json!({ "refresh_token": token }))
        };
        let second = refresh(&first["refresh_token"]).expect(200);
        // The answer may have been lost: the same hand asks once more and goes on.
        let again = refresh(&first["refresh_token"]);
        assert!(matches!(again.status, 200 | 401), "{}", again.text);
        let third = refresh(if again.status == 200 {
            &again.json["refresh_token"]
        } else {
            &second["refresh_token"]
        });
        // The old token once the family has gone on is a thief's.
        let stolen = refresh(&first["refresh_token"]);
        stolen.problem(401, "identity.refresh_refused");
        if third.status == 200 {
            refresh(&third.json["refresh_token"]).problem(401, "identity.refresh_refused");
            let token = third.json["access_token"].as_str().expect("a token");
            let after = app.stranger.with_token(token).get("/me");
            assert_eq!(after.status, 401, "{}: the session is over at once: {}", app.engine(), after.text);
        }
    }
}
