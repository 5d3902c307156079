//! Under an outside standard's face every error has that standard's shape, whoever refuses.

use std::time::Duration;

use super::*;

/// A plugin whose routes are somebody else's standard.
struct Outside;

impl Plugin for Outside {
    fn name(&self) -> &'static str {
        "outside"
    }
    fn permissions(&self) -> &'static [&'static Permission] {
        &[]
    }
    fn error_codes(&self) -> &'static [&'static ErrorCode] {
        &[]
    }
}

async fn answer(
    req: HttpRequest,
    who: Public,
    what: actix_web::web::Path<String>,
) -> Result<HttpResponse, Problem> {
    match what.as_str() {
        "panic" => panic!("on purpose"),
        "sleep" => tokio::time::sleep(Duration::from_secs(5)).await,
        "refuse" => return Err(kernel::error::STALE.fault().into()),
        "inside" => return Err(kernel::Fault::internal("the secret reason").into()),
        key => {
            let context = who.known_by::<Make>(&req, key).await?;
            return Ok(HttpResponse::Ok().body(context.actor.display_name.to_string()));
        }
    }
    Ok(HttpResponse::Ok().finish())
}

impl WebPlugin for Outside {
    fn routes(&self, _: &mut web::Registrar<'_>) {}
    fn tags(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }
    fn root_routes(&self, cfg: &mut actix_web::web::ServiceConfig) {
        let get = actix_web::web::get();
        cfg.service(actix_web::web::resource("/outside/{what}").route(get.to(answer)));
    }
    fn face(&self) -> Option<web::Face> {
        let render = |problem: &Problem, path: &str, chinese: bool| {
            let status = web::problem::status_of(problem.code().kind);
            HttpResponse::build(status)
                .content_type("text/outside")
                .body(format!("{} at {path} {chinese}", problem.code().code))
        };
        Some(web::Face { prefix: "/outside/", render })
    }
}

fn outside(settings: Settings) -> World {
    world_of(settings, vec![Arc::new(System), Arc::new(Outside)], Arc::default())
}

#[actix_web::test]
async fn whoever_refuses_the_shape_is_the_standards() {
    let w = outside(Settings { timeout: Duration::from_millis(100), ..Settings::default() });
    for (what, status, code) in [
        ("refuse", 412, "kernel.stale"),
        ("inside", 500, "kernel.internal"),
        ("panic", 500, "kernel.internal"),
        ("sleep", 503, "web.timeout"),
        ("nobody", 401, "web.not_signed_in"),
        ("bob", 403, "kernel.forbidden"),
        ("a/b", 404, "web.no_such_path"),
    ] {
        let app = test::init_service(w.site.app()).await;
        let request = get(&format!("/outside/{what}")).insert_header(("accept-language", "zh"));
        let response = match test::try_call_service(&app, request.to_request()).await {
            Ok(response) => response.into_parts().1.map_into_boxed_body(),
            Err(error) => HttpResponse::from_error(error),
        };
        assert_eq!(response.status().as_u16(), status, "{what}");
        assert_eq!(response.headers().get("content-type").expect("a type"), "text/outside", "{what}");
        assert_eq!(response.headers().contains_key("retry-after"), status == 503, "{what}");
        assert!(response.headers().contains_key("x-request-id"), "{what}");
        let body = actix_web::body::to_bytes(response.into_body()).await.expect("a body");
        assert_eq!(body, format!("{code} at /outside/{what} true"), "{what}");
    }
}

#[actix_web::test]
async fn a_key_that_comes_another_way_is_worth_what_it_is_in_the_header() {
    let w = outside(Settings::default());
    let seen = send!(w, get("/outside/alice"));
    assert_eq!((seen.status, seen.body.as_slice()), (200, b"alice".as_slice()));
}

#[actix_web::test]
async fn elsewhere_errors_stay_as_they_are() {
    let w = outside(Settings::default());
    for path in ["/outsider", "/api/v1/plugins", "/outside"] {
        let seen = send!(w, get(path));
        assert_eq!(seen.header("content-type"), Some("application/problem+json"), "{path}");
    }
}

#[actix_web::test]
async fn under_a_face_a_token_in_the_header_makes_nobody_another_client() {
    let w = outside(Settings { rate_burst: 3, rate_per_second: 1, ..Settings::default() });
    let mut last = 0;
    for n in 0..6 {
        let request = get("/outside/refuse").insert_header(("authorization", format!("Bearer guess-{n}")));
        let seen = send!(w, request);
        last = seen.status;
    }
    assert_eq!(last, 429);
}
