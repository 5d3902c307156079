//! Where the master keys and the list of erasures are, and what every start does with them.

use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use people::service::{erase, keys};
use people::{ErasureList, Keyring, PeopleServices, Vault};
use secrecy::ExposeSecret;
use storage::Db;

use crate::config::Settings;
use crate::gateway::shell;

/// The file of the master keys.
pub fn file(settings: &Settings) -> PathBuf {
    settings.master_key_file.clone().unwrap_or_else(|| settings.data_dir.join("master.keys"))
}

/// The list of erasures on this machine.
pub fn erasures(settings: &Settings) -> ErasureList {
    ErasureList::at(&settings.data_dir.join("erasures.log"))
}

/// The ring, if it is there.
fn existing(settings: &Settings) -> Result<Option<Keyring>, String> {
    if let Some(text) = &settings.master_keys {
        return Keyring::from_text(text.expose_secret())
            .map(Some)
            .map_err(|e| format!("COMMONWEAL_MASTER_KEYS: {e}"));
    }
    let path = file(settings);
    if path.exists() { Keyring::open(&path).map(Some).map_err(|e| e.to_string()) } else { Ok(None) }
}

/// How many persons hang on master keys, by the names of the keys.
fn sealed(db: &Db) -> Result<Vec<keys::Known>, String> {
    db.read_blocking(|tx| keys::known(tx, &Vault::new(Keyring::none()))).map_err(|e| e.to_string())
}

/// Says what it means that the ring is not there.
fn lost(settings: &Settings, known: &[keys::Known]) -> String {
    let persons: i64 = known.iter().map(|k| k.wraps).sum();
    let names: Vec<&str> = known.iter().map(|k| k.id.as_str()).collect();
    format!(
        "the master keys are not there: {} is missing, and {persons} persons are sealed under {}. Put the file back from where the keys \
         are kept; a new key would not open them",
        file(settings).display(),
        names.join(", ")
    )
}

/// The ring to serve with. The very first start makes the file, where none is named; never where something is sealed already.
pub fn for_serving(settings: &Settings, db: &Db) -> Result<Keyring, String> {
    if let Some(ring) = existing(settings)? {
        return Ok(ring);
    }
    let known = sealed(db)?;
    if !known.is_empty() {
        return Err(lost(settings, &known));
    }
    if let Some(named) = &settings.master_key_file {
        return Err(format!("{} is not there: `commonweal keys add` makes it", named.display()));
    }
    make(settings, db)
}

fn make(settings: &Settings, db: &Db) -> Result<Keyring, String> {
    let path = file(settings);
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
        let mut made = std::fs::DirBuilder::new();
        made.recursive(true).mode(0o700).create(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    }
    Keyring::create(&path, db.clock().now()).map_err(|e| e.to_string())
}

/// A ring for `keys add`: one that is there, or a fresh file where nothing is sealed yet. Answers whether it is fresh.
pub fn for_adding(settings: &Settings, db: &Db) -> Result<(Keyring, bool), String> {
    if let Some(ring) = existing(settings)? {
        return Ok((ring, false));
    }
    let known = sealed(db)?;
    if known.is_empty() { Ok((make(settings, db)?, true)) } else { Err(lost(settings, &known)) }
}

/// The ring that is there.
pub fn present(settings: &Settings, db: &Db) -> Result<Keyring, String> {
    match existing(settings)? {
        Some(ring) => Ok(ring),
        None => Err(lost(settings, &sealed(db)?)),
    }
}

/// What every start does: the keys are the right ones, and whoever was erased stays erased.
pub fn start(db: &Db, people: &PeopleServices) -> Result<(), String> {
    let (now, vault) = (db.clock().now(), people.vault.clone());
    db.write_blocking(move |tx| keys::start(tx, now, &vault)).map_err(|e| e.to_string())?;
    let done = reconcile(db, people)?;
    if done.reapplied > 0 {
        tracing::warn!(
            persons = done.reapplied,
            "erased again: a database from before their erasure was put back"
        );
    }
    Ok(())
}

/// Brings list and database together.
pub fn reconcile(db: &Db, people: &PeopleServices) -> Result<erase::Reconciled, String> {
    let Some(list) = &people.erasures else { return Ok(erase::Reconciled::default()) };
    erase::reconcile(db, &shell(db), list).map_err(|e| e.to_string())
}

/// Whether the ring is the right one; makes nothing.
pub fn examine(settings: &Settings, db: &Db) -> Result<String, String> {
    let known = sealed(db)?;
    let Some(ring) = existing(settings)? else {
        return if known.is_empty() {
            Ok("nothing is sealed yet; the first start makes a key".to_owned())
        } else {
            Err(lost(settings, &known))
        };
    };
    let vault = Vault::new(ring);
    let found = {
        let vault = vault.clone();
        db.read_blocking(move |tx| keys::findings(tx, &vault)).map_err(|e| e.to_string())?
    };
    if let Some(first) = found.into_iter().next() {
        return Err(first);
    }
    let all = db.read_blocking(move |tx| keys::known(tx, &vault)).map_err(|e| e.to_string())?;
    let sealed: i64 = all.iter().map(|k| k.wraps).sum();
    let old: i64 = all.iter().filter(|k| !k.current).map(|k| k.wraps).sum();
    let rest = if old > 0 { format!(", {old} of them under an older key") } else { String::new() };
    Ok(format!("{} known, {sealed} persons are sealed{rest}", all.len()))
}

/// Whether whoever was erased is erased; changes nothing.
pub fn examine_erasures(settings: &Settings, db: &Db) -> Result<String, String> {
    let list = erasures(settings);
    let listed = list.all().map_err(|e| e.to_string())?;
    let erased: std::collections::BTreeSet<_> =
        erase::erased(db).map_err(|e| e.to_string())?.into_iter().map(|(_, id)| id).collect();
    let ids: Vec<_> = listed.iter().map(|(_, id)| *id).filter(|id| !erased.contains(id)).collect();
    let back = db.read_blocking(move |tx| erase::still_there(tx, &ids)).map_err(|e| e.to_string())?;
    if back == 0 {
        Ok(format!("{} persons, {} on the list", erased.len(), listed.len()))
    } else {
        Err(format!(
            "{back} persons who were erased are back from a restored backup: starting the service erases them again"
        ))
    }
}
