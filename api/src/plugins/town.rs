//! The grid and what hangs on it: wired in one place, on and off together.

use std::sync::Arc;

use contracts::{FileGuard, UserDirectory, WorkCalendar};
use duties::{DutiesPlugin, DutyServices};
use figures::{FigureServices, FiguresPlugin};
use grid::service::cases;
use identity::service::explain::Locator;
use identity::service::holdings::Holder;
use kernel::Permission;
use open311::{Open311Plugin, Open311Services, Open311Settings};
use storage::{Migrations, StoredPlugin, Tx};
use visits::{VisitServices, VisitsPlugin};
use web::WebPlugin;
use whistles::{WhistleServices, WhistlesPlugin};

use crate::config::Open311Words;

/// What it stands on.
pub struct Ground {
    /// The governance tree.
    pub tree: identity::Tree,
    /// The accounts.
    pub users: Arc<dyn for<'c> UserDirectory<Tx<'c>>>,
    /// Working time.
    pub hours: Arc<dyn for<'c> WorkCalendar<Tx<'c>>>,
    /// Photos and documents.
    pub files: files::FileServices,
    /// The way to people's inboxes.
    pub notices: Option<notices::Sender>,
    /// The persons.
    pub persons: Arc<people::ports::Directory>,
    /// What words about persons are sealed by.
    pub vault: people::Vault,
    /// Whose days and months count.
    pub zone: chrono_tz::Tz,
    /// What is said of the Open311 endpoint.
    pub open311: Open311Words,
    /// What links to this site begin with.
    pub public_url: Option<String>,
}

/// What an operator says of the endpoint, and the platform's own words where nothing is said.
fn face(words: Open311Words, public_url: Option<String>) -> Open311Settings {
    let own = Open311Settings::default();
    Open311Settings {
        public_url: public_url.map(|url| url.trim_end_matches('/').to_owned()),
        contact: words.contact.unwrap_or(own.contact),
        key_service: words.key_service.unwrap_or(own.key_service),
        jurisdiction_id: words.jurisdiction,
        public_requests: words.public,
        production: words.production,
    }
}

/// The grid and what hangs on it.
pub struct Town {
    /// The grid's services.
    pub grid: grid::GridServices,
    visits: VisitServices,

    web: Vec<Arc<dyn WebPlugin>>,
    stored: Vec<Arc<dyn StoredPlugin>>,
}

/// The tables of all of it.
pub fn migrations() -> Vec<Migrations> {
    vec![
        grid::plugin::migrations(),
        open311::plugin::migrations(),
        figures::plugin::migrations(),
        visits::plugin::migrations(),
        duties::plugin::migrations(),
        whistles::plugin::migrations(),
    ]
}

impl Town {
    /// Wires it.
    pub fn new(ground: Ground) -> Self {
        let shelf = Arc::new(ground.files.attachments());
        let (tree, users) = (ground.tree.clone(), ground.users.clone());
        let duties = DutyServices::new(tree.clone(), Arc::new(grid::service::category_tree::Categories));
        let mut grid = grid::GridServices::new(ground.tree, ground.users, ground.hours.clone())
            .with_files(shelf)
            .with_homes(Arc::new(territory::ports_homes::HomeBook))
            .with_duties(Arc::new(duties::Lists(duties.clone())));
        if let Some(sender) = &ground.notices {
            grid = grid.with_notices(Arc::new(sender.clone()));
        }
        let mut whistles =
            WhistleServices::new(tree.clone(), Arc::new(cases::CasesPort(grid.clone())), ground.hours)
                .with_people(Arc::new(identity::service::holders::Holders));
        if let Some(sender) = ground.notices {
            whistles = whistles.with_notices(Arc::new(sender));
        }
        let guard: Arc<dyn for<'c> FileGuard<Tx<'c>>> =
            Arc::new(grid::service::evidence::Guard(grid.clone()));
        ground.files.guards.register(guard);
        let plugin = Arc::new(grid::GridPlugin::new(grid.clone()));
        let face = face(ground.open311, ground.public_url);
        let face = Arc::new(Open311Plugin::new(Open311Services::new(grid.clone(), face)));
        let figures = Arc::new(FiguresPlugin::new(FigureServices {
            tree: tree.clone(),
            users: users.clone(),
            history: Arc::new(cases::History),
            names: Arc::new(cases::NamesPort),
            zone: ground.zone,
        }));
        let visits = VisitServices {
            tree,
            homes: Arc::new(territory::ports_homes::HomeBook),
            posts: Arc::new(grid::service::on_duty::OnDuty(grid.clone())),
            cases: Arc::new(cases::CasesPort(grid.clone())),
            care: Arc::new(people::offers::LiveFlags),
            seals: Arc::new(people::offers::Seals::new(ground.vault)),
            people: ground.persons,
            users,
            zone: ground.zone,
        };
        let calls = Arc::new(VisitsPlugin::new(visits.clone()));
        let lists = Arc::new(DutiesPlugin::new(duties));
        let called = Arc::new(WhistlesPlugin::new(whistles));
        Self {
            grid,
            visits,
            web: vec![
                plugin.clone(),
                face.clone(),
                figures.clone(),
                calls.clone(),
                lists.clone(),
                called.clone(),
            ],
            stored: vec![plugin, face, figures, calls, lists, called],
        }
    }

    /// What it enforces.
    pub fn permissions(&self) -> impl Iterator<Item = &'static Permission> + '_ {
        self.web.iter().flat_map(|plugin| plugin.permissions().iter().copied())
    }

    /// What hangs on people here.
    pub fn holdings(&self) -> Vec<Holder> {
        vec![
            Arc::new(grid::service::holdings::PostHoldings(self.grid.clone())),
            Arc::new(grid::service::holdings::IncidentHoldings(self.grid.clone())),
            Arc::new(visits::service::holdings::PlanHoldings(self.visits.clone())),
        ]
    }

    /// Where things lie.
    pub fn located(&self) -> Vec<Locator> {
        vec![
            Arc::new(grid::service::located::Places(self.grid.clone())),
            Arc::new(visits::service::located::Places(self.visits.clone())),
            Arc::new(duties::service::located::Places),
            Arc::new(whistles::service::located::Places),
        ]
    }

    /// Who hears of moves.
    pub fn listeners(&self) -> Vec<territory::Listener> {
        vec![
            Arc::new(grid::service::follow::Follow),
            Arc::new(figures::service::follow::Follow),
            Arc::new(visits::service::Follow),
            Arc::new(whistles::Follow),
        ]
    }

    /// Who keeps units from being dissolved.
    pub fn tenants(&self) -> Vec<territory::Tenant> {
        vec![Arc::new(grid::service::follow::Follow), Arc::new(whistles::Follow)]
    }

    /// Puts its plugins beside the others.
    pub fn plug_into(&self, web: &mut Vec<Arc<dyn WebPlugin>>, stored: &mut Vec<Arc<dyn StoredPlugin>>) {
        web.extend(self.web.iter().cloned());
        stored.extend(self.stored.iter().cloned());
    }
}
