//! The real gateway as a process of its own on a free port, so that it can be killed; a database of each engine below it.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use std::sync::Arc;

use kernel::{Clock, SystemClock};
use testkit::TestDb;

use crate::client::Client;
use crate::{migrations, postgres_server};

/// The first administrator's login.
pub const ADMIN: &str = "admin";
/// The first administrator's password.
pub const PASSWORD: &str = "correct-horse-battery-staple-9";

/// A gateway that runs.
pub struct Gateway {
    /// Where it serves.
    pub url: String,
    child: Child,
    log: PathBuf,
}

impl Gateway {
    /// Starts one on this database; waits until it is ready.
    pub fn start(database: &str, data: &Path, settings: &[(&str, &str)]) -> Self {
        // Another process may take the port between the look and the start: then another is tried.
        for _ in 0..5 {
            let port =
                TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
            let log = data.join(format!("gateway-{port}.log"));
            let child = clean(Command::new(binary()))
                .args(["serve", "--first-start"])
                .env("DATABASE_URL", database)
                .env("COMMONWEAL_LISTEN", format!("127.0.0.1:{port}"))
                .env("COMMONWEAL_DATA_DIR", data)
                .env("COMMONWEAL_ADMIN_LOGIN", ADMIN)
                .env("COMMONWEAL_ADMIN_PASSWORD", PASSWORD)
                .env("COMMONWEAL_RATE_PER_SECOND", "0")
                .env("COMMONWEAL_HTTP_WORKERS", "2")
                .env("COMMONWEAL_DB_READERS", "2")
                .env("COMMONWEAL_DEMO", "false")
                .env("COMMONWEAL_LOG", "warn")
                .env("COMMONWEAL_NOTICE_OUTBOX_DIR", data.join("outbox"))
                .envs(settings.iter().copied())
                .stdin(Stdio::null())
                .stdout(std::fs::File::create(&log).expect("a log"))
                .stderr(std::fs::File::options().append(true).open(&log).expect("a log"))
                .spawn()
                .expect("the gateway starts");
            let mut gateway = Self { url: format!("http://127.0.0.1:{port}"), child, log };
            if gateway.is_ready() {
                return gateway;
            }
        }
        panic!("the gateway found no port");
    }

    fn is_ready(&mut self) -> bool {
        let client = Client::new(&self.url);
        let until = Instant::now() + Duration::from_secs(60);
        while Instant::now() < until {
            if let Ok(Some(status)) = self.child.try_wait() {
                let log = self.log();
                assert!(log.contains("in use"), "the gateway ended with {status}: {log}");
                return false;
            }
            if client.request("GET", "/readyz").try_send().is_ok_and(|a| a.status == 200) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the gateway is not ready after a minute: {}", self.log());
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Kills it, as a power cut would.
    pub fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("gone");
    }

    /// Asks it to end (SIGTERM) and answers whether it ended well.
    pub fn end(&mut self) -> bool {
        let told =
            Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().expect("kill runs");
        assert!(told.success());
        self.child.wait().expect("gone").success()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // Already gone is as good.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A command without the settings of whoever runs the tests.
fn clean(mut command: Command) -> Command {
    for (name, _) in std::env::vars().filter(|(n, _)| n.starts_with("COMMONWEAL_") || n == "DATABASE_URL") {
        command.env_remove(name);
    }
    command
}

/// The gateway's binary, built with this package: it lies beside the tests.
pub fn binary() -> PathBuf {
    let me = std::env::current_exe().expect("this test's own path");
    let folder = me.parent().and_then(Path::parent).expect("target/debug/deps");
    let found = folder.join("commonweal-under-test");
    assert!(found.is_file(), "{} is not there: `cargo test -p commonweal-tests` builds it", found.display());
    found
}

/// A gateway, its database, and the first administrator.
pub struct TestApp {
    /// The running gateway.
    pub gateway: Gateway,
    /// Its database.
    pub db: TestDb,
    /// A stranger's client.
    pub stranger: Client,
    data: tempfile::TempDir,
    settings: Vec<(String, String)>,
}

impl TestApp {
    /// One on each engine.
    pub fn each() -> Vec<Self> {
        vec![Self::sqlite(&[]), Self::postgres(&[])]
    }

    /// On SQLite, with settings besides.
    pub fn sqlite(settings: &[(&str, &str)]) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        Self::on(TestDb::sqlite(&migrations(), &clock), settings)
    }

    /// On PostgreSQL, with settings besides.
    pub fn postgres(settings: &[(&str, &str)]) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        Self::on(TestDb::postgres(&postgres_server(), &migrations(), &clock), settings)
    }

    fn on(db: TestDb, settings: &[(&str, &str)]) -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        let gateway = Gateway::start(&db.url(), data.path(), settings);
        let stranger = Client::new(&gateway.url);
        let settings = settings.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Self { gateway, db, stranger, data, settings }
    }

