//! The plugins, listed by hand, and the check that they keep to the rules.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use identity::gate::{Gate, GateSettings};
use identity::service::outside::Outside;
use kernel::permission::BuiltinRole;
use kernel::{ErrorCode, Permission, Plugin};
use storage::{Db, Errand, Migrations, PeriodicJob, Reaction, StoredPlugin, Task};
use web::WebPlugin;

#[cfg(feature = "grid")]
mod town;

#[cfg(feature = "grid")]
use town::{Ground, Town};

/// The migrations of every crate in the binary. A plugin that is switched off keeps its tables: what it held is not lost.
pub fn migrations() -> Vec<Migrations> {
    vec![
        storage::migrate::own(),
        StoredPlugin::migrations(&identity::Identity::described()),
        notices::plugin::migrations(),
        territory::plugin::migrations(),
        imports::plugin::migrations(),
        audit::plugin::migrations(),
        people::plugin::migrations(),
        calendar::plugin::migrations(),
        files::plugin::migrations(),
    ]
    .into_iter()
    .chain(town_migrations())
    .collect()
}

#[cfg(feature = "grid")]
fn town_migrations() -> Vec<Migrations> {
    town::migrations()
}

#[cfg(not(feature = "grid"))]
fn town_migrations() -> Vec<Migrations> {
    Vec::new()
}

/// The plugins that are on.
pub struct Plugins {
    web: Vec<Arc<dyn WebPlugin>>,
    stored: Vec<Arc<dyn StoredPlugin>>,
    /// Identity's services.
    pub identity: identity::Services,
    /// What signs people in; only with a database.
    pub gate: Option<Arc<Gate>>,
    /// People's services.
    pub people: people::PeopleServices,
    /// Calendar's services: working time for whoever counts deadlines.
    pub calendar: calendar::CalendarServices,
    /// Files' services: a domain whose things have files registers its guards there, and attaches by its port.
    pub files: files::FileServices,
    /// The grid's services, if it is on.
    #[cfg(feature = "grid")]
    pub grid: Option<grid::GridServices>,
}

/// What is kept outside the database: the keys to persons' data, a folder, photos and documents. Without keys the documents and checks can be made, and nobody's data read or written.
pub struct Keeping {
    /// The keys.
    pub vault: people::Vault,
    /// How much one reader may read.
    pub limits: people::ReadingLimits,
    /// Where erasures are written down outside the database.
    pub erasures: Option<people::ErasureList>,
    /// The folder for what is kept on this machine: exports of the trail.
    pub data_dir: Option<PathBuf>,
    /// The way to people.
    pub reach: Option<Reach>,
    /// Where photos and documents are kept.
    pub files: Option<files::Keep>,
    /// How much of them is taken.
    pub file_limits: files::model::Limits,
    /// What is said of the Open311 endpoint.
    pub open311: crate::config::Open311Words,
    /// What links to this site begin with.
    pub public_url: Option<String>,
    /// Whose days and months count.
    pub time_zone: chrono_tz::Tz,
}

impl Keeping {
    /// Without keys.
    pub fn nothing() -> Self {
        Self {
            vault: people::Vault::new(people::Keyring::none()),
            limits: people::ReadingLimits::default(),
            erasures: None,
            data_dir: None,
            reach: None,
            files: None,
            file_limits: files::model::Limits::default(),
            open311: crate::config::Open311Words::default(),
            public_url: None,
            time_zone: chrono_tz::Asia::Shanghai,
        }
    }
}

/// A way to people.
pub struct Reach {
    /// What seals and hashes their addresses.
    pub secrets: Arc<auth::Secrets>,
    /// The way to addresses outside.
    pub channel: Option<Arc<dyn notices::Channel>>,
    /// What links in notices begin with.
    pub public_url: Option<Arc<str>>,
    /// The units in which people may register themselves.
    pub open_units: Arc<[kernel::Id<kernel::id::Unit>]>,
}

