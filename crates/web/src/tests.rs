//! The extractors, the problems and the writes over a real database, through the whole application.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use crate as web;
use crate::{
    Allowed, Answer, Authenticator, Body, Dictionary, NoBody, OneRealm, Params, Parts, PathId, Problem,
    Public, Realm, Settings, Site, System, WebPlugin,
};
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

kernel::permissions! {
    /// Making.
    Make = "demo.thing.make", Low, [Resident], "Make a thing.", "新建。";
    /// Everybody.
    Look = "demo.thing.read", Low, [] everyone, "Look at things.", "查看。";
}

const ALICE: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
const BOB: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0002);

/// `alice` holds everything, `bob` nothing, and `alice-for-a-while` is signed in while that is so.
struct Fake(Arc<AtomicBool>);

impl Authenticator for Fake {
    fn authenticate<'a>(&'a self, token: &'a str) -> Pin<Box<dyn Future<Output = Outcome<Arc<Actor>>> + 'a>> {
        Box::pin(async move {
            // A real one asks a database: the others must wait for it.
            tokio::task::yield_now().await;
            let (user, holds) = match token {
                "alice" => (ALICE, true),
                "bob" => (BOB, false),
                "alice-for-a-while" if self.0.load(Ordering::SeqCst) => (ALICE, true),
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
#[expect(dead_code, reason = "only the shape matters")]
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
    /// Where.
    place: Option<Place>,
    /// Two numbers.
    #[schema(value_type = Option<Vec<i32>>)]
    pair: Option<(i32, i32)>,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[expect(dead_code, reason = "only the shape matters")]
#[serde(deny_unknown_fields)]
struct Place {
    /// Street.
    street: String,
    /// A line.
    line: Line,
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ThingKind {
    Small,
    Large,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[expect(dead_code, reason = "only the shape matters")]
#[serde(deny_unknown_fields)]
struct Line {
    /// Text.
    text: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ThingView {
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
#[expect(dead_code, reason = "only the shape matters")]
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
    /// Of this size only.
    #[param(inline)]
    size: Option<ThingKind>,
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
        if input.name == "unknown" {
            return Err(kernel::Fault::Unknown("the connection broke".to_owned()));
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

/// Make a thing that must never be made twice.
#[utoipa::path(operation_id = "demo_make_heirloom", tag = "things", request_body = ThingCreate, responses((status = 201, body = ThingView)),
    extensions(("x-permission" = json!(Make::NAME))))]
#[post("/heirlooms")]
async fn make_heirloom(who: Allowed<Make>, body: Body<ThingCreate>) -> Result<HttpResponse, Problem> {
    let name = body.name.clone();
    who.write_for_life(StatusCode::CREATED, &body, move |_, ctx| {
        Ok(Answer::of(ThingView { id: ctx.ids.uuid(), name: name.clone(), version: 1 }))
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

/// Look at old things.
#[utoipa::path(operation_id = "demo_list_antiques", tag = "things", params(Filters), responses((status = 200, body = ThingPage)),
    extensions(("x-permission" = json!(Look::NAME)), ("x-deprecated-at" = json!("2026-01-01")), ("x-sunset" = json!("2026-12-31"))))]
#[get("/antiques")]
async fn antiques(who: Allowed<Look>, _: Params<Filters>, req: HttpRequest) -> Result<HttpResponse, Problem> {
    if req.headers().contains_key("x-slow") {
        tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    }
    let first = ThingView { id: who.context().ids.uuid(), name: "1".to_owned(), version: 1 };
    let next = Cursor { after: first.id, filter: 0, key: None };
    Ok(web::page(&req, ThingPage { items: vec![first], next_cursor: None }, Some(&next)))
}

/// Which things.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Followed {
    /// After this one.
    after: Option<String>,
    /// A ticket.
    #[serde(rename = "ticket")]
    #[param(rename = "ticket")]
    _ticket: Option<String>,
}

/// Follow things: numbers up to what the counter says.
#[utoipa::path(operation_id = "demo_stream_things", tag = "things", params(Followed),
    responses((status = 200, body = ThingView, content_type = "text/event-stream", description = "Events")),
    extensions(("x-permission" = json!(Make::NAME)), ("x-internal" = json!(true))))]
#[get("/things/stream")]
async fn follow(
    who: web::Listening<Make>,
    query: Params<Followed>,
    ran: Data<Counter>,
) -> Result<HttpResponse, Problem> {
    let ran = ran.into_inner();
    let next: web::sse::Next = Box::new(move |_, _, after| {
        let newest = i64::from(ran.0.load(Ordering::SeqCst));
        let from = after.unwrap_or(newest);
        let events = (from + 1..=newest).take(2).map(|n| web::sse::SseEvent {
            place: n,
            name: "thing.made",
            data: json!({ "n": n }).to_string(),
        });
        let events: Vec<_> = events.collect();
        let last = events.last().map_or(newest, |e| e.place);
        Box::pin(std::future::ready(Ok(web::sse::SsePage { events, last, more: last < newest })))
    });
    let feed = web::sse::Feed { name: "demo.things", fingerprint: 5, tide: |_| Ok(i64::MAX), next };
    who.answer(feed, query.after.as_deref()).await
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
    fn routes(&self, cfg: &mut web::Registrar<'_>) {
        cfg.app_data(Data::from(Arc::clone(&self.0)));
        cfg.service(make)
            .service(make_heirloom)
            .service(change)
            .service(remove)
            .service(list)
            .service(antiques)
            .service(follow)
            .service(trouble);
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
    signed_in: Arc<AtomicBool>,
    _dir: tempfile::TempDir,
}

fn plugins(ran: &Arc<Counter>) -> Vec<Arc<dyn WebPlugin>> {
    vec![Arc::new(System), Arc::new(Demo(Arc::clone(ran)))]
}

fn world_with(settings: Settings) -> World {
    let ran = Arc::new(Counter::default());
    world_of(settings, plugins(&ran), ran)
}

/// A site of these plugins.
fn world_of(settings: Settings, plugins: Vec<Arc<dyn WebPlugin>>, ran: Arc<Counter>) -> World {
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
    let signed_in = Arc::new(AtomicBool::new(true));
    let realm = Realm {
        name: "demo".into(),
        db: db.clone(),
        time_zone: chrono_tz::Asia::Shanghai,
        authenticator: Arc::new(Fake(Arc::clone(&signed_in))),
    };
    let stopping = Arc::new(AtomicBool::new(false));
    let site = Site::new(Parts {
        plugins,
        realms: Arc::new(OneRealm(Arc::new(realm))),
        settings,
        version: "0.0.0".to_owned(),
        metrics: Some(Arc::new(|| "# nothing\n".to_owned())),
        stopping: Arc::clone(&stopping),
    });
    World { site, ran, db, stopping, signed_in, _dir: dir }
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

mod bodies;
mod faces;
mod garbage;
mod manners;
mod shown;
mod streams;
mod writes;
