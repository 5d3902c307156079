//! The audit trail and its hash chain.
//!
//! A writer adds its record without looking at any other, so writers never wait for each other. One sealer comes behind
//! (see [`seal`]): it gives each record its sequence number and the hash of
//! `"commonweal-audit" ␊ schema version ␊ seq ␊ predecessor's hash ␊ body`, where the body is the record's canonical JSON,
//! kept byte for byte. From version 2 on the unit's place at that time stands before the body, followed by `␊`, and the body says
//! for whom the actor acted; records of version 1 keep the hash they have. Whoever alters, removes or inserts a sealed record breaks the chain at that place; whoever cuts off
//! its end is found out by a head that was published before.

mod search;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use contracts::UnitTree;
use diesel::prelude::*;
use kernel::id::{AuditRecord, Unit, User};
use kernel::{Context, Fault, Id, Instant, Outcome, UnitPath};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::lease::{self, Lease};
use crate::schema::storage_audit_records as records;
use crate::{Tx, insert_all, with_conn};

pub use search::{Filter, find, list, sealed};

/// The version of the canonical body that is written; the version is part of every hash.
pub const SCHEMA: i32 = 2;
/// Where units stand, so that a record can be found by the subtree it belonged to when it was sealed.
pub type Places = Arc<dyn for<'c> UnitTree<Tx<'c>>>;
/// What the first record has for a predecessor.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What a write leaves on the trail. `before` and `after` hold what changed, never secrets and never personal data.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// `plugin.noun.verb`, past or imperative, stable.
    pub action: &'a str,
    /// What kind of thing: `incident`, `grant`.
    pub object_kind: &'a str,
    /// Which one.
    pub object: Option<uuid::Uuid>,
    /// The unit it belongs to.
    pub unit: Option<Id<Unit>>,
    /// What it was.
    pub before: Option<Value>,
    /// What it is now.
    pub after: Option<Value>,
}

/// A record on the trail.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = records, treat_none_as_default_value = false)]
pub struct Record {
    /// Its id.
    pub id: Id<AuditRecord>,
    /// When.
    pub at: Instant,
    /// Who; `None`: a stranger (a failed sign-in).
    pub actor_id: Option<Id<User>>,
    /// What.
    pub action: String,
    /// On what kind of thing.
    pub object_kind: String,
    /// On which.
    pub object_id: Option<Id<AuditRecord>>,
    /// Where.
    pub unit_id: Option<Id<Unit>>,
    /// Under which request.
    pub request_id: String,
    /// The canonical bytes.
    pub body: String,
    /// Its place in the chain, from 1; `None` until sealed.
    pub seq: Option<i64>,
    /// The hash of its predecessor.
    pub prev_hash: Option<String>,
    /// Its own.
    pub hash: Option<String>,
    /// For whom the actor acted, where it was not for themselves.
    pub on_behalf_of: Option<Id<User>>,
    /// The version of its body and hash.
    pub schema: i32,
    /// Where its unit stood when it was sealed.
    pub unit_path: Option<UnitPath>,
}

/// Adds a record to the trail, in the transaction of what it tells of.
pub fn record(tx: &mut Tx<'_>, ctx: &Context, entry: Entry<'_>) -> Outcome<()> {
    record_as(tx, Some(ctx.actor.user), ctx.now, &ctx.request_id, ctx.id(), entry)
}

/// [`record`] for what somebody does in another's name.
pub fn record_for(tx: &mut Tx<'_>, ctx: &Context, on_behalf_of: Id<User>, entry: Entry<'_>) -> Outcome<()> {
    let who = (Some(ctx.actor.user), Some(on_behalf_of));
    write(tx, who, ctx.now, &ctx.request_id, ctx.id(), entry)
}

/// [`record`] for what happens without anybody signed in.
pub fn record_as(
    tx: &mut Tx<'_>,
    actor: Option<Id<User>>,
    at: Instant,
    request_id: &str,
    id: Id<AuditRecord>,
    entry: Entry<'_>,
) -> Outcome<()> {
    write(tx, (actor, None), at, request_id, id, entry)
}

