//! A checked import is to be carried out.

use kernel::error::STALE;
use kernel::id::Import as ImportKind;
use kernel::{Actor, Context, Id, Instant, Outcome};
use serde_json::json;
use sha2::{Digest, Sha256};
use storage::Tx;

use super::{own_locked, trail};
use crate::error::{NOTHING_TO_APPLY, OWNER_GONE, RIGHTS_CHANGED, ROWS_FAILED, STATE};
use crate::model::{Import, State};
use crate::ports::ImportServices;
use crate::store::imports;

/// Hands it to the workers: the version that was looked at, under the rights it was checked with.
pub fn apply(
    tx: &mut Tx<'_>,
    ctx: &Context,
    services: &ImportServices,
    id: Id<ImportKind>,
    version: i64,
) -> Outcome<Import> {
    let import = own_locked(tx, ctx, id)?;
    services.actors.refuse_later(ctx, &import.kind)?;
    if import.version != version {
        return Err(STALE.fault());
    }
    if import.state != State::Checked || import.purged {
        return Err(STATE.refusal().because(import.state.word()).into());
    }
    refuse_unfit(&import)?;
    let actor = services.actors.actor(tx, ctx.actor.user, ctx.now)?.ok_or_else(|| OWNER_GONE.fault())?;
    if import.rights.as_deref() != Some(rights_of(&actor, ctx.now).as_str()) {
        return Err(RIGHTS_CHANGED.fault());
    }
    let import = begin(Import { request_id: ctx.request_id.to_string(), ..import });
    imports::save(tx, &import)?;
    imports::hold(tx, id, ctx.now)?;
    trail(
        tx,
        ctx,
        "imports.import.applying",
        &import,
        json!({ "kind": import.kind, "rows": import.rows_passed }),
    )?;
    Ok(import)
}

/// Refuses where nothing passed, or where something failed and it is all or nothing.
pub(super) fn refuse_unfit(import: &Import) -> Outcome<()> {
    if import.atomic && import.rows_failed > 0 {
        return Err(ROWS_FAILED.refusal().because(import.rows_failed.to_string()).into());
    }
    if import.rows_passed == 0 {
        return Err(NOTHING_TO_APPLY.fault());
    }
    Ok(())
}

/// The import as the workers take it up for carrying out.
pub(super) fn begin(import: Import) -> Import {
    Import { state: State::Applying, at_line: 0, attempts: 0, version: import.version + 1, ..import }
}

/// A digest of all that somebody holds: another one means that they hold something else.
pub(super) fn rights_of(actor: &Actor, now: Instant) -> String {
    let mut held: Vec<String> = actor
        .grants
        .iter()
        .filter(|grant| grant.is_live(now))
        .map(|grant| {
            let permissions: Vec<&str> = grant.permissions.iter().map(String::as_str).collect();
            format!(
                "{} {} {} {:?} {} {}",
                grant.id,
                grant.path,
                grant.subtree,
                grant.until.map(Instant::micros),
                grant.gives_all,
                permissions.join(",")
            )
        })
        .collect();
    held.sort();
    let digest = Sha256::digest(held.join("\n"));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
