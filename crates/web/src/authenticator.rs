//! The port behind every guard: what a token is worth is not decided here.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use kernel::{Actor, Fault, Outcome, Permission};

use crate::error::NOT_SIGNED_IN;

/// Turns a bearer token into the account that holds it, with its grants as they are now.
pub trait Authenticator: Send + Sync {
    /// The actor, or a refusal of kind `Unauthenticated`.
    fn authenticate<'a>(&'a self, token: &'a str) -> Pin<Box<dyn Future<Output = Outcome<Arc<Actor>>> + 'a>>;

    /// The actor who got this ticket for a stream, or a refusal of kind `Unauthenticated`. Where nobody gives tickets none is
    /// worth anything.
    fn redeem<'a>(&'a self, _ticket: &'a str) -> Pin<Box<dyn Future<Output = Outcome<Arc<Actor>>> + 'a>> {
        Box::pin(std::future::ready(Err(NOT_SIGNED_IN.fault())))
    }

    /// Somebody who came with a ticket, as they are now: their session still open, their grants as they are.
    fn again<'a>(&'a self, _actor: &'a Actor) -> Pin<Box<dyn Future<Output = Outcome<Arc<Actor>>> + 'a>> {
        Box::pin(std::future::ready(Err(NOT_SIGNED_IN.fault())))
    }

    /// Why this actor may not use this permission whatever they hold: a password that must be changed first.
    fn refuses(&self, _actor: &Actor, _permission: &Permission) -> Option<Fault> {
        None
    }
}
