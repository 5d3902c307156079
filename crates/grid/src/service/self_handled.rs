//! What whoever finds it puts in order at once (自处置): the whole way to the result in one transaction, each step with its own place in
//! the history. Somebody else still looks whether it was done.

use kernel::error::Fields;
use kernel::id::File;
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome};
use storage::Tx;

use super::act::{self, Deed};
use super::evidence;
use super::report::{self, NewIncident};
use super::see::{Shown, Units};
use crate::model::EvidenceLabel;
use crate::permission::SelfHandleIncident;
use crate::ports::GridServices;

/// What was done about it.
#[derive(Debug, Clone, Default)]
pub struct Handled {
    /// What.
    pub result: String,
    /// Photos of what was made of it.
    pub files: Vec<Id<File>>,
}

/// Reports it and says how it was dealt with. The actor must be able to take it on, to give it to themself and to handle it.
pub fn handle(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    new: &NewIncident,
    handled: &Handled,
) -> Outcome<Shown> {
    let mut fields = Fields::default();
    fields.text("/result", &handled.result, 1, 2_000);
    fields.finish()?;
    let mut shown = report::report(tx, ctx, s, new)?;
    let unit = Units::of(tx, s, [&shown.incident])?;
    ctx.require(SelfHandleIncident::PERMISSION, unit.places(&shown.incident)?.unit)?;
    let deeds = [
        Deed::Accept { note: None },
        Deed::Dispatch { unit: None, person: Some(ctx.actor.user), note: None },
        Deed::Start { note: None },
        Deed::Resolve { result: handled.result.clone() },
    ];
    for deed in &deeds {
        shown = act::act(tx, ctx, s, shown.incident.id, shown.incident.version, deed)?;
    }
    evidence::attach_all(tx, ctx, s, shown.incident.id, &handled.files, EvidenceLabel::After)?;
    Ok(shown)
}
