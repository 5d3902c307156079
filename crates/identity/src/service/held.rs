//! What somebody holds: their grants with the roles' permissions, each role's set kept once and shared by all who hold it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use kernel::id::{Role, User};
use kernel::{HeldGrant, Id, Instant, Outcome};
use parking_lot::Mutex;
use storage::Tx;

use crate::store::{grants, roles};

/// The permissions of roles, by role and version.
#[derive(Debug, Default)]
pub struct RoleSets {
    sets: Mutex<HashMap<Id<Role>, Kept>>,
}

type Kept = (i64, Arc<BTreeSet<String>>);

/// Roles kept; beyond that the memory starts anew.
const MAX_ROLES: usize = 10_000;

impl RoleSets {
    /// The sets of these roles at these versions; what is not known yet is read.
    fn of(
        &self,
        tx: &mut Tx<'_>,
        wanted: &BTreeMap<Id<Role>, i64>,
    ) -> Outcome<HashMap<Id<Role>, Arc<BTreeSet<String>>>> {
        let mut found: HashMap<Id<Role>, Arc<BTreeSet<String>>> = HashMap::with_capacity(wanted.len());
        let missing: Vec<Id<Role>> = {
            let sets = self.sets.lock();
            for (role, version) in wanted {
                if let Some((known, set)) = sets.get(role)
                    && known == version
                {
                    found.insert(*role, Arc::clone(set));
                }
            }
            wanted.keys().filter(|role| !found.contains_key(role)).copied().collect()
        };
        for (role, names) in roles::permissions_of_all(tx, &missing)? {
            found.insert(role, Arc::new(names));
        }
        Ok(found)
    }

    /// Keeps sets that are committed for sure: only what was read outside a writing transaction.
    fn keep(&self, wanted: &BTreeMap<Id<Role>, i64>, found: &HashMap<Id<Role>, Arc<BTreeSet<String>>>) {
        let mut sets = self.sets.lock();
        if sets.len() > MAX_ROLES {
            sets.clear();
        }
        for (role, version) in wanted {
            if let Some(set) = found.get(role)
                && sets.get(role).is_none_or(|(known, _)| known < version)
            {
                sets.insert(*role, (*version, Arc::clone(set)));
            }
        }
    }
}

/// Which grants count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those that hold at this moment or will.
    NotOver(Instant),
    /// Those that have run out besides. Never the revoked ones.
    All,
}

/// The grants of one user. `sets` gives what is known of roles; `None`: inside a writing transaction, all is read.
pub fn of(tx: &mut Tx<'_>, sets: Option<&RoleSets>, user: Id<User>, which: Which) -> Outcome<Vec<HeldGrant>> {
    Ok(of_all(tx, sets, &[user], which)?.remove(&user).unwrap_or_default())
}

/// The grants of several users.
pub fn of_all(
    tx: &mut Tx<'_>,
    sets: Option<&RoleSets>,
    users: &[Id<User>],
    which: Which,
) -> Outcome<HashMap<Id<User>, Vec<HeldGrant>>> {
    if users.is_empty() {
        return Ok(HashMap::new());
    }
    let over = match which {
        Which::NotOver(now) => Some(now),
        Which::All => None,
    };
    let rows = grants::held(tx, users, over)?;
    let wanted: BTreeMap<Id<Role>, i64> = rows.iter().map(|row| (row.2, row.10)).collect();
    let found = match sets {
        Some(sets) => {
            let found = sets.of(tx, &wanted)?;
            sets.keep(&wanted, &found);
            found
        }
        None => RoleSets::default().of(tx, &wanted)?,
    };
    let mut names: HashMap<Id<Role>, Arc<str>> = HashMap::new();
    let mut all: HashMap<Id<User>, Vec<HeldGrant>> = HashMap::new();
    for (id, user, role, name, unit, path, subtree, from, until, gives_all, _) in rows {
        let role_name = Arc::clone(names.entry(role).or_insert_with(|| name.into()));
        let permissions = found.get(&role).cloned().unwrap_or_default();
        let grant =
            HeldGrant { id, role, role_name, unit, path, subtree, from, until, permissions, gives_all };
        all.entry(user).or_default().push(grant);
    }
    Ok(all)
}
