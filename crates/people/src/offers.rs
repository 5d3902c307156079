//! What people offers besides the directory: how many reasons there are to look after somebody first, and the sealing of words that
//! other domains keep about a person.

use std::collections::{BTreeMap, BTreeSet};

use contracts::{Care, Sealing};
use kernel::id::Person;
use kernel::{Id, Instant, Outcome};
use storage::Tx;
use uuid::Uuid;

use crate::crypto::{Field, Vault};
use crate::service::keys;
use crate::store::flags;

/// Persons in one statement.
const AT_ONCE: usize = 1_000;

/// The live flags of persons, counted and not named.
#[derive(Debug, Clone, Copy, Default)]
pub struct LiveFlags;

impl<'c> Care<Tx<'c>> for LiveFlags {
    fn live_flags(
        &self,
        tx: &mut Tx<'c>,
        people: &[Id<Person>],
        now: Instant,
    ) -> Outcome<Vec<(Id<Person>, i64)>> {
        let people: Vec<Id<Person>> = people.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let mut counted: BTreeMap<Id<Person>, i64> = BTreeMap::new();
        for some in people.chunks(AT_ONCE) {
            for (person, _) in flags::live(tx, some, now)? {
                *counted.entry(person).or_default() += 1;
            }
        }
        Ok(counted.into_iter().collect())
    }
}

/// Sealing under a person's own key.
#[derive(Debug, Clone)]
pub struct Seals(Vault);

impl Seals {
    /// Over these keys.
    pub fn new(vault: Vault) -> Self {
        Self(vault)
    }
}

impl<'c> Sealing<Tx<'c>> for Seals {
    fn seal(&self, tx: &mut Tx<'c>, person: Id<Person>, row: Uuid, plain: &[u8]) -> Outcome<Option<Vec<u8>>> {
        let Some(key) = keys::data_key(tx, &self.0, person)? else { return Ok(None) };
        key.seal(person, Field::Elsewhere, Some(row), plain).map(Some)
    }

    fn open(
        &self,
        tx: &mut Tx<'c>,
        person: Id<Person>,
        row: Uuid,
        sealed: &[u8],
    ) -> Outcome<Option<Vec<u8>>> {
        let Some(key) = keys::data_key(tx, &self.0, person)? else { return Ok(None) };
        Ok(Some(key.open(person, Field::Elsewhere, Some(row), sealed)?.to_vec()))
    }
}
