//! The realm's keys: known from the first start, looked at on every start, replaced without a pause.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::id::Person as PersonId;
use kernel::{Context, Fault, Id, Instant, Outcome};
use serde_json::json;
use storage::audit::Entry;
use storage::{Tx, audit};
use subtle::ConstantTimeEq;

use crate::crypto::{DataKey, LookupKeys, MasterKey, Vault};
use crate::model::Person;
use crate::store::keys::{self, Master, Secret, Wrapped};

/// The name of the secret that look-up keys are derived from.
const LOOKUP: &str = "lookup";

fn refused(why: impl Into<String>) -> Fault {
    Fault::Internal(why.into())
}

/// What every start does: the very first makes the ring's newest key known and draws the realm's secret; every other looks whether the
/// ring is the right one, and refuses to go on if it is not.
pub fn start(tx: &mut Tx<'_>, now: Instant, vault: &Vault) -> Outcome<()> {
    if keys::current(tx)?.is_none() {
        let newest = vault.ring().newest().ok_or_else(|| refused("there is no master key"))?;
        register(tx, &newest, 1, now)?;
        let mut secret = zeroize::Zeroizing::new([0_u8; 32]);
        rand::TryRngCore::try_fill_bytes(&mut rand::rngs::OsRng, &mut *secret).map_err(Fault::internal)?;
        let wrapped = newest.wrap_secret(LOOKUP, &*secret)?;
        let secret = Secret { name: LOOKUP.to_owned(), wrapped, master_key_id: newest.id().to_owned() };
        keys::insert_secret(tx, &secret)?;
    }
    if let Some(first) = findings(tx, vault)?.into_iter().next() {
        return Err(refused(first));
    }
    lookup_keys(tx, vault).map(drop)
}

fn register(tx: &mut Tx<'_>, key: &MasterKey, number: i64, now: Instant) -> Outcome<()> {
    let master = Master { id: key.id().to_owned(), number, proof: key.proof().to_vec(), since_at: now };
    keys::insert_master(tx, &master)
}

/// What is wrong with the ring, in words for whoever runs the machine.
pub fn findings(tx: &mut Tx<'_>, vault: &Vault) -> Outcome<Vec<String>> {
    let mut found = Vec::new();
    for master in keys::masters(tx)? {
        match vault.ring().key(&master.id) {
            None => found.push(format!(
                "the master key {} is not in {}: {} persons cannot be read without it. Put it back from where the keys are kept; a new key \
                 does not open them",
                master.id,
                vault.ring().place(),
                keys::count(tx, &master.id)?,
            )),
            Some(key) if !bool::from(key.proof().ct_eq(&master.proof)) => found.push(format!(
                "the master key {} in {} is not the one this realm was sealed with: another key bears its name",
                master.id,
                vault.ring().place(),
            )),
            Some(_) => {}
        }
    }
    Ok(found)
}

/// The look-up keys, unwrapped once.
pub fn lookup_keys(tx: &mut Tx<'_>, vault: &Vault) -> Outcome<Arc<LookupKeys>> {
    if let Some(known) = vault.lookup() {
        return Ok(known);
    }
    let secret = keys::secret(tx, LOOKUP)?
        .ok_or_else(|| refused("the realm has no look-up secret: start it first"))?;
    let plain = vault
        .master(&secret.master_key_id)?
        .unwrap_secret(LOOKUP, &secret.wrapped)
        .ok_or_else(|| refused(format!("the look-up secret does not open under {}", secret.master_key_id)))?;
    let derived = Arc::new(LookupKeys::derive(&plain)?);
    vault.keep_lookup(&derived);
    Ok(derived)
}

/// Fresh keys for persons, wrapped by the master key that wraps now.
pub fn draw(tx: &mut Tx<'_>, vault: &Vault, people: &[Id<PersonId>]) -> Outcome<Vec<(DataKey, Wrapped)>> {
    let current = keys::current(tx)?.ok_or_else(|| refused("the realm has no master key: start it first"))?;
    let master = vault.master(&current.id)?;
    people
        .iter()
        .map(|person| {
            let key = DataKey::draw();
            let wrapped = master.wrap(*person, &key)?;
            Ok((key, Wrapped { person_id: *person, wrapped, master_key_id: current.id.clone() }))
        })
        .collect()
}

fn unwrap(vault: &Vault, key: &Wrapped) -> Outcome<DataKey> {
    vault.master(&key.master_key_id)?.unwrap(key.person_id, &key.wrapped).ok_or_else(|| {
        refused(format!(
            "the key of person {} does not open under the master key {}: wrong key, or altered",
            key.person_id, key.master_key_id
        ))
    })
}

/// A person's key; none once they are erased.
pub fn data_key(tx: &mut Tx<'_>, vault: &Vault, person: Id<PersonId>) -> Outcome<Option<DataKey>> {
    keys::of(tx, &[person])?.first().map(|key| unwrap(vault, key)).transpose()
}

