//! Both answers to "may they, there, then?": the grants that say yes; for a no what stood in the way, the smallest role that
//! would do, and who could give it.

use std::collections::{BTreeMap, BTreeSet};

use auth::{Decision, Wanted};
use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::{Role as RoleKind, Unit, User as UserKind};
use kernel::permission::Permit;
use kernel::{Actor, Context, HeldGrant, Id, Instant, Outcome, Permission};
use storage::Tx;

use crate::model::{Role, User};
use crate::permission::{ExplainAccess, ManageGrants, ReadUsers};
use crate::service::Services;
use crate::service::held::{self, Which};
use crate::store::{grants, roles, users};

/// Roles named for a no.
const NEAREST: usize = 3;
/// Givers named for a no.
const GIVERS: usize = 10;
/// Candidates looked at to find them.
const CANDIDATES: i64 = 200;

/// One question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// About whom.
    pub user: Id<UserKind>,
    /// What.
    pub permission: &'static Permission,
    /// Where.
    pub unit: Id<Unit>,
    /// When.
    pub at: Instant,
}

/// An answer with its reasons.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The rights' part of it.
    pub decision: Decision,
    /// Whether the account is disabled: then nothing else matters.
    pub user_disabled: bool,
    /// The unit asked about, and those above it, the root first.
    pub lineage: Vec<contracts::UnitRef>,
    /// Everything that said yes, with the grant as it is held.
    pub paths: Vec<HeldGrant>,
    /// For a no: the roles that carry it and little else.
    pub nearest_roles: Vec<Role>,
    /// For a no: who could give it there, of those the asker may see.
    pub could_be_granted_by: Vec<User>,
}

impl Answer {
    /// The answer.
    pub fn allowed(&self) -> bool {
        self.decision.allowed && !self.user_disabled
    }
}

/// Answers a question, with all reasons. The asker must hold `identity.access.explain` at the place.
pub fn why(tx: &mut Tx<'_>, ctx: &Context, shared: &Services, question: Question) -> Outcome<Answer> {
    let unit = shared
        .tree
        .unit(tx, question.unit)?
        .filter(|unit| ctx.actor.may(ExplainAccess::PERMISSION, &unit.path, ctx.now))
        .or_refuse(&NOT_FOUND)?;
    let held = held::of(tx, None, question.user, Which::All)?;
    let user = about(tx, ctx, question.user, &held)?;
    let decision = auth::why(&held, question.permission, &unit.path, question.at);
    let user_disabled = !user.is_enabled();
    let lineage = shared.tree.lineage(tx, &unit.path)?;
    let (nearest_roles, could_be_granted_by) = if decision.allowed {
        (Vec::new(), Vec::new())
    } else {
        (nearest(tx, &unit.path, question.permission)?, givers(tx, ctx, &unit.path, question)?)
    };
    let yes: BTreeSet<_> = decision.paths.iter().map(|path| path.grant).collect();
    let paths = held.into_iter().filter(|grant| yes.contains(&grant.id)).collect();
    Ok(Answer { decision, user_disabled, lineage, paths, nearest_roles, could_be_granted_by })
}

/// The account asked about, if the asker may know of it: by its home, or by something it holds where the asker may ask.
fn about(tx: &mut Tx<'_>, ctx: &Context, id: Id<UserKind>, held: &[HeldGrant]) -> Outcome<User> {
    let user = users::find(tx, id)?.or_refuse(&NOT_FOUND)?;
    let may = |path| ctx.actor.may(ExplainAccess::PERMISSION, path, ctx.now);
    if id == ctx.actor.user || may(&user.unit_path) || held.iter().any(|grant| may(&grant.path)) {
        return Ok(user);
    }
    Err(NOT_FOUND.fault())
}

/// The roles that could be given there and carry the permission, those with the fewest others first.
fn nearest(tx: &mut Tx<'_>, path: &kernel::UnitPath, permission: &Permission) -> Outcome<Vec<Role>> {
    let all = roles::givable_at(tx, path)?;
    let ids: Vec<Id<RoleKind>> = all.iter().map(|role| role.id).collect();
    let names: BTreeMap<Id<RoleKind>, BTreeSet<String>> = roles::permissions_of_all(tx, &ids)?;
    let size = |role: &Role| names.get(&role.id).map_or(0, BTreeSet::len);
    let mut carrying: Vec<Role> = all
        .into_iter()
        .filter(|role| names.get(&role.id).is_some_and(|set| set.contains(permission.name)))
        .collect();
    carrying.sort_by(|a, b| {
        (a.gives_all, size(a)).cmp(&(b.gives_all, size(b))).then_with(|| a.name.cmp(&b.name))
    });
    carrying.truncate(NEAREST);
    Ok(carrying)
}

/// Who could give the permission there and then, of those the asker may see; never the one who lacks it.
fn givers(tx: &mut Tx<'_>, ctx: &Context, path: &kernel::UnitPath, question: Question) -> Outcome<Vec<User>> {
    if question.permission.everyone {
        return Ok(Vec::new());
    }
    let candidates =
        grants::holders(tx, ManageGrants::PERMISSION.name, &path.lineage(), ctx.now, CANDIDATES)?;
    let mut held = held::of_all(tx, None, &candidates, Which::NotOver(ctx.now))?;
    let wanted = [Wanted {
        permission: question.permission.name,
        unit_path: path,
        subtree: false,
        from: ctx.now,
        until: Some(ctx.now.plus_seconds(3_600)),
    }];
    let able: Vec<Id<UserKind>> = candidates
        .into_iter()
        .filter(|id| *id != question.user)
        .filter(|id| {
            let grants = held.remove(id).unwrap_or_default().into();
            let giver = Actor { user: *id, display_name: "".into(), session: None, grants };
            auth::ceiling(&giver, ctx.now, &wanted, ManageGrants::PERMISSION.name).is_empty()
        })
        .collect();
    let mut able = users::find_all(tx, &able)?;
    able.retain(|user| {
        let may = |permission| ctx.actor.may(permission, &user.unit_path, ctx.now);
        may(ExplainAccess::PERMISSION) || may(ReadUsers::PERMISSION)
    });
    able.sort_by_key(|user| user.id);
    able.truncate(GIVERS);
    Ok(able)
}

/// Answers without reasons, of many questions at once. A question about what the asker may not know is answered as a no.
pub fn check(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    questions: &[Question],
) -> Outcome<Vec<bool>> {
    let ids: Vec<Id<Unit>> = questions.iter().map(|q| q.unit).collect::<BTreeSet<_>>().into_iter().collect();
    let units: BTreeMap<_, _> =
        shared.tree.units(tx, &ids)?.into_iter().map(|unit| (unit.id, unit.path)).collect();
    let people: Vec<Id<UserKind>> =
        questions.iter().map(|q| q.user).collect::<BTreeSet<_>>().into_iter().collect();
    let held = held::of_all(tx, None, &people, Which::All)?;
    let enabled: BTreeSet<Id<UserKind>> =
        users::find_all(tx, &people)?.into_iter().filter(User::is_enabled).map(|user| user.id).collect();
    Ok(questions
        .iter()
        .map(|q| {
            let Some(path) = units.get(&q.unit) else { return false };
            let known = q.user == ctx.actor.user || ctx.actor.may(ExplainAccess::PERMISSION, path, ctx.now);
            let grants = held.get(&q.user).map_or(&[][..], Vec::as_slice);
            known && enabled.contains(&q.user) && auth::why(grants, q.permission, path, q.at).allowed
        })
        .collect())
}
