//! One town with its incidents, on either engine: reporting, reading one, listing fifty.

use std::path::PathBuf;
use std::time::Duration;

use kernel::Clock;
use serde_json::{Value, json};

use crate::load::{self, Plan};
use crate::postgres::Cluster;
use crate::report::{Limit, number};
use crate::server::{Home, PASSWORD, Server, request};
use crate::{Bench, Fallible, captured, process};

/// Connections to the database that the gateway is given on PostgreSQL, and pgbench likewise.
const READERS: usize = 8;
const WRITERS: usize = 12;

/// What a case needs to know of its surroundings.
pub struct Site<'a> {
    /// The gateway.
    pub server: &'a Server,
    /// The database server, where it is a process of its own.
    pub cluster: Option<&'a Cluster>,
    /// An access token.
    pub token: String,
}

/// What a load cost.
pub struct Cost {
    /// What the load saw.
    pub load: load::Outcome,
    /// Processor time of the gateway for each request, in microseconds.
    pub gateway: f64,
    /// The same of the database server.
    pub database: f64,
}

impl Cost {
    /// Both together.
    pub fn each(&self) -> f64 {
        self.gateway + self.database
    }

    /// Rate and latencies in words.
    pub fn words(&self) -> String {
        let load = &self.load;
        let mut text = format!(
            "{} requests/s, p50 {:.1} ms, p99 {:.1} ms, max {:.0} ms",
            number(load.rate()),
            load.latency_ms(500),
            load.latency_ms(990),
            load.latency_ms(1000)
        );
        if self.database > 0.0 {
            text.push_str(&format!(", gateway {:.0} + database {:.0} µs", self.gateway, self.database));
        }
        text
    }
}

fn sign_in(server: &Server, login: &str, password: &str) -> Fallible<String> {
    let body = json!({ "login": login, "password": password });
    let answer = server.ask("POST", "/api/v1/auth/login", None, Some(&body))?;
    Ok(text(&answer, "access_token").ok_or("no access token")?.to_owned())
}

/// The items of a page.
pub fn items(page: &Value) -> &[Value] {
    page.get("items").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A text of an object.
pub fn text<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object.get(name)?.as_str()
}

impl Site<'_> {
    /// The gateway with somebody signed in.
    pub fn new<'a>(server: &'a Server, cluster: Option<&'a Cluster>) -> Fallible<Site<'a>> {
        Ok(Site { server, cluster, token: sign_in(server, "admin", PASSWORD)? })
    }

    /// The same gateway with another person signed in, who is made for it and holds a role in a unit and below.
    pub fn person(&self, login: &str, role: &str, unit: &str) -> Fallible<Self> {
        let post =
            |path: &str, token: &str, body: Value| self.server.ask("POST", path, Some(token), Some(&body));
        let account = json!({ "login": login, "display_name": login, "unit_id": unit, "password": "first-word-4711-x" });
        let user = post("/api/v1/users", &self.token, account)?;
        let roles = self.get("/api/v1/roles?limit=200")?;
        let role = items(&roles).iter().find(|r| text(r, "name") == Some(role)).and_then(|r| text(r, "id"));
        let grant = json!({ "user_id": text(&user, "id"), "role_id": role, "unit_id": unit, "reason": "to be measured" });
        post("/api/v1/grants", &self.token, grant)?;
        let token = sign_in(self.server, login, "first-word-4711-x")?;
        let change = json!({ "current_password": "first-word-4711-x", "new_password": PASSWORD });
        post("/api/v1/me/password", &token, change)?;
        Ok(Self { server: self.server, cluster: self.cluster, token: sign_in(self.server, login, PASSWORD)? })
    }

    /// Asks once, signed in.
    pub fn get(&self, path: &str) -> Fallible<Value> {
        self.server.ask("GET", path, Some(&self.token), None)
    }

    /// Puts a load on it.
    pub fn load(
        &self,
        requests: &[Vec<u8>],
        expect: u16,
        connections: usize,
        seconds: u64,
    ) -> Fallible<Cost> {
        let mut marks: Vec<(u64, u64)> = Vec::new();
        let plan =
            Plan { connections, warm_up: Duration::from_secs(1), measure: Duration::from_secs(seconds) };
        let outcome = load::run(self.server.address, requests, expect, plan, || {
            let database = self.cluster.map_or(Ok(0), Cluster::cpu_micros)?;
            marks.push((process::cpu_micros(self.server.pid())?, database));
            Ok(())
        })?;
        if let Some(error) = &outcome.first_error {
            crate::say(&format!("first of {} errors: {error}", outcome.errors));
        }
        let good = crate::real(outcome.good.max(1));
        let spent = |pick: fn(&(u64, u64)) -> u64| {
            let (first, last) = (marks.first().map_or(0, pick), marks.last().map_or(0, pick));
            crate::real(last.saturating_sub(first)) / good
        };
        Ok(Cost { gateway: spent(|m| m.0), database: spent(|m| m.1), load: outcome })
    }

    /// Reports at points of the demo town, some of them in its grids.
    fn reports(&self, keyed: bool) -> Fallible<Vec<Vec<u8>>> {
        let page = self.get("/api/v1/grids?limit=50")?;
        let grids: Vec<&Value> = items(&page).iter().filter(|g| g.get("lat").is_some()).collect();
        if grids.is_empty() {
            return Err("the demo town has no grid with a boundary".into());
        }
        let mut requests = Vec::new();
        for (n, grid) in grids.iter().cycle().take(64).enumerate() {
            let body = json!({
                "title": format!("Street lamp {n} is out"),
                "description": "The lamp at the corner has been dark for three nights; the pavement below it is uneven and people stumble.",
                "address": "East gate, beside the bus stop",
                "lat": grid.get("lat"),
                "lng": grid.get("lng"),
            });
            let key = format!("{}{n:08}", load::SERIAL);
            let headers: &[(&str, &str)] = if keyed { &[("Idempotency-Key", &key)] } else { &[] };
            requests.push(request("POST", "/api/v1/incidents", Some(&self.token), Some(&body), headers));
        }
        Ok(requests)
    }

    fn by_id(&self) -> Fallible<Vec<Vec<u8>>> {
        let page = self.get("/api/v1/incidents?limit=200")?;
        let ids = items(&page).iter().filter_map(|i| text(i, "id"));
        Ok(ids
            .map(|id| request("GET", &format!("/api/v1/incidents/{id}"), Some(&self.token), None, &[]))
            .collect())
    }

    fn list(&self) -> Vec<Vec<u8>> {
        vec![request("GET", "/api/v1/incidents?limit=50", Some(&self.token), None, &[])]
    }
}

