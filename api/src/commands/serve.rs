//! `commonweal serve`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::HttpServer;
use identity::gate;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use secrecy::{ExposeSecret, SecretString};
use storage::Db;
use storage::outbox::Consumers;
use storage::worker::Workers;
use tokio::signal::unix::{SignalKind, signal};
use web::site::{Parts, Site};
use web::traces::Traces;
use web::{OneRealm, Realm};

use crate::commands::{admin, migrate, seed};
use crate::config::Settings;
use crate::demo;
use crate::gateway::{open_current, plugins_with_keys, shell};
use crate::plugins::Plugins;
use crate::terminal::say;
use crate::traces::Collector;

/// How often list and database of erasures are brought together.
const ERASURES_EVERY: Duration = Duration::from_secs(600);

/// Serves until it is told to stop.
pub fn serve(settings: &Settings, first_start: bool) -> Result<(), String> {
    if first_start {
        migrate::migrate(settings)?;
    }
    let db = open_current(settings)?;
    let plugins = plugins_with_keys(settings, &db)?;
    prepare(&db, &plugins)?;
    crate::keyring::start(&db, &plugins.people)?;
    let founded = if first_start { found_realm(settings, &db, &plugins)? } else { None };
    let metrics = start_metrics()?;
    let endpoint = settings.otlp_endpoint.as_deref();
    let collector = endpoint.map(|url| Collector::start(url, &settings.realm)).transpose()?;
    let traces = collector.clone().map(|c| -> Arc<dyn Traces> { c });
    let telemetry = Telemetry { metrics, traces };
    let ended = actix_web::rt::System::new().block_on(run(settings, db, plugins, telemetry, founded));
    if let Some(collector) = collector {
        collector.stop();
    }
    ended
}

/// What is told of requests, and to whom.
struct Telemetry {
    metrics: PrometheusHandle,
    traces: Option<Arc<dyn Traces>>,
}

/// What every start does: a root for the tree, the built-in roles in line with the plugins, a key to sign with.
pub fn prepare(db: &Db, plugins: &Plugins) -> Result<(), String> {
    let (ctx, services) = (shell(db), plugins.identity.clone());
    db.write_blocking(move |tx| {
        territory::service::create::ensure_root(tx, &ctx)?;
        gate::start(tx, ctx.now, &services).map(drop)
    })
    .map_err(|e| e.to_string())
}

/// What the first start made, to be told once it serves.
struct Founded {
    admin_password: Option<SecretString>,
    demo_password: Option<SecretString>,
}

/// Makes the first administrator, and the demo town with it: on the first start and never again.
fn found_realm(settings: &Settings, db: &Db, plugins: &Plugins) -> Result<Option<Founded>, String> {
    let now = db.clock().now();
    let there = db
        .read_blocking(move |tx| identity::service::last_administrator::is_there(tx, now))
        .map_err(|e| e.to_string())?;
    if there {
        return Ok(None);
    }
    if let Some(password) = &settings.admin_password {
        // Refused before anything is loaded: a town half founded would keep a password that nobody was told.
        admin::hash(password, &settings.admin_login)?;
    }
    if settings.demo && demo::PEOPLE.iter().any(|person| person.0 == settings.admin_login) {
        return Err(format!(
            "admin_login: {} is one of the demo town's people; choose another, or leave the town out (COMMONWEAL_DEMO=false)",
            settings.admin_login
        ));
    }
    let demo_password = if settings.demo {
        say("Loading the demo town …");
        let (loaded, password) = seed::load(db, plugins)?;
        if loaded.people == 0 {
            say(
                "Its people were here already and keep their passwords; see `commonweal admin reset-password`.",
            );
        }
        (loaded.people > 0).then_some(password)
    } else {
        None
    };
    let admin_password = admin::found(db, &settings.admin_login, settings.admin_password.as_ref())?;
    Ok(Some(Founded { admin_password, demo_password }))
}

fn start_metrics() -> Result<PrometheusHandle, String> {
    PrometheusBuilder::new().install_recorder().map_err(|e| format!("metrics: {e}"))
}

/// The site: every plugin's operations over this database.
pub fn site(
    settings: &Settings,
    db: &Db,
    plugins: &Plugins,
    metrics: Option<PrometheusHandle>,
    stopping: &Arc<AtomicBool>,
) -> Result<Site, String> {
    parts(settings, db, plugins, metrics, stopping).map(Site::new)
}

