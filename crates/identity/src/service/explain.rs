//! Both answers to "may they, there, then?": the grants that say yes; for a no what stood in the way, the smallest role that
//! would do, and who could give it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use auth::{Decision, Wanted};
use contracts::Located;
use kernel::error::{NOT_FOUND, OrRefuse};
use kernel::id::{Role as RoleKind, Unit, User as UserKind};
use kernel::permission::Permit;
use kernel::{Actor, Context, Fault, HeldGrant, Id, Instant, Outcome, Permission, Scope};
use storage::Tx;
use uuid::Uuid;

use crate::model::{Role, User};
use crate::permission::{ExplainAccess, ManageGrants, ReadUsers};
use crate::service::Services;
use crate::service::conflicts::{self, Held};
use crate::service::held::{self, Which};
use crate::service::roles as custom;
use crate::service::second_factor::Factors;
use crate::service::three;
use crate::store::grant_lists::{self, Sight};
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
    /// Whether they may do nothing before they have set up a second factor.
    pub mfa_required: bool,
    /// For a no: whether a grant that would do waits for a second person.
    pub awaits_approval: bool,
    /// For a no: whether a role that would do must not meet with one they hold.
    pub conflict: bool,
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
        self.decision.allowed && !self.user_disabled && !self.mfa_required
    }

    /// What stood in the way, by the words of the API.
    pub fn blocked_by(&self) -> Vec<&'static str> {
        let also = [(self.awaits_approval, "awaits_approval"), (self.conflict, "conflict")];
        let also = also.into_iter().filter(|(so, _)| *so).map(|(_, word)| word);
        let mut words = standing(self.user_disabled, self.mfa_required);
        words.extend(also);
        words.extend(self.decision.blocked_by.iter().map(|block| block.name()));
        words
    }
}

/// What stands in the way of an account whatever it holds, by the words of the API.
pub(crate) fn standing(user_disabled: bool, mfa_required: bool) -> Vec<&'static str> {
    let words = [(user_disabled, "user_disabled"), (mfa_required, "mfa_required")];
    words.into_iter().filter(|(so, _)| *so).map(|(_, word)| word).collect()
}

/// Words as they are answered.
pub(crate) fn words(list: Vec<&'static str>) -> Vec<String> {
    list.into_iter().map(str::to_owned).collect()
}

/// An answer to one of many questions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// The answer.
    pub allowed: bool,
    /// What stood in the way, as far as the asker may ask why: [`Answer::blocked_by`] without what a look around would find.
    pub blocked_by: Vec<&'static str>,
}

/// Somebody who knows where things lie.
pub type Locator = Arc<dyn for<'c> Located<Tx<'c>>>;

/// The unit by whose place it is decided who may do this to a thing that the asker may know of.
pub fn deciding_unit(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    object: Uuid,
    permission: &Permission,
) -> Outcome<Id<Unit>> {
    for locator in shared.located.iter() {
        if let Some(unit) = locator.deciding_unit(tx, ctx, object, permission)? {
            return Ok(unit);
        }
    }
    Err(NOT_FOUND.fault())
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
    let factors = Factors::of(tx, &[user.id])?;
    let mut answer = Answer {
        decision,
        user_disabled: !user.is_enabled(),
        mfa_required: factors.hold_up(shared, question.permission, user.id, &held, question.at),
        awaits_approval: false,
        conflict: false,
        lineage: shared.tree.lineage(tx, &unit.path)?,
        paths: Vec::new(),
        nearest_roles: Vec::new(),
        could_be_granted_by: Vec::new(),
    };
    if !answer.decision.allowed {
        (answer.nearest_roles, answer.conflict) =
            nearest(tx, ctx.now, &unit.path, question.permission, user.id)?;
        answer.could_be_granted_by = givers(tx, ctx, &unit.path, question)?;
        let carrying = roles::carrying(tx, question.permission.name)?;
        answer.awaits_approval =
            grants::awaiting(tx, user.id, &carrying, ctx.now)?.iter().any(|grant| grant.reaches(&unit.path));
    }
    let yes: BTreeSet<_> = answer.decision.paths.iter().map(|path| path.grant).collect();
    answer.paths = held.into_iter().filter(|grant| yes.contains(&grant.id)).collect();
    Ok(answer)
}

/// The account asked about, if the asker may know of it: by its home, or by something it holds where the asker may ask.
pub(crate) fn about(tx: &mut Tx<'_>, ctx: &Context, id: Id<UserKind>, held: &[HeldGrant]) -> Outcome<User> {
    users::find(tx, id)?.filter(|user| is_known(ctx, user, held)).or_refuse(&NOT_FOUND)
}

fn is_known(ctx: &Context, user: &User, held: &[HeldGrant]) -> bool {
    let may = |path| ctx.actor.may(ExplainAccess::PERMISSION, path, ctx.now);
    user.id == ctx.actor.user || may(&user.unit_path) || held.iter().any(|grant| may(&grant.path))
}