/// [`record`] for many deeds at once: one statement on PostgreSQL, where each is a round trip.
pub fn record_all(tx: &mut Tx<'_>, ctx: &Context, entries: Vec<Entry<'_>>) -> Outcome<()> {
    tx.marks.audit |= !entries.is_empty();
    if tx.is_null() {
        tx.journal.extend(entries.iter().map(|entry| entry.action.to_owned()));
        return Ok(());
    }
    let who = (Some(ctx.actor.user), None);
    let fresh = |entry| fresh(who, ctx.now, &ctx.request_id, ctx.id(), entry);
    let rows: Vec<Record> = entries.into_iter().map(fresh).collect();
    insert_all!(tx, records::table, rows)?;
    Ok(())
}

/// Who did it, and for whom.
type Who = (Option<Id<User>>, Option<Id<User>>);

fn write(
    tx: &mut Tx<'_>,
    who: Who,
    at: Instant,
    request_id: &str,
    id: Id<AuditRecord>,
    entry: Entry<'_>,
) -> Outcome<()> {
    tx.marks.audit = true;
    if tx.is_null() {
        tx.journal.push(entry.action.to_owned());
        return Ok(());
    }
    let row = fresh(who, at, request_id, id, entry);
    with_conn!(tx, |c| diesel::insert_into(records::table).values(&row).execute(c))?;
    Ok(())
}

/// A record that no one has sealed.
fn fresh(who: Who, at: Instant, request_id: &str, id: Id<AuditRecord>, entry: Entry<'_>) -> Record {
    Record {
        id,
        at,
        actor_id: who.0,
        action: entry.action.to_owned(),
        object_kind: entry.object_kind.to_owned(),
        object_id: entry.object.map(Id::from_uuid),
        unit_id: entry.unit,
        request_id: request_id.to_owned(),
        body: body(id, who, at, request_id, entry),
        seq: None,
        prev_hash: None,
        hash: None,
        on_behalf_of: who.1,
        schema: SCHEMA,
        unit_path: None,
    }
}

/// The canonical bytes: keys in the order of the alphabet, no white space, absent where there is nothing.
fn body(
    id: Id<AuditRecord>,
    (actor, on_behalf_of): Who,
    at: Instant,
    request_id: &str,
    entry: Entry<'_>,
) -> String {
    let mut fields: std::collections::BTreeMap<&str, Value> = std::collections::BTreeMap::new();
    fields.insert("action", json!(entry.action));
    fields.insert("at_micros", json!(at.micros()));
    fields.insert("id", json!(id));
    fields.insert("object_kind", json!(entry.object_kind));
    fields.insert("request_id", json!(request_id));
    fields.extend(actor.map(|a| ("actor_id", json!(a))));
    fields.extend(on_behalf_of.map(|o| ("on_behalf_of", json!(o))));
    fields.extend(entry.object.map(|o| ("object_id", json!(o))));
    fields.extend(entry.unit.map(|u| ("unit_id", json!(u))));
    fields.extend(entry.before.map(|b| ("before", sorted(b))));
    fields.extend(entry.after.map(|a| ("after", sorted(a))));
    serde_json::to_string(&fields).unwrap_or_default()
}

