//! A city's year of cases on either engine: what its figures and lists of what is due cost while reports come in, and what a file of
//! all cases costs in memory.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cases_seed::{self, CASES};
use crate::postgres::Cluster;
use crate::report::Limit;
use crate::server::{Home, Server, request};
use crate::town::{Site, items, text};
use crate::{Bench, Fallible, process};

/// Communities of the city.
const COMMUNITIES: usize = 1_200;
/// Its grids.
const GRIDS: usize = 8_846;
/// Questions of each kind.
const ASKED: usize = 40;

/// Measures both engines; PostgreSQL where there is one.
pub fn measure(bench: &mut Bench) -> Fallible<()> {
    let dir = bench.scratch.path().join("cases");
    std::fs::create_dir_all(&dir)?;
    let settings = vec![("COMMONWEAL_DEMO", "false".to_owned())];
    let home = Home { dir: dir.clone(), database_url: None, settings: settings.clone() };
    let city = build(bench, &home, None)?;
    crate::say("seeding a year of cases");
    cases_seed::sqlite(&dir.join("commonweal.db"))?;
    ask(bench, &home, None, &city, "SQLite")?;
    let Some(cluster) = Cluster::find()? else {
        bench
            .report
            .note("A year of cases on PostgreSQL was not measured: COMMONWEAL_TEST_POSTGRES_URL is not set.");
        return Ok(());
    };
    let dir = bench.scratch.path().join("cases-pg");
    std::fs::create_dir_all(&dir)?;
    let home = Home { dir, database_url: Some(cluster.create("bench_cases")?), settings };
    let city = build(bench, &home, Some(&cluster))?;
    crate::say("seeding a year of cases");
    cases_seed::postgres(&cluster, "bench_cases")?;
    ask(bench, &home, Some(&cluster), &city, "PostgreSQL")
}

/// What is asked about.
struct City {
    unit: String,
    community: String,
    grid: String,
}

/// A city with its communities and grids, made as its administrators make them.
fn build(bench: &Bench, home: &Home, cluster: Option<&Cluster>) -> Fallible<City> {
    let server = Server::start(&bench.binary, home, &["serve", "--first-start"])?;
    let site = Site::new(&server, cluster)?;
    let page = site.get("/api/v1/units?limit=1")?;
    let root = items(&page).first().and_then(|u| text(u, "id")).ok_or("no root")?.to_owned();
    let make = |path: &str, body: Value| -> Fallible<String> {
        let made = server.ask("POST", path, Some(&site.token), Some(&body))?;
        Ok(text(&made, "id").ok_or("no id")?.to_owned())
    };
    let unit = make("/api/v1/units", json!({ "parent_id": root, "name": "无锡", "kind": "city" }))?;
    let mut communities = Vec::new();
    for n in 0..COMMUNITIES {
        let body = json!({ "parent_id": unit, "name": format!("社区{n}"), "kind": "community" });
        communities.push(make("/api/v1/units", body)?);
    }
    let mut grid = String::new();
    for n in 0..GRIDS {
        let at = communities.get(n % COMMUNITIES).ok_or("no community")?;
        let body = json!({ "unit_id": at, "name": format!("网格{n}"), "kind": "residential" });
        grid = make("/api/v1/grids", body)?;
    }
    let community = communities.first().ok_or("no community")?.clone();
    Ok(City { unit, community, grid })
}

/// The middle of many questions one after another, in milliseconds, and the slowest.
fn middle(site: &Site<'_>, path: &str, sound: impl Fn(&Value) -> bool) -> Fallible<(f64, f64)> {
    let mut times = Vec::with_capacity(ASKED);
    for _ in 0..ASKED {
        let started = Instant::now();
        let answer = site.get(path)?;
        times.push(started.elapsed().as_secs_f64() * 1e3);
        if !sound(&answer) {
            return Err(format!("{path}: {answer}").into());
        }
    }
    times.sort_by(f64::total_cmp);
    Ok((times.get(ASKED / 2).copied().unwrap_or(0.0), times.last().copied().unwrap_or(0.0)))
}