/// A plugin that is not in the product: both of its faces.
pub type Extra = (Arc<dyn WebPlugin>, Arc<dyn StoredPlugin>);

impl Plugins {
    /// Every plugin in the binary: for documents and checks, without signing anybody in.
    pub fn all() -> Result<Self, String> {
        Self::except(&[], Vec::new(), None)
    }

    /// Every plugin but those named, and the extra ones; with a database to sign people in by, if there is one.
    pub fn except(
        off: &[String],
        extra: Vec<Extra>,
        signing_in: Option<(&Db, GateSettings)>,
    ) -> Result<Self, String> {
        Self::keeping(off, extra, signing_in, Keeping::nothing())
    }

    /// [`Plugins::except`], with what persons' data is kept by, and a way to people: their inboxes, and a channel to their addresses if
    /// there is one.
    pub fn keeping(
        off: &[String],
        extra: Vec<Extra>,
        signing_in: Option<(&Db, GateSettings)>,
        keeping: Keeping,
    ) -> Result<Self, String> {
        refuse_foundations(off)?;
        let tree: identity::Tree = Arc::new(territory::Units);
        let directory = Arc::new(identity::ports::Directory);
        let files = files::FileServices::new(directory.clone(), keeping.files, keeping.file_limits);
        let calendar = calendar::CalendarServices::new(tree.clone())?;
        let persons_at = Arc::new(people::ports::Directory::new(keeping.vault.clone()));
        let reach = keeping.reach.map(|reach| {
            let sender = notices::Sender::new(Arc::clone(&reach.secrets), reach.channel.clone());
            (sender, reach)
        });
        #[cfg(feature = "grid")]
        let town = (!off.iter().any(|name| name == "grid")).then(|| {
            Town::new(Ground {
                tree: tree.clone(),
                users: directory.clone(),
                hours: Arc::new(calendar::WorkTimes(calendar.clone())),
                files: files.clone(),
                notices: reach.as_ref().map(|(sender, _)| sender.clone()),
                persons: persons_at.clone(),
                vault: keeping.vault.clone(),
                zone: keeping.time_zone,
                open311: keeping.open311,
                public_url: keeping.public_url,
            })
        });

        let mut permissions: Vec<&'static Permission> = Vec::new();
        permissions.extend(identity::permission::PERMISSIONS);
        permissions.extend(notices::permission::PERMISSIONS);
        permissions.extend(territory::permission::PERMISSIONS);
        permissions.extend(people::permission::PERMISSIONS);
        permissions.extend(calendar::permission::PERMISSIONS);
        permissions.extend(audit::permission::PERMISSIONS);
        permissions.extend(imports::permission::PERMISSIONS);
        permissions.extend(files::permission::PERMISSIONS);
        permissions.extend(web::system::PERMISSIONS);
        permissions.extend(extra.iter().flat_map(|(web, _)| web.permissions()));
        #[cfg_attr(not(feature = "grid"), expect(unused_mut, reason = "only the domains add some"))]
        let mut holdings: Vec<identity::service::holdings::Holder> = Vec::new();
        #[cfg_attr(not(feature = "grid"), expect(unused_mut, reason = "only the domains add some"))]
        let mut located: Vec<identity::service::explain::Locator> = vec![persons_at.clone()];
        let rights: territory::Listener = Arc::new(identity::ports::Rights);
        let residents: territory::Listener = Arc::new(people::service::Follow);
        let hours: territory::Listener = Arc::new(calendar::service::Follow);
        #[cfg_attr(not(feature = "grid"), expect(unused_mut, reason = "only the domains add some"))]
        let mut listeners = vec![rights, residents, hours];
        let accounts: territory::Tenant = Arc::new(identity::ports::Rights);
        let persons: territory::Tenant = Arc::new(people::service::Follow);
        #[cfg_attr(not(feature = "grid"), expect(unused_mut, reason = "only the domains add some"))]
        let mut tenants = vec![accounts, persons];
        #[cfg(feature = "grid")]
        if let Some(town) = &town {
            permissions.extend(town.permissions());
            holdings.extend(town.holdings());
            located.extend(town.located());
            listeners.extend(town.listeners());
            tenants.extend(town.tenants());
        }
        let mut identity =
            identity::Services::new(tree.clone(), permissions).with_holdings(holdings).with_located(located);
        let secrets = reach.as_ref().map(|(_, reach)| Arc::clone(&reach.secrets));
        let mut notices_plugin = notices::NoticesPlugin::default();
        if let Some((sender, reach)) = reach {
            notices_plugin = notices::NoticesPlugin::new(sender.clone());
            identity = identity.with_outside(Outside {
                notices: Arc::new(sender),
                secrets: reach.secrets,
                public_url: reach.public_url,
                open_units: reach.open_units,
            });
        }
        let notices_plugin = Arc::new(notices_plugin);
        let gate = match signing_in {
            Some((db, settings)) => {
                Some(Arc::new(Gate::new(db.clone(), identity.clone(), settings).map_err(|e| e.to_string())?))
            }
            None => None,
        };

        let people = people::PeopleServices {
            tree: tree.clone(),
            users: directory.clone(),
            vault: keeping.vault,
            limits: keeping.limits,
            erasures: keeping.erasures,
        };
        let identity_plugin =
            Arc::new(gate.clone().map_or_else(identity::Identity::described, identity::Identity::new));
        let ports = territory::Ports {
            rights: Arc::new(identity::ports::Rights),
            listeners,
            tenants,
            people: Some(persons_at),
        };
        let territory_plugin = Arc::new(territory::TerritoryPlugin::new(ports));
        let people_plugin = Arc::new(people::PeoplePlugin::new(people.clone()));
        let calendar_plugin = Arc::new(calendar::CalendarPlugin::new(calendar.clone()));
        let audit_plugin = Arc::new(audit::AuditPlugin::new(tree, directory, keeping.data_dir));
        let imports_plugin =
            Arc::new(imports::ImportsPlugin::new(crate::lists::lists(&identity, &people, secrets)));
        let files_plugin = Arc::new(files::FilesPlugin::new(files.clone()));
        let mut web: Vec<Arc<dyn WebPlugin>> = vec![
            identity_plugin.clone(),
            notices_plugin.clone(),
            territory_plugin.clone(),
            people_plugin.clone(),
            calendar_plugin.clone(),
            audit_plugin.clone(),
            imports_plugin.clone(),
            files_plugin.clone(),
        ];
        let mut stored: Vec<Arc<dyn StoredPlugin>> = vec![
            identity_plugin,
            notices_plugin,
            territory_plugin,
            people_plugin,
            calendar_plugin,
            audit_plugin,
            imports_plugin,
            files_plugin,
        ];
        #[cfg(feature = "grid")]
        if let Some(town) = &town {
            town.plug_into(&mut web, &mut stored);
        }
        web.push(Arc::new(web::System));
        for (extra_web, extra_stored) in extra {
            web.push(extra_web);
            stored.push(extra_stored);
        }
        let plugins = Self {
            web,
            stored,
            identity,
            gate,
            people,
            calendar,
            files,
            #[cfg(feature = "grid")]
            grid: town.map(|town| town.grid),
        };
        plugins.check()?;
        Ok(plugins)
    }

