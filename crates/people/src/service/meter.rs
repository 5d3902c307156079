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

/// A time in which readings are counted, and how many there were.
struct Window {
    word: &'static str,
    seconds: i64,
    alarm: i64,
    bound: i64,
    done: i64,
}

/// Both windows: one question for what was done in them.
fn windows(tx: &mut Tx<'_>, ctx: &Context, s: &PeopleServices) -> Outcome<[Window; 2]> {
    let ago = |seconds: i64| ctx.now.plus_seconds(-seconds);
    let (in_hour, in_day) = readings::count(tx, ctx.actor.user, ago(HOUR), ago(DAY))?;
    let window = |word, seconds, alarm, bound, done| Window { word, seconds, alarm, bound, done };
    let limits = s.limits;
    Ok([
        window("hour", HOUR, limits.alarm_per_hour, limits.bound_per_hour, in_hour),
        window("day", DAY, limits.alarm_per_day, limits.bound_per_day, in_day),
    ])
}

/// Lets the actor do `wanted` more readings, or refuses. Whoever passes an alarm's mark, or does the last reading allowed, is told
/// of to whoever listens.
pub(super) fn admit(tx: &mut Tx<'_>, ctx: &Context, s: &PeopleServices, wanted: i64) -> Outcome<()> {
    readings::lock_reader(tx, ctx.actor.user)?;
    let windows = windows(tx, ctx, s)?;
    refuse(tx, ctx, &windows, wanted)?;
    alarm(tx, ctx, &windows, wanted)
}

/// Counts `done` more readings that were let happen already.
pub(super) fn note(tx: &mut Tx<'_>, ctx: &Context, s: &PeopleServices, done: i64) -> Outcome<()> {
    readings::lock_reader(tx, ctx.actor.user)?;
    let windows = windows(tx, ctx, s)?;
    alarm(tx, ctx, &windows, done)
}

/// How many more the actor may do now.
pub(super) fn room(tx: &mut Tx<'_>, ctx: &Context, s: &PeopleServices) -> Outcome<i64> {
    let left = windows(tx, ctx, s)?.map(|window| (window.bound - window.done).max(0));
    Ok(left.into_iter().min().unwrap_or(0))
}

/// Refuses where `wanted` more would be too many.
pub(super) fn refuse_full(tx: &mut Tx<'_>, ctx: &Context, s: &PeopleServices, wanted: i64) -> Outcome<()> {
    let windows = windows(tx, ctx, s)?;
    refuse(tx, ctx, &windows, wanted)
}

fn refuse(tx: &mut Tx<'_>, ctx: &Context, windows: &[Window], wanted: i64) -> Outcome<()> {
    let Some(full) = windows.iter().find(|window| window.done + wanted > window.bound) else { return Ok(()) };
    let since = ctx.now.plus_seconds(-full.seconds);
    let free = readings::oldest(tx, ctx.actor.user, since)?
        .map_or(full.seconds, |at| (at.micros() - since.micros()) / 1_000_000 + 1);
    let refusal = TOO_MANY_READINGS
        .refusal()
        .because(format!("at most {} within a {}", full.bound, full.word))
        .with("retry_after", json!(free.clamp(1, full.seconds)));
    Err(refusal.into())
}

fn alarm(tx: &mut Tx<'_>, ctx: &Context, windows: &[Window], wanted: i64) -> Outcome<()> {
    for Window { word, alarm, bound, done, .. } in windows {
        let count = done + wanted;
        let at_bound = done < bound && count >= *bound;
        if (done <= alarm && count > *alarm) || at_bound {
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
