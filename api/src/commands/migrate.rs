//! `commonweal migrate`.

use crate::config::Settings;
use crate::gateway::storage_config;
use crate::plugins;
use crate::terminal::say;

/// Brings the database up to date.
pub fn migrate(settings: &Settings) -> Result<(), String> {
    let config = storage_config(settings)?;
    let ran = storage::migrate::run(&config.engine, &plugins::migrations()).map_err(|e| e.to_string())?;
    if ran.is_empty() {
        say("The database is up to date.");
    } else {
        say(&format!("{} migrations were run.", ran.len()));
    }
    Ok(())
}
