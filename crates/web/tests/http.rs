//! The extractors, the problems and the writes over a real database, through the whole application.
#![expect(clippy::indexing_slicing, reason = "a test that indexes what is not there fails, as it should")]

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, test};
use kernel::id::{Grid, User};
use kernel::{
    Actor, Cursor, ErrorCode, HeldGrant, Id, Instant, Outcome, Page, Permission, Plugin, SystemClock,
    SystemIds, UnitPath,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use storage::{Db, Engine, StorageConfig};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use web::{
    Allowed, Answer, Authenticator, Body, Dictionary, NoBody, OneRealm, Params, Parts, PathId, Problem,
    Public, Realm, Settings, Site, System, WebPlugin,
};

kernel::permissions! {
    /// Making.
    Make = "demo.thing.make", Low, [Resident], "Make a thing.", "新建。";
    /// Everybody.
    Look = "demo.thing.read", Low, [] everyone, "Look at things.", "查看。";
}

const ALICE: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
const BOB: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0002);

/// `alice` holds everything, `bob` nothing.
struct Fake;

impl Authenticator for Fake {
    fn authenticate<'a>(&'a self, token: &'a str) -> Pin<Box<dyn Future<Output = Outcome<Arc<Actor>>> + 'a>> {
        Box::pin(async move {
            // A real one asks a database: the others must wait for it.
            tokio::task::yield_now().await;
            let (user, holds) = match token {
                "alice" => (ALICE, true),
                "bob" => (BOB, false),
                _ => return Err(web::error::NOT_SIGNED_IN.fault()),
            };
            let grant = HeldGrant {
                id: Id::from_uuid(user),
                role: Id::from_uuid(user),
                role_name: "resident".into(),
                unit: Id::from_uuid(user),
                path: UnitPath::numbered(None, 1).expect("a path"),
                subtree: true,
                from: Instant::from_micros(0).expect("an instant"),
                until: None,
                permissions: Arc::new([Make::NAME.to_owned()].into()),
                gives_all: false,
            };
            let grants: Arc<[HeldGrant]> = if holds { [grant].into() } else { [].into() };
            Ok(Arc::new(Actor {
                user: Id::<User>::from_uuid(user),
                display_name: token.into(),
                session: None,
                grants,
            }))
        })
    }
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ThingCreate {
    /// Name.
    name: String,
    /// Count.
    #[schema(minimum = 0, maximum = 1000)]
    count: Option<i64>,
    /// Kind.
    kind: Option<ThingKind>,
    /// Lines.
    #[serde(default)]
    lines: Vec<Line>,
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ThingKind {
    Small,
    Large,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Line {
    /// Text.
    text: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
struct ThingView {
    /// Id.
    id: Uuid,
    /// Name.
    name: String,
    /// Version.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    version: i64,
}

web::page_schema!(ThingPage, ThingView);

#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filters {
    /// Items on the page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Where to go on.
    cursor: Option<String>,
    /// Kinds.
    #[serde(default)]
    kind: Vec<String>,
    /// Open only.
    open: Option<bool>,
}

#[derive(Default)]
struct Counter(AtomicU32);

/// Make a thing.
#[utoipa::path(operation_id = "demo_make_thing", tag = "things", request_body = ThingCreate, responses((status = 201, body = ThingView)),
    extensions(("x-permission" = json!(Make::NAME))))]
#[post("/things")]
async fn make(
    who: Allowed<Make>,
    body: Body<ThingCreate>,
    ran: Data<Counter>,
) -> Result<HttpResponse, Problem> {
    let (input, ran) = (body.clone(), ran.into_inner());
    who.write(StatusCode::CREATED, &body, move |_tx, ctx| {
        ran.0.fetch_add(1, Ordering::SeqCst);
        if input.name == "refuse" {
            return Err(kernel::error::STALE.fault());
        }
        if input.name == "break" {
            return Err(kernel::Fault::internal("the secret reason"));
        }
        let made = ThingView { id: ctx.ids.uuid(), name: input.name.clone(), version: 1 };
        let path = format!("/api/v1/things/{}", made.id);
        Ok(Answer::of(made).version(1).location(path))
    })
    .await
}

/// Change a thing.
#[utoipa::path(operation_id = "demo_change_thing", tag = "things", request_body = ThingCreate, responses((status = 200, body = ThingView)),
    params(("id" = Uuid, Path, description = "Which")), extensions(("x-permission" = json!(Make::NAME))))]
