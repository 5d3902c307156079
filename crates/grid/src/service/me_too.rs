//! "Me too": a case that somebody else reported concerns one as well. Whoever says so hears of its steps.

use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::Incident as IncidentId;
use kernel::{Context, Cursor, Id, Outcome, Page, PageSize};
use serde_json::json;
use storage::audit::Entry;
use storage::{Tx, audit};

use super::see::{self, Units};
use crate::error::{FOLLOWS_OWN, INCIDENT_OVER};
use crate::model::{CategoryKind, FollowKind, Incident};
use crate::ports::GridServices;
use crate::store::{categories, followers, incidents};

/// A case that somebody follows: no more than what is told of it on the way.
#[derive(Debug, Clone)]
pub struct Followed {
    /// The case.
    pub incident: Incident,
    /// Its category's name.
    pub category_name: Option<String>,
    /// Why they hear of it.
    pub kind: FollowKind,
    /// Since when.
    pub since: kernel::Instant,
}

fn record(tx: &mut Tx<'_>, ctx: &Context, i: &Incident, action: &str) -> Outcome<()> {
    let entry = Entry {
        action,
        object_kind: "incident",
        object: Some(i.id.uuid()),
        unit: Some(i.unit),
        before: None,
        after: Some(json!({ "follower": ctx.actor.user })),
    };
    audit::record(tx, ctx, entry)
}

/// An open case that the actor may follow: one they see, or a thing of the town. Others are not there.
fn open_to(tx: &mut Tx<'_>, ctx: &Context, s: &GridServices, id: Id<IncidentId>) -> Outcome<Incident> {
    let (incident, _) = incidents::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    let units = Units::of(tx, s, [&incident])?;
    let thing = match incident.category {
        Some(category) => categories::find(tx, category)?.is_some_and(|c| c.kind == CategoryKind::Component),
        None => false,
    };
    if thing || see::visible(ctx, &incident, units.places(&incident)?) {
        Ok(incident)
    } else {
        Err(NOT_FOUND.fault())
    }
}

/// Says that it concerns the actor, too; said twice it is said once. Answers how many follow it.
pub fn follow(tx: &mut Tx<'_>, ctx: &Context, s: &GridServices, id: Id<IncidentId>) -> Outcome<i64> {
    let incident = open_to(tx, ctx, s, id)?;
    if incident.reporter == ctx.actor.user {
        return Err(FOLLOWS_OWN.fault());
    }
    if incident.state.is_over() {
        return Err(INCIDENT_OVER.fault());
    }
    if followers::add(tx, id, ctx.actor.user, FollowKind::MeToo, ctx.now)? {
        record(tx, ctx, &incident, "grid.incident.followed")?;
    }
    followers::count(tx, id)
}

/// Follows it no more.
pub fn leave(tx: &mut Tx<'_>, ctx: &Context, id: Id<IncidentId>) -> Outcome<()> {
    let (incident, _) = incidents::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    if followers::remove(tx, id, ctx.actor.user)? {
        record(tx, ctx, &incident, "grid.incident.unfollowed")
    } else {
        Err(NOT_FOUND.fault())
    }
}

/// What the actor follows, the newest case first.
pub fn followed(
    tx: &mut Tx<'_>,
    ctx: &Context,
    after: Option<Id<IncidentId>>,
    size: PageSize,
    fingerprint: u64,
) -> Outcome<Page<Followed>> {
    let rows = followers::of_user(tx, ctx.actor.user, after, size.probe())?;
    let page = Page::cut(rows, size, |(i, ..)| Cursor { after: i.id.uuid(), filter: fingerprint, key: None });
    let kinds: Vec<_> = page.items.iter().filter_map(|(i, ..)| i.category).collect();
    let names = categories::names(tx, &kinds)?;
    Ok(page.map(|(incident, kind, since)| Followed {
        category_name: incident.category.and_then(|id| names.get(&id).cloned()),
        incident,
        kind,
        since,
    }))
}
