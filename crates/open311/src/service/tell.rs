//! What happens to a case is told to who reported it: written down behind the commit of each step that shows outside.

use grid::store::steps;
use kernel::{Id, Instant, Outcome};
use storage::Tx;
use storage::outbox::Delivered;

use crate::model::word;
use crate::store::requests;
use crate::store::told::{self, Told};

/// How long after a step it may be told as of its own moment, in seconds. A client asks for the hours just gone: what is told later
/// than that is told as of now, or it would never be heard.
const LATE_SECONDS: i64 = 60;

/// Writes down that a step is told, if it shows outside and the account did not do it itself.
pub fn tell(tx: &mut Tx<'_>, now: Instant, event: &Delivered) -> Outcome<()> {
    let incident = Id::from_uuid(event.object_id.uuid());
    let Some(request) = requests::find(tx, incident)? else { return Ok(()) };
    let Some(step) = steps::find(tx, incident, event.object_seq)? else { return Ok(()) };
    let Some(word) = word::told(&step).filter(|_| step.actor != Some(request.account)) else {
        return Ok(());
    };
    let at = if step.at.plus_seconds(LATE_SECONDS) < now { now } else { step.at };
    told::insert(tx, &Told { step: step.id, account: request.account, incident: request.incident, word, at })
}
