//! Rights at the size of a big city: 10⁵ accounts, 10⁴ units, 10⁶ grants, on either engine.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use kernel::{Actor, HeldGrant, Id, Permission, UnitPath};
use uuid::Uuid;

use crate::postgres::Cluster;
use crate::report::Limit;
use crate::server::{Home, PASSWORD, Server, request};
use crate::town::{Cost, Site, items, text};
use crate::{Bench, Fallible, seed};

/// Units at the lowest of three levels; 110 lie above them.
const COMMUNITIES: u32 = 9_890;
/// Accounts.
const USERS: u32 = 100_000;
/// Grants.
const GRANTS: u32 = 1_000_000;

/// The words in which the two engines differ.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// The numbers from 0, as a table `s` with the column `n`.
    fn numbers(self, count: u32) -> String {
        match self {
            Self::Sqlite => format!(
                "(with recursive c(n) as (select 0 union all select n + 1 from c where n + 1 < {count}) select n from c) s"
            ),
            Self::Postgres => format!("generate_series(0, {count} - 1) s(n)"),
        }
    }

    /// An id of version 7 from a kind of thing and its number.
    fn id(self, kind: u32, n: &str) -> String {
        let base = 1_600_000_000_000_u64 + u64::from(kind) * 10_000_000_000;
        match self {
            Self::Sqlite => format!("unhex(printf('%012x7%03x8%015x', {base} + {n}, ({n}) % 4096, {n}))"),
            Self::Postgres => format!(
                "(lpad(to_hex({base} + {n}), 12, '0') || '7' || lpad(to_hex(({n}) % 4096), 3, '0') || '8' || \
                 lpad(to_hex(({n})::bigint), 15, '0'))::uuid"
            ),
        }
    }

    /// The label of the unit with a number.
    fn label(self, n: &str) -> String {
        match self {
            Self::Sqlite => format!("printf('zr%04d', {n})"),
            Self::Postgres => format!("'zr' || lpad(({n})::text, 4, '0')"),
        }
    }
}

/// Everything in one script; `root` is the path of the tree's root.
fn script(d: Dialect, root: &str) -> String {
    let district = |n: &str| format!("'{root}' || {}", d.label(n));
    let town = |n: &str| format!("{} || {}", district(&format!("(({n}) / 10)")), d.label(n));
    let community = |n: &str| format!("{} || {}", town(&format!("(({n}) % 100)")), d.label(n));
    let now = "(select created_at from identity_users where login = 'admin')";
    let unit = |level: u32, parent: &str, path: &str, kind: &str, count: u32| {
        format!(
            "insert into territory_units (id, parent_id, path, name, kind, since, version, created_at)
             select {}, {parent}, {path}, '{kind} ' || n, '{kind}', {now}, 1, {now} from {};\n",
            d.id(level, "n"),
            d.numbers(count),
        )
    };
    let top = "(select id from territory_units where parent_id is null)";
    let mut sql = "begin;\n".to_owned();
    sql += &unit(1, top, &district("n"), "district", 10);
    sql += &unit(2, &d.id(1, "(n / 10)"), &town("n"), "town", 100);
    sql += &unit(3, &d.id(2, "(n % 100)"), &community("n"), "community", COMMUNITIES);
    let home = format!("(n % {COMMUNITIES})");
    sql += &format!(
        "insert into identity_users (id, login, display_name, unit_id, unit_path, status, password_hash,
             must_change_password, failed_count, created_at, version)
         select {}, 'rights-' || n, 'Person ' || n, {}, {}, 'enabled',
             (select password_hash from identity_users where login = 'admin'), false, 0, {now}, 1 from {};\n",
        d.id(4, "n"),
        d.id(3, &home),
        community(&home),
        d.numbers(USERS),
    );
    // One of ten thousand at the root, one of a thousand in a district, one of fifty in a town, the rest in communities.
    let place = format!("((n * 31) % {COMMUNITIES})");
    let by_level = |root: &str, district: &str, town: &str, community: &str| {
        format!(
            "case when n % 10000 = 7 then {root} when n % 1000 = 3 then {district} when n % 50 = 1 then {town} \
             else {community} end"
        )
    };
    let ids = by_level(top, &d.id(1, "(n % 10)"), &d.id(2, "(n % 100)"), &d.id(3, &place));
    let paths = by_level(&format!("'{root}'"), &district("(n % 10)"), &town("(n % 100)"), &community(&place));
    let role = "(select id from identity_roles where name = case (n / 7) % 6 when 0 then 'grid_worker' \
        when 1 then 'department_handler' when 2 then 'inspector' when 3 then 'volunteer' when 4 then 'resident' \
        else 'merchant' end)";
    sql += &format!(
        "insert into identity_grants (id, user_id, role_id, unit_id, unit_path, subtree, valid_from, reason, granted_by,
             granted_under, created_at, version)
         select {}, {}, {role}, {ids}, {paths}, true, {now}, 'measured', (select id from identity_users where login = 'admin'),
             '[]', {now}, 1 from {};\n",
        d.id(5, "n"),
        // What a unit has is held by as many people as elsewhere: a page costs its names too.
        d.id(4, &format!("((n * 7 + n / 10000) % {USERS})")),
        d.numbers(GRANTS),
    );
    sql += "commit;\nanalyze;\n";
    sql
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

