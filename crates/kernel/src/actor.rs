//! Who is asking, and what they may do where. One value, [`Scope`], yields both the check in memory and the filter in SQL.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::clock::IdGen;
use crate::id::{Grant, Role, Session, Unit, User};
use crate::permission::Permission;
use crate::{Id, Instant, UnitPath};

/// A grant as it bears on its holder now: a role, a place, a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldGrant {
    /// The grant's row.
    pub id: Id<Grant>,
    /// The role it gives.
    pub role: Id<Role>,
    /// The role's name.
    pub role_name: Arc<str>,
    /// Where it was given.
    pub unit: Id<Unit>,
    /// Where that unit stands in the tree.
    pub path: UnitPath,
    /// Whether it reaches below the unit.
    pub subtree: bool,
    /// From when it holds.
    pub from: Instant,
    /// Until when it holds (exclusive); `None`: until revoked.
    pub until: Option<Instant>,
    /// What the role allows, by permission name.
    pub permissions: Arc<BTreeSet<String>>,
    /// Whether its holder may give what they do not hold (see `BuiltinRole::may_give_all`).
    pub gives_all: bool,
}

impl HeldGrant {
    /// Whether it holds at `now`: evaluated in every check, so that expiry needs no job to work.
    pub fn is_live(&self, now: Instant) -> bool {
        self.from <= now && self.until.is_none_or(|until| now < until)
    }

    /// Whether it reaches the unit at `path`.
    pub fn reaches(&self, path: &UnitPath) -> bool {
        if self.subtree { self.path.contains(path) } else { self.path == *path }
    }

    /// Whether it carries the permission of this name.
    pub fn carries(&self, permission: &str) -> bool {
        self.permissions.contains(permission)
    }
}

/// Who is asking: an account, the session it came by, and its grants.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The account.
    pub user: Id<User>,
    /// The name shown to others.
    pub display_name: Arc<str>,
    /// The session, if it came by one; a command at the machine's shell has none.
    pub session: Option<Id<Session>>,
    /// All grants that are not revoked, live or not yet.
    pub grants: Arc<[HeldGrant]>,
}

impl Actor {
    /// Whether any live grant carries the permission, wherever: the guard at the door.
    pub fn holds(&self, permission: &Permission, now: Instant) -> bool {
        permission.everyone || self.grants.iter().any(|g| g.is_live(now) && g.carries(permission.name))
    }

    /// Whether the permission holds at the unit at `path`: the check on the object.
    pub fn may(&self, permission: &Permission, path: &UnitPath, now: Instant) -> bool {
        permission.everyone
            || self.grants.iter().any(|g| g.is_live(now) && g.reaches(path) && g.carries(permission.name))
    }

    /// Whether the unit at `path` lies where the actor holds anything, or above it.
    fn is_near(&self, path: &UnitPath, now: Instant) -> bool {
        self.grants
            .iter()
            .any(|grant| grant.is_live(now) && (grant.reaches(path) || path.contains(&grant.path)))
    }

    /// Where the permission holds: only the grants that contain **it** count, never a union over all roles
    /// (`rights.md`, trap 3). `own` says whether the actor's own records count besides.
    pub fn scope(&self, permission: &Permission, own: bool, now: Instant) -> Scope {
        Scope::of(
            self.grants.iter().filter(|g| g.is_live(now) && g.carries(permission.name)).map(|g| Root {
                unit: g.unit,
                path: g.path.clone(),
                subtree: g.subtree,
            }),
            own.then_some(self.user),
        )
    }
}

/// One place a permission holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// The unit.
    pub unit: Id<Unit>,
    /// Its path.
    pub path: UnitPath,
    /// Whether what lies below counts.
    pub subtree: bool,
}

impl Root {
    /// Whether the unit at `path` is in it.
    pub fn covers(&self, path: &UnitPath) -> bool {
        if self.subtree { self.path.contains(path) } else { self.path == *path }
    }
}

/// Where a permission holds for somebody. `roots` never overlap.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    /// The places.
    pub roots: Vec<Root>,
    /// Whose own records count besides, wherever they are.
    pub own: Option<Id<User>>,
}

