//! A town with a fake domain, whose cases have files, on each engine.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use contracts::{FileGuard, FileRef, Files, Thing, UserDirectory, UserRef};
use diesel::prelude::*;
use files::model::Limits;
use files::ports::{Attachments, FileServices, Keep};
use files::service::tidy;
use files::{FilesPlugin, Shelf, sweep};
use kernel::id::{File as FileKind, User};
use kernel::permission::Permit;
use kernel::{Actor, Context, Id, Instant, Outcome, UnitPath};
use storage::{Db, Tx, with_conn};
use tempfile::TempDir;
use testkit::TestDb;
use uuid::Uuid;
use web::{Authenticator, OneRealm, Parts, Realm, Settings, Site, System};

kernel::permissions! {
    /// Seeing cases.
    SeeCases = "cases.case.read", Low, [], "See cases.", "查看案件。";
    /// Working on cases.
    WorkCases = "cases.case.work", Low, [], "Work on cases.", "办理案件。";
}

const KIND: &str = "cases.case";

/// The domain: cases, each of a unit. Its guard asks what the domain itself would ask.
#[derive(Clone, Default)]
pub struct Cases(Arc<BTreeMap<Uuid, UnitPath>>);

impl Cases {
    fn allows(&self, ctx: &Context, case: Uuid, permission: &kernel::Permission) -> bool {
        self.0.get(&case).is_some_and(|path| ctx.actor.may(permission, path, ctx.now))
    }
}

impl<'c> FileGuard<Tx<'c>> for Cases {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn may_see(&self, _: &mut Tx<'c>, ctx: &Context, thing: Uuid, label: &str) -> Outcome<bool> {
        // What is for the office is only for those who work there.
        let asked = if label == "office" { WorkCases::PERMISSION } else { SeeCases::PERMISSION };
        Ok(self.allows(ctx, thing, asked))
    }

    fn may_add(&self, _: &mut Tx<'c>, ctx: &Context, thing: Uuid, _: &str) -> Outcome<bool> {
        Ok(self.allows(ctx, thing, WorkCases::PERMISSION))
    }
}

/// Everybody is called by the end of their id.
struct Names;

impl<'c> UserDirectory<Tx<'c>> for Names {
    fn users(&self, _: &mut Tx<'c>, ids: &[Id<User>]) -> Outcome<Vec<UserRef>> {
        Ok(ids.iter().map(|id| UserRef { id: *id, display_name: "王".to_owned(), enabled: true }).collect())
    }

    fn holds(&self, _: &mut Tx<'c>, _: Id<User>, _: &str, _: &UnitPath, _: Instant) -> Outcome<bool> {
        Ok(false)
    }
}

/// A token is the id of whoever carries it.
#[derive(Clone)]
struct Tokens(Arc<BTreeMap<String, Arc<Actor>>>);

impl Authenticator for Tokens {
    fn authenticate<'a>(&'a self, token: &'a str) -> Pin<Box<dyn Future<Output = Outcome<Arc<Actor>>> + 'a>> {
        let found = self.0.get(token).cloned().ok_or_else(|| web::error::NOT_SIGNED_IN.fault());
        Box::pin(std::future::ready(found))
    }
}

/// Two communities of a street with a case each: a worker here who works on cases, one there, a reader over both, and a stranger
/// with no grants.
pub struct Town {
    pub db: TestDb,
    pub services: FileServices,
    pub dir: TempDir,
    pub here: Uuid,
    pub there: Uuid,
    pub worker: Id<User>,
    pub other: Id<User>,
    pub reader: Id<User>,
    pub stranger: Id<User>,
    actors: BTreeMap<String, Arc<Actor>>,
}

impl Town {
    pub fn each() -> Vec<Self> {
        Self::each_with(Limits::default())
    }

    pub fn each_with(limits: Limits) -> Vec<Self> {
        let all = [storage::migrate::own(), files::plugin::migrations()];
        TestDb::each(&all).into_iter().map(|db| Self::on(db, limits)).collect()
    }

