//! The work on an export, a part at a time. What is in the file is written down after it is there: whoever goes on cuts the file
//! to that length first.

use std::sync::Arc;

use kernel::id::AuditExport;
use kernel::{Actor, Context, Id, IdGen, Instant, Outcome};
use serde_json::json;
use storage::Tx;
use storage::audit::{self, Record};

use super::export::trail;
use crate::model::{Export, ExportState};
use crate::store::exports;

/// For how long an export is taken up; renewed with every part.
pub const LEASE_SECONDS: i64 = 30;
/// Links of the chain that are looked at for one part, whatever the filter lets through.
pub const LINKS: i64 = 2_000;
const MAX_ATTEMPTS: i32 = 5;

/// Takes up the oldest export that waits.
pub fn claim(tx: &mut Tx<'_>, owner: &str, now: Instant) -> Outcome<Option<Export>> {
    let Some(id) = exports::oldest_waiting(tx, now)? else { return Ok(None) };
    let fence = exports::take(tx, id, owner, now.plus_seconds(LEASE_SECONDS))?;
    Ok(exports::find(tx, id)?.map(|export| Export { fence, ..export }))
}

/// The records of the next part, and the place it reaches to.
pub fn part(tx: &mut Tx<'_>, export: &Export) -> Outcome<(Vec<Record>, i64)> {
    let upto = export.upto_seq.min(export.at_seq + LINKS);
    Ok((audit::sealed(tx, &export.wanted.filter(), export.at_seq, upto)?, upto))
}

/// Writes down how far the file has come; refuses whoever was overtaken by another, with `false`.
pub fn progress(tx: &mut Tx<'_>, export: &Export, now: Instant) -> Outcome<bool> {
    let Some(stored) = mine(tx, export.id, export.fence)? else { return Ok(false) };
    let export = Export { attempts: 0, state: stored.state, ..export.clone() };
    exports::save(tx, &export, now.plus_seconds(LEASE_SECONDS))?;
    Ok(true)
}

/// Gives it back, so that whoever looks next goes on with it.
pub fn give_back(tx: &mut Tx<'_>, export: &Export, now: Instant) -> Outcome<()> {
    match mine(tx, export.id, export.fence)? {
        Some(stored) => exports::save(tx, &stored, now),
        None => Ok(()),
    }
}

/// The file is whole.
pub fn finish(
    tx: &mut Tx<'_>,
    export: &Export,
    sha256: &str,
    now: Instant,
    ids: &Arc<dyn IdGen>,
) -> Outcome<bool> {
    let Some(stored) = mine(tx, export.id, export.fence)? else { return Ok(false) };
    let export = Export {
        state: ExportState::Done,
        sha256: Some(sha256.to_owned()),
        finished_at: Some(now),
        ..stored
    };
    exports::save(tx, &export, now)?;
    let after = json!({ "rows": export.rows_written, "sha256": sha256 });
    trail(tx, &behind(&export, now, ids), "audit.export.finished", &export, after)?;
    Ok(true)
}

/// A part could not be done; after several in a row the export is given up.
pub fn trouble(tx: &mut Tx<'_>, export: &Export, now: Instant, ids: &Arc<dyn IdGen>) -> Outcome<()> {
    let Some(stored) = mine(tx, export.id, export.fence)? else { return Ok(()) };
    let attempts = stored.attempts + 1;
    if attempts < MAX_ATTEMPTS {
        return exports::save(tx, &Export { attempts, ..stored }, now.plus_seconds(i64::from(attempts)));
    }
    let export = Export { attempts, state: ExportState::Failed, finished_at: Some(now), ..stored };
    exports::save(tx, &export, now)?;
    trail(tx, &behind(&export, now, ids), "audit.export.failed", &export, json!({}))
}

/// The file was removed, its time being over.
pub fn purged(tx: &mut Tx<'_>, id: Id<AuditExport>, now: Instant, ids: &Arc<dyn IdGen>) -> Outcome<()> {
    let Some(export) = exports::find_locked(tx, id)?.filter(|e| e.state != ExportState::Purged) else {
        return Ok(());
    };
    let export = Export { state: ExportState::Purged, ..export };
    exports::save(tx, &export, now)?;
    trail(tx, &behind(&export, now, ids), "audit.export.purged", &export, json!({}))
}

/// The export, locked, if it is still this worker's.
fn mine(tx: &mut Tx<'_>, id: Id<AuditExport>, fence: i64) -> Outcome<Option<Export>> {
    Ok(exports::find_locked(tx, id)?.filter(|e| e.fence == fence && e.state == ExportState::Waiting))
}

/// Whoever asked for it, without any right: on whose account the worker's records stand.
fn behind(export: &Export, now: Instant, ids: &Arc<dyn IdGen>) -> Context {
    let actor =
        Actor { user: export.requested_by, display_name: "".into(), session: None, grants: Arc::new([]) };
    Context {
        actor: Arc::new(actor),
        now,
        request_id: export.request_id.as_str().into(),
        ids: Arc::clone(ids),
    }
}
