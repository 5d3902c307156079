//! What people needs from other domains, and what it offers them.

use std::collections::BTreeSet;
use std::sync::Arc;

use contracts::{Located, PersonDirectory, PersonRef, UnitTree, UserDirectory};
use kernel::id::{Person, Unit, User};
use kernel::permission::Permit;
use kernel::{Context, Id, Outcome, Permission};
use storage::Tx;
use uuid::Uuid;

use crate::crypto::Vault;
use crate::list::ErasureList;
use crate::model::mask;
use crate::permission::ReadPeople;
use crate::service::keys;
use crate::store::{accounts, people};

/// The governance tree.
pub type Tree = Arc<dyn for<'c> UnitTree<Tx<'c>>>;
/// The accounts.
pub type Users = Arc<dyn for<'c> UserDirectory<Tx<'c>>>;

/// How many whole readings one reader may do; look-ups count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadingLimits {
    /// One more within an hour raises an alarm.
    pub alarm_per_hour: i64,
    /// One more within a day raises an alarm.
    pub alarm_per_day: i64,
    /// No more than these within an hour.
    pub bound_per_hour: i64,
    /// No more than these within a day.
    pub bound_per_day: i64,
}

impl Default for ReadingLimits {
    fn default() -> Self {
        Self { alarm_per_hour: 30, alarm_per_day: 100, bound_per_hour: 100, bound_per_day: 300 }
    }
}

/// What every deed of this crate stands on.
#[derive(Clone)]
pub struct PeopleServices {
    /// The governance tree.
    pub tree: Tree,
    /// The accounts.
    pub users: Users,
    /// The keys.
    pub vault: Vault,
    /// How much one reader may read.
    pub limits: ReadingLimits,
    /// Where erasures are written down outside the database; none where nothing is served.
    pub erasures: Option<ErasureList>,
}

impl PeopleServices {
    /// With the usual limits, and no list of erasures.
    pub fn new(tree: Tree, users: Users, vault: Vault) -> Self {
        Self { tree, users, vault, limits: ReadingLimits::default(), erasures: None }
    }
}

/// The persons, for other domains.
#[derive(Debug, Clone)]
pub struct Directory(Vault);

impl Directory {
    /// Over these keys.
    pub fn new(vault: Vault) -> Self {
        Self(vault)
    }
}

impl<'c> PersonDirectory<Tx<'c>> for Directory {
    fn persons(&self, tx: &mut Tx<'c>, ids: &[Id<Person>]) -> Outcome<Vec<PersonRef>> {
        let ids: Vec<Id<Person>> = ids.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let found = people::find_all(tx, &ids)?;
        let keys = keys::data_keys(tx, &self.0, &found)?;
        found
            .into_iter()
            .map(|person| {
                let name = match keys.get(&person.id) {
                    Some(key) => mask::name(&person.open_name(key)?),
                    None => mask::HIDDEN.to_owned(),
                };
                let erased = person.erased.is_some();
                Ok(PersonRef {
                    id: person.id,
                    masked_name: name,
                    erased,
                    unit: person.unit,
                    path: person.path,
                })
            })
            .collect()
    }

    fn person_of(&self, tx: &mut Tx<'c>, user: Id<User>) -> Outcome<Option<Id<Person>>> {
        Ok(accounts::live_of_user(tx, user)?.map(|tie| tie.person))
    }
}

impl<'c> Located<Tx<'c>> for Directory {
    /// Where the person belongs, for who may see them.
    fn deciding_unit(
        &self,
        tx: &mut Tx<'c>,
        ctx: &Context,
        object: Uuid,
        _: &Permission,
    ) -> Outcome<Option<Id<Unit>>> {
        let found = people::find(tx, Id::from_uuid(object))?;
        let seen = found.filter(|person| ctx.actor.may(ReadPeople::PERMISSION, &person.path, ctx.now));
        Ok(seen.map(|person| person.unit))
    }
}