fn ask(bench: &mut Bench, home: &Home, cluster: Option<&Cluster>, city: &City, engine: &str) -> Fallible<()> {
    let server = Server::start(&bench.binary, home, &["serve"])?;
    let site = Site::new(&server, cluster)?;
    let year = "from_on=2019-01-01&to_on=2019-12-31";
    let whole = site.get(&format!("/api/v1/figures/cases?unit={}&{year}", city.unit))?;
    let rate = whole.pointer("/items/0/closing_rate/percent").and_then(Value::as_str).unwrap_or("none");
    let received = whole.pointer("/items/0/received").and_then(Value::as_i64).unwrap_or(0);
    if (rate, received) != ("98.10", CASES) {
        return Err(format!("{engine}: {rate} % of {received} closed, not 98.10 of {CASES}").into());
    }
    let detail = format!("{rate} % of {received} cases in {GRIDS} grids");
    bench.report.told(&format!("{engine}: closing rate of the city's year"), &detail);

    let body = json!({ "title": "Street lamp is out", "unit_id": city.community });
    let reports = vec![request("POST", "/api/v1/incidents", Some(&site.token), Some(&body), &[])];
    let questions = [
        (
            "closing rate of the city by month",
            format!("/api/v1/figures/cases?unit={}&{year}&by=month", city.unit),
            12,
            50.0,
        ),
        (
            "closing rate of a grid by month",
            format!("/api/v1/figures/cases?grid={}&{year}&by=month", city.grid),
            12,
            5.0,
        ),
        (
            "50 overdue of the city",
            format!("/api/v1/incidents/due?unit={}&overdue=true&limit=50", city.unit),
            50,
            5.0,
        ),
        (
            "next 50 due of the city",
            format!("/api/v1/incidents/due?unit={}&overdue=false&limit=50", city.unit),
            50,
            5.0,
        ),
    ];
    for (what, path, wanted, _) in &questions {
        let (quiet, _) = middle(&site, path, |answer| items(answer).len() == *wanted)?;
        bench.report.figure(
            &format!("{engine}: {what}, nothing else going on"),
            quiet,
            "ms",
            Limit::None,
            "",
        );
    }
    for (what, path, wanted, limit) in &questions {
        let measured = std::thread::scope(|scope| -> Fallible<_> {
            // Some two seconds of reports around the questions.
            let load = scope.spawn(|| {
                site.load(&reports, 201, if cluster.is_some() { 4 } else { 8 }, 3)
                    .map(|cost| cost.load.rate())
                    .map_err(|error| error.to_string())
            });
            std::thread::sleep(Duration::from_millis(1_200));
            let told = middle(&site, path, |answer| items(answer).len() == *wanted)?;
            let rate = load.join().map_err(|_| "the load broke down")??;
            Ok((told, rate))
        });
        let ((busy, slowest), rate) = measured?;
        let case = format!("{engine}: {what}, while reports come in");
        let detail =
            format!("the middle of {ASKED} over HTTP, slowest {slowest:.1}; {rate:.0} reports a second");
        bench.report.figure(&case, busy, "ms", Limit::AtMost(*limit), &detail);
    }
    export(bench, &server, &site, city, engine)
}

/// The file of all cases: read as fast as it comes, the gateway's memory watched.
fn export(bench: &mut Bench, server: &Server, site: &Site<'_>, city: &City, engine: &str) -> Fallible<()> {
    let path =
        format!("/api/v1/figures/cases/export.csv?unit={}&from_on=2019-01-01&to_on=2019-12-31", city.unit);
    let before = process::resident_mb(server.pid())?;
    let mut stream = TcpStream::connect(server.address)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    stream.write_all(&request("GET", &path, Some(&site.token), None, &[("Connection", "close")]))?;
    let (mut bytes, mut lines, mut most) = (0_u64, 0_u64, before);
    let mut buffer = vec![0_u8; 1 << 16];
    let (started, mut looked) = (Instant::now(), Instant::now());
    loop {
        let some = stream.read(&mut buffer)?;
        if some == 0 {
            break;
        }
        bytes += u64::try_from(some)?;
        let read = buffer.get(..some).unwrap_or_default();
        lines += u64::try_from(read.iter().filter(|byte| **byte == b'\n').count())?;
        if looked.elapsed() > Duration::from_millis(50) {
            looked = Instant::now();
            most = most.max(process::resident_mb(server.pid())?);
        }
    }
    if lines < u64::try_from(CASES)? {
        return Err(format!("{engine}: the file has {lines} lines").into());
    }
    let detail = format!(
        "{} MB in {:.0} s, from {before:.0} to at most {most:.0} MB",
        bytes / 1_000_000,
        started.elapsed().as_secs_f64()
    );
    let case = format!("{engine}: file of all {CASES} cases: growth of the gateway's memory");
    bench.report.figure(&case, (most - before).max(0.0), "MB", Limit::AtMost(67.0), &detail);
    Ok(())
}
