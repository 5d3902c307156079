//! The end of a grant by time. It holds no more from that moment, whatever this job does; the job only tells of it: once a week
//! before, once when it is there.

use std::sync::Arc;

use contracts::events::{self, GrantEnding};
use kernel::{IdGen, Instant, Outcome};
use serde_json::json;
use storage::{Tx, audit, outbox};

use crate::service::session::Door;
use crate::service::{bootstrap, give};
use crate::store::{grants, state};

/// Grants told of in one transaction; the next one follows at the job's next turn.
pub const AT_ONCE: i64 = 200;
/// The request that a job's records are kept under.
const JOB: &str = "job identity.tell_endings";

/// Tells of up to [`AT_ONCE`] endings; answers how many. What a grant was told of is on its row, and changed only behind the
/// lock: of two gateways one tells.
pub fn tell(tx: &mut Tx<'_>, now: Instant, ids: &Arc<dyn IdGen>) -> Outcome<usize> {
    if grants::notice_due(tx, now, 1)?.is_empty() {
        return Ok(0);
    }
    state::lock(tx)?;
    let due = grants::notice_due(tx, now, AT_ONCE)?;
    let door = Door { now, request_id: JOB, ids: ids.as_ref() };
    let ctx = bootstrap::shell(door, Arc::clone(ids));
    let mut told = 0;
    for grant in due {
        let Some(until) = grant.valid_until else { continue };
        let over = until <= now;
        if !grants::set_notice(tx, &grant, if over { None } else { Some(until) })? {
            continue;
        }
        let (action, topic) = if over {
            ("identity.grant.expired", events::GRANT_EXPIRED)
        } else {
            ("identity.grant.expiring", events::GRANT_EXPIRING)
        };
        let entry = audit::Entry {
            action,
            object_kind: "grant",
            object: Some(grant.id.uuid()),
            unit: Some(grant.unit_id),
            before: None,
            after: Some(give::record(&grant)),
        };
        audit::record_as(tx, None, now, JOB, ctx.id(), entry)?;
        let payload = GrantEnding {
            grant: grant.id,
            user: grant.user_id,
            unit: grant.unit_id,
            granted_by: grant.granted_by,
            until,
        };
        let event = outbox::Event {
            topic,
            object: grant.id.uuid(),
            object_seq: grant.version,
            payload: json!(payload),
        };
        outbox::emit(tx, &ctx, &event)?;
        told += 1;
    }
    Ok(told)
}
