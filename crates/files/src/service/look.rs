//! Who sees a file: its owner while it hangs on nothing, and then whoever may see the thing.

use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::File as FileKind;
use kernel::{Context, Id, Outcome};
use storage::Tx;

use crate::model::{Bytes, File, State};
use crate::ports::{Guards, Users, key};
use crate::store::{files, realm};

/// The file, if the actor may see it; otherwise it is not there.
pub fn find(tx: &mut Tx<'_>, ctx: &Context, guards: &Guards, id: Id<FileKind>) -> Outcome<File> {
    let file = files::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    let sees = match (&file.state, &file.hanging) {
        (State::Attached, Some(hanging)) => guards.may_see(tx, ctx, hanging)?,
        (State::Uploaded, None) => {
            file.owner_id == ctx.actor.user && file.kept_until.is_none_or(|until| until > ctx.now)
        }
        _ => false,
    };
    if sees { Ok(file) } else { Err(NOT_FOUND.fault()) }
}

/// The file with its owner's name.
pub fn named(
    tx: &mut Tx<'_>,
    ctx: &Context,
    guards: &Guards,
    users: &Users,
    id: Id<FileKind>,
) -> Outcome<(File, String)> {
    let file = find(tx, ctx, guards, id)?;
    let owner = users.users(tx, &[file.owner_id])?.pop();
    Ok((file, owner.map(|owner| owner.display_name).unwrap_or_default()))
}

/// The file with what is known of its bytes, and the key they lie under.
pub fn bytes(
    tx: &mut Tx<'_>,
    ctx: &Context,
    guards: &Guards,
    id: Id<FileKind>,
) -> Outcome<(File, Bytes, String)> {
    let file = find(tx, ctx, guards, id)?;
    let bytes = file.bytes.clone().or_refuse(&NOT_FOUND)?;
    let realm = realm::find(tx)?.or_refuse(&NOT_FOUND)?;
    let key = key(&realm, &bytes.sha256, bytes.object_id.uuid());
    Ok((file, bytes, key))
}
