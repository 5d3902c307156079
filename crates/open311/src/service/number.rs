//! What a case is called outside: the one place that knows.

use grid::model::Incident;
use kernel::id::Incident as IncidentId;
use kernel::{Id, Outcome};
use storage::Tx;

/// `service_request_id` of a case: the same at every time.
pub fn of(incident: &Incident) -> String {
    incident.id.to_string()
}

/// The case that is called this. What is written in another way than [`of`] writes it is no case's.
pub fn find(_tx: &mut Tx<'_>, text: &str) -> Outcome<Option<Id<IncidentId>>> {
    let id: Option<Id<IncidentId>> = text.parse().ok();
    Ok(id.filter(|id| id.to_string() == text))
}
