//! What the tables look like, by asking each engine.

use std::collections::{BTreeMap, BTreeSet};

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};
use storage::Engine;

/// A table, in words both engines share.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Column → its type as the engine calls it.
    pub types: BTreeMap<String, String>,
    /// Columns that may be null.
    pub nullable: BTreeSet<String>,
    /// The primary key, in order.
    pub key: Vec<String>,
    /// Columns → the table and columns they refer to, and what a deletion does.
    pub foreign: BTreeSet<(Vec<String>, String, Vec<String>, String)>,
    /// Indexes other than the primary key's, by name.
    pub indexes: BTreeMap<String, Index>,
    /// The names of its constraints.
    pub constraints: BTreeSet<String>,
    /// Columns whose order is that of the bytes (PostgreSQL; on SQLite all are).
    pub bytewise: BTreeSet<String>,
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Its columns, in order.
    pub columns: Vec<String>,
    /// Whether it is unique.
    pub unique: bool,
    /// Which rows it holds, lower case, without brackets; empty: all.
    pub rows: String,
}

impl Table {
    /// What is unique besides the primary key.
    pub fn unique(&self) -> BTreeSet<(&[String], &str)> {
        self.indexes.values().filter(|i| i.unique).map(|i| (i.columns.as_slice(), i.rows.as_str())).collect()
    }

