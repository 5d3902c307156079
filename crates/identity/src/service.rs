//! The deeds: plain functions over a transaction, a context and what is shared.

use std::collections::BTreeSet;
use std::sync::Arc;

use contracts::UnitTree;
use kernel::Permission;
use storage::Tx;

pub mod accept;
pub mod accounts;
pub mod amend;
pub mod api_keys;
pub mod approve;
mod awaiting_holdings;
pub mod batch;
pub mod bootstrap;
pub mod builtin;
pub mod by_key;
pub mod ceiling;
pub mod challenge;
pub mod codes;
pub mod conflicts;
pub mod contacts;
pub mod deeds;
pub mod doorstep;
pub mod effective;
pub mod expiry;
pub mod explain;
pub mod external;
pub mod foresee;
pub mod give;
pub mod handover;
pub mod handovers;
pub mod held;
pub mod holders;
pub mod holdings;
pub mod invite;
pub mod judge;
pub mod keys;
pub mod last_administrator;
mod machine_holdings;
pub mod machines;
pub mod mine;
pub mod newcomer;
pub mod offboard;
pub mod orphans;
pub mod outside;
pub mod passwords;
pub mod policies;
pub mod reach;
pub mod realm_key;
pub mod registration;
pub mod reset;
pub mod revoke;
pub mod roles;
pub mod seal;
pub mod second_factor;
pub mod session;
pub mod sign_ins;
pub mod three;
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
    /// What else hangs on people, as other domains tell it.
    pub holdings: Arc<[holdings::Holder]>,
    /// Where the things of other domains lie.
    pub located: Arc<[explain::Locator]>,
    /// The world outside, where the realm has a way there.
    pub world: Option<Arc<outside::Outside>>,
    /// Who must have a second factor, whatever the realm's policy says.
    pub second_factor: second_factor::Rule,
}

impl Services {
    /// Over a tree and all plugins' permissions.
    pub fn new(tree: Tree, catalogue: impl IntoIterator<Item = &'static Permission>) -> Self {
        Self {
            tree,
            catalogue: catalogue.into_iter().collect(),
            sets: Arc::default(),
            holdings: Arc::default(),
            located: Arc::default(),
            world: None,
            second_factor: second_factor::Rule::default(),
        }
    }

    /// With what other domains know to hang on people.
    #[must_use]
    pub fn with_holdings(self, others: impl IntoIterator<Item = holdings::Holder>) -> Self {
        Self { holdings: others.into_iter().collect(), ..self }
    }

    /// With where the things of other domains lie.
    #[must_use]
    pub fn with_located(self, others: impl IntoIterator<Item = explain::Locator>) -> Self {
        Self { located: others.into_iter().collect(), ..self }
    }

    /// With a way to the world outside.
    #[must_use]
    pub fn with_outside(self, outside: outside::Outside) -> Self {
        Self { world: Some(Arc::new(outside)), ..self }
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
