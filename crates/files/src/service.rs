//! The deeds, one file each.

pub mod attach;
pub mod look;
pub mod remove;
pub mod tidy;
pub mod upload;

use kernel::{Context, Instant, Outcome};
use serde_json::{Value, json};
use storage::{Tx, audit};

use crate::model::File;
use crate::store::{files, objects, usage};

/// A record of a file on the trail: what it is and its digest, never what it is called.
pub(crate) fn trail(tx: &mut Tx<'_>, ctx: &Context, action: &str, file: &File) -> Outcome<()> {
    let entry = audit::Entry {
        action,
        object_kind: "file",
        object: Some(file.id.uuid()),
        unit: None,
        before: None,
        after: Some(told(file)),
    };
    audit::record(tx, ctx, entry)
}

fn told(file: &File) -> Value {
    let bytes = file.bytes.as_ref();
    let hanging = file.hanging.as_ref();
    json!({
        "state": file.state.word(),
        "media_type": bytes.map(|b| b.media.name()),
        "size": bytes.map(|b| b.size),
        "sha256": bytes.map(|b| &b.sha256),
        "thing": hanging.map(|h| json!({ "kind": h.kind, "id": h.id, "label": h.label })),
    })
}

/// Takes away a file that the caller has locked, with what it holds of its day's allowance, and its bytes if no other file is made of
/// them.
pub(crate) fn take_away(tx: &mut Tx<'_>, file: &File, now: Instant) -> Outcome<()> {
    files::remove(tx, file.id)?;
    if file.reserved > 0 {
        usage::add(tx, file.owner_id, &file.day, 0, -file.reserved)?;
    }
    match &file.bytes {
        Some(bytes) => objects::let_go(tx, bytes.object_id, now),
        None => Ok(()),
    }
}