    fn on(db: TestDb, limits: Limits) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let keep = Keep {
            shelf: Shelf::folder(&dir.path().join("kept")).unwrap(),
            scratch: dir.path().join("scratch"),
        };
        let services = FileServices::new(Arc::new(Names), Some(keep), limits);
        let street = UnitPath::numbered(None, 1).unwrap();
        let paths = [1, 2].map(|n| UnitPath::numbered(Some(&street), n).unwrap());
        let cases = [testkit::fresh::<FileKind>().uuid(), testkit::fresh::<FileKind>().uuid()];
        let [here, there] = cases;
        services.guards.register(Arc::new(Cases(Arc::new(cases.into_iter().zip(paths.clone()).collect()))));
        let (work, see) = ([SeeCases::NAME, WorkCases::NAME], [SeeCases::NAME]);
        let mut actors = BTreeMap::new();
        let mut person = |place: Option<(&UnitPath, &[&str])>| {
            let user = testkit::fresh();
            let grants = place.map(|(path, held)| testkit::grant(testkit::fresh(), path, held));
            let actor = testkit::context(&db.db, user, grants.into_iter().collect()).actor;
            actors.insert(user.to_string(), actor);
            user
        };
        let worker = person(Some((&paths[0], &work)));
        let other = person(Some((&paths[1], &work)));
        let reader = person(Some((&street, &see)));
        let stranger = person(None);
        Self { db, services, dir, here, there, worker, other, reader, stranger, actors }
    }

    /// What the domain attaches files by.
    pub fn port(&self) -> Attachments {
        self.services.attachments()
    }

    pub fn site(&self) -> Site {
        let realm = Realm {
            name: "test".into(),
            db: self.db.db.clone(),
            time_zone: chrono_tz::Asia::Shanghai,
            authenticator: Arc::new(Tokens(Arc::new(self.actors.clone()))),
        };
        Site::new(Parts {
            plugins: vec![Arc::new(System), Arc::new(FilesPlugin::new(self.services.clone()))],
            realms: Arc::new(OneRealm(Arc::new(realm))),
            settings: Settings { rate_per_second: 0, rate_burst: 0, ..Settings::default() },
            version: "0".into(),
            metrics: None,
            stopping: Arc::default(),
        })
    }

    /// Served on a port of this machine.
    pub fn serve(&self) -> (std::net::SocketAddr, actix_web::dev::ServerHandle) {
        let site = self.site();
        let server =
            actix_web::HttpServer::new(move || site.app()).workers(1).bind(("127.0.0.1", 0)).unwrap();
        let address = server.addrs()[0];
        let running = server.run();
        let handle = running.handle();
        actix_web::rt::spawn(running);
        (address, handle)
    }

    /// Somebody's request now.
    pub fn as_user(&self, user: Id<User>) -> Context {
        let actor = Arc::clone(&self.actors[&user.to_string()]);
        Context { actor, ..testkit::context(&self.db.db, user, Vec::new()) }
    }

    /// Hangs a file on a case, as the domain's own deed would.
    pub async fn attach(
        &self,
        by: Id<User>,
        file: &str,
        case: Uuid,
        label: &'static str,
    ) -> Result<FileRef, String> {
        let (ctx, port, file) = (self.as_user(by), self.port(), file.parse().unwrap());
        let thing = Thing { kind: KIND, id: case };
        let done = self.db.db.write(move |tx| port.attach(tx, &ctx, file, thing, label)).await;
        done.map_err(|fault| fault.code().map_or_else(|| fault.to_string(), |c| c.code.to_owned()))
    }

    pub async fn detach(&self, by: Id<User>, file: &str, case: Uuid) -> Result<(), String> {
        let (ctx, port, file) = (self.as_user(by), self.port(), file.parse().unwrap());
        let thing = Thing { kind: KIND, id: case };
        let done = self.db.db.write(move |tx| port.detach(tx, &ctx, file, thing)).await;
        done.map_err(|fault| fault.code().map_or_else(|| fault.to_string(), |c| c.code.to_owned()))
    }

    pub async fn list(&self, case: Uuid) -> Vec<FileRef> {
        let port = self.port();
        self.db.db.read(move |tx| port.list(tx, Thing { kind: KIND, id: case })).await.unwrap()
    }

    /// A day and more goes by, and what is to be removed is.
    pub async fn a_day_later(&self) {
        let later = self.db.db.clock().now().plus_days(1).plus_seconds(60);
        self.db.db.write(move |tx| tidy::expire(tx, later)).await.unwrap();
        self.sweep().await;
    }

    pub async fn sweep(&self) {
        self.sweep_by(self.db.db.clock().now().plus_days(3)).await;
    }

    /// What is to be gone by then goes.
    pub async fn sweep_by(&self, then: Instant) {
        let keep = self.services.keep.clone().unwrap();
        while sweep::once(&self.db.db, &keep.shelf, then).await.unwrap() {}
    }

    /// The files in the folder: below it, how large.
    pub fn kept(&self) -> Vec<(String, u64)> {
        below(&self.dir.path().join("kept"))
    }

    /// What is under way.
    pub fn scratch(&self) -> Vec<(String, u64)> {
        below(&self.dir.path().join("scratch"))
    }

    pub async fn rows(&self) -> i64 {
        count(&self.db.db, "files_files").await
    }

    pub async fn objects(&self) -> i64 {
        count(&self.db.db, "files_objects").await
    }

    /// Bytes that an account has used of its allowance, over all days.
    pub async fn used(&self) -> i64 {
        number(&self.db.db, "select cast(coalesce(sum(bytes), 0) as bigint) as n from files_usage".to_owned())
            .await
    }

    /// The whole of a table as text.
    pub async fn trail(&self) -> String {
        #[derive(QueryableByName)]
        struct Body {
            #[diesel(sql_type = diesel::sql_types::Text)]
            body: String,
        }
        let read = |tx: &mut Tx<'_>| {
            let rows: Vec<Body> =
                with_conn!(tx, |c| diesel::sql_query("select body from storage_audit_records order by id")
                    .load(c))?;
            Ok(rows.into_iter().map(|row| row.body).collect::<Vec<_>>().join("\n"))
        };
        self.db.db.read(read).await.unwrap()
    }

    pub fn engine(&self) -> &'static str {
        self.db.config.engine.name()
    }
}

