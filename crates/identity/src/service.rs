//! The deeds: plain functions over a transaction, a context and what is shared.

use std::collections::BTreeSet;
use std::sync::Arc;

use contracts::UnitTree;
use kernel::Permission;
use storage::Tx;

pub mod accept;
pub mod accounts;
pub mod amend;
pub mod bootstrap;
pub mod builtin;
pub mod ceiling;
pub mod codes;
pub mod contacts;
pub mod effective;
pub mod explain;
pub mod give;
pub mod held;
pub mod invite;
pub mod keys;
pub mod last_administrator;
pub mod mine;
pub mod newcomer;
pub mod outside;
pub mod passwords;
pub mod policies;
pub mod realm_key;
pub mod registration;
pub mod reset;
pub mod revoke;
pub mod roles;
pub mod session;
pub mod three;
pub mod visit;
pub mod words;

/// The governance tree, as territory offers it.
pub type Tree = Arc<dyn for<'c> UnitTree<Tx<'c>>>;

/// What the deeds share: the tree, what may be granted at all, and the roles' permissions read before.
#[derive(Clone)]
pub struct Services {
    /// The governance tree.
    pub tree: Tree,
    /// All plugins' permissions.
    pub catalogue: Arc<[&'static Permission]>,
    /// The permissions of roles, each set kept once.
    pub sets: Arc<held::RoleSets>,
    /// The world outside, where the realm has a way there.
    pub world: Option<Arc<outside::Outside>>,
}

impl Services {
    /// Over a tree and all plugins' permissions.
    pub fn new(tree: Tree, catalogue: impl IntoIterator<Item = &'static Permission>) -> Self {
        Self { tree, catalogue: catalogue.into_iter().collect(), sets: Arc::default(), world: None }
    }

    /// With a way to the world outside.
    #[must_use]
    pub fn with_outside(mut self, outside: outside::Outside) -> Self {
        self.world = Some(Arc::new(outside));
        self
    }

    /// The world outside, or a refusal if there is no way there.
    pub fn outside(&self) -> kernel::Outcome<&outside::Outside> {
        self.world.as_deref().ok_or_else(|| crate::error::NO_CHANNEL.fault())
    }

    /// The permission of this name.
    pub fn permission(&self, name: &str) -> Option<&'static Permission> {
        self.catalogue.iter().copied().find(|p| p.name == name)
    }

    /// The names of permissions that change rights or read what is private.
    pub fn high_risk(&self) -> BTreeSet<&'static str> {
        self.catalogue.iter().filter(|p| p.risk == kernel::Risk::High).map(|p| p.name).collect()
    }
}

impl std::fmt::Debug for Services {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Services").field("permissions", &self.catalogue.len()).finish_non_exhaustive()
    }
}
