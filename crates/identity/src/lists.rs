//! Accounts, grants and invitations as lists: imported by the very deeds that a request calls, exported within the asker's scope.

use std::sync::Arc;

use contracts::imports::{ImportRow, only};
use contracts::{ActorLoader, UnitFinder, UnitRef};
use kernel::id::{Role, User};
use kernel::{Actor, Context, Fault, Id, Instant, Outcome, UnitPath};
use storage::Tx;

use crate::gate::actors::actor_of;
use crate::service::{Services, by_key};
use crate::store::lists;

pub mod grants;
pub mod invitations;
pub mod users;

/// Units by what people write.
pub type Finder = Arc<dyn for<'c> UnitFinder<Tx<'c>>>;

/// What the lists stand on.
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

    fn refuse_later(&self, ctx: &Context, kind: &str) -> Outcome<()> {
        // A key invites nobody, however much it carries, and so it does not by a file either.
        if kind == invitations::KIND { by_key::refuse(ctx) } else { by_key::refuse_later(ctx) }
    }
}

impl Lists {
    /// The one unit that a text means.
    fn unit(&self, tx: &mut Tx<'_>, text: &str, pointer: &'static str) -> Outcome<UnitRef> {
        Ok(only(self.units.by_text(tx, text)?, pointer)?)
    }

    /// The one role that a text means in a place.
    fn role(tx: &mut Tx<'_>, text: &str, place: &UnitPath, pointer: &'static str) -> Outcome<Id<Role>> {
        Ok(only(lists::roles_called(tx, text, place)?, pointer)?)
    }
}

/// The moment in a column, which has been read as one already.
fn moment(row: &ImportRow, column: &str) -> Outcome<Option<Instant>> {
    let text = row.get(column).map(|text| serde_json::Value::String(text.to_owned()));
    text.map(serde_json::from_value).transpose().map_err(Fault::internal)
}
