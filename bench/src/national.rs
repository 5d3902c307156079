//! The whole country: 665,276 units, a million incidents spread over them.

use std::path::Path;

use crate::report::Limit;
use crate::server::{Home, Server, request};
use crate::town::{Cost, Site, items, text};
use crate::{Bench, Fallible, process, seed};

/// Measures the import, the start, and what the same question costs in the whole country and in one town.
pub fn measure(bench: &mut Bench) -> Fallible<()> {
    let Some(divisions) = std::env::var_os("COMMONWEAL_DIVISIONS") else {
        bench.report.note(
            "The whole country was not measured: COMMONWEAL_DIVISIONS does not name the folder with the five files of divisions.",
        );
        return Ok(());
    };
    let divisions = Path::new(&divisions);
    let dir = bench.scratch.path().join("national");
    std::fs::create_dir_all(&dir)?;
    let home = Home { dir, database_url: None, settings: Vec::new() };
    // The first administrator and the root are there before, as in a real installation.
    drop(Server::start(&bench.binary, &home, &["serve", "--first-start"])?);
    let divisions = divisions.to_str().ok_or("COMMONWEAL_DIVISIONS is not UTF-8")?;
    let took = home.run(&bench.binary, &["import", "divisions", divisions])?;
    let file = home.dir.join("commonweal.db");
    let mut conn = seed::open(&file)?;
    let units = seed::count(&mut conn, "territory_units")?;
    let detail = format!("{units} units");
    bench.report.figure("SQLite: national import", took.as_secs_f64(), "s", Limit::AtMost(60.0), &detail);
    let again = home.run(&bench.binary, &["import", "divisions", divisions])?;
    bench.report.figure(
        "SQLite: national import, run again",
        again.as_secs_f64(),
        "s",
        Limit::None,
        "nothing to do",
    );

    crate::say("seeding a million incidents");
    let seeded = seed::incidents(&mut conn)?;
    let (country, town) = seed::country_and_town(&mut conn, 60)?;
    let scopes = seed::count(&mut conn, "grid_incident_scopes")?;
    drop(conn);
    let mb = std::fs::metadata(&file)?.len() / 1_000_000;
    let words = format!(
        "{} incidents, {scopes} rows for the units above them, {mb} MB, seeded in {:.0} s",
        seed::INCIDENTS,
        seeded.as_secs_f64()
    );
    bench.report.told("SQLite: the whole country", &words);

    let mut starts = Vec::new();
    for _ in 0..5 {
        starts.push(Server::start(&bench.binary, &home, &["serve"])?.start.as_secs_f64() * 1000.0);
    }
    starts.sort_by(f64::total_cmp);
    let middle = starts.get(2).copied().unwrap_or(0.0);
    let detail = format!(
        "of five; fastest {:.0}, slowest {:.0}",
        starts.first().unwrap_or(&0.0),
        starts.last().unwrap_or(&0.0)
    );
    bench.report.figure(
        "SQLite: start with the full database until /healthz answers",
        middle,
        "ms",
        Limit::AtMost(150.0),
        &detail,
    );

    let server = Server::start(&bench.binary, &home, &["serve"])?;
    std::thread::sleep(std::time::Duration::from_secs(3));
    let idle = process::resident_mb(server.pid())?;
    bench.report.figure(
        "SQLite: memory when idle with the full database",
        idle,
        "MB",
        Limit::AtMost(40.0),
        "",
    );
    let site = Site::new(&server, None)?;
    let newest = |unit: &str| {
        vec![request("GET", &format!("/api/v1/incidents?unit={unit}&limit=50"), Some(&site.token), None, &[])]
    };
    for unit in [&country, &town] {
        let page = site.get(&format!("/api/v1/incidents?unit={}&limit=50", unit.id))?;
        let got = items(&page).len();
        if got != 50 {
            return Err(format!("the list for {} has {got} incidents, not 50", unit.name).into());
        }
    }
    let load = |requests: &[Vec<u8>]| site.load(requests, 200, 16, 4);
    let (wide, narrow) = (load(&newest(&country.id))?, load(&newest(&town.id))?);
    let places = format!("{} incidents against {}", country.incidents, town.incidents);
    against(bench, "the 50 newest in the subtree, whole country against one town", &wide, &narrow, &places);

    // Whether X lies in the subtree of Y is asked of every reader of an incident: Y is where their grant was given.
    let page = site.get(&format!("/api/v1/incidents?unit={}&limit=50", town.id))?;
    let seen_by = |login: &str, unit: &str| -> Fallible<Cost> {
        let reader = site.person(login, "unit_admin", unit)?;
        let ids = items(&page).iter().filter_map(|i| text(i, "id"));
        let requests: Vec<_> = ids
            .map(|id| request("GET", &format!("/api/v1/incidents/{id}"), Some(&reader.token), None, &[]))
            .collect();
        site.load(&requests, 200, 16, 4)
    };
    let (wide, narrow) = (seen_by("bench-country", &country.id)?, seen_by("bench-town", &town.id)?);
    let case =
        "is X in the subtree of Y (an incident, read by who may in Y), Y the whole country against one town";
    against(bench, case, &wide, &narrow, "");

    let page = site.get("/api/v1/incidents?limit=200")?;
    let ids = items(&page).iter().filter_map(|i| text(i, "id"));
    let requests: Vec<_> = ids
        .map(|id| request("GET", &format!("/api/v1/incidents/{id}"), Some(&site.token), None, &[]))
        .collect();
    let cost = site.load(&requests, 200, 64, 4)?;
    let case = "SQLite, whole country: incident by id, 64 connections: CPU per request";
    bench.report.figure(case, cost.each(), "µs", Limit::None, &cost.words());
    let cost = site.load(&newest(&country.id), 200, 64, 4)?;
    let case = "SQLite, whole country: list of 50, 64 connections: CPU per request";
    bench.report.figure(case, cost.each(), "µs", Limit::None, &cost.words());
    Ok(())
}

fn against(bench: &mut Bench, case: &str, wide: &Cost, narrow: &Cost, places: &str) {
    let mut detail = format!("{:.0} against {:.0} µs of CPU", wide.each(), narrow.each());
    if !places.is_empty() {
        detail = format!("{detail}; {places}");
    }
    bench.report.figure(
        &format!("SQLite: {case}"),
        wide.each() / narrow.each(),
        "times",
        Limit::AtMost(1.5),
        &detail,
    );
}
