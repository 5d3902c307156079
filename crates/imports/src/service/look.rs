//! One's own imports and what became of their rows.

use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::Import as ImportKind;
use kernel::{Context, Cursor, Id, Outcome, Page, PageRequest};
use storage::Tx;

use crate::model::{Import, Row, RowOutcome};
use crate::ports::ImportServices;
use crate::store::{imports, rows};

/// One's own import.
pub fn find(tx: &mut Tx<'_>, ctx: &Context, id: Id<ImportKind>) -> Outcome<Import> {
    imports::find(tx, id)?.filter(|import| import.owner_id == ctx.actor.user).or_refuse(&NOT_FOUND)
}

/// A page of an import's rows, in the order of the file.
pub fn page(
    tx: &mut Tx<'_>,
    ctx: &Context,
    services: &ImportServices,
    id: Id<ImportKind>,
    outcome: Option<RowOutcome>,
    asked: &PageRequest,
) -> Outcome<(Import, Page<Row>)> {
    let import = find(tx, ctx, id)?;
    let after = asked.after.as_ref().and_then(|cursor| cursor.key.as_deref());
    let line = after.and_then(|key| key.parse().ok()).unwrap_or(0);
    let found = rows::after(tx, services.safe.as_ref(), id, line, outcome, asked.size.probe())?;
    let page = Page::cut(found, asked.size, |row| Cursor {
        after: id.uuid(),
        filter: asked.fingerprint,
        key: Some(row.line.to_string()),
    });
    Ok((import, page))
}

/// Failed rows after a line, for the file of them.
pub fn failed(
    tx: &mut Tx<'_>,
    ctx: &Context,
    services: &ImportServices,
    id: Id<ImportKind>,
    line: i64,
    limit: i64,
) -> Outcome<Vec<Row>> {
    find(tx, ctx, id)?;
    rows::after(tx, services.safe.as_ref(), id, line, Some(RowOutcome::Failed), limit)
}
