//! Where incidents and grids lie, for whoever asks what decides who may do what to them.

use contracts::Located;
use kernel::id::{Grid, Incident, Unit};
use kernel::{Context, Fault, Id, Outcome, Permission};
use storage::Tx;
use uuid::Uuid;

use super::see;
use crate::permission::HandleIncident;
use crate::ports::GridServices;
use crate::store::grids;

/// Incidents and grids.
#[derive(Clone)]
pub struct Places(pub GridServices);

impl<'c> Located<Tx<'c>> for Places {
    /// A case is handled by the right in the unit it was dispatched to; everything else about it is decided where it lies.
    fn deciding_unit(
        &self,
        tx: &mut Tx<'c>,
        ctx: &Context,
        object: Uuid,
        permission: &Permission,
    ) -> Outcome<Option<Id<Unit>>> {
        let incident: Id<Incident> = Id::from_uuid(object);
        match see::seen(tx, ctx, &self.0, incident) {
            Ok(((incident, _), _)) => {
                let handler = incident.assignee_unit.filter(|_| permission.name == HandleIncident::NAME);
                Ok(Some(handler.unwrap_or(incident.unit)))
            }
            Err(Fault::Refused(_)) => {
                let grid: Id<Grid> = Id::from_uuid(object);
                Ok(grids::find(tx, grid)?.map(|grid| grid.unit))
            }
            Err(trouble) => Err(trouble),
        }
    }
}
