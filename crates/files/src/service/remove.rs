//! A file that hangs on nothing is deleted by its owner.

use kernel::error::STALE;
use kernel::id::File as FileKind;
use kernel::{Context, Id, Outcome};
use storage::Tx;

use super::{look, take_away, trail};
use crate::error::ATTACHED;
use crate::model::State;
use crate::ports::Guards;
use crate::store::files;

/// Deletes it, at the version that its owner has seen.
pub fn remove(
    tx: &mut Tx<'_>,
    ctx: &Context,
    guards: &Guards,
    id: Id<FileKind>,
    version: i64,
) -> Outcome<()> {
    // Locked first, so that it cannot be attached between the look and the deed.
    files::find_locked(tx, id)?;
    let file = look::find(tx, ctx, guards, id)?;
    if file.state != State::Uploaded {
        return Err(ATTACHED.fault());
    }
    if file.version != version {
        return Err(STALE.fault());
    }
    trail(tx, ctx, "files.file.deleted", &file)?;
    take_away(tx, &file, ctx.now)
}