    /// The plugins with operations.
    pub fn web(&self) -> &[Arc<dyn WebPlugin>] {
        &self.web
    }

    fn plugins(&self) -> impl Iterator<Item = &dyn Plugin> {
        self.web.iter().map(|p| {
            let plugin: &dyn Plugin = p.as_ref();
            plugin
        })
    }

    /// All permissions, by name.
    pub fn permissions(&self) -> Vec<&'static Permission> {
        let mut all: Vec<_> = self.plugins().flat_map(|p| p.permissions().iter().copied()).collect();
        all.sort_by_key(|p| p.name);
        all
    }

    /// All error codes, by code.
    pub fn error_codes(&self) -> Vec<&'static ErrorCode> {
        let mut all: Vec<_> = self.plugins().flat_map(|p| p.error_codes().iter().copied()).collect();
        all.extend(kernel::error::CODES);
        all.extend(auth::error::CODES);
        all.sort_by_key(|c| c.code);
        all
    }

    /// All reactions to events.
    pub fn reactions(&self) -> Vec<Reaction> {
        self.stored.iter().flat_map(|p| p.reactions()).collect()
    }

    /// All errands in the world outside.
    pub fn errands(&self) -> Vec<Errand> {
        self.stored.iter().flat_map(|p| p.errands()).collect()
    }

    /// All periodic jobs.
    pub fn jobs(&self) -> Vec<PeriodicJob> {
        self.stored.iter().flat_map(|p| p.jobs()).chain(storage::upkeep::jobs()).collect()
    }

    /// All work that goes on for longer than one transaction.
    pub fn tasks(&self) -> Vec<Task> {
        self.stored.iter().flat_map(|p| p.tasks()).collect()
    }

    /// Holds the plugins to their rules: names unique, permissions and codes under their plugin's name and unique, the three
    /// administrators disjoint. The document's lint adds the operations'.
    pub fn check(&self) -> Result<(), String> {
        let mut names = BTreeSet::new();
        for plugin in self.plugins() {
            if !names.insert(plugin.name()) {
                return Err(format!("two plugins are called {}", plugin.name()));
            }
            let prefix = format!("{}.", plugin.name());
            let strays = plugin
                .permissions()
                .iter()
                .map(|p| p.name)
                .chain(plugin.error_codes().iter().map(|c| c.code));
            if let Some(stray) = strays.into_iter().find(|name| !name.starts_with(&prefix)) {
                return Err(format!("{stray} does not begin with its plugin's name, {}", plugin.name()));
            }
        }
        unique("permission", self.permissions().iter().map(|p| p.name))?;
        unique("error code", self.error_codes().iter().map(|c| c.code))?;
        self.three_are_disjoint()
    }

    fn three_are_disjoint(&self) -> Result<(), String> {
        let mut holder: BTreeMap<&str, BuiltinRole> = BTreeMap::new();
        for permission in self.permissions() {
            for role in permission.roles.iter().filter(|r| r.is_one_of_three()) {
                if let Some(other) = holder.insert(permission.name, *role) {
                    return Err(format!(
                        "{} belongs to both {} and {}",
                        permission.name,
                        other.name(),
                        role.name()
                    ));
                }
            }
        }
        Ok(())
    }
}

/// Plugins that can be switched off, on or not.
const OPTIONAL: &[&str] = &["grid"];

/// Refuses to switch off what cannot be, or is no plugin at all.
pub fn refuse_foundations(off: &[String]) -> Result<(), String> {
    match off.iter().find(|name| !OPTIONAL.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(format!(
            "plugins_off: {name} is no plugin that can be switched off; these can: {}",
            OPTIONAL.join(", ")
        )),
    }
}

fn unique<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(format!("the {what} {name} is declared twice"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_products_plugins_keep_the_rules() {
        let plugins = Plugins::all().unwrap();
        assert!(plugins.check().is_ok());
        assert_eq!(web::check(plugins.web()), Vec::<String>::new());
        assert!(plugins.permissions().len() > 20);
    }

    #[test]
    fn a_foundation_cannot_be_switched_off_and_a_stranger_is_named() {
        for name in ["identity", "territory", "people", "files", "web", "nothing"] {
            let refused = Plugins::except(&[name.to_owned()], Vec::new(), None);
            assert!(refused.err().is_some_and(|why| why.contains(name)), "{name}");
        }
    }
}
