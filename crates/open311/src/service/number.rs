//! What a case is called outside: the one place that knows.

use grid::model::{Incident, number};
use grid::store::incidents;
use kernel::id::Incident as IncidentId;
use kernel::{Id, Outcome};
use storage::Tx;

/// `service_request_id` of a case: the same at every time.
pub fn of(incident: &Incident) -> String {
    incident.number.clone()
}

/// The case that is called this. What is written in another way than [`of`] writes it is no case's.
pub fn find(tx: &mut Tx<'_>, text: &str) -> Outcome<Option<Id<IncidentId>>> {
    match number::read(text).filter(|read| read == text) {
        Some(number) => incidents::by_number(tx, &number),
        None => Ok(None),
    }
}