fn parts(
    settings: &Settings,
    db: &Db,
    plugins: &Plugins,
    metrics: Option<PrometheusHandle>,
    stopping: &Arc<AtomicBool>,
) -> Result<Parts, String> {
    let gate = plugins.gate.clone().ok_or("nobody can be signed in without a gate")?;
    let realm = Realm {
        name: settings.realm.as_str().into(),
        db: db.clone(),
        time_zone: settings.time_zone,
        authenticator: gate,
    };
    let limits = web::Settings {
        max_body: settings.body_limit,
        timeout: Duration::from_secs(settings.request_seconds),
        upload_timeout: Duration::from_secs(settings.files.upload_seconds),
        rate_per_second: settings.rate_per_second,
        rate_burst: if settings.rate_per_second == 0 { 0 } else { settings.rate_burst },
        cors_origins: settings.cors_origins.clone(),
        behind_proxy: settings.trust_forwarded,
        ..web::Settings::default()
    };
    Ok(Parts {
        plugins: plugins.web().to_vec(),
        realms: Arc::new(OneRealm(Arc::new(realm))),
        settings: limits,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        metrics: metrics.map(|handle| -> web::site::MetricsText { Arc::new(move || handle.render()) }),
        stopping: Arc::clone(stopping),
    })
}

async fn run(
    settings: &Settings,
    db: Db,
    plugins: Plugins,
    telemetry: Telemetry,
    founded: Option<Founded>,
) -> Result<(), String> {
    let stopping = Arc::new(AtomicBool::new(false));
    let parts = parts(settings, &db, &plugins, Some(telemetry.metrics), &stopping)?;
    let site = Site::traced(parts, telemetry.traces);
    let owner = format!("{}-{:016x}", std::process::id(), rand::random::<u64>());
    let consumers = Arc::new(Consumers::new(plugins.reactions()).and_errands(plugins.errands()));
    let workers =
        Workers::start(&db, &owner, consumers, plugins.jobs()).with_tasks(&db, &owner, plugins.tasks());
    let mut server =
        HttpServer::new(move || site.app()).disable_signals().shutdown_timeout(settings.shutdown_seconds);
    if let Some(count) = settings.http_workers {
        server = server.workers(count);
    }
    let server =
        server.bind(settings.listen).map_err(|e| format!("cannot listen on {}: {e}", settings.listen))?;
    let address = server.addrs().first().copied().unwrap_or(settings.listen);
    let server = server.run();
    let handle = server.handle();
    let stop = Arc::clone(&stopping);
    actix_web::rt::spawn(async move {
        wait_for_signal().await;
        // First out of the balancer's list, then no more connections, then what is in flight.
        stop.store(true, Ordering::Release);
        handle.stop(true).await;
    });
    welcome(settings, &address.to_string(), founded);
    let keeping = actix_web::rt::spawn(keep_erasures(db.clone(), plugins.people.clone()));
    server.await.map_err(|e| e.to_string())?;
    keeping.abort();
    workers.stop().await;
    db.close();
    say("Stopped: requests finished, queues drained.");
    Ok(())
}

/// Brings the list of erasures and the database together from time to time, in every gateway: each keeps a whole list.
async fn keep_erasures(db: Db, people: people::PeopleServices) {
    loop {
        actix_web::rt::time::sleep(ERASURES_EVERY).await;
        let (db, people) = (db.clone(), people.clone());
        match actix_web::web::block(move || crate::keyring::reconcile(&db, &people)).await {
            Ok(Ok(_)) => {}
            Ok(Err(why)) => {
                tracing::error!(why, "the list of erasures and the database were not brought together");
            }
            Err(_) => return,
        }
    }
}

async fn wait_for_signal() {
    let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("no signals can be heard: stop the process with SIGKILL");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
}

/// Says where to look, and a first request to paste.
fn welcome(settings: &Settings, address: &str, founded: Option<Founded>) {
    let url = format!("http://{address}");
    say(&format!("Commonweal serves {url}   documentation: {url}/docs   document: {url}/openapi.json"));
    let Some(founded) = founded else { return };
    let login = &settings.admin_login;
    match &founded.admin_password {
        Some(password) => say(&format!(
            "First administrator: {login}   password, shown this once: {}",
            password.expose_secret()
        )),
        None => say(&format!("First administrator: {login}   password: the one you set")),
    }
    let Some(password) = &founded.demo_password else { return };
    seed::tell(password);
    let (lat, lng) = demo::POINT;
    say("A first request: a resident reports a broken lamp, and it finds its grid by itself.");
    say(&format!(
        "  TOKEN=$(curl -s {url}/api/v1/auth/login -H 'content-type: application/json' \\\n    \
         -d '{{\"login\":\"resident\",\"password\":\"{}\"}}' | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')",
        password.expose_secret()
    ));
    say(&format!(
        "  curl -s {url}/api/v1/incidents -H \"authorization: Bearer $TOKEN\" -H 'content-type: application/json' \\\n    \
         -d '{{\"title\":\"路灯不亮\",\"description\":\"巷口路灯坏了三天\",\"lat\":{lat},\"lng\":{lng}}}'"
    ));
}
