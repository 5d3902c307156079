//! The outbox: facts for others, committed with what they tell of, delivered after it; at least once, in order per object.

use std::collections::HashMap;

use diesel::prelude::*;
use kernel::id::EventRecord;
use kernel::sql::Json;
use kernel::{Context, Id, Instant, Outcome};
use serde_json::Value;

use crate::plugin::{Errand, Reaction};
use crate::schema::{storage_deliveries as deliveries, storage_events as events};
use crate::{Tx, insert_all, with_conn};

/// Attempts before a delivery is set aside as dead, for a person to look at (`commonweal doctor` counts them).
pub const MAX_ATTEMPTS: i32 = 20;

// A word in the statement and no parameter: only so can a statement that is planned once use the indexes of what is pending.
diesel::postfix_operator!(IsPending, " = 'pending'");

/// Who wants which topics.
#[derive(Default)]
pub struct Consumers {
    by_topic: HashMap<&'static str, Vec<&'static str>>,
    reactions: HashMap<&'static str, Reaction>,
    errands: HashMap<&'static str, Errand>,
}

impl Consumers {
    /// From the plugins' reactions.
    pub fn new(reactions: impl IntoIterator<Item = Reaction>) -> Self {
        let mut all = Self::default();
        for reaction in reactions {
            for topic in reaction.topics {
                all.by_topic.entry(topic).or_default().push(reaction.consumer);
            }
            all.reactions.insert(reaction.consumer, reaction);
        }
        all
    }

    /// With the plugins' errands besides.
    #[must_use]
    pub fn and_errands(mut self, errands: impl IntoIterator<Item = Errand>) -> Self {
        for errand in errands {
            for topic in errand.topics {
                self.by_topic.entry(topic).or_default().push(errand.consumer);
            }
            self.errands.insert(errand.consumer, errand);
        }
        self
    }

    /// The names of all errands.
    pub fn errand_names(&self) -> Vec<&'static str> {
        self.errands.keys().copied().collect()
    }

    /// The errand of this name.
    pub fn errand(&self, consumer: &str) -> Option<&Errand> {
        self.errands.get(consumer)
    }

    /// The names of all reactions.
    pub fn names(&self) -> Vec<&'static str> {
        self.reactions.keys().copied().collect()
    }

    /// The reaction of this name.
    pub fn reaction(&self, consumer: &str) -> Option<&Reaction> {
        self.reactions.get(consumer)
    }
}

/// A fact to be told.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    /// `plugin.noun.what_happened`.
    pub topic: &'a str,
    /// What it is about; events of one object arrive in order.
    pub object: uuid::Uuid,
    /// The object's version after it: the order.
    pub object_seq: i64,
    /// The payload, as `contracts` describes it.
    pub payload: Value,
}

/// A fact as a consumer gets it.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = events)]
pub struct Delivered {
    /// The same at every attempt: a consumer that acts outside the database tells doubles by it.
    pub id: Id<EventRecord>,
    /// What happened.
    pub topic: String,
    /// To what.
    pub object_id: Id<EventRecord>,
    /// The object's version after it.
    pub object_seq: i64,
    /// When.
    pub at: Instant,
    /// The payload.
    pub payload: Json,
}

/// Writes a fact and a delivery for everybody who wants it.
pub fn emit(tx: &mut Tx<'_>, ctx: &Context, event: &Event<'_>) -> Outcome<()> {
    emit_at(tx, ctx.now, ctx.id(), event)
}

/// [`emit`] for many facts at once.
pub fn emit_all(tx: &mut Tx<'_>, ctx: &Context, all: &[Event<'_>]) -> Outcome<()> {
    write(tx, ctx.now, all.iter().map(|event| (ctx.id(), event)).collect())
}

/// [`emit`] for what happens without anybody signed in.
pub fn emit_at(tx: &mut Tx<'_>, now: Instant, id: Id<EventRecord>, event: &Event<'_>) -> Outcome<()> {
    write(tx, now, vec![(id, event)])
}

fn write(tx: &mut Tx<'_>, now: Instant, all: Vec<(Id<EventRecord>, &Event<'_>)>) -> Outcome<()> {
    if tx.is_null() {
        tx.journal.extend(all.iter().map(|(_, event)| event.topic.to_owned()));
        return Ok(());
    }
    let consumers = std::sync::Arc::clone(&tx.consumers);
    let (mut told, mut wanted) = (Vec::with_capacity(all.len()), Vec::new());
    for (id, event) in all {
        let object: Id<EventRecord> = Id::from_uuid(event.object);
        told.push((
            events::id.eq(id),
            events::topic.eq(event.topic),
            events::object_id.eq(object),
            events::object_seq.eq(event.object_seq),
            events::at.eq(now),
            events::payload.eq(Json(event.payload.clone())),
        ));
        for consumer in consumers.by_topic.get(event.topic).into_iter().flatten() {
            wanted.push((
                deliveries::event_id.eq(id),
                deliveries::consumer.eq(*consumer),
                deliveries::object_id.eq(object),
                deliveries::object_seq.eq(event.object_seq),
                deliveries::state.eq("pending"),
                deliveries::attempts.eq(0),
                deliveries::due_at.eq(now),
            ));
        }
    }
    tx.marks.outbox |= !wanted.is_empty();
    insert_all!(tx, events::table, told)?;
    insert_all!(tx, deliveries::table, wanted)?;
    Ok(())
}

