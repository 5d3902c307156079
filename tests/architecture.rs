//! The arrows of the design, each held by a test.

use std::collections::BTreeSet;

use commonweal_tests::source::{Package, Source, needs, packages, root, rust_below};

/// The domains: each a crate of its own, none of which knows another.
const DOMAINS: &[&str] = &[
    "identity",
    "notices",
    "territory",
    "people",
    "calendar",
    "audit",
    "grid",
    "figures",
    "visits",
    "imports",
    "files",
    "duties",
    "whistles",
];
/// Faces of a domain: a crate that shows it as an outside standard has it, and keeps only what that standard needs besides.
const FACES: &[&str] = &["open311"];
/// What makes answers over HTTP and documents of them.
const HTTP: &[&str] =
    &["actix-web", "actix-http", "actix-rt", "utoipa", "utoipa-actix-web", "utoipa-swagger-ui"];

/// Every arrow there is: who may name whom. A new crate finds its place here before it compiles into anything.
const ARROWS: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    ("contracts", &["kernel"]),
    ("storage", &["kernel", "contracts"]),
    ("auth", &["kernel"]),
    ("web", &["kernel", "storage", "auth"]),
    ("identity", &["kernel", "contracts", "storage", "auth", "web"]),
    ("notices", &["kernel", "contracts", "storage", "auth", "web"]),
    ("territory", &["kernel", "contracts", "storage", "web"]),
    ("people", &["kernel", "contracts", "storage", "web"]),
    ("calendar", &["kernel", "contracts", "storage", "web"]),
    ("audit", &["kernel", "contracts", "storage", "web"]),
    ("grid", &["kernel", "contracts", "storage", "web"]),
    ("figures", &["kernel", "contracts", "storage", "web"]),
    ("imports", &["kernel", "contracts", "storage", "web"]),
    ("files", &["kernel", "contracts", "storage", "web"]),
    // A face of grid, not a domain (ADR 0011).
    ("open311", &["kernel", "contracts", "storage", "web", "grid"]),
    ("visits", &["kernel", "contracts", "storage", "web"]),
    ("duties", &["kernel", "contracts", "storage", "web"]),
    ("whistles", &["kernel", "contracts", "storage", "web"]),
    (
        "commonweal",
        &[
            "kernel",
            "contracts",
            "storage",
            "auth",
            "web",
            "identity",
            "notices",
            "territory",
            "people",
            "calendar",
            "audit",
            "grid",
            "imports",
            "files",
            "open311",
            "figures",
            "visits",
            "duties",
            "whistles",
        ],
    ),
];
/// What only tests and measurements use; nothing that ships names them.
const TEST_CRATES: &[&str] = &["testkit", "commonweal-tests", "commonweal-bench"];

fn package(name: &str) -> Package {
    packages().into_iter().find(|p| p.name == name).unwrap_or_else(|| panic!("there is no package {name}"))
}

/// The files of the crates that ship, their own tests left out.
fn shipped() -> Vec<Source> {
    let mut all = rust_below("crates");
    all.extend(rust_below("api"));
    all.retain(|s| !s.is_test() && !s.path.starts_with("crates/testkit/"));
    assert!(all.len() > 60, "the sources were not found");
    all
}

fn offenders(files: &[Source], allowed: impl Fn(&Source) -> bool, words: &[&str]) -> Vec<String> {
    files
        .iter()
        .filter(|s| !allowed(s))
        .filter_map(|s| {
            let text = s.shipped();
            words.iter().find(|w| has_word(&text, w)).map(|w| format!("{} says {w}", s.path))
        })
        .collect()
}

/// Whether `word` stands in `text` and is not the tail of a longer name.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word)
        .any(|(at, _)| text[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric() && c != '_'))
}

#[test]
fn no_crate_names_one_that_the_arrows_do_not_lead_to() {
    for package in packages() {
        if TEST_CRATES.contains(&package.name.as_str()) {
            continue;
        }
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == package.name) else {
            panic!("{} has no place among the arrows of tests/architecture.rs", package.name);
        };
        let wrong: Vec<&String> = package.ours.iter().filter(|d| !allowed.contains(&d.as_str())).collect();
        assert!(wrong.is_empty(), "{} names {wrong:?}", package.name);
    }
}

