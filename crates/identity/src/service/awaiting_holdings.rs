//! Grants that wait for a second person, as things that hang on people: on whoever asked for one, and on whoever could approve it.

use std::collections::BTreeMap;

use contracts::{HeldCount, HeldItem, Holdings, Passing};
use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::{Grant as GrantKind, Holding, User as UserKind};
use kernel::permission::Permit;
use kernel::{Actor, Context, Fault, Id, Outcome, Scope};
use storage::Tx;

use crate::error::{NOT_THEIRS, OWN_REQUEST};
use crate::model::Grant;
use crate::permission::ManageGrants;
use crate::service::give::{self, Gift};
use crate::service::held::{self, Which};
use crate::service::holdings::visible;
use crate::service::{Services, approve};
use crate::store::{approvals, roles, service_accounts, state, users};

/// What somebody asked for and nobody has approved.
pub struct Requests(pub Services);

/// What waits and somebody could approve.
pub struct Approvals;

fn counted(ctx: &Context, all: &[Grant], within: Option<&Scope>) -> Outcome<HeldCount> {
    let number = |scope: &Scope, inside: bool| {
        let found = all.iter().filter(|grant| scope.covers(&grant.unit_path, None) == inside).count();
        i64::try_from(found).map_err(Fault::internal)
    };
    Ok(HeldCount { shown: number(&visible(ctx, within), true)?, hidden: number(&visible(ctx, None), false)? })
}

/// A page of them: the role, and who would hold it.
fn items(
    tx: &mut Tx<'_>,
    ctx: &Context,
    all: Vec<Grant>,
    within: Option<&Scope>,
    after: Option<Id<Holding>>,
    limit: i64,
) -> Outcome<Vec<HeldItem>> {
    let scope = visible(ctx, within);
    let past = |grant: &Grant| after.is_none_or(|after| grant.id.uuid() > after.uuid());
    let page: Vec<Grant> = all
        .into_iter()
        .filter(|grant| past(grant) && scope.covers(&grant.unit_path, None))
        .take(usize::try_from(limit).unwrap_or(usize::MAX))
        .collect();
    let ids: Vec<_> = page.iter().map(|grant| grant.role_id).collect();
    let named: BTreeMap<_, _> = roles::find_all(tx, &ids)?.into_iter().map(|role| (role.id, role)).collect();
    let ids: Vec<_> = page.iter().map(|grant| grant.user_id).collect();
    let people: BTreeMap<_, _> =
        users::find_all(tx, &ids)?.into_iter().map(|user| (user.id, user.display_name)).collect();
    let item = |grant: Grant| {
        let who = people.get(&grant.user_id).cloned().unwrap_or_default();
        let role = named.get(&grant.role_id);
        let label =
            |word: Option<&String>| format!("{}: {who}", word.map(String::as_str).unwrap_or_default());
        HeldItem {
            id: Id::from_uuid(grant.id.uuid()),
            label: label(role.map(|role| &role.label_en)),
            label_zh: label(role.map(|role| &role.label_zh)),
            unit: grant.unit_id,
            since: grant.created_at,
        }
    };
    Ok(page.into_iter().map(item).collect())
}

impl<'c> Holdings<Tx<'c>> for Requests {
    fn kind(&self) -> &'static str {
        "grant_request"
    }

    fn count(
        &self,
        tx: &mut Tx<'c>,
        ctx: &Context,
        user: Id<UserKind>,
        within: Option<&Scope>,
    ) -> Outcome<HeldCount> {
        counted(ctx, &approvals::awaiting(tx, None, Some(user), ctx.now)?, within)
    }

    fn list(
        &self,
        tx: &mut Tx<'c>,
        ctx: &Context,
        user: Id<UserKind>,
        within: Option<&Scope>,
        after: Option<Id<Holding>>,
        limit: i64,
    ) -> Outcome<Vec<HeldItem>> {
        let all = approvals::awaiting(tx, None, Some(user), ctx.now)?;
        items(tx, ctx, all, within, after, limit)
    }

    /// It is asked for anew by whoever hands it over, up to what they may give, like any grant that passes: it stays a matter of two
    /// people who both know of it, and the first of them is not made another behind the second's back. So nobody does it with their own.
    fn hand_over(
        &self,
        tx: &mut Tx<'c>,
        ctx: &Context,
        passing: &Passing<'_>,
        item: Id<Holding>,
    ) -> Outcome<()> {
        state::lock(tx)?;
        let id: Id<GrantKind> = Id::from_uuid(item.uuid());
        let grant = give::managed(tx, ctx, id)?;
        let waits = grant.awaits_approval && grant.revoked_at.is_none() && !grant.is_over(ctx.now);
        if !waits || grant.granted_by != Some(passing.from) {
            return Err(NOT_THEIRS.fault());
        }
        if passing.from == ctx.actor.user {
            return Err(OWN_REQUEST.fault());
        }
        let gift = Gift {
            user: grant.user_id,
            role: grant.role_id,
            unit: grant.unit_id,
            subtree: grant.subtree,
            from: Some(grant.valid_from.max(ctx.now)),
            until: grant.valid_until,
            reason: grant.reason.clone(),
            ticket: grant.ticket.clone(),
        };
        approve::decline(tx, ctx, id, None, passing.reason)?;
        give::give(tx, ctx, &self.0, &gift).map(drop)
    }
}

impl Approvals {
    /// What waits for this person: they are enabled, no machine, and could approve it.
    fn of(tx: &mut Tx<'_>, ctx: &Context, user: Id<UserKind>) -> Outcome<Vec<Grant>> {
        let account = users::find(tx, user)?.or_refuse(&NOT_FOUND)?;
        if !account.is_enabled() || service_accounts::find(tx, user)?.is_some() {
            return Ok(Vec::new());
        }
        let grants = held::of(tx, None, user, Which::NotOver(ctx.now))?.into();
        let person = Actor { user, display_name: "".into(), session: None, grants };
        let scope = person.scope(ManageGrants::PERMISSION, false, ctx.now);
        if scope.is_empty() {
            return Ok(Vec::new());
        }
        let mut all = Vec::new();
        for grant in approvals::awaiting(tx, Some(&scope), None, ctx.now)? {
            if approve::could_approve(tx, &person, ctx.now, &grant)? {
                all.push(grant);
            }
        }
        Ok(all)
    }
}

impl<'c> Holdings<Tx<'c>> for Approvals {
    fn kind(&self) -> &'static str {
        "approval"
    }

    /// It waits for whoever may approve it, and passes with that right.
    fn passes(&self) -> bool {
        false
    }

    fn count(
        &self,
        tx: &mut Tx<'c>,
        ctx: &Context,
        user: Id<UserKind>,
        within: Option<&Scope>,
    ) -> Outcome<HeldCount> {
        counted(ctx, &Self::of(tx, ctx, user)?, within)
    }

    fn list(
        &self,
        tx: &mut Tx<'c>,
        ctx: &Context,
        user: Id<UserKind>,
        within: Option<&Scope>,
        after: Option<Id<Holding>>,
        limit: i64,
    ) -> Outcome<Vec<HeldItem>> {
        let all = Self::of(tx, ctx, user)?;
        items(tx, ctx, all, within, after, limit)
    }

    fn hand_over(&self, _: &mut Tx<'c>, _: &Context, _: &Passing<'_>, _: Id<Holding>) -> Outcome<()> {
        Err(NOT_THEIRS.fault())
    }
}
