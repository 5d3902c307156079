//! Puts it all together: the database, the plugins, the realm.

use std::os::unix::fs::DirBuilderExt;
use std::sync::Arc;

use identity::gate::GateSettings;
use kernel::id::{Role, User};
use kernel::{Actor, Clock, Context, HeldGrant, Id, IdGen, SystemClock, SystemIds};
use secrecy::ExposeSecret;
use storage::outbox::Consumers;
use storage::{Db, Engine, StorageConfig};

use crate::config::Settings;
use crate::plugins::{Keeping, Plugins};

/// How storage is to be run.
pub fn storage_config(settings: &Settings) -> Result<StorageConfig, String> {
    let engine = Engine::parse(settings.database_url.expose_secret()).map_err(|e| e.to_string())?;
    if let Engine::Sqlite(path) = &engine
        && let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty())
    {
        // Nobody else's: the signing keys and everybody's data lie in it.
        let mut made = std::fs::DirBuilder::new();
        made.recursive(true).mode(0o700).create(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    }
    let mut config = StorageConfig::new(engine);
    config.readers = settings.db_readers.unwrap_or(config.readers);
    config.writers = settings.db_writers.unwrap_or(config.writers);
    config.queue = settings.db_queue;
    config.group = settings.group_commit;
    Ok(config)
}

/// Opens the database, migrated or not.
pub fn open(settings: &Settings) -> Result<Db, String> {
    open_with(&storage_config(settings)?)
}

/// [`open`], by the configuration of storage alone.
pub fn open_with(config: &StorageConfig) -> Result<Db, String> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids: Arc<dyn IdGen> = Arc::new(SystemIds::new(Arc::clone(&clock)));
    Db::open(config, clock, ids).map_err(|e| e.to_string())
}

/// Opens the database for serving or for a command that writes: it must be up to date.
pub fn open_current(settings: &Settings) -> Result<Db, String> {
    let config = storage_config(settings)?;
    let missing = storage::migrate::missing(&config.engine, &crate::plugins::migrations())
        .map_err(|e| e.to_string())?;
    if !missing.is_empty() {
        return Err(format!(
            "the database lacks {} migrations; run `commonweal migrate` first",
            missing.len()
        ));
    }
    open(settings)
}

/// The plugins as this configuration wants them, known to the database: who reacts to what. Without keys: for commands that have
/// nothing to do with persons.
pub fn plugins(settings: &Settings, db: &Db) -> Result<Plugins, String> {
    plugins_keeping(settings, db, Keeping { data_dir: Some(settings.data_dir.clone()), ..Keeping::nothing() })
}

/// [`plugins`], with the keys.
pub fn plugins_with_keys(settings: &Settings, db: &Db) -> Result<Plugins, String> {
    let keeping = Keeping {
        vault: people::Vault::new(crate::keyring::for_serving(settings, db)?),
        limits: settings.readings,
        erasures: Some(crate::keyring::erasures(settings)),
        data_dir: Some(settings.data_dir.clone()),
        reach: None,
        files: Some(crate::shelf::keep(settings)?),
        file_limits: settings.files.limits,
        open311: settings.open311.clone(),
        public_url: settings.public_url.clone(),
        time_zone: settings.time_zone,
    };
    plugins_keeping(settings, db, keeping)
}

fn plugins_keeping(settings: &Settings, db: &Db, keeping: Keeping) -> Result<Plugins, String> {
    let mut gate = GateSettings::new(settings.realm.clone(), settings.realm.clone());
    gate.tokens.life_seconds = settings.access_token_minutes * 60;
    gate.second_factor = settings.second_factor;
    gate.sign_ins_days = settings.sign_ins_days;
    gate.providers = settings.providers.clone();
    let keeping = Keeping { reach: Some(crate::outside::reach(settings)?), ..keeping };
    let plugins = Plugins::keeping(&settings.plugins_off, Vec::new(), Some((db, gate)), keeping)?;
    db.set_consumers(Consumers::new(plugins.reactions()).and_errands(plugins.errands()));
    db.set_places(Arc::new(territory::Units));
    Ok(plugins)
}

/// The document of every plugin in the binary, made without a database.
pub fn document() -> Result<serde_json::Value, String> {
    let plugins = Plugins::all()?;
    Ok(web::document::assemble(plugins.web(), env!("CARGO_PKG_VERSION")))
}

/// Who acts when a command at the machine's shell does: nobody's account, with no grants; what it may do is decided by who may
/// run it. On the audit trail it is the nil id.
pub fn shell(db: &Db) -> Context {
    let grants: Vec<HeldGrant> = Vec::new();
    Context {
        actor: Arc::new(Actor {
            user: SHELL,
            display_name: Arc::from("shell"),
            session: None,
            grants: grants.into(),
        }),
        now: db.clock().now(),
        request_id: Arc::from(SHELL_REQUEST),
        ids: Arc::clone(db.ids()),
    }
}

/// The request id of what the shell does.
pub const SHELL_REQUEST: &str = "shell";

/// The id under which the shell stands on the audit trail.
pub const SHELL: Id<User> = Id::from_uuid(uuid::Uuid::nil());

/// [`shell`], with every permission everywhere, for loading the demo through the same services as everybody's requests.
pub fn founder(db: &Db, plugins: &Plugins, roots: &[contracts::UnitRef]) -> Context {
    let all: std::collections::BTreeSet<String> =
        plugins.permissions().iter().map(|p| p.name.to_owned()).collect();
    let all = Arc::new(all);
    let grants: Vec<HeldGrant> = roots
        .iter()
        .map(|root| HeldGrant {
            id: db.ids().id(),
            role: Id::<Role>::from_uuid(uuid::Uuid::nil()),
            role_name: Arc::from("shell"),
            unit: root.id,
            path: root.path.clone(),
            subtree: true,
            from: kernel::Instant::from_micros(0).unwrap_or_else(|| db.clock().now()),
            until: None,
            permissions: Arc::clone(&all),
            gives_all: true,
        })
        .collect();
    let shell = shell(db);
    let actor = Actor { grants: grants.into(), ..Actor::clone(&shell.actor) };
    Context { actor: Arc::new(actor), ..shell }
}
