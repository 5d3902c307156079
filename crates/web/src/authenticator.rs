//! The port behind every guard: what a token is worth is not decided here.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use kernel::{Actor, Fault, Outcome, Permission};

/// Turns a bearer token into the account that holds it, with its grants as they are now.
pub trait Authenticator: Send + Sync {
    /// The actor, or a refusal of kind `Unauthenticated`.
    fn authenticate<'a>(&'a self, token: &'a str) -> Pin<Box<dyn Future<Output = Outcome<Arc<Actor>>> + 'a>>;

    /// Why this actor may not use this permission whatever they hold: a password that must be changed first.
    fn refuses(&self, _actor: &Actor, _permission: &Permission) -> Option<Fault> {
        None
    }
}