    /// The engine's name, for messages.
    pub fn engine(&self) -> &'static str {
        self.db.config.engine.name()
    }

    /// Starts a second gateway on the same database.
    pub fn another(&self) -> Gateway {
        let settings: Vec<(&str, &str)> =
            self.settings.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        Gateway::start(&self.db.url(), self.data.path(), &settings)
    }

    /// Starts it anew after its end.
    pub fn restart(&mut self) {
        self.gateway = self.another();
        self.stranger = self.stranger.at(&self.gateway.url);
    }

    /// Starts it anew with one setting more.
    pub fn restart_with(&mut self, name: &str, value: &str) {
        self.settings.push((name.to_owned(), value.to_owned()));
        self.restart();
    }

    /// The messages of a kind that went to an address outside, oldest first.
    pub fn messages(&self, kind: &str, address: &str) -> Vec<serde_json::Value> {
        let mut found: Vec<serde_json::Value> = std::fs::read_dir(self.data.path().join("outbox"))
            .into_iter()
            .flatten()
            .flatten()
            .filter(|file| file.path().extension().is_some_and(|e| e == "json"))
            .filter_map(|file| serde_json::from_slice(&std::fs::read(file.path()).ok()?).ok())
            .filter(|m: &serde_json::Value| m["kind"] == kind && m["address"] == address)
            .collect();
        found.sort_by(|a, b| a["id"].as_str().cmp(&b["id"].as_str()));
        found
    }

    /// Waits for one more message than there were, and answers its code.
    #[track_caller]
    pub fn code(&self, kind: &str, address: &str, before: usize) -> String {
        crate::wait_until("a message", || self.messages(kind, address).len() > before);
        let all = self.messages(kind, address);
        all[before]["parameters"]["code"].as_str().expect("a code").to_owned()
    }

    /// Runs a subcommand of the gateway on this database.
    pub fn command(&self, arguments: &[&str]) -> std::process::Output {
        self.command_with(arguments, &[])
    }

    /// The same with other settings.
    pub fn command_with(&self, arguments: &[&str], settings: &[(&str, &str)]) -> std::process::Output {
        clean(Command::new(binary()))
            .args(arguments)
            .env("DATABASE_URL", self.db.url())
            .env("COMMONWEAL_DATA_DIR", self.data.path())
            .env("COMMONWEAL_LOG", "warn")
            .envs(settings.iter().copied())
            .output()
            .expect("the command runs")
    }

    /// Signs in; the answer's token goes into the client.
    #[track_caller]
    pub fn sign_in(&self, login: &str, password: &str) -> Client {
        let answer =
            self.stranger.post("/auth/login", &serde_json::json!({ "login": login, "password": password }));
        let view = answer.expect(200);
        self.stranger.with_token(view["access_token"].as_str().expect("an access token"))
    }

    /// The first administrator.
    #[track_caller]
    pub fn as_admin(&self) -> Client {
        self.sign_in(ADMIN, PASSWORD)
    }
}