async fn count(db: &Db, table: &str) -> i64 {
    number(db, format!("select count(*) as n from {table}")).await
}

async fn number(db: &Db, sql: String) -> i64 {
    #[derive(QueryableByName)]
    struct Number {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        n: i64,
    }
    db.read(move |tx| {
        let found: Number = with_conn!(tx, |c| diesel::sql_query(sql.as_str()).get_result(c))?;
        Ok(found.n)
    })
    .await
    .unwrap()
}

fn below(folder: &std::path::Path) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, meta) = (entry.path(), entry.metadata().unwrap());
        if meta.is_dir() {
            found.extend(below(&path));
        } else {
            found.push((path.display().to_string(), meta.len()));
        }
    }
    found.sort();
    found
}

/// An answer.
pub struct Got {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub bytes: Vec<u8>,
    pub json: serde_json::Value,
}

impl Got {
    pub fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    #[track_caller]
    pub fn id(&self) -> String {
        self.json["id"].as_str().unwrap_or_else(|| panic!("{} {}", self.status, self.json)).to_owned()
    }
}

/// Asks; headers are pairs.
#[macro_export]
macro_rules! ask {
    ($app:expr, $who:expr, $method:ident $path:expr, $headers:expr, $body:expr) => {{
        let mut request = actix_web::test::TestRequest::default()
            .method(actix_web::http::Method::$method)
            .uri(&format!("/api/v1{}", $path))
            .insert_header(("authorization", format!("Bearer {}", $who)));
        let headers: &[(&str, &str)] = $headers;
        for pair in headers {
            request = request.insert_header(*pair);
        }
        let answer = actix_web::test::call_service(&$app, request.set_payload($body).to_request()).await;
        let status = answer.status().as_u16();
        let headers = answer
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        let bytes = actix_web::test::read_body(answer).await.to_vec();
        $crate::setting::Got {
            status,
            headers,
            json: serde_json::from_slice(&bytes).unwrap_or(serde_json::Value::Null),
            bytes,
        }
    }};
    ($app:expr, $who:expr, $method:ident $path:expr) => {
        $crate::ask!($app, $who, $method $path, &[], Vec::<u8>::new())
    };
}

/// Uploads bytes of a type under a name.
#[macro_export]
macro_rules! upload {
    ($app:expr, $who:expr, $media:expr, $name:expr, $bytes:expr) => {
        $crate::ask!($app, $who, POST "/files", &[("content-type", $media), ("x-file-name", $name)], $bytes)
    };
}

/// The towns, made beside the runtime.
pub async fn towns() -> Vec<Town> {
    actix_web::web::block(Town::each).await.unwrap()
}