/// The same value with every object's keys in order, whatever map type serde_json was built with.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let ordered: std::collections::BTreeMap<String, Value> =
                map.into_iter().map(|(k, v)| (k, sorted(v))).collect();
            Value::Object(ordered.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

/// The hash of a record in its place, by the rule of its version.
pub fn chain_hash(schema: i32, seq: i64, prev: &str, unit_path: Option<&str>, body: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(format!("commonweal-audit\n{schema}\n{seq}\n{prev}\n"));
    if schema > 1 {
        hasher.update(format!("{}\n", unit_path.unwrap_or_default()));
    }
    hasher.update(body);
    hex(&hasher.finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, b| {
        use std::fmt::Write as _;
        // Writing to a String does not fail.
        let _ = write!(text, "{b:02x}");
        text
    })
}

/// The newest link of the chain: sequence and hash. Publish it, and whatever was sealed until then is fixed.
pub fn head(tx: &mut Tx<'_>) -> Outcome<(i64, String)> {
    let newest: Option<(Option<i64>, Option<String>)> = with_conn!(tx, |c| records::table
        .filter(records::seq.is_not_null())
        .order(records::seq.desc())
        .select((records::seq, records::hash))
        .first(c)
        .optional())?;
    match newest {
        None => Ok((0, GENESIS.to_owned())),
        Some((Some(seq), Some(hash))) => Ok((seq, hash)),
        Some(_) => Err(Fault::internal("a sealed audit record without a hash")),
    }
}

/// Seals up to `limit` records, in the order of their ids, if `lease` is still held. Answers how many.
pub fn seal(tx: &mut Tx<'_>, lease: &Lease, limit: i64) -> Outcome<usize> {
    seal_in_places(tx, lease, limit, None)
}

/// [`seal`], with the place of each record's unit.
pub fn seal_in_places(tx: &mut Tx<'_>, lease: &Lease, limit: i64, places: Option<&Places>) -> Outcome<usize> {
    if !lease::still_held(tx, lease)? {
        return Ok(0);
    }
    let (mut seq, mut prev) = head(tx)?;
    let open: Vec<Open> = with_conn!(tx, |c| records::table
        .filter(records::seq.is_null())
        .order(records::id.asc())
        .select((records::id, records::body, records::schema, records::unit_id))
        .limit(limit)
        .load(c))?;
    let stand = match places {
        None => HashMap::new(),
        Some(places) => {
            let units: BTreeSet<Id<Unit>> = open.iter().filter_map(|(.., unit)| *unit).collect();
            let units: Vec<Id<Unit>> = units.into_iter().collect();
            let found = if units.is_empty() { Vec::new() } else { places.units(tx, &units)? };
            found.into_iter().map(|unit| (unit.id, unit.path)).collect()
        }
    };
    let mut links = Vec::with_capacity(open.len());
    for (id, body, schema, unit) in open {
        seq += 1;
        let place = unit.and_then(|unit| stand.get(&unit)).filter(|_| schema > 1).cloned();
        let hash = chain_hash(schema, seq, &prev, place.as_ref().map(UnitPath::as_str), &body);
        links.push((id, seq, std::mem::replace(&mut prev, hash.clone()), hash, place));
    }
    let sealed = links.len();
    write_links(tx, links)?;
    Ok(sealed)
}

/// A record that waits: its id, its body, its version, its unit.
type Open = (Id<AuditRecord>, String, i32, Option<Id<Unit>>);
type Link = (Id<AuditRecord>, i64, String, String, Option<UnitPath>);

/// One prepared statement a record on SQLite; one statement for all on PostgreSQL, where each is a round trip.
fn write_links(tx: &mut Tx<'_>, links: Vec<Link>) -> Outcome<()> {
    use diesel::sql_types::{Array, BigInt, Nullable, Text};
    use kernel::sql::DbUuid;
    match &mut tx.conn {
        crate::ConnRef::Sqlite(c) => {
            for (id, seq, prev, hash, place) in links {
                diesel::update(records::table.find(id))
                    .set((
                        records::seq.eq(seq),
                        records::prev_hash.eq(prev),
                        records::hash.eq(hash),
                        records::unit_path.eq(place),
                    ))
                    .execute(*c)?;
            }
        }
        crate::ConnRef::Pg(c) => {
            let mut columns = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
            for (id, seq, prev, hash, place) in links {
                columns.0.push(id);
                columns.1.push(seq);
                columns.2.push(prev);
                columns.3.push(hash);
                columns.4.push(place.map(|place| place.to_string()));
            }
            diesel::sql_query(
                "update storage_audit_records as r \
                 set seq = v.seq, prev_hash = v.prev_hash, hash = v.hash, unit_path = v.unit_path \
                 from unnest($1, $2, $3, $4, $5) as v (id, seq, prev_hash, hash, unit_path) where r.id = v.id",
            )
            .bind::<Array<DbUuid>, _>(columns.0)
            .bind::<Array<BigInt>, _>(columns.1)
            .bind::<Array<Text>, _>(columns.2)
            .bind::<Array<Text>, _>(columns.3)
            .bind::<Array<Nullable<Text>>, _>(columns.4)
            .execute(*c)?;
        }
        crate::ConnRef::Null => {}
    }
    Ok(())
}

/// What is wrong with a record, if anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The place in the chain.
    pub seq: i64,
    /// The record there, if one is there.
    pub record: Option<Id<AuditRecord>>,
    /// What does not fit, in words.
    pub why: String,
}

/// One page of a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Records checked on this page.
    pub checked: i64,
    /// The last sound link: where the next page goes on, and what it starts from.
    pub upto: (i64, String),
    /// Whether the head was reached.
    pub complete: bool,
    /// The first broken record; nothing behind it was looked at.
    pub broken: Option<Broken>,
}

