//! Random trees, roles, grants and questions for the tests of rights.

use std::collections::BTreeSet;
use std::sync::Arc;

use kernel::permission::Permit;
use kernel::{Actor, HeldGrant, Id, Instant, Permission, UnitPath};
use proptest::prelude::*;
use uuid::Uuid;

kernel::permissions! {
    /// Reading.
    Read = "town.thing.read", Low, [], "Read.", "读。";
    /// Writing.
    Write = "town.thing.write", Medium, [], "Write.", "写。";
    /// Closing.
    Close = "town.thing.close", Medium, [], "Close.", "关。";
    /// Granting.
    ManageGrants = "identity.grant.manage", High, [], "Grant.", "授权。";
    /// One's own.
    Own = "town.own.change", Low, [] everyone, "Change one's own.", "改自己的。";
}

pub(crate) const MAY_READ: &Permission = Read::PERMISSION;
pub(crate) const EVERYBODY: &Permission = Own::PERMISSION;
pub(crate) const GRANTING: &str = ManageGrants::NAME;

/// Small times, so that edges meet.
pub(crate) fn at(tick: i64) -> Instant {
    Instant::from_micros(1_790_000_000_000_000).unwrap().plus_seconds(tick)
}

/// A town, a street in it, and another street in it.
pub(crate) fn three() -> [UnitPath; 3] {
    let town = UnitPath::numbered(None, 1).unwrap();
    let street = UnitPath::numbered(Some(&town), 1).unwrap();
    let other = UnitPath::numbered(Some(&town), 2).unwrap();
    [town, street, other]
}

/// The id of the unit at a path, made from the path.
pub(crate) fn unit(path: &UnitPath) -> Id<kernel::id::Unit> {
    Id::from_uuid(Uuid::from_u128(kernel::page::fingerprint(&[path.as_str()]).into()))
}

/// A grant for ever.
pub(crate) fn grant(path: &UnitPath, subtree: bool, permissions: &[&str]) -> HeldGrant {
    HeldGrant {
        id: Id::from_uuid(Uuid::from_u128(1)),
        role: Id::from_uuid(Uuid::from_u128(1)),
        role_name: "role".into(),
        unit: unit(path),
        path: path.clone(),
        subtree,
        from: at(0),
        until: None,
        permissions: Arc::new(permissions.iter().map(|p| (*p).to_owned()).collect()),
        gives_all: false,
    }
}

/// Somebody with these grants.
pub(crate) fn actor(grants: Vec<HeldGrant>) -> Actor {
    Actor {
        user: Id::from_uuid(Uuid::from_u128(1)),
        display_name: "somebody".into(),
        session: None,
        grants: grants.into(),
    }
}

/// A tree and some people with grants in it.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) paths: Vec<UnitPath>,
    pub(crate) roles: Vec<Arc<BTreeSet<String>>>,
    pub(crate) actors: Vec<Actor>,
}

/// One question about a world; numbers are taken modulo what there is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question {
    pub(crate) who: usize,
    pub(crate) unit: usize,
    pub(crate) permission: &'static Permission,
    pub(crate) now: Instant,
}

impl World {
    pub(crate) fn actor(&self, q: Question) -> &Actor {
        &self.actors[q.who % self.actors.len()]
    }

    pub(crate) fn path(&self, q: Question) -> &UnitPath {
        &self.paths[q.unit % self.paths.len()]
    }
}

/// Each unit hangs below an earlier one, or is a root.
fn trees() -> impl Strategy<Value = Vec<UnitPath>> {
    proptest::collection::vec(proptest::option::weighted(0.9, any::<prop::sample::Index>()), 1..14).prop_map(
        |parents| {
            let mut paths: Vec<UnitPath> = Vec::new();
            for (n, parent) in (0_u64..).zip(parents) {
                let parent = parent.filter(|_| n > 0).map(|index| index.get(&paths).clone());
                paths.push(UnitPath::numbered(parent.as_ref(), n).unwrap());
            }
            paths
        },
    )
}

type GrantSeed = (prop::sample::Index, prop::sample::Index, bool, i64, Option<i64>);

fn grant_seeds() -> impl Strategy<Value = Vec<GrantSeed>> {
    let one = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<bool>(), 0_i64..60);
    let one = (one, proptest::option::weighted(0.6, 0_i64..100))
        .prop_map(|((u, r, s, f), until)| (u, r, s, f, until));
    proptest::collection::vec(one, 0..8)
}

pub(crate) fn worlds() -> impl Strategy<Value = World> {
    let names: Vec<String> = PERMISSIONS.iter().filter(|p| !p.everyone).map(|p| p.name.to_owned()).collect();
    let role = (proptest::sample::subsequence(names, 0..=4), prop::bool::weighted(0.2));
    let roles = proptest::collection::vec(role, 4);
    (trees(), roles, proptest::collection::vec(grant_seeds(), 2)).prop_map(|(paths, roles, people)| {
        let (roles, gives): (Vec<Arc<BTreeSet<String>>>, Vec<bool>) =
            roles.into_iter().map(|(names, gives)| (Arc::new(names.into_iter().collect()), gives)).unzip();
        let actors = people
            .into_iter()
            .enumerate()
            .map(|(n, seeds)| {
                let held = seeds.into_iter().enumerate().map(|(g, (unit, role, subtree, from, until))| {
                    let role = role.index(roles.len());
                    HeldGrant {
                        id: Id::from_uuid(Uuid::from_u128((n * 100 + g).try_into().unwrap())),
                        role: Id::from_uuid(Uuid::from_u128(role.try_into().unwrap())),
                        role_name: format!("role-{role}").into(),
                        from: at(from),
                        until: until.map(at),
                        permissions: Arc::clone(&roles[role]),
                        gives_all: gives[role],
                        ..grant(unit.get(&paths), subtree, &[])
                    }
                });
                Actor { user: Id::from_uuid(Uuid::from_u128(n.try_into().unwrap())), ..actor(held.collect()) }
            })
            .collect();
        World { paths, roles, actors }
    })
}

pub(crate) fn questions(count: usize) -> impl Strategy<Value = Vec<Question>> {
    let permission = proptest::sample::select(PERMISSIONS.to_vec());
    let one = (any::<usize>(), any::<usize>(), permission, 0_i64..110)
        .prop_map(|(who, unit, permission, tick)| Question { who, unit, permission, now: at(tick) });
    proptest::collection::vec(one, count)
}
