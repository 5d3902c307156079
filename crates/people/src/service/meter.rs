//! How much one reader may read: counted under a lock of their own, so that many at once are counted one after the other.

use contracts::events::{UNMASKING_ALARM, UnmaskingAlarm};
use kernel::{Context, Fault, Outcome};
use serde_json::json;
use storage::audit::Entry;
use storage::outbox::{self, Event};
use storage::{Tx, audit};

use crate::error::TOO_MANY_READINGS;
use crate::ports::PeopleServices;
use crate::store::readings;

const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

struct Window {
    word: &'static str,
    seconds: i64,
    alarm: i64,
    bound: i64,
}

fn windows(s: &PeopleServices) -> [Window; 2] {
    let limits = s.limits;
    [
        Window { word: "hour", seconds: HOUR, alarm: limits.alarm_per_hour, bound: limits.bound_per_hour },
        Window { word: "day", seconds: DAY, alarm: limits.alarm_per_day, bound: limits.bound_per_day },
    ]
}

/// Lets the actor do `wanted` more readings, or refuses. Whoever passes an alarm's mark, or does the last reading allowed, is told
/// of to whoever listens.
pub(super) fn admit(tx: &mut Tx<'_>, ctx: &Context, s: &PeopleServices, wanted: i64) -> Outcome<()> {
    readings::lock_reader(tx, ctx.actor.user)?;
    refuse_full(tx, ctx, s, wanted)?;
    alarm(tx, ctx, s, wanted)
}

/// Counts `done` more readings that were let happen already.
pub(super) fn note(tx: &mut Tx<'_>, ctx: &Context, s: &PeopleServices, done: i64) -> Outcome<()> {
    readings::lock_reader(tx, ctx.actor.user)?;
    alarm(tx, ctx, s, done)
}

/// How many more the actor may do now.
pub(super) fn room(tx: &mut Tx<'_>, ctx: &Context, s: &PeopleServices) -> Outcome<i64> {
    let mut room = i64::MAX;
    for window in windows(s) {
        let done = readings::count(tx, ctx.actor.user, ctx.now.plus_seconds(-window.seconds))?;
        room = room.min((window.bound - done).max(0));
    }
    Ok(room)
}

/// Refuses where `wanted` more would be too many.
pub(super) fn refuse_full(tx: &mut Tx<'_>, ctx: &Context, s: &PeopleServices, wanted: i64) -> Outcome<()> {
    for Window { word, seconds, bound, .. } in windows(s) {
        let since = ctx.now.plus_seconds(-seconds);
        if readings::count(tx, ctx.actor.user, since)? + wanted > bound {
            let free = readings::oldest(tx, ctx.actor.user, since)?
                .map_or(seconds, |at| (at.micros() - since.micros()) / 1_000_000 + 1);
            let refusal = TOO_MANY_READINGS
                .refusal()
                .because(format!("at most {bound} within a {word}"))
                .with("retry_after", json!(free.clamp(1, seconds)));
            return Err(refusal.into());
        }
    }
    Ok(())
}

fn alarm(tx: &mut Tx<'_>, ctx: &Context, s: &PeopleServices, wanted: i64) -> Outcome<()> {
    for Window { word, seconds, alarm, bound } in windows(s) {
        let done = readings::count(tx, ctx.actor.user, ctx.now.plus_seconds(-seconds))?;
        let count = done + wanted;
        let at_bound = done < bound && count >= bound;
        if (done <= alarm && count > alarm) || at_bound {
            raise(tx, ctx, word, count, at_bound)?;
        }
    }
    Ok(())
}

fn raise(tx: &mut Tx<'_>, ctx: &Context, window: &str, count: i64, at_bound: bool) -> Outcome<()> {
    let reader = ctx.actor.user;
    tracing::warn!(%reader, window, count, at_bound, "many whole readings of persons' data");
    let alarm = UnmaskingAlarm { reader, window: window.to_owned(), count, at_bound };
    let payload = serde_json::to_value(&alarm).map_err(Fault::internal)?;
    audit::record(
        tx,
        ctx,
        Entry {
            action: "people.unmasking.alarm",
            object_kind: "user",
            object: Some(reader.uuid()),
            unit: None,
            before: None,
            after: Some(payload.clone()),
        },
    )?;
    outbox::emit(
        tx,
        ctx,
        &Event { topic: UNMASKING_ALARM, object: reader.uuid(), object_seq: ctx.now.micros(), payload },
    )
}
