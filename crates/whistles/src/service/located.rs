//! Where whistles and calls lie, for whoever asks what decides who may do what to them.

use contracts::Located;
use kernel::id::{Unit, Whistle as WhistleId, WhistleCall};
use kernel::{Context, Fault, Id, Outcome, Permission};
use storage::Tx;
use uuid::Uuid;

use super::see;
use crate::permission::AnswerCall;

/// Whistles and calls.
#[derive(Debug, Clone, Copy, Default)]
pub struct Places;

impl<'c> Located<Tx<'c>> for Places {
    /// A call is answered by the right in the department; everything else is decided where the whistle was blown.
    fn deciding_unit(
        &self,
        tx: &mut Tx<'c>,
        ctx: &Context,
        object: Uuid,
        permission: &Permission,
    ) -> Outcome<Option<Id<Unit>>> {
        let call: Id<WhistleCall> = Id::from_uuid(object);
        match see::call(tx, ctx, call) {
            Ok((_, call, _)) if permission.name == AnswerCall::NAME => return Ok(Some(call.unit)),
            Ok((whistle, ..)) => return Ok(Some(whistle.unit)),
            Err(Fault::Refused(_)) => {}
            Err(trouble) => return Err(trouble),
        }
        let whistle: Id<WhistleId> = Id::from_uuid(object);
        match see::whistle(tx, ctx, whistle) {
            Ok((whistle, _)) => Ok(Some(whistle.unit)),
            Err(Fault::Refused(_)) => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }
}
