//! Who reported a case says more of it, or asks for it to be taken up again; and who deals with it reads that.

use contracts::events::{OPEN311_REMARK_RECEIVED, Open311RemarkReceived};
use grid::model::{Action, How, Incident};
use grid::service::act::{self, Deed};
use grid::service::see;
use kernel::actor::missing;
use kernel::error::{NOT_FOUND, OrRefuse, STALE};
use kernel::id::{Incident as IncidentId, Open311Remark};
use kernel::permission::Permit;
use kernel::{Context, Cursor, Fault, Id, Instant, Outcome, Page, PageSize};
use serde_json::json;
use storage::audit::Entry;
use storage::outbox::Event;
use storage::{Tx, audit, outbox};

use super::number;
use crate::error::REQUEST_UNKNOWN;
use crate::model::{Remark, plain, word};
use crate::permission::ReadRemarks;
use crate::ports::Open311Services;
use crate::store::{remarks, requests};

/// The most characters of a reason, as grid takes it.
const REASON: usize = 2_000;

/// What is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRemark {
    /// `service_request_id`.
    pub number: String,
    /// What the account calls it.
    pub update_id: String,
    /// How the sender has the case.
    pub status: String,
    /// What is said.
    pub text: String,
    /// Where pictures are.
    pub media: Vec<String>,
    /// When, says the sender.
    pub said_at: Instant,
    /// Whether the key that it came with lets a case be taken up again; one that was made for less does not.
    pub may_reopen: bool,
}

/// Takes it in; answers its id. What the account sent before under the same name, of the same case, is what it was then.
pub fn receive(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &Open311Services,
    new: &NewRemark,
) -> Outcome<Id<Open311Remark>> {
    let account = ctx.actor.user;
    let incident = number::find(tx, &new.number)?.or_refuse(&REQUEST_UNKNOWN)?;
    let request = requests::find_locked(tx, incident)?;
    request.filter(|request| request.account == account).or_refuse(&REQUEST_UNKNOWN)?;
    if let Some(before) = remarks::find(tx, account, incident, &new.update_id)? {
        return Ok(before.id);
    }
    let ((case, _), units) = see::seen(tx, ctx, &s.grid, incident)?;
    let text = plain::clean(&new.text);
    let asked = new.may_reopen
        && new.status == word::REOPEN
        && see::leads(ctx, &case, units.places(&case)?, Action::Reopen, How::well(case.back)).is_some();
    if asked {
        reopen(tx, ctx, s, &case, &text)?;
    }
    let remark = Remark {
        id: ctx.id(),
        incident,
        account,
        update_id: new.update_id.clone(),
        status: new.status.clone(),
        text,
        media: new.media.clone(),
        reopened: asked,
        said_at: new.said_at,
        received_at: ctx.now,
    };
    remarks::insert(tx, &remark)?;
    tell(tx, ctx, &remark, &case)?;
    Ok(remark.id)
}

fn reopen(tx: &mut Tx<'_>, ctx: &Context, s: &Open311Services, case: &Incident, text: &str) -> Outcome<()> {
    let said: String = text.chars().take(REASON).collect();
    let reason = if said.trim().is_empty() { word::REOPEN.to_owned() } else { said };
    match act::act(tx, ctx, &s.grid, case.id, case.version, &Deed::Reopen { reason }) {
        // Somebody acted on it just now: all of this is undone and looked at again.
        Err(fault) if fault.code() == Some(&STALE) => {
            Err(Fault::Transient("the case went on beside this".to_owned()))
        }
        outcome => outcome.map(drop),
    }
}

/// The record and the event; the words stay where they are.
fn tell(tx: &mut Tx<'_>, ctx: &Context, remark: &Remark, case: &Incident) -> Outcome<()> {
    let entry = Entry {
        action: "open311.remark.receive",
        object_kind: "incident",
        object: Some(case.id.uuid()),
        unit: Some(case.unit),
        before: None,
        after: Some(json!({
            "remark": remark.id,
            "status": remark.status,
            "reopened": remark.reopened,
            "media": remark.media.len(),
        })),
    };
    audit::record(tx, ctx, entry)?;
    let told = Open311RemarkReceived { incident: case.id, unit: case.unit, reopened: remark.reopened };
    let payload = serde_json::to_value(&told).map_err(Fault::internal)?;
    outbox::emit(
        tx,
        ctx,
        &Event { topic: OPEN311_REMARK_RECEIVED, object: remark.id.uuid(), object_seq: 1, payload },
    )
}

/// What was said of a case, the oldest first, for who may read that where the case lies or where it was given to.
pub fn list(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &Open311Services,
    id: Id<IncidentId>,
    after: Option<Id<Open311Remark>>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Remark>> {
    let (case, _) = grid::store::incidents::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    let units = see::Units::of(tx, &s.grid, [&case])?;
    let at = units.places(&case)?;
    let may = |path| ctx.actor.may(ReadRemarks::PERMISSION, path, ctx.now);
    if !may(at.unit) && !at.assignee_unit.is_some_and(may) {
        let seen = see::visible(ctx, &case, at);
        return Err(if seen { missing(ReadRemarks::PERMISSION).into() } else { NOT_FOUND.fault() });
    }
    let rows = remarks::list(tx, id, after, size.probe())?;
    Ok(Page::cut(rows, size, |r| Cursor { after: r.id.uuid(), filter: fingerprint, key: None }))
}
