//! Counting for whoever asks: which calendar holds, and when something is due.

use contracts::{Pause, Span};
use kernel::error::{FIELD_UNKNOWN_REFERENCE, INVALID, NOT_FOUND, OrRefuse};
use kernel::id::Unit;
use kernel::permission::Permit;
use kernel::{Context, Id, Instant, Outcome};
use storage::Tx;

use super::resolve::{self, Resolved};
use crate::permission::ReadCalendars;
use crate::ports::CalendarServices;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// By the calendar of which unit.
    pub unit: Id<Unit>,
    /// When the clock starts.
    pub start: Instant,
    /// How long it may run.
    pub span: Span,
    /// When it stood.
    pub pauses: Vec<Pause>,
    /// By what was known when; now unless told.
    pub known_at: Option<Instant>,
}

/// The working time of a unit that was asked for in the query.
pub fn resolve(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &CalendarServices,
    unit: Id<Unit>,
    start: Instant,
    known_at: Option<Instant>,
) -> Outcome<(contracts::UnitRef, Resolved)> {
    let unit = s.tree.unit(tx, unit)?.or_refuse(&NOT_FOUND)?;
    ctx.require(ReadCalendars::PERMISSION, &unit.path)?;
    let resolved = resolve::at(tx, s, &unit.path, start, known_at.unwrap_or(ctx.now))?;
    Ok((unit, resolved))
}

/// The working time that a question is answered by.
pub fn ask(tx: &mut Tx<'_>, ctx: &Context, s: &CalendarServices, question: &Question) -> Outcome<Resolved> {
    let unknown = || INVALID.refusal().at("/unit_id", &FIELD_UNKNOWN_REFERENCE);
    let unit = s.tree.unit(tx, question.unit)?.ok_or_else(unknown)?;
    ctx.require(ReadCalendars::PERMISSION, &unit.path)?;
    resolve::at(tx, s, &unit.path, question.start, question.known_at.unwrap_or(ctx.now))
}
