//! The file comes: read before, stored some rows at a time, and only then handed to the workers.

use kernel::id::Import as ImportKind;
use kernel::{Context, Id, Outcome};
use serde_json::json;
use storage::Tx;

use super::{own_locked, trail};
use crate::error::{STATE, TOO_MANY_FOR_ONE};
use crate::model::{Import, KEPT_DAYS, MAX_AT_ONCE, State};
use crate::ports::ImportServices;
use crate::read::ListRow;
use crate::store::{imports, rows};

/// Rows cleared in one transaction.
const CLEARED_AT_ONCE: i64 = 500;

/// Begins: what came before is put aside, and whoever still sends it hears so. Answers the number of this upload.
pub fn begin(
    tx: &mut Tx<'_>,
    ctx: &Context,
    services: &ImportServices,
    id: Id<ImportKind>,
    rows: usize,
) -> Outcome<i64> {
    let import = own_locked(tx, ctx, id)?;
    services.actors.refuse_later(ctx, &import.kind)?;
    if !import.state.takes_file() || import.purged {
        return Err(STATE.refusal().because(import.state.word()).into());
    }
    if import.atomic && rows > MAX_AT_ONCE {
        return Err(TOO_MANY_FOR_ONE.refusal().because(format!("{rows} rows, at most {MAX_AT_ONCE}")).into());
    }
    let upload = import.upload + 1;
    let import = Import {
        state: State::Receiving,
        upload,
        at_line: 0,
        rows_total: 0,
        rows_passed: 0,
        rows_failed: 0,
        version: import.version + 1,
        ..import
    };
    imports::save(tx, &import)?;
    Ok(upload)
}

/// The import, if this upload is still the newest one.
fn receiving(tx: &mut Tx<'_>, ctx: &Context, id: Id<ImportKind>, upload: i64) -> Outcome<Import> {
    let import = own_locked(tx, ctx, id)?;
    if import.state == State::Receiving && import.upload == upload {
        return Ok(import);
    }
    Err(STATE.refusal().because("another file came").into())
}

/// Removes some rows of the file before; answers whether more are left.
pub fn clear(tx: &mut Tx<'_>, ctx: &Context, id: Id<ImportKind>, upload: i64) -> Outcome<bool> {
    receiving(tx, ctx, id, upload)?;
    rows::clear(tx, id, CLEARED_AT_ONCE)
}

/// Stores some rows.
pub fn add(
    tx: &mut Tx<'_>,
    ctx: &Context,
    services: &ImportServices,
    id: Id<ImportKind>,
    upload: i64,
    list: &[ListRow],
) -> Outcome<()> {
    receiving(tx, ctx, id, upload)?;
    rows::insert(tx, services.safe.as_ref(), id, list)
}

/// What is told of the whole file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// What kind of file it was.
    pub format: String,
    /// Its digest, hex.
    pub sha256: String,
    /// Its headers.
    pub header: Vec<String>,
    /// Its rows.
    pub rows: usize,
    /// Those that cannot be tried.
    pub failed: usize,
}

/// Ends: the workers check it now.
pub fn finish(
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: Id<ImportKind>,
    upload: i64,
    file: &Received,
) -> Outcome<Import> {
    let import = receiving(tx, ctx, id, upload)?;
    let count = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
    let import = Import {
        state: State::Checking,
        format: Some(file.format.clone()),
        sha256: Some(file.sha256.clone()),
        header: file.header.clone(),
        rows_total: count(file.rows),
        rows_failed: count(file.failed),
        rights: None,
        attempts: 0,
        request_id: ctx.request_id.to_string(),
        kept_until: ctx.now.plus_days(KEPT_DAYS),
        version: import.version + 1,
        ..import
    };
    imports::save(tx, &import)?;
    imports::hold(tx, id, ctx.now)?;
    let after = json!({ "kind": import.kind, "sha256": import.sha256, "format": import.format, "rows": import.rows_total });
    trail(tx, ctx, "imports.import.received", &import, after)?;
    Ok(import)
}
