//! Exports: a list page by page, each judged by what the asker holds at that moment.

use std::sync::Arc;

use contracts::imports::Exported;
use kernel::error::FORBIDDEN;
use kernel::{Context, Outcome};
use serde_json::json;
use storage::{Tx, audit};

use crate::ports::{ImportServices, Source};

/// Rows of one read.
pub const PAGE: i64 = 200;

/// Begins: refuses whoever holds the right nowhere, and notes who takes what.
pub fn begin(tx: &mut Tx<'_>, ctx: &Context, services: &ImportServices, kind: &str) -> Outcome<()> {
    let source = services.source(kind)?;
    if !ctx.actor.holds(source.permission(), ctx.now) {
        return Err(kernel::actor::missing(source.permission()).into());
    }
    let scope = ctx.actor.scope(source.permission(), false, ctx.now);
    let places: Vec<_> =
        scope.roots.iter().map(|root| json!({ "unit": root.unit, "subtree": root.subtree })).collect();
    note(tx, ctx, "imports.export.begun", json!({ "kind": kind, "scope": places }))
}

/// The next page, by the rights of this moment: who loses them in the middle gets no more.
pub fn page(
    tx: &mut Tx<'_>,
    ctx: &Context,
    services: &ImportServices,
    source: &Source,
    after: Option<&str>,
) -> Outcome<Exported> {
    let now = ctx.now;
    let actor = services.actors.actor(tx, ctx.actor.user, now)?.ok_or_else(|| FORBIDDEN.fault())?;
    let ctx = Context { actor: Arc::new(actor), ..ctx.clone() };
    if !ctx.actor.holds(source.permission(), now) {
        return Err(kernel::actor::missing(source.permission()).into());
    }
    source.page(tx, &ctx, after, PAGE)
}

/// Ends: notes how many rows went out.
pub fn end(tx: &mut Tx<'_>, ctx: &Context, kind: &str, rows: i64) -> Outcome<()> {
    note(tx, ctx, "imports.export.ended", json!({ "kind": kind, "rows": rows }))
}

fn note(tx: &mut Tx<'_>, ctx: &Context, action: &str, after: serde_json::Value) -> Outcome<()> {
    let entry = audit::Entry {
        action,
        object_kind: "export",
        object: None,
        unit: None,
        before: None,
        after: Some(after),
    };
    audit::record(tx, ctx, entry)
}