/// The roles that could be given there to this person and carry the permission, those with the fewest others first; and whether
/// any was left out because it must not meet with what they hold.
fn nearest(
    tx: &mut Tx<'_>,
    now: Instant,
    path: &kernel::UnitPath,
    permission: &Permission,
    user: Id<UserKind>,
) -> Outcome<(Vec<Role>, bool)> {
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
    let (mut near, mut conflict) = (Vec::new(), false);
    for role in carrying {
        if near.len() == NEAREST {
            break;
        }
        let against_itself = match names.get(&role.id) {
            Some(set) if !role.builtin => custom::against_itself(tx, set)?.is_some(),
            _ => false,
        };
        if against_itself {
            // From before it was refused: nobody can hold it, and that is no matter of what they hold.
            continue;
        }
        let held = Held { user, role: role.id, path, from: now, until: None, itself: None };
        let forbidden = three::refuse_meeting(tx, now, user, role.id)
            .and_then(|()| conflicts::clashes(tx, now, held))
            .and_then(|clashes| conflicts::refuse(tx, &clashes, false));
        match forbidden {
            Ok(()) => near.push(role),
            Err(Fault::Refused(_)) => conflict = true,
            Err(fault) => return Err(fault),
        }
    }
    Ok((near, conflict))
}

/// What an asker may know of people and grants: those at home where they may ask or see accounts, and what was given where they
/// may ask.
pub(crate) fn sight(ctx: &Context) -> Sight {
    let places = ctx.actor.scope(ExplainAccess::PERMISSION, false, ctx.now);
    let homes = ctx.actor.scope(ReadUsers::PERMISSION, false, ctx.now);
    let people = Scope::of(places.roots.iter().cloned().chain(homes.roots), None);
    Sight { people, places }
}

/// Who could give the permission there and then, of those the asker may see; never the one who lacks it.
fn givers(tx: &mut Tx<'_>, ctx: &Context, path: &kernel::UnitPath, question: Question) -> Outcome<Vec<User>> {
    if question.permission.everyone {
        return Ok(Vec::new());
    }
    let sight = sight(ctx);
    let sight = Sight { places: Scope::default(), ..sight };
    let granting = roles::carrying(tx, ManageGrants::PERMISSION.name)?;
    let wanted = [Wanted {
        permission: question.permission.name,
        unit_path: path,
        subtree: false,
        from: ctx.now,
        until: Some(ctx.now.plus_seconds(3_600)),
    }];
    let mut able: Vec<Id<UserKind>> = Vec::new();
    let mut after = None;
    while able.len() < GIVERS {
        let candidates = grant_lists::people_with(tx, path, &granting, &sight, ctx.now, after, CANDIDATES)?;
        let Some(last) = candidates.last().copied() else { break };
        after = Some(last);
        let mut held = held::of_all(tx, None, &candidates, Which::NotOver(ctx.now))?;
        able.extend(candidates.into_iter().filter(|id| *id != question.user).filter(|id| {
            let grants = held.remove(id).unwrap_or_default().into();
            let giver = Actor { user: *id, display_name: "".into(), session: None, grants };
            auth::ceiling(&giver, ctx.now, &wanted, ManageGrants::PERMISSION.name).is_empty()
        }));
    }
    able.truncate(GIVERS);
    let mut able = users::find_all(tx, &able)?;
    able.sort_by_key(|user| user.id);
    Ok(able)
}

/// Short answers to many questions at once. A question about what the asker may not know is answered as a no.
pub fn check(
    tx: &mut Tx<'_>,
    ctx: &Context,
    shared: &Services,
    questions: &[Question],
) -> Outcome<Vec<Said>> {
    let ids: Vec<Id<Unit>> = questions.iter().map(|q| q.unit).collect::<BTreeSet<_>>().into_iter().collect();
    let units: BTreeMap<_, _> =
        shared.tree.units(tx, &ids)?.into_iter().map(|unit| (unit.id, unit.path)).collect();
    let people: Vec<Id<UserKind>> =
        questions.iter().map(|q| q.user).collect::<BTreeSet<_>>().into_iter().collect();
    let held = held::of_all(tx, None, &people, Which::All)?;
    let accounts: BTreeMap<_, _> =
        users::find_all(tx, &people)?.into_iter().map(|user| (user.id, user)).collect();
    let factors = Factors::of(tx, &people)?;
    let answer = |q: &Question| {
        let (path, user) = (units.get(&q.unit)?, accounts.get(&q.user)?);
        if q.user != ctx.actor.user && !ctx.actor.may(ExplainAccess::PERMISSION, path, ctx.now) {
            return None;
        }
        let grants = held.get(&q.user).map_or(&[][..], Vec::as_slice);
        let decision = auth::why(grants, q.permission, path, q.at);
        let mut blocked_by =
            standing(!user.is_enabled(), factors.hold_up(shared, q.permission, q.user, grants, q.at));
        blocked_by.extend(decision.blocked_by.iter().map(|block| block.name()));
        let allowed = blocked_by.is_empty();
        // Of somebody they may not know of the asker learns the answer, and nothing besides.
        let told = if is_known(ctx, user, grants) { blocked_by } else { Vec::new() };
        Some(Said { allowed, blocked_by: told })
    };
    Ok(questions.iter().map(|q| answer(q).unwrap_or_default()).collect())
}
