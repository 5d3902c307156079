//! Where visits, plans and forms lie, for whoever asks what decides who may do what to them.

use contracts::Located;
use kernel::id::Unit;
use kernel::{Context, Fault, Id, Outcome, Permission};
use storage::Tx;
use uuid::Uuid;

use super::{forms, plans, see};
use crate::ports::VisitServices;

/// Visits, plans and forms.
#[derive(Clone)]
pub struct Places(pub VisitServices);

/// What is not for the asker to see is nowhere.
fn seen<T>(outcome: Outcome<T>) -> Outcome<Option<T>> {
    match outcome {
        Ok(found) => Ok(Some(found)),
        Err(Fault::Refused(_)) => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

impl<'c> Located<Tx<'c>> for Places {
    fn deciding_unit(
        &self,
        tx: &mut Tx<'c>,
        ctx: &Context,
        object: Uuid,
        _: &Permission,
    ) -> Outcome<Option<Id<Unit>>> {
        if let Some(visit) = seen(see::visible(tx, ctx, &self.0, Id::from_uuid(object)))? {
            return Ok(Some(visit.unit));
        }
        if let Some(plan) = seen(plans::visible(tx, ctx, Id::from_uuid(object)))? {
            return Ok(Some(plan.unit));
        }
        Ok(seen(forms::visible(tx, ctx, Id::from_uuid(object)))?.map(|form| form.unit))
    }
}
