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

/// Lets the actor do `wanted` more readings, or refuses. Whoever passes an alarm's mark, or does the last reading allowed, is told
/// of to whoever listens.
pub(super) fn admit(tx: &mut Tx<'_>, ctx: &Context, s: &PeopleServices, wanted: i64) -> Outcome<()> {
    let reader = ctx.actor.user;
    readings::lock_reader(tx, reader)?;
    let limits = s.limits;
    let ago = |seconds: i64| ctx.now.plus_seconds(-seconds);
    let (in_hour, in_day) = readings::count(tx, reader, ago(HOUR), ago(DAY))?;
    let windows = [
        ("hour", HOUR, in_hour, limits.alarm_per_hour, limits.bound_per_hour),
        ("day", DAY, in_day, limits.alarm_per_day, limits.bound_per_day),
    ];
    for (window, seconds, done, alarm, bound) in windows {
        let since = ago(seconds);
        let count = done + wanted;
        if count > bound {
            let free = readings::oldest(tx, reader, since)?
                .map_or(seconds, |at| (at.micros() - since.micros()) / 1_000_000 + 1);
            let refusal = TOO_MANY_READINGS
                .refusal()
                .because(format!("at most {bound} within a {window}"))
                .with("retry_after", json!(free.clamp(1, seconds)));
            return Err(refusal.into());
        }
        let at_bound = count == bound;
        if (done <= alarm && count > alarm) || at_bound {
            raise(tx, ctx, window, count, at_bound)?;
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
