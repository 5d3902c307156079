//! An import that its owner does not want any more.

use kernel::error::STALE;
use kernel::id::Import as ImportKind;
use kernel::{Context, Id, Outcome};
use serde_json::json;
use storage::Tx;

use super::{own_locked, trail};
use crate::error::{STATE, WITHDRAWN};
use crate::model::{Import, State};
use crate::store::imports;

/// Ends it: nothing of it is applied, and its rows are removed soon after. What is being applied is not stopped in the middle.
pub fn withdraw(tx: &mut Tx<'_>, ctx: &Context, id: Id<ImportKind>, version: i64) -> Outcome<Import> {
    let import = own_locked(tx, ctx, id)?;
    if import.version != version {
        return Err(STALE.fault());
    }
    if import.state.is_over() || import.state == State::Applying {
        return Err(STATE.refusal().because(import.state.word()).into());
    }
    let import = Import {
        state: State::Failed,
        problem_code: Some(WITHDRAWN.code.to_owned()),
        problem_detail: None,
        finished_at: Some(ctx.now),
        kept_until: ctx.now,
        version: import.version + 1,
        ..import
    };
    imports::save(tx, &import)?;
    trail(tx, ctx, "imports.import.withdrawn", &import, json!({ "kind": import.kind }))?;
    Ok(import)
}