/// A delivery taken on by a worker until its lease ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// The fact.
    pub event: Delivered,
    /// For whom.
    pub consumer: String,
    /// Which attempt this is, from 1.
    pub attempt: i32,
    owner: String,
    until: Instant,
}

/// Takes on up to `limit` deliveries that are due and have no older one of the same object before them; only those for
/// `consumers`, since another gateway on the database may have plugins that this one has not.
pub fn claim(
    tx: &mut Tx<'_>,
    consumers: &[&str],
    owner: &str,
    now: Instant,
    until: Instant,
    limit: i64,
) -> Outcome<Vec<Claim>> {
    let older = diesel::alias!(crate::schema::storage_deliveries as older);
    let due: Vec<(Id<EventRecord>, String, i32)> = with_conn!(tx, |c| {
        let before = older
            .filter(older.field(deliveries::consumer).eq(deliveries::consumer))
            .filter(older.field(deliveries::object_id).eq(deliveries::object_id))
            .filter(older.field(deliveries::object_seq).lt(deliveries::object_seq))
            .filter(IsPending::new(older.field(deliveries::state)));
        lock_skip!(
            deliveries::table
                .filter(IsPending::new(deliveries::state))
                .filter(deliveries::due_at.le(now))
                .filter(deliveries::consumer.eq_any(consumers))
                .filter(deliveries::lease_until.is_null().or(deliveries::lease_until.lt(now)))
                .filter(diesel::dsl::not(diesel::dsl::exists(before)))
                .order((deliveries::due_at.asc(), deliveries::event_id.asc()))
                .select((deliveries::event_id, deliveries::consumer, deliveries::attempts))
                .limit(limit)
        )
        .load(c)
    })?;
    let mut claims = Vec::with_capacity(due.len());
    for (id, consumer, attempts) in due {
        with_conn!(tx, |c| diesel::update(deliveries::table.find((id, &consumer)))
            .set((
                deliveries::lease_owner.eq(owner),
                deliveries::lease_until.eq(until),
                deliveries::attempts.eq(attempts + 1)
            ))
            .execute(c))?;
        let event = with_conn!(tx, |c| events::table.find(id).select(Delivered::as_select()).first(c))?;
        claims.push(Claim { event, consumer, attempt: attempts + 1, owner: owner.to_owned(), until });
    }
    Ok(claims)
}

/// Marks a claim as delivered, if it is still the claimer's; a claim that another took over answers `false`, and the caller
/// undoes its work.
pub fn complete(tx: &mut Tx<'_>, claim: &Claim) -> Outcome<bool> {
    let rows = with_conn!(tx, |c| diesel::update(
        deliveries::table
            .find((claim.event.id, &claim.consumer))
            .filter(deliveries::lease_owner.eq(&claim.owner))
            .filter(deliveries::lease_until.eq(claim.until))
            .filter(IsPending::new(deliveries::state))
    )
    .set((deliveries::state.eq("delivered"), deliveries::lease_until.eq(None::<Instant>)))
    .execute(c))?;
    Ok(rows == 1)
}

/// Puts a failed claim off, twice as long each time up to an hour, or sets it aside as dead.
pub fn postpone(tx: &mut Tx<'_>, claim: &Claim, now: Instant, why: &str) -> Outcome<()> {
    let wait = 2_i64.saturating_pow(u32::try_from(claim.attempt).unwrap_or(0).min(12)).min(3_600);
    let state = if claim.attempt >= MAX_ATTEMPTS { "dead" } else { "pending" };
    let short: String = why.chars().take(500).collect();
    with_conn!(tx, |c| diesel::update(
        deliveries::table
            .find((claim.event.id, &claim.consumer))
            .filter(deliveries::lease_owner.eq(&claim.owner))
    )
    .set((
        deliveries::state.eq(state),
        deliveries::due_at.eq(now.plus_seconds(wait)),
        deliveries::lease_until.eq(None::<Instant>),
        deliveries::last_error.eq(short)
    ))
    .execute(c))?;
    Ok(())
}

/// How many deliveries are in a state; for metrics and the doctor.
pub fn count(tx: &mut Tx<'_>, state: &str) -> Outcome<i64> {
    Ok(with_conn!(tx, |c| deliveries::table.filter(deliveries::state.eq(state)).count().get_result(c))?)
}

/// Whether anything is due for one of these.
pub fn has_due(tx: &mut Tx<'_>, consumers: &[&str], now: Instant) -> Outcome<bool> {
    let due = deliveries::table
        .filter(IsPending::new(deliveries::state))
        .filter(deliveries::due_at.le(now))
        .filter(deliveries::consumer.eq_any(consumers));
    Ok(with_conn!(tx, |c| diesel::select(diesel::dsl::exists(due)).get_result(c))?)
}