#[test]
fn no_domain_names_another_domain() {
    for name in DOMAINS {
        let others: Vec<String> =
            needs(name, true).into_iter().filter(|n| n != name && DOMAINS.contains(&n.as_str())).collect();
        assert!(others.is_empty(), "{name} cannot be built without {others:?}");
    }
}

#[test]
fn kernel_and_contracts_are_pure() {
    for name in ["kernel", "contracts"] {
        let tree = needs(name, true);
        for stranger in HTTP.iter().chain(&[
            "tokio",
            "futures-util",
            "jsonwebtoken",
            "libsqlite3-sys",
            "pq-sys",
            "diesel",
        ]) {
            assert!(!tree.iter().any(|n| n == stranger), "{name} needs {stranger}");
        }
        let files = rust_below(&format!("crates/{name}/src"));
        let wrong = offenders(&files, |_| false, &["async fn", "async move", "async {", ".await"]);
        assert!(wrong.is_empty(), "{wrong:#?}");
        let wrong = offenders(&files, |s| s.path == "crates/kernel/src/sql.rs", &["diesel"]);
        assert!(wrong.is_empty(), "diesel belongs behind kernel's feature sql: {wrong:#?}");
    }
}

#[test]
fn auth_and_storage_know_no_http() {
    for name in ["auth", "storage"] {
        let tree = needs(name, true);
        let wrong: Vec<&&str> = HTTP.iter().filter(|h| tree.iter().any(|n| n == **h)).collect();
        assert!(wrong.is_empty(), "{name} needs {wrong:?}");
    }
}

#[test]
fn a_domain_without_its_default_features_has_no_http_in_its_tree() {
    for name in DOMAINS.iter().chain(FACES) {
        let tree = needs(name, false);
        let wrong: Vec<&&str> = HTTP.iter().filter(|h| tree.iter().any(|n| n == **h)).collect();
        assert!(wrong.is_empty(), "{name} without default features needs {wrong:?}");
        assert!(!tree.iter().any(|n| n == "web"), "{name} without default features needs web");
        // identity signs people in, notices seals what it sends: they need auth, and auth is where tokens are made.
        if !matches!(*name, "identity" | "notices") {
            assert!(
                !tree.iter().any(|n| n == "jsonwebtoken"),
                "{name} without default features needs jsonwebtoken"
            );
        }
    }
}

#[test]
fn web_knows_no_domain() {
    let tree = needs("web", true);
    let known: Vec<&&str> = DOMAINS.iter().chain(FACES).filter(|d| tree.iter().any(|n| n == **d)).collect();
    assert!(known.is_empty(), "web needs {known:?}");
}