#[patch("/things/{id}")]
async fn change(
    who: Allowed<Make>,
    id: PathId<Grid>,
    body: Body<ThingCreate>,
) -> Result<HttpResponse, Problem> {
    let version = who.expected_version(None)?;
    let (id, name) = (id.id().uuid(), body.name.clone());
    who.write(StatusCode::OK, &body, move |_, _| {
        Ok(Answer::of(ThingView { id, name: name.clone(), version: version + 1 }).version(version + 1))
    })
    .await
}

/// Remove a thing.
#[utoipa::path(operation_id = "demo_remove_thing", tag = "things", responses((status = 204)),
    params(("id" = Uuid, Path, description = "Which")), extensions(("x-permission" = json!(Make::NAME))))]
#[delete("/things/{id}")]
async fn remove(who: Allowed<Make>, _: PathId<Grid>) -> Result<HttpResponse, Problem> {
    who.write(StatusCode::NO_CONTENT, &NoBody, |_, _| Ok(Answer::of(()))).await
}

/// List things.
#[utoipa::path(operation_id = "demo_list_things", tag = "things", params(Filters), responses((status = 200, body = ThingPage)),
    extensions(("x-permission" = json!(Look::NAME))))]
#[get("/things")]
async fn list(
    who: Allowed<Look>,
    filters: Params<Filters>,
    req: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let asked = web::page_request(
        filters.limit,
        filters.cursor.as_deref(),
        &["demo.things", &filters.kind.join(",")],
    )?;
    let items = who
        .read(|_, ctx| {
            Ok((1..=3).map(|n| ThingView { id: ctx.ids.uuid(), name: n.to_string(), version: 1 }).collect())
        })
        .await?;
    let page = Page::cut(items, asked.size, |t: &ThingView| Cursor {
        after: t.id,
        filter: asked.fingerprint,
        key: None,
    });
    let next = page.next.clone();
    Ok(web::page(&req, ThingPage::of(page), next.as_ref()))
}

/// Sleep or panic.
#[utoipa::path(operation_id = "demo_get_trouble", tag = "things", params(("kind" = String, Path, description = "Which")),
    responses((status = 200, body = ThingView)), extensions(("x-permission" = json!("public"))))]
#[get("/trouble/{kind}")]
async fn trouble(who: Public, kind: actix_web::web::Path<String>) -> Result<HttpResponse, Problem> {
    match kind.as_str() {
        "panic" => panic!("on purpose"),
        "sleep" => tokio::time::sleep(std::time::Duration::from_secs(5)).await,
        _ => {}
    }
    Ok(web::view(json!({ "peer": &*who.peer, "chinese": who.chinese }), 7))
}

struct Demo(Arc<Counter>);

impl Plugin for Demo {
    fn name(&self) -> &'static str {
        "demo"
    }
    fn permissions(&self) -> &'static [&'static Permission] {
        PERMISSIONS
    }
    fn error_codes(&self) -> &'static [&'static ErrorCode] {
        &[]
    }
}

impl WebPlugin for Demo {
    fn routes(&self, cfg: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
        cfg.app_data(Data::from(Arc::clone(&self.0)));
        cfg.service(make).service(change).service(remove).service(list).service(trouble);
    }
    fn tags(&self) -> &'static [(&'static str, &'static str)] {
        &[("things", "Things to test with.")]
    }
    fn dictionaries(&self) -> &'static [Dictionary] {
        &[Dictionary { name: "demo_kinds", entries: &[("small", "Small", "小"), ("large", "Large", "大")] }]
    }
}

/// A site over a fresh database.
struct World {
    site: Site,
    ran: Arc<Counter>,
    db: Db,
    stopping: Arc<AtomicBool>,
    _dir: tempfile::TempDir,
}

fn plugins(ran: &Arc<Counter>) -> Vec<Arc<dyn WebPlugin>> {
    vec![Arc::new(System), Arc::new(Demo(Arc::clone(ran)))]
}

