//! `commonweal doctor`: looks whether all is well, and says what is not.

use secrecy::ExposeSecret;
use storage::audit::{self, GENESIS};
use storage::{Db, Engine, outbox, upkeep};

use crate::config::Settings;
use crate::gateway::{open, storage_config};
use crate::plugins::migrations;
use crate::terminal::say;

/// Links of the chain's end that are checked; `audit verify` checks all.
const LINKS: i64 = 5_000;

/// Examines; fails if anything is not well.
pub fn examine(settings: &Settings) -> Result<(), String> {
    let engine = Engine::parse(settings.database_url.expose_secret()).map_err(|e| e.to_string())?;
    if let Engine::Sqlite(path) = &engine
        && !path.is_file()
    {
        return Err(format!("{} is not there: run `commonweal migrate` first", path.display()));
    }
    let config = storage_config(settings)?;
    let mut ill = 0;
    let mut tell = |what: &str, found: Result<String, String>| match found {
        Ok(well) => say(&format!("ok    {what}: {well}")),
        Err(why) => {
            ill += 1;
            say(&format!("WRONG {what}: {why}"));
        }
    };
    if let Engine::Sqlite(path) = &config.engine {
        tell(
            "database file",
            upkeep::check_sqlite(path).map(|()| "sound".to_owned()).map_err(|e| e.to_string()),
        );
    }
    let missing = storage::migrate::missing(&config.engine, &migrations()).map_err(|e| e.to_string())?;
    if !missing.is_empty() {
        tell("migrations", Err(format!("{} are missing; run `commonweal migrate`", missing.len())));
        return Err("the rest can only be looked at once the database is up to date".to_owned());
    }
    tell("migrations", Ok("up to date".to_owned()));
    let db = open(settings)?;
    tell("audit chain", chain(&db));
    tell("outbox", deliveries(&db));
    tell("administrators", administrators(&db));
    tell("master keys", crate::keyring::examine(settings, &db));
    tell("erasures", crate::keyring::examine_erasures(settings, &db));
    db.close();
    if ill == 0 { Ok(()) } else { Err(format!("{ill} things are not well")) }
}

fn chain(db: &Db) -> Result<String, String> {
    let (seq, _) = db.read_blocking(audit::head).map_err(|e| e.to_string())?;
    let start = (seq - LINKS).max(0);
    let from = db
        .read_blocking(move |tx| audit::link(tx, start))
        .map_err(|e| e.to_string())?
        .unwrap_or((0, GENESIS.to_owned()));
    let page =
        db.read_blocking(move |tx| audit::verify(tx, from.clone(), LINKS + 1)).map_err(|e| e.to_string())?;
    match page.broken {
        None => Ok(format!("the last {} of {seq} links are sound", page.checked)),
        Some(b) => Err(format!("broken at {}: {}", b.seq, b.why)),
    }
}

fn deliveries(db: &Db) -> Result<String, String> {
    let (pending, dead) = db
        .read_blocking(|tx| Ok((outbox::count(tx, "pending")?, outbox::count(tx, "dead")?)))
        .map_err(|e| e.to_string())?;
    if dead > 0 {
        Err(format!("{dead} deliveries were given up, {pending} wait"))
    } else {
        Ok(format!("{pending} deliveries wait"))
    }
}

fn administrators(db: &Db) -> Result<String, String> {
    let now = db.clock().now();
    let there = db
        .read_blocking(move |tx| identity::service::last_administrator::is_there(tx, now))
        .map_err(|e| e.to_string())?;
    if there {
        Ok("somebody can manage rights at the root".to_owned())
    } else {
        Err("nobody can manage rights; see `commonweal admin create`".to_owned())
    }
}
