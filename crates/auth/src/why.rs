//! Why somebody may, and why not: the grants that answer yes, or what stood in the way of each that nearly did.

use std::sync::Arc;

use kernel::id::{Grant, Unit};
use kernel::{HeldGrant, Id, Instant, Permission, UnitPath};

/// The answer to "may they, there, then?", with its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The answer: the same as [`kernel::Actor::may`] gives.
    pub allowed: bool,
    /// Whether everybody may, without any grant.
    pub everyone: bool,
    /// Every grant that says yes.
    pub paths: Vec<PathFound>,
    /// What stood in the way, each at most once; empty for a yes.
    pub blocked_by: Vec<Block>,
}

/// One grant that says yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathFound {
    /// The grant.
    pub grant: Id<Grant>,
    /// The role it gives.
    pub role_name: Arc<str>,
    /// The unit it was given in: the asked one, or one above it.
    pub granted_in: Id<Unit>,
    /// Where that unit stands.
    pub granted_at: UnitPath,
    /// Until when it says so; `None`: until revoked.
    pub until: Option<Instant>,
}

/// What stood in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Block {
    /// A grant would do, and has run out.
    GrantExpired,
    /// A grant will do, and has not begun.
    NotYet,
    /// A grant carries it, elsewhere.
    OutsideSubtree,
    /// No role of theirs has it.
    NoRole,
}

impl Block {
    /// The word in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::GrantExpired => "grant_expired",
            Self::NotYet => "not_yet",
            Self::OutsideSubtree => "outside_subtree",
            Self::NoRole => "no_role",
        }
    }
}

/// Explains the answer from all grants of somebody, those included that have run out or not begun.
///
/// A grant that would have reached the place counts by its time; one that holds now counts by its place. One that fails both
/// is named only if there is nothing nearer.
pub fn why(grants: &[HeldGrant], permission: &Permission, path: &UnitPath, now: Instant) -> Decision {
    let carrying: Vec<&HeldGrant> = grants.iter().filter(|grant| grant.carries(permission.name)).collect();
    let paths: Vec<PathFound> = carrying
        .iter()
        .filter(|grant| grant.is_live(now) && grant.reaches(path))
        .map(|grant| PathFound {
            grant: grant.id,
            role_name: Arc::clone(&grant.role_name),
            granted_in: grant.unit,
            granted_at: grant.path.clone(),
            until: grant.until,
        })
        .collect();
    let allowed = permission.everyone || !paths.is_empty();
    let blocked_by = if allowed { Vec::new() } else { blocks(&carrying, path, now) };
    Decision { allowed, everyone: permission.everyone, paths, blocked_by }
}

/// What stood in the way of the grants that carry it, none of which says yes.
fn blocks(carrying: &[&HeldGrant], path: &UnitPath, now: Instant) -> Vec<Block> {
    let near = carrying.iter().filter_map(|grant| match (grant.reaches(path), grant.is_live(now)) {
        (true, false) => Some(late_or_early(grant, now)),
        (false, true) => Some(Block::OutsideSubtree),
        _ => None,
    });
    let mut found: Vec<Block> = near.collect();
    if found.is_empty() {
        found.extend(carrying.iter().flat_map(|grant| [Block::OutsideSubtree, late_or_early(grant, now)]));
    }
    if found.is_empty() {
        found.push(Block::NoRole);
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn late_or_early(grant: &HeldGrant, now: Instant) -> Block {
    if now < grant.from { Block::NotYet } else { Block::GrantExpired }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::world::{self, MAY_READ, at};

    fn grant(place: &UnitPath, subtree: bool, from: i64, until: Option<i64>) -> HeldGrant {
        HeldGrant { from: at(from), until: until.map(at), ..world::grant(place, subtree, &[MAY_READ.name]) }
    }

    fn asked(grants: &[HeldGrant], path: &UnitPath) -> Decision {
        why(grants, MAY_READ, path, at(50))
    }

    #[test]
    fn a_yes_names_every_grant_that_says_so() {
        let [town, street, _] = world::three();
        let grants =
            [grant(&town, true, 0, Some(99)), grant(&street, false, 0, None), grant(&town, false, 0, None)];
        let decision = asked(&grants, &street);
        assert!(decision.allowed && decision.blocked_by.is_empty());
        let found: Vec<_> = decision.paths.iter().map(|p| (p.granted_at.clone(), p.until)).collect();
        assert_eq!(found, [(town, Some(at(99))), (street, None)]);
        assert_eq!(&*decision.paths[0].role_name, "role");
    }

    #[test]
    fn a_no_names_what_stood_in_the_way() {
        let [town, street, other] = world::three();
        let says = |grants: &[HeldGrant]| {
            let decision = asked(grants, &street);
            assert!(!decision.allowed && decision.paths.is_empty());
            decision.blocked_by
        };
        assert_eq!(says(&[]), [Block::NoRole]);
        assert_eq!(says(&[world::grant(&town, true, &["other.thing.do"])]), [Block::NoRole]);
        assert_eq!(says(&[grant(&town, true, 0, Some(50))]), [Block::GrantExpired]);
        assert_eq!(says(&[grant(&town, true, 51, None)]), [Block::NotYet]);
        assert_eq!(says(&[grant(&town, false, 0, None)]), [Block::OutsideSubtree]);
        assert_eq!(says(&[grant(&other, true, 0, None)]), [Block::OutsideSubtree]);
        let both =
            [grant(&other, true, 0, None), grant(&street, false, 0, Some(10)), grant(&other, true, 60, None)];
        assert_eq!(says(&both), [Block::GrantExpired, Block::OutsideSubtree]);
        assert_eq!(says(&both[2..]), [Block::NotYet, Block::OutsideSubtree], "nothing nearer");
    }

    #[test]
    fn what_everybody_may_needs_no_grant() {
        let [town, ..] = world::three();
        let decision = why(&[], world::EVERYBODY, &town, at(0));
        assert!(
            decision.allowed
                && decision.everyone
                && decision.paths.is_empty()
                && decision.blocked_by.is_empty()
        );
    }

    proptest! {
        #[test]
        fn why_agrees_with_may(world in world::worlds(), q in world::questions(1)) {
            let q = q[0];
            let (actor, path) = (world.actor(q), world.path(q));
            let decision = why(&actor.grants, q.permission, path, q.now);
            prop_assert_eq!(decision.allowed, actor.may(q.permission, path, q.now));
            prop_assert_eq!(decision.allowed, decision.blocked_by.is_empty());
            prop_assert_eq!(decision.allowed, decision.everyone || !decision.paths.is_empty());
        }
    }
}
