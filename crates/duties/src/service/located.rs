//! Where lists, versions and admissions lie, for whoever asks what decides who may do what to them. All are public.

use contracts::Located;
use kernel::id::{DutyAdmission, DutyList, DutyListVersion, Unit};
use kernel::{Context, Id, Outcome, Permission};
use storage::Tx;
use uuid::Uuid;

use crate::store::{admissions, lists, versions};

/// Lists, versions and admissions.
#[derive(Debug, Clone, Copy, Default)]
pub struct Places;

impl<'c> Located<Tx<'c>> for Places {
    fn deciding_unit(
        &self,
        tx: &mut Tx<'c>,
        _ctx: &Context,
        object: Uuid,
        _permission: &Permission,
    ) -> Outcome<Option<Id<Unit>>> {
        let admission: Id<DutyAdmission> = Id::from_uuid(object);
        if let Some(admission) = admissions::find(tx, admission)? {
            return Ok(Some(admission.unit));
        }
        let version: Id<DutyListVersion> = Id::from_uuid(object);
        let list: Id<DutyList> = versions::find(tx, version)?.map_or(Id::from_uuid(object), |v| v.list);
        Ok(lists::find(tx, list)?.map(|list| list.unit))
    }
}
