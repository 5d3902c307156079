//! `commonweal keys`: the master keys, replaced without a pause.

use people::Vault;
use people::service::keys;

use crate::config::Settings;
use crate::gateway::{open_current, shell};
use crate::keyring;
use crate::terminal::say;

/// Persons' keys that are wrapped anew in one transaction.
const BATCH: i64 = 200;

/// Lists the keys: never a key itself.
pub fn list(settings: &Settings) -> Result<(), String> {
    let db = open_current(settings)?;
    let vault = Vault::new(keyring::present(settings, &db)?);
    let all = db.read_blocking(move |tx| keys::known(tx, &vault)).map_err(|e| e.to_string());
    db.close();
    for key in all? {
        let since = key.since.map_or_else(|| "not used yet".to_owned(), |at| format!("since {at}"));
        let state = match (key.in_ring, key.current) {
            (false, _) => "MISSING from the ring",
            (true, true) => "wraps what is new",
            (true, false) => "unwraps",
        };
        say(&format!("{}   {since}   {} persons   {state}", key.id, key.wraps));
    }
    Ok(())
}

/// Adds a fresh key to the file.
pub fn add(settings: &Settings) -> Result<(), String> {
    let db = open_current(settings)?;
    let added = keyring::for_adding(settings, &db).and_then(|(ring, fresh)| {
        if fresh {
            Ok((ring.place(), ring.ids().pop().unwrap_or_default()))
        } else {
            Ok((ring.place(), ring.add(db.clock().now()).map_err(|e| e.to_string())?))
        }
    });
    db.close();
    let (place, id) = added?;
    say(&format!("{id} was added to {place}. Back the file up, apart from the database."));
    say(
        "It wraps nothing yet. Copy the file to every other gateway's machine; running gateways read it again by themselves.",
    );
    say("Then: commonweal keys rewrap");
    Ok(())
}

/// Wraps every person's key anew under the newest master key.
pub fn rewrap(settings: &Settings) -> Result<(), String> {
    let db = open_current(settings)?;
    let vault = Vault::new(keyring::present(settings, &db)?);
    let (ctx, first) = (shell(&db), vault.clone());
    let done = db.write_blocking(move |tx| keys::promote(tx, &ctx, &first)).and_then(|id| {
        let mut all = 0;
        loop {
            let vault = vault.clone();
            let some = db.write_blocking(move |tx| keys::rewrap(tx, &vault, BATCH))?;
            all += some;
            if some == 0 {
                return Ok((id, all));
            }
        }
    });
    db.close();
    let (id, all) = done.map_err(|e| e.to_string())?;
    say(&format!("{id} wraps what is new; {all} persons' keys were wrapped anew."));
    Ok(())
}

/// Lets the realm forget a key.
pub fn retire(settings: &Settings, id: &str) -> Result<(), String> {
    let db = open_current(settings)?;
    let ring = keyring::present(settings, &db)?;
    if ring.file().is_none() {
        db.close();
        return Err(
            "the master keys come from COMMONWEAL_MASTER_KEYS: retire them where they are set".to_owned()
        );
    }
    let (ctx, name) = (shell(&db), id.to_owned());
    let forgotten = db.write_blocking(move |tx| keys::retire(tx, &ctx, &name)).map_err(|e| e.to_string());
    db.close();
    forgotten?;
    let away = ring.put_away(id).map_err(|e| e.to_string())?;
    say(&format!("The realm no longer knows {id}; it is in {} now.", away.display()));
    say("Backups from before need it: keep it with them, and destroy it when you destroy the last of them.");
    Ok(())
}