/// Checks up to `limit` links after `(seq, hash)`: numbers without a gap, each hash over its body and its predecessor, and
/// the columns the same as the body.
pub fn verify(tx: &mut Tx<'_>, after: (i64, String), limit: i64) -> Outcome<Verified> {
    let rows: Vec<Record> = with_conn!(tx, |c| records::table
        .filter(records::seq.gt(after.0))
        .order(records::seq.asc())
        .limit(limit)
        .select(Record::as_select())
        .load(c))?;
    let (mut seq, mut prev) = after;
    if rows.is_empty() && seq != 0 {
        // Nothing follows that would vouch for this place: it must be there itself.
        let there: Option<Option<String>> = with_conn!(tx, |c| records::table
            .filter(records::seq.eq(seq))
            .select(records::hash)
            .first(c)
            .optional())?;
        if there.flatten().as_deref() != Some(prev.as_str()) {
            let why = "no record has this hash there: it was altered, or the chain was cut off".to_owned();
            let broken = Some(Broken { seq, record: None, why });
            return Ok(Verified { checked: 0, upto: (seq, prev), complete: false, broken });
        }
    }
    let mut checked = 0;
    for row in &rows {
        if let Some(why) = flaw(row, seq + 1, &prev) {
            let broken = Broken { seq: seq + 1, record: Some(row.id), why };
            return Ok(Verified { checked, upto: (seq, prev), complete: false, broken: Some(broken) });
        }
        seq += 1;
        checked += 1;
        prev = row.hash.clone().unwrap_or_default();
    }
    let complete = i64::try_from(rows.len()).unwrap_or(i64::MAX) < limit;
    Ok(Verified { checked, upto: (seq, prev), complete, broken: None })
}

fn flaw(row: &Record, seq: i64, prev: &str) -> Option<String> {
    if row.seq != Some(seq) {
        return Some(format!("record {seq} is missing: {} follows", row.seq.unwrap_or(0)));
    }
    if row.prev_hash.as_deref() != Some(prev) {
        return Some("its predecessor's hash is not the one it was sealed with".to_owned());
    }
    let place = row.unit_path.as_ref().map(UnitPath::as_str);
    if row.hash.as_deref() != Some(chain_hash(row.schema, seq, prev, place, &row.body).as_str()) {
        return Some("its content is not what was sealed".to_owned());
    }
    let Ok(body) = serde_json::from_str::<Value>(&row.body) else {
        return Some("its body is not JSON".to_owned());
    };
    let same = body.get("id") == Some(&json!(row.id))
        && body.get("at_micros") == Some(&json!(row.at.micros()))
        && body.get("action") == Some(&json!(row.action))
        && body.get("object_kind") == Some(&json!(row.object_kind))
        && body.get("request_id") == Some(&json!(row.request_id))
        && body.get("actor_id").cloned() == row.actor_id.map(|a| json!(a))
        && body.get("on_behalf_of").cloned() == row.on_behalf_of.map(|o| json!(o))
        && body.get("object_id").cloned() == row.object_id.map(|o| json!(o))
        && body.get("unit_id").cloned() == row.unit_id.map(|u| json!(u));
    (!same).then(|| "its columns differ from what was sealed".to_owned())
}

/// Whether there is anything to seal.
pub fn has_unsealed(tx: &mut Tx<'_>) -> Outcome<bool> {
    let open = records::table.filter(records::seq.is_null());
    Ok(with_conn!(tx, |c| diesel::select(diesel::dsl::exists(open)).get_result(c))?)
}

/// The link at `seq`: its number and hash; `None` where there is none.
pub fn link(tx: &mut Tx<'_>, seq: i64) -> Outcome<Option<(i64, String)>> {
    let hash: Option<Option<String>> = with_conn!(tx, |c| records::table
        .filter(records::seq.eq(seq))
        .select(records::hash)
        .first(c)
        .optional())?;
    Ok(hash.flatten().map(|hash| (seq, hash)))
}

/// How many records wait for the sealer.
pub fn unsealed(tx: &mut Tx<'_>) -> Outcome<i64> {
    Ok(with_conn!(tx, |c| records::table.filter(records::seq.is_null()).count().get_result(c))?)
}
