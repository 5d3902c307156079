//! `commonweal backup` and `commonweal restore`.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use storage::{Engine, upkeep};

use crate::config::Settings;
use crate::gateway::storage_config;
use crate::plugins;
use crate::terminal::say;

/// Copies the database while it is in use, checks the copy, and says where it is.
pub fn backup(settings: &Settings, to: &Path) -> Result<(), String> {
    let config = storage_config(settings)?;
    if matches!(config.engine, Engine::Postgres(_)) {
        return Err("on PostgreSQL use its own tools: pg_dump --format=custom, or continuous archiving (docs/OPERATIONS.md)".to_owned());
    }
    upkeep::backup_sqlite(&config.engine, to).map_err(|e| e.to_string())?;
    let bytes = std::fs::metadata(to).map_err(|e| e.to_string())?.len();
    say(&format!("{} bytes written to {} and checked.", bytes, to.display()));
    say(
        "The master keys and the list of erasures are not in it: keep the keys elsewhere, and the list as long as \
         any backup (docs/OPERATIONS.md).",
    );
    Ok(())
}

/// Puts a backup in the database's place: checked first, switched in by a rename, the old one kept.
pub fn restore(settings: &Settings, from: &Path, replace: bool) -> Result<(), String> {
    let config = storage_config(settings)?;
    let Engine::Sqlite(target) = &config.engine else {
        return Err("on PostgreSQL use pg_restore (docs/OPERATIONS.md)".to_owned());
    };
    upkeep::check_sqlite(from).map_err(|e| format!("this backup is not sound: {e}"))?;
    let fresh = beside(target, "restoring");
    std::fs::copy(from, &fresh).map_err(|e| format!("cannot copy the backup: {e}"))?;
    // However the backup came here: the database is its owner's alone.
    std::fs::set_permissions(&fresh, std::fs::Permissions::from_mode(0o600))
        .map_err(|e| format!("{}: {e}", fresh.display()))?;
    let engine = Engine::Sqlite(fresh.clone());
    // An older backup is brought up to date before it takes over, so that a failing migration leaves all as it was.
    let migrated = storage::migrate::run(&engine, &plugins::migrations()).map_err(|e| e.to_string());
    if let Err(why) = migrated {
        drop(std::fs::remove_file(&fresh));
        return Err(format!("this backup cannot be brought up to date: {why}"));
    }
    // Who was erased since the backup is erased in it again, before anybody can read it.
    if let Err(why) = erase_again(settings, &config, &fresh, target) {
        drop(std::fs::remove_file(&fresh));
        return Err(format!("the erasures since this backup cannot be done again: {why}"));
    }
    if target.exists() {
        if !replace {
            drop(std::fs::remove_file(&fresh));
            return Err(format!("{} is there already; say --replace to put it aside", target.display()));
        }
        let old = beside(target, "before-restore");
        if old.exists() {
            drop(std::fs::remove_file(&fresh));
            return Err(format!("{} is there from an earlier restore; move it away first", old.display()));
        }
        put_aside(target, &old)?;
    }
    for ending in ["-wal", "-shm"] {
        drop(std::fs::remove_file(with_ending(&fresh, ending)));
    }
    std::fs::rename(&fresh, target).map_err(|e| format!("cannot switch the backup in: {e}"))?;
    say(&format!("{} was restored from {}.", target.display(), from.display()));
    Ok(())
}

/// Erases in the restored database whoever is on the list of erasures, or was erased in the database that it takes the place of.
fn erase_again(
    settings: &Settings,
    config: &storage::StorageConfig,
    fresh: &Path,
    target: &Path,
) -> Result<(), String> {
    let list = crate::keyring::erasures(settings);
    let on = |path: &Path| {
        let mut config = config.clone();
        config.engine = Engine::Sqlite(path.to_owned());
        crate::gateway::open_with(&config)
    };
    if target.exists() {
        let listed = on(target).and_then(|db| {
            let known = people::service::erase::erased(&db).and_then(|known| list.add(&known));
            db.close();
            known.map_err(|e| e.to_string())
        });
        if let Err(why) = listed {
            say(&format!(
                "What {} knows of erasures could not be read ({why}); the list is all there is.",
                target.display()
            ));
        }
    }
    let db = on(fresh)?;
    let done = people::service::erase::reconcile(&db, &crate::gateway::shell(&db), &list);
    db.close();
    let done = done.map_err(|e| e.to_string())?;
    if done.reapplied > 0 {
        say(&format!("{} persons who were erased since this backup were erased again.", done.reapplied));
    }
    Ok(())
}

/// Moves a database away together with its log, without which it would lack what was last written.
fn put_aside(target: &Path, old: &Path) -> Result<(), String> {
    for ending in ["", "-wal", "-shm"] {
        let (a, b) = (with_ending(target, ending), with_ending(old, ending));
        if a.exists() {
            std::fs::rename(&a, &b).map_err(|e| format!("cannot put {} aside: {e}", a.display()))?;
        }
    }
    Ok(())
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn beside(path: &Path, what: &str) -> PathBuf {
    with_ending(path, &format!(".{what}"))
}
