//! What hangs on a person here, and how it passes on: the open incidents they are to handle, and the posts they hold.

use contracts::{HeldCount, HeldItem, Holdings, Passing};
use kernel::error::{NOT_FOUND, OrRefuse, STALE};
use kernel::id::{GridPost, Holding, Incident as IncidentId, User};
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome, Scope};
use storage::Tx;

use super::post::{self, NewPost};
use super::report::{Told, tell};
use super::see::{self, Units};
use crate::error::{HANDLER_NOT_ABLE, NOT_THEIRS};
use crate::model::PostRole;
use crate::permission::{DispatchIncident, HandleIncident, ReadIncidents};
use crate::ports::GridServices;
use crate::store::{held, incidents, posts};

/// What a handover is called in an incident's history.
pub const HAND_OVER: &str = "hand_over";

/// The open incidents somebody is to handle.
#[derive(Clone)]
pub struct IncidentHoldings(pub GridServices);

/// The part of a scope that lies in the places asked for.
fn visible(ctx: &Context, within: Option<&Scope>) -> Scope {
    let seen = ctx.actor.scope(ReadIncidents::PERMISSION, false, ctx.now);
    match within {
        None => seen,
        Some(places) => Scope::of(places.roots.iter().flat_map(|r| seen.within(r.unit, &r.path).roots), None),
    }
}

impl<'c> Holdings<Tx<'c>> for IncidentHoldings {
    fn kind(&self) -> &'static str {
        "incident"
    }

    fn count(
        &self,
        tx: &mut Tx<'c>,
        ctx: &Context,
        user: Id<User>,
        within: Option<&Scope>,
    ) -> Outcome<HeldCount> {
        let all = held::count_incidents(tx, user, None)?;
        let seen = held::count_incidents(tx, user, Some(&visible(ctx, None)))?;
        let shown = match within {
            None => seen,
            Some(_) => held::count_incidents(tx, user, Some(&visible(ctx, within)))?,
        };
        Ok(HeldCount { shown, hidden: all - seen })
    }

    fn list(
        &self,
        tx: &mut Tx<'c>,
        ctx: &Context,
        user: Id<User>,
        within: Option<&Scope>,
        after: Option<Id<Holding>>,
        limit: i64,
    ) -> Outcome<Vec<HeldItem>> {
        let rows = held::incidents(tx, user, Some(&visible(ctx, within)), after, limit)?;
        let item = |(id, title, unit, since): held::HeldIncident| HeldItem {
            id: Id::from_uuid(id.uuid()),
            label_zh: title.clone(),
            label: title,
            unit,
            since,
        };
        Ok(rows.into_iter().map(item).collect())
    }

    /// The incident stays in its state: whoever may dispatch it gives it to somebody else who can handle it. Who resolved it
    /// stays who resolved it.
    fn hand_over(
        &self,
        tx: &mut Tx<'c>,
        ctx: &Context,
        passing: &Passing<'_>,
        item: Id<Holding>,
    ) -> Outcome<()> {
        let id: Id<IncidentId> = Id::from_uuid(item.uuid());
        let mut incident = incidents::find_locked(tx, id)?.or_refuse(&NOT_FOUND)?;
        let units = Units::of(tx, &self.0, [&incident])?;
        let at = units.places(&incident)?;
        if !see::visible(ctx, &incident, at) {
            return Err(NOT_FOUND.fault());
        }
        if incident.assignee != Some(passing.from) || incident.state.is_over() {
            return Err(NOT_THEIRS.fault());
        }
        ctx.require(DispatchIncident::PERMISSION, at.unit)?;
        let place = at.assignee_unit.unwrap_or(at.unit);
        if !self.0.users.holds(tx, passing.to, HandleIncident::NAME, place, ctx.now)? {
            return Err(HANDLER_NOT_ABLE.fault());
        }
        incident.assignee = Some(passing.to);
        incident.version += 1;
        if !incidents::update(tx, &incident)? {
            return Err(STALE.fault());
        }
        // The reason stays on the trail: a reporter reads the steps, and why somebody left is not theirs to know.
        let from = Some(incident.state);
        tell(tx, ctx, &incident, Told { from, action: HAND_OVER, ..Told::default() })
    }
}

/// The posts somebody holds or will hold.
#[derive(Clone)]
pub struct PostHoldings(pub GridServices);

/// A post's words, in English and Chinese.
fn post_words(role: PostRole) -> (&'static str, &'static str) {
    match role {
        PostRole::Worker => ("grid worker", "网格员"),
        PostRole::Police => ("police officer", "社区民警"),
        PostRole::Assistant => ("assistant", "协管员"),
    }
}

impl<'c> Holdings<Tx<'c>> for PostHoldings {
    fn kind(&self) -> &'static str {
        "post"
    }

    /// Who is on duty where is for everybody to see: nothing is hidden.
    fn count(
        &self,
        tx: &mut Tx<'c>,
        ctx: &Context,
        user: Id<User>,
        within: Option<&Scope>,
    ) -> Outcome<HeldCount> {
        Ok(HeldCount { shown: held::count_posts(tx, user, within, ctx.now)?, hidden: 0 })
    }

    fn list(
        &self,
        tx: &mut Tx<'c>,
        ctx: &Context,
        user: Id<User>,
        within: Option<&Scope>,
        after: Option<Id<Holding>>,
        limit: i64,
    ) -> Outcome<Vec<HeldItem>> {
        let rows = held::posts(tx, user, within, ctx.now, after, limit)?;
        let item = |post: held::HeldPost| {
            let (en, zh) = post_words(post.role);
            HeldItem {
                id: post.id,
                label: format!("{}, {en}", post.grid_name),
                label_zh: format!("{} {zh}", post.grid_name),
                unit: post.unit,
                since: post.from,
            }
        };
        Ok(rows.into_iter().map(item).collect())
    }

    /// The post ends, and the successor's begins, until the same day.
    fn hand_over(
        &self,
        tx: &mut Tx<'c>,
        ctx: &Context,
        passing: &Passing<'_>,
        item: Id<Holding>,
    ) -> Outcome<()> {
        let id: Id<GridPost> = Id::from_uuid(item.uuid());
        let old = posts::find(tx, id)?.or_refuse(&NOT_FOUND)?;
        // One that was ended before it began has no day left either.
        let over = old.until.is_some_and(|until| until <= ctx.now.max(old.from));
        if old.user != passing.from || over {
            return Err(NOT_THEIRS.fault());
        }
        post::end(tx, ctx, &self.0, old.grid, id, old.version)?;
        let new =
            NewPost { user: passing.to, role: old.role, from: Some(ctx.now.max(old.from)), until: old.until };
        post::assign(tx, ctx, &self.0, old.grid, &new).map(drop)
    }
}
