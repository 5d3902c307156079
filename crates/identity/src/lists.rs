//! Accounts and grants as lists: imported by the very deeds that a request calls, exported within the asker's scope.

use std::sync::Arc;

use contracts::{ActorLoader, UnitFinder, UnitRef};
use kernel::error::{FIELD_UNKNOWN_REFERENCE, INVALID};
use kernel::id::User;
use kernel::{Actor, Id, Instant, Outcome, Refusal};
use storage::Tx;

use crate::gate::actors::actor_of;
use crate::service::Services;

pub mod grants;
pub mod users;

/// Units by what people write.
pub type Finder = Arc<dyn for<'c> UnitFinder<Tx<'c>>>;

/// What both lists stand on.
#[derive(Clone)]
pub struct Lists {
    /// The deeds' shared things.
    pub services: Services,
    /// Units by what people write.
    pub units: Finder,
}

/// The accounts with what they hold now, for work that goes on after its request.
#[derive(Debug, Clone, Copy, Default)]
pub struct Loader;

impl<'c> ActorLoader<Tx<'c>> for Loader {
    fn actor(&self, tx: &mut Tx<'c>, user: Id<User>, now: Instant) -> Outcome<Option<Actor>> {
        actor_of(tx, None, user, now)
    }
}

impl Lists {
    /// The one unit that a text means.
    fn unit(&self, tx: &mut Tx<'_>, text: &str) -> Outcome<UnitRef> {
        let mut found = self.units.by_text(tx, text)?;
        match (found.pop(), found.is_empty()) {
            (Some(unit), true) => Ok(unit),
            (Some(_), false) => Err(unclear("/unit_id").into()),
            (None, _) => Err(INVALID.refusal().at("/unit_id", &FIELD_UNKNOWN_REFERENCE).into()),
        }
    }
}

/// More than one thing is called so.
fn unclear(pointer: &'static str) -> Refusal {
    INVALID.refusal().at_with(
        pointer,
        &FIELD_UNKNOWN_REFERENCE,
        "more than one is called so: give its code or id",
    )
}
