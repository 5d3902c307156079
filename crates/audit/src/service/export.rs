//! A part of the trail is asked for, and taken away.

use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::AuditExport;
use kernel::{Context, Id, Outcome};
use serde_json::{Value, json};
use storage::Tx;
use storage::audit;

use super::look;
use crate::Tree;
use crate::error::{EXPORT_NOT_READY, TOO_MANY_EXPORTS};
use crate::model::{Export, ExportState, Format, KEPT_DAYS, MAX_WAITING, Wanted};
use crate::store::exports;

/// Asks for it: what is sealed by now and the asker may see.
pub fn request(
    tx: &mut Tx<'_>,
    ctx: &Context,
    tree: &Tree,
    format: Format,
    wanted: &Wanted,
) -> Outcome<Export> {
    let wanted = look::allowed(tx, ctx, tree, wanted)?;
    if exports::count_waiting(tx, ctx.actor.user)? >= MAX_WAITING {
        return Err(TOO_MANY_EXPORTS.refusal().because(format!("at most {MAX_WAITING}")).into());
    }
    let (upto_seq, _) = audit::head(tx)?;
    let export = Export {
        id: ctx.id(),
        requested_by: ctx.actor.user,
        format,
        wanted,
        state: ExportState::Waiting,
        upto_seq,
        at_seq: 0,
        rows_written: 0,
        bytes_written: 0,
        sha256: None,
        request_id: ctx.request_id.to_string(),
        fence: 0,
        attempts: 0,
        created_at: ctx.now,
        finished_at: None,
        kept_until: ctx.now.plus_days(KEPT_DAYS),
    };
    exports::insert(tx, &export)?;
    let after = json!({ "format": format.word(), "filter": export.wanted, "upto_seq": upto_seq });
    trail(tx, ctx, "audit.export.requested", &export, after)?;
    Ok(export)
}

/// One's own export.
pub fn find(tx: &mut Tx<'_>, ctx: &Context, id: Id<AuditExport>) -> Outcome<Export> {
    exports::find(tx, id)?.filter(|export| export.requested_by == ctx.actor.user).or_refuse(&NOT_FOUND)
}

/// Takes its file away, which is noted.
pub fn fetch(tx: &mut Tx<'_>, ctx: &Context, id: Id<AuditExport>) -> Outcome<Export> {
    let export = find(tx, ctx, id)?;
    if export.state != ExportState::Done || export.kept_until <= ctx.now {
        return Err(EXPORT_NOT_READY.refusal().because(export.state.word()).into());
    }
    trail(tx, ctx, "audit.export.fetched", &export, json!({ "sha256": export.sha256 }))?;
    Ok(export)
}

pub(super) fn trail(
    tx: &mut Tx<'_>,
    ctx: &Context,
    action: &str,
    export: &Export,
    after: Value,
) -> Outcome<()> {
    let (object, unit) = (Some(export.id.uuid()), export.wanted.unit.map(Id::from_uuid));
    audit::record(
        tx,
        ctx,
        audit::Entry { action, object_kind: "audit_export", object, unit, before: None, after: Some(after) },
    )
}