fn world_with(settings: Settings) -> World {
    let dir = tempfile::tempdir().expect("a directory");
    // Keys of one run must not meet those of another on a shared server: tests make their keys from fresh ids.
    let engine = std::env::var("COMMONWEAL_TEST_POSTGRES_URL")
        .ok()
        .map_or_else(|| Engine::Sqlite(dir.path().join("web.db")), |url| Engine::parse(&url).expect("a URL"));
    storage::migrate::run(&engine, &[storage::migrate::own()]).expect("migrated");
    let clock = Arc::new(SystemClock);
    let mut config = StorageConfig::new(engine);
    config.readers = 1;
    config.writers = 2;
    let db = Db::open(&config, clock.clone(), Arc::new(SystemIds::new(clock))).expect("open");
    let ran = Arc::new(Counter::default());
    let realm = Realm {
        name: "demo".into(),
        db: db.clone(),
        time_zone: chrono_tz::Asia::Shanghai,
        authenticator: Arc::new(Fake),
    };
    let stopping = Arc::new(AtomicBool::new(false));
    let site = Site::new(Parts {
        plugins: plugins(&ran),
        realms: Arc::new(OneRealm(Arc::new(realm))),
        settings,
        version: "0.0.0".to_owned(),
        metrics: Some(Arc::new(|| "# nothing\n".to_owned())),
        stopping: Arc::clone(&stopping),
    });
    World { site, ran, db, stopping, _dir: dir }
}

fn world() -> World {
    world_with(Settings::default())
}

impl Drop for World {
    fn drop(&mut self) {
        self.db.close();
    }
}

/// What came back.
#[derive(Debug)]
struct Seen {
    status: u16,
    headers: actix_web::http::header::HeaderMap,
    body: Vec<u8>,
}

impl Seen {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.body)))
    }
    fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|v| v.to_str().expect("text"))
    }
}

macro_rules! send {
    ($world:expr, $req:expr) => {{
        let app = test::init_service($world.site.app()).await;
        let response: ServiceResponse<_> = test::call_service(&app, $req.to_request()).await;
        Seen {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: test::read_body(response).await.to_vec(),
        }
    }};
}

fn get(path: &str) -> test::TestRequest {
    test::TestRequest::get().uri(path)
}

fn alice(request: test::TestRequest) -> test::TestRequest {
    request.insert_header(("authorization", "Bearer alice"))
}

fn posting(body: &str) -> test::TestRequest {
    alice(test::TestRequest::post().uri("/api/v1/things"))
        .insert_header(("content-type", "application/json"))
        .set_payload(body.to_owned())
}

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
        ("{\"name\":\"a\",\"name\":\"b\"}", 422, "web.unreadable_value", ""),
        ("[]", 422, "kernel.field_required", ""),
        ("\"text\"", 422, "web.wrong_type", ""),
    ] {
        let seen = send!(world, posting(body));
        assert_eq!(seen.status, status, "{body}: {}", String::from_utf8_lossy(&seen.body));
        if status == 422 {
            let problem = seen.json();
            assert_eq!(problem["code"], "web.invalid_body");
            if body != "[]" {
                assert_eq!(problem["errors"][0]["code"], code, "{body}: {problem}");
                assert!(
                    problem["errors"][0]["pointer"].as_str().is_some_and(|p| p.starts_with(pointer)),
                    "{body}: {problem}"
                );
                if !pointer.is_empty() {
                    assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}: {problem}");
                }
            }
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
    let odd = send!(world, get("/nowhere").insert_header(("x-request-id", "a b\u{7f}")));
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
        (405, Some("GET, POST"), "web.method_not_allowed")
    );
    let seen = send!(world, test::TestRequest::post().uri("/healthz"));
    assert_eq!((seen.status, seen.header("allow")), (405, Some("GET")));
    assert_eq!(send!(world, get("/api/v1/nothing")).code(), "web.no_such_path");
    assert_eq!(send!(world, get("/api/v1/things/%ff/x")).status, 404);
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
    let findings: Vec<String> = web::lint::lint(&document).iter().map(ToString::to_string).collect();
    assert!(findings.is_empty(), "{findings:#?}");
    assert_eq!(web::document::clashes(&plugins(&ran)), [""; 0]);
    let twice = vec![plugins(&ran).remove(1), plugins(&ran).remove(1)];
    assert_eq!(web::document::clashes(&twice).len(), 5);
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
        assert!(!code.en.is_empty() && code.zh.chars().any(|c| !c.is_ascii()), "{}", code.code);
        assert!(seen.insert(code.code), "{} is there twice", code.code);
    }
}