/// A fresh home with the demo town.
fn home(bench: &Bench, name: &str, settings: &[(&'static str, String)]) -> Fallible<Home> {
    let dir: PathBuf = bench.scratch.path().join(name);
    std::fs::create_dir_all(&dir)?;
    let mut all = vec![("COMMONWEAL_DEMO", "true".to_owned())];
    all.extend_from_slice(settings);
    Ok(Home { dir, database_url: None, settings: all })
}

fn report_rows(bench: &mut Bench, site: &Site<'_>, engine: &str, limit: Limit) -> Fallible<f64> {
    let requests = site.reports(false)?;
    let mut at_64 = 0.0;
    for connections in [1, 16, 64, 256] {
        let cost = site.load(&requests, 201, connections, 5)?;
        let case =
            format!("{engine}: report, {connections} connection{}", if connections == 1 { "" } else { "s" });
        let held = if connections == 64 { limit } else { Limit::None };
        if connections == 64 {
            at_64 = cost.load.rate();
        }
        bench.report.figure(&format!("{case}: CPU per request"), cost.each(), "µs", held, &cost.words());
        let (fewest, middle, most) = cost.load.spread;
        bench.report.figure(
            &format!("{case}: errors"),
            crate::real(cost.load.errors),
            "",
            Limit::AtMost(0.0),
            "",
        );
        if connections > 1 {
            let share = crate::real(fewest) / crate::real(middle.max(1));
            let detail = format!("answers per connection {fewest} / {middle} / {most}");
            bench.report.figure(
                &format!("{case}: slowest connection against the middle one"),
                share,
                "",
                Limit::AtLeast(0.5),
                &detail,
            );
        }
    }
    let cost = site.load(&site.reports(true)?, 201, 64, 4)?;
    let case = format!("{engine}: report with an Idempotency-Key, 64 connections: CPU per request");
    bench.report.figure(&case, cost.each(), "µs", Limit::None, &cost.words());
    Ok(at_64)
}

/// SQLite.
pub fn sqlite(bench: &mut Bench) -> Fallible<()> {
    let single = home(bench, "single", &[("COMMONWEAL_GROUP_COMMIT", "1".to_owned())])?;
    let server = Server::start(&bench.binary, &single, &["serve", "--first-start"])?;
    let site = Site::new(&server, None)?;
    let one_each = site.load(&site.reports(false)?, 201, 64, 5)?;
    drop(server);
    let grouped = home(bench, "sqlite", &[])?;
    let server = Server::start(&bench.binary, &grouped, &["serve", "--first-start"])?;
    let site = Site::new(&server, None)?;
    let rate = report_rows(bench, &site, "SQLite", Limit::AtMost(250.0))?;
    let case = "SQLite: report, 64 connections, one commit each: CPU per request";
    bench.report.figure(case, one_each.each(), "µs", Limit::None, &one_each.words());
    let detail = format!("{} against {} requests/s", number(rate), number(one_each.load.rate()));
    let times = rate / one_each.load.rate();
    bench.report.figure(
        "SQLite: group commit against one commit each, 64 connections",
        times,
        "times",
        Limit::AtLeast(6.0),
        &detail,
    );
    let cost = site.load(&site.by_id()?, 200, 64, 5)?;
    let case = "SQLite: incident by id, 64 connections: CPU per request";
    bench.report.figure(case, cost.each(), "µs", Limit::AtMost(80.0), &cost.words());
    let cost = site.load(&site.list(), 200, 64, 5)?;
    let case = "SQLite: list of 50, 64 connections: CPU per request";
    bench.report.figure(case, cost.each(), "µs", Limit::AtMost(300.0), &cost.words());
    Ok(())
}

/// PostgreSQL, beside pgbench with the statements that the gateway sends.
pub fn postgres(bench: &mut Bench, cluster: &Cluster) -> Fallible<()> {
    bench.report.told("PostgreSQL", &format!("version {}, durable, on this machine", cluster.version));
    let mut home = home(
        bench,
        "postgres",
        &[("COMMONWEAL_DB_READERS", READERS.to_string()), ("COMMONWEAL_DB_WRITERS", WRITERS.to_string())],
    )?;
    home.database_url = Some(cluster.create("bench")?);
    let scripts = {
        // Only while statements are captured: a log costs time.
        cluster.query("postgres", "alter database bench set log_statement = 'all'")?;
        let server = Server::start(&bench.binary, &home, &["serve", "--first-start"])?;
        let site = Site::new(&server, Some(cluster))?;
        let scripts = capture_all(&site, cluster)?;
        cluster.query("postgres", "alter database bench reset log_statement")?;
        scripts
    };
    let server = Server::start(&bench.binary, &home, &["serve"])?;
    let site = Site::new(&server, Some(cluster))?;
    let report = report_rows(bench, &site, "PostgreSQL", Limit::None)?;
    beside(bench, cluster, "report", report, WRITERS, &scripts.report, 0.7)?;
    let cost = site.load(&site.by_id()?, 200, 64, 5)?;
    let case = "PostgreSQL: incident by id, 64 connections: CPU per request";
    bench.report.figure(case, cost.each(), "µs", Limit::None, &cost.words());
    beside(bench, cluster, "incident by id", cost.load.rate(), READERS, &scripts.by_id, 0.4)?;
    let cost = site.load(&site.list(), 200, 64, 5)?;
    let case = "PostgreSQL: list of 50, 64 connections: CPU per request";
    bench.report.figure(case, cost.each(), "µs", Limit::None, &cost.words());
    beside(bench, cluster, "list of 50", cost.load.rate(), READERS, &scripts.list, 0.4)?;
    Ok(())
}

struct Scripts {
    report: (captured::Captured, u64),
    by_id: (captured::Captured, u64),
    list: (captured::Captured, u64),
}

fn capture_all(site: &Site<'_>, cluster: &Cluster) -> Fallible<Scripts> {
    let reports = site.reports(false)?;
    let post = |request: &[u8]| -> Fallible<()> {
        let outcome = load::once(site.server.address, request)?;
        if outcome == 201 { Ok(()) } else { Err(format!("a report was answered {outcome}").into()) }
    };
    let first = reports.first().ok_or("no reports")?;
    // So many that a page of 50 is full, and that every connection has its statements prepared.
    for request in reports.iter().cycle().take(160) {
        post(request)?;
    }
    let since = now_ms();
    let report = (captured::capture(cluster, "grid_incidents", || post(first))?, since);
    let newest = site.get("/api/v1/incidents?limit=1")?;
    let id = items(&newest).first().and_then(|i| text(i, "id")).ok_or("no incident")?.to_owned();
    let read = |path: String| move || site.get(&path).map(drop);
    let since = now_ms();
    let by_id =
        (captured::capture(cluster, "grid_incidents", read(format!("/api/v1/incidents/{id}")))?, since);
    let list =
        (captured::capture(cluster, "grid_incidents", read("/api/v1/incidents?limit=50".to_owned()))?, since);
    Ok(Scripts { report, by_id, list })
}

fn now_ms() -> u64 {
    u64::try_from(kernel::clock::SystemClock.now().micros() / 1000).unwrap_or(0)
}

fn beside(
    bench: &mut Bench,
    cluster: &Cluster,
    what: &str,
    ours: f64,
    clients: usize,
    (captured, since): &(captured::Captured, u64),
    least: f64,
) -> Fallible<()> {
    let script = captured.script(*since, 1);
    if std::env::var_os("BENCH_SHOW_SQL").is_some() {
        crate::say(&script.text);
    }
    let (rate, cpu) = cluster.pgbench("bench", &script, now_ms(), clients)?;
    let case = format!("PostgreSQL: {what} against pgbench with the same {} statements", script.statements);
    let detail =
        format!("{} against {} a second on {clients} connections, {cpu:.0} µs", number(ours), number(rate));
    bench.report.figure(&case, ours / rate, "", Limit::AtLeast(least), &detail);
    Ok(())
}
