//! All cases of a place as they are counted, a page at a time: constant memory whatever their number.

use kernel::id::Unit;
use kernel::{Context, Id, Instant, Outcome};
use storage::Tx;

use super::place;
use crate::model::{Case, Period};
use crate::ports::FigureServices;
use crate::store::cases::{self, After};
use crate::store::units;

/// Cases of one page.
pub const AT_ONCE: i64 = 1_000;

/// Where an export stands.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The units that are left, the next one last.
    units: Vec<Id<Unit>>,
    /// Where in that one.
    after: Option<After>,
    moments: (Instant, Instant),
}

/// Begins one, if the asker may.
pub fn begin(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &FigureServices,
    unit: Id<Unit>,
    period: Period,
) -> Outcome<Standing> {
    place::of(tx, ctx, s, Some(unit), None)?;
    let mut all = units::below(tx, unit)?;
    all.reverse();
    Ok(Standing { units: all, after: None, moments: period.moments(s.zone) })
}

/// The next page, and where it stands then; nothing once all is told. Small units are told together.
pub fn next(tx: &mut Tx<'_>, mut standing: Standing) -> Outcome<Option<(Vec<Case>, Standing)>> {
    let mut page = Vec::new();
    while let Some(unit) = standing.units.last().copied() {
        let room = AT_ONCE - i64::try_from(page.len()).unwrap_or(AT_ONCE);
        if room <= 0 {
            break;
        }
        let some = cases::of_unit(tx, unit, standing.moments, standing.after, room)?;
        let full = i64::try_from(some.len()).unwrap_or(0) >= room;
        standing.after = some.last().map(|case| (case.reported, case.id)).filter(|_| full);
        if !full {
            standing.units.pop();
        }
        page.extend(some);
    }
    Ok((!page.is_empty()).then_some((page, standing)))
}
