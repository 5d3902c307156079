//! Records that devices sent, by sender and the device's id.

use diesel::prelude::*;
use kernel::id::{Incident, User};
use kernel::{Fault, Id, Instant, Outcome};
use storage::{DbUuid, Tx, with_conn};
use uuid::Uuid;

use super::schema::grid_field_records as records;

/// A record that became a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldRecord {
    /// Who sent it.
    pub sender: Id<User>,
    /// The device's id.
    pub client_id: Uuid,
    /// The case.
    pub incident: Id<Incident>,
    /// SHA-256 of what was sent, hex.
    pub fingerprint: String,
}

/// The record, if it was sent before.
pub fn find(tx: &mut Tx<'_>, sender: Id<User>, client_id: Uuid) -> Outcome<Option<FieldRecord>> {
    let device: Id<Incident> = Id::from_uuid(client_id);
    let row: Option<(Id<Incident>, String)> = with_conn!(tx, |c| records::table
        .find((sender, device.into_sql::<DbUuid>()))
        .select((records::incident_id, records::fingerprint))
        .first(c)
        .optional())?;
    Ok(row.map(|(incident, fingerprint)| FieldRecord { sender, client_id, incident, fingerprint }))
}

/// Writes it down. Where the same came twice at once the later one is to be tried anew: then it is found.
pub fn insert(tx: &mut Tx<'_>, record: &FieldRecord, at: Instant) -> Outcome<()> {
    let device: Id<Incident> = Id::from_uuid(record.client_id);
    let row = (
        records::sender_id.eq(record.sender),
        records::client_id.eq(device),
        records::incident_id.eq(record.incident),
        records::fingerprint.eq(&record.fingerprint),
        records::at.eq(at),
    );
    let added: Outcome<usize> =
        with_conn!(tx, |c| diesel::insert_into(records::table).values(row).execute(c)).map_err(Fault::from);
    match added {
        Err(Fault::Constraint(_)) => Err(Fault::Transient("the same record came twice at once".to_owned())),
        other => other.map(drop),
    }
}
