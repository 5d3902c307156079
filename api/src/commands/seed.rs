//! `commonweal seed`: the demo town.

use kernel::Outcome;
use secrecy::{ExposeSecret, SecretString};
use storage::Db;

use crate::commands::admin::{draw_password, hash};
use crate::config::Settings;
use crate::demo;
use crate::gateway::{founder, open_current, plugins};
use crate::plugins::Plugins;
use crate::terminal::say;

/// Loads the demo town and says how to sign in to it.
pub fn seed(settings: &Settings) -> Result<(), String> {
    let db = open_current(settings)?;
    let plugins = plugins(settings, &db)?;
    super::serve::prepare(&db, &plugins)?;
    let loaded = load(&db, &plugins);
    db.close();
    let (loaded, password) = loaded?;
    say(&format!(
        "The demo town is here: {} units, {} accounts, {} grids, {} categories are new.",
        loaded.units, loaded.people, loaded.grids, loaded.categories
    ));
    if loaded.people > 0 {
        tell(&password);
    }
    Ok(())
}

/// Loads the town; answers what was new and the password of its new accounts.
pub fn load(db: &Db, plugins: &Plugins) -> Result<(demo::Loaded, SecretString), String> {
    let password = draw_password();
    let password_hash = hash(&password, "demo")?;
    let roots: Outcome<Vec<contracts::UnitRef>> = db.read_blocking(|tx| {
        use contracts::UnitTree;
        territory::Units.roots(tx)
    });
    let ctx = founder(db, plugins, &roots.map_err(|e| e.to_string())?);
    Ok((demo::load(db, plugins, &ctx, &password_hash)?, password))
}

/// Says who lives in the demo town.
pub fn tell(password: &SecretString) {
    let logins: Vec<&str> = demo::PEOPLE.iter().map(|p| p.0).collect();
    say(&format!(
        "The demo's people ({}) share one password, shown this once: {}",
        logins.join(", "),
        password.expose_secret()
    ));
}
