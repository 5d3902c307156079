//! What the reporter thinks of what was done: a mark from 1 to 5, once for each time it was done.

use kernel::error::{FIELD_RANGE, Fields, NOT_FOUND, OrRefuse, STALE};
use kernel::id::Incident as IncidentId;
use kernel::{Context, Id, Outcome};
use storage::Tx;

use super::report::{Told, tell};
use super::see::{self, Shown};
use crate::error::{NOT_DONE_YET, RATED_ALREADY, RATED_BY_REPORTER};
use crate::model::{Incident, State};
use crate::ports::GridServices;
use crate::store::incidents;

/// What it is called in a history.
pub const RATE: &str = "rate";
/// The most characters of a remark.
const NOTE: usize = 2_000;

/// Whether something was done that can be marked.
fn is_done(i: &Incident) -> bool {
    matches!(i.state, State::Resolved | State::Verified | State::Closed)
}

/// Whether the actor may mark it now.
pub fn possible(ctx: &Context, i: &Incident) -> bool {
    i.reporter == ctx.actor.user && is_done(i) && i.score.is_none()
}

/// A mark with a remark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rating {
    /// 1 to 5.
    pub score: i32,
    /// A remark.
    pub note: Option<String>,
}

impl Rating {
    fn check(&self) -> Outcome<()> {
        let mut fields = Fields::default();
        if !(1..=5).contains(&self.score) {
            fields.bad("/score", &FIELD_RANGE, Some("1 to 5".to_owned()));
        }
        if let Some(note) = &self.note {
            fields.text("/note", note, 0, NOTE);
        }
        fields.finish()
    }
}

/// Marks what was done about a case that the actor reported and has seen at version `expected`.
pub fn rate(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    id: Id<IncidentId>,
    expected: i64,
    rating: &Rating,
) -> Outcome<Shown> {
    let ((mut incident, grid_name), units) = see::seen(tx, ctx, s, id)?;
    if incident.reporter != ctx.actor.user {
        return Err(RATED_BY_REPORTER.fault());
    }
    if incident.version != expected {
        return Err(STALE.fault());
    }
    mark(tx, ctx, &mut incident, rating)?;
    see::show_at(tx, ctx, s, vec![(incident, grid_name)], &units)?.pop().or_refuse(&NOT_FOUND)
}

/// Writes the mark down, whoever proved to be the reporter.
pub(super) fn mark(tx: &mut Tx<'_>, ctx: &Context, i: &mut Incident, rating: &Rating) -> Outcome<()> {
    rating.check()?;
    if !is_done(i) {
        return Err(NOT_DONE_YET.fault());
    }
    if i.score.is_some() {
        return Err(RATED_ALREADY.fault());
    }
    i.score = Some(rating.score);
    i.version += 1;
    if !incidents::update(tx, i)? {
        return Err(STALE.fault());
    }
    let note = rating.note.as_deref().map(str::trim).filter(|n| !n.is_empty()).map(str::to_owned);
    let told = Told { from: Some(i.state), action: RATE, note, score: i.score, ..Told::default() };
    tell(tx, ctx, i, told)
}
