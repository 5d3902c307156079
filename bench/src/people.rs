//! A town's register brought in from files and looked up in, on either engine: 10⁵ persons, each under a key of their own.

use std::fmt::Write;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::postgres::Cluster;
use crate::report::Limit;
use crate::server::{Home, Server, upload};
use crate::town::{Site, items, text};
use crate::{Bench, Fallible};

/// Rows of one file: as many as an import takes.
const ROWS: u32 = 50_000;
/// Files.
const FILES: u32 = 2;
/// Look-ups: fewer than one reader may do in an hour.
const LOOK_UPS: u32 = 90;

/// Measures both engines; PostgreSQL where there is one.
pub fn measure(bench: &mut Bench) -> Fallible<()> {
    let dir = bench.scratch.path().join("people");
    std::fs::create_dir_all(&dir)?;
    let settings = vec![("COMMONWEAL_DEMO", "true".to_owned())];
    register(bench, &Home { dir, database_url: None, settings: settings.clone() }, None, "SQLite")?;
    let Some(cluster) = Cluster::find()? else {
        bench
            .report
            .note("Persons on PostgreSQL were not measured: COMMONWEAL_TEST_POSTGRES_URL is not set.");
        return Ok(());
    };
    let dir = bench.scratch.path().join("people-pg");
    std::fs::create_dir_all(&dir)?;
    let home = Home { dir, database_url: Some(cluster.create("bench_people")?), settings };
    register(bench, &home, Some(&cluster), "PostgreSQL")
}

fn register(bench: &mut Bench, home: &Home, cluster: Option<&Cluster>, engine: &str) -> Fallible<()> {
    let server = Server::start(&bench.binary, home, &["serve", "--first-start"])?;
    let site = Site::new(&server, cluster)?;
    let grids = site.get("/api/v1/grids?limit=1")?;
    let unit = items(&grids).first().and_then(|grid| text(grid, "unit_id")).ok_or("no grid")?.to_owned();
    let clerk = site.person("register-clerk", "unit_admin", &unit)?;
    let started = Instant::now();
    for file in 0..FILES {
        bring_in(&clerk, &list(&unit, file * ROWS))?;
    }
    let took = started.elapsed().as_secs_f64();
    let case = format!("{engine}: 10⁵ persons imported from files, checked, encrypted and on the trail");
    bench.report.figure(&case, took, "s", Limit::AtMost(60.0), "two files of 50,000 rows over HTTP");

    let mut times = Vec::new();
    for n in 0..LOOK_UPS {
        let person = n * (ROWS * FILES / LOOK_UPS);
        let asked =
            json!({ "kind": "phone", "number": phone(person), "purpose": "measuring how long it takes" });
        let started = Instant::now();
        let found = server.ask("POST", "/api/v1/people/lookup", Some(&clerk.token), Some(&asked))?;
        times.push(started.elapsed().as_secs_f64() * 1e3);
        if found.get("found").and_then(Value::as_array).map_or(0, Vec::len) != 1 {
            return Err(format!("not one person has the phone of number {person}").into());
        }
    }
    times.sort_by(f64::total_cmp);
    let middle = times.get(times.len() / 2).copied().unwrap_or(0.0);
    let slowest = times.last().copied().unwrap_or(0.0);
    let case = format!("{engine}: a person looked up by phone among 10⁵, on the record");
    let detail = format!("the middle of {LOOK_UPS} over HTTP, a connection each; slowest {slowest:.1}");
    bench.report.figure(&case, middle, "ms", Limit::AtMost(2.0), &detail);
    Ok(())
}

fn bring_in(clerk: &Site<'_>, file: &str) -> Fallible<()> {
    let asked = json!({ "kind": "people", "filename": "register.csv", "dry_run": false, "atomic": false });
    let made = clerk.server.ask("POST", "/api/v1/imports", Some(&clerk.token), Some(&asked))?;
    let path = format!("/api/v1/imports/{}", text(&made, "id").ok_or("no import")?);
    let sent = upload(clerk.server.address, &format!("{path}/content"), &clerk.token, "text/csv", file)?;
    if sent.status != 200 {
        return Err(format!("the file was not taken: {}", sent.body).into());
    }
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(600) {
        let view = clerk.get(&path)?;
        match text(&view, "state") {
            Some("applied") if view.get("rows_done").and_then(Value::as_u64) == Some(u64::from(ROWS)) => {
                return Ok(());
            }
            Some("applied" | "failed") => return Err(format!("not all rows came in: {view}").into()),
            _ => std::thread::sleep(Duration::from_millis(50)),
        }
    }
    Err("the import never ends".into())
}

/// A file of persons from a number on.
fn list(unit: &str, from: u32) -> String {
    let mut file = "姓名,单元,身份证号,手机号,现住址\n".to_owned();
    for n in from..from + ROWS {
        // Writing to a text cannot fail.
        let _ = writeln!(file, "居民{n},{unit},{},{},恒泉路{}号", card(n), phone(n), n % 900);
    }
    file
}

fn phone(n: u32) -> String {
    format!("139{n:08}")
}

/// A citizen's number that stands up to GB 11643.
fn card(n: u32) -> String {
    let (year, month, day) = (1930 + n / 336_000, n / 28_000 % 12 + 1, n / 1_000 % 28 + 1);
    let body = format!("441900{year}{month:02}{day:02}{:03}", n % 1_000);
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let last = "10X98765432".chars().nth(usize::try_from(sum % 11).unwrap_or(0)).unwrap_or('X');
    format!("{body}{last}")
}
