//! Many visits at once, as a phone brings them that was offline: each by itself.

use kernel::error::{FIELD_REQUIRED, INVALID};
use kernel::{Context, Fault, Outcome, Refusal};
use storage::Tx;

use super::record::{self, NewVisit};
use crate::model::Visit;
use crate::ports::VisitServices;

/// The most visits of a batch.
pub const MOST: usize = 100;

/// What became of one of them.
#[derive(Debug)]
pub enum Fate {
    /// It is on record, now or since before.
    Recorded(Box<Visit>),
    /// It is not, and nothing of it.
    Refused(Box<Refusal>),
}

/// Records each that is right. One without an id of its own is refused: sent again, it would be another visit.
pub fn record_all(tx: &mut Tx<'_>, ctx: &Context, s: &VisitServices, all: &[NewVisit]) -> Outcome<Vec<Fate>> {
    let mut fates = Vec::with_capacity(all.len());
    for new in all {
        if new.id.is_none() {
            fates.push(Fate::Refused(Box::new(INVALID.refusal().at("/id", &FIELD_REQUIRED))));
            continue;
        }
        match tx.nested(|tx| record::record(tx, ctx, s, new)) {
            Ok(visit) => fates.push(Fate::Recorded(Box::new(visit))),
            Err(Fault::Refused(refusal)) => fates.push(Fate::Refused(refusal)),
            Err(fault) => return Err(fault),
        }
    }
    Ok(fates)
}
