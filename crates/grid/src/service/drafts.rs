//! What somebody has begun to report, for themself alone: kept until it is sent or thrown away.

use kernel::error::{NOT_FOUND, OrRefuse, STALE};
use kernel::id::{File, IncidentDraft};
use kernel::{Context, Cursor, Id, Outcome, Page, PageSize};
use serde_json::json;
use storage::audit::Entry;
use storage::{Tx, audit};

use super::report::{self, NewIncident};
use super::see::Shown;
use crate::error::TOO_MANY_DRAFTS;
use crate::model::Draft;
use crate::ports::GridServices;
use crate::store::drafts;

/// Drafts of one person: a bound against floods, which two requests at once may pass by one.
pub const MOST: i64 = 20;

/// On the trail stands that there is one, never what it says.
fn record(tx: &mut Tx<'_>, ctx: &Context, draft: &Draft, action: &str) -> Outcome<()> {
    let entry = Entry {
        action,
        object_kind: "incident_draft",
        object: Some(draft.id.uuid()),
        unit: None,
        before: None,
        after: Some(json!({ "version": draft.version })),
    };
    audit::record(tx, ctx, entry)
}

/// Keeps a new one.
pub fn keep(tx: &mut Tx<'_>, ctx: &Context, content: String) -> Outcome<Draft> {
    if drafts::count(tx, ctx.actor.user)? >= MOST {
        return Err(TOO_MANY_DRAFTS.refusal().because(format!("at most {MOST}")).into());
    }
    let draft = Draft { id: ctx.id(), owner: ctx.actor.user, content, changed_at: ctx.now, version: 1 };
    drafts::insert(tx, &draft)?;
    record(tx, ctx, &draft, "grid.draft.kept")?;
    Ok(draft)
}

/// One of the actor's.
pub fn find(tx: &mut Tx<'_>, ctx: &Context, id: Id<IncidentDraft>) -> Outcome<Draft> {
    drafts::find(tx, id)?.filter(|draft| draft.owner == ctx.actor.user).or_refuse(&NOT_FOUND)
}

/// The actor's, the newest first.
pub fn list(
    tx: &mut Tx<'_>,
    ctx: &Context,
    after: Option<Id<IncidentDraft>>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Draft>> {
    let rows = drafts::of_owner(tx, ctx.actor.user, after, size.probe())?;
    Ok(Page::cut(rows, size, |draft| Cursor { after: draft.id.uuid(), filter: fingerprint, key: None }))
}

/// Puts other content in place of what was there.
pub fn change(
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: Id<IncidentDraft>,
    expected: i64,
    content: String,
) -> Outcome<Draft> {
    let draft = find(tx, ctx, id)?;
    if draft.version != expected {
        return Err(STALE.fault());
    }
    let draft = Draft { content, changed_at: ctx.now, version: draft.version + 1, ..draft };
    if !drafts::update(tx, &draft)? {
        return Err(STALE.fault());
    }
    record(tx, ctx, &draft, "grid.draft.changed")?;
    Ok(draft)
}

/// Throws one away.
pub fn discard(tx: &mut Tx<'_>, ctx: &Context, id: Id<IncidentDraft>) -> Outcome<()> {
    let draft = find(tx, ctx, id)?;
    if !drafts::remove(tx, id)? {
        return Err(NOT_FOUND.fault());
    }
    record(tx, ctx, &draft, "grid.draft.discarded")
}

/// Reports what a draft says, and keeps the draft no longer.
pub fn submit(
    tx: &mut Tx<'_>,
    ctx: &Context,
    s: &GridServices,
    id: Id<IncidentDraft>,
    files: Vec<Id<File>>,
    read: impl Fn(&str) -> Outcome<NewIncident>,
) -> Outcome<Shown> {
    let draft = find(tx, ctx, id)?;
    // Of two that send it at once one finds it.
    if !drafts::remove(tx, id)? {
        return Err(NOT_FOUND.fault());
    }
    report::report(tx, ctx, s, &NewIncident { files, ..read(&draft.content)? })
}
