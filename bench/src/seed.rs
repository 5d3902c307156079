//! A million incidents straight into the SQLite file: rows as a report writes them, with their first step and a row for each
//! unit above, spread evenly over the villages. The audit trail and the outbox are left out: no list reads them.

use std::path::Path;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::sqlite::SqliteConnection;

use crate::Fallible;

/// How many incidents.
pub const INCIDENTS: i64 = 1_000_000;

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[derive(QueryableByName)]
struct Index {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    sql: String,
}

/// A unit of the tree.
#[derive(QueryableByName, Debug, Clone)]
pub struct Place {
    /// Its id, as the API writes it.
    #[diesel(sql_type = Text)]
    pub id: String,
    /// Its name.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// Incidents in its subtree.
    #[diesel(sql_type = BigInt)]
    pub incidents: i64,
}

/// Opens the file; the gateway must not be running on it.
pub fn open(file: &Path) -> Fallible<SqliteConnection> {
    let mut conn = SqliteConnection::establish(&file.display().to_string())?;
    conn.batch_execute(
        "PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000; PRAGMA temp_store = MEMORY;",
    )?;
    Ok(conn)
}

/// A count.
pub fn count(conn: &mut SqliteConnection, of: &str) -> Fallible<i64> {
    Ok(diesel::sql_query(format!("select count(*) as n from {of}")).get_result::<Number>(conn)?.n)
}

/// Writes the incidents.
pub fn incidents(conn: &mut SqliteConnection) -> Fallible<Duration> {
    let started = Instant::now();
    // Indexes are made again at the end, as any bulk load does; they come out the same.
    let indexes = diesel::sql_query(
        "select name, sql from sqlite_schema where type = 'index' and sql is not null and tbl_name in \
         ('grid_incidents', 'grid_incident_steps', 'grid_incident_scopes')",
    )
    .load::<Index>(conn)?;
    for index in &indexes {
        conn.batch_execute(&format!("drop index {}", index.name))?;
    }
    conn.batch_execute(&statements())?;
    for index in &indexes {
        conn.batch_execute(&index.sql)?;
    }
    // The whole log into the file, so that the gateway does not start with it.
    conn.batch_execute("pragma wal_checkpoint(truncate);")?;
    Ok(started.elapsed())
}

/// Ids of version 7 in the order of time, one every 30 seconds; the villages in an order that jumps about the country.
fn statements() -> String {
    format!(
        "begin immediate;
         create temp table leaf as
             select row_number() over (order by u.path) - 1 as n, u.id as unit_id, u.path as path from territory_units u
             where not exists (select 1 from territory_units c where c.parent_id = u.id);
         create unique index temp.leaf_n on leaf (n);
         create temp table made as
             with recursive counted(n) as (select 0 union all select n + 1 from counted where n + 1 < {INCIDENTS})
             select n, unhex(printf('%012x7%03x8%015x', 1700000000000 + n * 30000, n % 4096, n)) as id,
                 (1700000000000 + n * 30000) * 1000 as at,
                 (n * 250000007) % (select count(*) from leaf) as leaf
             from counted;
         insert or ignore into grid_units (unit_id)
             select distinct l.unit_id from made m join leaf l on l.n = m.leaf order by 1;
         insert into grid_incidents (id, unit_id, reporter_id, title, description, address, lat, lng, state, version,
                 reported_at, state_since)
             select m.id, l.unit_id, (select id from identity_users limit 1), 'Street lamp ' || m.n || ' is out',
                 'The lamp at the corner has been dark for three nights; the pavement below it is uneven and people stumble.',
                 'East gate, beside the bus stop', 30.0 + (m.n % 1000) / 1000.0, 110.0 + (m.n % 997) / 997.0, 'reported', 1,
                 m.at, m.at
             from made m join leaf l on l.n = m.leaf order by m.id;
         insert into grid_incident_steps (id, incident_id, seq, action, to_state, actor_id, at)
             select unhex(printf('%012x7%03x9%015x', 1700000000000 + n * 30000, n % 4096, n)), id, 1, 'report', 'reported',
                 (select id from identity_users limit 1), at
             from made order by n;
         create temp table above as
             with recursive up(leaf, unit_id) as (
                 select n, unit_id from leaf
                 union all
                 select up.leaf, u.parent_id from up join territory_units u on u.id = up.unit_id where u.parent_id is not null)
             select leaf, unit_id from up;
         create index temp.above_leaf on above (leaf);
         insert into grid_incident_scopes (ancestor_unit_id, incident_id, state)
             select a.unit_id, m.id, 'reported' from made m join above a on a.leaf = m.leaf order by 1, 2;
         drop table above; drop table made; drop table leaf;
         commit;"
    )
}

/// The unit that has all below it, and the town in the middle of those that have at least `least` incidents.
pub fn country_and_town(conn: &mut SqliteConnection, least: i64) -> Fallible<(Place, Place)> {
    let columns = "select lower(substr(hex(u.id), 1, 8) || '-' || substr(hex(u.id), 9, 4) || '-' || substr(hex(u.id), 13, 4) \
         || '-' || substr(hex(u.id), 17, 4) || '-' || substr(hex(u.id), 21, 12)) as id, u.name as name, \
         (select count(*) from grid_incident_scopes s where s.ancestor_unit_id = u.id) as incidents from territory_units u";
    let country =
        diesel::sql_query(format!("{columns} where u.parent_id is null order by incidents desc limit 1"))
            .get_result::<Place>(conn)?;
    // A town is what villages hang on.
    let towns = diesel::sql_query(format!(
        "{columns} where length(u.code) = 9 and (select count(*) from grid_incident_scopes s where s.ancestor_unit_id = u.id) \
         between {least} and {least} * 2 order by u.code"
    ))
    .load::<Place>(conn)?;
    let town = towns.get(towns.len() / 2).cloned().ok_or("no town has enough incidents")?;
    Ok((country, town))
}
