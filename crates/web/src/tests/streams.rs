//! Streams: what is in them, who gets one, how many there are, and how they end.

use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};

use super::*;

fn quick() -> Settings {
    Settings {
        stream_poll: Duration::from_millis(20),
        stream_beat: Duration::from_millis(60),
        timeout: Duration::from_millis(300),
        ..Settings::default()
    }
}

/// What comes of a body until it ends or nothing has come for so long.
async fn gathered(body: &mut BoxBody, quiet: Duration) -> (String, bool) {
    let mut text = String::new();
    loop {
        let next = std::future::poll_fn(|cx| std::pin::Pin::new(&mut *body).poll_next(cx));
        match tokio::time::timeout(quiet, next).await {
            Err(_) => return (text, false),
            Ok(None) => return (text, true),
            Ok(Some(chunk)) => text.push_str(std::str::from_utf8(&chunk.expect("a chunk")).expect("text")),
        }
    }
}

async fn until(body: &mut BoxBody, what: &str) -> String {
    let mut text = String::new();
    for _ in 0..200 {
        let (more, ended) = gathered(body, Duration::from_millis(10)).await;
        text.push_str(&more);
        if text.contains(what) {
            return text;
        }
        assert!(!ended, "{what} is not in {text}");
    }
    panic!("{what} is not in {text}");
}

macro_rules! opened {
    ($app:expr, $request:expr) => {{
        let response = test::call_service(&$app, $request.to_request()).await;
        assert_eq!(response.status(), 200);
        BoxBody::new(response.into_body())
    }};
}

fn stream(query: &str) -> test::TestRequest {
    alice(get(&format!("/api/v1/things/stream{query}")))
}

#[actix_web::test]
async fn a_stream_begins_now_goes_on_from_a_place_and_shows_that_it_is_alive() {
    let world = world_with(quick());
    let app = test::init_service(world.site.app()).await;
    world.ran.0.store(3, Ordering::SeqCst);
    let request = stream("").insert_header(("accept-encoding", "gzip, br"));
    let response = test::call_service(&app, request.to_request()).await;
    let header = |name: &str| response.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
    assert_eq!(header("content-type").as_deref(), Some("text/event-stream"));
    assert_ne!(header("content-encoding").as_deref(), Some("gzip"));
    assert_ne!(header("content-encoding").as_deref(), Some("br"));
    assert_eq!(header("x-accel-buffering").as_deref(), Some("no"));
    let mut body = BoxBody::new(response.into_body());
    let begun = until(&mut body, "retry: 2000").await;
    assert!(begun.contains(&format!("id: {}\n\n", web::sse::mark(3, 5))), "{begun}");
    world.ran.0.store(6, Ordering::SeqCst);
    let text = until(&mut body, "{\"n\":6}").await;
    let events: Vec<&str> = text.lines().filter(|l| l.starts_with("data: ")).collect();
    assert_eq!(events, ["data: {\"n\":4}", "data: {\"n\":5}", "data: {\"n\":6}"]);
    // Longer than a request may take: a stream is no request that takes long.
    tokio::time::sleep(Duration::from_millis(400)).await;
    until(&mut body, ": \n").await;
    drop(body);
    // `Last-Event-ID` goes before `after`: a browser comes back to the same address.
    let request = stream(&format!("?after={}", web::sse::mark(1, 5)))
        .insert_header(("last-event-id", web::sse::mark(5, 5)));
    let mut body = opened!(app, request);
    let text = until(&mut body, "{\"n\":6}").await;
    assert!(!text.contains("{\"n\":5}"), "{text}");
    let mut body = opened!(app, stream(&format!("?after={}", web::sse::mark(4, 5))));
    assert!(until(&mut body, "{\"n\":6}").await.contains("{\"n\":5}"));
}

#[actix_web::test]
async fn who_may_not_gets_no_stream_and_neither_does_a_place_of_another_feed() {
    let world = world_with(quick());
    let path = "/api/v1/things/stream";
    let bob = get(path).insert_header(("authorization", "Bearer bob"));
    assert_eq!(send!(world, bob).status, 403);
    for (request, status, code) in [
        (get(path), 401, "web.not_signed_in"),
        (get(&format!("{path}?ticket=alice")), 401, "web.not_signed_in"),
        (stream("?ticket=alice"), 400, "web.invalid_parameter"),
        (stream("?token=alice"), 400, "web.invalid_parameter"),
        (stream(&format!("?after={}", web::sse::mark(1, 6))), 400, "kernel.bad_cursor"),
        (stream("").insert_header(("last-event-id", "x")), 400, "kernel.bad_cursor"),
    ] {
        let seen = send!(world, request);
        assert_eq!((seen.status, seen.code().as_str()), (status, code));
    }
    assert_eq!(send!(world, stream("").method(actix_web::http::Method::HEAD)).body, b"");
}

#[actix_web::test]
async fn streams_are_few_for_an_account_and_bounded_in_all() {
    let settings = Settings { streams_per_account: 2, ..quick() };
    let world = world_with(settings.clone());
    let app = test::init_service(world.site.app()).await;
    let (first, second) = (opened!(app, stream("")), opened!(app, stream("")));
    let refused = test::call_service(&app, stream("").to_request()).await;
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key("retry-after"));
    drop(first);
    // Its place is given back when the other side is seen to be gone.
    for n in 0.. {
        if test::call_service(&app, stream("").to_request()).await.status() == 200 {
            break;
        }
        assert!(n < 200, "a place is not given back");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    drop(second);
    let world = world_with(Settings { streams: 0, ..settings });
    let seen = send!(world, stream(""));
    assert_eq!((seen.status, seen.code().as_str()), (503, "web.streams_full"));
}

#[actix_web::test]
async fn a_stream_ends_with_its_time_with_the_service_and_with_its_readers_rights() {
    let patience = Duration::from_secs(5);
    let world = world_with(Settings { stream_life: Duration::from_millis(50), ..quick() });
    let app = test::init_service(world.site.app()).await;
    assert!(gathered(&mut opened!(app, stream("")), patience).await.1);
    let world = world_with(quick());
    let app = test::init_service(world.site.app()).await;
    let mut body = opened!(
        app,
        get("/api/v1/things/stream").insert_header(("authorization", "Bearer alice-for-a-while"))
    );
    until(&mut body, "retry").await;
    world.signed_in.store(false, Ordering::SeqCst);
    assert!(gathered(&mut body, patience).await.1, "signed out");
    let mut body = opened!(app, stream(""));
    until(&mut body, "retry").await;
    world.stopping.store(true, Ordering::Release);
    assert!(gathered(&mut body, patience).await.1, "stopping");
}
