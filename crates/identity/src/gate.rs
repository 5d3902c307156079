//! The gate: from a login and a password to tokens, and from a token to the actor, with the rights as they are now.

use std::sync::Arc;

use kernel::{Instant, Outcome};
use parking_lot::RwLock;
use storage::{Coalesced, Db, Tx};

use crate::oidc::Providers;
use crate::service::{Services, builtin, keys, realm_key, seal, second_factor, sign_ins};
use crate::store::state;

pub mod actors;
pub mod asks;
pub mod by_key;
pub mod demands;
pub mod hasher;
pub mod newcomers;
#[cfg(feature = "oidc")]
pub mod oidc;
pub mod ring;
pub mod sign_in;
pub mod strangers;
pub mod tickets;

pub use actors::{must_change_password, must_enrol};
pub use sign_in::{Entered, SignedIn};

/// How the gate is run.
#[derive(Debug, Clone)]
pub struct GateSettings {
    /// Who issues tokens, for whom, and for how long.
    pub tokens: auth::TokenRules,
    /// What a password hash costs.
    pub cost: auth::Cost,
    /// How patient lock-out is.
    pub throttle: auth::Throttle,
    /// Password hashes worked on at once.
    pub hashing_at_once: usize,
    /// Sign-ins that may wait for one of those places; one more is refused with 503.
    pub hashing_queue: usize,
    /// Failed sign-ins a minute from one address before it is refused with 429.
    pub failures_per_address: u32,
    /// Verified tokens remembered.
    pub tokens_remembered: u64,
    /// Who must have a second factor.
    pub second_factor: second_factor::Rule,
    /// Days that the log of sign-ins is kept.
    pub sign_ins_days: i64,
    /// Identity providers that staff may sign in at.
    pub providers: Providers,
}

impl GateSettings {
    /// The settings of a realm whose tokens carry this issuer and audience.
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        Self {
            tokens: auth::TokenRules { issuer: issuer.into(), audience: audience.into(), life_seconds: 900 },
            cost: auth::Cost::PRODUCTION,
            throttle: auth::Throttle::default(),
            hashing_at_once: 3,
            hashing_queue: 64,
            failures_per_address: 30,
            tokens_remembered: 100_000,
            second_factor: second_factor::Rule::Optional,
            sign_ins_days: sign_ins::KEEP_DAYS,
            providers: Providers::default(),
        }
    }
}

/// One realm's gate.
pub struct Gate {
    pub(crate) db: Db,
    pub(crate) services: Services,
    pub(crate) settings: GateSettings,
    pub(crate) hasher: hasher::Hasher,
    pub(crate) ring: ring::Ring,
    pub(crate) strangers: strangers::Strangers,
    pub(crate) asks: asks::Asks,
    pub(crate) demands: parking_lot::RwLock<Option<(i64, std::sync::Arc<crate::model::policies::Policies>)>>,
    pub(crate) epochs: auth::Epochs,
    pub(crate) newest: Coalesced<i64>,
    pub(crate) tokens: auth::TokenCache<actors::Known>,
    pub(crate) sealer: RwLock<Option<Arc<auth::Sealer>>>,
    pub(crate) keys_used: by_key::Uses,
    #[cfg(feature = "oidc")]
    pub(crate) oidc: oidc::Oidc,
    pub(crate) sessions: auth::TokenCache<actors::Known>,
}

impl Gate {
    /// A gate to this database. Hashes one password, for the decoy.
    pub fn new(db: Db, services: Services, settings: GateSettings) -> Outcome<Self> {
        let services = Services { second_factor: settings.second_factor, ..services };
        Ok(Self {
            hasher: hasher::Hasher::new(&settings)?,
            ring: ring::Ring::default(),
            strangers: strangers::Strangers::new(settings.failures_per_address),
            asks: asks::Asks::default(),
            demands: parking_lot::RwLock::default(),
            epochs: auth::Epochs::default(),
            newest: Coalesced::new(db.clone(), state::epoch),
            tokens: auth::TokenCache::new(settings.tokens_remembered),
            sealer: RwLock::default(),
            keys_used: by_key::Uses::default(),
            #[cfg(feature = "oidc")]
            oidc: oidc::Oidc::new()?,
            sessions: auth::TokenCache::new(settings.tokens_remembered),
            db,
            services,
            settings,
        })
    }

    /// What hashes passwords.
    pub fn hasher(&self) -> &hasher::Hasher {
        &self.hasher
    }

    /// The public keys that tokens verify with, as a JSON Web Key Set.
    pub async fn public_keys(&self, now: Instant) -> Outcome<String> {
        let ring = self.ring.fresh(&self.db).await?;
        Ok(ring.jwks(now).to_string())
    }

    /// The realm's name, as tokens and authenticator apps have it.
    pub fn issuer(&self) -> &str {
        &self.settings.tokens.issuer
    }

    /// The identity providers that staff may sign in at.
    pub fn providers(&self) -> &Providers {
        &self.settings.providers
    }

    /// The deeds' shared things.
    pub fn services(&self) -> &Services {
        &self.services
    }
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gate").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// What every start does, in one writing transaction: the built-in roles in line with the plugins, a key to sign with, and
/// one for digests of logins.
pub fn start(tx: &mut Tx<'_>, now: Instant, services: &Services) -> Outcome<Vec<&'static str>> {
    let changed = builtin::sync_builtin_roles(tx, now, &services.catalogue)?;
    keys::load_or_create(tx, now)?;
    seal::load_or_create(tx, now)?;
    if let Some(outside) = &services.world {
        realm_key::refuse_another(tx, outside, now)?;
    }
    Ok(changed)
}