#[test]
fn only_storage_names_a_connection_or_an_engine() {
    let wrong = offenders(
        &shipped(),
        // kernel::sql teaches the shared words to both engines.
        |s| s.path.starts_with("crates/storage/") || s.path == "crates/kernel/src/sql.rs",
        &[
            "SqliteConnection",
            "PgConnection",
            "diesel::pg",
            "diesel::sqlite",
            "ConnRef",
            "pq_sys",
            "libsqlite3_sys",
        ],
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn only_the_store_rooms_import_diesel() {
    let wrong = offenders(
        &shipped(),
        |s| s.is_in("store") || s.path.starts_with("crates/storage/") || s.path == "crates/kernel/src/sql.rs",
        &["diesel"],
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn only_the_http_rooms_import_actix() {
    let wrong = offenders(
        &shipped(),
        |s| s.is_in("http") || s.path.starts_with("crates/web/") || s.path.starts_with("api/"),
        &["actix_web", "actix_rt", "utoipa"],
    );
    // A plugin hands its routes in, and the type that takes them is utoipa's.
    let wrong: Vec<String> =
        wrong.into_iter().filter(|w| !w.contains("/src/plugin.rs says utoipa")).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_services_are_synchronous() {
    let files: Vec<Source> =
        shipped().into_iter().filter(|s| s.is_in("service") || s.is_in("store")).collect();
    let wrong = offenders(&files, |_| false, &["async fn", "async move", ".await", "tokio::"]);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_gateway_has_no_sql() {
    let direct = package("commonweal").direct;
    assert!(!direct.iter().any(|d| d == "diesel" || d == "diesel_migrations"), "{direct:?}");
    let wrong =
        offenders(&rust_below("api"), |s| s.is_test(), &["diesel", "with_conn!", "sql_query", "table!"]);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_table_is_touched_only_by_the_crate_whose_name_it_bears() {
    let mut wrong = Vec::new();
    for file in shipped() {
        let Some(owner) = file.path.strip_prefix("crates/").and_then(|p| p.split('/').next()) else {
            continue;
        };
        let text = file.shipped();
        for domain in DOMAINS.iter().chain(FACES).chain(&["storage"]).filter(|d| **d != owner) {
            for table in tables_of(domain) {
                if has_word(&text, &table) {
                    wrong.push(format!("{} touches {table}", file.path));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The tables that a crate's migrations make.
fn tables_of(owner: &str) -> Vec<String> {
    let folder = root().join("migrations/sqlite").join(owner);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let sql = std::fs::read_to_string(entry.path().join("up.sql")).unwrap_or_default();
        found.extend(
            sql.lines()
                .filter_map(|l| l.trim().strip_prefix("create table "))
                .filter_map(|l| l.split([' ', '(']).next())
                .map(ToOwned::to_owned),
        );
    }
    found
}

#[test]
fn every_table_bears_the_name_of_its_owner() {
    for owner in DOMAINS.iter().chain(FACES).chain(&["storage"]) {
        for table in tables_of(owner) {
            assert!(table.starts_with(&format!("{owner}_")), "{owner} makes {table}");
        }
    }
    assert!(!tables_of("storage").is_empty() && !tables_of("grid").is_empty());
}

#[test]
fn the_schema_keeps_to_what_a_spread_database_bears() {
    let mut wrong = Vec::new();
    let banned = [
        "now()",
        "current_timestamp",
        "trigger",
        "create sequence",
        "serial",
        "deferrable",
        "exclude using",
        "generated always",
        "temporary",
    ];
    for file in sql_below("migrations") {
        let text = std::fs::read_to_string(&file).expect("a migration").to_lowercase();
        let text: String =
            text.lines().map(|l| l.split("--").next().unwrap_or("")).collect::<Vec<_>>().join("\n");
        wrong.extend(
            banned.iter().filter(|b| has_word(&text, b)).map(|b| format!("{} says {b}", file.display())),
        );
    }
    for file in shipped() {
        let text = file.shipped();
        wrong.extend(
            ["now()", "CURRENT_TIMESTAMP", "pg_advisory", "LISTEN "]
                .iter()
                .filter(|b| {
                    text.contains(&format!("\"{b}"))
                        || (text.contains("sql_query") && text.contains(**b) && **b != "now()")
                })
                .map(|b| format!("{} says {b}", file.path)),
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn sql_below(folder: &str) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "sql") {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn the_clock_and_the_ids_are_handed_in() {
    let wrong = offenders(
        &shipped(),
        |s| s.path == "crates/kernel/src/clock.rs" || s.path.starts_with("api/"),
        &["Utc::now", "SystemTime::now", "Uuid::now_v7", "Uuid::new_v4"],
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_file_is_called_mod_rs_and_none_has_more_than_five_hundred_lines() {
    let mut all = rust_below("crates");
    all.extend(rust_below("api"));
    all.extend(rust_below("tests"));
    let wrong: Vec<String> = all
        .iter()
        .filter(|s| s.path.ends_with("/mod.rs") || s.text.lines().count() > 500)
        .map(|s| format!("{}: {} lines", s.path, s.text.lines().count()))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_map_names_only_crates_that_exist_and_all_of_them() {
    let text = std::fs::read_to_string(root().join("docs/ARCHITECTURE.md")).expect("docs/ARCHITECTURE.md");
    let there: BTreeSet<String> = packages().into_iter().map(|p| p.folder).collect();
    let mut named = BTreeSet::new();
    for (at, _) in text.match_indices("crates/") {
        let rest: String = text[at + 7..]
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == '_')
            .collect();
        if !rest.is_empty() {
            named.insert(format!("crates/{rest}"));
        }
    }
    let ghosts: Vec<&String> = named.difference(&there).collect();
    assert!(ghosts.is_empty(), "docs/ARCHITECTURE.md names {ghosts:?}");
    let missing: Vec<&String> = there
        .iter()
        .filter(|f| f.starts_with("crates/"))
        .filter(|f| !text.contains(f.trim_start_matches("crates/")))
        .collect();
    assert!(missing.is_empty(), "docs/ARCHITECTURE.md does not name {missing:?}");
}
