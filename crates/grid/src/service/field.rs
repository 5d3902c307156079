//! What was written down where there was no network: sent later, in a batch, each record with the id that the device gave it. Sent again,
//! it is found again; what is wrong with one keeps none of the others out.

use kernel::error::{FIELD_RANGE, Fields};
use kernel::id::Incident as IncidentId;
use kernel::{Context, Fault, Id, Instant, Outcome, Refusal};
use sha2::{Digest, Sha256};
use storage::Tx;
use uuid::Uuid;

use super::report::{self, NewIncident};
use super::see::{self, Shown};
use super::self_handled::{self, Handled};
use crate::error::FIELD_RECORD_DIFFERS;
use crate::model::Source;
use crate::ports::GridServices;
use crate::store::field_records::{self, FieldRecord};

/// Records of one batch.
pub const MOST: usize = 100;
/// How old a record may be, in days.
pub const DAYS: i64 = 30;
/// How far the clock of a device may be ahead, in seconds.
const AHEAD: i64 = 300;

/// A record of a device.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The id the device gave it.
    pub client_id: Uuid,
    /// When it was written down, by the clock of the device.
    pub occurred_at: Instant,
    /// What was found.
    pub new: NewIncident,
    /// What was done about it at once.
    pub handled: Option<Handled>,
    /// The record as it was sent: what makes two the same.
    pub text: String,
}

/// What became of a record.
#[derive(Debug)]
pub enum Fate {
    /// It is a case now.
    Created(Box<Shown>),
    /// It was one already.
    Repeated(Box<Shown>),
    /// It is none.
    Refused(Box<Refusal>),
}

fn check(ctx: &Context, sent: &Sent) -> Outcome<()> {
    let mut fields = Fields::default();
    let (oldest, newest) = (ctx.now.plus_days(-DAYS), ctx.now.plus_seconds(AHEAD));
    if sent.occurred_at < oldest || sent.occurred_at > newest {
        fields.bad("/occurred_at", &FIELD_RANGE, Some(format!("within the last {DAYS} days, not to come")));
    }
    fields.finish()
}

fn one(tx: &mut Tx<'_>, ctx: &Context, s: &GridServices, sent: &Sent) -> Outcome<Fate> {
    let fingerprint: String = Sha256::digest(&sent.text).iter().map(|byte| format!("{byte:02x}")).collect();
    if let Some(known) = field_records::find(tx, ctx.actor.user, sent.client_id)? {
        if known.fingerprint != fingerprint {
            return Err(FIELD_RECORD_DIFFERS.fault());
        }
        return Ok(Fate::Repeated(Box::new(see::find(tx, ctx, s, known.incident)?)));
    }
    check(ctx, sent)?;
    let new =
        NewIncident { source: Some(Source::Field), occurred_at: Some(sent.occurred_at), ..sent.new.clone() };
    let shown = match &sent.handled {
        None => report::report(tx, ctx, s, &new)?,
        Some(handled) => self_handled::handle(tx, ctx, s, &new, handled)?,
    };
    let incident: Id<IncidentId> = shown.incident.id;
    let record = FieldRecord { sender: ctx.actor.user, client_id: sent.client_id, incident, fingerprint };
    field_records::insert(tx, &record, ctx.now)?;
    Ok(Fate::Created(Box::new(shown)))
}

/// Takes them in, one after the other, each in a savepoint.
pub fn take_in(tx: &mut Tx<'_>, ctx: &Context, s: &GridServices, all: &[Sent]) -> Outcome<Vec<Fate>> {
    let mut fates = Vec::with_capacity(all.len());
    for sent in all {
        match tx.nested(|tx| one(tx, ctx, s, sent)) {
            Ok(fate) => fates.push(fate),
            Err(Fault::Refused(refusal)) => fates.push(Fate::Refused(refusal)),
            Err(trouble) => return Err(trouble),
        }
    }
    Ok(fates)
}