/// The keys of persons, one question for all.
pub fn data_keys(
    tx: &mut Tx<'_>,
    vault: &Vault,
    people: &[Person],
) -> Outcome<BTreeMap<Id<PersonId>, DataKey>> {
    if people.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids: Vec<Id<PersonId>> = people.iter().map(|p| p.id).collect();
    keys::of(tx, &ids)?.iter().map(|key| Ok((key.person_id, unwrap(vault, key)?))).collect()
}

/// A master key, and what hangs on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its name.
    pub id: String,
    /// Since when the realm knows it; never where it is only in the ring.
    pub since: Option<Instant>,
    /// Whether it wraps what is new.
    pub current: bool,
    /// How many persons' keys it wraps.
    pub wraps: i64,
    /// Whether it is in the ring.
    pub in_ring: bool,
}

/// Every master key that the realm knows or the ring has.
pub fn known(tx: &mut Tx<'_>, vault: &Vault) -> Outcome<Vec<Known>> {
    let mut ring = vault.ring().ids();
    let masters = keys::masters(tx)?;
    let last = masters.last().map(|m| m.id.clone());
    let mut all = Vec::new();
    for master in masters {
        let in_ring = ring.contains(&master.id);
        ring.retain(|id| *id != master.id);
        all.push(Known {
            current: Some(&master.id) == last.as_ref(),
            wraps: keys::count(tx, &master.id)?,
            since: Some(master.since_at),
            id: master.id,
            in_ring,
        });
    }
    all.extend(ring.into_iter().map(|id| Known { id, since: None, current: false, wraps: 0, in_ring: true }));
    Ok(all)
}

fn told(tx: &mut Tx<'_>, ctx: &Context, action: &str, id: &str) -> Outcome<()> {
    let after = Some(json!({ "master_key": id }));
    audit::record(
        tx,
        ctx,
        Entry { action, object_kind: "master_key", object: None, unit: None, before: None, after },
    )
}

/// Lets the ring's newest key wrap what is new, and the realm's secret; answers its name. Does nothing where it does already.
pub fn promote(tx: &mut Tx<'_>, ctx: &Context, vault: &Vault) -> Outcome<String> {
    let newest = vault.ring().newest().ok_or_else(|| refused("there is no master key"))?;
    let masters = keys::masters(tx)?;
    let last = masters.last().ok_or_else(|| refused("the realm has no master key yet: start it first"))?;
    if let Some(first) = findings(tx, vault)?.into_iter().next() {
        return Err(refused(first));
    }
    if last.id == newest.id() {
        return Ok(last.id.clone());
    }
    if masters.iter().any(|m| m.id == newest.id()) {
        return Err(refused(format!(
            "{} wrapped before and does not come back: add a fresh key",
            newest.id()
        )));
    }
    let secret = keys::secret(tx, LOOKUP)?.ok_or_else(|| refused("the realm has no look-up secret"))?;
    let plain = vault
        .master(&secret.master_key_id)?
        .unwrap_secret(LOOKUP, &secret.wrapped)
        .ok_or_else(|| refused("the look-up secret does not open"))?;
    register(tx, &newest, last.number + 1, ctx.now)?;
    let wrapped = newest.wrap_secret(LOOKUP, &plain)?;
    keys::rewrap_secret(
        tx,
        &Secret { name: LOOKUP.to_owned(), wrapped, master_key_id: newest.id().to_owned() },
    )?;
    told(tx, ctx, "people.key.promote", newest.id())?;
    Ok(newest.id().to_owned())
}

/// Wraps up to `limit` persons' keys anew under the master key that wraps now; answers how many. Readers never wait for it: the keys
/// themselves stay the same.
pub fn rewrap(tx: &mut Tx<'_>, vault: &Vault, limit: i64) -> Outcome<usize> {
    let current = keys::current(tx)?.ok_or_else(|| refused("the realm has no master key yet"))?;
    let master = vault.master(&current.id)?;
    let old = keys::wrapped_by_others(tx, &current.id, limit)?;
    for key in &old {
        let wrapped = master.wrap(key.person_id, &unwrap(vault, key)?)?;
        let fresh = Wrapped { person_id: key.person_id, wrapped, master_key_id: current.id.clone() };
        keys::rewrap(tx, &fresh)?;
    }
    Ok(old.len())
}

/// Lets the realm forget a master key that wraps nothing. The engine's own reference from every wrapped key refuses it otherwise,
/// whoever adds one at the same moment.
pub fn retire(tx: &mut Tx<'_>, ctx: &Context, id: &str) -> Outcome<()> {
    let masters = keys::masters(tx)?;
    if masters.last().is_some_and(|m| m.id == id) {
        return Err(refused(format!("{id} wraps what is new: add another key and rewrap first")));
    }
    if !masters.iter().any(|m| m.id == id) {
        return Err(refused(format!("the realm does not know {id}")));
    }
    let wraps = keys::count(tx, id)?;
    if wraps > 0 || !keys::delete_master(tx, id)? {
        return Err(refused(format!(
            "{id} still wraps {wraps} persons' keys: run `commonweal keys rewrap` first"
        )));
    }
    told(tx, ctx, "people.key.retire", id)
}
