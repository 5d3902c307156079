//! Two migration folders, one set of tables: proved by asking both engines what they have.

use std::collections::BTreeMap;
use std::sync::Arc;

use commonweal_tests::schema::{Table, tables};
use commonweal_tests::{migrations, postgres_server};
use kernel::{Clock, SystemClock};
use testkit::TestDb;

/// How a type of PostgreSQL is written on SQLite.
const TYPES: &[(&str, &str)] = &[
    ("uuid", "blob"),
    ("bytea", "blob"),
    ("timestamp with time zone", "integer"),
    ("jsonb", "text"),
    ("text", "text"),
    ("boolean", "boolean"),
    ("integer", "integer"),
    ("bigint", "bigint"),
    ("double precision", "double"),
    ("date", "text"),
];

fn both() -> (BTreeMap<String, Table>, BTreeMap<String, Table>) {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let sqlite = TestDb::sqlite(&migrations(), &clock);
    let postgres = TestDb::postgres(&postgres_server(), &migrations(), &clock);
    (tables(&sqlite.config.engine), tables(&postgres.config.engine))
}

#[test]
fn both_engines_have_the_same_tables_and_columns() {
    let (sqlite, postgres) = both();
    let names: (Vec<_>, Vec<_>) = (sqlite.keys().collect(), postgres.keys().collect());
    assert_eq!(names.0, names.1);
    assert!(names.0.len() > 12, "{names:?}");
    for (name, here) in &sqlite {
        let there = &postgres[name];
        assert_eq!(
            here.types.keys().collect::<Vec<_>>(),
            there.types.keys().collect::<Vec<_>>(),
            "columns of {name}"
        );
        for (column, ours) in &here.types {
            let theirs = &there.types[column];
            assert!(
                TYPES.iter().any(|(p, s)| p == theirs && s == ours),
                "{name}.{column} is {ours} on SQLite and {theirs} on PostgreSQL"
            );
        }
        assert_eq!(here.nullable, there.nullable, "what may be null in {name}");
    }
}

#[test]
fn both_engines_have_the_same_keys_constraints_and_indexes() {
    let (sqlite, postgres) = both();
    for (name, here) in &sqlite {
        let there = &postgres[name];
        assert_eq!(here.key, there.key, "primary key of {name}");
        assert!(!here.key.is_empty(), "{name} has no primary key");
        assert_eq!(here.foreign, there.foreign, "foreign keys of {name}");
        assert_eq!(here.unique(), there.unique(), "what is unique in {name}");
        assert_eq!(here.indexes, there.indexes, "indexes of {name}");
        assert_eq!(here.constraints, there.constraints, "names of the constraints of {name}");
    }
}

#[test]
fn every_foreign_key_is_indexed_on_both_engines() {
    let (sqlite, postgres) = both();
    for (engine, all) in [("SQLite", sqlite), ("PostgreSQL", postgres)] {
        let bare: Vec<String> = all
            .iter()
            .flat_map(|(name, t)| t.foreign.iter().map(move |f| (name, t, &f.0)))
            .filter(|(_, t, columns)| !t.is_indexed(columns))
            .map(|(name, _, columns)| format!("{name} {columns:?}"))
            .collect();
        assert!(bare.is_empty(), "{engine}: {bare:#?}");
    }
}

#[test]
fn paths_are_ordered_by_their_bytes_on_postgresql() {
    let (_, postgres) = both();
    let wrong: Vec<String> = postgres
        .iter()
        .flat_map(|(name, t)| t.types.keys().map(move |c| (name, t, c)))
        .filter(|(_, t, c)| (*c == "path" || c.ends_with("_path")) && !t.bytewise.contains(*c))
        .map(|(name, _, c)| format!("{name}.{c}"))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn every_migration_goes_up_down_and_up_again() {
    let all = migrations();
    for test in TestDb::each(&all) {
        let engine = &test.config.engine;
        let first = tables(engine);
        test.db.close();
        storage::migrate::revert_all(engine, &all).expect("goes down");
        let left = tables(engine);
        assert!(left.is_empty(), "{}: left behind: {:?}", engine.name(), left.keys());
        let ran = storage::migrate::run(engine, &all).expect("goes up again");
        assert!(!ran.is_empty());
        assert_eq!(first, tables(engine), "{}", engine.name());
        assert!(
            storage::migrate::run(engine, &all).expect("nothing to do").is_empty(),
            "a second run finds nothing to do"
        );
    }
}
