//! Visits as a plugin.

use std::sync::Arc;
use std::time::Duration;

use kernel::{ErrorCode, IdGen, Permission, Plugin, SystemClock, SystemIds};
use storage::{Migrations, PeriodicJob, StoredPlugin};

use crate::ports::VisitServices;
use crate::service::miss;

/// Calls on households.
pub struct VisitsPlugin {
    services: VisitServices,
}

impl VisitsPlugin {
    /// With what it needs of others.
    pub fn new(services: VisitServices) -> Self {
        Self { services }
    }

    /// What its deeds stand on; its `Follow` hears of moves.
    pub fn services(&self) -> &VisitServices {
        &self.services
    }
}

impl Plugin for VisitsPlugin {
    fn name(&self) -> &'static str {
        "visits"
    }

    fn permissions(&self) -> &'static [&'static Permission] {
        crate::permission::PERMISSIONS
    }

    fn error_codes(&self) -> &'static [&'static ErrorCode] {
        crate::error::CODES
    }
}

/// The tables of visits.
pub fn migrations() -> Migrations {
    storage::migrations!("../../migrations/sqlite/visits", "../../migrations/postgres/visits")
}

impl StoredPlugin for VisitsPlugin {
    fn migrations(&self) -> Migrations {
        migrations()
    }

    fn jobs(&self) -> Vec<PeriodicJob> {
        let s = self.services.clone();
        let ids: Arc<dyn IdGen> = Arc::new(SystemIds::new(Arc::new(SystemClock)));
        vec![PeriodicJob {
            name: "visits.miss_plans",
            every: Duration::from_secs(300),
            run: Arc::new(move |tx, now| miss::miss(tx, &s, now, &ids).map(drop)),
        }]
    }
}
