//! The port behind which the world outside is.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

use contracts::AddressKind;
use kernel::{Instant, Outcome};
use serde::{Deserialize, Serialize};

mod folder;
mod webhook;

pub use folder::Folder;
pub use webhook::Webhook;

/// A message as a channel gets it. It may hold a code: it is never logged.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The same at every attempt.
    pub id: uuid::Uuid,
    /// `plugin.what_happened`.
    pub kind: String,
    /// `phone` or `mail`.
    pub address_kind: String,
    /// The address.
    pub address: String,
    /// `zh` or `en`.
    pub language: String,
    /// The title.
    pub title: String,
    /// The text.
    pub body: String,
    /// What the text was made with, for providers that have templates of their own.
    pub parameters: BTreeMap<String, String>,
    /// After this it is worth nothing.
    pub expires_at: Instant,
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Content").field("id", &self.id).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// What a delivery comes to.
pub type Delivery<'a> = Pin<Box<dyn Future<Output = Outcome<()>> + Send + 'a>>;

/// A way out.
pub trait Channel: Send + Sync {
    /// Whether it takes messages to addresses of this kind.
    fn takes(&self, kind: AddressKind) -> bool;
    /// Hands a message over. A fault is tried again later, so the same message may come twice; the fault's text goes to the log and
    /// says nothing of the message.
    fn deliver<'a>(&'a self, content: &'a Content, now: Instant) -> Delivery<'a>;
}
