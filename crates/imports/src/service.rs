//! The deeds, one file each.

pub mod apply;
pub mod export;
pub mod look;
pub mod make;
pub mod receive;
pub mod tidy;
pub mod withdraw;
pub mod work;

use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::Import as ImportKind;
use kernel::{Context, Id, Outcome};
use serde_json::Value;
use storage::{Tx, audit};

use crate::model::Import;
use crate::store::imports;

/// One's own import, locked; nobody else's is there at all.
pub(crate) fn own_locked(tx: &mut Tx<'_>, ctx: &Context, id: Id<ImportKind>) -> Outcome<Import> {
    imports::find_locked(tx, id)?.filter(|import| import.owner_id == ctx.actor.user).or_refuse(&NOT_FOUND)
}

/// A record of an import on the trail: what was done, never what is in the file.
pub(crate) fn trail(
    tx: &mut Tx<'_>,
    ctx: &Context,
    action: &str,
    import: &Import,
    after: Value,
) -> Outcome<()> {
    let object = Some(import.id.uuid());
    let entry =
        audit::Entry { action, object_kind: "import", object, unit: None, before: None, after: Some(after) };
    audit::record(tx, ctx, entry)
}