/// Measures both engines; PostgreSQL where there is one.
pub fn measure(bench: &mut Bench) -> Fallible<()> {
    in_memory(bench)?;
    let dir = bench.scratch.path().join("rights");
    std::fs::create_dir_all(&dir)?;
    let home = Home { dir, database_url: None, settings: Vec::new() };
    drop(Server::start(&bench.binary, &home, &["serve", "--first-start"])?);
    let mut conn = seed::open(&home.dir.join("commonweal.db"))?;
    let root = diesel::sql_query("select path as word from territory_units where parent_id is null")
        .get_result::<Word>(&mut conn)?
        .word;
    crate::say("seeding 10⁶ grants");
    conn.batch_execute(&script(Dialect::Sqlite, &root))?;
    drop(conn);
    over_http(bench, &home, None, "SQLite")?;
    let Some(cluster) = Cluster::find()? else {
        bench.report.note("Rights on PostgreSQL were not measured: COMMONWEAL_TEST_POSTGRES_URL is not set.");
        return Ok(());
    };
    let database = "bench_rights";
    let dir = bench.scratch.path().join("rights-pg");
    std::fs::create_dir_all(&dir)?;
    let home = Home { dir, database_url: Some(cluster.create(database)?), settings: Vec::new() };
    drop(Server::start(&bench.binary, &home, &["serve", "--first-start"])?);
    let root = cluster.query(database, "select path from territory_units where parent_id is null")?;
    crate::say("seeding 10⁶ grants in PostgreSQL");
    cluster.query(database, &script(Dialect::Postgres, root.trim()))?;
    over_http(bench, &home, Some(&cluster), "PostgreSQL")
}

/// The check itself: somebody with ten grants of twenty permissions each, and with a hundred.
fn in_memory(bench: &mut Bench) -> Fallible<()> {
    let names: Arc<BTreeSet<String>> = Arc::new(
        (0..20).map(|n| format!("plugin{n}.noun.verb")).chain(["town.thing.read".to_owned()]).collect(),
    );
    let read: &Permission = &Permission {
        name: "town.thing.read",
        en: "",
        zh: "",
        risk: kernel::Risk::Low,
        roles: &[],
        everyone: false,
    };
    let root = UnitPath::numbered(None, 1).ok_or("no root")?;
    let places: Vec<UnitPath> = (0..10_000).filter_map(|n| UnitPath::numbered(Some(&root), n)).collect();
    let now = kernel::Clock::now(&kernel::SystemClock);
    for held in [10, 100] {
        let grants = places.iter().step_by(places.len() / held).take(held).map(|path| HeldGrant {
            id: Id::from_uuid(Uuid::nil()),
            role: Id::from_uuid(Uuid::nil()),
            role_name: "role".into(),
            unit: Id::from_uuid(Uuid::nil()),
            path: path.clone(),
            subtree: true,
            from: now,
            until: None,
            permissions: Arc::clone(&names),
            gives_all: false,
        });
        let actor = Actor {
            user: Id::from_uuid(Uuid::nil()),
            display_name: "somebody".into(),
            session: None,
            grants: grants.collect::<Vec<_>>().into(),
        };
        let started = Instant::now();
        let mut yes = 0_u64;
        for _ in 0..20 {
            yes += places.iter().map(|path| u64::from(actor.may(read, path, now))).sum::<u64>();
        }
        let each = started.elapsed().as_secs_f64() * 1e6 / (20.0 * crate::real(u64::try_from(places.len())?));
        let case = format!("a check in memory, {held} grants held");
        bench.report.figure(&case, each, "µs", Limit::AtMost(5.0), &format!("{yes} times yes"));
    }
    Ok(())
}