    /// Whether some index finds every row by these columns: it begins with them, and leaves out at most those without them.
    pub fn is_indexed(&self, columns: &[String]) -> bool {
        let whole =
            |i: &Index| i.rows.is_empty() || columns.iter().any(|c| i.rows == format!("{c} is not null"));
        self.key.starts_with(columns)
            || self.indexes.values().any(|i| i.columns.starts_with(columns) && whole(i))
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    a: String,
    #[diesel(sql_type = Nullable<Text>)]
    b: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    c: Option<String>,
    #[diesel(sql_type = BigInt)]
    n: i64,
    #[diesel(sql_type = Bool)]
    yes: bool,
}

/// All tables of a migrated database, by name; diesel's own left out.
pub fn tables(engine: &Engine) -> BTreeMap<String, Table> {
    match engine {
        Engine::Sqlite(path) => of_sqlite(path.to_str().expect("UTF-8")),
        Engine::Postgres(url) => of_postgres(url),
    }
}

fn of_sqlite(path: &str) -> BTreeMap<String, Table> {
    let mut conn = SqliteConnection::establish(path).expect("opens");
    let mut ask = |sql: String| -> Vec<Row> {
        diesel::sql_query(&sql).load(&mut conn).unwrap_or_else(|e| panic!("{sql}: {e}"))
    };
    let mut all = BTreeMap::new();
    let made = ask(
        "select name, sql as a, null as b, null as c, 0 as n, false as yes from sqlite_master where type = 'table' \
         and name not like 'sqlite_%' and name not like '\\_\\_%' escape '\\'"
            .to_owned(),
    );
    for Row { name: table, a: sql, .. } in made {
        let mut t = Table { constraints: names_after(&sql, "constraint "), ..Table::default() };
        let mut key = BTreeMap::new();
        for column in ask(format!(
            "select name, lower(type) as a, null as b, null as c, pk as n, \"notnull\" = 0 as yes from pragma_table_info('{table}')"
        )) {
            if column.n > 0 {
                key.insert(column.n, column.name.clone());
            }
            if column.yes {
                t.nullable.insert(column.name.clone());
            }
            t.types.insert(column.name, column.a);
        }
        t.key = key.into_values().collect();
        let mut foreign: BTreeMap<i64, (Vec<String>, String, Vec<String>, String)> = BTreeMap::new();
        for row in ask(format!(
            "select \"from\" as name, \"table\" as a, \"to\" as b, lower(on_delete) as c, id as n, false as yes \
             from pragma_foreign_key_list('{table}') order by id, seq"
        )) {
            let one = foreign.entry(row.n).or_default();
            one.0.push(row.name);
            one.1 = row.a;
            one.2.extend(row.b);
            one.3 = row.c.unwrap_or_default();
        }
        t.foreign = foreign.into_values().collect();
        for index in ask(format!(
            "select l.name, l.origin as a, m.sql as b, null as c, 0 as n, l.\"unique\" as yes \
             from pragma_index_list('{table}') l left join sqlite_master m on m.name = l.name where l.origin <> 'pk'"
        )) {
            let columns = ask(format!(
                "select coalesce(name, '(expression)') as name, '' as a, null as b, null as c, seqno as n, false as yes from pragma_index_info('{}') order by seqno",
                index.name
            ));
            let columns: Vec<String> = columns.into_iter().map(|r| r.name).collect();
            // A unique constraint's index has no name of its own here: it bears the constraint's on PostgreSQL.
            let name = if index.a == "u" { format!("{table}_{}_key", columns.join("_")) } else { index.name };
            let rows =
                index.b.as_deref().and_then(|sql| sql.split_once(" where ")).map_or("", |(_, rows)| rows);
            t.indexes.insert(name, Index { columns, unique: index.yes, rows: rows.trim().to_lowercase() });
        }
        all.insert(table, t);
    }
    all
}

/// The words that follow `after` in a text.
fn names_after(text: &str, after: &str) -> BTreeSet<String> {
    text.match_indices(after)
        .map(|(at, _)| {
            text[at + after.len()..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
        })
        .collect()
}

fn of_postgres(url: &str) -> BTreeMap<String, Table> {
    let mut conn = PgConnection::establish(url).expect("connects");
    let mut ask = |sql: &str| -> Vec<Row> {
        diesel::sql_query(sql).load(&mut conn).unwrap_or_else(|e| panic!("{sql}: {e}"))
    };
    let mut all: BTreeMap<String, Table> = BTreeMap::new();
    for row in ask(
        "select c.relname::text as name, a.attname::text as a, format_type(a.atttypid, a.atttypmod)::text as b, \
         l.collname::text as c, a.attnum::bigint as n, not a.attnotnull as yes \
         from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace s on s.oid = c.relnamespace \
         left join pg_collation l on l.oid = a.attcollation \
         where s.nspname = 'public' and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped \
         and c.relname not like '\\_\\_%'",
    ) {
        let t = all.entry(row.name).or_default();
        if row.yes {
            t.nullable.insert(row.a.clone());
        }
        if row.c.as_deref() == Some("C") {
            t.bytewise.insert(row.a.clone());
        }
        t.types.insert(row.a, row.b.unwrap_or_default());
    }
    for row in ask("select t.relname::text as name, i.relname::text as a, \
         (select string_agg(pg_get_indexdef(x.indexrelid, k::int, true), ',' order by k) \
          from generate_series(1, x.indnkeyatts) as k) as b, \
         pg_get_expr(x.indpred, x.indrelid)::text as c, x.indisprimary::int::bigint as n, x.indisunique as yes \
         from pg_index x join pg_class t on t.oid = x.indrelid join pg_class i on i.oid = x.indexrelid \
         join pg_namespace s on s.oid = t.relnamespace where s.nspname = 'public' and t.relname not like '\\_\\_%'")
    {
        let t = all.entry(row.name).or_default();
        let columns: Vec<String> = row.b.unwrap_or_default().split(',').map(ToOwned::to_owned).collect();
        if row.n == 1 {
            t.key = columns;
        } else {
            let rows = row.c.unwrap_or_default().replace("::text", "").replace(['(', ')'], "").to_lowercase();
            t.indexes.insert(row.a, Index { columns, unique: row.yes, rows });
        }
    }
    let columns = |of: &str, keys: &str| {
        format!(
            "(select string_agg(a.attname::text, ',' order by k.at) from unnest({keys}) with ordinality as k (num, at) \
             join pg_attribute a on a.attrelid = {of} and a.attnum = k.num)"
        )
    };
    for row in ask(&format!(
        "select t.relname::text as name, c.conname::text as a, {} || '>' || coalesce(f.relname::text, '') as b, \
         coalesce({}, '') || '>' || c.confdeltype::text as c, 0::bigint as n, c.contype = 'f' as yes \
         from pg_constraint c join pg_class t on t.oid = c.conrelid join pg_namespace s on s.oid = t.relnamespace \
         left join pg_class f on f.oid = c.confrelid \
         where s.nspname = 'public' and c.contype in ('c', 'f', 'u') and t.relname not like '\\_\\_%'",
        columns("c.conrelid", "c.conkey"),
        columns("c.confrelid", "c.confkey"),
    )) {
        let t = all.entry(row.name).or_default();
        t.constraints.insert(row.a);
        if row.yes {
            let (b, c) = (row.b.unwrap_or_default(), row.c.unwrap_or_default());
            let list = |text: &str| text.split(',').map(ToOwned::to_owned).collect::<Vec<_>>();
            let (own, other) = b.split_once('>').expect("two parts");
            let (theirs, rule) = c.split_once('>').expect("two parts");
            let rule = match rule {
                "a" => "no action",
                "r" => "restrict",
                "c" => "cascade",
                "n" => "set null",
                _ => "set default",
            };
            t.foreign.insert((list(own), other.to_owned(), list(theirs), rule.to_owned()));
        }
    }
    all
}

/// The number that a `select count(*)` over the tables answers.
pub fn count(engine: &Engine, condition: &str) -> i64 {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    let sql = format!("select count(*) as n from {condition}");
    let found: Count = match engine {
        Engine::Sqlite(path) => {
            let mut conn = SqliteConnection::establish(path.to_str().expect("UTF-8")).expect("opens");
            diesel::sql_query(&sql).get_result(&mut conn)
        }
        Engine::Postgres(url) => {
            let mut conn = PgConnection::establish(url).expect("connects");
            diesel::sql_query(&sql).get_result(&mut conn)
        }
    }
    .unwrap_or_else(|e| panic!("{sql}: {e}"));
    found.n
}