impl Scope {
    /// Builds a scope and drops the roots that lie in another.
    pub fn of(roots: impl IntoIterator<Item = Root>, own: Option<Id<User>>) -> Self {
        let mut all: Vec<Root> = roots.into_iter().collect();
        all.sort_by(|a, b| a.path.cmp(&b.path).then(b.subtree.cmp(&a.subtree)));
        let mut kept: Vec<Root> = Vec::with_capacity(all.len());
        // Sorted by path, what lies in a subtree follows its root at once: the last kept subtree covers the next root or none
        // does, and a unit alone covers only what follows it at once.
        let mut subtree: Option<UnitPath> = None;
        for root in all {
            let covered = subtree.as_ref().is_some_and(|above| above.contains(&root.path))
                || kept.last().is_some_and(|last| last.covers(&root.path));
            if !covered {
                if root.subtree {
                    subtree = Some(root.path.clone());
                }
                kept.push(root);
            }
        }
        Self { roots: kept, own }
    }

    /// Whether nothing at all is in it.
    pub fn is_empty(&self) -> bool {
        self.roots.is_empty() && self.own.is_none()
    }

    /// Whether a record of the unit at `path`, owned by `owner`, is in it: the check that the SQL filter must agree with.
    pub fn covers(&self, path: &UnitPath, owner: Option<Id<User>>) -> bool {
        (self.own.is_some() && self.own == owner) || self.roots.iter().any(|r| r.covers(path))
    }

    /// The part of the scope that lies in the subtree of the unit at `path`.
    pub fn within(&self, unit: Id<Unit>, path: &UnitPath) -> Self {
        let roots = self.roots.iter().filter_map(|r| {
            if r.covers(path) {
                // The asked-for unit lies inside the root; without `subtree` the root is that unit alone.
                Some(Root { unit, path: path.clone(), subtree: r.subtree })
            } else {
                path.contains(&r.path).then(|| r.clone())
            }
        });
        Self::of(roots, self.own)
    }
}

/// All that a deed needs to know besides its input: who, when, under which request, and where fresh ids come from.
#[derive(Clone)]
pub struct Context {
    /// Who is asking.
    pub actor: Arc<Actor>,
    /// The moment the request is judged at.
    pub now: Instant,
    /// The request's id, as in the `X-Request-Id` header.
    pub request_id: Arc<str>,
    /// Fresh ids.
    pub ids: Arc<dyn IdGen>,
}

impl Context {
    /// A fresh typed id.
    pub fn id<T>(&self) -> Id<T> {
        self.ids.id()
    }

    /// Refuses unless the permission holds at a unit; says which permission is missing and where. The unit is named only to somebody
    /// who holds something there, below it or above: else a refusal would tell where a thing lies that is not theirs to see.
    pub fn require_at(&self, permission: &Permission, unit: Id<Unit>, path: &UnitPath) -> crate::Outcome<()> {
        if self.actor.may(permission, path, self.now) {
            return Ok(());
        }
        let mut what = serde_json::json!({ "permission": permission.name });
        if self.actor.is_near(path, self.now)
            && let Some(what) = what.as_object_mut()
        {
            what.insert("unit_id".to_owned(), serde_json::json!(unit));
        }
        Err(crate::error::FORBIDDEN.refusal().with("missing", serde_json::json!([what])).into())
    }

    /// Refuses unless the permission holds at the unit at `path`; says which permission is missing, and never where: for a place that
    /// is itself not to be told.
    pub fn require(&self, permission: &Permission, path: &UnitPath) -> crate::Outcome<()> {
        if self.actor.may(permission, path, self.now) {
            return Ok(());
        }
        Err(missing(permission).into())
    }
}

/// The refusal for a missing permission; names it, so that the caller knows what to ask for.
pub fn missing(permission: &Permission) -> crate::Refusal {
    crate::error::FORBIDDEN.refusal().with("missing", serde_json::json!([{ "permission": permission.name }]))
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("user", &self.actor.user)
            .field("request_id", &self.request_id)
            .finish()
    }
}
