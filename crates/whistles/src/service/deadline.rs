//! Deadlines as they are sent: a moment, or a span in the working time of the unit that calls.

use contracts::{Due, Span, SpanUnit};
use kernel::error::{FIELD_RANGE, Fields};
use kernel::{Context, Instant, Outcome, UnitPath};
use storage::Tx;

use crate::error::{DEADLINE_FAR, DEADLINE_ORDER, DEADLINE_PAST, ONE_DEADLINE};
use crate::model::FAR_DAYS;
use crate::ports::WhistleServices;

/// A deadline: exactly one of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wanted {
    /// At this moment.
    pub at: Option<Instant>,
    /// When so much has passed.
    pub within: Option<(i64, SpanUnit)>,
}

/// The moments of both deadlines, in their order and not passed. Both are counted from now, by the calendar of the unit at `path`.
pub fn both(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &WhistleServices,
    path: &UnitPath,
    report: Wanted,
    result: Wanted,
) -> Outcome<(Instant, Instant)> {
    let mut fields = Fields::default();
    let first = one(tx, ctx, s, path, report, ("/report_due_at", "/report_within"), &mut fields)?;
    let second = one(tx, ctx, s, path, result, ("/result_due_at", "/result_within"), &mut fields)?;
    if let (Some(first), Some(second)) = (first, second)
        && second < first
    {
        fields.bad("/result_due_at", &DEADLINE_ORDER, None);
    }
    fields.finish()?;
    // Without a bad field both are there.
    Ok((first.unwrap_or(ctx.now), second.unwrap_or(ctx.now)))
}

fn one(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &WhistleServices,
    path: &UnitPath,
    wanted: Wanted,
    (at_name, span_name): (&'static str, &'static str),
    fields: &mut Fields,
) -> Outcome<Option<Instant>> {
    let (name, due) = match (wanted.at, wanted.within) {
        (Some(at), None) => (at_name, at),
        (None, Some((count, unit))) => {
            let Some(span) = Span::new(count, unit) else {
                fields.bad(
                    format!("{span_name}/count"),
                    &FIELD_RANGE,
                    Some(format!("1 to {}", unit.longest())),
                );
                return Ok(None);
            };
            let time = s.calendars.work_time(tx, path, ctx.now, ctx.now)?;
            match time.due(ctx.now, span, &[])? {
                Due::At(at) => (span_name, at),
                // A clock without pauses does not stand.
                Due::Standing { .. } => return Err(kernel::Fault::internal("a whistle's clock stands")),
            }
        }
        _ => {
            fields.bad(at_name, &ONE_DEADLINE, None);
            return Ok(None);
        }
    };
    if due <= ctx.now {
        fields.bad(name, &DEADLINE_PAST, None);
    } else if due > ctx.now.plus_days(FAR_DAYS) {
        fields.bad(name, &DEADLINE_FAR, None);
    } else {
        return Ok(Some(due));
    }
    Ok(None)
}