fn over_http(bench: &mut Bench, home: &Home, cluster: Option<&Cluster>, engine: &str) -> Fallible<()> {
    let server = Server::start(&bench.binary, home, &["serve"])?;
    let site = Site::new(&server, cluster)?;
    let mut first = Vec::new();
    for n in 0..21 {
        let body = serde_json::json!({ "login": format!("rights-{}", n * 4_001), "password": PASSWORD });
        let signed = server.ask("POST", "/api/v1/auth/login", None, Some(&body))?;
        let token = text(&signed, "access_token").ok_or("no access token")?.to_owned();
        let started = Instant::now();
        server.ask("GET", "/api/v1/me/sessions", Some(&token), None)?;
        first.push(started.elapsed().as_secs_f64() * 1e3);
    }
    let case = format!("{engine}: the first request of somebody cold, ten grants of a million");
    bench.report.figure(&case, middle(&mut first), "ms", Limit::AtMost(5.0), "the middle of 21");

    let permission = {
        let all = site.get("/api/v1/permissions")?;
        let of_workers = items(&all).iter().find(|p| {
            let roles = p.get("builtin_roles").and_then(serde_json::Value::as_array);
            roles.is_some_and(|roles| roles.len() < 4 && roles.iter().any(|role| role == "grid_worker"))
        });
        of_workers.and_then(|p| text(p, "name")).ok_or("no permission of grid workers")?.to_owned()
    };
    let unit_of = |level: &str| -> Fallible<String> {
        let found = site.get(&format!("/api/v1/units?q={}", level.replace(' ', "%20")))?;
        let exact = items(&found).iter().find(|unit| text(unit, "name") == Some(level));
        Ok(exact.and_then(|unit| text(unit, "id")).ok_or("no such unit")?.to_owned())
    };
    let (district, town, community) =
        (unit_of("district 3")?, unit_of("town 31")?, unit_of("community 131")?);
    for (name, unit) in [("a district", &district), ("a community", &community)] {
        let path = format!("/api/v1/access/who-can?permission={permission}&unit={unit}");
        let mut took = timed(&site, &path)?;
        let case = format!("{engine}: who can, the first page, in {name}");
        bench.report.figure(&case, middle(&mut took), "ms", Limit::AtMost(50.0), &permission);
    }
    let mut took = timed(&site, "/api/v1/grants?orphaned=true")?;
    let case = format!("{engine}: orphaned grants among a million");
    bench.report.figure(&case, middle(&mut took), "ms", Limit::None, "there are none");

    for list in ["users", "grants"] {
        let path = format!("/api/v1/{list}?limit=50");
        let cost = |site: &Site<'_>| -> Fallible<Cost> {
            let got = items(&site.get(&path)?).len();
            if got != 50 {
                return Err(format!("{path} has {got} items, not 50").into());
            }
            site.load(&[request("GET", &path, Some(&site.token), None, &[])], 200, 8, 2)
        };
        let all = cost(&site)?;
        let case = format!("{engine}: 50 {list} of the whole tree: CPU per request");
        bench.report.figure(&case, all.each(), "µs", Limit::None, &all.words());
        for (name, unit) in [("a district", &district), ("a town", &town), ("a community", &community)] {
            // A community has some ten accounts at home and a hundred grants.
            if list == "users" && name == "a community" {
                continue;
            }
            let login = format!("rights-{list}-{}", name.replace(' ', "-"));
            let reader = site.person(&login, "unit_admin", unit)?;
            // By turns, and the least of each: what else the machine does meanwhile is no figure of ours.
            let (mut some, mut all) = (f64::INFINITY, f64::INFINITY);
            for _ in 0..3 {
                all = all.min(cost(&site)?.each());
                some = some.min(cost(&reader)?.each());
            }
            let case = format!("{engine}: 50 {list} by who sees those of {name}, against the whole tree");
            let detail = format!("{some:.0} against {all:.0} µs of CPU");
            bench.report.figure(&case, some / all, "times", Limit::AtMost(1.2), &detail);
        }
    }
    Ok(())
}

/// How long a request takes, thirty times.
fn timed(site: &Site<'_>, path: &str) -> Fallible<Vec<f64>> {
    let mut took = Vec::new();
    for _ in 0..30 {
        let started = Instant::now();
        site.get(path)?;
        took.push(started.elapsed().as_secs_f64() * 1e3);
    }
    Ok(took)
}

fn middle(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(0.0)
}
